"""The worker's Python environment: what is installed, installing it, removing it.

Standard library only and Python 3.9. The set-up dialog imports this module, `make` and CI run it:
`python3 -m plugin.environment install`.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from . import graphics_card, package_layers, pythons, torch_build
from .privacy import shortened
from .processes import WINDOWS
from .programs import EnvironmentProblem, Runner, Tell, advice

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
    python = pythons.inside(folder)
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        locks = {name: entry["lock"] for name, entry in record["layers"].items()}
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return Status(folder, python)
    there, known = pythons.base_is_there(folder), package_layers.LAYERS
    layers = {name: there and lock == package_layers.lock_hash(name) for name, lock in locks.items() if name in known}
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
        layers: keys of package_layers.LAYERS; the base layer is always among them.
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
    known = package_layers.LAYERS
    wanted = [name for name in known if name == "base" or name in layers]
    unknown = set(layers) - set(known)
    if unknown:
        raise EnvironmentProblem(f"There is no layer '{unknown.pop()}'. The layers are: {', '.join(known)}.")
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
        other_torch = not _torch_fits(now, wanted, torch, label)
        if other_torch:
            now.layers["deep"] = False
        record = {**now.record, "layers": {n: e for n, e in now.record["layers"].items() if now.layers.get(n)}}
        if other_torch:
            _write_record(now.folder, record)  # first, in case of a kill
            package_layers.drop_torch(now.python, run)
        for number, name in enumerate(wanted):
            if now.ready(name):
                continue
            run.span(0.05 + 0.95 * number / len(wanted), 0.05 + 0.95 * (number + 1) / len(wanted))
            package_layers.install(name, now.folder, run, label, torch_index)
            entry = {"lock": package_layers.lock_hash(name), "packages": package_layers.packages(now.python, run)}
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
        + (" (no longer there)" if now.record and not pythons.base_is_there(now.folder) else ""),
        *(f"graphics card: {card.name}, {card.memory_mib} MiB, driver {card.driver}" for card in found),
        *([] if found else ["graphics card: none of NVIDIA's"]),
        *(f"layer {name}: {'ready' if ok else 'has to be installed anew'}" for name, ok in now.layers.items()),
        *([f"PyTorch: {torch_build.in_words(now.torch())}"] if now.torch() else []),
        *(f"{name} {version}" for name, version in sorted(packages.items())),
    ]
    return shortened("\n".join(lines))


def _torch_fits(now: Status, wanted: Sequence[str], torch: str, label: str) -> bool:
    """Whether the PyTorch that is installed, if any, is the build that was asked for."""
    return "deep" not in wanted or not now.ready("deep") or torch_build.fits(now.torch(), torch, label)


def _plugin_version() -> str:
    found = re.search(r"(?m)^version=(.+)$", (package_layers.PLUGIN / "metadata.txt").read_text(encoding="utf-8"))
    return found.group(1) if found else "of an unknown version"


def _make_venv(home: Path, run: Runner) -> None:
    """Make the virtual environment, unless it is there; its record is written when it is complete."""
    now = status(home)
    if now.record and pythons.serves(now.python, "pip", run):
        return
    run.say("Looking for Python …", 0.0)
    base = pythons.find(run) or pythons.fetch(home, run)
    _delete(now.folder)
    run.say(f"Making the environment with {base} …", 0.01)
    version = pythons.make_environment(now.folder, base, run)
    _write_record(now.folder, {"python": version, "layers": {}})


def _write_record(folder: Path, record: dict) -> None:
    temporary = folder / f"{RECORD}.part"
    temporary.write_text(json.dumps(record, indent=2), encoding="utf-8")
    temporary.replace(folder / RECORD)


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
    parser.add_argument("--layer", action="append", default=[], choices=list(package_layers.LAYERS))
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
