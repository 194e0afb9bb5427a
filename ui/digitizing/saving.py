"""Writing the class table and the style into the layer's GeoPackage, in the background."""

from __future__ import annotations

from datetime import datetime, timezone

from osgeo import gdal, ogr
from qgis.core import QgsMapLayer, QgsProviderRegistry, QgsReadWriteContext, QgsTask
from qgis.PyQt.QtXml import QDomDocument

from ...algorithms.class_style import geopackage
from ...processing_provider.parameters import tr
from ..background import QUIET
from ..locks import lock_of

# So long the classes wait for somebody else who writes to the file, such as QGIS that saves polygons.
PATIENCE_S = 2.0
TABLE, STYLES, STYLE_NAME = "classes", "layer_styles", "Landloom"
TYPES = {"id": ogr.OFTInteger64, "name": ogr.OFTString, "colour": ogr.OFTString, "description": ogr.OFTString}


class Saving(QgsTask):
    """Writes classes to the table `classes`, and the layer's style where it is ours; `then(task)` at the end.

    `problem` says afterwards why it could not; empty if it could.
    """

    def __init__(self, layer, classes, then, patience_s=PATIENCE_S):
        super().__init__(tr("Saving the classes"), QUIET)
        self.problem = ""
        self._path = geopackage(layer)
        parts = QgsProviderRegistry.instance().decodeUri("ogr", layer.source())
        self._table, self._style = parts.get("layerName") or "", style_of(layer)
        self._rows, self._then, self._patience_s = [vars(c) for c in classes], then, patience_s

    def run(self):
        """In a thread of its own."""
        self.problem = write(self._path, self._table, self._rows, self._style, self._patience_s)
        return not self.problem

    def finished(self, _):
        """In the main thread."""
        self._then(self)


def style_of(layer) -> str:
    """The layer's style as the text of a QML file: symbols, fields and form."""
    document = QDomDocument()
    layer.exportNamedStyle(
        document, QgsReadWriteContext(), QgsMapLayer.Symbology | QgsMapLayer.Fields | QgsMapLayer.Forms
    )
    return document.toString()


def write(path, table, rows, style, patience_s=PATIENCE_S) -> str:
    """Write class rows and style; gives a problem. All or nothing; other people's tables stay as they are."""
    # GDAL itself would wait for 5 s at each thing that it does.
    locked = tr("{} is locked by another program, or read-only.").format(path)
    if lock_of(path, patience_s):
        return locked
    gdal.PushErrorHandler("CPLQuietErrorHandler")
    try:
        package = gdal.OpenEx(path, gdal.OF_VECTOR | gdal.OF_UPDATE)
        if package is None:
            return tr("{} cannot be written.").format(path)
        if package.StartTransaction() != ogr.OGRERR_NONE:
            return locked
        good = _write_classes(package, rows) and _write_style(package, table, style)
        if not good or package.CommitTransaction() != ogr.OGRERR_NONE:
            package.RollbackTransaction()
            return gdal.GetLastErrorMsg() or tr("{} cannot be written.").format(path)
        return ""
    except RuntimeError as error:  # where somebody has turned on GDAL's exceptions
        return str(error)
    finally:
        gdal.PopErrorHandler()


def _write_classes(package, rows) -> bool:
    names = {package.GetLayer(i).GetName() for i in range(package.GetLayerCount())}
    layer = package.GetLayerByName(TABLE) if TABLE in names else package.CreateLayer(TABLE, None, ogr.wkbNone)
    if layer is None:
        return False
    there = {field.GetName() for field in layer.schema}
    if TABLE in names and not {"id", "name", "colour"} <= there:
        return True  # somebody else's: the style holds the classes
    for name in TYPES.keys() - there:
        layer.CreateField(ogr.FieldDefn(name, TYPES[name]))
    known = {feature["id"]: feature.GetFID() for feature in layer}
    good = True
    for row in rows:
        fid = known.pop(row["id"], None)
        feature = ogr.Feature(layer.GetLayerDefn()) if fid is None else layer.GetFeature(fid)
        for name, value in row.items():
            feature[name] = value
        done = layer.CreateFeature(feature) if fid is None else layer.SetFeature(feature)
        good = good and done == ogr.OGRERR_NONE
    return all([good, *(layer.DeleteFeature(fid) == ogr.OGRERR_NONE for fid in known.values())])


def _write_style(package, table, style) -> bool:
    """Only the style that we have put there: one of the user's own stays as it is."""
    names = {package.GetLayer(i).GetName() for i in range(package.GetLayerCount())}
    styles = package.GetLayerByName(STYLES) if STYLES in names else None
    if styles is None:
        return True
    for feature in styles:
        if feature["f_table_name"] == table and feature["styleName"] == STYLE_NAME:
            feature["styleQML"] = style
            now = datetime.now(timezone.utc)
            feature["update_time"] = now.strftime("%Y/%m/%d %H:%M:%S+00")
            return styles.SetFeature(feature) == ogr.OGRERR_NONE
    return True
