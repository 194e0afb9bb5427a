"""The review dock: place by place, is the map right?"""

from __future__ import annotations

from pathlib import Path

from qgis.core import Qgis, QgsProject
from qgis.gui import QgsDockWidget
from qgis.PyQt.QtCore import QTimer

from ...landloom.stages import _places as fields
from ...processing_provider.parameters import tr
from ..opening import open_algorithm, queue_values
from ..project import fresh
from . import loading
from .panel import ReviewPanel
from .review_file import ReviewProblem
from .reviewer import Reviewer
from .training import AddingSquares


class ReviewDock(QgsDockWidget):
    """Opens review files, follows the project, and leads on to what a review is for."""

    def __init__(self, iface, project):
        super().__init__(iface.mainWindow())
        self.setObjectName("LandloomReview")
        self._project, self._messages = project, iface.messageBar()
        self.panel = ReviewPanel(self)
        self.setWidget(self.panel)
        self._reviewer = Reviewer(self.panel, iface.mapCanvas(), project, self)
        self.compare = self._reviewer.comparison.compare
        self._adding = AddingSquares(lambda: self.review, project, self)
        self._left = None  # a review that is not to be opened again by itself
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._reviewer.go_on)
        self._connect()
        self._follow_project()
        self._reviewer.show()

    @property
    def review(self):
        """The review file that is open; None for none."""
        return self._reviewer.review

    def open_review(self, path) -> bool:
        """Open a review file and go to its first open place; says why where it cannot."""
        try:
            review = loading.open_file(path)
        except ReviewProblem as problem:
            self._left = str(path)
            self._refuse(problem)
            return False
        self._reviewer.begin(review)
        self._project.set_file("review", review.path)
        if not self.compare.has_layer():
            self._say(tr("The map of this review was not found, so it cannot be shown: {}").format(review.map))
        if loading.is_temporary(review.path):
            self._say(
                tr(
                    "This review lies in a temporary file, which is deleted when QGIS ends. To keep it, save the"
                    " project before you make a queue, or choose a file for its places."
                )
            )
        self._later.start(0)  # with the first layers of a project QGIS shows all of them
        return True

    def close_down(self):
        """Leave QGIS as it was; the plugin can be loaded again."""
        self.visibilityChanged.disconnect(self._reviewer.set_in_front)
        self._project.changed.disconnect(self._follow_project)
        self._adding.stop()
        QgsProject.instance().cleared.disconnect(self._forget)
        self._reviewer.close_down()

    def _connect(self):
        panel = self.panel
        panel.open_button.clicked.connect(self._choose_file)
        panel.queue_button.clicked.connect(lambda: open_algorithm("queue_places", queue_values(self._project)))
        panel.add.clicked.connect(lambda: self._adding.start())
        panel.evaluate.clicked.connect(self._evaluate)
        self._adding.busy.connect(lambda busy: panel.add.setEnabled(not busy))
        self._adding.added.connect(lambda text: self._say(text, Qgis.MessageLevel.Success))
        self._adding.failed.connect(self._refuse)
        self._reviewer.failed.connect(self._refuse)
        self._project.changed.connect(self._follow_project)
        QgsProject.instance().cleared.connect(self._forget)
        self.visibilityChanged.connect(self._reviewer.set_in_front)

    def _choose_file(self):
        path = loading.ask_for_file(self, self._project)
        if path and self.open_review(path):
            self.panel.page.setFocus()

    def take_queue(self, path):
        """Go on with a queue that has just been made."""
        self.setUserVisible(True)
        if self.open_review(path):
            self.panel.page.setFocus()

    def _follow_project(self):
        review, path = self.review, self._project.file("review")
        if review and not (review.places_layer() and review.training_layer()):
            self._reviewer.end()
            self._left = review.path
        elif path and path != self._left and loading.is_shown(path):
            if review is None or Path(path) != Path(review.path):
                self.open_review(path)
            else:
                self._reviewer.find_map()

    def _forget(self):
        self._left = None

    def _evaluate(self):
        layer = loading.find_map(self.review)
        given = {
            "MAP": layer.id() if layer else self.review.map,
            "REFERENCE": self.review.places_layer().id(),
            "CLASS_FIELD": fields.CLASS_ID,
            "METRICS": fresh("evaluation", ".json"),
            "REPORT": fresh("evaluation", ".html"),
        }
        if self._reviewer.queue.is_random():
            given.update(STRATUM_FIELD=fields.STRATUM, WEIGHT_FIELD=fields.WEIGHT)
        open_algorithm("evaluate", given)

    def _refuse(self, problem):
        if problem.details:  # behind the button "…"
            self._messages.pushMessage(self.windowTitle(), str(problem), problem.details, Qgis.MessageLevel.Warning, -1)
        else:
            self._say(str(problem))

    def _say(self, text, level=Qgis.MessageLevel.Warning):
        self._messages.pushMessage(self.windowTitle(), text, level)
