"""The upper part of the digitizing dock: the training layer, its class field, the image."""

from __future__ import annotations

from qgis.core import QgsMapLayerProxyModel, QgsProject
from qgis.gui import QgsFieldComboBox, QgsMapLayerComboBox
from qgis.PyQt.QtCore import QTimer, pyqtSignal
from qgis.PyQt.QtWidgets import QComboBox, QFormLayout, QHBoxLayout, QPushButton, QSizePolicy, QWidget

from ...processing_provider.parameters import tr
from ..places import fresh

STAGE = "landloom:create_training_layer"


class Inputs(QWidget):
    """Shows and changes the project's choices."""

    changed = pyqtSignal()  # the project may not tell of a new field of the same layer

    def __init__(self, project, parent=None):
        super().__init__(parent)
        self._project = project
        self.polygons = QgsMapLayerComboBox()
        self.polygons.setFilters(QgsMapLayerProxyModel.PolygonLayer)
        self.polygons.setAllowEmptyLayer(True)
        self.polygons.setToolTip(tr("The layer that the training polygons are drawn in"))
        self.new = QPushButton(tr("&New…"))
        self.new.setToolTip(tr("Create an empty layer for training polygons, with its classes"))
        self.field = QgsFieldComboBox()
        self.field.setToolTip(tr("The field that holds the class of a polygon: its id or its name"))
        self.image = QgsMapLayerComboBox()
        self.image.setFilters(QgsMapLayerProxyModel.RasterLayer)
        self.image.setAllowEmptyLayer(True)
        for box in (self.polygons, self.field, self.image):
            box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(6)
        row = QHBoxLayout()
        row.addWidget(self.polygons)
        row.addWidget(self.new)
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.addRow(tr("&Layer"), row)
        form.labelForField(row).setBuddy(self.polygons)
        form.addRow(tr("&Class field"), self.field)
        form.addRow(tr("&Image"), self.image)
        # What the user does, and not what the boxes do by themselves when layers and fields change.
        self.polygons.activated.connect(lambda _: self._choose_polygons(self.polygons.currentLayer()))
        self.field.activated.connect(lambda _: self._choose_field(self.field.currentField()))
        self.image.activated.connect(lambda _: self._choose_image(self.image.currentLayer()))
        self._again = QTimer(self, singleShot=True, interval=0)
        self._again.timeout.connect(self.show_state)
        self.field.currentIndexChanged.connect(lambda _: self._again.start())
        self.new.clicked.connect(self._make_layer)

    def show_state(self) -> None:
        """Show what the project says."""
        polygons, images = self._project.polygons(), self._project.images()
        self.polygons.setLayer(polygons)
        self.field.setLayer(polygons)
        self.field.setField(self._project.class_field())
        self.field.setEnabled(polygons is not None)
        self.image.setLayer(images[0] if images else None)
        names = ", ".join(layer.name() for layer in images)
        tip = tr("The image that polygons are checked against and spectra are read from")
        self.image.setToolTip(f"{tip}\n{names}" if len(images) > 1 else tip)

    def _choose_polygons(self, layer):
        self._project.set_polygons(layer, class_field_of(layer, self._project.class_field()))
        self.changed.emit()

    def _choose_field(self, field):
        layer = self._project.polygons()
        if field and layer is not None:
            self._project.set_polygons(layer, field)
            self.changed.emit()

    def _choose_image(self, layer):
        self._project.set_images([layer] if layer is not None else [])

    def _make_layer(self):
        import processing

        images = self._project.images()
        crs = images[0].crs() if images else QgsProject.instance().crs()
        values = {"CRS": crs, "LAYER": fresh("training_polygons", ".gpkg")}
        dialog = processing.createAlgorithmDialog(STAGE, values)
        dialog.algorithmFinished.connect(self._take_layer)
        dialog.show()
        dialog.raise_()

    def _take_layer(self, good, results):
        """The new layer, once Processing has loaded it."""
        path = str(results.get("LAYER", "")).split("|")[0] if good else ""
        for layer in QgsProject.instance().mapLayers().values():
            if path and layer.source().split("|")[0] == path:
                self._choose_polygons(layer)


def class_field_of(layer, field) -> str:
    """The field that holds the classes, as far as names tell: `field` if the layer has it."""
    names = layer.fields().names() if layer is not None else []
    likely = [n for n in names if n == field] + [n for n in names if "class" in n.lower()]
    return (likely + [n for n in names if n.lower() != "fid"] + [field])[0]
