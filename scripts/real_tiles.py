"""Train segmentation networks on a public set of mangrove tiles and measure them on its validation tiles.

Usage: PYTHON scripts/real_tiles.py FOLDER [EPOCHS], with the Python of Landloom's environment (deep-learning and CRF
layers). The folder holds `mangrove_s2`, which is public but not ours to pass on. docs/accuracy.md explains what is
measured.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import rasterio
import shapely
from rasterio.transform import from_origin

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from landloom.job import Job
from landloom.runner import run_stage
from landloom.stages import find_stage

NODATA = 255
# Every fifth training tile decides when to stop; the published validation tiles are looked at once, at the end.
EACH_VAL = 5


def run(stage: str, **given: Any) -> dict:
    """Run a stage and print what it says."""

    def show(event: dict) -> None:
        if event["type"] in ("message", "warning"):
            print(f"    {event['text']}", file=sys.stderr, flush=True)

    with Job(show) as job:
        return run_stage(find_stage(stage), {k: str(v) if isinstance(v, Path) else v for k, v in given.items()}, job)


def mosaic(data: Path, folder: Path) -> gpd.GeoDataFrame:
    """Put all tiles and their masks into one image and one label raster; gives the tiles' outlines and parts."""
    tiles = [
        (part, path) for part in ("Training", "Validation") for path in sorted((data / part / "images").glob("*.tif"))
    ]
    opened = []
    for part, path in tiles:
        with rasterio.open(path) as image:
            mask = next((data / part).glob(f"*/{path.stem}.png"))
            with rasterio.open(mask) as labels:
                opened.append((part, image.bounds, image.transform, image.crs, image.read(), labels.read(1)))
    west, north = min(b.left for _, b, *_ in opened), max(b.top for _, b, *_ in opened)
    east, south = max(b.right for _, b, *_ in opened), min(b.bottom for _, b, *_ in opened)
    size, crs = opened[0][2].a, opened[0][3]
    height, width = round((north - south) / size), round((east - west) / size)
    grid = {
        "height": height, "width": width, "transform": from_origin(west, north, size, size), "crs": crs,
        "driver": "GTiff", "tiled": True, "compress": "deflate", "dtype": "uint8",
    }  # fmt: skip
    image, labels = np.zeros((4, height, width), np.uint8), np.full((height, width), NODATA, np.uint8)
    for _, bounds, _, _, pixels, mask in opened:
        row, col = round((north - bounds.top) / size), round((bounds.left - west) / size)
        place = slice(row, row + mask.shape[0]), slice(col, col + mask.shape[1])
        image[(slice(None), *place)], labels[place] = pixels, mask
    with rasterio.open(folder / "image.tif", "w", count=4, nodata=0, **grid) as raster:
        raster.write(image)
        raster.descriptions = ("red", "green", "blue", "NIR")
    with rasterio.open(folder / "labels.tif", "w", count=1, nodata=NODATA, **grid) as raster:
        raster.write(labels, 1)
    training = np.cumsum([part == "Training" for part, *_ in opened])
    parts = [
        "test" if part == "Validation" else "val" if number % EACH_VAL == 0 else "train"
        for (part, *_), number in zip(opened, training, strict=True)
    ]
    table = gpd.GeoDataFrame({"part": parts}, geometry=[shapely.box(*b) for _, b, *_ in opened], crs=crs)
    table.to_file(folder / "parts.gpkg")
    return table


def main() -> None:
    """Train, map, refine, measure."""
    data, epochs = Path(sys.argv[1]) / "mangrove_s2", int(sys.argv[2]) if len(sys.argv) > 2 else 30
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(sys.argv[3]) if len(sys.argv) > 3 else Path(scratch)
        mosaic(data, folder)
        run(
            "cut_tiles", images=folder / "image.tif", label_raster=folder / "labels.tif",
            classes="0:Other:#d9d9d9; 1:Mangrove:#117733", tile_size=256, parts=folder / "parts.gpkg",
            parts_field="part", tiles=folder / "tiles", report=folder / "tiles.html",
        )  # fmt: skip
        began = time.monotonic()
        trained = run(
            "train_segmentation", tiles=folder / "tiles", network="unet", encoder="resnet18", epochs=epochs,
            loss="focal_dice", learning_rate=0.001, record=False, model=folder / "unet.landloom",
            report=folder / "unet.html",
        )  # fmt: skip
        minutes = (time.monotonic() - began) / 60
        mapped = run(
            "predict", model=trained["model"], images=folder / "image.tif", record=False, map=folder / "map.tif",
            probabilities=folder / "probabilities.tif",
        )  # fmt: skip
        refined = run(
            "refine_crf", probabilities=mapped["probabilities"], images=folder / "image.tif", record=False,
            map=folder / "crf.tif",
        )  # fmt: skip
        print(f"\n{trained['epochs_run']} epochs in {minutes:.0f} minutes, best {trained['best_epoch']}\n")
        print("| map | pixels | overall accuracy | F1 of mangrove | mean IoU | kappa |\n|---|---|---|---|---|---|")
        for name, path in (("U-Net", mapped["map"]), ("U-Net and CRF", refined["map"])):
            metrics = folder / "metrics.json"
            run("evaluate", map=path, tiles=folder / "tiles", tiles_part="test", metrics=metrics)
            s = json.loads(metrics.read_text(encoding="utf-8"))["scores"]
            figures = (s["overall_accuracy"], s["f1"][1], s["mean_iou"], s["kappa"])
            print(f"| {name} | {s['samples']} | " + " | ".join(f"{value:.4f}" for value in figures) + " |")


if __name__ == "__main__":
    main()
