"""A patch data set: a folder, and what lies where in it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import InputError
from ..folders import DataFolder

FORMAT = 1
CONFIG = "metadata/dataset_config.json"
POLYGONS = "metadata/polygons.gpkg"
MANIFEST = "metadata/extraction_manifest.csv"
LOG = "metadata/extraction_log.csv"
QUALITY = "reports/quality_report.csv"
METADATA = "metadata/patch_metadata.csv"
FOLDS = "metadata/folds.csv"
SPLITS = ("train", "val", "test")

# The stage that makes each table, for whoever asks for it too early.
_MADE_BY = {
    MANIFEST: "Plan patches",
    LOG: "Extract patches",
    QUALITY: "Check patches",
    METADATA: "Describe patches",
    **{f"metadata/{part}_split.csv": "Split data set" for part in SPLITS},
    FOLDS: "Split data set with folds",
}
# The columns that later steps compute with.
_NEEDED = {
    MANIFEST: (
        "patch_id", "polygon_id", "class_id", "class_name", "jitter", "offset_x", "offset_y", "row", "col", "center_x",
        "center_y", "center_lon", "center_lat", "west", "south", "east", "north",
    ),
    LOG: ("patch_id", "status", "seconds", "attempts", "nan_share", "error"),
    QUALITY: ("patch_id", "tier", "nan_share", "min", "max"),
    FOLDS: ("patch_id", "fold"),
}  # fmt: skip
_WHOLE_NUMBERS = ("polygon_id", "class_id", "row", "col", "fold")
# What the configuration says of each kind of source.
_SOURCES = {"rasters": ("sources", "resampling", "label"), "earth_engine": ("collection", "start_date", "end_date")}
_TEXT_COLUMNS = {
    "patch_id": str,
    "class_name": str,
    "path": str,
    "error": str,
    "status": str,
    "tier": str,
    "split": str,
}


def column_width(names: Iterable[str], least: int) -> int:
    """How wide a column with these names is in a text."""
    return max([least, *(len(name) + 2 for name in names)])


def split_table(name: str) -> str:
    """The table of a part of the split: train, val or test."""
    return f"metadata/{name}_split.csv"


@dataclass(frozen=True)
class Dataset(DataFolder):
    """A data set that has been planned. All tables have a row a patch, in the order of the manifest.

    `config` is what dataset_config.json holds: patch_size, patches_per_polygon, jitter, seed, classes, bands,
    source, grid, polygons …
    """

    @property
    def size(self) -> int:
        """The edge of a patch in pixels."""
        return self.config["patch_size"]

    @property
    def pixel(self) -> str:
        """The size of a pixel in words, such as 10 × 10 m."""
        crs, size = self.grid.crs, " × ".join(f"{v:g}" for v in self.grid.pixel_size)
        if crs is None:
            return size
        return f"{size} {'degrees' if crs.is_geographic else {'metre': 'm'}.get(crs.linear_units, crs.linear_units)}"

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and bands of a patch."""
        return self.size, self.size, len(self.bands)

    def table(self, name: str) -> pd.DataFrame:
        """Read a table; raises InputError where it has not been made or is damaged."""
        path, step = self.folder / name, _MADE_BY.get(name, "an earlier step")
        if not path.is_file():
            raise InputError(f"The data set {self.folder} has no {name} yet. Run '{step}' first.")
        try:
            # A class may be called "None" or "NA".
            table = pd.read_csv(path, dtype=_TEXT_COLUMNS, keep_default_na=False, na_values=[""])
        except (OSError, ValueError) as error:
            reason = str(error).strip().rstrip(".")
            raise InputError(f"{path} cannot be read: {reason}. Run '{step}' again.") from None
        wrong = _defect(table, _NEEDED.get(name, ("patch_id",)))
        if wrong:
            raise InputError(f"{path} is damaged: {wrong}. Run '{step}' again.")
        texts = [c for c in _TEXT_COLUMNS if c in table]
        return table.fillna(dict.fromkeys(texts, ""))

    def manifest(self) -> pd.DataFrame:
        """The planned patches."""
        return self._manifest.copy()

    @cached_property
    def _manifest(self) -> pd.DataFrame:
        table = self.table(MANIFEST)
        unknown = table["class_id"][~table["class_id"].isin(self.classes.ids)]
        twice = table["patch_id"][table["patch_id"].duplicated()]
        if len(unknown) or len(twice) or not len(table):
            wrong = (
                f"the class {unknown.iat[0]} is not in {CONFIG}" if len(unknown)
                else f"the patch {twice.iat[0]} stands in it twice" if len(twice) else "it has no patches"
            )  # fmt: skip
            raise InputError(f"{self.folder / MANIFEST} is damaged: {wrong}. Run '{_MADE_BY[MANIFEST]}' again.")
        return table

    def parts(self, fold: int | None = None) -> dict[str, np.ndarray]:
        """Row numbers in the manifest of train, val and test; those that the split does not have are missing.

        With `fold` (from 1) val is that fold and train all others, but the test part.
        """
        places = pd.Index(self._manifest["patch_id"])
        if fold is not None:
            table = self.table(FOLDS)
            number = int(table["fold"].max())
            if not 1 <= fold <= number:
                raise InputError(f"The data set {self.folder} has the folds 1 to {number}, no fold {fold}.")
            held = table["patch_id"][table["fold"] == fold]
            # Patches that can never be held out, such as those of a class with one polygon, are in no fold.
            used = pd.concat([self.table(split_table(name))["patch_id"] for name in ("train", "val")])
            ids = {"train": used[~used.isin(held)], "val": held}
        else:
            self.table(split_table("train"))
            ids = {name: self.table(split_table(name))["patch_id"] for name in SPLITS if self.has(split_table(name))}
        rows = {name: places.get_indexer(found) for name, found in ids.items()}
        if any((found < 0).any() for found in rows.values()):
            raise InputError(
                f"The split of the data set {self.folder} names patches that are not planned (any more). Run 'Split"
                " data set' again."
            )
        return rows


def _defect(table: pd.DataFrame, needed: Sequence[str]) -> str:
    """What is wrong with a table that was read, in words; empty where nothing is."""
    missing = [name for name in needed if name not in table]
    if missing:
        return f"it has no column {', '.join(missing)}"
    for name in needed:
        if name in _WHOLE_NUMBERS and not pd.api.types.is_integer_dtype(table[name]):
            return f"the column {name} holds something else than whole numbers"
        if name not in _TEXT_COLUMNS and not pd.api.types.is_numeric_dtype(table[name]):
            return f"the column {name} holds something else than numbers"
    return ""


def open_dataset(folder: str | Path) -> Dataset:
    """Open a data set; raises InputError where the folder holds none."""
    path = Path(folder) / CONFIG
    if not path.is_file():
        raise InputError(
            f"{folder} is no patch data set: it has no {CONFIG}. Choose a folder made by Plan patches or Build patch"
            " data set."
        )
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
        if config["format"] > FORMAT:
            raise InputError(f"The data set {folder} was made by a later version of Landloom. Upgrade Landloom.")
        dataset = Dataset(Path(folder), config)
        _ = dataset.classes, dataset.grid, config["polygons"]
        if not isinstance(dataset.size, int) or not dataset.bands:
            raise ValueError("a patch has no size or no bands")
        _ = [config["source"][key] for key in _SOURCES[config["source"]["kind"]]]
    except (OSError, ValueError, LookupError, TypeError) as error:
        reason = f"{type(error).__name__}: {error}".rstrip(".")
        raise InputError(f"{path} is damaged ({reason}). Run Plan patches again.") from None
    return dataset
