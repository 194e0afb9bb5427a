"""Tiles of any height and width, mirrored until a network can compute with them."""

from __future__ import annotations

import torch
from torch import Tensor


def grown(values: Tensor, multiple: int, smallest: int) -> Tensor:
    """(n, channels, h, w), mirrored at the lower and the right edge until h and w are multiples and large enough."""
    for axis in (2, 3):
        size = values.shape[axis]
        # Rounded up so, and not by a negative division, which traced for ONNX rounds the other way.
        wanted = max(smallest, (size + multiple - 1) // multiple * multiple)
        if wanted != size:
            # There and back as often as it takes: 0 1 2 1 0 1 …
            place = torch.arange(wanted, device=values.device) % max(1, 2 * size - 2)
            values = values.index_select(axis, torch.minimum(place, 2 * size - 2 - place))
    return values
