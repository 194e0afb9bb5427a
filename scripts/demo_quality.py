"""Predicted quality, headless, through QGIS: where is the map of a scene wrong for which there is no reference?

Standard library only. `make demo-quality` prepares what it needs and runs it.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from demo import FOLDER, in_qgis, say
from headless import Qgis

WORK = FOLDER / "quality"
# A forest learns from the first scene and maps the others. The quality model learns from those that have a reference,
# and says how good the map of the last one is.
LEARNT, KNOWN, UNKNOWN = 42, (7, 8, 9, 10, 11, 12), 13


def main() -> None:
    """Run the steps and print where everything is."""
    in_qgis(predict_quality)


def predict_quality(qgis: Qgis, began: float) -> None:
    """The job itself."""
    WORK.mkdir(parents=True, exist_ok=True)
    say("Making scenes, and a forest from the polygons of the first …")
    for seed in (LEARNT, *KNOWN, UNKNOWN):
        qgis.run(
            "landloom:create_demo_scene", SEED=seed, SIZE=512, IMAGE=WORK / f"{seed}.tif",
            POLYGONS=WORK / f"{seed}.gpkg", REFERENCE=WORK / f"{seed}_points.gpkg", TRUTH=WORK / f"{seed}_truth.tif",
        )  # fmt: skip
    qgis.run(
        "landloom:extract_samples", IMAGES=WORK / f"{LEARNT}.tif", POLYGONS=WORK / f"{LEARNT}.gpkg",
        CLASS_FIELD="class_id", NAME_FIELD="class_name", SAMPLES=WORK / "samples.parquet",
    )  # fmt: skip
    qgis.run(
        "landloom:train_random_forest", SAMPLES=WORK / "samples.parquet", TREES=100, RECORD="false",
        MODEL=WORK / "forest.landloom",
    )  # fmt: skip
    say("Mapping the other scenes and describing their tiles …")
    for number, seed in enumerate((*KNOWN, UNKNOWN)):
        qgis.run(
            "landloom:predict", MODEL=WORK / "forest.landloom", IMAGES=WORK / f"{seed}.tif", RECORD="false",
            MAP=WORK / f"{seed}_map.tif", PROBABILITIES=WORK / f"{seed}_probabilities.tif",
        )  # fmt: skip
        known = seed != UNKNOWN
        qgis.run(
            "landloom:describe_map_tiles", MAP=WORK / f"{seed}_map.tif", IMAGES=WORK / f"{seed}.tif",
            PROBABILITIES=WORK / f"{seed}_probabilities.tif", TILE_SIZE=32,
            APPEND="true" if known and number else "false",
            TILES=WORK / ("known" if known else "unknown"),
            RECORDS=WORK / ("known.csv" if known else "unknown.csv"),
            **({"REFERENCE": WORK / f"{seed}_truth.tif"} if known else {}),
        )  # fmt: skip
    say("Training the quality model …")
    trained = qgis.run(
        "landloom:train_quality_model", RECORDS=WORK / "known.csv", METRICS="accuracy", RECORD="false",
        MODEL=WORK / "quality.landloom", REPORT=WORK / "quality.html",
    )  # fmt: skip
    found = qgis.run(
        "landloom:predict_quality", MODEL=WORK / "quality.landloom", RECORDS=WORK / "unknown.csv",
        PREDICTIONS=WORK / "predicted.csv", FOOTPRINTS=WORK / "predicted.gpkg",
    )  # fmt: skip
    print(f"""
Report    {trained["REPORT"]}
Model     {trained["MODEL"]}
Layer     {found["FOOTPRINTS"]}, {found["PREDICTED_COUNT"]:.0f} tiles, lowest predicted accuracy\
 {found["LOWEST_PREDICTED"]:.2f}

On the one scene that was held out: mean error {trained["MAE"]:.3f}, rank correlation {trained["RANK_CORRELATION"]:.3f};
mean entropy alone has a rank correlation of {trained["SINGLE_RANK_CORRELATION"]:.3f}.
{trained["VERDICT"]}

Done in {time.monotonic() - began:.0f} s.""")


if __name__ == "__main__":
    main()
