"""Models that are ready to map with: from a file to something that classifies pixels or patches."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from . import models, networks
from .errors import ModelError
from .forest.arrays import ForestArrays
from .forest.traversal import CompiledForest, can_pack


class Predictor(Protocol):
    """Classifies pixels."""

    @property
    def class_ids(self) -> np.ndarray:
        """The class ids that the indices of `classify` stand for."""

    def classify(self, pixels: np.ndarray) -> np.ndarray:
        """Take (columns, n), return (n,) indices into `class_ids`."""

    def probabilities(self, pixels: np.ndarray) -> np.ndarray:
        """Take (columns, n), return (n, classes) float64, rows summing to 1."""


class PatchPredictor(Protocol):
    """Classifies the patches of a window."""

    @property
    def class_ids(self) -> np.ndarray:
        """The class ids that the places of `answer` stand for."""

    def answer(self, values: np.ndarray, stride: int) -> tuple[np.ndarray, np.ndarray]:
        """Classify the patches of a window, as many as fit at this stride from its upper left corner.

        Args:
            values: (channels, h, w) float32, NaN is no data.
            stride: pixels from one patch to the next.

        Returns the place of the best class (rows, columns) and probabilities (classes, rows, columns) float32.
        """


class TilePredictor(Protocol):
    """Classifies all pixels of a tile at once."""

    @property
    def engines(self) -> tuple[str, ...]:
        """What can compute it, the fastest first."""

    @property
    def class_ids(self) -> np.ndarray:
        """The class ids that the channels of `probabilities` stand for."""

    @property
    def fixed_size(self) -> int | None:
        """The edge of the tiles in pixels where no others are possible."""

    @property
    def can_drop_out(self) -> bool:
        """Whether features can be dropped out, so that answers differ from one to the next."""

    def use(self, engine: str, threads: int, at_once: int) -> None:
        """Compute by one of `engines` from now on, so many batches at once, each on so many cores of the processor."""

    def probabilities(self, values: np.ndarray, seed: int | None = None) -> np.ndarray:
        """Classify tiles.

        Args:
            values: (n, channels, h, w) float32 as the image has them, NaN is no data.
            seed: drop features out, the same ones for the same seed and shape; None: use all, as one does.

        Returns (n, classes, h, w) float32, adding up to 1 in each pixel. May be called by several threads.
        """


@dataclass(frozen=True)
class ForestPredictor:
    """A random forest, by the compiled traversal."""

    class_ids: np.ndarray
    forest: CompiledForest

    def classify(self, pixels: np.ndarray) -> np.ndarray:
        """See Predictor."""
        return self.forest.predict(pixels)

    def probabilities(self, pixels: np.ndarray) -> np.ndarray:
        """See Predictor."""
        return self.forest.probabilities(pixels)


@dataclass(frozen=True)
class PlainForestPredictor:
    """A random forest by scikit-learn itself, for forests that the compiled form cannot hold."""

    class_ids: np.ndarray
    forest: Any

    def classify(self, pixels: np.ndarray) -> np.ndarray:
        """See Predictor; ties go to the first class, as in RandomForestClassifier.predict."""
        return np.argmax(self.probabilities(pixels), axis=1)

    def probabilities(self, pixels: np.ndarray) -> np.ndarray:
        """See Predictor."""
        return self.forest.predict_proba(np.ascontiguousarray(pixels.T, dtype=np.float32))


AnyPredictor = Predictor | PatchPredictor | TilePredictor


def open_model(
    path: str | Path,
    known_hashes: Collection[str] = (),
    trust: bool = False,
    device: str = "cpu",
    beside: bool = False,
) -> tuple[models.Card, AnyPredictor]:
    """Open a model file of any kind; see `models.load` and `models.load_joblib` for what is refused.

    `device` is where a network computes: auto, cpu or cuda. Models that were opened before are let go unless this one
    works `beside` them.
    """
    sha256 = models.sha256(path)
    if models.is_joblib(path):
        card, estimator = models.load_joblib(path, known_hashes, trust)
        weights = ForestArrays.from_sklearn(estimator).as_dict()
    else:
        card, weights = models.load(path)
    if card.kind not in _OPENERS:
        use = OTHER_USES.get(card.kind, "a newer version of Landloom")
        raise ModelError(
            f"{path} is a model of the kind '{card.kind}', with which no map can be made. It is for {use}; choose a"
            f" model of the kind {', '.join(_OPENERS)}."
        )
    predictor = _OPENERS[card.kind](path, card, weights, device)
    with _opening:
        if not beside:
            _opened.clear()
        _opened[sha256, device] = predictor
    return card, predictor


def _open_forest(path: str | Path, card: models.Card, weights: dict[str, np.ndarray], device: str) -> Predictor:
    try:
        arrays = ForestArrays.from_dict(weights)
    except ValueError as error:
        raise ModelError(f"{path} is damaged: {error}") from None
    if arrays.classes.tolist() != card.classes.ids or arrays.n_features != len(card.inputs) + len(card.features):
        raise ModelError(f"{path} is damaged: its card names other classes or columns than its forest has.")
    return forest_predictor(arrays)


def _open_patch_cnn(path: str | Path, card: models.Card, weights: dict[str, np.ndarray], device: str) -> PatchPredictor:
    networks.require_torch(f"The model {path} is a neural network")
    from .networks.predictor import NetworkPredictor

    try:
        return NetworkPredictor.open(card, weights, device)
    except ModelError as error:
        raise ModelError(f"{path} is damaged: {error}") from None


def _open_segmentation(
    path: str | Path, card: models.Card, weights: dict[str, np.ndarray], device: str
) -> TilePredictor:
    networks.require_torch(f"The model {path} is a neural network")
    from .networks.predictor import SegmentationPredictor

    try:
        return SegmentationPredictor(card, weights, device)
    except ModelError as error:
        raise ModelError(f"{path} is damaged: {error}") from None


def _open_onnx(path: str | Path, card: models.Card, weights: dict[str, np.ndarray], device: str) -> TilePredictor:
    networks.require_torch(f"The model {path} is a neural network")
    from .networks import devices, onnx_predictor, onnx_runtime

    onnx_runtime.require(f"The model {path} is an ONNX network and")
    where = devices.choose(device).type
    try:
        return onnx_predictor.OnnxPredictor(card, weights, where, f"The network in {path}")
    except ModelError as error:
        raise ModelError(f"{path} cannot be used: {error}") from None


_OPENERS: dict[str, Callable[..., Any]] = {
    "random_forest": _open_forest,
    "patch_cnn": _open_patch_cnn,
    "segmentation": _open_segmentation,
    "onnx": _open_onnx,
}
# The kinds that classify whole tiles: their predictors are TilePredictors.
# What models that map nothing are for.
OTHER_USES = {
    "refiner": "Refine tiles or Translate tiles",
    "onnx_image": "Refine tiles or Translate tiles",
    "quality": "Predict quality",
}
TILE_KINDS = ("segmentation", "onnx")


def forest_predictor(arrays: ForestArrays) -> Predictor:
    """The fastest predictor that can hold the forest."""
    class_ids = np.asarray(arrays.classes)
    if can_pack(arrays):
        return ForestPredictor(class_ids, CompiledForest(arrays))
    forest = arrays.to_sklearn()
    # One job: with more, scikit-learn adds up the trees in an order that changes from run to run.
    return PlainForestPredictor(class_ids, forest.set_params(n_jobs=1))


# The models of the last run, by hash and device: they are needed in every window.
_opened: dict[tuple[str, str], AnyPredictor] = {}
_opening = threading.RLock()


def open_once(path: str, sha256: str, device: str = "cpu", beside: bool = False) -> AnyPredictor:
    """A model that the coordinating process has opened and checked already, opened once in each process.

    Raises ModelError where the file is no longer the one with that hash: it would map otherwise, or run code.
    """
    with _opening:
        if (sha256, device) not in _opened:
            if models.sha256(path) != sha256:
                raise ModelError(f"The model {path} was changed while it was mapped with. Run it again.")
            open_model(path, known_hashes=(sha256,), device=device, beside=beside)
        return _opened[sha256, device]
