"""From models and settings to what is done in each window."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from . import models, predictors
from .blending import Lattice
from .ensembles import VOTES, Looks, parse_scales
from .errors import ModelError, ParameterError
from .features import FeatureReader
from .job import Job
from .mapping import Effort
from .models import Card
from .prediction import PatchTask, PixelTask, Products, WindowTask
from .predictors import TILE_KINDS, AnyPredictor, TilePredictor
from .tile_mapping import BATCH_ON_A_CARD, Member, TileTask

# What every kind of task has.
_Common = tuple[FeatureReader, str, str, Products, shapely.Geometry | None, Effort]
# Tiles of the image on which two ways to compute a network are compared.
COMPARED_TILES = 2


@dataclass(frozen=True)
class Opened:
    """A model that is ready: where it is, its hash, its card, and what predicts with it."""

    path: Path
    sha256: str
    card: Card
    predictor: AnyPredictor


@dataclass(frozen=True)
class Settings:
    """How models of each kind look at the image; None is what is usual for the model.

    Args:
        stride: of a patch classifier.
        tile_size, overlap: pixels, of a network for tiles.
        looks: of a network for tiles; its `weights` are put in here.
        device: auto, cpu or cuda.
    """

    stride: int = 1
    tile_size: int | None = None
    overlap: int | None = None
    looks: Looks = Looks()
    device: str = "auto"


def open_models(paths: Sequence[str], known_hashes: Collection[str], trust: bool, device: str) -> list[Opened]:
    """Open the models of a run, the first one foremost; see `predictors.open_model`."""
    opened: list[Opened] = []
    for path in paths:
        sha256 = models.sha256(path)
        card, predictor = predictors.open_model(path, known_hashes, trust, device, beside=bool(opened))
        opened.append(Opened(Path(path).resolve(), sha256, card, predictor))
    return opened


def within_memory(kind: str) -> AbstractContextManager[None]:
    """Raise ParameterError with a remedy where mapping with a network takes more memory than there is."""
    if kind == "random_forest":
        return nullcontext()
    from .networks import devices

    smaller = "Choose a smaller TILE_SIZE and no SCALES above 1, or" if kind in TILE_KINDS else "Choose"
    return devices.within_memory(f"{smaller} fewer JOBS; on a graphics card, DEVICE=cpu if that is not enough.")


def settings_of(stage: Any) -> Settings:
    """The settings that the parameters of Map with a model stand for."""
    looks = Looks(
        stage.augmentation, parse_scales(stage.scales), stage.vote, dropout_passes=stage.dropout_passes, seed=stage.seed
    )
    return Settings(stage.stride, stage.tile_size, stage.overlap, looks, stage.device)


def task_for(
    opened: Sequence[Opened],
    reader: FeatureReader,
    products: Products,
    area: shapely.Geometry | None,
    effort: Effort,
    settings: Settings,
    job: Job,
) -> WindowTask:
    """What is done in each window with these models: one, or several networks for tiles.

    Raises ParameterError or ModelError for settings and models that do not go together; tells what is not used.
    """
    first = opened[0]
    common: _Common = (reader, str(first.path), first.sha256, products, area, effort)
    if first.card.kind in TILE_KINDS:
        if settings.stride > 1:
            job.warning("STRIDE was not used: the model classifies whole tiles.")
        return _tile_task(opened, common, settings, job)
    if len(opened) > 1:
        raise ParameterError(
            f"FURTHER_MODELS are for networks that classify whole tiles, and {first.path} is none. Leave it empty."
        )
    if "variance" in products.wanted:
        raise ParameterError(
            f"VARIANCE is for networks that classify whole tiles, and {first.path} is none. Leave it empty; ENTROPY and"
            " MARGIN say how sure this model is."
        )
    unused = [name for name, is_set in _tile_settings(settings).items() if is_set]
    by_pixel = first.card.kind != "patch_cnn"
    if unused:
        what = "looks at every pixel by itself" if by_pixel else "classifies patches"
        job.warning(f"{', '.join(unused)} {'was' if len(unused) == 1 else 'were'} not used: the model {what}.")
    if by_pixel:
        if settings.stride > 1:
            job.warning("STRIDE was not used: the model looks at every pixel by itself.")
        return PixelTask(*common)
    size = int(first.card.network["patch_size"])
    if settings.stride > size:
        raise ParameterError(
            f"STRIDE is {settings.stride} pixels, but the model looks at patches of {size} × {size}: pixels between"
            f" them would be looked at by none. Choose {size} or less."
        )
    return PatchTask(*common, size, int(first.card.network["width"]), settings.stride, settings.device)


def _tile_settings(settings: Settings) -> dict[str, bool]:
    """The settings that only networks for tiles use, and whether they are other than usual."""
    looks, usual = settings.looks, Looks()
    return {
        "TILE_SIZE": settings.tile_size is not None,
        "OVERLAP": settings.overlap is not None,
        "AUGMENTATION": looks.turns != usual.turns,
        "SCALES": looks.scales != usual.scales,
        "VOTE": looks.vote != usual.vote,
        "DROPOUT_PASSES": looks.dropout_passes != usual.dropout_passes,
    }


def _tile_task(opened: Sequence[Opened], common: _Common, settings: Settings, job: Job) -> TileTask:
    reader, _, _, products, _, effort = common
    _refuse_strangers(opened)
    members = [one.predictor for one in opened]
    looks = _with_weights(settings.looks, opened)
    if looks.dropout_passes:
        _refuse_without_dropout(opened)
    if "variance" in products.wanted and looks.number(len(opened)) < 2:
        raise ParameterError(
            "VARIANCE needs several answers about a pixel: give FURTHER_MODELS or DROPOUT_PASSES, or else AUGMENTATION"
            " or SCALES."
        )
    if len(opened) == 1 and settings.looks.vote != "mean":
        job.warning("VOTE was not used: there is one model.")
    tile, overlap = _sizes(opened, settings)
    if any(member.fixed_size for member in members) and looks.scales != (1.0,):  # type: ignore[union-attr]
        raise ParameterError(f"SCALES must be 1: a model takes tiles of {tile} × {tile} pixels and no others.")
    grid = reader.stack.grid
    lattice = Lattice.over(grid.height, grid.width, tile, overlap)
    # ONNX Runtime may be there for processors only, whatever PyTorch can.
    by_pytorch = all("pytorch" in member.engines for member in members)  # type: ignore[union-attr]
    batch = BATCH_ON_A_CARD if by_pytorch and _on_a_card(settings.device) else 1
    task = TileTask(*common, members=(), looks=looks, lattice=lattice, device=settings.device, batch=batch)
    engines = [_engine(one, task, looks, job) for one in opened]
    chosen = tuple(Member(str(o.path), o.sha256, engine) for o, engine in zip(opened, engines, strict=True))
    task = replace(task, members=chosen)
    if (needed := task.kept_bytes(task.strip_blocks)) > task.tile_budget:
        job.warning(
            f"The tiles that are needed at a time take up to {needed / 2**20:.0f} MiB, more than the quarter of the"
            f" memory budget of {effort.memory_mb} MiB that is for them. Choose smaller tiles, or a larger budget."
        )
    if not effort.scheduler and task.repeated > 0.02:
        job.message(
            f"The memory budget is enough for strips of {task.strip_blocks * effort.block} pixels; {task.repeated:.0%}"
            " of the tiles lie over two of them and are computed twice. A larger MEMORY avoids that."
        )
    return task


def _sizes(opened: Sequence[Opened], settings: Settings) -> tuple[int, int]:
    """Tile size and overlap in pixels."""
    network = opened[0].card.network
    tile = settings.tile_size or int(network["tile_size"])
    for one in opened:
        fixed = one.predictor.fixed_size  # type: ignore[union-attr]
        if fixed and fixed != tile:
            raise ParameterError(
                f"TILE_SIZE must be {fixed}: {one.path} takes tiles of {fixed} × {fixed} pixels and no others. Got"
                f" {tile} instead."
            )
    overlap = settings.overlap
    if overlap is None:
        # How tiles to learn from overlapped says nothing about mapping; who exports a network for others does say it.
        overlap = int(network.get("overlap") or 0) if opened[0].card.kind == "onnx" else 0
        overlap = min(overlap or tile // 4, tile // 2)
    if overlap > tile // 2:
        raise ParameterError(f"OVERLAP is {overlap} pixels; it must be at most {tile // 2}, half of a tile.")
    return tile, overlap


def _refuse_strangers(opened: Sequence[Opened]) -> None:
    """All models of an ensemble must see the same bands and know the same classes."""
    first = opened[0]
    expected = [(band.name, band.scale, band.offset) for band in first.card.bands]
    for other in opened[1:]:
        if other.card.kind not in TILE_KINDS:
            raise ParameterError(f"FURTHER_MODELS: {other.path} is no network that classifies whole tiles.")
        found = [(band.name, band.scale, band.offset) for band in other.card.bands]
        if found != expected:
            raise ModelError(
                f"{other.path} looks at other bands than {first.path}: {_listed(found)} instead of {_listed(expected)}."
                " Models that work together must have learnt from the same bands."
            )
        theirs, ours = ([(c.id, c.name) for c in one.card.classes] for one in (other, first))
        if theirs != ours:
            raise ModelError(
                f"{other.path} has other classes than {first.path}: {', '.join(f'{i} {n}' for i, n in theirs)} instead"
                f" of {', '.join(f'{i} {n}' for i, n in ours)}. Models that work together must have the same classes."
            )


def _listed(bands: list[tuple[str, float, float]]) -> str:
    return ", ".join(
        name if (scale, offset) == (1, 0) else f"{name} × {scale:g} + {offset:g}" for name, scale, offset in bands
    )


def _with_weights(looks: Looks, opened: Sequence[Opened]) -> Looks:
    """For a weighted mean: each model by its kappa, which the card has from training."""
    assert looks.vote in VOTES
    if looks.vote != "weighted" or len(opened) == 1:
        return replace(looks, vote="mean") if len(opened) == 1 else looks
    weights = []
    for one in opened:
        kappa = one.card.metrics.get("kappa")
        if not isinstance(kappa, int | float) or not np.isfinite(kappa):
            raise ParameterError(
                f"VOTE 'weighted' counts models by their kappa, and the card of {one.path} has none. Choose 'mean' or"
                " 'uncertainty'."
            )
        weights.append(max(float(kappa), 0.0))
    if not any(weights):
        raise ParameterError("VOTE 'weighted' counts models by their kappa, and none has one above 0. Choose 'mean'.")
    return replace(looks, weights=tuple(weights))


def _refuse_without_dropout(opened: Sequence[Opened]) -> None:
    for one in opened:
        if not one.predictor.can_drop_out:  # type: ignore[union-attr]
            raise ParameterError(
                f"DROPOUT_PASSES must be 0: {one.path} has no dropout, so all passes would be alike. Train it with a"
                " dropout above 0."
            )


def _on_a_card(device: str) -> bool:
    from .networks import devices

    return devices.choose(device).type == "cuda"


def _engine(one: Opened, task: TileTask, looks: Looks, job: Job) -> str:
    """What computes a model: ONNX Runtime on processors, where it says the same as PyTorch on tiles of this image."""
    predictor: TilePredictor = one.predictor  # type: ignore[assignment]
    if len(predictor.engines) == 1:
        return predictor.engines[0]
    if looks.dropout_passes or _on_a_card(task.device):
        return "pytorch"
    from .networks import engines, onnx_runtime
    from .networks.predictor import SegmentationPredictor

    assert isinstance(predictor, SegmentationPredictor)
    name = one.path.name
    if not onnx_runtime.is_there():
        job.message(f"{name} is computed by PyTorch: ONNX Runtime, which is faster, is not installed.")
        return "pytorch"
    try:
        differs = predictor.disagreement(_samples(task, looks), task.threads, task.at_once)
    except ModelError as error:
        job.message(f"{name} is computed by PyTorch: {error}.")
        return "pytorch"
    if not differs <= engines.TOLERANCE:
        job.message(
            f"{name} is computed by PyTorch: probabilities by ONNX Runtime, which is faster, differ by up to"
            f" {differs:.1g}."
        )
        return "pytorch"
    job.message(f"{name} is computed by ONNX Runtime; probabilities differ from PyTorch's by up to {differs:.1g}.")
    return "onnxruntime"


def _samples(task: TileTask, looks: Looks) -> list[np.ndarray]:
    """Some tiles of the image, at each scale."""
    from .ensembles import resampled

    rows, columns = task.lattice.rows, task.lattice.columns
    places = [(len(rows.starts) * i // 3, len(columns.starts) * i // 3) for i in range(1, COMPARED_TILES + 1)]
    tiles = [task.read(*place)[np.newaxis] for place in dict.fromkeys(places)]
    edge = rows.tile
    sizes = [max(1, round(edge * scale)) for scale in looks.scales]
    return [tile if size == edge else resampled(tile, size) for size in sizes for tile in tiles]
