"""Networks from tiles to tiles as model files, made without training, and a way to run stages with them."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from landloom import models
from landloom.classes import ClassTable
from landloom.job import Job
from landloom.rasters import Band
from landloom.runner import run_stage

BANDS = ("B02", "B03", "B04", "B08")
KEYS = {"stage1_translated": ("sar", "opt_v1"), "stage2_refined": ("opt_v1", "opt_v2")}


def run(stage, job: Job | None = None, **values):
    """Run a stage by its class; gives the outputs, and as `.events` and `.warnings` what was told."""
    events: list[dict] = []
    given = {k: str(v) if isinstance(v, Path) else v for k, v in values.items()}
    with job or Job(events.append, environ=dict(os.environ)) as running:
        outputs = run_stage(stage, given, running)
    return SimpleNamespace(events=events, warnings=[e["text"] for e in events if e["type"] == "warning"], **outputs)


def refiner_network(channels: int = 4, seed: int = 0):
    """A network that nobody has trained, but whose answers differ from what goes in, and by month and biome."""
    import torch

    from landloom.networks.refiner import Design, RefinerNetwork

    torch.manual_seed(seed)
    network = RefinerNetwork(Design("tiny", channels, optical=channels == 4))
    with torch.no_grad():
        network.last.weight.normal_(0, 0.05)
        network.film[-1].weight.normal_(0, 0.2)
    return network.eval()


def save_refiner(path: Path, network, stage: str = "stage2_refined") -> Path:
    """Write a refiner network as a model file."""
    from landloom.networks.weights import as_arrays

    described = {**network.describe(), "tile_size": 32}
    return _save(path, "refiner", network.design.channels, stage, described, as_arrays(network))


def save_onnx_image(
    path: Path, content: bytes, channels: int = 4, stage: str = "stage2_refined", outputs: int = 4, **network
) -> Path:
    """Write an ONNX graph from images to images as a model file."""
    described = {
        "architecture": "onnx_image", "channels": channels, "outputs": outputs, "tile_size": 32, "input_shape": None,
        "offset": [0.0] * channels, "scale": [1.0] * channels, "output_range": [0.0, 1.0],
    }  # fmt: skip
    return _save(
        path, "onnx_image", channels, stage, {**described, **network}, {"onnx": np.frombuffer(content, np.uint8)}
    )


def _save(path: Path, kind: str, channels: int, stage: str, network: dict, weights: dict) -> Path:
    names = BANDS if channels == 4 else tuple(f"channel_{i}" for i in range(1, channels + 1))
    keys = dict(zip(("input_key", "output_key"), KEYS[stage], strict=True))
    bands = tuple(Band(name, "float32", None, 1.0, 0.0) for name in names)
    card = models.Card(
        kind, bands, names, (), ClassTable(()), (10.0, 10.0), None, network={**network, "stage": stage, **keys}
    )
    models.save(path, card, weights)
    return path


def refined(network, values: np.ndarray, month: int, biome: int) -> np.ndarray:
    """What a network makes of one tile (channels, h, w), computed by itself."""
    import torch

    planes = [np.full(values.shape[1:], number, np.float32) for number in (month, biome)]
    with torch.inference_mode():
        return network(torch.from_numpy(np.concatenate([values, planes])[None].astype(np.float32)))[0].numpy()


def contents(folder: Path) -> dict[str, bytes]:
    """The bytes of all NPZ files of a folder, by name."""
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.npz"))}
