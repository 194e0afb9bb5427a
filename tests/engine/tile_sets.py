"""Small tile data sets, written without the stage that cuts tiles."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import rasterio
from affine import Affine
from rasterio.crs import CRS
from rasterio.transform import from_origin

from landloom import cog
from landloom.classes import ClassTable, make_table
from landloom.folders import grid_as_dict
from landloom.grids import Grid
from landloom.tiles.dataset import CONFIG, FORMAT, PARTS, TABLE, TileSet, open_tiles, share_column

PARTS_OF_THE_DEMO = {"train": 8, "val": 3, "test": 3}
RAMP = ("#fde725", "#21918c", "#440154", "#5ec962", "#3b528b")


def make_tiles(
    folder: str | Path,
    *,
    size: int = 64,
    parts: dict[str, int] | None = None,
    bands: int = 3,
    classes: tuple[str, ...] = ("low", "medium", "high"),
    ordinal: bool = True,
    ignore_share: float = 0.05,
    seed: int = 0,
    dtype: str = "uint16",
    nodata: float | None = 0,
    crs: str | None = "EPSG:32633",
) -> TileSet:
    """Write a tile data set that a network can learn: a class has its level in each band and a texture of its own.

    Args:
        folder: is made.
        parts: number of tiles a part; a part that is left out has none.
        bands: of the images, called band_1 …
        classes: names of the classes, ids from 1; every tile has pixels of all of them.
        ignore_share: about so many of a mask's pixels have no class; half of those have no data in the image either.
        dtype, nodata: of the images.

    The tiles of a part stand side by side in a row of the grid, the rows of the parts one below another.
    """
    folder = Path(folder)
    parts = PARTS_OF_THE_DEMO if parts is None else parts
    table = make_table({"id": i, "name": n, "colour": RAMP[i - 1] if i <= 5 else ""} for i, n in enumerate(classes, 1))
    rows = [part for part in PARTS if parts.get(part)]
    transform = from_origin(500_000, 5_400_000, 10, 10)
    grid = Grid(len(rows) * size, max(parts.values()) * size, transform, CRS.from_string(crs) if crs else None)
    random = np.random.default_rng(seed)
    lines, trained = [], []
    for down, part in enumerate(rows):
        for across in range(parts[part]):
            top, left = down * size, across * size
            mask, image = _pair(random, size, bands, len(classes), ignore_share, dtype, nodata)
            lines.append(_write(folder, part, top, left, image, mask, grid, table, nodata))
            if part == "train":
                trained.append(_floats(image, nodata))
    config = {
        "format": FORMAT,
        "tile_size": size,
        "overlap": 0,
        "block_size": size,
        "ignore": table.nodata,
        "ordinal": ordinal,
        "classes": table.as_list(),
        "bands": [
            {"name": f"band_{b}", "dtype": dtype, "nodata": nodata, "scale": 1.0, "offset": 0.0}
            for b in range(1, bands + 1)
        ],
        "grid": grid_as_dict(grid),
        "source": "image.tif",
        "labels": "labels.tif",
        "statistics": [
            {
                "mean": float(np.nanmean(values)),
                "deviation": float(np.nanstd(values)),
                "minimum": float(np.nanmin(values)),
                "maximum": float(np.nanmax(values)),
            }
            for values in (np.stack(trained).swapaxes(0, 1) if trained else ())
        ],
        "seed": seed,
    }
    (folder / "metadata").mkdir()
    pd.DataFrame(lines).to_csv(folder / TABLE, index=False)
    (folder / CONFIG).write_text(json.dumps(config), encoding="utf-8")
    return open_tiles(folder)


def _pair(
    random: np.random.Generator,
    size: int,
    bands: int,
    classes: int,
    ignore_share: float,
    dtype: str,
    nodata: float | None,
) -> tuple[np.ndarray, np.ndarray]:
    """A mask (size, size) of slanting stripes and its image (bands, size, size)."""
    row, col = np.mgrid[:size, :size] / size
    slope = random.uniform(-1, 1)
    height = (row + slope * col + 0.1 * np.sin(7 * col) + random.uniform()) % 1
    mask = (1 + np.minimum((height * classes).astype(int), classes - 1)).astype(np.uint8)
    image = np.empty((bands, size, size))
    checks = (np.indices((size, size)).sum(axis=0) % 2) * 2 - 1
    for band in range(bands):
        level = 400 * (1 + (mask.astype(float) + band) % classes)
        image[band] = level + 40 * mask * checks + random.normal(0, 30, (size, size))
    image = np.maximum(image, 1).astype(dtype)
    edge = round(size * ignore_share**0.5)
    mask[:edge, :edge] = 0
    if nodata is not None:
        image[:, : edge // 2, :edge] = nodata
    return mask, image


def _write(
    folder: Path,
    part: str,
    top: int,
    left: int,
    image: np.ndarray,
    mask: np.ndarray,
    grid: Grid,
    classes: ClassTable,
    nodata: float | None,
) -> dict:
    tile_id = f"r{top:06d}_c{left:06d}"
    where = grid.transform @ Affine.translation(left, top)
    names = {"image": f"images/{tile_id}.tif", "mask": f"masks/{tile_id}.tif"}
    for name, values, empty in (("image", image, nodata), ("mask", mask[np.newaxis], classes.nodata)):
        path = folder / names[name]
        path.parent.mkdir(parents=True, exist_ok=True)
        with rasterio.open(
            path, "w", "GTiff", mask.shape[1], mask.shape[0], len(values), grid.crs, where, values.dtype, empty,
            photometric="minisblack",
        ) as raster:  # fmt: skip
            if name == "mask":
                cog.describe_classes(raster, classes)
            raster.write(values)
    labelled = mask != classes.nodata
    valid = np.isfinite(_floats(image, nodata)).all(axis=0)
    return {
        "tile_id": tile_id,
        "part": part,
        "origin": "cut",
        "parents": "",
        "block": part,
        "row": top,
        "col": left,
        **names,
        "valid_share": valid.mean(),
        "labelled_share": labelled.mean(),
        **{share_column(i): (mask == i).sum() / max(1, labelled.sum()) for i in classes.ids},
    }


def _floats(image: np.ndarray, nodata: float | None) -> np.ndarray:
    values = image.astype(float)
    return values if nodata is None else np.where(values == nodata, np.nan, values)
