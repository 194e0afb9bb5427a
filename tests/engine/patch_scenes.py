"""Small images and polygons to plan patches on, and a way to run the stages."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pyogrio
import shapely

from landloom.job import Job
from landloom.patches.dataset import open_dataset
from landloom.runner import run_stage
from landloom.stages.extract_patches import ExtractPatches
from landloom.stages.plan_patches import PlanPatches

WEST, NORTH = 500_000, 5_400_000


def plan(given: Mapping | None = None, **values):
    """Run Plan patches; gives its outputs, the data set, its manifest and the warnings."""
    found = _run(PlanPatches, {"class_field": "class_id", **(given or {}), **values})
    found.set = open_dataset(found.dataset)
    found.manifest = found.set.manifest()
    return found


def extract(dataset: Path, **values):
    """Run Extract patches; gives its outputs, the warnings and messages."""
    return _run(ExtractPatches, {"dataset": dataset, **values})


def _run(stage, values: Mapping):
    events: list[dict] = []
    with Job(events.append, environ=dict(os.environ)) as job:
        outputs = run_stage(stage, {k: str(v) if isinstance(v, Path) else v for k, v in values.items()}, job)
    told = {kind: [e["text"] for e in events if e["type"] == kind] for kind in ("warning", "message")}
    return SimpleNamespace(warnings=told["warning"], messages=told["message"], **outputs)


def in_pixels(left: float, top: float, width: float, height: float) -> shapely.Polygon:
    """A box given in pixels of the tiny scenes."""
    west, north = WEST + 10 * left, NORTH - 10 * top
    return shapely.box(west, north - 10 * height, west + 10 * width, north)


def drawn(folder: Path, shapes, classes, crs: str | None = "EPSG:32633") -> dict:
    """Polygons in a layer beside `image.tif`, and the parameters to plan with them."""
    frame = gpd.GeoDataFrame({"class_id": classes}, geometry=list(shapes), crs=crs)
    pyogrio.write_dataframe(frame, folder / "polygons.gpkg", layer="polygons", driver="GPKG")
    return {"images": folder / "image.tif", "polygons": folder / "polygons.gpkg", "dataset": folder / "set"}


def scattered(number: int, height: int, width: int, seed: int = 0) -> list[shapely.Polygon]:
    """Boxes of some pixels at random places of an image, some of them across its edge."""
    random = np.random.default_rng(seed)
    left, top = random.uniform(-2, width - 3, number), random.uniform(-2, height - 3, number)
    return [in_pixels(*place, 5, 5) for place in zip(left.tolist(), top.tolist(), strict=True)]


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """A web server for a folder; gives its address. A process of its own: GDAL holds Python's lock while it waits."""
    command = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            port = re.search(r"port (\d+)", server.stdout.readline())[1]
            yield f"http://127.0.0.1:{port}"
        finally:
            server.kill()
