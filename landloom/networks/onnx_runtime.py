"""Running ONNX graphs. Needs onnxruntime and onnx of the deep-learning layer, not PyTorch."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import numpy as np

from ..errors import ModelError

# The standard's own operators, and those that ONNX Runtime brings along; anything else would need a library to load.
KNOWN_DOMAINS = ("", "ai.onnx", "ai.onnx.ml", "com.microsoft")
WITHOUT = (
    "{what} is run by ONNX Runtime, which is not installed. Install the deep-learning layer with Plugins ▸ Landloom ▸"
    " Set up…, or on the command line with: python3 -m plugin.environment install --layer deep"
)


def is_there() -> bool:
    """Whether ONNX graphs can be run."""
    return find_spec("onnxruntime") is not None and find_spec("onnx") is not None


def require(what: str) -> None:
    """Raise ModelError where ONNX graphs cannot be run; `what` says what needs it."""
    if not is_there():
        raise ModelError(WITHOUT.format(what=what))


def has_cuda() -> bool:
    """Whether graphs can be run on a graphics card."""
    import onnxruntime

    return "CUDAExecutionProvider" in onnxruntime.get_available_providers()


def refuse_unsafe(content: bytes, what: str) -> None:
    """Raise ModelError for a graph that would read other files or run other libraries, or that is damaged.

    Args:
        content: an ONNX file's bytes.
        what: what the user calls it, for the message.
    """
    import onnx

    try:
        model = onnx.load_from_string(content)
        graphs = [model.graph, *model.functions]
        tensors = list(_tensors(graphs))
        operators = {node.domain for node in _nodes(graphs)} - {function.domain for function in model.functions}
    except Exception as error:  # damaged bytes can make any part of the way stumble
        raise _damaged(what, error) from None
    if any(tensor.data_location == onnx.TensorProto.EXTERNAL or tensor.external_data for tensor in tensors):
        raise ModelError(
            f"{what} has weights in other files, which are not looked for. Save it with all weights inside the ONNX"
            " file (onnx.save_model with save_as_external_data=False)."
        )
    strange = sorted(operators - set(KNOWN_DOMAINS))
    if strange:
        raise ModelError(
            f"{what} uses operators of {', '.join(strange)}, which no library here has. Export it with the standard"
            " operators of ONNX."
        )
    try:
        onnx.checker.check_model(model)  # not before, since it looks for weights in other files
    except Exception as error:
        raise _damaged(what, error) from None


def _damaged(what: str, error: Exception) -> ModelError:
    return ModelError(f"{what} is no ONNX graph or is damaged ({_first_line(error)}). Export it again.")


def _nodes(graphs: list[Any]) -> Iterator[Any]:
    """All nodes, those of branches and loops included."""
    for graph in graphs:
        for node in graph.node:
            yield node
            for attribute in node.attribute:
                yield from _nodes([*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs])


def _tensors(graphs: list[Any]) -> Iterator[Any]:
    """All constant tensors, those of branches and loops included."""
    for graph in graphs:
        yield from getattr(graph, "initializer", ())
        for sparse in getattr(graph, "sparse_initializer", ()):
            yield from (sparse.values, sparse.indices)
    for node in _nodes(graphs):
        for attribute in node.attribute:
            yield from [*([attribute.t] if attribute.HasField("t") else []), *attribute.tensors]
            for graph in [*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs]:
                yield from graph.initializer


class Graph:
    """A graph with one input and one output that is used, ready to run; may be shared by threads.

    The answers do not depend on the number of threads.
    """

    def __init__(self, content: bytes, what: str, threads: int, device: str = "cpu"):
        """Raises ModelError for a graph that cannot be run; `what` is what the user calls it."""
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 4  # warnings about the graph, which the user can do nothing with
        providers = ["CPUExecutionProvider"]
        if device == "cuda" and has_cuda():
            providers.insert(0, "CUDAExecutionProvider")
        self._what = what
        try:
            self._session = onnxruntime.InferenceSession(content, options, providers=providers)
        except Exception as error:  # onnxruntime raises many kinds of its own
            raise ModelError(f"{what} cannot be run by ONNX Runtime ({_first_line(error)}). Export it again.") from None
        self._input = self._session.get_inputs()[0].name
        self._output = self._session.get_outputs()[0].name

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """The first output for the first input."""
        try:
            return self._session.run([self._output], {self._input: values})[0]
        except Exception as error:
            raise ModelError(
                f"{self._what} cannot be applied to tiles of {values.shape[-2]} × {values.shape[-1]} pixels with"
                f" {values.shape[1]} bands ({_first_line(error)}). Choose the tile size that it was made for."
            ) from None


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:300].rstrip(".") if lines else type(error).__name__
