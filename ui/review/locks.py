"""Whether a GeoPackage can be written now."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

# So long the window waits for another program that writes to the file.
LOCK_S = 0.04


def lock_of(path) -> str:
    """Why a GeoPackage takes no changes now, in SQLite's words; empty where it does, or where `path` is empty."""
    if not path:
        return ""
    address = f"{Path(path).absolute().as_uri()}?mode=rw"
    try:
        with closing(sqlite3.connect(address, uri=True, timeout=LOCK_S, isolation_level=None)) as file:
            file.execute("BEGIN IMMEDIATE")
            file.execute("ROLLBACK")
    except sqlite3.Error as problem:
        return str(problem)
    return ""
