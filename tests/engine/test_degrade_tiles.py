"""Degrading tiles: each effect does what it says and is written down, and the rest of a tile stays."""

import json
import math
import os

import numpy as np
import pytest
from tile_folders import make_tiles, tile_values

from landloom.errors import InputError, OutputError, ParameterError
from landloom.job import Job
from landloom.refinement.degrading import Amounts, degrade
from landloom.runner import run_stage
from landloom.stages.degrade_tiles import EFFECTS, DegradeTiles

OFF = dict.fromkeys(EFFECTS, 0)


@pytest.fixture
def made(tmp_path):
    """Degrade the tiles below `good ä` into `worse ä`: outputs, warnings, and by name the pixels and metadata."""

    def run(good=tmp_path / "good ä", worse=tmp_path / "worse ä", **given):
        events = []
        with Job(events.append, environ=dict(os.environ)) as job:
            found = run_stage(DegradeTiles, {"tiles": str(good), "degraded": str(worse), "jobs": 1, **given}, job)
        tiles = {path.stem: (pixels(path), metadata(path)) for path in sorted(worse.glob("*.npz"))}
        return found, [event["text"] for event in events if event["type"] == "warning"], tiles

    return run


def pixels(path):
    with np.load(path) as archive:
        assert archive.files == ["opt_v1"]
        return archive["opt_v1"]


def metadata(path):
    return json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))


def flat(value=0.4, size=40):
    return np.full((4, size, size), value, np.float32)


