"""Weights that an encoder begins with: from files of other libraries, whatever they call their parts."""

import hashlib

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the deep-learning layer: plugin.environment install --layer deep")

import huggingface_hub  # noqa: E402
from safetensors.torch import save_file  # noqa: E402

from landloom import models  # noqa: E402
from landloom.classes import make_table  # noqa: E402
from landloom.deep import smp, timm  # noqa: E402
from landloom.errors import InputError  # noqa: E402
from landloom.networks import devices, encoders  # noqa: E402
from landloom.networks.segmentation import Design, SegmentationNetwork  # noqa: E402


@pytest.fixture(autouse=True)
def one_thread():
    """Tensors are too small here for more."""
    with devices.threads(1):
        yield


def network(encoder="resnet18", channels=3, name="unet"):
    return SegmentationNetwork(Design(name, encoder, channels, 2)).eval()


@pytest.fixture(scope="module")
def resnet():
    """torchvision's, with normalisations that do something."""
    import torchvision

    torch.manual_seed(0)
    model = torchvision.models.resnet18(weights=None).eval()
    for name, buffer in model.named_buffers():
        if name.endswith("running_mean"):
            buffer.normal_()
        elif name.endswith("running_var"):
            buffer.uniform_(0.5, 2)
    return model


@pytest.fixture(scope="module")
def features(resnet):
    """What torchvision's network makes of an image: the maps after each of its four blocks."""
    shown = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    found, layer = [], resnet.maxpool(resnet.relu(resnet.bn1(resnet.conv1(shown))))
    for block in (resnet.layer1, resnet.layer2, resnet.layer3, resnet.layer4):
        layer = block(layer)
        found.append(layer.detach())
    return shown, found


def save(path, content):
    if path.suffix == ".safetensors":
        save_file(content, path)
    else:
        torch.save(content, path)
    return str(path)


@pytest.mark.parametrize("prefix", ["", "encoder.", "module.", "backbone.", "model.", "module.encoder_q.", "net.0."])
@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
@torch.no_grad()
def test_features_are_those_of_torchvision_whatever_the_prefix(resnet, features, tmp_path, prefix, suffix):
    content = {f"{prefix}{key}": value for key, value in resnet.state_dict().items()}
    made = network()
    loaded = encoders.load(made, save(tmp_path / f"weights{suffix}", content))
    shown, expected = features
    for mine, theirs in zip(made.core.encoder(shown)[2:], expected, strict=True):
        assert np.allclose(mine, theirs, atol=1e-5)
    assert (len(loaded.taken), loaded.missing, loaded.bands) == (100, (), None)
    assert set(loaded.unused) == {f"{prefix}fc.weight", f"{prefix}fc.bias"}
    assert "100 weights" in loaded.message
    content = (tmp_path / f"weights{suffix}").read_bytes()
    assert loaded.origin == {"source": loaded.source, "sha256": hashlib.sha256(content).hexdigest()}
    assert loaded.warning == ""


@torch.no_grad()
def test_weights_are_found_in_a_nested_checkpoint_of_a_whole_model(resnet, tmp_path):
    whole = network(name="fpn")
    encoders.load(whole, save(tmp_path / "resnet.pth", resnet.state_dict()))
    optimiser = torch.optim.AdamW(whole.parameters())
    checkpoint = {"epoch": 3, "state_dict": whole.core.state_dict(), "optimizer": optimiser.state_dict(), "name": "x"}
    made = network()
    encoders.load(made, save(tmp_path / "whole.pt", checkpoint))
    for name, value in made.core.encoder.state_dict().items():
        assert torch.equal(value, resnet.state_dict()[name])


@torch.no_grad()
def test_nothing_but_the_encoder_changes(resnet, tmp_path):
    made = network()
    before = {name: value.clone() for name, value in made.state_dict().items()}
    encoders.load(made, save(tmp_path / "resnet.pth", resnet.state_dict()))
    changed = {name for name, value in made.state_dict().items() if not torch.equal(value, before[name])}
    assert changed
    assert all(name.startswith("core.encoder.") for name in changed)


