"""Earth Engine's real client against a stand-in on loopback: see earth_engine_server.py."""

from __future__ import annotations

import itertools
import json
import logging
import socket
import threading
from types import SimpleNamespace

import ee
import numpy as np
import pandas as pd
import pytest
import rasterio
import requests
from affine import Affine
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from earth_engine_server import TOKEN, EarthEngineServer, calls, jwt_parts
from postgres import held_port
from rasterio.crs import CRS

from landloom.earth_engine import client, settings, source, threads
from landloom.earth_engine.client import Access
from landloom.errors import Cancelled, InputError, ParameterError
from landloom.job import Job
from landloom.patches.dataset import open_dataset
from landloom.patches.store import WorkingStore, open_patches
from landloom.runner import run_stage
from landloom.stages import _earth_engine as parameters
from landloom.stages import find_stage

pytestmark = pytest.mark.usefixtures("without_pictures")

UTM33 = CRS.from_epsg(32633)
BANDS = ("B2", "B8", "B11")
SIZE = 4
# Upper left pixels of the patches of five polygons; those of one polygon overlap but for polygon 4. Of polygon 5 one
# patch begins before the raster and one ends beyond it.
PLACES = {
    1: [(5, 6), (6, 4), (7, 7)],
    2: [(30, 10)],
    3: [(20, 40), (20, 42), (22, 41)],
    4: [(0, 30), (33, 30)],
    5: [(-2, -1), (37, 57)],
}


def stage(**changed) -> SimpleNamespace:
    values = {
        "collection": "COPERNICUS/S2_SR_HARMONIZED",
        "start_date": "2024-01-01",
        "end_date": "2025-01-01",
        "cloud_mask": "scl",
        "most_cloud": None,
        "reducer": "median",
        "scale": 10.0,
        "crs": None,
        "bands": BANDS,
        "patch_size": SIZE,
        "jitter": 2,
    }
    return SimpleNamespace(**{**values, **changed})


HANGS_S = 600  # only what hangs takes so long


