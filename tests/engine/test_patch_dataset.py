"""The folder of a data set: what damaged files, other programs and killed runs leave in it is told or cleaned up."""

import json

import numpy as np
import pandas as pd
import pytest
from datasets import make_dataset

from landloom import folders
from landloom.errors import InputError, OutputError
from landloom.patches import folder
from landloom.patches.dataset import CONFIG, LOG, MANIFEST, open_dataset


@pytest.fixture
def made(tmp_path):
    """Four patches of two classes."""
    return make_dataset(tmp_path / "set", np.ones((4, 2, 2, 1)), [1, 1, 2, 2])


@pytest.mark.parametrize(
    ("name", "change", "told"),
    [
        (MANIFEST, lambda t: t.drop(columns="class_id"), "no column class_id"),
        (MANIFEST, lambda t: t.assign(row="abc"), "row holds something else than whole numbers"),
        (MANIFEST, lambda t: t.assign(west="abc"), "west holds something else than numbers"),
        (MANIFEST, lambda t: t.assign(class_id=77), "the class 77 is not in"),
        (MANIFEST, lambda t: t.assign(patch_id="000_0"), "the patch 000_0 stands in it twice"),
        (MANIFEST, lambda t: t.iloc[:0], "is damaged"),
        (LOG, lambda t: t.drop(columns="status"), "no column status"),
        (LOG, lambda t: t.assign(seconds="x"), "seconds holds something else than numbers"),
        ("metadata/val_split.csv", lambda t: t.drop(columns="patch_id"), "no column patch_id.*'Split data set'"),
    ],
)
def test_a_table_that_was_damaged_is_named_with_what_is_wrong(made, name, change, told):
    change(
        pd.read_csv(made.folder / MANIFEST if "split" in name else made.folder / name, dtype={"patch_id": str})
    ).to_csv(made.folder / name, index=False)
    with pytest.raises(InputError, match=told):
        made.manifest() if name == MANIFEST else made.table(name)


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c.pop("source"),
        lambda c: c.update(source={"kind": "another"}),
        lambda c: c.update(patch_size="8"),
        lambda c: c.update(bands=[]),
        lambda c: c.update(format="x"),
        lambda c: c["grid"].update(crs="no projection"),
    ],
)
def test_a_damaged_configuration_is_told(made, change):
    config = json.loads((made.folder / CONFIG).read_text(encoding="utf-8"))
    change(config)
    (made.folder / CONFIG).write_text(json.dumps(config), encoding="utf-8")
    with pytest.raises(InputError, match=r"is damaged.*Run Plan patches again"):
        open_dataset(made.folder)


def test_a_folder_that_cannot_be_written_is_told(made, monkeypatch):
    def refuse(*args, **kwargs):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(folders.filelock.FileLock, "acquire", refuse)
    with pytest.raises(OutputError, match="Read-only file system"), made.locked():
        pass


def test_what_a_killed_run_leaves_is_no_foreign_file_and_is_cleaned_up(tmp_path):
    left = [
        "metadata/validation.json",
        "metadata/.polygons.0123abcd.part.gpkg",
        "metadata/.polygons.0123abcd.part.gpkg-journal",
        "visualizations/.nan_distribution.0123abcd.part.png",
    ]
    for name in left:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    (tmp_path / CONFIG).write_text('{"seed": 1}', encoding="utf-8")
    assert folder.make_room(tmp_path, {"seed": 1}, overwrite=False)
    assert [name for name in left if (tmp_path / name).exists()] == left[:1]
    (tmp_path / CONFIG).unlink()
    assert not folder.make_room(tmp_path, {"seed": 2}, overwrite=False)
    assert not any(path.is_file() for path in tmp_path.rglob("*"))
