"""A review file at work: its places in order, and decisions that are in the file as soon as they are made."""

from __future__ import annotations

from collections import namedtuple
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from qgis.core import NULL, QgsFeature, QgsFeatureRequest, QgsGeometry, QgsPointXY, QgsProject, QgsWkbTypes

from ...landloom.stages import _places as fields
from ...processing_provider.parameters import tr
from ..locks import lock_of

LandClass = namedtuple("LandClass", "id name colour")

# What a decision changes at a place, and undoing it brings back.
DECISION = (fields.STATE, fields.CLASS_ID, fields.CLASS_NAME, fields.NOTE, fields.DECIDED)


class ReviewProblem(Exception):
    """What is wrong with a review file, in words for the user; `details` are for those who ask."""

    def __init__(self, text, details=""):
        super().__init__(text)
        self.details = details


@dataclass
class Place:
    """A place of the queue. `point` is in the CRS of the places; what is not known is None."""

    fid: int
    point: QgsPointXY
    place: int
    design: str
    stratum: str | None
    weight: float | None
    map_class: int | None
    map_name: str | None
    other_class: int | None
    other_name: str | None
    score: float | None
    state: str
    class_id: int | None
    class_name: str | None
    note: str | None
    decided: str | None

    @property
    def is_open(self) -> bool:
        """Whether nothing was decided yet."""
        return self.state == fields.OPEN


# The fields of a place in the file, as above.
PLACE_FIELDS = (
    *(fields.PLACE, fields.DESIGN, fields.STRATUM, fields.WEIGHT, fields.MAP_CLASS, fields.MAP_NAME),
    *(fields.OTHER_CLASS, fields.OTHER_NAME, fields.SCORE, *DECISION),
)


@dataclass
class _Before:
    """A place and its training squares before a decision."""

    fid: int
    place: int
    values: dict
    squares: list


