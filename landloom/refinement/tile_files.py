"""Tiles as files: NAME.npz with pixels and NAME.json with what is known of them; the contract between the stages."""

from __future__ import annotations

import json
import math
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from affine import Affine
from rasterio.crs import CRS

from .. import files, npy
from ..errors import InputError
from ..grids import Grid

# Sentinel-2's blue, green, red and near infrared, as reflectance from 0 to 1.
BANDS = ("B02", "B03", "B04", "B08")
STAGE1_KEY, STAGE2_KEY, STAGE3_KEY = "opt_v1", "opt_v2", "classes"
USUAL_MONTH, USUAL_BIOME = 6, 0
BIOMES = 16
MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
# Bright clouds reach beyond 1; what lies beyond this is not reflectance.
LARGEST = 2.0
GEOREFERENCE = "georeference"


class BadTile(Exception):
    """A tile that cannot be used, while others can; `kind` is what such tiles are counted by."""

    def __init__(self, kind: str, text: str):
        super().__init__(text)
        self.kind = kind


@dataclass(frozen=True)
class Metadata:
    """What the JSON file beside a tile says.

    Args:
        month: 1 to 12.
        biome: 0 to 15.
        content: the whole file as it is; empty where there is none.
        problems: what was missing or wrong and was replaced, in words.
    """

    month: int
    biome: int
    content: Mapping[str, Any]
    problems: tuple[str, ...] = ()

    def grid(self, height: int, width: int) -> Grid | None:
        """Where the tile lies; None where its file does not say. Raises BadTile for what is no georeference."""
        found = self.content.get(GEOREFERENCE)
        if found is None:
            return None
        try:
            crs = CRS.from_user_input(found["crs"]) if found["crs"] else None
            transform = Affine(*(float(number) for number in found["transform"][:6]))
            if not 0 < abs(transform.determinant) < math.inf or not all(map(math.isfinite, transform)):
                raise ValueError("its pixels have no size")
            return Grid(height, width, transform, crs)
        except Exception as error:  # damaged text can make any part of the way stumble
            raise BadTile("bad georeference", f"its '{GEOREFERENCE}' cannot be read ({error!r})") from None


@dataclass(frozen=True)
class TileFile:
    """One tile, by the path of its NPZ file."""

    path: Path

    @property
    def name(self) -> str:
        """The file's name without extension, which all stages keep."""
        return self.path.stem

    def shape(self, key: str) -> tuple[int, ...]:
        """The shape of an array without reading its pixels. Raises BadTile."""
        try:
            with zipfile.ZipFile(self.path) as archive, archive.open(f"{key}.npy") as stream:
                return npy.read_header(stream)[0]
        except KeyError:
            raise self._without(key) from None
        except Exception as error:  # damaged bytes can make any part of the way stumble
            raise BadTile("unreadable", f"it is no NPZ file or is damaged ({error})") from None

    def pixels(self, key: str, channels: int | None = len(BANDS), gaps: bool = False) -> np.ndarray:
        """An array (channels, h, w) as float32, finite but for NaN where it may have `gaps`. Raises BadTile."""
        shape = self.shape(key)
        if len(shape) != 3 or (channels is not None and shape[0] != channels) or 0 in shape:
            wanted = f"({'channels' if channels is None else channels}, height, width)"
            raise BadTile("wrong shape", f"its array '{key}' has the shape {shape} instead of {wanted}")
        try:
            values = npy.load(self.path, key)
        except Exception as error:  # as above
            raise BadTile("unreadable", f"its array '{key}' is damaged ({error})") from None
        if values.dtype.kind not in "fiu":
            raise BadTile("wrong type", f"its array '{key}' is of the type {values.dtype}, not of numbers")
        with np.errstate(over="ignore"):  # infinite then, and told below
            values = values.astype(np.float32)
        wrong = np.isinf(values) if gaps else ~np.isfinite(values)
        if wrong.any():
            number = int(wrong.sum())
            raise BadTile("not finite", f"its array '{key}' has {number:,} values that are NaN or infinite")
        return values

    def reflectance(self, key: str, gaps: bool = False) -> np.ndarray:
        """Pixels (4, h, w) of optical bands, brought to 0–1; raises BadTile where they are of another unit."""
        values = self.pixels(key, gaps=gaps)
        low, high = (float(bound.reduce(values, axis=None)) for bound in (np.fmin, np.fmax))
        if high > LARGEST:
            raise BadTile(
                "not 0–1",
                f"its array '{key}' has values up to {high:g} where reflectance from 0 to 1 is expected; divide"
                " by 10000 where it is stored as whole numbers",
            )
        if low < -LARGEST:
            raise BadTile(
                "not 0–1",
                f"its array '{key}' has values down to {low:g} where reflectance from 0 to 1 is expected; fill"
                " pixels without data",
            )
        return values.clip(0, 1)

    @property
    def metadata(self) -> Metadata:
        """What the JSON file says, read anew each time: of many tiles it would fill the memory.

        A missing or wrong month is 6, a missing or wrong biome is 0; see `problems`.
        """
        problems: list[str] = []
        content = _read(self.path.with_suffix(".json"), problems)
        month, biome = month_of(content.get("month")), _biome(content.get("biome_code"))
        if month is None:
            problems.append(f"{_stated('month', content)}, so {USUAL_MONTH} was taken")
        if biome is None:
            problems.append(f"{_stated('biome_code', content)}, so {USUAL_BIOME} was taken")
        return Metadata(
            USUAL_MONTH if month is None else month, USUAL_BIOME if biome is None else biome, content, tuple(problems)
        )

    def _without(self, key: str) -> BadTile:
        with zipfile.ZipFile(self.path) as archive:
            found = ", ".join(name.removesuffix(".npy") for name in archive.namelist()) or "nothing"
        return BadTile("no key", f"it has no array '{key}', but {found}")


