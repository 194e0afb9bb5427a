"""Segmentation networks: any size of image, attention, ordered classes, and safe to open."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the deep-learning layer: plugin.environment install --layer deep")

from scipy.special import expit  # noqa: E402

from landloom import classes, models  # noqa: E402
from landloom.errors import ModelError, ParameterError  # noqa: E402
from landloom.networks import devices, losses, ordinal, segmentation  # noqa: E402
from landloom.networks.attention import Attention  # noqa: E402
from landloom.networks.ordinal import Thresholds  # noqa: E402
from landloom.networks.segmentation import NETWORKS, Design, SegmentationNetwork, from_arrays, rehearse  # noqa: E402
from landloom.networks.weights import as_arrays  # noqa: E402


@pytest.fixture(autouse=True)
def one_thread():
    """Tensors are too small here for more."""
    with devices.threads(1):
        yield


def design(network="unet", encoder="resnet18", channels=4, classes=3, **more):
    return Design(network, encoder, channels, classes, **more)


def made(seed=0, **options):
    """A network with a scaling that does something."""
    torch.manual_seed(seed)
    network = SegmentationNetwork(design(**options)).eval()
    network.offset.uniform_(-1, 1)
    network.scale.uniform_(0.5, 2)
    return network


def values(height, width, n=1, channels=4):
    return torch.randn(n, channels, height, width, generator=torch.Generator().manual_seed(1))


# --- architectures ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NETWORKS)
def test_every_architecture_learns_from_tiles_of_any_size_and_comes_back_from_its_arrays(name):
    network = made(network=name, attention=True, dropout=0.4, ordinal=True, decision="mean")
    rehearse(network.design, 40, 2)
    network.train()
    shown = values(40, 33, 2)
    shown[0, :, :5] = np.nan
    outputs = network(shown)
    assert outputs.shape == (2, 3 + 2, 40, 33)
    outputs.sum().backward()
    for part in ("core.segmentation_head", "attention", "thresholds"):
        assert all((p.grad != 0).any() for p in network.get_submodule(part).parameters())
    again = from_arrays(network.describe(), as_arrays(network))
    assert not again.training
    with torch.no_grad():
        assert torch.equal(again(shown), network.eval()(shown))


@pytest.mark.parametrize(
    "encoder", ["mit_b0", "mobilenet_v2", "timm-mobilenetv3_small_minimal_100", "tu-test_convnext"]
)
@torch.no_grad()
def test_encoders_of_other_kinds_work_with_any_number_of_bands(encoder):
    for channels in (1, 5):
        network = made(encoder=encoder, channels=channels)
        shown = values(32, 50, channels=channels)
        again = from_arrays(network.describe(), as_arrays(network))
        assert torch.equal(again(shown), network(shown))
        assert torch.isfinite(network(shown)).all()


@torch.no_grad()
def test_an_encoder_that_computes_tables_of_its_own_comes_back_from_its_arrays():
    network = made(encoder="tu-test_coatnet")
    again = from_arrays(network.describe(), as_arrays(network))
    assert torch.equal(again(values(160, 160)), network(values(160, 160)))


@torch.no_grad()
def test_no_data_counts_as_the_mean():
    network, shown = made(), values(32, 32)
    shown[0, 1, 3:9], shown[0, :, 20, 20], shown[0, 2, 5, 5] = np.nan, np.nan, np.inf
    filled = torch.where(torch.isfinite(shown), shown, network.offset.view(1, -1, 1, 1))
    assert np.allclose(network(shown), network(filled), atol=1e-6)


@pytest.mark.parametrize(("name", "height", "width", "to"), [
    ("unet", 40, 33, (64, 64)), ("unet", 5, 1, (32, 32)), ("pspnet", 40, 33, (40, 40)), ("pan", 48, 150, (128, 160)),
])  # fmt: skip
@torch.no_grad()
def test_an_image_that_does_not_fit_is_mirrored_at_its_edges(name, height, width, to):
    network, shown = made(network=name), values(height, width)
    padding = [(0, 0), (0, 0), (0, to[0] - height), (0, to[1] - width)]
    larger = torch.from_numpy(np.pad(shown.numpy(), padding, mode="reflect"))
    assert torch.equal(network(shown), network(larger)[..., :height, :width])


def test_the_only_dropout_is_that_of_the_design_and_it_ends_with_learning():
    for name in NETWORKS:
        layers = [
            m for m in made(network=name, dropout=0.4).modules() if isinstance(m, torch.nn.modules.dropout._DropoutNd)
        ]
        assert [layer.p for layer in layers if layer.p] == [0.4]
    network, shown = made(dropout=0.4), values(32, 32)
    assert torch.equal(network(shown), network(shown))
    network.dropout.train()
    assert not torch.equal(network(shown), network(shown))


# --- what cannot be -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"network": "yolo"}, "network 'yolo' is unknown. Choose one of: unet, "),
        ({"encoder": "resnet51"}, "encoder 'resnet51' is unknown. Near matches: .*resnet50"),
        ({"encoder": "tu-resnet_51"}, "Near matches: .*tu-resnet51"),
        ({"encoder": "tu-hf-hub:someone/something"}, "is unknown"),
        ({"encoder": ""}, "Common ones: resnet50"),
        ({"channels": 0}, "cannot have 0 bands"),
        ({"classes": 1}, "cannot have 1 classes"),
        ({"dropout": 1.0}, "dropout is 1.0"),
        ({"decision": "rank"}, "decision 'rank' is unknown"),
        ({"decision": "ordinal"}, "needs the outputs for ordered classes"),
    ],
)
def test_a_design_that_cannot_be_is_refused(options, message):
    with pytest.raises(ParameterError, match=message):
        design(**options)


@pytest.mark.parametrize(
    ("network", "encoder", "message"),
    [
        ("unetplusplus", "mit_b0", "'unetplusplus' with the encoder 'mit_b0' cannot be built"),
        ("linknet", "mit_b0", "'linknet' with the encoder 'mit_b0' cannot be built"),
        ("deeplabv3", "vgg11", "do not support dilated mode.* Choose another encoder"),
        ("unet", "tu-test_vit", "'tu-test_vit' cannot be built: Unsupported"),
        ("unet", "tu-test_maxvit", "cannot work on tiles of 64 × 64 pixels: height"),
    ],
)
def test_a_network_and_an_encoder_that_do_not_go_together_are_told_before_training(network, encoder, message):
    with pytest.raises(ParameterError, match=message):
        rehearse(design(network, encoder), 64, 2)


@pytest.mark.parametrize(("network", "size"), [("unet", 32), ("deeplabv3plus", 64), ("pan", 64), ("upernet", 64)])
def test_a_batch_that_nothing_remains_of_to_normalise_with_is_told_before_training(network, size):
    with pytest.raises(ParameterError, match=f"from a batch of 1 tile of {size} × {size} pixels.*batch size of 2"):
        rehearse(design(network), size, 1)
    rehearse(design(network), size, 2)
    rehearse(design("unet"), 64, 1)
    with pytest.raises(ValueError, match="more than 1 value per channel"):
        SegmentationNetwork(design(network)).train()(values(size, size))


# --- attention ----------------------------------------------------------------------------------


@torch.no_grad()
def test_attention_is_as_published():
    torch.manual_seed(0)
    attention, features = Attention(32), torch.randn(2, 32, 5, 6)
    first, second = attention.mlp[0], attention.mlp[2]
    weights = [p.double().numpy().reshape(len(p), -1) for p in (first.weight, first.bias, second.weight, second.bias)]
    w0, b0, w1, b1 = weights[0], weights[1][:, 0], weights[2], weights[3][:, 0]
    assert w0.shape == (2, 32)
    kernel = attention.spatial.weight[0].double().numpy()
    expected = []
    for image in features.double().numpy():
        mlp = sum(w1 @ np.maximum(w0 @ pooled + b0, 0) + b1 for pooled in (image.mean((1, 2)), image.max((1, 2))))
        image = image * expit(mlp)[:, np.newaxis, np.newaxis]
        maps = np.pad(np.stack([image.mean(0), image.max(0)]), [(0, 0), (3, 3), (3, 3)])
        places = np.array([[(maps[:, r : r + 7, c : c + 7] * kernel).sum() for c in range(6)] for r in range(5)])
        expected.append(image * expit(places))
    assert np.allclose(attention(features), np.stack(expected), atol=1e-6)


def test_attention_weighs_the_deepest_features():
    network, seen = made(attention=True), {}
    network.attention.register_forward_hook(lambda module, given, result: seen.update(given=given[0], result=result))
    network.core.decoder.register_forward_pre_hook(lambda module, given: seen.update(features=given[0]))
    shown = values(64, 64)
    network(shown)
    assert torch.equal(seen["given"], network.core.encoder(network._standardised(shown))[-1])
    assert seen["features"][-1] is seen["result"]
    assert isinstance(made().attention, torch.nn.Identity)


# --- ordered classes ----------------------------------------------------------------------------


def cumulative_of(network, shown):
    """P(y > k), (n, classes - 1, h, w)."""
    return network(shown)[:, network.design.classes :].sigmoid()


@torch.no_grad()
@pytest.mark.parametrize("seed", range(5))
def test_probabilities_of_ordered_classes_are_differences_of_cumulative_ones(seed):
    torch.manual_seed(seed)
    thresholds = Thresholds(5)
    thresholds.first.normal_(0, 3)
    thresholds.steps.normal_(0, 3)
    cumulative = thresholds(torch.randn(2, 1, 3, 4) * 5).double()
    above = np.concatenate([np.ones((2, 1, 3, 4)), expit(cumulative.numpy()), np.zeros((2, 1, 3, 4))], 1)
    found = ordinal.probabilities(cumulative)
    assert (cumulative.diff(dim=1) <= 0).all()
    assert (found >= 0).all()
    assert np.allclose(found, above[:, :-1] - above[:, 1:], atol=1e-12)
    assert np.allclose(found.sum(1), 1)


@torch.no_grad()
def test_probabilities_of_ordered_classes_are_never_below_0_however_far_the_score_lies():
    thresholds = Thresholds(4)
    thresholds.steps.copy_(torch.tensor([-200.0, 0.0]))  # two thresholds in one place
    for score in (-1e4, -60.0, -5.0, 0.0, 5.0, 60.0, 1e4):
        found = ordinal.probabilities(thresholds(torch.full((1, 1, 1, 1), score)))
        assert (found >= 0).all()
        assert found.sum().item() == pytest.approx(1)


@torch.no_grad()
def test_a_score_of_0_says_nothing_at_first():
    for number in (2, 3, 7):
        found = ordinal.probabilities(Thresholds(number)(torch.zeros(1, 1, 1, 1)))
        assert np.allclose(found, 1 / number)


def test_ranks_are_kept_while_a_network_learns():
    network, shown = made(network="pspnet", classes=4, ordinal=True).train(), values(32, 32, 2)
    targets = torch.randint(0, 4, (2, 32, 32), generator=torch.Generator().manual_seed(2))
    targets[targets == 1] = 3  # a class that is missing draws its thresholds together
    loss = losses.make(losses.LossOptions("focal", 4, ordinal_weight=1.0))
    optimiser = torch.optim.AdamW(network.parameters(), 1.0)  # a rate that tears at the thresholds
    for _ in range(6):
        optimiser.zero_grad()
        loss(network(shown), targets).backward()
        optimiser.step()
        with torch.no_grad():
            assert (cumulative_of(network, shown).diff(dim=1) <= 0).all()
            assert (network.thresholds.biases().diff() <= 0).all()


@torch.no_grad()
def test_the_decision_says_which_outputs_count():
    networks = {name: made(ordinal=True, decision=name) for name in segmentation.DECISIONS}
    outputs = networks["mean"](values(32, 32))
    found = {name: network.probabilities(outputs) for name, network in networks.items()}
    assert torch.equal(found["classes"], outputs[:, :3].softmax(1))
    assert torch.equal(found["ordinal"], ordinal.probabilities(outputs[:, 3:]))
    assert np.allclose(found["mean"], (found["classes"] + found["ordinal"]) / 2)
    for probabilities in found.values():
        assert probabilities.shape == (1, 3, 32, 32)
        assert np.allclose(probabilities.sum(1), 1, atol=1e-6)


@torch.no_grad()
def test_outputs_of_mixed_precision_give_probabilities_in_single_precision():
    network = made(ordinal=True, decision="mean")
    outputs = network(values(32, 32))
    found = network.probabilities(outputs.bfloat16())
    assert found.dtype == torch.float32
    assert np.allclose(found.sum(1), 1, atol=1e-6)


# --- model files --------------------------------------------------------------------------------


def test_a_network_of_two_ordered_classes_comes_back_from_a_model_file(tmp_path):
    network = made(classes=2, ordinal=True)
    table = classes.make_table([{"id": 1, "name": "Low"}, {"id": 2, "name": "High"}])
    card = models.Card("segmentation", (), (), (), table, (10.0, 10.0), None, network=network.describe())
    models.save(tmp_path / "m.landloom", card, as_arrays(network))
    found, arrays = models.load(tmp_path / "m.landloom")
    with torch.no_grad():
        assert torch.equal(from_arrays(found.network, arrays)(values(32, 32)), network(values(32, 32)))


@pytest.fixture(scope="module")
def stored():
    network = made(ordinal=True)
    return network.describe(), as_arrays(network)


@pytest.mark.parametrize(
    "change",
    [
        {"architecture": "patch_cnn"},
        {"network": "yolo"},
        {"network": "fpn"},
        {"network": ["unet"]},
        {"encoder": "resnet34"},
        {"encoder": "tu-hf-hub:someone/something"},
        {"encoder": "tu-local-dir:/tmp"},
        {"encoder": None},
        {"channels": 3},
        {"channels": 10**12},
        {"channels": "4"},
        {"channels": True},
        {"classes": 4},
        {"classes": 10**12},
        {"classes": -1},
        {"attention": True},
        {"attention": "no"},
        {"dropout": 7},
        {"dropout": float("nan")},
        {"ordinal": False, "decision": "mean"},
        {"decision": "rank"},
    ],
)
def test_a_description_that_does_not_fit_its_arrays_is_refused(stored, change):
    with pytest.raises(ModelError, match=r"do not fit its description|does not know the architecture"):
        from_arrays(stored[0] | change, stored[1])


def test_a_description_that_lacks_something_is_refused(stored):
    for key in ("architecture", "encoder", "decision"):
        with pytest.raises(ModelError, match="do not fit its description"):
            from_arrays({k: v for k, v in stored[0].items() if k != key}, stored[1])


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        ("scale", lambda a: a * 0),
        ("scale", lambda a: -a),
        ("scale", lambda a: a * np.float32(np.nan)),
        ("core.encoder.conv1.weight", lambda a: a.astype(np.float64)),
        ("core.encoder.conv1.weight", lambda a: a[:, :3]),
        ("core.encoder.conv1.weight", lambda a: a.astype("S8")),
        ("core.encoder.bn1.running_var", lambda a: -a),
        ("core.segmentation_head.0.bias", lambda a: a + np.inf),
        ("thresholds.first", lambda a: np.zeros(2, np.float32)),
    ],
)
def test_arrays_that_no_network_can_have_are_refused(stored, name, spoil):
    with pytest.raises(ModelError, match="do not fit its description"):
        from_arrays(stored[0], stored[1] | {name: spoil(stored[1][name])})
    with pytest.raises(ModelError, match="do not fit its description"):
        from_arrays(stored[0], {key: value for key, value in stored[1].items() if key != name})
