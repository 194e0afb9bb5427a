"""Making tiles worse on purpose: pairs of a degraded tile and a good one are what a refiner learns from."""

from __future__ import annotations

import zlib
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
from scipy import ndimage

# Centres of Sentinel-2's bands B02, B03, B04 and B08, in nanometres.
WAVELENGTHS = np.array([492.0, 560.0, 665.0, 833.0])
# How fast haze becomes thinner with the wavelength (Ångström 1929), and how bright it is where it hides all.
ANGSTROM_EXPONENT = 1.3
AIRLIGHT = 0.5
# Haze is this much thinner and thicker than its mean at the corners of a tile.
PATCHINESS = 0.5


@dataclass(frozen=True)
class Amounts:
    """How strong each degradation is, or at most; 0 for none.

    Args:
        shift: of each band along rows and along columns, in pixels.
        blur: standard deviation of a Gaussian, in pixels.
        contrast: by what share the distance of values from their mean grows or shrinks, band by band.
        gain: by what share all values grow or shrink, band by band.
        haze: optical thickness at the blue band.
        noise: standard deviation, in reflectance.
    """

    shift: float = 0.0
    blur: float = 0.0
    contrast: float = 0.0
    gain: float = 0.0
    haze: float = 0.0
    noise: float = 0.0


def degrade(
    values: np.ndarray, amounts: Amounts, varied: bool, seed: int, name: str
) -> tuple[np.ndarray, dict[str, Any]]:
    """A tile as a worse sensor, a worse model or a worse day would give it.

    The bands are shifted against each other, blurred, changed in contrast and gain, seen through haze, and noise is
    added, in this order. What happens to a tile depends on the seed and its name alone, and each degradation on no
    other.

    Args:
        values: (4, h, w) reflectance of the bands B02, B03, B04 and B08, 0 to 1.
        amounts: the strengths; of shift, contrast and gain what is drawn lies between minus and plus the amount.
        varied: whether the strengths of blur, haze and noise are drawn too, from 0 to the amount, and haze is patchy;
            else they are the amount everywhere.
        seed, name: of the random numbers: of the run and of the tile.

    Returns the tile (4, h, w) float32, 0 to 1, and what was done, for its JSON file.
    """
    randoms = {
        field.name: np.random.default_rng([seed, zlib.crc32(name.encode()), number])
        for number, field in enumerate(fields(Amounts))
    }
    chosen = {key: amount for key, amount in asdict(amounts).items() if amount > 0}
    bands, result, done = len(values), values.astype(np.float64), dict[str, Any]()

    def strength(key: str) -> float:
        return float(randoms[key].uniform(0, chosen[key])) if varied else chosen[key]

    if "shift" in chosen:
        shifts = randoms["shift"].uniform(-chosen["shift"], chosen["shift"], (bands, 2))
        result = np.stack([ndimage.shift(band, by, mode="nearest") for band, by in zip(result, shifts, strict=True)])
        done["shift_pixels"] = shifts.round(4).tolist()
    if "blur" in chosen:
        sigma = strength("blur")
        result = ndimage.gaussian_filter(result, (0, sigma, sigma), mode="nearest")
        done["blur_sigma_pixels"] = round(sigma, 4)
    if "contrast" in chosen:
        factor = 1 + randoms["contrast"].uniform(-chosen["contrast"], chosen["contrast"], (bands, 1, 1))
        mean = result.mean((1, 2), keepdims=True)
        result = mean + factor * (result - mean)
        done["contrast_factor"] = factor.ravel().round(4).tolist()
    if "gain" in chosen:
        factor = 1 + randoms["gain"].uniform(-chosen["gain"], chosen["gain"], (bands, 1, 1))
        result = result * factor
        done["gain_factor"] = factor.ravel().round(4).tolist()
    if "haze" in chosen:
        thickness = strength("haze")
        result = _hazy(result, thickness, randoms["haze"] if varied else None)
        done["haze_optical_thickness"] = round(thickness, 4)
    if "noise" in chosen:
        deviation = strength("noise")
        result = result + randoms["noise"].normal(0, deviation, result.shape)
        done["noise_deviation"] = round(deviation, 6)
    return result.clip(0, 1).astype(np.float32), done


def _hazy(values: np.ndarray, thickness: float, random: np.random.Generator | None) -> np.ndarray:
    """Reflectance (4, h, w) through a layer of haze, `r t + A (1 - t)` with `t = exp(-thickness of the band)`.

    Koschmieder's law with the airlight A; patchy where there are random numbers.
    """
    of_bands = thickness * (WAVELENGTHS[0] / WAVELENGTHS) ** ANGSTROM_EXPONENT
    relative = np.ones(values.shape[1:])
    if random:
        corners = random.uniform(1 - PATCHINESS, 1 + PATCHINESS, (2, 2))
        down, across = (np.linspace(0, 1, size) for size in values.shape[1:])
        relative = np.stack([1 - down, down], 1) @ corners @ np.stack([1 - across, across])
    seen = np.exp(-of_bands[:, np.newaxis, np.newaxis] * relative)
    return values * seen + AIRLIGHT * (1 - seen)
