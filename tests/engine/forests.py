"""Model files made with scikit-learn alone, and stages run in processes of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from conftest import ROOT
from sklearn.ensemble import RandomForestClassifier

from landloom import classes, models
from landloom.forest.arrays import ForestArrays
from landloom.rasters import Band


def fit(values: np.ndarray, class_id: np.ndarray, trees: int = 15, **more) -> RandomForestClassifier:
    """A forest for pixels (bands, n) or (bands, h, w)."""
    rows = values.reshape(len(values), -1).T.astype(np.float32)
    return RandomForestClassifier(trees, random_state=1, n_jobs=1, **more).fit(rows, class_id.reshape(-1))


def save(path: Path, forest: RandomForestClassifier, names, dtype="uint16", weights=None, **card) -> Path:
    """Write a forest as a model file. The names of its classes are `Class` and their id."""
    content = {
        "kind": "random_forest",
        "bands": tuple(Band(name, dtype) for name in names),
        "inputs": tuple(names),
        "features": (),
        "classes": classes.make_table({"id": int(i), "name": f"Class {i}"} for i in forest.classes_),
        "pixel_size": (10.0, 10.0),
        "crs": None,
    }
    models.save(path, models.Card(**{**content, **card}), weights or ForestArrays.from_sklearn(forest).as_dict())
    return path


def noise(shape: tuple[int, ...], class_count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Training values (3, n) and class ids (n,) that hardly hang together: trees get deep, and votes tie often."""
    random = np.random.default_rng(seed)
    class_id = random.integers(1, class_count + 1, shape)
    return (class_id * 30 + random.integers(0, 200, (3, *shape))).astype(np.uint16), class_id


# Small windows, written down at once, so that there is something to interrupt. It interrupts itself, as others would
# from outside: whoever reads what it tells may be late, and then it is over.
_RUN = """
import json, os, signal, sys
sys.path.insert(0, sys.argv[1])
from landloom import cog, job, mapping
from landloom.runner import run_stage
from landloom.stages import find_stage
mapping.LARGEST_WINDOW_PIXELS, mapping.SAVE_INTERVAL_S, job.PROGRESS_INTERVAL_S = 256 * 256, 0, 0
moment, number = json.loads(sys.argv[4])
reached, copy = False, cog.rasterio.shutil.copy

def tell(event):
    global moment, reached
    print(json.dumps(event), flush=True)
    if reached:  # not at once: by the next event what was told as done has been written down
        moment, reached = "past", False
        os.kill(os.getpid(), number)
    elif isinstance(moment, float):
        reached = event.get("fraction", 0) >= moment

def copying(source, target, *a, **k):
    global moment
    if moment == "copying":
        moment = "past"
        os.kill(os.getpid(), number)
    copy(source, target, *a, **k)
    if moment == "half a copy":
        os.truncate(target, os.path.getsize(target) // 2)
        os.kill(os.getpid(), number)

cog.rasterio.shutil.copy = copying
from landloom.errors import LandloomError
with job.Job(tell, environ=dict(os.environ)) as running:
    try:
        run_stage(find_stage(sys.argv[2]), json.loads(sys.argv[3]), running)
    except LandloomError as error:
        print(json.dumps({"type": "error", "kind": type(error).__name__, "message": str(error)}), flush=True)
        sys.exit(1)
"""
Moment = float | str


def start(stage: str, _options: dict | None = None, _signal: tuple[Moment, int] = ("never", 0), **values):
    """Start a stage in a process of its own, in windows of 256 × 256 pixels; gives its Popen.

    `_options` are those of Popen. `_signal` is what the process sends to itself, and when: once so much is done, before
    the final file is written ("copying"), or when that is half written ("half a copy").
    """
    command = [sys.executable, "-c", _RUN, str(ROOT), stage, json.dumps(values, default=str), json.dumps(_signal)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ}, **(_options or {}))


def kill(stage: str, moment: Moment, **values) -> None:
    """Run a stage until it is killed without warning at a moment, as `start` says."""
    process = start(stage, None, (moment, signal.SIGKILL), **values)
    finish(process)
    assert process.returncode == -signal.SIGKILL


@contextmanager
def held(stage: str, moment: Moment, **values) -> Iterator[subprocess.Popen]:
    """A process in which a stage stands still at a moment, as `start` says; it goes on behind the block."""
    process = start(stage, None, (moment, signal.SIGSTOP), **values)
    _, status = os.waitpid(process.pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGCONT)


def events(process: subprocess.Popen) -> Iterator[dict]:
    """What the process tells, as it comes."""
    yield from map(json.loads, process.stdout)


def finish(process: subprocess.Popen) -> list[dict]:
    """Wait for the end of the process; gives what it told."""
    told = list(events(process))
    process.wait()
    process.stdout.close()
    return told
