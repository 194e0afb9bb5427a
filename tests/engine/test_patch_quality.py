"""Checking patches: shares, tiers and statistics against numpy on the pixels themselves."""

import warnings

import numpy as np
import pandas as pd
import pytest
from datasets import make_dataset, run_stage_class
from matplotlib.image import imread

from landloom.errors import InputError, ParameterError
from landloom.patches import pictures, quality, store
from landloom.patches.dataset import QUALITY, open_dataset
from landloom.stages.check_patches import CheckPatches

BANDS = ["B2", "B3", "B4", "B8", "B11", "B12"]


def some_patches(number=12, size=5, bands=6, seed=0):
    return np.random.default_rng(seed).integers(1, 5000, (number, size, size, bands)).astype(np.float32)


@pytest.fixture(params=[False, True], ids=["npy", "hdf5"])
def stored(request):
    return {"hdf5": request.param}


def check(folder, **values):
    done = run_stage_class(CheckPatches, dataset=folder, **values)
    done.table = pd.read_csv(folder / QUALITY, dtype={"patch_id": str}, keep_default_na=False, na_values=[""])
    return done


def test_the_tier_follows_the_share_of_missing_values_and_each_limit_belongs_to_the_better_tier(tmp_path, stored):
    patches = np.ones((8, 10, 10, 1), np.float32)
    missing = (0, 1, 10, 11, 20, 21, 99, 100)  # of 100 values
    for patch, number in zip(patches, missing, strict=True):
        patch.reshape(-1)[:number] = np.nan
    make_dataset(tmp_path, patches, [1] * 8, **stored)
    done = check(tmp_path)
    tiers = ["excellent", "good", "good", "acceptable", "acceptable", "poor", "poor", "poor"]
    assert done.table["tier"].tolist() == tiers
    assert done.table["nan_share"].to_numpy() == pytest.approx(np.array(missing) / 100)
    assert done.table["valid_pixels"].tolist() == [100 - n for n in missing]
    counts = (done.excellent_count, done.good_count, done.acceptable_count, done.poor_count)
    assert counts == (1, 2, 2, 3)
    assert done.nan_share == pytest.approx(sum(missing) / 800)


def test_the_report_has_35_columns_for_six_bands_with_the_numbers_that_numpy_finds(tmp_path, stored):
    patches = some_patches()
    patches[3, :2, :, 1] = np.nan
    patches[4, 0, 0, 2] = -7
    make_dataset(tmp_path, patches, [1, 2] * 6, bands=BANDS, **stored)
    table = check(tmp_path).table
    assert list(table.columns) == [
        "patch_id", "polygon_id", "class_id", "class_name", "valid_pixels", "nan_share", "min", "max", "negative",
        "saturated", "tier", *(f"{s}_{b}" for b in BANDS for s in ("mean", "std", "min", "max")),
    ]  # fmt: skip
    assert len(table.columns) == 35
    for i, name in enumerate(BANDS):
        for label, function in (("mean", np.nanmean), ("std", np.nanstd), ("min", np.nanmin), ("max", np.nanmax)):
            expected = function(patches[..., i].astype(float), axis=(1, 2))
            assert table[f"{label}_{name}"].to_numpy() == pytest.approx(expected, rel=1e-6), (label, name)
    assert table["min"].to_numpy() == pytest.approx(np.nanmin(patches, axis=(1, 2, 3)))
    assert table["max"].to_numpy() == pytest.approx(np.nanmax(patches, axis=(1, 2, 3)))
    assert table["valid_pixels"][3] == 15
    assert table["nan_share"][3] == pytest.approx(10 / 150)
    assert table["negative"].tolist() == [0] * 4 + [pytest.approx(1 / 150)] + [0] * 7


