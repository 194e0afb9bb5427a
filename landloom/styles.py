"""QGIS styles (QML) written beside the outputs, so that a layer shows its classes however it is opened."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import quoteattr

from . import files
from .classes import ClassTable

_HEAD = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"


def beside(raster: str | Path) -> Path:
    """Where QGIS looks for the style of a raster or vector file."""
    return Path(raster).with_suffix(".qml")


def write_class_map(raster: str | Path, classes: ClassTable) -> None:
    """Style a class map: each class with its name and colour."""
    entries = "".join(
        f"        <paletteEntry value=\"{c.id}\" label={quoteattr(c.name)} color=\"{c.colour}\" alpha=\"255\"/>\n"
        for c in classes
    )  # fmt: skip
    files.write_text(
        beside(raster),
        f'{_HEAD}<qgis styleCategories="Symbology">\n  <pipe>\n'
        '    <rasterrenderer type="paletted" band="1" opacity="1" alphaBand="-1">\n      <colorPalette>\n'
        f"{entries}      </colorPalette>\n    </rasterrenderer>\n  </pipe>\n</qgis>\n",
    )


# Viridis (Smith & van der Walt), even to the eye in any kind of colour vision and in grey.
VIRIDIS = ("#440154", "#3b528b", "#21918c", "#5ec962", "#fde725")


def write_ramp(raster: str | Path, low: float, high: float, colours: Sequence[str] = VIRIDIS, unit: str = "") -> None:
    """Style a continuous raster by its first band, from `low` to `high`."""
    step = (high - low) / (len(colours) - 1)
    items = "".join(
        f'          <item value="{low + i * step:g}" label="{low + i * step:g}{unit}" color="{colour}" alpha="255"/>\n'
        for i, colour in enumerate(colours)
    )
    files.write_text(
        beside(raster),
        f'{_HEAD}<qgis styleCategories="Symbology">\n  <pipe>\n'
        f'    <rasterrenderer type="singlebandpseudocolor" band="1" opacity="1" alphaBand="-1" classificationMin="{low:g}"'
        f' classificationMax="{high:g}">\n      <rastershader>\n'
        f'        <colorrampshader colorRampType="INTERPOLATED" classificationMode="1" clip="0" minimumValue="{low:g}"'
        f' maximumValue="{high:g}">\n{items}        </colorrampshader>\n      </rastershader>\n'
        "    </rasterrenderer>\n  </pipe>\n</qgis>\n",
    )
