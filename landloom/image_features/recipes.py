"""What determines the features of an image: only those of one recipe can be compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ..job import Job
from ..networks.feature_encoder import Weights
from . import images, scaling
from .feature_store import Store
from .images import BadImage, Item, Look, Reading


@dataclass(frozen=True)
class Settings:
    """What determines the features.

    Args:
        weights: encoder and weights.
        reading: what of the files is the image.
        scaling: `auto`, `image`, `dataset`, or `range` with `low` and `high`; see the stage.
        low, high: of `range`.
        size: edge, pixels; None: as `scaling.size_for` says.
        precision: float16 or float32, in which features are stored.
    """

    weights: Weights
    reading: Reading
    scaling: str
    low: float
    high: float
    size: int | None
    precision: str


def recipe(settings: Settings, identity: dict[str, Any]) -> dict[str, Any]:
    """The recipe, as yet without limits; `identity` is that of the weights."""
    bounds = {"low": settings.low, "high": settings.high} if settings.scaling == "range" else {}
    return {
        "encoder": settings.weights.encoder,
        "weights": identity,
        "reading": asdict(settings.reading) | {"bands": list(settings.reading.bands)},
        "scaling": {"by": settings.scaling, **bounds},
        "limits": {},
        "size": settings.size,
        "precision": settings.precision,
    }


def limits(
    items: Sequence[Item],
    looks: dict[int, Look],
    reading: Reading,
    recipe: dict[str, Any],
    stores: Sequence[Store],
    job: Job,
) -> dict[str, list[list[float]]]:
    """The limits of the scaling by data set for each number of bands: those of a store, else measured."""
    found: dict[str, list[list[float]]] = {}
    for store in stores:
        if same(store.recipe | {"limits": {}}, recipe) and store.recipe["limits"]:
            found |= {bands: limits for bands, limits in store.recipe["limits"].items() if bands not in found}
            job.message(f"The limits of the scaling are those of {store.path}.")
    for bands in sorted({look.bands for look in looks.values()} - {int(bands) for bands in found}):
        places = [place for place, look in looks.items() if look.bands == bands]
        sampled = []
        for place in places[:: -(-len(places) // images.MOST_SAMPLED)]:
            job.check_cancelled()
            try:
                values = images.read(items[place].path, reading)  # type: ignore[arg-type]
            except BadImage:  # it is told of when its features are to be computed
                continue
            sampled.append([scaling.sample(band) for band in values])
        if sampled:
            found[str(bands)] = [list(limit) for limit in scaling.of_values(sampled)]
            job.message(
                f"Images with {bands} bands: the limits of the scaling were taken from {len(sampled):,} of them."
            )
        else:
            found[str(bands)] = [[0.0, 1.0]] * bands
    return found


def same(other: dict[str, Any], recipe: dict[str, Any]) -> bool:
    """Whether features of another recipe are those of this one; it may know limits for more numbers of bands."""
    same = {**other, "limits": {}} == {**recipe, "limits": {}}
    return same and all(recipe["limits"].get(bands) == limits for bands, limits in other["limits"].items())


def difference(other: dict[str, Any], recipe: dict[str, Any]) -> str:
    """In what two recipes differ, in words."""
    names = [name for name in recipe if other.get(name) != recipe[name]]
    return f"its features were made with another {' and '.join(names)}"