def test_the_standard_deviation_is_right_where_values_are_large_and_alike(tmp_path):
    patches = np.float32(1_000_000) + np.random.default_rng(1).integers(0, 2, (3, 8, 8, 1)).astype(np.float32)
    make_dataset(tmp_path, patches, [1, 1, 1])
    expected = patches.astype(float).std(axis=(1, 2, 3))
    assert check(tmp_path).table["std_B1"].to_numpy() == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("dtype", "given", "expected"),
    [("uint8", None, 2 / 16), ("uint16", None, 0), ("float32", None, 0), ("float32", 200, 3 / 16)],
)
def test_saturated_is_the_largest_value_of_an_integer_type_or_what_is_given(tmp_path, dtype, given, expected):
    patches = np.full((1, 4, 4, 1), 100, np.float32)
    patches[0, 0, :3, 0] = 255, 255, 254
    make_dataset(tmp_path, patches, [1], dtype=dtype)
    assert check(tmp_path, saturation=given).saturated_share == pytest.approx(expected)


def test_values_outside_the_plausible_range_are_counted_and_told_and_the_ends_belong_to_it(tmp_path):
    patches = np.full((1, 4, 4, 1), 5, np.float32)
    patches[0, 0, :, 0] = -1, 0, 10, 11
    make_dataset(tmp_path, patches, [1])
    done = check(tmp_path, lowest=0, highest=10)
    assert done.implausible_share == pytest.approx(2 / 16)
    assert done.negative_share == pytest.approx(1 / 16)
    assert (done.smallest, done.largest) == (-1, 11)
    assert any("outside the plausible range: 12.5 %" in text for text in done.warnings)
    with pytest.raises(ParameterError, match="LOWEST"):
        check(tmp_path, lowest=10, highest=0)


def test_infinity_counts_as_missing_and_an_empty_patch_has_no_statistics(tmp_path):
    patches = some_patches(3, 4, 2)
    patches[0, 0, 0, 0] = np.inf
    patches[1] = np.nan
    make_dataset(tmp_path, patches, [1, 2, 2])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table = check(tmp_path).table
    assert table["nan_share"].tolist() == [pytest.approx(1 / 32), 1, 0]
    assert np.isfinite(table["max"][0])
    assert table.loc[1, ["min", "max", "negative", "mean_B1", "std_B2"]].isna().all()


def test_patches_that_failed_have_no_tier_and_are_told(tmp_path, stored):
    make_dataset(tmp_path, some_patches(4), [1, 1, 2, 2], failed=[2, 3], **stored)
    done = check(tmp_path)
    assert done.table["tier"].fillna("").tolist() == ["excellent", "excellent", "", ""]
    assert done.table["nan_share"].isna().tolist() == [False, False, True, True]
    assert done.patch_count == 2
    assert any("not extracted" in text and "2" in text for text in done.warnings)


def test_a_data_set_without_any_patch_and_one_with_a_damaged_file_are_refused(tmp_path):
    make_dataset(tmp_path / "none", some_patches(2), [1, 2], failed=[0, 1])
    with pytest.raises(InputError, match=r"No patch of .* was extracted"):
        check(tmp_path / "none")
    make_dataset(tmp_path / "broken", some_patches(2), [1, 2])
    (tmp_path / "broken/patches/patch_001_0.npy").write_bytes(b"\x93NUMPY")
    with pytest.raises(InputError, match=r"patch_001_0\.npy cannot be read"):
        check(tmp_path / "broken")
    assert not (tmp_path / "broken" / QUALITY).exists()


def test_a_log_of_other_patches_is_refused_and_one_in_another_order_is_understood(tmp_path):
    patches = some_patches(3)
    make_dataset(tmp_path, patches, [1, 1, 2], failed=[2])
    log = tmp_path / "metadata/extraction_log.csv"
    table = pd.read_csv(log, dtype=str)
    table[::-1].to_csv(log, index=False)
    assert check(tmp_path).table["tier"].fillna("").tolist() == ["excellent", "excellent", ""]
    table.assign(patch_id=["000_0", "000_1", "000_2"]).to_csv(log, index=False)
    with pytest.raises(InputError, match="Run 'Extract patches' again"):
        check(tmp_path)


