"""Refining a map as a stage: what comes out, in any encoding and however the work is cut, and what is refused."""

import json
import os
import resource
import shutil
import signal
import threading
from pathlib import Path
from types import SimpleNamespace

import crf_scenes
import forests
import numpy as np
import psutil
import pytest
import rasterio
from conftest import write_raster
from crf_scenes import BANDS, CLASSES, crew_of, image, shares, truth, write_shares
from rasterio.transform import from_origin

from landloom import crf, provenance
from landloom.catalogue import MAPS, open_catalogue
from landloom.errors import Cancelled, InputError, ParameterError
from landloom.job import Job
from landloom.runner import run_stage
from landloom.stages.refine_crf import RefineCrf

HEIGHT, WIDTH = 300, 340
IDS = np.array(CLASSES.ids)


def refine(**values):
    """Run the stage; gives its outputs and what it told. Only with a catalogue is the map recorded."""
    told = []
    values = {"record": "catalogue" in values, **values}
    with Job(told.append) as job:
        outputs = run_stage(
            RefineCrf, {k: v if isinstance(v, (int, float)) else str(v) for k, v in values.items()}, job
        )
    return SimpleNamespace(told=[e["text"] for e in told if "text" in e], **outputs)


def read(path):
    with rasterio.open(path) as dataset:
        return dataset.read()


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    """Probabilities with a hole, an image with another, the truth, and what comes out with two jobs."""
    folder = tmp_path_factory.mktemp("fälle und mehr")
    places = truth(HEIGHT, WIDTH)
    values, picture = shares(places), image(places)
    values[:, 30:60, 40:90] = np.nan
    picture[:, 200:220, 250:300] = 0
    paths = {
        "probabilities": write_shares(folder / "p.tif", values),
        "images": write_raster(folder / "i.tif", picture, 0, names=BANDS),
    }
    done = refine(**paths, map=folder / "map.tif", refined=folder / "refined.tif", tile=256, jobs=2)
    return SimpleNamespace(folder=folder, places=places, values=values, picture=picture, paths=paths, done=done)


# --- what comes out -----------------------------------------------------------------------------


def test_the_map_is_more_accurate_and_styled_with_the_classes_of_the_probabilities(case):
    with rasterio.open(case.done.map) as dataset:
        mapped = dataset.read(1)
        assert (dataset.dtypes[0], dataset.nodata, dataset.crs) == ("uint8", 0, "EPSG:32633")
        assert dataset.tags(1)["CLASS_9"] == "Water"
        assert dataset.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
    there = mapped > 0
    before = np.mean(case.values.argmax(axis=0)[there] == case.places[there])
    assert before < 0.9
    assert np.mean(mapped[there] == IDS[case.places][there]) > 0.985
    assert 'label="Water"' in (case.folder / "map.qml").read_text(encoding="utf-8")


def test_probabilities_come_out_as_they_came_in(case):
    with rasterio.open(case.done.refined) as dataset:
        values = dataset.read()
        assert (dataset.dtypes[0], dataset.nodata, dataset.units[0]) == ("uint8", 255, "%")
        assert dataset.descriptions == tuple(CLASSES.names)
    mapped, there = read(case.done.map)[0], values[0] != 255
    assert np.abs(values.astype(int).sum(axis=0)[there] - 100).max() <= 1
    clear = there & (np.sort(values, axis=0)[-1].astype(int) - np.sort(values, axis=0)[-2] > 1)
    assert np.array_equal(IDS[values.argmax(axis=0)][clear], mapped[clear])
    again = refine(probabilities=case.done.refined, images=case.paths["images"], map=case.folder / "again.tif")
    assert again.changed_share < 0.02, "what was written can be refined again"


def test_nodata_stays_nodata_and_what_the_image_does_not_show_stays_as_it_is(case):
    mapped, refined = read(case.done.map)[0], read(case.done.refined)
    hole = np.zeros(mapped.shape, bool)
    hole[30:60, 40:90] = True
    assert np.array_equal(mapped == 0, hole)
    assert np.array_equal(refined[0] == 255, hole)
    unseen = np.s_[200:220, 250:300]
    assert np.array_equal(refined[:, *unseen], read(case.paths["probabilities"])[:, *unseen])
    assert (case.done.nodata_pixels, case.done.kept_pixels) == (1500, 1000)
    assert case.done.refined_pixels == HEIGHT * WIDTH - 2500
    assert any("1,000 pixels have probabilities but no image" in text for text in case.done.told)


