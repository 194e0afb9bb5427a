"""Weights that an encoder begins with: those of ImageNet, or those of a file."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor

from .. import models, provenance
from ..deep import smp
from ..errors import InputError
from .segmentation import SegmentationNetwork

IMAGENET = "imagenet"
# Of long lists of names.
LISTED = 5
# An encoder may begin to learn with less than all of its weights.
LEAST_TO_BEGIN = 0.5


@dataclass(frozen=True)
class Loaded:
    """What of the encoder has begun with weights from elsewhere.

    Args:
        taken: names of the encoder's weights that were loaded.
        missing: those that were not, and are random.
        unused: names of what else the source holds, such as a classifier.
        bands: of the source's first layer, where it was made over to another number of bands; else None.
        sha256: of the whole file, where the source is one.
    """

    source: str
    taken: tuple[str, ...]
    missing: tuple[str, ...]
    unused: tuple[str, ...]
    bands: int | None
    sha256: str | None = None

    @property
    def origin(self) -> dict[str, str]:
        """What identifies the source, for the model's card."""
        found = {"source": provenance.redacted(self.source)}
        return found | {"sha256": self.sha256} if self.sha256 else found

    @property
    def message(self) -> str:
        """What was loaded, in words."""
        parts = [f"The encoder begins with {len(self.taken)} weights from {self.source}."]
        if self.bands:
            parts.append(
                f"Its first layer was learnt on {self.bands} bands; they are repeated in turn, scaled by their number."
            )
        if self.unused:
            parts.append(f"Left aside, as the encoder has no such weights: {listed(self.unused)}.")
        return " ".join(parts)

    @property
    def warning(self) -> str:
        """What is not as one would expect, in words; empty where all is."""
        if not self.missing:
            return ""
        total = len(self.taken) + len(self.missing)
        return (
            f"{len(self.missing)} of the encoder's {total} weights are not in {self.source} and begin at random:"
            f" {listed(self.missing)}."
        )


def load(network: SegmentationNetwork, source: str, least: float = LEAST_TO_BEGIN) -> Loaded:
    """Give a network's encoder the weights of `imagenet` or of a file; nothing else of the network changes.

    A file holds a state dict (.pth, .pt, .ckpt; read without running code; .safetensors) or is a model of ours
    (.landloom). It may be that of a whole model, under any prefix (`encoder.`, `module.`, `backbone.` …): the prefix is
    taken under which most weights fit. A first layer for f bands is made over to b bands as segmentation-models-pytorch
    does it: the weights of band i are those of i modulo f, times f / b; for one band, the sum of all.

    Raises InputError where the weights cannot be had, and where less than the share `least` of the encoder's are there.
    """
    if source == IMAGENET:
        return fill(network, _of_imagenet(network), "ImageNet", least)
    loaded = fill(network, tensors_of_file(Path(source), "choose 'imagenet' or 'none'"), source, least)
    return replace(loaded, sha256=models.sha256(source))


def _of_imagenet(network: SegmentationNetwork) -> Mapping[str, Tensor]:
    """The state dict of the encoder for three bands, from the model hub or its copy on this computer."""
    encoder = network.design.encoder
    try:
        made = smp.encoders.get_encoder(
            encoder, depth=network.core.encoder._depth, weights=True if encoder.startswith("tu-") else IMAGENET
        )
    except Exception as error:  # on the way over the network anything can go wrong
        raise InputError(
            f"The ImageNet weights of the encoder '{encoder}' cannot be had: {_first_line(error)} They are fetched from"
            " the hub of the encoder's library when they are first used, which needs the internet. Fetch them on a"
            " computer that has it and give the file (.safetensors or .pth) as the encoder's weights, or choose 'none'."
        ) from None
    return made.state_dict()


def tensors_of_file(path: Path, instead: str) -> dict[str, Tensor]:
    """All tensors in a file, by their names; parts of a nested checkpoint as `part.name`.

    Raises InputError where there is no such file, which says what to do `instead`, or nothing that can be read.
    """
    if not path.is_file():
        raise InputError(f"The weights file {path} does not exist. Check the path, or {instead}.")
    try:
        if path.suffix.lower() == ".safetensors":
            content: Any = load_file(path)
        elif path.suffix.lower() == f".{models.EXTENSION}":
            content = models.load(path)[1]
        else:
            content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # damaged bytes can make any part of the way stumble
        # What PyTorch says of a pickle is about its own options, or a bare number.
        reason = "" if isinstance(error, (pickle.UnpicklingError, LookupError, EOFError)) else f" {_first_line(error)}"
        raise InputError(
            f"{path} holds no weights that can be read.{reason} It must be a state dict, saved with"
            " torch.save(model.state_dict(), …) or as .safetensors. A file with whole Python objects is not opened,"
            " since that could run any program."
        ) from None
    return dict(_tensors(content))


