"""Peak memory does not depend on the raster's size: each run is a process of its own, whose peak the system knows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import forests
import geopandas as gpd
import pytest
import rasterio
import shapely
from conftest import ROOT
from rasterio.transform import from_origin

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")

BANDS = ("a", "b", "c")
PIXELS, CLASS_ID = forests.noise((512, 512), 5, seed=7)

# VmHWM is the most that the process has ever held in memory, in KiB.
_RUN = """
import json, os, sys
sys.path.insert(0, sys.argv[1])
from landloom.job import Job
from landloom.runner import run_stage
from landloom.stages import find_stage
with Job(environ=os.environ) as job:
    run_stage(find_stage(sys.argv[2]), json.loads(sys.argv[3]), job)
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


def peak(stage: str, **values) -> float:
    """Run a stage in a process of its own; gives its peak memory in MiB."""
    command = [sys.executable, "-c", _RUN, str(ROOT), stage, json.dumps(values, default=str)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return int(done.stdout.split()[-1]) / 1024


def image(path: Path, height: int, width: int, count: int, dtype: str) -> Path:
    """A raster that repeats the same noise."""
    values = (PIXELS[:count] // (1 if dtype == "uint16" else 2)).astype(dtype)
    place = from_origin(500_000, 5_400_000, 10, 10)
    with rasterio.open(
        path, "w", "GTiff", width, height, count, "EPSG:32633", place, dtype, tiled=True, blockxsize=512, blockysize=512
    ) as dataset:
        dataset.descriptions = BANDS[:count]
        for _, window in dataset.block_windows():
            dataset.write(values[:, : window.height, : window.width], window=window)
    return path


def predict(folder: Path, shape: tuple[int, int], model: Path, count: int, dtype: str, **more) -> float:
    """The peak of mapping a raster of a shape with the smallest budget there is."""
    path = image(folder / "image.tif", *shape, count, dtype)
    found = peak(
        "predict", model=model, images=[path], map=folder / "map.tif", memory=256, jobs=2, record=False, **more
    )
    with rasterio.open(folder / "map.tif") as dataset:
        assert dataset.shape == shape
    path.unlink()
    return found


def test_mapping_a_raster_20_times_larger_takes_no_more_memory(tmp_path):
    model = forests.save(tmp_path / "m.landloom", forests.fit(PIXELS[:1] // 2, CLASS_ID, 1, max_depth=2), "a", "uint8")
    # The smaller one fills all buffers already: 4.2 million pixels in 16 windows; the larger has 20.25 times as many.
    small, large = (predict(tmp_path, (side, side), model, 1, "uint8") for side in (2048, 9216))
    assert large < 1.1 * small, (small, large)


@pytest.mark.skipif("LANDLOOM_ALL_TESTS" not in os.environ, reason="takes minutes; LANDLOOM_ALL_TESTS is not set")
def test_mapping_with_probabilities_a_raster_20_times_larger_takes_no_more_memory(tmp_path):
    model = forests.save(tmp_path / "m.landloom", forests.fit(PIXELS, CLASS_ID, 2, max_depth=6), BANDS)
    more = {"probabilities": tmp_path / "p.tif"}
    # Work goes along rows, and these are long enough to fill what five bands of probabilities are compared in.
    small, large = (predict(tmp_path, (height, 6912), model, 3, "uint16", **more) for height in (1024, 20_480))
    assert large < 1.1 * small, (small, large)


def test_extracting_samples_from_a_raster_20_times_larger_takes_no_more_memory(tmp_path):
    peaks = []
    for side in (1024, 4608):
        path = image(tmp_path / f"{side}.tif", side, side, 3, "uint16")
        # As many pixels under polygons in both, from corner to corner.
        corners = [(500_000 + 10 * at, 5_400_000 - 10 * at) for at in range(0, side - 16, side // 32)]
        squares = [shapely.box(x, y - 160, x + 160, y) for x, y in corners]
        table = gpd.GeoDataFrame({"class_id": [1, 2] * 16}, geometry=squares[:32], crs="EPSG:32633")
        table.to_file(tmp_path / f"{side}.gpkg")
        peaks.append(
            peak(
                "extract_samples", images=[path], polygons=tmp_path / f"{side}.gpkg", class_field="class_id", jobs=2,
                samples=tmp_path / f"{side}.parquet",
            )
        )  # fmt: skip
    assert peaks[1] < 1.1 * peaks[0], peaks
