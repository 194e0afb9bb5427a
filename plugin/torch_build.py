"""Which build of PyTorch is installed: for the processor, or for NVIDIA graphics cards (CUDA).

A plain package index has one build for each platform: on Linux that for CUDA with gigabytes of NVIDIA's packages, on
Windows and macOS that for the processor. The others lie on PyTorch's own index, each at an address that ends with its
label (…/cpu, …/cu126), which the versions there carry too (2.13.0+cpu). Standard library only and Python 3.9.
"""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path

from .programs import EnvironmentProblem, Runner

# The variable with the address of PyTorch's own index.
INDEX_VARIABLE = "LANDLOOM_TORCH_INDEX"
PROCESSOR, CUDA = "cpu", "cuda"

_LABEL = r"cpu|cu\d+|rocm[\d.]+|xpu"
_WHERE = (
    "pytorch.org ▸ Get started shows the address for your system, after --index-url. Give it in the set-up dialog, with"
    f" --torch-index, or in the environment variable {INDEX_VARIABLE}"
)

# The packages whose versions carry the label, and those that only a build for CUDA needs.
_LABELLED = ("torch", "torchvision")
_OF_CUDA = re.compile(r"(nvidia|cuda)[-_]|triton$")

_ASK = """
import json, torch
build = {"version": str(torch.__version__), "cuda": torch.version.cuda, "card": ""}
build["usable"] = torch.cuda.is_available()
if build["usable"]:
    build["card"] = torch.cuda.get_device_name(0)
print(json.dumps(build))
"""


def index_of(given: str = "") -> str:
    """The address of PyTorch's index: the given one, else that of the environment variable; may be empty."""
    return (given or os.environ.get(INDEX_VARIABLE, "")).strip()


def label_of(index: str) -> str:
    """The label of the builds at an address; empty where it does not say."""
    found = re.search(rf"/({_LABEL})/?$", index)
    return found.group(1) if found else ""


def label(torch: str, index: str, platform: str = sys.platform) -> str:
    """The label that the version must carry; empty where pip shall take what it finds.

    Args:
        torch: "cpu", "cuda" (whichever version of CUDA), a label such as "cu126", or "" for what pip finds.
        index: the address of PyTorch's index; may be empty.
        platform: as sys.platform.

    Raises EnvironmentProblem where the two contradict each other, or where an address is needed.
    """
    if torch and torch != CUDA and not re.fullmatch(_LABEL, torch):
        raise EnvironmentProblem(f"There is no build '{torch}' of PyTorch. Give cpu, cuda or a label such as cu126.")
    named = label_of(index)
    fits = not torch or not named or torch == named or (torch == CUDA and named != PROCESSOR)
    if not fits:
        raise EnvironmentProblem(
            f"The address of PyTorch's packages is that of the build '{named}', but '{torch}' was asked for. Choose"
            f" what fits together. {_WHERE}."
        )
    if named or torch == "":
        return named
    if torch == CUDA:
        if platform.startswith("linux"):
            return ""
        if platform == "darwin":
            raise EnvironmentProblem("There is no build of PyTorch for CUDA on macOS. Choose the processor.")
        raise EnvironmentProblem(f"The build of PyTorch for CUDA needs the address of PyTorch's packages. {_WHERE}.")
    # Elsewhere the build without a label is the one for the processor.
    return "" if torch == PROCESSOR and not platform.startswith("linux") else torch


def requirements(locked: str, wanted: str, index: str) -> str:
    """The locked requirements, with the version of PyTorch (with an index, also of torchvision) carrying a label.

    Without an index, torchvision is what pip finds: who has put a build of PyTorch into a folder of packages may have
    torchvision without a label.
    """
    packages = "|".join(_LABELLED if index else _LABELLED[:1])
    return re.sub(rf"(?m)^({packages})==([\w.]+)", rf"\1==\2+{wanted}", locked) if wanted else locked


def fits(build: dict, torch: str, wanted: str) -> bool:
    """Whether the installed build (as `ask` tells) is what was asked for; `wanted` is the `label` of that."""
    if wanted and wanted != PROCESSOR:
        return build.get("version", "").partition("+")[2] == wanted
    if wanted == PROCESSOR or torch == PROCESSOR:
        return bool(build) and not build["cuda"]
    return torch != CUDA or bool(build.get("cuda"))


def another_build(build: dict) -> str:
    """What to say where pip has found another build than what was asked for."""
    return f"Landloom is ready, but pip has found another build of PyTorch: {in_words(build)}. {_WHERE}."


def ask(python: Path, run: Runner) -> dict:
    """Ask the environment's Python for its PyTorch: `version`, `cuda` (None: for the processor), `usable`, `card`.

    `usable` is whether it can compute on a graphics card here. Empty where PyTorch cannot be asked.
    """
    try:
        return json.loads(run.output([str(python), "-I", "-W", "ignore", "-c", _ASK]))
    except (EnvironmentProblem, ValueError):
        return {}


def to_drop(packages: dict) -> list:
    """The installed packages that go when the build is changed; pip itself would leave NVIDIA's gigabytes."""
    return sorted(name for name in packages if name.lower() in _LABELLED or _OF_CUDA.match(name.lower()))


def in_words(build: dict) -> str:
    """One line of diagnostics about the installed build."""
    if not build:
        return "none"
    version = build["version"].partition("+")[0]
    if not build["cuda"]:
        return f"{version}, for the processor"
    where = f"computes on {build['card']}" if build["usable"] else "sees no usable graphics card"
    return f"{version}, for CUDA {build['cuda']}, {where}"
