"""What computes a segmentation network's answers: PyTorch, or on processors ONNX Runtime.

ONNX Runtime is about twice as fast there (U-Net, EfficientNet-B4) and differs by rounding. A tile a core is as fast as
all cores on one tile where nothing else runs, and several times as fast where other programs do; but it takes the
memory of several. The answers do not depend on which it is.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext

import numpy as np
import torch

from ..errors import ModelError
from . import onnx_runtime
from .segmentation import SegmentationNetwork

# Two engines agree where no probability differs by more than this.
TOLERANCE = 1e-4


class TorchEngine:
    """PyTorch, channels last; on a graphics card in mixed precision."""

    def __init__(self, network: SegmentationNetwork, device: torch.device, threads: int, at_once: int):
        self._network = network.eval().requires_grad_(False).to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._device, self._threads = device, threads
        # On a graphics card, one batch is copied while another is computed.
        self._turn = threading.BoundedSemaphore(2 if device.type == "cuda" else at_once)
        self._seeded = threading.Lock()

    @torch.inference_mode()
    def probabilities(self, values: np.ndarray, seed: int | None = None) -> np.ndarray:
        """See `predictors.TilePredictor`; with a seed some features are dropped as in training."""
        shown = torch.from_numpy(values)
        if self._device.type == "cuda":
            shown = shown.pin_memory()
        with self._turn, self._stream(), self._dropping(seed) if seed is not None else nullcontext():
            if self._device.type == "cpu" and torch.get_num_threads() != self._threads:
                torch.set_num_threads(self._threads)
            shown = shown.to(self._device, non_blocking=True).contiguous(memory_format=torch.channels_last)
            with torch.autocast(self._device.type, torch.float16, enabled=self._device.type == "cuda"):
                outputs = self._network(shown).float()
            if self._device.type == "cuda" and not torch.isfinite(outputs).all():  # beyond what float16 holds
                outputs = self._network(shown)
            return self._network.probabilities(outputs).contiguous().cpu().numpy()

    @contextmanager
    def _stream(self) -> Iterator[None]:
        if self._device.type != "cuda":
            yield
            return
        stream = torch.cuda.Stream(self._device)
        with torch.cuda.stream(stream):
            yield
        stream.synchronize()

    @contextmanager
    def _dropping(self, seed: int) -> Iterator[None]:
        """Drop features out, the same for the same seed; PyTorch has one source of chance for all threads."""
        with self._seeded, torch.random.fork_rng([self._device] if self._device.type == "cuda" else []):
            torch.manual_seed(seed)
            self._network.dropout.train()
            try:
                yield
            finally:
                self._network.dropout.eval()


class OnnxEngine:
    """The network as an ONNX graph, on the processor."""

    def __init__(self, network: SegmentationNetwork, threads: int, at_once: int):
        self._network, self._threads = network, threads
        self._graphs: dict[int, onnx_runtime.Graph] = {}
        self._exporting, self._turn = threading.Lock(), threading.BoundedSemaphore(at_once)

    def probabilities(self, values: np.ndarray, seed: int | None = None) -> np.ndarray:
        """See `predictors.TilePredictor`. Raises ModelError where this network cannot be exported or run so."""
        size = values.shape[-1]
        with self._exporting:
            if size not in self._graphs:
                self._graphs[size] = self._graph(size)
        with self._turn:
            return self._graphs[size](values)

    def _graph(self, size: int) -> onnx_runtime.Graph:
        """A graph for one size of tiles: where sizes are known, more can be prepared."""
        from ..exchange.onnx_export import to_onnx

        try:
            content = to_onnx(self._network, self._network.design.channels, size, probabilities=True, fixed=True)
        except Exception as error:  # what PyTorch cannot export ends in any kind of error
            raise ModelError(f"it cannot be exported ({type(error).__name__})") from None
        return onnx_runtime.Graph(content, "the exported network", self._threads)


def disagreement(engine: OnnxEngine, network: SegmentationNetwork, tiles: Sequence[np.ndarray], threads: int) -> float:
    """How much a probability differs at most between ONNX Runtime and PyTorch, over tiles (n, channels, h, w).

    Raises ModelError where ONNX Runtime cannot run the network.
    """
    other = TorchEngine(network, torch.device("cpu"), threads, 1)
    answers = [(engine.probabilities(values), other.probabilities(values)) for values in tiles]
    if any(ours.shape != theirs.shape for ours, theirs in answers):  # what was exported does not fit this size
        raise ModelError("exported, it gives tiles of another size")
    return max(float(np.abs(ours - theirs).max(initial=0)) for ours, theirs in answers)
