"""Take the pictures of docs/ in a real QGIS window: the way of the tutorial, and every dock in other clothes.

Usage, with QGIS's Python: python3 scripts/screenshots.py [FOLDER]; docs/pictures if not given. Takes some minutes.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "desktop"))

from driving import HOME, Qgis, Screens, drive  # noqa: E402

# What is taken, and what its pictures' names begin with: the tutorial, and the docks on another screen and in the dark.
STORIES = (
    ("tutorial_steps:tutorial", "", {}),
    ("gallery_steps:gallery", "large_", {"scale": 2}),
    ("gallery_steps:gallery", "dark_", {"theme": "Night Mapping"}),
    ("gallery_steps:gallery", "german_", {"locale": "de"}),
)
# Enough for windows and maps, at a third of the size.
COLOURS = 192


def main() -> None:
    """Run each story, then put its pictures into the folder."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures"
    target.mkdir(parents=True, exist_ok=True)
    screens = Screens()
    with tempfile.TemporaryDirectory() as work:
        try:
            data = prepare(Path(work))
            for number, (step, prefix, clothes) in enumerate(STORIES):
                folder = Path(work, str(number))
                # The project's folder shows in the pictures.
                project, taken = folder / "village", folder / "taken"
                project.mkdir(parents=True)
                given = {**data, "folder": project, "screenshots": taken, **clothes}
                found = drive(folder, screens, step, **given)
                if "error" in found:
                    sys.exit(found["error"])
                for picture in sorted(taken.glob("*.png")):
                    shrink(picture, target / f"{prefix}{picture.name}")
        finally:
            screens.close()


def prepare(folder: Path) -> dict:
    """A scene, its truth, and one of each thing that is made from it; paths by what they are."""
    qgis = Qgis(folder / "headless", HOME)
    qgis.enable()

    def run(stage, **values):
        return {key.lower(): path for key, path in qgis.run(f"landloom:{stage}", **values).items()}

    scene = run(
        "create_demo_scene", SIZE=384, POINTS=400, IMAGE=folder / "image.tif", TRUTH=folder / "truth.tif",
        POLYGONS=folder / "polygons.gpkg", REFERENCE=folder / "reference.gpkg",
    )  # fmt: skip
    given = {"IMAGES": scene["image"], "POLYGONS": scene["polygons"], "CLASS_FIELD": "class_id"}
    samples = run("extract_samples", **given, SAMPLES=folder / "samples.parquet")["samples"]
    model = run("train_random_forest", SAMPLES=samples, TREES=100, MODEL=folder / "model.landloom")["model"]
    mapped = run(
        "predict", MODEL=model, IMAGES=scene["image"], MAP=folder / "map.tif", ENTROPY=folder / "uncertainty.tif"
    )
    review = run(
        "queue_places", MAP=mapped["map"], UNCERTAINTY=mapped["entropy"], COUNT=30, PLACES=folder / "review.gpkg"
    )
    return {
        **{name: scene[name] for name in ("image", "truth", "polygons", "reference")},
        "samples": samples,
        "model": model,
        "map": mapped["map"],
        "uncertainty": mapped["entropy"],
        "review": review["places"],
        "dataset": run("build_patch_dataset", **given, DATASET=folder / "patches")["dataset"],
        "unused": folder / "unused.gpkg",
    }


def shrink(picture: Path, target: Path) -> None:
    """Write a picture with few colours and nothing in it that changes from run to run but what it shows."""
    command = ["convert", str(picture), "-strip", "-dither", "None", "-colors", str(COLOURS), f"PNG8:{target}"]
    subprocess.run(command, check=True)
    print(f"{target.name}: {target.stat().st_size // 1024} KiB")


if __name__ == "__main__":
    main()