def test_pictures_report_and_footprints_are_written_in_a_folder_with_a_difficult_name(tmp_path):
    folder = tmp_path / "Übung mit Leerzeichen"
    make_dataset(folder, some_patches(6), [1, 1, 2, 2, 3, 3], names={1: "A $x$ & <b>", 2: "Wälder", 3: "水"})
    check(folder, report=folder / "quality.html", footprints=tmp_path / "f.gpkg")
    for name in ("nan_distribution", "value_distributions", "sample_patches_by_class"):
        assert imread(folder / f"visualizations/{name}.png").ndim == 3
    page = (folder / "quality.html").read_text(encoding="utf-8")
    assert page.count("data:image/png;base64,") == 3
    assert "&lt;b&gt;" in page
    assert "Wälder" in (folder / "reports/quality_summary.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("names", "bands"),
    [
        (["B2", "B3", "B4", "B8"], (2, 1, 0)),
        (["B02_median", "B03_median", "B04_median"], (2, 1, 0)),
        (["Blue", "Green", "Red edge", "Red", "NIR", "shortwave infrared"], (3, 1, 0)),
        (["B12", "B11", "B8A"], (0, 1, 2)),
        (["VV", "VH"], (0,)),
        (["band 1 reflectance", "band 2 reflectance", "band 3 reflectance", "Band 4"], (3, 2, 1)),
        # Bands without names, which may be anything.
        (["band_1", "band_2", "band_3", "band_4"], (0, 1, 2)),
    ],
)
def test_true_colour_finds_red_green_and_blue_by_name(names, bands):
    values = np.random.default_rng(0).random((100, len(names)))
    assert pictures.true_colour(names, values).bands == bands


def test_the_near_infrared_b4_of_landsat_5_is_no_red():
    random = np.random.default_rng(0)
    brightness = random.normal(1000, 200, (500, 1))
    visible = brightness + random.normal(0, 50, (500, 3))
    infrared = random.normal(3000, 500, (500, 1))
    names = ["B1_dn", "B2_dn", "B3_dn", "B4_dn"]
    # Where not all bands are read, those that tell are.
    assert pictures.colour_bands([*names, "B5_dn", "B7_dn"]) == names
    assert pictures.true_colour(names, np.hstack([visible, infrared])).bands == (2, 1, 0)
    four_visible = np.hstack([visible, brightness + random.normal(0, 50, (500, 1))])
    assert pictures.true_colour(names, four_visible).bands == (3, 2, 1)


def test_missing_pixels_are_transparent_and_brighter_is_never_darker():
    patch = np.linspace(0, 100, 16, dtype=np.float32).reshape(4, 4, 1)
    colour = pictures.true_colour(["VV"], patch.reshape(-1, 1))
    shown = colour.render(patch)
    assert shown.min() >= 0 and shown.max() <= 1
    assert (np.diff(shown[..., 0].ravel()) >= 0).all()
    patch[1, 2] = np.nan
    assert (colour.render(patch)[..., 3] == 0).nonzero() == ([1], [2])


def test_patches_for_a_picture_come_from_as_many_polygons_as_there_are():
    manifest = pd.DataFrame({"polygon_id": np.repeat(np.arange(10), 3)})
    rows = np.arange(30)
    assert len(set(manifest["polygon_id"][pictures.choose(manifest, rows, 8)])) == 8
    assert len(pictures.choose(manifest, rows[:6], 8)) == 6
    assert set(manifest["polygon_id"][pictures.choose(manifest, rows[:6], 2)]) == {0, 1}
    assert len(pictures.choose(manifest, rows[:0], 8)) == 0


def test_batches_are_bounded_and_cover_every_row_once(tmp_path, monkeypatch):
    from landloom.job import Job
    from landloom.patches.store import open_patches

    patches = some_patches(11, 4, 2)
    make_dataset(tmp_path, patches, [1] * 11, hdf5=True)
    monkeypatch.setattr(store, "BATCH_BYTES", 3 * 4 * 4 * 2 * 4)
    rows = np.array([0, 2, 3, 5, 6, 7, 10])
    found = list(quality.batches(open_patches(open_dataset(tmp_path)), rows, Job()))
    assert [len(part) for part, _ in found] == [3, 3, 1]
    assert (np.concatenate([p for _, p in found]) == patches[rows]).all()


def test_a_band_without_data_is_named(tmp_path):
    pixels = np.ones((4, 2, 2, 3))
    pixels[..., 1] = np.nan
    dataset = make_dataset(tmp_path / "set", pixels, [1, 1, 2, 2])
    warned = run_stage_class(CheckPatches, dataset=dataset.folder).warnings
    assert any("without data in any patch: B2." in text for text in warned)
