"""What the ground reflects: each pixel is a mixture of two materials, made brighter or darker by texture."""

import numpy as np

from .landscape import AGRICULTURE, FOREST, PARCELS, URBAN, WATER
from .noise import hashed, noise, smoothstep, uniform

# Surface reflectance × 10000 in B2, B3, B4, B8, B11, B12, of the kind that yearly medians of Sentinel-2
# level 2A show over temperate farmland. Crops are mixtures of their seasons already.
MATERIALS = {
    "light soil": (880, 1220, 1580, 2300, 2950, 2400),
    "dark soil": (560, 790, 990, 1550, 2150, 1800),
    "wheat": (560, 880, 900, 2850, 2450, 1580),
    "stubble": (720, 1030, 1290, 2450, 2900, 2050),
    "maize": (390, 690, 480, 3750, 1950, 960),
    "beet": (330, 700, 370, 4300, 1820, 860),
    "rape": (460, 880, 600, 3500, 2150, 1180),
    "meadow": (380, 700, 470, 3400, 2120, 1120),
    "fallow": (500, 770, 780, 2600, 2400, 1500),
    "orchard": (330, 540, 430, 2700, 1720, 960),
    "vines": (480, 690, 700, 2300, 2120, 1350),
    "garden": (450, 660, 590, 2650, 1850, 1150),
    "broadleaf": (220, 430, 250, 3300, 1560, 690),
    "conifer": (185, 310, 205, 2250, 980, 440),
    "young trees": (290, 530, 380, 2900, 1850, 930),
    "tiles": (850, 1060, 1340, 2050, 2300, 2000),
    "slate": (1080, 1180, 1250, 1750, 1950, 1780),
    "asphalt": (760, 850, 920, 1250, 1480, 1360),
    "sheds": (1950, 2080, 2180, 2550, 2450, 2150),
    "town green": (410, 640, 520, 2700, 1780, 1030),
    "river": (470, 630, 450, 260, 90, 60),
    "clear lake": (300, 340, 200, 110, 45, 28),
    "green lake": (380, 570, 340, 230, 85, 52),
}
INDEX = {name: i for i, name in enumerate(MATERIALS)}
SPECTRA = np.array(list(MATERIALS.values()), np.float32)


def _shares(counts):
    """Material numbers, each as often as `counts` says, to pick from by five bits of a hash."""
    numbers = np.array([INDEX[name] for name, count in counts.items() for _ in range(count)])
    assert len(numbers) == 32
    return numbers


CROPS = _shares({"wheat": 7, "maize": 5, "rape": 4, "meadow": 4, "stubble": 4, "beet": 3, "light soil": 3, "fallow": 2})
SMALL_CROPS = _shares({"orchard": 8, "garden": 6, "vines": 5, "meadow": 4, "fallow": 4, "wheat": 3, "young trees": 2})
ROOFS = _shares({"tiles": 16, "slate": 9, "asphalt": 5, "sheds": 2})


