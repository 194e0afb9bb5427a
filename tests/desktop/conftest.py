"""A real QGIS window on the display that the tests run under, driven from inside by a script."""

from __future__ import annotations

import json
import os
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


@pytest.fixture
def drive(tmp_path):
    """Run a function of `steps.py` in a new QGIS window; gives what it returns.

    Whatever QGIS's log gets from us or from Python at warning level or above fails the test.
    """
    if not os.environ.get("DISPLAY"):
        pytest.skip("there is no display: run the desktop tests with make test-qgis, which brings a virtual one")

    def driver(step: str, home: Path = HOME, **given):
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        qgis = Qgis(tmp_path / "qgis", home)
        enable(tmp_path / "profiles/profiles/default")
        settings = tmp_path / "profiles/profiles/default/QGIS/QGIS3.ini"
        settings.write_text(settings.read_text() + "[qgis]\ncheckVersion=false\nshowTips=false\n", encoding="utf-8")
        result = tmp_path / "result.json"
        environ = {k: v for k, v in qgis.environ.items() if k not in ("QT_QPA_PLATFORM", "QGIS_CUSTOM_CONFIG_PATH")}
        task = {"step": step, "given": {k: str(v) for k, v in given.items()}, "result": str(result)}
        environ["LANDLOOM_DRIVE"] = json.dumps({**task, "screenshots": str(SCREENSHOTS)})
        command = [
            "qgis", "--nologo", "--noversioncheck", "--profiles-path", str(tmp_path / "profiles"),
            "--code", str(Path(__file__).with_name("steps.py")),
        ]  # fmt: skip
        done = subprocess.run(command, env=environ, timeout=LONGEST_S, capture_output=True, text=True)
        assert result.exists(), f"QGIS ended without a result:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        found = json.loads(result.read_text(encoding="utf-8"))
        assert "error" not in found, found["error"]
        assert found["log"] == []
        return found["returned"]

    return driver
