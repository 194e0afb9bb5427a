"""Going from place to place and deciding, by the panel's buttons and by keys."""

from __future__ import annotations

from qgis.core import QgsCsException, QgsSettings
from qgis.PyQt.QtCore import QObject, pyqtSignal

from ...processing_provider.parameters import tr
from . import keys, loading
from .compare import Comparison
from .facts import show_facts, square_tip
from .on_canvas import PlaceOnCanvas
from .panel import SQUARES
from .places_queue import Queue
from .review_file import ReviewProblem

ZOOM = "landloom/review/zoom"


class Reviewer(QObject):
    """Leads through the places of `review` (None: of none).

    `failed` gives the ReviewProblem why something could not be done.
    """

    failed = pyqtSignal(object)

    def __init__(self, panel, canvas, project, parent):
        super().__init__(parent)
        self._panel, self._canvas, self._project = panel, canvas, project
        self.review, self.queue = None, Queue([])
        self._in_front, self._unseen = False, True
        self.comparison = Comparison(panel, canvas, project, self)
        self._on_canvas = PlaceOnCanvas(canvas)
        compare = self.comparison.compare
        self._actions = {
            keys.ACCEPT: lambda: self._decide(self.queue.current.map_class),
            keys.SKIP: lambda: self._decide(None),
            keys.NEXT: lambda: self.go_on(lambda: self.queue.move(1)),
            keys.PREVIOUS: lambda: self.go_on(lambda: self.queue.move(-1)),
            keys.FLICKER: compare.flicker,
            keys.SWIPE: lambda: compare.set_swiping(not compare.is_swiping()),
            keys.UNDO: self._undo,
        }
        self._keys = keys.ReviewKeys(canvas, panel.page, self._wants, self._act)
        self._connect()

    def begin(self, review):
        """Take up a review at its first open place."""
        self.end()
        self.review, self.queue = review, Queue(review.places(), self._panel.filter.currentData())
        review.places_layer().afterCommitChanges.connect(self._renew)
        self._panel.set_classes(review.classes, self._press)
        self.comparison.compare.set_layer(loading.add_map(review))
        at_random = self.queue.is_random()
        self._panel.blind.setChecked(at_random)
        self._panel.square.setCurrentIndex(SQUARES.index(0 if at_random else 3))
        self._panel.square.setToolTip(square_tip(at_random))
        self.go_on()

    def end(self):
        """Leave the review, if any; what was decided is in its file."""
        if self.review is not None:
            layer = self.review.places_layer()
            if layer is not None:
                layer.afterCommitChanges.disconnect(self._renew)
            self.comparison.close_down()
        self.review, self.queue = None, Queue([])
        self._panel.note.setModified(False)
        self.show()

    def close_down(self):
        """Leave QGIS as it was."""
        self.end()
        self._keys.close_down()
        self._canvas.destinationCrsChanged.disconnect(self.show)
        self._on_canvas.close_down()

    def set_in_front(self, in_front):
        """Whether the dock is to be seen: else the canvas and its keys are left alone."""
        self._in_front = in_front
        if not in_front:
            self.comparison.compare.set_swiping(False)
        elif self._unseen:
            self._zoom()
        self.show()

    def go_on(self, move=None):
        """Go to another place, and show it in the dock and on the canvas."""
        if self.review is None:
            return
        self.find_map()
        if move is not None and self._save_note():
            move()
        self.show()
        self._zoom()

    def find_map(self):
        """Follow the layers of the project."""
        self.comparison.compare.set_layer(loading.find_map(self.review))
        self.comparison.show()

    def show(self, _=None):
        """Show the current place in the dock and outline it on the canvas."""
        place = self.queue.current
        show_facts(self._panel, self.review, self.queue, self._is_blind(), self._project)
        if place is not None and self._in_front:
            self._on_canvas.outline(self.review, place, self._panel.square.currentData())
        else:
            self._on_canvas.hide()
        self.comparison.hide_map(self._is_blind() and self._in_front)
        for button, action in ((self._panel.accept, keys.ACCEPT), (self._panel.undo, keys.UNDO)):
            button.setEnabled(self._can(action))

    def _connect(self):
        panel = self._panel
        for button, action in (
            *((panel.accept, keys.ACCEPT), (panel.skip, keys.SKIP), (panel.undo, keys.UNDO), (panel.next, keys.NEXT)),
            *((panel.previous, keys.PREVIOUS), (panel.flicker, keys.FLICKER), (panel.swipe, keys.SWIPE)),
        ):
            button.clicked.connect(lambda _=False, action=action: self._press(action))
        panel.first_open.clicked.connect(lambda: self.go_on(self.queue.first_open))
        panel.filter.currentIndexChanged.connect(self._filter)
        panel.note.editingFinished.connect(self._save_note)
        for signal in (panel.square.currentIndexChanged, panel.blind.toggled, self._canvas.destinationCrsChanged):
            signal.connect(self.show)
        panel.zoom.setValue(QgsSettings().value(ZOOM, 40, type=int))
        panel.zoom.valueChanged.connect(self._zoom)

    def _wants(self, action) -> bool:
        """Whether the key of an action is ours now."""
        return self._in_front and self._can(action)

    def _can(self, action) -> bool:
        if self.review is None or self.queue.current is None:
            return False
        if action in (keys.FLICKER, keys.SWIPE):
            return self.comparison.is_possible()
        if action == keys.ACCEPT:
            return not self._is_blind()
        if action == keys.UNDO:
            return self.review.can_undo()
        return not isinstance(action, int) or action < min(10, len(self.review.classes))

    def _act(self, action):
        if action in self._actions:
            self._actions[action]()
        else:
            self._decide(self.review.classes[action].id)

    def _press(self, action):
        self._act(action)
        self._panel.page.setFocus()
        self.comparison.show()

    def _decide(self, class_id):
        if self._try(self.review.decide, self.queue.current, class_id, self._note(), self._panel.square.currentData()):
            self.go_on(self.queue.advance)

    def _undo(self):
        try:
            fid = self.review.undo()
        except ReviewProblem as problem:
            self.failed.emit(problem)
            return
        self._renew()
        self.go_on(lambda: self.queue.go_to(fid))

    def _save_note(self) -> bool:
        """Write a note that was typed; False where that is not possible."""
        place = self.queue.current
        if place is not None and self._note() != (place.note or ""):
            return self._try(self.review.set_note, place, self._note())
        return True

    def _note(self) -> str:
        return self._panel.note.text().strip()

    def _try(self, change, *values) -> bool:
        try:
            change(*values)
        except ReviewProblem as problem:
            self.failed.emit(problem)
            return False
        self._panel.note.setModified(False)
        return True

    def _renew(self):
        self.queue.renew(self.review.places())
        self.show()

    def _filter(self, _):
        self.queue.open_only = self._panel.filter.currentData()
        self.show()

    def _zoom(self, _=None):
        QgsSettings().setValue(ZOOM, self._panel.zoom.value())
        self._unseen = not self._in_front
        if self.queue.current is None or self._unseen:
            return
        try:
            self._on_canvas.zoom(self.review, self.queue.current, self._panel.zoom.value())
        except QgsCsException:
            text = tr("The place lies where the project's coordinate reference system does not reach.")
            self.failed.emit(ReviewProblem(text))

    def _is_blind(self) -> bool:
        place = self.queue.current
        return self._panel.blind.isChecked() and place is not None and place.is_open
