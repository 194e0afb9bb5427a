"""Prithvi: the same features as an independent implementation, from files as they are published."""

import ast
import importlib.util
import re
import subprocess
import sys
import types
import zipfile
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the deep-learning layer: plugin.environment install --layer deep")

from landloom import deep  # noqa: E402, F401  before anything that imports torchvision
from landloom.errors import InputError  # noqa: E402
from landloom.networks import devices  # noqa: E402
from landloom.networks.prithvi import SIZES, PrithviEncoder, Size, load_encoder  # noqa: E402

# An implementation by others: one file of a package whose many dependencies it does not need.
WHEEL = "terratorch==1.1 --hash=sha256:828e6d257ccb52790ae692d9bc6b537e26bc2dac5e0cb6baf3d342a5e6928a27"
KEPT = Path(__file__).resolve().parents[2] / "build" / "terratorch"
OPTICAL = ("B02", "B03", "B04", "B08")
ALL = (*OPTICAL, "B11", "B12")
# As the sizes are published, with few layers: (version, features, layers, heads, patch, date and place).
PUBLISHED = {
    "1.0 100M": (1, 96, 2, 3, 16, False),
    "2.0 300M": (2, 128, 2, 4, 16, False),
    "2.0 600M": (2, 80, 3, 4, 14, False),
    "2.0 300M TL": (2, 128, 2, 4, 16, True),
}


@pytest.fixture(autouse=True)
def one_thread():
    """Tensors are too small here for more."""
    with devices.threads(1):
        yield


@pytest.fixture(scope="module")
def wheel():
    """The package of the independent implementation, fetched once and kept in the folder for builds."""
    kept = KEPT / "terratorch-1.1-py3-none-any.whl"
    if not kept.is_file():
        KEPT.mkdir(parents=True, exist_ok=True)
        pinned = KEPT / "requirements.txt"
        pinned.write_text(WHEEL + "\n")
        pip = [sys.executable, "-m", "pip", "download", "--no-deps", "--require-hashes", "--quiet"]
        try:
            got = subprocess.run(
                [*pip, "--dest", KEPT, "-r", pinned], capture_output=True, text=True, timeout=120, check=False
            )
        except subprocess.TimeoutExpired:
            pytest.skip("pip cannot get terratorch 1.1 within two minutes")
        if got.returncode:
            pytest.skip(f"pip cannot get terratorch 1.1: {got.stderr.strip()[-300:]}")
    with zipfile.ZipFile(kept) as archive:
        yield archive


