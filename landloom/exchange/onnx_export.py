"""A network as an ONNX graph."""

from __future__ import annotations

import copy
import io
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Any

import torch
from torch import Tensor, nn

OPSET = 18
INPUT, OUTPUT = "input", "output"


def _expm1(graph: Any, x: Any) -> Any:
    """exp(x) - 1, which the older exporter does not know; of float32 it loses 1e-7 near 0."""
    return graph.op("Sub", graph.op("Exp", x), graph.op("Constant", value_t=torch.tensor(1.0)))


torch.onnx.register_custom_op_symbolic("aten::expm1", _expm1, OPSET)


class _Probabilities(nn.Module):
    """A network that gives probabilities in place of its outputs."""

    def __init__(self, network: nn.Module):
        super().__init__()
        self.network = network

    def forward(self, values: Tensor) -> Tensor:
        network: nn.Module = self.network
        return network.probabilities(network(values))  # type: ignore[operator]


def to_onnx(network: nn.Module, channels: int, size: int, probabilities: bool, fixed: bool = False) -> bytes:
    """A network as the bytes of an ONNX file, its weights inside.

    Input and output are named `input` and `output`; the number of tiles is free, and so are height and width unless
    `fixed`. No data stays NaN in the input, as for the network itself.

    Args:
        network: what takes (n, channels, h, w) float32; it is left as it is.
        channels: of the input.
        size: height and width of the tile that the graph is recorded with; a multiple of what the network asks for.
        probabilities: give `network.probabilities` of the outputs in place of the outputs.
        fixed: let height and width be `size` and nothing else. Else they may be other sizes that the network takes as
            they are, if `size` is one: what it does to make a tile fit is recorded for `size` alone.
    """
    recorded = copy.deepcopy(network).cpu().float()
    recorded = (_Probabilities(recorded) if probabilities else recorded).eval()
    shown = torch.zeros((1, channels, size, size))
    free = {0: "n"} if fixed else {0: "n", 2: "h", 3: "w"}
    names: dict[str, Any] = {"input_names": [INPUT], "output_names": [OUTPUT], "opset_version": OPSET, "verbose": False}
    # Two exporters: the older one takes a tenth of the time and leaves sizes free where wanted; the newer one knows
    # operators that the older does not, such as pooling to any size.
    with _silenced(), torch.no_grad():
        stream = io.BytesIO()
        sink: Any = stream
        try:
            torch.onnx.export(recorded, (shown,), sink, dynamic_axes={INPUT: free, OUTPUT: free}, dynamo=False, **names)
            return stream.getvalue()
        except Exception:
            if not fixed:
                raise
        # Two tiles: of a single one the exporter would conclude that there is never another.
        program: Any = torch.onnx.export(
            recorded, (shown.repeat(2, 1, 1, 1),), dynamo=True, dynamic_shapes=({0: torch.export.Dim("n")},), **names
        )
        return program.model_proto.SerializeToString()


@contextmanager
def _silenced() -> Iterator[None]:
    """Keep the exporters from printing, and from warning of their own age and of each shape that they record."""
    logger = logging.getLogger("torch.onnx")
    log, level = torch._C._jit_onnx_log, logger.level
    # Where it fails, the older one prints the whole network; its switch for that does not work in PyTorch 2.13.
    torch._C._jit_onnx_log = lambda *_: None
    logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        torch._C._jit_onnx_log = log
        logger.setLevel(level)
