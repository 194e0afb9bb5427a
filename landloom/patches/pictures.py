"""Pictures of a patch data set: patches in true colour, and how values and parts are spread. PNG."""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Rectangle
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import ScaledTranslation

from .. import files
from ..classes import ClassTable, LandClass
from .dataset import Dataset
from .quality import TIER_COLOURS, TIERS, PixelSample, Quality
from .store import BATCH_BYTES, Patches

INK, SOFT, LINE = "#1d2733", "#6b7783", "#e3e7ea"
PART_COLOURS = {"train": "#0072b2", "val": "#e69f00", "test": "#cc79a7", "": "#b4bac0"}
PART_LABELS = {"train": "Training", "val": "Validation", "test": "Test", "": "Not used"}
DPI = 150
# Red, green and blue as bands are called, the numbers those of Sentinel-2 and Landsat 8.
_NAMES = (
    r"(?<![a-z0-9])b(?:and )?0?4(?![0-9a])|(?<![a-z])red(?![ _-]?edge|[a-z])",
    r"(?<![a-z0-9])b(?:and )?0?3(?![0-9])|(?<![a-z])green(?![a-z])",
    r"(?<![a-z0-9])b(?:and )?0?2(?![0-9])|(?<![a-z])blue(?![a-z])",
)
_FIRST = r"(?<![a-z0-9])b(?:and )?0?1(?![0-9])"
_GAMMA = 0.62  # brings out water and forest, which are dark
_MOST_BANDS = 24


@dataclass(frozen=True)
class TrueColour:
    """How a patch becomes a picture: bands for red, green and blue, and the values that are black and white."""

    bands: tuple[int, ...]
    names: tuple[str, ...]
    low: np.ndarray
    high: np.ndarray

    def render(self, patch: np.ndarray) -> np.ndarray:
        """A patch (h, w, bands) as (h, w, 4), 0 to 1; transparent where a band is missing."""
        values = patch[..., list(self.bands)].astype(np.float64)
        there = np.asarray(np.isfinite(values).all(axis=-1))
        shown = np.clip((np.where(there[..., np.newaxis], values, 0) - self.low) / (self.high - self.low), 0, 1)
        return np.dstack([np.broadcast_to(shown**_GAMMA, (*there.shape, 3)), there])


def true_colour(names: Sequence[str], sample: np.ndarray) -> TrueColour:
    """Find the bands and one stretch for all patches from a sample of pixels (n, bands).

    Bands called red, green and blue, or B4, B3 and B2; else the first three, or the first alone in grey. On Landsat 4
    to 7 B4 is near infrared, which tells from not going along with B3; there it is B3, B2 and B1. The
    stretch reaches from the first percentile of each band as far in all bands, so that colours stay true.
    """
    bands = [i for i in (_found(names, pattern) for pattern in _NAMES) if i is not None]
    if len(set(bands)) < 3:
        bands = [0, 1, 2] if len(names) >= 3 else [0]
    elif (first := _found(names, _FIRST)) is not None and _is_near_infrared(sample, bands):
        bands = [bands[1], bands[2], first]
    values = sample[:, bands]
    values = values[np.isfinite(values).all(axis=1)]
    if not len(values):
        values = np.array([[0.0] * len(bands), [1.0] * len(bands)])
    low, high = np.percentile(values, [1, 98.5], axis=0)
    reach = (high - low).max() or 1.0
    return TrueColour(tuple(bands), tuple(names[i] for i in bands), low - 0.03 * reach, low + reach)


def colour_bands(names: Sequence[str]) -> list[str]:
    """The bands that `true_colour` may choose from these, in their order."""
    found = (_found(names, pattern) for pattern in (*_NAMES, _FIRST))
    return [names[i] for i in sorted({*range(min(3, len(names))), *(i for i in found if i is not None)})]


def _found(names: Sequence[str], pattern: str) -> int | None:
    """The first band whose name fits."""
    return next((i for i, name in enumerate(names) if re.search(pattern, name.lower())), None)


