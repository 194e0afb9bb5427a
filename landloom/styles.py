"""QGIS styles (QML), beside rasters and inside GeoPackages, so that a layer shows its classes however it is opened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
        f'        <paletteEntry value="{c.id}" label={quoteattr(c.name)} color="{c.colour}" alpha="255"/>\n'
        for c in classes
    )
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
        f'    <rasterrenderer type="singlebandpseudocolor" band="1" opacity="1" alphaBand="-1"'
        f' classificationMin="{low:g}" classificationMax="{high:g}">\n      <rastershader>\n'
        f'        <colorrampshader colorRampType="INTERPOLATED" classificationMode="1" clip="0" minimumValue="{low:g}"'
        f' maximumValue="{high:g}">\n{items}        </colorrampshader>\n      </rastershader>\n'
        "    </rasterrenderer>\n  </pipe>\n</qgis>\n",
    )


def training_layer(classes: ClassTable, geometry: str = "polygon") -> str:
    """The style and form of a layer of polygons or points: a colour and a name a class, and a class is needed."""
    choices = "".join(
        f'              <Option type="Map"><Option type="QString" name={quoteattr(c.name)} value="{c.id}"/></Option>\n'
        for c in classes
    )
    return (
        f'{_HEAD}<qgis styleCategories="Symbology|Fields|Forms">\n'
        f"{_categorized('class_id', [(c.id, c.name, c.colour) for c in classes], geometry)}"
        '  <fieldConfiguration>\n    <field name="class_id"><editWidget type="ValueMap"><config><Option type="Map">\n'
        f'            <Option type="List" name="map">\n{choices}            </Option>\n'
        "    </Option></config></editWidget></field>\n"
        '    <field name="note"><editWidget type="TextEdit"><config><Option/></config></editWidget></field>\n'
        '    <field name="fid"><editWidget type="Hidden"><config><Option/></config></editWidget></field>\n'
        "  </fieldConfiguration>\n"
        '  <aliases><alias field="class_id" index="1" name="Class"/>'
        '<alias field="note" index="2" name="Note"/></aliases>\n'
        '  <constraints><constraint field="class_id" constraints="1" notnull_strength="1" unique_strength="0"'
        ' exp_strength="0"/></constraints>\n'
        "</qgis>\n"
    )


def polygons_by(field: str, categories: Sequence[tuple[int | str, str, str]]) -> str:
    """The style of a layer of polygons with a colour for each value of a field: (value, label, colour)."""
    return f'{_HEAD}<qgis styleCategories="Symbology">\n{_categorized(field, categories, "polygon")}</qgis>\n'


def points_by(field: str, categories: Sequence[tuple[int | str, str, str]]) -> str:
    """The same for a layer of points."""
    return f'{_HEAD}<qgis styleCategories="Symbology">\n{_categorized(field, categories, "point")}</qgis>\n'


def outlines(colour: str) -> str:
    """The style of a layer of polygons that all look alike: without a fill, since they may overlap."""
    return (
        f'{_HEAD}<qgis styleCategories="Symbology">\n'
        '  <renderer-v2 type="singleSymbol" enableorderby="0" forceraster="0" symbollevels="0">\n'
        f"    <symbols>\n{_outlined('0', colour, 'no')}    </symbols>\n  </renderer-v2>\n</qgis>\n"
    )


def _categorized(field: str, categories: Sequence[tuple[int | str, str, str]], geometry: str) -> str:
    symbol = {"polygon": _outlined, "point": _dot}[geometry]
    entries = "".join(
        f'      <category render="true" symbol="{i}" value={quoteattr(str(value))}'
        f' type="{"string" if isinstance(value, str) else "long"}" label={quoteattr(label)}/>\n'
        for i, (value, label, _) in enumerate(categories)
    )
    symbols = "".join(symbol(str(i), colour) for i, (_, _, colour) in enumerate(categories))
    return (
        f'  <renderer-v2 type="categorizedSymbol" attr="{field}" enableorderby="0" forceraster="0" symbollevels="0">\n'
        f"    <categories>\n{entries}    </categories>\n    <symbols>\n{symbols}    </symbols>\n  </renderer-v2>\n"
    )


def _outlined(name: str, colour: str, fill: str = "solid") -> str:
    """A strong outline, and a fill (`no` for none) that lets the image show through."""
    rgb = _rgb(colour)
    properties = {
        "color": f"{rgb},70",
        "outline_color": f"{rgb},255",
        "outline_width": "0.6",
        "outline_width_unit": "MM",
        "outline_style": "solid",
        "style": fill,
        "joinstyle": "bevel",
    }
    return _symbol(name, "fill", "SimpleFill", properties)


def _dot(name: str, colour: str) -> str:
    properties = {
        "color": f"{_rgb(colour)},255",
        "name": "circle",
        "size": "2.2",
        "size_unit": "MM",
        "outline_color": "255,255,255,255",
        "outline_width": "0.3",
        "outline_width_unit": "MM",
        "outline_style": "solid",
    }
    return _symbol(name, "marker", "SimpleMarker", properties)


def _rgb(colour: str) -> str:
    return ",".join(map(str, bytes.fromhex(colour[1:])))


def _symbol(name: str, kind: str, layer: str, properties: Mapping[str, str]) -> str:
    # QGIS before 3.26 reads the properties as <prop>, later ones as <Option>.
    both = "".join(f'<prop k="{k}" v="{v}"/>' for k, v in properties.items())
    options = "".join(f'<Option type="QString" name="{k}" value="{v}"/>' for k, v in properties.items())
    return (
        f'      <symbol type="{kind}" name="{name}" alpha="1" clip_to_extent="1" force_rhr="0">'
        f'<layer class="{layer}" enabled="1" locked="0" pass="0"><Option type="Map">{options}</Option>{both}'
        "</layer></symbol>\n"
    )


def write_composite(raster: str | Path, bands: Sequence[int], limits: tuple[float, float]) -> None:
    """Style an image as red, green and blue from `bands` (numbers from 1), stretched between two values."""
    low, high = limits
    stretch = "".join(
        f"      <{name}ContrastEnhancement><minValue>{low:g}</minValue><maxValue>{high:g}</maxValue>"
        f"<algorithm>StretchToMinimumMaximum</algorithm></{name}ContrastEnhancement>\n"
        for name in ("red", "green", "blue")
    )
    red, green, blue = bands
    files.write_text(
        beside(raster),
        f'{_HEAD}<qgis styleCategories="Symbology">\n  <pipe>\n'
        f'    <rasterrenderer type="multibandcolor" redBand="{red}" greenBand="{green}" blueBand="{blue}" opacity="1"'
        f' alphaBand="-1">\n{stretch}    </rasterrenderer>\n  </pipe>\n</qgis>\n',
    )