def list_tiles(folder: str | Path) -> list[TileFile]:
    """The tiles of a folder by name. Raises InputError where there is no such folder, or nothing in it."""
    if not Path(folder).is_dir():
        raise InputError(f"The folder of tiles {folder} does not exist. Check the path.")
    found = [TileFile(path) for path in sorted(Path(folder).glob("*.npz")) if not path.name.startswith(".")]
    if not found:
        raise InputError(f"The folder {folder} holds no tiles (NAME.npz). Make some with Cut raster into tile files.")
    return found


def write_tile(folder: Path, name: str, arrays: Mapping[str, np.ndarray], content: Mapping[str, Any]) -> None:
    """Write a tile; where its NPZ file is there, its JSON file is, too, and both are of one run.

    Args:
        folder: is there.
        name: of both files, without extension.
        arrays: by key.
        content: of the JSON file.
    """
    text = json.dumps(dict(content), indent=2, ensure_ascii=False) + "\n"
    path = folder / f"{name}.npz"
    with files.telling(path):
        path.unlink(missing_ok=True)
    files.write_text(folder / f"{name}.json", text)
    # Compressed it would take forty times as long to write.
    # Not by np.savez, whose own arguments are no names for arrays.
    with files.replacing(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for key, array in arrays.items():
            with archive.open(f"{key}.npy", "w", force_zip64=True) as stream:
                np.lib.format.write_array(stream, np.asanyarray(array), allow_pickle=False)


def georeference(grid: Grid) -> dict[str, Any]:
    """A tile's place for its JSON file."""
    crs = grid.crs
    code = crs.to_epsg() if crs else None
    return {"crs": f"EPSG:{code}" if code else crs.to_wkt() if crs else None, "transform": list(grid.transform)[:6]}


def month_of(value: Any) -> int | None:
    """The month, 1 to 12, of a number or an English name such as `jun` or `June`; None for anything else."""
    text = str(value).strip().lower()
    if re.fullmatch(r"\d{1,2}(\.0)?", text):
        number = int(float(text))
        return number if 1 <= number <= 12 else None
    if len(text) < 3:
        return None
    return next((number for number, name in enumerate(MONTHS, start=1) if name.startswith(text)), None)


def _biome(value: Any) -> int | None:
    text = str(value).strip()
    return int(float(text)) if re.fullmatch(r"\d{1,2}(\.0)?", text) and float(text) < BIOMES else None


def _read(path: Path, problems: list[str]) -> dict[str, Any]:
    if not path.is_file():
        problems.append("it has no metadata file")
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
        if not isinstance(content, dict):
            raise ValueError("no object with names and values")
        return content
    except (OSError, ValueError, RecursionError) as error:
        problems.append(f"its metadata file cannot be read ({error})")
        return {}


def _stated(key: str, content: Mapping[str, Any]) -> str:
    return f"its {key} is {content[key]!r}" if key in content else f"it has no {key}"
