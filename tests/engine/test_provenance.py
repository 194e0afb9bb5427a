"""Every output says what made it, from which inputs, and gives nothing away."""

from __future__ import annotations

import hashlib
import json
import os
import re

import pytest
import shapely
from conftest import ROOT

from landloom import provenance
from landloom.provenance import PART_BYTES, WHOLE_FILE_BYTES, fingerprint


def made(path) -> dict:
    return json.loads(path.with_name(f"{path.name}.json").read_text())


# --- fingerprints ---------------------------------------------------------------------------------


def test_a_small_file_is_known_by_all_its_bytes(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(b"landloom")
    # sha256sum: printf landloom | sha256sum
    assert fingerprint(path) == {
        "bytes": 8,
        "sha256": hashlib.sha256(b"landloom").hexdigest(),
        "of": "whole file",
    }


def test_a_large_file_is_known_by_its_size_beginning_middle_and_end(tmp_path):
    path, size = tmp_path / "large.tif", WHOLE_FILE_BYTES + 10_000

    def with_byte_at(place, size=size):
        with path.open("wb") as stream:
            stream.truncate(size)  # sparse: takes no room
            stream.seek(place)
            stream.write(b"x")
        return fingerprint(path)["sha256"]

    seen = {with_byte_at(place) for place in (0, PART_BYTES - 1, size // 2, size - PART_BYTES, size - 1)}
    assert len(seen) == 5
    unseen = with_byte_at(PART_BYTES)
    assert unseen not in seen
    assert unseen == with_byte_at(size // 4), "what lies between is not read"
    assert unseen != with_byte_at(PART_BYTES, size + 1)
    assert fingerprint(path)["of"] == f"{PART_BYTES} bytes at start, middle and end"


def test_a_folder_is_known_by_its_files(tmp_path):
    tiles = tmp_path / "tiles"
    (tiles / "deep").mkdir(parents=True)
    (tiles / "a.tif").write_bytes(b"1")
    (tiles / "deep" / "b.tif").write_bytes(b"2")
    (tiles / "gone.tif").symlink_to(tmp_path / "nowhere")
    first = fingerprint(tiles)
    assert first["files"] == 2
    assert fingerprint(tiles) == first
    os.utime(tiles / "deep" / "b.tif", (1, 1))
    assert fingerprint(tiles)["sha256"] != first["sha256"]


@pytest.mark.parametrize(
    "source", ["/vsis3/bucket/a.tif", "POLYGON ((0 0, 1 0, 1 1, 0 0))", "POLYGON ((" + "0 0, " * 2000]
)
def test_what_is_not_on_this_disk_is_known_by_its_name(source):
    assert fingerprint(source) == {"sha256": hashlib.sha256(source.encode()).hexdigest(), "of": "name"}


def test_a_layer_of_a_file_is_known_by_the_file(tmp_path):
    path = tmp_path / "a.gpkg"
    path.write_bytes(b"x")
    assert fingerprint(f"{path}|layername=drawn") == fingerprint(path)


# --- what is recorded ------------------------------------------------------------------------------


def test_an_output_tells_inputs_parameters_seed_warnings_versions_and_times(scene, run):
    area = shapely.box(500_000, 5_398_000, 501_500, 5_400_000).wkt
    done = run("extract_samples", images=scene.image, polygons=scene.polygons, class_field="class_id", seed=7,
               bands="B2,B8", aoi=area, samples=scene.folder / "s.parquet", report=scene.folder / "r.html")  # fmt: skip
    record = made(scene.folder / "s.parquet")
    assert record == made(scene.folder / "r.html")
    assert record["made_by"] == {"stage": "extract_samples", "title": "Extract samples"}
    assert record["parameters"]["seed"] == 7
    assert record["parameters"]["bands"] == ["B2", "B8"]
    assert record["parameters"]["resampling"] == "bilinear", "defaults too"
    for name, path in (("images", scene.image), ("polygons", scene.polygons)):
        [source] = record["inputs"][name]
        assert source["source"] == str(path)
        assert source["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert record["inputs"]["aoi"][0]["of"] == "name"
    assert record["found"] == {"sample_count": done.sample_count, "polygon_count": done.polygon_count,
                               "class_count": 3, "left_out_count": done.left_out_count}  # fmt: skip
    assert record["warnings"] == done.warnings
    assert record["versions"]["landloom"] == re.search(r"(?m)^version=(.+)$", (ROOT / "metadata.txt").read_text())[1]
    assert {"python", "numpy", "rasterio", "scikit-learn"} <= set(record["versions"])
    assert record["started"] <= record["finished"]
    assert record["started"].endswith("+00:00")


def test_warnings_are_recorded(scene, run):
    empty = scene.table.copy()
    empty.loc[0, "geometry"] = None
    empty.to_file(scene.folder / "p.gpkg", driver="GPKG")
    done = run("extract_samples", images=scene.image, polygons=scene.folder / "p.gpkg", class_field="class_id",
               samples=scene.folder / "s.parquet")  # fmt: skip
    assert done.warnings
    record = made(scene.folder / "s.parquet")
    assert record["warnings"] == done.warnings
    assert record["log"] == [e["text"] for e in done.events if e["type"] in ("message", "warning")]


def test_the_log_holds_what_was_told_and_nothing_that_lets_others_in():
    from landloom.job import Job
    from landloom.stages.predict import Predict

    with Job() as job:
        job.message("Reading https://host/a.tif?sig=S3cret")
        with job.without("message"):
            job.message("Epoch 1 of one of ten networks")
        job.warning("See https://user:S3cret@host/b.tif")
        record = provenance.record(Predict.from_values({"model": "m.landloom", "images": "a.tif"}), {}, job, 0.0)
    assert record["log"] == ["Reading https://host/a.tif?sig=…", "See https://…@host/b.tif"]
    assert record["warnings"] == ["See https://…@host/b.tif"]


def test_a_layer_is_recorded_as_the_user_knows_it(scene, model, run):
    from landloom.job import Job
    from landloom.runner import run_stage
    from landloom.stages import find_stage

    second = scene.folder / "second.tif"
    second.write_bytes(scene.image.read_bytes())
    origins = {"images": "June\nJuly", "polygons": "My polygons"}
    with Job(origins=origins) as job:
        given = {
            "images": [str(scene.image), str(second)],
            "polygons": str(scene.polygons),
            "class_field": "class_id",
            "samples": str(scene.folder / "s.parquet"),
        }
        run_stage(find_stage("extract_samples"), given, job)
    inputs = made(scene.folder / "s.parquet")["inputs"]
    assert [source["source"] for source in inputs["images"]] == ["June", "July"]
    assert inputs["polygons"][0]["source"] == "My polygons"


def test_secrets_of_the_run_are_in_no_file(scene, run):
    secrets = {"connection": "host=h password=S3cretOne"}
    run("extract_samples", images=scene.image, polygons=scene.polygons, class_field="class_id", secrets=secrets,
        environ={"DB_PASSWORD": "S3cretTwo", "AWS_SECRET_ACCESS_KEY": "S3cretThree"},
        samples=scene.folder / "s.parquet", report=scene.folder / "r.html")  # fmt: skip
    assert [p.name for p in scene.folder.iterdir() if b"S3cret" in p.read_bytes()] == []


@pytest.mark.parametrize(
    ("address", "recorded"),
    [
        ("/vsicurl/https://user:pw@host/a.tif", "/vsicurl/https://…@host/a.tif"),
        ("https://host/a.tif?sv=1&sig=abc%3D&se=2", "https://host/a.tif?sv=1&sig=…&se=2"),
        ("https://h/a?X-Amz-Credential=AK&X-Amz-Signature=f0", "https://h/a?X-Amz-Credential=…&X-Amz-Signature=…"),
        ("/vsicurl?header.Authorization=Bearer%20x&url=https%3A", "/vsicurl?header.Authorization=…&url=https%3A"),
        ("postgresql://user@host:5432/db", "postgresql://user@host:5432/db"),
        ("PG:host=h user=u password=pw dbname=d", "PG:host=h user=u password=… dbname=d"),
        ("/data/a:b@c/tile (1).tif", "/data/a:b@c/tile (1).tif"),
    ],
)
def test_addresses_are_recorded_without_what_lets_others_in(address, recorded):
    assert provenance.redacted(address) == recorded
    from landloom.job import Job
    from landloom.stages.predict import Predict

    stage = Predict.from_values({"model": "m.landloom", "images": address})
    text = json.dumps(provenance.record(stage, {}, Job(), 0.0), ensure_ascii=False)
    assert json.dumps(recorded, ensure_ascii=False) in text
    assert recorded == address or address not in text
