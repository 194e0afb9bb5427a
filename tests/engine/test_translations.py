"""The translations: complete, fitting their sources, and compiled from what stands in the .ts file."""

import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

import translations  # noqa: E402
from translations import Text  # noqa: E402

# Where a text comes from a stage's declaration or from translations.OF_DATA, which are collected in other ways.
FROM_ELSEWHERE = {
    "processing_provider/adapter.py": {
        *("text", "self.stage.description()[0]", "self.stage.group", "self.stage.title", "kind.label"),
    },
    "processing_provider/parameters.py": {"text", "kind.label", "kind.help", "k.label", "label"},
    "ui/digitizing/class_exchange.py": {"SCHEMES.get(path.stem, path.stem)"},
    "ui/workbench/step_widget.py": {"action.label", "label", "self._action.label", "step.title"},
    "ui/workbench/steps.py": {"text"},
}  # fmt: skip


@pytest.fixture(scope="module")
def sources():
    return translations.collect()


@pytest.mark.parametrize("language", translations.LANGUAGES)
def test_every_text_is_translated(sources, language):
    there = {text.source: text.translation for text in translations.read(translations.ts_path(language))}
    missing = [f"{text.where}: {text.source}" for text in sources if not there.get(text.source)]
    assert not missing, f"{len(missing)} texts: see scripts/translations.py missing"
    assert set(there) == {text.source for text in sources}, "make translations takes away what is not shown any more"


@pytest.mark.parametrize("language", translations.LANGUAGES)
def test_translations_fit_their_sources(language):
    texts = [text for text in translations.read(translations.ts_path(language)) if text.translation]
    assert {text.source: translations.problems(text) for text in texts if translations.problems(text)} == {}


def test_texts_of_code_declarations_and_data_are_collected(sources):
    found = {text.source: text.where for text in sources}
    assert found["Train random forest"] == "landloom/stages/train_random_forest.py"
    assert found["Landloom is ready."] == "ui/setup/dialog.py"
    assert found["Train random forest…"] == "ui/workbench/steps.py"
    assert len(sources) > 1500


def test_whatever_is_translated_is_collected():
    for entry in translations.not_collected():
        path, code = entry.split(": ", 1)
        assert code in FROM_ELSEWHERE.get(path, ()), (
            f"tr({code}) in {path}: give tr() one literal text, or a constant of the module; else translators never"
            " see it"
        )


@pytest.fixture
def lone(tmp_path, monkeypatch):
    """A project with two texts in its code; gives its folder."""
    (tmp_path / "ui").mkdir()
    (tmp_path / "ui" / "a.py").write_text(
        'NAMES = {"one": "First & <b>best</b>"}\n\n\n'
        'def f(n, x):\n    tr("{} of {} " "pixels")\n    tr(NAMES[n])\n    tr(x)\n',
        encoding="utf-8",
    )
    monkeypatch.setattr(translations, "ROOT", tmp_path)
    monkeypatch.setattr(translations, "SOURCES", ("ui",))
    monkeypatch.setattr(translations, "OF_DATA", ())
    monkeypatch.setattr(translations, "_of_stages", lambda: iter(()))
    return tmp_path


def test_translations_survive_an_update_and_what_is_gone_is_dropped(lone):
    path = translations.ts_path("de")
    old = [
        Text("{} of {} pixels", "ui/a.py", translation="{} von {} Pixeln"),
        Text("gone", "ui/a.py", translation="weg"),
    ]
    translations.write(path, old, "de")
    translations.update("de")
    assert {text.source: text.translation for text in translations.read(path)} == {
        "{} of {} pixels": "{} von {} Pixeln",
        "First & <b>best</b>": "",
    }
    assert translations.not_collected() == ["ui/a.py: x"]


def test_what_translators_give_is_merged_and_what_does_not_fit_is_named(lone):
    entries = [
        {"source": "{} of {} pixels", "translation": "{1} hat {0} Pixel"},
        {"source": "First & <b>best</b>", "translation": "Das Erste"},
        {"source": "unknown", "translation": "unbekannt"},
    ]
    (lone / "given.json").write_text(json.dumps(entries), encoding="utf-8")
    with pytest.raises(SystemExit, match=r"First.*tags differ\n'unknown' is not among the texts"):
        translations.merge("de", lone / "given.json")
    there = {text.source: text.translation for text in translations.read(translations.ts_path("de"))}
    assert there == {"{} of {} pixels": "{1} hat {0} Pixel", "First & <b>best</b>": ""}


@pytest.mark.parametrize(
    ("source", "translation", "words"),
    [
        ("{} of {:.1f} ha", "{1:.1f} ha, davon {0}", ""),
        ("{} of {:.1f} ha", "{:.1f} ha, davon {}", "differ"),
        ("{name} is gone.", "{Name} fehlt.", "differ"),
        ("Open…", "Öffnen", "ends with"),
        ("Done.", "Fertig.", ""),
        (" more", "mehr", "spaces"),
        ("&Install", "Installieren", "&"),
        ("R & D", "F & E", ""),
    ],
)
def test_what_a_translation_must_keep(source, translation, words):
    found = "; ".join(translations.problems(Text(source, "", translation=translation)))
    assert (words in found) if words else not found
