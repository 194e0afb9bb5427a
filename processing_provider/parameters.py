"""From a kind to Processing: its parameter definitions and its output."""

from __future__ import annotations

from qgis.core import (
    QgsProcessing,
    QgsProcessingOutputFolder,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterCrs,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterField,
    QgsProcessingParameterFile,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterFolderDestination,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterNumber,
    QgsProcessingParameterProviderConnection,
    QgsProcessingParameterRasterDestination,
    QgsProcessingParameterRasterLayer,
    QgsProcessingParameterString,
    QgsProcessingParameterVectorDestination,
)
from qgis.PyQt.QtCore import QCoreApplication

from ..landloom import stage as kinds

_GEOMETRIES = {
    "any": QgsProcessing.TypeVectorAnyGeometry,
    "point": QgsProcessing.TypeVectorPoint,
    "polygon": QgsProcessing.TypeVectorPolygon,
    "none": QgsProcessing.TypeVector,
}


# The plugin's package as QGIS knows it.
PLUGIN = __name__.rsplit(".", 2)[0]


def tr(text: str) -> str:
    """Translate a text of a declaration."""
    return QCoreApplication.translate("Landloom", text)


def key(name: str) -> str:
    """The name of a parameter or output in Processing."""
    return name.upper()


def wkt_key(name: str) -> str:
    """The name of the text parameter beside an area's layer."""
    return f"{key(name)}_WKT"


def definitions(name: str, kind: kinds.Kind) -> list:
    """The Processing parameters of one field of a stage; none for a value that the stage finds out."""
    found = _MAKERS[type(kind)](name, kind)
    for definition in found:
        definition.setHelp(help_of(kind))
        if kind.advanced:
            definition.setFlags(definition.flags() | QgsProcessingParameterDefinition.FlagAdvanced)
    if type(kind) in WIDGETS:
        widget, given = WIDGETS[type(kind)]
        found[0].setMetadata({"widget_wrapper": {"class": f"{PLUGIN}.ui.parameters.{widget}", **given(kind)}})
    return found


def help_of(kind: kinds.Kind) -> str:
    """A kind's help, with its choices and its environment variable."""
    parts = [tr(kind.help)] if kind.help else []
    if isinstance(kind, kinds.Choice):
        parts.append("; ".join(f"{word}: {tr(label)}" for word, label in kind.choices.items()) + ".")
    if kind.variable:
        parts.append(tr("If empty: the environment variable {}.").format(kind.variable))
    return " ".join(parts)


def output(name: str, kind: kinds.Kind):
    """The Processing output of a value that the stage finds out."""
    return _OUTPUTS[type(kind)](key(name), tr(kind.label))


_OUTPUTS = {
    kinds.NumberOutput: QgsProcessingOutputNumber,
    kinds.TextOutput: QgsProcessingOutputString,
    kinds.FolderOutput: QgsProcessingOutputFolder,
}


def _label(kind) -> str:
    return tr(kind.label) + (f" [{kind.unit}]" if getattr(kind, "unit", "") else "")


def _optional(kind) -> bool:
    # An environment variable may supply what is not given.
    return kind.optional or bool(kind.variable)


def _number(name, kind):
    whole = isinstance(kind, kinds.Integer)
    type_ = QgsProcessingParameterNumber.Integer if whole else QgsProcessingParameterNumber.Double
    definition = QgsProcessingParameterNumber(key(name), _label(kind), type_, kind.default, _optional(kind))
    if kind.minimum is not None:
        definition.setMinimum(kind.minimum)
    if kind.maximum is not None:
        definition.setMaximum(kind.maximum)
    return [definition]


def _choice(name, kind):
    # The words themselves are the values, so that reordering or rewording the labels breaks no saved model.
    words = list(kind.choices)
    return [QgsProcessingParameterEnum(key(name), tr(kind.label), words, False, kind.default, _optional(kind), True)]


def _vector(name, kind):
    types = [_GEOMETRIES[kind.geometry]]
    return [QgsProcessingParameterFeatureSource(key(name), tr(kind.label), types, None, _optional(kind))]


def _area(name, kind):
    layer = QgsProcessingParameterFeatureSource(
        key(name), tr(kind.label), [QgsProcessing.TypeVectorPolygon], None, _optional(kind)
    )
    label = tr("{}, as WKT").format(tr(kind.label))
    text = QgsProcessingParameterString(wkt_key(name), label, None, False, True)
    text.setFlags(text.flags() | QgsProcessingParameterDefinition.FlagAdvanced)
    return [layer, text]