class ReviewFile:
    """The layers of a review file in the project, held by id.

    `classes` are those that a place may get, `geotransform` is that of the map (six numbers in the order of GDAL),
    `map` the map's path. Raises ReviewProblem where a layer is gone or takes no changes.
    """

    def __init__(self, path, places_id, training_id, classes, geotransform, map_path):
        self.path, self.classes, self.geotransform, self.map = path, classes, geotransform, map_path
        self._places_id, self._training_id = places_id, training_id
        self._undo: list = []

    def places_layer(self):
        """The layer of points; None when it is gone."""
        return QgsProject.instance().mapLayer(self._places_id)

    def training_layer(self):
        """The layer of training squares; None when it is gone."""
        return QgsProject.instance().mapLayer(self._training_id)

    def places(self) -> list[Place]:
        """All places in the order of the queue."""
        layer = self.places_layer()
        found = []
        for feature in layer.getFeatures() if layer else ():
            values = [_plain(feature[name]) for name in PLACE_FIELDS]
            if feature.hasGeometry():
                found.append(Place(feature.id(), feature.geometry().asPoint(), *values))
        return sorted(found, key=lambda place: place.place)

    def mark(self) -> str:
        """How notes begin of training polygons that come from here; the place's number follows."""
        return f"{Path(self.path).name} #"

    def class_of(self, class_id) -> LandClass | None:
        """The class with an id."""
        return next((c for c in self.classes if c.id == class_id), None)

    def square(self, place, size) -> QgsGeometry:
        """The square of `size` by `size` pixels around a place, in the CRS of the places."""
        _, across_x, down_x, _, across_y, down_y = self.geotransform
        corners = [(across * size / 2, down * size / 2) for across, down in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
        ring = [
            QgsPointXY(place.point.x() + a * across_x + d * down_x, place.point.y() + a * across_y + d * down_y)
            for a, d in corners
        ]
        return QgsGeometry.fromPolygonXY([[*ring, ring[0]]])

    def decide(self, place, class_id, note="", size=0) -> None:
        """Give a place its class, or skip it (None), with a training square of `size` pixels (0: none)."""
        land_class = self.class_of(class_id)
        state = fields.ACCEPTED if class_id == place.map_class else fields.RELABELLED
        values = {
            fields.STATE: fields.SKIPPED if class_id is None else state,
            fields.CLASS_ID: class_id,
            fields.CLASS_NAME: land_class.name if land_class else (place.map_name if class_id is not None else None),
            fields.NOTE: note or None,
            fields.DECIDED: datetime.now(timezone.utc).isoformat(timespec="seconds"),
        }
        squares = []
        if class_id is not None and size:
            attributes = {name: getattr(place, name) for name in (fields.PLACE, fields.DESIGN)}
            attributes.update({name: values[name] for name in (fields.CLASS_ID, fields.CLASS_NAME)})
            squares.append((self.square(place, size), attributes))
        self._ensure_writable()
        before = _Before(place.fid, place.place, {name: getattr(place, name) for name in DECISION}, [])
        before.squares = self._replace_squares(place.place, squares)
        try:
            self._change(place.fid, values)
        except ReviewProblem:
            self._replace_squares(place.place, before.squares)
            raise
        self._undo.append(before)
        for name, value in values.items():
            setattr(place, name, value)

    def set_note(self, place, note) -> None:
        """Write a note without deciding."""
        self._ensure_writable()
        self._change(place.fid, {fields.NOTE: note or None})
        place.note = note or None

    def can_undo(self) -> bool:
        """Whether a decision was made since the file was opened."""
        return bool(self._undo)

    def undo(self) -> int:
        """Take the last decision back; gives the feature id of its place."""
        self._ensure_writable()
        before = self._undo[-1]
        now = self._replace_squares(before.place, before.squares)
        try:
            self._change(before.fid, before.values)
        except ReviewProblem:
            self._replace_squares(before.place, now)
            raise
        return self._undo.pop().fid

    def _ensure_writable(self):
        """GDAL would hold the window up for many seconds where another program has locked the file."""
        problem = lock_of(self.path)
        if problem:
            raise self._refused(problem)

    def _change(self, fid, values):
        layer = self._layer(self._places_id)
        numbers = {layer.fields().indexOf(name): value for name, value in values.items()}
        if not layer.dataProvider().changeAttributeValues({fid: numbers}):
            raise self._refused(_errors(layer))
        _tell(layer)

    def _replace_squares(self, place, squares) -> list:
        """Put squares [(geometry, attributes)] in the place of those of a place; gives these."""
        layer = self._layer(self._training_id)
        request = QgsFeatureRequest().setFilterExpression(f'"{fields.PLACE}" = {int(place)}')
        names = (fields.PLACE, fields.DESIGN, fields.CLASS_ID, fields.CLASS_NAME)
        old = list(layer.getFeatures(request))
        provider = layer.dataProvider()
        new = []
        if squares:
            # First the new ones: whatever fails, nothing is lost.
            done, new = provider.addFeatures([_feature(layer, *square) for square in squares])
            if not done:
                raise self._refused(_errors(layer))
        if old and not provider.deleteFeatures([feature.id() for feature in old]):
            problem = self._refused(_errors(layer))
            provider.deleteFeatures([feature.id() for feature in new])
            raise problem
        if old or squares:
            _tell(layer)
        return [(feature.geometry(), {name: _plain(feature[name]) for name in names}) for feature in old]

    def _layer(self, layer_id):
        layer = QgsProject.instance().mapLayer(layer_id)
        if layer is None:
            raise ReviewProblem(tr("A layer of the review was removed. Open the review file again."))
        return layer

    def _refused(self, why) -> ReviewProblem:
        text = tr("Free the review file: it is locked or read-only.")
        details = tr(
            "The decision could not be written to {}: the file is read-only, or another program is using it. Nothing"
            " was changed; free the file and decide again."
        )
        return ReviewProblem(text, f"{details.format(self.path)}\n\n{why}".strip())


def _errors(layer) -> str:
    provider = layer.dataProvider()
    found = "; ".join(provider.errors()) or provider.lastError()
    provider.clearErrors()
    return found


def _feature(layer, geometry, attributes) -> QgsFeature:
    feature = QgsFeature(layer.fields())
    geometry = QgsGeometry(geometry)
    if QgsWkbTypes.isMultiType(layer.wkbType()):
        geometry.convertToMultiType()
    feature.setGeometry(geometry)
    for name, value in attributes.items():
        feature[name] = value
    return feature


def _tell(layer):
    """Tables and maps that show the layer follow; a change through its provider they do not hear of by themselves."""
    layer.dataProvider().dataChanged.emit()
    layer.triggerRepaint()


def _plain(value):
    return None if value is None or value == NULL else value
