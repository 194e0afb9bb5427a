"""The dense CRF is what its paper says, the same however it is cut, and knows nothing of nodata."""

import os

import numpy as np
import pytest
from conftest import write_raster
from crf_scenes import crew_of, image, shares, truth
from rasterio.windows import Window

from landloom.crf import crew, field, scaling, tiles
from landloom.crf.field import Settings
from landloom.errors import InputError, LandloomError, ParameterError
from landloom.grids import Grid
from landloom.rasters import open_stack


def mean_field(probabilities, picture, settings):
    """Krähenbühl & Koltun's algorithm 1 with all pairs of pixels summed up, and symmetric normalisation as in their
    code; a pixel is its own neighbour there."""
    classes, height, width = probabilities.shape
    rows, columns = (axis.ravel() for axis in np.mgrid[:height, :width])
    place = np.stack([columns, rows]).astype(float)
    colour = picture.reshape(len(picture), -1) / settings.bilateral_srgb
    energy, messages = -np.log(probabilities.reshape(classes, -1)), []
    for features, weight in (
        (place / settings.spatial_sxy, settings.spatial_compat),
        (np.concatenate([place / settings.bilateral_sxy, colour]), settings.bilateral_compat),
    ):
        apart = ((features[:, :, None] - features[:, None, :]) ** 2).sum(axis=0)
        kernel = np.exp(-apart / 2)
        norm = 1 / np.sqrt(kernel.sum(axis=1))
        messages.append(weight * norm[:, None] * kernel * norm)
    belief = np.exp(-energy)
    for _ in range(settings.iterations):
        belief /= belief.sum(axis=0)
        # Potts: each other class's message raises the energy, which is the own one's lowering it.
        belief = np.exp(-energy + sum(belief @ message for message in messages))
    return (belief / belief.sum(axis=0)).reshape(probabilities.shape)


def refined(probabilities, picture, settings, valid=None, origin=(0, 0)):
    valid = np.ones(probabilities.shape[1:], bool) if valid is None else valid
    return field.refine(probabilities, picture, valid, origin, settings, 1e-5)


@pytest.fixture
def small():
    """A border between two classes, noisy probabilities, and an image that shows it: 12 × 12."""
    random = np.random.default_rng(3)
    places = (np.mgrid[:12, :12].sum(axis=0) > 11).astype(np.uint8)
    noise = random.dirichlet(np.ones(3), places.shape).transpose(2, 0, 1)
    probabilities = 0.7 * noise + 0.3 * (np.arange(3)[:, None, None] == places)
    picture = np.array([[60, 90, 120], [150, 120, 60]])[places].transpose(2, 0, 1) + random.normal(0, 8, (3, 12, 12))
    return probabilities.astype(np.float32), picture.astype(np.float32), places


@pytest.mark.parametrize(
    "settings",
    [
        Settings(1, 3, 1, 6, 20, 1.5),
        Settings(5, 3, 1, 6, 20, 1.5),
        Settings(5, 3, 3, 6, 20, 0),
        Settings(5, 3, 0, 10, 20, 3),
    ],
)
def test_beliefs_are_near_those_of_all_pairs_summed_up(small, settings):
    """The lattice of pydensecrf approximates the sums; its error is some hundredths of a belief here."""
    probabilities, picture, _ = small
    exact = mean_field(probabilities.astype(float), picture.astype(float), settings)
    ours = refined(probabilities, picture, settings)
    assert np.allclose(ours.sum(axis=0), 1, atol=1e-5)
    assert np.abs(ours - exact).mean() < 0.02
    assert np.mean(ours.argmax(axis=0) == exact.argmax(axis=0)) > 0.97
    assert np.abs(probabilities - exact).mean() > 0.08, "it is more than what was there before"


def test_errors_vanish_and_the_border_follows_the_image(small):
    probabilities, picture, places = small
    before = np.mean(probabilities.argmax(axis=0) == places)
    after = np.mean(refined(probabilities, picture, Settings(8, 3, 1, 6, 20, 3)).argmax(axis=0) == places)
    assert before < 0.8
    assert after > 0.97


