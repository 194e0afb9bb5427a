"""The synthetic scene: the same in every window, like a real one, neither trivial nor hopeless to classify.

Ranges of reflectance are those of Sentinel-2 level 2A: measured over labelled pixels of RStoolbox's
Sentinel-2 scene and of BigEarthNet patches, widened to what a yearly median may give.
"""

import numpy as np
import pytest
import rasterio
from rasterio.features import rasterize
from rasterio.windows import Window
from scipy.ndimage import distance_transform_edt
from sklearn.ensemble import RandomForestClassifier

from landloom.demo import BANDS, CLASSES, Scene

AGRICULTURE, FOREST, PARCELS, URBAN, WATER = CLASSES.ids

# Mean reflectance × 10000 in B2, B3, B4, B8, B11, B12: lowest and highest that is credible.
CREDIBLE_MEANS = {
    AGRICULTURE: [(300, 800), (500, 1200), (400, 1500), (2000, 4500), (1500, 3200), (900, 2300)],
    FOREST: [(100, 400), (250, 600), (150, 450), (1800, 3600), (800, 2000), (350, 1000)],
    PARCELS: [(300, 700), (450, 1000), (350, 1000), (2200, 3600), (1500, 2600), (800, 1700)],
    URBAN: [(450, 1300), (600, 1500), (550, 1700), (1500, 2900), (1400, 2900), (1000, 2500)],
    WATER: [(150, 600), (200, 800), (100, 600), (20, 450), (0, 300), (0, 200)],
}


@pytest.fixture(scope="module")
def scene():
    return Scene()


@pytest.fixture(scope="module")
def pixels(scene):
    return scene.reflectance()


@pytest.fixture(scope="module")
def truth(scene):
    return scene.truth()


@pytest.fixture(scope="module")
def polygons(scene):
    return scene.training_polygons()


@pytest.fixture(scope="module")
def points(scene):
    return scene.reference_points(500)


@pytest.fixture(scope="module")
def drawn(scene, polygons):
    """Number of the polygon that each pixel's centre lies in, from 1; 0 outside."""
    shapes = ((polygon, i) for i, polygon in enumerate(polygons.geometry, 1))
    return rasterize(shapes, (scene.height, scene.width), transform=scene.transform, dtype="int32")


@pytest.fixture(scope="module")
def forest(pixels, polygons, drawn):
    """Trained on every second polygon of a class, and the numbers of the others."""
    first = polygons.groupby("class_id").cumcount().to_numpy() % 2 == 0
    taken = np.isin(drawn, np.flatnonzero(first) + 1)
    labels = polygons.class_id.to_numpy()[drawn[taken] - 1]
    model = RandomForestClassifier(100, random_state=0, n_jobs=2).fit(pixels[:, taken].T, labels)
    return model, np.flatnonzero(~first) + 1


def _values_at(scene, points, raster):
    cols = ((points.geometry.x - scene.transform.c) / scene.transform.a).astype(int)
    rows = ((points.geometry.y - scene.transform.f) / scene.transform.e).astype(int)
    return raster[..., rows, cols]


@pytest.mark.parametrize(
    "window",
    [Window(0, 0, 70, 300), Window(250, 250, 20, 30), Window(411, 389, 1, 1), Window(700, 130, 324, 61)],
    ids=["swath edge", "across chunks", "one pixel", "wide"],
)
def test_a_pixel_is_the_same_in_every_window_and_scene(window, pixels, truth):
    rows, cols = window.toslices()
    larger = Scene((9000, 20_000))
    np.testing.assert_array_equal(larger.reflectance(window), pixels[:, rows, cols])
    np.testing.assert_array_equal(larger.truth(window), truth[rows, cols])


def test_the_seed_decides_the_scene(pixels):
    window = Window(300, 300, 64, 64)
    assert (Scene(seed=1).reflectance(window) != pixels[:, 300:364, 300:364]).mean() > 0.9


def test_far_from_the_origin_there_is_still_land():
    truth = Scene((100_000, 100_000)).truth(Window(91_000, 83_000, 600, 600))
    assert set(np.unique(truth)) >= {c.id for c in CLASSES}


def test_a_window_outside_the_scene_is_refused():
    with pytest.raises(ValueError, match="must lie within the scene of 100 × 80 pixels"):
        Scene((100, 80)).reflectance(Window(70, 0, 11, 10))


