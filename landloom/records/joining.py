"""Which records belong together: those of one image under whatever name, and those that show the same ground."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from . import image_check
from .table import HASH, Records

# Footprints that share less than this of the smaller one lie side by side: corners are rounded, and brought from one
# CRS to another.
LEAST_OVERLAP = 1e-3
# So many footprints are compared with all others at a time.
QUERIES = 2_000


@dataclass(frozen=True)
class Relations:
    """What the records of a table have in common.

    `image` (n,) is the same number for all records of one image; `missing` images are no files, so that only their
    paths could be compared. `place` (n,) numbers footprints that are the same, -1 without one; `overlaps` (m, 2) are
    pairs of places that share ground, and `middle` (places, 2) are their centres, in units of the CRS.
    """

    image: np.ndarray
    missing: int
    place: np.ndarray
    overlaps: np.ndarray
    middle: np.ndarray

    def links(self) -> np.ndarray:
        """Pairs (m, 2) of records that bind all together whose footprints overlap, over however many others."""
        placed = np.flatnonzero(self.place >= 0)
        _, first = np.unique(self.place[placed], return_index=True)
        same = placed[chained(self.place[placed])]
        return np.concatenate([same, placed[first][self.overlaps]])

    def meeting(self, side: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Where sides meet on common ground; `side` (n,) is a text for each record, empty for those that do not count.

        Returns a number for each record that is the same for those of one place and side, -1 for those that do not
        count, and the pairs of such numbers, left and right, of which places are the same or overlap and sides differ.
        """
        counts = (self.place >= 0) & (side != "")
        number = np.full(len(side), -1)
        found = pd.DataFrame({"place": self.place[counts], "side": side[counts]})
        number[counts] = found.groupby(["place", "side"], sort=True).ngroup()
        kinds = found.assign(number=number[counts]).drop_duplicates("number")
        own = np.unique(self.place[counts])
        pairs = pd.DataFrame(np.concatenate([self.overlaps, np.column_stack([own, own])]), columns=["a", "b"])
        met = pairs.merge(kinds, left_on="a", right_on="place").merge(
            kinds, left_on="b", right_on="place", suffixes=("", "_b")
        )
        met = met[(met["side"] != met["side_b"]) & ((met["a"] != met["b"]) | (met["number"] < met["number_b"]))]
        return number, met["number"].to_numpy(int), met["number_b"].to_numpy(int)


def relate(records: Records, jobs: int = 4) -> Relations:
    """Find what records have in common; `jobs` image files are read at once."""
    image, missing = _images(records, jobs)
    return Relations(image, missing, *_places(records))


def _images(records: Records, jobs: int) -> tuple[np.ndarray, int]:
    table, images = records.table, records.images
    # Without an image nothing tells a record from another one.
    path = [str(image.absolute()) if image else f"record {i}" for i, image in enumerate(images)]
    known = table[HASH].astype("string").fillna("").tolist() if HASH in table else [""] * len(path)
    wanted = sorted({image for image, digest in zip(images, known, strict=True) if image and not digest})
    sizes = {image: image.stat().st_size for image in wanted if image.is_file()}
    # Files of different sizes differ.
    alike = Counter(sizes.values())
    some = [image for image, size in sizes.items() if alike[size] > 1 or any(known)]
    with ThreadPoolExecutor(jobs) as pool:
        found = dict(zip(some, pool.map(image_check.sha256, some), strict=True))
    # One without a file to be read is told from others by its path.
    digests = [d or (found.get(i, "") if i else "") or p for i, d, p in zip(images, known, path, strict=True)]
    same = [chained(pd.factorize(np.array(names, object))[0]) for names in (path, digests)]
    return together(len(path), *same), len(wanted) - len(sizes)


def _places(records: Records) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Place, overlaps and middle of Relations."""
    place = np.full(len(records), -1)
    table = records.footprints()
    if table is None:
        return place, np.empty((0, 2), int), np.empty((0, 2))
    rows = np.asarray(records.table.index.get_indexer(table.index))
    shapes = table.geometry.to_numpy()
    # Where the CRS of the first record does not reach, corners are infinite.
    good = np.isfinite(shapely.bounds(shapes)).all(axis=1)
    rows, shapes = rows[good], shapely.make_valid(shapes[good])
    # Many records have the same footprint: parameters are tried on one image.
    _, first, inverse = np.unique(shapely.to_wkb(shapes), return_index=True, return_inverse=True)
    place[rows] = inverse.reshape(-1)
    shapes = shapes[first]
    area, tree = shapely.area(shapes), shapely.STRtree(shapes)
    found = [np.empty((0, 2), int)]
    for start in range(0, len(shapes), QUERIES):
        left, right = tree.query(shapes[start : start + QUERIES], predicate="intersects")
        left = left + start
        left, right = left[left < right], right[left < right]
        shared = shapely.area(shapely.intersection(shapes[left], shapes[right]))
        true = shared > LEAST_OVERLAP * np.minimum(area[left], area[right])
        found.append(np.column_stack([left[true], right[true]]))
    middle = shapely.centroid(shapes)
    return place, np.concatenate(found), np.column_stack([shapely.get_x(middle), shapely.get_y(middle)])


def chained(group: np.ndarray) -> np.ndarray:
    """Pairs (m, 2) of rows that link each row with the next of its group."""
    order = np.argsort(group, kind="stable")
    linked = group[order][1:] == group[order][:-1]
    return np.column_stack([order[:-1][linked], order[1:][linked]])


def together(number: int, *pairs: np.ndarray) -> np.ndarray:
    """A number for each of the rows that is the same for all rows which pairs link, over whatever way."""
    left, right = np.concatenate([np.empty((0, 2), np.int64), *pairs]).T
    graph = coo_array((np.ones(len(left), bool), (left, right)), shape=(number, number))
    return connected_components(graph, directed=False)[1]
