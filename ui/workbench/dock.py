"""The workbench dock: five steps from imagery to a reviewed map, each with its state and what to do next."""

from __future__ import annotations

from qgis.core import QgsProject
from qgis.gui import QgsDockWidget
from qgis.PyQt.QtCore import QTimer, pyqtSignal
from qgis.PyQt.QtWidgets import QVBoxLayout, QWidget

from ...plugin import environment
from ...processing_provider.parameters import tr
from ..inputs import Inputs
from ..opening import open_algorithm, open_file
from ..widgets import below, scrolled
from .counting import Counting
from .hint import Hint
from .step_widget import StepWidget
from .steps import STEPS

# Many layers may change at once; the dock follows when it is quiet again.
QUIET_MS = 150


class WorkbenchDock(QgsDockWidget):
    """Shows the steps; `dock_asked` names another dock that a step opens, `setup_asked` asks for the set-up dialog."""

    dock_asked = pyqtSignal(str)
    setup_asked = pyqtSignal()

    def __init__(self, iface, project):
        super().__init__(iface.mainWindow())
        self.setObjectName("LandloomWorkbench")
        self._iface, self._project = iface, project
        self._watched = ""  # id of the layer whose edits are followed
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(QUIET_MS)
        self._timer.timeout.connect(self.show_state)
        self.counting = Counting(project, self)
        self.hint = Hint()
        self.inputs = Inputs(project, with_method=True)
        self.steps = [StepWidget(number, step) for number, step in enumerate(STEPS, start=1)]
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.addWidget(self.inputs)
        for step in self.steps:
            step.asked.connect(self._act)
            step.opened.connect(lambda key: open_file(self._iface, self._project, key))
            layout.addWidget(step)
        layout.addStretch(1)
        self.setWidget(below(self.hint, scrolled(content)))
        self.inputs.changed.connect(self._timer.start)
        project.changed.connect(self._timer.start)
        self.counting.changed.connect(self.show_state)
        for signal in self._signals():
            signal.connect(self._timer.start)
        self.show_state()

    def _signals(self):
        instance = QgsProject.instance()
        return (instance.layersAdded, instance.layersRemoved, instance.projectSaved, instance.readProject)

    def close_down(self) -> None:
        """Let go of everything that is listened to."""
        self._timer.stop()
        self._project.changed.disconnect(self._timer.start)
        for signal in self._signals():
            signal.disconnect(self._timer.start)
        self._watch(None)
        self.counting.changed.disconnect(self.show_state)
        self.counting.close_down()

    def showEvent(self, event):  # noqa: N802 (Qt's name)
        """Files may have come or gone while the dock was hidden."""
        super().showEvent(event)
        self._count_again()

    def show_state(self) -> None:
        """Show every step as it is now; the first that is not done is marked as the next."""
        self._suggest_layers()
        self._watch(self._project.polygons())
        self.inputs.show_state()
        self._show_hint()
        self.counting.ask()
        all_before = True
        for widget in self.steps:
            done = widget.show_state(self._project, self.counting, all_before)
            all_before = all_before and done

    def _suggest_layers(self):
        """Where there is only one raster, it is the image."""
        rasters = [layer for layer in QgsProject.instance().mapLayers().values() if _may_be_image(layer)]
        if not self._project.images() and len(rasters) == 1:
            self._project.set_images(rasters)

    def _show_hint(self):
        if not environment.status().ready():
            self.hint.say(tr("Landloom is not set up yet."), tr("Set up…"), self.setup_asked.emit)
        elif not QgsProject.instance().fileName() and self._project.images():
            self.hint.say(
                tr("Save the project: results then go beside it, else they are temporary."),
                tr("Save…"),
                lambda: self._iface.actionSaveProjectAs().trigger(),
            )
        else:
            self.hint.hide()

    def _act(self, action):
        if action.dock:
            self.dock_asked.emit(action.dock)
        else:
            open_algorithm(action.algorithm, action.values(self._project))

    def _watch(self, layer):
        """Follow the edits of the training polygons, of one layer at a time."""
        if layer is not None and layer.id() == self._watched:
            return
        old = QgsProject.instance().mapLayer(self._watched)
        for each, act in ((old, "disconnect"), (layer, "connect")):
            if each is not None:
                for signal in _edits_of(each):
                    getattr(signal, act)(self._count_again)
                getattr(each.willBeDeleted, act)(self._forget_watched)
        self._watched = layer.id() if layer is not None else ""

    def _count_again(self, *_):
        self.counting.look_again()
        self._timer.start()

    def _forget_watched(self):
        """A layer of the same id comes where the project is opened again."""
        self._watched = ""


def _edits_of(layer) -> tuple:
    return (
        *(layer.layerModified, layer.afterCommitChanges, layer.afterRollBack),
        *(layer.dataChanged, layer.subsetStringChanged),
    )


def _may_be_image(layer) -> bool:
    return layer.type() == layer.RasterLayer and layer.providerType() == "gdal" and layer.bandCount() >= 3
