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
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .programs import WINDOWS, EnvironmentProblem, Runner, Tell

OLDEST = (3, 11)
# What is fetched where this computer has no Python that is new enough.
FETCHED_VERSION = "3.12"
UV = "uv==0.13.9"
REQUIREMENTS = Path(__file__).resolve().parents[1] / "requirements"

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
    "deep": ("torch", "timm", "pydensecrf.densecrf"),
    "dev": ("pytest", "moto.server", "rio_cogeo"),
}
DENSECRF = "pydensecrf==1.0rc3"


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
    """Look what is installed. Quick: it reads one file and starts nothing."""
    folder = (home or default_home()) / "environment"
    python = _python_of(folder)
    try:
        record = json.loads((folder / "landloom.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return Status(folder, python)
    layers = {name: entry["lock"] == _lock_hash(name) for name, entry in record["layers"].items() if name in LAYERS}
    return Status(folder, python, layers, record)


def install(
    layers: Sequence[str] = ("base",),
    home: Path | None = None,
    tell: Tell = lambda fraction, text: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Status:
    """Bring the environment up to date with the locked requirements; does nothing where it is.

    Args:
        layers: keys of LAYERS; the base layer is always among them.
        home: folder for Landloom's own files.
        tell: called with the share done (0 to 1) and what is going on.
        cancelled: asked often; where it says True, all is stopped and SetupCancelled raised.

    May be killed at any moment and run again. Raises EnvironmentProblem.
    """
    home = home or default_home()
    wanted = [name for name in LAYERS if name == "base" or name in layers]
    unknown = set(layers) - set(LAYERS)
    if unknown:
        raise EnvironmentProblem(f"There is no layer '{unknown.pop()}'. The layers are: {', '.join(LAYERS)}.")
    _make_folder(home)
    with _lock(home / "environment.lock"):
        now = status(home)
        if all(now.ready(name) for name in wanted):
            return now
        run = Runner(tell, cancelled)
        _make_venv(now.folder, home, run)
        record = {
            "python": run.output([str(now.python), "-I", "-c", "import sys; print(sys.version)"]).strip(),
            "layers": {},
        }
        record["layers"] = {n: e for n, e in now.record.get("layers", {}).items() if now.layers.get(n)}
        for number, name in enumerate(wanted):
            if name in record["layers"]:
                continue
            run.span(0.05 + 0.95 * number / len(wanted), 0.05 + 0.95 * (number + 1) / len(wanted))
            _install_layer(name, now.python, run)
            _prove(name, now.python, home, run)
            record["layers"][name] = {"lock": _lock_hash(name), "packages": _packages(now.python, run)}
            _write_record(now.folder, record)
        tell(1.0, "Ready.")
        return status(home)


def remove(home: Path | None = None) -> None:
    """Delete the environment and what was fetched for it; catalogue and settings stay."""
    home = home or default_home()
    for name in ("environment", "python", "tools", "cache"):
        shutil.rmtree(home / name, ignore_errors=True)


def diagnostics(home: Path | None = None) -> str:
    """A text about the environment to be copied into a report; the user's folder is shortened to ~."""
    now = status(home)
    lines = [f"folder: {now.folder}", f"python: {now.record.get('python', 'none')}", f"platform: {sys.platform}"]
    lines += [f"layer {n}: {'up to date' if ok else 'of another version'}" for n, ok in now.layers.items()] or [
        "no layers"
    ]
    packages = now.record.get("layers", {}).get("base", {}).get("packages", {})
    lines += [f"{name} {version}" for name, version in packages.items()]
    return "\n".join(lines).replace(str(Path.home()), "~")


# --- finding and making -----------------------------------------------------------------------


def _make_folder(home: Path) -> None:
    try:
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=home):
            pass
    except OSError as error:
        raise EnvironmentProblem(
            f"The folder {home} cannot be written: {error.strerror}. Make it writable, or name another one in the"
            " environment variable LANDLOOM_HOME."
        ) from None


def _make_venv(folder: Path, home: Path, run: Runner) -> None:
    python = _python_of(folder)
    if python.exists() and run.succeeds([str(python), "-I", "-c", "import pip"]):
        return
    run.say("Looking for Python …", 0.0)
    base = find_python(run) or _fetch_python(home, run)
    shutil.rmtree(folder, ignore_errors=True)
    run.say(f"Making the environment with {base} …", 0.01)
    if run.succeeds([base, "-I", "-c", "import ensurepip"]):
        run([base, "-I", "-m", "venv", str(folder)])
        return
    # Debian keeps the means to install pip in a package of its own; another Python's pip can do it.
    helper = _python_with_pip(run)
    if helper is None:
        raise EnvironmentProblem(
            f"{base} cannot make environments that can install packages. On Debian and Ubuntu install what is"
            " missing with: sudo apt install python3-venv"
        )
    run([base, "-I", "-m", "venv", "--without-pip", str(folder)])
    run([helper, "-m", "pip", "--python", str(python), "install", "pip"])


def find_python(run: Runner | None = None) -> str | None:
    """A Python on this computer that is new enough, None where there is none.

    LANDLOOM_PYTHON goes first, then QGIS's own Python, then what is on the path.
    """
    run = run or Runner(lambda fraction, text: None, lambda: False)
    test = f"import sys, venv; raise SystemExit(sys.version_info[:2] < {OLDEST!r})"
    for candidate in _candidates():
        if run.succeeds([candidate, "-I", "-c", test]):
            return candidate
    if os.environ.get("LANDLOOM_PYTHON"):
        raise EnvironmentProblem(
            f"LANDLOOM_PYTHON names {os.environ['LANDLOOM_PYTHON']}, which is no Python of version"
            f" {'.'.join(map(str, OLDEST))} or newer. Correct or remove the variable."
        )
    return None


def _candidates() -> Iterator[str]:
    if os.environ.get("LANDLOOM_PYTHON"):
        yield os.environ["LANDLOOM_PYTHON"]
        return
    # In QGIS sys.executable may be QGIS itself, which must not be started here.
    own = [Path(sys.executable or ""), Path(sys.exec_prefix) / "python.exe", Path(sys.exec_prefix) / "bin/python3"]
    yield from (str(p) for p in own if re.match(r"python[\d.]*(\.exe)?$", p.name, re.IGNORECASE) and p.exists())
    for name in ("python3.13", "python3.12", "python3.11", "python3.14", "python3", "python"):
        found = shutil.which(name)
        # Windows has a placeholder of that name which opens a shop.
        if found and "WindowsApps" not in found:
            yield found


def _python_with_pip(run: Runner) -> str | None:
    return next((c for c in _candidates() if run.succeeds([c, "-c", "import pip"])), None)


def _fetch_python(home: Path, run: Runner) -> str:
    """Fetch a Python of its own, with uv, which knows where they are and checks their hashes."""
    helper = _python_with_pip(run)
    if helper is None:
        raise EnvironmentProblem(
            f"Landloom needs Python {'.'.join(map(str, OLDEST))} or newer, and this computer has none, nor pip to fetch"
            " it with. Install Python from python.org or with your system's packages, then try again."
        )
    run.say(f"Fetching Python {FETCHED_VERSION} …", 0.01)
    tools, target = home / "tools", home / "python"
    run([helper, "-m", "pip", "install", "--quiet", "--upgrade", "--target", str(tools), UV])
    uv = tools / ("bin/uv.exe" if WINDOWS else "bin/uv")
    run([str(uv), "python", "install", FETCHED_VERSION, "--install-dir", str(target), "--no-bin"])
    pattern = "*/python.exe" if WINDOWS else "*/bin/python3"
    found = sorted(target.glob(pattern))
    if not found:
        raise EnvironmentProblem(
            f"Python {FETCHED_VERSION} was fetched but is not in {target}. Remove that folder, try again."
        )
    return str(found[0])


# --- installing and proving -------------------------------------------------------------------


def _install_layer(name: str, python: Path, run: Runner) -> None:
    lock = REQUIREMENTS / f"{name}.txt"
    count = sum(1 for line in lock.read_text(encoding="utf-8").splitlines() if line.strip())
    run.say(f"Installing the packages of the {name} layer …", 0.0)
    command = [str(python), "-I", "-m", "pip", "install", "--no-input", "--progress-bar", "off", "-r", str(lock)]
    if name == "deep":
        # PyTorch names the CUDA packages that its build needs; the rest may not move.
        command += ["-c", str(REQUIREMENTS / "base.txt")]
    else:
        command += ["--no-deps"]
    run(command, count_of=(r"^(Collecting|Requirement already satisfied)", 1.5 * count, 0.8))
    if name == "deep":
        _build_densecrf(python, run)


def _build_densecrf(python: Path, run: Runner) -> None:
    """Pydensecrf has no wheels; its source builds with an older Cython if its stale C++ file is made anew."""
    run.say("Building pydensecrf …", 0.8)
    with tempfile.TemporaryDirectory() as folder:
        limits = Path(folder) / "limits.txt"
        limits.write_text("Cython<3\nsetuptools<81\n", encoding="utf-8")
        more = {"CYTHON_FORCE_REGEN": "1", "PIP_CONSTRAINT": str(limits), "PIP_BUILD_CONSTRAINT": str(limits)}
        run([str(python), "-I", "-m", "pip", "install", "--no-input", "--no-deps", DENSECRF], more_environment=more)


def _prove(name: str, python: Path, home: Path, run: Runner) -> None:
    """Import each package in a process of its own, so that one that crashes is told by name."""
    imports = LAYERS[name]
    for number, module in enumerate(imports):
        run.say(f"Checking {module} …", 0.85 + 0.15 * number / len(imports))
        problem = run.failure([str(python), "-I", "-c", f"import {module}"])
        if problem is not None:
            raise EnvironmentProblem(
                f"The package {module} was installed but does not work here: {problem}. Use 'Repair' to install"
                " everything anew; if that does not help, send the diagnostics with a report."
            )


def _packages(python: Path, run: Runner) -> dict:
    listed = run.output([str(python), "-I", "-m", "pip", "list", "--format", "json", "--disable-pip-version-check"])
    return {entry["name"]: entry["version"] for entry in json.loads(listed)}


def _write_record(folder: Path, record: dict) -> None:
    temporary = folder / "landloom.json.part"
    temporary.write_text(json.dumps(record, indent=2), encoding="utf-8")
    temporary.replace(folder / "landloom.json")


def _lock_hash(layer: str) -> str:
    return hashlib.sha256((REQUIREMENTS / f"{layer}.txt").read_bytes()).hexdigest()


def _python_of(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if WINDOWS else "bin/python")


@contextlib.contextmanager
def _lock(path: Path) -> Iterator[None]:
    """Hold a file lock that the system releases even if this process is killed."""
    with path.open("a+b") as stream:
        try:
            if WINDOWS:
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
        yield


def main() -> int:
    """The command line: install, status or remove."""
    parser = argparse.ArgumentParser(description="Landloom's Python environment.")
    parser.add_argument("action", choices=("install", "status", "remove", "python"))
    parser.add_argument("--layer", action="append", default=[], choices=list(LAYERS))
    parser.add_argument("--home", type=Path)
    options = parser.parse_args()
    try:
        if options.action == "install":
            install(
                options.layer, options.home, lambda fraction, text: print(f"{100 * fraction:3.0f} % {text}", flush=True)
            )
        elif options.action == "remove":
            remove(options.home)
        elif options.action == "python":
            print(status(options.home).python)
        else:
            print(diagnostics(options.home))
    except (EnvironmentProblem, KeyboardInterrupt) as problem:
        print(problem or "Cancelled.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
