"""A stage's declaration as QGIS offers it: bounds, help, filters, what is optional and what is folded away."""

from __future__ import annotations

import pytest
from qgis.core import (
    NULL,
    QgsApplication,
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingParameterDefinition,
)

pytestmark = pytest.mark.usefixtures("plugin")


@pytest.fixture
def kinds(plugin):
    from landloom.landloom import stage

    return stage


def offered(*kinds):
    """(where, definition in Processing, declaration) of each parameter of these kinds, in all stages."""
    from landloom.landloom.stages import STAGES

    found = []
    for stage in STAGES:
        algorithm = QgsApplication.processingRegistry().algorithmById(f"landloom:{stage.id}")
        for name, kind in stage.parameters().items():
            if not kinds or isinstance(kind, kinds):
                found.append((f"{stage.id}.{name}", algorithm.parameterDefinition(name.upper()), kind))
    return found


def has(definition, flag):
    return bool(definition.flags() & flag)


def test_numbers_have_the_bounds_and_the_unit_of_their_declaration(kinds):
    for where, definition, kind in offered(kinds.Integer, kinds.Number):
        if kind.minimum is not None:
            assert definition.minimum() == kind.minimum, where
        if kind.maximum is not None:
            assert definition.maximum() == kind.maximum, where
        assert not kind.unit or kind.unit in definition.description(), where


def test_what_is_seldom_needed_is_folded_away(kinds):
    for where, definition, kind in offered():
        assert has(definition, QgsProcessingParameterDefinition.FlagAdvanced) == kind.advanced, where
    registry = QgsApplication.processingRegistry()
    text = registry.algorithmById("landloom:predict").parameterDefinition("AOI_WKT")
    assert has(text, QgsProcessingParameterDefinition.FlagAdvanced)


def test_what_may_be_left_empty_is_optional_and_an_optional_output_is_not_made_unasked(kinds):
    for where, definition, kind in offered():
        may_be_empty = kind.optional or bool(kind.variable)
        assert has(definition, QgsProcessingParameterDefinition.FlagOptional) == may_be_empty, where
    for where, definition, kind in offered(kinds.FileOut):
        assert definition.createByDefault() == (not kind.optional), where


def test_each_parameter_is_explained_with_its_choices_and_its_variable(kinds):
    for where, definition, kind in offered():
        assert kind.help in definition.help(), where
        assert kind.variable in definition.help(), where
        algorithm = QgsApplication.processingRegistry().algorithmById(f"landloom:{where.split('.')[0]}")
        assert kind.help in algorithm.shortHelpString(), where
    for where, definition, kind in offered(kinds.Choice):
        for word, label in kind.choices.items():
            assert f"{word}: {label}" in definition.help(), where


def test_files_are_asked_for_by_their_extensions(kinds):
    for where, definition, kind in offered(kinds.FileIn, kinds.FileOut):
        if not isinstance(kind, (kinds.RasterOut, kinds.VectorOut, kinds.FolderOut)):
            for extension in kind.extensions:
                assert f"*.{extension}" in definition.fileFilter(), where


def test_layers_are_asked_for_by_their_geometry_and_fields_by_their_layer(kinds):
    geometries = {
        "any": QgsProcessing.TypeVectorAnyGeometry,
        "point": QgsProcessing.TypeVectorPoint,
        "polygon": QgsProcessing.TypeVectorPolygon,
    }
    for where, definition, kind in offered(kinds.Vector):
        assert definition.dataTypes() == [geometries[kind.geometry]], where
    for where, definition, kind in offered(kinds.VectorOut):
        assert definition.dataType() == {**geometries, "none": QgsProcessing.TypeVector}[kind.geometry], where
    for where, definition, kind in offered(kinds.Field):
        assert definition.parentLayerParameterName() == kind.parent.upper(), where


def test_text_of_several_lines_has_room_for_them(kinds):
    for where, definition, kind in offered(kinds.Text):
        assert definition.multiLine() == kind.multiline, where


def test_a_field_that_was_left_empty_in_the_dialog_counts_as_not_given(demo):
    algorithm = QgsApplication.processingRegistry().algorithmById("landloom:cut_tiles")
    given = {"IMAGES": [demo["IMAGE"]], "LABEL_RASTER": demo["RISK"], "PARTS": None, "PARTS_FIELD": NULL}
    assert algorithm.checkParameterValues({**given, "TILES": "tiles"}, QgsProcessingContext())[0]
    given["PARTS_FIELD"] = "part"
    possible, why = algorithm.checkParameterValues({**given, "TILES": "tiles"}, QgsProcessingContext())
    assert (possible, "PARTS_FIELD" in why) == (False, True)


def test_a_message_says_the_label_behind_each_key_that_it_names(tmp_path):
    algorithm = QgsApplication.processingRegistry().algorithmById("landloom:queue_places").create()
    given = {"MAP": str(tmp_path / "MAP.tif"), "DESIGN": "uncertainty", "PLACES": "places.gpkg"}
    possible, why = algorithm.checkParameterValues(given, QgsProcessingContext())
    assert not possible
    assert why.startswith("UNCERTAINTY (Uncertainty) is missing: ")
    assert why.endswith(" or another DESIGN (Choose places).")
    _, why = algorithm.checkParameterValues({**given, "COUNT": 0}, QgsProcessingContext())
    assert why.startswith("The 'count' (Number of places) parameter of Queue places for review must be")
    for text in ("/data/MAP.tif is no map", "MAP_CLASS", "SEEDS, Map, 'something'"):
        assert algorithm._with_labels(text) == text
