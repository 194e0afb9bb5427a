"""Map tiles: a model for land cover says of each pixel of tile files of what class it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..stage import FileIn, Flag, FolderIn, FolderOut, Number, Stage, Text, declare
from . import _common as common
from . import _tiles


@dataclass(frozen=True)
class PredictTiles(Stage):
    """Map the tiles of a folder with a model for land cover: a segmentation network, an imported one, or a forest.

    Tiles are NAME.npz with the array opt_v2 (bands B02, B03, B04, B08; 4 × height × width; reflectance from 0 to 1), of
    any size. For each one comes a NAME.npz with the array classes (height × width, class ids) and a NAME.json with the
    class table. The model's bands are matched by their names (B02, B2, blue …), or by their order where they have
    others. A tile that cannot be used is listed in failed_tiles.csv, and the run goes on. A run that was stopped goes
    on where it was when it is started again.
    """

    id = "predict_tiles"
    title = "Map tiles"
    group = "Tile refinement"

    model: Any = declare(
        FileIn(
            "Model",
            "A segmentation network, a network imported with Import model, or a random forest.",
            extensions=("landloom",),
        )
    )
    tiles: Any = declare(FolderIn("Tiles", "A folder of tile files."))
    key: Any = declare(Text("Array", "The name of the array in the tile files.", default="opt_v2"))
    scale: Any = declare(
        Number(
            "Scale",
            "What reflectance is multiplied by before the model looks at it. Empty: as its bands say, which is 1 for"
            " models that have learnt from decimal numbers and 10000 for those that have learnt from 16-bit whole"
            " numbers.",
            optional=True,
            minimum=1e-6,
            maximum=100_000.0,
        )
    )
    probabilities: Any = declare(
        Flag("Write probabilities", "As the array probabilities (classes × height × width).", default=False)
    )
    batch_size: Any = _tiles.batch_size()
    device: Any = common.device()
    skip_existing: Any = _tiles.skip_existing()
    mapped: Any = declare(FolderOut("Mapped tiles", "Tile files with the array classes.", filename="mapped_tiles"))
    mapped_count: Any = _tiles.count("Tiles mapped")
    skipped_count: Any = _tiles.skipped_count()
    failed_count: Any = _tiles.failed_count()
    halved_batches: Any = _tiles.halved_batches()
    cpu_fallbacks: Any = _tiles.cpu_fallbacks()
    tiles_per_second: Any = _tiles.tiles_per_second()

    def run(self, job: Any) -> dict:
        """Open the model, map tile by tile."""
        from ..refinement import running
        from ..refinement.classifying import Classifying

        treatment = Classifying(self.model, self.key, self.scale, self.probabilities, self.device)
        for text in treatment.notes:
            job.warning(text)
        outcome = running.run(self.tiles, self.mapped, treatment, self.batch_size, self.skip_existing, job)
        return {"mapped_count": outcome.done, **_tiles.found(outcome)}
