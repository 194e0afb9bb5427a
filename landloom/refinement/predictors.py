"""Networks from images to images that are ready to compute: ours, and those imported as ONNX."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from .. import networks
from ..errors import ModelError
from ..models import Card
from ..networks import onnx_runtime
from . import checkpoints, faster
from .onnx_images import OnnxImages
from .steps import Step

if TYPE_CHECKING:
    from ..networks.refiner import RefinerNetwork

ONNX = "ONNX Runtime"


class ImagePredictor(Protocol):
    """Makes images of images.

    Attributes:
        channels, outputs: of the images.
    """

    channels: int
    outputs: int

    @property
    def device(self) -> str:
        """Where it computes: cpu or cuda."""

    @property
    def use_amp(self) -> bool:
        """Whether it computes in mixed precision."""

    def use(self, device: str, mixed_precision: bool | None = None) -> None:
        """Compute on the device `auto`, `cpu` or `cuda` from now on; mixed precision counts on a graphics card only."""

    def prepare(self, numbers: Mapping[tuple[int, int], int]) -> list[str]:
        """Get ready for so many images of each height and width; returns what the user may want to know."""

    def refuse(self, height: int, width: int) -> None:
        """Raise BadTile where images of this size are not possible."""

    def images(self, values: np.ndarray, months: np.ndarray, biomes: np.ndarray) -> np.ndarray:
        """Make images.

        Args:
            values: (n, channels, h, w) float32.
            months, biomes: (n,), 1 to 12 and 0 to 15.

        Returns (n, outputs, h, w) float32 from 0 to 1, NaN where the network gives no number.
        """


def open_images(path: str | Path, step: Step, device: str, mixed_precision: bool) -> tuple[Card, ImagePredictor]:
    """Open the model of a step; raises ModelError where it is none, see `checkpoints.read`."""
    card, weights = checkpoints.read(path, step)
    networks.require_torch(f"The model {path} is a neural network")
    try:
        predictor = NetworkImages(card, weights) if card.kind == "refiner" else OnnxImages(card, weights, str(path))
    except ModelError as error:
        raise ModelError(f"{path} is damaged: {error}") from None
    predictor.use(device, mixed_precision)
    return card, predictor


class NetworkImages:
    """A refiner network by PyTorch, on a graphics card in mixed precision where wished; on a processor by ONNX Runtime
    for the sizes of which there are many tiles.
    """

    def __init__(self, card: Card, weights: Mapping[str, np.ndarray]):
        """Raises ModelError where card and weights do not fit together."""
        from ..networks import refiner

        self._network = refiner.from_arrays(card.network, weights).requires_grad_(False)
        self.channels, self.outputs = self._network.design.channels, self._network.design.outputs
        if self.channels != len(card.bands):
            raise ModelError("its card names other bands than its network has")
        self._on_card: RefinerNetwork | None = None
        self._graphs: dict[int, onnx_runtime.Graph] = {}
        self.device, self._mixed_precision = "cpu", True

    @property
    def use_amp(self) -> bool:
        """See ImagePredictor."""
        return self._mixed_precision and self.device == "cuda"

    def use(self, device: str, mixed_precision: bool | None = None) -> None:
        """See ImagePredictor."""
        from ..networks import devices

        self.device = devices.choose(device).type
        if mixed_precision is not None:
            self._mixed_precision = mixed_precision

    def prepare(self, numbers: Mapping[tuple[int, int], int]) -> list[str]:
        """See ImagePredictor."""
        if self.device != "cpu":
            return []
        made = {edge: faster.graph(self._network, edge) for edge in faster.worth(numbers)}
        self._graphs = {edge: found for edge, found in made.items() if not isinstance(found, str)}
        return [
            f"Tiles of {edge} × {edge} pixels are computed by {f'PyTorch: {how}' if isinstance(how, str) else ONNX}."
            for edge, how in made.items()
        ]

    def refuse(self, height: int, width: int) -> None:
        """See ImagePredictor; any size is possible."""

    def images(self, values: np.ndarray, months: np.ndarray, biomes: np.ndarray) -> np.ndarray:
        """See ImagePredictor."""
        import torch

        from ..networks.refiner import with_conditions

        given = with_conditions(values, months.tolist(), biomes.tolist())
        height, width = values.shape[-2:]
        if self.device == "cpu" and height == width and height in self._graphs:
            return self._graphs[height](given).clip(0, 1)
        network, shown = self._there(), torch.from_numpy(given)
        with torch.inference_mode():
            shown = shown.to(self.device)
            with torch.autocast(self.device, torch.float16, enabled=self.use_amp):
                made = network(shown).float()
            if self.use_amp and not torch.isfinite(made).all():  # beyond what float16 holds
                made = network(shown)
            return made.clamp(0, 1).cpu().numpy()

    def _there(self) -> RefinerNetwork:
        """The network where it computes; beside the one on a graphics card, one stays for the processor."""
        if self.device == "cpu":
            return self._network
        if self._on_card is None:
            self._on_card = copy.deepcopy(self._network).to(self.device)
        return self._on_card
