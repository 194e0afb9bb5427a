"""Dense conditional random fields: class maps that follow the edges of the image. Needs the CRF layer."""

from __future__ import annotations

from importlib.metadata import version
from importlib.util import find_spec

from ..errors import ParameterError


def require_pydensecrf() -> None:
    """Raise ParameterError where pydensecrf is not installed."""
    if find_spec("pydensecrf") is None:
        raise ParameterError(
            "The dense CRF needs the package pydensecrf, which is not installed. Install the layer 'crf' with Plugins ▸"
            " Landloom ▸ Set up…, or on the command line with: python3 -m plugin.environment install --layer crf. It is"
            " built on your computer, which needs a C++ compiler. On Debian and Ubuntu: sudo apt install g++"
            " python3-dev; on Windows: the Visual Studio Build Tools; on macOS: xcode-select --install."
        )


def pydensecrf_version() -> str:
    """The version of pydensecrf that computes."""
    return version("pydensecrf")
