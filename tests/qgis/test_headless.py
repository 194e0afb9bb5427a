"""The main job by `qgis_process`, as a user without a window runs it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from crowding import crowding
from headless import program
from osgeo import gdal


@pytest.fixture(scope="module")
def mapped(headless, demo, tmp_path_factory):
    folder = tmp_path_factory.mktemp("results with spaces ü")
    return headless.run(
        "landloom:land_cover_map_from_polygons",
        IMAGES=demo["IMAGE"],
        POLYGONS=demo["POLYGONS"],
        CLASS_FIELD="class_id",
        NAME_FIELD="class_name",
        TREES=50,
        FEATURES="NDVI = (B8 - B4) / (B8 + B4)",
        **{
            "train:Model": folder / "model.landloom",
            "train:Report": folder / "report.html",
            "map:Map": folder / "map.tif",
            "map:Picture": folder / "map.png",
            "check:Check of the polygons": folder / "check.html",
        },
    )


def test_the_chain_makes_map_picture_model_and_reports(mapped):
    for name in ("map:Map", "map:Picture", "train:Model", "train:Report", "check:Check of the polygons"):
        assert Path(mapped[name]).stat().st_size > 500
    dataset = gdal.Open(mapped["map:Map"])
    assert dataset.GetMetadata("IMAGE_STRUCTURE")["LAYOUT"] == "COG"
    band = dataset.GetRasterBand(1)
    assert band.GetNoDataValue() == 0
    assert band.GetCategoryNames()[1:] == ["Agriculture", "Forest", "Parcels", "Urban", "Water"]
    assert band.GetColorTable().GetColorEntry(2)[:3] == (0x14, 0x57, 0x3A)


def test_the_chain_for_a_month_maps_a_folder_of_tiles(headless, demo, tmp_path):
    mosaic, folder = tmp_path / "mosaic ü", tmp_path / "july"
    mosaic.mkdir()
    image = gdal.Open(demo["IMAGE"])
    for number, left in enumerate((0, 192)):
        gdal.Translate(str(mosaic / f"tile{number}.tif"), image, srcWin=[left, 0, 192, 384])
    made = headless.run(
        "landloom:monthly_mosaic_to_map",
        YEAR=2025, MONTH=7, MOSAIC=mosaic, POLYGONS=demo["POLYGONS"], CLASS_FIELD="class_id", TREES=20,
        **{"train:Model": folder / "model.landloom", "map:Map": folder / "map.tif",
           "map:Uncertainty": folder / "unsure.tif"},
    )  # fmt: skip
    whole = gdal.Open(made["map:Map"])
    assert (whole.RasterXSize, whole.RasterYSize) == (384, 384)
    assert (whole.ReadAsArray() > 0).mean() > 0.8, "some of the scene is under cloud"
    assert gdal.Open(made["map:Uncertainty"]).RasterXSize == 384
    parameters = json.loads((folder / "map.tif.json").read_text(encoding="utf-8"))["parameters"]
    assert (parameters["year"], parameters["month"]) == (2025, 7)


def test_the_map_is_far_better_than_chance_on_independent_points(headless, demo, mapped, tmp_path):
    accuracy = headless.run(
        "landloom:evaluate",
        MAP=mapped["map:Map"],
        REFERENCE=demo["REFERENCE"],
        CLASS_FIELD="class_name",
        METRICS=tmp_path / "accuracy.json",
    )
    assert accuracy["OVERALL_ACCURACY"] > 0.7
    assert accuracy["KAPPA"] > 0.5
    # The classes by points and by the true raster agree within the points' sampling error.
    whole = headless.run(
        "landloom:evaluate", MAP=mapped["map:Map"], REFERENCE_RASTER=demo["TRUTH"], METRICS=tmp_path / "whole.json"
    )
    assert abs(whole["OVERALL_ACCURACY"] - accuracy["OVERALL_ACCURACY"]) < 0.1


def test_numbers_are_outputs_of_the_single_steps(headless, demo, tmp_path):
    samples = headless.run(
        "landloom:extract_samples",
        IMAGES=demo["IMAGE"],
        POLYGONS=demo["POLYGONS"],
        CLASS_FIELD="class_id",
        SAMPLES=tmp_path / "samples.parquet",
        MOST_PER_CLASS=100,
        REPORT=tmp_path / "samples.html",
    )
    assert samples["CLASS_COUNT"] == 5
    assert samples["SAMPLE_COUNT"] == 500
    trained = headless.run(
        "landloom:train_random_forest",
        SAMPLES=samples["SAMPLES"],
        TREES=20,
        VALIDATION="polygons",
        MODEL=tmp_path / "model.landloom",
    )
    assert 0.3 < trained["OVERALL_ACCURACY"] <= 1
    found = json.loads(Path(f"{trained['MODEL']}.json").read_text(encoding="utf-8"))["found"]
    assert trained["KAPPA"] == found["kappa"]


@pytest.mark.parametrize(
    ("algorithm", "parameters", "words"),
    [
        ("extract_samples", {"CLASS_FIELD": "nonsense"}, ("nonsense", "class_name")),
        ("extract_samples", {"CLASS_FIELD": "class_id", "BANDS": "B99"}, ("B99", "B2, B3, B4, B8, B11, B12")),
        ("extract_samples", {"CLASS_FIELD": "class_id", "FEATURES": "NDVI = __import__('os')"}, ("NDVI",)),
        ("extract_samples", {"CLASS_FIELD": "class_id", "MONTH": 6}, ("YEAR", "MONTH")),
        ("extract_samples", {"CLASS_FIELD": "class_id", "JOBS": 0}, ("jobs", "from 1 to 1024")),
    ],
)
def test_a_wrong_value_is_named_with_what_would_be_right(headless, demo, tmp_path, algorithm, parameters, words):
    given = {"IMAGES": demo["IMAGE"], "POLYGONS": demo["POLYGONS"], "SAMPLES": tmp_path / "s.parquet", **parameters}
    done = headless.process("run", f"landloom:{algorithm}", "--", *(f"{k}={v}" for k, v in given.items()), check=False)
    told = done.stdout + done.stderr
    assert done.returncode != 0
    for word in words:
        assert word in told
    assert not (tmp_path / "s.parquet").exists()


def test_control_c_ends_the_run_and_its_worker_within_seconds(headless, demo, mapped, tmp_path):
    command = [
        program(),
        "run",
        "landloom:train_random_forest",
        "--",
        f"SAMPLES={_samples(headless, demo, tmp_path)}",
        "TREES=10000",
        "VALIDATION=none",
        f"MODEL={tmp_path / 'm.landloom'}",
    ]
    process = subprocess.Popen(command, env=headless.environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    # Its start takes the worker some three seconds of a processor, the trees minutes.
    while sum(map(_worked, workers := _workers(process.pid))) < 6:
        assert process.poll() is None
        time.sleep(0.1)
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.wait()
    assert time.monotonic() - began < 6 * crowding()
    assert [pid for pid in workers if Path(f"/proc/{pid}").exists()] == []
    assert not (tmp_path / "m.landloom").exists()


def _samples(headless, demo, folder):
    done = headless.run(
        "landloom:extract_samples",
        IMAGES=demo["IMAGE"],
        POLYGONS=demo["POLYGONS"],
        CLASS_FIELD="class_id",
        SAMPLES=folder / "samples.parquet",
    )
    return done["SAMPLES"]


def _worked(pid):
    """The seconds that a process has had of a processor."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _workers(pid):
    """The worker processes that a process has started."""
    children = [c for task in Path(f"/proc/{pid}/task").glob("*/children") for c in task.read_text().split()]
    return [c for c in children if "worker" in Path(f"/proc/{c}/cmdline").read_text()]