def test_the_changed_pixels_are_counted(case):
    before = IDS[read(case.paths["probabilities"]).argmax(axis=0)]
    mapped = read(case.done.map)[0]
    changed = int(((mapped != before) & (mapped > 0)).sum())
    assert case.done.changed_pixels == changed > 1000
    assert case.done.changed_share == pytest.approx(changed / (HEIGHT * WIDTH - 1500), abs=1e-6)
    assert case.done.mapped_hectares == pytest.approx((HEIGHT * WIDTH - 1500) / 100, rel=0.001)


def test_the_map_is_recorded_with_the_model_of_its_probabilities(case, tmp_path):
    probabilities = shutil.copy(case.paths["probabilities"], tmp_path / "p.tif")
    (tmp_path / "m.landloom").write_bytes(b"a model")
    entry = {"source": str(tmp_path / "m.landloom"), **provenance.fingerprint(tmp_path / "m.landloom")}
    (tmp_path / "p.tif.json").write_text(json.dumps({"inputs": {"model": [entry]}, "parameters": {}}))
    book = open_catalogue(str(tmp_path / "book.gpkg"), None, {}, {})
    model_id = book.record_model(tmp_path / "m.landloom", "segmentation", "tiles", {}, {})
    given = {"images": case.paths["images"], "catalogue": tmp_path / "book.gpkg", "iterations": 1}
    done = refine(probabilities=probabilities, map=tmp_path / "map.tif", year=2025, month=6, **given)
    (row,) = book.rows(MAPS)
    assert (row["prediction_id"], row["model_id"]) == (done.map_id, model_id)
    assert (row["prediction_path"], row["year"], row["month"]) == (str(tmp_path / "map.tif"), 2025, 6)
    unknown = refine(probabilities=case.paths["probabilities"], map=tmp_path / "other.tif", **given)
    assert [r["model_id"] for r in book.rows(MAPS) if r["prediction_id"] == unknown.map_id] == [None]


def test_what_is_nodata_has_no_influence_on_its_neighbours(case, tmp_path):
    """Other values below the same holes give the same map."""
    stored, picture = read(case.paths["probabilities"]), case.picture.copy()
    picture[:, 30:60, 40:90] = picture[:, 59:29:-1, 89:39:-1]  # other places, same percentiles
    stored[0, 30:60, 40:90] = 3  # one band without data is enough for none
    probabilities = write_shares(tmp_path / "p.tif", np.where(stored == 255, np.nan, stored / 100))
    done = refine(
        probabilities=probabilities, images=write_raster(tmp_path / "i.tif", picture, 0, names=BANDS),
        map=tmp_path / "map.tif", tile=256,
    )  # fmt: skip
    assert np.array_equal(read(done.map), read(case.done.map))


def test_floats_give_nearly_the_map_of_percents(case, tmp_path):
    floats = write_shares(tmp_path / "p.tif", case.values, percent=False)
    done = refine(probabilities=floats, images=case.paths["images"], map=tmp_path / "m.tif", refined=tmp_path / "r.tif")
    with rasterio.open(done.refined) as dataset:
        assert dataset.dtypes[0] == "float32"
        values = dataset.read()
    assert np.array_equal(np.isnan(values[0]), np.isnan(case.values[0]))
    assert np.nanmax(np.abs(values.sum(axis=0) - 1)) < 1e-5
    assert np.mean(read(done.map) != read(case.done.map)) < 0.005


def test_tiles_show_no_seam(case, tmp_path):
    """Two by two tiles against one: at most one pixel in 10,000 has another class."""
    whole = refine(**case.paths, map=tmp_path / "m.tif")
    assert any(text.startswith("Tiles of 512 pixels with a halo of 25") for text in whole.told)
    assert any(text.startswith("Tiles of 256 pixels") for text in case.done.told)
    assert np.mean(read(whole.map) != read(case.done.map)) < 1e-4


def test_the_jobs_do_not_change_a_byte(case, tmp_path):
    done = refine(**case.paths, map=tmp_path / "map.tif", refined=tmp_path / "refined.tif", tile=256, jobs=1)
    for one, other in ((done.map, case.done.map), (done.refined, case.done.refined)):
        assert Path(one).read_bytes() == Path(other).read_bytes()


def test_weights_of_nothing_leave_the_map_as_it_was(case, tmp_path):
    done = refine(**case.paths, map=tmp_path / "m.tif", spatial_compat=0, bilateral_compat=0)
    assert done.changed_pixels == 0


def test_an_image_on_another_grid_is_resampled_and_that_is_told(case, tmp_path):
    twice = case.picture.repeat(2, axis=1).repeat(2, axis=2)
    fine = write_raster(tmp_path / "i.tif", twice, 0, names=BANDS, transform=from_origin(500_000, 5_400_000, 5, 5))
    done = refine(probabilities=case.paths["probabilities"], images=fine, map=tmp_path / "m.tif", resampling="nearest")
    assert any("has another pixel grid" in text and "nearest neighbour" in text for text in done.told)
    own = refine(**case.paths, map=tmp_path / "own.tif")
    assert np.mean(read(done.map) != read(own.map)) < 0.005


