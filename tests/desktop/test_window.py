"""Landloom in a real QGIS window. The screenshots lie in build/screenshots to be looked at."""

from __future__ import annotations

import pytest
from crowding import crowding


@pytest.fixture(scope="module")
def trained(headless, tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained")
    demo = headless.run(
        "landloom:create_demo_scene",
        SIZE=1024,
        POINTS=50,
        IMAGE=folder / "image.tif",
        POLYGONS=folder / "polygons.gpkg",
        REFERENCE=folder / "reference.gpkg",
        RISK=folder / "risk.tif",
    )
    samples = headless.run(
        "landloom:extract_samples",
        IMAGES=demo["IMAGE"],
        POLYGONS=demo["POLYGONS"],
        CLASS_FIELD="class_id",
        SAMPLES=folder / "samples.parquet",
    )

    def train(trees):
        path = folder / f"model{trees}.landloom"
        headless.run(
            "landloom:train_random_forest", SAMPLES=samples["SAMPLES"], TREES=trees, VALIDATION="none", MODEL=path
        )
        return path

    scene = {"image": demo["IMAGE"], "polygons": demo["POLYGONS"], "risk": demo["RISK"]}
    return {**scene, "small": train(20), "slow": train(1500)}


def test_an_algorithm_runs_from_the_toolbox_and_its_layers_come_styled(drive):
    seen = drive("steps:run_from_toolbox")
    assert seen["categories"] == ["Agriculture", "Forest", "Parcels", "Urban", "Water"]
    assert seen["renderer"] == "multibandcolor"
    assert seen["width"] == 384
    assert seen["legend"][-1] == "Image"
    assert sorted(seen["legend"][:-1]) == ["Reference points", "Training polygons"]


def test_a_map_made_in_the_dialog_shows_its_classes(drive, trained):
    seen = drive("steps:map_from_dialog", image=trained["image"], model=trained["small"])
    assert seen["classes"] == ["Agriculture", "Forest", "Parcels", "Urban", "Water"]
    assert any("model20.landloom" in line for line in seen["history"])


def test_a_raster_cut_into_tile_files_in_the_dialog_shows_their_outlines(drive, trained, tmp_path):
    seen = drive(
        "steps:tile_files_from_dialog",
        image=trained["image"],
        tiles=tmp_path / "tile files",
        layer="Outlines of the tiles",
    )
    assert seen["outlines"] == len(list((tmp_path / "tile files").glob("*.npz"))) == 25, (
        "1024 pixels, 256 with 32 shared"
    )


def test_a_patch_data_set_made_in_the_dialog_shows_its_footprints_by_part(drive, trained, tmp_path):
    seen = drive(
        "steps:patches_from_dialog", **{n: trained[n] for n in ("image", "polygons")}, dataset=tmp_path / "data set"
    )
    assert seen["patches"] == 3 * 126
    assert seen["parts"] == ["Not used", "Test", "Training", "Validation"]
    assert (tmp_path / "data set" / "dataset_report.html").exists()


def test_tiles_cut_in_the_dialog_show_where_they_lie_and_in_which_part(drive, trained, tmp_path):
    seen = drive("steps:tiles_from_dialog", image=trained["image"], labels=trained["risk"], tiles=tmp_path / "tiles ü",
        layers="Tiles,Blocks",
    )  # fmt: skip
    assert seen == {name: ["test", "train", "val"] for name in ("Tiles", "Blocks")}
    assert len(list((tmp_path / "tiles ü" / "masks").glob("*.tif"))) == 64


def test_cancel_ends_the_worker_within_five_seconds(drive, trained, tmp_path):
    seen = drive("steps:cancel_from_dialog", image=trained["image"], model=trained["slow"], map=tmp_path / "map.tif")
    assert seen["took"] < 5 * crowding()
    assert seen["layers"] == ["image"]
    assert not (tmp_path / "map.tif").exists()
