"""How many pixels of an image have their centre in a polygon: the rule by which training samples are taken."""

from __future__ import annotations

import math

import numpy as np
from qgis.core import QgsWkbTypes


def count_pixels(grid, geometry, enough: int) -> int:
    """The pixels of a pixels.Grid inside a geometry in the grid's CRS; stops counting at `enough`."""
    edges = _edges(grid, geometry)
    if not len(edges):
        return 0
    row0, column0, row1, column1 = edges.T
    first = max(0, math.ceil(row0.min() - 0.5))
    last = min(grid.rows - 1, math.floor(row0.max() - 0.5))
    found = 0
    for row in range(first, last + 1):
        centre = row + 0.5
        crossed = (row0 <= centre) != (row1 <= centre)
        share = (centre - row0[crossed]) / (row1[crossed] - row0[crossed])
        crossings = np.sort(column0[crossed] + share * (column1[crossed] - column0[crossed]))
        between = np.clip(np.ceil(crossings - 0.5), 0, grid.columns).astype(int)
        found += int((between[1::2] - between[::2]).sum())
        if found >= enough:
            break
    return found


def _edges(grid, geometry) -> np.ndarray:
    """The edges of all rings: (edges, 4), from row and column to row and column."""
    edges = [np.empty((0, 4))]
    for part in geometry.coerceToType(QgsWkbTypes.MultiPolygon):
        for polygon in part.asMultiPolygon():
            for ring in polygon:
                x, y = np.array([(p.x(), p.y()) for p in ring]).T
                corners = np.column_stack(grid.place(x, y))
                edges.append(np.hstack([corners[:-1], corners[1:]]))
    return np.vstack(edges)
