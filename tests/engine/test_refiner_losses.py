"""The loss of refiners against formulas written down once more with NumPy and SciPy."""

import numpy as np
import pytest
import scipy.ndimage
import scipy.spatial.distance

torch = pytest.importorskip("torch", reason="needs the deep-learning layer: plugin.environment install --layer deep")

from landloom.errors import ParameterError  # noqa: E402
from landloom.networks import refiner_losses  # noqa: E402
from landloom.networks.refiner_losses import RefinerLoss  # noqa: E402
from landloom.networks.tally import IGNORED  # noqa: E402

PARTS = ("values", "spectral", "edge")


def tiles(seed=0, shape=(2, 4, 9, 11)):
    random = np.random.default_rng(seed)
    return random.uniform(0.05, 0.6, (2, *shape))


def loss(outputs, targets, spectral=0.0, edge=0.0):
    return float(refiner_losses.make(RefinerLoss(spectral, edge))(torch.tensor(outputs), torch.tensor(targets)))


def part(name, outputs, targets):
    """What one part adds to the loss."""
    values = loss(outputs, targets)
    return values if name == "values" else loss(outputs, targets, **{name: 1.0}) - values


def slope(outputs, targets):
    """The loss and its gradient."""
    given = torch.tensor(outputs, requires_grad=True)
    value = refiner_losses.make(RefinerLoss())(given, torch.tensor(targets))
    value.backward()
    return float(value.detach()), given.grad


def angles(outputs, targets):
    """Of each pixel, by SciPy's cosine distance."""
    pairs = zip(
        *(np.moveaxis(values, 1, -1).reshape(-1, values.shape[1]) for values in (outputs, targets)), strict=True
    )
    return np.array([np.arccos(1 - scipy.spatial.distance.cosine(a, b)) for a, b in pairs])


def slopes(values, axis):
    """By SciPy, without the border; its filter adds up eight times the slope."""
    found = [[scipy.ndimage.sobel(band, axis=axis) / 8 for band in tile] for tile in values]
    return np.array(found)[..., 1:-1, 1:-1]


def test_values_count_by_their_mean_absolute_difference():
    outputs, targets = tiles()
    assert part("values", outputs, targets) == pytest.approx(np.abs(outputs - targets).mean(), rel=1e-9)


def test_spectra_count_by_the_mean_of_their_angles():
    outputs, targets = tiles()
    assert part("spectral", outputs, targets) == pytest.approx(angles(outputs, targets).mean(), rel=1e-9)


def test_edges_count_by_the_differences_of_sobels_slopes():
    outputs, targets = tiles()
    expected = np.mean([np.abs(slopes(outputs, axis) - slopes(targets, axis)).mean() for axis in (-2, -1)])
    assert part("edge", outputs, targets) == pytest.approx(expected, rel=1e-9)


def test_a_ramp_has_its_slope_as_edge():
    outputs, targets = np.zeros((2, 1, 4, 6, 6))
    outputs += 0.03 * np.arange(6)
    assert part("edge", outputs, targets) == pytest.approx(0.03 / 2), "none along columns"


def test_the_parts_add_up_by_their_weights():
    outputs, targets = tiles()
    parts = [part(name, outputs, targets) for name in PARTS]
    whole = loss(outputs, targets, spectral=0.3, edge=4.0)
    assert whole == pytest.approx(parts[0] + 0.3 * parts[1] + 4 * parts[2])


def test_brightness_does_not_change_the_angle():
    outputs, _ = tiles()
    assert part("spectral", outputs, 0.37 * outputs) == pytest.approx(0, abs=1e-7)


def test_small_angles_keep_their_digits_in_32_bits():
    """The arc cosine of their product is 0 for all angles below 2e-4."""
    targets = np.zeros((1, 4, 3, 3), np.float32)
    targets[:, 0] = 0.5
    outputs = targets.copy()
    outputs[:, 1] = 0.5 * np.tan(1e-5)
    assert part("spectral", outputs, targets) == pytest.approx(1e-5, rel=1e-4)


@pytest.mark.parametrize("case", ["equal", "black output", "black target", "black both", "nearly black"])
def test_no_gradient_is_without_bounds_where_angles_have_none(case):
    outputs, targets = tiles()
    if case == "equal":
        outputs = targets.copy()
    if case in ("black output", "black both"):
        outputs[0] = 0
    if case in ("black target", "black both"):
        targets[0] = 0
    if case == "nearly black":
        outputs[0] = 1e-12
    value, gradient = slope(outputs, targets)
    assert np.isfinite(value)
    assert torch.isfinite(gradient).all()
    assert gradient.abs().max() < 1, "of a mean over hundreds of values"


def test_black_pixels_have_no_angle_and_the_others_are_a_mean_without_them():
    outputs, targets = tiles()
    expected = angles(outputs[1:], targets[1:]).mean()
    outputs[0], targets[0, :, :2] = 0, 0
    assert part("spectral", outputs, targets) == pytest.approx(expected, rel=1e-9)


def test_what_is_ignored_counts_nowhere():
    outputs, targets = tiles()
    whole = {name: part(name, outputs[..., :7], targets[..., :7]) for name in PARTS}
    targets[..., 7:] = IGNORED
    assert {name: part(name, outputs, targets) for name in PARTS} == pytest.approx(whole)
    _, gradient = slope(outputs, targets)
    assert not gradient[..., 7:].any()
    assert gradient[..., :6].any()


def test_one_unknown_band_takes_the_angle_of_its_pixels_and_the_edges_around():
    outputs, targets = tiles()
    targets[:, 2, 4, 5] = IGNORED
    known = np.ones(outputs.shape, bool)
    known[:, 2, 4, 5] = False
    assert part("values", outputs, targets) == pytest.approx(np.abs(outputs - targets)[known].mean())
    each = angles(outputs, np.where(known, targets, 1)).reshape(2, 9, 11)
    assert part("spectral", outputs, targets) == pytest.approx(each[known.all(axis=1)].mean())
    inner = np.ones((2, 4, 7, 9), bool)
    inner[:, 2, 2:5, 3:6] = False
    different = [np.abs(slopes(outputs, axis) - slopes(np.where(known, targets, 1), axis))[inner] for axis in (-2, -1)]
    assert part("edge", outputs, targets) == pytest.approx(np.mean(different))


def test_nothing_known_is_no_loss_and_no_gradient():
    outputs, targets = tiles()
    value, gradient = slope(outputs, np.full_like(targets, IGNORED))
    assert value == 0
    assert not gradient.any()


def test_16_bits_are_computed_with_32():
    outputs, targets = (values.astype(np.float16) for values in tiles())
    found = loss(outputs, targets, spectral=1.0)
    precise = loss(outputs.astype(np.float64), targets.astype(np.float64), spectral=1.0)
    assert found == pytest.approx(precise, rel=1e-5)


@pytest.mark.parametrize("weights", [{"edge_weight": -1.0}, {"spectral_weight": float("nan")}])
def test_weights_that_cannot_be_are_refused(weights):
    with pytest.raises(ParameterError, match="WEIGHT"):
        RefinerLoss(**weights)
