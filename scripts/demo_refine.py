"""Tile refinement, headless, through QGIS: a refiner learns from one blurred scene and makes another one clearer.

Standard library only. `make demo-refine` prepares what it needs and runs it.
"""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from demo import FOLDER, in_qgis, say
from headless import Qgis

WORK = FOLDER / "refinement"
MONTH, BIOME = 6, 4


def main() -> None:
    """Run the steps and print where everything is."""
    in_qgis(refine)


def refine(qgis: Qgis, began: float) -> None:
    """The job itself."""
    # Tiles of an earlier demo would count as done.
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    # Tiles to learn from do not overlap, so that none is lost at the border of what is held out.
    for scene, seed, overlap in (("one", 42, 0), ("other", 7, 16)):
        say(f"Making scene {scene} and its blurred twin …")
        qgis.run(
            "landloom:create_demo_scene", SEED=seed, SIZE=768, IMAGE=WORK / f"{scene}.tif",
            POLYGONS=WORK / f"{scene}.gpkg", REFERENCE=WORK / f"{scene}_points.gpkg",
        )  # fmt: skip
        qgis.run(
            "landloom:raster_to_tiles", IMAGES=WORK / f"{scene}.tif", TILE_SIZE=128, OVERLAP=overlap, MONTH=MONTH,
            BIOME=BIOME, TILES=WORK / f"{scene}_tiles",
        )  # fmt: skip
        qgis.run(
            "landloom:degrade_tiles", TILES=WORK / f"{scene}_tiles", SEED=seed, VARIED="false", CONTRAST=0, GAIN=0,
            HAZE=0, DEGRADED=WORK / f"{scene}_blurred",
        )  # fmt: skip
    qgis.run(
        "landloom:tiles_to_raster", TILES=WORK / "other_blurred", KEY="opt_v1", RASTER=WORK / "blurred" / "other.tif"
    )
    say("Training the refiner on scene one, for some minutes …")
    qgis.run(
        "landloom:train_refiner", TILES=WORK / "one_blurred", TARGETS=WORK / "one_tiles", SIZE="tiny", EPOCHS=30,
        CROP=64, RECORD="false", MODEL=WORK / "refiner.landloom", REPORT=WORK / "refiner.html",
    )  # fmt: skip
    say("Running the chain 'Refined image from tiles' on the other scene …")
    done = qgis.run(
        "landloom:refined_image_from_tiles", IMAGES=WORK / "blurred" / "other.tif", MODEL=WORK / "refiner.landloom",
        MONTH=MONTH, BIOME=BIOME, TILE_SIZE=128, OVERLAP=16, **{
            "cut:Tiles before": WORK / "before", "refine:Refined tiles": WORK / "after",
            "verify:Report": WORK / "verification.html", "verify:Tiles by grade": WORK / "grades.gpkg",
            "join:Refined image": WORK / "refined.tif",
        },
    )  # fmt: skip
    found = qgis.run(
        "landloom:verify_tiles", BEFORE=WORK / "before", AFTER=WORK / "after", TARGETS=WORK / "other_tiles",
        TABLE=WORK / "targets.csv", REPORT=WORK / "targets.html",
    )  # fmt: skip
    print(f"""
Model     {WORK / "refiner.landloom"}
Images    {WORK / "blurred" / "other.tif"}
          {done["join:Refined image"]}
Reports   {WORK / "refiner.html"}
          {done["verify:Report"]}
          {found["REPORT"]}

The other scene against what it was before it was blurred, {found["TARGET_COUNT"]:.0f} tiles:
PSNR   {found["PSNR_BEFORE"]:.2f} dB blurred, {found["PSNR"]:.2f} dB refined
SSIM   {found["SSIM_BEFORE"]:.3f} blurred, {found["SSIM"]:.3f} refined

Done in {time.monotonic() - began:.0f} s.""")


if __name__ == "__main__":
    main()
