"""The upper part of the workbench: which layers are the image and the training polygons, and how the map is made."""

from __future__ import annotations

from functools import partial

from qgis.core import QgsMapLayerProxyModel, QgsProject, QgsRasterLayer
from qgis.gui import QgsFieldComboBox, QgsMapLayerComboBox
from qgis.PyQt.QtWidgets import QComboBox, QFormLayout, QMenu, QPushButton, QSizePolicy, QWidget

from ...processing_provider.parameters import tr
from ..project import METHODS


class Inputs(QWidget):
    """Shows and changes the project's choices; the project tells when somebody else changed them."""

    def __init__(self, project, parent=None):
        super().__init__(parent)
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
        self.class_field = QgsFieldComboBox()
        self.class_field.setToolTip(tr("The field that holds the class of a polygon: its id or its name."))
        self.method = QComboBox()
        for method, label in zip(METHODS, (tr("Random forest"), tr("Network for patches"), tr("Network for tiles"))):
            self.method.addItem(label, method)
        self.method.setToolTip(
            tr(
                "A random forest looks at single pixels and is quick. Networks look at the surroundings too; they need"
                " the deep-learning packages and more polygons."
            )
        )
        for box in (self.polygons, self.class_field, self.method):
            box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(8)
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        for label, widget in (
            (tr("&Image"), self.images),
            (tr("&Polygons"), self.polygons),
            (tr("&Class field"), self.class_field),
            (tr("Me&thod"), self.method),
        ):
            form.addRow(label, widget)
        self.polygons.layerChanged.connect(self._choose_polygons)
        # Not fieldChanged, which also comes when the layer's fields are read anew.
        self.class_field.activated.connect(lambda _: self._choose_field(self.class_field.currentField()))
        self.method.currentIndexChanged.connect(lambda: project.set_method(self.method.currentData()))

    def show_state(self) -> None:
        """Show what the project says."""
        images = self._project.images()
        names = ", ".join(layer.name() for layer in images)
        self.images.setText(names or tr("Choose…"))
        polygons = self._project.polygons()
        for widget in (self.polygons, self.class_field, self.method):
            widget.blockSignals(True)
        self.polygons.setLayer(polygons)
        self.class_field.setLayer(polygons)
        self.class_field.setField(self._project.class_field())
        self.class_field.setEnabled(polygons is not None)
        self.method.setCurrentIndex(METHODS.index(self._project.method()))
        for widget in (self.polygons, self.class_field, self.method):
            widget.blockSignals(False)

    def _fill_menu(self):
        self._menu.clear()
        chosen = self._project.images()
        rasters = [n.layer() for n in QgsProject.instance().layerTreeRoot().findLayers()]
        for layer in (layer for layer in rasters if isinstance(layer, QgsRasterLayer)):
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
        field = self._project.class_field()
        if layer is not None and layer.fields().indexOf(field) < 0:
            known = [f.name() for f in layer.fields() if "class" in f.name().lower()]
            field = (known or [layer.fields().names()[-1] if layer.fields().names() else field])[0]
        self._project.set_polygons(layer, field)

    def _choose_field(self, field):
        if field:
            self._project.set_polygons(self._project.polygons(), field)
