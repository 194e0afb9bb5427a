"""Extracting patches: ours, and a windowed read for each patch; many small ones, then fewer large ones."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from side_by_side import Bench, stage

# Larger than what GDAL keeps in memory.
EDGE = 8192
BANDS = 6
SMALL, LARGE = (20_000, 8), (2_000, 256)


def _prepare(folder: Path, number: int, size: int) -> None:
    import geopandas
    import numpy as np
    import rasterio
    import shapely

    random = np.random.default_rng(0)
    profile = {
        "driver": "GTiff", "width": EDGE, "height": EDGE, "count": BANDS, "dtype": "uint16", "crs": "EPSG:32633",
        "nodata": 0, "transform": rasterio.transform.from_origin(500_000, 5_400_000, 10, 10), "tiled": True,
        "blockxsize": 256, "blockysize": 256, "compress": "deflate", "zlevel": 1, "num_threads": "all_cpus",
    }  # fmt: skip
    with rasterio.open(folder / "image.tif", "w", **profile) as target:
        for _, window in target.block_windows(1):
            target.write(random.integers(0, 4000, (BANDS, window.height, window.width), np.uint16), window=window)
    x, y = 10 * random.integers(2, EDGE - 2, (2, number))
    squares = shapely.box(500_000 + x - 15, 5_400_000 - y - 15, 500_000 + x + 15, 5_400_000 - y + 15)
    polygons = geopandas.GeoDataFrame({"class_id": np.ones(number, int)}, geometry=squares, crs="EPSG:32633")
    polygons.to_file(folder / "polygons.gpkg")
    stage(
        "plan_patches", images=folder / "image.tif", polygons=folder / "polygons.gpkg", class_field="class_id",
        patch_size=size, patches_per_polygon=1, jitter=0, dataset=folder / "data",
    )  # fmt: skip


def ours(folder: Path) -> None:
    """Extract patches into one HDF5 file, with the log and the summary."""
    import shutil

    for left in ("patches", "metadata/extraction_log.csv", "metadata/extraction.json"):
        path = folder / "data" / left
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    stage("extract_patches", dataset=folder / "data", storage="hdf5")


def a_read_a_patch(folder: Path) -> None:
    """What one writes without Landloom: a boundless windowed read for each patch, NaN for nodata, one HDF5 file."""
    import h5py
    import numpy as np
    import pandas as pd
    import rasterio
    from rasterio.windows import Window

    size = json.loads((folder / "data/metadata/dataset_config.json").read_text())["patch_size"]
    manifest = pd.read_csv(folder / "data/metadata/extraction_manifest.csv")
    with (
        rasterio.Env(GDAL_CACHEMAX=128 * 2**20),
        rasterio.open(folder / "image.tif") as source,
        h5py.File(folder / "naive.h5", "w") as file,
    ):
        shape = (len(manifest), size, size, BANDS)
        pixels = file.create_dataset("patches", shape, np.float32, chunks=(max(1, 32 // size), size, size, BANDS))
        for i, (row, col) in enumerate(zip(manifest["row"], manifest["col"], strict=True)):
            top, left = max(row, 0), max(col, 0)
            bottom, right = min(row + size, EDGE), min(col + size, EDGE)
            found = source.read(window=Window(left, top, right - left, bottom - top)).astype(np.float32)
            patch = np.full((size, size, BANDS), np.nan, np.float32)
            found[found == 0] = np.nan
            patch[top - row : bottom - row, left - col : right - col] = found.transpose(1, 2, 0)
            pixels[i] = patch


def check(folder: Path) -> None:
    """All pixels must be the same."""
    import h5py
    import numpy as np

    with h5py.File(folder / "data/patches/patches.h5") as mine, h5py.File(folder / "naive.h5") as other:
        parts = range(0, len(mine["patches"]), 500)
        same = all(
            np.array_equal(mine["patches"][i : i + 500], other["patches"][i : i + 500], equal_nan=True) for i in parts
        )
    print(f"All {len(parts) and parts.stop} patches have the same pixels: {same}")


def prepare_small(folder: Path) -> None:
    """20,000 patches of 8 × 8 pixels."""
    _prepare(folder, *SMALL)


def prepare_large(folder: Path) -> None:
    """2,000 patches of 256 × 256 pixels."""
    _prepare(folder, *LARGE)


if __name__ == "__main__":
    for (number, size), prepare in ((SMALL, prepare_small), (LARGE, prepare_large)):
        Bench(
            __file__,
            f"{number} patches of {size} × {size} × {BANDS} from {EDGE} × {EDGE} pixels, uint16, deflate",
            {"ours": ours, "a read a patch": a_read_a_patch},
            "a read a patch",
            prepare,
            check,
            number,
            "patches",
        ).main()
        if "--way" in sys.argv:
            break
