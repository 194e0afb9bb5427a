"""Where results of the current project go: a folder beside it."""

from __future__ import annotations

from pathlib import Path

from qgis.core import QgsProject

FOLDER = "landloom"


def results_folder() -> Path | None:
    """The folder for results beside the project's file; None where the project has not been saved."""
    home = QgsProject.instance().homePath()
    return Path(home) / FOLDER if home and QgsProject.instance().fileName() else None


def fresh(stem: str, extension: str = "") -> str:
    """A path for a new result, `model.landloom`, then `model_2.landloom` …; QGIS's temporary place without a project.

    What stands there is never named again, so an earlier round keeps its results.
    """
    folder = results_folder()
    if folder is None:
        return "TEMPORARY_OUTPUT"
    folder.mkdir(parents=True, exist_ok=True)
    path, number = folder / f"{stem}{extension}", 2
    while path.exists():
        path, number = folder / f"{stem}_{number}{extension}", number + 1
    return str(path)
