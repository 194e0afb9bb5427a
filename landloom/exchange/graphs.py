"""ONNX files as bytes: their metadata and how they are fed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import onnx
from google.protobuf.message import EncodeError

from ..errors import ModelError

# What protobuf, the format of ONNX files, holds at most.
LARGEST_BYTES = 2**31 - 1


class Input(NamedTuple):
    """An input of a graph. `type` as ONNX calls it, `shape` with None for sizes that are free."""

    type: str
    shape: tuple[int | None, ...]


def read(path: str | Path) -> bytes:
    """The bytes of a file; raises ModelError where there are none, or too many for ONNX."""
    try:
        if Path(path).stat().st_size > LARGEST_BYTES:
            raise ModelError(f"{path} is larger than 2 GB, so it cannot be a single ONNX file. Export a smaller model.")
        return Path(path).read_bytes()
    except OSError as error:
        raise ModelError(f"The ONNX file {path} cannot be read: {error.strerror}. Check the path.") from None


def metadata(content: bytes) -> dict[str, str]:
    """The metadata of a file by key."""
    return {entry.key: entry.value for entry in onnx.load_model_from_string(content).metadata_props}


def with_metadata(content: bytes, entries: Mapping[str, str], producer: str, version: str) -> bytes:
    """The file with metadata; entries of the same keys are replaced, others are kept."""
    model = onnx.load_model_from_string(content)
    kept = {entry.key: entry.value for entry in model.metadata_props}
    del model.metadata_props[:]
    onnx.helper.set_model_props(model, {**kept, **entries})
    model.producer_name, model.producer_version = producer, version
    try:
        return model.SerializeToString(deterministic=True)
    except (EncodeError, ValueError):
        raise ModelError("The network is larger than 2 GB, which ONNX cannot hold in one file.") from None


def with_output_shape(content: bytes, shape: Sequence[int | str]) -> bytes:
    """The file saying which shape its first output has; a name stands for a size that is free."""
    model = onnx.load_model_from_string(content)
    kind = model.graph.output[0].type.tensor_type.elem_type
    model.graph.output[0].CopyFrom(onnx.helper.make_tensor_value_info(model.graph.output[0].name, kind, shape))
    return model.SerializeToString()


def inputs(content: bytes) -> tuple[Input, ...]:
    """What a graph wants to be fed with, its weights left out."""
    graph = onnx.load_model_from_string(content).graph
    weights = {tensor.name for tensor in graph.initializer}
    return tuple(_input(value) for value in graph.input if value.name not in weights)


def output_names(content: bytes) -> list[str]:
    """The names of a graph's outputs."""
    return [value.name for value in onnx.load_model_from_string(content).graph.output]


def _input(value: onnx.ValueInfoProto) -> Input:
    tensor = value.type.tensor_type
    sizes = tuple(d.dim_value if d.HasField("dim_value") and d.dim_value > 0 else None for d in tensor.shape.dim)
    return Input(onnx.TensorProto.DataType.Name(tensor.elem_type).lower(), sizes)
