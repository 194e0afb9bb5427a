"""Places queued in QGIS: shown by what became of them, and evaluated as QGIS shows the layer."""

from __future__ import annotations

import json

import processing
import pytest
from qgis.core import QgsProject, QgsRasterLayer, QgsVectorLayer

pytestmark = pytest.mark.usefixtures("plugin")


def test_places_come_onto_the_map_by_their_state_and_are_evaluated_by_their_design(demo, tmp_path):
    mapped = QgsRasterLayer(demo["TRUTH"], "mapped")
    QgsProject.instance().addMapLayer(mapped)
    path = str(tmp_path / "Prüfung 1" / "review.gpkg")
    processing.runAndLoadResults(
        "landloom:queue_places", {"MAP": mapped, "DESIGN": "stratified", "COUNT": 60, "PLACES": path}
    )
    places = QgsProject.instance().mapLayersByName("Places")[0]
    try:
        assert places.featureCount() == 60
        assert places.renderer().classAttribute() == "state"
        assert places.renderer().categories()[0].label() == "still open"
        assert "Queue places" in places.metadata().abstract()
        training = QgsVectorLayer(f"{path}|layername=training", "training", "ogr")
        assert (training.isValid(), training.featureCount()) == (True, 0)
        assert training.renderer().classAttribute() == "class_id"

        assert places.startEditing()
        index = places.fields().indexOf("class_id")
        for feature in [*places.getFeatures()][:50]:
            places.changeAttributeValue(feature.id(), index, feature["map_class"])
        assert places.commitChanges()
        # No parameter names stratum and weight: they are carried along, since the stage looks for them.
        given = {"MAP": mapped, "REFERENCE": places, "CLASS_FIELD": "class_id", "METRICS": str(tmp_path / "m.json")}
        done = processing.run("landloom:evaluate", given)
        found = json.loads((tmp_path / "m.json").read_text(encoding="utf-8"))
        assert sum(s["places"] for s in found["design"]["strata"]) == 60
        assert sum(s["with_class"] for s in found["design"]["strata"]) == 50
        assert done["ADJUSTED_ACCURACY"] == 1
    finally:
        QgsProject.instance().removeMapLayers([places.id(), mapped.id()])
