"""Changes to training patches and tiles under which their classes stay the same."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..rasters import Band

# Names of the bands that a person sees: of Sentinel-2 (B2 …), by word, or by letter.
VISIBLE = re.compile(r"b0?[234]|blue|green|red|[rgb]", re.IGNORECASE)
# So many patches of a batch lose a strip at one or two of their sides, as if the image ended there.
BLANKED_SHARE = 0.2


def orient(values: np.ndarray, orientation: np.ndarray) -> np.ndarray:
    """Turn and mirror each of n square arrays (n, …, h, w) by its orientation, 0 to 7: quarter turns, from 4 on of the
    mirror image. 0 leaves it as it is.
    """
    result = np.empty_like(values)
    for number in np.unique(orientation):
        chosen = values[orientation == number]
        if number >= 4:
            chosen = chosen[..., ::-1]
        result[orientation == number] = np.rot90(chosen, number % 4, axes=(-2, -1))
    return result


def blank_borders(values: np.ndarray, random: np.random.Generator, share: float = BLANKED_SHARE) -> np.ndarray:
    """Give some of n arrays (n, channels, h, w) a border without data (NaN), up to half of their edge wide.

    So the network learns what it meets at the edges of an image and beside clouds.
    """
    n, _, height, width = values.shape
    result = values.copy()
    chosen = np.flatnonzero(random.random(n) < share)
    # Lines without data above and left (positive), or below and right (negative); 0 for none.
    down = random.integers(-(height // 2), height // 2 + 1, len(chosen))
    across = random.integers(-(width // 2), width // 2 + 1, len(chosen))
    row, column = np.arange(height)[:, np.newaxis], np.arange(width)[np.newaxis]
    for patch, rows, columns in zip(chosen, down, across, strict=True):
        inside_rows = (row >= rows) & (row < height + min(rows, 0))
        inside_columns = (column >= columns) & (column < width + min(columns, 0))
        result[patch, :, ~(inside_rows & inside_columns)] = np.nan
    return result


def augment(values: np.ndarray, targets: np.ndarray, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Turn, mirror and blank a batch: (n, channels, h, w) and what belongs to it, (n, h, w) or (n, 1, 1)."""
    orientation = random.integers(8, size=len(values))
    return blank_borders(orient(values, orientation), random), orient(targets, orientation)


@dataclass(frozen=True)
class Recipe:
    """How tiles are changed while they are learnt from.

    Args:
        flips, turns: mirror them; turn them by quarters.
        brightness, contrast, saturation: by how much each may change at most, up or down, as a share; of `visible`.
        visible: places of the bands that a person sees.
        black: the value of each of these bands that stands for no light.
    """

    flips: bool = True
    turns: bool = True
    brightness: float = 0.4
    contrast: float = 0.4
    saturation: float = 0.4
    visible: tuple[int, ...] = ()
    black: tuple[float, ...] = ()

    def orientations(self) -> np.ndarray:
        """The orientations, as `orient` counts them, that a tile may get: 4 mirrors columns, 6 rows, 2 both."""
        if self.flips:
            return np.arange(8) if self.turns else np.array([0, 2, 4, 6])
        return np.arange(4) if self.turns else np.array([0])


def visible_bands(bands: Sequence[Band]) -> tuple[int, ...]:
    """The places of the bands that a person sees, by their names."""
    return tuple(place for place, band in enumerate(bands) if VISIBLE.fullmatch(band.name))


def black_values(bands: Sequence[Band]) -> tuple[float, ...]:
    """The value of each band that stands for 0 once its scale and offset are applied."""
    return tuple(-band.offset / band.scale for band in bands)


def change_tiles(
    values: np.ndarray, targets: np.ndarray, recipe: Recipe, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Change the tiles of a batch, each in its own way: images (n, channels, h, w) and their targets (n, h, w)."""
    orientation = random.choice(recipe.orientations(), len(values))
    values, targets = orient(values, orientation), orient(targets, orientation)
    if recipe.visible and max(recipe.brightness, recipe.contrast, recipe.saturation) > 0:
        chosen = list(recipe.visible)
        # In the usual order of image libraries: brightness, contrast, saturation.
        spans = np.array([recipe.brightness, recipe.contrast, recipe.saturation])
        factors = random.uniform(1 - spans, 1 + spans, (len(values), 3)).astype(np.float32)
        for tile, tile_factors in zip(values, factors, strict=True):
            tile[chosen] = jitter(tile[chosen], np.array(recipe.black, np.float32), *tile_factors)
    return values, targets


def jitter(
    values: np.ndarray, black: np.ndarray, brightness: float = 1.0, contrast: float = 1.0, saturation: float = 1.0
) -> np.ndarray:
    """Change the light of an image by factors; 1 leaves it as it is.

    Brightness moves each pixel away from black, contrast from the image's mean grey, saturation from the pixel's own
    grey, which is the mean of its bands. None of the three depends on the unit, so reflectance from 0 to 1 comes out as
    reflectance from 0 to 10,000 does, divided.

    Args:
        values: (bands, h, w) float32; NaN is no data and stays it.
        black: (bands,) the value that stands for no light.
    """
    ground = black[:, np.newaxis, np.newaxis]
    light = (values - ground) * brightness
    known = ~np.isnan(light)
    if known.any():
        light = _away(light, light[known].mean(), contrast)
        count = known.sum(axis=0, dtype=np.float32)
        grey = np.where(known, light, 0).sum(axis=0) / np.maximum(count, 1)
        light = _away(light, grey, saturation)
    return light + ground


def _away(values: np.ndarray, middle: np.ndarray | np.floating, factor: float) -> np.ndarray:
    return middle + (values - middle) * factor
