"""A month on the command line, as a cluster's scheduler would start it: settings in `.env`, the month as options."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from conftest import BANDS, ROOT, class_image, reflectance, squares, write_raster
from dotenv import dotenv_values
from postgres import server  # noqa: F401

from landloom.errors import InputError, ParameterError
from landloom.stages import STAGES

MONTH = ("--year", "2025", "--month", "6")
AREA = "POLYGON ((500000 5398800, 501200 5398800, 501200 5400000, 500000 5400000, 500000 5398800))"


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A folder with polygons, a folder of mosaics, and a `.env` that says where things are and go."""
    folder = tmp_path_factory.mktemp("Projekt für Juni")
    (folder / "mosaics").mkdir()
    image = folder / "mosaics" / "planet_medres_202506_mosaic.tif"
    write_raster(image, reflectance(class_image()), 0, names=BANDS)
    squares(class_image()).to_file(folder / "polygons.gpkg", driver="GPKG")
    write_env(folder, {
        "TRAINING_POLYGON_CLASS_COL": "class_id", "PLANET_MOSAIC_DIR": folder / "mosaics", "AOI_DEFINITION": AREA,
        "MODEL_OUTPUT_DIR": folder / "models", "PREDICTION_OUTPUT_DIR": folder / "maps",
        "LANDLOOM_HOME": folder / "home",
    })  # fmt: skip
    return folder


@pytest.fixture(scope="module")
def finished(project):
    """The project after the three commands, and what each printed."""
    samples, model = (
        project / "models" / name for name in ("prepared_data_202506.parquet", "rf_model_202506.landloom")
    )
    return project, [
        landloom(project, "extract_samples", "--polygons", "polygons.gpkg", *MONTH),
        landloom(project, "train_random_forest", "--samples", samples, "--trees", 20, *MONTH),
        landloom(project, "predict", "--model", model, *MONTH),
    ]


def write_env(folder: Path, settings: dict) -> None:
    (folder / ".env").write_text("".join(f"{name}='{value}'\n" for name, value in settings.items()))


