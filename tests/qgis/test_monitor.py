"""The training monitor hears of runs of all kinds, whatever becomes of them."""

from __future__ import annotations

import base64
from types import SimpleNamespace

import pytest
from qgis.PyQt.QtCore import QBuffer, QIODevice, Qt
from qgis.PyQt.QtGui import QPixmap
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication, QMainWindow


@pytest.fixture
def window(application):
    made = QMainWindow()
    made.resize(900, 700)
    made.show()
    yield made
    made.close()
    made.deleteLater()


@pytest.fixture
def monitor(plugin, window):
    from landloom.ui.monitor.dock import MonitorDock

    dock = MonitorDock(SimpleNamespace(mainWindow=lambda: window), None)
    window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
    dock.hide()
    yield dock
    dock.close_down()
    dock.deleteLater()


@pytest.fixture
def runs(plugin):
    from landloom.plugin import runs

    return runs


def train(runs, stage="train_segmentation", **parameters):
    return runs.RUNS.begin(stage, "Train segmentation network", {"epochs": 60, **parameters})


def tell(runs, run, kind="metric", **event):
    runs.RUNS.told.emit(run, {"type": kind, **event})


def epoch(runs, run, number, loss=1.0, **figures):
    for name, value in {"train_loss": loss / 2, "val_loss": loss, **figures, "learning_rate": 0.001}.items():
        tell(runs, run, name=name, step=number, value=value)


def grow(runs, run, trees, overall=0.8, samples="held_out_polygons"):
    for name, value in (("overall", overall), ("balanced", overall - 0.1)):
        tell(runs, run, name=f"{samples}_{name}_accuracy", step=trees, value=value)


def sheet(runs, run, number, colour="red", size=(300, 200)):
    pixmap, buffer = QPixmap(*size), QBuffer()
    pixmap.fill(Qt.GlobalColor.red if colour == "red" else Qt.GlobalColor.blue)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    pixmap.save(buffer, "PNG")
    png = base64.b64encode(bytes(buffer.data())).decode()
    tell(runs, run, "picture", name="samples", step=number, png=png)


def test_it_shows_itself_with_the_first_figure_but_not_after_it_was_closed(monitor, runs):
    run = train(runs)
    tell(runs, run, "message", text="Reading tiles")
    assert not monitor.isVisible()
    epoch(runs, run, 1)
    assert monitor.isVisible()
    monitor.close()
    epoch(runs, run, 2)
    epoch(runs, train(runs), 1)
    assert not monitor.isVisible()
    monitor.show()
    monitor.hide()
    epoch(runs, train(runs), 1)
    assert monitor.isVisible(), "opened again by hand it may come by itself again"


def test_a_run_that_sends_no_figures_is_not_listed(monitor, runs):
    run = runs.RUNS.begin("predict", "Predict", {})
    tell(runs, run, "progress", fraction=0.5)
    runs.RUNS.end(run, runs.DONE)
    assert monitor.runs.count() == 0
    assert "No training" in monitor.epoch.text()
    other = runs.RUNS.begin("train_quality_model", "Train quality model", {})
    epoch(runs, other, 1)
    assert monitor.runs.count() == 1
    assert not monitor.stop.isVisible(), "it would take no notice"
    assert monitor.best.text() == ""


def test_figures_are_grouped_and_named(monitor, runs):
    run = train(runs)
    epoch(runs, run, 1, val_kappa=0.5, val_mean_iou=0.4, val_psnr=31.0, val_odd_figure=2.0)
    monitor.refresh()
    shown = [plot for plot in monitor.curves.plots if not plot.isHidden()]
    assert [plot.accessibleName() for plot in shown] == ["Loss", "Accuracy in validation", "PSNR (dB)", "Odd figure"]
    assert [curve.name for curve in shown[1].curves] == ["Kappa", "Mean IoU"]
    monitor.curves.rate.setChecked(True)
    assert [plot.accessibleName() for plot in monitor.curves.plots][-1] == "Learning rate"
    monitor.curves.rate.setChecked(False)
    assert monitor.curves.plots[-1].isHidden()


def test_state_time_and_best_epoch_are_told(monitor, runs):
    run = train(runs)
    tell(runs, run, "progress", fraction=0.25, eta_s=90.4)
    epoch(runs, run, 15, 0.125)
    tell(runs, run, "best", name="val_loss", step=15, value=0.125)
    monitor.refresh()
    assert monitor.epoch.text() == "Running: Epoch 15 of at most 60"
    assert "1 min 30 s left" in monitor.time.text()
    assert monitor.best.text() == "Best epoch so far: 15, validation loss 0.1250"
    assert monitor.progress.value() == 250
    best = monitor.curves.plots[0].curves[-1]
    assert (best.name, best.x, best.y) == ("Best epoch", [15], [0.125])


