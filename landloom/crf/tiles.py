"""Cutting a raster into tiles that fit the memory."""

from __future__ import annotations

from dataclasses import dataclass

from rasterio.windows import Window

from ..errors import ParameterError
from ..grids import Grid
from .field import Settings, fits_lattice, pixel_bytes

BLOCK = 256
# A tile may take a quarter of what all processes together may, so that there is room for four; half of it where tiles
# would else be so small that most of the work is for their halos.
PARTS_OF_MEMORY, SMALL = 4, 512
# Of the budget, for the processes; the rest is for reading and writing.
SHARE_OF_PROCESSES = 0.75
PROCESS_BYTES = 80 * 2**20


@dataclass(frozen=True)
class Tiling:
    """How a raster is cut: edge of the tiles in pixels, and how many processes work on them at once."""

    edge: int
    processes: int

    def plan(self, grid: Grid) -> list[Window]:
        """The tiles, row by row."""
        return [
            Window(col, row, min(self.edge, grid.width - col), min(self.edge, grid.height - row))
            for row in range(0, grid.height, self.edge)
            for col in range(0, grid.width, self.edge)
        ]


def tiling(
    grid: Grid, classes: int, channels: int, settings: Settings, margin: int, largest: int, memory_mb: int, jobs: int
) -> Tiling:
    """Choose tiles of at most `largest` pixels so that they fit the memory; the number of jobs does not influence them.

    Raises ParameterError where not even the smallest tile fits.
    """
    budget = SHARE_OF_PROCESSES * memory_mb * 2**20

    def needed(edge: int) -> float:
        pixels = min(edge + 2 * margin, grid.height) * min(edge + 2 * margin, grid.width)
        return PROCESS_BYTES + pixels * pixel_bytes(classes, channels)

    def fits(edge: int) -> bool:
        parts = 2 if edge <= SMALL else PARTS_OF_MEMORY
        return needed(edge) <= budget / parts and fits_lattice(edge + 2 * margin, channels, settings)

    # Beyond the raster's own size all are alike.
    most = min(largest, -(-max(grid.height, grid.width) // BLOCK) * BLOCK)
    edge = next((edge for edge in range(most // BLOCK * BLOCK, BLOCK, -BLOCK) if fits(edge)), BLOCK)
    if not fits_lattice(edge + 2 * margin, channels, settings):
        raise ParameterError(
            f"BILATERAL_SXY ({settings.bilateral_sxy:g}), SPATIAL_SXY ({settings.spatial_sxy:g}) and BILATERAL_SRGB"
            f" ({settings.bilateral_srgb:g}) are too small for tiles of {edge} pixels with a HALO of {margin}. Give"
            " larger ones, or a smaller HALO."
        )
    if needed(edge) > budget:
        raise ParameterError(
            f"MEMORY is {memory_mb} MiB, but a tile of {edge} pixels with {classes} classes, {channels} bands and a"
            f" HALO of {margin} pixels may take {needed(edge) / SHARE_OF_PROCESSES / 2**20:.0f}. Give more, or use"
            " fewer bands or a smaller HALO."
        )
    return Tiling(edge, max(1, min(jobs, int(budget // needed(edge)))))
