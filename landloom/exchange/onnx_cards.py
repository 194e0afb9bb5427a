"""A model's whole card inside an ONNX file, so that nothing is lost on the way there and back."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from .. import models
from ..errors import ModelError
from ..training_area import WEIGHT

KEY = "landloom"


def write(card: models.Card, weights: Mapping[str, np.ndarray], fed: Mapping[str, Any]) -> dict[str, str]:
    """The metadata of a model exported by Landloom.

    Args:
        card: of the model.
        weights: of the model; where it was trained is taken from them.
        fed: how the file wants to be fed, as `models.Card.network` of a model of the kind onnx.
    """
    content: dict[str, Any] = {"card": card.as_dict(), "network": dict(fed)}
    if WEIGHT in weights:
        content[WEIGHT] = base64.b64encode(weights[WEIGHT].tobytes()).decode()
    return {KEY: json.dumps(content, ensure_ascii=False)}


def read(metadata: Mapping[str, str]) -> tuple[models.Card, dict[str, Any], dict[str, np.ndarray]] | None:
    """The inverse of `write`: card, `fed` and further arrays; None where the file is from elsewhere.

    Raises ModelError for a card that is damaged or of a later version.
    """
    if KEY not in metadata:
        return None
    try:
        content = json.loads(metadata[KEY])
        card = models.card_from_dict(content["card"])
        more = {}
        if WEIGHT in content:
            more[WEIGHT] = np.frombuffer(base64.b64decode(content[WEIGHT], validate=True), np.uint8)
        return card, dict(content["network"]), more
    except ModelError as error:
        raise ModelError(f"its metadata '{KEY}' cannot be used. {error}") from None
    except (ValueError, LookupError, TypeError, binascii.Error):
        raise ModelError(f"its metadata '{KEY}' are damaged. Export the model again.") from None
