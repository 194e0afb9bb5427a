"""Ids, keys, kinds, defaults, choices and bounds are a promise: saved models and scripts hold them.

`tests/data/interface.json` is that promise. A change of it shows in review; to make one deliberately, run
`python tests/engine/test_interface.py`.
"""

from __future__ import annotations

import inspect
import json
import sys
from dataclasses import fields
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import pytest  # noqa: E402

from landloom.stage import FileOut, NumberOutput, TextOutput  # noqa: E402
from landloom.stages import STAGES  # noqa: E402

SNAPSHOT = ROOT / "tests" / "data" / "interface.json"
TEXTS = ("label", "help")  # may be reworded at any time

# Their label, with unit, bounds, choices or extension, says all there is to say.
SELF_EVIDENT = {
    "bands", "block_size", "compression", "geometry_column", "image", "map", "max_features", "min_leaf", "model",
    "layer", "points", "polygons", "probability_type", "problems", "reference", "report", "size", "table", "trees",
    "truth", "smallest", "fewest", "matrix",
}  # fmt: skip


def interface() -> dict:
    """All that a caller relies on, as JSON holds it."""
    found = {}
    for stage in STAGES:
        kinds = {}
        for name, kind in stage.kinds().items():
            values = {f.name: getattr(kind, f.name) for f in fields(kind) if f.name not in TEXTS}
            choices = {"choices": list(kind.choices)} if "choices" in values else {}
            said = {k: v for k, v in {**values, **choices}.items() if v is not False and v not in (None, "", ())}
            kinds[name] = {"kind": type(kind).__name__, **said}
        found[stage.id] = kinds
    return json.loads(json.dumps(found))


def test_the_interface_is_what_was_promised():
    promised = json.loads(SNAPSHOT.read_text(encoding="utf-8"))
    now = interface()
    differences = [
        f"{stage}.{name}: {promised.get(stage, {}).get(name)} became {now.get(stage, {}).get(name)}"
        for stage in {**promised, **now}
        for name in {**promised.get(stage, {}), **now.get(stage, {})}
        if promised.get(stage, {}).get(name) != now.get(stage, {}).get(name)
    ]
    assert not differences, (
        "Saved models and scripts would break, or know nothing of what is new:\n" + "\n".join(differences)
        + "\nIf that is meant, run `python tests/engine/test_interface.py` and commit tests/data/interface.json."
    )  # fmt: skip
    assert list(now) == list(promised), "the order of the stages"


def test_ids_are_unique_and_speak():
    ids = [stage.id for stage in STAGES]
    assert len(set(ids)) == len(ids)
    assert "worker" not in ids, "the command of that name is the worker"
    for stage in STAGES:
        assert stage.id.replace("_", "").isalpha()
        assert stage.id.islower()
        assert stage.title
        assert stage.group


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.id)
def test_a_stage_explains_itself_and_its_parameters(stage):
    assert len(inspect.getdoc(stage).split("\n")[0]) > 20
    for name, kind in stage.kinds().items():
        assert kind.label[0].isupper(), name
        assert not kind.label.endswith("."), name
        assert kind.help == "" or kind.help.endswith((".", ")")), name
        if name not in SELF_EVIDENT and not isinstance(kind, (NumberOutput, TextOutput)):
            assert kind.help or getattr(kind, "unit", "") or getattr(kind, "choices", ""), f"{name} has no help"


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.id)
def test_parents_exist_and_outputs_have_a_name(stage):
    for name, kind in stage.kinds().items():
        if getattr(kind, "parent", ""):
            assert kind.parent in stage.parameters(), name
        if isinstance(kind, FileOut) and not kind.optional:
            assert kind.filename.endswith(f".{kind.extension}") if kind.extensions else kind.filename.isidentifier(), (
                name
            )
        assert name not in ("stage", "json", "debug", "env_file", "help"), "options of the command line itself"


if __name__ == "__main__":
    SNAPSHOT.parent.mkdir(exist_ok=True)
    stages = []
    for stage_id, kinds in interface().items():
        lines = [f'    "{name}": {json.dumps(kind, ensure_ascii=False)}' for name, kind in kinds.items()]
        stages.append(f'  "{stage_id}": {{\n' + ",\n".join(lines) + "\n  }")
    SNAPSHOT.write_text("{\n" + ",\n".join(stages) + "\n}\n", encoding="utf-8")
