"""Whether a folder of tiles came out of a stage whole, and how well what was in them is kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from .. import layers, styles
from ..grids import Grid
from . import fidelity, masks
from .tile_files import BadTile, TileFile

# The NDVI's error below which, and the correlation of edges above which, a grade is reached. The first are those of the
# chain; each of the others allows for twice the loss of the one before it.
GRADES = {"excellent": (0.05, 0.90), "good": (0.10, 0.80), "acceptable": (0.20, 0.60)}
POOR = "poor"
COLOURS = {"excellent": "#009e73", "good": "#56b4e9", "acceptable": "#e69f00", POOR: "#d55e00"}
MISSING, EXTRA, OTHER_SHAPE = "missing", "extra", "other shape"
# Tiles with these problems are compared nevertheless.
BEYOND, NO_METADATA = "beyond 0–1", "no metadata"
# A value may be so far beyond 0 to 1 by rounding.
SLACK = 1e-6
# Of each comparison with a target.
QUALITY = ("psnr", "ssim", "mse")
COLUMNS = (
    *("tile_id", "grade", "problem", "detail", "month", "biome_code", "ndvi_rmse", "edge_correlation"),
    *("spectral_angle", *QUALITY, *(f"{name}_before" for name in QUALITY), "smallest", "largest"),
)


def grade(ndvi_rmse: float, edge_correlation: float) -> str:
    """How well NDVI and edges are kept; the worse of the two counts. Where no pixel has an NDVI (NaN), edges count."""
    for name, (error, correlation) in GRADES.items():
        if not ndvi_rmse >= error and edge_correlation > correlation:
            return name
    return POOR


def loss(table: pd.DataFrame) -> pd.Series:
    """What tiles are ranked by: how many times as large as excellent ones have it at most their larger loss is."""
    error, correlation = GRADES["excellent"]
    losses = [table["ndvi_rmse"].fillna(0) / error, (1 - table["edge_correlation"]) / (1 - correlation)]
    return pd.concat(losses, axis=1).max(axis=1)


@dataclass(frozen=True)
class Folder:
    """A folder of tiles and the key of their arrays."""

    path: Path
    key: str

    def tile(self, name: str) -> TileFile:
        """A tile by its name; reads nothing."""
        return TileFile(self.path / f"{name}.npz")

    def has(self, name: str) -> bool:
        """Whether there is such a tile."""
        return self.tile(name).path.is_file()

    def image(self, name: str) -> np.ndarray:
        """A tile's pixels. Raises BadTile, which says of which folder."""
        try:
            return self.tile(name).reflectance(self.key)
        except BadTile as bad:
            raise BadTile(bad.kind, f"in {self.path.name}, {bad}") from None