def point(size=41):
    """A bright pixel in the middle of a dark tile."""
    values = np.zeros((4, size, size), np.float32)
    values[:, size // 2, size // 2] = 1
    return values


def moments(band):
    """Centre (row, column) and variance along rows of the brightness of a band."""
    rows, columns = np.indices(band.shape)
    weight = band / band.sum()
    row, column = (rows * weight).sum(), (columns * weight).sum()
    return row, column, ((rows - row) ** 2 * weight).sum()


# --- effects ----------------------------------------------------------------------------------------------------------


def test_blur_spreads_a_point_by_its_sigma():
    worse, done = degrade(point(), Amounts(blur=1.5), varied=False, seed=1, name="a")
    row, column, variance = moments(worse[2].astype(float))
    assert (row, column) == (pytest.approx(20), pytest.approx(20))
    assert variance == pytest.approx(1.5**2, rel=0.02)
    assert worse.sum() == pytest.approx(4, rel=1e-4)
    assert done == {"blur_sigma_pixels": 1.5}


def test_every_band_moves_by_its_own_part_of_a_pixel():
    # Smooth, so that it can stand between pixels.
    smooth = degrade(point(), Amounts(blur=3), varied=False, seed=0, name="a")[0] * 40
    worse, done = degrade(smooth, Amounts(shift=0.8), varied=True, seed=1, name="a")
    shifts = np.array(done["shift_pixels"])
    assert shifts.shape == (4, 2) and np.abs(shifts).max() <= 0.8 and len(np.unique(shifts)) == 8
    for band, (down, across) in zip(worse.astype(float), shifts, strict=True):
        assert moments(band)[:2] == (pytest.approx(20 + down, abs=1e-2), pytest.approx(20 + across, abs=1e-2))


def test_contrast_stretches_about_the_mean_and_gain_from_nothing():
    values = 0.3 + 0.2 * tile_values(0)
    worse, done = degrade(values, Amounts(contrast=0.4), varied=True, seed=1, name="a")
    factors = done["contrast_factor"]
    np.testing.assert_allclose(worse.mean((1, 2)), values.mean((1, 2)), atol=1e-5)
    np.testing.assert_allclose(worse.std((1, 2)) / values.std((1, 2)), factors, atol=1e-3)
    worse, done = degrade(values, Amounts(gain=0.3), varied=True, seed=1, name="a")
    np.testing.assert_allclose(
        worse / values, np.reshape(done["gain_factor"], (4, 1, 1)) * np.ones_like(values), atol=1e-4
    )
    for numbers in (factors, done["gain_factor"]):
        assert len(set(numbers)) == 4 and all(0.6 <= number <= 1.4 for number in numbers)


def test_haze_brightens_the_dark_and_most_of_all_blue():
    worse, done = degrade(flat(0.1), Amounts(haze=0.5), varied=False, seed=1, name="a")
    blue = math.exp(-0.5)
    infrared = math.exp(-0.5 * (492 / 833) ** 1.3)
    np.testing.assert_allclose(worse[0], 0.1 * blue + 0.5 * (1 - blue), atol=1e-6)
    np.testing.assert_allclose(worse[3], 0.1 * infrared + 0.5 * (1 - infrared), atol=1e-6)
    assert done == {"haze_optical_thickness": 0.5}
    # As bright as the haze itself, a tile stays.
    np.testing.assert_allclose(degrade(flat(0.5), Amounts(haze=2), True, 1, "a")[0], 0.5, atol=1e-6)
    patchy, _ = degrade(flat(0.1), Amounts(haze=0.5), varied=True, seed=1, name="a")
    assert patchy[0].std() > 1e-3


def test_noise_has_its_deviation_and_is_another_one_in_each_band():
    worse, done = degrade(flat(size=200), Amounts(noise=0.02), varied=False, seed=1, name="a")
    noise = (worse - 0.4).reshape(4, -1)
    np.testing.assert_allclose(noise.std(1), 0.02, rtol=0.02)
    assert np.abs(np.corrcoef(noise) - np.eye(4)).max() < 0.03
    assert done == {"noise_deviation": 0.02}


def test_reflectance_stays_between_0_and_1():
    worse, _ = degrade(np.round(tile_values(0)), Amounts(0.9, 0.5, 0.9, 0.9, 0, 0.3), True, 1, "a")
    assert worse.dtype == np.float32 and worse.min() == 0 and worse.max() == 1


def test_one_effect_does_not_change_what_another_does():
    alone = degrade(flat(), Amounts(noise=0.1), varied=True, seed=3, name="a")[1]
    together = degrade(flat(), Amounts(1, 1, 0.1, 0.1, 0.1, 0.1), varied=True, seed=3, name="a")[1]
    assert together["noise_deviation"] == alone["noise_deviation"]
    assert list(together) == [
        "shift_pixels", "blur_sigma_pixels", "contrast_factor", "gain_factor", "haze_optical_thickness",
        "noise_deviation",
    ]  # fmt: skip


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (2, 3)])
def test_small_tiles_are_degraded_too(shape):
    worse, _ = degrade(np.full((4, *shape), 0.3, np.float32), Amounts(0.5, 1, 0.1, 0.1, 0.1, 0.01), True, 1, "a")
    assert worse.shape == (4, *shape) and np.isfinite(worse).all()


# --- folders ----------------------------------------------------------------------------------------------------------


def test_names_and_metadata_stay_and_what_was_done_is_added(made, tmp_path):
    paths = make_tiles(tmp_path / "good ä", 3, [(24, 24), (17, 30)], georeferenced=True, metadata={"note": "schön"})
    found, warnings, tiles = made(**{**OFF, "blur": 2, "noise": 0.05}, seed=7)
    assert (found["degraded_count"], found["failed_count"], warnings) == (3, 0, [])
    assert list(tiles) == [path.stem for path in paths]
    sigmas, errors = [], []
    for path, (worse, content) in zip(paths, tiles.values(), strict=True):
        done = content.pop("degraded")
        assert content == metadata(path) and content["note"] == "schön" and "georeference" in content
        assert (done["input_file"], done["key"], done["seed"]) == (str(path), "opt_v1", 7)
        assert 0 <= done["blur_sigma_pixels"] <= 2 and 0 <= done["noise_deviation"] <= 0.05
        assert "haze_optical_thickness" not in done
        assert worse.shape == pixels(path).shape and worse.dtype == np.float32
        sigmas.append(done["blur_sigma_pixels"])
        errors.append(10 * np.log10(1 / np.mean((worse.astype(float) - pixels(path)) ** 2)))
    assert len(set(sigmas)) == 3
    assert found["mean_psnr"] == pytest.approx(np.mean(errors), abs=1e-3)


