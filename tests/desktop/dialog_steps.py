"""The algorithm dialogs, worked with as a person does."""

from __future__ import annotations

from qgis.core import QgsProject
from qgis.PyQt.QtCore import QEvent, QObject, QPoint, Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication, QLineEdit, QPushButton, QScrollArea
from qgis.utils import iface
from window import button, click, screenshot, xdotool


def _opened(stage, **given):
    import processing

    dialog = processing.createAlgorithmDialog(f"landloom:{stage}", given)
    dialog.show()
    dialog.move(200, 60)
    dialog.resize(dialog.fontMetrics().averageCharWidth() * 120, dialog.fontMetrics().lineSpacing() * 46)
    return dialog


def _widget(dialog, name):
    wrapper = dialog.mainWidget().wrappers[name]
    return wrapper.widget if hasattr(wrapper, "widget") else wrapper.wrappedWidget()


def _scrolled_to(dialog, name):
    """Conditions to wait for until a parameter's widget can be seen."""
    widget = _widget(dialog, name)
    area = [a for a in dialog.findChildren(QScrollArea) if a.isAncestorOf(widget)][-1]
    for _ in range(2):  # the first time it may not have its size yet
        yield lambda: not area.ensureWidgetVisible(widget)


class _Mouse(QObject):
    """What of the window system's mouse has come to a widget."""

    def __init__(self, widget):
        super().__init__(widget)
        self.entered, self.pressed, self.dragged = None, False, None
        widget.setMouseTracking(True)
        widget.installEventFilter(self)

    def eventFilter(self, watched, event):
        """Note it and let it pass."""
        if event.type() == QEvent.Type.MouseMove:
            self.entered = event.pos()
        elif event.type() == QEvent.Type.MouseButtonPress:
            self.pressed = True
        elif event.type() == QEvent.Type.DragMove:
            self.dragged = event.pos()
        return False


def _dragged_below_the_next(view, row):
    """Conditions to wait for while a list's row is dragged below the next one by real events of the mouse.

    Each is sent when the one before has come, since the window may be shown and moved later than it is asked to.
    """
    mouse = _Mouse(view.viewport())
    start, following = view.visualItemRect(view.item(row)).center(), view.visualItemRect(view.item(row + 1))
    end = QPoint(start.x() + 8, following.bottom() - 1)

    def move(point):
        there = view.viewport().mapToGlobal(point)
        xdotool("mousemove", there.x(), there.y())
        return True

    yield lambda: move(start + QPoint(1, 0)) and move(start) and mouse.entered == start
    xdotool("mousedown", 1)
    yield lambda: mouse.pressed
    for number in range(1, 9):  # far enough to become a drag
        move(start + (end - start) * number / 8)
    yield lambda: move(end - QPoint(1, 0)) and move(end) and mouse.dragged == end
    xdotool("mouseup", 1)


def _paste(line, text):
    """By Ctrl+V: no key of the test's keyboard writes an umlaut."""
    QApplication.clipboard().setText(text)
    click(line)
    QTest.keyClick(line, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)


def _value(dialog, name):
    return dialog.mainWidget().wrappers[name].parameterValue()


