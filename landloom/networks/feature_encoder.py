"""An encoder as a describer of whole images: its deepest features, averaged over the image."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from .. import models
from ..deep import smp, timm
from ..errors import InputError, LandloomError, ParameterError
from . import encoders, onnx_runtime
from .encoders import Loaded
from .segmentation import check_encoder

NONE = "none"
# Nothing is learnt here, so weights that begin at random would spoil the features: only few may be missing, as some
# libraries leave out a layer.
LEAST_WEIGHTS = 0.98
DEPTHS = (5, 4, 3)
# Two engines agree where no feature differs by more than this share of the largest.
TOLERANCE = 1e-4
IMAGENET_MEAN, IMAGENET_DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class FeatureEncoder(nn.Module):
    """(n, channels, h, w) standardised float32 → (n, dimension): the mean of the encoder's deepest feature maps, which
    is what the last layer of a ResNet sees (He et al. 2016). Raises ParameterError for what cannot be built.
    """

    def __init__(self, encoder: str, channels: int):
        super().__init__()
        check_encoder(encoder)
        self.design = SimpleNamespace(encoder=encoder, channels=channels)
        self.encoder = _build(encoder, channels)
        self.dimension: int = self.encoder.out_channels[-1]

    @property
    def core(self) -> Any:
        """As a segmentation network has it, so that its weights are found in the same way."""
        return SimpleNamespace(encoder=self.encoder)

    def forward(self, values: Tensor) -> Tensor:
        """Features of whole images."""
        return self.encoder(values)[-1].mean((2, 3))


class _Whole(nn.Module):
    """A model of timm that has no maps at halves of the image's size, such as a vision transformer: its own summary."""

    def __init__(self, name: str, channels: int):
        super().__init__()
        self.model = timm.create_model(name, pretrained=False, num_classes=0, in_chans=channels)
        self.out_channels = [self.model.num_features]

    def forward(self, values: Tensor) -> list[Tensor]:
        """As an encoder gives its maps: the last one of a single pixel."""
        return [self.model(values)[:, :, None, None]]


def _build(encoder: str, channels: int) -> Any:
    """The encoder with as many stages as it has, five at most."""
    for depth in DEPTHS:
        try:
            return smp.encoders.get_encoder(encoder, in_channels=channels, depth=depth, weights=None)
        except (
            ValueError,
            RuntimeError,
            KeyError,
            AttributeError,
            NotImplementedError,
            TypeError,
            IndexError,
        ) as error:
            reason = f"{type(error).__name__}: {error}".splitlines()[0]
    if encoder.startswith("tu-"):
        try:
            return _Whole(encoder.removeprefix("tu-"), channels)
        except (ValueError, RuntimeError, KeyError, AttributeError, NotImplementedError, TypeError) as error:
            reason = f"{type(error).__name__}: {error}".splitlines()[0]
    raise ParameterError(
        f"The encoder '{encoder}' cannot be built for images: {reason}. Choose another, e.g. resnet50."
    )


