"""The plugin's lifecycle: the Processing provider always, menus where there is a window."""

from __future__ import annotations

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QCoreApplication
from qgis.PyQt.QtGui import QIcon
from qgis.PyQt.QtWidgets import QAction

from ..processing_provider.adapter import ICONS
from ..processing_provider.provider import LandloomProvider


class LandloomPlugin:
    """What QGIS loads. `iface` is None in `qgis_process`, which calls `initProcessing` alone."""

    def __init__(self, iface):
        self._iface = iface
        self._provider = None
        self._actions = []

    def initProcessing(self):  # noqa: N802 (QGIS's name)
        """Add the algorithms; all that `qgis_process` needs."""
        self._provider = LandloomProvider()
        QgsApplication.processingRegistry().addProvider(self._provider)

    def initGui(self):  # noqa: N802 (QGIS's name)
        """Add the algorithms and the menu."""
        self.initProcessing()
        self._add_action("setup.svg", self.tr("Set up…"), self._show_setup)

    def unload(self):
        """Take everything away again."""
        for action in self._actions:
            self._iface.removePluginMenu("Landloom", action)
        self._actions.clear()
        if self._provider is not None:
            QgsApplication.processingRegistry().removeProvider(self._provider)
            self._provider = None

    def tr(self, text):
        """Translate."""
        return QCoreApplication.translate("Landloom", text)

    def _add_action(self, icon, text, slot):
        action = QAction(QIcon(str(ICONS / icon)), text, self._iface.mainWindow())
        action.triggered.connect(slot)
        self._iface.addPluginToMenu("Landloom", action)
        self._actions.append(action)

    def _show_setup(self):
        from ..ui.setup_dialog import SetupDialog

        SetupDialog(self._iface.mainWindow()).exec()
