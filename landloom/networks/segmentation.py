"""Networks that say of each pixel of a tile of what class it is: architectures of segmentation-models-pytorch."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from ..deep import smp, timm
from ..errors import ModelError, ParameterError
from . import ordinal
from .attention import Attention
from .mirroring import grown
from .weights import fill

ARCHITECTURE = "segmentation"
# By the names that the parameter has, with what differs from the library's defaults: the dropout that some decoders
# have of their own would come on top of that of the design.
NETWORKS: dict[str, tuple[type[nn.Module], dict[str, Any]]] = {
    "unet": (smp.Unet, {}),
    "unetplusplus": (smp.UnetPlusPlus, {}),
    "manet": (smp.MAnet, {}),
    "linknet": (smp.Linknet, {}),
    "fpn": (smp.FPN, {"decoder_dropout": 0.0}),
    "pspnet": (smp.PSPNet, {"psp_dropout": 0.0}),
    "deeplabv3": (smp.DeepLabV3, {"decoder_aspp_dropout": 0.0}),
    "deeplabv3plus": (smp.DeepLabV3Plus, {"decoder_aspp_dropout": 0.0}),
    "pan": (smp.PAN, {}),
    "upernet": (smp.UPerNet, {}),
    "segformer": (smp.Segformer, {}),
}
# Pixels. PAN halves a sixteenth of the image three times more.
SMALLEST = {"pan": 128}
DECISIONS = ("classes", "ordinal", "mean")
# More than any image or map has; what a damaged model file claims is compared with it before anything is built.
MOST_CHANNELS = MOST_CLASSES = 4096
NEAR_NAMES = 5


@dataclass(frozen=True)
class Design:
    """What a network is built from. Raises ParameterError for what cannot be.

    Args:
        network: key of NETWORKS.
        encoder: an encoder of segmentation-models-pytorch; with the prefix `tu-` one of timm.
        channels, classes: of the input and the output.
        attention: channel and spatial attention on the deepest features.
        dropout: share of the features that is dropped before the last layer, while it learns.
        ordinal: whether there are cumulative outputs for ordered classes too (CORAL).
        decision: what probabilities come from: `classes`, `ordinal`, or their `mean`.
    """

    network: str
    encoder: str
    channels: int
    classes: int
    attention: bool = False
    dropout: float = 0.0
    ordinal: bool = False
    decision: str = "classes"

    def __post_init__(self) -> None:
        if self.network not in NETWORKS:
            raise ParameterError(f"The network '{self.network}' is unknown. Choose one of: {', '.join(NETWORKS)}.")
        check_encoder(self.encoder)
        if not 1 <= self.channels <= MOST_CHANNELS:
            raise ParameterError(f"A network cannot have {self.channels} bands; 1 to {MOST_CHANNELS} are possible.")
        if not 2 <= self.classes <= MOST_CLASSES:
            raise ParameterError(f"A network cannot have {self.classes} classes; 2 to {MOST_CLASSES} are possible.")
        if not 0 <= self.dropout < 1:
            raise ParameterError(f"The dropout is {self.dropout}; a share from 0 to below 1 is possible.")
        if self.decision not in DECISIONS:
            raise ParameterError(f"The decision '{self.decision}' is unknown. Choose one of: {', '.join(DECISIONS)}.")
        if self.decision != "classes" and not self.ordinal:
            raise ParameterError(
                f"The decision '{self.decision}' needs the outputs for ordered classes, which this network is to have"
                " none of. Choose 'classes', or train with an ordinal weight above 0."
            )


def check_encoder(name: str) -> None:
    """Raise ParameterError, with near matches, where no encoder has this name."""
    # Names of timm are looked up in its list: what it would fetch from elsewhere (hf-hub:…) is none of them.
    if name in smp.encoders.encoders or timm.is_model(_name_in_timm(name)):
        return
    known = [*smp.encoders.encoders, *(f"tu-{model}" for model in timm.list_models())]
    near = difflib.get_close_matches(name, known, NEAR_NAMES, 0.5)
    hint = f"Near matches: {', '.join(near)}." if near else "Common ones: resnet50, efficientnet-b4, mit_b2."
    raise ParameterError(f"The encoder '{name}' is unknown. {hint} The prefix 'tu-' gives any other model of timm.")


def _name_in_timm(name: str) -> str:
    """The model of timm that an encoder is; empty where it is none."""
    if smp.encoders.is_equivalent_to_timm_universal(name):
        name = name.replace("timm-", "tu-tf_" if "mobilenetv3" in name else "tu-", 1)
    return name.removeprefix("tu-") if name.startswith("tu-") else ""


class SegmentationNetwork(nn.Module):
    """A network with its scaling: buffers standardise what comes in, `(value - offset) / scale`; no data becomes 0,
    which is the mean. Raises ParameterError where the network cannot be built on the encoder.
    """

    offset: Tensor
    scale: Tensor
    core: Any

    def __init__(self, design: Design):
        super().__init__()
        self.design = design
        self.register_buffer("offset", torch.zeros(design.channels))
        self.register_buffer("scale", torch.ones(design.channels))
        kind, options = NETWORKS[design.network]
        try:
            self.core = kind(
                design.encoder,
                encoder_weights=None,
                in_channels=design.channels,
                # The score of the order is one map more.
                classes=design.classes + design.ordinal,
                **options,
            )
        except (ValueError, RuntimeError, KeyError, AttributeError, NotImplementedError, TypeError) as error:
            raise ParameterError(_unfit(design, "cannot be built", error)) from None
        deepest = self.core.encoder.out_channels[-1]
        self.attention = Attention(deepest) if design.attention else nn.Identity()
        # Whole channels: beside a feature that is dropped there are others that say nearly the same (Tompson et al.
        # 2015).
        self.dropout = nn.Dropout2d(design.dropout)
        self.thresholds = ordinal.Thresholds(design.classes) if design.ordinal else None
        # Height and width that the network computes with are multiples of `multiple`, and `smallest` at least.
        self.multiple: int = self.core.encoder.output_stride
        self.smallest: int = SMALLEST.get(design.network, self.multiple)

    def forward(self, values: Tensor) -> Tensor:
        """Outputs of each pixel.

        Args:
            values: (n, channels, h, w) float32 as the image has them, of any height and width; NaN is no data.

        Returns (n, classes, h, w) logits; an ordinal network adds classes - 1 cumulative logits behind them.
        """
        height, width = values.shape[-2:]
        features = list(self.core.encoder(grown(self._standardised(values), self.multiple, self.smallest)))
        features[-1] = self.attention(features[-1])
        outputs = self.core.segmentation_head(self.dropout(self.core.decoder(features)))[..., :height, :width]
        if self.thresholds is None:
            return outputs
        classes = self.design.classes
        return torch.cat([outputs[:, :classes], self.thresholds(outputs[:, classes:])], 1)

    def _standardised(self, values: Tensor) -> Tensor:
        shape = (1, -1, 1, 1)
        scaled = (values - self.offset.view(shape)) / self.scale.view(shape)
        return torch.where(torch.isfinite(scaled), scaled, torch.zeros_like(scaled))

    def probabilities(self, outputs: Tensor) -> Tensor:
        """Probabilities (n, classes, h, w) float32 from outputs, by the design's decision."""
        outputs, classes = outputs.float(), self.design.classes
        if self.design.decision == "classes":
            return outputs[:, :classes].softmax(1)
        by_rank = ordinal.probabilities(outputs[:, classes:])
        return by_rank if self.design.decision == "ordinal" else (outputs[:, :classes].softmax(1) + by_rank) / 2

    def describe(self) -> dict[str, Any]:
        """What `from_arrays` needs beside the arrays."""
        return {"architecture": ARCHITECTURE, **asdict(self.design)}


