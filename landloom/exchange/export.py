"""From a model file to an ONNX file that gives the same classes in Deepness as here."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from rasterio.crs import CRS
from torch import Tensor, nn
from torch.nn.functional import pad

from .. import provenance
from ..errors import ModelError, ParameterError
from ..models import Card
from ..networks import onnx_runtime, patch_cnn, segmentation
from . import deepness, graphs, image_export, onnx_cards
from .onnx_export import to_onnx

# Kinds of models that have no ONNX file, and why.
WITHOUT_ONNX = {
    "random_forest": "A random forest looks at single pixels and their features, which Deepness cannot feed",
    "quality": "A quality model looks at features of images, not at images",
}
# The tile of a network that works with any, where nothing else is asked for.
USUAL_TILE = 256
# More than rounding; probabilities lie between 0 and 1.
LARGEST_DIFFERENCE = 1e-3
# Relative, of float32, with some to spare.
ROUNDING = 1e-6


@dataclass(frozen=True)
class Exported:
    """An ONNX file, the tiles that it takes, what the user should know, and how far its probabilities are at most from
    the network's own in a trial.
    """

    content: bytes
    tile_size: int
    overlap: int
    difference: float
    notes: tuple[str, ...]


class _Fed(nn.Module):
    """A network that takes standardised pixels, as Deepness feeds them, and gives probabilities of the same size.

    Pixels that hold the nodata value of their band are no data; Deepness does not know of it.
    """

    offset: Tensor
    scale: Tensor
    nodata: Tensor
    tolerance: Tensor

    def __init__(self, network: Any, card: Card, offset: Tensor):
        super().__init__()
        self.network = network
        values = [math.nan if band.nodata is None else float(band.nodata) for band in card.bands]
        nodata, shape = torch.tensor(values, dtype=torch.float32), (1, -1, 1, 1)
        # To standardise and back rounds: whole numbers stay clear, others nearly so.
        whole = torch.tensor([0.5 if band.dtype.startswith(("int", "uint")) else 0.0 for band in card.bands])
        rounding = ROUNDING * torch.maximum(nodata.abs(), offset.abs())
        self.register_buffer("offset", offset.clone().view(shape))
        self.register_buffer("scale", network.scale.clone().view(shape))
        self.register_buffer("nodata", nodata.view(shape))
        self.register_buffer("tolerance", torch.maximum(whole, rounding).view(shape))
        size = getattr(network, "patch_size", 1)
        # A patch's class is that of its middle pixel.
        self.before, self.after = (size - 1) // 2, size - 1 - (size - 1) // 2

    def forward(self, fed: Tensor) -> Tensor:
        """Probabilities (n, classes, h, w) of (n, channels, h, w)."""
        values = fed * self.scale + self.offset
        values = torch.where((values - self.nodata).abs() <= self.tolerance, math.nan, values)
        if self.before or self.after:
            values = pad(values, (self.before, self.after, self.before, self.after), value=math.nan)
        outputs = self.network(values)
        if isinstance(self.network, segmentation.SegmentationNetwork):
            return self.network.probabilities(outputs)
        return outputs.softmax(1)


def export(card: Card, weights: Mapping[str, np.ndarray], tile_size: int | None = None) -> Exported:
    """Turn a network into an ONNX file with the metadata that Deepness reads and with the whole card.

    Args:
        card, weights: of a model of the kind segmentation, patch_cnn, onnx, refiner or onnx_image; what gives images
            gets no metadata for Deepness.
        tile_size: edge of the tiles that it will take, in pixels; None for those it was trained on.

    Raises ModelError for a model that cannot be ONNX, ParameterError for a tile that does not fit.
    """
    if card.kind == "onnx":
        return _again(card, weights, tile_size)
    if card.kind in ("refiner", "onnx_image"):
        content, size, difference = image_export.export(card, weights, tile_size)
        return Exported(content, size, 0, difference, ())
    network: Any
    if card.kind == "segmentation":
        network = segmentation.from_arrays(card.network, weights)
        size, overlap = tile_size or int(card.network["tile_size"]), int(card.network["overlap"])
        overlap, mean = min(overlap, size - 1), network.offset
    elif card.kind == "patch_cnn":
        network = patch_cnn.from_arrays(card.network, weights)
        overlap, mean = network.patch_size - 1, network.offset + network.scale * network.fill
        size = tile_size or max(USUAL_TILE, 2 * network.patch_size)
        if size < 2 * network.patch_size:
            raise ParameterError(
                f"TILE_SIZE is {size}, but the network looks at patches of {network.patch_size} pixels. Choose"
                f" {2 * network.patch_size} or more."
            )
    else:
        why = WITHOUT_ONNX.get(card.kind, f"Models of the kind '{card.kind}' are no networks that Landloom knows")
        raise ModelError(
            f"{why}, so there is no ONNX file of it. Leave ONNX empty; the model card and the map can be exported."
        )
    fed = _Fed(network, card, mean).eval()
    try:
        content = to_onnx(fed, len(card.bands), size, probabilities=False, fixed=True)
    except Exception as error:  # what PyTorch cannot export ends in any kind of error
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ModelError(f"This network cannot be turned into ONNX ({reason[:300]}). Leave ONNX empty.") from None
    # Deepness compares height and width of the output before it runs anything.
    content = graphs.with_output_shape(content, ["n", len(card.classes), size, size])
    described = {
        "architecture": "onnx",
        "channels": len(card.bands),
        "classes": len(card.classes),
        "tile_size": size,
        "overlap": overlap,
        "input_shape": [0, len(card.bands), size, size],
        "output": "probabilities",
        "offset": mean.tolist(),
        "scale": network.scale.tolist(),
    }
    content, notes = _labelled(content, card, weights, described)
    return Exported(content, size, overlap, _difference(content, network, fed, size), notes)


def _labelled(
    content: bytes, card: Card, weights: Mapping[str, np.ndarray], described: Mapping[str, Any]
) -> tuple[bytes, tuple[str, ...]]:
    """The file with its metadata, and what the user should know."""
    resolution, notes = _resolution(card)
    entries = {
        **deepness.write(
            card.classes.names,
            described["tile_size"],
            described["overlap"],
            resolution,
            [value / deepness.DIVISION for value in described["offset"]],
            [value / deepness.DIVISION for value in described["scale"]],
        ),
        **onnx_cards.write(card, weights, described),
    }
    return graphs.with_metadata(content, entries, "Landloom", provenance.version()), tuple(notes)


def _difference(content: bytes, network: Any, fed: _Fed, size: int) -> float:
    """How far the file's probabilities are at most from the network's on a tile like those it was trained on.

    Raises ModelError where that is more than rounding.
    """
    channels = len(network.offset)
    shown = torch.randn((1, channels, size, size), generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        own = fed(shown).numpy()
    found = onnx_runtime.Graph(content, "The exported network", 1)(shown.numpy())
    difference = float(np.abs(found - own).max()) if found.shape == own.shape else math.inf
    if not difference <= LARGEST_DIFFERENCE:
        raise ModelError(
            f"The exported network gives other probabilities than the model (difference {difference:.2g}), so it was"
            " not written. Please report this with the model card."
        )
    return difference


def _resolution(card: Card) -> tuple[float | None, list[str]]:
    """The pixel size in metres for Deepness, and what the user should know of it."""
    crs = CRS.from_wkt(card.crs) if card.crs else None
    if crs is None or crs.is_geographic:
        return None, [
            "The pixel size is not in metres, so the ONNX file does not tell Deepness the resolution. Deepness works on"
            " layers in metres alone; set the resolution there."
        ]
    width, height = (length * crs.units_factor[1] for length in card.pixel_size)
    if abs(width / height - 1) < 0.01:
        return width, []
    return math.sqrt(width * height), [
        f"The pixels are {width:g} × {height:g} m, but Deepness knows square ones alone: it will resample the image to"
        f" {math.sqrt(width * height):g} m, and its map will differ."
    ]


def _again(card: Card, weights: Mapping[str, np.ndarray], tile_size: int | None) -> Exported:
    """The ONNX file of an imported model, with metadata as the card says."""
    network = card.network
    if network["output"] != "probabilities":
        raise ModelError(
            f"The imported network gives {network['output']}, but Deepness wants a probability a class. Export the"
            " network from where it was made with softmax as its last layer."
        )
    if tile_size and tile_size != network["tile_size"]:
        raise ParameterError(
            f"TILE_SIZE is {tile_size}, but the imported network was described with {network['tile_size']}. Leave it"
            " empty, or import the network again with this tile size."
        )
    content, notes = _labelled(weights["onnx"].tobytes(), card, weights, network)
    if network["input_shape"] is None:
        notes += ("Height and width are not fixed in the imported ONNX file, which Deepness needs them to be.",)
    return Exported(content, network["tile_size"], network["overlap"], 0.0, notes)
