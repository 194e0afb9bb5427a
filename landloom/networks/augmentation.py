"""Changes to training patches under which their class stays the same."""

from __future__ import annotations

import numpy as np

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