@pytest.mark.parametrize("channels", [1, 2, 4, 7])
@torch.no_grad()
def test_the_first_layer_is_made_over_to_other_bands_as_the_library_does_it(resnet, tmp_path, channels):
    made = network(channels=channels)
    loaded = encoders.load(made, save(tmp_path / "resnet.pth", resnet.state_dict()))
    reference = smp.encoders.get_encoder("resnet18", weights=None)
    reference.load_state_dict(resnet.state_dict())
    reference.set_in_channels(channels, pretrained=True)
    assert np.allclose(made.core.encoder.conv1.weight, reference.conv1.weight, atol=1e-6)
    assert loaded.bands == 3
    assert "learnt on 3 bands" in loaded.message


@torch.no_grad()
def test_weights_for_as_many_bands_are_taken_as_they_are(tmp_path):
    source, made = network(channels=4), network(channels=4)
    loaded = encoders.load(made, save(tmp_path / "source.pth", source.core.encoder.state_dict()))
    assert torch.equal(made.core.encoder.conv1.weight, source.core.encoder.conv1.weight)
    assert loaded.bands is None


@pytest.mark.parametrize("name", ["resnet18", "test_convnext", "test_efficientnet"])
@torch.no_grad()
def test_models_of_timm_are_read_as_timm_names_their_parts(tmp_path, name):
    torch.manual_seed(0)
    model = timm.create_model(name, pretrained=False).eval()
    made = network(f"tu-{name}")
    loaded = encoders.load(made, save(tmp_path / "timm.safetensors", model.state_dict()))
    shown = torch.randn(1, 3, 64, 64)
    reference = timm.create_model(name, pretrained=False, features_only=True).eval()
    # timm's own way from a whole model to its features.
    state = timm.models.clean_state_dict(model.state_dict())
    flat = {key.replace(".", "_"): value for key, value in state.items()}
    reference.load_state_dict({key: flat[key.replace(".", "_")] for key in reference.state_dict()})
    assert torch.equal(made.core.encoder(shown)[-1], reference(shown)[-1])
    assert loaded.missing == ()


@torch.no_grad()
def test_half_precision_becomes_single_precision(resnet, tmp_path):
    made = network()
    half = {key: value.half() if value.is_floating_point() else value for key, value in resnet.state_dict().items()}
    encoders.load(made, save(tmp_path / "half.pth", half))
    assert made.core.encoder.conv1.weight.dtype == torch.float32
    assert torch.equal(made.core.encoder.conv1.weight, resnet.conv1.weight.half().float())


@torch.no_grad()
def test_what_is_not_in_the_file_is_told(resnet, tmp_path):
    content = {key: value for key, value in resnet.state_dict().items() if not key.startswith("layer4.1.")}
    loaded = encoders.load(network(), save(tmp_path / "part.pth", content))
    assert len(loaded.missing) == 10
    assert "10 of the encoder's 100 weights are not in" in loaded.warning
    assert "layer4.1.conv1.weight" in loaded.warning


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("conv1.weight", lambda w: w[:, :, 1:6, 1:6]),  # a smaller kernel
        ("conv1.weight", lambda w: w[:32]),  # fewer features
        ("layer2.0.conv1.weight", lambda w: w[:, :32]),  # from fewer features
        ("bn1.weight", lambda w: w[:32]),
    ],
)
def test_a_layer_of_another_shape_is_not_taken(resnet, tmp_path, name, other):
    content = dict(resnet.state_dict())
    content[name] = other(content[name]).clone()
    loaded = encoders.load(network(), save(tmp_path / "other.pth", content))
    assert loaded.missing == (name,)
    assert name in loaded.unused
    assert loaded.bands is None


