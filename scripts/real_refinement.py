"""Degrade real Sentinel-2 tiles, train a refiner on some, and measure how near the others come to what they were.

Usage: PYTHON scripts/real_refinement.py FOLDER [EPOCHS], with the Python of Landloom's environment (deep-learning
layer). The folder holds `bigearthnet`, which is public but not ours to pass on. docs/accuracy.md explains what is
measured.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from real_tiles import run

from landloom.refinement.tile_files import write_tile

SEEDS = (1, 2, 3)
# What degrade_tiles is told; the rest of what it could do is switched off.
DEGRADATIONS = {
    "its defaults": {"blur": 1.0, "noise": 0.01, "shift": 0.5},
    "more blur, less noise": {"blur": 1.5, "noise": 0.005, "shift": 0.7},
}
BANDS = ("B02", "B03", "B04", "B08")
# Of dark water the NDVI is noise: tiles whose near infrared is darker than this on average count in a row of their own.
DARK = 0.05


def main() -> None:
    """Convert, degrade, train with several seeds, and print what was measured on the test tiles."""
    data, epochs = Path(sys.argv[1]) / "bigearthnet", int(sys.argv[2]) if len(sys.argv) > 2 else 60
    print("| degraded by | seed | tiles | PSNR | SSIM | NDVI RMSE | edge correlation |\n|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        dark = convert(data, folder / "good")
        for number, (name, settings) in enumerate(DEGRADATIONS.items()):
            bad = folder / f"bad_{number}"
            run(
                "degrade_tiles", tiles=folder / "good", degraded=bad, varied=False, contrast=0, gain=0, haze=0,
                **settings,
            )  # fmt: skip
            for seed in SEEDS:
                table = folder / f"tiles_{number}_{seed}.csv"
                run(
                    "train_refiner", tiles=bad, targets=folder / "good", size="tiny", epochs=epochs, patience=epochs,
                    crop=64, test_share=0.2, seed=seed, record=False, table=table,
                    model=folder / f"refiner_{number}_{seed}.landloom",
                )  # fmt: skip
                found = pd.read_csv(table).query("part == 'test'")
                land = found[~found["tile"].isin(dark)]
                for what, rows in (("all", found), ("land", land)):
                    print(f"| {name} | {seed} | {what} {len(rows)} | {' | '.join(figures(rows))} |", flush=True)


def convert(data: Path, folder: Path) -> set[str]:
    """Write the data set's tiles as tile files; gives the names of the dark ones."""
    folder.mkdir()
    dark = set()
    for path in sorted(data.glob("*.npz")):
        month = re.search(r"_20\d\d(\d\d)\d\dT", path.name)
        assert month, path.name
        with np.load(path) as found:
            pixels = np.stack([found[f"S2_{band}"] for band in BANDS]).astype(np.float32) / 10000
        write_tile(
            folder, path.stem, {"opt_v1": pixels}, {"month": int(month[1]), "biome_code": 4, "tile_id": path.stem}
        )
        if pixels[3].mean() < DARK:
            dark.add(path.stem)
    return dark


def figures(rows: pd.DataFrame) -> list[str]:
    """Means before → after."""
    digits = {"psnr": 2, "ssim": 3, "ndvi_rmse": 3, "edge_correlation": 3}
    return [f"{rows[f'{name}_before'].mean():.{d}f} → {rows[name].mean():.{d}f}" for name, d in digits.items()]


if __name__ == "__main__":
    main()
