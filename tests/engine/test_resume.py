"""A run that is killed goes on where it was and ends with the same bytes; a run that ends leaves nothing over."""

import json
import os
import random
import re
import resource
import shutil
import subprocess
import sys
import threading
from contextlib import closing

import forests
import numpy as np
import pytest
import rasterio
from conftest import ROOT, write_raster
from rasterio.windows import Window

from landloom import cog, mapping, rasters
from landloom.errors import Cancelled, OutputError
from landloom.job import Job
from landloom.runner import run_stage
from landloom.stages import find_stage

SIDE = 1024  # 16 windows of 256 × 256


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    """An image and a model that takes a while, and the bytes that an uninterrupted run gives."""
    folder = tmp_path_factory.mktemp("case")
    forest = forests.fit(*forests.noise((3000,), 5), trees=60)

    class Case:
        image = write_raster(folder / "image.tif", forests.noise((SIDE, SIDE), 5, seed=7)[0], names="abc")
        model = forests.save(folder / "model.landloom", forest, "abc")

        @staticmethod
        def values(folder):
            """What it takes to map into a folder, with probabilities beside."""
            return {
                "model": str(Case.model), "images": [str(Case.image)], "map": str(folder / "map.tif"),
                "probabilities": str(folder / "p.tif"), "block_size": "256", "jobs": 1, "record": False,
            }  # fmt: skip

        @staticmethod
        def kill(folder, moment):
            """Map into a folder in a process of its own, which is killed once so much is done."""
            forests.kill("predict", moment, **Case.values(folder))

        @staticmethod
        def finish(folder):
            """Map into a folder in this process, to the end; gives what was told."""
            told = []
            with Job(told.append, environ=os.environ) as job:
                run_stage(find_stage("predict"), Case.values(folder), job)
            return told

    (folder / "whole").mkdir()
    assert forests.finish(forests.start("predict", **Case.values(folder / "whole")))[-1]["fraction"] == 1
    Case.whole = products(folder / "whole")
    return Case


@pytest.fixture(autouse=True)
def small_windows(monkeypatch):
    """As in the processes: small windows, written down at once, so that there is something to go on with."""
    monkeypatch.setattr(mapping, "LARGEST_WINDOW_PIXELS", 256 * 256)
    monkeypatch.setattr(mapping, "SAVE_INTERVAL_S", 0)


def products(folder):
    """The bytes of what was made."""
    return {name: (folder / name).read_bytes() for name in ("map.tif", "p.tif")}


def leftovers(folder):
    """What does not belong beside the two products."""
    wanted = {name + end for name in ("map.tif", "p.tif") for end in ("", ".json")} | {"map.tif.aux.xml"}
    return {path.name for path in folder.iterdir()} - wanted - {"map.qml", "p.qml"}


def messages(told):
    return [event["text"] for event in told if event["type"] in ("message", "warning")]


def finished_windows(folder):
    return (folder / ".map.tif.landloom" / "journal").read_text().splitlines()


def test_a_killed_run_goes_on_and_ends_with_the_same_bytes(case, tmp_path):
    case.kill(tmp_path, 0.4)
    assert not (tmp_path / "map.tif").exists()
    told = case.finish(tmp_path)
    assert any(text.startswith("Going on with an earlier run") for text in messages(told))
    assert products(tmp_path) == case.whole
    assert not leftovers(tmp_path)


def test_finished_windows_are_not_classified_again(case, tmp_path):
    case.kill(tmp_path, 0.4)
    done = len(finished_windows(tmp_path))
    with rasterio.open(tmp_path / ".map.tif.landloom" / "map.tif", "r+") as canvas:
        mapped = canvas.read(1, window=((0, 1), (0, 1)))
        canvas.write(mapped % 5 + 1, 1, window=((0, 1), (0, 1)))  # a mark that classifying again would overwrite
    told = case.finish(tmp_path)
    assert f"Going on with an earlier run: {done} of 16 windows are finished." in messages(told)
    with rasterio.open(tmp_path / "map.tif") as dataset:
        assert dataset.read(1)[0, 0] == mapped[0, 0] % 5 + 1


