"""Probabilities and an image to refine them with, and the stage in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np
import psutil
import rasterio
from conftest import ROOT, write_raster

from landloom import cog
from landloom.classes import make_table

CLASSES = make_table({"id": i, "name": name} for i, name in ((2, "Field"), (5, "Forest"), (9, "Water")))
COLOURS = np.array([[900, 1200, 1500, 2300], [350, 600, 450, 3000], [500, 450, 300, 150]])
BANDS = ("blue", "green", "red", "nir")


def truth(height: int, width: int) -> np.ndarray:
    """Places of classes: stripes, with a lake across them."""
    rows, columns = np.mgrid[:height, :width]
    found = ((rows + columns // 3) // 40 % 2).astype(np.uint8)
    found[(rows - height / 2) ** 2 + (columns - width / 2) ** 2 < (min(height, width) / 4) ** 2] = 2
    return found


def shares(places: np.ndarray, seed: int = 0) -> np.ndarray:
    """Probabilities (3, h, w) of places of classes: the truth has the largest in about 19 of 20 pixels."""
    random = np.random.default_rng(seed)
    noise = random.dirichlet(np.ones(3), places.shape).transpose(2, 0, 1)
    return (0.6 * noise + 0.4 * (np.arange(3)[:, None, None] == places)).astype(np.float32)


def image(places: np.ndarray, seed: int = 1) -> np.ndarray:
    """A noisy image, uint16 (4, h, w)."""
    random = np.random.default_rng(seed)
    values = COLOURS[places].transpose(2, 0, 1) + random.normal(0, 120, (4, *places.shape))
    return np.clip(values, 1, 9999).astype(np.uint16)


def write_shares(path: Path, values: np.ndarray, percent: bool = True, classes=CLASSES, **more) -> Path:
    """Write probabilities as `predict` does; NaN is nodata."""
    nodata = 255 if percent else np.nan
    stored = np.where(np.isnan(values), 255, np.rint(values * 100)).astype(np.uint8) if percent else values
    write_raster(path, stored, nodata, **{"names": CLASSES.names, **more})
    if classes:
        with rasterio.open(path, "r+") as dataset:
            cog.describe_band_classes(dataset, classes)
    return path


def crew_of(pid: int) -> list[psutil.Process]:
    """The processes that refine for another one, as far as they live; one that has ended may wait to be collected."""
    found = []
    for process in psutil.Process(pid).children():
        with suppress(psutil.NoSuchProcess):  # a zombie, too
            if any("child.main" in word for word in process.cmdline()):
                found.append(process)
    return found


_RUN = """
import json, os, signal, sys
sys.path.insert(0, sys.argv[1])
import psutil
from landloom import job, mapping
from landloom.errors import LandloomError
from landloom.runner import run_stage
from landloom.stages.refine_crf import RefineCrf
mapping.SAVE_INTERVAL_S = job.PROGRESS_INTERVAL_S = 0
journal = sys.argv[3]

def tell(event):
    global journal
    print(json.dumps(event), flush=True)
    if os.path.exists(journal) and os.path.getsize(journal) and len(psutil.Process().children()) == 2:
        journal = ""
        os.kill(os.getpid(), signal.SIGSTOP)

with job.Job(tell) as running:
    try:
        run_stage(RefineCrf, {"record": False, **json.loads(sys.argv[2])}, running)
    except LandloomError as error:
        print(json.dumps({"type": "error", "kind": type(error).__name__, "message": str(error)}), flush=True)
"""


def start(options: dict | None = None, _stop_with: Path | str = "", **values) -> subprocess.Popen:
    """Refine in a process of its own, which writes down each tile at once; `options` are those of Popen.

    It stops itself as soon as the journal `_stop_with` holds a tile and two processes refine.
    """
    command = [sys.executable, "-c", _RUN, str(ROOT), json.dumps(values, default=str), str(_stop_with)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **(options or {}))
