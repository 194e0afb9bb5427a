"""What is wrong with training polygons, told as they are drawn; only what has changed is looked at again."""

from __future__ import annotations

import time
from collections import Counter, deque
from dataclasses import dataclass, replace

from qgis.core import (
    QgsCoordinateTransform,
    QgsCsException,
    QgsFeature,
    QgsFeatureRequest,
    QgsGeometry,
    QgsProject,
    QgsRectangle,
    QgsSpatialIndex,
)
from qgis.PyQt.QtCore import QObject, QTimer, pyqtSignal

from ..imagery.pixels import can_be_read, grid_of
from .layer_classes import by_name, field_index, value_of
from .polygon_pixels import count_pixels

SMALLEST = 9  # pixels, as in Check training polygons
# An overlap that is a smaller share of the smaller polygon stems from the rounding of coordinates.
SLIVER = 1e-6
# The window stays fluent when the work is done in slices so long.
SLICE_S = 0.02
CHUNK = 20

OVERLAP, CROSSING, OUTSIDE, PARTLY, SMALL, NO_CLASS, NO_PLACE = (
    *("overlap", "crossing", "outside", "partly", "small", "no_class", "no_place"),
)


@dataclass(frozen=True)
class Problem:
    """One finding: its kind, the polygons, their classes' values, where (in the layer's CRS), and the pixels inside."""

    kind: str
    polygons: tuple
    values: tuple = ()
    where: QgsRectangle | None = None
    pixels: int = 0


