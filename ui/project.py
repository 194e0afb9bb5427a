"""What Landloom keeps in the QGIS project: which layers and files play which part on the way from imagery to map."""

from __future__ import annotations

import json
from pathlib import Path

from qgis.core import QgsMapLayer, QgsProject, QgsRasterLayer, QgsVectorLayer
from qgis.PyQt.QtCore import QObject, pyqtSignal

SCOPE = "landloom"
# The folder for results, beside the project.
FOLDER = "landloom"

# Files that a project knows, by the part they play.
FILES = (
    *("samples", "dataset", "tiles", "model", "map", "uncertainty", "review", "reference"),
    *("polygons_report", "samples_report", "dataset_report", "tiles_report", "model_report", "map_report"),
)
METHODS = ("forest", "patches", "tiles")


class LandloomProject(QObject):
    """The current QGIS project's images, training polygons and results.

    `changed` is emitted after every change, also when another project is opened or a layer goes. A layer that is
    gone counts as not chosen; a file that is gone is still named, so that one can say so.
    """

    changed = pyqtSignal()

    def __init__(self, parent=None):
        super().__init__(parent)
        self._project = QgsProject.instance()
        for signal in self._signals():
            signal.connect(self._tell)

    def _signals(self):
        return self._project.readProject, self._project.cleared, self._project.layersRemoved

    def close_down(self) -> None:
        """Listen to QGIS no more."""
        for signal in self._signals():
            signal.disconnect(self._tell)

    def _tell(self, *_):
        self.changed.emit()

    # --- layers -------------------------------------------------------------------------------

    def images(self) -> list[QgsRasterLayer]:
        """The rasters that together are the image, in order; the first gives the grid."""
        ids = json.loads(self._read("images") or "[]")
        return [layer for layer in map(self._project.mapLayer, ids) if isinstance(layer, QgsRasterLayer)]

    def set_images(self, layers) -> None:
        """Choose the image's rasters."""
        self._write("images", json.dumps([layer.id() for layer in layers]))

    def polygons(self) -> QgsVectorLayer | None:
        """The layer of training polygons."""
        layer = self._project.mapLayer(self._read("polygons"))
        return layer if isinstance(layer, QgsVectorLayer) else None

    def set_polygons(self, layer, class_field="class_id") -> None:
        """Choose the layer of training polygons and its field with the class."""
        self._write("class_field", class_field)
        self._write("polygons", layer.id() if layer else "")

    def class_field(self) -> str:
        """The field of the training polygons that holds the class."""
        return self._read("class_field") or "class_id"

    def method(self) -> str:
        """How the map is made, one of METHODS: a random forest, a network for patches, one for tiles."""
        method = self._read("method")
        return method if method in METHODS else METHODS[0]

    def set_method(self, method) -> None:
        """Choose how the map is made."""
        self._write("method", method)

    def layer_of(self, key) -> QgsMapLayer | None:
        """The layer on the map that shows one of FILES, if any."""
        path = self.file(key)
        return next((layer for layer in self._project.mapLayers().values() if same_file(layer.source(), path)), None)

    # --- files --------------------------------------------------------------------------------

    def file(self, key) -> str:
        """The path of one of FILES; empty where there is none."""
        path = self._read(key)
        return self._project.readPath(path) if path else ""

    def set_file(self, key, path) -> None:
        """Note the path of one of FILES; saved relative to the project where QGIS does so."""
        if key not in FILES:
            raise KeyError(key)
        self._write(key, self._project.writePath(str(path)) if path else "")

    # --- numbers, such as the accuracy of the last model ---------------------------------------

    def figures(self, key) -> dict:
        """Figures that belong to one of FILES, such as {"kappa": 0.8}; empty where it has none."""
        return json.loads(self._read(f"{key}_figures") or "{}")

    def set_figures(self, key, figures) -> None:
        """Note figures of one of FILES."""
        self._write(f"{key}_figures", json.dumps(figures))

    def _read(self, key) -> str:
        return self._project.readEntry(SCOPE, key, "")[0]

    def _write(self, key, text) -> None:
        if self._read(key) != text:
            self._project.writeEntry(SCOPE, key, text)
            self.changed.emit()


def same_file(source, path) -> bool:
    """Whether a layer's source is a file; neither of them need exist."""
    if not source or not path:
        return False
    source = source.split("|")[0]
    try:
        return Path(source).samefile(path)
    except OSError:
        return Path(source) == Path(path)


def fresh(stem: str, extension: str = "") -> str:
    """A path for a new result, `model.landloom`, then `model_2.landloom` …; QGIS's temporary place without a project.

    What stands there is never named again, so an earlier round keeps its results.
    """
    project = QgsProject.instance()
    if not (project.fileName() and project.homePath()):
        return "TEMPORARY_OUTPUT"
    folder = Path(project.homePath()) / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    path, number = folder / f"{stem}{extension}", 2
    while path.exists():
        path, number = folder / f"{stem}_{number}{extension}", number + 1
    return str(path)
