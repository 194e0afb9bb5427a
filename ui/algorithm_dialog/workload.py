"""How much a run has to do, by what its inputs are: read in a thread, from headers and tables alone.

A run is described as the worker gets it: paths by the names of the stage's parameters.
"""

from __future__ import annotations

import csv
import json
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path

from osgeo import gdal

from ..parameters.encoders import ENCODERS
from ..parameters.rasters import RASTERS, opened

MIB = 2**20
# Of docs/performance.md: Python, the libraries and a forest; and what a network with its libraries takes.
BASE_MIB, NETWORK_MIB = 300, 1024
# A COG's overviews.
OVERVIEWS = 4 / 3
# What a compressed pixel takes for each byte that it has: measured on the demo scene's map and entropy.
MAP_SHARE, NUMBERS_SHARE = 0.1, 0.5
# Bytes that PyTorch keeps of each pixel of a tile, while a U-Net with resnet50 learns (see parameters/encoders.py).
LEARNING_BYTES = 2700
LOOKS = {"none": 1, "flips": 4, "turns": 8}


@dataclass(frozen=True)
class Work:
    """What there is to do.

    Args:
        kind: runs of one kind are alike: what one has taken says how long another takes.
        amount: how much, in units of the kind.
        rate: units a second on a processor with two cores, of docs/performance.md or measured once on a demo scene;
            None where nothing was measured.
        disk: bytes that the results take at most, uncompressed; 0 where it is not known.
        usual: bytes that they usually take.
        memory: MiB at most; 0 where it is not known.
    """

    kind: str
    amount: float
    rate: float | None = None
    disk: int = 0
    usual: int = 0
    memory: int = 0


def work_of(stage: str, values: dict) -> Work | None:
    """What a run of a stage has to do; None where its inputs are missing or cannot be read, or it is not known."""
    measure = _MEASURES.get(stage)
    try:
        return measure(stage, values) if measure else None
    except (OSError, ValueError, LookupError, TypeError, AttributeError, zipfile.BadZipFile):
        return None


# --- what lies there --------------------------------------------------------------------------


def _pixels(values) -> int:
    """Pixels of the image, or of all tiles of the mosaic."""
    folder = values.get("mosaic")
    if not values.get("images") and folder:
        tiles = [path for path in Path(folder).iterdir() if path.suffix.lower() in RASTERS]
        first = opened(str(tiles[0]))
        return first.RasterXSize * first.RasterYSize * len(tiles)
    images = values["images"]
    return _size(images if isinstance(images, str) else images[0])


def _size(source) -> int:
    raster = opened(source)
    return raster.RasterXSize * raster.RasterYSize


def _bytes_a_pixel(values) -> int:
    """Of all bands of the images."""
    images = values.get("images") or [values["mosaic"]]
    total = 0
    for source in [images] if isinstance(images, str) else images:
        raster = opened(source)
        total += sum(
            gdal.GetDataTypeSize(raster.GetRasterBand(i).DataType) // 8 for i in range(1, raster.RasterCount + 1)
        )
    return total


def _card(path) -> dict:
    with zipfile.ZipFile(path) as model:
        return json.loads(model.read("card.json"))


def _json(folder, name) -> dict:
    return json.loads(Path(folder, name).read_text(encoding="utf-8"))


def _rows(folder, name, column="", wanted="") -> int:
    with Path(folder, name).open(encoding="utf-8", newline="") as file:
        return sum(not column or row[column] == wanted for row in csv.DictReader(file))


def _factor(encoder, place) -> float:
    return next((known[place] for known in ENCODERS if known[0] == encoder), 1.0)


# --- the stages -------------------------------------------------------------------------------


