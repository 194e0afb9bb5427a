"""A real QGIS without a window, the plugin loaded in it, and `qgis_process` beside it. Runs in QGIS's Python."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), "/usr/share/qgis/python/plugins", str(Path(__file__).parent)]

from headless import TEST_HOME as HOME  # noqa: E402
from headless import Qgis  # noqa: E402


@pytest.fixture(scope="session")
def headless(tmp_path_factory):
    """`qgis_process` with a profile in which the plugin is on."""
    qgis = Qgis(tmp_path_factory.mktemp("headless"), HOME)
    qgis.enable()
    return qgis


@pytest.fixture(scope="session")
def application(tmp_path_factory):
    """A QGIS application in this process, without a window."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ["QGIS_CUSTOM_CONFIG_PATH"] = str(tmp_path_factory.mktemp("profile"))
    os.environ["LANDLOOM_HOME"] = str(HOME)
    from qgis.core import QgsApplication
    from qgis.PyQt.QtCore import QThreadPool

    application = QgsApplication([], False)
    application.initQgis()
    from processing.core.Processing import Processing

    Processing.initialize()
    yield application
    # Neither threads nor widgets must outlive it.
    QThreadPool.globalInstance().waitForDone()
    gc.collect()
    application.exitQgis()


@pytest.fixture(scope="session")
def plugin(application, tmp_path_factory):
    """The plugin, loaded as QGIS does without a window; `said_at_load` is what the message log got, (tag, text)."""
    folder = tmp_path_factory.mktemp("plugins")
    (folder / "landloom").symlink_to(ROOT, target_is_directory=True)
    sys.path.insert(0, str(folder))
    import landloom

    said = []
    log = application.messageLog()
    listener = log.messageReceived.connect(lambda text, tag, level: said.append((tag, text)))
    plugin = landloom.classFactory(None)
    plugin.initProcessing()
    log.disconnect(listener)
    plugin.said_at_load = said
    yield plugin
    plugin.unload()


@pytest.fixture(scope="session")
def demo(headless, tmp_path_factory):
    """A small demo scene, made through `qgis_process`: image, polygons, reference, truth, risk by name."""
    folder = tmp_path_factory.mktemp("demo ä")
    return headless.run(
        "landloom:create_demo_scene",
        SIZE=384,
        POINTS=200,
        IMAGE=folder / "image.tif",
        POLYGONS=folder / "polygons.gpkg",
        REFERENCE=folder / "reference.gpkg",
        TRUTH=folder / "truth.tif",
        RISK=folder / "risk.tif",
    )
