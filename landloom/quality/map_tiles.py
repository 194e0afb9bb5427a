"""Tiles of a map as records: how sure the map is there, what it looks like, and how good it is where that is known."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import scipy.ndimage
from rasterio.io import MemoryFile
from rasterio.windows import Window

from .. import assessment, files, maps, prediction, rasters, vrt, windows
from ..errors import InputError
from ..folders import OwnFiles
from ..grids import Grid
from ..job import Job
from ..maps import ClassMap, Probabilities
from ..probabilities import as_shares
from ..rasters import Stack
from ..records import image_check
from ..records.table import METRIC, PARAMETER
from ..tiles import storage

IMAGES = "images"
OWN = OwnFiles(
    "described tiles",
    "provenance/describe_map_tiles.json",
    (IMAGES,),
    re.compile(rf"{IMAGES}/.+_r\d+_c\d+\.tif|records\.csv(\.json)?|provenance/describe_map_tiles\.json|\.lock"),
)
# What Map with a model writes beside the map, and what of it can be had from the probabilities.
MEASURES = ("entropy", "confidence", "margin", "variance")
FROM_PROBABILITIES = ("entropy", "confidence", "margin")
QUANTILES = (0.1, 0.5, 0.9)
METRICS = {"accuracy": "overall_accuracy", "mean_f1": "mean_f1", "kappa": "kappa"}
# Counted beside the metrics: no parameter, since where nothing is known there is none.
REFERENCE_PIXELS = "reference_pixels"
# So many bytes of pixels are read at once, and rows of tiles up to such a height so that blocks are read once.
WINDOW_BYTES = 2**26
WINDOW_ROWS = 512


@dataclass(frozen=True)
class Source:
    """A map and what belongs to it, all on the map's grid.

    `measures` are rasters of one band from 0 to 1 by their names in MEASURES, `reference` holds class ids, `ids` are
    those of map and reference together.
    """

    mapped: ClassMap
    image: Stack
    measures: Mapping[str, Stack] = field(default_factory=dict)
    probabilities: Probabilities | None = None
    reference: Stack | None = None
    ids: tuple[int, ...] = ()

    @property
    def grid(self) -> Grid:
        """The map's."""
        return self.mapped.stack.grid

    def close(self) -> None:
        """Close all files."""
        others = (self.probabilities.stack if self.probabilities else None, self.reference)
        for stack in (self.mapped.stack, self.image, *self.measures.values(), *others):
            if stack is not None:
                stack.close()


def open_map(path: str, label: str | None, no_class: int | None = None) -> ClassMap:
    """Open a map or reference as `maps.open_map` does. Raises InputError where it has several bands."""
    bands = rasters.open_stack([path], "nearest", [label or path]).bands
    if len(bands) > 1:
        raise InputError(
            f"{label or path} has {len(bands)} bands, but a map has one, with the class ids. Choose the map, not an"
            " image or the probabilities, or take the band with the classes out of it first (Raster ▸ Conversion ▸"
            " Translate)."
        )
    return maps.open_map(path, label, no_class)


def open_source(
    mapped: ClassMap,
    image: Stack,
    measures: Mapping[str, tuple[str, str]],
    probabilities: tuple[str, str] | None,
    reference: ClassMap | None,
) -> Source:
    """Bring everything to the map's grid; measures and probabilities are given as path and label.

    Raises InputError for what does not lie where the map lies, and for classes that contradict each other.
    """
    grid = mapped.stack.grid
    _refuse_elsewhere(image, mapped)
    opened = {}
    for name, (path, label) in measures.items():
        stack = rasters.open_stack([path], "nearest", [label])
        _refuse_elsewhere(stack, mapped)
        if len(stack.bands) > 1:
            raise InputError(
                f"{label} has {len(stack.bands)} bands, but a raster of the {name} has one. Choose the one that was"
                " made with the map."
            )
        opened[name] = Stack(grid, stack.parts, "nearest")
    ids, theirs = tuple(mapped.classes.ids), None
    if reference is not None:
        if not set(mapped.classes.ids) & set(reference.classes.ids):
            known, others = (", ".join(map(str, one.classes.ids[:10])) for one in (mapped, reference))
            raise InputError(
                f"{reference.label} has none of the classes of {mapped.label}: its class ids are {others}, those of the"
                f" map {known}. Give both the same ids first (Processing ▸ Reclassify by table)."
            )
        both = maps.together([mapped, reference])
        ids, theirs = tuple(both.classes.ids), Stack(grid, both.stack.parts[-1:], "nearest")
    shares = maps.open_probabilities(*probabilities, grid, mapped.classes) if probabilities else None
    return Source(mapped, Stack(grid, image.parts, image.resampling), opened, shares, theirs, ids)