@pytest.fixture(autouse=True)
def nobody(tmp_path, monkeypatch):
    """No test sees the developer's credentials, and none looks for Google's cloud around it."""
    for name in ("EE_PROJECT", "GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_CLOUD_PROJECT", "http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path / "gcloud"))
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    yield
    ee.Reset()


@pytest.fixture
def pixels():
    """(bands, height, width): negative numbers, zeros, and no data band by band."""
    random = np.random.default_rng(7)
    found = random.integers(-200, 6000, (len(BANDS), 40, 60)).astype(np.float64)
    found[:, 6, 5:9] = 0
    found[0, 8, 8] = np.nan
    found[2, 20:22, 40:44] = np.nan
    return found


@pytest.fixture
def server(pixels):
    server = EarthEngineServer(pixels, BANDS, Affine(10, 0, 500_000, 0, -10, 5_400_000), "EPSG:32633")
    yield server
    server.close()


def planned(folder, places=PLACES, crs=UTM33, **changed):
    """A data set on the grid of the stand-in's raster, and its manifest."""
    given = stage(**changed)
    config = {
        "format": 1,
        "patch_size": SIZE,
        "classes": [{"id": 1, "name": "Field", "colour": "#ffff00"}],
        "bands": [vars(band) for band in settings.bands_of(given)],
        "source": settings.source_of(given),
        "polygons": "polygons.gpkg",
        "grid": {
            "height": 40,
            "width": 60,
            "transform": [10, 0, 500_000, 0, -10, 5_400_000],
            "crs": crs.to_wkt(),
        },
    }
    (folder / "metadata").mkdir(parents=True, exist_ok=True)
    (folder / "metadata/dataset_config.json").write_text(json.dumps(config))
    rows = [(polygon, row, col) for polygon, corners in places.items() for row, col in corners]
    return open_dataset(folder), pd.DataFrame(rows, columns=["polygon_id", "row", "col"])


@pytest.fixture
def extracted(tmp_path, server):
    """Fetch patches; gives `patches`, `outcomes` by row, and the manifest."""

    number = itertools.count()

    def extract(places=PLACES, todo=None, jobs=None, job=None, access=None, attempts=5, delay=1e-4, **changed):
        dataset, manifest = planned(tmp_path / "set", places, **changed)
        ids = np.arange(len(manifest)).astype(str).astype(object)
        into = WorkingStore(dataset.path(f"pixels{next(number)}.h5"), ids, dataset.shape)
        for row in range(len(manifest)):
            into.blank(row)
        asked = source.EarthEngineSource(dataset, access or Access("my-project", None, server.url), attempts, delay)
        todo = np.arange(len(manifest)) if todo is None else np.asarray(todo)
        outcomes = list(asked.fetch(manifest, todo, into, jobs, job or Job()))
        patches = into.read(np.arange(len(manifest)))
        return SimpleNamespace(
            patches=patches, outcomes={o.row: o for o in outcomes}, number=len(outcomes), plan=manifest
        )

    return extract


def expected(pixels, manifest) -> np.ndarray:
    """The patches, sliced out of the raster with a border of NaN."""
    border = np.pad(pixels, ((0, 0), (9, 9), (9, 9)), constant_values=np.nan)
    cut = [
        border[:, r + 9 : r + 9 + SIZE, c + 9 : c + 9 + SIZE]
        for r, c in zip(manifest["row"], manifest["col"], strict=True)
    ]
    return np.stack(cut).transpose(0, 2, 3, 1).astype(np.float32)


def lattice(number: int) -> dict:
    """So many polygons with a patch each."""
    return {i: [(4 * (i % 9), 4 * (i // 9))] for i in range(number)}


# --- the pixels -------------------------------------------------------------------------------


def test_patches_are_the_pixels_of_the_image_and_masked_ones_are_nan_band_by_band(extracted, pixels):
    got = extracted()
    wanted = expected(pixels, got.plan)
    assert np.isnan(wanted).any() and (wanted == 0).any() and (wanted < 0).any()
    np.testing.assert_array_equal(got.patches, wanted)
    assert sorted(got.outcomes) == list(range(11)) and got.number == 11
    assert not any(o.error for o in got.outcomes.values())


def test_overlapping_patches_of_a_polygon_share_a_request(extracted, server):
    extracted()
    sizes = sorted(
        (r.body["grid"]["dimensions"]["height"], r.body["grid"]["dimensions"]["width"]) for r in server.asked
    )
    # Polygon 1: rows 5-10, columns 4-10. Polygon 3: rows 20-25, columns 40-45. The others lie apart.
    assert sizes == [(4, 4)] * 5 + [(6, 6), (6, 7)]


def test_patches_share_the_time_of_their_request(extracted, monkeypatch):
    clock = iter([100.0, 103.0])
    monkeypatch.setattr(source, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    assert [o.seconds for o in extracted({1: PLACES[1]}).outcomes.values()] == [1, 1, 1]


def test_the_grid_of_a_request_is_the_window_of_the_grid(extracted, server):
    extracted({1: [(30, 10)]})
    grid = server.asked[0].body["grid"]
    assert grid == {
        "dimensions": {"width": 4, "height": 4},
        "affineTransform": {
            "scaleX": 10, "shearX": 0, "translateX": 500_100, "shearY": 0, "scaleY": -10, "translateY": 5_399_700,
        },
        "crsCode": "EPSG:32633",
    }  # fmt: skip


def test_a_crs_without_code_is_sent_as_wkt(extracted, server, pixels):
    own = CRS.from_proj4("+proj=laea +lat_0=48.7 +lon_0=15.2 +datum=WGS84 +units=m")
    server.crs = own
    got = extracted(crs=own)
    assert "crsWkt" in server.asked[0].body["grid"] and "crsCode" not in server.asked[0].body["grid"]
    np.testing.assert_array_equal(got.patches, expected(pixels, got.plan))


def test_only_what_is_left_to_do_is_asked_for(extracted, server, pixels):
    got = extracted(todo=[2, 3])
    wanted = expected(pixels, got.plan)
    np.testing.assert_array_equal(got.patches[2:4], wanted[2:4])
    assert np.isnan(np.delete(got.patches, [2, 3], axis=0)).all()
    assert len(server.asked) == 2


def test_nothing_to_do_asks_nobody(extracted, server):
    assert extracted(todo=[]).number == 0
    assert server.requests == []


def test_a_window_that_is_too_much_together_is_asked_for_patch_by_patch(extracted, server, pixels):
    def refuse_large(body):
        return (400, "User memory limit exceeded.") if body["grid"]["dimensions"]["width"] > SIZE else "ok"

    server.always = refuse_large
    got = extracted({3: PLACES[3]})
    np.testing.assert_array_equal(got.patches, expected(pixels, got.plan))
    assert len(server.asked) == 4
    assert [got.outcomes[i].attempts for i in range(3)] == [2, 2, 2]


def test_requests_stay_within_what_an_answer_may_hold():
    # Two patches of 1800 × 1800 pixels, 4 bands of 4 bytes: 49.4 MiB each way alone, together too much.
    manifest = pd.DataFrame({"polygon_id": [1, 1], "row": [0, 10], "col": [0, 10]})
    together = source.requests_for(manifest, np.arange(2), 1700, 4)
    apart = source.requests_for(manifest, np.arange(2), 1770, 4)
    assert [len(r.rows) for r in together] == [2]
    assert [len(r.rows) for r in apart] == [1, 1]


# --- what is asked for ------------------------------------------------------------------------


def test_the_expression_has_collection_dates_place_and_bands(extracted, server):
    extracted({1: [(0, 0)]})
    asked = server.expressions[0]
    assert calls(asked, "ImageCollection.load")[0]["id"] == "COPERNICUS/S2_SR_HARMONIZED"
    assert calls(asked, "DateRange")[0] == {"start": "2024-01-01", "end": "2025-01-01"}
    (rectangle,) = calls(asked, "GeometryConstructors.Rectangle")
    assert rectangle["geodesic"] is False, "its edges follow the parallels"
    west, south, east, north = rectangle["coordinates"]
    # The zone's middle is 15° E; 40 m are about 0.00054° there. Northing 5,400,000 m is 48.75° N.
    assert west == pytest.approx(15, abs=1e-5) and east - west == pytest.approx(0.00054, rel=0.02)
    assert 48.7 < south < north < 48.8
    assert calls(asked, "Image.select")[0]["bandSelectors"] == list(BANDS)
    # Of 4 bytes: what is put in place of masked pixels is of 8.
    assert asked["function"] == "Image.toFloat"
    unmask = asked["arguments"]["value"]
    assert unmask["function"] == "Image.unmask"
    assert unmask["arguments"]["sameFootprint"] is False, "also where no scene is"
    assert calls(asked, "Filter.greaterThan") == []


def test_scenes_are_reduced_to_the_bands_wanted_before_they_are_put_together(extracted, server):
    extracted({1: [(0, 0)]}, cloud_mask="none")
    (median,) = calls(server.expressions[0], "reduce.median")
    assert [list(c["bandSelectors"]) for c in calls(median, "Image.select")] == [list(BANDS)]


def test_a_window_across_the_date_line_is_not_the_whole_earth_around(extracted, server):
    own = CRS.from_proj4("+proj=laea +lat_0=10 +lon_0=180 +x_0=500020 +y_0=5399980 +datum=WGS84 +units=m")
    server.crs = own
    extracted({1: [(0, 0)]}, crs=own)
    west, _, east, _ = calls(server.expressions[0], "GeometryConstructors.Rectangle")[0]["coordinates"]
    assert west < 180 < east < west + 0.001


@pytest.mark.parametrize(
    ("reducer", "function"),
    [
        ("median", "reduce.median"), ("mean", "reduce.mean"), ("min", "reduce.min"), ("max", "reduce.max"),
        ("mosaic", "ImageCollection.mosaic"),
    ],
)  # fmt: skip
def test_each_reducer_is_earth_engines_own(extracted, server, reducer, function):
    extracted({1: [(0, 0)]}, reducer=reducer)
    assert len(calls(server.expressions[0], function)) == 1


def test_every_reducer_and_mask_on_offer_is_known(extracted):
    for reducer in parameters.REDUCERS:
        for mask in parameters.CLOUD_MASKS:
            assert not extracted({1: [(0, 0)]}, reducer=reducer, cloud_mask=mask).outcomes[0].error


def test_scl_drops_no_data_saturated_shadow_cloud_cirrus_and_snow(extracted, server):
    extracted({1: [(0, 0)]})
    mask = calls(server.expressions[0], "Image.updateMask")[0]["mask"]["arguments"]
    assert mask["image"]["arguments"]["bandSelectors"] == ["SCL"]
    assert dict(zip(mask["from"], mask["to"], strict=True)) == dict.fromkeys((0, 1, 3, 8, 9, 10, 11), 0)
    assert mask["defaultValue"] == 1


def test_cloud_probability_keeps_what_is_below_40_per_cent(extracted, server):
    extracted({1: [(0, 0)]}, cloud_mask="cloud_probability")
    asked = server.expressions[0]
    (link,) = calls(asked, "Image.linkCollection")
    assert link["imageCollection"]["arguments"]["id"] == "COPERNICUS/S2_CLOUD_PROBABILITY"
    assert link["linkedBands"] == ["probability"]
    mask = calls(asked, "Image.updateMask")[0]["mask"]
    assert mask["function"] == "Image.lt"
    assert mask["arguments"]["image1"]["arguments"]["bandSelectors"] == ["probability"]
    assert calls(mask, "Image.constant") == [{"value": 40}]


def test_cloud_score_plus_keeps_what_is_at_least_0_6(extracted, server):
    extracted({1: [(0, 0)]}, cloud_mask="cloud_score_plus")
    asked = server.expressions[0]
    (link,) = calls(asked, "Image.linkCollection")
    assert link["imageCollection"]["arguments"]["id"] == "GOOGLE/CLOUD_SCORE_PLUS/V1/S2_HARMONIZED"
    assert link["linkedBands"] == ["cs"]
    mask = calls(asked, "Image.updateMask")[0]["mask"]
    assert mask["function"] == "Image.gte"
    assert calls(mask, "Image.constant") == [{"value": 0.6}]


def test_without_mask_nothing_is_masked(extracted, server):
    extracted({1: [(0, 0)]}, cloud_mask="none")
    assert calls(server.expressions[0], "Image.updateMask") == []


@pytest.mark.parametrize(
    ("collection", "name"),
    [("COPERNICUS/S2_HARMONIZED", "CLOUDY_PIXEL_PERCENTAGE"), ("LANDSAT/LC08/C02/T1_L2", "CLOUD_COVER")],
)
def test_cloudy_scenes_are_left_out(extracted, server, collection, name):
    extracted({1: [(0, 0)]}, collection=collection, cloud_mask="none", most_cloud=60.0)
    # Earth Engine's "less or equal" is "not greater".
    assert calls(server.expressions[0], "Filter.not")[0]["filter"] == {
        "function": "Filter.greaterThan",
        "arguments": {"leftField": name, "rightValue": 60.0},
    }


# --- when it goes wrong -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "trouble", [408, 429, 500, 502, 503, "drop", "cut", "short", "page", "shape", "bands", "plain"]
)
def test_what_may_pass_is_tried_again(extracted, server, pixels, trouble):
    server.script = [trouble, trouble]
    got = extracted({1: PLACES[1]})
    np.testing.assert_array_equal(got.patches, expected(pixels, got.plan))
    assert [got.outcomes[i].attempts for i in range(3)] == [3, 3, 3]
    assert len(server.asked) == 3


@pytest.fixture
def impatient(server, monkeypatch):
    """Access with a time-out that counts only for answers that are held back: all others may take their time."""
    request = requests.Session.request

    def held_or_patiently(session, method, uri, timeout, **more):
        held = "computePixels" in uri and (server.script or [server.always])[0] == "hold"
        return request(session, method, uri, timeout=timeout if held else None, **more)

    monkeypatch.setattr(requests.Session, "request", held_or_patiently)
    return Access("my-project", None, server.url, timeout=(5, 0.3))


def test_an_answer_that_does_not_come_is_tried_again(extracted, server, pixels, impatient):
    server.script = ["hold"]
    got = extracted({1: [(0, 0)]}, access=impatient)
    np.testing.assert_array_equal(got.patches, expected(pixels, got.plan))
    assert got.outcomes[0].attempts == 2


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_refusal_is_not_tried_again_and_does_not_end_the_run(extracted, server, pixels, status):
    # One at a time, so that it is the third.
    server.script = ["ok", "ok", (status, "Collection.load: asset 'X' not found.")]
    got = extracted(lattice(30), jobs=1)
    assert [row for row, o in got.outcomes.items() if o.error] == [2]
    assert got.outcomes[2].attempts == 1
    assert got.outcomes[2].error == f"Earth Engine answered {status}: Collection.load: asset 'X' not found."
    wanted = expected(pixels, got.plan)
    wanted[2] = np.nan
    np.testing.assert_array_equal(got.patches, wanted)


def test_a_patch_is_given_up_after_all_attempts_which_are_counted_by_us_alone(extracted, server):
    server.always = lambda body: 503 if body["grid"]["affineTransform"]["translateX"] == 500_000 else "ok"
    got = extracted({1: [(0, 0)], 2: [(0, 8)]}, attempts=3)
    assert got.outcomes[0].attempts == 3
    assert got.outcomes[0].error == "Earth Engine answered 503: The stand-in was told to say so."
    assert not got.outcomes[1].error
    assert len(server.asked) == 3 + 1


@pytest.mark.parametrize(
    ("trouble", "words"),
    [("drop", "connection to Earth Engine failed or broke"), ("page", "answer was damaged"), ("hold", "in time")],
)
def test_errors_are_told_in_words(extracted, server, trouble, words, impatient):
    server.always = trouble
    got = extracted({1: [(0, 0)]}, attempts=2, access=impatient)
    assert words in got.outcomes[0].error


def test_a_run_in_which_all_is_refused_for_one_reason_ends_early(extracted, server):
    with pytest.raises(InputError, match=r"B99.*BANDS") as error:
        extracted(lattice(60), bands=("B2", "B99"), jobs=2)
    assert "refused the first 10 requests" in str(error.value)
    assert len(server.asked) < 20


def test_a_run_in_which_something_was_answered_goes_on_to_the_end(extracted, server):
    server.script, server.always = ["ok"], (400, "No such thing.")
    got = extracted(lattice(60), jobs=1)
    assert len(got.outcomes) == 60 and sum(not o.error for o in got.outcomes.values()) == 1


def test_refusals_for_different_reasons_do_not_end_the_run(extracted, server):
    server.always = lambda body: (400, f"Not at {body['grid']['affineTransform']['translateX']}.")
    assert len(extracted(lattice(60)).outcomes) == 60


def test_waits_are_random_below_a_bound_that_doubles_and_has_an_end():
    class Recorder(threading.Event):
        waits: list[float]

        def wait(self, timeout=None):
            self.waits.append(timeout)
            return False

    def fail():
        raise ConnectionError

    stop = Recorder()
    table = []
    for _ in range(400):
        stop.waits = []
        with pytest.raises(threads.GaveUp) as given_up:
            threads.persistently(fail, 10, 2.0, stop)
        assert given_up.value.attempts == 10
        table.append(stop.waits)
    bounds = np.array([2, 4, 8, 16, 32, 60, 60, 60, 60])
    share = np.array(table) / bounds
    assert share.shape == (400, 9) and share.min() >= 0 and share.max() <= 1
    # Even between 0 and 1: the mean of 400 has a standard error of 0.0144.
    assert np.abs(share.mean(axis=0) - 0.5).max() < 0.075


@pytest.mark.parametrize("when", ["waiting for the next attempt", "waiting for an answer", "signing in"])
def test_cancel_waits_for_nothing(extracted, server, when, monkeypatch):
    monkeypatch.setattr(threads, "MOST_DELAY_S", 1e6)
    monkeypatch.setattr(threads, "random", SimpleNamespace(uniform=lambda low, high: high))
    cancel = threading.Event()
    if when == "signing in":
        server.sign_in = (503, "Busy.")
    else:
        server.always = 503 if when == "waiting for the next attempt" else "hold"
    outcome = []

    def run():
        try:
            extracted(job=Job(cancel=cancel), delay=1e6)
        except Cancelled:
            outcome.append("cancelled")

    thread = threading.Thread(target=run)
    thread.start()
    if when != "signing in":
        server.wait_for(1)
    cancel.set()
    thread.join(timeout=HANGS_S)
    assert outcome == ["cancelled"]
    server.release.set()
    assert_no_thread_is_left()


def test_no_thread_is_left_when_all_is_done(extracted):
    extracted()
    assert_no_thread_is_left()


def assert_no_thread_is_left():
    mine = [thread for thread in threading.enumerate() if thread.name == threads.NAME]
    for thread in mine:
        thread.join(timeout=HANGS_S)
    assert not any(thread.is_alive() for thread in mine)


@pytest.mark.parametrize(("jobs", "limit"), [(3, 3), (None, 10)])
def test_no_more_requests_at_once_than_allowed(extracted, server, jobs, limit):
    server.always = "hold"
    releaser = threading.Thread(target=lambda: (server.wait_for(limit), server.release.set()))
    releaser.start()
    extracted(lattice(40), jobs=jobs)
    releaser.join()
    assert server.most_at_once == limit


# --- who asks ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def private_key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def key_file(tmp_path, server, private_key):
    pem = private_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    path = tmp_path / "key.json"
    content = {
        "type": "service_account",
        "project_id": "project-of-the-key",
        "private_key_id": "1234",
        "private_key": pem,
        "client_email": "mapper@project-of-the-key.iam.gserviceaccount.com",
        "token_uri": f"{server.url}/token",
    }
    path.write_text(json.dumps(content))
    return path


def test_a_service_account_signs_in_and_its_token_goes_with_each_request(extracted, server, key_file, private_key):
    got = extracted(access=Access(None, str(key_file), server.url))
    assert not any(o.error for o in got.outcomes.values())
    (asked,) = [r for r in server.requests if r.path == "/token"]
    claims, signed, signature = jwt_parts(asked.body.split("assertion=")[1].split("&")[0])
    private_key.public_key().verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
    assert claims["iss"] == "mapper@project-of-the-key.iam.gserviceaccount.com"
    assert "https://www.googleapis.com/auth/earthengine" in claims["scope"]
    assert {r.headers["authorization"] for r in server.asked} == {f"Bearer {TOKEN}"}
    assert {r.path.split("/", 2)[2] for r in server.asked} == {"projects/project-of-the-key/image:computePixels"}


def test_the_project_that_is_given_goes_before_that_of_the_key(extracted, server, key_file):
    extracted({1: [(0, 0)]}, access=Access("another", str(key_file), server.url))
    assert server.asked[0].path.endswith("/projects/another/image:computePixels")


def test_stored_credentials_are_used_where_there_is_no_key(extracted, server, tmp_path, monkeypatch):
    stored = tmp_path / "home/.config/earthengine/credentials"
    stored.parent.mkdir(parents=True)
    stored.write_text(json.dumps({"refresh_token": "1//stored", "client_id": "i", "client_secret": "s"}))
    # The client has Google's own address built in; and only an address of Google gets these credentials.
    monkeypatch.setattr(ee.oauth, "TOKEN_URI", f"{server.url}/token")
    monkeypatch.setattr(client, "is_own_computer", lambda url: False)
    extracted({1: [(0, 0)]})
    assert "refresh_token=1%2F%2Fstored" in next(r.body for r in server.requests if r.path == "/token")
    assert server.asked[0].headers["authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize("stored", [None, "", "{", "[]", "{}"])
def test_without_credentials_the_user_is_told_how_to_get_them(extracted, tmp_path, stored):
    if stored is not None:
        (tmp_path / "home/.config/earthengine").mkdir(parents=True)
        (tmp_path / "home/.config/earthengine/credentials").write_text(stored)
    with pytest.raises(InputError, match=r"earthengine authenticate.*EE_KEY"):
        extracted(access=Access("my-project"))


def test_without_a_project_the_user_is_told(extracted, server):
    with pytest.raises(InputError, match="EE_PROJECT"):
        extracted(access=Access(None, None, server.url))


def test_credentials_that_are_refused(extracted, server, key_file):
    server.token_answer = (400, {"error": "invalid_grant", "error_description": "Invalid JWT Signature."})
    with pytest.raises(InputError, match=r"does not accept the credentials.*invalid_grant.*EE_KEY"):
        extracted(access=Access(None, str(key_file), server.url))
    assert server.asked == []


def test_a_project_that_may_not_be_used(extracted, server):
    server.sign_in = (403, "Caller does not have required permission to use project my-project.")
    with pytest.raises(InputError, match=r"required permission to use project my-project.*EE_PROJECT"):
        extracted()
    assert len(server.requests) == 1


def test_signing_in_asks_nobody_else(extracted, server, monkeypatch):
    asked = []
    look_up = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *more, **named: (
        asked.append(host), look_up(host, *more, **named),
    )[1])  # fmt: skip
    extracted({1: [(0, 0)]})
    assert set(asked) == {"127.0.0.1"}


def test_signing_in_is_tried_again(extracted, server, monkeypatch):
    server.sign_in = (503, "Busy.")
    original = threads.random.uniform

    def heal(low, high):
        server.sign_in = "ok"
        return original(low, high)

    monkeypatch.setattr(threads.random, "uniform", heal)
    assert not extracted({1: [(0, 0)]}).outcomes[0].error


def test_a_server_that_is_not_there(extracted):
    words = r"127\.0\.0\.1:{}.*connection.*[Nn]etwork|network"
    with held_port() as port, pytest.raises(InputError, match=words.format(port)):
        extracted(access=Access("my-project", None, f"http://127.0.0.1:{port}"), attempts=2)


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "{}", '{"type": "authorized_user"}', "damaged"], ids=lambda text: text or "empty"
)
def test_a_key_file_that_is_none_is_refused_without_quoting_it(extracted, server, key_file, content):
    if content == "damaged":
        whole = json.loads(key_file.read_text())
        content = json.dumps({**whole, "private_key": whole["private_key"][:300]})
    key_file.write_text(content)
    with pytest.raises(InputError, match=r"key\.json is no key of a service account") as error:
        extracted(access=Access(None, str(key_file), server.url))
    assert "BEGIN" not in str(error.value)


def test_a_key_file_that_is_missing(extracted, server, tmp_path):
    with pytest.raises(InputError, match=r"nowhere\.json cannot be read: No such file"):
        extracted(access=Access(None, str(tmp_path / "nowhere.json"), server.url))


@pytest.mark.parametrize("trouble", [None, 403, 503, "drop", "page"])
def test_key_and_token_are_nowhere_in_what_is_told_logged_or_written(
    extracted, server, key_file, caplog, capfd, trouble
):
    caplog.set_level(logging.DEBUG)
    server.always = trouble or "ok"
    told: list = []
    got = extracted(access=Access(None, str(key_file), server.url), attempts=2, job=Job(told.append))
    written = [p.read_bytes().decode("latin-1") for p in key_file.parent.rglob("*") if p.is_file() and p != key_file]
    everything = "\n".join([repr(got.outcomes), repr(told), caplog.text, *capfd.readouterr(), *written])
    assert server.token_answer[1]["access_token"] not in everything
    lines = json.loads(key_file.read_text())["private_key"].split("\n")[1:-2]
    assert len(lines) > 10 and not any(line in everything for line in lines)
    assert "assertion" not in everything


# --- parameters -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"start_date": None}, "START_DATE is missing"),
        ({"end_date": None}, "END_DATE is missing"),
        ({"start_date": "1.5.2024"}, r"START_DATE must be a day such as 2024-01-31. Got '1\.5\.2024'"),
        ({"end_date": "2025-02-30"}, "END_DATE must be a day"),
        ({"end_date": "2024-01-01"}, r"START_DATE \(2024-01-01\) must be before END_DATE \(2024-01-01\)"),
        ({"start_date": "2026-01-01"}, "must be before"),
        ({"collection": "COPERNICUS/S2_HARMONIZED"}, "CLOUD_MASK is 'scl'.*cloud_score_plus"),
        ({"collection": "LANDSAT/LC08/C02/T1_L2"}, "CLOUD_MASK is 'scl'.*Sentinel-2 only.*'none'"),
        ({"collection": "LANDSAT/LC08/C02/T1_L2", "cloud_mask": "cloud_score_plus"}, "Sentinel-2 only"),
        ({"collection": "projects/x/assets/mine", "cloud_mask": "none", "most_cloud": 5.0}, "MOST_CLOUD is 5 %"),
        ({"collection": "COPERNICUS/S2_SR", "start_date": "2021-06-01"}, "Choose COPERNICUS/S2_SR_HARMONIZED"),
        ({"bands": ("B2", "B2")}, "names a band twice"),
        ({"bands": ("1", "2")}, "must be names of bands"),
        ({"patch_size": 2100}, "48 MB"),
    ],
)
def test_parameters_that_do_not_fit_are_refused(changed, words):
    with pytest.raises(ParameterError, match=words):
        parameters.check(stage(**changed))


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"end_date": "2024-01-02", "most_cloud": 20.0, "bands": None},
        {"collection": "COPERNICUS/S2_HARMONIZED", "cloud_mask": "cloud_probability"},
        {"collection": "LANDSAT/LC08/C02/T1_L2", "cloud_mask": "none", "most_cloud": 20.0},
        {"collection": "COPERNICUS/S2_SR"},
        {"collection": "COPERNICUS/S2_SR_HARMONIZED", "start_date": "2021-06-01"},
        {"collection": "projects/x/assets/mine", "cloud_mask": "none"},
    ],
)
def test_parameters_that_fit_are_not_refused(changed):
    parameters.check(stage(**changed))


