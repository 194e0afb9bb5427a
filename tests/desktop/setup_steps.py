"""What is done inside the QGIS window with the set-up dialog."""

from __future__ import annotations

from qgis.PyQt.QtCore import QTimer
from qgis.PyQt.QtWidgets import QAction, QApplication, QLabel, QWidget
from qgis.utils import iface
from window import click, landloom, screenshot


def _shown():
    return [w for w in QApplication.topLevelWidgets() if w.objectName() == "SetupDialog" and w.isVisible()]


def look(given):
    """Open the dialog from the menu Plugins, with all that it can show, and tell of labels that are cut off."""
    setup_icon = [a for a in iface.mainWindow().findChildren(QAction) if a.text() == given["menu"] and a.icon()]
    QTimer.singleShot(0, setup_icon[0].trigger)
    yield _shown
    setup = _shown()[0]
    setup.choices.boxes["deep"].setChecked(True)
    yield lambda: setup.card.text() not in ("", "Looking for one …")
    screenshot(given["name"])
    seen = {
        "title": setup.windowTitle(),
        "state": setup.choices.states["base"].text(),
        "install": setup.install.text().replace("&", ""),
        "folder": setup.folder.text(),
        "cut": [w.text() for w in setup.findChildren(QLabel) if w.isVisible() and _is_cut(w)],
        "nameless": [type(w).__name__ for w in setup.findChildren(QWidget) if _is_nameless(w)],
        "height": setup.frameGeometry().height(),
    }
    click(setup.closeButton)
    yield lambda: not setup.isVisible()
    return seen


def install(given):
    """Install an environment without packages: press the button, see it become ready."""
    layers = landloom("plugin.package_layers")
    layers.LAYERS = {"base": ("json", "sqlite3"), "deep": ("json",), "crf": ("json",)}
    layers.REQUIREMENTS = type(layers.REQUIREMENTS)(given["requirements"])
    dialog = landloom("ui.setup.dialog").SetupDialog(iface.mainWindow())
    dialog.show()
    yield dialog.isVisible
    offered = dialog.install.text()
    click(dialog.install)
    yield lambda: not dialog.install.isEnabled()
    yield lambda: dialog.closeButton.text() == "Close"
    screenshot("setup_ready")
    said = dialog.bar.currentItem().text()
    dialog.copy.click()
    return {
        "offered": offered,
        "said": said,
        "log": dialog.log.toPlainText().splitlines(),
        "copied": QApplication.clipboard().text(),
    }


def _is_cut(label):
    if label.wordWrap():
        return label.heightForWidth(label.width()) > label.height()
    return label.sizeHint().width() > label.width()


def _is_nameless(widget):
    """Whether the keyboard reaches a widget of which a screen reader would say nothing."""
    reached = widget.isVisible() and widget.focusPolicy() and widget.metaObject().className() in (
        *("QPushButton", "QCheckBox", "QRadioButton"),
    )  # fmt: skip
    return bool(reached) and not (widget.text() or widget.accessibleName())
