"""Refining a folder of tiles: the stage, the same by a plain loop, and the bare network on tiles in memory."""

from __future__ import annotations

import sys
from pathlib import Path

from side_by_side import ROOT, Bench, stage

sys.path.insert(0, str(ROOT / "tests" / "engine"))

EDGES = (128, 192)
COUNT = 128
BATCH = 4


def prepare(folder: Path) -> None:
    """A network that nobody has trained, and tiles of two sizes."""
    from refiner_models import refiner_network, save_refiner
    from tile_folders import make_tiles

    save_refiner(folder / "model.landloom", refiner_network())
    make_tiles(folder / "tiles", COUNT, size=[(edge, edge) for edge in EDGES])


def network(folder: Path):
    """The network as a model file has it."""
    from landloom import models
    from landloom.networks import refiner

    card, weights = models.load(folder / "model.landloom")
    return refiner.from_arrays(card.network, weights).requires_grad_(False)


def read(path: Path):
    """Pixels, month and biome of a tile."""
    import json

    import numpy as np

    content = json.loads(path.with_suffix(".json").read_text())
    with np.load(path) as archive:
        return archive["opt_v1"], content["month"], content["biome_code"]


def compute(made, tiles):
    """What the network makes of a batch."""
    import numpy as np
    import torch

    from landloom.networks.refiner import with_conditions

    values, months, biomes = zip(*tiles, strict=True)
    with torch.inference_mode():
        return made(torch.from_numpy(with_conditions(np.stack(values), months, biomes))).numpy()


def whole(folder: Path) -> None:
    """As the stage does it."""
    stage(
        "refine_tiles", model=folder / "model.landloom", tiles=folder / "tiles", refined=folder / "stage",
        batch_size=BATCH, skip_existing=False,
    )  # fmt: skip


def loop(folder: Path) -> None:
    """What one writes at first: a tile is read, computed and written, then the next one."""
    import numpy as np

    made = network(folder)
    (folder / "loop").mkdir(exist_ok=True)
    for path in sorted((folder / "tiles").glob("*.npz")):
        np.savez(folder / "loop" / path.name, opt_v2=compute(made, [read(path)])[0])


def bare(folder: Path) -> None:
    """Batches by PyTorch, of tiles that are in memory; nothing is written."""
    made = network(folder)
    for first in range(len(EDGES)):
        tiles = [read(path) for path in sorted((folder / "tiles").glob("*.npz"))[first :: len(EDGES)]]
        for start in range(0, len(tiles), BATCH):
            compute(made, tiles[start : start + BATCH])


def check(folder: Path) -> None:
    """Tiles must be the same but for rounding."""
    import numpy as np

    worst = 0.0
    for path in sorted((folder / "loop").glob("*.npz")):
        with np.load(path) as one, np.load(folder / "stage" / path.name) as other:
            worst = max(worst, float(np.abs(one["opt_v2"] - other["opt_v2"]).max()))
    print(f"Largest difference between the stage and the loop: {worst:.1g}")


if __name__ == "__main__":
    Bench(
        __file__,
        f"Refining {COUNT} tiles of {' and '.join(map(str, EDGES))} pixels with the tiny network on a processor, in"
        f" batches of {BATCH}",
        {"stage": whole, "loop": loop, "bare network": bare},
        "bare network",
        prepare,
        check,
        COUNT,
        "tile",
    ).main()
