"""Where a tile has data, in its JSON file: what stands there is kept by every stage, whoever wrote it."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from .tile_files import BadTile

# A tile without it has data everywhere.
MASK = "valid_mask"


def content(valid: np.ndarray) -> dict[str, str]:
    """What a tile's JSON file says of where it has data (h, w): the bits, row by row, deflated, in base 64."""
    if valid.all():
        return {}
    return {MASK: base64.b64encode(zlib.compress(np.packbits(valid).tobytes(), 9)).decode("ascii")}


def read(content: Mapping[str, Any], height: int, width: int) -> np.ndarray | None:
    """Where a tile has data (h, w); None where it has everywhere. Raises BadTile for what is no such mask."""
    text = content.get(MASK)
    if text is None:
        return None
    try:
        bits = np.frombuffer(zlib.decompress(base64.b64decode(text, validate=True)), np.uint8)
        if bits.size != -(-height * width // 8):
            raise ValueError(f"it is not one of {height} × {width} pixels")
    except Exception as error:  # damaged text can make any part of the way stumble
        raise BadTile("bad mask", f"its '{MASK}' cannot be read ({error})") from None
    return np.unpackbits(bits, count=height * width).reshape(height, width).astype(bool)
