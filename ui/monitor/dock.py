"""The dock that shows how trainings are getting on, wherever they were started from."""

from __future__ import annotations

from pathlib import Path

from qgis.gui import QgsCollapsibleGroupBox, QgsDockWidget
from qgis.PyQt.QtCore import Qt, QTimer, QUrl
from qgis.PyQt.QtGui import QDesktopServices
from qgis.PyQt.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from ...plugin.runs import RUNS
from ...processing_provider.parameters import tr
from ..widgets import scrolled, wrapped
from . import wording
from .curves import Curves
from .sheets import Sheets
from .watched import TRAININGS, WatchedRun

MOST_RUNS = 20
# Events may come faster than anybody can look.
REFRESH_MS, CLOCK_MS = 250, 1000


class MonitorDock(QgsDockWidget):
    """Shows the trainings of this session: curves, sample predictions, time; and lets them end early.

    It shows itself when a run sends its first figure, or a forest one that takes a while; but not again after it was
    closed.
    """

    def __init__(self, iface, project):
        super().__init__(iface.mainWindow())
        self.setObjectName("LandloomMonitor")
        self._watched: dict[int, WatchedRun] = {}
        self._waiting: dict[int, WatchedRun] = {}  # those that have sent no figure yet
        self._was_closed = False
        self._build()
        self._refresh_soon = QTimer(self, singleShot=True, interval=REFRESH_MS)
        self._refresh_soon.timeout.connect(self.refresh)
        self._clock = QTimer(self, interval=CLOCK_MS)
        self._clock.timeout.connect(self._show_state)
        RUNS.began.connect(self._begin)
        RUNS.told.connect(self._take)
        RUNS.ended.connect(self._end)
        self.refresh()

    def close_down(self) -> None:
        """Let go of everything; the dock is not used any more."""
        for signal, slot in ((RUNS.began, self._begin), (RUNS.told, self._take), (RUNS.ended, self._end)):
            signal.disconnect(slot)
        self._clock.stop()
        self._refresh_soon.stop()

    # --- widgets ------------------------------------------------------------------------------

    def _build(self):
        self.runs = QComboBox()
        self.runs.setAccessibleName(tr("Training"))
        self.runs.setToolTip(tr("The trainings of this session; the last one is shown by itself."))
        self.runs.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.runs.setMinimumContentsLength(12)
        self.runs.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.runs.currentIndexChanged.connect(lambda _: self._show_run())
        self.epoch, self.time, self.best, self.note = (_words() for _ in range(4))
        self.progress = QProgressBar(maximum=1000, textVisible=False)
        self.stop = QPushButton()
        self.stop.clicked.connect(self._ask_to_finish)
        self.report = QPushButton(tr("Open &report"))
        self.report.clicked.connect(self._open_report)
        buttons = QHBoxLayout()
        buttons.addWidget(self.stop)
        buttons.addWidget(self.report)
        buttons.addStretch()
        self.curves, self.sheets = Curves(), Sheets()
        self._sheet_box = _box(tr("Sample predictions"), self.sheets)
        inside = QWidget()
        column = QVBoxLayout(inside)
        for widget in (self.runs, self.epoch, self.progress, self.time, self.best, self.note):
            column.addWidget(widget)
        column.addLayout(buttons)
        column.addWidget(_box(tr("Curves"), self.curves))
        column.addWidget(self._sheet_box)
        column.addStretch()
        self.setWidget(scrolled(inside))

    # --- what happens -------------------------------------------------------------------------

    def _begin(self, run):
        watched = WatchedRun(run)
        if run.stage in TRAININGS:
            self._list(watched)
        else:
            self._waiting[run.number] = watched

    def _take(self, run, event):
        if run.number in self._waiting and event["type"] == "metric":
            self._list(self._waiting.pop(run.number))
        watched = self._watched.get(run.number) or self._waiting.get(run.number)
        if watched is None or not watched.take(event) or run.number in self._waiting:
            return
        if event["type"] == "metric" and not watched.announced and watched.worth_showing:
            watched.announced = True
            if not self._was_closed:
                self.show()
                self.raise_()
        if watched is self.current() and not self._refresh_soon.isActive():
            self._refresh_soon.start()

    def _end(self, run):
        self._waiting.pop(run.number, None)
        if run.number in self._watched:
            self.refresh()

    def _list(self, watched):
        """Take a run into the list; it is chosen unless another one that still runs is."""
        before = self.current()
        self._watched[watched.run.number] = watched
        over = [number for number, one in self._watched.items() if not one.running]
        for number in over[: max(len(self._watched) - MOST_RUNS, 0)]:
            del self._watched[number]
            self.runs.removeItem(self.runs.findData(number))
        self.runs.addItem("", watched.run.number)
        if before is None or not before.running:
            self.runs.setCurrentIndex(self.runs.count() - 1)
        self.refresh()

    def current(self):
        """The run that is shown; None where there is none."""
        return self._watched.get(self.runs.currentData())

    def _ask_to_finish(self):
        watched = self.current()
        if watched is not None and watched.may_finish:
            watched.run.ask_to_finish()
            self.refresh()

    def _open_report(self):
        path = self._report_path()
        if path:
            QDesktopServices.openUrl(QUrl.fromLocalFile(path))

    def _report_path(self):
        watched = self.current()
        path = watched.run.outputs.get("report") if watched else None
        return path if path and Path(path).exists() else ""

    # --- showing it ---------------------------------------------------------------------------

    def showEvent(self, event):  # noqa: N802
        """What was heard while nobody looked is drawn now."""
        super().showEvent(event)
        self._was_closed = False
        self.refresh()

    def closeEvent(self, event):  # noqa: N802
        """Who closes the dock does not want it to come again by itself."""
        self._was_closed = True
        super().closeEvent(event)

    def refresh(self) -> None:
        """Bring everything up to date."""
        for number, watched in self._watched.items():
            text = tr("{}, {} – {}").format(
                wording.name(watched.run), wording.time_of_day(watched.run.began), wording.state(watched)
            )
            self.runs.setItemText(self.runs.findData(number), text)
        self.runs.setVisible(bool(self._watched))
        self._show_run()

    def _show_run(self):
        watched = self.current()
        self._show_state()
        if self.isVisible():
            self.curves.show_run(watched)
            self._sheet_box.setVisible(bool(watched and watched.sheets))
            self.sheets.show_run(watched)
        (self._clock.start if watched and watched.running else self._clock.stop)()

    def _show_state(self):
        watched = self.current()
        for widget in (self.time, self.best, self.progress, self.stop, self.report):
            widget.setVisible(watched is not None)
        if watched is None:
            self.epoch.setText(tr("No training has run in this session yet. Start one from the Processing Toolbox."))
            self.note.hide()
            return
        self.epoch.setText(tr("{}: {}").format(wording.state(watched).capitalize(), wording.how_far(watched)))
        self.progress.setVisible(watched.running)
        self.progress.setValue(round(1000 * watched.fraction))
        elapsed, left = wording.duration(watched.elapsed_s()), watched.left_s()
        if watched.running and left is not None and not watched.run.finish_asked:
            self.time.setText(tr("Running for {}, at most {} left").format(elapsed, wording.duration(left)))
        else:
            self.time.setText((tr("Running for {}") if watched.running else tr("Took {}")).format(elapsed))
        self.best.setText(wording.best(watched))
        self.best.setVisible(bool(self.best.text()))
        text, why = wording.stopping(watched)
        self.stop.setText(text)
        self.stop.setToolTip(why)
        self.stop.setVisible(watched.running and watched.can_end_early)
        self.stop.setEnabled(watched.may_finish)
        self.report.setVisible(bool(self._report_path()))
        self.note.setText(wording.note(watched))
        self.note.setVisible(bool(self.note.text()))


def _words():
    label = wrapped()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


def _box(title, widget):
    box = QgsCollapsibleGroupBox(title)
    QVBoxLayout(box).addWidget(widget)
    return box
