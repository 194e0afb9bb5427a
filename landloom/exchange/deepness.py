"""The metadata that the QGIS plugin Deepness keeps inside ONNX files, read and written.

Deepness (github.com/PUTvision/qgis-plugin-deepness) reads them in `src/deepness/processing/models/model_base.py`; each
is JSON. It shows a network `(pixel / 255 - mean) / deviation`, float32, (n, channels, h, w) with h = w fixed
(`preprocessing_utils.py`), and takes of each pixel's outputs the highest one after those below `seg_thresh` were set to
0 (`map_processor_segmentation.py`).
"""

from __future__ import annotations

import ast
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import ModelError

# What Deepness divides every pixel by, whatever the type of the raster.
DIVISION = 255.0


@dataclass(frozen=True)
class Deepness:
    """What a file says of itself; None where it says nothing.

    `class_names` are those of the first output, in order; `resolution` is in metres a pixel, `tiles_overlap` a share
    of the tile, `mean` and `deviation` are those of pixels after the division.
    """

    model_type: str | None = None
    class_names: tuple[str, ...] | None = None
    resolution: float | None = None
    tile_size: int | None = None
    tiles_overlap: float | None = None
    mean: tuple[float, ...] | None = None
    deviation: tuple[float, ...] | None = None

    def __bool__(self) -> bool:
        return self != Deepness()


def write(
    class_names: Sequence[str], tile_size: int, overlap: int, resolution: float | None,
    mean: Sequence[float], deviation: Sequence[float],
) -> dict[str, str]:  # fmt: skip
    """The metadata of a network whose highest output is the class of a pixel.

    Args:
        class_names: in the order of the outputs.
        tile_size, overlap: pixels.
        resolution: metres a pixel; None leaves it out.
        mean, deviation: a number a channel, of pixels after the division by 255.
    """
    content: dict[str, Any] = {
        "model_type": "Segmentor",
        "class_names": dict(enumerate(class_names)),
        "tile_size": tile_size,
        "tiles_overlap": math.ceil(100 * overlap / tile_size),
        "standardization_mean": list(mean),
        "standardization_std": list(deviation),
        # No threshold and no smoothing: the class with the highest probability, as here.
        "seg_thresh": 0.0,
        "seg_small_segment": 0,
    }
    if resolution is not None:
        content["resolution"] = round(100 * resolution, 6)
    return {key: json.dumps(value, ensure_ascii=False) for key, value in content.items()}


def read(metadata: Mapping[str, str]) -> Deepness:
    """The inverse of `write`, for files of any origin; raises ModelError where a value is none."""
    mean, deviation = (_value(metadata, f"standardization_{name}", _numbers) for name in ("mean", "std"))
    if (mean is None) != (deviation is None):
        mean = deviation = None  # as Deepness does
    resolution = _value(metadata, "resolution", _positive)
    overlap = _value(metadata, "tiles_overlap", float)
    return Deepness(
        model_type=_value(metadata, "model_type", str),
        class_names=_value(metadata, "class_names", _names) or _value(metadata, "names", _names),
        resolution=None if resolution is None else resolution / 100,
        # Its documentation says tiles_size, its code tile_size.
        tile_size=_value(metadata, "tile_size", _whole) or _value(metadata, "tiles_size", _whole),
        tiles_overlap=None if overlap is None else min(max(overlap / 100, 0.0), 0.9),
        mean=mean,
        deviation=deviation,
    )


def _value(metadata: Mapping[str, str], key: str, as_type: Any) -> Any:
    if key not in metadata:
        return None
    text = metadata[key]
    try:
        try:
            value = json.loads(text)
        except ValueError:
            # Names by numbers are no JSON, a type may stand there without quotes.
            value = text if as_type is str else ast.literal_eval(text)
        return as_type(value)
    except (ValueError, TypeError, SyntaxError, AttributeError, LookupError, MemoryError, RecursionError):
        shown = text if len(text) <= 60 else f"{text[:60]}…"
        raise ModelError(
            f"its metadata '{key}' cannot be understood: {shown!r}. Correct it, or leave it out."
        ) from None


def _names(value: Any) -> tuple[str, ...]:
    """Names by numbers from 0; of several outputs, those of the first one."""
    first = value[0] if isinstance(value, list) else value
    names = {int(key): str(name) for key, name in first.items()}
    return tuple(names[i] for i in range(len(names)))


def _numbers(value: Any) -> tuple[float, ...]:
    numbers = tuple(float(item) for item in value)
    if not all(map(math.isfinite, numbers)):
        raise ValueError
    return numbers


def _positive(value: Any) -> float:
    number = float(value)
    if not 0 < number < math.inf:
        raise ValueError
    return number


def _whole(value: Any) -> int:
    return int(_positive(value))
