"""Patch data sets that can be learnt from, with a split, and patch classifiers made without training."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from datasets import make_dataset

from landloom import classes, models
from landloom.job import Job
from landloom.rasters import Band
from landloom.runner import run_stage
from landloom.stages.list_models import ListModels
from landloom.stages.predict import Predict
from landloom.stages.train_patch_classifier import TrainPatchClassifier

STAGES = {"predict": Predict, "train": TrainPatchClassifier, "list": ListModels}
LEVELS = np.array([[300, 2500, 900], [2200, 700, 1500], [1200, 1300, 3600]])


def run(name: str, job: Job | None = None, **values):
    """Run `predict`, `train` or `list`; gives the outputs, and as `.events` and `.warnings` what was told."""
    events: list[dict] = []
    given = {"record": False} if "record" in STAGES[name].parameters() else {}
    given |= {k: str(v) if isinstance(v, Path) else v for k, v in values.items()}
    with job or Job(events.append, environ=dict(os.environ)) as running:
        outputs = run_stage(STAGES[name], given, running)
    return SimpleNamespace(events=events, warnings=[e["text"] for e in events if e["type"] == "warning"], **outputs)


def patches(class_ids, size=6, noise=250.0, seed=0) -> np.ndarray:
    """Patches (n, size, size, 3) of three classes, which are easy to tell apart."""
    random = np.random.default_rng(seed)
    return (LEVELS[np.asarray(class_ids) - 1][:, np.newaxis, np.newaxis] + random.normal(
        0, noise, (len(class_ids), size, size, 3)
    )).astype(np.float32)  # fmt: skip


def split(dataset, part):
    """Write the split of a data set: the part of each patch (train, val, test or empty)."""
    table = dataset.manifest()[["patch_id", "polygon_id", "class_id", "class_name"]]
    for name in ("train", "val", "test"):
        chosen = table[np.asarray(part) == name]
        if len(chosen):
            dataset.write_table(f"metadata/{name}_split.csv", chosen.assign(path=""))
    return dataset


def learnable(folder: Path, polygons: int = 30, noise: float = 250.0, test: bool = False, **more):
    """Two patches a polygon, classes 1 to 3 in turn; the last six polygons are val, the six before them test."""
    polygon = np.repeat(np.arange(polygons), 2)
    class_ids = polygon % 3 + 1
    part = np.where(polygon >= polygons - 6, "val", "train").astype(object)
    if test:
        part[(polygon >= polygons - 12) & (polygon < polygons - 6)] = "test"
    pixels = more.pop("pixels", None)
    if pixels is None:
        pixels = patches(class_ids, noise=noise)
    return split(make_dataset(folder, pixels, class_ids, polygon, **more), part)


def save_network(path: Path, network, names, dtype="uint16", **card) -> Path:
    """Write a patch classifier as a model file; its classes are 1, 2 …"""
    from landloom.networks.weights import as_arrays

    content = {
        "kind": "patch_cnn",
        "bands": tuple(Band(name, dtype) for name in names),
        "inputs": tuple(names),
        "features": (),
        "classes": classes.make_table({"id": i + 1, "name": f"Class {i + 1}"} for i in range(network.classes)),
        "pixel_size": (10.0, 10.0),
        "crs": None,
        "network": network.describe(),
    }
    models.save(path, models.Card(**{**content, **card}), as_arrays(network))
    return path