@dataclass(frozen=True)
class Comparison:
    """Compares tiles of the same name before and after, and with what they should be where there are `targets`."""

    before: Folder
    after: Folder
    targets: Folder | None = None

    def __call__(self, name: str) -> dict[str, Any]:
        """The row of a tile; what is not known is left out."""
        row: dict[str, Any] = {"tile_id": name}
        if not self.after.has(name):
            return row | {"problem": MISSING, "detail": f"{self.after.path} has no such tile"}
        if not self.before.has(name):
            return row | {"problem": EXTRA, "detail": f"{self.before.path} has no such tile"}
        try:
            return row | self._compare(name)
        except BadTile as bad:
            return row | {"problem": bad.kind, "detail": str(bad)}

    def _compare(self, name: str) -> dict[str, Any]:
        before, after = self.before.image(name), self.after.image(name)
        if before.shape != after.shape:
            raise BadTile(OTHER_SHAPE, f"it has the shape {after.shape}, not {before.shape} as before")
        metadata = self.before.tile(name).metadata
        valid = masks.read(metadata.content, *before.shape[1:])
        if valid is not None and not valid.any():
            raise BadTile("no data", f"in {self.before.path.name}, no pixel of it had data when it was cut")
        row: dict[str, Any] = {"month": metadata.month, "biome_code": metadata.biome}
        if not self.after.tile(name).path.with_suffix(".json").is_file():
            row |= {"problem": NO_METADATA, "detail": f"{self.after.path} has no {name}.json"}
        row |= self._range(name)
        row["ndvi_rmse"] = fidelity.ndvi_rmse(before, after, valid)
        row["edge_correlation"] = fidelity.edge_correlation(before, after, valid)
        row["spectral_angle"] = fidelity.spectral_angle(before, after, valid)
        row["grade"] = grade(row["ndvi_rmse"], row["edge_correlation"])
        if self.targets and self.targets.has(name):
            try:
                row |= self._against_target(name, before, after, valid)
            except BadTile as bad:
                row |= {"problem": bad.kind, "detail": str(bad)}
        return row

    def _range(self, name: str) -> dict[str, Any]:
        """Smallest and largest value as they are stored, which is not clipped."""
        stored = self.after.tile(name).pixels(self.after.key)
        found: dict[str, Any] = {"smallest": float(stored.min()), "largest": float(stored.max())}
        if found["smallest"] < -SLACK or found["largest"] > 1 + SLACK:
            detail = f"its values reach from {found['smallest']:.4g} to {found['largest']:.4g}, not from 0 to 1"
            found |= {"problem": BEYOND, "detail": detail}
        return found

    def _against_target(
        self, name: str, before: np.ndarray, after: np.ndarray, valid: np.ndarray | None
    ) -> dict[str, float]:
        assert self.targets is not None  # the caller has looked
        target = self.targets.image(name)
        if target.shape != after.shape:
            raise BadTile(OTHER_SHAPE, f"its target has the shape {target.shape}, not {after.shape}")
        there = masks.read(self.targets.tile(name).metadata.content, *target.shape[1:])
        if there is not None:
            valid = there if valid is None else valid & there
        found = {}
        for suffix, image in (("", after), ("_before", before)):
            for measure in QUALITY:
                found[measure + suffix] = getattr(fidelity, measure)(image, target, valid)
        return found


def as_table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """The rows of all tiles, by name."""
    table = pd.DataFrame(rows, columns=list(COLUMNS)).sort_values("tile_id", ignore_index=True)
    texts = ["grade", "problem", "detail"]
    table[texts] = table[texts].astype(object).fillna("")
    return table.astype({"month": "Int64", "biome_code": "Int64"})


@dataclass(frozen=True)
class Summary:
    """All tiles together; means are over tiles and NaN where there is none.

    Args:
        before, after: tiles in each folder.
        compared: tiles with a grade.
        missing, extra, unusable, beyond: tiles by what is wrong with them; those beyond 0–1 are compared nevertheless.
        with_target: compared tiles with a usable target.
        improved_share: of them, those that are nearer to their target than before, by the mean squared error.
    """

    before: int
    after: int
    compared: int
    missing: int
    extra: int
    unusable: int
    beyond: int
    with_target: int
    verdict: str
    ndvi_rmse: float
    edge_correlation: float
    spectral_angle: float
    psnr: float
    ssim: float
    mse: float
    psnr_before: float
    ssim_before: float
    mse_before: float
    improved_share: float

    @property
    def numbers(self) -> dict[str, float | None]:
        """All numbers; None in place of NaN."""
        values = {name: value for name, value in asdict(self).items() if not isinstance(value, str)}
        return {name: None if np.isnan(value) else round(value, 6) for name, value in values.items()}

    def sentence(self) -> str:
        """The verdict in words."""
        ndvi = "undetermined" if np.isnan(self.ndvi_rmse) else f"{self.ndvi_rmse:.4f}"
        text = (
            f"{self.verdict.capitalize()}: NDVI RMSE {ndvi}, correlation of edges"
            f" {self.edge_correlation:.4f}, mean of {self.compared:,} tiles."
        )
        if self.with_target:
            text += (
                f" Against the targets, PSNR {self.psnr_before:.2f} → {self.psnr:.2f} dB, SSIM {self.ssim_before:.4f} →"
                f" {self.ssim:.4f}; {100 * self.improved_share:.1f} % of {self.with_target:,} tiles are nearer to them."
            )
        wrong = [
            f"{number:,} {what}"
            for number, what in (
                (self.missing, "missing"), (self.extra, "not there before"), (self.unusable, "not usable"),
                (self.beyond, "with values beyond 0–1"),
            ) if number
        ]  # fmt: skip
        return text + (f" Tiles: {', '.join(wrong)}." if wrong else " No tile is missing or damaged.")


