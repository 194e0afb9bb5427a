"""Several answers about a tile: turned, scaled, from several networks, with dropout."""

import numpy as np
import pytest
import scipy.stats

from landloom.ensembles import TURNS, Looks, Spread, parse_scales, resampled, turned, turned_back
from landloom.errors import ParameterError

EDGE = 8


class Weighing:
    """Answers for two classes: the logistic function of a sum of the pixels around, by one kernel."""

    def __init__(self, kernel):
        self.kernel, self.seeds = np.asarray(kernel, float), []

    def probabilities(self, values, seed=None):
        self.seeds.append(seed)
        values = values.astype(float) + (0 if seed is None else np.random.default_rng(seed).normal())
        padded = np.pad(values[:, 0], ((0, 0), (1, 1), (1, 1)))
        height, width = values.shape[-2:]
        score = sum(self.kernel[r, c] * padded[:, r : r + height, c : c + width] for r in range(3) for c in range(3))
        second = 1 / (1 + np.exp(-score))
        return np.stack([1 - second, second], axis=1).astype(np.float32)


class Fixed:
    """Always the same answer."""

    def __init__(self, *shares):
        self.shares = np.array(shares, np.float32)

    def probabilities(self, values, seed=None):
        n, _, h, w = values.shape
        return np.broadcast_to(self.shares.reshape(1, -1, 1, 1), (n, len(self.shares), h, w)).copy()


EVEN = Weighing([[1, 2, 1], [2, -8, 2], [1, 2, 1]])
LEANING = Weighing([[1, 0, -1], [3, 1, -2], [0, 1, 0.5]])


@pytest.fixture
def tile():
    return np.random.default_rng(0).normal(0, 1, (1, 1, EDGE, EDGE)).astype(np.float32)


@pytest.mark.parametrize("turn", TURNS["turns"])
def test_turning_back_undoes_turning(tile, turn):
    assert np.array_equal(turned_back(turned(tile, *turn), *turn), tile)


def test_the_eight_turns_are_all_different(tile):
    assert len({turned(tile, *turn).tobytes() for turn in TURNS["turns"]}) == 8
    assert set(TURNS["flips"]) < set(TURNS["turns"])


@pytest.mark.parametrize("turns", ["flips", "turns"])
def test_where_the_network_does_not_mind_turns_they_change_nothing(tile, turns):
    once, _ = Looks().answer([EVEN], tile, (0,), False)
    found, variance = Looks(turns).answer([EVEN], tile, (0,), True)
    assert np.abs(found - once).max() < 1e-6
    assert variance.max() < 1e-12


def test_eight_looks_are_the_mean_of_eight_answers(tile):
    by_hand = []
    for flip in (lambda a: a, lambda a: a.transpose(0, 1, 3, 2)):
        for quarters in range(4):
            shown = np.rot90(flip(tile), quarters, (2, 3))
            by_hand.append(flip(np.rot90(LEANING.probabilities(shown), -quarters, (2, 3))))
    found, variance = Looks("turns").answer([LEANING], tile, (0,), True)
    assert np.abs(found - np.mean(by_hand, axis=0)).max() < 1e-6
    assert np.abs(variance - np.var(by_hand, axis=0).mean(axis=1)).max() < 1e-6
    assert np.abs(by_hand[0] - found).max() > 0.05, "else nothing is tested"


def test_four_looks_are_the_tile_and_its_flips(tile):
    flips = [(), (3,), (2,), (2, 3)]
    by_hand = [np.flip(LEANING.probabilities(np.flip(tile, axes)), axes) for axes in flips]
    found, _ = Looks("flips").answer([LEANING], tile, (0,), False)
    assert np.abs(found - np.mean(by_hand, axis=0)).max() < 1e-6


# --- scales -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [4, 6, 8, 10, 16, 1])
def test_resampling_is_bilinear_as_in_pytorch(tile, size):
    torch = pytest.importorskip("torch", reason="needs the deep-learning layer")
    expected = torch.nn.functional.interpolate(torch.from_numpy(tile), size=(size, size), mode="bilinear")
    assert np.abs(resampled(tile, size) - expected.numpy()).max() < 1e-6


def test_no_data_does_not_spread_when_a_tile_is_scaled():
    tile = np.full((1, 1, 4, 4), 5, np.float32)
    tile[..., 0, 0] = np.nan
    larger = resampled(tile, 8)
    # The corner pixel covers four; the weight of no data in the next ones is a quarter at most along a side.
    missing = np.zeros((8, 8), bool)
    missing[:2, :2] = True
    assert np.array_equal(np.isnan(larger[0, 0]), missing)
    assert (larger[~np.isnan(larger)] == 5).all()


