"""Model files say all that is needed to map with them, and are safe to open whoever sent them."""

from __future__ import annotations

import dataclasses
import io
import json
import pickle
import sqlite3
import zipfile
from pathlib import Path

import forests
import joblib
import numpy as np
import pytest
import rasterio
from conftest import BANDS, CLASSES, reflectance, write_raster
from rasterio.crs import CRS
from rasterio.transform import from_origin
from sklearn.ensemble import RandomForestClassifier

from landloom import models, predictors, samples
from landloom.errors import ModelError
from landloom.grids import Grid
from landloom.rasters import open_stack

VALUES, CLASS_ID = forests.noise((400,), 3)


class Bomb:
    """Leaves a mark when it is unpickled."""

    def __init__(self, mark: Path):
        self.mark = mark

    def __reduce__(self):
        return Path.touch, (self.mark,)


@pytest.fixture
def forest():
    return forests.fit(VALUES, CLASS_ID)


@pytest.fixture
def saved(tmp_path, forest):
    """A model file of the bands a, b, c."""
    return forests.save(tmp_path / "saved.landloom", forest, "abc")


def rewritten(path: Path, **changed) -> Path:
    """A copy of a model file with other members; `card` is a function that changes the card."""
    card = changed.pop("card", None)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    if card:
        content = json.loads(members["card.json"])
        card(content)
        members["card.json"] = json.dumps(content).encode()
    copy = path.with_name("copy.landloom")
    with zipfile.ZipFile(copy, "w") as archive:
        for name, content in {**members, **changed.get("members", {})}.items():
            archive.writestr(name, content)
    return copy


