"""Mosaic tile files: a folder of tiles becomes a raster layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..stage import Choice, FileOut, FolderIn, Integer, NumberOutput, RasterOut, Stage, Text, declare
from . import _common as common

TYPES = {
    "uint16": "Whole numbers, reflectance × 10000",
    "float32": "Floating-point numbers, as they are",
}
BLOCK = 512


@dataclass(frozen=True)
class TilesToRaster(Stage):
    """Put tile files together to one raster, a Cloud-Optimized GeoTIFF that spans them.

    The JSON file beside each tile says where it lies, as Cut raster into tile files wrote it and the stages of tile
    refinement keep it. Where tiles overlap, each fades into the next; classes cannot be blended, so that a pixel has
    the class of the tile in which it is farthest from the border. Where there is no tile, or the raster that was cut
    had no data, the result has none. Tiles with another coordinate reference system or pixel grid than the others are
    refused; tiles that cannot be read are left out and listed. A run that was stopped goes on where it was when it is
    started again with the same settings.
    """

    id = "tiles_to_raster"
    title = "Mosaic tile files"
    group = "Tile refinement"

    tiles: Any = declare(FolderIn("Tile files", "A folder of NAME.npz with NAME.json."))
    key: Any = declare(
        Text(
            "Array",
            "Which array of the files: opt_v2 for refined tiles, opt_v1 for unrefined ones, classes or probabilities"
            " for those that were classified. An array of height × width holds classes and becomes a class map.",
            default="opt_v2",
        )
    )
    dtype: Any = declare(
        Choice(
            "Data type",
            "Of images; only reflectance from 0 to 1 can be stored as whole numbers. Classes are whole numbers and"
            " probabilities floating-point numbers anyway.",
            default="uint16",
            choices=TYPES,
        )
    )
    memory: Any = declare(
        Integer(
            "Memory budget",
            "How much the run may use at most. Fewer pixels are worked on at once where it is small.",
            default=1024,
            minimum=256,
            advanced=True,
            unit="MiB",
        )
    )
    jobs: Any = common.jobs()
    compression: Any = common.compression()
    raster: Any = declare(RasterOut("Mosaic", "Spans all tiles, on their pixel grid.", filename="mosaic.tif"))
    failed: Any = declare(
        FileOut("Table of the tiles that could not be used", "With the reason.", extension="csv", optional=True)
    )
    tile_count: Any = declare(NumberOutput("Tiles in the mosaic"))
    failed_count: Any = declare(NumberOutput("Tiles that could not be used"))
    band_count: Any = declare(NumberOutput("Bands"))
    valid_share: Any = declare(NumberOutput("Share of the pixels with data"))

    def run(self, job: Any) -> dict:
        """Find out where the tiles lie, blend window by window, style."""
        from ..refinement import placing, tile_files

        failed: dict = {}
        listed = tile_files.list_tiles(self.tiles)
        placed = placing.place(listed, self.key, failed, job.part(0.0, 0.1).progress)
        if placed.bands:
            task, style = self._blend(placed, failed)
        else:
            task, style = self._nearest(placed, failed, job)
        self._map(task, placed, job)
        self._refuse_nothing(listed, failed)
        style()
        self._tell(listed, failed, job)
        return {
            "tile_count": len(listed) - len(failed),
            "failed_count": len(failed),
            "band_count": max(placed.bands, 1),
            "valid_share": self._valid_share(job),
        }

    def _effort(self) -> Any:
        from .. import mapping

        return mapping.Effort(self.jobs, None, self.memory, BLOCK, self.compression)

    def _blend(self, placed: Any, failed: dict) -> tuple:
        from .. import styles
        from ..cog import Layout
        from ..errors import ParameterError
        from ..refinement import mosaicking
        from ..refinement.tile_files import BANDS, STAGE1_KEY, STAGE2_KEY

        classes = mosaicking.class_table(placed) if self.key == "probabilities" else None
        names = mosaicking.band_names(placed, self.key, classes)
        whole = self.dtype == "uint16" and self.key != "probabilities"
        if whole and placed.bands != len(BANDS):
            raise ParameterError(
                f"DTYPE is uint16, which stores reflectance, but '{self.key}' of the tiles has {placed.bands} bands,"
                f" not the {len(BANDS)} of reflectance. Choose float32."
            )
        if whole:
            layout = Layout("uint16", names, mosaicking.NODATA)
        else:
            known = classes if classes and len(classes) == placed.bands else None
            layout = Layout("float32", names, float("nan"), band_classes=known)
        task = mosaicking.Blend(placed, self.key, layout, self._effort(), failed)

        def style() -> None:
            if self.key == "probabilities":
                styles.write_ramp(self.raster, 0, 1)
            elif whole or self.key in (STAGE1_KEY, STAGE2_KEY):
                low, high = (value * (mosaicking.SCALE if whole else 1) for value in mosaicking.stretch(task))
                styles.write_composite(self.raster, (3, 2, 1), (low, high))

        return task, style

    def _nearest(self, placed: Any, failed: dict, job: Any) -> tuple:
        from .. import styles
        from ..refinement import mosaicking

        classes = mosaicking.class_table(placed, job.check_cancelled)
        if classes is None:
            job.warning("The tiles do not say what their classes are; in the map they are called by their numbers.")
            classes = mosaicking.classes_found(placed, self.key, job.check_cancelled)
        return mosaicking.Nearest(placed, self.key, classes, failed), lambda: styles.write_class_map(
            self.raster, classes
        )

    def _map(self, task: Any, placed: Any, job: Any) -> None:
        from pathlib import Path

        from .. import mapping, provenance
        from ..rasters import Stack
        from ..refinement import mosaicking

        identity = {
            "tiles": provenance.fingerprint(self.tiles),
            "key": self.key,
            "layout": repr(task.layout),
            "compression": self.compression,
        }
        products = {"raster": mapping.Product(Path(self.raster), task.layout)}
        with job.within(0.1, 0.95):
            mapping.map_windows(task, Stack(placed.grid, ()), products, identity, self._effort(), job)
        mosaicking.look_at_the_rest(task, job.check_cancelled)

    def _refuse_nothing(self, listed: list, failed: dict) -> None:
        from pathlib import Path

        from ..errors import InputError

        if len(failed) == len(listed):
            Path(self.raster).unlink(missing_ok=True)
            name, bad = next(iter(sorted(failed.items())))
            raise InputError(f"None of the {len(listed):,} tiles can be used, such as {name}: {bad}.")

    def _tell(self, listed: list, failed: dict, job: Any) -> None:
        import csv

        from .. import files

        if self.failed:
            with files.replacing(self.failed) as temporary, temporary.open("w", encoding="utf-8", newline="") as stream:
                rows = [
                    ("tile", "kind", "reason"),
                    *((name, bad.kind, str(bad)) for name, bad in sorted(failed.items())),
                ]
                csv.writer(stream, lineterminator="\n").writerows(rows)
        if failed:
            name, bad = next(iter(sorted(failed.items())))
            where = "" if self.failed else " Choose a table for FAILED to see all of them."
            job.warning(
                f"{len(failed):,} of {len(listed):,} tiles could not be used, such as {name}: {bad}. Where no other"
                f" tile lies, the mosaic has no data.{where}"
            )

    def _valid_share(self, job: Any) -> float:
        from contextlib import closing

        from .. import rasters, windows

        valid = 0
        job.part(0.95, 1.0)
        with closing(rasters.open_stack([self.raster])) as stack:
            grid = stack.grid
            for window in windows.plan(grid.height, grid.width, BLOCK, 2**20):
                job.progress(window.row_off / grid.height)
                valid += int(stack.read(window)[1].sum())
        return round(valid / (grid.height * grid.width), 6)
