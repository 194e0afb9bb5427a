"""What each part of the segmentation gives: trains the variants on the demo's flood risk and prints a table.

Usage: PYTHON scripts/ablation.py [FOLDER], with the Python of Landloom's environment (deep-learning and CRF layers);
`make ablation` does it. The networks learn from one synthetic scene and map another one, made with another seed, so
nothing that is tested was near what was learnt. Each variant is trained with three seeds.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from landloom.job import Job
from landloom.runner import run_stage
from landloom.stages import find_stage

SEEDS = (42, 123, 456)
# Small enough for two processor cores.
SCENE, TEST_SCENE, TILE, EPOCHS = 1024, 1024, 128, 16
COMMON = {
    "network": "unet", "encoder": "resnet18", "loss": "focal", "gamma": 2.5, "class_weights": "0.4, 2.5, 2.0",
    "patience": 15, "batch_size": 8, "learning_rate": 0.001, "record": False,
}  # fmt: skip
# What is switched on, beside what all variants have; `smote` and `crf` are steps before and after the training.
VARIANTS: dict[str, set[str]] = {
    "baseline": set(),
    "+ attention": {"attention"},
    "+ SMOTE": {"smote"},
    "+ CORAL": {"coral"},
    "+ CRF": {"crf"},
    "all but CRF": {"attention", "smote", "coral"},
    "all": {"attention", "smote", "coral", "crf"},
}
METRICS: dict[str, Callable[[dict], float]] = {
    "kappa": lambda found: found["scores"]["kappa"],
    "precision, medium": lambda found: found["scores"]["precision"][1],
    "recall, medium": lambda found: found["scores"]["recall"][1],
    "recall, high": lambda found: found["scores"]["recall"][2],
    "rho": lambda found: found["ordinal"]["rho"],
    "mean class error": lambda found: found["ordinal"]["mean_absolute_class_error"],
}


def run(stage: str, **given: Any) -> dict:
    """Run a stage."""
    with Job() as job:
        return run_stage(find_stage(stage), {k: str(v) if isinstance(v, Path) else v for k, v in given.items()}, job)


def say(text: str, began: float = time.monotonic()) -> None:
    """Tell on standard error how far it is; the table alone goes to standard output."""
    print(f"{time.monotonic() - began:6.0f} s  {text}", file=sys.stderr, flush=True)


class Study:
    """The scenes, the tiles, and what was trained already."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._models: dict[tuple, tuple[Path, Path]] = {}
        for name, size, seed in (("train", SCENE, 42), ("test", TEST_SCENE, 7)):
            run(
                "create_demo_scene", size=size, seed=seed, image=folder / f"{name}.tif",
                risk=folder / f"{name}_risk.tif", polygons=folder / f"{name}.gpkg",
                reference=folder / f"{name}_points.gpkg",
            )  # fmt: skip
        for name in ("tiles", "balanced"):
            run(
                "cut_tiles", images=folder / "train.tif", label_raster=folder / "train_risk.tif", tile_size=TILE,
                ordinal=True, val_share=0.2, test_share=0.0, tiles=folder / name,
            )  # fmt: skip
        # Strips along rivers never fill a third of a tile, and few tiles are rich, so fewer are added than usual.
        balanced = run(
            "balance_tiles", tiles=folder / "balanced", rich_share=0.06, duplicate_share=0.035, smote_share=0.05
        )
        plain = balanced["train_count"] - balanced["copy_count"] - balanced["synthetic_count"]
        # As many steps for all variants.
        self._epochs = {"tiles": EPOCHS, "balanced": round(EPOCHS * plain / balanced["train_count"])}

    def probabilities(self, parts: set[str], seed: int) -> tuple[Path, Path]:
        """Map and probabilities of the test scene by a network that was trained with these parts."""
        key = (*sorted(parts), seed)
        if key not in self._models:
            stem = self.folder / f"{len(self._models):03d}"
            say(f"training {' '.join(map(str, key))}")
            tiles = "balanced" if "smote" in parts else "tiles"
            model = run(
                "train_segmentation", **COMMON, tiles=self.folder / tiles, epochs=self._epochs[tiles],
                attention="attention" in parts, ordinal_weight=0.3 if "coral" in parts else 0.0, seed=seed,
                model=stem.with_suffix(".landloom"),
            )["model"]  # fmt: skip
            mapped = run(
                "predict", model=model, images=self.folder / "test.tif", record=False, map=stem.with_suffix(".tif"),
                probabilities=f"{stem}_p.tif", probability_type="float",
            )  # fmt: skip
            self._models[key] = Path(mapped["map"]), Path(mapped["probabilities"])
        return self._models[key]

    def measure(self, parts: set[str], seed: int) -> dict[str, float]:
        """The figures of a variant with one seed."""
        mapped, probabilities = self.probabilities(parts - {"crf"}, seed)
        if "crf" in parts:
            refined = mapped.with_name(f"{mapped.stem}_crf.tif")
            run(
                "refine_crf", probabilities=probabilities, images=self.folder / "test.tif", record=False, map=refined,
            )  # fmt: skip
            mapped = refined
        metrics = self.folder / "metrics.json"
        run(
            "evaluate", map=mapped, reference_raster=self.folder / "test_risk.tif", ordinal=True, metrics=metrics,
        )  # fmt: skip
        found = json.loads(metrics.read_text(encoding="utf-8"))
        return {name: get(found) for name, get in METRICS.items()}


def interval(values: list[float]) -> str:
    """Mean and half of the 95 % interval of it, by Student's t over the seeds."""
    half = stats.t.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / np.sqrt(len(values))
    return f"{np.mean(values):.3f} ± {half:.3f}"


def main() -> None:
    """Run everything and print the table as Markdown."""
    with tempfile.TemporaryDirectory() as scratch:
        study = Study(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(scratch))
        print("| variant | " + " | ".join(METRICS) + " |\n|" + "---|" * (len(METRICS) + 1))
        for name, parts in VARIANTS.items():
            found = [study.measure(parts, seed) for seed in SEEDS]
            print(f"| {name} | " + " | ".join(interval([f[m] for f in found]) for m in METRICS) + " |", flush=True)


if __name__ == "__main__":
    main()
