"""Mapping a whole scene: ours, scikit-learn straight, and just reading and writing the same raster.

Each run is a process of its own, so that its peak memory is its own; rounds are interleaved, medians are
shown, and the ratios count, not the seconds of a noisy machine.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))


def prepare(folder: Path, size: int, trees: int) -> None:
    """A demo scene and a forest trained on its polygons."""
    from landloom.job import Job
    from landloom.runner import run_stage

    with Job() as job:
        run_stage(
            "create_demo_scene", {"size": size, "points": 5, "image": folder / "image.tif",
            "polygons": folder / "polygons.gpkg", "reference": folder / "reference.gpkg"}, job,
        )  # fmt: skip
        run_stage(
            "extract_samples", {"images": [str(folder / "image.tif")], "polygons": str(folder / "polygons.gpkg"),
            "class_field": "class_id", "samples": str(folder / "samples.parquet")}, job,
        )  # fmt: skip
        run_stage(
            "train_random_forest", {"samples": str(folder / "samples.parquet"), "trees": trees, "validation": "none",
            "record": False, "model": str(folder / "model.landloom")}, job,
        )  # fmt: skip


def ours(folder: Path) -> None:
    """Map with a model, as the stage does it."""
    from landloom.job import Job
    from landloom.runner import run_stage

    with Job() as job:
        run_stage(
            "predict", {"model": str(folder / "model.landloom"), "images": [str(folder / "image.tif")], "record": False,
            "map": str(folder / "ours.tif")}, job,
        )  # fmt: skip


def plain(folder: Path) -> None:
    """What one writes without Landloom: windows, RandomForestClassifier.predict on all cores, a tiled GeoTIFF."""
    import joblib
    import numpy as np
    import rasterio

    forest = joblib.load(folder / "model.joblib").set_params(n_jobs=-1)
    with rasterio.open(folder / "image.tif") as source:
        profile = {**source.profile, "count": 1, "dtype": "uint8", "predictor": 1}
        with rasterio.open(folder / "plain.tif", "w", **profile) as target:
            for _, window in source.block_windows(1):
                values = source.read(window=window)
                valid = (values != 0).all(axis=0)
                mapped = np.zeros(valid.shape, np.uint8)
                if valid.any():
                    mapped[valid] = forest.predict(values[:, valid].T.astype(np.float32))
                target.write(mapped, 1, window=window)


def floor(folder: Path) -> None:
    """Read the image and write a band of it as COG, window by window, without any model."""
    import rasterio
    import rasterio.shutil

    with rasterio.open(folder / "image.tif") as source:
        profile = {**source.profile, "count": 1, "dtype": "uint8", "compress": None, "predictor": 1}
        with rasterio.open(folder / "plain_floor.tif", "w", **profile) as target:
            for _, window in source.block_windows(1):
                target.write((source.read(window=window)[0] >> 8).astype("uint8"), 1, window=window)
    rasterio.shutil.copy(
        folder / "plain_floor.tif", folder / "floor.tif", driver="COG", COMPRESS="DEFLATE", NUM_THREADS="ALL_CPUS"
    )


WAYS = {"ours": ours, "scikit-learn": plain, "read + write": floor}


def peak_memory() -> float:
    """This process's largest memory so far, MiB. getrusage would also count what the parent had before the start."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def measure(way: str, folder: Path) -> dict:
    """Seconds and peak memory (MiB) of one way, in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, "--way", way, "--folder", str(folder)], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    """Prepare, measure in turns, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", type=int, default=1536)
    parser.add_argument("--trees", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--way", choices=WAYS)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    if options.way:
        began = time.perf_counter()
        WAYS[options.way](options.folder)
        print(json.dumps({"seconds": time.perf_counter() - began, "peak": peak_memory()}))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder, options.size, options.trees)
        measure("ours", folder)  # the first run compiles
        found = {way: [] for way in WAYS}
        for _ in range(options.rounds):
            for way in WAYS:
                found[way].append(measure(way, folder))
        compare(folder)
    pixels = options.size**2 / 1e6
    print(f"\nMapping {options.size} × {options.size} × 6 uint16, {options.trees} trees; whole programs with start-up,")
    print(f"reading and writing; medians of {options.rounds} rounds\n")
    seconds = {way: statistics.median(r["seconds"] for r in runs) for way, runs in found.items()}
    print(f"{'way':<14} {'s':>7} {'Mpixel/s':>9} {'× scikit-learn':>15} {'peak MiB':>9}")
    for way, took in seconds.items():
        peak = max(r["peak"] for r in found[way])
        print(f"{way:<14} {took:7.1f} {pixels / took:9.2f} {seconds['scikit-learn'] / took:15.1f} {peak:9.0f}")


def compare(folder: Path) -> None:
    """Ours must be the same map as scikit-learn's, pixel by pixel; else the speed means nothing."""
    import rasterio

    with rasterio.open(folder / "ours.tif") as a, rasterio.open(folder / "plain.tif") as b:
        different = int((a.read(1) != b.read(1)).sum())
    print(f"pixels that differ from scikit-learn's predict: {different}")


if __name__ == "__main__":
    main()