def _predict(stage, values):
    pixels, card = _pixels(values), _card(values["model"])
    kind, classes, deep = card["kind"], len(card["classes"]), card["kind"] != "random_forest"
    if not deep:
        amount, rate = pixels * card["parameters"]["trees"] / 100, 2.2e6
    elif kind == "patch_cnn":
        amount, rate = pixels / float(values.get("stride") or 1) ** 2, 0.5e6
    else:
        looks = LOOKS.get(values.get("augmentation"), 1) * max(1, int(values.get("dropout_passes") or 0))
        scales = len(str(values.get("scales") or "1").split(","))
        encoder = card.get("network", {}).get("encoder", "")
        amount, rate = pixels * looks * scales * (1 + len(values.get("further_models") or [])), 0.55e6
        kind += f"/{encoder}" if encoder else ""
    disk, usual = _map_bytes(values, pixels, classes, int(values.get("probability_type") == "float"))
    memory = int(values.get("memory") or 1024) + (NETWORK_MIB if deep else 0)
    where = f"/{values['device']}" if deep and values.get("device") else ""
    return Work(f"{stage}/{kind}{where}", amount, rate, disk, usual, memory + BASE_MIB)


def _map_bytes(values, pixels, classes, floats):
    numbers = sum(bool(values.get(name)) for name in ("confidence", "entropy", "margin"))
    numbers += classes * bool(values.get("probabilities"))
    a_pixel = numbers * (4 if floats else 1) + 4 * bool(values.get("variance"))
    whole = pixels * OVERVIEWS
    return round(whole * (1 + a_pixel)), round(whole * (MAP_SHARE + NUMBERS_SHARE * a_pixel))


def _refine_crf(stage, values):
    source = values["probabilities"]
    pixels, classes = _size(source), opened(source).RasterCount
    amount = pixels * float(values.get("iterations") or 8) / 8
    given = {"probabilities": values.get("refined")}
    disk, usual = _map_bytes(given, pixels, classes, floats=True)
    return Work(stage, amount, 0.14e6, disk, usual, int(values.get("memory") or 1024) + BASE_MIB)


def _extract_samples(stage, values):
    return Work(stage, _pixels(values), 16e6)


def _map_month(stage, values):
    pixels = _pixels(values)
    disk, usual = _map_bytes({}, pixels, 0, floats=False)
    memory = int(values.get("memory") or 1024) + BASE_MIB
    return Work(stage, pixels * float(values.get("trees") or 500) / 100, 1.7e6, disk, usual, memory)


def _cut(stage, values):
    pixels = _pixels(values)
    size, overlap = float(values.get("tile_size") or 512), float(values.get("overlap") or 0)
    disk = round(pixels * (size / max(size - overlap, 1)) ** 2 * (_bytes_a_pixel(values) + 1))
    return Work(stage, pixels, 2e6, disk, round(disk * NUMBERS_SHARE))


def _extract_patches(stage, values):
    config = _json(values["dataset"], "metadata/dataset_config.json")
    patches, size = _rows(values["dataset"], "metadata/extraction_manifest.csv"), config["patch_size"]
    bands = sum(8 if b["dtype"].endswith("64") else 4 if b["dtype"].endswith("32") else 2 for b in config["bands"])
    # 20,000 patches of 8 x 8 pixels and 2,000 of 256 x 256 have taken so long as this says.
    return Work(stage, patches * (1 + size**2 / 2500), 6300, patches * size**2 * bands, patches * size**2 * bands)


def _train_segmentation(stage, values):
    folder, encoder = values["tiles"], values.get("encoder") or "resnet50"
    edge = min(int(values.get("crop") or 10**9), _json(folder, "metadata/tiles_config.json")["tile_size"])
    tiles = _rows(folder, "metadata/tiles.csv", "part", "train")
    amount = tiles * edge**2 * float(values.get("epochs") or 60) * _factor(encoder, 2)
    learning = int(values.get("batch_size") or 8) * edge**2 * LEARNING_BYTES * _factor(encoder, 3)
    memory = BASE_MIB + NETWORK_MIB + round(learning / MIB)
    return Work(f"{stage}/{values.get('network')}/{values.get('device')}", amount, 0.1e6, memory=memory)


def _train_patches(stage, values):
    size = _json(values["dataset"], "metadata/dataset_config.json")["patch_size"]
    patches = _rows(values["dataset"], "metadata/train_split.csv")
    width = float(values.get("width") or 32) / 32
    amount = patches * size**2 * float(values.get("epochs") or 100) * width**1.6
    # Patch by patch, every pixel: 36,000 patches of 8 x 8 pixels a second are classified; to learn takes three times as
    # long as to say.
    return Work(f"{stage}/{values.get('device')}", amount, 0.7e6)