def _is_near_infrared(sample: np.ndarray, bands: Sequence[int]) -> bool:
    """Whether the first of three bands goes its own way while the other two go together, as visible bands do."""
    values = sample[:, list(bands)].astype(np.float64)
    values = values[np.isfinite(values).all(axis=1)]
    if len(values) < 3 or (values.std(axis=0) == 0).any():
        return False
    together = np.asarray(np.corrcoef(values, rowvar=False))
    return bool(together[0, 1] < 0.6 < together[1, 2])


def sample_pixels(patches: Patches, rows: np.ndarray) -> np.ndarray:
    """Pixels (n, bands) of some patches, evenly spread over these rows of the manifest."""
    most = max(1, BATCH_BYTES // (4 * int(np.prod(patches.dataset.shape))))
    spread = np.unique(np.linspace(0, len(rows) - 1, min(most, len(rows))).astype(int))
    return patches.read(rows[spread]).reshape(-1, patches.dataset.shape[-1])


def caption(dataset: Dataset, colour: TrueColour) -> str:
    """What stands below a picture of patches."""
    names = ", ".join(colour.names)
    ground = ""
    if dataset.grid.crs and dataset.grid.crs.is_projected:
        edge = dataset.size * dataset.grid.pixel_size[0] * dataset.grid.crs.linear_units_factor[1]
        ground = f", {edge:,.4g} m"
    bands = f"red, green, blue: {names}" if len(colour.names) == 3 else f"band {names}"
    return f"{dataset.size} × {dataset.size} pixels{ground}  ·  {bands}  ·  one stretch for all  ·  hatched: no data"


@dataclass(frozen=True)
class Strip:
    """A row of a picture: a class, a line of text below its name, and patches by the column they stand in."""

    kind: LandClass
    note: str
    groups: Mapping[str, list[np.ndarray]]


def choose(manifest: pd.DataFrame, rows: np.ndarray, number: int) -> np.ndarray:
    """Up to `number` of these rows of the manifest, from as many polygons as there are, spread evenly over them."""
    polygon = manifest["polygon_id"].to_numpy()[rows]
    copy = pd.Series(polygon).groupby(polygon).cumcount().to_numpy()
    order = rows[np.lexsort((polygon, copy))]
    pool = order[: max(number, int((copy == 0).sum()))]
    picked = np.unique(np.linspace(0, len(pool) - 1, min(number, len(pool))).round().astype(int))
    return np.sort(pool[picked])


def draw_patches(
    path: str | Path, title: str, strips: Sequence[Strip], columns: Mapping[str, int], colour: TrueColour, caption: str
) -> None:
    """Draw patches, a row a class.

    Args:
        path: PNG to write.
        title: stands above.
        strips: the rows; those without patches say so.
        columns: how many patches each group of columns has room for, by heading; an empty heading is not drawn.
        colour: see true_colour.
        caption: stands below.
    """
    number, cell, gap, between = sum(columns.values()), 0.92, 0.09, 0.34
    widest = max([len(s.kind.name) for s in strips] + [10])
    margin, label = 0.45, min(0.5 + 0.088 * widest, 2.9)
    head = 0.95 + (0.3 if any(columns) else 0.0)
    across = number * cell + (number - 1) * gap + (len(columns) - 1) * (between - gap)
    width, height = 2 * margin + label + across, head + len(strips) * (cell + 0.2) + 0.5
    drawn, axes = _canvas(width, height)
    axes.text(margin, 0.5, title, fontsize=15, fontweight="bold", color=INK, va="center")
    left, starts = margin + label, {}
    for heading, room in columns.items():
        starts[heading] = left
        if heading:
            axes.text(left, head - 0.17, heading, fontsize=9, color=SOFT, va="center")
        left += room * (cell + gap) - gap + between
    for i, strip in enumerate(strips):
        top = head + i * (cell + 0.2)
        middle = top + cell / 2
        axes.add_patch(
            FancyBboxPatch(
                (margin + 0.03, middle - 0.25), 0.1, 0.1, boxstyle="round,pad=0.03", fc=strip.kind.colour,
                ec="#00000030", lw=0.6,
            )
        )  # fmt: skip
        axes.text(margin + 0.28, middle - 0.2, shortened(strip.kind.name, 28), fontsize=10.5, color=INK, va="center")
        axes.text(margin + 0.28, middle - 0.08, strip.note, fontsize=8, color=SOFT, va="top", linespacing=1.4)
        for heading, patches in strip.groups.items():
            for j, patch in enumerate(patches[: columns[heading]]):
                _place(axes, colour.render(patch), starts[heading] + j * (cell + gap), top, cell)
            if not patches:
                axes.text(starts[heading], middle, "none", fontsize=9, color=SOFT, style="italic", va="center")
    axes.text(margin, height - 0.32, caption, fontsize=8, color=SOFT, va="center")
    save(drawn, path)


def _canvas(width: float, height: float) -> tuple[Figure, Axes]:
    """A figure whose data coordinates are inches from its upper left corner."""
    drawn = Figure(figsize=(width, height), facecolor="white")
    axes = drawn.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(height, 0))
    axes.axis("off")
    axes.set_autoscale_on(False)
    return drawn, axes


