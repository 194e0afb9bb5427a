"""Mapping with a network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch

from ..errors import ModelError
from ..models import Card
from . import devices, patch_cnn


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