def landloom(folder: Path, *arguments) -> dict:
    """Run the engine in a folder; returns its results."""
    settings = dotenv_values(ROOT / ".env.example")
    clean = {name: value for name, value in os.environ.items() if name not in settings and name != "LANDLOOM_HOME"}
    command = [sys.executable, "-I", ROOT / "landloom", *arguments]
    done = subprocess.run(map(str, command), cwd=folder, env=clean, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return dict(line.split(": ", 1) for line in done.stdout.splitlines() if ": " in line)


def test_the_months_mosaic_is_among_the_inputs_on_record(finished):
    project, (extracted, _, _) = finished
    record = json.loads(Path(f"{extracted['samples']}.json").read_text(encoding="utf-8"))
    image = project / "mosaics" / "planet_medres_202506_mosaic.tif"
    assert [(i["source"], i["sha256"]) for i in record["inputs"]["images"]] == [
        (str(image), hashlib.sha256(image.read_bytes()).hexdigest())
    ]


def test_three_commands_make_the_months_files_and_records(finished):
    project, (_, trained, mapped) = finished
    assert {p.name for p in (project / "models").iterdir()} == {
        "prepared_data_202506.parquet", "prepared_data_202506.parquet.json", "rf_model_202506.landloom",
        "rf_model_202506.landloom.json", "rf_model_202506.joblib", "rf_model_202506.md",
    }  # fmt: skip
    assert {"prediction_202506.tif", "prediction_202506.tif.json", "prediction_202506.qml"} <= {
        p.name for p in (project / "maps").iterdir()
    }
    with rasterio.open(project / "maps" / "prediction_202506.tif") as dataset:
        values = dataset.read(1)
    assert (values[:, 120:] == 0).all(), "outside the area of interest"
    assert np.mean(values[:, :120] == class_image()[:, :120]) > 0.97
    models = landloom(project, "list_models", *MONTH)
    maps = gpd.read_file(project / landloom(project, "list_maps", *MONTH)["layer"])
    assert models["count"] == "1"
    assert maps["prediction_filename"].tolist() == ["prediction_202506.tif"]
    assert str(maps["model_id"][0]) == trained["model_id"]
    assert mapped["map_id"] == "1"
    assert (maps["year"][0], maps["month"][0]) == (2025, 6)


def test_one_command_gives_the_same_bytes_as_the_three(finished, tmp_path):
    project, _ = finished
    landloom(project, "map_month", "--polygons", "polygons.gpkg", "--trees", 20, *MONTH, "--samples",
             tmp_path / "s.parquet", "--model", tmp_path / "m.landloom", "--map", tmp_path / "p.tif",
             "--report", tmp_path / "r.html")  # fmt: skip
    assert "<title>Random forest" in (tmp_path / "r.html").read_text(), (
        "the report of the whole is that of the training"
    )
    assert (tmp_path / "s.parquet").read_bytes() == (project / "models/prepared_data_202506.parquet").read_bytes()
    assert (tmp_path / "m.landloom").read_bytes() == (project / "models/rf_model_202506.landloom").read_bytes()
    assert (tmp_path / "p.tif").read_bytes() == (project / "maps/prediction_202506.tif").read_bytes()


def test_the_whole_month_can_come_from_the_database(project, tmp_path, server):  # noqa: F811
    database = server.database()
    rows = ", ".join(
        f"({row.class_id}, ST_GeomFromText('{row.geometry.wkt}', 32633))" for row in squares(class_image()).itertuples()
    )
    server.sql(
        f'CREATE TABLE "Polygons" (class_id int, "Shape" geometry); INSERT INTO "Polygons" VALUES {rows}', database
    )
    settings = {
        **dotenv_values(project / ".env"), **server.environ(database), "TRAINING_POLYGON_TABLE": "Polygons",
        "TRAINING_POLYGON_GEOM_COL": "Shape", "MODEL_OUTPUT_DIR": tmp_path, "PREDICTION_OUTPUT_DIR": tmp_path,
    }  # fmt: skip
    write_env(tmp_path, settings)
    landloom(tmp_path, "map_month", "--trees", 20, *MONTH)
    recorded = server.sql(
        "SELECT prediction_filename, raster_predictions.year, raster_predictions.month, model_filename, prediction_id"
        " FROM raster_predictions JOIN ml_models USING (model_id)", database
    )  # fmt: skip
    assert recorded == [["prediction_202506.tif", "2025", "6", "rf_model_202506.landloom", "1"]]
    written = [p for p in tmp_path.iterdir() if p.name != ".env"]
    assert [p.name for p in written if server.password.encode() in p.read_bytes()] == []


def test_every_variable_is_explained_in_the_example():
    example = dotenv_values(ROOT / ".env.example")
    # spec/random_forest.md, "Environment variables", and those of Earth Engine's own tools
    assert set(example) == {
        "DB_HOST", "DB_PORT", "DB_NAME", "DB_USER", "DB_PASSWORD", "TRAINING_POLYGON_TABLE",
        "TRAINING_POLYGON_GEOM_COL", "TRAINING_POLYGON_CLASS_COL", "MODEL_OUTPUT_DIR", "PREDICTION_OUTPUT_DIR",
        "PLANET_MOSAIC_DIR", "AOI_DEFINITION", "EE_PROJECT", "GOOGLE_APPLICATION_CREDENTIALS",
    }  # fmt: skip
    assert {k.variable for stage in STAGES for k in stage.kinds().values() if k.variable} <= set(example)
    text = (ROOT / ".env.example").read_text()
    for name in ("TRAINING_POLYGON_TABLE", "PLANET_MOSAIC_DIR", "AOI_DEFINITION", "MODEL_OUTPUT_DIR"):
        assert re.search(rf"# .+\n{name}=", text), name


# --- the month's mosaic -----------------------------------------------------------------------------


@pytest.fixture
def months(tmp_path, scene, run):
    """A way to look up a month in a folder: gives the mean of B8 of what was found, times 10."""
    folder = tmp_path / "months"

    def put(name: str, value: int, left: int = 500_000, names=("B8",)):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        transform = rasterio.transform.from_origin(left, 5_400_000, 10, 10)
        return write_raster(path, np.full((1, 120, 75), value, np.uint16), 0, transform=transform, names=names)

    def look(year=2025, month=6):
        done = run("extract_samples", polygons=scene.polygons, class_field="class_id", year=year, month=month,
                   samples=tmp_path / "s.parquet", environ={"PLANET_MOSAIC_DIR": str(folder)})  # fmt: skip
        import pyarrow.parquet

        return sorted(set(pyarrow.parquet.read_table(done.samples).to_pandas()["B8"]))

    folder.mkdir()
    return put, look, folder


@pytest.mark.parametrize(
    "name", ["2025-06/tile.tif", "planet_2025_06_mosaic/t.tif", "mosaic_202506.tif", "2025-06-mosaic.tif"]
)
def test_a_month_is_found_by_its_name(months, name):
    put, look, _ = months
    put(name, 606)
    put("mosaic_202505.tif", 505)
    put("mosaic_202507.tif", 707)
    put("quad_1202506.tif", 1, names=("other",))
    put("2025061/x.tif", 1, names=("other",))
    assert look() == [606]


@pytest.mark.parametrize("names", [("2025-06/a.tif", "2025-06/b.tif"), ("a_202506.tif", "b_202506.tif")])
def test_the_tiles_of_a_month_are_one_mosaic(months, names):
    put, look, _ = months
    put(names[0], 11)
    put(names[1], 22, left=500_750)
    assert look() == [11, 22]


def test_a_month_that_is_not_there_is_told(months):
    put, look, folder = months
    put("mosaic_202505.tif", 505)
    with pytest.raises(InputError, match=rf"{folder} holds nothing for 2025-06"):
        look()


def test_without_image_mosaic_and_month_one_is_told_what_to_give(scene, run):
    with pytest.raises(ParameterError, match=r"No image was given.*PLANET_MOSAIC_DIR"):
        run("extract_samples", polygons=scene.polygons, class_field="class_id", samples=scene.folder / "s.parquet")
