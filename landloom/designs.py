"""How the places of a reference were chosen, which decides what can be estimated from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from rasterio.windows import Window

from . import areas, vectors
from .errors import InputError, ParameterError
from .estimation import Strata
from .grids import Grid
from .stages import _places as fields
from .vectors import Labelled

# Fewer in a stratum say little of how much its places vary.
FEWEST_PLACES = 10
# By so much the weights within a stratum may differ, as numbers that were rounded do.
ROUNDING = 0.01
ON_PURPOSE = tuple(d for d in fields.DESIGNS if d not in fields.AT_RANDOM)


@dataclass(frozen=True)
class Design:
    """A random sample in strata, which need not be the map's classes.

    Of each stratum (H,): its name, how many pixels its places stand for, the ground they cover in hectares (None
    without a CRS), how many places were drawn and how many of them have a class. `stratum` is the number of each
    place's, by polygon id.
    """

    names: tuple[str, ...]
    pixels: np.ndarray
    hectares: np.ndarray | None
    drawn: np.ndarray
    labelled: np.ndarray
    stratum: Mapping[int, int]

    @property
    def measured(self) -> tuple[np.ndarray, str]:
        """The sizes in the best unit there is, and its name, as of `areas.ClassAreas`."""
        return (self.pixels, "pixels") if self.hectares is None else (self.hectares, "hectares")

    @property
    def strata(self) -> Strata:
        """For estimates, with areas in the best unit."""
        return Strata(self.measured[0], self.labelled, self.pixels)

    def as_dict(self) -> dict[str, Any]:
        """For JSON and the report."""
        rows = zip(self.names, self.pixels, self.drawn, self.labelled, strict=True)
        strata = [
            {"stratum": name, "pixels": round(float(size), 2), "places": int(drawn), "with_class": int(labelled)}
            for name, size, drawn, labelled in rows
        ]
        return {"at_random": True, "strata": strata}

    @property
    def gaps(self) -> list[str]:
        """What the user should know of places that have no class."""
        notes, without = [], int((self.drawn - self.labelled).sum())
        if without:
            notes.append(
                f"{without} of the {int(self.drawn.sum())} places have no class yet or were skipped. The estimates take"
                " them to be like the others of their stratum."
            )
        strata = [*zip(self.names, self.labelled, self.pixels, strict=True)]
        for least, most, what in (
            (0, 0, "Nothing can be estimated, since no place has a class in"),
            (1, 1, "No interval can be given, since only one place has a class in"),
            (2, FEWEST_PLACES - 1, f"The intervals are rough, since fewer than {FEWEST_PLACES} places have a class in"),
        ):
            short = [name or "the sample" for name, n, size in strata if least <= n <= most and n < size]
            if short:
                notes.append(f"{what} {', '.join(short)}. Decide more places there.")
        return notes

    def doubts(self, map_pixels: int, compared: int) -> list[str]:
        """What the user should know of the sample.

        Args:
            map_pixels: how many pixels of the map have a class, in the area of interest if there is one.
            compared: how many places were compared with the map.
        """
        notes, sampled = self.gaps, self.pixels.sum()
        if compared < self.labelled.sum():  # some lie elsewhere, so the sample is of more than is compared
            return notes
        if sampled > 1.01 * map_pixels:
            notes.append(
                f"The places stand for {sampled:,.0f} pixels, but the map has only {map_pixels:,} with a class. If they"
                " were drawn from a map with other pixels, the areas are wrong; the accuracies are not."
            )
        elif sampled < 0.99 * map_pixels:
            notes.append(
                f"The places stand for {sampled:,.0f} of the map's {map_pixels:,} pixels, those that they were drawn"
                " from. Accuracy and areas are those of that part."
            )
        return notes


@dataclass(frozen=True)
class Purposive:
    """Places that were not drawn at random: `number` of the `places` that have a class."""

    number: int
    places: int

    def as_dict(self) -> dict[str, Any]:
        """For JSON and the report."""
        return {"at_random": False, "chosen_on_purpose": self.number, "places": self.places}

    @property
    def doubt(self) -> str:
        """What they cannot tell."""
        who = "The places were" if self.number == self.places else f"{self.number} of the {self.places} places were"
        return (
            f"{who} chosen where the map is unsure or disagrees, so they are harder than the rest of it. What stands"
            " here is the accuracy among these places, not that of the map, and no areas can be estimated from them."
            " For that, queue places with a random design."
        )


def of_features(
    source: str, label: str, labelled: Labelled, stratum_field: str | None, weight_field: str | None, grid: Grid
) -> Design | Purposive | None:
    """The design of a reference; None where nothing is known of it.

    Without fields it is looked for where Queue places writes it.

    Args:
        source: the layer.
        label: what the user calls it.
        labelled: those of its features that have a class.
        stratum_field: names the stratum of each place; None for a sample without strata.
        weight_field: how many pixels of the map each place stands for, so that all places of a stratum, those
            without a class too, stand for all of it.
        grid: of the map.

    Raises ParameterError for fields that are not there and for polygons, InputError for weights that are none.
    """
    named = [name for name in (stratum_field, weight_field) if name]
    table = vectors.read_layer(source, None, label)
    vectors.refuse_missing_fields(table, named, label)
    known = ~table.index.isin(list(labelled.left_out))
    if fields.DESIGN in table:
        design = table[fields.DESIGN][known]
        on_purpose = int(design.isin(ON_PURPOSE).sum())
        if on_purpose:
            return Purposive(on_purpose, len(design))
        own = {fields.WEIGHT, fields.STRATUM} <= set(table.columns)
        if not named and own and design.isin(fields.AT_RANDOM).all():
            stratum_field, weight_field = fields.STRATUM, fields.WEIGHT
            drawn = table[fields.DESIGN].isin(fields.AT_RANDOM).to_numpy()
            table, known = table[drawn], known[drawn]
    if weight_field is None:
        return None
    if not set(labelled.table.geometry.geom_type) <= {"Point", "MultiPoint"}:
        raise ParameterError(f"WEIGHT_FIELD is for points that were drawn at random, but {label} holds polygons.")
    if (shapely.get_num_geometries(labelled.table.geometry.to_numpy()) > 1).any():
        raise InputError(
            f"{label} has features of several points, but a weight is that of a single place. Split them (Vector ▸"
            " Geometry Tools ▸ Multipart to Singleparts) and weight each."
        )
    return _design(table, label, known, stratum_field, weight_field, grid)


def _design(
    table: gpd.GeoDataFrame, label: str, known: np.ndarray, stratum_field: str | None, weight_field: str, grid: Grid
) -> Design:
    weight = pd.to_numeric(table[weight_field], errors="coerce").to_numpy(dtype=float)
    wrong = int((~(np.isfinite(weight) & (weight > 0))).sum())
    if wrong:
        raise InputError(
            f"The field '{weight_field}' of {label} holds no number above 0 for {wrong} of the {len(table)} features,"
            " so it is not known how many pixels they stand for. Choose another WEIGHT_FIELD, or leave these features"
            " out."
        )
    words = table[stratum_field].fillna("").astype(str).str.strip() if stratum_field else pd.Series([""] * len(table))
    names, at = np.unique(words.to_numpy(dtype=str), return_inverse=True)

    def summed(values: np.ndarray) -> np.ndarray:
        return np.bincount(at, values, len(names))

    for number, name in enumerate(names):
        own = weight[at == number]
        if own.max() > (1 + ROUNDING) * own.min():
            raise InputError(
                f"The field '{weight_field}' of {label} holds {own.min():g} to {own.max():g}"
                + (f" in the stratum '{name}'" if stratum_field else "")
                + ", but all places of a stratum stand for the same number of pixels. Name the strata in STRATUM_FIELD,"
                " or correct the weights."
            )

    by_row = areas.hectares_by_row(grid, Window(0, 0, grid.width, grid.height))
    hectares = None
    if by_row is not None:
        points = shapely.centroid(vectors.in_crs(table, label, grid.crs).geometry.to_numpy())
        row = np.nan_to_num(grid.to_pixel(shapely.get_x(points), shapely.get_y(points))[1])
        hectares = summed(weight * by_row[np.clip(row, 0, grid.height - 1).astype(int)])
    return Design(
        tuple(names.tolist()),
        summed(weight),
        hectares,
        summed(np.ones(len(table))).astype(int),
        summed(known.astype(float)).astype(int),
        dict(zip(table.index.tolist(), at.tolist(), strict=True)),
    )