def story(given):
    """Samples of bands in another order, a training with weights, and a map, from their dialogs."""
    image = iface.addRasterLayer(given["image"], "Bild")
    seen = {}

    # Bands: drag the first below the second, untick the last, move one by keys.
    dialog = _opened("extract_samples", IMAGES=[image.id()])
    bands = _widget(dialog, "BANDS").list
    yield lambda: bands.count() == 6 and bands.isVisible()
    yield from _scrolled_to(dialog, "BANDS")
    yield from _dragged_below_the_next(bands, 0)
    yield lambda: bands.item(0).text() == "B3"
    seen["dragged"] = _value(dialog, "BANDS")
    last = bands.visualItemRect(bands.item(5))
    box = QPoint(last.left() + last.height() // 2, last.center().y())
    QTest.mouseClick(bands.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, box)
    seen["unticked"] = _value(dialog, "BANDS")
    bands.setFocus()
    QTest.keyClick(bands, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    seen["moved"] = _value(dialog, "BANDS")
    yield lambda: dialog.estimate.text()
    screenshot("dialog_extract_samples")
    QgsProject.instance().removeMapLayer(image.id())
    yield lambda: True
    dialog.close()

    # A training: its data set by keys, an encoder from the list, own weights in the table.
    dialog = _opened("train_segmentation")
    _paste(_widget(dialog, "TILES").findChild(QLineEdit), given["tiles"])
    yield lambda: dialog.estimate.text()
    encoder = _widget(dialog, "ENCODER").box
    encoder.showPopup()
    yield lambda: encoder.view().isVisible()
    screenshot("dialog_encoders")
    view = encoder.view()
    index = encoder.model().index(encoder.findText("efficientnet-b4"), 0)
    view.scrollTo(index)
    where = view.visualRect(index).center()
    QTest.mouseMove(view.viewport(), where)
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, where)
    yield lambda: not view.isVisible()
    seen["encoder"] = _value(dialog, "ENCODER")
    weights = _widget(dialog, "CLASS_WEIGHTS")
    weights.box.setFocus()
    QTest.keyClicks(weights.box, "Own")
    yield lambda: weights.table.isVisible()
    yield from _scrolled_to(dialog, "CLASS_WEIGHTS")
    spin = weights.table.cellWidget(2, 1)
    spin.selectAll()
    QTest.keyClicks(spin, "2.5\t")
    seen["weights"] = _value(dialog, "CLASS_WEIGHTS")
    screenshot("dialog_train_segmentation")
    dialog.close()

    # A map, twice: the second time it is known how long that takes here.
    image = iface.addRasterLayer(given["image"], "Bild")
    dialog = _opened("predict", IMAGES=[image.id()])
    _paste(_widget(dialog, "MODEL").findChild(QLineEdit), given["model"])
    yield lambda: "roughly" in dialog.estimate.text()
    seen["first"] = dialog.estimate.text()
    screenshot("dialog_predict")
    if copy := [b for b in dialog.findChildren(QPushButton) if b.text() == "Copy command"]:
        click(copy[0])
        seen["command"] = QApplication.clipboard().text()
    click(button(dialog, "Run"))
    yield lambda: QgsProject.instance().mapLayersByName("Map") and button(dialog, "Run").isEnabled()
    click(dialog.changeParametersButton())
    dialog.setParameters({"COMPRESSION": "lzw"})
    yield lambda: "about" in dialog.estimate.text().split(".")[0]
    seen["second"] = dialog.estimate.text()
    dialog.close()
    return seen


def looks(given):
    """The dialogs as they look."""
    image = iface.addRasterLayer(given["image"], "Bild")
    for stage, name, values in (
        ("extract_samples", "BANDS", {"IMAGES": [image.id()], "BANDS": "B8, B4, B3"}),
        ("train_segmentation", "CLASS_WEIGHTS", {"TILES": given["tiles"], "CLASS_WEIGHTS": "1, 2.5, 4"}),
        ("predict", "MODEL", {"IMAGES": [image.id()], "MODEL": given["model"]}),
    ):
        dialog = _opened(stage, **values)
        yield lambda dialog=dialog: dialog.estimate.text()
        yield from _scrolled_to(dialog, name)
        screenshot(f"dialog_{stage}_{given['name']}")
        dialog.close()


def unready(given):
    """Open a dialog before the environment is there, and go to the set-up from it."""
    dialog = _opened("train_segmentation")
    bar = dialog.messageBar()
    yield lambda: bar.currentItem() is not None
    seen = {"said": bar.currentItem().text(), "runs": button(dialog, "Run").isEnabled()}
    screenshot("dialog_unready")
    click(next(b for b in bar.currentItem().findChildren(QPushButton) if b.text() == "Set up…"))

    def found():
        return [w for w in QApplication.topLevelWidgets() if w.objectName() == "SetupDialog" and w.isVisible()]

    yield found
    screenshot("dialog_unready_setup")
    found()[0].close()
    yield lambda: not found()
    seen["still said"] = bar.currentItem() is not None
    dialog.close()
    return seen
