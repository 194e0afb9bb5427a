"""The spectra of the classes, kept up to date while polygons are drawn."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from qgis.core import (
    NULL,
    QgsApplication,
    QgsCoordinateTransform,
    QgsCsException,
    QgsFeatureRequest,
    QgsGeometry,
    QgsProject,
    QgsRasterLayer,
    QgsTask,
    QgsVectorLayer,
    QgsVectorLayerFeatureSource,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QObject, QTimer, pyqtSignal

from ...processing_provider.parameters import tr
from ..background import QUIET
from ..imagery.image import Image
from ..imagery.wavelengths import wavelengths_of
from .polygon_pixels import pixels_of
from .separability import pairs

# Changes that come together, as in a paste, are read together.
_WAIT_MS = 150


@dataclass(frozen=True)
class ClassSpectrum:
    """What the training polygons of a class say of it.

    polygons: how many there are, `empty` of them without a pixel; pixels: how many they have, of which `read` were read
    (fewer where polygons are large); mean, deviation: (bands,), None without pixels; covariance: (bands, bands), None
    below bands + 1 pixels, where it would say more of the sample than of the class.
    """

    polygons: int
    empty: int
    pixels: int
    read: int
    mean: np.ndarray | None
    deviation: np.ndarray | None
    covariance: np.ndarray | None


class TrainingStatistics(QObject):
    """Statistics of the pixels of each class, read in the background; only polygons that changed are read again.

    Attributes
    ----------
        classes: {class value: ClassSpectrum}.
        pairs: list of separability.Pair, the worst first.
        band_names: list of text; wavelengths: nanometres or None.
        problem: why there is nothing; empty if there is.
    """

    changed = pyqtSignal()

    def __init__(self, parent=None):
        super().__init__(parent)
        self._layer_id, self._class_field, self._image_ids = "", "", []
        self._is_connected = False
        self._task, self._identity, self._polygons = None, None, {}
        self._clear("")
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_WAIT_MS)
        self._timer.timeout.connect(self._start)
        QgsProject.instance().layersRemoved.connect(self._layers_went)

    def watch(self, layer_id, class_field, image_layers) -> None:
        """Follow the polygons of a layer on an image; any of these may be missing (None, "" or no layers)."""
        watched = layer_id or "", class_field or "", [layer.id() for layer in image_layers]
        if watched == (self._layer_id, self._class_field, self._image_ids) and self._is_connected:
            return
        self._let_go()
        self._layer_id, self._class_field, self._image_ids = watched
        layer = self._layer()
        if layer is not None:
            for signal in _edits_of(layer):
                signal.connect(self.renew)
            self._is_connected = True
        self.renew()

    def close_down(self) -> None:
        """Stop reading and listening."""
        self._let_go()
        QgsProject.instance().layersRemoved.disconnect(self._layers_went)
        self._timer.stop()
        if self._task is not None:
            self._task.cancel()
            self._task = None

    @property
    def is_reading(self) -> bool:
        """Whether what is shown is about to change."""
        return self._task is not None or self._timer.isActive()

    def renew(self, *_) -> None:
        """Look at the polygons again soon."""
        self._timer.start()

    # --- reading ------------------------------------------------------------------------------

    def _start(self):
        if self._task is not None:
            # It hands over what it has read so far, then the next one begins.
            self._task.is_outdated = True
            self._task.cancel()
            return
        try:
            self._task = self._reading()
        except ValueError as error:
            self._end(str(error))
        else:
            QgsApplication.taskManager().addTask(self._task)

    def _reading(self):
        """The task that brings all up to date. Raises ValueError with what is missing."""
        project = QgsProject.instance()
        images = [project.mapLayer(i) for i in self._image_ids]
        images = [layer for layer in images if isinstance(layer, QgsRasterLayer)]
        if not images:
            raise ValueError(tr("Choose an image to see the spectra of the classes."))
        layer = self._layer()
        if layer is None:
            raise ValueError(tr("Choose a layer of polygons to see the spectra of their classes."))
        field = layer.fields().lookupField(self._class_field)
        if field < 0:
            raise ValueError(tr("The polygons have no field {field}.").format(field=self._class_field))
        image = Image(images)
        identity = image.sources, image.grid.crs.toWkt(), layer.crs().toWkt()
        if identity != self._identity:
            self._polygons, self._identity = {}, identity
        transform = QgsCoordinateTransform(layer.crs(), image.grid.crs, project.transformContext())
        return _Reading(image, QgsVectorLayerFeatureSource(layer), field, transform, self._polygons, self._take)

    def _take(self, task):
        """What a task found, unless another image or layer is watched by now."""
        if task is not self._task:
            return
        self._task = None
        self._polygons.update(task.read)
        if task.is_outdated or self._timer.isActive():
            self._timer.start()
            return
        if task.classes is None:
            self._end(task.problem)
            return
        self.classes, self.pairs, self.problem = task.classes, task.pairs, ""
        self.band_names, self.wavelengths = task.image.band_names, task.wavelengths
        if not self.classes:
            self.problem = tr("Draw polygons to see the spectra of their classes.")
        elif not any(spectrum.read for spectrum in self.classes.values()):
            self.problem = tr("No polygon has pixels of the image inside.")
        self.changed.emit()

    def _end(self, problem):
        self._clear(problem)
        self.changed.emit()

    def _clear(self, problem):
        self.classes, self.pairs, self.band_names, self.wavelengths, self.problem = {}, [], [], None, problem

    def _layer(self):
        layer = QgsProject.instance().mapLayer(self._layer_id)
        polygons = isinstance(layer, QgsVectorLayer) and layer.geometryType() == QgsWkbTypes.PolygonGeometry
        return layer if polygons else None

    def _let_go(self):
        layer = self._layer() if self._is_connected else None
        if layer is not None:
            for signal in _edits_of(layer):
                signal.disconnect(self.renew)
        self._is_connected = False

    def _layers_went(self, ids):
        if self._layer_id in ids:
            self._is_connected = False
        if self._layer_id in ids or set(ids) & set(self._image_ids):
            self.renew()


def _edits_of(layer):
    """Whatever may change its polygons or their classes."""
    return (
        *(layer.featureAdded, layer.featuresDeleted, layer.geometryChanged, layer.attributeValueChanged),
        *(layer.afterCommitChanges, layer.afterRollBack, layer.updatedFields, layer.subsetStringChanged),
        *(layer.dataSourceChanged, layer.crsChanged, layer.dataChanged),
    )


class _Reading(QgsTask):
    """Reads the polygons that are not known yet, and sums up the classes."""

    def __init__(self, image, features, field, transform, known, then):
        super().__init__(tr("Reading training polygons"), QUIET)
        self.image, self._features, self._field, self._transform = image, features, field, transform
        # A copy, since the original may change while we read.
        self._known, self._then = dict(known), then
        self.read, self.classes, self.pairs, self.wavelengths = {}, None, [], None
        self.problem, self.is_outdated = "", False

    def run(self):
        try:
            polygons = self._by_class()
            if polygons is None:
                return False
            self.wavelengths = wavelengths_of(self.image.sources)
            classes = {value: _spectrum(found, self.image.band_count) for value, found in polygons.items()}
            self.pairs = pairs(classes)
            self.classes = classes
        except Exception as error:  # a task must not throw; what went wrong is told
            self.problem = str(error)
        return self.classes is not None

    def finished(self, _):
        self._then(self)

    def _by_class(self):
        """{class value: list of PolygonPixels}; None if it was cancelled."""
        classes = {}
        for feature in self._features.getFeatures(QgsFeatureRequest().setSubsetOfAttributes([self._field])):
            if self.isCanceled():
                return None
            value, geometry = feature.attribute(self._field), feature.geometry()
            if value is None or value == NULL or geometry.isEmpty():
                continue
            key = hashlib.blake2b(bytes(geometry.asWkb()), digest_size=16).digest()
            if key not in self._known:
                self._known[key] = self.read[key] = self._pixels(geometry)
            classes.setdefault(value, []).append(self._known[key])
        # In one order, whichever polygon was drawn first.
        return dict(sorted(classes.items(), key=lambda item: (isinstance(item[0], str), item[0])))

    def _pixels(self, geometry):
        if QgsWkbTypes.isCurvedType(geometry.wkbType()):
            geometry = QgsGeometry(geometry.constGet().segmentize())
        try:
            if self._transform.isValid():
                geometry.transform(self._transform)
        except QgsCsException:
            geometry = QgsGeometry()
        return pixels_of(self.image, geometry)


def _spectrum(polygons, bands):
    moments = sum((p.moments for p in polygons[1:]), polygons[0].moments)
    covariance = moments.covariance
    return ClassSpectrum(
        polygons=len(polygons),
        empty=sum(p.pixels == 0 for p in polygons),
        pixels=sum(p.pixels for p in polygons),
        read=moments.count,
        mean=moments.mean if moments.count else None,
        deviation=None if covariance is None else np.sqrt(np.diag(covariance)),
        covariance=covariance if moments.count >= bands + 1 else None,
    )
