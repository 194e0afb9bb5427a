"""Bytes: how many are free, and as people write them."""

from __future__ import annotations

import shutil
from pathlib import Path

from qgis.PyQt.QtCore import QLocale


def free(folder: Path) -> int:
    """The bytes that are free where a folder is or will be; 0 where that cannot be told."""
    there = next((path for path in (folder, *folder.parents) if path.exists()), None)
    try:
        return shutil.disk_usage(there).free if there else 0
    except OSError:
        return 0


def in_words(count: float) -> str:
    """A number of bytes as people write it here, such as 1.3 GB; two digits, as exact as an estimate is."""
    units = ["kB", "MB", "GB", "TB"]
    while (count := count / 1000) >= 999.5 and len(units) > 1:
        units.pop(0)
    number = f"{max(count, 0.1):.1f}" if count < 9.95 else str(round(float(f"{count:.2g}")))
    return f"{number.replace('.', str(QLocale().decimalPoint()))} {units[0]}"
