"""Mining 10,000 records with an image each, and splitting them; and reading and opening them one after another."""

from __future__ import annotations

import json
from pathlib import Path

from side_by_side import Bench, stage

RECORDS, SIZE = 10_000, 128


def prepare(folder: Path) -> None:
    """A log as JSON lines, and GeoTIFF images of three bands."""
    import numpy as np
    import rasterio
    from rasterio.transform import from_origin

    random = np.random.default_rng(0)
    (folder / "runs" / "images").mkdir(parents=True)
    lines = []
    for number in range(RECORDS):
        pixels = random.integers(0, 255, (3, SIZE, SIZE), np.uint8)
        where = from_origin(500_000 + number % 100 * 10 * SIZE, 5_400_000 - number // 100 * 10 * SIZE, 10, 10)
        name = f"images/{number:05d}.tif"
        with rasterio.open(
            folder / "runs" / name, "w", "GTiff", SIZE, SIZE, 3, "EPSG:32633", where, "uint8"
        ) as target:  # fmt: skip
            target.write(pixels)
        ssim = random.uniform(0.4, 0.99)
        mse = 0.02 * (1 - ssim)
        lines.append(
            json.dumps(
                {
                    "image": name,
                    "parameters": {f"p{i}": round(random.uniform(), 4) for i in range(8)},
                    "metrics": {"ssim": ssim, "mse": mse, "psnr": -10 * np.log10(mse)},
                    "type": ("crop", "forest", "urban", "water")[number % 4],
                    "method": ("crf", "filter")[number % 2],
                    "time": f"2025-{1 + number % 12:02d}-01T00:00:00",
                }
            )
        )
    (folder / "runs" / "log.jsonl").write_text("\n".join(lines))


def mine(folder: Path) -> None:
    """As the stage does it, with inventory and report."""
    stage(
        "mine_results", results=folder / "runs", records=folder / "records.csv", inventory=folder / "inventory.json",
        report=folder / "report.html",
    )  # fmt: skip


def one_by_one(folder: Path) -> None:
    """What one writes without: read the log, open each image, look for outliers; no inventory, no report."""
    import pandas as pd
    import rasterio

    with (folder / "runs" / "log.jsonl").open() as stream:
        table = pd.json_normalize([json.loads(line) for line in stream])
    sizes = []
    for name in table["image"]:
        with rasterio.open(folder / "runs" / name) as dataset:
            dataset.read()
            sizes.append(dataset.shape)
    table["size"] = sizes
    z = (table["metrics.ssim"] - table["metrics.ssim"].mean()) / table["metrics.ssim"].std()
    table[z.abs() < 6].to_csv(folder / "simple.csv", index=False)


def split(folder: Path) -> None:
    """Split what was mined, with footprints compared."""
    stage(
        "split_records", records=folder / "records.csv", records_out=folder / "split.csv", report=folder / "split.html"
    )


def check(folder: Path) -> None:
    """All records must have come through, and the parts be as asked for."""
    import pandas as pd

    mined, simple = pd.read_csv(folder / "records.csv"), pd.read_csv(folder / "simple.csv")
    same = sorted(mined["metric_ssim"].round(9)) == sorted(simple["metrics.ssim"].round(9))
    print(f"Both have the same {len(mined):,} records: {same}")
    parts = pd.read_csv(folder / "split.csv")["part"].value_counts()
    print("Parts: " + ", ".join(f"{part} {n:,}" for part, n in parts.items()))


if __name__ == "__main__":
    Bench(
        __file__,
        f"{RECORDS:,} records with images of {SIZE} × {SIZE} pixels",
        {"mine": mine, "one by one": one_by_one, "split": split},
        "one by one",
        prepare,
        check,
        RECORDS,
        "records",
    ).main()