def reflectance(land, y, x, key):
    """Reflectance × 10000 of the `Land` at the pixel centres, before a sensor blurs it: (6, h, w) float32.

    `key` maps a name to a random stream.
    """
    grain = noise(key("grain"), 1.6, y, x)
    clumps = noise(key("clumps"), 4.3, y, x)
    vigour = noise(key("vigour"), 13, y, x)
    trend = noise(key("trend"), 55, y, x)
    soil = noise(key("soil"), 180, y, x) + 0.4 * trend
    pick = (land.field >> np.uint32(3)) & np.uint32(31)
    first, second, third = (uniform(hashed(land.field, n)) for n in (11, 12, 13))

    # Agriculture: a crop that covers its soil more or less, uniform within a field but for vigour and trends.
    base = CROPS[pick]
    other = np.where(soil > 0.3, INDEX["light soil"], INDEX["dark soil"])
    share = 0.02 + 0.3 * first * first + 0.06 * vigour + 0.07 * trend * (second > 0.3) + 0.012 * clumps
    gain = 1 + 0.14 * (third - 0.5) + 0.025 * vigour + 0.02 * trend + 0.012 * grain
    nir = 1 + 0.12 * (second - 0.5) + 0.02 * vigour

    def fill(cover, **values):
        """Replace what is set above by `values` in a class."""
        where = land.cover == cover
        targets = {"base": base, "other": other, "share": share, "gain": gain, "nir": nir}
        for name, target in targets.items():
            np.copyto(target, values[name], where=where)

    fill(
        PARCELS,  # trees and bushes between small crops
        base=SMALL_CROPS[pick],
        other=np.where(third < 0.3, other, INDEX["broadleaf"]),
        share=0.19 + 0.32 * first + 0.11 * grain + 0.08 * clumps,
        gain=1 + 0.16 * (second - 0.5) + 0.03 * grain,
        nir=1 + 0.1 * (third - 0.5),
    )
    stand = 0.55 * noise(key("stand"), 120, y, x) + 0.5 * (first - 0.5) + 0.2 * vigour
    fill(
        FOREST,  # stands of broadleaves, of conifers and of both
        base=np.where(second < 0.06, INDEX["young trees"], INDEX["broadleaf"]),
        other=INDEX["conifer"],
        share=0.45 + stand + 0.12 * clumps,
        gain=1 + 0.08 * (third - 0.5) + 0.05 * grain + 0.045 * clumps + 0.03 * vigour,
        nir=1 + 0.1 * (second - 0.5) + 0.03 * clumps,
    )
    houses = uniform(land.houses) - 0.5
    fill(
        URBAN,  # greener towards the edge of a town
        base=ROOFS[(land.houses >> np.uint32(5)) & np.uint32(31)],
        other=INDEX["town green"],
        share=np.clip(0.6 - 0.62 * land.builtup + 0.4 * houses + 0.13 * grain + 0.05 * clumps, 0, 0.9),
        gain=1 + 0.13 * grain + 0.06 * clumps + 0.15 * houses,
        nir=1,
    )
    still, depth = land.body > 0, np.clip(-land.shore / 14, 0, 1)
    fill(
        WATER,
        base=np.where(still, INDEX["green lake"], INDEX["river"]),
        other=np.where(still, INDEX["clear lake"], INDEX["green lake"]),
        share=np.where(still, 1.5 * land.body - 0.6 + 0.6 * depth, 0.25 + 0.1 * trend),
        gain=1 + 0.05 * vigour + 0.06 * trend,
        nir=1,
    )

    share = np.clip(share, 0, 1).astype(np.float32)
    gain, nir = gain.astype(np.float32), nir.astype(np.float32)
    lines = list(_lines(land, clumps))
    bands = np.empty((SPECTRA.shape[1], *base.shape), np.float32)
    for band, spectrum in zip(bands, SPECTRA.T, strict=True):
        np.take(spectrum, base, out=band)
        band += share * (spectrum[other] - band)
        for material, cover in lines:
            band += cover * (spectrum[INDEX[material]] - band)
        band *= gain
    bands[3] *= nir
    return bands


def _lines(land, clumps):
    """What is narrower than a pixel, as (material, share of the pixel): margins, tracks, streets, roads."""
    farmed = (land.cover == AGRICULTURE) | (land.cover == PARCELS)
    hedged = farmed & (uniform(hashed(land.block, 3)) < 0.3)
    yield "meadow", _covered(land.edge, 0.45, 0.45 * (land.cover == AGRICULTURE))
    yield "broadleaf", _covered(land.track, 0.9, 0.75 * hedged * smoothstep(-0.7, 0.5, clumps))
    yield "light soil", _covered(land.track, 0.5, 0.5 * (farmed & ~hedged) + 0.2 * (land.cover == FOREST))
    yield "asphalt", _covered(land.street, 0.6, 0.75 * (land.cover == URBAN))
    yield "asphalt", _covered(land.highway, 0, 0.85)
    yield "asphalt", _covered(land.road, 0.45, 0.75 * (land.cover != WATER))


def _covered(distance, half_width, strength):
    """Share of a pixel that a line covers whose middle is `distance` away."""
    return (np.clip(half_width + 0.5 - distance, 0, 1) * strength).astype(np.float32)
