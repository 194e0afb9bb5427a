"""Segmentation networks that nobody has trained, and ONNX files of other programs, for export and import."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import SimpleNamespace

import onnx
import torch
from onnx import TensorProto, helper
from rasterio.crs import CRS

from landloom import classes, models
from landloom.job import Job
from landloom.networks.segmentation import Design, SegmentationNetwork
from landloom.networks.weights import as_arrays
from landloom.rasters import Band
from landloom.runner import run_stage
from landloom.stages.export_model import ExportModel
from landloom.stages.import_model import ImportModel
from landloom.stages.predict import Predict

ENCODER = "timm-mobilenetv3_small_minimal_100"
BANDS = ("B2", "B3", "B4", "B8")
STAGES = {"export": ExportModel, "import": ImportModel, "predict": Predict}


def run(name: str, **values):
    """Run `export`, `import` or `predict`; gives the outputs, and as `.messages` and `.warnings` what was told."""
    given = {"record": False} if "record" in STAGES[name].parameters() else {}
    events: list[dict] = []
    given |= {k: str(v) if isinstance(v, Path) else v for k, v in values.items()}
    with Job(events.append, environ=dict(os.environ)) as job:
        outputs = run_stage(STAGES[name], given, job)
    told = {f"{kind}s": [e["text"] for e in events if e["type"] == kind] for kind in ("message", "warning")}
    return SimpleNamespace(**told, **outputs)


def make_network(ordinal: bool = False, seed: int = 0, network: str = "linknet") -> SegmentationNetwork:
    """A network of three classes and four bands with random weights, whose answers differ from pixel to pixel."""
    torch.manual_seed(seed)
    made = SegmentationNetwork(
        Design(network, ENCODER, len(BANDS), 3, ordinal=ordinal, decision="mean" if ordinal else "classes")
    ).eval()
    made.offset.copy_(torch.tensor([600.0, 800.0, 800.0, 1900.0]))
    made.scale.copy_(torch.tensor([300.0, 350.0, 550.0, 1200.0]))
    if made.thresholds is not None:
        # At first a score of 0 makes two classes equally likely, and rounding decides.
        made.thresholds.first.data += 0.4
    return made


def save_segmentation(path: Path, network: SegmentationNetwork, dtype: str = "uint16", nodata=0, **card) -> Path:
    """Write a segmentation network as a model file, classes 1, 2 and 5, for tiles of 64 pixels."""
    content = {
        "kind": "segmentation",
        "bands": tuple(Band(name, dtype, nodata) for name in BANDS),
        "inputs": BANDS,
        "features": (),
        "classes": classes.make_table(
            [{"id": 1, "name": "low"}, {"id": 2, "name": "medium"}, {"id": 5, "name": "high", "colour": "#440154"}]
        ),
        "pixel_size": (10.0, 10.0),
        "crs": CRS.from_epsg(32633).to_wkt(),
        "training": {
            "tiles": {"train": 8, "val": 3}, "labels": "mask.tif", "image": "image.tif", "dataset": {"tiles": "ab12"}
        },
        "parameters": {"epochs": 1, "ordinal": True},
        "metrics": {"overall_accuracy": 0.8125, "kappa": 0.5, "summary": "Measured on 3 tiles."},
        "versions": {"landloom": "9.9.9"},
        "network": {**network.describe(), "tile_size": 64, "overlap": 16},
    }  # fmt: skip
    models.save(path, models.Card(**{**content, **card}), as_arrays(network))
    return path


def foreign(
    path: Path, *nodes, channels: int | None = 3, size: int | str | None = 32, outputs=("out",), input_shape=None,
    input_type: int = TensorProto.FLOAT, output_type: int = TensorProto.FLOAT, output_rank: int = 4,
    initializers=(), metadata=None,
) -> Path:  # fmt: skip
    """Write an ONNX file of another program: `nodes` lead from `in` to `outputs`; metadata become JSON.

    None is a size that is free.
    """
    shape = input_shape or ["n", channels or "c", size or "h", size or "w"]
    graph = helper.make_graph(
        nodes,
        "other",
        [helper.make_tensor_value_info("in", input_type, shape)],
        [helper.make_tensor_value_info(name, output_type, [None] * output_rank) for name in outputs],
        list(initializers),
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    for key, value in (metadata or {}).items():
        entry = model.metadata_props.add()
        entry.key, entry.value = key, value if isinstance(value, str) else json.dumps(value)
    path.write_bytes(model.SerializeToString())
    return path


def node(operator: str, inputs: str = "in", outputs: str = "out", **attributes):
    """A node of a graph; names separated by blanks."""
    return helper.make_node(operator, inputs.split(), outputs.split(), **attributes)


def properties(path: Path | str) -> dict[str, str]:
    """The metadata of an ONNX file, by the onnx package."""
    return {entry.key: entry.value for entry in onnx.load(str(path)).metadata_props}
