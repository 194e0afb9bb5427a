"""Processing's list of reports beside our docks."""

from __future__ import annotations

from waiting import until


def test_the_list_goes_behind_a_dock_that_was_there_before_it_was_watched(plugin):
    from landloom.ui.reports_tab import REPORTS, ReportsTab
    from processing.core.ProcessingResults import resultsList
    from qgis.gui import QgsDockWidget
    from qgis.PyQt.QtCore import Qt
    from qgis.PyQt.QtWidgets import QMainWindow

    window = QMainWindow()
    ours, reports = QgsDockWidget(), QgsDockWidget()
    reports.setObjectName(REPORTS)
    for dock in (reports, ours):
        window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
    window.show()
    until(ours.isUserVisible)
    tab = ReportsTab(window)
    tab.watch(ours)
    resultsList.resultAdded.emit()
    until(lambda: window.tabifiedDockWidgets(ours) == [reports])
    until(ours.isUserVisible)
    tab.close_down()
