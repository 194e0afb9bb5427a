"""What all our parameter widgets have in common."""

from __future__ import annotations

from processing.gui.wrappers import WidgetWrapper
from qgis.core import NULL
from qgis.gui import QgsGui, QgsProcessingGui


class Wrapper(WidgetWrapper):
    """Base of our widgets in the algorithm dialog, made by Processing from a parameter's metadata.

    It stands on Processing's own base for wrappers in Python: QGIS loses the Python part of a widget that comes from
    the newer base. In the modeler a value may come from another step, and in the table of a batch there is room for a
    line only: there Processing's own widget is given instead, but that a subclass with `in_batch` stands in the table,
    too.
    """

    in_batch = False

    def __new__(cls, parameter, dialog, row=0, col=0, **given):
        """Ours, or Processing's own."""
        name = type(dialog).__name__
        registry = QgsGui.processingGuiRegistry()
        if name == "ModelerParametersDialog":
            plain = registry.createModelerParameterWidget(dialog.model, dialog.childId, parameter, dialog.context)
        elif name == "BatchAlgorithmDialog" and not cls.in_batch:
            plain = registry.createParameterWidgetWrapper(parameter, QgsProcessingGui.Batch)
        else:
            return super().__new__(cls)
        plain.setDialog(dialog)
        return plain

    def tell(self, *_) -> None:
        """Let others know that the value has changed."""
        self.widgetValueHasChanged.emit(self)

    def linked_to(self) -> list:
        """For subclasses: the names of the parameters that the widget follows."""
        return []

    def follow(self, values: list) -> None:
        """For subclasses: look at the values of those parameters; called at the beginning and after each change."""

    def postInitialize(self, wrappers):  # noqa: N802 (QGIS's name)
        """Find the widgets of the parameters that this one follows."""
        super().postInitialize(wrappers)
        names = self.linked_to()
        self._linked = [w for w in wrappers if w.parameterDefinition().name() in names]
        for wrapper in self._linked:
            wrapper.widgetValueHasChanged.connect(self._look)
        if names:
            self._look()

    def _look(self, *_):
        self.follow([wrapper.parameterValue() for wrapper in self._linked])


def as_text(value) -> str:
    """A value as text; empty for none."""
    if value is None or value == NULL:
        return ""
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return str(value)
