"""A small network that predicts how good a result will be: straight lines, and what bends from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..errors import ModelError
from .weights import fill

ARCHITECTURE = "quality_mlp"


@dataclass(frozen=True)
class Design:
    """What a network is built from: how many numbers go in and come out, units a layer, layers, dropout."""

    inputs: int
    outputs: int
    hidden: int = 64
    layers: int = 2
    dropout: float = 0.2


class QualityNetwork(nn.Module):
    """A linear model plus a multi-layer perceptron (n, inputs, 1, 1) → (n, outputs, 1, 1).

    The perceptron's last layer begins at 0, so that training starts from the linear model (see `begin`): with few
    records hardly more than that is learnt, with many what else there is.
    """

    def __init__(self, design: Design):
        super().__init__()
        self.design = design
        self.linear = nn.Linear(design.inputs, design.outputs)
        layers: list[nn.Module] = []
        width = design.inputs
        for _ in range(design.layers):
            layers += [nn.Linear(width, design.hidden), nn.GELU(), nn.Dropout(design.dropout)]
            width = design.hidden
        self.body = nn.Sequential(*layers)
        self.head = nn.Linear(width, design.outputs)
        for layer in (self.linear, self.head):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    @torch.no_grad()
    def begin(self, weight: np.ndarray, bias: np.ndarray) -> None:
        """Let the linear part begin with (outputs, inputs) and (outputs,)."""
        self.linear.weight.copy_(torch.from_numpy(weight))
        self.linear.bias.copy_(torch.from_numpy(bias))

    def forward(self, values: Tensor) -> Tensor:
        """Standardised metrics from standardised inputs."""
        flat = values.flatten(1)
        return (self.linear(flat) + self.head(self.body(flat)))[..., None, None]

    def describe(self) -> dict[str, Any]:
        """What `from_arrays` needs beside the arrays."""
        return {"architecture": ARCHITECTURE, **asdict(self.design)}


def from_arrays(description: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> QualityNetwork:
    """The inverse of `QualityNetwork.describe` and `weights.as_arrays`, ready to predict with.

    Raises ModelError where the two do not fit together. Nothing is allocated before they do.
    """
    try:
        if description["architecture"] != ARCHITECTURE:
            raise ModelError(f"This version of Landloom does not know the architecture {description['architecture']}.")
        whole = {name: description[name] for name in ("inputs", "outputs", "hidden", "layers")}
        for name, number in whole.items():
            if type(number) is not int or not 1 <= number <= 2**20 or (name == "layers" and number > 64):
                raise ValueError(f"{name} is {number!r}")
        with torch.device("meta"):
            network = QualityNetwork(Design(**whole, dropout=float(description["dropout"])))
        fill(network, arrays)
    except (KeyError, TypeError, ValueError, OverflowError, RuntimeError) as error:
        raise ModelError(f"The network's weights do not fit its description: {error}") from None
    return network.eval()
