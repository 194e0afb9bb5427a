"""The widgets of the algorithm dialogs, and what a dialog tells of a run before it begins."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import time
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from osgeo import gdal
from qgis.core import (
    QgsApplication,
    QgsProcessingContext,
    QgsProcessingModelAlgorithm,
    QgsProject,
    QgsRasterLayer,
    QgsSettings,
)
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QCoreApplication, Qt, QThreadPool
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QPushButton
from waiting import until

pytestmark = pytest.mark.usefixtures("plugin")


CLASSES = [
    {"id": 1, "name": "Low", "colour": "#fde725"},
    {"id": 2, "name": "Medium, wet", "colour": "#21918c"},
    {"id": 3, "name": "High", "colour": "#440154"},
]


def module(name):
    return import_module(f"landloom.ui.{name}")


def algorithm(stage):
    return QgsApplication.processingRegistry().algorithmById(f"landloom:{stage}")


@pytest.fixture
def dialog():
    """Makes dialogs by their stages and closes them."""
    made = []

    def make(stage, **given):
        one = module("algorithm_dialog.dialog").make_dialog(algorithm(stage))
        made.append(one)
        one.setParameters(given)
        return one

    yield make
    for one in made:
        if not sip.isdeleted(one):
            one.close()
            one.deleteLater()
    QCoreApplication.processEvents()


@pytest.fixture
def raster(tmp_path):
    """Writes a raster with named bands."""

    def write(name, bands, kind=gdal.GDT_Byte, size=(40, 30)):
        path = str(tmp_path / name)
        made = gdal.GetDriverByName("GTiff").Create(path, *size, len(bands), kind)
        made.SetGeoTransform((500000, 10, 0, 5500000, 0, -10))
        for number, band in enumerate(bands, start=1):
            made.GetRasterBand(number).SetDescription(band)
        return path

    return write


@pytest.fixture
def tiles(tmp_path):
    """A folder that looks like a tile data set with 10 tiles to learn from and 5 to validate with."""
    folder = tmp_path / "Kacheln ä"
    (folder / "metadata").mkdir(parents=True)
    config = {"tile_size": 100, "classes": CLASSES[::-1]}
    (folder / "metadata/tiles_config.json").write_text(json.dumps(config), encoding="utf-8")
    rows = "".join(f"t{n},{'train' if n < 10 else 'val'}\n" for n in range(15))
    (folder / "metadata/tiles.csv").write_text(f"tile_id,part\n{rows}", encoding="utf-8")
    return str(folder)


# --- which parameters have which widget -------------------------------------------------------


def test_parameters_of_these_kinds_have_widgets_of_ours():
    from landloom.landloom.stages import STAGES
    from landloom.processing_provider.parameters import WIDGETS

    found = set()
    for stage in STAGES:
        for name, kind in stage.parameters().items():
            given = algorithm(stage.id).parameterDefinition(name.upper()).metadata().get("widget_wrapper")
            assert bool(given) == (type(kind) in WIDGETS), (stage.id, name)
            if given:
                package, wrapper = given["class"].rsplit(".", 1)
                assert issubclass(getattr(import_module(package), wrapper), module("parameters.base").Wrapper)
                found.add(type(kind))
    assert found == set(WIDGETS)


def test_the_table_of_a_batch_and_the_modeler_have_widgets_too():
    from processing.gui.BatchAlgorithmDialog import BatchAlgorithmDialog
    from processing.modeler.ModelerParametersDialog import ModelerParametersDialog

    one = algorithm("train_segmentation").create()
    batch = BatchAlgorithmDialog(one)
    panel = batch.mainWidget()
    wrappers = {name: panel.wrappers[0][column] for name, column in panel.parameter_to_column.items()
                if column < len(panel.wrappers[0]) and panel.wrappers[0][column] is not None}  # fmt: skip
    assert wrappers["NETWORK"].parameterValue() == "unet"
    assert wrappers["ENCODER"].parameterValue() == "resnet50"
    assert wrappers["CLASS_WEIGHTS"].parameterValue() == "none"
    network = wrappers["NETWORK"]
    network.setParameterValue("fpn", QgsProcessingContext())
    assert network.widget.currentText() == "FPN"

    modeler = ModelerParametersDialog(algorithm("train_segmentation").create(), QgsProcessingModelAlgorithm("m", "m"))
    sources = modeler.createAlgorithm().parameterSources()
    assert sources["NETWORK"][0].staticValue() == "unet"
    assert sources["CLASS_WEIGHTS"][0].staticValue() == "none"
    for window in (batch, modeler):
        sip.delete(window)


# --- choices ----------------------------------------------------------------------------------


def test_a_choice_shows_its_label_and_gives_its_word(dialog):
    wrapper = dialog("train_segmentation", NETWORK="unetplusplus").mainWidget().wrappers["NETWORK"]
    assert wrapper.widget.currentText() == "U-Net++"
    assert wrapper.parameterValue() == "unetplusplus"
    QTest.keyClick(wrapper.widget, Qt.Key.Key_Down)
    assert (wrapper.widget.currentText(), wrapper.parameterValue()) == ("MA-Net", "manet")


def test_an_unknown_word_is_not_taken_for_another(dialog):
    wrapper = dialog("train_segmentation", NETWORK="pyramid").mainWidget().wrappers["NETWORK"]
    assert wrapper.parameterValue() is None


def test_a_device_is_shown_with_its_free_memory(dialog, tmp_path, monkeypatch):
    program = tmp_path / "nvidia-smi"
    program.write_text("#!/bin/sh\necho 'NVIDIA RTX A2000, 6138, 5120, 535.1'\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    box = dialog("train_segmentation").mainWidget().wrappers["DEVICE"].widget
    until(lambda: "RTX" in box.itemText(box.findData("cuda")))
    assert box.itemText(box.findData("cuda")) == "NVIDIA RTX A2000 (5 of 5.99 GiB free)"
    assert box.currentData() == "auto"


def test_a_computer_without_graphics_card_says_so(dialog, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    box = dialog("train_segmentation").mainWidget().wrappers["DEVICE"].widget
    until(lambda: "none was found" in box.itemText(box.findData("cuda")))
    assert "processor" in box.currentText()


# --- bands ------------------------------------------------------------------------------------

ODD = ["red", "near, infrared", "1-3", "", "red", "4", "class_id"]


def test_bands_are_called_as_the_engine_calls_them(raster):
    paths = [raster("ü 1.tif", ODD), raster("2.tif", ["red", "r2_red"])]
    program = (
        "import sys, json; from landloom import rasters; print(json.dumps(rasters.open_stack(sys.argv[1:]).names))"
    )
    environment = import_module("landloom.plugin.environment").status()
    root = str(Path(__file__).resolve().parents[2])
    done = subprocess.run(
        [environment.python, "-c", program, *paths], cwd=root, stdout=subprocess.PIPE, text=True, check=True
    )
    assert module("parameters.rasters").band_names(paths) == json.loads(done.stdout)


def test_a_mask_is_no_band_and_near_infrared_that_gdal_calls_alpha_is_one(raster):
    rgba = [raster(f"{name}.tif", ["r", "g", "b", "x"]) for name in ("mask", "infrared")]
    for path, values in zip(rgba, (np.full((30, 40), 255), np.arange(1200).reshape(30, 40) % 250)):
        opened = gdal.Open(path, gdal.GA_Update)
        opened.GetRasterBand(4).SetColorInterpretation(gdal.GCI_AlphaBand)
        opened.GetRasterBand(4).WriteArray(values)
        del opened
    assert [len(module("parameters.rasters").band_names([path])) for path in rgba] == [3, 4]


@pytest.mark.parametrize("chosen", [[0], [1, 0], [2, 3], [6, 5, 4, 3, 2, 1, 0]])
def test_any_bands_can_be_written_as_text_and_read_again(chosen):
    bands = module("parameters.bands")
    names = ["red", "near, infrared", "1-3", "band_4", "r1_red", "6", "a;b"]
    text = bands.written(names, chosen)
    assert bands.positions_of(names, text) == (chosen, "")


@pytest.fixture
def chosen_bands(dialog, raster):
    wrapper = dialog("extract_samples", IMAGES=[raster("image.tif", ["B2", "B3", "B4"])]).mainWidget().wrappers["BANDS"]
    until(lambda: wrapper.widget.list.count() == 3)
    return wrapper


def listed(widget):
    items = [widget.list.item(row) for row in range(widget.list.count())]
    return [(item.text(), item.checkState() == Qt.CheckState.Checked) for item in items]


def test_bands_are_ticked_and_put_in_order_by_keys(chosen_bands):
    widget = chosen_bands.widget
    assert listed(widget) == [("B2", True), ("B3", True), ("B4", True)]
    assert chosen_bands.parameterValue() is None, "all of them, as by default"
    widget.list.setCurrentRow(0)
    QTest.keyClick(widget.list, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert chosen_bands.parameterValue() == "B3, B2, B4"
    QTest.keyClick(widget.list, Qt.Key.Key_Space)
    assert chosen_bands.parameterValue() == "B3, B4"
    widget.all.click()
    assert chosen_bands.parameterValue() is None
    assert listed(widget)[0] == ("B2", True)


def test_bands_that_are_typed_show_in_the_list(chosen_bands):
    widget = chosen_bands.widget
    widget.line.setText("3, B2")
    assert listed(widget) == [("B4", True), ("B2", True), ("B3", False)]
    widget.line.setText("B4, 3")
    assert listed(widget) == [("B4", True), ("B2", False), ("B3", False)]
    widget.line.setText("B9, B2")
    assert widget.note.text() == "The image has no band 'B9'."
    assert chosen_bands.parameterValue() == "B9, B2", "the engine's word counts"


def test_another_image_brings_other_bands_and_keeps_what_was_chosen(dialog, raster):
    first, second = raster("1.tif", ["B2", "B3"]), raster("2.tif", ["B3", "B8", "B2"])
    one = dialog("extract_samples", IMAGES=[first], BANDS="B3, B2")
    widget = one.mainWidget().wrappers["BANDS"].widget
    until(lambda: widget.list.count() == 2)
    one.setParameters({"IMAGES": [second]})
    until(lambda: widget.list.count() == 3)
    assert listed(widget) == [("B3", True), ("B2", True), ("B8", False)]
    one.setParameters({"IMAGES": [f"{second}.gone"]})
    until(lambda: widget.list.count() == 0 or widget._below.isHidden())
    assert widget.line.text() == "B3, B2"


def test_where_empty_does_not_mean_all_bands_none_is_ticked(dialog, raster):
    one = dialog("raster_to_tiles", IMAGES=[raster("image.tif", ["B2", "B3"])])
    wrapper = one.mainWidget().wrappers["BANDS"]
    until(lambda: wrapper.widget.list.count() == 2)
    assert listed(wrapper.widget) == [("B2", False), ("B3", False)]
    wrapper.widget.all.click()
    assert wrapper.parameterValue() == "B2, B3"


# --- class weights ----------------------------------------------------------------------------


def test_class_weights_are_given_by_the_names_of_the_classes_in_the_order_of_their_ids(dialog, tiles):
    wrapper = dialog("train_segmentation", TILES=tiles).mainWidget().wrappers["CLASS_WEIGHTS"]
    widget = wrapper.widget
    until(lambda: widget._classes)
    assert wrapper.parameterValue() == "none"
    QTest.keyClick(widget.box, Qt.Key.Key_Down)
    QTest.keyClick(widget.box, Qt.Key.Key_Down)
    widget.box.activated.emit(widget.box.currentIndex())
    assert wrapper.parameterValue() == "1, 1, 1"
    assert [widget.table.item(row, 0).text() for row in range(3)] == ["Low", "Medium, wet", "High"]
    widget.table.cellWidget(1, 1).setValue(2.5)
    widget.table.cellWidget(2, 1).setValue(1234.567)
    assert wrapper.parameterValue() == "1, 2.5, 1234.567"


def test_class_weights_before_the_data_set_are_a_line_and_then_the_table(dialog, tiles):
    one = dialog("train_segmentation", CLASS_WEIGHTS="0.5; 1, 2")
    widget = one.mainWidget().wrappers["CLASS_WEIGHTS"].widget
    assert not widget.line.isHidden()
    one.setParameters({"TILES": tiles})
    until(lambda: not widget.table.isHidden())
    assert [widget.table.cellWidget(row, 1).value() for row in range(3)] == [0.5, 1, 2]
    assert widget.line.text() == "0.5; 1, 2", "as it was given"


def test_class_weights_that_are_too_few_are_said_and_kept(dialog, tiles):
    widget = (
        dialog("train_segmentation", TILES=tiles, CLASS_WEIGHTS="1, 2").mainWidget().wrappers["CLASS_WEIGHTS"].widget
    )
    until(lambda: "2 numbers for 3 classes: Low, Medium, wet, High" in widget.note.text())
    assert widget.line.text() == "1, 2"


@pytest.mark.parametrize("content", ["{", "[]", '{"classes": [{"id": 1}]}', '{"classes": 3}'])
def test_a_damaged_data_set_has_no_classes(tmp_path, content):
    (tmp_path / "metadata").mkdir()
    (tmp_path / "metadata/tiles_config.json").write_text(content, encoding="utf-8")
    assert module("parameters.class_weights").classes_of(str(tmp_path)) == []


# --- encoders ---------------------------------------------------------------------------------


def test_an_encoder_is_chosen_with_its_figures_or_typed(dialog):
    wrapper = dialog("train_segmentation").mainWidget().wrappers["ENCODER"]
    widget = wrapper.widget
    assert "23.5 million" in widget.note.text()
    widget.box.setCurrentIndex(widget.box.findText("mit_b0"))
    assert wrapper.parameterValue() == "mit_b0"
    assert "3.3 million" in widget.note.text()
    widget.box.lineEdit().selectAll()
    QTest.keyClicks(widget.box.lineEdit(), "tu-convnext_tiny")
    assert wrapper.parameterValue() == "tu-convnext_tiny"
    assert "timm" in widget.note.text()


@pytest.mark.parametrize("value", ["none", "imagenet", "/data/Gewichte ä/r 50.safetensors"])
def test_weights_of_an_encoder_are_a_word_or_a_file(dialog, value):
    wrapper = dialog("train_segmentation", ENCODER_WEIGHTS=value).mainWidget().wrappers["ENCODER_WEIGHTS"]
    assert wrapper.parameterValue() == value
    assert wrapper.widget.file.isHidden() == (value in ("none", "imagenet"))


# --- the dialog -------------------------------------------------------------------------------


@pytest.fixture
def no_rates():
    """Nothing was measured yet."""
    estimates = module("algorithm_dialog.estimates")
    QgsSettings().remove(estimates.SETTINGS)
    yield estimates
    QgsSettings().remove(estimates.SETTINGS)


def test_a_dialog_without_environment_says_so_and_cannot_run(dialog, tmp_path, monkeypatch):
    monkeypatch.setenv("LANDLOOM_HOME", str(tmp_path / "empty"))
    one = dialog("extract_samples")
    said = one.messageBar().currentItem()
    assert "missing" in said.text()
    assert "Set up…" in [b.text() for b in said.findChildren(QPushButton)]
    assert not one.runButton().isEnabled()
    one.resetGui()
    assert not one.runButton().isEnabled(), "after a run as well"
    monkeypatch.undo()
    one._show_missing()
    assert one.runButton().isEnabled()
    assert one.messageBar().currentItem() is None


def test_an_estimate_follows_the_image_and_says_that_it_is_rough(dialog, raster, no_rates):
    one = dialog("extract_samples", IMAGES=[raster("image.tif", ["B2"])])
    until(lambda: one.estimate.text())
    assert "very roughly 3 s" in one.estimate.text(), "the start of the worker"
    assert "another computer" in one.estimate.toolTip()
    one.setParameters({"IMAGES": []})
    until(lambda: not one.estimate.text())


def test_an_estimate_is_learnt_from_runs_on_this_computer(dialog, raster, no_rates):
    from landloom.plugin.runs import DONE, RUNS, Run

    image = raster("image.tif", ["B2"], size=(1000, 1000))
    done = Run("extract_samples", "Extract samples", {"images": [image]})
    done.state, done.ended = DONE, done.began + 103
    RUNS.ended.emit(done)
    until(lambda: no_rates.RATES.all())
    # Three seconds of these are the start: 100 s for a million pixels, so 1200 s for twelve.
    one = dialog("extract_samples", IMAGES=[raster("larger.tif", ["B2"], size=(4000, 3000))])
    until(lambda: one.estimate.text())
    assert one.estimate.text() == "Time: very roughly 20 min.", "12 times as large as what was measured"
    one = dialog("extract_samples", IMAGES=[raster("large.tif", ["B2"], size=(3000, 3000))])
    until(lambda: one.estimate.text())
    assert one.estimate.text() == "Time: about 15 min."
    one.setParameters({"AOI_WKT": "POLYGON((0 0, 1 0, 1 1, 0 0))"})
    until(lambda: one.estimate.text() == "Time: about 15 min, at most.")


def test_runs_that_end_together_are_all_learnt_from_and_failed_ones_are_not(raster, no_rates):
    from landloom.plugin.runs import CANCELLED, DONE, RUNS, Run

    image = raster("image.tif", ["B2"])
    for number, state in enumerate((DONE, CANCELLED, DONE)):
        run = Run("extract_samples", "", {"images": [image]})
        run.state, run.ended = state, run.began + 10 + number
        RUNS.ended.emit(run)
    until(lambda: len(no_rates.RATES.all().get("extract_samples", [])) == 2)
    assert [round(seconds) for _, seconds in no_rates.RATES.all()["extract_samples"]] == [10, 12]


def test_the_work_of_a_training_is_what_is_learnt_from_in_all_epochs(tiles):
    work_of = module("algorithm_dialog.workload").work_of
    values = {"tiles": tiles, "epochs": 6, "encoder": "resnet50", "batch_size": 8}
    assert work_of("train_segmentation", values).amount == 10 * 100 * 100 * 6
    assert work_of("train_segmentation", {**values, "crop": 50}).amount == 10 * 50 * 50 * 6
    assert work_of("train_segmentation", {**values, "tiles": f"{tiles}/gone"}) is None


def test_the_work_of_a_forest_is_that_of_all_forests_that_are_grown(tmp_path):
    work_of = module("algorithm_dialog.workload").work_of
    (tmp_path / "s.parquet").write_bytes(bytes(1000))
    values = {"samples": str(tmp_path / "s.parquet"), "trees": 10, "validation": "polygons", "share": 0.25, "folds": 1}
    assert work_of("train_random_forest", values).amount == 1000 * 10 * 1.75, "three quarters, then all"
    assert work_of("train_random_forest", {**values, "folds": 5}).amount == 1000 * 10 * 5, "five times four fifths, all"
    assert work_of("train_random_forest", {**values, "folds": 5, "validation": "none"}).amount == 1000 * 10


def test_the_work_of_tiles_goes_by_what_lies_in_their_folder(tmp_path):
    work_of = module("algorithm_dialog.workload").work_of
    for name in ("a ü.npz", "b.npz", "b.json"):
        (tmp_path / name).write_bytes(bytes(500))
    values = {"tiles": str(tmp_path), "after": str(tmp_path), "size": "tiny", "epochs": 7}
    for stage in ("degrade_tiles", "tiles_to_raster", "verify_tiles"):
        assert work_of(stage, values).amount == 1000, stage
    assert work_of("refine_tiles", values).disk == 1000
    assert work_of("train_refiner", values).amount == 2 * 7
    assert work_of("degrade_tiles", {"tiles": str(tmp_path / "gone")}) is None


def test_nothing_is_learnt_from_a_forest_that_was_ended_early(tmp_path, no_rates):
    from landloom.plugin.runs import DONE, RUNS, Run

    (tmp_path / "s.parquet").write_bytes(bytes(1000))
    early, whole = (Run("train_random_forest", "", {"samples": str(tmp_path / "s.parquet")}) for _ in range(2))
    early.finish_asked = True
    for number, run in enumerate((early, whole)):
        run.state, run.ended = DONE, run.began + 10 + number
        RUNS.ended.emit(run)
    until(lambda: no_rates.RATES.all())
    assert [round(seconds) for _, seconds in no_rates.RATES.all()["train_random_forest"]] == [11]


def test_results_of_a_map_are_estimated_by_what_is_asked_for(raster, tmp_path):
    import zipfile

    model = tmp_path / "model.landloom"
    with zipfile.ZipFile(model, "w") as archive:
        archive.writestr("card.json", json.dumps({
            "kind": "random_forest", "classes": CLASSES, "parameters": {"trees": 50}
        }))  # fmt: skip
    given = {"model": str(model), "images": [raster("image.tif", ["B2"], size=(300, 200))], "memory": 512}
    work_of = module("algorithm_dialog.workload").work_of
    found = work_of("predict", given)
    assert (found.kind, found.amount, found.disk) == ("predict/random_forest", 30000, 80000)
    assert found.memory == 812
    # Map, three probabilities and the entropy as float, with a third for overviews.
    more = {**given, "probabilities": "p.tif", "entropy": "e.tif", "probability_type": "float"}
    assert work_of("predict", more).disk == 60000 * (1 + 4 * 4) * 4 // 3


@pytest.mark.parametrize(
    ("count", "text"),
    [(20, "0.1 kB"), (8740, "8.7 kB"), (87_400, "87 kB"), (999_400, "1000 kB"), (999_600, "1.0 MB"), (3e15, "3000 TB")],
)
def test_sizes_are_as_exact_as_an_estimate(count, text):
    assert module("disk").in_words(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.2, "1 s"), (44.4, "44 s"), (90, "2 min"), (5400, "1.5 h"), (3e6, "35 days")]
)
def test_durations_are_as_exact_as_an_estimate(seconds, text):
    assert module("algorithm_dialog.estimates").duration(seconds) == text


def test_too_little_room_on_the_disk_is_seen():
    estimates, workload = module("algorithm_dialog.estimates"), module("algorithm_dialog.workload")
    work = workload.Work("x", 1, disk=1000, usual=200)
    assert estimates.Estimate(work, None, True, free=1199).short
    assert not estimates.Estimate(work, None, True, free=1200).short


def test_a_question_that_is_outdated_is_not_answered():
    ask, answers = module("background").Background(), []
    ask.answered.connect(answers.append)
    for number in range(20):
        ask.ask(lambda n: (time.sleep(0.01), n)[1], number)
    until(lambda: answers)
    assert answers == [19]


def test_a_dialog_may_be_closed_and_a_layer_removed_while_something_is_looked_up(dialog, raster):
    layer = QgsRasterLayer(raster("image.tif", ["B2"]), "image")
    QgsProject.instance().addMapLayer(layer)
    one = dialog("extract_samples", IMAGES=[layer.id()])
    one._estimate()
    QgsProject.instance().removeMapLayer(layer.id())
    one._estimate()
    sip.delete(one)
    QThreadPool.globalInstance().waitForDone()
    QCoreApplication.processEvents()


def test_a_run_can_be_copied_as_a_command(dialog, raster):
    layer = QgsRasterLayer(raster("ein Bild ä.tif", ["B2"]), "image")
    QgsProject.instance().addMapLayer(layer)
    one = dialog("extract_samples", IMAGES=[layer.id()], BANDS="B2", CLASS_FIELD="Klasse 1")
    given = {n: w.parameterValue() for n, w in one.mainWidget().wrappers.items()}
    words = shlex.split(module("algorithm_dialog.command").command(one.algorithm(), given))
    assert words[:4] == ["qgis_process", "run", "landloom:extract_samples", "--"]
    assert f"IMAGES={layer.source()}" in words
    assert "BANDS=B2" in words
    QgsProject.instance().removeMapLayer(layer.id())


def test_the_hint_of_the_workbench_shows_all_of_a_long_text_in_a_narrow_dock(plugin):
    from landloom.ui.workbench.hint import Hint

    pressed = []
    hint = Hint()
    hint.say("Speichern Sie das Projekt: Dann liegen die Ergebnisse daneben, sonst sind sie temporär.", "Los", print)
    hint.say(hint.text.text(), "Speichern…", lambda: pressed.append(True))
    hint.resize(300, hint.heightForWidth(300))
    hint.layout().activate()
    assert hint.minimumSizeHint().width() <= 300
    assert hint.text.height() >= hint.text.heightForWidth(hint.text.width())
    hint.button.click()
    assert pressed == [True]
