"""The plugin's lifecycle: the Processing provider always; docks, menu and toolbar where there is a window."""

from __future__ import annotations

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QIcon
from qgis.PyQt.QtWidgets import QAction

from ..processing_provider.adapter import ICONS, StageAlgorithm
from ..processing_provider.parameters import tr
from ..processing_provider.provider import LandloomProvider
from . import translation


class LandloomPlugin:
    """What QGIS loads. `iface` is None in `qgis_process`, which calls `initProcessing` alone."""

    def __init__(self, iface):
        self._iface = iface
        self._provider = None
        self._desktop = None
        self._translator = translation.install(QgsApplication.locale())

    def initProcessing(self):  # noqa: N802 (QGIS's name)
        """Add the algorithms; all that `qgis_process` needs."""
        self._provider = LandloomProvider()
        QgsApplication.processingRegistry().addProvider(self._provider)

    def initGui(self):  # noqa: N802 (QGIS's name)
        """Add the algorithms, the menu, the toolbar and the docks."""
        self.initProcessing()
        self._desktop = Desktop(self._iface)

    def unload(self):
        """Take everything away again."""
        if self._desktop is not None:
            self._desktop.close_down()
            self._desktop = None
        if self._provider is not None:
            QgsApplication.processingRegistry().removeProvider(self._provider)
            self._provider = None
        if self._translator is not None:
            QgsApplication.instance().removeTranslator(self._translator)


class Desktop:
    """Landloom in QGIS's window: a dock is made when it is shown for the first time."""

    def __init__(self, iface):
        # Imported here, since `qgis_process` has no window and must not pay for it.
        from ..ui.algorithm_dialog.dialog import make_dialog
        from ..ui.project import LandloomProject
        from ..ui.reports_tab import ReportsTab
        from ..ui.results import Results

        self._iface = iface
        self.project = LandloomProject()
        self._results = Results(self.project)
        self._results.queued.connect(self._show_queue)
        self._reports = ReportsTab(iface.mainWindow())
        self.docks = {}
        self._actions = {}
        self._toolbar = iface.addToolBar("Landloom")
        self._toolbar.setObjectName("LandloomToolbar")
        for name, icon, text in (
            ("workbench", "workbench.svg", tr("Workbench")),
            ("digitizing", "polygons.svg", tr("Classes and polygons")),
            ("monitor", "monitor.svg", tr("Training monitor")),
            ("review", "review.svg", tr("Review")),
        ):
            action = self._add_action(name, icon, text, lambda checked, name=name: self.show_dock(name, checked))
            action.setCheckable(True)
            self._toolbar.addAction(action)
        self._add_action("setup", "setup.svg", tr("Set up…"), lambda: self.show_setup())
        StageAlgorithm.make_dialog = staticmethod(make_dialog)
        # It hears of a run only while it is there.
        self._dock("monitor").hide()

    def close_down(self):
        """Take everything away."""
        StageAlgorithm.make_dialog = None
        self._reports.close_down()
        for dock in self.docks.values():
            dock.close_down()
            self._iface.removeDockWidget(dock)
            dock.deleteLater()
        self.docks.clear()
        for action in self._actions.values():
            self._iface.removePluginMenu("Landloom", action)
        self._actions.clear()
        self._toolbar.deleteLater()
        self._results.close_down()
        self.project.close_down()

    def show_dock(self, name, shown=True):
        """Show or hide a dock."""
        if not shown and name not in self.docks:
            return
        try:
            dock = self._dock(name)
        except ImportError as error:  # Debian's QGIS comes without them if only the bare packages are installed
            text = tr("This QGIS lacks a Python package ({}). On Debian and Ubuntu: {}")
            remedy = "sudo apt install python3-gdal python3-numpy"
            self._iface.messageBar().pushCritical("Landloom", text.format(error, remedy))
            self._actions[name].setChecked(False)
            return
        dock.setUserVisible(shown)

    def show_setup(self):
        """The dialog that installs the environment."""
        from ..ui.setup.dialog import SetupDialog

        SetupDialog(self._iface.mainWindow()).exec()
        if "workbench" in self.docks:
            self.docks["workbench"].show_state()

    def _show_queue(self, path):
        if "review" in self.docks:
            self.docks["review"].take_queue(path)

    def _dock(self, name):
        if name not in self.docks:
            self.docks[name] = dock = self._make(name)
            dock.setWindowTitle(self._actions[name].text())
            # Tabs of one place: each then has the whole height.
            others = [other.objectName() for other in self.docks.values() if other is not dock]
            self._iface.addTabifiedDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock, others, True)
            self._bring_monitor_to(dock)
            self._reports.watch(dock)
            dock.visibilityChanged.connect(lambda _: self._actions[name].setChecked(dock.isUserVisible()))
        return self.docks[name]

    def _bring_monitor_to(self, dock):
        """QGIS makes tabs of docks that are shown only; the monitor is there before it is shown."""
        monitor, window = self.docks.get("monitor", dock), self._iface.mainWindow()
        same_side = window.dockWidgetArea(monitor) == window.dockWidgetArea(dock)
        if monitor is not dock and monitor.isHidden() and same_side and not monitor.isFloating():
            window.tabifyDockWidget(dock, monitor)

    def _make(self, name):
        if name == "workbench":
            from ..ui.workbench.dock import WorkbenchDock

            dock = WorkbenchDock(self._iface, self.project)
            dock.dock_asked.connect(self.show_dock)
            dock.setup_asked.connect(self.show_setup)
            return dock
        if name == "digitizing":
            from ..ui.digitizing.dock import DigitizingDock as Dock
        elif name == "monitor":
            from ..ui.monitor.dock import MonitorDock as Dock
        else:
            from ..ui.review.dock import ReviewDock as Dock
        return Dock(self._iface, self.project)

    def _add_action(self, name, icon, text, slot):
        action = QAction(QIcon(str(ICONS / icon)), text, self._iface.mainWindow())
        action.setObjectName(f"Landloom{name.title()}Action")
        action.triggered.connect(slot)
        self._iface.addPluginToMenu("Landloom", action)
        self._actions[name] = action
        return action