@torch.no_grad()
def test_weights_of_a_model_of_ours_are_read(resnet, tmp_path):
    arrays = {f"core.encoder.{name}": value.numpy() for name, value in resnet.state_dict().items()}
    arrays["training_area"] = np.zeros(20, np.uint8)  # no weights
    card = models.Card("segmentation", (), (), (), make_table([{"id": 1, "name": "a"}]), (10.0, 10.0), None)
    models.save(tmp_path / "m.landloom", card, {**arrays, "offset": np.zeros(3, np.float32)})
    made = network()
    loaded = encoders.load(made, str(tmp_path / "m.landloom"))
    assert all(torch.equal(value, resnet.state_dict()[name]) for name, value in made.core.encoder.state_dict().items())
    assert set(loaded.unused) == {"core.encoder.fc.weight", "core.encoder.fc.bias", "offset"}


def test_weights_of_another_encoder_are_refused_with_expected_against_found(resnet, tmp_path):
    path = save(tmp_path / "resnet.pth", resnet.state_dict())
    for encoder in ("resnet50", "mobilenet_v2"):
        made = network(encoder)
        before = {name: value.clone() for name, value in made.state_dict().items()}
        with pytest.raises(
            InputError, match=r"(?s)does not hold the weights of the encoder .*expected +found\n.*conv1"
        ):
            encoders.load(made, path)
        assert all(torch.equal(value, before[name]) for name, value in made.state_dict().items())


class Trap:
    """Makes a folder when it is unpickled."""

    def __init__(self, folder):
        self.folder = str(folder)

    def __reduce__(self):
        import os

        return os.mkdir, (self.folder,)


def test_a_file_that_would_run_code_is_not_opened(tmp_path):
    with pytest.raises(InputError, match="whole Python objects is not opened"):
        encoders.load(network(), save(tmp_path / "trap.pth", {"state_dict": Trap(tmp_path / "sprung")}))
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("name", ["damaged.pth", "damaged.safetensors", "damaged.landloom", "Gewichte ü.pt"])
def test_a_damaged_file_is_told(tmp_path, name):
    (tmp_path / name).write_bytes(b"\x80nothing of this kind")
    with pytest.raises(InputError, match="holds no weights that can be read"):
        encoders.load(network(), str(tmp_path / name))


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        encoders.load(network(), str(tmp_path / "none.pth"))


def test_weights_that_are_no_numbers_are_refused(resnet, tmp_path):
    content = dict(resnet.state_dict())
    content["conv1.weight"] = content["conv1.weight"] * float("nan")
    with pytest.raises(InputError, match=r"damaged: not all numbers of conv1\.weight are finite"):
        encoders.load(network(), save(tmp_path / "nan.pth", content))


# --- ImageNet -----------------------------------------------------------------------------------


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """The hub's copy on this computer, empty; the hub itself is out of reach."""
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("encoder", ["resnet18", "tu-test_resnet"])
def test_imagenet_weights_out_of_reach_are_told_with_what_to_do(hub, encoder):
    with pytest.raises(
        InputError, match=f"ImageNet weights of the encoder '{encoder}' cannot be had: .* give the file"
    ):
        encoders.load(network(encoder), "imagenet")


@torch.no_grad()
def test_imagenet_weights_are_taken_from_the_hubs_copy(hub, resnet):
    settings = smp.encoders.encoders["resnet18"]["pretrained_settings"]["imagenet"]
    folder = hub / f"models--{settings['repo_id'].replace('/', '--')}" / "snapshots" / settings["revision"]
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    save_file(resnet.state_dict(), folder / "model.safetensors")
    made = network(channels=5, name="pspnet")
    loaded = encoders.load(made, "imagenet")
    assert torch.equal(made.core.encoder.layer1[0].conv1.weight, resnet.layer1[0].conv1.weight)
    assert (loaded.origin, loaded.bands) == ({"source": "ImageNet"}, 3)