def npy(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array(stream, array, version=(1, 0), allow_pickle=True)
    return stream.getvalue()


# --- the file -----------------------------------------------------------------------------------


def test_a_model_says_the_same_after_a_file(saved, forest):
    card, predictor = predictors.open_model(saved)
    pixels = forests.noise((500,), 3, seed=9)[0]
    share = forest.predict_proba(pixels.T.astype(np.float32))
    assert np.array_equal(predictor.probabilities(pixels), share)
    assert np.array_equal(predictor.class_ids[predictor.classify(pixels)], forest.classes_[share.argmax(axis=1)])
    assert [b.name for b in card.bands] == list("abc")
    assert card.classes.ids == [1, 2, 3]


def test_the_same_model_gives_the_same_bytes(saved, forest):
    again = forests.save(saved.with_name("again.landloom"), forest, "abc")
    assert saved.read_bytes() == again.read_bytes()


def test_the_card_holds_what_one_would_have_to_enter_again(model, scene):
    with zipfile.ZipFile(model) as archive:
        card = json.loads(archive.read("card.json"))
    assert [(b["name"], b["dtype"], b["nodata"], b["scale"], b["offset"]) for b in card["bands"]] == [
        (name, "uint16", 0, 1, 0) for name in BANDS
    ]
    assert {c["id"]: c["name"] for c in card["classes"]} == CLASSES
    assert all(c["colour"].startswith("#") for c in card["classes"])
    assert card["pixel_size"] == [10, 10]
    assert rasterio.CRS.from_wkt(card["crs"]).to_epsg() == 32633
    assert card["training"]["sample_table"]["sha256"] == models.sha256(scene.folder / "samples.parquet")
    assert (card["parameters"]["trees"], card["parameters"]["seed"]) == (20, 42)
    assert 0.5 < card["metrics"]["overall_accuracy"] <= 1
    assert {"landloom", "scikit-learn", "numpy"} <= set(card["versions"])


def test_the_card_for_people_says_it_too(model):
    text = model.with_suffix(".md").read_text(encoding="utf-8")
    for part in ("| B8 | uint16 | 0", "| 2 | Forest | #", "Pixel size 10 × 10", "trees 20", "seed 42", "SHA-256",
                 "scikit-learn", "overall accuracy", "| model \\ sample | Field | Forest | Water |"):  # fmt: skip
        assert part in text, part


def test_a_class_with_a_bar_in_its_name_does_not_break_the_card(tmp_path, saved):
    card, _ = models.load(saved)
    training = {"samples": 9, "polygons": "p", "image": "i", "sample_table": {"sha256": "0"}}
    named = models.classes.make_table([{"id": 1, "name": "a|b"}, {"id": 2, "name": "c"}])
    card = dataclasses.replace(card, training=training, classes=named, versions={"landloom": "1"})
    models.write_card(tmp_path / "m.landloom", card, [])
    assert "| 1 | a\\|b | #" in (tmp_path / "m.md").read_text()


# --- what somebody sent ---------------------------------------------------------------------------


def test_pickled_objects_among_the_weights_are_never_unpickled(saved, tmp_path):
    mark = tmp_path / "mark"
    bomb = np.array([Bomb(mark)], dtype=object)
    with zipfile.ZipFile(saved) as archive:
        names = [name for name in archive.namelist() if name.startswith("weights/")]
    for name in (*names, "weights/more.npy"):
        with pytest.raises(ModelError, match="objects in place of numbers"):
            predictors.open_model(rewritten(saved, members={name: npy(bomb)}))
    with pytest.raises(ModelError):
        predictors.open_model(rewritten(saved, members={names[0]: pickle.dumps(Bomb(mark))}))
    assert not mark.exists()
    pickle.loads(pickle.dumps(Bomb(mark)))
    assert mark.exists(), "the bomb works"


@pytest.mark.parametrize("suffix", [".landloom", ".joblib"])
def test_a_model_that_is_exchanged_during_a_run_is_neither_used_nor_opened(model, tmp_path, monkeypatch, suffix):
    path, mark = tmp_path / f"m{suffix}", tmp_path / "mark"
    path.write_bytes(model.with_suffix(suffix).read_bytes())
    sha256 = models.sha256(path)
    _, opened = predictors.open_model(path, {sha256})
    joblib.dump(Bomb(mark), path)
    assert predictors.open_once(str(path), sha256) is opened  # this process goes on with what it has
    monkeypatch.setattr(predictors, "_opened", {})  # as in another process, which has opened nothing yet
    with pytest.raises(ModelError, match=f"m{suffix} was changed while it was mapped with"):
        predictors.open_once(str(path), sha256)
    assert not mark.exists()


@pytest.mark.parametrize("name", ["/tmp/landloom-evil.npy", "../../evil.npy", "weights/../../evil.npy"])
def test_names_that_lead_out_of_the_archive_write_nothing(saved, tmp_path, name):
    before = sorted(tmp_path.rglob("*"))
    copy = rewritten(saved, members={name: npy(np.zeros(3))})
    predictors.open_model(copy)
    assert sorted(tmp_path.rglob("*")) == sorted([*before, copy])
    assert not Path("/tmp/landloom-evil.npy").exists()


def test_formulas_of_a_card_are_arithmetic_or_refused(saved, tmp_path):
    def evil(card):
        card["features"] = [
            {"name": "f", "expression": f"__import__('pathlib').Path({str(tmp_path / 'mark')!r}).touch()"}
        ]

    with pytest.raises(ModelError, match="other than"):
        predictors.open_model(rewritten(saved, card=evil))
    assert not (tmp_path / "mark").exists()


def test_a_joblib_file_that_is_not_known_is_not_opened(tmp_path, run):
    mark = tmp_path / "mark"
    image = write_raster(tmp_path / "i.tif", VALUES.reshape(3, 20, 20), names="abc")
    for sent in (tmp_path / "sent.joblib", tmp_path / "SENT.JOBLIB"):
        joblib.dump(Bomb(mark), sent)
        with pytest.raises(ModelError, match=r"does not know.*Trust the model file"):
            run("predict", model=sent, images=image, map=tmp_path / "map.tif", record=False)
        assert not mark.exists()
    with pytest.raises(ModelError, match="is not a model that Landloom wrote"):
        run("predict", model=sent, images=image, map=tmp_path / "map.tif", record=False, trust=True)
    assert mark.exists(), "trusted, it is opened"


def test_a_joblib_file_of_the_catalogue_maps_like_its_model_until_it_is_changed(scene, model, run):
    beside = model.with_suffix(".joblib")
    known = run("predict", model=beside, images=scene.image, map=scene.folder / "known.tif")
    safe = run("predict", model=model, images=scene.image, map=scene.folder / "safe.tif")
    assert Path(known.map).read_bytes() == Path(safe.map).read_bytes()
    joblib.dump(joblib.load(beside), beside)  # the same model in other bytes
    with pytest.raises(ModelError, match="does not know"):
        run("predict", model=beside, images=scene.image, map=scene.folder / "map.tif")


def test_looking_up_a_joblib_file_records_nothing_unasked(scene, model, run):
    given = {"model": model.with_suffix(".joblib"), "images": scene.image, "map": scene.folder / "map.tif"}
    assert run("predict", **given, record=False).map_id is None
    assert run("list_maps", layer=scene.folder / "maps.gpkg").count == 0
    assert run("predict", **given).map_id == 1


def test_looking_up_a_joblib_file_makes_no_catalogue(tmp_path, own_home, run):
    joblib.dump(RandomForestClassifier(), tmp_path / "m.joblib")
    image = write_raster(tmp_path / "i.tif", VALUES.reshape(3, 20, 20))
    with pytest.raises(ModelError, match="does not know"):
        run("predict", model=tmp_path / "m.joblib", images=image, map=tmp_path / "map.tif", record=False)
    assert not list(own_home.iterdir())


# --- what is broken ---------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0, 0.1, 0.5, 0.99])
def test_a_file_that_was_cut_short_is_named(saved, share):
    saved.write_bytes(saved.read_bytes()[: int(share * saved.stat().st_size)])
    with pytest.raises(ModelError, match=r"saved\.landloom is not a Landloom model or is damaged"):
        predictors.open_model(saved)


def test_damaged_bytes_anywhere_are_told_or_do_no_harm(saved):
    whole, random = saved.read_bytes(), np.random.default_rng(0)
    for place in random.integers(0, len(whole), 150):
        broken = bytearray(whole)
        broken[place] ^= 0xFF
        saved.write_bytes(broken)
        try:
            predictors.open_model(saved)
        except ModelError as error:
            assert "saved.landloom" in str(error)


def test_a_model_of_a_later_version_says_so(saved):
    with pytest.raises(ModelError, match=r"later version of Landloom\. Upgrade"):
        predictors.open_model(rewritten(saved, card=lambda card: card.update(format=2)))


def test_a_model_of_another_kind_says_so(saved):
    with pytest.raises(ModelError, match=r"of the kind .quantum., with which no map can be made"):
        predictors.open_model(rewritten(saved, card=lambda card: card.update(kind="quantum")))


@pytest.mark.parametrize("value", [None, 1, -1.5, "x", [], {}, [[]], [{}], [0, 0], True])
def test_cards_with_anything_in_place_of_anything_are_refused_in_words(saved, tmp_path, value):
    image = write_raster(tmp_path / "i.tif", VALUES.reshape(3, 20, 20), names="abc")
    stack = open_stack([image])
    with zipfile.ZipFile(saved) as archive:
        keys = list(json.loads(archive.read("card.json")))
    for key in keys:
        try:
            card, _ = predictors.open_model(rewritten(saved, card=lambda c, key=key: c.update({key: value})))
            models.reader_for(card, stack)
            models.pixel_size_notes(card, stack.grid)
        except ModelError as error:
            assert "copy.landloom" in str(error) or "image" in str(error)
        with pytest.raises(ModelError, match="incomplete or damaged"):
            predictors.open_model(rewritten(saved, card=lambda c, key=key: c.pop(key)))
    stack.close()


@pytest.mark.parametrize("change", [
    lambda card: card["classes"].pop(),
    lambda card: card["inputs"].pop(),
    lambda card: card["classes"][0].update(id=9),
])  # fmt: skip
def test_a_card_that_does_not_fit_its_forest_is_refused(saved, change):
    with pytest.raises(ModelError, match="other classes or columns than its forest"):
        predictors.open_model(rewritten(saved, card=change))


def test_a_model_that_is_not_there_is_told(tmp_path):
    for name in ("none.landloom", "none.joblib"):
        with pytest.raises(ModelError, match=rf"{name} (does not exist|cannot be read)"):
            predictors.open_model(tmp_path / name)


# --- model and image --------------------------------------------------------------------------------


@pytest.fixture
def bands(tmp_path, saved, forest, run):
    """A way to map an image with other bands; gives the map, the expected classes and the warnings."""

    def go(order=(0, 1, 2), names="abc", change=lambda dataset: None, dtype="uint16", pixel=10):
        values = VALUES.reshape(3, 20, 20)
        transform = from_origin(0, 0, pixel, pixel)
        image = write_raster(tmp_path / "i.tif", values[list(order)].astype(dtype), names=names, transform=transform)
        with rasterio.open(image, "r+") as dataset:
            change(dataset)
        done = run("predict", model=saved, images=image, map=tmp_path / "m.tif", record=False)
        with rasterio.open(done.map) as dataset:
            mapped = dataset.read(1)
        return mapped, forest.predict(VALUES.T.astype(np.float32)).reshape(20, 20), done.warnings

    return go


def test_bands_are_matched_by_name_whatever_their_order(bands):
    mapped, expected, warnings = bands(order=(2, 0, 1), names="cab")
    assert np.array_equal(mapped, expected)
    assert not warnings


def test_bands_without_names_are_taken_in_order_and_it_is_said(bands):
    mapped, expected, warnings = bands(names=None)
    assert np.array_equal(mapped, expected)
    assert any("no names" in text and "band_1, band_2, band_3 of the image" in text for text in warnings)


def test_an_image_that_lacks_a_band_is_refused_with_a_table(bands):
    with pytest.raises(ModelError) as told:
        bands(names=("a", "z", "c"))
    lines = str(told.value).splitlines()
    assert lines[0] == "The image lacks what the model needs: b."
    assert [line.split() for line in lines[1:5]] == [
        ["model", "expects", "image", "has"], ["a", "(uint16)", "a", "(uint16)"], ["b", "(uint16)", "z", "(uint16)"],
        ["c", "(uint16)", "c", "(uint16)"],
    ]  # fmt: skip


def test_an_image_that_is_scaled_otherwise_is_refused_with_a_table(bands):
    def scale(dataset):
        dataset.scales = (1, 0.0001, 1)

    with pytest.raises(ModelError, match=r"(?s)Band b .* scaled otherwise.*b \(uint16 × 0\.0001 \+ 0\)"):
        bands(change=scale)


def test_another_type_or_pixel_size_is_a_warning(tmp_path, scene, model, run):
    half = write_raster(
        tmp_path / "half.tif", reflectance(scene.truth).astype(np.float32), 0, names=BANDS,
        transform=from_origin(500_000, 5_400_000, 5, 5),
    )  # fmt: skip
    warnings = run("predict", model=model, images=half, map=tmp_path / "m.tif").warnings
    assert any("float32 here and were uint16 in training: B2" in text for text in warnings)
    assert any("pixels are 5 × 5 m" in text and "10 × 10" in text for text in warnings)


@pytest.mark.parametrize(("degrees", "told"), [(9e-5, False), (2.7e-4, True)])  # a degree of latitude is 111.2 km
def test_pixel_sizes_in_degrees_and_metres_are_compared_by_their_heights(saved, degrees, told):
    card = dataclasses.replace(models.load(saved)[0], pixel_size=(10, 10), crs=CRS.from_epsg(32633).to_wkt())
    grid = Grid(10, 10, from_origin(15, 48, 1.5 * degrees, degrees), CRS.from_epsg(4326))
    notes = models.pixel_size_notes(card, grid)
    assert [("30.02 m" in text, "were 10." in text) for text in notes] == [(True, True)] * told


# --- secrets ----------------------------------------------------------------------------------------


def test_nothing_secret_gets_into_a_model_its_cards_report_or_catalogue(scene, run, own_home):
    run("extract_samples", images=scene.image, polygons=scene.polygons, class_field="class_id",
        samples=scene.folder / "s.parquet")  # fmt: skip
    data = samples.read(scene.folder / "s.parquet")
    data.meta["image"] = "/vsicurl/https://me:hunter2@host/i.tif?sig=hunter2&v=1"
    data.meta["polygons"] = "postgresql://me:hunter2@host/db"
    samples.write(scene.folder / "s.parquet", data)
    done = run("train_random_forest", samples=scene.folder / "s.parquet", trees=5, model=scene.folder / "m.landloom",
               report=scene.folder / "r.html")  # fmt: skip
    with zipfile.ZipFile(done.model) as archive:
        assert b"hunter2" not in archive.read("card.json")
    with sqlite3.connect(own_home / "catalogue.gpkg") as database:
        assert "hunter2" not in "\n".join(database.iterdump())
    assert "hunter2" not in str(joblib.load(scene.folder / "m.joblib").landloom_card)
    for name in ("m.md", "r.html", "m.landloom.json", "r.html.json"):
        assert "hunter2" not in (scene.folder / name).read_text(encoding="utf-8"), name
    assert "hunter2" not in str(done.events)
    assert "/vsicurl/https://…@host/i.tif?sig=…&v=1" in (scene.folder / "m.md").read_text(encoding="utf-8")
