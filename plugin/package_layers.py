"""The layers of packages: what belongs to each, how it is installed, and the proof that it works.

Standard library only and Python 3.9.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from pathlib import Path

from . import pythons, torch_build
from .programs import EnvironmentProblem, Runner

PLUGIN = Path(__file__).resolve().parents[1]
REQUIREMENTS = PLUGIN / "requirements"

# A layer's packages are in requirements/LAYER.txt; these imports prove that they work, each in a process of its own.
LAYERS = {
    "base": (
        "rasterio",
        "pyogrio",
        "geopandas",
        "pyarrow.parquet",
        "sklearn.ensemble",
        "imblearn",
        "numba",
        "h5py",
        "psycopg2",
        "ee",
        "matplotlib.figure",
        "distributed",
        "jinja2",
        "filelock",
    ),
    "deep": ("torch", "landloom.deep", "onnx", "onnxruntime"),
    # Apart from the deep layer, since it has to be built, which needs a C++ compiler.
    "crf": ("pydensecrf.densecrf",),
    "dev": ("pytest", "moto.server", "rio_cogeo", "PyQt6.QtWidgets"),
}
CRF_BUILT_WITH = ["setuptools==80.9.0", "Cython==3.1.8"]


def lock_hash(layer: str) -> str:
    """What tells one version of a layer's locked packages from another."""
    return hashlib.sha256((REQUIREMENTS / f"{layer}.txt").read_bytes()).hexdigest()


def install(name: str, folder: Path, run: Runner, label: str = "", torch_index: str = "") -> None:
    """Install a layer's packages into the environment in a folder, and prove that they work.

    `label` and `torch_index` say which build of PyTorch the deep layer gets, as in torch_build.py. Raises
    EnvironmentProblem.
    """
    python = pythons.inside(folder)
    run.say(f"Installing the packages of the {name} layer …", 0.0)
    _drop_unfinished(folder)
    if name == "crf":
        _build_densecrf(python, run)
    else:
        _install_locked(name, folder, run, label, torch_index)
    _prove(name, python, run)


def packages(python: Path, run: Runner) -> dict:
    """The versions of all packages in the environment of a Python, by name."""
    listing = "import importlib.metadata as m, json; print(json.dumps({d.name: d.version for d in m.distributions()}))"
    return json.loads(run.output([str(python), "-I", "-c", listing]))


def drop_torch(python: Path, run: Runner) -> None:
    """Take PyTorch away, since another build of it is wanted."""
    found = torch_build.to_drop(packages(python, run))
    if found:
        run.say("Removing the other build of PyTorch …", 0.9)
        run([str(python), "-I", "-m", "pip", "uninstall", "--yes", *found])


def _install_locked(name: str, folder: Path, run: Runner, label: str, torch_index: str) -> None:
    lock = REQUIREMENTS / f"{name}.txt"
    locked = lock.read_text(encoding="utf-8")
    count = sum(1 for line in locked.splitlines() if line.strip())
    command = _pip(pythons.inside(folder), "install")
    if name == "deep":
        if run.succeeds([*command[:-1], "raw", "--help"]):  # pip 24.1 or newer
            command[-1] = "raw"  # files of hundreds of megabytes: one wants to see them come
        wanted = folder / "deep.txt"
        wanted.write_text(torch_build.requirements(locked, label, torch_index), encoding="utf-8")
        # PyTorch names the CUDA packages that its build needs; the rest may not move.
        command += ["-r", str(wanted), "-c", str(REQUIREMENTS / "base.txt")]
        if torch_index:
            command += ["--extra-index-url", torch_index]
    else:
        command += ["-r", str(lock), "--no-deps"]
    run(command, count_of=(r"^(Collecting|Requirement already satisfied)", 1.5 * count, 0.8))


def _pip(python: Path, action: str) -> list:
    return [str(python), "-I", "-m", "pip", action, "--no-input", "--progress-bar", "off"]


def _drop_unfinished(folder: Path) -> None:
    """Take away the descriptions of packages that a killed pip had not finished; it would take them for installed.

    pip writes the file INSTALLER after all others of a package.
    """
    for pattern in ("lib/python*/site-packages/*.dist-info", "Lib/site-packages/*.dist-info"):
        for description in folder.glob(pattern):
            if not (description / "INSTALLER").exists():
                shutil.rmtree(description, ignore_errors=True)


def _build_densecrf(python: Path, run: Runner) -> None:
    """Pydensecrf has no wheels, and its source is from before Python 3.13: only Cython 3 makes C++ that builds there,
    and takes the source only where it is told its dialect.

    A wheel that somebody has built and put where pip looks is installed as it is, without a compiler.
    """
    run.say("Building pydensecrf …", 0.1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # pip already runs the source's set-up to read its name, which takes an older Cython.
        limits = folder / "limits.txt"
        limits.write_text("Cython<3\nsetuptools<81\n", encoding="utf-8")
        download = _pip(python, "download")
        run(
            [*download, "--no-deps", "--dest", str(folder / "found"), "-r", str(REQUIREMENTS / "crf.txt")],
            more_environment={"PIP_CONSTRAINT": str(limits), "PIP_BUILD_CONSTRAINT": str(limits)},
        )
        (found,) = (folder / "found").iterdir()
        if found.suffix != ".whl":
            shutil.unpack_archive(str(found), str(folder / "source"))
            (found,) = (folder / "source").iterdir()
            (found / "pyproject.toml").write_text(
                f"[build-system]\nrequires = {json.dumps(CRF_BUILT_WITH)}\n"
                'build-backend = "setuptools.build_meta:__legacy__"\n',
                encoding="utf-8",
            )
            for source in found.glob("*/*.p[yx][xd]"):
                text = source.read_text(encoding="utf-8")
                source.write_text(f"# cython: language_level=2\n{text}", encoding="utf-8")
        more = {"CYTHON_FORCE_REGEN": "1"}  # it brings C++ files of its own, for Python 2
        run([*_pip(python, "install"), "--no-deps", str(found)], more_environment=more)


def _prove(name: str, python: Path, run: Runner) -> None:
    """Import each package in a process of its own, so that one that crashes is told by name."""
    imports = LAYERS[name]
    for number, module in enumerate(imports):
        run.say(f"Checking {module} …", 0.85 + 0.15 * number / len(imports))
        # The engine's own modules are found in the plugin.
        program = f"import sys; sys.path.insert(0, {str(PLUGIN)!r}); import {module}"
        problem = run.failure([str(python), "-I", "-c", program])
        if problem is not None:
            raise EnvironmentProblem(
                f"The package {module} was installed but does not work here: {problem}. Remove the environment"
                " and set it up again; if that does not help, send the diagnostics with a report."
            )
        run.say(f"{module} works.", 0.85 + 0.15 * (number + 1) / len(imports))
