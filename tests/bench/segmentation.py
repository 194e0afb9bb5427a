"""Mapping with a segmentation network: all of predict, and the bare network looping over the same tiles."""

from __future__ import annotations

from pathlib import Path

from side_by_side import Bench, peak_memory, stage

SIZE = 2048
TILE, OVERLAP = 512, 128
ENCODER = "efficientnet-b4"


def prepare(folder: Path) -> None:
    """A demo scene, and a network with weights at random, which takes no less time."""
    stage(
        "create_demo_scene", size=SIZE, points=5, image=folder / "image.tif", polygons=folder / "polygons.gpkg",
        reference=folder / "reference.gpkg",
    )  # fmt: skip
    save_network(folder, ENCODER)


def save_network(folder: Path, encoder: str) -> None:
    """A U-Net for the image's bands and five classes."""
    import numpy as np
    import rasterio
    import torch

    from landloom import classes, models, rasters
    from landloom.networks import segmentation
    from landloom.networks.weights import as_arrays

    with rasterio.open(folder / "image.tif") as source:
        values = np.where((image := source.read(out_shape=(source.count, 256, 256))) == 0, np.nan, image)
    bands = rasters.open_stack([folder / "image.tif"]).bands
    torch.manual_seed(0)
    network = segmentation.SegmentationNetwork(segmentation.Design("unet", encoder, len(bands), 5))
    network.offset.copy_(torch.from_numpy(np.nanmean(values, axis=(1, 2))))
    network.scale.copy_(torch.from_numpy(np.nanstd(values, axis=(1, 2))))
    card = models.Card(
        "segmentation", bands, tuple(b.name for b in bands), (),
        classes.make_table({"id": i, "name": f"Class {i}"} for i in range(1, 6)), (10.0, 10.0), None,
        network={**network.describe(), "tile_size": TILE, "overlap": OVERLAP},
    )  # fmt: skip
    models.save(folder / "model.landloom", card, as_arrays(network))


def whole(folder: Path) -> None:
    """Map with a model, as the stage does it."""
    import time

    began = time.perf_counter()
    stage(
        "predict", model=folder / "model.landloom", images=[str(folder / "image.tif")], record=False,
        overlap=OVERLAP, map=folder / "map.tif",
    )  # fmt: skip
    (folder / "whole.txt").write_text(str(time.perf_counter() - began))


def tiles(folder: Path):
    """The same tiles in memory, and the network."""
    import numpy as np
    import rasterio

    from landloom import models
    from landloom.blending import Lattice
    from landloom.networks import segmentation

    card, weights = models.load(folder / "model.landloom")
    with rasterio.open(folder / "image.tif") as source:
        image = source.read().astype(np.float32)
    image[image == 0] = np.nan
    lattice = Lattice.over(*image.shape[1:], TILE, OVERLAP)
    cut = [
        np.ascontiguousarray(image[np.newaxis, :, row : row + TILE, column : column + TILE])
        for row in lattice.rows.starts
        for column in lattice.columns.starts
    ]
    return segmentation.from_arrays(card.network, weights), cut


def bare_onnx(folder: Path) -> None:
    """The network alone, by the same engine on the same tiles; start-up and export are counted as for the whole."""
    network, cut = tiles(folder)
    _over(_engine(network), cut)


def _engine(network):
    import os

    from landloom.networks.engines import OnnxEngine

    return OnnxEngine(network, 1, os.cpu_count() or 1)


def _over(engine, cut) -> None:
    """A tile a core, as mapping does it."""
    import os
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(lambda values: engine.probabilities(values).shape, cut))


def bare_eager(folder: Path) -> None:
    """What one writes without Landloom: PyTorch as it comes, a tile at a time."""
    import torch

    network, cut = tiles(folder)
    with torch.inference_mode():
        for values in cut:
            network.probabilities(network(torch.from_numpy(values)))


def check(folder: Path) -> None:
    """The tiles' throughput without start-up and export, in one process: what blending, reading and writing cost."""
    import statistics
    import time

    network, cut = tiles(folder)
    engine = _engine(network)
    engine.probabilities(cut[0])
    bare, ours = [], []
    for _ in range(3):
        began = time.perf_counter()
        _over(engine, cut)
        bare.append(time.perf_counter() - began)
        ours.append(_mapping_alone(folder))
    ratio = statistics.median(bare) / statistics.median(ours)
    print(
        f"{len(cut)} tiles without start-up and export: network alone {len(cut) / statistics.median(bare):.2f} tiles/s;"
        f" reading, network, blending and the finished map {len(cut) / statistics.median(ours):.2f}: {ratio:.0%}"
    )
    print(f"Peak of this process {peak_memory():.0f} MiB")


def _mapping_alone(folder: Path) -> float:
    """Seconds for the windows and the finished COG, with a network that has been exported and tried."""
    import time

    from landloom import mapping, models, prediction, rasters, tasks, tile_mapping
    from landloom.job import Job

    paths = [str(folder / "model.landloom")]
    opened = tasks.open_models(paths, (), False, "cpu")
    card = opened[0].card
    stack = rasters.open_stack([folder / "image.tif"])
    reader, _ = models.reader_for(card, stack)
    products = prediction.Products(card.classes)
    effort = mapping.Effort()
    with Job() as job:
        task = tasks.task_for(
            opened, reader, products, None, effort, tasks.Settings(overlap=OVERLAP, device="cpu"), job
        )
        state = tile_mapping._state(task)
        state.members[0].probabilities(task.read(0, 0)[None])
        layouts = products.layouts()
        began = time.perf_counter()
        mapping.map_windows(
            task,
            reader.stack,
            {"map": mapping.Product(folder / "alone.tif", layouts["map"])},
            {},
            effort,
            job,
            task.plan(),
        )
        took = time.perf_counter() - began
        task.close()
    return took


if __name__ == "__main__":
    from math import ceil

    count = (ceil((SIZE - TILE) / (TILE - OVERLAP)) + 1) ** 2
    Bench(
        __file__,
        f"Mapping {SIZE} × {SIZE} pixels × 6 bands, U-Net with {ENCODER}, {count} tiles of {TILE}, overlap {OVERLAP}",
        {"predict": whole, "network alone, same engine": bare_onnx, "network alone, eager PyTorch": bare_eager},
        "network alone, eager PyTorch",
        prepare,
        check,
        count,
        "tiles",
        rounds=1,
    ).main()
