"""The classes of the training layer while it is edited: kept in its style, its form, its GeoPackage and the project."""

from __future__ import annotations

from qgis.core import QgsApplication, QgsProject
from qgis.PyQt.QtCore import QObject, pyqtSignal

from ...algorithms.class_style import geopackage
from ...processing_provider.parameters import tr
from ..locks import LOCK_S
from . import layer_classes
from .class_table import with_values
from .drawing import restore_form
from .saving import Saving


class TrainingClasses(QObject):
    """The classes of one layer. `drawing` is told to give the layer its own form while its style is saved."""

    changed = pyqtSignal()
    renamed = pyqtSignal(object, object)  # polygons with the first value now have the second one
    failed = pyqtSignal(str)

    def __init__(self, drawing, parent=None):
        super().__init__(parent)
        self._drawing = drawing
        self._layer_id, self.field, self.classes = "", "", []
        self._saving, self._unsaved, self._writing = None, False, False

    def take_up(self, layer, field) -> None:
        """Go over to another layer, or None; a layer without a style by classes gets one."""
        self.let_go()
        self._layer_id, self.field, self.classes = (layer.id() if layer else ""), field, []
        if layer is not None:
            restore_form(layer)  # as of a project that was saved while one drew
            layer.rendererChanged.connect(self._read_again)
            layer.afterCommitChanges.connect(self._save_rest)
            self.classes = layer_classes.read(layer, field)
            plain = layer_classes.may_be_styled(layer, field, self.classes)
            if self.classes and plain and not layer_classes.is_styled(layer, field):
                self._show_on_layer(write=False)  # who only looks at a layer does not want his file changed
        self.changed.emit()

    def let_go(self) -> None:
        """Of the layer."""
        layer = self.layer()
        if layer is not None:
            if self._unsaved and self._saving is not None:  # edited again while the last edit is being written
                Saving(layer, self.classes, None, LOCK_S).run()
            layer.rendererChanged.disconnect(self._read_again)
            layer.afterCommitChanges.disconnect(self._save_rest)
        self._layer_id, self._unsaved = "", False

    def layer(self):
        """The layer; None where there is none, or it has gone."""
        return QgsProject.instance().mapLayer(self._layer_id) if self._layer_id else None

    @property
    def by_name(self) -> bool:
        """Whether the polygons hold names."""
        return self.layer() is not None and layer_classes.by_name(self.layer(), self.field)

    def values(self) -> list:
        """What the polygons hold, class by class."""
        names = self.by_name
        return [c.value(names) for c in self.classes]

    def look_of(self, value) -> tuple:
        """A class's name and colour by its value."""
        found = dict(zip(self.values(), self.classes)).get(value)
        return (found.name, found.colour) if found else (str(value), "#808080")

    def polygon_count(self, value) -> int:
        """How many polygons a class has, counted in the layer."""
        return len(layer_classes.polygons_of(self.layer(), self.field, value))

    def edit(self, classes, recoded, text) -> None:
        """Have these classes; `recoded`: values of polygons to replace, old to new, as one step to undo, `text`."""
        layer = self.layer()
        if layer is None:
            return
        for old, new in recoded.items():
            problem = layer_classes.recode(layer, self.field, old, new, text)
            if problem:
                self.failed.emit(problem)
                self.changed.emit()
                return
            self.renamed.emit(old, new)
        self.classes = list(classes)
        self._show_on_layer()
        self.changed.emit()

    def add_missing(self, values) -> None:
        """Add a class for each value that polygons have and no class, such as after undoing a new name."""
        values = set(values) - {None} - set(self.values())
        if values and self.layer() is not None:
            self.edit(with_values(self.classes, values, self.by_name), {}, "")

    # --- style and file -----------------------------------------------------------------------

    def _read_again(self):
        """The style was changed elsewhere, such as in QGIS's own panel."""
        if not self._writing:
            self.classes = layer_classes.read(self.layer(), self.field)
            self.changed.emit()

    def _show_on_layer(self, write=True):
        layer = self.layer()
        self._writing = True
        try:
            self._drawing.pause_form(layer)
            layer_classes.show(layer, self.field, self.classes)
            if write:
                self._save()
        finally:
            self._drawing.resume_form(layer)
            self._writing = False
        QgsProject.instance().setDirty(True)

    def _save(self):
        """Write to the GeoPackage, if the layer is in one; the next time, while one is being written."""
        layer = self.layer()
        self._unsaved = self._saving is not None
        if self._saving is None and geopackage(layer):
            self._saving = Saving(layer, self.classes, self._saved)
            QgsApplication.taskManager().addTask(self._saving)

    def _saved(self, task):
        self._saving = None
        if self._unsaved:
            self._save_rest()
        elif task.problem:
            self._unsaved = True  # then with the next edits that are saved
            self.failed.emit(tr("The classes are kept in the project only: {}").format(task.problem))

    def _save_rest(self):
        layer = self.layer()
        if self._unsaved and layer is not None:
            self._drawing.pause_form(layer)
            self._save()
            self._drawing.resume_form(layer)