@pytest.mark.parametrize("land_cover", CLASSES.classes, ids=lambda c: c.name)
def test_band_means_are_those_of_the_real_class(land_cover, pixels, truth):
    means = pixels[:, truth == land_cover.id].mean(axis=1)
    for band, mean, (low, high) in zip(BANDS, means, CREDIBLE_MEANS[land_cover.id], strict=True):
        assert low <= mean <= high, band


def test_vegetation_index_separates_water_and_forest(pixels, truth):
    red, infrared = pixels[2].astype(float), pixels[3].astype(float)
    index = (infrared - red) / np.maximum(infrared + red, 1)
    # Banks are mixtures, so the median stands for a class, not each of its pixels.
    assert np.median(index[truth == WATER]) < 0
    assert np.median(index[truth == FOREST]) > 0.75
    assert np.quantile(index[truth == FOREST], 0.1) > 0.6
    assert 0.2 < np.median(index[truth == URBAN]) < 0.5


def test_values_of_land_are_those_of_reflectance(pixels, truth):
    valid = pixels[:, truth > 0]
    assert pixels.dtype == np.uint16
    assert valid.min() >= 1
    assert np.quantile(valid, 0.995) <= 5500
    assert valid.max() <= 10_000


def test_nodata_is_common_to_all_bands_and_the_truth(pixels, truth):
    missing = (pixels == 0).any(axis=0)
    np.testing.assert_array_equal(missing, (pixels == 0).all(axis=0))
    np.testing.assert_array_equal(missing, truth == 0)
    assert missing[0, 0]  # the edge of the swath
    assert missing[:, 200:].any()  # clouds
    assert 0.005 < missing.mean() < 0.06


@pytest.mark.parametrize("seed", [42, 7])
def test_every_class_covers_its_share(seed, truth):
    classes = truth if seed == 42 else Scene(seed=seed).truth()
    shares = np.bincount(classes.ravel(), minlength=6) / classes.size
    assert shares[WATER] > 0.02
    assert shares[URBAN] > 0.03
    assert min(shares[AGRICULTURE], shares[FOREST], shares[PARCELS]) > 0.08


def test_flood_risk_falls_with_the_distance_to_water_and_its_middle_class_is_rare(scene, truth):
    risk = scene.risk()
    np.testing.assert_array_equal(risk == 0, (truth == 0) | (truth == WATER))
    shares = np.bincount(risk.ravel(), minlength=4)[1:] / np.count_nonzero(risk)
    assert 0.02 < shares[1] < 0.03 < shares[2] < shares[0]
    # Exact distances to water pixels; where nothing is hidden by clouds.
    distance = distance_transform_edt(truth != WATER)
    low, medium, high = (np.median(distance[risk == c]) for c in (1, 2, 3))
    assert high < medium < 15 < low
    np.testing.assert_array_equal(risk[300:420, 500:700], scene.risk(Window(500, 300, 200, 120)))


def test_borders_are_mixed_pixels(pixels, truth):
    shortwave = pixels[4].astype(float)
    inner = np.zeros(truth.shape, bool)
    inner[3:-3, 3:-3] = truth[3:-3, 3:-3] == WATER
    for step in (1, 2, 3):
        for axis in (0, 1):
            inner &= (np.roll(truth, step, axis) == WATER) & (np.roll(truth, -step, axis) == WATER)
    banks = (truth == WATER) & ~inner
    assert np.median(shortwave[banks]) > 2 * np.median(shortwave[inner])


def test_polygons_are_like_digitized_ones(scene, polygons):
    assert len(polygons) == 126
    assert list(polygons.columns) == ["class_id", "class_name", "geometry"]
    assert polygons.crs == scene.crs
    assert polygons.class_id.value_counts().min() >= 15
    assert {(c.id, c.name) for c in CLASSES} == set(zip(polygons.class_id, polygons.class_name, strict=True))
    assert polygons.is_valid.all()
    assert polygons.area.between(0.3e4, 8e4).all()
    assert polygons.count_coordinates().between(5 + 1, 12 + 1).all()  # a ring repeats its first vertex
    left, top = scene.transform.c, scene.transform.f
    minx, miny, maxx, maxy = polygons.total_bounds
    assert left <= minx
    assert maxy <= top
    assert maxx <= left + 10 * scene.width
    assert miny >= top - 10 * scene.height


def test_polygons_are_spread_over_the_scene(scene, polygons):
    centres = polygons.centroid
    quarters = (centres.x > scene.transform.c + 5120).astype(int) + 2 * (centres.y > scene.transform.f - 5120)
    assert quarters.value_counts().min() >= 20


