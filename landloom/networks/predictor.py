"""Mapping with a network."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from ..errors import ModelError
from ..models import Card
from . import devices, patch_cnn, segmentation
from .engines import OnnxEngine, TorchEngine, disagreement


@dataclass(frozen=True)
class NetworkPredictor:
    """A patch classifier; see `predictors.PatchPredictor`."""

    class_ids: np.ndarray
    network: patch_cnn.PatchCNN
    device: torch.device

    @classmethod
    def open(cls, card: Card, weights: Mapping[str, np.ndarray], device: str) -> NetworkPredictor:
        """Build the network of a card; raises ModelError where the two do not fit."""
        network = patch_cnn.from_arrays(card.network, weights)
        if (network.channels, network.classes) != (len(card.bands), len(card.classes)) or card.features:
            raise ModelError("its card names other classes or bands than its network has")
        where = devices.choose(device)
        ready = patch_cnn.fused(network).to(where, memory_format=torch.channels_last)  # type: ignore[call-overload]
        return cls(np.array(card.classes.ids), ready, where)

    @torch.inference_mode()
    def answer(self, values: np.ndarray, stride: int) -> tuple[np.ndarray, np.ndarray]:
        """See PatchPredictor."""
        if self.device.type == "cpu" and torch.get_num_threads() > 1:
            # Windows are worked on at once already.
            torch.set_num_threads(1)
        shown = torch.from_numpy(values).unsqueeze(0).to(self.device).contiguous(memory_format=torch.channels_last)
        logits = self.network(shown, stride)[0]
        return logits.argmax(0).cpu().numpy(), logits.softmax(0).cpu().numpy()


class SegmentationPredictor:
    """A segmentation network; see `predictors.TilePredictor`."""

    engines = ("onnxruntime", "pytorch")
    fixed_size = None

    def __init__(self, card: Card, weights: Mapping[str, np.ndarray], device: str):
        """Build the network of a card; raises ModelError where the two do not fit."""
        self.network = segmentation.from_arrays(card.network, weights)
        design = self.network.design
        if (design.channels, design.classes) != (len(card.bands), len(card.classes)) or card.features:
            raise ModelError("its card names other classes or bands than its network has")
        self.class_ids = np.array(card.classes.ids)
        self.device = devices.choose(device)
        self._engine: TorchEngine | OnnxEngine | None = None
        self._used: tuple[str, int, int] | None = None

    @property
    def can_drop_out(self) -> bool:
        """Whether the network has learnt with dropout."""
        return self.network.design.dropout > 0

    def use(self, engine: str, threads: int, at_once: int) -> None:
        """Compute with `onnxruntime` or `pytorch` from now on; see TilePredictor."""
        if self._used == (engine, threads, at_once):  # with the graphs that it has exported
            return
        self._used = engine, threads, at_once
        if engine == "onnxruntime":
            self._engine = OnnxEngine(self.network, threads, at_once)
        else:
            self._engine = TorchEngine(self.network, self.device, threads, at_once)

    def disagreement(self, tiles: Sequence[np.ndarray], threads: int, at_once: int) -> float:
        """Use ONNX Runtime, and tell how far it is from PyTorch; see `engines.disagreement`."""
        self.use("onnxruntime", threads, at_once)
        assert isinstance(self._engine, OnnxEngine)
        return disagreement(self._engine, self.network, tiles, threads)

    def probabilities(self, values: np.ndarray, seed: int | None = None) -> np.ndarray:
        """See TilePredictor."""
        if self._engine is None:
            self.use("pytorch", os.cpu_count() or 1, 1)
        assert self._engine
        return self._engine.probabilities(values, seed)
