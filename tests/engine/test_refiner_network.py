"""Networks from tiles to tiles: they begin with what they are given, know month and biome, and are safe to open."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the deep-learning layer: plugin.environment install --layer deep")

from landloom.errors import ModelError, ParameterError  # noqa: E402
from landloom.exchange.onnx_export import to_onnx  # noqa: E402
from landloom.networks import devices, onnx_runtime, refiner  # noqa: E402
from landloom.networks.refiner import Design, RefinerNetwork, from_arrays, with_conditions  # noqa: E402
from landloom.networks.weights import as_arrays  # noqa: E402


@pytest.fixture(autouse=True)
def one_thread():
    """Tensors are too small here for more."""
    with devices.threads(1):
        yield


def tiles(height, width, n=2, channels=4):
    return np.random.default_rng(1).uniform(0, 1, (n, channels, height, width)).astype(np.float32)


def untrained(**options):
    torch.manual_seed(0)
    return RefinerNetwork(Design(**{"size": "tiny", "channels": 4, **options})).eval()


def trained(**options):
    """A network whose weights are random throughout."""
    network = untrained(**options)
    with torch.no_grad():
        for weight in network.parameters():
            weight.add_(0.05 * torch.randn_like(weight))
    return network


@torch.no_grad()
def answer(network, values, months=6, biomes=0):
    months, biomes = (np.broadcast_to(numbers, len(values)) for numbers in (months, biomes))
    return network(torch.tensor(with_conditions(values, months, biomes))).numpy()


# --- what it computes -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("height", "width"), [(64, 64), (37, 50), (5, 130), (1, 1)])
def test_an_untrained_refiner_gives_back_tiles_of_any_size(height, width):
    values = tiles(height, width)
    np.testing.assert_array_equal(answer(untrained(), values, [1, 12], [0, 15]), values)


def test_month_and_biome_are_planes_behind_the_bands():
    values = tiles(3, 5)
    together = with_conditions(values, [2, 11], [0, 15])
    assert together.shape == (2, 6, 3, 5) and together.dtype == np.float32
    np.testing.assert_array_equal(together[:, :4], values)
    assert (together[0, 4] == 2).all() and (together[1, 4] == 11).all()
    assert (together[0, 5] == 0).all() and (together[1, 5] == 15).all()


def test_month_and_biome_matter_and_the_year_is_round():
    network, values = trained(), 0.3 + 0.4 * tiles(32, 32, 1)
    june, december = answer(network, values, 6), answer(network, values, 12)
    assert np.abs(june - december).max() > 1e-3
    assert np.abs(june - answer(network, values, 6, 9)).max() > 1e-3
    # The month before January.
    np.testing.assert_allclose(december, answer(network, values, 0), atol=1e-5)


def test_a_network_without_conditions_looks_at_neither():
    network, values = trained(conditioned=False), tiles(32, 32, 1)
    np.testing.assert_array_equal(answer(network, values, 6, 0), answer(network, values, 1, 9))


def test_a_tile_alone_is_as_in_a_batch():
    network, values = trained(), tiles(24, 40, 3)
    together = answer(network, values, [1, 5, 9], [3, 2, 1])
    np.testing.assert_allclose(answer(network, values[1:2], 5, 2), together[1:2], atol=1e-5)


def test_reflectance_is_clipped_but_a_network_that_learns_is_told_the_way_back():
    network, values = untrained(), np.full((1, 4, 16, 16), 1.5, np.float32)
    assert answer(network, values).max() == 1
    network.train()
    outputs = network(torch.tensor(with_conditions(values, [6], [0])))
    assert outputs.max() == 1.5
    (outputs - 0.5).abs().mean().backward()
    assert (network.last.bias.grad > 0).all()


def test_no_data_becomes_the_mean():
    values = tiles(16, 16, 1)
    values[0, 2, :8] = np.nan
    found = answer(untrained(), values)
    # Of the red band, as Prithvi-EO-2.0 was trained.
    np.testing.assert_allclose(found[0, 2, :8], 0.1433, atol=1e-6)
    np.testing.assert_array_equal(found[0, 2, 8:], values[0, 2, 8:])
    assert np.isfinite(answer(trained(), values)).all()


def test_a_translator_takes_any_channels_and_gives_optical_bands():
    network = trained(channels=2, optical=False)
    network.encoder.offset.copy_(torch.tensor([-12.0, -18.0]))
    network.encoder.scale.copy_(torch.tensor([3.0, 4.0]))
    found = answer(network, 5 * tiles(30, 30, 2, 2) - 18)
    assert found.shape == (2, 4, 30, 30)
    assert found.min() >= 0 and found.max() <= 1 and found.std() > 0.01


def test_every_weight_learns_and_a_shift_of_a_band_is_learnt():
    network = untrained().train()
    # The biome has all 16 rows in use.
    values = torch.tensor(with_conditions(tiles(16, 16, 16), np.arange(16) % 12 + 1, np.arange(16)))
    target = values[:, :4] * torch.tensor([0.8, 1, 1, 1.1]).view(1, -1, 1, 1)
    optimizer = torch.optim.AdamW(network.parameters(), 3e-3)
    losses, seen = [], dict.fromkeys(dict(network.named_parameters()), 0.0)
    for _ in range(25):
        optimizer.zero_grad()
        loss = (network(values) - target).abs().mean()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
        seen = {name: seen[name] + float(p.grad.abs().sum()) for name, p in network.named_parameters()}
    # The class token alone feeds nothing but attention.
    assert not [name for name, amount in seen.items() if amount == 0]
    assert losses[-1] < 0.6 * losses[0]


def test_the_smallest_size_has_less_than_a_million_weights_and_the_largest_are_those_published():
    millions = {}
    with torch.device("meta"):
        for size in refiner.SIZES:
            encoder = RefinerNetwork(Design(size, 4)).encoder
            millions[size] = sum(p.numel() for p in encoder.parameters()) / 1e6
    assert millions["tiny"] < 1
    # As the models are called.
    assert [round(millions[size], -2) for size in ("100M", "300M", "600M")] == [100, 300, 600]


# --- as ONNX ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [32, 50])
def test_an_onnx_file_gives_the_same_for_batches_of_any_number(size):
    network = trained()
    graph = onnx_runtime.Graph(to_onnx(network, 6, size, probabilities=False, fixed=True), "refiner", 1)
    for n in (1, 3):
        values, months = tiles(size, size, n), np.arange(n) + 3
        found = graph(with_conditions(values, months, months))
        np.testing.assert_allclose(found, answer(network, values, months, months), atol=1e-5)


# --- from a file ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{}, {"channels": 3, "outputs": 2, "conditioned": False, "optical": False}])
def test_a_network_comes_back_from_its_arrays(options):
    network = trained(**options)
    again = from_arrays(network.describe(), as_arrays(network))
    assert not again.training
    values = tiles(20, 20, 1, network.design.channels)
    np.testing.assert_array_equal(answer(again, values), answer(network, values))


def _lost(arrays):
    del arrays["last.bias"]


def _cut(arrays):
    arrays["encoder.cls_token"] = np.zeros((1, 1, 8), np.float32)


def _whole_numbers(arrays):
    arrays["encoder.norm.bias"] = np.zeros(96, np.int64)


def _not_finite(arrays):
    arrays["film.0.bias"] = np.full_like(arrays["film.0.bias"], np.inf)


def _no_scale(arrays):
    arrays["encoder.scale"] = np.zeros(4, np.float32)


@pytest.mark.parametrize("change", [_lost, _cut, _whole_numbers, _not_finite, _no_scale])
def test_arrays_that_do_not_fit_are_refused(change):
    network = untrained()
    arrays = as_arrays(network)
    change(arrays)
    with pytest.raises(ModelError, match="do not fit its description"):
        from_arrays(network.describe(), arrays)


@pytest.mark.parametrize(
    "claim",
    [{"size": "900M"}, {"channels": "4"}, {"channels": True}, {"outputs": 10**12}, {"optical": None}, {"size": "600M"}],
)
def test_descriptions_that_cannot_be_are_refused_before_anything_is_built(claim):
    network = untrained()
    with pytest.raises(ModelError, match="do not fit its description"):
        from_arrays({**network.describe(), **claim}, as_arrays(network))


def test_another_architecture_is_refused_with_both_named():
    with pytest.raises(ModelError, match="'refiner' was expected, but this is 'segmentation'"):
        from_arrays({"architecture": "segmentation"}, {})


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"size": "huge"}, "The size 'huge' is unknown. Choose one of: tiny, small, 100M, 300M, 600M."),
        ({"channels": 2}, "4 bands B02, B03, B04, B08 as channels and as outputs, not 2 and 4"),
        ({"channels": 0, "optical": False}, "cannot have 0 channels"),
    ],
)
def test_a_design_that_cannot_be_is_told(options, says):
    with pytest.raises(ParameterError, match=says):
        Design(**{"size": "tiny", "channels": 4, **options})
