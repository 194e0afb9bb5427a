"""Neural networks: architectures, the training loop, and what belongs to them. Needs the deep-learning layer."""

from __future__ import annotations

from importlib.metadata import version
from importlib.util import find_spec

from ..errors import ModelError


def require_torch(what: str) -> None:
    """Raise ModelError where PyTorch is not installed; `what` says what needs it."""
    if find_spec("torch") is None:
        raise ModelError(
            f"{what}, and the deep-learning layer is not installed. Install it with Plugins ▸ Landloom ▸ Set up…, or on"
            " the command line with: python3 -m plugin.environment install --layer deep"
        )


def torch_version() -> str:
    """The version of PyTorch that computes."""
    return version("torch")
