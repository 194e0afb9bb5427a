"""Translations: collect the texts that Landloom shows, and turn what translators wrote into what Qt loads.

    python3 scripts/translations.py update             renew i18n/landloom_de.ts from the sources
    python3 scripts/translations.py compile            make i18n/landloom_de.qm from it, with Qt's lrelease
    python3 scripts/translations.py missing --out F    write what has no translation yet into a JSON file
    python3 scripts/translations.py merge F            take translations over from such a file

The JSON is a list of {"source", "translation", "where"}. Standard library only.
"""

from __future__ import annotations

import argparse
import ast
import dataclasses
import json
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape

ROOT = Path(__file__).resolve().parents[1]
LANGUAGES = ("de",)
CONTEXT = "Landloom"
SOURCES = ("plugin", "processing_provider", "algorithms", "ui")
# Here texts are data, which other modules translate when they show it: whatever reads like a text counts.
OF_DATA = ("ui/workbench/steps.py",)
LRELEASE = ("lrelease-qt5", "lrelease", "lrelease-qt6", "lrelease6")


@dataclasses.dataclass
class Text:
    """A text that is shown: where it stands, and its translation, empty where there is none."""

    source: str
    where: str
    translation: str = ""


# --- collecting -------------------------------------------------------------------------------


def collect() -> list[Text]:
    """All texts of the sources, each once, in the order of the places where they stand first."""
    found: dict = {}
    for text in (*_of_code(), *_of_stages()):
        found.setdefault(text.source, text)
    return sorted(found.values(), key=lambda text: text.where)


def _of_code() -> Iterator[Text]:
    for path in _python_files():
        for value in _translated(path):
            if isinstance(value, str):
                yield Text(value, _name(path))
    for name in OF_DATA:
        yield from (Text(text, name) for text in _prose(ROOT / name))


def _prose(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = list(ast.walk(tree))
    described = [node for node in nodes if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))]
    docstrings = {id(node.body[0].value) for node in described if isinstance(node.body[0], ast.Expr)}
    for node in nodes:
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings
        if is_text and re.match(r"[A-Z][a-z]+\b", node.value):
            yield node.value


def not_collected() -> list[str]:
    """Where something is translated that is neither literal nor taken from a constant of its module: `file: code`."""
    found = []
    for path in _python_files():
        found += [f"{_name(path)}: {ast.unparse(value)}" for value in _translated(path) if not isinstance(value, str)]
    return sorted(set(found))


def _python_files() -> list[Path]:
    return [path for folder in SOURCES for path in sorted((ROOT / folder).rglob("*.py"))]


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _translated(path: Path) -> Iterator[str | ast.expr]:
    """What the calls of tr() in a module translate: texts, or the expression where that cannot be told."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    constants = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name == "tr":
            yield from _texts(node.args[0], constants)
        elif name == "translate" and len(node.args) == 2 and ast.unparse(node.args[0]) == repr(CONTEXT):
            yield from _texts(node.args[1], constants)


def _texts(value: ast.expr, constants: dict) -> Iterator[str | ast.expr]:
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        yield value.value
    elif isinstance(value, ast.IfExp):
        yield from _texts(value.body, constants)
        yield from _texts(value.orelse, constants)
    else:
        table = value.value if isinstance(value, ast.Subscript) else value
        constant = constants.get(table.id) if isinstance(table, ast.Name) else None
        if constant is None:
            yield value
            return
        # The keys of a dictionary are names, its values are what is shown.
        parts = constant.values if isinstance(constant, ast.Dict) else [constant]
        for node in (node for part in parts for node in ast.walk(part)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def _of_stages() -> Iterator[Text]:
    """What the adapter and processing_provider/parameters.py translate of the stages' declarations."""
    sys.path.insert(0, str(ROOT))
    from landloom.stages import STAGES

    for stage in STAGES:
        where = f"landloom/stages/{stage.__module__.rpartition('.')[2]}.py"
        texts = [stage.title, stage.group, *stage.description()]
        for kind in stage.kinds().values():
            texts += [kind.label, kind.help, *getattr(kind, "choices", {}).values()]
        yield from (Text(text, where) for text in texts if text)


# --- what a translation must keep ---------------------------------------------------------


def problems(text: Text) -> list[str]:
    """What is wrong with a translation: what is filled in, tags and ends must be those of the source."""
    found = []
    source, translation = text.source, text.translation
    if _fields(source) != _fields(translation):
        found.append(f"{{}} differ: {_fields(source)} and {_fields(translation)}")
    if sorted(re.findall(r"</?\w+[^>]*>", source)) != sorted(re.findall(r"</?\w+[^>]*>", translation)):
        found.append("tags differ")
    if _end(source) != _end(translation):
        found.append(f"it ends with '{_end(translation)}' instead of '{_end(source)}'")
    if source[:1].isspace() != translation[:1].isspace() or source[-1:].isspace() != translation[-1:].isspace():
        found.append("spaces at its ends differ")
    if _mnemonics(source) != _mnemonics(translation):
        found.append("one has a key marked with & and the other has not")
    return found