def _train_forest(stage, values):
    size = os.path.getsize(values["samples"])  # noqa: PTH202
    # Each forest that is tested learns from the samples that are not held out, the one that is saved from all.
    folds = int(values.get("folds") or 1)
    tested = 0.0 if values.get("validation") == "none" else 1 - float(values.get("share") or 0.2)
    passes = 1 + (tested if folds == 1 else bool(tested) * (folds - 1))
    return Work(stage, size * float(values.get("trees") or 500) * passes, 20e6)


def _tile_files(stage, values):
    rate = 18.0 if stage == "refine_tiles" else None
    sizes = _sizes_of_tiles(values["tiles"])
    # An image comes out as large as it went in; a map of classes is smaller.
    disk = 0 if stage == "predict_tiles" else sum(sizes)
    return Work(f"{stage}/{values.get('device')}", len(sizes), rate, disk, disk) if sizes else None


def _sizes_of_tiles(folder) -> list[int]:
    return [path.stat().st_size for path in Path(folder).iterdir() if path.suffix == ".npz"]


def _train_refiner(stage, values):
    size, tiles = values.get("size") or "small", len(_sizes_of_tiles(values["tiles"]))
    amount = tiles * float(values.get("epochs") or 100)
    # To learn takes three times as long as to refine.
    return Work(f"{stage}/{size}/{values.get('device')}", amount, 6.0 if size == "tiny" else None) if tiles else None


def _bytes_of_tiles(name, rate, makes_as_many):
    def measure(stage, values):
        total = sum(_sizes_of_tiles(values[name]))
        disk = total if makes_as_many else 0
        return Work(stage, total, rate, disk, disk) if total else None

    return measure


def _read_patches(stage, values):
    """Stages that read all pixels of a patch data set once."""
    size = _json(values["dataset"], "metadata/dataset_config.json")["patch_size"]
    patches = _rows(values["dataset"], "metadata/extraction_manifest.csv")
    return Work(stage, patches * size**2, 4e6)


def _extract_features(stage, values):
    if values.get("records"):
        path = Path(values["records"])
        count = _rows(path.parent, path.name)
    else:
        count = sum(path.suffix.lower() in (*RASTERS, ".png", ".jpg") for path in Path(values["images"]).rglob("*"))
    encoder = values.get("encoder") or "resnet50"
    return Work(f"{stage}/{values.get('device')}", count * _factor(encoder, 2), 150) if count else None


def _of_a_raster(name, rate):
    def measure(stage, values):
        return Work(stage, _size(values[name]), rate)

    return measure


def _change(stage, values):
    pixels = _size(values["before"])
    disk, usual = _map_bytes({}, pixels, 0, floats=False)
    return Work(stage, pixels, 5e6, disk, usual)


def _scene(stage, values):
    return Work(stage, float(values.get("size") or 1024) ** 2, 0.25e6)


_MEASURES = {
    "predict": _predict,
    "map_month": _map_month,
    "refine_crf": _refine_crf,
    "extract_samples": _extract_samples,
    "cut_tiles": _cut,
    "raster_to_tiles": _cut,
    "extract_patches": _extract_patches,
    "train_segmentation": _train_segmentation,
    "train_patch_classifier": _train_patches,
    "train_random_forest": _train_forest,
    "refine_tiles": _tile_files,
    "predict_tiles": _tile_files,
    "translate_tiles": _tile_files,
    "train_refiner": _train_refiner,
    "degrade_tiles": _bytes_of_tiles("tiles", 18e6, makes_as_many=True),
    "verify_tiles": _bytes_of_tiles("after", 6e6, makes_as_many=False),
    "tiles_to_raster": _bytes_of_tiles("tiles", 22e6, makes_as_many=True),
    "check_patches": _read_patches,
    "describe_patches": _read_patches,
    "validate_dataset": _read_patches,
    "extract_features": _extract_features,
    "change_between_maps": _change,
    "queue_places": _of_a_raster("map", 7e6),
    "evaluate": _of_a_raster("map", 20e6),
    "create_demo_scene": _scene,
}