def test_another_array_may_be_degraded_into_opt_v1(made, tmp_path):
    make_tiles(tmp_path / "good ä", 1, 16, key="reflectance")
    _, _, tiles = made(key="reflectance", **{**OFF, "gain": 0.2})
    worse, content = tiles["tile_000"]
    factors = np.reshape(content["degraded"]["gain_factor"], (4, 1, 1))
    np.testing.assert_allclose(worse, (tile_values(0, 16, 16) * factors).clip(0, 1), atol=1e-4)


def test_the_same_seed_gives_the_same_bytes_whatever_else_is_in_the_folder(made, tmp_path):
    make_tiles(tmp_path / "good ä", 3, 16)
    first = made(tmp_path / "good ä", tmp_path / "1")[2]
    (tmp_path / "good ä" / "tile_000.npz").unlink()
    made(tmp_path / "good ä", tmp_path / "2", jobs=2)
    for name in ("tile_001", "tile_002"):
        assert (tmp_path / "1" / f"{name}.npz").read_bytes() == (tmp_path / "2" / f"{name}.npz").read_bytes()
    other = made(tmp_path / "good ä", tmp_path / "3", seed=43)[2]
    assert not np.array_equal(other["tile_001"][0], first["tile_001"][0])


def test_bad_tiles_are_listed_and_the_run_goes_on(made, tmp_path):
    good = tmp_path / "good ä"
    make_tiles(good, 6, 16)
    (good / "tile_000.npz").write_bytes(b"no archive")
    np.savez(good / "tile_001.npz", other=np.zeros(3))
    np.savez(good / "tile_002.npz", opt_v1=np.full((4, 8, 8), np.nan))
    np.savez(good / "tile_003.npz", opt_v1=np.full((4, 8, 8), 4000, np.int16))
    (good / "tile_004.json").write_text("{")
    found, warnings, tiles = made()
    assert (found["degraded_count"], found["failed_count"]) == (2, 4)
    assert list(tiles) == ["tile_004", "tile_005"]
    assert "4 of 6 tiles could not be used" in warnings[0]
    assert "1 tiles lost their metadata, such as tile_004: its metadata file cannot be read" in warnings[1]
    listed = (tmp_path / "worse ä" / "failed_tiles.csv").read_text(encoding="utf-8")
    for kind in ("unreadable", "no key", "not finite", "not 0–1"):
        assert kind in listed


def test_without_any_tile_that_can_be_used_there_is_an_error(made, tmp_path):
    make_tiles(tmp_path / "good ä", 2, 16)
    with pytest.raises(InputError, match=r"2 of 2 tiles.*no array 'refl', but opt_v1"):
        made(key="refl")
    with pytest.raises(InputError, match="does not exist"):
        made(good=tmp_path / "nowhere")


def test_other_tiles_are_not_overwritten_but_those_of_an_earlier_run_are(made, tmp_path):
    make_tiles(tmp_path / "good ä", 2, 16)
    made(seed=1)
    (tmp_path / "good ä" / "tile_001.npz").unlink()
    _, warnings, tiles = made(seed=2)
    assert [content["degraded"]["seed"] for _, content in tiles.values()] == [2, 1]
    assert "1 more tiles, of another run, such as tile_001.npz" in warnings[0]
    make_tiles(tmp_path / "precious", 1, 16, seed=5)
    before = (tmp_path / "precious" / "tile_000.npz").read_bytes()
    with pytest.raises(OutputError, match="no degraded tile"):
        made(worse=tmp_path / "precious")
    with pytest.raises(ParameterError, match="would overwrite 'tiles'"):
        made(good=tmp_path / "precious", worse=tmp_path / "precious")
    assert (tmp_path / "precious" / "tile_000.npz").read_bytes() == before


def test_something_must_be_done(made, tmp_path):
    make_tiles(tmp_path / "good ä", 1, 16)
    with pytest.raises(ParameterError, match="All of SHIFT, BLUR, CONTRAST, GAIN, HAZE, NOISE are 0"):
        made(**OFF)