def summarize(table: pd.DataFrame) -> Summary:
    """Put the rows of all tiles together."""
    compared = table[table["grade"] != ""]
    targeted = compared[compared["mse"].notna()]
    problems = table["problem"].value_counts()
    missing, extra = int(problems.get(MISSING, 0)), int(problems.get(EXTRA, 0))
    without_grade = len(table) - len(compared) - missing - extra
    names = ("ndvi_rmse", "edge_correlation", "spectral_angle", *QUALITY, *(f"{name}_before" for name in QUALITY))
    means = {name: float(compared[name].astype(float).mean()) for name in names}
    return Summary(
        before=len(table) - extra,
        after=len(table) - missing,
        compared=len(compared),
        missing=missing,
        extra=extra,
        unusable=without_grade,
        beyond=int(((compared["smallest"] < -SLACK) | (compared["largest"] > 1 + SLACK)).sum()),
        with_target=len(targeted),
        verdict=grade(means["ndvi_rmse"], means["edge_correlation"]) if len(compared) else "",
        improved_share=float((targeted["mse"] < targeted["mse_before"]).mean()) if len(targeted) else float("nan"),
        **means,
    )


def by(table: pd.DataFrame, column: str) -> list[dict[str, Any]]:
    """A row a month or biome: how many tiles were compared, and their means."""
    compared = table[table["grade"] != ""]
    names = ["ndvi_rmse", "edge_correlation", "psnr_before", "psnr"]
    return [
        {"value": int(value), "tiles": len(rows), **{name: float(rows[name].astype(float).mean()) for name in names}}
        for value, rows in compared.groupby(column)
    ]


def is_georeferenced(folder: Folder, names: list[str]) -> bool:
    """Whether any of the tiles says where it lies."""
    return any(_place(folder.tile(name), folder.key) for name in names)


def write_footprints(path: str | Path, table: pd.DataFrame, folder: Folder) -> int:
    """Write the outlines of the compared tiles that say where they lie, coloured by grade; gives how many those are.

    Tiles with another CRS than the first are brought to its; those without any are left out where others have one.
    """
    compared = table[table["grade"] != ""]
    shapes = {crs: gpd.GeoSeries(dict(placed), crs=crs) for crs, placed in _placed(compared, folder)}
    if len(shapes) > 1:
        shapes.pop(None, None)
    first = next(iter(shapes.values()), gpd.GeoSeries())
    geometry = pd.concat(
        [first, *(s if s.crs == first.crs else s.to_crs(first.crs) for s in list(shapes.values())[1:])]
    )
    columns = [name for name in COLUMNS if name != "detail"]
    layer = gpd.GeoDataFrame(compared.loc[geometry.index, columns], geometry=geometry, crs=first.crs).sort_index()
    categories = [(name, name.capitalize(), colour) for name, colour in COLOURS.items()]
    layers.write(path, layer, "tiles", "Polygon", styles.polygons_by("grade", categories))
    return len(layer)


def _placed(table: pd.DataFrame, folder: Folder) -> Iterator[tuple[str | None, list[tuple[int, shapely.Polygon]]]]:
    """Row numbers and outlines by CRS."""
    found: dict[str | None, list[tuple[int, shapely.Polygon]]] = {}
    for row, name in table["tile_id"].items():
        grid = _place(folder.tile(name), folder.key)
        if grid:
            crs = grid.crs.to_wkt() if grid.crs else None
            found.setdefault(crs, []).append((row, shapely.Polygon(grid.corners)))
    yield from found.items()


def _place(tile: TileFile, key: str) -> Grid | None:
    """Where a tile lies; None where it, or its JSON file, does not say or is damaged."""
    try:
        shape = tile.shape(key)
        return tile.metadata.grid(*shape[-2:]) if len(shape) > 1 else None
    except BadTile:
        return None
