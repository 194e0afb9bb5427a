"""Results on record: a table with a row a result, its image, its parameters, and how good it was."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from rasterio.crs import CRS

from .. import files
from ..errors import InputError

# What each record has; empty texts where not known. `image` is a path, relative to the table's folder if it is below
# it; `group` is what records that belong together share, such as a scene or a run; `time` is ISO 8601. `footprint` is
# a polygon as WKT in `crs` (EPSG:… or WKT), empty for what has no place.
TEXTS = ("record_id", "image", "type", "method", "time", "group", "footprint", "crs")
METRIC, PARAMETER = "metric_", "param_"
# The column with the SHA-256 of the image's file, where it is known.
HASH = "sha256"
# Written by Split records: part is train, val, test or empty (not used); fold counts from 1, 0 without folds; inspect
# is 1 for the records that somebody should look at.
SPLIT = ("part", "fold", "inspect")
PARTS = ("train", "val", "test")
# What other programs write where a number is missing.
MISSING = ("na", "n/a", "nan", "null", "none")
# A name that is longer comes from a damaged file, and no report could show it.
NAMES, LONGEST_NAME = ("record_id", "type", "method", "time", "group"), 1000


@dataclass(frozen=True)
class Records:
    """A table of records.

    `table` has the columns of TEXTS (text, never missing), then `param_NAME` (numbers or text), `metric_NAME` (float,
    NaN where unknown), and after a split those of SPLIT.
    """

    path: Path
    table: pd.DataFrame

    def __len__(self) -> int:
        return len(self.table)

    @property
    def metrics(self) -> list[str]:
        """The names of the quality metrics, without prefix, such as ssim, mse, psnr, accuracy."""
        return [name.removeprefix(METRIC) for name in self.table if name.startswith(METRIC)]

    @property
    def measured(self) -> list[str]:
        """The metrics that at least one record has."""
        return [name for name in self.metrics if np.isfinite(self.metric(name)).any()]

    @property
    def parameters(self) -> list[str]:
        """The names of the parameters, without prefix."""
        return [name.removeprefix(PARAMETER) for name in self.table if name.startswith(PARAMETER)]

    def metric(self, name: str) -> np.ndarray:
        """A metric, (n,) float64, NaN where unknown. Raises InputError where there is none of the name."""
        if name not in self.metrics:
            known = ", ".join(self.metrics) or "none"
            raise InputError(f"{self.path} has no metric '{name}'. It has: {known}.")
        return self.table[f"{METRIC}{name}"].to_numpy(float)

    @cached_property
    def images(self) -> list[Path | None]:
        """Where the image of each record lies, None where it has none."""
        return [self.path.parent / image if image else None for image in self.table["image"]]

    def rows(self, part: str) -> np.ndarray:
        """Row numbers of a part of the split. Raises InputError where the records have not been split."""
        if "part" not in self.table:
            raise InputError(f"The records {self.path} have not been split. Run Split records first.")
        return np.flatnonzero(self.table["part"] == part)

    def footprints(self) -> gpd.GeoDataFrame | None:
        """The records that have a place, with all columns, as polygons in the CRS of the first of them; None where no
        record has one. The index is the row number.
        """
        return placed(self.table, self.path)


def placed(table: pd.DataFrame, path: Path) -> gpd.GeoDataFrame | None:
    """The rows of a table with a `footprint`, as polygons in the CRS of the first of them; None where none has one.
    Raises InputError, which names the `path`, for footprints that cannot be read or brought together.
    """
    rows = table[table["footprint"] != ""]
    if not len(rows):
        return None
    try:
        shapes = [
            gpd.GeoSeries(
                shapely.from_wkt(some["footprint"].to_numpy()), some.index, CRS.from_user_input(crs) if crs else None
            )
            for crs, some in rows.groupby("crs", sort=False)
        ]
    except Exception as error:  # damaged text can make any part of the way stumble
        raise InputError(f"{path} has a footprint or a CRS that cannot be read: {error}") from None
    first = shapes[0].crs
    if any((shape.crs is None) != (first is None) for shape in shapes):
        raise InputError(f"{path} has footprints with and without a CRS. Give all of them one.")
    geometry = pd.concat([shape if shape.crs == first else shape.to_crs(first) for shape in shapes])
    rest = rows.drop(columns=["footprint", "crs"])
    return gpd.GeoDataFrame(rest, geometry=gpd.GeoSeries(geometry).reindex(rest.index), crs=first)


def open_records(path: str | Path) -> Records:
    """Read a table of records (CSV). Raises InputError where it is none."""
    try:
        table = pd.read_csv(
            path,
            dtype=dict.fromkeys((*TEXTS, "part"), str),
            keep_default_na=False,
            na_values=[""],
            encoding="utf-8-sig",
        )
    except FileNotFoundError:
        raise InputError(f"The table of records {path} does not exist. Check the path.") from None
    except UnicodeError:
        raise InputError(f"The table of records {path} is no text in UTF-8. Save it as CSV in UTF-8.") from None
    except (OSError, ValueError) as error:
        what = " ".join(str(error).split()).rstrip(".")
        raise InputError(f"The table of records {path} cannot be read: {what}.") from None
    if len(table.columns) == 1 and any(sign in table.columns[0] for sign in ";\t"):
        raise InputError(f"{path} does not separate its columns by commas. Save it as CSV with commas.")
    missing = [name for name in TEXTS if name not in table]
    if missing:
        raise InputError(
            f"{path} is no table of records: it has no column {', '.join(missing)}. Make one with Mine results or"
            " Describe map tiles."
        )
    table = table.fillna(dict.fromkeys((name for name in (*TEXTS, "part") if name in table), ""))
    twice = table["record_id"][table["record_id"].duplicated() | (table["record_id"] == "")]
    if len(twice):
        raise InputError(f"{path} has the record_id '{twice.iat[0]}' twice or empty. Each record needs one of its own.")
    for name in NAMES:
        longest = int(table[name].str.len().max()) if len(table) else 0
        if longest > LONGEST_NAME:
            raise InputError(
                f"{path} holds a text of {longest:,} characters in the column {name}, where at most {LONGEST_NAME:,}"
                " are expected. Mend that row or take it out."
            )
    for name in table:
        if name.startswith((METRIC, PARAMETER)) and not pd.api.types.is_numeric_dtype(table[name]):
            table[name] = _numbers_or_words(path, name, table[name])
        if name.startswith(METRIC):
            table[name] = table[name].astype(float)
    return Records(Path(path), table)


def _numbers_or_words(path: str | Path, name: str, column: pd.Series) -> pd.Series:
    """A column of text as numbers where it holds them; else as it is, or InputError where it must hold numbers."""
    known = column.mask(column.astype(str).str.strip().str.lower().isin(MISSING))
    numbers = pd.to_numeric(known, errors="coerce")
    wrong = known[numbers.isna() & known.notna()]
    if not len(wrong):
        return numbers
    if name.startswith(METRIC):
        raise InputError(f"{path} holds '{str(wrong.iat[0])[:100]}' in the column {name}, where numbers belong.")
    return column


def write_records(path: str | Path, table: pd.DataFrame) -> None:
    """Write a table of records: the columns in the order of `Records`, missing texts as empty ones."""
    filled = table.assign(**{name: table[name].fillna("") if name in table else "" for name in TEXTS})
    others = [name for name in filled if name not in (*TEXTS, *SPLIT)]
    ranked = sorted(others, key=lambda name: (not name.startswith(PARAMETER), not name.startswith(METRIC)))
    columns = [*TEXTS, *ranked, *(name for name in SPLIT if name in filled)]
    with files.replacing(path) as temporary:
        filled[columns].to_csv(temporary, index=False, lineterminator="\n")
