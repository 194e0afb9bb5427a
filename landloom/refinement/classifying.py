"""Stage 3: optical tiles become classes by a model for land cover."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from .. import formulas, models, predictors
from ..blending import Lattice
from ..errors import ModelError, ParameterError
from ..prediction import within
from ..predictors import TILE_KINDS, AnyPredictor, Predictor, TilePredictor
from ..rasters import Band
from . import faster
from .tile_files import BANDS, STAGE3_KEY, TileFile

if TYPE_CHECKING:
    from ..networks.predictor import SegmentationPredictor

STAGE = "stage3_classified"
PROBABILITIES = "probabilities"
KINDS = (*TILE_KINDS, "random_forest")
# Up to this edge in pixels a network looks at a tile as a whole, unless it knows one size only.
LARGEST_WHOLE = 1024
# How Sentinel-2's reflectance is stored as whole numbers.
STORED_AS = 10_000.0
# By what else people call the four bands.
NAMES = {
    "B02": ("b02", "b2", "blue"),
    "B03": ("b03", "b3", "green"),
    "B04": ("b04", "b4", "red"),
    "B08": ("b08", "b8", "nir", "near infrared", "near_infrared"),
}


class Classifying:
    """See `running.Treatment`; one for each run.

    Args:
        path: of the model.
        key: the array with the bands B02, B03, B04 and B08.
        scale: what reflectance is multiplied by for the model; None: what the model's bands say.
        with_probabilities: write those, too.
        device: auto, cpu or cuda; of networks.

    Raises ModelError for a model that is none for such tiles, ParameterError for a scale that must be given.
    """

    stage = STAGE
    conditioned = False

    def __init__(self, path: str, key: str, scale: float | None, with_probabilities: bool, device: str):
        card = models.load(path, only=())[0]
        if card.kind not in KINDS:
            raise ModelError(
                f"{path} is not the model that is needed.\nExpected: a model for land cover that classifies pixels or"
                f" whole tiles ({', '.join(KINDS)}).\nFound: a model of the kind '{card.kind}'."
            )
        self.card, self.checkpoint, self.key, self.notes = card, path, key, list[str]()
        self._places = _match(path, card.bands, self.notes)
        self._factors, self._summands = _units(path, card.bands, scale, self.notes)
        self.device = self._device(device)
        self._predictors: dict[str, AnyPredictor] = {}
        self.use(self.device)
        self.output_keys: tuple[str, ...] = (STAGE3_KEY, PROBABILITIES) if with_probabilities else (STAGE3_KEY,)
        self.content: dict[str, Any] = {"classes": card.classes.as_list()}

    @property
    def use_amp(self) -> bool:
        """See Treatment; our own networks compute in mixed precision wherever that is possible."""
        return self.device == "cuda" and self.card.kind == "segmentation"

    def use(self, device: str) -> None:
        """See Treatment."""
        if device not in self._predictors:
            self._predictors[device] = predictors.open_model(
                self.checkpoint, device=device, beside=bool(self._predictors)
            )[1]
        self.device = device

    def prepare(self, numbers: Mapping[tuple[int, int], int]) -> list[str]:
        """See Treatment. On processors ONNX Runtime is about twice as fast for our networks; it takes squares alone."""
        if self.card.kind != "segmentation" or self.device != "cpu" or len(faster.worth(numbers)) < len(numbers):
            return []
        from ..networks import engines, onnx_runtime

        predictor = cast("SegmentationPredictor", self._predictors[self.device])
        cores = os.cpu_count() or 1
        how = "PyTorch: ONNX Runtime, which is faster, is not installed"
        if onnx_runtime.is_there():
            try:
                trial = [_noise(predictor, edge) for edge, _ in numbers]
                differs = predictor.disagreement(trial, cores, 1)
                how = f"PyTorch: probabilities by ONNX Runtime, which is faster, differ by up to {differs:.1g}"
                if differs <= engines.TOLERANCE:
                    return ["Tiles are computed by ONNX Runtime."]
            except ModelError as error:
                how = f"PyTorch: {error}"
        predictor.use("pytorch", cores, 1)
        return [f"Tiles are computed by {how}."]

    def read(self, tile: TileFile) -> np.ndarray:
        """See Treatment; bands and unit are the model's."""
        values = tile.reflectance(self.key)[self._places]
        return values * self._factors + self._summands

    def compute(self, values: np.ndarray, months: np.ndarray, biomes: np.ndarray) -> dict[str, np.ndarray]:
        """See Treatment."""
        predictor = self._predictors[self.device]
        class_ids = np.asarray(predictor.class_ids).astype(self.card.classes.dtype)
        if self.card.kind in TILE_KINDS:
            shares = self._shares(cast(TilePredictor, predictor), values)
            best = shares.argmax(axis=1)
        else:
            best, shares = self._of_pixels(cast(Predictor, predictor), values)
        found = {STAGE3_KEY: class_ids[best]}
        if PROBABILITIES in self.output_keys:
            found[PROBABILITIES] = shares.astype(np.float32)
        return found

    def _device(self, name: str) -> str:
        """Where the model computes; forests do so on the processor, and so may ONNX Runtime."""
        if self.card.kind == "random_forest":
            return "cpu"
        from .. import networks

        networks.require_torch(f"The model {self.checkpoint} is a neural network")
        from ..networks import devices, onnx_runtime

        device = devices.choose(name).type
        return "cpu" if self.card.kind == "onnx" and not onnx_runtime.has_cuda() else device

    def _shares(self, predictor: TilePredictor, values: np.ndarray) -> np.ndarray:
        """Probabilities (n, classes, h, w) by a network for tiles."""
        height, width = values.shape[-2:]
        edge = predictor.fixed_size or max(LARGEST_WHOLE, int(self.card.network["tile_size"]))
        if (height, width) == (edge, edge) or (predictor.fixed_size is None and max(height, width) <= edge):
            return predictor.probabilities(values)
        return _blended(predictor, values, edge)

    def _of_pixels(self, predictor: Predictor, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Places of the classes (n, h, w) and, where wanted, probabilities (n, classes, h, w) by a forest."""
        number, _, height, width = values.shape
        bands = {band.name: values[:, place].ravel() for place, band in enumerate(self.card.bands)}
        by_alias = {formulas.alias(name): column for name, column in bands.items()}
        columns = [bands[name] for name in self.card.inputs]
        pixels = np.stack([*columns, *(formula.evaluate(by_alias) for formula in self.card.features)])
        best = predictor.classify(pixels).reshape(number, height, width)
        if PROBABILITIES not in self.output_keys:
            return best, np.empty(0)
        shares = predictor.probabilities(pixels).reshape(number, height, width, -1)
        return best, np.moveaxis(shares, -1, 1)


def _blended(predictor: TilePredictor, values: np.ndarray, edge: int) -> np.ndarray:
    """Probabilities (n, classes, h, w) from squares of `edge` pixels that fade into each other; see `blending`."""
    number, _, height, width = values.shape
    lattice = Lattice.over(height, width, edge, edge // 4)
    beyond = ((0, 0), (0, 0), (0, max(0, edge - height)), (0, max(0, edge - width)))
    shown = np.pad(values, beyond, mode="symmetric")
    total = np.zeros((number, len(predictor.class_ids), height, width), np.float32)
    for place in product(range(len(lattice.rows.starts)), range(len(lattice.columns.starts))):
        window, reach = lattice.window(*place), lattice.reach(*place)
        shares = predictor.probabilities(np.ascontiguousarray(shown[..., *window.toslices()]))
        total[..., *reach.toslices()] += shares[..., *within(reach, window)] * lattice.weights(*place)
    return total


def _noise(predictor: SegmentationPredictor, edge: int) -> np.ndarray:
    """A tile that the network may have seen, (1, channels, edge, edge) float32, the same one each time."""
    offset, scale = (
        np.asarray(buffer).reshape(1, -1, 1, 1) for buffer in (predictor.network.offset, predictor.network.scale)
    )
    random = np.random.default_rng(0).normal(0, 1, (1, offset.shape[1], edge, edge))
    return (random * scale + offset).astype(np.float32)


def _match(path: str, bands: Sequence[Band], notes: list[str]) -> list[int]:
    """Where each of a model's bands is among those of a tile: by name, or by order where no name tells."""
    names = [band.name for band in bands]
    known = {other: place for place, name in enumerate(BANDS) for other in NAMES[name]}
    places = [known.get(name.strip().lower()) for name in names]
    if None not in places:
        return [place for place in places if place is not None]
    if set(places) == {None} and len(names) == len(BANDS):
        notes.append(
            f"The model's bands have other names, so {', '.join(BANDS)} of the tiles are taken for {', '.join(names)},"
            " in this order."
        )
        return list(range(len(BANDS)))
    missing = ", ".join(name for name, place in zip(names, places, strict=True) if place is None)
    raise ModelError(
        f"{path} needs bands that the tiles do not have: {missing}.\nExpected: {', '.join(names)}.\nFound:"
        f" {', '.join(BANDS)}.\nTrain a model on these four bands."
    )


def _units(path: str, bands: Sequence[Band], scale: float | None, notes: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """What reflectance is multiplied by and what is added, (bands, 1, 1) float32 each."""
    factors, summands = [], []
    for band in bands:
        if scale is not None:
            factors.append(scale)
            summands.append(0.0)
        elif (band.scale, band.offset) != (1.0, 0.0):  # what is stored is (reflectance - offset) / scale
            factors.append(1 / band.scale)
            summands.append(-band.offset / band.scale)
        elif np.dtype(band.dtype).kind == "f" or np.dtype(band.dtype).itemsize == 2:
            factors.append(1.0 if np.dtype(band.dtype).kind == "f" else STORED_AS)
            summands.append(0.0)
        else:
            raise ParameterError(
                f"SCALE must be given: the model {path} has learnt from pixels of the type {band.dtype}, which tell"
                " nothing of their unit. It is what they were where reflectance is 1, such as 255 or 10000."
            )
    if scale is None and set(factors) != {1.0}:
        told = ", ".join(f"{band.name} × {factor:g}" for band, factor in zip(bands, factors, strict=True))
        notes.append(f"Reflectance was brought to the unit that the model has learnt from: {told}. SCALE sets another.")
    return np.array(factors, np.float32)[:, None, None], np.array(summands, np.float32)[:, None, None]