@pytest.mark.parametrize(("sxy", "srgb"), [(5, 5), (20, 13), (5, 3)])
def test_pieces_with_a_halo_come_out_as_the_whole(sxy, srgb):
    """Of 90,000 pixels 9 at most get another class: one in 10,000."""
    settings = Settings(bilateral_sxy=sxy, bilateral_srgb=srgb)
    places = truth(300, 300)
    probabilities, picture = shares(places), image(places)[:3] / 2000 * 255
    picture = picture.astype(np.float32)
    whole, margin = refined(probabilities, picture, settings), field.halo(settings)
    pieces = np.zeros_like(whole)
    for row in range(0, 300, 100):
        for column in range(0, 300, 100):
            top, left = max(row - margin, 0), max(column - margin, 0)
            around = np.s_[:, top : row + 100 + margin, left : column + 100 + margin]
            piece = refined(probabilities[around], picture[around], settings, origin=(top, left))
            own = piece[:, row - top : row - top + 100, column - left : column - left + 100]
            pieces[:, row : row + 100, column : column + 100] = own
    assert np.sum(pieces.argmax(axis=0) != whole.argmax(axis=0)) <= 9
    assert np.abs(pieces - whole).mean() < 1e-4


def test_pixels_without_data_have_no_influence():
    places = truth(60, 70)
    probabilities, picture = shares(places), image(places)[:3] / np.float32(10)
    valid = np.ones(places.shape, bool)
    valid[20:40, 10:50] = False
    other = probabilities.copy()
    other[:, ~valid] = np.array([0.0, 0.0, 1.0])[:, None]
    strange = np.where(valid, picture, 255).astype(np.float32)
    first = refined(probabilities, picture, Settings(), valid)
    assert np.array_equal(first, refined(other, strange, Settings(), valid))
    assert not first[:, ~valid].any()
    assert not np.array_equal(first[:, valid], refined(probabilities, picture, Settings())[:, valid])


def test_a_place_without_any_data_is_left_alone():
    nothing = np.zeros((3, 5, 5), np.float32)
    assert not refined(nothing, nothing, Settings(), np.zeros((5, 5), bool)).any()


def test_a_probability_of_zero_is_no_last_word():
    """Its pixel is drowned in sure neighbours that look like it."""
    probabilities = np.zeros((2, 15, 15), np.float32)
    probabilities[0] = 1
    probabilities[:, 7, 7] = 0, 1
    after = field.refine(probabilities, np.zeros((1, 15, 15), np.float32), np.ones((15, 15), bool), (0, 0),
                         Settings(), 0.005)  # fmt: skip
    assert after[0, 7, 7] > 0.9


# --- scaling ------------------------------------------------------------------------------------


def test_bands_go_from_0_to_255_between_their_percentiles(tmp_path):
    values = np.arange(10_000, dtype=np.uint16).reshape(1, 100, 100)
    stack = open_stack([write_raster(tmp_path / "i.tif", np.concatenate([values, values * 0 + 7]), 0)])
    found = scaling.measure(stack)
    expected = np.percentile(values[values > 0], [2, 98])
    assert (found.low[0], found.high[0]) == pytest.approx(tuple(expected))
    scaled = found(stack.read_floats(Window(0, 0, 100, 100)))
    middle = (values[0, 50, 50] - expected[0]) / (expected[1] - expected[0]) * 255
    assert scaled[0, 50, 50] == pytest.approx(middle, abs=1e-3)
    assert (scaled[0, 0, 1], scaled[0, 99, 99]) == (0, 255)
    assert np.isnan(scaled[0, 0, 0])
    assert not scaled[1].any(), "a band with one value alone says nothing"


def test_a_large_raster_that_is_nodata_nearly_everywhere_is_searched(tmp_path):
    values = np.zeros((1, 2100, 2100), np.uint8)
    values[0, 2090:, 2090:] = np.arange(100, dtype=np.uint8).reshape(10, 10) + 1
    values[0, 131:133, 131:133] = 200  # within the first square that is looked at
    found = scaling.measure(open_stack([write_raster(tmp_path / "i.tif", values, 0, compress="lzw")]))
    assert (found.low[0], found.high[0]) == pytest.approx(np.percentile(values[values > 0], [2, 98]))