def _file(name, kind):
    definition = QgsProcessingParameterFile(key(name), tr(kind.label), optional=_optional(kind))
    definition.setFileFilter(_filter(kind))
    return [definition]


def _filter(kind) -> str:
    patterns = " ".join(f"*.{extension}" for extension in kind.extensions)
    return f"{tr(kind.label)} ({patterns})" if patterns else tr("All files (*.*)")


def _folder(name, kind):
    folder = QgsProcessingParameterFile.Folder
    return [QgsProcessingParameterFile(key(name), tr(kind.label), folder, optional=_optional(kind))]


def _field(name, kind):
    return [
        QgsProcessingParameterField(
            key(name),
            tr(kind.label),
            kind.default,
            key(kind.parent),
            QgsProcessingParameterField.Any,
            False,
            _optional(kind),
        )
    ]


def _text(name, kind):
    multiline = getattr(kind, "multiline", False)
    return [QgsProcessingParameterString(key(name), tr(kind.label), kind.default, multiline, _optional(kind))]


def _destination(make):
    def maker(name, kind):
        # An optional output is made when it is asked for.
        return [make(key(name), tr(kind.label), kind, not kind.optional)]

    return maker


_MAKERS = {
    kinds.Raster: lambda n, k: [QgsProcessingParameterRasterLayer(key(n), tr(k.label), None, _optional(k))],
    kinds.Rasters: lambda n, k: [
        QgsProcessingParameterMultipleLayers(key(n), tr(k.label), QgsProcessing.TypeRaster, None, _optional(k))
    ],
    kinds.Vector: _vector,
    kinds.Area: _area,
    kinds.FileIn: _file,
    kinds.FilesIn: lambda n, k: [
        QgsProcessingParameterMultipleLayers(key(n), tr(k.label), QgsProcessing.TypeFile, None, _optional(k))
    ],
    kinds.FolderIn: _folder,
    kinds.Field: _field,
    kinds.Bands: _text,
    kinds.Integer: _number,
    kinds.Number: _number,
    kinds.Choice: _choice,
    kinds.Device: _choice,
    kinds.Flag: lambda n, k: [QgsProcessingParameterBoolean(key(n), tr(k.label), k.default, _optional(k))],
    kinds.Text: _text,
    kinds.ClassWeights: _text,
    kinds.Encoder: _text,
    kinds.EncoderWeights: _text,
    kinds.Crs: lambda n, k: [QgsProcessingParameterCrs(key(n), tr(k.label), k.default, _optional(k))],
    kinds.Connection: lambda n, k: [
        QgsProcessingParameterProviderConnection(key(n), tr(k.label), "postgres", None, _optional(k))
    ],
    kinds.FileOut: _destination(
        lambda n, label, k, made: QgsProcessingParameterFileDestination(n, label, _filter(k), None, k.optional, made)
    ),
    kinds.RasterOut: _destination(
        lambda n, label, k, made: QgsProcessingParameterRasterDestination(n, label, None, k.optional, made)
    ),
    kinds.VectorOut: _destination(
        lambda n, label, k, made: QgsProcessingParameterVectorDestination(
            n, label, _GEOMETRIES[k.geometry], None, k.optional, made
        )
    ),
    kinds.FolderOut: _destination(
        lambda n, label, k, made: QgsProcessingParameterFolderDestination(n, label, None, k.optional, made)
    ),
    kinds.NumberOutput: lambda n, k: [],
    kinds.TextOutput: lambda n, k: [],
    kinds.FolderOutput: lambda n, k: [],
}


def _labels(kind) -> dict:
    return {"labels": [tr(label) for label in kind.choices.values()]}


# Classes of ui/parameters and what they are given; Processing imports them when a dialog is made, so that nothing here
# needs a window.
WIDGETS = {
    kinds.Choice: ("ChoiceWrapper", _labels),
    kinds.Device: ("DeviceWrapper", _labels),
    # A mosaic stands for the image in all stages that have one.
    kinds.Bands: ("BandsWrapper", lambda k: {"parents": [key(k.parent), "MOSAIC"], "found_if_empty": k.found_if_empty}),
    kinds.ClassWeights: ("ClassWeightsWrapper", lambda k: {"parent": key(k.parent)}),
    kinds.Encoder: ("EncoderWrapper", lambda k: {}),
    kinds.EncoderWeights: ("EncoderWeightsWrapper", lambda k: {}),
}