def rehearse(design: Design, tile_size: int, batch_size: int) -> None:
    """Raise ParameterError where a network cannot learn from batches of so many tiles of so many pixels.

    Some encoders know one size of tiles only, and a normalisation needs more than one value a channel: the smallest
    batch of an epoch counts. Takes neither memory nor time worth mentioning: shapes are computed, numbers are not.
    """
    network = _without_numbers(design).train()
    try:
        network(torch.empty(batch_size, design.channels, tile_size, tile_size, device="meta"))
    except (ValueError, RuntimeError, AssertionError, IndexError, TypeError, NotImplementedError) as error:
        if "more than 1 value per channel" in str(error):
            raise ParameterError(
                f"The network '{design.network}' with the encoder '{design.encoder}' cannot learn from a batch of"
                f" {batch_size} tile of {tile_size} × {tile_size} pixels: nothing remains to normalise with. Take a"
                " batch size of 2 or more, or the network 'unet' with tiles of 64 pixels or more."
            ) from None
        what = f"cannot work on tiles of {tile_size} × {tile_size} pixels"
        raise ParameterError(_unfit(design, what, error)) from None


def _unfit(design: Design, what: str, error: Exception) -> str:
    reason = str(error).strip().rstrip(".") or type(error).__name__
    return (
        f"The network '{design.network}' with the encoder '{design.encoder}' {what}: {reason}. Choose another encoder"
        " (any network works with resnet50 or efficientnet-b4), or another network (unet and fpn work with most"
        " encoders). An encoder that knows one size only needs tiles of that size."
    )


class _NumbersOnTheProcessor(TorchFunctionMode):
    """Some encoders read single numbers from `linspace` while they are built, which takes real numbers."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        more = {"device": "cpu"} if func is torch.linspace else {}
        return func(*args, **{**(kwargs or {}), **more})


def _without_numbers(design: Design) -> SegmentationNetwork:
    """A network whose tensors have shapes only, on the device `meta`."""
    with torch.device("meta"), _NumbersOnTheProcessor():
        return SegmentationNetwork(design)


def from_arrays(description: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> SegmentationNetwork:
    """The inverse of `SegmentationNetwork.describe` and `weights.as_arrays`, ready to map with.

    Raises ModelError where the two do not fit together. Nothing is allocated before they do.
    """
    try:
        if description["architecture"] != ARCHITECTURE:
            raise ModelError(f"This version of Landloom does not know the architecture {description['architecture']}.")
        design = _design(description)
        network = _without_numbers(design)
        fill(network, arrays)
        if any(buffer.is_meta for buffer in network.buffers()):
            # Tables that are computed, not learnt, are in no file.
            state, network = network.state_dict(), SegmentationNetwork(design)
            network.load_state_dict(state)
    except (KeyError, TypeError, ValueError, OverflowError, RuntimeError, ParameterError) as error:
        raise ModelError(f"The network's weights do not fit its description: {error}") from None
    return network.eval()


def _design(description: Mapping[str, Any]) -> Design:
    """The design of a description from a file, each value of the type that it must have."""
    kinds = {"channels": (int,), "classes": (int,), "attention": (bool,), "dropout": (int, float), "ordinal": (bool,)}
    values = {key: description[key] for key in Design.__dataclass_fields__}
    for key, value in values.items():
        if type(value) not in kinds.get(key, (str,)):
            raise ValueError(f"{key} is {value!r}")
    return Design(**values)
