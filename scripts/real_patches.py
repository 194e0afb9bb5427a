"""Compare the patch classifier with a random forest on the same held-out polygons, and plain with honest splits.

Usage: PYTHON scripts/real_patches.py FOLDER, with the Python of Landloom's environment (deep-learning layer). The
folder holds the scenes named below, which are public but not ours to pass on. docs/accuracy.md explains what is
measured.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyogrio

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from landloom import splits
from landloom.job import Job
from landloom.runner import run_stage
from landloom.stages import find_stage

FOLDS = 5
SEED = 42


@dataclass(frozen=True)
class Scene:
    """An image with digitized polygons, and how its patches are cut."""

    title: str
    image: Path
    polygons: Path
    field: str
    bands: str | None = None
    patches: int = 10
    sizes: tuple[int, ...] = (5, 8)


class Study:
    """A folder for results, and the steps."""

    def __init__(self, scene: Scene, folder: Path):
        self.scene, self.folder = scene, folder
        self.number = 0

    def path(self, suffix: str = "") -> str:
        """A new path."""
        self.number += 1
        return str(self.folder / f"{self.number:04d}{suffix}")

    def run(self, stage: str, **given: Any) -> dict:
        """Run a stage."""
        with Job() as job:
            return run_stage(find_stage(stage), {k: v for k, v in given.items() if v is not None}, job)

    @property
    def image(self) -> dict:
        """The image's parameters."""
        return {"images": str(self.scene.image)}

    def folds(self) -> Iterator[tuple[str, str]]:
        """Layers of polygons to train on and to test with."""
        table = gpd.read_file(self.scene.polygons, layer=pyogrio.list_layers(self.scene.polygons)[0][0])
        _, class_id = np.unique(table[self.scene.field], return_inverse=True)
        for parts in splits.split(class_id, np.arange(len(table)), "polygons", 0.2, FOLDS, SEED).folds:
            layers = []
            for part in parts:
                layers.append(self.path(".gpkg"))
                table.iloc[part].to_file(layers[-1], driver="GPKG")
            yield layers[0], layers[1]

    def forest(self, polygons: str) -> str:
        """A map by a random forest of 500 trees."""
        samples = self.run(
            "extract_samples", **self.image, polygons=polygons, class_field=self.scene.field, bands=self.scene.bands,
            samples=self.path(".parquet"),
        )["samples"]  # fmt: skip
        model = self.run(
            "train_random_forest", samples=samples, validation="none", importance=False, joblib=False, record=False,
            model=self.path(".landloom"),
        )["model"]  # fmt: skip
        return self.map(model)

    def dataset(self, polygons: str, size: int, **more: Any) -> str:
        """A patch data set."""
        return self.run(
            "build_patch_dataset", **self.image, polygons=polygons, class_field=self.scene.field,
            bands=self.scene.bands, patch_size=size, patches_per_polygon=self.scene.patches, jitter=3,
            least_train=1, least_val=0, leaking_allowed=True, dataset=self.path(), **more,
        )["dataset"]  # fmt: skip

    def network(self, polygons: str, size: int) -> str:
        """A map by the patch classifier."""
        model = self.train(self.dataset(polygons, size))["model"]
        return self.map(model)

    def train(self, dataset: str, **more: Any) -> dict:
        """Train the classifier and give what it found out."""
        return self.run("train_patch_classifier", dataset=dataset, record=False, model=self.path(".landloom"), **more)

    def map(self, model: str) -> str:
        """A map of the whole image."""
        return self.run("predict", model=model, **self.image, record=False, map=self.path(".tif"))["map"]

    def confusion(self, mapped: str, polygons: str) -> tuple[int, int]:
        """How many pixels of the polygons are right, and how many there are."""
        found = self.run(
            "evaluate", map=mapped, reference=polygons, class_field=self.scene.field, metrics=self.path(".json")
        )
        return round(found["overall_accuracy"] * found["pixel_count"]), int(found["pixel_count"])


def compare(study: Study) -> None:
    """Both ways on the same held-out polygons; accuracy over the pixels of all folds."""
    ways = {"random forest, pixels": study.forest}
    for size in study.scene.sizes:
        ways[f"patch classifier, {size} × {size}"] = lambda polygons, size=size: study.network(polygons, size)
    right, total = dict.fromkeys(ways, 0), dict.fromkeys(ways, 0)
    for train, test in study.folds():
        for name, way in ways.items():
            good, number = study.confusion(way(train), test)
            right[name] += good
            total[name] += number
    for name in ways:
        print(f"| {study.scene.title} | {name} | {total[name]} | {right[name] / total[name]:.3f} |", flush=True)


def flattery(study: Study) -> None:
    """What a split by patches promises, and what a split by polygons says, of the same patches; pooled over folds."""
    size = study.scene.sizes[-1]
    for grouping in ("patches", "polygons"):
        dataset = study.dataset(str(study.scene.polygons), size, grouping=grouping, folds=FOLDS)
        right = total = 0
        for fold in range(1, FOLDS + 1):
            found = study.train(dataset, fold=fold)
            right += round(found["overall_accuracy"] * found["val_count"])
            total += found["val_count"]
        print(f"| {study.scene.title} | {FOLDS} folds by {grouping} | {total} | {right / total:.3f} |", flush=True)


def main() -> None:
    """All scenes."""
    data = Path(sys.argv[1])
    scenes = (
        Scene("Landsat 5", data / "landsat5_para/lsat.tif", data / "landsat5_para/trainingPolygons_lsat.gpkg", "class"),
        Scene(
            "Sentinel-2",
            data / "sentinel2_village/sen2.tif",
            data / "sentinel2_village/trainingPolygons_sen2.gpkg",
            "class",
        ),
        Scene(
            "Landsat 7",
            data / "landsat7_scene/LE70220491999322EDC01_stack.gtif",
            data / "landsat7_scene/training_data.shp",
            "id",
            "1-7",
        ),
    )
    chosen = [s for s in scenes if not sys.argv[2:] or s.title in sys.argv[2:]]
    for heading, experiment in (("way", compare), ("held out", flattery)):
        print(f"\n| scene | {heading} | held out | overall accuracy |\n|---|---|---|---|")
        for scene in chosen:
            with tempfile.TemporaryDirectory() as name:
                experiment(Study(scene, Path(name)))


if __name__ == "__main__":
    main()
