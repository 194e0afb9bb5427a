"""Running QGIS from scripts and tests: a profile of its own, the plugin linked into it, no window.

Standard library only and Python 3.9.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# Where the tests have their environment.
TEST_HOME = Path(os.environ.get("LANDLOOM_HOME") or ROOT / "build" / "home")


def installed_layers() -> set:
    """Which layers the tests' environment has."""
    return set(json.loads((TEST_HOME / "environment" / "landloom.json").read_text(encoding="utf-8"))["layers"])


def program() -> str:
    """The program `qgis_process`. Debian's wrapper of that name passes an option that QGIS 3.22 refuses."""
    return shutil.which("qgis_process.bin") or shutil.which("qgis_process") or "qgis_process"


class Qgis:
    """A QGIS profile in `folder` in which the plugin is installed and enabled.

    The folder must lie outside the repository: it gets a link to it, and what copies trees would follow that for ever.
    """

    def __init__(self, folder: Path, home: Path | None = None):
        self.folder = Path(folder).resolve()
        plugins = self.folder / "plugins"
        plugins.mkdir(parents=True, exist_ok=True)
        link = plugins / "landloom"
        if not link.exists():
            link.symlink_to(ROOT, target_is_directory=True)
        runtime = self.folder / "runtime"
        runtime.mkdir(mode=0o700, exist_ok=True)
        self.environ = {
            **os.environ,
            "QGIS_CUSTOM_CONFIG_PATH": str(self.folder / "profile"),
            "QGIS_PLUGINPATH": str(plugins),
            "XDG_RUNTIME_DIR": str(runtime),
            "QT_QPA_PLATFORM": "offscreen",
        }
        if home:
            self.environ["LANDLOOM_HOME"] = str(home)

    def enable(self) -> None:
        """Switch the plugin on in the profile."""
        self.process("plugins", "enable", "landloom")

    def process(self, *arguments: str, check: bool = True, **more) -> subprocess.CompletedProcess:
        """Run `qgis_process` with arguments and return what it printed."""
        done = subprocess.run([program(), *arguments], env=self.environ, capture_output=True, text=True, **more)
        if check and done.returncode:
            raise RuntimeError(f"qgis_process {' '.join(arguments)} failed:\n{done.stdout}\n{done.stderr}")
        return done

    def run(self, algorithm: str, **parameters) -> dict:
        """Run an algorithm and return its results. A list becomes one argument an item."""
        items = {name: value if isinstance(value, list) else [value] for name, value in parameters.items()}
        given = [f"{name}={item}" for name, values in items.items() for item in values]
        done = self.process("run", "--json", algorithm, "--", *given)
        return json.loads(done.stdout[done.stdout.index("{") :])["results"]