def test_stop_asks_the_run_once_and_says_what_happens(monitor, runs):
    run = train(runs)
    monitor.show()
    assert monitor.stop.isEnabled()
    QTest.mouseClick(monitor.stop, Qt.MouseButton.LeftButton)
    assert run.finish_asked
    assert not monitor.stop.isEnabled()
    assert "after the first epoch" in monitor.note.text()
    epoch(runs, run, 1)
    monitor.refresh()
    assert "best epoch is kept" in monitor.note.text()
    runs.RUNS.end(run, runs.DONE, {"model": "m.landloom"})
    assert not monitor.stop.isVisible()
    assert "ended early" in monitor.note.text()


def test_a_run_that_fails_or_is_cancelled_is_shown_as_such(monitor, runs):
    run = train(runs)
    epoch(runs, run, 1)
    runs.RUNS.end(run, runs.FAILED, problem="The memory of the graphics card ran out. <Lower> BATCH_SIZE.")
    assert monitor.note.text() == "The memory of the graphics card ran out. <Lower> BATCH_SIZE."
    assert monitor.epoch.text().startswith("Failed")
    assert monitor.runs.currentText().endswith("failed")
    other = train(runs)
    epoch(runs, other, 1)
    runs.RUNS.end(other, runs.CANCELLED)
    assert "has left no model" in monitor.note.text()
    assert monitor.epoch.text().startswith("Cancelled")


# --- forests ----------------------------------------------------------------------------------


def forest(runs, trees=500, stage="train_random_forest", **parameters):
    return runs.RUNS.begin(stage, "Train random forest", {"trees": trees, **parameters})


def test_a_forest_is_shown_by_its_trees(monitor, runs):
    run = forest(runs)
    monitor.show()
    assert monitor.epoch.text() == "Running: 0 of 500 trees"
    grow(runs, run, 25, 0.75)
    grow(runs, run, 50, 0.875)
    monitor.refresh()
    assert monitor.epoch.text() == "Running: 50 of 500 trees"
    (plot,) = [plot for plot in monitor.curves.plots if not plot.isHidden()]
    assert plot.accessibleName() == "Accuracy on held-out polygons"
    assert [(c.name, c.x) for c in plot.curves] == [("Overall accuracy", [25, 50]), ("Balanced accuracy", [25, 50])]
    assert plot.curves[0].y == [0.75, 0.875]
    assert monitor.curves.logarithmic.isHidden()
    assert monitor.curves.rate.isHidden()
    network = train(runs)
    monitor.runs.setCurrentIndex(monitor.runs.findData(network.number))
    assert not monitor.curves.rate.isHidden()


@pytest.mark.parametrize("samples", ["held_out_pixels", "out_of_bag"])
def test_the_accuracy_on_neighbours_of_what_was_learnt_is_called_optimistic(monitor, runs, samples):
    monitor.show()
    grow(runs, forest(runs), 25, samples=samples)
    monitor.refresh()
    assert "(optimistic)" in monitor.curves.plots[0].accessibleName()
    assert "not the accuracy of the map" in monitor.curves.explanation.text()


def test_a_forest_can_be_ended_while_it_is_grown_for_the_first_time(monitor, runs):
    run = forest(runs, 50)
    monitor.show()
    assert not monitor.stop.isEnabled()
    assert "no trees yet" in monitor.stop.toolTip()
    grow(runs, run, 25)
    monitor.refresh()
    QTest.mouseClick(monitor.stop, Qt.MouseButton.LeftButton)
    assert run.finish_asked
    assert not monitor.stop.isEnabled()
    assert "no more trees" in monitor.note.text()
    runs.RUNS.end(run, runs.DONE)
    assert "ended early" in monitor.note.text()
    assert monitor.epoch.text() == "Done: 25 of 50 trees"
    second = forest(runs, 50)
    grow(runs, second, 50)
    monitor.refresh()
    assert not monitor.stop.isEnabled()
    assert "settled" in monitor.stop.toolTip()
    assert "the model itself follow" in monitor.epoch.text()


def test_a_forest_that_was_cancelled_does_not_go_on(monitor, runs):
    run = forest(runs)
    grow(runs, run, 25)
    runs.RUNS.end(run, runs.CANCELLED)
    assert monitor.note.text() == "It has left no model."


def test_it_shows_itself_for_a_forest_only_where_that_takes_a_while(monitor, runs):
    run = forest(runs)
    grow(runs, run, 25)
    assert not monitor.isVisible()
    assert monitor.current().run is run
    run.began -= 60
    grow(runs, run, 50)
    assert monitor.isVisible()


def test_the_forest_of_a_month_is_listed_when_it_grows(monitor, runs):
    run = forest(runs, stage="map_month")
    assert monitor.runs.count() == 0
    grow(runs, run, 25)
    monitor.show()
    assert monitor.epoch.text() == "Running: 25 of 500 trees"
    assert monitor.stop.isEnabled()


# --- what is left -----------------------------------------------------------------------------