def test_polygons_are_mostly_but_not_all_pure(polygons, drawn, truth):
    purity = np.array([(truth[drawn == i] == c).mean() for i, c in enumerate(polygons.class_id, 1)])
    assert purity.mean() > 0.9
    assert 0.5 < (purity == 1).mean() < 0.97
    assert purity.min() > 0.5
    assert (truth[drawn > 0] > 0).all()


def test_polygons_are_the_same_each_time():
    first, again, other = (Scene((400, 400), seed).training_polygons() for seed in (42, 42, 7))
    assert again.geom_equals(first).all()
    assert not set(other.geometry.to_wkt()) & set(first.geometry.to_wkt())


def test_a_small_scene_has_fewer_polygons():
    polygons = Scene((150, 120)).training_polygons()
    assert 0 < len(polygons) < 126
    assert polygons.is_valid.all()


def test_reference_is_stratified_true_and_apart_from_training(scene, polygons, truth, points):
    assert (points.class_id.value_counts() == 100).all()
    np.testing.assert_array_equal(_values_at(scene, points, truth), points.class_id)
    assert points.distance(polygons.union_all()).min() > 30
    assert not points.geometry.duplicated().any()


def test_simple_random_reference_has_the_shares_of_the_map(scene, truth):
    points = scene.reference_points(2000, stratified=False)
    shares = np.bincount(truth[truth > 0], minlength=6) / (truth > 0).sum()
    # Four standard errors of a share, and the places near polygons that are left out.
    np.testing.assert_allclose(np.bincount(points.class_id, minlength=6) / 2000, shares, atol=0.05)


def test_a_random_forest_does_well_but_not_perfectly(scene, pixels, polygons, drawn, forest, points):
    model, held_out = forest
    accuracy = (model.predict(_values_at(scene, points, pixels).T) == points.class_id).mean()
    assert 0.80 < accuracy < 0.96
    others = np.isin(drawn, held_out)
    labels = polygons.class_id.to_numpy()[drawn[others] - 1]
    assert 0.80 < (model.predict(pixels[:, others].T) == labels).mean() < 0.98


def test_written_scene_carries_names_nodata_and_grid(tmp_path):
    scene = Scene((600, 530))
    fractions = []
    path = tmp_path / "a scene é.tif"
    scene.write_scene(path, progress=fractions.append)
    with rasterio.open(path) as raster:
        assert raster.descriptions == BANDS
        assert raster.nodata == 0
        assert raster.crs == scene.crs
        assert raster.transform == scene.transform
        assert raster.block_shapes == [(512, 512)] * 6
        np.testing.assert_array_equal(raster.read(), scene.reflectance())
    assert fractions == [0.25, 0.5, 0.75, 1.0]
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_written_truth_carries_the_class_table(tmp_path):
    scene = Scene((100, 130))
    scene.write_truth(tmp_path / "truth.tif")
    with rasterio.open(tmp_path / "truth.tif") as raster:
        assert raster.nodata == 0
        colours = raster.colormap(1)
        for land_cover in CLASSES:
            assert "#{:02x}{:02x}{:02x}".format(*colours[land_cover.id][:3]) == land_cover.colour
            assert raster.tags(1)[f"CLASS_{land_cover.id}"] == land_cover.name
        np.testing.assert_array_equal(raster.read(1), scene.truth())


def test_scenes_are_computed_a_tile_at_a_time(tmp_path, monkeypatch):
    asked = []
    compute = Scene.reflectance

    def reflectance(self, window=None):
        asked.append((window.row_off, window.col_off, window.height, window.width))
        return compute(self, window)

    monkeypatch.setattr(Scene, "reflectance", reflectance)
    Scene((520, 1030)).write_scene(tmp_path / "scene.tif", compress=False)
    columns = (0, 512), (512, 512), (1024, 6)
    assert asked == [(row, col, h, w) for row, h in ((0, 512), (512, 8)) for col, w in columns]


def test_workers_write_the_same_file(tmp_path):
    scene = Scene((513, 513))
    scene.write_scene(tmp_path / "one.tif")
    scene.write_scene(tmp_path / "two.tif", workers=2)
    assert (tmp_path / "one.tif").read_bytes() == (tmp_path / "two.tif").read_bytes()


def test_an_interrupted_write_leaves_nothing(tmp_path):
    def stop(fraction):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Scene((100, 100)).write_scene(tmp_path / "scene.tif", progress=stop)
    assert list(tmp_path.iterdir()) == []
