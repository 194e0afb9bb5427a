"""A real QGIS window on the display that the tests run under, driven from inside by a script."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts")]

from headless import Qgis  # noqa: E402
from install import enable  # noqa: E402

HOME = Path(os.environ.get("LANDLOOM_HOME") or ROOT / "build" / "home")
SCREENSHOTS = ROOT / "build" / "screenshots"
LONGEST_S = 180


@pytest.fixture(scope="session")
def headless(tmp_path_factory):
    """`qgis_process`, to prepare data with."""
    qgis = Qgis(tmp_path_factory.mktemp("headless"), HOME)
    qgis.enable()
    return qgis


@pytest.fixture(scope="session")
def screen():
    """A virtual screen of our own, so that no other window stands in the way: makes one of the size asked for."""
    servers = {}

    def display(size):
        if size not in servers:
            server = subprocess.Popen(
                ["Xvfb", "-displayfd", "1", "-screen", "0", f"{size}x24", "-nolisten", "tcp"],
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            )  # fmt: skip
            name = f":{server.stdout.readline().strip()}"
            manager = subprocess.Popen(["openbox"], env={**os.environ, "DISPLAY": name}, stderr=subprocess.DEVNULL)
            servers[size] = name, server, manager
        return servers[size][0]

    if not shutil.which("Xvfb"):
        pytest.skip("there is no Xvfb: run the desktop tests with make test-qgis, which installs it")
    yield display
    for _, server, manager in servers.values():
        for program in (manager, server):
            program.terminate()
            program.wait(10)


@pytest.fixture
def drive(tmp_path, screen):
    """Run a function of a module of steps (`steps:function`) in a new QGIS window; gives what it returns.

    `scale` is that of the screen, `theme` one of QGIS's, `settings` further lines of its settings by section.
    Whatever QGIS's log gets from us or from Python at warning level or above fails the test.
    """

    def driver(step, home=HOME, scale=1, theme="default", locale="", longest=LONGEST_S, **given):
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        qgis = Qgis(tmp_path / "qgis", home)
        enable(tmp_path / "profiles/profiles/default")
        settings = tmp_path / "profiles/profiles/default/QGIS/QGIS3.ini"
        lines = ["[qgis]", "checkVersion=false", "showTips=false", "[UI]", f"UITheme={theme}"]
        if locale:
            lines += ["[locale]", f"userLocale={locale}", "overrideFlag=true"]
        settings.write_text(settings.read_text() + "\n".join(lines) + "\n", encoding="utf-8")
        result = tmp_path / "result.json"
        environ = {k: v for k, v in qgis.environ.items() if k not in ("QT_QPA_PLATFORM", "QGIS_CUSTOM_CONFIG_PATH")}
        task = {"step": step, "given": {k: str(v) for k, v in given.items()}, "result": str(result)}
        environ["LANDLOOM_DRIVE"] = json.dumps({**task, "screenshots": str(SCREENSHOTS)})
        environ["LANDLOOM_STEPS"] = str(Path(__file__).parent)
        environ["DISPLAY"] = screen(f"{1600 * scale}x{1000 * scale}")
        environ["QT_SCALE_FACTOR"] = str(scale)
        command = [
            "qgis", "--nologo", "--noversioncheck", "--profiles-path", str(tmp_path / "profiles"),
            "--code", str(Path(__file__).with_name("drive.py")),
        ]  # fmt: skip
        done = subprocess.run(command, env=environ, timeout=longest, capture_output=True, text=True)
        assert result.exists(), f"QGIS ended without a result:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        found = json.loads(result.read_text(encoding="utf-8"))
        assert "error" not in found, found["error"]
        assert found["log"] == []
        return found["returned"]

    return driver
