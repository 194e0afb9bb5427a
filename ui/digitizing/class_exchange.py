"""Class tables in and out: presets, import, export."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from qgis.core import QgsProject
from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QFileDialog, QHBoxLayout, QMenu, QMessageBox, QToolButton, QWidget

from ...landloom.stages.create_training_layer import SCHEMES
from ...processing_provider.parameters import tr
from ..widgets import icon_button
from . import class_files
from .class_table import ClassProblem, merged


class ClassExchange(QWidget):
    """Three buttons. `model` is the ClassModel, `layer` and `polygon_count` are as in ClassPanel."""

    taken = pyqtSignal(list)  # the classes to have from now on
    refused = pyqtSignal(str)

    def __init__(self, model, polygon_count, layer, parent=None):
        super().__init__(parent)
        self._model, self._polygon_count, self._layer = model, polygon_count, layer
        self.presets = self._menu("mIconColorSwatches.svg", tr("Presets"), self._fill_presets)
        self.imports = self._menu("mActionFileOpen.svg", tr("Import classes"), self._fill_imports)
        self.export = icon_button("mActionFileSave.svg", tr("Export classes…"))
        self.export.clicked.connect(self._export)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        for button in (self.presets, self.imports, self.export):
            layout.addWidget(button)

    def show_state(self) -> None:
        """Enable what is possible."""
        there = self._layer() is not None
        self.presets.setEnabled(there)
        self.imports.setEnabled(there)
        self.export.setEnabled(there and bool(self._model.classes))

    def _menu(self, icon, text, fill):
        button = icon_button(icon, text)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(button)
        menu.aboutToShow.connect(partial(fill, menu))
        button.setMenu(menu)
        return button

    def _fill_presets(self, menu):
        menu.clear()
        for path in sorted(class_files.SCHEMES.glob("*.csv")):
            label = tr(SCHEMES.get(path.stem, path.stem))
            menu.addAction(label).triggered.connect(partial(self._read, str(path)))

    def _fill_imports(self, menu):
        menu.clear()
        menu.addAction(tr("From a file…")).triggered.connect(self._import)
        layer = self._layer()
        layers = class_files.layers_with_classes(layer.id() if layer else None)
        from_layer = menu.addMenu(tr("From a layer"))
        from_layer.setEnabled(bool(layers))
        for other in layers:
            from_layer.addAction(other.name()).triggered.connect(partial(self._take_from, other.id()))

    def _import(self, *_):
        kinds = tr("Class tables (*.csv *.json *.qml)")
        path, _ = QFileDialog.getOpenFileName(self, tr("Import classes"), "", kinds)
        if path:
            self._read(path)

    def _take_from(self, layer_id, *_):
        layer = QgsProject.instance().mapLayer(layer_id)
        if layer is not None:
            self._take(lambda: class_files.from_layer(layer), layer.name())

    def _read(self, path, *_):
        self._take(lambda: class_files.read(path), Path(path).name)

    def _take(self, read, origin):
        """Take over a table; classes that have polygons stay, and none changes its name without a question."""
        try:
            imported = read()
        except (ClassProblem, OSError) as problem:
            self.refused.emit(f"{origin}: {problem}")
            return
        by_name, present = self._model.by_name, self._model.classes
        used = {c.value(by_name) for c in present if self._polygon_count(c.value(by_name))}
        names = {} if by_name else {c.id: c.name for c in imported}
        renamed = [c for c in present if c.id in used and names.get(c.id, c.name) != c.name]
        if renamed:
            lines = "\n".join(f"{c.id}: {c.name} → {names[c.id]}" for c in renamed)
            question = tr("These classes have polygons and get another name:\n\n{}\n\nImport the classes?")
            answer = QMessageBox.question(self, tr("Import classes"), question.format(lines))
            if answer != QMessageBox.StandardButton.Yes:
                return
        self.taken.emit(merged(imported, present, used, by_name))

    def _export(self, *_):
        kinds = {".csv": "CSV (*.csv)", ".json": "JSON (*.json)", ".qml": tr("QGIS style (*.qml)")}
        path, kind = QFileDialog.getSaveFileName(self, tr("Export classes"), "classes.csv", ";;".join(kinds.values()))
        if not path:
            return
        if Path(path).suffix.lower() not in kinds:
            path += next(suffix for suffix, text in kinds.items() if text == kind)
        try:
            class_files.write(path, self._model.classes, self._layer())
        except OSError as problem:
            self.refused.emit(str(problem))