def _fields(text: str) -> list[str]:
    """What is filled in; fields without a number get theirs, so that a translation may change the order."""
    fields = re.findall(r"\{[^{}]*\}", text)
    numbers = iter(range(len(fields)))
    return sorted(re.sub(r"^\{(?=[:!}])", lambda _: f"{{{next(numbers)}", field) for field in fields)


def _end(text: str) -> str:
    found = re.search(r"[.…:?]+$", text.strip())
    return found.group() if found else ""


def _mnemonics(text: str) -> int:
    return len(re.findall(r"&(?=\w)", text))


# --- files ------------------------------------------------------------------------------------


def ts_path(language: str) -> Path:
    """The file that translators work on."""
    return ROOT / "i18n" / f"landloom_{language}.ts"


def read(path: Path) -> list[Text]:
    """The texts of a .ts file; an unfinished one has no translation."""
    if not path.exists():
        return []
    found = []
    for message in ET.parse(path).getroot().iter("message"):  # noqa: S314 (our own file)
        where, translation = message.find("location").get("filename"), message.find("translation")
        text = (translation.text or "") if translation.get("type") is None else ""
        found.append(Text(message.findtext("source"), where.replace("../", "", 1), text))
    return found


def write(path: Path, texts: list[Text], language: str) -> None:
    """Write a .ts file."""
    lines = ['<?xml version="1.0" encoding="utf-8"?>', "<!DOCTYPE TS>"]
    lines.append(f'<TS version="2.1" language="{language}" sourcelanguage="en">')
    lines += ["<context>", f"    <name>{CONTEXT}</name>"]
    for text in texts:
        done = text.translation
        translation = f">{escape(done)}</translation>" if done else ' type="unfinished"></translation>'
        lines += [
            "    <message>",
            f'        <location filename="../{escape(text.where)}"/>',
            f"        <source>{escape(text.source)}</source>",
            f"        <translation{translation}",
            "    </message>",
        ]
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join([*lines, "</context>", "</TS>", ""]), encoding="utf-8")


def update(language: str) -> list[Text]:
    """Renew a .ts file: translations are kept, those of texts that are gone are dropped."""
    known = {text.source: text.translation for text in read(ts_path(language))}
    texts = [dataclasses.replace(text, translation=known.get(text.source, "")) for text in collect()]
    write(ts_path(language), texts, language)
    return texts


def compile_(language: str) -> None:
    """Make the .qm file that Qt loads; exits where lrelease is missing."""
    program = next(filter(None, map(shutil.which, LRELEASE)), None)
    if program is None:
        sys.exit("Qt's lrelease is missing. On Debian and Ubuntu: sudo apt install qttools5-dev-tools")
    path = ts_path(language)
    subprocess.run([program, "-silent", path, "-qm", path.with_suffix(".qm")], check=True)


def merge(language: str, file: Path) -> None:
    """Take translations over; exits with a list of those that do not fit, after taking the others."""
    texts = {text.source: text for text in update(language)}
    wrong = []
    for entry in json.loads(file.read_text(encoding="utf-8")):
        text = texts.get(entry["source"])
        if text is None:
            wrong.append(f"{entry['source']!r} is not among the texts")
        elif entry["translation"]:
            new = dataclasses.replace(text, translation=entry["translation"])
            if found := problems(new):
                wrong.append(f"{new.source!r} → {new.translation!r}: {'; '.join(found)}")
            else:
                text.translation = new.translation
    write(ts_path(language), list(texts.values()), language)
    if wrong:
        sys.exit("Not taken over:\n" + "\n".join(wrong))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=("update", "compile", "missing", "merge"))
    parser.add_argument("file", nargs="?", type=Path, help="for merge: the JSON file")
    parser.add_argument("--out", type=Path, help="for missing: the JSON file")
    parser.add_argument("--language", default=LANGUAGES[0])
    given = parser.parse_args()
    if given.action == "update":
        update(given.language)
    elif given.action == "compile":
        compile_(given.language)
    elif given.action == "missing":
        entries = [dataclasses.asdict(text) for text in update(given.language) if not text.translation]
        text = json.dumps(entries, ensure_ascii=False, indent=1)
        print(text) if given.out is None else given.out.write_text(text + "\n", encoding="utf-8")
    else:
        merge(given.language, given.file)
    texts = read(ts_path(given.language))
    done = sum(bool(text.translation) for text in texts)
    print(f"{done} of {len(texts)} texts are translated ({given.language}).", file=sys.stderr)


if __name__ == "__main__":
    main()
