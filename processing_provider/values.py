"""From the values of a Processing run to the worker's request: layers become files, connections become addresses."""

from __future__ import annotations

from pathlib import Path

from qgis.core import (
    Qgis,
    QgsApplication,
    QgsDataSourceUri,
    QgsFeature,
    QgsFeatureRequest,
    QgsFeatureSink,
    QgsField,
    QgsFields,
    QgsProcessingException,
    QgsProcessingUtils,
    QgsProject,
    QgsProviderRegistry,
    QgsVectorFileWriter,
)
from qgis.PyQt.QtCore import QMetaType, QVariant

from ..landloom import stage as kinds
from .parameters import key, tr, wkt_key

# As in landloom/vectors.py, which reads it.
SOURCE_FID = "landloom_fid"


class RequestBuilder:
    """Collects what the worker gets: parameters, what the user calls them, and secrets."""

    def __init__(self, algorithm, parameters, context, feedback):
        self._algorithm, self._given, self._context, self._feedback = algorithm, parameters, context, feedback
        self.parameters: dict = {}
        self.origins: dict = {}
        self.secrets: dict = {}
        # Layers reach the worker as copies; these are the files that they come from.
        self.copied: dict = {}

    def build(self) -> dict:
        """Return the request for the algorithm's stage, without its outputs. In the main thread."""
        stage = self._algorithm.stage
        for name, kind in stage.parameters().items():
            value = None if isinstance(kind, kinds.FileOut) else self._value(name, kind)
            if value is not None:
                self.parameters[name] = value
        return {
            "stage": stage.id,
            "parameters": self.parameters,
            "origins": self.origins,
            "secrets": self.secrets,
            "dotenv": project_dotenv(self._context.project()),
        }

    def _value(self, name, kind):
        if isinstance(kind, kinds.Area):
            return self._area(name)
        if self._given.get(key(name)) in (None, "") and not isinstance(kind, kinds.Flag):
            return kind.default
        reader = next(reader for base, reader in self._READERS.items() if isinstance(kind, base))
        return reader(self, name, kind)

    def _raster(self, name, kind):
        layer = self._algorithm.parameterAsRasterLayer(self._given, key(name), self._context)
        self.origins[name] = layer.name() if layer is not None else ""
        return self._raster_source(layer, name)

    def _rasters(self, name, kind):
        layers = self._algorithm.parameterAsLayerList(self._given, key(name), self._context)
        self.origins[name] = "\n".join(layer.name() for layer in layers)
        return [self._raster_source(layer, name) for layer in layers] or None

    def _raster_source(self, layer, name):
        if layer is None or layer.providerType() != "gdal":
            what = layer.name() if layer is not None else self._given.get(key(name))
            raise QgsProcessingException(
                tr("{} is no raster file: {}. Save the layer as a GeoTIFF first.").format(key(name), what)
            )
        if layer.crs().isValid() and not layer.dataProvider().crs().isValid():
            return self._with_crs(layer)
        return layer.source()

    def _with_crs(self, layer):
        """The file has no CRS, but the user has given the layer one."""
        from osgeo import gdal

        path = QgsProcessingUtils.generateTempFilename("image.vrt")
        gdal.Translate(path, layer.source(), format="VRT", outputSRS=layer.crs().toWkt())
        return path

    def _files(self, name, kind):
        return self._algorithm.parameterAsFileList(self._given, key(name), self._context) or None

    def _vector(self, name, kind):
        source = self._algorithm.parameterAsSource(self._given, key(name), self._context)
        if source is None:
            raise QgsProcessingException(self._algorithm.invalidSourceError(self._given, key(name)))
        self.origins[name] = source.sourceName()
        layer = self._algorithm.parameterAsVectorLayer(self._given, key(name), self._context)
        if layer is not None:
            path = QgsProviderRegistry.instance().decodeUri(layer.providerType(), layer.source()).get("path")
            self.copied[name] = path or ""
        return export(source, name, self._fields_of(name, source), self._context, self._feedback)

    def _fields_of(self, name, source) -> set:
        """The fields of a source that other parameters name; refuses names that it does not have."""
        carried = getattr(self._algorithm.stage.parameters()[name], "carried", ())
        named = {field for field in carried if source.fields().indexOf(field) >= 0}
        for child, kind in self._algorithm.stage.parameters().items():
            if not isinstance(kind, kinds.Field) or kind.parent != name:
                continue
            value = self._given.get(key(child))
            if value and source.fields().indexOf(value) < 0:
                text = tr("{} names '{}', which is no field of {}. Its fields are: {}.")
                there = ", ".join(source.fields().names())
                raise QgsProcessingException(text.format(key(child), value, source.sourceName(), there))
            if value:
                named.add(value)
            elif kind.variable:  # the worker looks up which one it is: any with numbers or text
                named.update(f.name() for f in source.fields() if f.isNumeric() or f.type() == QVariant.String)
        return named

    def _area(self, name):
        text = self._algorithm.parameterAsString(self._given, wkt_key(name), self._context)
        if self._given.get(key(name)) not in (None, ""):
            if text:
                raise QgsProcessingException(tr("Give either {} or {}, not both.").format(key(name), wkt_key(name)))
            return self._vector(name, None)
        return text or None

    def _connection(self, name, kind):
        chosen = self._algorithm.parameterAsConnectionName(self._given, key(name), self._context)
        self.secrets["connection"] = connection_string(chosen)
        return chosen

    def _crs(self, name, kind):
        crs = self._algorithm.parameterAsCrs(self._given, key(name), self._context)
        return crs.authid() or crs.toWkt()

    def _integer(self, name, kind):
        return self._algorithm.parameterAsInt(self._given, key(name), self._context)

    def _number(self, name, kind):
        return self._algorithm.parameterAsDouble(self._given, key(name), self._context)

    def _flag(self, name, kind):
        return self._algorithm.parameterAsBoolean(self._given, key(name), self._context)

    def _choice(self, name, kind):
        return self._algorithm.parameterAsEnumString(self._given, key(name), self._context)

    def _plain(self, name, kind):
        return self._algorithm.parameterAsString(self._given, key(name), self._context) or None

    _READERS = {  # noqa: RUF012
        kinds.Raster: _raster,
        kinds.Rasters: _rasters,
        kinds.FilesIn: _files,
        kinds.Vector: _vector,
        kinds.Connection: _connection,
        kinds.Crs: _crs,
        kinds.Integer: _integer,
        kinds.Number: _number,
        kinds.Flag: _flag,
        kinds.Choice: _choice,
        kinds.Kind: _plain,
    }