def test_an_image_of_one_band_is_enough_and_bands_can_be_chosen(case, tmp_path):
    done = refine(**case.paths, map=tmp_path / "m.tif", bands="nir")
    assert done.refined_pixels == case.done.refined_pixels
    assert any("red, green, blue were looked at" in text for text in case.done.told)
    assert not any("were looked at" in text for text in done.told)


@pytest.mark.parametrize("names", [CLASSES.names, ["a", "b", "c"], ["Water", "Field", "Forest"]])
def test_without_classes_of_its_own_the_raster_takes_those_of_the_table(names, case, tmp_path):
    """Bands called like the classes are taken by name, others one by one."""
    order = [CLASSES.names.index(name) for name in names] if "Water" in names else [0, 1, 2]
    path = write_shares(tmp_path / "p.tif", case.values[order], classes=None, names=names)
    with pytest.raises(ParameterError, match=r"does not say which class each band is for.*CLASSES"):
        refine(probabilities=path, images=case.paths["images"], map=tmp_path / "m.tif")
    table = ";".join(f"{c.id}:{c.name}" for c in CLASSES)
    done = refine(probabilities=path, images=case.paths["images"], map=tmp_path / "m.tif", classes=table, tile=256)
    assert np.array_equal(read(done.map), read(case.done.map))


def test_probabilities_that_are_all_nodata_make_an_empty_map_and_that_is_told(case, tmp_path):
    path = write_shares(tmp_path / "p.tif", np.full_like(case.values, np.nan))
    done = refine(probabilities=path, images=case.paths["images"], map=tmp_path / "m.tif")
    assert (done.changed_share, done.nodata_pixels) == (None, HEIGHT * WIDTH)
    assert any(text.startswith("Nothing was mapped") for text in done.told)


def test_rasters_without_a_place_are_refined(tmp_path):
    places = truth(60, 60)
    done = refine(
        probabilities=write_shares(tmp_path / "p.tif", shares(places), crs=None),
        images=write_raster(tmp_path / "i.tif", image(places), 0, crs=None), map=tmp_path / "m.tif",
    )  # fmt: skip
    assert np.mean(read(done.map)[0] == IDS[places]) > 0.94
    assert done.mapped_hectares is None


# --- what is refused ----------------------------------------------------------------------------


def refused(error, words, case, folder, **given):
    with pytest.raises(error, match=words):
        refine(**{**case.paths, "map": folder / "m.tif", **given})
    assert not [path for path in folder.iterdir() if path.name.startswith((".", "m"))], "nothing is left over"


def test_a_class_map_is_refused(case, tmp_path):
    refused(InputError, "is a class map. Choose the probabilities", case, tmp_path, probabilities=case.done.map)
    plain = write_raster(tmp_path / "one.tif", case.picture[:1])
    refused(InputError, "has one band. Choose the probabilities", case, tmp_path, probabilities=plain)


def test_a_class_table_of_another_length_is_refused(case, tmp_path):
    refused(ParameterError, r"has 3 bands \(Field, Forest, Water\), the class table has 2", case, tmp_path,
            classes="1:a;2:b")  # fmt: skip


@pytest.mark.parametrize(
    ("percent", "value", "words"), [(True, 1.2, "holds 120"), (False, 1.2, "holds 1.2"), (False, -0.1, "holds -0.1")]
)
def test_values_that_are_no_probabilities_are_refused(percent, value, words, case, tmp_path):
    values = case.values.copy()
    values[1, 250, 300] = value
    path = write_shares(tmp_path / "p.tif", values, percent)
    refused(InputError, f"{words}, which is no probability", case, tmp_path, probabilities=path)


def test_an_image_elsewhere_is_refused(case, tmp_path):
    far = write_raster(tmp_path / "i.tif", case.picture, 0, transform=from_origin(600_000, 5_400_000, 10, 10))
    refused(InputError, "does not overlap", case, tmp_path, images=far)


def test_an_image_without_a_crs_is_refused(case, tmp_path):
    bare = write_raster(tmp_path / "i.tif", case.picture, 0, crs=None)
    refused(InputError, "i.tif has no coordinate reference system", case, tmp_path, images=bare)


def test_an_image_that_is_all_nodata_is_refused(case, tmp_path):
    empty = write_raster(tmp_path / "i.tif", np.zeros_like(case.picture), 0)
    refused(InputError, "has no data where the probabilities lie", case, tmp_path, images=empty)