@pytest.mark.parametrize(
    "url",
    [
        "http://earthengine.googleapis.com", "https://example.org", "https://googleapis.com.example.org",
        "https://evilgoogleapis.com", "https://x@example.org/.googleapis.com", "earthengine.googleapis.com",
        "http://127.0.0.1.example.org", "https://[", "file:///etc/passwd",
    ],
)  # fmt: skip
def test_credentials_go_to_nobody_but_google(tmp_path, url):
    dataset, _ = planned(tmp_path)
    with pytest.raises(ParameterError, match="EE_URL must be an address of Google"):
        source.open_source(dataset, SimpleNamespace(ee_project=None, ee_key=None, ee_url=url, attempts=5))


@pytest.mark.parametrize(
    "url", [None, "https://earthengine-highvolume.googleapis.com", "http://127.0.0.1:8080", "http://localhost:1"]
)
def test_addresses_of_google_and_of_this_computer_are_fine(url):
    parameters.check_access(SimpleNamespace(ee_url=url))


def test_bands_are_those_of_sentinel_2_where_none_are_given():
    found = settings.bands_of(stage(bands=None))
    assert [band.name for band in found] == ["B2", "B3", "B4", "B8", "B11", "B12"]
    assert {band.dtype for band in found} == {"float32"} and all(np.isnan(band.nodata) for band in found)


