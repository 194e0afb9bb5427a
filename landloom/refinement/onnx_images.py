"""Networks from images to images that another program saved as ONNX."""

from __future__ import annotations

import os
from collections.abc import Mapping

import numpy as np

from ..errors import ModelError
from ..models import Card
from ..networks import onnx_runtime
from ..networks.onnx_predictor import batches
from .tile_files import BadTile


class OnnxImages:
    """An imported network; see `predictors.ImagePredictor`.

    The card's `network` says how pixels are scaled before, `(value - offset) / scale`; which values of the output are 0
    and 1 (`output_range`); and, where `conditioned`, that month and biome come as two more planes behind the channels.
    """

    use_amp = False

    def __init__(self, card: Card, weights: Mapping[str, np.ndarray], what: str):
        """Raises ModelError where the graph is unsafe, damaged, or other than the card says; `what` is its name."""
        network = card.network
        try:
            self._content = weights["onnx"].astype(np.uint8, casting="safe").tobytes()
            self.channels, self.outputs = int(network["channels"]), int(network["outputs"])
            shape = (1, self.channels, 1, 1)
            self._offset = np.asarray(network["offset"], np.float32).reshape(shape)
            self._scale = np.asarray(network["scale"], np.float32).reshape(shape)
            self._low, self._high = (float(value) for value in network["output_range"])
            fixed = network.get("input_shape")
            self._fixed = None if fixed is None else tuple(int(size) for size in fixed)
            self._conditioned = bool(network.get("conditioned", False))
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(f"its card does not fit its network: {error!r}") from None
        if not (self._scale > 0).all() or not np.isfinite(self._offset).all() or not self._low < self._high:
            raise ModelError("its card scales the bands by numbers that cannot be")
        if self.channels != len(card.bands):
            raise ModelError("its card names other bands than its network has")
        onnx_runtime.require(f"The model {what} is an ONNX network and")
        onnx_runtime.refuse_unsafe(self._content, what)
        self._what = what
        self._graphs: dict[str, onnx_runtime.Graph] = {}
        self.device = "cpu"

    def use(self, device: str, mixed_precision: bool | None = None) -> None:
        """See ImagePredictor; it computes in the precision that it was saved with."""
        from ..networks import devices

        # ONNX Runtime may be there for processors only, whatever PyTorch can.
        self.device = "cuda" if devices.choose(device).type == "cuda" and onnx_runtime.has_cuda() else "cpu"

    def prepare(self, numbers: Mapping[tuple[int, int], int]) -> list[str]:
        """See ImagePredictor."""
        return []

    def refuse(self, height: int, width: int) -> None:
        """See ImagePredictor."""
        if self._fixed and (height, width) != self._fixed[-2:]:
            raise BadTile(
                "wrong size",
                f"it has {height} × {width} pixels, and the network takes {self._fixed[-2]} × {self._fixed[-1]} and no"
                " others",
            )

    def images(self, values: np.ndarray, months: np.ndarray, biomes: np.ndarray) -> np.ndarray:
        """See ImagePredictor."""
        scaled = ((values - self._offset) / self._scale).astype(np.float32)
        if self._conditioned:
            from ..networks.refiner import with_conditions

            scaled = with_conditions(scaled, months.tolist(), biomes.tolist())
        graph = self._graph()
        parts = batches(scaled, self._fixed[0] if self._fixed else 0)
        made = np.concatenate([graph(part) for part in parts])[: len(values)]
        if made.shape != (len(values), self.outputs, *values.shape[2:]):
            found, wanted = (
                " × ".join(map(str, shape)) for shape in (made.shape[1:], (self.outputs, *values.shape[2:]))
            )
            raise ModelError(f"{self._what} gives images of {found} where {wanted} are expected. Import it again.")
        return np.clip((made.astype(np.float32) - self._low) / (self._high - self._low), 0, 1)

    def _graph(self) -> onnx_runtime.Graph:
        if self.device not in self._graphs:
            self._graphs[self.device] = onnx_runtime.Graph(self._content, self._what, os.cpu_count() or 1, self.device)
        return self._graphs[self.device]
