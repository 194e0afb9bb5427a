"""Small tables of records with images, whose quality can be learnt, written without the stages that mine results."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import rasterio
from rasterio.transform import from_origin

from landloom.records.table import PARTS, Records, open_records, write_records

TYPES, METHODS = ("crop", "forest", "urban", "water"), ("crf", "filter")
PIXEL, WEST, NORTH = 10, 500_000, 5_400_000


def make_records(
    folder: str | Path,
    n: int = 40,
    *,
    size: int = 32,
    bands: int = 3,
    extension: str = "tif",
    placed: bool = True,
    parts: dict[str, int] | None = None,
    seed: int = 0,
) -> Records:
    """Write `folder/records.csv` and an image a record; the image's noise and param_strength make the quality.

    Args:
        folder: is made; the images lie in images/.
        n: number of records, each with an image of its own, of the types and methods in turn.
        size, bands: of the images, uint8.
        extension: tif, png, npy or npz (array `image`).
        placed: whether records have footprints; they stand side by side, ten in a row, in EPSG:32633.
        parts: number of records by part (train, val, test), which together are n; None: not split.

    param_noise is what makes the images differ, param_sensor is text.
    """
    folder = Path(folder)
    (folder / "images").mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(seed)
    rows = []
    for number in range(n):
        noise, strength = random.uniform(0, 1), random.uniform(0, 1)
        west, north = WEST + number % 10 * size * PIXEL, NORTH - number // 10 * size * PIXEL
        name = f"images/image_{number:05d}.{extension}"
        _write(folder / name, _image(random, size, bands, noise), from_origin(west, north, PIXEL, PIXEL))
        ssim = 0.95 - 0.5 * noise - 0.2 * (strength - 0.5) ** 2 + random.normal(0, 0.01)
        mse = 0.02 * (1.05 - ssim)
        east, south = west + size * PIXEL, north - size * PIXEL
        rows.append(
            {
                "record_id": f"record_{number:05d}",
                "image": name,
                "type": TYPES[number % len(TYPES)],
                "method": METHODS[number // len(TYPES) % len(METHODS)],
                "time": f"2025-{1 + number * 12 // n:02d}-{1 + number % 28:02d}T12:00:00",
                "group": f"scene_{number // 4}",
                "footprint": f"POLYGON (({west} {south}, {east} {south}, {east} {north}, {west} {north},"
                f" {west} {south}))"
                if placed
                else "",
                "crs": "EPSG:32633" if placed else "",
                "param_strength": round(strength, 4),
                "param_noise": round(noise, 4),
                "param_sensor": ("S2", "L8")[number % 2],
                "metric_ssim": ssim,
                "metric_mse": mse,
                "metric_psnr": 10 * np.log10(1 / mse),
            }
        )
    table = pd.DataFrame(rows)
    if parts:
        table["part"] = np.repeat(PARTS, [parts.get(part, 0) for part in PARTS])
        table["fold"], table["inspect"] = 0, 0
    write_records(folder / "records.csv", table)
    return open_records(folder / "records.csv")


def _image(random: np.random.Generator, size: int, bands: int, noise: float) -> np.ndarray:
    """(bands, size, size) uint8: a wave with noise on it."""
    row, col = np.mgrid[:size, :size] / size
    wave = 127 + 60 * np.sin(9 * (row + col * random.uniform(0.5, 1)) + np.arange(bands)[:, np.newaxis, np.newaxis])
    return np.clip(wave + random.normal(0, 5 + 60 * noise, wave.shape), 1, 255).astype(np.uint8)


def _write(path: Path, image: np.ndarray, transform: rasterio.Affine) -> None:
    if path.suffix == ".npy":
        np.save(path, image)
    elif path.suffix == ".npz":
        np.savez(path, image=image)
    else:
        driver, where = (
            ("PNG", {}) if path.suffix == ".png" else ("GTiff", {"crs": "EPSG:32633", "transform": transform})
        )
        with rasterio.open(
            path, "w", driver, image.shape[2], image.shape[1], len(image), dtype="uint8", **where
        ) as target:
            target.write(image)
