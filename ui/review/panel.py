"""The review dock's widgets; what they do stands in dock.py."""

from __future__ import annotations

from qgis.gui import QgsCollapsibleGroupBox
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QSpinBox,
    QStyle,
    QVBoxLayout,
    QWidget,
)

from ...processing_provider.adapter import ICONS
from ...processing_provider.parameters import tr
from ..widgets import scrolled, swatch, swatch_icon
from . import widgets

# Sides of the training square in pixels.
SQUARES = (0, 1, 3, 5)


class ReviewPanel(QWidget):
    """All widgets of the dock; `page` holds those of a review."""

    def __init__(self, parent=None):
        super().__init__(parent)
        self.open_button = widgets.button(
            tr("Open…"), tr("Open a review file (GeoPackage)"), theme="mActionFileOpen.svg"
        )
        self.queue_button = widgets.button(
            tr("New queue…"), tr("Choose places of the map to be looked at"), theme="mActionAdd.svg"
        )
        self.hint = widgets.text("")
        self.page = self._make_page()
        area = scrolled(self.page)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        bar = area.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent)
        area.setMinimumWidth(self.page.minimumSizeHint().width() + bar)
        self.area = area
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.addLayout(widgets.row(self.open_button, self.queue_button))
        layout.addWidget(self.hint)
        layout.addWidget(area, 1)
        layout.addStretch()

    def set_classes(self, classes, choose):
        """A button for each class; `choose` gets its number from 0."""
        while self._classes.count():
            self._classes.takeAt(0).widget().deleteLater()
        self.class_buttons = []
        for number, land_class in enumerate(classes):
            key = str((number + 1) % 10) if number < 10 else ""
            button = widgets.button(f"{key}  {land_class.name.replace('&', '&&')}", land_class.name)
            button.setIcon(swatch_icon(land_class.colour))
            button.setStyleSheet("text-align: left; padding: 4px;")
            button.setMinimumHeight(2 * self.fontMetrics().height())
            button.clicked.connect(lambda _=False, number=number: choose(number))
            self.class_buttons.append(button)
        widest = max((self.fontMetrics().horizontalAdvance(button.text()) for button in self.class_buttons), default=0)
        columns = 2 if widest < 8 * self.fontMetrics().averageCharWidth() + 40 and len(classes) > 4 else 1
        for number, button in enumerate(self.class_buttons):
            self._classes.addWidget(button, number // columns, number % columns)

    def _make_page(self):
        page = QWidget()
        page.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        page.setAccessibleName(tr("Place to review"))
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        self.decided, self.done = widgets.text(""), widgets.text("")
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)  # which not every theme makes readable
        self.progress.setMaximumHeight(self.fontMetrics().height() // 2)
        layout.addWidget(self.decided)
        layout.addWidget(self.progress)
        layout.addWidget(self.done)
        layout.addLayout(self._make_navigation())
        layout.addLayout(self._make_facts())
        self._classes = QGridLayout()
        self._classes.setSpacing(3)
        self.class_buttons = []
        layout.addLayout(self._classes)
        layout.addLayout(self._make_decisions())
        layout.addLayout(self._make_options())
        layout.addWidget(self._make_comparison())
        layout.addWidget(self._make_results())
        layout.addStretch()
        return page

    def _make_navigation(self):
        self.previous = widgets.tool("mActionArrowLeft.svg", tr("Previous place (left arrow or P)"))
        self.next = widgets.tool("mActionArrowRight.svg", tr("Next place (right arrow or N)"))
        self.first_open = widgets.tool("mActionDoubleArrowRight.svg", tr("First open place"))
        self.number = QLabel()
        font = self.number.font()
        font.setBold(True)
        self.number.setFont(font)
        self.filter = QComboBox()
        self.filter.addItem(tr("Open places"), True)
        self.filter.addItem(tr("All places"), False)
        self.filter.setToolTip(tr("Which places Previous and Next go to"))
        row = widgets.row(self.previous, self.next, self.first_open, self.number)
        row.addStretch()
        return row

    def _make_facts(self):
        self.facts = {}
        self._swatches = {}
        self._facts = QFormLayout()
        self._facts.setVerticalSpacing(2)
        for name, label, tip in (
            ("map", tr("Map:"), tr("The map's class at this place")),
            ("other", tr("Other map:"), tr("The class of the other map or reference at this place")),
            ("score", tr("Uncertainty:"), tr("The higher, the less sure the model is here")),
            ("model", tr("Model:"), tr("The probabilities of the classes at this place")),
            ("decision", tr("Decided:"), tr("What was decided at this place")),
        ):
            value, colour = widgets.text(""), QLabel()
            value.setToolTip(tip)
            holder = QWidget()
            row = QHBoxLayout(holder)
            row.setContentsMargins(0, 0, 0, 0)
            row.addWidget(colour)
            row.addWidget(value, 1)
            self._facts.addRow(label, holder)
            self.facts[name] = (holder, colour, value)
        return self._facts

    def set_fact(self, name, text, colour=None):
        """Show one of the facts about a place, with a class's colour; an empty text hides it."""
        holder, label, value = self.facts[name]
        value.setText(text)
        label.setVisible(bool(colour))
        if colour:
            label.setPixmap(swatch(colour))
        holder.setVisible(bool(text))
        self._facts.labelForField(holder).setVisible(bool(text))

    def _make_decisions(self):
        self.accept = widgets.button(tr("Accept (Space)"), tr("The map is right here (Space or Enter)"))
        self.skip = widgets.button(tr("Skip (S)"), tr("It cannot be told what is here (S)"))
        self.undo = widgets.tool("mActionUndo.svg", tr("Take the last decision back (Ctrl+Z)"))
        for button in (self.accept, self.skip):
            button.setMinimumHeight(2 * self.fontMetrics().height())
        self.undo.setMinimumHeight(2 * self.fontMetrics().height())
        return widgets.row(self.accept, self.skip, self.undo)

    def _make_options(self):
        self.note = widgets.Note(self)
        self.note.setPlaceholderText(tr("What you saw"))
        self.note.setToolTip(tr("A note on this place. After Enter the keys are those of the review again."))
        self.square = QComboBox()
        names = (tr("none"), tr("1 pixel"), tr("3 × 3 pixels"), tr("5 × 5 pixels"))
        for name, size in zip(names, SQUARES):
            self.square.addItem(name, size)
        self.blind = QCheckBox(tr("Hide the map until decided"))
        self.blind.setToolTip(
            tr(
                "Neither the map nor its class is shown before you have decided, so that they do not sway you: for"
                " reference data that are to tell how good the map is."
            )
        )
        form = QFormLayout()
        form.addRow(tr("N&ote:"), self.note)
        form.addRow(tr("&Go to:"), self.filter)
        form.addRow(tr("&Training square:"), self.square)
        form.addRow(self.blind)
        return form

    def _make_comparison(self):
        box = QgsCollapsibleGroupBox(tr("Map and image"))
        self.flicker = widgets.button(tr("Map (F)"), tr("Show or hide the map (F)"), ICONS / "flicker.svg")
        self.swipe = widgets.button(
            tr("Swipe (W)"), tr("Map left and image right of the mouse on the canvas (W)"), ICONS / "swipe.svg"
        )
        for button in (self.flicker, self.swipe):
            button.setCheckable(True)
        self.by_itself = QCheckBox(tr("Flicker every"))
        self.by_itself.setToolTip(tr("Show and hide the map by itself"))
        self.seconds = QDoubleSpinBox()
        self.seconds.setRange(0.2, 10)
        self.seconds.setSingleStep(0.2)
        self.seconds.setDecimals(1)
        self.seconds.setSuffix(tr(" s"))
        self.seconds.setAccessibleName(tr("Seconds between map and image"))
        self.zoom = QSpinBox()
        self.zoom.setRange(5, 2000)
        self.zoom.setSingleStep(5)
        self.zoom.setSuffix(tr(" pixels"))
        self.zoom.setToolTip(tr("How much of the map is shown around a place"))
        layout = QVBoxLayout(box)
        layout.addLayout(widgets.row(self.flicker, self.swipe))
        layout.addLayout(widgets.row(self.by_itself, self.seconds))
        form = QFormLayout()
        form.addRow(tr("&View:"), self.zoom)
        layout.addLayout(form)
        return box

    def _make_results(self):
        box = QgsCollapsibleGroupBox(tr("Use the review"))
        self.add = widgets.button(
            tr("Add to training polygons"),
            tr("Add the training squares of this review to the project's training polygons, each once"),
            ICONS / "polygons.svg",
        )
        self.evaluate = widgets.button(
            tr("Evaluate the map…"), tr("How good the map is by the decided places"), ICONS / "evaluate.svg"
        )
        layout = QVBoxLayout(box)
        layout.addWidget(self.add)
        layout.addWidget(self.evaluate)
        return box
