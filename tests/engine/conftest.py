"""A tiny scene with three classes, and a way to run stages as the worker does."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from rasterio.transform import from_origin

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
# Else each program that a test starts would compile everything anew, since it has a home of its own.
os.environ.setdefault("NUMBA_CACHE_DIR", str(ROOT / "build" / "numba"))

from landloom.job import Job  # noqa: E402
from landloom.runner import run_stage  # noqa: E402
from landloom.stages import find_stage  # noqa: E402

CLASSES = {1: "Field", 2: "Forest", 3: "Water"}
# Blue, green, red, near infrared; far enough apart to be learnt, near enough to be mistaken now and then.
SPECTRA = {1: (900, 1200, 1500, 2300), 2: (350, 600, 450, 3000), 3: (500, 450, 300, 150)}
BANDS = ("B2", "B3", "B4", "B8")


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory, monkeypatch):
    """No test touches the user's catalogue, and none sees the developer's database."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("LANDLOOM_HOME", str(home))
    for name in [n for n in os.environ if n.startswith(("DB_", "TRAINING_POLYGON_", "AOI_DEF", "PLANET_"))]:
        monkeypatch.delenv(name)
    return home


@pytest.fixture
def without_pictures(monkeypatch):
    """Data sets without their pictures, which take longer than all the rest: for tests that do not look at them."""
    for module in ("landloom.patches.planning_picture", "landloom.tiles.pictures"):
        monkeypatch.setattr(f"{module}.draw", lambda *given: None)


@pytest.fixture
def run():
    """Run a stage by its id; gives its outputs, and as `.events` what it told."""

    def runner(stage_id: str, environ: dict | None = None, secrets: dict | None = None, **values):
        events: list[dict] = []
        with Job(events.append, environ={**os.environ, **(environ or {})}, secrets=secrets) as job:
            outputs = run_stage(
                find_stage(stage_id), {k: str(v) if isinstance(v, Path) else v for k, v in values.items()}, job
            )
        return SimpleNamespace(events=events, warnings=[e["text"] for e in events if e["type"] == "warning"], **outputs)

    return runner


def write_raster(path: Path, values: np.ndarray, nodata=None, crs="EPSG:32633", transform=None, names=None, **profile):
    """Write (bands, h, w) as a GeoTIFF of 10 m pixels."""
    transform = transform or from_origin(500_000, 5_400_000, 10, 10)
    count, height, width = values.shape
    with rasterio.open(
        path, "w", "GTiff", width, height, count, crs, transform, values.dtype, nodata, **profile
    ) as dataset:
        dataset.write(values)
        if names:
            dataset.descriptions = tuple(names)
    return path


def class_image(height: int = 120, width: int = 150) -> np.ndarray:
    """The truth of the tiny scene: water in the west, forest in the north-east, fields elsewhere."""
    truth = np.full((height, width), 1, np.uint8)
    truth[: height // 2, width // 2 :] = 2
    truth[:, : width // 4] = 3
    return truth


def reflectance(truth: np.ndarray, seed: int = 0, noise: float = 220) -> np.ndarray:
    """Noisy bands (4, h, w), uint16, of a truth; 0 stays 0, which is nodata."""
    random = np.random.default_rng(seed)
    table = np.zeros((4, 4))
    for class_id, values in SPECTRA.items():
        table[class_id] = values
    pixels = table[truth].transpose(2, 0, 1) + random.normal(0, noise, (4, *truth.shape))
    return np.where(truth == 0, 0, np.clip(pixels, 1, 10_000)).astype(np.uint16)


def squares(truth: np.ndarray, size: int = 6, step: int = 15, origin=(500_000, 5_400_000), pixel: float = 10.0):
    """Square polygons of `size` pixels on a lattice, wherever a square is all of one class."""
    rows = []
    for top in range(3, truth.shape[0] - size, step):
        for left in range(3, truth.shape[1] - size, step):
            found = np.unique(truth[top : top + size, left : left + size])
            if len(found) == 1 and found[0]:
                west, north = origin[0] + left * pixel, origin[1] - top * pixel
                shape = shapely.box(west, north - size * pixel, west + size * pixel, north)
                rows.append({"class_id": int(found[0]), "class_name": CLASSES[int(found[0])], "geometry": shape})
    return gpd.GeoDataFrame(rows, crs="EPSG:32633")


@pytest.fixture
def scene(tmp_path):
    """Image, polygons and truth on disk: `scene.image`, `scene.polygons`, `scene.truth_raster`, `scene.truth`."""
    truth = class_image()
    polygons = squares(truth)
    polygons.to_file(tmp_path / "polygons.gpkg", driver="GPKG")
    return SimpleNamespace(
        folder=tmp_path,
        truth=truth,
        table=polygons,
        image=write_raster(tmp_path / "image.tif", reflectance(truth), 0, names=BANDS),
        polygons=tmp_path / "polygons.gpkg",
        truth_raster=write_raster(tmp_path / "truth.tif", truth[np.newaxis], 0),
    )


@pytest.fixture
def model(scene, run):
    """A small forest trained on the scene: the path of its model file."""
    run(
        "extract_samples", images=scene.image, polygons=scene.polygons, class_field="class_id",
        name_field="class_name", samples=scene.folder / "samples.parquet",
    )  # fmt: skip
    run(
        "train_random_forest", samples=scene.folder / "samples.parquet", trees=20, model=scene.folder / "model.landloom"
    )
    return scene.folder / "model.landloom"
