"""Our networks on processors by ONNX Runtime, which is two to four times as fast as PyTorch there."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..networks import onnx_runtime

if TYPE_CHECKING:
    from ..networks.refiner import RefinerNetwork

# A graph is made for one size, which takes as long as computing some ten tiles.
WORTH = 64
# Each holds the weights once more.
MOST_GRAPHS = 2
# Two ways to compute agree where no reflectance differs by more than this.
TOLERANCE = 1e-4


def worth(numbers: Mapping[tuple[int, int], int]) -> list[int]:
    """The edges of squares that are worth a graph, the most frequent ones.

    Args:
        numbers: how many tiles there are of each height and width. Those that are done count, too: so a run that was
            stopped computes the rest in the same way.
    """
    often = sorted((-number, height) for (height, width), number in numbers.items() if height == width)
    return [edge for number, edge in often if -number >= WORTH][:MOST_GRAPHS]


def graph(network: RefinerNetwork, edge: int) -> onnx_runtime.Graph | str:
    """The network as a graph for squares of `edge` pixels; where that cannot be or says something else, why."""
    if not onnx_runtime.is_there():
        return "ONNX Runtime, which is faster, is not installed"
    from ..exchange import image_export

    try:
        content = image_export.graph_of(network, edge)
        made = onnx_runtime.Graph(content, "the exported network", os.cpu_count() or 1)
        differs = image_export.difference(made, network, edge)
    except Exception as error:  # what PyTorch cannot export ends in any kind of error
        return f"it cannot be exported to ONNX ({type(error).__name__})"
    return made if differs <= TOLERANCE else f"images by ONNX Runtime, which is faster, differ by up to {differs:.1g}"