def test_an_image_without_data_is_refused(tmp_path):
    path = write_raster(tmp_path / "i.tif", np.zeros((1, 20, 20), np.uint8), 0)
    with pytest.raises(InputError, match="has no data where the probabilities lie"):
        scaling.measure(open_stack([path]))


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        (["B2", "B3", "B4", "B8"], ["B4", "B3", "B2"]),
        (["Blue", "Green", "Red", "NIR"], ["Red", "Green", "Blue"]),
        (["VV", "VH"], ["VV", "VH"]),
        (["band_1", "band_2", "band_3", "band_4"], ["band_1", "band_2", "band_3"]),
    ],
)
def test_the_visible_bands_are_looked_at_else_the_first_three(names, chosen):
    assert scaling.visible_bands(names) == chosen


# --- tiles --------------------------------------------------------------------------------------


def cut(memory=2048, jobs=8, largest=8192, settings=None, margin=50, channels=3, side=20_000):
    return tiles.tiling(
        Grid(side, side, None, None), 5, channels, settings or Settings(), margin, largest, memory, jobs
    )


def test_tiles_follow_the_memory_and_never_the_jobs():
    edges = [cut(memory).edge for memory in (1024, 2048, 8192, 65536)]
    assert edges == sorted(edges)
    assert edges[0] == 256
    assert edges[-1] > 2000
    assert {cut(jobs=jobs).edge for jobs in (1, 2, 64)} == {cut().edge}
    assert cut(65536, largest=600).edge == 512
    assert cut(65536, side=300).edge == 512


def test_so_many_processes_as_the_memory_has_room_for():
    assert cut(jobs=2).processes == 2
    for memory in (1024, 2048, 8192):
        chosen = cut(memory, jobs=64)
        need = tiles.PROCESS_BYTES + (chosen.edge + 100) ** 2 * field.pixel_bytes(5, 3)
        assert chosen.processes * need <= memory * 2**20
        assert chosen.processes >= 1


def test_a_budget_too_small_for_any_tile_is_refused_with_the_amount():
    with pytest.raises(ParameterError, match=r"MEMORY is 512 MiB, but a tile of 256 pixels .* may take \d{4,}"):
        cut(512, margin=1000)


def test_settings_beyond_pydensecrfs_lattice_are_refused():
    """Its corners are numbered with 16 bits."""
    with pytest.raises(ParameterError, match=r"BILATERAL_SXY .* too small"):
        cut(2**20, settings=Settings(bilateral_sxy=1, spatial_sxy=0.5), margin=4096)


# --- processes ----------------------------------------------------------------------------------


def arguments(side=40):
    places = truth(side, side)
    picture = image(places)[:3] / np.float32(10)
    return shares(places), picture, np.ones(places.shape, bool), (0, 0), Settings(), 1e-5


def test_a_process_answers_with_the_same_bytes():
    with crew.Crew(1) as members:
        assert np.array_equal(members.refine(arguments(), lambda: None), field.refine(*arguments()))


def test_a_mistake_in_a_process_is_raised_here_and_the_next_piece_is_done():
    with crew.Crew(1) as members:
        with pytest.raises(TypeError):
            members.refine((1, 2), lambda: None)
        assert members.refine(arguments(), lambda: None).any()


def test_a_process_that_is_killed_is_told_and_the_next_piece_is_done():
    def kill():
        for process in crew_of(os.getpid()):
            process.kill()

    with crew.Crew(1) as members:
        with pytest.raises(LandloomError, match=r"was ended by signal 9\. Most likely the memory"):
            members.refine(arguments(1500), kill)
        assert members.refine(arguments(), lambda: None).any()


def test_cancel_ends_the_process():
    found = []

    def check():
        found[:] = crew_of(os.getpid())
        if found:
            raise InterruptedError

    with crew.Crew(1) as members:
        with pytest.raises(InterruptedError):
            members.refine(arguments(2000), check)
        (process,) = found
        assert not process.is_running()
