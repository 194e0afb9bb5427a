"""Numbers that the steps show and that take a while to find: threads do, and the dock shows them when they come."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from osgeo import gdal, ogr
from qgis.core import QgsProject
from qgis.PyQt.QtCore import QObject, pyqtSignal

from ...landloom.stages._places import OPEN, PLACES, STATE
from ..background import Background
from ..polygon_sums import question, sum_up


@dataclass(frozen=True)
class PlaceCounts:
    """How many places of a review file are decided, of how many; `total` is None where the file cannot be read."""

    decided: int
    total: int | None


class Counting(QObject):
    """`polygons` are the PolygonSums of the training polygons, `places` the PlaceCounts of the review file.

    While either is counted anew the earlier one stands; None is what has never been counted. `changed` is emitted when
    numbers have come.
    """

    changed = pyqtSignal()

    def __init__(self, project, parent=None):
        super().__init__(parent)
        self._project = project
        self._polygons, self._places = _Number(sum_up, self), _Number(count_places, self)
        for number in (self._polygons, self._places):
            number.changed.connect(self.changed)
        self._edits = 0
        QgsProject.instance().cleared.connect(self.forget)

    @property
    def polygons(self):
        """None: not known yet."""
        return self._polygons.value

    @property
    def places(self):
        """None: not known yet."""
        return self._places.value

    def look_again(self) -> None:
        """The polygons may have changed."""
        self._edits += 1

    def forget(self) -> None:
        """The numbers are of another project: its layers may come back with the same ids."""
        self._polygons.forget()
        self._places.forget()

    def ask(self) -> None:
        """Count what may have changed since it was counted."""
        layer, field = self._project.polygons(), self._project.class_field()
        if layer is None or layer.fields().indexOf(field) < 0:
            self._polygons.forget()
        else:
            self._polygons.ask((layer.id(), field), self._edits, lambda: question(layer, field))
        path = self._project.file("review")
        state = _file_state(path)
        if state is None:
            self._places.forget()
        else:
            self._places.ask(path, state, lambda: (path,))

    def close_down(self) -> None:
        """Listen no more."""
        QgsProject.instance().cleared.disconnect(self.forget)


class _Number(QObject):
    """What a function says of a subject in one of its states; `value` is the latest answer on the subject."""

    changed = pyqtSignal()

    def __init__(self, function, parent):
        super().__init__(parent)
        self._function, self._background = function, Background(self)
        self._background.answered.connect(self._take)
        self.forget()

    def ask(self, subject, state, arguments):
        """Have it found, unless that is known or under way; `arguments` gives what the function needs."""
        if self._asked == (subject, state):
            return
        if self._asked is None or self._asked[0] != subject:
            self.value = None
        self._asked = subject, state
        self._background.ask(_answer, self._asked, self._function, arguments())

    def forget(self):
        """There is no subject; an answer that is under way is dropped."""
        self.value, self._asked = None, None

    def _take(self, answer):
        if answer is not None and answer[0] == self._asked:
            self.value = answer[1]
            self.changed.emit()


def _answer(asked, function, arguments):
    return asked, function(*arguments)


def _file_state(path):
    """What changes with a file, which has a journal beside it while QGIS uses it; None where there is none."""
    if not path or not Path(path).is_file():
        return None
    files = [file.stat() for file in (Path(path), Path(f"{path}-wal")) if file.is_file()]
    return [(file.st_mtime_ns, file.st_size) for file in files]


def count_places(path) -> PlaceCounts:
    """Count the decided places of a review file."""
    gdal.PushErrorHandler("CPLQuietErrorHandler")
    try:
        file = ogr.Open(path)
        layer = file.GetLayerByName(PLACES)
        total = layer.GetFeatureCount()
        if layer.SetAttributeFilter(f"{STATE} = '{OPEN}'") != ogr.OGRERR_NONE:
            return PlaceCounts(0, None)
        return PlaceCounts(total - layer.GetFeatureCount(), total)
    except (RuntimeError, AttributeError):  # whether GDAL raises or gives None is any plugin's choice
        return PlaceCounts(0, None)
    finally:
        gdal.PopErrorHandler()
