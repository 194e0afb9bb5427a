"""From a model that refines or translates tiles to an ONNX file that any program can run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from .. import provenance
from ..errors import ModelError, ParameterError
from ..models import Card
from ..networks import onnx_runtime, refiner
from . import graphs, onnx_cards
from .image_import import ARCHITECTURE
from .onnx_export import to_onnx

# More than rounding; reflectance lies between 0 and 1.
LARGEST_DIFFERENCE = 1e-3


def export(card: Card, weights: Mapping[str, np.ndarray], tile_size: int | None) -> tuple[bytes, int, float]:
    """An ONNX file with the whole card: its bytes, the tiles that it takes, and how far it is at most from the network
    in a trial.

    Args:
        card, weights: of a model of the kind refiner or onnx_image.
        tile_size: edge of the tiles that it will take, in pixels; None for those that it was trained on.

    Raises ModelError for a network that cannot be ONNX, ParameterError for a tile that does not fit.
    """
    own = int(card.network["tile_size"])
    if card.kind == ARCHITECTURE:
        if tile_size and tile_size != own:
            raise ParameterError(
                f"TILE_SIZE is {tile_size}, but the imported network was tried with {own}. Leave it empty."
            )
        return _labelled(weights["onnx"].tobytes(), card, weights, card.network), own, 0.0
    network, size = refiner.from_arrays(card.network, weights), tile_size or own
    channels = network.design.channels
    try:
        content = graph_of(network, size)
    except Exception as error:  # what PyTorch cannot export ends in any kind of error
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ModelError(f"This network cannot be turned into ONNX ({reason[:300]}). Leave ONNX empty.") from None
    described = {
        **{key: card.network[key] for key in ("stage", "input_key", "output_key")},
        "architecture": ARCHITECTURE,
        "channels": channels,
        "outputs": network.design.outputs,
        "conditioned": True,
        "tile_size": size,
        "input_shape": [0, channels + refiner.CONDITIONS, size, size],
        "offset": [0.0] * channels,
        "scale": [1.0] * channels,
        "output_range": [0.0, 1.0],
    }
    differs = difference(onnx_runtime.Graph(content, "The exported network", 1), network, size)
    if not differs <= LARGEST_DIFFERENCE:
        raise ModelError(
            f"The exported network gives other images than the model (difference {differs:.2g}), so it was not written."
            " Please report this with the model card."
        )
    return _labelled(content, card, weights, described), size, differs


def _labelled(content: bytes, card: Card, weights: Mapping[str, np.ndarray], described: Mapping[str, Any]) -> bytes:
    entries = onnx_cards.write(card, weights, described)
    return graphs.with_metadata(content, entries, "Landloom", provenance.version())


def graph_of(network: refiner.RefinerNetwork, size: int) -> bytes:
    """A network as ONNX for squares of `size` pixels; what PyTorch cannot export ends in any kind of error."""
    channels = network.design.channels + refiner.CONDITIONS
    return to_onnx(network, channels, size, probabilities=False, fixed=True)


def difference(graph: onnx_runtime.Graph, network: refiner.RefinerNetwork, size: int) -> float:
    """How far a graph's reflectance is at most from the network's, on noise like the tiles that it was trained on.

    Infinite where the images are of another shape. The noise is the same each time.
    """
    channels, scaling = network.design.channels, network.encoder
    offset, scale = (np.asarray(buffer).reshape(1, -1, 1, 1) for buffer in (scaling.offset, scaling.scale))
    noise = np.random.default_rng(0).normal(0, 1, (2, channels, size, size)) * scale + offset
    shown = refiner.with_conditions(noise, [1, 8], [3, 12])
    with torch.inference_mode():
        own = network(torch.from_numpy(shown)).numpy()
    found = graph(shown)
    return float(np.abs(found - own).max()) if found.shape == own.shape else np.inf
