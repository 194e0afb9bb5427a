"""A map with its legend as a picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import rasterio
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from . import files
from .areas import ClassAreas
from .classes import ClassTable

LONG_EDGE_PIXELS = 1400


def draw_map(path: str | Path, raster: str | Path, classes: ClassTable, sizes: ClassAreas) -> None:
    """Draw a class map with a legend that gives each class's share of the mapped area; PNG.

    Large maps are drawn from their overviews.
    """
    with rasterio.open(raster) as dataset:
        scale = min(1.0, LONG_EDGE_PIXELS / max(dataset.height, dataset.width))
        shape = max(1, round(dataset.height * scale)), max(1, round(dataset.width * scale))
        values = dataset.read(1, out_shape=shape)
        aspect = abs(dataset.transform.e / dataset.transform.a)
        if dataset.crs and dataset.crs.is_geographic:
            # A degree of longitude is shorter than one of latitude.
            aspect /= np.cos(np.radians(np.clip((dataset.bounds.top + dataset.bounds.bottom) / 2, -85, 85)))
    order = np.full(int(max(values.max(), *classes.ids)) + 1, len(classes))
    order[classes.ids] = np.arange(len(classes))
    height = 6.5
    width = min(max(height * shape[1] / shape[0] / aspect, 2.5), 12.0)
    weights = sizes.pixels if sizes.hectares is None else sizes.hectares
    shares = weights / max(weights.sum(), 1e-12)
    drawn = Figure(figsize=(width, height))
    axes = drawn.add_axes((0, 0, 1, 1))
    colours = ListedColormap([c.colour for c in classes] + ["#ffffff"])
    axes.imshow(order[values], cmap=colours, vmin=0, vmax=len(classes), interpolation="nearest", aspect=aspect)
    axes.set(xticks=[], yticks=[])
    axes.set_title(Path(raster).stem.replace("_", " "), loc="left")
    axes.legend(
        handles=[
            Patch(facecolor=c.colour, edgecolor="#777777", linewidth=0.5, label=f"{c.name}  {100 * share:.1f} %")
            for c, share in zip(classes, shares, strict=True)
        ],
        loc="upper left",
        bbox_to_anchor=(1.01, 1.0),
        frameon=False,
        borderaxespad=0,
    )
    with files.replacing(path) as temporary:
        # Tight: as large as the legend needs.
        drawn.savefig(temporary, dpi=140, metadata={"Software": None}, bbox_inches="tight", pad_inches=0.12)