def test_an_unknown_band_is_refused(case, tmp_path):
    refused(ParameterError, "has no band 'swir'", case, tmp_path, bands="swir")


def test_without_pydensecrf_it_is_said_what_to_install(case, tmp_path, monkeypatch):
    monkeypatch.setattr(crf, "find_spec", lambda name: None)
    refused(ParameterError, "layer 'crf'.*C\\+\\+ compiler", case, tmp_path)


# --- stopped half-way ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def longer(tmp_path_factory):
    """Work for nine tiles, and what an uninterrupted run gives."""
    folder = tmp_path_factory.mktemp("longer")
    places = truth(600, 700)
    given = {
        "probabilities": write_shares(folder / "p.tif", shares(places)),
        "images": [str(write_raster(folder / "i.tif", image(places), 0, names=BANDS))],
        "tile": 256, "jobs": 2, "halo": 20, "bands": "red",
    }  # fmt: skip
    forests.finish(crf_scenes.start(**given, map=folder / "m.tif"))
    return SimpleNamespace(given=given, whole=(folder / "m.tif").read_bytes())


def test_a_killed_run_leaves_no_process_goes_on_and_ends_with_the_same_bytes(longer, tmp_path):
    process = crf_scenes.start(
        _stop_with=tmp_path / ".m.tif.landloom" / "journal", **longer.given, map=tmp_path / "m.tif"
    )
    assert os.WIFSTOPPED(os.waitpid(process.pid, os.WUNTRACED)[1])
    members = crew_of(process.pid)
    assert len(members) == 2
    process.kill()
    process.stdout.close()
    assert process.wait() == -signal.SIGKILL
    _, alive = psutil.wait_procs(members, timeout=300)
    assert not alive
    assert not (tmp_path / "m.tif").exists()
    told = forests.finish(crf_scenes.start(**longer.given, map=tmp_path / "m.tif"))
    assert any(e.get("text", "").startswith("Going on with an earlier run") for e in told)
    assert (tmp_path / "m.tif").read_bytes() == longer.whole
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def cancelled_after(what, **values):
    """Run the stage until a tile is done or something is said of an earlier run; gives what it told."""
    told, cancel = [], threading.Event()

    def emit(event):
        told.append(event.get("text", ""))
        if event.get("fraction", 0) > 0.1 if what == "fraction" else "earlier run" in event.get("text", ""):
            cancel.set()

    values = {k: v if isinstance(v, (int, float)) else str(v) for k, v in values.items()}
    with Job(emit, cancel, environ=os.environ) as job, pytest.raises(Cancelled):
        run_stage(RefineCrf, {**values, "record": False}, job)
    return told


@pytest.mark.parametrize("other", [{"iterations": 5}, {"halo": 30}, {"bands": "nir"}])
def test_a_run_with_other_settings_starts_anew(other, longer, tmp_path):
    given = {**longer.given, "images": longer.given["images"][0], "map": tmp_path / "m.tif", "jobs": 1}
    cancelled_after("fraction", **given)
    texts = cancelled_after("text", **{**given, **other})
    assert any("starting anew" in text for text in texts)


def test_cancel_keeps_what_is_finished_and_ends_the_processes(longer, tmp_path):
    cancel = threading.Event()

    def emit(event):
        if event.get("fraction", 0) > 0.3:
            cancel.set()

    given = {k: v for k, v in longer.given.items() if k != "images"}
    with Job(emit, cancel, environ=os.environ) as job, pytest.raises(Cancelled):
        run_stage(RefineCrf, {**given, "images": longer.given["images"], "map": str(tmp_path / "m.tif"),
                              "probabilities": str(given["probabilities"])}, job)  # fmt: skip
    assert not crew_of(os.getpid())
    assert (tmp_path / ".m.tif.landloom" / "journal").exists()
    forests.finish(crf_scenes.start(**longer.given, map=tmp_path / "m.tif"))
    assert (tmp_path / "m.tif").read_bytes() == longer.whole


def test_a_full_disk_is_told_and_leaves_nothing(longer, tmp_path):
    def full_disk():
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))

    process = crf_scenes.start({"preexec_fn": full_disk}, **longer.given, map=tmp_path / "m.tif")
    error = forests.finish(process)[-1]
    assert (error["type"], error["kind"]) == ("error", "OutputError")
    assert "ree some space" in error["message"]
    assert not list(tmp_path.iterdir())


def test_the_output_says_how_it_was_made(case):
    made = json.loads((case.folder / "map.tif.json").read_text(encoding="utf-8"))
    assert made["made_by"]["stage"] == "refine_crf"
    assert made["parameters"]["iterations"] == 8
    assert made["versions"]["pydensecrf"] == crf.pydensecrf_version()
