"""The worker's Python environment: find a Python, make it, install the locked packages, prove them.

Standard library only and Python 3.9. The set-up dialog imports this module, `make` and CI run it:
`python3 -m plugin.environment install`.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import platform
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from . import graphics_card, torch_build
from .privacy import shortened
from .processes import WINDOWS
from .programs import EnvironmentProblem, Runner, Tell, advice

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
CRF_BUILT_WITH = ["setuptools==80.9.0", "Cython==3.1.8"]
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

# In the environment's folder: what was installed. In the home: what a set-up that is not done yet was asked for.
RECORD = "landloom.json"
ASKED = "setup.json"


@dataclass
class Status:
    """What is installed. `layers` maps each layer to whether it is up to date with this version of the plugin."""

    folder: Path
    python: Path
    layers: dict = field(default_factory=dict)
    record: dict = field(default_factory=dict)

    def ready(self, layer: str = "base") -> bool:
        """Whether a layer can be used."""
        return self.layers.get(layer, False) and self.python.exists()

    def torch(self) -> dict:
        """Which build of PyTorch is installed, as `torch_build.ask` tells; empty where none is or nobody has asked."""
        return self.record.get("layers", {}).get("deep", {}).get("torch", {})


def default_home() -> Path:
    """The folder for Landloom's own files: LANDLOOM_HOME, else the platform's place for user data.

    It lies outside the plugin's folder, so that an upgrade of the plugin keeps it.
    """
    if os.environ.get("LANDLOOM_HOME"):
        return Path(os.environ["LANDLOOM_HOME"])
    if WINDOWS:
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData/Local")) / "landloom"
    if sys.platform == "darwin":
        return Path.home() / "Library/Application Support/landloom"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share") / "landloom"


def status(home: Path | None = None) -> Status:
    """Look what is installed. Quick: it reads some small files and starts nothing."""
    folder = (home or default_home()) / "environment"
    python = _python_of(folder)
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        locks = {name: entry["lock"] for name, entry in record["layers"].items()}
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return Status(folder, python)
    there = _base_is_there(folder)
    layers = {name: there and lock == _lock_hash(name) for name, lock in locks.items() if name in LAYERS}
    return Status(folder, python, layers, record)


def install(
    layers: Sequence[str] = ("base",),
    home: Path | None = None,
    tell: Tell = lambda fraction, text: None,
    cancelled: Callable[[], bool] = lambda: False,
    torch: str = "",
    torch_index: str = "",
) -> Status:
    """Bring the environment up to date with the locked requirements; does nothing where it is.

    Args:
        layers: keys of LAYERS; the base layer is always among them.
        home: folder for Landloom's own files.
        tell: called with the share done (0 to 1) and what is going on.
        cancelled: asked often; where it says True, all is stopped and SetupCancelled raised.
        torch: which build of PyTorch: "cpu", "cuda", a label such as "cu126", or "" for what is there or pip finds.
        torch_index: the address of PyTorch's own index, where the package index lacks that build; that of the
            environment variable where empty.

    May be killed at any moment and run again. Raises EnvironmentProblem.
    """
    home = home or default_home()
    torch_index = torch_build.index_of(torch_index)
    label = torch_build.label(torch, torch_index) if "deep" in layers else ""
    wanted = [name for name in LAYERS if name == "base" or name in layers]
    unknown = set(layers) - set(LAYERS)
    if unknown:
        raise EnvironmentProblem(f"There is no layer '{unknown.pop()}'. The layers are: {', '.join(LAYERS)}.")
    with _lock(home):
        if all(status(home).ready(name) for name in wanted) and _torch_fits(status(home), wanted, torch, label):
            (home / ASKED).unlink(missing_ok=True)
            tell(1.0, "Ready.")
            return status(home)
        asked = {"layers": wanted, "torch": torch}
        (home / ASKED).write_text(json.dumps(asked), encoding="utf-8")
        run = Runner(tell, cancelled)
        _make_venv(home, run)
        now = status(home)
        if not _torch_fits(now, wanted, torch, label):
            now.layers["deep"] = False
            _drop_torch(now, run)
        record = {**now.record, "layers": {n: e for n, e in now.record["layers"].items() if now.layers.get(n)}}
        for number, name in enumerate(wanted):
            if now.ready(name):
                continue
            run.span(0.05 + 0.95 * number / len(wanted), 0.05 + 0.95 * (number + 1) / len(wanted))
            _install_layer(name, now.folder, run, label, torch_index)
            _prove(name, now.python, run)
            entry = {"lock": _lock_hash(name), "packages": _packages(now.python, run)}
            if name == "deep":
                entry["torch"] = torch_build.ask(now.python, run)
                run.say(f"PyTorch {torch_build.in_words(entry['torch'])}", 1.0)
            record["layers"][name] = entry
            _write_record(now.folder, record)
        (home / ASKED).unlink(missing_ok=True)
        now = status(home)
        if now.torch() and not _torch_fits(now, wanted, torch, label):
            raise EnvironmentProblem(torch_build.another_build(now.torch()))
        tell(1.0, "Ready.")
        return now


def unfinished(home: Path | None = None) -> dict:
    """What a set-up that was stopped had been asked for (`layers`, `torch`), so that it can go on; else empty."""
    try:
        asked = json.loads(((home or default_home()) / ASKED).read_text(encoding="utf-8"))
        return {"layers": [str(name) for name in asked["layers"]], "torch": str(asked["torch"])}
    except (OSError, ValueError, LookupError, TypeError):
        return {}


def remove(home: Path | None = None) -> None:
    """Delete the environment and what was fetched for it; catalogue and settings stay. Raises EnvironmentProblem."""
    home = home or default_home()
    if not home.exists():
        return
    with _lock(home):
        for name in ("environment", "python", "tools", "cache"):
            _delete(home / name)
        (home / ASKED).unlink(missing_ok=True)


def diagnostics(home: Path | None = None, cards: Sequence[graphics_card.Card] | None = None) -> str:
    """A text about the environment to be copied into a report, without what is private.

    `cards` are the graphics cards; they are looked for, which may take seconds, where None.
    """
    now = status(home)
    packages: dict = {}
    for entry in now.record.get("layers", {}).values():
        packages.update(entry["packages"])
    found = graphics_card.cards() if cards is None else cards
    lines = [
        f"Landloom {_plugin_version()}",
        f"folder: {now.folder}",
        f"platform: {platform.platform()}",
        f"python: {now.record.get('python', 'none')}"
        + (" (no longer there)" if now.record and not _base_is_there(now.folder) else ""),
        *(f"graphics card: {card.name}, {card.memory_mib} MiB, driver {card.driver}" for card in found),
        *([] if found else ["graphics card: none of NVIDIA's"]),
        *(f"layer {name}: {'ready' if ok else 'has to be installed anew'}" for name, ok in now.layers.items()),
        *([f"PyTorch: {torch_build.in_words(now.torch())}"] if now.torch() else []),
        *(f"{name} {version}" for name, version in sorted(packages.items())),
    ]
    return shortened("\n".join(lines))


def _plugin_version() -> str:
    found = re.search(r"(?m)^version=(.+)$", (PLUGIN / "metadata.txt").read_text(encoding="utf-8"))
    return found.group(1) if found else "of an unknown version"


# --- finding and making -----------------------------------------------------------------------


def _make_venv(home: Path, run: Runner) -> None:
    """Make the virtual environment, unless it is there; its record is written when it is complete."""
    now = status(home)
    if now.record and run.succeeds([str(now.python), "-I", "-c", f"{_USABLE}; import pip"]):
        return
    run.say("Looking for Python …", 0.0)
    base = find_python(run) or _fetch_python(home, run)
    _delete(now.folder)
    run.say(f"Making the environment with {base} …", 0.01)
    if run.succeeds([base, "-I", "-c", "import ensurepip"]):
        run([base, "-I", "-m", "venv", str(now.folder)])
    else:
        # Debian keeps the means to install pip in a package of its own; another Python's pip can do it.
        helper = _python_with_pip(run)
        if helper is None:
            raise EnvironmentProblem(
                f"{base} cannot make environments that can install packages. On Debian and Ubuntu install what is"
                " missing with: sudo apt install python3-venv"
            )
        run([base, "-I", "-m", "venv", "--without-pip", str(now.folder)])
        run([helper, "-m", "pip", "--python", str(now.python), "install", "pip"])
    version = run.output([str(now.python), "-I", "-c", "import sys; print(sys.version.replace(chr(10), ' '))"])
    _write_record(now.folder, {"python": version, "layers": {}})


def _base_is_there(folder: Path) -> bool:
    """Whether the Python that an environment was made with is still there, by its files.

    It may have been removed, or replaced by another minor version, which does not see the packages.
    """
    python = _python_of(folder)
    try:
        settings = dict(re.findall(r"(?m)^(\w+) = (.+)$", (folder / "pyvenv.cfg").read_text(encoding="utf-8")))
        if WINDOWS:  # where the environment's Python is a small program that starts the other one
            return python.exists() and Path(settings["home"], python.name).exists()
        version = re.search(r"\d+\.\d+$", python.resolve(strict=True).name)
        return version is None or settings["version"].startswith(f"{version.group()}.")
    except (OSError, LookupError):
        return False


def find_python(run: Runner | None = None) -> str | None:
    """A Python on this computer that the locked packages have wheels for, None where there is none.

    LANDLOOM_PYTHON goes first, then QGIS's own Python, then what is on the path.
    """
    run = run or Runner()
    for candidate in _candidates():
        if run.succeeds([candidate, "-I", "-c", f"{_USABLE}; import venv"]):
            return candidate
    if os.environ.get("LANDLOOM_PYTHON"):
        raise EnvironmentProblem(
            f"LANDLOOM_PYTHON names {os.environ['LANDLOOM_PYTHON']}, which is no 64-bit CPython of version"
            f" {_VERSIONS}. Correct or remove the variable."
        )
    return None


def _candidates() -> Iterator[str]:
    named = os.environ.get("LANDLOOM_PYTHON")
    return iter([named]) if named else _pythons()


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


def _fetch_python(home: Path, run: Runner) -> str:
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


# --- installing and proving -------------------------------------------------------------------


def _install_layer(name: str, folder: Path, run: Runner, label: str = "", torch_index: str = "") -> None:
    lock, python = REQUIREMENTS / f"{name}.txt", _python_of(folder)
    locked = lock.read_text(encoding="utf-8")
    count = sum(1 for line in locked.splitlines() if line.strip())
    run.say(f"Installing the packages of the {name} layer …", 0.0)
    _drop_unfinished(folder)
    if name == "crf":
        _build_densecrf(python, run)
        return
    command = _pip_install(python)
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


def _torch_fits(now: Status, wanted: Sequence[str], torch: str, label: str) -> bool:
    """Whether the PyTorch that is installed, if any, is the build that was asked for."""
    return "deep" not in wanted or not now.ready("deep") or torch_build.fits(now.torch(), torch, label)


def _drop_torch(now: Status, run: Runner) -> None:
    """Take PyTorch away, since another build of it is wanted; the record goes first, in case of a kill."""
    _write_record(now.folder, {**now.record, "layers": {n: e for n, e in now.record["layers"].items() if n != "deep"}})
    found = torch_build.to_drop(_packages(now.python, run))
    if found:
        run.say("Removing the other build of PyTorch …", 0.9)
        run([str(now.python), "-I", "-m", "pip", "uninstall", "--yes", *found])


def _pip_install(python: Path) -> list:
    return [str(python), "-I", "-m", "pip", "install", "--no-input", "--progress-bar", "off"]


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
        download = [str(python), "-I", "-m", "pip", "download", "--no-input", "--progress-bar", "off", "--no-deps"]
        run(
            [*download, "--dest", str(folder / "found"), "-r", str(REQUIREMENTS / "crf.txt")],
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
        run([*_pip_install(python), "--no-deps", str(found)], more_environment=more)


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


def _packages(python: Path, run: Runner) -> dict:
    listing = "import importlib.metadata as m, json; print(json.dumps({d.name: d.version for d in m.distributions()}))"
    return json.loads(run.output([str(python), "-I", "-c", listing]))


# --- files ------------------------------------------------------------------------------------


def _write_record(folder: Path, record: dict) -> None:
    temporary = folder / f"{RECORD}.part"
    temporary.write_text(json.dumps(record, indent=2), encoding="utf-8")
    temporary.replace(folder / RECORD)


def _lock_hash(layer: str) -> str:
    return hashlib.sha256((REQUIREMENTS / f"{layer}.txt").read_bytes()).hexdigest()


def _python_of(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if WINDOWS else "bin/python")


def _delete(folder: Path) -> None:
    """Delete a folder as a whole or not at all: it is renamed first, which fails where a program uses it (Windows)."""
    old = folder.with_name(f"{folder.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
        shutil.rmtree(old, ignore_errors=True)


@contextlib.contextmanager
def _lock(home: Path) -> Iterator[None]:
    """Hold a file lock that the system releases even if this process is killed; what goes wrong with files is told."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        stream = (home / "environment.lock").open("a+b")
    except OSError as error:
        raise EnvironmentProblem(
            f"The folder {home} cannot be written: {error.strerror}. Make it writable, or name another one in the"
            " environment variable LANDLOOM_HOME."
        ) from None
    with stream:
        try:
            if sys.platform == "win32":
                import msvcrt

                stream.seek(0)
                msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise EnvironmentProblem(
                "Another set-up of Landloom's environment is running. Wait until it is done, then try again."
            ) from None
        try:
            yield
        except OSError as error:
            raise EnvironmentProblem(advice(str(error))) from error


def main() -> int:
    """The command line: install, status or remove."""
    parser = argparse.ArgumentParser(description="Landloom's Python environment.")
    parser.add_argument("action", choices=("install", "status", "remove"))
    parser.add_argument("--layer", action="append", default=[], choices=list(LAYERS))
    parser.add_argument("--home", type=Path)
    parser.add_argument("--torch", default="", help="build of PyTorch: cpu, cuda, or a label such as cu126")
    parser.add_argument(
        "--torch-index",
        default="",
        help=f"address of PyTorch's own index, where the package index lacks that build ({torch_build.INDEX_VARIABLE})",
    )
    options = parser.parse_args()
    try:
        if options.action == "install":
            install(
                options.layer,
                options.home,
                lambda fraction, text: print(f"{100 * fraction:3.0f} % {text}", flush=True),
                torch=options.torch,
                torch_index=options.torch_index,
            )
        elif options.action == "remove":
            remove(options.home)
        else:
            print(diagnostics(options.home))
    except EnvironmentProblem as problem:
        print(problem, file=sys.stderr)
    except KeyboardInterrupt:
        print("Cancelled.", file=sys.stderr)
    else:
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
