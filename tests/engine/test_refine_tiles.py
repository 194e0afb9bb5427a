"""Refining a folder of tiles: what comes out, what cannot be used, stops and restarts, and too little memory."""

import csv
import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
import threading
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT
from tile_folders import make_tiles, tile_values

torch = pytest.importorskip("torch", reason="needs the deep-learning layer: plugin.environment install --layer deep")
pytest.importorskip("onnxruntime", reason="needs the deep-learning layer: plugin.environment install --layer deep")

from refiner_models import contents, refined, refiner_network, run, save_onnx_image, save_refiner  # noqa: E402
from tile_models import card_for, convolution, save_onnx  # noqa: E402

from landloom import folders, models  # noqa: E402
from landloom.errors import Cancelled, InputError, ModelError, OutputError, ParameterError  # noqa: E402
from landloom.job import Job  # noqa: E402
from landloom.refinement import faster, imaging, predictors, running, tile_files  # noqa: E402
from landloom.refinement.steps import REFINEMENT  # noqa: E402
from landloom.stages.refine_tiles import RefineTiles  # noqa: E402


@pytest.fixture(scope="module")
def network():
    return refiner_network()


@pytest.fixture(scope="module")
def model(network, tmp_path_factory):
    return save_refiner(tmp_path_factory.mktemp("Modelle für Kacheln") / "refiner.landloom", network)


@pytest.fixture
def case(tmp_path, model):
    """What RefineTiles is given: model, tiles, refined."""
    return {"model": model, "tiles": tmp_path / "tiles in", "refined": tmp_path / "verfeinerte Kacheln"}


def opt_v2(folder, name):
    with np.load(folder / f"{name}.npz") as archive:
        return archive["opt_v2"]


