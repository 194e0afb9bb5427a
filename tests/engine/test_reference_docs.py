"""The reference pages are those of the declarations, and their examples can be run."""

from __future__ import annotations

import shlex

import pytest

from landloom import cli, reference_docs
from landloom.stages import STAGES
from landloom.stages._examples import example


def test_the_pages_are_up_to_date():
    there = {path.name: path.read_text(encoding="utf-8") for path in reference_docs.FOLDER.glob("*.md")}
    now = reference_docs.pages()
    stale = [name for name in {**there, **now} if there.get(name) != now.get(name)]
    assert not stale, f"{stale} do not say what the declarations say: run `python -m landloom.reference_docs`."


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.id)
def test_a_page_names_every_key_and_its_example_is_valid(stage):
    page = reference_docs.page(stage)
    for name, kind in stage.kinds().items():
        assert f"| `{name.upper()}`" in page
        assert kind.label in page
        assert kind.variable in page
    shell, processing = (block.replace("\\\n", "") for block in page.split("```sh\n")[1:])
    program, *arguments = shlex.split(shell.split("```")[0])
    assert program == "landloom"
    given = {
        k: v for k, v in vars(cli.parser().parse_args(arguments)).items() if k in stage.parameters() and v is not None
    }
    assert set(given) == set(example(stage))
    stage.from_values(given)
    program, verb, algorithm, dashes, *values = shlex.split(processing.split("```")[0])
    assert [program, verb, algorithm, dashes] == ["qgis_process", "run", f"landloom:{stage.id}", "--"]
    by_key: dict[str, list[str]] = {}
    for key, value in (value.split("=", 1) for value in values):
        by_key.setdefault(key.lower(), []).append(value)
    meant = {key: found if len(found) > 1 else found[0] for key, found in by_key.items()}  # a key again: a list
    assert stage.from_values(meant) == stage.from_values(given)
