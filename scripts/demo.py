"""The main job, headless, through QGIS: a demo scene becomes a map, a report and a picture.

Standard library only. `make demo` prepares what it needs and runs it.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from headless import ROOT, Qgis

FOLDER = ROOT / "build" / "demo"


def main() -> None:
    """Run the chain and print where everything is."""
    in_qgis(make_map)


def in_qgis(job: Callable[[Qgis, float], None]) -> None:
    """Do a job in a QGIS of its own; it is also told when it began."""
    began = time.monotonic()
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as profile:
        qgis = Qgis(Path(profile))
        qgis.enable()
        job(qgis, began)


def make_scene(qgis: Qgis) -> None:
    """The demo scene: image, polygons, reference points."""
    say("Making the demo scene …")
    qgis.run(
        "landloom:create_demo_scene", IMAGE=FOLDER / "image.tif", POLYGONS=FOLDER / "polygons.gpkg",
        REFERENCE=FOLDER / "reference.gpkg",
    )  # fmt: skip


def make_map(qgis: Qgis, began: float) -> None:
    """The job itself."""
    make_scene(qgis)
    say("Running the chain 'Land-cover map from polygons' …")
    done = qgis.run(
        "landloom:land_cover_map_from_polygons", IMAGES=FOLDER / "image.tif", POLYGONS=FOLDER / "polygons.gpkg",
        CLASS_FIELD="class_id", NAME_FIELD="class_name", RECORD="false", **{
            "train:Model": FOLDER / "model.landloom", "train:Report": FOLDER / "report.html",
            "map:Map": FOLDER / "map.tif", "map:Picture": FOLDER / "map.png",
        },
    )  # fmt: skip
    say("Comparing the map with independent reference points …")
    accuracy = qgis.run(
        "landloom:evaluate", MAP=FOLDER / "map.tif", REFERENCE=FOLDER / "reference.gpkg", CLASS_FIELD="class_id",
        METRICS=FOLDER / "accuracy.json", REPORT=FOLDER / "accuracy.html",
    )  # fmt: skip
    held_out = json.loads((FOLDER / "model.landloom.json").read_text(encoding="utf-8"))["found"]
    print(f"""
Map       {done["map:Map"]}
Picture   {done["map:Picture"]}
Report    {done["train:Report"]}
          {accuracy["REPORT"]}
Model     {done["train:Model"]}

Overall accuracy on training polygons that were held out   {held_out["overall_accuracy"]:.3f}
Overall accuracy on {accuracy["PIXEL_COUNT"]} independent points at random          {accuracy["OVERALL_ACCURACY"]:.3f}

Done in {time.monotonic() - began:.0f} s.""")


def say(text: str) -> None:
    """Print at once, so that one sees what is going on."""
    print(text, flush=True)


if __name__ == "__main__":
    main()