def rows(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


# --- what comes out -----------------------------------------------------------------------------


def test_tiles_of_any_size_become_what_the_network_makes_of_them_by_month_and_biome(case, network):
    paths = make_tiles(case["tiles"], 7, size=[(32, 32), (20, 45), (32, 32)])
    done = run(RefineTiles, **case, batch_size=2)
    assert (done.refined_count, done.skipped_count, done.failed_count, done.warned_count) == (7, 0, 0, 0)
    assert (done.halved_batches, done.cpu_fallbacks) == (0, 0)
    assert done.tiles_per_second > 0
    for number, path in enumerate(paths):
        with np.load(path) as archive:
            given = archive["opt_v1"]
        found = opt_v2(case["refined"], path.stem)
        expected = refined(network, given, number + 1, number)
        assert (found.dtype, found.shape) == (np.float32, given.shape)
        assert found.min() >= 0
        assert found.max() <= 1
        assert np.abs(found - expected).max() < 1e-5
        other = refined(network, given, (number + 6) % 12 + 1, number + 3)
        assert np.abs(expected - other).max() > 1e-3, "else nothing is tested"


def test_the_metadata_are_kept_and_say_how_the_tile_was_made(case):
    more = {"month": "jun", "biome_code": 3, "Notiz": "Größe", "nested": {"a": [1, None]}, "stage": "stage1_translated"}
    make_tiles(case["tiles"], 1, metadata=more, georeferenced=True)
    run(RefineTiles, **case)
    given, found = (
        json.loads((case[key] / "tile_000.json").read_text(encoding="utf-8")) for key in ("tiles", "refined")
    )
    assert found.pop("stage") == "stage2_refined"
    assert datetime.fromisoformat(found.pop("timestamp")).tzinfo is not None
    processing = found.pop("processing")
    assert set(processing) == {"input_file", "checkpoint", "device", "use_amp", "processing_time_ms"}
    assert (processing["input_file"], processing["checkpoint"]) == (
        str(case["tiles"] / "tile_000.npz"),
        str(case["model"]),
    )
    assert processing["processing_time_ms"] > 0
    # Mixed precision was wished for, but is none on a processor.
    assert processing["use_amp"] is (processing["device"] == "cuda")
    del given["stage"]
    assert found == given


def test_bad_metadata_count_as_june_and_biome_0_and_each_tile_is_warned_of(case, network):
    paths = make_tiles(case["tiles"], 4, metadata={"month": 9, "biome_code": 4})
    paths[0].with_suffix(".json").unlink()
    paths[1].with_suffix(".json").write_text('{"month": 13, "biome_code": "forest"}')
    paths[2].with_suffix(".json").write_text('{"month": ')
    done = run(RefineTiles, **case)
    told = [text for text in done.warnings if text.startswith("Metadata of ")]
    assert [text.split()[2] for text in told] == ["tile_000:", "tile_001:", "tile_002:"]
    assert "13" in told[1]
    assert "'forest'" in told[1]
    assert (done.warned_count, done.refined_count) == (3, 4)
    assert {row["tile"] for row in rows(case["refined"] / "metadata_warnings.csv")} == {path.stem for path in paths[:3]}
    for number, (month, biome) in enumerate([(6, 0), (6, 0), (6, 0), (9, 4)]):
        with np.load(paths[number]) as archive:
            expected = refined(network, archive["opt_v1"], month, biome)
        assert np.abs(opt_v2(case["refined"], paths[number].stem) - expected).max() < 1e-5


def test_of_very_many_bad_metadata_the_first_are_told_and_all_are_listed(case):
    for path in make_tiles(case["tiles"], 25, size=16):
        path.with_suffix(".json").unlink()
    done = run(RefineTiles, **case, batch_size=25)
    assert len([text for text in done.warnings if text.startswith("Metadata of tile")]) == running.MOST_TOLD
    assert f"{25 - running.MOST_TOLD} more" in done.warnings[-1]
    assert len({row["tile"] for row in rows(case["refined"] / "metadata_warnings.csv")}) == done.warned_count == 25


def test_progress_has_a_rate_and_the_time_that_is_left(case, monkeypatch):
    monkeypatch.setattr("landloom.job.PROGRESS_INTERVAL_S", 0)
    make_tiles(case["tiles"], 6, size=16)
    run(RefineTiles, **case, batch_size=2)
    (case["refined"] / "tile_005.npz").unlink()
    done = run(RefineTiles, **case, batch_size=2)
    told = [event for event in done.events if event["type"] == "progress" and "rate" in event]
    assert [event["fraction"] for event in told] == [1.0], "of what is left to do"
    assert all("/s" in event["rate"] or "/tile" in event["rate"] for event in told)
    assert "eta_s" in told[0]


def test_an_imported_network_refines_as_its_graph_says(case, tmp_path):
    """Each output is a mixture of the bands; 0.5 more and less are white and black."""
    mixture = np.array([[0.5, 0.5, 0, 0], [0, 1, 0, 0], [2, 0, -1, 0], [0, 0, 0, 1]])
    graph = convolution(mixture[:, :, None, None], sizes=("n", "h", "w"))
    how = {"offset": [0.5] * 4, "scale": [0.25] * 4, "output_range": [-2.0, 2.0]}
    case["model"] = save_onnx_image(tmp_path / "m.landloom", graph, **how)
    paths = make_tiles(case["tiles"], 3, size=[(16, 16), (12, 30)])
    done = run(RefineTiles, **case)
    assert done.refined_count == 3
    for path in paths:
        with np.load(path) as archive:
            scaled = (archive["opt_v1"].astype(float) - 0.5) / 0.25
        expected = (np.einsum("ob,bhw->ohw", mixture, scaled) + 2) / 4
        assert np.abs(opt_v2(case["refined"], path.stem) - expected.clip(0, 1)).max() < 1e-5
    assert json.loads((case["refined"] / "tile_000.json").read_text())["processing"]["use_amp"] is False


def test_a_graph_of_fixed_shape_takes_batches_of_its_size_and_lists_tiles_of_others(case, tmp_path):
    graph = convolution(np.eye(4)[:, :, None, None], sizes=(2, 16, 16))
    case["model"] = save_onnx_image(tmp_path / "m.landloom", graph, input_shape=[2, 4, 16, 16])
    paths = make_tiles(case["tiles"], 4, size=[(16, 16), (16, 16), (16, 20), (16, 16)])
    done = run(RefineTiles, **case, batch_size=3)
    assert (done.refined_count, done.failed_count) == (3, 1)
    assert [(row["tile"], row["kind"]) for row in rows(case["refined"] / "failed_tiles.csv")] == [
        ("tile_002", "wrong size")
    ]
    with np.load(paths[3]) as archive:
        assert np.abs(opt_v2(case["refined"], "tile_003") - archive["opt_v1"]).max() < 1e-6


def test_a_network_of_ours_that_went_through_onnx_refines_as_before(case, tmp_path, network):
    from landloom.exchange.onnx_export import to_onnx

    graph = to_onnx(network, 6, 32, probabilities=False, fixed=True)
    case["model"] = save_onnx_image(tmp_path / "m.landloom", graph, conditioned=True, input_shape=[0, 6, 32, 32])
    paths = make_tiles(case["tiles"], 3)
    run(RefineTiles, **case)
    for number, path in enumerate(paths):
        with np.load(path) as archive:
            expected = refined(network, archive["opt_v1"], number + 1, number)
        assert np.abs(opt_v2(case["refined"], path.stem) - expected).max() < 1e-5


# --- bad tiles ----------------------------------------------------------------------------------


def spoil(folder):
    """Six tiles that cannot be used, by name the kind of their failure."""
    values = tile_values(1)
    holes = values.copy()
    holes[2, 3, 4] = np.nan
    np.savez(folder / "a.npz", sar=values)
    np.savez(folder / "b.npz", opt_v1=values[:3])
    np.savez(folder / "c.npz", opt_v1=holes)
    (folder / "d.npz").write_bytes(b"PK\x03\x04 no archive")
    np.savez(folder / "e.npz", opt_v1=(values * 10_000).astype(np.uint16))
    np.savez(folder / "f.npz", opt_v1=np.full((4, 8, 8), "text"))
    whole = (folder / "tile_000.npz").read_bytes()
    (folder / "g.npz").write_bytes(whole[: len(whole) // 2])
    kinds = ["no key", "wrong shape", "not finite", "unreadable", "not 0–1", "wrong type", "unreadable"]
    return dict(zip("abcdefg", kinds, strict=True))


def test_tiles_that_cannot_be_used_are_listed_and_the_run_goes_on(case):
    make_tiles(case["tiles"], 5)
    expected = spoil(case["tiles"])
    done = run(RefineTiles, **case)
    assert (done.refined_count, done.failed_count, done.skipped_count) == (5, 7, 0)
    listed = rows(case["refined"] / "failed_tiles.csv")
    assert {row["tile"]: row["kind"] for row in listed} == expected
    reasons = {row["tile"]: row["reason"] for row in listed}
    assert "sar" in reasons["a"]
    assert "(3, 32, 32)" in reasons["b"]
    assert "10000" in reasons["e"]
    assert any("7 of 12 tiles could not be used" in text and "failed_tiles.csv" in text for text in done.warnings)
    assert sorted(contents(case["refined"])) == [f"tile_{number:03}.npz" for number in range(5)]
    again = run(RefineTiles, **case)
    assert (again.refined_count, again.failed_count, again.skipped_count) == (0, 7, 5)
    for name in expected:
        (case["tiles"] / f"{name}.npz").unlink()
    assert run(RefineTiles, **case).failed_count == 0
    assert not (case["refined"] / "failed_tiles.csv").exists()


def test_a_folder_without_any_tile_that_can_be_used_is_an_error_that_says_why(case):
    make_tiles(case["tiles"], 3, key="sar")
    with pytest.raises(InputError, match=r"3 of 3 tiles could not be used \(no key: 3\).*'opt_v1', but sar"):
        run(RefineTiles, **case)
    assert len(rows(case["refined"] / "failed_tiles.csv")) == 3


def test_an_answer_that_is_no_number_is_a_failure_of_its_tile_alone(case, tmp_path):
    """The graph divides by a band that is 0 in one tile: 0 / 0."""
    from onnx import TensorProto, helper

    nodes = [helper.make_node("Div", ["x", "x"], ["y"])]
    shape = ["n", 4, "h", "w"]
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in "xy"]
    graph = helper.make_model(helper.make_graph(nodes, "g", ends[:1], ends[1:]), ir_version=9,
                              opset_imports=[helper.make_opsetid("", 17)])  # fmt: skip
    case["model"] = save_onnx_image(tmp_path / "m.landloom", graph.SerializeToString())
    make_tiles(case["tiles"], 3)
    np.savez(case["tiles"] / "tile_001.npz", opt_v1=np.zeros((4, 32, 32), np.float32))
    done = run(RefineTiles, **case)
    assert (done.refined_count, done.failed_count) == (2, 1)
    assert rows(case["refined"] / "failed_tiles.csv")[0]["kind"] == "NaN from the network"


# --- stopped and started again ------------------------------------------------------------------


def test_what_is_done_is_skipped_unless_it_is_not_wished(case):
    make_tiles(case["tiles"], 5)
    run(RefineTiles, **case)
    for path in case["refined"].glob("tile_*"):
        os.utime(path, (1, 1))  # long ago, else what is written within one tick of the clock would look the same
    before = {path: path.stat().st_mtime_ns for path in case["refined"].glob("tile_*")}
    done = run(RefineTiles, **case)
    assert (done.refined_count, done.skipped_count, done.tiles_per_second) == (0, 5, None)
    assert {path: path.stat().st_mtime_ns for path in before} == before
    done = run(RefineTiles, **case, skip_existing=False)
    assert (done.refined_count, done.skipped_count) == (5, 0)
    assert all(path.stat().st_mtime_ns > at for path, at in before.items())


def test_a_tile_that_was_changed_in_size_is_done_again(case):
    make_tiles(case["tiles"], 2)
    run(RefineTiles, **case)
    np.savez(case["tiles"] / "tile_001.npz", opt_v1=tile_values(7, 16, 16))
    assert run(RefineTiles, **case).refined_count == 1
    assert opt_v2(case["refined"], "tile_001").shape == (4, 16, 16)


@pytest.mark.parametrize("changed", ["model", "tile"])
def test_results_older_than_the_model_or_their_tile_are_told(case, tmp_path, changed):
    case["model"] = Path(shutil.copy(case["model"], tmp_path))
    make_tiles(case["tiles"], 4)
    run(RefineTiles, **case)
    assert not run(RefineTiles, **case).warnings
    path = case["model"] if changed == "model" else case["tiles"] / "tile_000.npz"
    later = (case["refined"] / "tile_000.npz").stat().st_mtime + 60
    os.utime(path, (later, later))
    (told,) = run(RefineTiles, **case).warnings
    assert told.startswith("4 of" if changed == "model" else "1 of")


@pytest.mark.parametrize(
    ("text", "note"), [('{"month": 7, "biome_code": 1, "note": "\\ud800"}', "\ud800"), ("[" * 100_000, None)]
)
def test_odd_metadata_do_not_stop_a_run(case, text, note):
    """Half of a character, which UTF-8 cannot write; and more brackets than a parser follows."""
    make_tiles(case["tiles"], 1)
    (case["tiles"] / "tile_000.json").write_text(text)
    run(RefineTiles, **case)
    kept = json.loads((case["refined"] / "tile_000.json").read_text(encoding="utf-8"))
    assert kept["stage"] == "stage2_refined"
    assert kept.get("note") == note


def test_names_that_are_not_utf_8_do_not_stop_a_run(case):
    make_tiles(case["tiles"], 1)
    name = os.fsdecode(b"k\xff")
    for extension in ("npz", "json"):
        (case["tiles"] / f"tile_000.{extension}").rename(case["tiles"] / f"{name}.{extension}")
    run(RefineTiles, **case)
    assert (case["refined"] / f"{name}.npz").is_file()


def test_values_far_below_0_are_no_reflectance(case):
    make_tiles(case["tiles"], 2)
    values = tile_values(0)
    values[0, 0, 0] = -9999
    np.savez(case["tiles"] / "tile_000.npz", opt_v1=values)
    run(RefineTiles, **case)
    failed = rows(case["refined"] / "failed_tiles.csv")
    assert [(row["tile"], row["kind"]) for row in failed] == [("tile_000", "not 0–1")]


def test_tiles_done_by_another_model_are_told(case, tmp_path):
    make_tiles(case["tiles"], 3)
    run(RefineTiles, **case)
    case["model"] = save_refiner(tmp_path / "other.landloom", refiner_network(seed=1))
    done = run(RefineTiles, **case)
    assert any("3 of the tiles" in text and "refiner.landloom" in text for text in done.warnings)


def test_a_tile_that_is_replaced_never_stands_beside_the_metadata_of_another_run(tmp_path):
    tile_files.write_tile(tmp_path, "a", {"opt_v2": tile_values(0)}, {"run": 1})
    with pytest.raises(ValueError, match="Object arrays"):  # as where the disk is full
        tile_files.write_tile(tmp_path, "a", {"opt_v2": np.array([object()])}, {"run": 2})
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


PROGRAM = f"""
import os, signal, sys
sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / "tests/engine")!r}]
import torch
torch.set_num_threads(1)
from landloom import job
from landloom.runner import run_stage
from landloom.stages.refine_tiles import RefineTiles
job.PROGRESS_INTERVAL_S = 0
names = ("model", "tiles", "refined", "batch_size")

def tell(event):
    if event["type"] == "progress" and KILLED:
        os.kill(os.getpid(), signal.SIGKILL)

with job.Job(tell) as running:
    run_stage(RefineTiles, dict(zip(names, sys.argv[1:])), running)
"""


@pytest.mark.parametrize("stopped", ["killed", "cancelled"])
def test_a_run_that_was_stopped_ends_with_the_same_bytes_as_one_that_was_not(case, tmp_path, stopped, monkeypatch):
    make_tiles(case["tiles"], 18, size=[(32, 32), (24, 40), (16, 16)])
    monkeypatch.setattr("landloom.job.PROGRESS_INTERVAL_S", 0)
    if stopped == "killed":
        command = [sys.executable, "-c", f"KILLED = True\n{PROGRAM}", *map(str, case.values()), "4"]
        assert subprocess.run(command).returncode == -signal.SIGKILL
    else:
        cancel = threading.Event()
        with pytest.raises(Cancelled):
            run(RefineTiles, Job(lambda e: cancel.set() if e["type"] == "progress" else None, cancel), **case)
    there = contents(case["refined"])
    assert 0 < len(there) < 18, "else nothing is tested"
    for name in there:
        assert opt_v2(case["refined"], Path(name).stem).shape[0] == 4
        assert json.loads((case["refined"] / name).with_suffix(".json").read_text())["stage"] == "stage2_refined"
    done = run(RefineTiles, **case)
    assert (done.refined_count, done.skipped_count) == (18 - len(there), len(there))
    run(RefineTiles, **{**case, "refined": tmp_path / "whole"})
    assert contents(case["refined"]) == contents(tmp_path / "whole")


def test_many_tiles_of_one_size_are_computed_by_onnx_runtime_also_after_a_stop(case, tmp_path, network, monkeypatch):
    monkeypatch.setattr(faster, "WORTH", 6)
    paths = make_tiles(case["tiles"], 12, size=[(32, 32), (16, 24)])
    done = run(RefineTiles, **case)
    told = [event["text"] for event in done.events if event["type"] == "message"]
    assert "Tiles of 32 × 32 pixels are computed by ONNX Runtime." in told
    for number, path in enumerate(paths):
        with np.load(path) as archive:
            expected = refined(network, archive["opt_v1"], number + 1, number)
        assert np.abs(opt_v2(case["refined"], path.stem) - expected).max() < 1e-5
    whole = contents(case["refined"])
    for name in ("tile_002", "tile_003", "tile_010"):
        (case["refined"] / f"{name}.npz").unlink()
    assert run(RefineTiles, **case).refined_count == 3
    assert contents(case["refined"]) == whole


def test_two_runs_at_once_into_one_folder_are_refused(case):
    make_tiles(case["tiles"], 1)
    case["refined"].mkdir()
    with folders.locked(case["refined"]), pytest.raises(OutputError, match="Another run"):
        run(RefineTiles, **case)


@pytest.mark.parametrize("skip_existing", [True, False])
def test_files_of_other_tiles_are_not_overwritten(case, skip_existing):
    paths = make_tiles(case["tiles"], 2)
    make_tiles(case["refined"], 2, seed=9)
    before = contents(case["refined"])
    with pytest.raises(OutputError, match=r"is no such result.*opt_v1"):
        run(RefineTiles, **case, skip_existing=skip_existing)
    with pytest.raises(ParameterError, match="would overwrite 'tiles'"):
        run(RefineTiles, **{**case, "refined": case["tiles"]})
    assert contents(case["refined"]) == before
    assert all(path.is_file() for path in paths)


@pytest.mark.parametrize("make", [lambda folder: None, lambda folder: folder.mkdir()], ids=["missing", "empty"])
def test_a_folder_without_tiles_is_refused(case, make):
    make(case["tiles"])
    with pytest.raises(InputError, match=r"does not exist|holds no tiles"):
        run(RefineTiles, **case)


def test_a_file_that_cannot_be_written_ends_the_run_in_words(case):
    """As on a full disk, but for a limit to the size of files."""
    make_tiles(case["tiles"], 6, size=64)
    limited = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))\nKILLED = False\n{PROGRAM}"
    done = subprocess.run(
        [sys.executable, "-c", limited, *map(str, case.values()), "2"], capture_output=True, text=True
    )
    assert "OutputError: Cannot write" in done.stderr.splitlines()[-1]
    assert not contents(case["refined"])
    assert not list(case["refined"].glob("*.part*"))
    assert run(RefineTiles, **case).refined_count == 6