class LiveChecks(QObject):
    """Follows one layer. `problems` are the findings, `counts` the polygons by class value.

    Polygons wait in a queue and are looked at in short slices between other events, read from the layer as it is at
    that moment, so that edits, undo and save need no care here beyond queueing.
    """

    changed = pyqtSignal()

    def __init__(self, parent=None):
        super().__init__(parent)
        self._timer = QTimer(self, interval=0, singleShot=True)
        self._timer.timeout.connect(self._work)
        self._layer_id, self._connected = None, []
        self._forget()

    def watch(self, layer, field, image) -> None:
        """Follow another layer, or on another raster; None: nothing."""
        self.stop()
        if layer is None or field_index(layer, field) < 0:
            self.changed.emit()
            return
        self._layer_id, self._field = layer.id(), field
        self._names = by_name(layer, field)
        self._grid = replace(grid_of(image.dataProvider()), crs=image.crs()) if can_be_read(image) else None
        pairs = [
            (layer.featureAdded, self._queue),
            (layer.geometryChanged, lambda fid, geometry: self._queue(fid)),
            (layer.attributeValueChanged, self._value_changed),
            (layer.featuresDeleted, self._queue_many),
            (layer.afterCommitChanges, self._queue_all),
            (layer.afterRollBack, self._queue_all),
            (layer.subsetStringChanged, self._queue_all),
            (layer.crsChanged, self._start_over),
        ]
        self._connected = [(signal, signal.connect(slot)) for signal, slot in pairs]
        self._queue_all()

    def stop(self) -> None:
        """Follow nothing."""
        if self._layer() is not None:
            for signal, connection in self._connected:
                signal.disconnect(connection)
        self._connected, self._layer_id, self._grid = [], None, None
        self._timer.stop()
        self._forget()

    @property
    def problems(self) -> list:
        """All findings, polygon by polygon, overlaps first."""
        layer = self._layer()
        general = [Problem(NO_PLACE, ())] if layer is not None and self._homeless(layer) else []
        return general + list(self._overlaps.values()) + [p for found in self._single.values() for p in found]

    @property
    def busy(self) -> bool:
        """Whether polygons wait to be looked at."""
        return bool(self._waiting)

    def _layer(self):
        return QgsProject.instance().mapLayer(self._layer_id) if self._layer_id else None

    def _homeless(self, layer) -> bool:
        """Whether the layer cannot be placed on the image, which has a CRS."""
        return self._grid is not None and self._grid.crs.isValid() and not layer.crs().isValid()

    def _forget(self):
        self.counts: Counter = Counter()
        self._known: dict = {}  # polygon -> (value, geometry)
        self._single: dict = {}  # polygon -> its problems
        self._overlaps: dict = {}  # (polygon, polygon) -> Problem
        self._partners: dict = {}  # polygon -> those it overlaps
        self._index = QgsSpatialIndex()
        self._waiting: deque = deque()

    # --- the queue ----------------------------------------------------------------------------

    def _queue(self, fid):
        self._queue_many([fid])

    def _queue_many(self, fids):
        self._waiting.extendleft(fids)  # what is drawn now comes before what was there
        self._timer.start()

    def _value_changed(self, fid, index, value):
        layer = self._layer()
        if layer is not None and index == field_index(layer, self._field):
            self._queue(fid)

    def _start_over(self):
        self._forget()
        self._queue_all()

    def _queue_all(self):
        layer = self._layer()
        if layer is not None:
            fids = layer.allFeatureIds()
            self._waiting = deque(dict.fromkeys([*fids, *(set(self._known) - set(fids))]))
            self._timer.start()

    def _work(self):
        layer = self._layer()
        if layer is None or field_index(layer, self._field) < 0:
            self.stop()
            self.changed.emit()
            return
        # Made anew: the CRS of the layer and the project's choice of a transformation may have changed.
        self._transform = None
        if self._grid is not None and not self._homeless(layer):
            self._transform = QgsCoordinateTransform(layer.crs(), self._grid.crs, QgsProject.instance())
        end = time.monotonic() + SLICE_S
        while self._waiting and time.monotonic() < end:
            fids = {self._waiting.popleft() for _ in range(min(CHUNK, len(self._waiting)))}
            request = QgsFeatureRequest().setFilterFids(list(fids))
            request.setSubsetOfAttributes([field_index(layer, self._field)])
            for feature in layer.getFeatures(request):
                # After saving nearly all polygons are as they were.
                if not self._is_known(feature):
                    self._drop(feature.id())
                    self._look_at(feature)
                fids.discard(feature.id())
                if time.monotonic() > end:  # one takes long where a thread of ours works as well
                    self._waiting.extendleft(fids)
                    break
            else:
                for fid in fids:
                    self._drop(fid)
        if self._waiting:
            self._timer.start()
        else:
            self.changed.emit()

    # --- one polygon --------------------------------------------------------------------------

    def _is_known(self, feature) -> bool:
        value, geometry = self._known.get(feature.id(), (None, None))
        there = value_of(feature[self._field], self._names)
        return geometry is not None and value == there and geometry.equals(feature.geometry())

    def _drop(self, fid):
        if fid not in self._known:
            return
        value, geometry = self._known.pop(fid)
        self._single.pop(fid, None)
        for other in self._partners.pop(fid, ()):
            self._overlaps.pop((min(fid, other), max(fid, other)), None)
            self._partners[other].discard(fid)
        self._index.deleteFeature(_indexed(fid, geometry))
        self.counts[value] -= 1
        if not self.counts[value]:
            del self.counts[value]

    def _look_at(self, feature):
        fid, geometry = feature.id(), QgsGeometry(feature.geometry())
        value = value_of(feature[self._field], self._names)
        self.counts[value] += 1
        found = []
        box = geometry.boundingBox()
        if value is None:
            found.append(Problem(NO_CLASS, (fid,), (value,), box))
        if geometry.validateGeometry(QgsGeometry.ValidatorGeos):
            found.append(Problem(CROSSING, (fid,), (value,), box))
        if found and found[-1].kind == CROSSING:
            geometry = geometry.makeValid()
        found += self._against_image(fid, value, geometry, box)
        self._single[fid] = found
        self._known[fid] = value, geometry
        self._partners[fid] = set()
        self._compare(fid, value, geometry)
        self._index.addFeature(_indexed(fid, geometry))

    def _against_image(self, fid, value, geometry, box):
        if self._transform is None or geometry.isEmpty():
            return []
        placed = QgsGeometry(geometry)
        try:
            placed.transform(self._transform)
            inside = placed.intersects(self._grid.extent)
        except QgsCsException:
            inside = False
        if not inside:
            return [Problem(OUTSIDE, (fid,), (value,), box)]
        covered = self._grid.extent.contains(placed.boundingBox())
        found = [] if covered else [Problem(PARTLY, (fid,), (value,), box)]
        pixels = count_pixels(self._grid, placed, SMALLEST)
        if pixels < SMALLEST:
            found.append(Problem(SMALL, (fid,), (value,), box, pixels))
        return found

    def _compare(self, fid, value, geometry):
        if value is None or geometry.isEmpty():
            return
        engine = QgsGeometry.createGeometryEngine(geometry.constGet())
        engine.prepareGeometry()
        for other in self._index.intersects(geometry.boundingBox()):
            value_there, there = self._known[other]
            if value_there in (None, value) or not engine.intersects(there.constGet()):
                continue
            common = geometry.intersection(there)
            if common.area() > SLIVER * min(geometry.area(), there.area()):
                pair = (min(fid, other), max(fid, other))
                values = (value, value_there) if fid == pair[0] else (value_there, value)
                where = common.boundingBox()
                where.grow(0.2 * there.boundingBox().width())  # a sliver alone would show nothing
                self._overlaps[pair] = Problem(OVERLAP, pair, values, where)
                self._partners[fid].add(other)
                self._partners[other].add(fid)


def _indexed(fid, geometry):
    feature = QgsFeature(fid)
    feature.setGeometry(geometry)
    return feature
