"""Translate tiles: a network makes optical tiles of tiles of another sensor, such as radar."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..stage import FileIn, FolderIn, FolderOut, Stage, declare
from . import _common as common
from . import _tiles


@dataclass(frozen=True)
class TranslateTiles(Stage):
    """Make optical tiles of tiles that another sensor saw, such as radar through clouds, with a trained network.

    Tiles are NAME.npz with the array sar (channels × height × width, in the unit that the network has learnt from), of
    any size, and beside each a NAME.json with month and biome_code. For each one comes a NAME.npz with the array opt_v1
    (bands B02, B03, B04, B08; reflectance from 0 to 1) and a NAME.json. A tile that cannot be used is listed in
    failed_tiles.csv, and the run goes on. A run that was stopped goes on where it was when it is started again. Needs
    the deep-learning layer (Plugins ▸ Landloom ▸ Set up…).
    """

    id = "translate_tiles"
    title = "Translate tiles"
    group = "Tile refinement"

    model: Any = declare(
        FileIn("Model", "Made by Train refiner for translation, or an ONNX network imported with Import model.")
    )
    tiles: Any = declare(FolderIn("Tiles", "A folder of tile files with the array sar."))
    batch_size: Any = _tiles.batch_size()
    device: Any = common.device()
    mixed_precision: Any = _tiles.mixed_precision()
    skip_existing: Any = _tiles.skip_existing()
    translated: Any = declare(
        FolderOut("Translated tiles", "Tile files with the array opt_v1.", filename="translated_tiles")
    )
    translated_count: Any = _tiles.count("Tiles translated")
    skipped_count: Any = _tiles.skipped_count()
    failed_count: Any = _tiles.failed_count()
    warned_count: Any = _tiles.warned_count()
    halved_batches: Any = _tiles.halved_batches()
    cpu_fallbacks: Any = _tiles.cpu_fallbacks()
    tiles_per_second: Any = _tiles.tiles_per_second()

    def run(self, job: Any) -> dict:
        """Open the model, translate tile by tile."""
        from ..refinement import imaging
        from ..refinement.steps import TRANSLATION

        outcome = imaging.run(self, TRANSLATION, self.tiles, self.translated, job)
        return {"translated_count": outcome.done, "warned_count": len(outcome.problems), **_tiles.found(outcome)}
