"""How much of an image is kept, or restored: numbers that compare two images of optical reflectance.

Images are (4, h, w) arrays with the bands of `tile_files.BANDS`, values from 0 to 1 and finite; all sums are made in
float64. `valid` (h, w) says which pixels count; without it all do. Where a number is not defined, which its function
says, it is NaN.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from .tile_files import BANDS

RED, NIR = BANDS.index("B04"), BANDS.index("B08")
# A smaller mean squared error than float32 can tell from none; its PSNR is 100 dB.
SMALLEST_MSE = 1e-10
# Of Wang et al. 2004: an 11 × 11 window whose weights fall off as a Gaussian, and the constants for values from 0 to 1.
SIGMA, RADIUS = 1.5, 5
C1, C2 = 0.01**2, 0.03**2
# Edge strengths that differ by less are the same: what is left is rounding of float32.
SAME = 1e-6


@dataclass(frozen=True)
class Fidelity:
    """All numbers of one pair of images; see the functions of the same names."""

    ndvi_rmse: float
    edge_correlation: float
    spectral_angle: float
    mse: float
    psnr: float
    ssim: float


def compare(image: np.ndarray, other: np.ndarray, valid: np.ndarray | None = None) -> Fidelity:
    """All numbers for a pair of images."""
    return Fidelity(
        ndvi_rmse(image, other, valid),
        edge_correlation(image, other, valid),
        spectral_angle(image, other, valid),
        mse(image, other, valid),
        psnr(image, other, valid),
        ssim(image, other, valid),
    )


def mse(image: np.ndarray, other: np.ndarray, valid: np.ndarray | None = None) -> float:
    """The mean squared difference over all bands; NaN where no pixel counts."""
    return _mean(np.square(_float(image) - _float(other)), valid)


def psnr(image: np.ndarray, other: np.ndarray, valid: np.ndarray | None = None) -> float:
    """The peak signal-to-noise ratio in dB for values from 0 to 1, over all bands; 100 for images that are the same."""
    return float(-10 * np.log10(np.maximum(mse(image, other, valid), SMALLEST_MSE)))


def ssim(image: np.ndarray, other: np.ndarray, valid: np.ndarray | None = None) -> float:
    """The mean structural similarity, -1 to 1, for values from 0 to 1: the mean over bands.

    Wang, Bovik, Sheikh & Simoncelli 2004, equation 13 with the Gaussian window of section III.B. The window lies
    wholly within the image, as there; an image that is smaller than the window is mirrored at its border instead.
    """
    a, b = _float(image), _float(other)
    mean_a, mean_b = _blurred(a), _blurred(b)
    variance_a, variance_b = _blurred(a * a) - mean_a**2, _blurred(b * b) - mean_b**2
    covariance = _blurred(a * b) - mean_a * mean_b
    luminance = (2 * mean_a * mean_b + C1) / (mean_a**2 + mean_b**2 + C1)
    similarity = luminance * (2 * covariance + C2) / (variance_a + variance_b + C2)
    inner = np.s_[..., RADIUS:-RADIUS, RADIUS:-RADIUS] if min(a.shape[-2:]) > 2 * RADIUS else np.s_[...]
    return _mean(similarity[inner], None if valid is None else valid[inner])


def ndvi(image: np.ndarray) -> np.ndarray:
    """The normalized difference vegetation index (h, w) of an image; NaN where red and near infrared are both 0."""
    red, nir = _float(image[RED]), _float(image[NIR])
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(red + nir > 0, (nir - red) / (nir + red), np.nan)


def ndvi_rmse(image: np.ndarray, other: np.ndarray, valid: np.ndarray | None = None) -> float:
    """The root mean squared difference of the NDVI where both images have one; NaN where no pixel counts."""
    difference = ndvi(image) - ndvi(other)
    known = np.isfinite(difference)
    return float(np.sqrt(_mean(np.square(difference), known if valid is None else known & valid)))


def edge_strength(image: np.ndarray) -> np.ndarray:
    """How steep the near infrared is in each pixel (h, w): the magnitude of the Sobel gradient."""
    nir = _float(image[NIR])
    return np.hypot(ndimage.sobel(nir, axis=0), ndimage.sobel(nir, axis=1))


def edge_correlation(image: np.ndarray, other: np.ndarray, valid: np.ndarray | None = None) -> float:
    """Pearson's correlation of the edge strengths, -1 to 1; NaN where no pixel counts.

    Where both images are equally steep everywhere, as flat ones are, there is no edge to lose: 1. Where only one of
    them is, it has lost all edges, or made them up: 0.
    """
    a, b = edge_strength(image), edge_strength(other)
    a, b = (a.ravel(), b.ravel()) if valid is None else (a[valid], b[valid])
    if not a.size:
        return float("nan")
    even = [np.ptp(strength) <= SAME for strength in (a, b)]
    if any(even):
        return 1.0 if all(even) else 0.0
    a, b = a - a.mean(), b - b.mean()
    return float(np.clip((a @ b) / np.sqrt((a @ a) * (b @ b)), -1, 1))


def spectral_angle(image: np.ndarray, other: np.ndarray, valid: np.ndarray | None = None) -> float:
    """The mean angle between the spectra of a pixel in degrees (Kruse et al. 1993): 0 where they differ in brightness
    alone. Pixels that are 0 in all bands of an image have no angle; NaN where no pixel counts.
    """
    a, b = _float(image), _float(other)
    lengths = [np.sqrt(np.square(spectrum).sum(axis=0)) for spectrum in (a, b)]
    known = (lengths[0] > 0) & (lengths[1] > 0)
    a, b = (spectrum / np.where(known, length, 1) for spectrum, length in zip((a, b), lengths, strict=True))
    # Kahan's formula: the arc cosine would make rounding into hundredths of a degree.
    apart, together = (np.sqrt(np.square(v).sum(axis=0)) for v in (a - b, a + b))
    return _mean(np.degrees(2 * np.arctan2(apart, together)), known if valid is None else known & valid)


def _float(values: np.ndarray) -> np.ndarray:
    return np.asarray(values, np.float64)


def _blurred(values: np.ndarray) -> np.ndarray:
    return ndimage.gaussian_filter(values, SIGMA, radius=RADIUS, axes=(-2, -1))


def _mean(values: np.ndarray, valid: np.ndarray | None) -> float:
    """The mean over the last two axes where valid, and over bands; NaN of nothing."""
    if valid is not None:
        values = values[..., valid]
    return float(values.mean()) if values.size else float("nan")
