"""Find a Python that serves, or fetch one, and make a virtual environment with it.

Standard library only and Python 3.9.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from .processes import WINDOWS
from .programs import EnvironmentProblem, Runner

# The locked packages have wheels for these.
OLDEST, NEWEST = (3, 11), (3, 14)
_VERSIONS = f"{OLDEST[0]}.{OLDEST[1]} to {NEWEST[0]}.{NEWEST[1]}"
_USABLE = (
    f"import sys, sysconfig; {OLDEST} <= sys.version_info[:2] <= {NEWEST} and sys.implementation.name == 'cpython'"
    " and sys.maxsize > 2**32 and not sysconfig.get_config_var('Py_GIL_DISABLED') or sys.exit(1)"
)
# What is fetched where this computer has no Python that is new enough.
FETCHED_VERSION = "3.12"
UV = "uv==0.13.9"


def inside(folder: Path) -> Path:
    """The Python of a virtual environment."""
    return folder / ("Scripts/python.exe" if WINDOWS else "bin/python")


def base_is_there(folder: Path) -> bool:
    """Whether the Python that an environment was made with is still there, by its files.

    It may have been removed, or replaced by another minor version, which does not see the packages.
    """
    python = inside(folder)
    try:
        settings = dict(re.findall(r"(?m)^(\w+) = (.+)$", (folder / "pyvenv.cfg").read_text(encoding="utf-8")))
        if WINDOWS:  # where the environment's Python is a small program that starts the other one
            return python.exists() and Path(settings["home"], python.name).exists()
        version = re.search(r"\d+\.\d+$", python.resolve(strict=True).name)
        return version is None or settings["version"].startswith(f"{version.group()}.")
    except (OSError, LookupError):
        return False


def serves(python: str | Path, module: str, run: Runner) -> bool:
    """Whether a Python is one that the locked packages have wheels for, and has a module."""
    return run.succeeds([str(python), "-I", "-c", f"{_USABLE}; import {module}"])


def find(run: Runner) -> str | None:
    """A Python on this computer that the locked packages have wheels for, None where there is none.

    LANDLOOM_PYTHON goes first, then QGIS's own Python, then what is on the path.
    """
    named = os.environ.get("LANDLOOM_PYTHON")
    for candidate in [named] if named else _pythons():
        if serves(candidate, "venv", run):
            return candidate
    if named:
        raise EnvironmentProblem(
            f"LANDLOOM_PYTHON names {named}, which is no 64-bit CPython of version"
            f" {_VERSIONS}. Correct or remove the variable."
        )
    return None


def fetch(home: Path, run: Runner) -> str:
    """Fetch a Python of its own, with uv, which knows where they are and checks their hashes."""
    helper = _python_with_pip(run)
    if helper is None:
        raise EnvironmentProblem(
            f"Landloom needs Python {_VERSIONS}, and this computer has none, nor pip to fetch it with. Install Python"
            " from python.org or with your system's packages, then try again."
        )
    run.say(f"Fetching Python {FETCHED_VERSION} …", 0.01)
    tools = home / "tools"
    run([helper, "-m", "pip", "install", "--quiet", "--upgrade", "--target", str(tools), UV])
    uv = str(next(path for path in tools.glob("*/uv*") if path.stem == "uv"))
    where = {"UV_PYTHON_INSTALL_DIR": str(home / "python"), "UV_CACHE_DIR": str(home / "cache" / "uv")}
    run([uv, "python", "install", FETCHED_VERSION, "--no-bin"], more_environment=where)
    return run.output([uv, "python", "find", FETCHED_VERSION, "--managed-python"], more_environment=where)


def make_environment(folder: Path, base: str, run: Runner) -> str:
    """Make a virtual environment with a Python; returns the version it says of itself."""
    if run.succeeds([base, "-I", "-c", "import ensurepip"]):
        run([base, "-I", "-m", "venv", str(folder)])
    else:
        # Debian keeps the means to install pip in a package of its own; another Python's pip can do it.
        helper = _python_with_pip(run)
        if helper is None:
            raise EnvironmentProblem(
                f"{base} cannot make environments that can install packages. On Debian and Ubuntu install what is"
                " missing with: sudo apt install python3-venv"
            )
        run([base, "-I", "-m", "venv", "--without-pip", str(folder)])
        run([helper, "-m", "pip", "--python", str(inside(folder)), "install", "pip"])
    return run.output([str(inside(folder)), "-I", "-c", "import sys; print(sys.version.replace(chr(10), ' '))"])


def _pythons() -> Iterator[str]:
    # In QGIS sys.executable may be QGIS itself, which must not be started here.
    own = [Path(sys.executable or ""), Path(sys.exec_prefix) / "python.exe", Path(sys.exec_prefix) / "bin/python3"]
    yield from (str(p) for p in own if re.match(r"python[\d.]*(\.exe)?$", p.name, re.IGNORECASE) and p.exists())
    # Programs that are started from macOS's desktop do not get the shell's path.
    more = ("/opt/homebrew/bin", "/usr/local/bin") if sys.platform == "darwin" else ()
    path = os.pathsep.join((os.environ.get("PATH", ""), *more))
    for name in ("python3.13", "python3.12", "python3.11", "python3.14", "python3", "python"):
        found = shutil.which(name, path=path)
        # Windows has a placeholder of that name which opens a shop.
        if found and "WindowsApps" not in found:
            yield found


def _python_with_pip(run: Runner) -> str | None:
    # Since 22.3 pip can install for another Python.
    test = "import pip; raise SystemExit(tuple(map(int, pip.__version__.split('.')[:2])) < (22, 3))"
    return next((python for python in _pythons() if run.succeeds([python, "-c", test])), None)
