"""Models that classify whole tiles, made without training: ONNX graphs that can be followed by hand, and networks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import scipy.ndimage

from landloom import classes, models
from landloom.rasters import Band

NAMES = ("B2", "B3", "B4")


def card_for(names, class_count: int, network: dict, dtype="uint16", **more) -> models.Card:
    """The card of a tile model; its classes are 1, 2 …"""
    content = {
        "bands": tuple(Band(name, dtype) for name in names),
        "inputs": tuple(names),
        "features": (),
        "classes": classes.make_table({"id": i + 1, "name": f"Class {i + 1}"} for i in range(class_count)),
        "pixel_size": (10.0, 10.0),
        "crs": None,
        "network": network,
    }
    return models.Card(**{**content, **more})


def convolution(kernels: np.ndarray, softmax: bool = False, sizes: tuple = ("n", "h", "w"), opset: int = 17) -> bytes:
    """An ONNX graph of one convolution (classes, channels, k, k), zeros around the tile; k is odd."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    count, channels, edge, _ = kernels.shape
    nodes = [helper.make_node("Conv", ["x", "k"], ["c"], pads=[edge // 2] * 4)]
    nodes.append(
        helper.make_node("Softmax", ["c"], ["y"], axis=1) if softmax else helper.make_node("Identity", ["c"], ["y"])
    )
    n, h, w = sizes
    graph = helper.make_graph(
        nodes, "convolution",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [n, channels, h, w])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [n, count, h, w])],
        [numpy_helper.from_array(kernels.astype(np.float32), "k")],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    model.ir_version = 9
    onnx.checker.check_model(model)
    return model.SerializeToString()


def convolved(kernels: np.ndarray, scaled: np.ndarray) -> np.ndarray:
    """What that graph gives for a whole image (channels, h, w), by SciPy: probabilities (classes, h, w)."""
    logits = np.stack([
        sum(scipy.ndimage.correlate(band, part, mode="constant") for band, part in zip(scaled, kernel, strict=True))
        for kernel in kernels.astype(float)
    ])  # fmt: skip
    shares = np.exp(logits - logits.max(axis=0))
    return shares / shares.sum(axis=0)


def kernels(class_count=3, channels=3, edge=5, seed=0) -> np.ndarray:
    """Kernels at random."""
    return np.random.default_rng(seed).normal(0, 0.4, (class_count, channels, edge, edge))


def save_onnx(path: Path, content: bytes, class_count=3, names=NAMES, tile=64, output="logits", **more) -> Path:
    """Write an imported ONNX network as a model file."""
    network = {
        "architecture": "onnx", "channels": len(names), "classes": class_count, "tile_size": tile, "overlap": tile // 4,
        "input_shape": None, "output": output, "offset": [2000.0] * len(names), "scale": [800.0] * len(names),
    }  # fmt: skip
    network |= more.pop("network", {})
    card = card_for(names, class_count, network, kind="onnx", **more)
    models.save(path, card, {"onnx": np.frombuffer(content, np.uint8)})
    return path


def segmentation_network(
    seed=1, class_count=3, dropout=0.0, encoder="timm-mobilenetv3_small_minimal_100", network="unet"
):
    """An untrained network whose answers vary from place to place."""
    import torch

    from landloom.networks.segmentation import Design, SegmentationNetwork

    torch.manual_seed(seed)
    made = SegmentationNetwork(Design(network, encoder, 3, class_count, dropout=dropout))
    made.offset.fill_(2000)
    made.scale.fill_(800)
    with torch.no_grad():
        for _ in range(4):  # so that the normalisations know what comes
            made.train()(2000 + 800 * torch.randn(4, 3, 64, 64))
        made.core.segmentation_head[0].weight.mul_(3)
    return made.eval()


def save_segmentation(path: Path, network, names=NAMES, tile=64, **more) -> Path:
    """Write a segmentation network as a model file."""
    from landloom.networks.weights import as_arrays

    described = {**network.describe(), "tile_size": tile, "overlap": 0}
    content = card_for(names, network.design.classes, described, kind="segmentation", **more)
    models.save(path, content, as_arrays(network))
    return path


def image_values(height=300, width=530, seed=0) -> np.ndarray:
    """A smooth image (3, h, w) with gaps in all bands and in one, 0 is no data."""
    random = np.random.default_rng(seed)
    values = scipy.ndimage.gaussian_filter(random.normal(0, 1, (3, height, width)), (0, 2, 2)) * 5000 + 2000
    values = values.clip(1, 9000).astype(np.uint16)
    values[:, height // 6 : height // 5, width // 13 : width // 3] = 0
    values[1, -40:-38, width // 2 : width // 2 + 8] = 0
    return values
