"""PyTorch and its companions, imported so that they work together. Needs the deep-learning layer."""

from __future__ import annotations

import sys

import torch

_OPERATORS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)


def _import_torchvision() -> None:
    """Import torchvision also where its build does not match PyTorch's.

    The package index has one torchvision, linked to CUDA. Beside a PyTorch for CPUs its native operators are
    missing, and already the import fails. We use none of them (they select boxes of detected objects), so
    declaring that they exist is enough.
    """
    try:
        import torchvision
    except RuntimeError as error:
        if "torchvision::nms" not in str(error):
            raise
        for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
            del sys.modules[name]
        library = torch.library.Library("torchvision", "FRAGMENT")
        for operator in _OPERATORS:
            library.define(operator)
        _kept.append(library)
        import torchvision  # noqa: F401


# The operators are there for as long as their library object lives.
_kept: list = []
_import_torchvision()

import segmentation_models_pytorch as smp  # noqa: E402
import timm  # noqa: E402

__all__ = ["smp", "timm", "torch"]
