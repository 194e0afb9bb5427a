"""From the pixels of any image to what an encoder was made for: values around 0, of a size that it can take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

# What 1 stands for by the type of the pixels: reflectance is stored in ten thousandths, or as it is.
FULL = {"b": 1.0, "u8": 255.0, "i": 10_000.0, "u": 10_000.0, "f": 1.0}
LOW, HIGH = 2, 98  # percentiles
# Without a size given, images keep theirs within these edges, pixels.
SHORTEST_EDGE, LONGEST_EDGE = 64, 224
# No edge gets shorter than this: encoders halve an image five times.
LEAST = 32
_SAMPLED = 4096

# Lowest and highest value of each band; they become 0 and 1.
Limits = list[tuple[float, float]]


@dataclass(frozen=True)
class Seen:
    """A look at one scaled image: the share of its values beyond the scaling's range, and the span that they have."""

    outside: float
    span: float


def of_type(dtype: np.dtype, bands: int) -> Limits:
    """The limits by the type of the pixels: 8 bit 0–255, other whole numbers 0–10000, floats 0–1."""
    full = FULL.get(f"{dtype.kind}{8 * dtype.itemsize}", FULL[dtype.kind])
    return [(0.0, full)] * bands


def of_values(values: Sequence[Sequence[np.ndarray] | np.ndarray]) -> Limits:
    """The 2nd and 98th percentile of each band over images (bands, h, w), which count alike whatever their size."""
    limits = []
    for band in zip(*values, strict=True):
        sampled = np.concatenate([sample(v) for v in band])
        low, high = np.percentile(sampled, (LOW, HIGH)).tolist() if len(sampled) else (0.0, 1.0)
        limits.append((low, high if high > low else low + 1.0))
    return limits


def sample(band: np.ndarray) -> np.ndarray:
    """Valid values of a band, evenly from all over it."""
    values = band.ravel()[:: -(-band.size // _SAMPLED)]
    return values[np.isfinite(values)]


def scaled(values: np.ndarray, limits: Limits) -> tuple[np.ndarray, Seen]:
    """Values (bands, h, w) brought to 0–1, what lies beyond cut off; NaN stays."""
    low, high = (np.array(side, np.float32).reshape(-1, 1, 1) for side in zip(*limits, strict=True))
    found = (values - low) / (high - low)
    known = found[np.isfinite(found)]
    outside = float(((known < 0) | (known > 1)).mean())
    cut = found.clip(0, 1)
    return cut, Seen(outside, float(np.nanmax(cut) - np.nanmin(cut)))


def standardised(
    values: np.ndarray, mean: Sequence[float] | np.ndarray, deviation: Sequence[float] | np.ndarray
) -> np.ndarray:
    """(value - mean) / deviation by band, both repeated in turn where there are more bands."""
    bands = len(values)
    offset, scale = (np.resize(np.array(side, np.float32), bands).reshape(-1, 1, 1) for side in (mean, deviation))
    return (values - offset) / scale


def filled(values: np.ndarray) -> np.ndarray:
    """What has no data becomes its band's mean in the image; where the band is empty 0, the mean of all images."""
    missing = ~np.isfinite(values)
    if not missing.any():
        return values
    counts = (~missing).sum((1, 2))
    sums = np.where(missing, 0, values).sum((1, 2), dtype=np.float64)
    means = np.where(counts > 0, sums / np.maximum(counts, 1), 0).astype(np.float32)
    return np.where(missing, means.reshape(-1, 1, 1), values)


def size_for(height: int, width: int, size: int | None) -> tuple[int, int]:
    """Height and width in which an encoder sees an image: a square of `size`; without it the image's own, but with a
    longer edge from SHORTEST_EDGE to LONGEST_EDGE.
    """
    if size:
        return size, size
    longer = max(height, width)
    scale = min(max(longer, SHORTEST_EDGE), LONGEST_EDGE) / longer
    return max(LEAST, round(height * scale)), max(LEAST, round(width * scale))


def resized(values: np.ndarray, height: int, width: int) -> np.ndarray:
    """Values (bands, h, w), all finite, in another size: linear, and averaged where it gets smaller."""
    if values.shape[1:] == (height, width):
        return np.ascontiguousarray(values, np.float32)
    shown = torch.from_numpy(np.ascontiguousarray(values, np.float32))[None]
    return torch.nn.functional.interpolate(shown, (height, width), mode="bilinear", antialias=True)[0].numpy()
