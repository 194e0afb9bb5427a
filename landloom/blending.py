"""Where a network's tiles lie on an image, and how much each counts where they overlap.

A network sees least at the border of what it is shown. So the outer quarter of the overlap does not count at all where
another tile lies behind it, and over the half between the two quarters one tile fades into the next along a raised
cosine. The weights of all tiles add up to 1 in each pixel: what all of them agree on comes out as it went in.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from rasterio.windows import Window


@dataclass(frozen=True)
class Axis:
    """Tiles along one side of an image of `length` pixels.

    They begin at 0, `tile` - `overlap`, and so on; the last one is moved back so that it ends with the image. Where
    the image is shorter than a tile, there is one, which reaches beyond it.
    """

    length: int
    tile: int
    overlap: int

    @property
    def step(self) -> int:
        """Pixels from one tile to the next."""
        return self.tile - self.overlap

    @property
    def margin(self) -> int:
        """Pixels at the border of a tile that do not count where there is another tile."""
        return self.overlap // 4

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """The first pixel of each tile."""
        last = max(0, self.length - self.tile)
        return (*range(0, last, self.step), last)

    def reach(self, number: int) -> tuple[int, int]:
        """The pixels for which a tile counts, from first to behind the last."""
        start = self.starts[number]
        before = 0 if number == 0 else self.margin
        after = 0 if number == len(self.starts) - 1 else self.margin
        return start + before, min(start + self.tile - after, self.length)

    def touching(self, start: int, stop: int) -> range:
        """The tiles that count anywhere from `start` to before `stop`."""
        reaches = [self.reach(number) for number in range(len(self.starts))]
        found = [number for number, (first, behind) in enumerate(reaches) if first < stop and behind > start]
        return range(found[0], found[-1] + 1)

    def weights(self, number: int) -> np.ndarray:
        """How much a tile counts for each pixel of its reach, float32; those of all tiles add up to 1 in a pixel."""
        first, behind = self.reach(number)
        pixels = np.arange(first, behind)
        total = sum(self._raw(other, pixels) for other in range(len(self.starts)) if self._meets(other, first, behind))
        return (self._raw(number, pixels) / total).astype(np.float32)

    def _meets(self, number: int, first: int, behind: int) -> bool:
        start, stop = self.reach(number)
        return start < behind and stop > first

    def _raw(self, number: int, pixels: np.ndarray) -> np.ndarray:
        """1 in the inner of a tile, sinking to 0 at borders behind which there is another one."""
        start, last = self.starts[number], len(self.starts) - 1
        before = np.inf if number == 0 else pixels + 0.5 - start
        after = np.inf if number == last else start + self.tile - pixels - 0.5
        ramp = max(self.overlap - 2 * self.margin, 1)
        place = np.clip((np.minimum(before, after) - self.margin) / ramp, 0, 1)
        return np.broadcast_to(np.sin(np.pi / 2 * place) ** 2, pixels.shape)


@dataclass(frozen=True)
class Lattice:
    """The tiles of an image: rows and columns of them."""

    rows: Axis
    columns: Axis

    @classmethod
    def over(cls, height: int, width: int, tile: int, overlap: int) -> Lattice:
        """Square tiles over an image."""
        return cls(Axis(height, tile, overlap), Axis(width, tile, overlap))

    def window(self, row: int, column: int) -> Window:
        """The pixels that a tile shows to the network; may reach beyond a small image."""
        return Window(self.columns.starts[column], self.rows.starts[row], self.columns.tile, self.rows.tile)

    def reach(self, row: int, column: int) -> Window:
        """The pixels for which a tile counts."""
        (top, bottom), (left, right) = self.rows.reach(row), self.columns.reach(column)
        return Window(left, top, right - left, bottom - top)

    def weights(self, row: int, column: int) -> np.ndarray:
        """How much a tile counts for each pixel of its reach, (h, w) float32."""
        return self.rows.weights(row)[:, np.newaxis] * self.columns.weights(column)
