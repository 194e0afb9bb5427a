"""Mapping with a network that another program trained and saved as ONNX."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping

import numpy as np

from ..errors import ModelError
from ..models import Card
from . import onnx_runtime
from .onnx_runtime import Graph

OUTPUTS = ("logits", "probabilities", "sigmoid", "classes")


class OnnxPredictor:
    """An imported network; see `predictors.TilePredictor`.

    The card's `network` says how pixels are scaled before, `(value - offset) / scale`, no data becoming 0, and what
    comes out: `logits` become probabilities by softmax, `sigmoid` are scores that become shares by the logistic
    function, `classes` are places among the classes, which count as certain. Of `probabilities` and `sigmoid` with a
    single channel and two classes, the channel is the second class. A band of shares that do not add up to 1 is divided
    by their sum.
    """

    engines = ("onnxruntime",)
    can_drop_out = False

    def __init__(self, card: Card, weights: Mapping[str, np.ndarray], device: str, what: str):
        """Raises ModelError where the graph is unsafe, damaged, or other than the card says."""
        network = card.network
        try:
            content = weights["onnx"].astype(np.uint8, casting="safe").tobytes()
            channels, classes = int(network["channels"]), int(network["classes"])
            self._output = str(network["output"])
            shape = (1, channels, 1, 1)
            self._offset = np.asarray(network["offset"], np.float32).reshape(shape)
            self._scale = np.asarray(network["scale"], np.float32).reshape(shape)
            fixed = network.get("input_shape")
            self._fixed = None if fixed is None else tuple(int(size) for size in fixed)
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(f"its card does not fit its network: {error!r}") from None
        if self._output not in OUTPUTS or (channels, classes) != (len(card.bands), len(card.classes)) or card.features:
            raise ModelError("its card names other classes, bands or outputs than its network has")
        if not (self._scale > 0).all() or not np.isfinite(self._offset).all():
            raise ModelError("its card scales the bands by numbers that cannot be")
        onnx_runtime.refuse_unsafe(content, what)
        self.class_ids = np.array(card.classes.ids)
        self._content, self._device, self._what, self._classes = content, device, what, classes
        self._graph: Graph | None = None
        self._turn = threading.BoundedSemaphore(1)

    @property
    def fixed_size(self) -> int | None:
        """The edge of the tiles in pixels where no others are possible."""
        return None if self._fixed is None else self._fixed[-1]

    def use(self, engine: str, threads: int, at_once: int) -> None:
        """See TilePredictor; there is one engine."""
        self._graph = Graph(self._content, self._what, threads, self._device)
        self._turn = threading.BoundedSemaphore(at_once)

    def probabilities(self, values: np.ndarray, seed: int | None = None) -> np.ndarray:
        """See TilePredictor."""
        if self._graph is None:
            self.use("onnxruntime", os.cpu_count() or 1, 1)
        assert self._graph
        with self._turn:
            scaled = np.nan_to_num((values - self._offset) / self._scale, nan=0.0).astype(np.float32)
            if self._fixed and len(self._fixed) == 4:
                answers = np.concatenate([self._graph(part) for part in batches(scaled, self._fixed[0])])[: len(values)]
            else:
                answers = self._graph(scaled)
        return self._shares(answers, values.shape)

    def _shares(self, answers: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        """Probabilities (n, classes, h, w) from what the graph gives."""
        number, _, height, width = shape
        if self._output == "classes":
            if answers.size != number * height * width:
                raise self._wrong(answers)
            return self._certain(answers.reshape(number, height, width))
        if answers.ndim != 4 or answers.shape[-2:] != (height, width):
            raise self._wrong(answers)
        shares: np.ndarray = answers.astype(np.float32)
        if self._output == "logits":
            shares = np.exp(shares - shares.max(axis=1, keepdims=True))
        elif self._output == "sigmoid":
            shares = 1 / (1 + np.exp(-np.clip(shares, -80, 80)))
        if shares.shape[1] == 1 and self._classes == 2:
            shares = np.concatenate([1 - shares, shares], axis=1)
        if shares.shape[1] != self._classes:
            raise self._wrong(answers)
        total = shares.sum(axis=1, keepdims=True)
        even = np.float32(1 / self._classes)
        return np.where(total > 0, shares / np.where(total > 0, total, 1), even)

    def _certain(self, places: np.ndarray) -> np.ndarray:
        if not (places.min() >= 0 and places.max() < self._classes):
            wrong = places.min() if places.min() < 0 else places.max()
            raise ModelError(
                f"{self._what} gives the class number {wrong:g}, but has the classes 0 to {self._classes - 1}. Import"
                " it again with all of its classes."
            )
        return (places[:, np.newaxis] == np.arange(self._classes).reshape(1, -1, 1, 1)).astype(np.float32)

    def _wrong(self, answers: np.ndarray) -> ModelError:
        return ModelError(
            f"{self._what} gives an output of {' × '.join(map(str, answers.shape))} where one with {self._classes}"
            " classes a pixel is expected. Import it again with the right classes and kind of output."
        )


def batches(values: np.ndarray, size: int) -> list[np.ndarray]:
    """Batches of one size, the last one filled up with its last tile."""
    if size < 1:
        return [values]
    missing = -len(values) % size
    filled = np.concatenate([values, np.repeat(values[-1:], missing, axis=0)]) if missing else values
    return np.split(filled, len(filled) // size)