def _tensors(content: Any, prefix: str = "") -> list[tuple[str, Tensor]]:
    if not isinstance(content, Mapping):
        return []
    found = []
    for key, value in content.items():
        if isinstance(value, np.ndarray) and value.dtype.kind == "f":
            value = torch.tensor(value)
        if isinstance(value, Tensor):
            found.append((f"{prefix}{key}", value))
        else:
            found += _tensors(value, f"{prefix}{key}.")
    return found


@torch.no_grad()
def fill(network: SegmentationNetwork, given: Mapping[str, Tensor], source: str, least: float) -> Loaded:
    """Give a network's encoder those of the given tensors that are its weights; see `load`."""
    state, channels = network.core.encoder.state_dict(), network.design.channels
    match = _match(state, given, channels)

    # look whether that is the encoder
    # How many batches a normalisation has seen changes nothing.
    wanted = [name for name in state if not name.endswith("num_batches_tracked")]
    taken = [name for name in wanted if name in match]
    if len(taken) < least * len(wanted):
        lacking = {name: state[name] for name in wanted if name not in match}
        others = {name: tensor for name, tensor in given.items() if name not in match.values()}
        raise InputError(
            f"{source} does not hold the weights of the encoder '{network.design.encoder}': {len(taken)} of"
            f" {len(wanted)} fit.\n{_table(lacking, others)}\nGive weights of this encoder, or"
            " choose the encoder that they are of (other libraries' versions are often named 'tu-…')."
        )
    broken = [match[name] for name in taken if not given[match[name]].isfinite().all()]
    if broken:
        raise InputError(f"{source} is damaged: not all numbers of {listed(broken)} are finite.")

    # load
    bands = None
    for name in match:
        value = given[match[name]]
        if value.shape != state[name].shape:
            bands = value.shape[1]
            value = _for_bands(value, channels)
        state[name].copy_(value)
    used = set(match.values())
    unused = [key for key in given if key not in used and not key.endswith("num_batches_tracked")]
    return Loaded(source, tuple(taken), tuple(n for n in wanted if n not in match), tuple(unused), bands)


def _match(state: Mapping[str, Tensor], given: Mapping[str, Tensor], channels: int) -> dict[str, str]:
    """The names of an encoder's weights, and which of the given ones are theirs: those under the best prefix."""
    # timm's encoders are wrapped.
    wrapped = all(name.startswith("model.") for name in state)
    expected = {_plain(name.removeprefix("model.") if wrapped else name): name for name in state}
    found: dict[str, dict[str, str]] = {}  # by prefix
    for key in given:
        parts = key.split(".")
        for start in range(len(parts)):
            name = expected.get(_plain(".".join(parts[start:])))
            if name and _fits(given[key], state[name], channels):
                found.setdefault(".".join(parts[:start]), {})[name] = key
    return max(found.values(), key=len, default={})


def _plain(name: str) -> str:
    """As timm names the layers of its encoders: of `stem.0.weight` in a whole model it makes `stem_0.weight`."""
    return name.replace(".", "_")


def _fits(value: Tensor, wanted: Tensor, channels: int) -> bool:
    """Whether weights have the shape that is wanted, or are those of a first layer for other bands."""
    if value.shape == wanted.shape:
        return True
    same_but_bands = value.ndim == wanted.ndim == 4 and value.shape[0] == wanted.shape[0]
    return same_but_bands and value.shape[2:] == wanted.shape[2:] and wanted.shape[1] == channels


def _for_bands(weight: Tensor, channels: int) -> Tensor:
    """Weights (out, f, h, w) of a first layer made over to (out, channels, h, w)."""
    if channels == 1:
        return weight.sum(1, keepdim=True)
    bands = weight.shape[1]
    return weight[:, torch.arange(channels) % bands] * (bands / channels)


def _table(expected: Mapping[str, Tensor], found: Mapping[str, Tensor]) -> str:
    """The first names and shapes of both, side by side."""
    columns = [
        [f"{name} {tuple(tensor.shape)}" for name, tensor in list(side.items())[:LISTED]]
        + ([f"and {len(side) - LISTED} more"] if len(side) > LISTED else [])
        for side in (expected, found)
    ]
    rows = max(map(len, columns))
    left, right = ([*column, *[""] * (rows - len(column))] for column in columns)
    lines = zip(["expected", *left], ["found", *right], strict=True)
    return "\n".join(f"{a:<60} {b}".rstrip() for a, b in lines)


def listed(names: list[str] | tuple[str, ...]) -> str:
    """The first of a long list of names, and how many more there are."""
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return ", ".join(names[:LISTED]) + more


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return f"{lines[0].rstrip('.')}." if lines else f"{type(error).__name__}."
