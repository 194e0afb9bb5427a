"""Work beside the window."""

from __future__ import annotations

from qgis.core import QgsTask

# Closing QGIS or the project does not ask about such a task, and its end is not announced (QGIS 3.26 and later).
QUIET = QgsTask.Flag.CanCancel | QgsTask.Flag.CancelWithoutPrompt
if hasattr(QgsTask.Flag, "Silent"):
    QUIET |= QgsTask.Flag.Silent
