"""Refine tiles: a network makes optical tiles clearer, knowing the month and the biome."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..stage import FileIn, FolderIn, FolderOut, Stage, declare
from . import _common as common
from . import _tiles


@dataclass(frozen=True)
class RefineTiles(Stage):
    """Refine the optical tiles of a folder with a trained network that knows the month and the biome of each.

    Tiles are NAME.npz with the array opt_v1 (bands B02, B03, B04, B08; 4 × height × width; reflectance from 0 to 1), of
    any size, and beside each a NAME.json with month and biome_code. For each one comes a NAME.npz with the array opt_v2
    and a NAME.json. A tile that cannot be used is listed in failed_tiles.csv, and the run goes on. A run that was
    stopped goes on where it was when it is started again. Needs the deep-learning layer (Plugins ▸ Landloom ▸ Set up…);
    a graphics card makes it many times faster.
    """

    id = "refine_tiles"
    title = "Refine tiles"
    group = "Tile refinement"

    model: Any = declare(FileIn("Model", "Made by Train refiner, or an ONNX network imported with Import model."))
    tiles: Any = declare(FolderIn("Tiles", "A folder of tile files with the array opt_v1."))
    batch_size: Any = _tiles.batch_size()
    device: Any = common.device()
    mixed_precision: Any = _tiles.mixed_precision()
    skip_existing: Any = _tiles.skip_existing()
    refined: Any = declare(FolderOut("Refined tiles", "Tile files with the array opt_v2.", filename="refined_tiles"))
    refined_count: Any = _tiles.count("Tiles refined")
    skipped_count: Any = _tiles.skipped_count()
    failed_count: Any = _tiles.failed_count()
    warned_count: Any = _tiles.warned_count()
    halved_batches: Any = _tiles.halved_batches()
    cpu_fallbacks: Any = _tiles.cpu_fallbacks()
    tiles_per_second: Any = _tiles.tiles_per_second()

    def run(self, job: Any) -> dict:
        """Open the model, refine tile by tile."""
        from ..refinement import imaging
        from ..refinement.steps import REFINEMENT

        outcome = imaging.run(self, REFINEMENT, self.tiles, self.refined, job)
        return {"refined_count": outcome.done, "warned_count": len(outcome.problems), **_tiles.found(outcome)}
