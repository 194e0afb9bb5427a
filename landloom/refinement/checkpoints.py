"""Which model a step takes, and what a file is that is none."""

from __future__ import annotations

import pickle
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .. import models, networks
from ..errors import ModelError
from ..models import Card
from .steps import STEPS, Step

KINDS = ("refiner", "onnx_image")
PYTORCH = (".pt", ".pth", ".ckpt", ".bin", ".safetensors")
# Of a file that is something else, so many names are told.
NAMES_TOLD = 4


def read(path: str | Path, step: Step) -> tuple[Card, dict[str, np.ndarray]]:
    """Read the model file of a step.

    Raises ModelError, with what was expected and what was found, for a model of another step or kind and for any other
    file. Nothing in a file is executed.
    """
    path = Path(path)
    if not path.is_file():
        raise ModelError(f"The model {path} does not exist. Check the path.")
    expected = (
        f"a network that {step.verb} tiles, from '{step.input_key}' to '{step.output_key}' ({step.stage}), in a"
        f" .{models.EXTENSION} file of Train refiner or Import model"
    )
    found = _other_file(path)
    if found is None:
        card, weights = models.load(path)
        if card.kind in KINDS and card.network.get("stage") == step.stage:
            return card, weights
        found = _other_model(card)
    raise ModelError(f"{path} is not the model that is needed.\nExpected: {expected}.\nFound: {found}.")


def _other_model(card: Card) -> str:
    """A model of another step or kind in words."""
    if card.kind not in KINDS:
        bands = ", ".join(band.name for band in card.bands) or "none"
        return f"a model of the kind '{card.kind}' with the bands {bands} and {len(card.classes)} classes"
    stage = card.network.get("stage")
    if stage not in STEPS:
        return f"a network from images to images ('{card.kind}') for the stage {stage!r}"
    other = STEPS[stage]
    return f"a network that {other.verb} tiles, from '{other.input_key}' to '{other.output_key}' ({stage})"


def _other_file(path: Path) -> str | None:
    """A file of another format in words; None where it may be a model file."""
    extension = path.suffix.lower()
    if extension == ".onnx":
        return "an ONNX file, which becomes a model with Import model"
    if extension == ".joblib":
        return "a joblib file of scikit-learn"
    if extension == ".safetensors":
        return "weights in a safetensors file, which Train refiner takes as weights of the encoder"
    if extension in PYTORCH or _is_pytorch(path):
        return _pytorch(path)
    return None


def _is_pytorch(path: Path) -> bool:
    """Whether it is one by its content: a ZIP archive that holds a pickle."""
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name.endswith("data.pkl") for name in archive.namelist())
    except (OSError, zipfile.BadZipFile):
        return False


def _pytorch(path: Path) -> str:
    """What a file of PyTorch holds, as far as it can be told without running anything in it."""
    networks.require_torch(f"{path} is a file of PyTorch")
    import torch

    remedy = "Train refiner takes weights of an encoder from such files"
    try:
        # Shapes only: such files can be larger than the memory.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of formats that PyTorch would rather not see
            content = torch.load(path, map_location="meta", weights_only=True)
    except pickle.UnpicklingError:
        return (
            f"a file of PyTorch that holds Python objects; it was not opened, since that can run any program. {remedy}"
        )
    except Exception as error:  # damaged bytes can make any part of the way stumble
        return f"a damaged file of PyTorch ({type(error).__name__})"
    if not isinstance(content, Mapping):
        return f"a file of PyTorch with an object of the type {type(content).__name__}. {remedy}"
    arrays = _arrays(content)
    names = ", ".join(map(str, list(content)[:NAMES_TOLD]))
    more = ", …" if len(content) > NAMES_TOLD else ""
    return f"a file of PyTorch with {len(arrays):,} arrays ({names}{more}). {remedy}"


def _arrays(content: Mapping[Any, Any]) -> list[str]:
    """The names of all tensors, those in dictionaries of dictionaries included."""
    found = []
    for name, value in content.items():
        if isinstance(value, Mapping):
            found += _arrays(value)
        elif hasattr(value, "shape"):
            found.append(str(name))
    return found