def test_runs_are_told_apart_by_their_models(monitor, runs):
    for name in ("june ü", "july"):
        forest(runs, model=f"/data/{name}.landloom")
    assert "(june ü)" in monitor.runs.itemText(0)
    assert "(july)" in monitor.runs.itemText(1)


def test_the_report_opens_only_where_there_is_one(monitor, runs, tmp_path):
    run = train(runs)
    epoch(runs, run, 1)
    runs.RUNS.end(run, runs.DONE, {"report": str(tmp_path / "gone.html")})
    assert not monitor.report.isVisible()
    (tmp_path / "r ü.html").write_text("")
    run = train(runs)
    runs.RUNS.end(run, runs.DONE, {"report": str(tmp_path / "r ü.html")})
    monitor.show()
    assert monitor.report.isVisible()


def test_of_several_runs_the_one_that_is_looked_at_stays_until_it_ends(monitor, runs):
    first, second = train(runs), train(runs)
    epoch(runs, first, 1, 5.0)
    epoch(runs, second, 1, 7.0)
    assert monitor.current().run is first
    monitor.runs.setCurrentIndex(1)
    assert [c.y for c in monitor.curves.plots[0].curves][:2] == [[3.5], [7.0]]
    runs.RUNS.end(second, runs.DONE)
    assert monitor.current().run is second
    third = train(runs)
    assert monitor.current().run is third
    assert "running" in monitor.runs.itemText(0)
    assert "done" in monitor.runs.itemText(1)


def test_only_the_last_runs_and_some_points_are_remembered(monitor, runs):
    endless = train(runs)
    for _ in range(30):
        run = train(runs)
        epoch(runs, run, 1)
        runs.RUNS.end(run, runs.DONE)
    assert monitor.runs.count() == 20
    assert monitor._watched[endless.number].running, "one that runs is not forgotten"
    assert monitor.runs.itemData(19) == run.number
    for number in range(5001):
        tell(runs, endless, name="train_loss", step=number, value=1.0)
    points = monitor._watched[endless.number].curves["train_loss"]
    assert len(points) <= 2000
    assert {0, 5000} <= set(points)
    for number in range(40):
        sheet(runs, endless, number)
    assert len(monitor._watched[endless.number].sheets) <= 24
    assert 39 in monitor._watched[endless.number].sheets


def test_the_newest_sheet_is_followed_until_an_earlier_one_is_chosen(monitor, runs):
    run = train(runs)
    epoch(runs, run, 1)
    for number in (1, 6):
        sheet(runs, run, number)
    monitor.refresh()
    sheets = monitor.sheets
    assert sheets.epoch.text() == "Epoch 6"
    assert "reference" in sheets.caption.text()
    sheets.slider.setValue(0)
    sheet(runs, run, 12)
    monitor.refresh()
    assert sheets.epoch.text() == "Epoch 1"
    sheets.slider.setValue(2)
    sheet(runs, run, 18)
    tell(runs, run, "best", name="val_loss", step=18, value=0.5)
    monitor.refresh()
    assert sheets.epoch.text() == "Epoch 18 (best)"


def test_a_sheet_fits_the_width_and_can_be_enlarged(monitor, runs):
    run = train(runs)
    epoch(runs, run, 1)
    sheet(runs, run, 1, size=(300, 150))
    monitor.refresh()
    QApplication.processEvents()
    view = monitor.sheets.view
    inside = view.width() - 2 * view.frameWidth()
    assert view.transform().m11() == pytest.approx(inside / 300)
    assert view.height() == pytest.approx(inside / 2, abs=5)
    for key in (Qt.Key.Key_Plus, Qt.Key.Key_Plus):
        QTest.keyClick(view, key)
    assert view.zoom == pytest.approx(1.5625)
    sheet(runs, run, 2, "blue", size=(300, 150))
    monitor.refresh()
    assert view.zoom == pytest.approx(1.5625), "stays while epochs are compared"
    QTest.keyClick(view, Qt.Key.Key_0)
    assert view.zoom == 1


def test_it_lets_go_when_the_plugin_is_unloaded(plugin, window, runs):
    from landloom.ui.monitor.dock import MonitorDock

    dock = MonitorDock(SimpleNamespace(mainWindow=lambda: window), None)
    dock.close_down()
    run = train(runs)
    epoch(runs, run, 1)
    assert dock.runs.count() == 0


@pytest.mark.parametrize("width", [300, 600])
def test_nothing_is_cut_off_in_a_narrow_dock(monitor, runs, window, width):
    run = train(runs)
    epoch(runs, run, 1, val_kappa=0.5)
    sheet(runs, run, 1)
    monitor.refresh()
    monitor.resize(width, 600)
    window.resizeDocks([monitor], [width], Qt.Orientation.Horizontal)
    QApplication.processEvents()
    inner = monitor.widget().widget()
    assert inner.minimumSizeHint().width() <= 300
    assert inner.width() <= monitor.widget().viewport().width()