def test_the_grid_lies_on_multiples_of_the_scale_with_room_for_a_patch_around():
    grid = settings.grid_for((500_003, 5_399_001, 500_997, 5_399_999), UTM33, stage(patch_size=8, jitter=2))
    # 8 + 2 pixels of 10 m beyond 500,000 to 501,000 and 5,399,000 to 5,400,000.
    assert grid.bounds() == (499_900, 5_398_900, 501_100, 5_400_100)
    assert (grid.height, grid.width, grid.crs) == (120, 120, UTM33)


@pytest.mark.parametrize(
    ("place", "code"), [((15.1, 48.1), 32633), ((-70.4, -33.2), 32719), ((179.9, 10.0), 32660), ((-179.9, 10.0), 32601)]
)
def test_the_grid_is_in_the_utm_zone_of_the_polygons(place, code):
    lon, lat = place
    grid = settings.grid_for((lon, lat, lon + 0.05, lat + 0.05), CRS.from_epsg(4326), stage())
    assert grid.crs == CRS.from_epsg(code)
    assert grid.pixel_size == (10, 10)
    assert grid.transform.c % 10 == 0 and grid.transform.f % 10 == 0


def test_metres_become_feet_where_the_crs_has_feet():
    new_york = CRS.from_epsg(2263)  # US survey feet of 1200/3937 m
    grid = settings.grid_for((980_000, 190_000, 981_000, 191_000), new_york, stage(crs="EPSG:2263"))
    assert grid.pixel_size == pytest.approx((10 * 3937 / 1200,) * 2)


