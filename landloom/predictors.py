"""Models that are ready to map with: from a file to something that classifies pixels."""

from __future__ import annotations

import threading
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from . import models
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


def open_model(
    path: str | Path, known_hashes: Collection[str] = (), trust: bool = False
) -> tuple[models.Card, Predictor]:
    """Open a model file of any kind; see `models.load` and `models.load_joblib` for what is refused."""
    sha256 = models.sha256(path)
    if models.is_joblib(path):
        card, estimator = models.load_joblib(path, known_hashes, trust)
        arrays = ForestArrays.from_sklearn(estimator)
    else:
        card, weights = models.load(path)
        if card.kind != "random_forest":
            raise ModelError(f"{path} is a {card.kind}, which this version of Landloom cannot map with.")
        try:
            arrays = ForestArrays.from_dict(weights)
        except ValueError as error:
            raise ModelError(f"{path} is damaged: {error}") from None
    if arrays.classes.tolist() != card.classes.ids or arrays.n_features != len(card.inputs) + len(card.features):
        raise ModelError(f"{path} is damaged: its card names other classes or columns than its forest has.")
    predictor = forest_predictor(arrays)
    with _opening:
        _opened.clear()
        _opened[sha256] = predictor
    return card, predictor


def forest_predictor(arrays: ForestArrays) -> Predictor:
    """The fastest predictor that can hold the forest."""
    class_ids = np.asarray(arrays.classes)
    if can_pack(arrays):
        return ForestPredictor(class_ids, CompiledForest(arrays))
    forest = arrays.to_sklearn()
    # One job: with more, scikit-learn adds up the trees in an order that changes from run to run.
    return PlainForestPredictor(class_ids, forest.set_params(n_jobs=1))


# The model opened last, by its hash: a run needs one, in every window.
_opened: dict[str, Predictor] = {}
_opening = threading.RLock()


def open_once(path: str, sha256: str) -> Predictor:
    """A model that the coordinating process has opened and checked already, opened once in each process.

    Raises ModelError where the file is no longer the one with that hash: it would map otherwise, or run code.
    """
    with _opening:
        if sha256 not in _opened:
            if models.sha256(path) != sha256:
                raise ModelError(f"The model {path} was changed while it was mapped with. Run it again.")
            open_model(path, known_hashes=(sha256,))
        return _opened[sha256]
