"""The upper part of a dock: the project's image, its training polygons with their class, and how the map is made."""

from __future__ import annotations

from functools import partial

from qgis.core import QgsMapLayerProxyModel, QgsProject, QgsRasterLayer
from qgis.gui import QgsFieldComboBox, QgsMapLayerComboBox
from qgis.PyQt.QtCore import QTimer, pyqtSignal
from qgis.PyQt.QtWidgets import QComboBox, QFormLayout, QHBoxLayout, QMenu, QPushButton, QSizePolicy, QWidget

from ..processing_provider.parameters import tr
from .opening import open_algorithm, training_layer_values
from .project import METHODS


class Inputs(QWidget):
    """Shows and changes the project's choices; the method of mapping where the dock is about it, too."""

    changed = pyqtSignal()  # the project does not tell where a field is chosen anew that the layer has only now

    def __init__(self, project, with_method=False):
        super().__init__()
        self._project = project
        self.images = QPushButton()
        self.images.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.images.setMinimumWidth(self.fontMetrics().averageCharWidth() * 12)
        self.images.setToolTip(
            tr("One raster, or several whose bands together are the image; the first gives the grid.")
        )
        self._menu = QMenu(self.images)
        self._menu.aboutToShow.connect(self._fill_menu)
        self.images.setMenu(self._menu)
        self.polygons = QgsMapLayerComboBox()
        self.polygons.setFilters(QgsMapLayerProxyModel.PolygonLayer)
        self.polygons.setAllowEmptyLayer(True)
        self.polygons.setToolTip(tr("The layer that the training polygons are drawn in."))
        self.new = QPushButton(tr("&New…"))
        self.new.setToolTip(tr("Create an empty layer for training polygons, with its classes"))
        self.field = QgsFieldComboBox()
        self.field.setToolTip(tr("The field that holds the class of a polygon: its id or its name."))
        self.method = QComboBox()
        for method, label in zip(METHODS, (tr("Random forest"), tr("Network for patches"), tr("Network for tiles"))):
            self.method.addItem(label, method)
        self.method.setToolTip(
            tr(
                "A random forest looks at single pixels and is quick. Networks look at the surroundings too; they need"
                " the deep-learning packages and more polygons."
            )
        )
        for box in (self.polygons, self.field, self.method):
            box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(6)
        self._lay_out(with_method)
        # What the user does, and not what the boxes do by themselves when layers and fields change.
        self.polygons.activated.connect(lambda _: self._choose_polygons(self.polygons.currentLayer()))
        self.field.activated.connect(lambda _: self._choose_field(self.field.currentField()))
        self.method.activated.connect(lambda _: project.set_method(self.method.currentData()))
        self.new.clicked.connect(lambda: open_algorithm("create_training_layer", training_layer_values(project)))
        self._again = QTimer(self, singleShot=True, interval=0)
        self._again.timeout.connect(self.show_state)
        self.field.currentIndexChanged.connect(lambda _: self._again.start())

    def _lay_out(self, with_method):
        row = QHBoxLayout()
        row.addWidget(self.polygons)
        row.addWidget(self.new)
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.addRow(tr("&Image"), self.images)
        form.addRow(tr("&Polygons"), row)
        form.labelForField(row).setBuddy(self.polygons)
        form.addRow(tr("&Class field"), self.field)
        if with_method:
            form.addRow(tr("Me&thod"), self.method)

    def show_state(self) -> None:
        """Show what the project says."""
        polygons, images = self._project.polygons(), self._project.images()
        self.images.setText(", ".join(layer.name() for layer in images) or tr("Choose…"))
        self.polygons.setLayer(polygons)
        self.field.setLayer(polygons)
        self.field.setField(self._project.class_field())
        self.field.setEnabled(polygons is not None)
        self.method.setCurrentIndex(METHODS.index(self._project.method()))

    def _fill_menu(self):
        self._menu.clear()
        chosen = self._project.images()
        layers = [node.layer() for node in QgsProject.instance().layerTreeRoot().findLayers()]
        for layer in (layer for layer in layers if isinstance(layer, QgsRasterLayer)):
            entry = self._menu.addAction(layer.name())
            entry.setCheckable(True)
            entry.setChecked(layer in chosen)
            entry.triggered.connect(partial(self._choose_image, layer.id()))
        if self._menu.isEmpty():
            self._menu.addAction(tr("Add a raster layer to the project first")).setEnabled(False)

    def _choose_image(self, layer_id, checked):
        kept = [layer for layer in self._project.images() if layer.id() != layer_id]
        layer = QgsProject.instance().mapLayer(layer_id)
        self._project.set_images([*kept, layer] if checked and layer else kept)

    def _choose_polygons(self, layer):
        self._project.set_polygons(layer, class_field_of(layer, self._project.class_field()))
        self.changed.emit()

    def _choose_field(self, field):
        layer = self._project.polygons()
        if field and layer is not None:
            self._project.set_polygons(layer, field)
            self.changed.emit()


def class_field_of(layer, field) -> str:
    """The field that holds the classes, as far as names tell: `field` if the layer has it."""
    names = layer.fields().names() if layer is not None else []
    likely = [n for n in names if n == field] + [n for n in names if "class" in n.lower()]
    return (likely + [n for n in names if n.lower() != "fid"] + [field])[0]
