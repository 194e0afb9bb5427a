"""The features of records, and whether they are those that a model has learnt from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..errors import ModelError
from ..image_features.feature_store import Store
from .preparation import Components

READ_AT_ONCE = 4096


def reduced(store: Store, rows: np.ndarray, components: Components) -> np.ndarray:
    """The components (n, …) of the features in these rows of a store, some at a time."""
    pieces = [rows[i : i + READ_AT_ONCE] for i in range(0, len(rows), READ_AT_ONCE)]
    found = [components.apply(store.read(piece)) for piece in pieces]
    return np.concatenate(found) if found else np.empty((0, len(components.axes)), np.float32)


def refuse_others(network: Mapping[str, Any], store: Store | None) -> None:
    """Raise ModelError where a store does not hold the features that a model has learnt from."""
    if network["encoder"] is None:
        return
    expected = _lines(network["encoder"], network["dimension"], network["recipe"])
    if store is None:
        raise ModelError(
            f"The model needs features and none were given. It expects:\n{_shown(expected)}\nMake them with Extract"
            " features and give them as FEATURES."
        )
    found = _lines(store.encoder, store.dimension, store.recipe)
    different = [name for name in {**expected, **found} if expected.get(name) != found.get(name)]
    if different:
        table = "\n".join(f"{name}: {expected.get(name, '–')} | {found.get(name, '–')}" for name in different)
        raise ModelError(
            f"The features {store.path} are not of the kind that the model has learnt from (expected | found):\n{table}"
            "\nExtract them again with the encoder, weights and settings that the model expects."
        )


def _lines(encoder: str, dimension: int, recipe: Mapping[str, Any] | None) -> dict[str, str]:
    return {"encoder": str(encoder), "features": str(dimension), **{k: str(v) for k, v in (recipe or {}).items()}}


def _shown(lines: Mapping[str, str]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in lines.items())