@pytest.mark.parametrize(
    ("bounds", "crs", "changed", "error", "words"),
    [
        ((15, 48, 15.1, 48.1), 4326, {"crs": "EPSG:4326"}, ParameterError, "CRS must be a projected one.*metres"),
        ((15, 48, 15.1, 48.1), 4326, {"crs": "EPSG:nothing"}, ParameterError, "Got 'EPSG:nothing'"),
        ((0, 89, 10, 90), 4326, {}, ParameterError, "near a pole"),
        ((500_000, 5_400_000, 500_100, 5_400_100), 4326, {}, ParameterError, "wrong coordinate"),
        ((-20, 10, 30, 20), 4326, {}, ParameterError, "50 degrees of longitude"),
        ((0, 0, 1, 1), None, {}, InputError, "no coordinate reference system"),
    ],
)
def test_there_is_no_grid_for(bounds, crs, changed, error, words):
    with pytest.raises(error, match=words):
        settings.grid_for(bounds, CRS.from_epsg(crs) if crs else None, stage(**changed))


def test_the_data_set_keeps_nothing_of_who_asks(key_file):
    given = stage()
    given.ee_key, given.ee_project = str(key_file), "my-project"
    assert set(settings.source_of(given)) == {
        "kind", "collection", "start_date", "end_date", "cloud_mask", "most_cloud", "reducer", "scale",
    }  # fmt: skip


