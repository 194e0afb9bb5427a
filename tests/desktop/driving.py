"""A real QGIS window on a virtual screen of its own, driven from inside by a function of a module of steps.

The tests and `make screenshots` use it. Standard library only.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts")]

from headless import TEST_HOME as HOME  # noqa: E402
from headless import Qgis  # noqa: E402
from install import enable  # noqa: E402

SCREENSHOTS = ROOT / "build" / "screenshots"
# Only a window that hangs takes so long, however busy the machine is.
LONGEST_S = 600
WIDTH, HEIGHT = 1600, 1000


class Screens:
    """Virtual screens, so that no other window stands in the way: one of each scale, made when it is asked for."""

    def __init__(self):
        self._servers = {}

    def display(self, scale: int) -> str:
        """The name of the screen of a scale."""
        if scale not in self._servers:
            size = f"{WIDTH * scale}x{HEIGHT * scale}x24"
            server = subprocess.Popen(
                ["Xvfb", "-displayfd", "1", "-screen", "0", size, "-nolisten", "tcp"],
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            )  # fmt: skip
            name = f":{server.stdout.readline().strip()}"
            # Without a window manager no window is made large or gets the keyboard: wait until it is there.
            command, environ = ["openbox", "--startup", "echo ready"], {**os.environ, "DISPLAY": name}
            quiet = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
            manager = subprocess.Popen(command, env=environ, **quiet)
            assert "ready\n" in iter(manager.stdout.readline, ""), "openbox does not start"
            self._servers[scale] = name, server, manager
        return self._servers[scale][0]

    def close(self) -> None:
        """End the servers."""
        for _, server, manager in self._servers.values():
            for program in (manager, server):
                program.terminate()
                program.wait(10)


def drive(
    folder: Path,
    screens: Screens,
    step: str,
    /,
    home: Path = HOME,
    scale: int = 1,
    theme: str = "default",
    locale: str = "",
    screenshots: Path = SCREENSHOTS,
    **given,
) -> dict:
    """Run a function of a module of steps (`steps:function`) in a new QGIS window.

    `scale` is that of the screen, `theme` one of QGIS's. Gives `returned` with what the function returned, or `error`;
    and `log`, what QGIS's log got from us or from Python at warning level or above.
    """
    screenshots.mkdir(parents=True, exist_ok=True)
    qgis = Qgis(folder / "qgis", home)
    enable(folder / "profiles/profiles/default")
    settings = folder / "profiles/profiles/default/QGIS/QGIS3.ini"
    lines = ["[qgis]", "checkVersion=false", "showTips=false", "[UI]", f"UITheme={theme}"]
    if locale:
        lines += ["[locale]", f"userLocale={locale}", "overrideFlag=true"]
    settings.write_text(settings.read_text() + "\n".join(lines) + "\n", encoding="utf-8")
    result = folder / "result.json"
    environ = {k: v for k, v in qgis.environ.items() if k not in ("QT_QPA_PLATFORM", "QGIS_CUSTOM_CONFIG_PATH")}
    task = {"step": step, "given": {k: str(v) for k, v in given.items()}, "result": str(result)}
    environ["LANDLOOM_DRIVE"] = json.dumps({**task, "screenshots": str(screenshots)})
    environ["LANDLOOM_STEPS"] = str(Path(__file__).parent)
    environ["DISPLAY"] = screens.display(scale)
    environ["QT_SCALE_FACTOR"] = str(scale)
    command = [
        "qgis", "--nologo", "--noversioncheck", "--profiles-path", str(folder / "profiles"),
        "--code", str(Path(__file__).with_name("drive.py")),
    ]  # fmt: skip
    done = subprocess.run(command, env=environ, timeout=LONGEST_S, capture_output=True, text=True)
    if not result.exists():
        return {"error": f"QGIS ended without a result:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}", "log": []}
    return json.loads(result.read_text(encoding="utf-8"))