@pytest.fixture
def cancel_half_way():
    """Run a stage in this process and cancel it when two fifths are done."""

    def go(**values):
        cancel = threading.Event()

        def emit(event):
            if event.get("fraction", 0) > 0.4:
                cancel.set()

        values = {key: str(value) for key, value in values.items()}
        with Job(emit, cancel, environ=os.environ) as job, pytest.raises(Cancelled):
            run_stage(find_stage("predict"), values, job)

    return go


def test_a_window_that_was_told_as_done_is_kept_though_an_earlier_one_is_not(tmp_path):
    stack = rasters.open_stack([write_raster(tmp_path / "image.tif", np.zeros((1, 512, 512), np.uint8))])
    layout = cog.Layout("uint8", ("value",), 0)
    products = {"map": mapping.Product(tmp_path / "map.tif", layout)}
    effort, cancel, done = mapping.Effort(jobs=2, block=256), threading.Event(), threading.Event()

    def second_is_faster(window, check=None):
        if window.col_off or window.row_off:
            done.set()
        elif done.wait(600):
            cancel.wait(600)
            check()
        return {"map": np.ones((1, window.height, window.width), np.uint8)}

    def emit(event):
        if event.get("fraction", 0) > 0:
            cancel.set()

    plan = [Window(0, 0, 256, 256), Window(256, 0, 256, 256), Window(0, 256, 512, 256)]
    with closing(stack), Job(emit, cancel) as job, pytest.raises(Cancelled):
        mapping.map_windows(second_is_faster, stack, products, {}, effort, job, plan)
    assert (tmp_path / ".map.tif.landloom" / "journal").read_text() == "256 0 256 256\n"


@pytest.fixture
def small(tmp_path):
    """What it takes to map an image of four windows."""
    return {
        "model": forests.save(tmp_path / "first.landloom", forests.fit(*forests.noise((300,), 5, seed=1)), "abc"),
        "images": write_raster(tmp_path / "first.tif", forests.noise((512, 512), 5, seed=7)[0], names="abc"),
        "map": tmp_path / "map.tif", "jobs": 1,
    }  # fmt: skip


@pytest.mark.parametrize("other", ["model", "images", "aoi", "compression", "block_size", "probabilities", "nothing"])
def test_a_run_with_anything_else_starts_anew(other, small, tmp_path, cancel_half_way, run):
    values = {
        "model": forests.save(tmp_path / "model.landloom", forests.fit(*forests.noise((300,), 5)), "abc"),
        "images": write_raster(tmp_path / "image.tif", forests.noise((512, 512), 5, seed=8)[0], names="abc"),
        "aoi": "POLYGON ((500000 5400000, 500000 5390000, 503000 5390000, 500000 5400000))",
        "compression": "lzw",
        "block_size": 256,
        "probabilities": tmp_path / "probabilities.tif",
    }
    cancel_half_way(**{**small, **{key: value for key, value in values.items() if key == other}})
    told = messages(run("predict", **small).events)
    assert any("starting anew" in text for text in told) == (other != "nothing")
    assert any("Going on with an earlier run" in text for text in told) == (other == "nothing")


def test_a_run_of_another_version_starts_anew(small, cancel_half_way, run, monkeypatch):
    cancel_half_way(**small)
    monkeypatch.setattr(mapping.provenance, "versions", lambda: {"landloom": "9.9.9"})
    assert any("starting anew" in text for text in messages(run("predict", **small).events))


def test_killed_while_the_final_file_is_written(case, tmp_path):
    case.kill(tmp_path, "half a copy")
    assert not (tmp_path / "map.tif").exists()
    case.finish(tmp_path)
    assert products(tmp_path) == case.whole
    assert not leftovers(tmp_path)


