"""The digitizing dock: classes, drawing, live checks and the spectra of the training polygons."""

from __future__ import annotations

from qgis.core import Qgis, QgsApplication
from qgis.gui import QgsCollapsibleGroupBox, QgsDockWidget, QgsMessageBar
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QColor, QIcon
from qgis.PyQt.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from ...processing_provider.adapter import ICONS
from ...processing_provider.parameters import tr
from ..inputs import Inputs
from ..widgets import below, scrolled, wrapped
from .checks import LiveChecks
from .class_panel import ClassPanel
from .drawing import Drawing, can_be_drawn_in, hint_of, number_of
from .grow_tool import GrowTool, tolerance_help
from .layer_classes import field_index
from .spectra import TrainingStatistics
from .spectra_panel import SpectraPanel
from .training_classes import TrainingClasses
from .warnings_list import WarningsList


class DigitizingDock(QgsDockWidget):
    """Shows the training layer of the project; what is chosen here is the project's choice."""

    def __init__(self, iface, project):
        super().__init__(iface.mainWindow())
        self.setObjectName("LandloomDigitizing")
        self._canvas, self._project, self._pan = iface.mapCanvas(), project, iface.actionPan()
        self._shown = None  # ids of layer and image, and the class field, that the dock shows
        self._active = None  # the value of the class that is drawn
        self.grow_tool = GrowTool(self._canvas, project)
        self.drawing = Drawing(iface, self.grow_tool, self)
        self.training = TrainingClasses(self.drawing, self)
        self.checks = LiveChecks(self)
        self.statistics = TrainingStatistics(self)
        self._build()
        self._connect()
        self._follow()

    # --- widgets ------------------------------------------------------------------------------

    def _build(self):
        self.bar = QgsMessageBar()
        self.inputs = Inputs(self._project)
        self.draw = self._tool(QgsApplication.getThemeIcon("mActionCapturePolygon.svg"), tr("&Draw"))
        self.draw.setToolTip(tr("Draw polygons of the chosen class: click corners, right-click to end"))
        self.grow = self._tool(QIcon(str(ICONS / "grow_region.svg")), tr("&Grow region"))
        growing = tr("Click a pixel: a polygon grows over the surroundings that look alike.")
        self.grow.setToolTip(f"{growing}\n{tolerance_help()}")
        tools = QHBoxLayout()
        tools.addWidget(self.draw)
        tools.addWidget(self.grow)
        self.hint = wrapped()
        # As high as it has ever been (see `_tell`): else the table would move below the mouse.
        self.hint.setMinimumHeight(3 * self.fontMetrics().lineSpacing())
        self.hint.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.panel = ClassPanel(self.training.polygon_count, self.training.layer)
        self.warnings = WarningsList()
        self.warnings_box = self._group("LandloomWarnings", self.warnings)
        self.spectra = SpectraPanel(self.statistics)
        spectra_box = self._group("LandloomSpectra", self.spectra)
        spectra_box.setTitle(tr("Spectra and separability"))
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.addWidget(self.inputs)
        layout.addLayout(tools)
        layout.addWidget(self.hint)
        layout.addWidget(self.panel)
        layout.addWidget(self.warnings_box)
        layout.addWidget(spectra_box, 1)
        self.setWidget(below(self.bar, scrolled(content)))

    def _tool(self, icon, text):
        button = QToolButton()
        button.setIcon(icon)
        button.setText(text)
        button.setCheckable(True)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        return button

    def _group(self, name, widget):
        box = QgsCollapsibleGroupBox()
        box.setObjectName(name)  # by which it remembers whether it is open
        QVBoxLayout(box).addWidget(widget)
        return box

    def _connect(self):
        self._project.changed.connect(self._follow)
        self.inputs.changed.connect(self._follow)
        self.draw.clicked.connect(lambda on: self._begin(grow=False) if on else self._pan.trigger())
        self.grow.clicked.connect(lambda on: self._begin(grow=True) if on else self._pan.trigger())
        self.drawing.key_pressed.connect(lambda number: self._choose(number - 1))
        self.drawing.changed.connect(self._show_drawing)
        self.grow_tool.grown.connect(self._add_grown)
        self.grow_tool.told.connect(lambda text: self._tell(text) if text else self._show_drawing())
        self.panel.chosen.connect(self._choose)
        self.panel.edited.connect(self.training.edit)
        self.panel.refused.connect(self._warn)
        self.training.changed.connect(self._show_classes)
        self.training.renamed.connect(self._keep_active)
        self.training.failed.connect(self._warn)
        self.checks.changed.connect(self._show_checks)
        self.statistics.changed.connect(self._show_counts)
        self.warnings.asked.connect(self._show_place)

    def close_down(self) -> None:
        """Let go of everything; the layer stays in edit mode: what was drawn is the user's to save."""
        self._project.changed.disconnect(self._follow)
        self.drawing.close_down()
        self.grow_tool.close_down()
        self.training.let_go()
        self.checks.stop()
        self.spectra.close_down()
        self.statistics.close_down()

    def keyPressEvent(self, event):  # noqa: N802
        """Number keys choose a class wherever in the dock the focus is and the key has no other meaning."""
        if number_of(event):
            self._choose(number_of(event) - 1)
        else:
            super().keyPressEvent(event)

    # --- the project --------------------------------------------------------------------------

    def _follow(self):
        """Show what the project says, where that is something else than what is shown."""
        self.inputs.show_state()
        layer, field = self._project.polygons(), self._project.class_field()
        if field_index(layer, field) < 0:
            layer = None
        images = self._project.images()
        wanted = [layer.id() if layer else "", field], [image.id() for image in images]
        if wanted == self._shown:
            return
        if self._shown is None or wanted[0] != self._shown[0]:
            self.drawing.end()
            self._active = None
            self.training.take_up(layer, field)
        self._shown = wanted
        self.checks.watch(layer, field, images[0] if images else None)
        self.statistics.watch(wanted[0][0], field, images)
        self._show_drawing()

    # --- drawing ------------------------------------------------------------------------------

    def _choose(self, row):
        """Draw the class in a row of the table, with the tool that is at work."""
        if 0 <= row < len(self.training.classes):
            self._active = self.training.values()[row]
            self.panel.select(row)
            self._begin(grow=self.drawing.grows)

    def _begin(self, grow):
        layer = self.training.layer()
        if layer is None or not self.training.classes:
            self._show_drawing()
            return
        if self._active is None:
            self._active = self.training.values()[max(self.panel.row(), 0)]
        self.grow_tool.set_colour(QColor(self.training.look_of(self._active)[1]))
        problem = self.drawing.begin(layer, self.training.field, self._active, grow)
        if problem:
            self._warn(problem)
        self._show_drawing()

    def _keep_active(self, old, new):
        if self._active == old:
            self._active = new

    def _add_grown(self, geometry, crs):
        problem = self.drawing.add(geometry, crs)
        if problem:
            self._warn(problem)

    # --- what is shown ------------------------------------------------------------------------

    def _show_classes(self):
        values = self.training.values()
        if self._active is not None and self._active not in values:
            self._active = None
        self.panel.show_classes(self.training.classes, self.training.by_name)
        if self.drawing.layer() is not None and self._active is not None:
            self.drawing.set_value(self._active)
            self.grow_tool.set_colour(QColor(self.training.look_of(self._active)[1]))
        self._show_drawing()
        self._show_warnings()
        self.spectra.set_style(self.training.look_of)

    def _show_drawing(self):
        """Buttons, the active class and what to do next."""
        drawing, layer = self.drawing, self.training.layer()
        self.draw.setChecked(drawing.draws)
        self.grow.setChecked(drawing.grows)
        values = self.training.values()
        drawn = drawing.layer() is not None and self._active in values
        self.panel.show_active(values.index(self._active) if drawn else -1)
        can_draw = layer is not None and bool(values) and can_be_drawn_in(layer)
        self.draw.setEnabled(can_draw)
        self.grow.setEnabled(can_draw and bool(self._project.images()))
        self._tell(hint_of(self._project.polygons(), self.training, drawing, self._active))

    def _show_checks(self):
        self.training.add_missing(self.checks.counts)
        self._show_counts()
        self._show_warnings()

    def _show_counts(self):
        spectra = self.statistics.classes
        pixels = {value: found.pixels for value, found in spectra.items()} if spectra else None
        self.panel.model.show_counts(self.checks.counts, pixels)

    def _show_warnings(self):
        problems = self.checks.problems
        self.warnings.show_problems(problems, lambda value: self.training.look_of(value)[0])
        self.warnings_box.setTitle(tr("Warnings ({})").format(len(problems)) if problems else tr("Warnings"))

    def _show_place(self, problem):
        layer = self.training.layer()
        if layer is not None:
            shown = self._canvas.mapSettings().layerExtentToOutputExtent(layer, problem.where)
            shown.scale(2)
            self._canvas.setExtent(shown)
            self._canvas.refresh()
            white = (QColor(255, 255, 255, alpha) for alpha in (160, 0))
            self._canvas.flashFeatureIds(layer, list(problem.polygons), *white)

    def _tell(self, text):
        self.hint.setText(text)
        self.hint.setMinimumHeight(max(self.hint.minimumHeight(), self.hint.heightForWidth(self.hint.width())))

    def _warn(self, text):
        self.bar.clearWidgets()
        self.bar.pushMessage("", text, Qgis.Warning, 8)
