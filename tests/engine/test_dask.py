"""Mapping on a cluster: a real scheduler and real workers on this computer, which come and go."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import forests
import pytest
import rasterio
from conftest import ROOT, write_raster
from distributed import Client

from landloom import cluster, mapping
from landloom.errors import Cancelled, InputError, LandloomError, ParameterError
from landloom.job import Job
from landloom.runner import run_stage
from landloom.stages import find_stage

SIDE = 1280  # 25 windows of 256 × 256
HANGS_S = 600  # only what hangs takes so long
HELD_BACK = Path(__file__).parent / "data" / "held_back.py"
PRODUCTS = ("map.tif", "probabilities.tif")


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    """An image and a model that takes a while, and the bytes that this computer alone makes of them."""
    folder = tmp_path_factory.mktemp("Dask für alle")
    forest = forests.fit(*forests.noise((3000,), 5), trees=60)
    image = write_raster(folder / "image.tif", forests.noise((SIDE, SIDE), 5, seed=7)[0], names="abc", tiled=True)
    found = SimpleNamespace(image=image, model=forests.save(folder / "model.landloom", forest, "abc"))
    with Job(environ=os.environ) as job:
        predict(found, folder, job)
    found.alone = products(folder)
    return found


def predict(case, folder, job, **more):
    """Map into a folder, with probabilities."""
    given = {
        "model": str(case.model), "images": [str(case.image)], "map": str(folder / "map.tif"), "block_size": 256,
        "probabilities": str(folder / "probabilities.tif"), "record": False, **more,
    }  # fmt: skip
    return run_stage(find_stage("predict"), given, job)


def products(folder):
    return [(folder / name).read_bytes() for name in PRODUCTS]


@pytest.fixture
def start(tmp_path):
    """As `starting`."""
    with starting(tmp_path) as go:
        yield go


@pytest.fixture(scope="module")
def cluster_of_two(tmp_path_factory):
    """A cluster of two workers for tests that leave it as it is."""
    folder = tmp_path_factory.mktemp("cluster")
    (folder / "go").touch()
    with starting(folder) as go:
        yield go()


@contextmanager
def starting(folder):
    """Start a scheduler with so many workers; gives `.address`, `.workers` (processes) and `.client`.

    The workers wait half-way for the file `go` in the folder, see data/held_back.py.
    """
    processes, clients = [], []

    def dask(*arguments, path=ROOT, **more):
        command = [sys.executable, "-m", "dask", *map(str, arguments), "--no-dashboard", "--host", "127.0.0.1"]
        log = (folder / f"dask {len(processes)}.log").open("w")
        environ = {**os.environ, "PYTHONPATH": str(path), **more}
        processes.append(subprocess.Popen(command, cwd=folder, env=environ, stdout=log, stderr=log))
        return processes[-1]

    def go(workers=2, path=ROOT):
        place = folder / "scheduler.json"
        dask("scheduler", "--port", 0, "--scheduler-file", place)
        given = ("--scheduler-file", place, "--nthreads", 1, "--no-nanny", "--local-directory", folder / "dask")
        if path == ROOT:
            given += ("--preload", HELD_BACK)
        held = {"HELD_BACK": str(folder), "WORKERS": str(workers)}
        found = [dask("worker", *given, path=path, **held) for _ in range(workers)]
        client = Client(scheduler_file=str(place), timeout=HANGS_S, set_as_default=False)
        clients.append(client)
        if workers:
            client.wait_for_workers(workers, timeout=HANGS_S)
        return SimpleNamespace(address=client.scheduler.address, workers=found, client=client)

    try:
        yield go
    finally:
        for client in clients:
            client.close()
        for process in reversed(processes):
            process.kill()
            process.wait()


@pytest.fixture(autouse=True)
def small_windows(monkeypatch):
    """Each of which is told as done."""
    monkeypatch.setattr(mapping, "LARGEST_WINDOW_PIXELS", 256 * 256)
    monkeypatch.setattr("landloom.job.PROGRESS_INTERVAL_S", 0)


def opened_the_model(running):
    """Which of the workers have classified something."""
    question = "bool(__import__('landloom.predictors').predictors._opened)"
    return list(running.client.run(eval, question).values())


def test_a_cluster_makes_the_same_bytes_and_all_workers_work(case, cluster_of_two, tmp_path):
    running = cluster_of_two
    with Job(environ=os.environ) as job:
        predict(case, tmp_path, job, scheduler=running.address)
    assert products(tmp_path) == case.alone
    assert opened_the_model(running) == [True, True]


def when(reached, act):
    """An `emit` for a job that does something once when so much is done; `.at` says how much was done then."""

    def emit(event):
        if emit.at is None and event.get("fraction", 0) > reached:
            emit.at = event["fraction"]
            act()

    emit.at = None
    return emit


def test_a_worker_that_is_killed_is_survived_with_the_same_bytes(case, start, tmp_path):
    running = start()

    def kill():
        running.workers[0].kill()
        assert running.workers[0].wait() == -signal.SIGKILL
        (tmp_path / "go").touch()

    emit = when(0.1, kill)
    with Job(emit, environ=os.environ) as job:
        predict(case, tmp_path, job, scheduler=running.address)
    assert emit.at < 0.6, "it was killed amid its work"
    assert products(tmp_path) == case.alone


def test_without_any_worker_left_it_ends_and_goes_on_later(case, start, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "WITHOUT_WORKERS_S", 1)
    monkeypatch.setattr(mapping, "SAVE_INTERVAL_S", 0)
    running = start(1)
    with (
        Job(when(0.3, running.workers[0].kill), environ=os.environ) as job,
        pytest.raises(LandloomError, match=f"{running.address} has no workers. Start some"),
    ):
        predict(case, tmp_path, job, scheduler=running.address)
    events = []
    with Job(events.append, environ=os.environ) as job:
        predict(case, tmp_path, job)
    assert any("Going on with an earlier run" in event.get("text", "") for event in events)
    assert products(tmp_path) == case.alone


def test_a_cancelled_run_ends_and_the_cluster_stays(case, cluster_of_two, tmp_path):
    running, cancel = cluster_of_two, threading.Event()
    with Job(when(0.1, cancel.set), cancel, environ=os.environ) as job, pytest.raises(Cancelled):
        predict(case, tmp_path, job, scheduler=running.address)
    assert running.workers[0].poll() is None
    with Job(environ=os.environ) as job:
        predict(case, tmp_path, job, scheduler=running.address)
    assert products(tmp_path) == case.alone


def test_an_image_that_the_workers_cannot_read_is_named(case, cluster_of_two, tmp_path):
    running = cluster_of_two
    broken = tmp_path / "broken.tif"
    with rasterio.open(case.image) as dataset:
        write_raster(broken, dataset.read(), names="abc", compress="deflate")
    with broken.open("r+b") as stream:
        stream.seek(1_000_000)
        stream.write(bytes(5_000))
    broken_case = SimpleNamespace(image=broken, model=case.model)
    with Job(environ=os.environ) as job, pytest.raises(InputError, match=r"broken\.tif cannot be read"):
        predict(broken_case, tmp_path, job, scheduler=running.address)
    assert not (tmp_path / "map.tif").exists()


def test_a_scheduler_without_workers_is_told(case, start, tmp_path):
    running = start(0)
    with Job(environ=os.environ) as job, pytest.raises(LandloomError, match=r"has no workers\. Start some"):
        predict(case, tmp_path, job, scheduler=running.address)


def test_workers_without_landloom_are_told(case, start, tmp_path):
    running = start(1, path=tmp_path)
    with Job(environ=os.environ) as job, pytest.raises(LandloomError, match=r"worker tcp://127.* cannot run Landloom"):
        predict(case, tmp_path, job, scheduler=running.address)


@pytest.mark.parametrize("address", [
    "tcp://127.0.0.1:1", "127.0.0.1", "nowhere.invalid:8786", "tcp://", "http://127.0.0.1:1", "a b",
    "silent",
])  # fmt: skip
def test_a_wrong_address_is_told(case, tmp_path, address):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}" if address == "silent" else address
        with Job(environ=os.environ) as job, pytest.raises(ParameterError, match=f"Dask scheduler {address} does not"):
            predict(case, tmp_path, job, scheduler=address)
    assert not list(tmp_path.glob("*map*"))
