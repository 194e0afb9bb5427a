"""The numbers of a network as arrays, for its model file and back."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import nn


def as_arrays(network: nn.Module) -> dict[str, np.ndarray]:
    """Weights and buffers by name."""
    return {name: value.detach().cpu().numpy() for name, value in network.state_dict().items()}


def fill(network: nn.Module, arrays: Mapping[str, np.ndarray]) -> None:
    """Give a network on the device `meta` its weights and buffers; the inverse of `as_arrays`.

    Nothing is allocated but what the arrays hold. Raises KeyError, TypeError, ValueError or RuntimeError where they are
    not those of such a network.
    """
    expected = network.state_dict()
    state = {name: torch.tensor(arrays[name]) for name in expected}
    for name, tensor in state.items():
        if tensor.dtype != expected[name].dtype or not torch.isfinite(tensor).all():
            raise ValueError(f"{name} is not finite or of another type")
        if name.endswith("running_var") and (tensor < 0).any():
            raise ValueError("a variance below 0")
        if name == "scale" and not (tensor > 0).all():
            raise ValueError("a scale that is not above 0")
    network.load_state_dict(state, assign=True)
