"""The digitizing dock in a real QGIS window, by mouse and keys."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="module")
def scene(headless, tmp_path_factory):
    folder = tmp_path_factory.mktemp("scene ü")
    files = {"IMAGE": "image.tif", "POLYGONS": "polygons.gpkg", "REFERENCE": "reference.gpkg"}
    made = headless.run(
        "landloom:create_demo_scene", SIZE=384, POINTS=20, **{key: folder / name for key, name in files.items()}
    )
    return {"image": made["IMAGE"], "polygons": made["POLYGONS"]}


def test_from_a_new_layer_to_checked_polygons_and_edited_classes(drive, scene, tmp_path):
    seen = drive(
        "digitizing_steps:digitize",
        image=scene["image"],
        layer=tmp_path / "polygons ä.gpkg",
        table=tmp_path / "classes ä.csv",
    )
    assert seen["crs"] == "EPSG:32633", "the dialog comes with that of the image"
    assert seen["pixels"] == "3600", "60 x 60 pixels were drawn"
    assert seen["overlap"] == ["Forest and Urban overlap. Pixels there are not used."]
    assert seen["shown"] and seen["closer"], "a click on the warning shows the place"
    assert seen["undone"] == []
    assert seen["legend"]["Woodland"] == "#332288"
    assert seen["polygons"] == "1", "renaming keeps polygons"
    assert "2,Woodland,#332288,Trees that cover more than half of the ground" in seen["exported"]
    assert seen["imported"] == {"Woodland": "#117733", "Eis und Schnee ä": "#88ccee"}
    assert seen["saved"] == "1"
    assert seen["form"], "the form pops up again when one draws no more"
    assert seen["active"] == -1
    assert seen["hint"].startswith("Choose a layer"), "the layer went while the dock showed it"


@pytest.mark.parametrize(
    ("name", "look"), [("_dark_large", {"theme": "Night Mapping", "scale": 2})], ids=["dark_large"]
)
def test_the_narrow_dock_grows_a_region_in_a_class_chosen_by_key(drive, scene, name, look):
    seen = drive("digitizing_steps:look", **scene, name=name, **look)
    assert seen["classes"] == ["Agriculture", "Forest", "Parcels", "Urban", "Water"]
    assert int(seen["counted"]) > 1
    assert seen["grown"] == ["Forest"]
    assert seen["undo"] == "Grow region"
    assert seen["width"] <= 300
