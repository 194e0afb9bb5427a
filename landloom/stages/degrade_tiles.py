"""Degrade tiles: make pairs that a refiner can learn from and be tried on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..errors import ParameterError
from ..stage import Flag, FolderIn, FolderOut, Number, NumberOutput, Stage, Text, declare
from . import _common as common
from . import _tiles

EFFECTS = ("shift", "blur", "contrast", "gain", "haze", "noise")


@dataclass(frozen=True)
class DegradeTiles(Stage):
    """Make tiles worse on purpose, so that a refiner can be trained on pairs of degraded and good tiles, and tried out.

    Bands are shifted against each other, blurred, changed in contrast and gain, seen through haze, and noise is added.
    0 switches any of these off. Results hold the array opt_v1 and keep the names and all metadata, so the two folders
    are what Train refiner takes as tiles and targets; what was done to a tile is in its NAME.json under degraded. It
    depends on the seed and the tile's name alone. A tile that cannot be used is listed in failed_tiles.csv, and the
    run goes on.
    """

    id = "degrade_tiles"
    title = "Degrade tiles"
    group = "Tile refinement"

    tiles: Any = declare(FolderIn("Tiles", "A folder of good tile files, such as those of Cut raster into tile files."))
    key: Any = declare(Text("Array", "Name of the array with reflectance that is degraded.", default="opt_v1"))
    blur: Any = declare(
        Number("Blur", "Standard deviation of a Gaussian.", default=1.0, minimum=0.0, maximum=50.0, unit="pixels")
    )
    noise: Any = declare(
        Number("Noise", "Standard deviation, in reflectance from 0 to 1.", default=0.01, minimum=0.0, maximum=1.0)
    )
    shift: Any = declare(
        Number(
            "Shift of bands",
            "Each band is moved by its own random part of a pixel, up to this much in either direction.",
            default=0.5,
            minimum=0.0,
            maximum=50.0,
            unit="pixels",
        )
    )
    contrast: Any = declare(
        Number(
            "Change of contrast",
            "By up to which share the distance of values from their mean grows or shrinks, band by band.",
            default=0.1,
            minimum=0.0,
            maximum=1.0,
        )
    )
    gain: Any = declare(
        Number(
            "Change of gain",
            "By up to which share all values grow or shrink, band by band.",
            default=0.05,
            minimum=0.0,
            maximum=1.0,
        )
    )
    haze: Any = declare(
        Number(
            "Haze",
            "Optical thickness at the blue band; it is less at longer wavelengths. 0.1 is a clear day, 1 is dense.",
            default=0.1,
            minimum=0.0,
            maximum=10.0,
        )
    )
    varied: Any = declare(
        Flag(
            "Each tile by its own amounts",
            "Blur, noise and haze are drawn from 0 to the numbers above, tile by tile, and haze is patchy. Else they"
            " are the same for all tiles.",
            default=True,
        )
    )
    seed: Any = common.seed()
    jobs: Any = common.jobs()
    degraded: Any = declare(FolderOut("Degraded tiles", "Tile files with the array opt_v1.", filename="degraded_tiles"))
    degraded_count: Any = _tiles.count("Tiles degraded")
    failed_count: Any = _tiles.failed_count()
    mean_psnr: Any = declare(NumberOutput("Mean PSNR", "Of degraded tiles against the good ones.", unit="dB"))

    def check(self) -> None:
        """Something must be done to the tiles."""
        if not any(getattr(self, name) for name in EFFECTS):
            names = ", ".join(name.upper() for name in EFFECTS)
            raise ParameterError(
                f"All of {names} are 0, so the tiles would stay as they are. Give one of them above 0."
            )

    def run(self, job: Any) -> dict:
        """Degrade tile by tile; list what cannot be used."""
        from ..refinement.degraded_folder import Recipe, make
        from ..refinement.degrading import Amounts

        amounts = Amounts(**{name: getattr(self, name) for name in EFFECTS})
        recipe = Recipe(self.key, amounts, self.varied, self.seed)
        outcome, psnr = make(self.tiles, self.degraded, recipe, self.jobs, job)
        job.message(f"Tiles degraded: {outcome.done:,}; their mean PSNR against the good ones is {psnr:.1f} dB.")
        return {
            "degraded_count": outcome.done,
            "failed_count": len(outcome.failures),
            "mean_psnr": round(psnr, 4),
        }
