"""The training monitor hears of trainings inside a chain and in a batch, which run in other threads or one by one."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from make_chains import Chain, fixed, result
from qgis.core import QgsApplication, QgsProcessingAlgRunnerTask, QgsProcessingContext, QgsProcessingFeedback
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QThread
from qgis.PyQt.QtWidgets import QApplication, QMainWindow
from waiting import until

pytestmark = pytest.mark.usefixtures("plugin")


@pytest.fixture
def monitor(application):
    from landloom.ui.monitor.dock import MonitorDock

    window = QMainWindow()
    dock = MonitorDock(SimpleNamespace(mainWindow=lambda: window), None)
    yield dock
    dock.close_down()
    window.deleteLater()


@pytest.fixture(scope="module")
def demo(plugin, tmp_path_factory):
    """Image and polygons of a small scene."""
    import processing

    folder = tmp_path_factory.mktemp("Läufe")
    files = {"IMAGE": folder / "image.tif", "POLYGONS": folder / "p.gpkg", "REFERENCE": folder / "r.gpkg"}
    processing.run("landloom:create_demo_scene", {"SIZE": 256, "POINTS": 10, **{k: str(v) for k, v in files.items()}})
    return {name: str(path) for name, path in files.items()}


@pytest.fixture(scope="module")
def samples(demo, tmp_path_factory):
    import processing

    path = tmp_path_factory.mktemp("Proben ü") / "samples.parquet"
    given = {"IMAGES": [demo["IMAGE"]], "POLYGONS": demo["POLYGONS"], "CLASS_FIELD": "class_id"}
    return processing.run("landloom:extract_samples", {**given, "SAMPLES": str(path)})["SAMPLES"]


def shown(monitor):
    """What the list of runs says, without the times."""
    texts = (monitor.runs.itemText(number) for number in range(monitor.runs.count()))
    return [(text.split(", ")[0], text.rsplit("– ", 1)[1]) for text in texts]


def test_a_training_in_a_chain_is_shown_though_the_chain_runs_in_another_thread(monitor, demo, samples, tmp_path):
    chain, ended, listed_in = Chain("chain", "", ""), [], []
    values = {"SAMPLES": fixed(samples), "RECORD": fixed(False), "MODEL": fixed(str(tmp_path / "in chain.landloom"))}
    chain.step("train", "train_random_forest", {}, TREES=fixed(40), **values)
    mapped = {"IMAGES": fixed([demo["IMAGE"]]), "RECORD": fixed(False), "MAP": fixed(str(tmp_path / "map.tif"))}
    chain.step("map", "predict", {}, MODEL=result("train", "MODEL"), **mapped)
    listing = monitor._list
    monitor._list = lambda watched: (listed_in.append(QThread.currentThread()), listing(watched))
    context, feedback = QgsProcessingContext(), QgsProcessingFeedback()
    task = QgsProcessingAlgRunnerTask(chain.model, {}, context, feedback)
    task.executed.connect(lambda good, results: ended.append(good))
    QgsApplication.taskManager().addTask(task)
    until(lambda: ended)
    assert ended == [True], feedback.textLog()
    until(lambda: shown(monitor) == [("Train random forest (in chain)", "done")])
    assert listed_in == [QApplication.instance().thread()]
    assert [list(curve) for curve in monitor.current().curves.values()] == [[*range(2, 41, 2)]] * 2


def test_each_run_of_a_batch_is_shown(monitor, samples, tmp_path):
    from processing.gui.BatchAlgorithmDialog import BatchAlgorithmDialog

    algorithm = QgsApplication.processingRegistry().algorithmById("landloom:train_random_forest")
    dialog = BatchAlgorithmDialog(algorithm.create())
    panel = dialog.mainWidget()
    panel.addRow()
    for row, trees in enumerate((20, 40)):
        for name, value in {"SAMPLES": samples, "TREES": trees, "RECORD": False}.items():
            panel.wrappers[row][panel.parameter_to_column[name]].setParameterValue(value, QgsProcessingContext())
        model = panel.tblParameters.cellWidget(row + 1, panel.parameter_to_column["MODEL"])  # below the row for filling
        model.setValue(str(tmp_path / f"{trees}.landloom"))
    panel.checkLoadLayersOnCompletion.setChecked(False)
    dialog.runAlgorithm()
    until(lambda: shown(monitor) == [(f"Train random forest ({trees})", "done") for trees in (20, 40)])
    assert [watched.done for watched in monitor._watched.values()] == [20, 40]
    assert monitor.current().most == 40, "the one that runs is looked at"
    sip.delete(dialog)
    until(lambda: not QgsApplication.taskManager().countActiveTasks())  # the progress of the batch is a task as well