@dataclass(frozen=True)
class Weights:
    """Which encoder, and with what weights: `none` (at random, by the seed), `imagenet`, or the path of a file."""

    encoder: str
    source: str
    seed: int = 0

    def network(self, channels: int) -> tuple[FeatureEncoder, Loaded | None]:
        """The encoder for so many bands, and what was loaded; None where all is random.

        Weights for another number of bands are made over as `encoders.load` says it, random ones as if for 3 bands: so
        the same image gives much the same features, stored with one band or repeated in three.
        """
        with torch.random.fork_rng([]):
            torch.manual_seed(self.seed)
            network = FeatureEncoder(self.encoder, channels)
            if self.source != NONE:
                return network.eval(), self._load(network)
            if channels != 3:
                torch.manual_seed(self.seed)
                _take(network, FeatureEncoder(self.encoder, 3))
        return network.eval(), None

    def _load(self, network: FeatureEncoder) -> Loaded:
        if self.source != encoders.IMAGENET or not isinstance(network.encoder, _Whole):
            return encoders.load(network, self.source, LEAST_WEIGHTS)  # type: ignore[arg-type]
        name = self.encoder.removeprefix("tu-")
        try:
            given = timm.create_model(name, pretrained=True).state_dict()
        except Exception as error:  # on the way over the network anything can go wrong
            raise InputError(
                f"The ImageNet weights of the encoder '{self.encoder}' cannot be had ({type(error).__name__}). Fetching"
                " them needs the internet. Give a file with its weights (.safetensors or .pth), or choose 'none'."
            ) from None
        return encoders.fill(network, given, "ImageNet", LEAST_WEIGHTS)  # type: ignore[arg-type]

    def standardisation(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Mean and deviation a band, repeated in turn, of the values from 0 to 1 that the weights were learnt on."""
        name = self.encoder.removeprefix("tu-")
        known = timm.models.get_pretrained_cfg(name) if self.encoder.startswith("tu-") else None
        if known:
            return tuple(known.mean), tuple(known.std)
        return IMAGENET_MEAN, IMAGENET_DEVIATION

    def raw_standardisation(self, channels: int) -> tuple[np.ndarray, np.ndarray] | None:
        """Offset and scale of each band (channels,), by which a model of ours standardises raw pixel values; None for
        weights that are no such model, or one for other bands.
        """
        if Path(self.source).suffix.lower() != f".{models.EXTENSION}":
            return None
        try:
            arrays = models.load(self.source)[1]
            offset, scale = arrays["offset"], arrays["scale"]
        except (LandloomError, KeyError):
            return None
        return (offset, scale) if offset.shape == scale.shape == (channels,) else None


@torch.no_grad()
def _take(network: FeatureEncoder, other: FeatureEncoder) -> None:
    """Give a network the weights of one for 3 bands, its first layer made over as `encoders.load` does it."""
    given, channels = other.state_dict(), network.design.channels
    for name, value in network.state_dict().items():
        found = given[name]
        if found.shape != value.shape:
            found = found.sum(1, keepdim=True) if channels == 1 else found[:, torch.arange(channels) % 3] * 3 / channels
        value.copy_(found)


def digest(network: nn.Module) -> str:
    """SHA-256 of a network's numbers, whatever file they come from."""
    found = hashlib.sha256()
    for name, value in sorted(network.state_dict().items()):
        found.update(name.encode())
        found.update(np.ascontiguousarray(value.cpu().numpy()).data)
    return found.hexdigest()


class Engine:
    """Computes features: with ONNX Runtime on processors, else with PyTorch.

    ONNX Runtime is up to twice as fast, and its answer for an image does not depend on what else is in the batch. With
    PyTorch batches are filled up to one size, so that the answer depends on it as little as possible.

    Args:
        network: of one number of bands.
        device: where to compute.
        threads: of PyTorch; ONNX Runtime takes one a call, and calls may come from several threads.
    """

    def __init__(self, network: FeatureEncoder, device: torch.device, threads: int):
        self._network = network.requires_grad_(False).to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._device, self._threads = device, threads
        self._graph: onnx_runtime.Graph | None = None
        self._exported = device.type != "cpu" or not onnx_runtime.is_there()
        self._agreed: dict[tuple[int, int], bool] = {}
        self._preparing, self._turn = threading.Lock(), threading.Lock()

    def features(self, values: np.ndarray, full: int) -> np.ndarray:
        """Features (n, dimension) float32 of standardised images (n, channels, h, w), of which `full` make a batch.

        Raises ParameterError where the encoder cannot take this size.
        """
        if self._fits_graph(values):
            assert self._graph is not None
            return self._graph(values)
        return self._by_torch(values, full)

    def _fits_graph(self, values: np.ndarray) -> bool:
        """Whether ONNX Runtime gives what PyTorch does for images of this size, tried once a size."""
        shape = values.shape[2], values.shape[3]
        with self._preparing:
            if not self._exported:
                self._exported = True
                self._graph = self._export(max(shape))
            if self._graph is None:
                return False
            if shape not in self._agreed:
                expected = self._by_torch(values[:1], 1)
                try:
                    error = float(np.abs(self._graph(values[:1]) - expected).max())
                    self._agreed[shape] = error <= TOLERANCE * float(np.abs(expected).max())
                except (LandloomError, ValueError):
                    self._agreed[shape] = False
            return self._agreed[shape]

    def _export(self, size: int) -> onnx_runtime.Graph | None:
        from ..exchange.onnx_export import to_onnx

        try:
            content = to_onnx(self._network, self._network.design.channels, size, probabilities=False)
            return onnx_runtime.Graph(content, "the exported encoder", 1)
        except Exception:  # what PyTorch cannot export ends in any kind of error; PyTorch itself will do
            return None

    @torch.inference_mode()
    def _by_torch(self, values: np.ndarray, full: int) -> np.ndarray:
        count = len(values)
        if count < full:
            values = np.concatenate([values, np.zeros((full - count, *values.shape[1:]), np.float32)])
        with self._turn:
            if self._device.type == "cpu" and torch.get_num_threads() != self._threads:
                torch.set_num_threads(self._threads)
            shown = torch.from_numpy(values).to(self._device).contiguous(memory_format=torch.channels_last)
            try:
                return self._network(shown)[:count].float().cpu().numpy()
            except torch.OutOfMemoryError:
                raise
            except (RuntimeError, ValueError, AssertionError) as error:
                height, width = values.shape[-2:]
                raise ParameterError(
                    f"The encoder '{self._network.design.encoder}' cannot take images of {height} × {width} pixels"
                    f" ({str(error).splitlines()[0]}). Give the SIZE that it was made for, such as 224."
                ) from None
