"""Small folders of tile files, as another network or Cut raster into tile files leaves them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import scipy.ndimage
from affine import Affine
from rasterio.crs import CRS

from landloom.grids import Grid
from landloom.refinement import tile_files

CRS_OF_TILES = CRS.from_epsg(32633)
WEST, NORTH, PIXEL = 500_000, 5_400_000, 10


def tile_values(seed: int, height: int = 32, width: int = 32, channels: int = 4, detail: float = 1.5) -> np.ndarray:
    """Smooth pixels (channels, h, w), float32 from 0.02 to 0.98, whose bands resemble each other."""
    random = np.random.default_rng(seed)
    common = random.normal(0, 1, (1, height, width))
    own = random.normal(0, 1, (channels, height, width))
    values = scipy.ndimage.gaussian_filter(common + 0.4 * own, (0, detail, detail), mode="mirror")
    values = (values - values.min()) / (values.max() - values.min())
    return (0.02 + 0.96 * values).astype(np.float32)


def make_tiles(
    folder: Path,
    count: int = 4,
    size: int | Sequence[tuple[int, int]] = 32,
    key: str = tile_files.STAGE1_KEY,
    channels: int = 4,
    georeferenced: bool = False,
    columns: int = 4,
    seed: int = 0,
    metadata: Mapping[str, Any] | None = None,
) -> list[Path]:
    """Write tiles NAME.npz with their NAME.json; gives the paths of the NPZ files, in order of their names.

    Args:
        folder: is made.
        count: of tiles: tile_000, tile_001 …; month 1 to 12 and biome 0 to 15 in turns.
        size: the edge, or (height, width) for each tile in turns.
        key, channels: of the array; values are from 0 to 1.
        georeferenced: whether the JSON says where a tile lies: side by side in rows of so many `columns`, 10 m pixels.
        seed: other tiles for another one.
        metadata: further content of all JSON files; takes the place of the usual one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    sizes = [(size, size)] if isinstance(size, int) else list(size)
    made = []
    for number in range(count):
        height, width = sizes[number % len(sizes)]
        name = f"tile_{number:03}"
        content: dict[str, Any] = {"month": number % 12 + 1, "biome_code": number % 16, "tile_id": f"scene_{number:03}"}
        if georeferenced:
            row, column = (place * edge for place, edge in zip(divmod(number, columns), (height, width), strict=True))
            transform = Affine(PIXEL, 0, WEST + column * PIXEL, 0, -PIXEL, NORTH - row * PIXEL)
            grid = Grid(height, width, transform, CRS_OF_TILES)
            content |= {"row": row, "col": column, "raster": "scene.tif", "georeference": tile_files.georeference(grid)}
        values = tile_values(1000 * seed + number, height, width, channels)
        tile_files.write_tile(folder, name, {key: values}, {**content, **(metadata or {})})
        made.append(folder / f"{name}.npz")
    return made
