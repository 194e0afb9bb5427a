"""Features of 2,000 small tiles: as the stage extracts them, and with bare PyTorch; reading them in batches.

Weights are random, which makes no difference to the time. Where the real scenes beside the repository are there, the
tiles are cut from them.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

from side_by_side import ROOT, Bench, stage

COUNT, EDGE, BATCH, ROWS, DIMENSION = 2000, 64, 64, 10_000, 2048
SCENES = ROOT.parent / "shared" / "data" / "mangrove_s2"


def prepare(folder: Path) -> None:
    """The tiles, and a store of 10,000 rows whose features are like those of a ResNet: many small, none below 0."""
    import numpy as np
    import pandas as pd

    from landloom.image_features import feature_store

    (folder / "tiles").mkdir()
    for number, values in enumerate(_tiles()):
        _write(folder / "tiles" / f"{number:05d}.tif", values)
    random = np.random.default_rng(0)
    table = pd.DataFrame({"id": [f"{n:05d}" for n in range(ROWS)]}).reindex(columns=feature_store.TEXTS, fill_value="")
    parts = (random.exponential(0.4, (1000, DIMENSION)).astype(np.float16) for _ in range(ROWS // 1000))
    about = {"encoder": "resnet50", "weights": {"source": "none"}, "recipe": {}, "facts": {}}
    feature_store.write_store(folder / "large.h5", table, parts, DIMENSION, "float16", about)


def _tiles():
    """Tiles (4, EDGE, EDGE), uint8."""
    import numpy as np
    import rasterio
    import scipy.ndimage

    scenes = sorted(SCENES.glob("**/*.tif"))
    made = 0
    for path in scenes:
        with rasterio.open(path) as raster:
            if raster.count != 4:
                continue
            values = raster.read()
        for top in range(0, values.shape[1] - EDGE + 1, EDGE):
            for left in range(0, values.shape[2] - EDGE + 1, EDGE):
                if made < COUNT:
                    made += 1
                    yield values[:, top : top + EDGE, left : left + EDGE]
    random = np.random.default_rng(0)
    for _ in range(COUNT - made):
        smooth = scipy.ndimage.gaussian_filter(random.normal(0, 1, (4, EDGE, EDGE)), (0, 2, 2))
        yield (128 + 200 * smooth).clip(0, 255).astype(np.uint8)


def _write(path: Path, values) -> None:
    import rasterio
    from rasterio.transform import from_origin

    grid = {"crs": "EPSG:32750", "transform": from_origin(500_000, 9_000_000, 10, 10)}
    with rasterio.open(path, "w", "GTiff", EDGE, EDGE, len(values), dtype="uint8", **grid) as raster:
        raster.write(values)


def extract(folder: Path) -> None:
    """As the stage does it."""
    (folder / "features.h5").unlink(missing_ok=True)
    found = stage("extract_features", images=folder / "tiles", weights="none", features=folder / "features.h5")
    (folder / "extract.json").write_text(json.dumps(found))


def again(folder: Path) -> None:
    """The same once more: nothing is new."""
    stage("extract_features", images=folder / "tiles", weights="none", features=folder / "features.h5")


def bare(folder: Path) -> None:
    """What one writes without the stage: PyTorch, batches of 32, an array."""
    import numpy as np
    import rasterio
    import torch

    from landloom.networks.feature_encoder import IMAGENET_DEVIATION, IMAGENET_MEAN, Weights

    network, _ = Weights("resnet50", "none", 42).network(4)
    mean, deviation = (np.resize(v, 4).reshape(4, 1, 1) for v in (IMAGENET_MEAN, IMAGENET_DEVIATION))
    found = []
    paths = sorted((folder / "tiles").glob("*.tif"))
    with torch.inference_mode():
        for start in range(0, COUNT, 32):
            shown = []
            for path in paths[start : start + 32]:
                with rasterio.open(path) as raster:
                    shown.append((raster.read() / 255 - mean) / deviation)
            found.append(network(torch.from_numpy(np.stack(shown).astype(np.float32))).numpy())
    np.save(folder / "bare.npy", np.concatenate(found))


def check(folder: Path) -> None:
    """The features must agree; memory, storage and batches have limits of their own."""
    import numpy as np

    from landloom.image_features import feature_store, loading

    found = json.loads((folder / "extract.json").read_text())
    ours, theirs = feature_store.open_store(folder / "features.h5").read(range(COUNT)), np.load(folder / "bare.npy")
    difference = np.abs(ours - theirs).max() / np.abs(theirs).max()
    print(f"Largest difference to PyTorch, relative to the largest feature: {difference:.1e} (stored with 16 bits)")
    print(f"The store has {100 * found['storage_share']:.1f} % of the images' size (limit: 50 %)")
    print(f"Peak memory as the stage tells it: {found['peak_memory']:.0f} MiB (limit: 2048 MiB)")

    store = feature_store.open_store(folder / "large.h5")
    began = time.perf_counter()
    norm = loading.measure(store, np.arange(0, ROWS, 2))
    print(f"Normalisation of {ROWS // 2:,} training rows: {time.perf_counter() - began:.1f} s")
    print(f"\nBatches of {BATCH} of {ROWS:,} × {DIMENSION:,}, in random order, this process (limit: 100 ms):\n")
    print("| way | median ms | 95 % ms |\n|---|---|---|")
    dataset = loading.FeatureDataset(store, None, norm)
    alone = np.random.default_rng(0).permutation(ROWS)[: 20 * BATCH].reshape(-1, BATCH)
    ways = {
        "loader, shuffled by chunks": _waits(loading.loader(dataset, BATCH, shuffle=True)),
        "loader, 1 process ahead": _waits(loading.loader(dataset, BATCH, shuffle=True, workers=1)),
        "any rows, one read a batch": _waits(dataset.__getitems__(rows.tolist()) for rows in alone),
        "any rows, one read an item": _waits([dataset[int(row)] for row in rows] for rows in alone[:5]),
    }
    for way, waits in ways.items():
        print(f"| {way} | {1000 * np.median(waits):.1f} | {1000 * np.percentile(waits, 95):.1f} |")


def _waits(batches) -> list[float]:
    """How long each batch lets one wait, seconds, but for the first, which opens files and starts processes."""
    waits, began = [], time.perf_counter()
    for _ in batches:
        waits.append(time.perf_counter() - began)
        began = time.perf_counter()
    return waits[1:]


if __name__ == "__main__":
    Bench(
        __file__,
        f"ResNet-50 features of {COUNT:,} tiles of {EDGE} × {EDGE} pixels, 4 bands",
        {"stage": extract, "stage, all there": again, "bare PyTorch": bare},
        "bare PyTorch",
        prepare,
        check,
        COUNT,
        "images",
    ).main()
