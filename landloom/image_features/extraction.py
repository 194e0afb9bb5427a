"""From images to a feature store: each content once, going on after a kill, in little memory."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import psutil
import torch

from .. import files, provenance, workspaces
from ..errors import InputError
from ..job import Job
from ..networks import onnx_runtime
from ..networks.encoders import IMAGENET
from ..networks.feature_encoder import NONE, Engine, Weights, digest
from . import feature_store, images, recipes, scaling
from .feature_store import Store
from .image_preparation import Preparation, doubts, warn_of_doubts
from .images import BadImage, Item, Look, Reading
from .journal import Journal
from .recipes import Settings

S = TypeVar("S")
T = TypeVar("T")

# Pixels in a batch, so that its memory does not depend on the images' size; and images at most.
BATCH_PIXELS, LEAST_BATCH_PIXELS, MOST_IN_BATCH = 2**19, 2**16, 32
_LOG = "features.log"
_WRITTEN_AT_ONCE = 1024


@dataclass(frozen=True)
class Effort:
    """Where and with how many threads."""

    device: torch.device
    jobs: int


@dataclass
class Outcome:
    """What has come of it.

    `failures` has a row an image: id, image, kind, reason. `rate` is images a second while computing, `peak` MiB.
    """

    images: int = 0
    stored: int = 0
    computed: int = 0
    reused: int = 0
    duplicates: int = 0
    dimension: int = 0
    rate: float | None = None
    peak: float = 0.0
    raw_bytes: int = 0
    store_bytes: int = 0
    failures: pd.DataFrame = field(default_factory=pd.DataFrame)
    by_kind: dict[str, int] = field(default_factory=dict)

    @property
    def share(self) -> float:
        """The share of the images whose features are stored."""
        return self.stored / self.images

    def note_memory(self) -> None:
        """Look how much memory this process has now."""
        self.peak = max(self.peak, psutil.Process().memory_info().rss / 2**20)


def extract(
    items: Sequence[Item],
    settings: Settings,
    output: Path,
    earlier: Store | None,
    effort: Effort,
    minimum: float,
    failures: Path | None,
    job: Job,
) -> Outcome:
    """Write the features of images to a store.

    Args:
        items: the images; a content that occurs several times is computed once.
        settings: what determines the features.
        output: of the store. One of the same recipe that stands there is a source of features, too.
        earlier: another store to take features from, and the limits of the scaling by data set.
        effort: where to compute.
        minimum: share of the images that must succeed.
        failures: where to list what did not, CSV.
        job: told of what happens.

    Raises InputError where fewer than `minimum` succeed; what has been computed is kept for the next run.
    """
    outcome = Outcome(len(items))
    looks, failed = _look(items, settings.reading, effort, job.part(0.0, 0.1))
    bands = {look.bands for look in looks.values()}
    if not bands:
        _conclude(items, looks, failed, outcome, 1.0, failures)
    networks, identity = _networks(settings.weights, bands, job)
    outcome.dimension = next(iter(networks.values())).dimension
    recipe = recipes.recipe(settings, identity)
    stores = [store for store in (_open_quietly(output), earlier) if store]
    if settings.scaling == "dataset":
        recipe["limits"] = recipes.limits(items, looks, settings.reading, recipe, stores, job)
    usable = [store for store in stores if recipes.same(store.recipe, recipe)]
    if earlier and earlier not in usable:
        job.warning(f"Nothing is taken from {earlier.path}: {recipes.difference(earlier.recipe, recipe)}.")

    with workspaces.workspace(output, recipe, job, _LOG) as folder:
        log = folder / _LOG
        journal = Journal(log, outcome.dimension, settings.precision)
        try:
            stored = _where_stored(usable)
            wanted: dict[str, tuple[Any, Look]] = {}
            for place, look in looks.items():
                wanted.setdefault(look.sha256, (items[place].path, look))
            todo = {sha: what for sha, what in wanted.items() if sha not in journal.places and sha not in stored}
            outcome.reused, outcome.duplicates = len(wanted) - len(todo), len(looks) - len(wanted)
            if outcome.reused:
                job.message(f"Features that are already there: {outcome.reused:,} of {len(wanted):,} images.")
            with files.telling(log):
                broken = _compute(todo, networks, settings, recipe, effort, journal, outcome, job.part(0.1, 0.97))
            for place, look in list(looks.items()):
                if look.sha256 in broken:
                    failed[place] = broken[look.sha256]
                    del looks[place]
            _conclude(items, looks, failed, outcome, minimum, failures)
            _write(output, items, looks, journal, stored, settings, identity, recipe, outcome)
        finally:
            journal.close()
            if not journal.places:
                log.unlink(missing_ok=True)
    outcome.store_bytes = output.stat().st_size
    outcome.note_memory()
    return outcome


def _look(
    items: Sequence[Item], reading: Reading, effort: Effort, job: Job
) -> tuple[dict[int, Look], dict[int, BadImage]]:
    """What each image is, by its place; and those that are none."""

    def one(item: Item) -> Look | BadImage:
        try:
            return images.look(item, reading)
        except BadImage as error:
            return error

    looks: dict[int, Look] = {}
    failed: dict[int, BadImage] = {}
    with ThreadPoolExecutor(effort.jobs) as pool:
        for place, found in enumerate(_in_order(pool, one, items, 4 * effort.jobs)):
            if isinstance(found, BadImage):
                failed[place] = found
            else:
                looks[place] = found
            job.progress((place + 1) / len(items))
    return looks, failed


def _networks(weights: Weights, bands: set[int], job: Job) -> tuple[dict[int, Any], dict[str, Any]]:
    """The encoder for each number of bands, and what identifies its weights."""
    is_file = weights.source not in (NONE, IMAGENET)
    networks, identity = {}, {}
    for count in sorted(bands if is_file else bands | {3}):
        networks[count], loaded = weights.network(count)
        if loaded and count in bands:
            job.message(f"Images with {count} bands: {loaded.message}")
            if loaded.warning:
                job.warning(loaded.warning)
        if is_file:
            assert loaded
            identity = {"sha256": loaded.sha256, "seed": weights.seed if loaded.missing else None}
        elif count == 3:
            identity = {"sha256": digest(networks[count]), "seed": weights.seed if weights.source == NONE else None}
    return {count: networks[count] for count in sorted(bands)}, identity


def _open_quietly(path: Path) -> Store | None:
    """The store that stands where one will be written, if it is one."""
    try:
        return feature_store.open_store(path)
    except InputError:
        return None


def _where_stored(stores: Sequence[Store]) -> dict[str, tuple[Store, int]]:
    """In which row of which store the features of a content are."""
    return {sha: (store, row) for store in reversed(stores) for row, sha in enumerate(store.table["sha256"])}


def _batches(
    todo: dict[str, tuple[Path, Look]], size: int | None, pixels: int
) -> Iterator[tuple[int, int, int, int, list[str]]]:
    """Batches of images that an encoder sees in one size: bands, height, width, how many make a full one, hashes."""
    groups: dict[tuple[int, int, int], list[str]] = {}
    for sha, (_, look) in todo.items():
        groups.setdefault((look.bands, *scaling.size_for(look.height, look.width, size)), []).append(sha)
    for (bands, height, width), hashes in groups.items():
        full = min(MOST_IN_BATCH, max(1, pixels // (height * width)))
        for start in range(0, len(hashes), full):
            yield bands, height, width, full, hashes[start : start + full]


def _compute(
    todo: dict[str, tuple[Path, Look]],
    networks: dict[int, Any],
    settings: Settings,
    recipe: dict[str, Any],
    effort: Effort,
    journal: Journal,
    outcome: Outcome,
    job: Job,
) -> dict[str, BadImage]:
    """Compute what is to do into the journal; returns the images for which that failed."""
    if not todo:
        return {}
    engines = {bands: Engine(network, effort.device, effort.jobs) for bands, network in networks.items()}
    prepare = Preparation(settings, recipe["limits"], {b: settings.weights.raw_standardisation(b) for b in networks})
    # ONNX Runtime takes a batch a thread. PyTorch takes all threads for a batch, while the next one is read.
    parallel = effort.device.type == "cpu" and onnx_runtime.is_there()
    workers = effort.jobs if parallel else 2
    pixels = min(BATCH_PIXELS, max(LEAST_BATCH_PIXELS, 2 * BATCH_PIXELS // workers)) if parallel else BATCH_PIXELS

    def work(batch: tuple[int, int, int, int, list[str]]) -> tuple[list[str], np.ndarray, dict[str, BadImage], list]:
        bands, height, width, full, hashes = batch
        shown, seen, bad = {}, [], {}
        for sha in hashes:
            try:
                shown[sha], told = prepare(*todo[sha], height, width)
                seen.append(told)
            except BadImage as error:
                bad[sha] = error
        features = engines[bands].features(np.stack(list(shown.values())), full) if shown else np.empty((0, 0))
        return list(shown), features, bad, seen

    broken: dict[str, BadImage] = {}
    doubtful: Counter[str] = Counter()
    began, done = time.monotonic(), 0
    with ThreadPoolExecutor(workers) as pool:
        for hashes, features, bad, seen in _in_order(pool, work, _batches(todo, settings.size, pixels), workers + 1):
            broken |= bad
            if hashes:
                sound = _finite(features, settings.precision)
                journal.add([sha for sha, good in zip(hashes, sound, strict=True) if good], features[sound])
                broken |= {sha: _not_finite(settings.precision) for sha in np.array(hashes)[~sound].tolist()}
            doubtful.update(doubt for told in seen if told for doubt in doubts(told))
            done += len(hashes) + len(bad)
            outcome.computed += len(hashes)
            outcome.rate = done / max(time.monotonic() - began, 1e-9)
            outcome.note_memory()
            job.progress(done / len(todo), f"{outcome.rate:.1f} images/s")
    warn_of_doubts(doubtful, outcome.computed, job)
    return broken


def _finite(features: np.ndarray, precision: str) -> np.ndarray:
    """Which rows can be stored."""
    return np.isfinite(features).all(1) & (np.abs(features) <= np.finfo(precision).max).all(1)


def _not_finite(precision: str) -> BadImage:
    remedy = " Try PRECISION float32" if precision == "float16" else ""
    return BadImage("not finite", f"its features are not finite or beyond what {precision} can hold.{remedy}")


def _conclude(
    items: Sequence[Item],
    looks: dict[int, Look],
    failed: dict[int, BadImage],
    outcome: Outcome,
    minimum: float,
    path: Path | None,
) -> None:
    """Count and list what failed. Raises InputError where that is too much."""
    rows = [(items[p].id, items[p].name, failed[p].kind, str(failed[p])) for p in sorted(failed)]
    outcome.failures = pd.DataFrame(rows, columns=["id", "image", "kind", "reason"])
    outcome.by_kind = {kind: int(n) for kind, n in outcome.failures["kind"].value_counts().sort_index().items()}
    outcome.stored = len(looks)
    outcome.raw_bytes = sum({items[p].path: look.bytes for p, look in looks.items()}.values())
    if path:
        with files.replacing(path) as temporary:
            outcome.failures.to_csv(temporary, index=False, lineterminator="\n")
    if not looks or outcome.share < minimum:
        first = outcome.failures.iloc[0]
        kinds = ", ".join(f"{kind} {number:,}" for kind, number in outcome.by_kind.items())
        lower = f" or lower MINIMUM_SHARE ({minimum:g})" if looks else ""
        raise InputError(
            f"Features could be extracted of {outcome.stored:,} of {outcome.images:,} images"
            f" ({100 * outcome.share:.1f} %). What failed, by kind: {kinds}; the first is"
            f" {first['image'] or first['id']}: {first['reason']}. FAILURES lists"
            f" all of them. Repair them{lower}, and run again; what was computed is not computed again."
        )


def _write(
    output: Path,
    items: Sequence[Item],
    looks: dict[int, Look],
    journal: Journal,
    stored: dict[str, tuple[Store, int]],
    settings: Settings,
    identity: dict[str, Any],
    recipe: dict[str, Any],
    outcome: Outcome,
) -> None:
    """Put the store together in the order of the items."""
    places = sorted(looks)
    rows = [(items[p].id, items[p].name, looks[p].sha256, looks[p].footprint, looks[p].crs) for p in places]
    table = pd.DataFrame(rows, columns=list(feature_store.TEXTS), dtype=object)
    source = settings.weights.source
    attributes = {
        "encoder": settings.weights.encoder,
        "weights": {"source": provenance.redacted(source), **identity},
        "recipe": recipe,
        "facts": {"images": outcome.images, "stored": outcome.stored, "failures": outcome.by_kind},
    }

    def parts() -> Iterator[np.ndarray]:
        for start in range(0, len(table), _WRITTEN_AT_ONCE):
            hashes = table["sha256"].to_numpy()[start : start + _WRITTEN_AT_ONCE]
            part = np.empty((len(hashes), outcome.dimension), np.float32)
            ours = np.array([sha in journal.places for sha in hashes])
            if ours.any():
                part[ours] = journal.read(hashes[ours].tolist())
            for store in {id(stored[sha][0]): stored[sha][0] for sha in hashes[~ours]}.values():
                at = [i for i in np.flatnonzero(~ours) if stored[hashes[i]][0] is store]
                part[at] = store.read([stored[hashes[i]][1] for i in at])
            yield part

    feature_store.write_store(output, table, parts(), outcome.dimension, settings.precision, attributes)


def _in_order(pool: ThreadPoolExecutor, function: Callable[[S], T], items: Iterable[S], depth: int) -> Iterator[T]:
    """What a function makes of items, in their order, with up to `depth` at work."""
    source = iter(items)
    coming = deque(pool.submit(function, item) for item in islice(source, depth))
    try:
        while coming:
            found = coming.popleft().result()
            coming.extend(pool.submit(function, item) for item in islice(source, 1))
            yield found
    finally:
        for future in coming:
            future.cancel()