# --- through the stages -----------------------------------------------------------------------


@pytest.fixture
def of_scene(scene):
    """The tiny scene behind the stand-in, with a hole in one band."""
    with rasterio.open(scene.image) as image:
        found = image.read().astype(np.float64)
        found[1, 40:60] = np.nan
        server = EarthEngineServer(found, image.descriptions, image.transform, "EPSG:32633")
    yield server
    server.close()


@pytest.fixture
def plan(scene, run):
    """A data set planned on Earth Engine: its folder."""
    run(
        "plan_patches", source="earth_engine", polygons=scene.polygons, class_field="class_id",
        name_field="class_name", bands="B2,B3,B4,B8", start_date="2024-01-01", end_date="2025-01-01",
        dataset=scene.folder / "set",
    )  # fmt: skip
    return scene.folder / "set"


def assert_holds(folder, server):
    """The patches of a data set are the pixels at their coordinates."""
    dataset = open_dataset(folder)
    manifest = dataset.manifest()
    left, top = ~server.transform @ (manifest["west"].to_numpy(), manifest["north"].to_numpy())
    at = pd.DataFrame({"row": np.round(top).astype(int), "col": np.round(left).astype(int)})
    border = np.pad(server.pixels, ((0, 0), (20, 20), (20, 20)), constant_values=np.nan)
    wanted = np.stack([border[:, r + 20 : r + 28, c + 20 : c + 28] for r, c in at.itertuples(index=False)])
    found = open_patches(dataset).read(range(len(manifest)))
    np.testing.assert_array_equal(found, wanted.transpose(0, 2, 3, 1).astype(np.float32))
    assert np.isnan(found[..., 1]).any()