def test_killed_again_and_again_at_random_moments(case, tmp_path):
    moments = random.Random(5)
    for fraction in sorted(moments.uniform(0.05, 0.97) for _ in range(2)):
        case.kill(tmp_path, fraction)
    case.finish(tmp_path)
    assert products(tmp_path) == case.whole
    assert not leftovers(tmp_path)


def test_a_journal_that_was_cut_in_the_middle_of_a_line(case, tmp_path):
    case.kill(tmp_path, 0.4)
    journal = tmp_path / ".map.tif.landloom" / "journal"
    journal.write_text(journal.read_text() + "512 76")
    case.finish(tmp_path)
    assert products(tmp_path) == case.whole


def test_two_at_once_on_one_result_the_second_is_refused(case, tmp_path):
    with (
        forests.held("predict", 0.1, **case.values(tmp_path)) as first,
        pytest.raises(OutputError, match=f"Another run is writing {re.escape(str(tmp_path / 'map.tif'))}"),
    ):
        case.finish(tmp_path)
    assert forests.finish(first)[-1]["fraction"] == 1
    assert products(tmp_path) == case.whole
    assert not leftovers(tmp_path)


# The worker, which at two fifths waits until it has heard that it shall stop.
WORKER = """
import sys
sys.path.insert(0, sys.argv[1])
from landloom import job, worker
job.PROGRESS_INTERVAL_S, progress = 0, job.Job.progress
def and_wait(self, fraction, rate=""):
    progress(self, fraction, rate)
    if fraction > 0.4:
        self._cancel.wait()
job.Job.progress = and_wait
sys.exit(worker.main())
"""


def test_a_cancelled_worker_keeps_what_is_finished_and_says_how_to_go_on(case, tmp_path):
    request = {"stage": "predict", "parameters": {**case.values(tmp_path), "memory": 256}}
    command = [sys.executable, "-c", WORKER, str(ROOT)]
    told = []
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as worker:
        worker.stdin.write(json.dumps(request) + "\n")
        worker.stdin.flush()
        for event in forests.events(worker):
            told.append(event)
            if event.get("fraction", 0) > 0 and not worker.stdin.closed:
                worker.stdin.write('{"cancel": true}\n')
                worker.stdin.close()
    assert worker.returncode == 3
    assert told[-1]["kind"] == "Cancelled"
    assert any(str(tmp_path / ".map.tif.landloom") in text and "go on" in text for text in messages(told))
    assert finished_windows(tmp_path)
    case.finish(tmp_path)
    assert products(tmp_path) == case.whole


def test_a_run_that_has_finished_nothing_leaves_nothing(case, tmp_path):
    def full_disk():
        resource.setrlimit(resource.RLIMIT_FSIZE, (SIDE * SIDE // 2, SIDE * SIDE // 2))

    process = forests.start(
        "predict", {"preexec_fn": full_disk}, model=case.model, images=[case.image], map=tmp_path / "map.tif",
        record=False,
    )  # fmt: skip
    error = forests.finish(process)[-1]
    assert (error["type"], error["kind"]) == ("error", "OutputError")
    assert "free some space" in error["message"]
    assert not list(tmp_path.iterdir())


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 20 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=20m", "none", folder], capture_output=True).returncode:
        pytest.skip("a small disk can only be mounted by root")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_disk_that_fills_up_at_the_end_keeps_the_work(case, small_disk):
    with forests.held("predict", "copying", **case.values(small_disk)) as process:
        free = shutil.disk_usage(small_disk).free
        (small_disk / "filling").write_bytes(bytes(free // 4096 * 4096))
    error = forests.finish(process)[-1]
    assert (error["type"], error["kind"]) == ("error", "OutputError")
    assert not (small_disk / "map.tif").exists()
    (small_disk / "filling").unlink()
    told = case.finish(small_disk)
    assert "Going on with an earlier run: 16 of 16 windows are finished." in messages(told)
    assert products(small_disk) == case.whole
    assert not leftovers(small_disk)