def _refuse_elsewhere(stack: Stack, mapped: ClassMap) -> None:
    grid = mapped.stack.grid
    if (stack.grid.crs is None) != (grid.crs is None) or not vrt.overlap(stack.grid, grid).area:
        raise InputError(
            f"{stack.label} does not lie where the map {mapped.label} lies. Choose what the map was made of or with,"
            " and check that both have the right coordinate reference system."
        )


@dataclass(frozen=True)
class Described:
    """What came of a window: a row a tile, by column, and tiles left out by reason."""

    rows: list[dict[str, Any]]
    left_out: dict[str, int]


@dataclass(frozen=True)
class Describer:
    """Describes the tiles of a source and writes their images.

    Args:
        source: see there.
        folder: its folder `images` takes the tiles' images.
        scene: name of the scene, by which files are called.
        size: edge of a tile, pixels; at the right and lower border tiles are cut off.
        minimum_valid: least share of a tile's pixels (as if it were whole) that has a class.
        minimum_reference: least share of these that has a reference, else the metrics are unknown.
        band_statistics: whether mean and deviation of the image's bands are parameters.
        group_tiles: tiles a side that are a group of records; None for the whole scene.
    """

    source: Source
    folder: Path
    scene: str
    size: int
    minimum_valid: float
    minimum_reference: float
    band_statistics: bool = True
    group_tiles: int | None = None

    def plan(self) -> list[Window]:
        """Windows of whole tiles."""
        source, grid = self.source, self.source.grid
        layers = len(source.measures) + (len(source.probabilities.ids) if source.probabilities else 0)
        pixel_bytes = len(source.image.bands) * (source.image.dtype.itemsize + 1) + 8 * layers + 16
        block, pixels = self.size * max(1, WINDOW_ROWS // self.size), WINDOW_BYTES // pixel_bytes
        return windows.plan(grid.height, grid.width, block if block**2 <= pixels else self.size, pixels)

    def run(self, jobs: int | None, job: Job) -> Described:
        """Describe all tiles, window by window."""
        (self.folder / IMAGES).mkdir(parents=True, exist_ok=True)
        image_format, plan = storage.choose(self.source.image, False), self.plan()
        rows: list[dict[str, Any]] = []
        left_out: dict[str, int] = {}

        def one(window: Window) -> Described:
            job.check_cancelled()
            return self.window(window, image_format)

        results = windows.each(one, plan, jobs)
        try:
            for done, (_, found) in enumerate(results, start=1):
                rows += found.rows
                for reason, number in found.left_out.items():
                    left_out[reason] = left_out.get(reason, 0) + number
                job.progress(done / len(plan))
        finally:
            results.close()
        return Described(rows, left_out)

    def window(self, window: Window, image_format: storage.Format) -> Described:
        """Describe the tiles of a window, and write their images."""
        source = self.source
        classes, mapped = source.mapped.stack.read(window)
        mapped &= np.isin(classes[0], source.mapped.classes.ids)
        if not mapped.any():
            tiles = -(-int(window.height) // self.size) * -(-int(window.width) // self.size)
            return Described([], {"too little of them is mapped": tiles})
        pixels, valid = source.image.read_by_band(window)
        measures = self._measures(window)
        truth, known = source.reference.read(window) if source.reference else (classes, np.zeros_like(mapped))
        known = known & mapped & np.isin(truth[0], source.ids)
        rows: list[dict[str, Any]] = []
        few = 0
        for top in range(0, int(window.height), self.size):
            for left in range(0, int(window.width), self.size):
                here = np.s_[top : top + self.size, left : left + self.size]
                if mapped[here].sum() < max(1, self.minimum_valid * self.size**2):
                    few += 1
                    continue
                place = Window(int(window.col_off) + left, int(window.row_off) + top, *mapped[here].shape[::-1])
                row = self._place(place)
                row |= _named(PARAMETER, self._parameters(classes[0][here], mapped[here], valid[:, *here]))
                row |= _named(PARAMETER, _of_measures({n: v[here] for n, v in measures.items()}, mapped[here]))
                if self.band_statistics:
                    row |= _named(PARAMETER, self._of_bands(pixels[:, *here], valid[:, *here]))
                if source.reference:
                    row |= self._quality(classes[0][here], truth[0][here], mapped[here], known[here])
                self._write_image(row["record_id"], place, pixels[:, *here], valid[:, *here], image_format)
                rows.append(row)
        return Described(rows, {"too little of them is mapped": few} if few else {})

    def _measures(self, window: Window) -> dict[str, np.ndarray]:
        """The measures of a window (h, w), NaN for no data, also those that come from the probabilities."""
        found = {}
        for name, stack in self.source.measures.items():
            percent = np.issubdtype(stack.bands[0].dtype, np.integer)
            found[name] = as_shares(stack.read_floats(window)[0], percent, stack.label)
        lacking = [name for name in FROM_PROBABILITIES if name not in found]
        if self.source.probabilities and lacking:
            stack = self.source.probabilities.stack
            percent = all(np.issubdtype(band.dtype, np.integer) for band in stack.bands)
            shares = as_shares(stack.read_floats(window), percent, self.source.probabilities.label)
            certainty = _from_probabilities(shares)
            found |= {name: certainty[name] for name in lacking}
        return found

    def _place(self, window: Window) -> dict[str, Any]:
        """What a tile is called and where it lies."""
        grid, row, col = self.source.grid, int(window.row_off), int(window.col_off)
        part = Grid(int(window.height), int(window.width), grid.window_transform(window), grid.crs)
        group = self.scene
        if self.group_tiles:
            edge = self.group_tiles * self.size
            group = f"{self.scene}_block_{row // edge}_{col // edge}"
        footprint, crs = image_check.outline(part)
        return {
            "record_id": f"{self.scene}_r{row:05d}_c{col:05d}",
            "type": "map",
            "group": group,
            "footprint": footprint,
            "crs": crs,
        }

    def _parameters(self, classes: np.ndarray, mapped: np.ndarray, valid: np.ndarray) -> dict[str, float]:
        """How the map looks: shares of the classes, edges, regions."""
        count = int(mapped.sum())
        shares = {i: np.count_nonzero(classes[mapped] == i) / count for i in self.source.mapped.classes.ids}
        return {
            "edge_density": edge_density(classes, mapped),
            "region_density": regions(classes, mapped) / count,
            **{f"share_{i}": share for i, share in shares.items()},
            "nodata_share": 1 - np.count_nonzero(valid.all(axis=0) & mapped) / self.size**2,
        }

    def _of_bands(self, pixels: np.ndarray, valid: np.ndarray) -> dict[str, float]:
        """Mean and standard deviation of each band, in the image's units (scaled)."""
        found = {}
        for band, values, good in zip(self.source.image.bands, pixels, valid, strict=True):
            known = values[good].astype(np.float64) * band.scale + band.offset
            found[f"mean_{band.name}"] = float(known.mean()) if len(known) else np.nan
            found[f"deviation_{band.name}"] = float(known.std()) if len(known) else np.nan
        return found

    def _quality(self, classes: np.ndarray, truth: np.ndarray, mapped: np.ndarray, known: np.ndarray) -> dict[str, Any]:
        """The metrics, NaN where too few pixels have a reference; and how many have."""
        count = int(known.sum())
        found = dict.fromkeys(METRICS, np.nan)
        if count >= max(1, self.minimum_reference * mapped.sum()):
            matrix = assessment.confusion(classes[known], truth[known], self.source.ids)
            scores = assessment.measures(matrix)
            found = {name: float(scores[score]) for name, score in METRICS.items()}
        return {**_named(METRIC, found), REFERENCE_PIXELS: count}

    def _write_image(
        self, name: str, window: Window, pixels: np.ndarray, valid: np.ndarray, image_format: storage.Format
    ) -> None:
        bands, values = self.source.image.bands, image_format.store(pixels, valid)
        with MemoryFile() as memory:
            with memory.open(
                driver="GTiff", height=values.shape[1], width=values.shape[2], count=len(values), dtype=values.dtype,
                crs=self.source.grid.crs, transform=self.source.grid.window_transform(window),
                nodata=image_format.nodata, interleave="band", photometric="minisblack", compress="deflate", zlevel=1,
            ) as raster:  # fmt: skip
                raster.descriptions = [band.name for band in bands]
                raster.scales = [band.scale for band in bands]
                raster.offsets = [band.offset for band in bands]
                raster.write(values)
            # GDAL does not say when it could not write to a disk; Python does.
            path = self.folder / IMAGES / f"{name}.tif"
            with files.replacing(path) as temporary:
                temporary.write_bytes(memory.getbuffer())


def _named(prefix: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{prefix}{name}": value for name, value in values.items()}


def _of_measures(measures: Mapping[str, np.ndarray], mapped: np.ndarray) -> dict[str, float]:
    """Mean and quantiles of each measure (h, w) where there is a class."""
    found = {}
    for name, values in measures.items():
        known = values[mapped & np.isfinite(values)].astype(np.float64)
        found[f"mean_{name}"] = float(known.mean()) if len(known) else np.nan
        quantiles = np.quantile(known, QUANTILES) if len(known) else np.full(len(QUANTILES), np.nan)
        found |= {f"{name}_p{100 * q:.0f}": float(v) for q, v in zip(QUANTILES, quantiles, strict=True)}
    return found


def _from_probabilities(shares: np.ndarray) -> dict[str, np.ndarray]:
    """Entropy (of the base of the number of classes, 0 to 1), confidence and margin (h, w) from shares (classes, h, w).

    Shares need not add up to 1, as rounded percents do not.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        p = shares / shares.sum(axis=0)
    ranked = np.sort(p, axis=0)
    second = ranked[-2] if len(p) > 1 else np.zeros_like(ranked[-1])
    return {
        "entropy": prediction.entropy(p, axis=0),
        "confidence": ranked[-1],
        "margin": ranked[-1] - second,
    }


def edge_density(classes: np.ndarray, mapped: np.ndarray) -> float:
    """Share of the pairs of neighbours (beside and below one another) with different classes; 0 without any pair."""
    differing = pairs = 0
    for first, second in ((np.s_[:, 1:], np.s_[:, :-1]), (np.s_[1:], np.s_[:-1])):
        both = mapped[first] & mapped[second]
        pairs += int(both.sum())
        differing += int((both & (classes[first] != classes[second])).sum())
    return differing / pairs if pairs else 0.0


def regions(classes: np.ndarray, mapped: np.ndarray) -> int:
    """How many connected regions of one class there are (four neighbours)."""
    return sum(scipy.ndimage.label(mapped & (classes == i))[1] for i in np.unique(classes[mapped]))


def file_name(scene: str) -> str:
    """A scene's name without what no file may be called."""
    return re.sub(r"[^\w.-]+", "_", scene).strip("._") or "scene"


def clear(folder: Path, scene: str | None) -> None:
    """Remove what an earlier run has left in a folder: the images of one scene, or of all and the records."""
    if scene is None:
        OWN.remove(folder)
        return
    for path in (folder / IMAGES).glob("*.tif"):
        if re.fullmatch(rf"{re.escape(scene)}_r\d+_c\d+", path.stem):
            path.unlink()


def as_table(rows: Sequence[Mapping[str, Any]], folder: Path, beside: Path, method: str, time: str) -> pd.DataFrame:
    """The rows as a table of records that lies at `beside`; images below it get relative paths."""
    table = pd.DataFrame(rows)
    images = (folder / IMAGES).resolve()
    base = beside.resolve().parent
    where = images.relative_to(base).as_posix() if images.is_relative_to(base) else images.as_posix()
    return table.assign(image=[f"{where}/{name}.tif" for name in table["record_id"]], method=method, time=time)


def joined(earlier: pd.DataFrame, table: pd.DataFrame, scene: str) -> pd.DataFrame:
    """The records of earlier scenes and of this one, which replaces its own; a class that one has not has the share 0.

    A split of the earlier records no longer holds.
    """
    others = earlier[~earlier["record_id"].str.fullmatch(rf"{re.escape(scene)}_r\d+_c\d+")]
    both = pd.concat([others.drop(columns=["part", "fold", "inspect"], errors="ignore"), table], ignore_index=True)
    shares = [name for name in both if re.fullmatch(rf"{PARAMETER}share_\d+", name)]
    return both.assign(**{name: both[name].fillna(0.0) for name in shares})