@pytest.fixture(scope="module")
def theirs(wheel, tmp_path_factory):
    """Their module with PrithviViT and PrithviMAE."""
    path = tmp_path_factory.mktemp("terratorch") / "prithvi_mae.py"
    path.write_bytes(wheel.read("terratorch/models/backbones/prithvi_mae.py"))
    with pytest.MonkeyPatch.context() as patch:
        if importlib.util.find_spec("einops") is None:
            # Imported by it for what is not used here.
            stand_in = types.ModuleType("einops")
            stand_in.rearrange = None
            patch.setitem(sys.modules, "einops", stand_in)
        spec = importlib.util.spec_from_file_location("their_prithvi", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def scaling(wheel):
    """Mean and deviation of the six bands by version, as they publish them."""
    text = wheel.read("terratorch/models/backbones/prithvi_vit.py").decode()
    found = {name: ast.literal_eval(value) for name, value in re.findall(r"^(PRITHVI_V\w+) = (\[.*\])$", text, re.M)}
    return {version: [np.array(found[f"PRITHVI_V{version}_{what}"]) for what in ("MEAN", "STD")] for version in (1, 2)}


def their_network(theirs, kind, seed=0):
    """A whole masked autoencoder of several images, as the files were made from, with random weights throughout."""
    version, width, depth, heads, patch, told = PUBLISHED[kind]
    torch.manual_seed(seed)
    network = theirs.PrithviMAE(
        img_size=224, patch_size=(1, patch, patch), num_frames=3 if version == 1 else 4, in_chans=6, embed_dim=width,
        depth=depth, num_heads=heads, decoder_embed_dim=32, decoder_depth=1, decoder_num_heads=2,
        coords_encoding=["time", "location"] if told else [], coords_scale_learn=told,
    )  # fmt: skip
    with torch.no_grad():
        for weight in network.parameters():
            weight.add_(0.05 * torch.randn_like(weight))
    return network


def published(network, version, path):
    """Their weights as a file of that version: the first one names encoder and decoder alike."""
    state = network.state_dict()
    if version == 1:
        state = {name.removeprefix("encoder.").removeprefix("decoder."): value for name, value in state.items()}
    torch.save(state, path)
    return path


def their_encoder(theirs, network, kind):
    """The encoder for one image with the weights of the one for several, as they load it."""
    _, width, depth, heads, patch, _ = PUBLISHED[kind]
    single = theirs.PrithviViT(224, (1, patch, patch), 1, 6, width, depth, heads).eval()
    state = {k: v for k, v in network.encoder.state_dict().items() if k in single.state_dict() and k != "pos_embed"}
    assert not single.load_state_dict(state, strict=False).unexpected_keys
    return single


def our_encoder(kind, bands):
    _, width, depth, heads, patch, _ = PUBLISHED[kind]
    return PrithviEncoder(Size(width, depth, heads, patch), bands).eval()


def reflectance(bands, height, width):
    return np.random.default_rng(1).uniform(0, 0.6, (2, bands, height, width)).astype(np.float32)


@torch.no_grad()
def features_of_both(single, encoder, values, scaling):
    """Their features and ours of the same reflectance (n, 6, h, w), of which our encoder is shown its bands."""
    mean, deviation = (numbers[:, np.newaxis, np.newaxis] for numbers in scaling)
    stored = torch.tensor((values * 10_000 - mean) / deviation, dtype=torch.float32)
    rows = values.shape[2] // encoder.size.patch
    their = single.forward_features(stored)[-1][:, 1:].transpose(1, 2).unflatten(2, (rows, -1))
    return their.numpy(), encoder(encoder.standardised(torch.tensor(values[:, : len(encoder.bands)]))).numpy()


@pytest.mark.parametrize(
    ("size", "published_as"),
    {"small": "v2_tiny_tl", "100M": "v1_100", "300M": "v2_300", "600M": "v2_600_tl"}.items(),
)
def test_sizes_are_those_of_the_published_weights(size, published_as, wheel, theirs):
    tree = ast.parse(wheel.read("terratorch/models/backbones/prithvi_vit.py"))
    entries = next(n.value for n in tree.body if isinstance(n, ast.Assign) and n.targets[0].id == "prithvi_cfgs")
    calls = {key.value: call for key, call in zip(entries.keys, entries.values, strict=True)}
    said = {
        word.arg: ast.literal_eval(word.value)
        for word in calls[f"prithvi_eo_{published_as}"].keywords
        if word.arg in ("embed_dim", "depth", "num_heads", "patch_size")
    }
    # What the function _cfg fills in.
    said = {"embed_dim": 768, "depth": 12, "num_heads": 12, "patch_size": [1, 16, 16], **said}
    assert SIZES[size] == Size(said["embed_dim"], said["depth"], said["num_heads"], said["patch_size"][1])
    with torch.device("meta"):
        their, ours = theirs.PrithviViT(in_chans=6, **said).state_dict(), PrithviEncoder(SIZES[size], ALL).state_dict()
    shapes = {name: value.shape for name, value in ours.items() if name not in ("offset", "scale")}
    assert shapes == {name: value.shape for name, value in their.items()}


@pytest.mark.parametrize("kind", PUBLISHED)
@pytest.mark.parametrize("tokens", [None, (5, 8)], ids=["224 pixels", "another size"])
def test_features_are_those_of_the_independent_implementation(kind, tokens, theirs, scaling, tmp_path):
    network, version, encoder = their_network(theirs, kind), PUBLISHED[kind][0], our_encoder(kind, ALL)
    patch = encoder.size.patch
    height, width = (224, 224) if tokens is None else (tokens[0] * patch, tokens[1] * patch)
    load_encoder(encoder, published(network, version, tmp_path / "Prithvi_EO.pt"))
    values = reflectance(6, height, width)
    their, ours = features_of_both(their_encoder(theirs, network, kind), encoder, values, scaling[version])
    assert ours.shape == (2, encoder.size.width, height // patch, width // patch)
    assert their.std() > 0.1
    np.testing.assert_allclose(ours, their, atol=1e-4)


def test_four_bands_are_taken_by_name_and_see_what_the_whole_sees_where_the_others_are_average(
    theirs, scaling, tmp_path
):
    network, encoder = their_network(theirs, "2.0 300M"), our_encoder("2.0 300M", OPTICAL)
    loaded = load_encoder(encoder, published(network, 2, tmp_path / "Prithvi_EO.pt"))
    values = reflectance(6, 64, 64)
    values[:, 4:] = scaling[2][0][4:, np.newaxis, np.newaxis] / 10_000
    their, ours = features_of_both(their_encoder(theirs, network, "2.0 300M"), encoder, values, scaling[2])
    np.testing.assert_allclose(ours, their, atol=1e-4)
    assert (loaded.missing, loaded.warning) == ((), "")


def test_bands_in_another_order_and_a_foreign_one_take_their_own_weights(tmp_path):
    path, weights = own_file(tmp_path)
    encoder = PrithviEncoder(SIZES["tiny"], ("B12", "VV", "B03"))
    first = encoder.projection.weight.detach().clone()
    loaded = load_encoder(encoder, path)
    given = weights["encoder.patch_embed.proj.weight"]
    assert torch.equal(encoder.projection.weight[:, 0], given[:, 5])
    assert torch.equal(encoder.projection.weight[:, 1], first[:, 1])
    assert torch.equal(encoder.projection.weight[:, 2], given[:, 1])
    assert encoder.offset.tolist() == pytest.approx([0.1363, 0, 0.1342])
    assert encoder.scale.tolist() == pytest.approx([0.1049, 1, 0.2179])
    assert loaded.new_bands == ("VV",) and "VV" in loaded.warning


def test_what_was_taken_and_what_was_not_is_told(theirs, tmp_path):
    network = their_network(theirs, "2.0 300M TL")
    encoder = our_encoder("2.0 300M TL", OPTICAL)
    loaded = load_encoder(encoder, published(network, 2, tmp_path / "Prithvi_EO.pt"))
    # 12 weights a layer, 2 of the last normalisation, 2 of the first layer, the class token.
    assert len(loaded.taken) == 2 * 12 + 2 + 2 + 1
    assert {"encoder.temporal_embed_enc.scale", "decoder.mask_token"} <= set(loaded.unused)
    assert loaded.version == 2 and "Prithvi-EO-2.0" in loaded.message
    assert len(loaded.origin["sha256"]) == 64


# --- files that are not what is wanted --------------------------------------------------------------------------------


def own_file(folder, prefix="encoder.", change=lambda weights: None, size="tiny"):
    """A file of an encoder of ours for all six bands, and its weights."""
    torch.manual_seed(0)
    state = PrithviEncoder(SIZES[size], ALL).state_dict()
    weights = {f"{prefix}{k}": v for k, v in state.items() if k not in ("offset", "scale")}
    change(weights)
    torch.save(weights, folder / "Gewichte Prithvi ü.pt")
    return folder / "Gewichte Prithvi ü.pt", weights


@pytest.mark.parametrize("prefix", ["", "backbone.", "model.encoder._timm_module."])
def test_an_encoder_inside_another_model_is_found(prefix, tmp_path):
    path, weights = own_file(tmp_path, prefix)
    encoder = PrithviEncoder(SIZES["tiny"], ALL)
    load_encoder(encoder, path)
    assert torch.equal(encoder.blocks[1].mlp.fc2.weight, weights[f"{prefix}blocks.1.mlp.fc2.weight"])


def test_another_size_is_refused_with_both_named(tmp_path):
    path, _ = own_file(tmp_path, size="small")
    found = "Found: small \\(192 features, 12 layers, patches of 16 pixels\\)"
    with pytest.raises(InputError, match=f"Expected: tiny \\(96 features, 2 layers, patches of 8 pixels\\). {found}"):
        load_encoder(PrithviEncoder(SIZES["tiny"], ALL), path)


def _without(name):
    return lambda weights: weights.pop(name)


def _with_nan(weights):
    weights["encoder.blocks.0.attn.qkv.bias"][3] = np.nan


def _cut(weights):
    weights["encoder.blocks.0.mlp.fc1.bias"] = torch.zeros(5)


def _three_bands(weights):
    weights["encoder.patch_embed.proj.weight"] = torch.zeros(96, 3, 1, 8, 8)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (_without("encoder.norm.bias"), "lacks norm.bias"),
        (_without("encoder.patch_embed.proj.weight"), "no Prithvi encoder"),
        (_with_nan, "not all numbers of blocks.0.attn.qkv.bias are finite"),
        (_cut, "other shapes in blocks.0.mlp.fc1.bias"),
        (_three_bands, "takes 3 bands"),
    ],
)
def test_a_file_that_is_incomplete_or_damaged_is_refused_and_changes_nothing(change, says, tmp_path):
    path, _ = own_file(tmp_path, change=change)
    encoder = PrithviEncoder(SIZES["tiny"], ALL)
    before = {name: value.clone() for name, value in encoder.state_dict().items()}
    with pytest.raises(InputError, match=says):
        load_encoder(encoder, path)
    assert all(torch.equal(value, before[name]) for name, value in encoder.state_dict().items())


def test_a_file_that_could_run_a_program_is_not_opened(tmp_path):
    marker = tmp_path / "ran"
    torch.save(Program(marker), tmp_path / "bad.pt")
    with pytest.raises(InputError, match="no weights that can be read"):
        load_encoder(PrithviEncoder(SIZES["tiny"], ALL), tmp_path / "bad.pt")
    assert not marker.exists()
    with pytest.raises(InputError, match="does not exist"):
        load_encoder(PrithviEncoder(SIZES["tiny"], ALL), tmp_path / "none.pt")


class Program:
    """Makes a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (Path.touch, (self.path,))
