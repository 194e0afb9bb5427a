"""Patches and a network, headless, through QGIS: a demo scene becomes a data set, a patch classifier and a map.

Standard library only. `make demo-patches` prepares what it needs and runs it.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from demo import FOLDER, in_qgis, make_scene, say
from headless import Qgis


def main() -> None:
    """Run the steps and print where everything is."""
    in_qgis(make_map)


def make_map(qgis: Qgis, began: float) -> None:
    """The job itself."""
    make_scene(qgis)
    say("Building the patch data set …")
    built = qgis.run(
        "landloom:build_patch_dataset", IMAGES=FOLDER / "image.tif", POLYGONS=FOLDER / "polygons.gpkg",
        CLASS_FIELD="class_name", DATASET=FOLDER / "patches", FOOTPRINTS=FOLDER / "footprints.gpkg",
        OVERWRITE="true",
    )  # fmt: skip
    say("Training the patch classifier …")
    trained = qgis.run(
        "landloom:train_patch_classifier", DATASET=FOLDER / "patches", MODEL=FOLDER / "cnn.landloom",
        REPORT=FOLDER / "cnn_report.html", RECORD="false",
    )  # fmt: skip
    say("Mapping …")
    mapped = qgis.run(
        "landloom:predict", MODEL=FOLDER / "cnn.landloom", IMAGES=FOLDER / "image.tif", MAP=FOLDER / "cnn_map.tif",
        PICTURE=FOLDER / "cnn_map.png", RECORD="false",
    )  # fmt: skip
    accuracy = qgis.run(
        "landloom:evaluate", MAP=FOLDER / "cnn_map.tif", REFERENCE=FOLDER / "reference.gpkg", CLASS_FIELD="class_name",
        METRICS=FOLDER / "cnn_accuracy.json",
    )  # fmt: skip
    points = f"{accuracy['PIXEL_COUNT']:.0f} independent points at random"
    held_out = json.loads((FOLDER / "cnn.landloom.json").read_text(encoding="utf-8"))["found"]
    print(f"""
Data set  {built["DATASET"]}
          {built["POLYGON_COUNT"]:.0f} polygons, {built["PATCH_COUNT"]:.0f} patches,\
 {built["TRAIN_COUNT"]:.0f} to train on and {built["VAL_COUNT"]:.0f} to validate with
Report    {built["DATASET"]}/dataset_report.html
Model     {trained["MODEL"]}
Map       {mapped["MAP"]}
Picture   {mapped["PICTURE"]}

Overall accuracy on patches of polygons that were held out   {held_out["overall_accuracy"]:.3f}
Overall accuracy on {points:<40} {accuracy["OVERALL_ACCURACY"]:.3f}

Done in {time.monotonic() - began:.0f} s.""")


if __name__ == "__main__":
    main()
