"""Growing regions in a large raster: ours reads a window for each click, the other way the whole raster once.

Runs in QGIS's Python: /usr/bin/python3 tests/bench/growing.py
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from side_by_side import ROOT, Bench

SIZE, PATCH, BANDS = 10_000, 2048, 10
CLICKS = 3
MOST_PIXELS = 20_000
TOLERANCE = 0.8


def prepare(folder: Path) -> None:
    """Fields of 64 × 64 pixels in the middle of a raster that is empty elsewhere, which favours the other way."""
    import numpy as np
    from osgeo import gdal

    (folder / "plugins").mkdir()
    (folder / "plugins" / "landloom").symlink_to(ROOT, target_is_directory=True)
    random = np.random.default_rng(0)
    options = ["TILED=YES", "SPARSE_OK=TRUE", "COMPRESS=DEFLATE", "ZLEVEL=1", "INTERLEAVE=PIXEL"]
    file = gdal.GetDriverByName("GTiff").Create(str(folder / "image.tif"), SIZE, SIZE, BANDS, gdal.GDT_UInt16, options)
    file.SetGeoTransform((0, 10, 0, 10 * SIZE, 0, -10))
    for band in range(1, BANDS + 1):
        fields = random.integers(500, 3000, (PATCH // 64, PATCH // 64)).repeat(64, axis=0).repeat(64, axis=1)
        values = random.normal(fields, 150).clip(1).astype("uint16")
        file.GetRasterBand(band).WriteArray(values, (SIZE - PATCH) // 2, (SIZE - PATCH) // 2)


def clicks() -> list:
    """Rows and columns of the middles of some fields."""
    first = (SIZE - PATCH) // 2 + 32
    return [(first + 64 * (5 + 6 * i), first + 64 * (25 - 6 * i)) for i in range(CLICKS)]


def opened(folder: Path):
    """The plugin's image over the raster, in a QGIS without a window."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    sys.path.insert(0, str(folder / "plugins"))
    from qgis.core import QgsApplication, QgsRasterLayer

    application = QgsApplication([], False)
    application.initQgis()
    from landloom.ui.imagery.image import Image

    return application, Image([QgsRasterLayer(str(folder / "image.tif"), "image")])


def ours(folder: Path) -> None:
    """What the map tool does in the background after a click, and the outline."""
    application, image = opened(folder)
    from landloom.ui.digitizing.growing import Growth, outline, spectral_distance

    told, sizes = [], []
    for row, column in clicks():
        window = image.grid.window(row - 512, column - 512, row + 512, column + 512)
        began = time.perf_counter()
        values, valid = image.read(window)
        read = time.perf_counter()
        seed = row - window.row, column - window.column
        growth = Growth(spectral_distance(values, valid, seed), seed, MOST_PIXELS)
        grown = time.perf_counter()
        polygon = outline(growth.region(TOLERANCE), image.grid, window)
        told.append((read - began, grown - read, time.perf_counter() - grown))
        sizes.append(polygon.area() / 100)
    middle = [1000 * sorted(part)[CLICKS // 2] for part in zip(*told)]  # noqa: B905 (Python 3.9)
    text = "a click: reading {:.0f} ms, all regions up to {} pixels {:.0f} ms, an outline {:.0f} ms"
    (folder / "ours.txt").write_text(text.format(middle[0], MOST_PIXELS, *middle[1:]) + f"; pixels {sizes}")
    application.exit()


def whole(folder: Path) -> None:
    """Read the raster band by band, sum the distances of all pixels, flood them within the tolerance."""
    import numpy as np
    from osgeo import gdal

    file = gdal.Open(str(folder / "image.tif"))
    places = np.array(clicks())
    total = np.zeros((CLICKS, SIZE, SIZE), np.float16)
    for band in range(1, BANDS + 1):
        values = file.GetRasterBand(band).ReadAsArray()
        patch = values[values > 0]
        for number, (row, column) in enumerate(places):
            seed = values[row - 1 : row + 2, column - 1 : column + 2].mean()
            total[number] += (((values - np.float32(seed)) / patch.std()) ** 2 / BANDS).astype(np.float16)
    sizes = [flooded(total[n] <= TOLERANCE**2, tuple(place)) for n, place in enumerate(places)]
    (folder / "whole.txt").write_text(f"pixels {sizes}")


def flooded(similar, seed) -> int:
    """How many pixels are connected with the seed: a stack of neighbours."""
    seen, waiting = {seed}, [seed]
    while waiting:
        row, column = waiting.pop()
        for near in ((row + 1, column), (row - 1, column), (row, column + 1), (row, column - 1)):
            if near not in seen and similar[near]:
                seen.add(near)
                waiting.append(near)
    return len(seen)


def check(folder: Path) -> None:
    """Holes are filled in ours, and its deviation is that of a window, so sizes are alike but not the same."""
    for name in ("ours", "whole"):
        print(f"{name}: {(folder / f'{name}.txt').read_text()}")


if __name__ == "__main__":
    Bench(
        __file__,
        f"{CLICKS} regions in {SIZE} × {SIZE} pixels × {BANDS} bands, uint16",
        {"a window a click": ours, "the whole raster": whole},
        "the whole raster",
        prepare,
        check,
        CLICKS,
        "regions",
        rounds=1,
    ).main()
