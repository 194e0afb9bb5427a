"""Names and colours of classes that other programs keep in a raster: category names and raster attribute tables."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET  # what is parsed is what GDAL itself has written

import rasterio
import rasterio.shutil
from rasterio.errors import RasterioError

# What GDAL says that a column of an attribute table is for.
_NAME, _MINIMUM, _VALUE, _RED, _GREEN, _BLUE = "2", "3", "5", "6", "7", "8"


def read_names(where: str) -> dict[int, tuple[str, str]]:
    """Name and colour (`#rrggbb`, empty for none) of the values of a raster's first band, as far as it tells.

    An attribute table goes before category names; two values of one name get their number behind it.
    """
    try:
        with rasterio.MemoryFile(ext=".vrt") as described:
            rasterio.shutil.copy(where, described.name, driver="VRT")
            band = ET.fromstring(described.read().decode()).find("VRTRasterBand")  # noqa: S314
    except (RasterioError, OSError, ValueError, ET.ParseError):
        return {}
    if band is None:
        return {}
    categories = [(c.text or "").strip() for c in band.findall("CategoryNames/Category")]
    found = {value: (name, "") for value, name in enumerate(categories) if name}
    found |= _table(band.find("GDALRasterAttributeTable"))
    shared = [name for name, _ in found.values()]
    return {
        value: (name if shared.count(name) < 2 else f"{name} ({value})", colour)
        for value, (name, colour) in found.items()
    }


def _table(table: ET.Element | None) -> dict[int, tuple[str, str]]:
    if table is None:
        return {}
    fields = [
        ((f.findtext("Name") or "").strip().lower(), f.findtext("Usage") or "") for f in table.findall("FieldDefn")
    ]
    value = _place(fields, (_VALUE, _MINIMUM), r"value|id|class_?id|code")
    name = _place(fields, (_NAME,), r"class_?names?|class|names?|label|category|description")
    colour = [_place(fields, (usage,), word) for usage, word in ((_RED, "red"), (_GREEN, "green"), (_BLUE, "blue"))]
    found = {}
    for number, row in enumerate(table.findall("Row")):
        cells = [(cell.text or "").strip() for cell in row.findall("F")]
        try:
            key = number if value is None else int(float(cells[value]))
            rgb = [int(float(cells[place])) for place in colour if place is not None]
            text = "" if name is None else cells[name]
        except (ValueError, IndexError):
            continue
        if text:
            found[key] = text, "#{:02x}{:02x}{:02x}".format(*rgb) if len(rgb) == 3 else ""
    return found


def _place(fields: list[tuple[str, str]], usages: tuple[str, ...], words: str) -> int | None:
    """The column that says it is for this, else the first whose name says so."""
    by_usage = [i for usage in usages for i, field in enumerate(fields) if field[1] == usage]
    by_name = [i for i, field in enumerate(fields) if re.fullmatch(words, field[0])]
    return next(iter(by_usage + by_name), None)