def test_scales_are_averaged(tile):
    answers = [resampled(LEANING.probabilities(resampled(tile, size)), EDGE) for size in (4, EDGE, 12)]
    found, _ = Looks(scales=(0.5, 1, 1.5)).answer([LEANING], tile, (0,), False)
    assert np.abs(found - np.mean(answers, axis=0)).max() < 1e-6


@pytest.mark.parametrize("text", ["", "a", "1, 1", "0", "-1", "nan", "5", "1,,2"])
def test_scales_that_are_none_are_refused(text):
    with pytest.raises(ParameterError, match=r"SCALES must be different numbers from 0\.25 to 4"):
        parse_scales(text)


def test_scales_are_numbers_between_commas():
    assert parse_scales(" 0.75, 1 ;1.25") == (0.75, 1, 1.25)


# --- votes ------------------------------------------------------------------------------------------

# Three networks, one of them certain.
NETWORKS = [Fixed(0.6, 0.3, 0.1), Fixed(0.0, 1.0, 0.0), Fixed(0.5, 0.25, 0.25)]


def voted(tile, vote, weights=()):
    shares, variance = Looks(vote=vote, weights=weights).answer(NETWORKS, tile, (0,), True)
    assert np.ptp(shares, axis=(2, 3)).max() == 0
    return shares[0, :, 0, 0], variance[0, 0, 0]


def test_the_mean_counts_all_networks_alike(tile):
    shares, variance = voted(tile, "mean")
    assert shares == pytest.approx([1.1 / 3, 1.55 / 3, 0.35 / 3], abs=1e-6)
    # (0.6, 0, 0.5), (0.3, 1, 0.25), (0.1, 0, 0.25) about their means, squared, over 3; then over the three classes.
    by_hand = (0.0688889 + 0.1172222 + 0.0105556) / 3
    assert variance == pytest.approx(by_hand, abs=1e-6)


def test_the_weighted_mean_counts_them_by_their_weights(tile):
    shares, _ = voted(tile, "weighted", (0.5, 0.1, 0.4))
    assert shares == pytest.approx([0.5, 0.35, 0.15], abs=1e-6)


def test_by_uncertainty_who_is_certain_counts_more(tile):
    shares, _ = voted(tile, "uncertainty")
    trust = [1 - scipy.stats.entropy(network.shares, base=3) for network in NETWORKS]
    assert trust[1] == 1
    expected = np.average([network.shares for network in NETWORKS], axis=0, weights=trust)
    assert shares == pytest.approx(expected, abs=1e-6)


def test_networks_that_all_have_no_idea_count_the_same(tile):
    shares, _ = Looks(vote="uncertainty").answer([Fixed(0.5, 0.5), Fixed(0.5, 0.5)], tile, (0,), False)
    assert np.abs(shares - 0.5).max() < 1e-6


def test_variance_between_networks_leaves_out_that_between_looks(tile):
    _, variance = Looks("turns").answer([LEANING, LEANING], tile, (0,), True)
    assert variance.max() == 0


# --- dropout ----------------------------------------------------------------------------------------


def test_passes_have_seeds_of_their_own_and_a_place_always_the_same(tile):
    looks, network = Looks(dropout_passes=3, seed=7), Weighing(LEANING.kernel)
    first = looks.answer([network], tile, (2, 5), True)
    again = looks.answer([network], tile, (2, 5), True)
    assert len(set(network.seeds)) == 3
    assert network.seeds[:3] == network.seeds[3:]
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    answers = [network.probabilities(tile, seed) for seed in network.seeds[:3]]
    assert np.abs(first[0] - np.mean(answers, axis=0)).max() < 1e-6
    assert np.abs(first[1] - np.var(answers, axis=0).mean(axis=1)).max() < 1e-6
    network.seeds.clear()
    looks.answer([network], tile, (2, 6), True)
    Looks(dropout_passes=3, seed=8).answer([network], tile, (2, 5), True)
    assert len(set(network.seeds)) == 6


def test_mean_and_variance_of_arrays_one_after_another():
    arrays = np.random.default_rng(0).uniform(0.99, 1, (50, 1, 2, 3, 3)).astype(np.float32)
    spread = Spread()
    for values in arrays:
        spread.add(values, True)
    exact = arrays.astype(float)
    assert np.abs(spread.mean - exact.mean(axis=0)).max() < 1e-6
    assert spread.variance() == pytest.approx(exact.var(axis=0).mean(axis=1), rel=1e-3)
