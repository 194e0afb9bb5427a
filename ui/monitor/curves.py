"""The curves of a run, a plot a group of figures."""

from __future__ import annotations

from qgis.PyQt.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from ...processing_provider.parameters import tr
from ..plotting.plot import SAFE_COLOURS, Curve, Plot
from ..widgets import wrapped
from . import wording

BEST_COLOUR = "#e69f00"
# Figures whose size varies by orders of magnitude.
LOGARITHMIC = (*wording.LOSS, wording.RATE)


class Curves(QWidget):
    """Plots below each other, with what is to be seen of them."""

    def __init__(self, parent=None):
        super().__init__(parent)
        self.logarithmic = QCheckBox(tr("Log scale"))
        self.logarithmic.setToolTip(
            tr("Losses by their logarithm: shows small differences of late epochs beside the large ones of the first.")
        )
        self.rate = QCheckBox(tr("Learning rate"))
        self.plots: list[Plot] = []
        self._watched = None
        choices = QHBoxLayout()
        choices.addWidget(self.logarithmic)
        choices.addWidget(self.rate)
        choices.addStretch()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addLayout(choices)
        self.explanation = wrapped()
        self._column.addWidget(self.explanation)
        for box in (self.logarithmic, self.rate):
            box.toggled.connect(self._draw)
        self._draw()

    def show_run(self, watched) -> None:
        """Draw the curves of a run; None for none."""
        self._watched = watched
        self._draw()

    def _draw(self, *_):
        found = self._watched.curves if self._watched else {}
        grows = bool(self._watched and self._watched.grows)
        empty = tr("No trees are grown yet.") if grows else tr("No epoch is finished yet.")
        groups = wording.plots(found, self.rate.isChecked()) or [(tr("Accuracy") if grows else tr("Loss"), [])]
        self.explanation.setText(wording.explained(found))
        self.explanation.setVisible(bool(self.explanation.text()))
        for box in (self.logarithmic, self.rate):
            box.setVisible(not grows)
        while len(self.plots) < len(groups):
            plot = Plot()
            self.plots.append(plot)
            self._column.addWidget(plot)
        for plot, (title, names) in zip(self.plots, groups):
            plot.set_logarithmic(self.logarithmic.isChecked() and any(name in LOGARITHMIC for name in names))
            plot.set_empty_text(empty)
            plot.set_labels(title, tr("Trees") if grows else tr("Epoch"))
            plot.set_curves(self._curves(names))
            plot.show()
        for plot in self.plots[len(groups) :]:
            plot.hide()

    def _curves(self, names):
        drawn = []
        for name, colour in zip(names, SAFE_COLOURS):
            points = sorted(self._watched.curves[name].items())
            within = name == "running_train_loss"
            drawn.append(
                Curve(
                    wording.title(name),
                    SAFE_COLOURS[5] if within else colour,
                    [step for step, _ in points],
                    [value for _, value in points],
                    dashed=within,
                )
            )
        if self._watched and self._watched.best and self._watched.best[0] in names:
            _, step, value = self._watched.best
            drawn.append(Curve(tr("Best epoch"), BEST_COLOUR, [step], [value]))
        return drawn