def output_paths(algorithm, parameters, context) -> dict:
    """Where each output of the algorithm's stage goes, by name; those that are skipped are left out.

    To be called where the algorithm runs, not where it is prepared: what is said there about layers to be loaded
    afterwards would be forgotten.
    """
    found = {}
    for name, kind in algorithm.stage.files().items():
        is_layer = isinstance(kind, (kinds.RasterOut, kinds.VectorOut))
        read = algorithm.parameterAsOutputLayer if is_layer else algorithm.parameterAsFileOutput
        path = read(parameters, key(name), context)
        if path:
            found[name] = path
    return found


def refuse_overwriting(outputs, copied) -> None:
    """Raise QgsProcessingException where an output would take the place of a layer's own file."""
    for name, output in outputs.items():
        for other, path in copied.items():
            if path and Path(path).resolve() == Path(output).resolve():
                text = tr("{} would overwrite {}: {}. Choose another name.")
                raise QgsProcessingException(text.format(key(name), key(other), output))


def export(source, name, wanted, context, feedback) -> str:
    """Copy a feature source (a selection, a filtered or joined layer, a database table …) into a GeoPackage.

    Only the fields `wanted` are copied, and the features' ids as the user sees them. Geometries are taken as
    they are: whether they are valid is for the stage to say.
    """
    fields = QgsFields()
    # From 3.38 on QGIS warns of the old spelling; 3.22 knows no other.
    long = QMetaType.Type.LongLong if Qgis.QGIS_VERSION_INT >= 33800 else QVariant.LongLong
    fields.append(QgsField(SOURCE_FID, long))
    indexes = []
    for index, field in enumerate(source.fields()):
        if field.name() in wanted:
            indexes.append(index)
            fields.append(QgsField(field.name(), field.type()))
    path = QgsProcessingUtils.generateTempFilename(f"{name}.gpkg")
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName, options.layerName = "GPKG", name
    options.layerOptions = ["FID=landloom_row", "GEOMETRY_NAME=landloom_geometry"]
    writer = QgsVectorFileWriter.create(
        path, fields, source.wkbType(), source.sourceCrs(), context.transformContext(), options
    )
    request = QgsFeatureRequest().setSubsetOfAttributes(indexes)
    for feature in source.getFeatures(request, source.FlagSkipGeometryValidityChecks):
        if feedback.isCanceled():
            break
        copy = QgsFeature(fields)
        copy.setGeometry(feature.geometry())
        copy.setAttributes([feature.id(), *(feature.attributes()[i] for i in indexes)])
        if not writer.addFeature(copy, QgsFeatureSink.FastInsert):
            raise QgsProcessingException(writer.errorMessage())
    del writer  # closes the file
    return path


def connection_string(name: str) -> str:
    """Turn the name of a stored PostGIS connection into libpq's connection string, password included."""
    try:
        connection = QgsProviderRegistry.instance().providerMetadata("postgres").createConnection(name)
        uri = QgsDataSourceUri(connection.uri())
    except Exception as error:
        raise QgsProcessingException(
            tr("There is no PostGIS connection '{}' in QGIS: {}").format(name, error)
        ) from None
    if uri.authConfigId() and not QgsApplication.authManager().masterPasswordIsSet():
        QgsApplication.authManager().setMasterPassword(True)
    return uri.connectionInfo(True)


def project_dotenv(project) -> str | None:
    """The `.env` file beside the project, if there is one."""
    home = (project or QgsProject.instance()).homePath()
    path = Path(home) / ".env" if home else None
    return str(path) if path is not None and path.is_file() else None