def _place(axes: Axes, picture: np.ndarray, left: float, top: float, cell: float) -> None:
    frame = (left, top), cell, cell
    if (picture[..., 3] == 0).any():
        axes.add_patch(Rectangle(*frame, fc="#eef0f2", ec="#b3bac1", hatch="//////", lw=0, zorder=1))
    # Large patches are averaged down, small ones keep their pixels.
    shrunk = picture.shape[0] > cell * DPI
    axes.imshow(
        picture,
        extent=(left, left + cell, top + cell, top),
        interpolation="antialiased" if shrunk else "nearest",
        interpolation_stage="rgba",
        aspect="auto",
        zorder=2,
    )
    axes.add_patch(Rectangle(*frame, fill=False, ec="#00000026", lw=0.6, zorder=3))


def shortened(text: str, most: int) -> str:
    """A text of at most so many characters."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def sample_patches(
    path: str | Path,
    classes: ClassTable,
    patches: Mapping[int, list[np.ndarray]],
    notes: Mapping[int, str],
    colour: TrueColour,
    caption: str,
) -> None:
    """Draw some patches of each class; `patches` and `notes` by class id."""
    strips = [Strip(c, notes[c.id], {"": patches.get(c.id, [])}) for c in classes]
    most = max((len(p) for p in patches.values()), default=1)
    draw_patches(path, "Patches by class", strips, {"": max(most, 5)}, colour, caption)


def value_distributions(path: str | Path, names: Sequence[str], classes: ClassTable, sample: PixelSample) -> None:
    """Draw a histogram a band with a line a class; bands beyond the 24th are left out, and that is said."""
    shown = list(range(len(names)))[:_MOST_BANDS]
    across = min(3, len(shown))
    down = math.ceil(len(shown) / across)
    legend = math.ceil(len(classes) / 5)
    height = 1.15 + 1.75 * down + 0.24 * legend
    drawn = Figure(figsize=(10, height), facecolor="white")
    grid = drawn.subplots(down, across, squeeze=False)
    drawn.subplots_adjust(
        left=0.045, right=0.97, top=1 - 0.75 / height, bottom=(0.68 + 0.24 * legend) / height, hspace=0.55, wspace=0.12
    )
    drawn.text(0.045, 1 - 0.34 / height, "Values by band", fontsize=15, fontweight="bold", color=INK, va="center")
    for axes in grid.flat:
        axes.axis("off")
    for axes, band in zip(grid.flat, shown, strict=False):
        axes.axis("on")
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.spines["bottom"].set_color("#aab2b9")
        axes.tick_params(colors=SOFT, labelsize=7.5, length=2.5, color="#aab2b9")
        axes.set_yticks([])
        axes.xaxis.set_major_locator(MaxNLocator(5))
        axes.set_title(names[band], loc="left", fontsize=9.5, color=INK, pad=4)
        values = sample.values[:, band]
        there = np.isfinite(values)
        if not there.any():
            axes.text(0.5, 0.5, "no data", transform=axes.transAxes, ha="center", color=SOFT, fontsize=9)
            continue
        low, high = np.percentile(values[there], [0.1, 99.9]).tolist()
        edges = _edges(low, high, values[there])
        middle = (edges[1:] + edges[:-1]) / 2
        for c in classes:
            counts = np.histogram(values[there & (sample.class_id == c.id)], edges)[0]
            if counts.any():
                line = counts / counts.sum()
                axes.fill_between(middle, line, color=c.colour, alpha=0.5 / max(len(classes), 4), lw=0, step="mid")
                axes.step(middle, line, where="mid", color=c.colour, lw=1.2)
        axes.set(xlim=(edges[0], edges[-1]), ylim=(0, None))
    handles = [Rectangle((0, 0), 1, 1, fc=c.colour, ec="#00000030", lw=0.6) for c in classes]
    drawn.legend(
        handles, [shortened(c.name, 26) for c in classes], ncols=min(5, len(classes)), frameon=False, fontsize=8.5,
        loc="lower left", bbox_to_anchor=(0.035, 0.32 / height), handlelength=1, handleheight=1, labelcolor=INK,
    )  # fmt: skip
    drawn.text(0.045, 0.2 / height, _caption_of_values(names, shown, sample), fontsize=8, color=SOFT, va="center")
    save(drawn, path)


def _caption_of_values(names: Sequence[str], shown: Sequence[int], sample: PixelSample) -> str:
    text = "Shares of each class's pixels; the lowest and highest 0.1 % of the values are not shown."
    if sample.share < 1:
        text += f" From {100 * sample.share:.2g} % of the pixels, drawn at random."
    if len(shown) < len(names):
        text += f" The first {len(shown)} of {len(names)} bands."
    return text


def _edges(low: float, high: float, values: np.ndarray) -> np.ndarray:
    """Edges of some 60 bins; whole numbers get bins of the same whole width, else some would catch more than others."""
    if high <= low:
        low, high = low - 0.5, high + 0.5
    width = (high - low) / 60
    if (values[:10_000] == np.round(values[:10_000])).all():
        width = max(1, math.ceil(width))
        return np.arange(math.floor(low) - 0.5, high + width, width)
    return np.linspace(low, high, 61)


def nan_distribution(path: str | Path, quality: Quality, classes: ClassTable) -> None:
    """Draw the tiers of each class, and how many patches miss how much."""
    table = quality.checked
    height = max(2.9, 1.55 + 0.34 * len(classes))
    drawn = Figure(figsize=(10, height), facecolor="white")
    drawn.text(0.045, 1 - 0.34 / height, "Missing values", fontsize=15, fontweight="bold", color=INK, va="center")
    bars, histogram = drawn.subplots(1, 2, width_ratios=(1.25, 1))
    drawn.subplots_adjust(left=_label_share(classes, 10), right=0.97, top=1 - 1.0 / height, bottom=0.62 / height)
    drawn.subplots_adjust(wspace=0.22)
    counts = np.array([[((table["class_id"] == c.id) & (table["tier"] == t)).sum() for t in TIERS] for c in classes])
    _class_bars(bars, classes, counts, list(TIER_COLOURS.values()), [t.capitalize() for t in TIERS])
    shares = 100 * table["nan_share"].to_numpy()
    found = np.bincount(np.ceil(shares / 5 - 1e-9).astype(int), minlength=21).tolist()
    colours = [TIER_COLOURS[t] for t in ("excellent", "good", "good", "acceptable", "acceptable")]
    histogram.bar(range(len(found)), found, width=0.86, color=colours + [TIER_COLOURS["poor"]] * (len(found) - 5))
    for i, n in enumerate(found):
        if n:
            histogram.text(i, n, f"{n:,}", ha="center", va="bottom", fontsize=7, color=SOFT)
    histogram.set_xticks([0, 2.5, 4.5, 10.5, 20.5], ["0", "10", "20", "50", "100 %"], fontsize=8, color=SOFT)
    histogram.set_title("Patches by share of missing values", loc="left", fontsize=9.5, color=INK, pad=22)
    histogram.spines[["top", "right", "left"]].set_visible(False)
    histogram.spines["bottom"].set_color("#aab2b9")
    histogram.tick_params(length=0)
    histogram.set_yticks([])
    save(drawn, path)


def split_distribution(path: str | Path, class_id: np.ndarray, part: np.ndarray, classes: ClassTable) -> None:
    """Draw how many patches of each class are in each part; `class_id` and `part` are those of each patch."""
    kinds = [k for k in PART_COLOURS if k in ("train", "val") or (part == k).any()]
    counts = np.array([[((class_id == c.id) & (part == k)).sum() for k in kinds] for c in classes])
    height = 1.55 + 0.38 * len(classes)
    drawn = Figure(figsize=(9, height), facecolor="white")
    drawn.text(0.05, 1 - 0.34 / height, "Split by class", fontsize=15, fontweight="bold", color=INK, va="center")
    axes = drawn.subplots()
    drawn.subplots_adjust(left=_label_share(classes, 9), right=0.96, top=1 - 1.0 / height, bottom=0.2 / height)
    _class_bars(axes, classes, counts, [PART_COLOURS[k] for k in kinds], [PART_LABELS[k] for k in kinds])
    save(drawn, path)


def _label_share(classes: ClassTable, width: float) -> float:
    """How much of a figure's width the classes' names need."""
    return (0.75 + 0.078 * min(max(len(c.name) for c in classes), 28)) / width


def _class_bars(
    axes: Axes, classes: ClassTable, counts: np.ndarray, colours: Sequence[str], labels: Sequence[str]
) -> None:
    """Horizontal bars, a class a row, stacked by what `labels` name; `counts` (classes, labels)."""
    places, start = np.arange(len(classes)), np.zeros(len(classes))
    most = max(int(counts.sum(axis=1).max()), 1)
    for i, (colour, label) in enumerate(zip(colours, labels, strict=True)):
        axes.barh(places, counts[:, i], left=start, height=0.62, color=colour, edgecolor="white", lw=0.8, label=label)
        for place, (value, at) in enumerate(zip(counts[:, i].tolist(), start.tolist(), strict=True)):
            text = f"{value:,}"
            if value and value / most > 0.016 * (len(text) + 1):
                ink = "white" if _is_dark(colour) else INK
                axes.text(at + value / 2, place, text, ha="center", va="center", fontsize=8, color=ink)
        start += counts[:, i]
    axes.set(xlim=(0, most), ylim=(len(classes) - 0.4, -0.6), xticks=[])
    axes.set_yticks(places, [shortened(c.name, 28) for c in classes], fontsize=9.5, color=INK)
    axes.tick_params(axis="y", length=0, pad=16)
    beside = axes.get_yaxis_transform() + ScaledTranslation(-10 / 72, 0, axes.figure.dpi_scale_trans)
    for place, c in enumerate(classes):
        axes.plot(
            [0], [place], marker="s", ms=7, color=c.colour, mec="#00000030", mew=0.6, clip_on=False,
            transform=beside,
        )  # fmt: skip
    axes.spines[:].set_visible(False)
    axes.legend(
        loc="lower left", bbox_to_anchor=(-0.01, 1.0), ncols=len(labels), frameon=False, fontsize=8.5, handlelength=1,
        handleheight=1, columnspacing=1.4, labelcolor=SOFT,
    )  # fmt: skip


def _is_dark(colour: str) -> bool:
    red, green, blue = bytes.fromhex(colour[1:])
    return 0.299 * red + 0.587 * green + 0.114 * blue < 140


def save(drawn: Figure, path: str | Path) -> None:
    """Write a figure as PNG."""
    with files.replacing(path) as temporary, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing")  # names in scripts that the font lacks
        drawn.savefig(temporary, dpi=DPI, metadata={"Software": None})