# --- too little memory --------------------------------------------------------------------------

# A graphics card whose memory is, for the time it computes, a limit to what the process may take: what PyTorch then
# raises is real. Each pixel takes 16 KiB, so a tile of 64 × 64 pixels takes 64 MiB.
LIMITED = f"""
import json, resource, sys
sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / "tests/engine")!r}]
import numpy as np, torch
from landloom.job import Job
from landloom.refinement import imaging, running
from landloom.refinement.steps import REFINEMENT

torch.set_num_threads(1)
FREE = {{"cuda": 160, "cpu": 600}}

class SmallCard:
    channels, outputs, use_amp, device = 4, 4, False, "cuda"

    def use(self, device, mixed_precision=None):
        self.device = device

    def prepare(self, numbers):
        return []

    def refuse(self, height, width):
        pass

    def images(self, values, months, biomes):
        taken = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
        before = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (taken + FREE[self.device] * 2**20, before[1]))
        try:
            n, _, h, w = values.shape
            work = torch.empty(n, 4096, h, w)
            work[:, :4] = torch.from_numpy(values)
            return (work[:, :4] / 2).numpy().copy()
        finally:
            resource.setrlimit(resource.RLIMIT_AS, before)

treatment = imaging.Imaging(REFINEMENT, SmallCard(), "card.landloom")
events = []
with Job(events.append) as job:
    outcome = running.run(sys.argv[1], sys.argv[2], treatment, 4, True, job)
warnings = [event["text"] for event in events if event["type"] == "warning"]
failed = {{name: bad.kind for name, bad in outcome.failures.items()}}
print(json.dumps([outcome.done, outcome.halved, outcome.on_cpu, failed, warnings]))
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="limits the memory as Linux can")
def test_batches_too_large_for_the_memory_are_halved_and_tiles_too_large_go_to_the_processor(tmp_path):
    sizes = [(64, 64)] * 4 + [(128, 128)] * 2 + [(256, 256)]
    paths = make_tiles(tmp_path / "tiles", 7, size=sizes)
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path / "tiles"), str(tmp_path / "out")], capture_output=True, text=True,
        env={**os.environ, "MALLOC_ARENA_MAX": "1"},  # else threads that read and write take address space by chance
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    number, halved, on_cpu, failed, warnings = json.loads(done.stdout)
    # Of 64 × 64 pixels two fit the card: one batch of four was halved. Of 128 × 128 pixels none does, but the
    # processor's memory holds one: a batch of two was halved. The last one is too large for that as well.
    assert (number, halved, on_cpu) == (6, 2, 3)
    assert failed == {"tile_006": "out of memory"}
    assert any("halved: 2 times" in text for text in warnings)
    assert any("the graphics card has too little memory: 3" in text for text in warnings)
    for place, path in enumerate(paths[:6]):
        with np.load(path) as archive:
            assert np.array_equal(opt_v2(tmp_path / "out", path.stem), archive["opt_v1"] / 2)
        content = json.loads((tmp_path / "out" / f"{path.stem}.json").read_text())
        assert content["processing"]["device"] == ("cuda" if place < 4 else "cpu")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a graphics card")
def test_what_does_not_fit_a_real_card_is_computed_by_the_processor(case, network):
    paths = make_tiles(case["tiles"], 2, size=1024)
    predictor = predictors.open_images(case["model"], REFINEMENT, "cuda", True)[1]
    torch.cuda.set_per_process_memory_fraction(100 * 2**20 / torch.cuda.get_device_properties(0).total_memory)
    try:
        with Job() as job:
            treatment = imaging.Imaging(REFINEMENT, predictor, str(case["model"]))
            outcome = running.run(case["tiles"], case["refined"], treatment, 2, True, job)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    assert (outcome.done, outcome.halved, outcome.on_cpu) == (2, 1, 2)
    with np.load(paths[0]) as archive:
        expected = refined(network, archive["opt_v1"], 1, 0)
    assert np.abs(opt_v2(case["refined"], "tile_000") - expected).max() < 1e-4


# --- models of something else -------------------------------------------------------------------


class Trap:
    def __reduce__(self):
        return os.mkdir, ("trapped",)


def stage_1(folder):
    return save_refiner(folder / "m.landloom", refiner_network(2), "stage1_translated")


def land_cover(folder):
    return save_onnx(folder / "m.landloom", convolution(np.zeros((3, 3, 1, 1))))


def forest(folder):
    models.save(folder / "m.landloom", card_for(("B2", "B3"), 2, {}, kind="random_forest"), {})
    return folder / "m.landloom"


def state_dict(folder):
    torch.save({"epoch": 3, "model": {"encoder.weight": torch.zeros(2), "bias": torch.zeros(1)}}, folder / "m.pth")
    return folder / "m.pth"


def renamed(folder):
    return state_dict(folder).rename(folder / "m.landloom")


def objects(folder):
    torch.save({"model": Trap()}, folder / "m.pt")
    return folder / "m.pt"


def plain_pickle(folder):
    (folder / "m.pt").write_bytes(pickle.dumps(Trap()))
    return folder / "m.pt"


def graph(folder):
    (folder / "m.onnx").write_bytes(b"")
    return folder / "m.onnx"


def text(folder):
    (folder / "m.landloom").write_text("hello")
    return folder / "m.landloom"


@pytest.mark.parametrize(
    ("make", "found"),
    [
        (stage_1, r"Expected: .*'opt_v1' to 'opt_v2' \(stage2_refined\).*\nFound: .*'sar' to 'opt_v1' \(stage1_transl"),
        (
            land_cover,
            r"Expected: .*stage2_refined.*\nFound: a model of the kind 'onnx' with the bands B2, B3, B4 and 3",
        ),
        (forest, r"Found: a model of the kind 'random_forest' with the bands B2, B3 and 2 classes"),
        (state_dict, r"Expected: .*\nFound: a file of PyTorch with 2 arrays \(epoch, model\)"),
        (renamed, r"Found: a file of PyTorch with 2 arrays"),
        (objects, r"Found: a file of PyTorch that holds Python objects; it was not opened"),
        (plain_pickle, r"Found: a file of PyTorch that holds Python objects"),
        (graph, r"Found: an ONNX file, which becomes a model with Import model"),
        (text, r"not a Landloom model or is damaged"),
        (lambda folder: folder / "none.landloom", "does not exist"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_model_of_something_else_is_refused_with_expected_and_found(case, tmp_path, monkeypatch, make, found):
    monkeypatch.chdir(tmp_path)
    make_tiles(case["tiles"], 1)
    with pytest.raises(ModelError, match=found):
        run(RefineTiles, **{**case, "model": make(tmp_path)})
    assert not (tmp_path / "trapped").exists(), "a model file has run a program"
    assert not case["refined"].exists()


def test_weights_that_do_not_fit_the_description_are_refused(case, tmp_path, network):
    card, weights = models.load(case["model"])
    weights["last.bias"] = np.full(4, np.nan, np.float32)
    models.save(tmp_path / "m.landloom", card, weights)
    make_tiles(case["tiles"], 1)
    with pytest.raises(ModelError, match="is damaged"):
        run(RefineTiles, **{**case, "model": tmp_path / "m.landloom"})


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a graphics card")
def test_a_device_that_is_not_there_is_refused(case):
    make_tiles(case["tiles"], 1)
    with pytest.raises(ParameterError, match="'cuda' is not there"):
        run(RefineTiles, **case, device="cuda")
