"""The reference pages in docs/reference, derived from the stages' declarations.

`python -m landloom.reference_docs` writes them anew.
"""

from __future__ import annotations

import inspect
import re
import shlex
from pathlib import Path

from . import cli, files
from .stage import Area, Choice, FileIn, FileOut, Flag, Kind, Stage
from .stages import STAGES
from .stages._examples import example, listed, qgis_process

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "reference"


def page(stage: type[Stage]) -> str:
    """The reference page of a stage, Markdown."""
    first, *rest = inspect.getdoc(stage).split("\n\n")  # type: ignore[union-attr]
    lines = [f"# {stage.title}", "", first, *("\n" + paragraph for paragraph in rest), ""]
    lines += [f"Group *{stage.group}*, algorithm `landloom:{stage.id}`, command `landloom {stage.id}`.", ""]
    inputs = {n: k for n, k in stage.parameters().items() if not isinstance(k, FileOut)}
    for heading, kinds in (
        ("Parameters", {n: k for n, k in inputs.items() if not k.advanced}),
        ("Advanced parameters", {n: k for n, k in inputs.items() if k.advanced}),
        ("Files written", stage.files()),
    ):
        if kinds:
            lines += [f"## {heading}", "", "| Key | What it is | Must be | Default |", "|---|---|---|---|"]
            lines += [_row(name, kind) for name, kind in kinds.items()] + [""]
    if stage.files():
        lines += ["Beside each file stands a `.json` with what made it: inputs, parameters, versions, seed, log.", ""]
    if stage.values():
        lines += ["## Values found out", "", "| Key | What it is |", "|---|---|"]
        lines += [f"| `{n.upper()}` | {_sentences(k)} |" for n, k in stage.values().items()] + [""]
    return "\n".join([*lines, *_examples(stage)]) + "\n"


def _row(name: str, kind: Kind) -> str:
    keys = [name.upper(), cli.option(name)]
    if isinstance(kind, Area):
        keys.insert(1, f"{name.upper()}_WKT")
    if isinstance(kind, Flag):
        keys.append(cli.option(f"no_{name}"))
    listed = "<br>".join(f"`{key}`" for key in keys)
    return f"| {listed} | {_sentences(kind)} | {kind.expected()} | {_default(kind)} |"


def _sentences(kind: Kind) -> str:
    unit = getattr(kind, "unit", "")
    # Formulas in a help text would else look like emphasis or a further column.
    explained = re.sub(r"([|*])", r"\\\1", kind.help)
    parts = [f"**{kind.label}**" + (f" [{unit}]." if unit else "."), explained]
    if isinstance(kind, Choice):
        parts.append("; ".join(f"`{word}`: {label}" for word, label in kind.choices.items()) + ".")
    if kind.variable:
        parts.append(f"If not given: the environment variable `{kind.variable}`.")
    return " ".join(filter(None, parts))


def _default(kind: Kind) -> str:
    if isinstance(kind, FileOut):
        if kind.optional:
            return "not written"
        where = f" in the folder `{kind.folder_variable}`" if kind.folder_variable else ""
        return f"`{kind.filename.format(month='_YYYYMM')}`{where}"
    if isinstance(kind, FileIn) and kind.filename:
        return f"with year and month `{kind.filename.format(month='_YYYYMM')}` in the folder `{kind.folder_variable}`"
    if kind.default is None:
        return "none" if kind.optional else "must be given"
    return f"`{str(kind.default).lower() if isinstance(kind.default, bool) else kind.default}`"


def _examples(stage: type[Stage]) -> list[str]:
    shell = [f"{cli.option(name)} {shlex.join(listed(value))}" for name, value in example(stage).items()]
    return [
        "## Examples", "", "```sh", " \\\n    ".join([f"landloom {stage.id}", *shell]), "```", "", "```sh",
        qgis_process(stage), "```",
    ]  # fmt: skip


def index() -> str:
    """The list of all pages, Markdown."""
    lines = [
        "# Reference",
        "",
        "Every stage as an algorithm of the Processing Toolbox, for `qgis_process` and for the command line. In",
        "Processing, keys are written in capitals; on the command line as options. Settings can also come from the",
        "environment variables that `.env.example` lists.",
        "",
        "| Stage | What it does |",
        "|---|---|",
    ]
    for stage in STAGES:
        lines.append(f"| [{stage.title}]({stage.id}.md) | {stage.description()[0]} |")
    return "\n".join(lines) + "\n"


def pages() -> dict[str, str]:
    """All pages by file name."""
    return {"README.md": index(), **{f"{stage.id}.md": page(stage) for stage in STAGES}}


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.md"):
        old.unlink()
    for name, text in pages().items():
        files.write_text(FOLDER / name, text)