def test_a_data_set_is_planned_and_extracted_and_no_secret_is_in_it(plan, run, of_scene, tmp_path, private_key):
    pem = private_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    key = {"private_key": pem, "client_email": "x@y", "project_id": "mine", "token_uri": f"{of_scene.url}/token"}
    (tmp_path / "key.json").write_text(json.dumps(key))
    got = run(
        "extract_patches", dataset=plan, ee_key=tmp_path / "key.json", ee_url=of_scene.url, report=tmp_path / "r.html"
    )
    polygons = open_dataset(plan).manifest()["polygon_id"].nunique()
    assert got.failed_count == 0 and got.extracted_count == got.patch_count == 3 * polygons
    assert len(of_scene.asked) == polygons
    assert_holds(plan, of_scene)
    files = [p for p in (*plan.rglob("*"), *tmp_path.glob("r.html*")) if p.is_file()]
    everything = b"".join(p.read_bytes() for p in files) + repr(got).encode()
    assert TOKEN.encode() not in everything
    assert not any(line.encode() in everything for line in pem.split("\n")[1:-2])


def test_a_run_that_was_cancelled_goes_on_and_does_not_ask_again_for_what_is_there(plan, run, of_scene):
    cancel = threading.Event()
    access = {"dataset": str(plan), "ee_project": "mine", "ee_url": of_scene.url, "jobs": 1}
    of_scene.script, of_scene.always = ["ok"] * 6, "hold"
    ended = []

    def first_run():
        with Job(cancel=cancel) as job, pytest.raises(Cancelled):
            run_stage(find_stage("extract_patches"), access, job)
        ended.append(True)

    thread = threading.Thread(target=first_run)
    thread.start()
    of_scene.wait_for(7)
    cancel.set()
    thread.join(timeout=HANGS_S)
    assert ended
    of_scene.release.set()
    of_scene.always = "ok"
    first = [json.dumps(r.body["grid"]) for r in of_scene.asked]
    run("extract_patches", **access)
    second = [json.dumps(r.body["grid"]) for r in of_scene.asked[len(first) :]]
    # Two requests are in line at any time: when the seventh was sent, at least four answers were kept.
    assert not set(first[:4]) & set(second)
    assert len(second) == len(set(second))
    assert len(set(first + second)) == open_dataset(plan).manifest()["polygon_id"].nunique()
    assert_holds(plan, of_scene)
    asked = len(of_scene.asked)
    run("extract_patches", **access)
    assert len(of_scene.asked) == asked


def test_where_all_was_refused_nothing_is_said_to_be_kept(plan, of_scene):
    of_scene.always = (403, "No permission.")
    events: list = []
    access = {"dataset": str(plan), "ee_project": "mine", "ee_url": of_scene.url}
    with Job(events.append) as job, pytest.raises(InputError, match="No permission"):
        run_stage(find_stage("extract_patches"), access, job)
    assert not any("kept" in event.get("text", "") for event in events)
    assert not (plan / ".extraction").exists()
