"""Whether a layer's GeoPackage can be written now: GDAL would wait for many seconds, and the window with it."""

from __future__ import annotations

from contextlib import contextmanager

from osgeo import gdal

from ..algorithms.class_style import geopackage
from ..processing_provider.parameters import tr

# So long the window waits for another program that writes to the file.
LOCK_S = 0.03


def lock_of(path, patience_s=LOCK_S) -> str:
    """Why a GeoPackage takes no changes now, in SQLite's words; empty where it does, or where `path` is empty.

    GDAL asks, as for QGIS's own connection, since two copies of SQLite in one process lose each other's locks.
    """
    if not path:
        return ""
    patience_ms = int(1000 * patience_s)
    gdal.PushErrorHandler("CPLQuietErrorHandler")
    try:
        with _busy_timeout(patience_ms):
            file = gdal.OpenEx(path, gdal.OF_VECTOR | gdal.OF_UPDATE)
        if file is None:
            return gdal.GetLastErrorMsg() or tr("{} cannot be written.").format(path)
        file.ExecuteSQL(f"PRAGMA busy_timeout = {patience_ms}")
        gdal.ErrorReset()
        file.ExecuteSQL("BEGIN IMMEDIATE")
        problem = gdal.GetLastErrorMsg()
        if not problem:
            file.ExecuteSQL("ROLLBACK")
        return problem
    except RuntimeError as error:  # where somebody has turned on GDAL's exceptions
        return str(error)
    finally:
        gdal.PopErrorHandler()


@contextmanager
def _busy_timeout(patience_ms):
    """How long GDAL waits for what it asks of a file when it opens it; before GDAL 3.6 that cannot be said."""
    tell = getattr(gdal, "SetThreadLocalConfigOption", lambda name, value: None)
    tell("SQLITE_BUSY_TIMEOUT", str(patience_ms))
    try:
        yield
    finally:
        tell("SQLITE_BUSY_TIMEOUT", None)


def lock_on(layer) -> tuple[str, str]:
    """Why a layer cannot go into edit mode now: a line for the user, and details; both empty where it can, or is."""
    # One that is edited may itself be what holds the lock.
    path = "" if layer.isEditable() else geopackage(layer)
    problem = lock_of(path)
    if not problem:
        return "", ""
    return tr("Free the layer {}: its file is locked or read-only.").format(layer.name()), f"{path}\n\n{problem}"


def begin_editing(layer) -> tuple[str, str]:
    """Put a layer into edit mode; why it cannot be, as of `lock_on`."""
    problem = lock_on(layer)
    if not problem[0] and not layer.isEditable() and not layer.startEditing():
        return tr("The layer {} cannot be edited.").format(layer.name()), ""
    return problem
