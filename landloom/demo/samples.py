"""Training polygons as a person would digitize them, and points of reference to assess a map with."""

from functools import partial
from itertools import pairwise

import geopandas as gpd
import numpy as np
import shapely
from rasterio.features import rasterize
from rasterio.windows import Window
from scipy.ndimage import distance_transform_edt

from .landscape import AGRICULTURE, CLASSES, FOREST, PARCELS, URBAN, WATER

# Polygons drawn in each class: 126.
POLYGONS = {AGRICULTURE: 32, FOREST: 28, PARCELS: 24, URBAN: 22, WATER: 20}
VIEWS = 5  # along either side of the scene
VIEW_SIZE = 256  # pixels; as much as is looked at at once
SMALLEST, LARGEST = 30, 800  # area of a polygon in pixels: 0.3 to 8 ha
APART = 3  # pixels between a polygon and a reference point: further than the sensor's blur reaches
BLOCK, BLOCKS = 128, 64  # reference is sampled within so many blocks of so many pixels a side


def training_polygons(scene):
    """Digitize about 126 polygons: a GeoDataFrame with class_id, class_name and geometry, in the scene's CRS.

    It goes as with a person: the scene is looked at in 5 × 5 views, and in each some objects (a field, a
    stretch of river, a quarter of a town) are outlined by 5 to 12 vertices, mostly a little inside their
    borders. About one outline in eight is careless and may cross a border. Polygons are 0.3 to 8 ha and avoid
    nodata and thick cloud, though not the neighbourhood of clouds. Classes rare in a small scene get fewer.
    """
    rng = np.random.default_rng([scene.seed, 126])
    views = [_View(scene, window) for window in _view_windows(scene, rng)]
    drawn = []
    wanted = dict(POLYGONS)
    while any(wanted[c] for view in views for c in view.classes):
        for view in views:
            classes = [c for c in sorted(view.classes) if wanted[c]]
            if classes:
                chosen = max(classes, key=lambda c: wanted[c] / POLYGONS[c] + 0.3 * rng.random())
                polygon = view.draw(chosen, rng)
                if polygon is not None:
                    drawn.append((chosen, polygon))
                    wanted[chosen] -= 1
    polygons = shapely.transform([polygon for _, polygon in drawn], partial(_to_map, scene))
    return _frame(scene, [class_id for class_id, _ in drawn], polygons)


def reference_points(scene, n=500, stratified=True):
    """Draw `n` points of reference: a GeoDataFrame of pixel centres with class_id and class_name, in its CRS.

    Stratified: an equal number in each class, drawn at random without replacement; a class with fewer
    pixels gives them all. Otherwise simple random. The class is the truth at the pixel. Nodata and whatever
    is within 30 m of a training polygon are left out. In a scene of more than 64 blocks of 128 × 128 pixels
    the points come from 64 blocks drawn at random (two-stage sampling), so that a large scene need not be
    computed as a whole.
    """
    rng = np.random.default_rng([scene.seed, 500])
    grid = [(r, c) for r in range(0, scene.height, BLOCK) for c in range(0, scene.width, BLOCK)]
    blocks = [grid[i] for i in sorted(rng.permutation(len(grid))[:BLOCKS])]
    avoid = shapely.union_all(training_polygons(scene).buffer(APART * scene.transform.a).values)
    shapely.prepare(avoid)
    parts = []
    for r, c in blocks:
        window = Window(c, r, min(BLOCK, scene.width - c), min(BLOCK, scene.height - r))
        classes = scene.truth(window)
        rows, cols = np.nonzero(classes)
        x, y = _to_map(scene, np.stack([cols + c + 0.5, rows + r + 0.5], 1)).T
        apart = ~shapely.intersects_xy(avoid, x, y)
        parts.append(np.stack([classes[rows, cols], x, y], 1)[apart])
    found = np.concatenate(parts)
    ids = found[:, 0].astype(int)
    if stratified:
        members = [np.flatnonzero(ids == c.id) for c in CLASSES]
        picked = np.concatenate([rng.permutation(m)[: n // len(CLASSES)] for m in members])
    else:
        picked = rng.permutation(len(ids))[:n]
    return _frame(scene, ids[picked], gpd.points_from_xy(found[picked, 1], found[picked, 2]))


def _frame(scene, ids, geometry):
    columns = {"class_id": np.array(ids, int), "class_name": [CLASSES.name_of(i) for i in ids]}
    return gpd.GeoDataFrame(columns, geometry=list(geometry), crs=scene.crs)


def _to_map(scene, xy):
    """From pixel coordinates (n, 2) to map coordinates, to the decimetre."""
    to_map = scene.transform
    return np.round(xy * (to_map.a, to_map.e) + (to_map.c, to_map.f), 1)


def _view_windows(scene, rng):
    edges_y = np.linspace(0, scene.height, VIEWS + 1).astype(int)
    edges_x = np.linspace(0, scene.width, VIEWS + 1).astype(int)
    for top, bottom in pairwise(edges_y):
        for left, right in pairwise(edges_x):
            height, width = min(bottom - top, VIEW_SIZE), min(right - left, VIEW_SIZE)
            if height and width:
                row = top + int(rng.random() * (bottom - top - height + 1))
                col = left + int(rng.random() * (right - left - width + 1))
                yield Window(col, row, width, height)


class _View:
    """A part of the scene on the screen of somebody who digitizes."""

    def __init__(self, scene, window):
        self.left, self.top = window.col_off, window.row_off
        self.cover, self.edges, self.clear = scene.objects(window)
        self.free = self.clear.copy()
        self.classes = set(np.unique(self.cover[self.clear]).tolist())

    def draw(self, class_id, rng):
        """A polygon of the class in the scene's pixel coordinates, or None where no place is left for it."""
        target = (self.cover == class_id) & self.clear
        if class_id == AGRICULTURE and rng.random() < 0.8:  # within one field
            target &= ~self.edges
        inside = distance_transform_edt(np.pad(target, 1))[1:-1, 1:-1]
        for _ in range(8):
            comfort = np.minimum(inside, 3.5) * rng.uniform(0.55, 1, inside.shape) * self.free
            row, col = np.unravel_index(comfort.argmax(), comfort.shape)
            if comfort[row, col] < 1:
                break
            polygon = _outline(target, row, col, rng)
            if polygon is not None and self._is_acceptable(polygon, class_id):
                left, top, right, bottom = (int(v) for v in polygon.bounds)
                self.free[max(0, top - 6) : bottom + 7, max(0, left - 6) : right + 7] = False
                return shapely.transform(polygon, lambda xy: xy + np.array([self.left, self.top]))
            self.free[max(0, row - 3) : row + 4, max(0, col - 3) : col + 4] = False
        self.classes.discard(class_id)
        return None

    def _is_acceptable(self, polygon, class_id):
        covered = rasterize([polygon], self.cover.shape, dtype="uint8").astype(bool)
        height, width = self.cover.shape
        return (
            SMALLEST <= polygon.area <= LARGEST
            and shapely.box(0, 0, width, height).contains(polygon)
            and self.free[covered].mean() > 0.95
            and self.clear[covered].all()
            and (self.cover[covered] == class_id).mean() > 0.6
        )


def _outline(target, row, col, rng):
    """A polygon about a pixel of the object `target` (bool), in pixel coordinates (x, y)."""
    count = int(rng.integers(5, 13))
    angles = 2 * np.pi * (rng.random() + (np.arange(count) + rng.uniform(-0.3, 0.3, count)) / count)
    border = _sight(target, row, col, angles)

    # As large as wanted, longer in the direction in which the object is long.
    area, stretch = np.exp(rng.uniform(np.log(2 * SMALLEST), np.log(LARGEST))), rng.uniform(1, 2.5)
    long, short = np.sqrt(area / np.pi * stretch), np.sqrt(area / np.pi / stretch)
    around = np.arange(16) * np.pi / 8
    sight = np.minimum(_sight(target, row, col, around), long)
    turned = angles - around[(sight + np.roll(sight, 8)).argmax()]
    wanted = long * short / np.hypot(short * np.cos(turned), long * np.sin(turned))

    radius = np.minimum(border * rng.uniform(0.7, 0.95, count), wanted * rng.uniform(0.8, 1.1, count))
    if rng.random() < 0.13:  # careless
        crossing = border < 1.6 * wanted
        radius = np.where(crossing, border * rng.uniform(1.0, 1.35, count), radius)
    x, y = col + 0.5 + radius * np.cos(angles), row + 0.5 + radius * np.sin(angles)
    polygon = shapely.Polygon(np.stack([x, y], 1))
    return polygon if polygon.is_valid else None


def _sight(target, row, col, angles):
    """How far it is from a pixel to the border of its object, by direction (radians), at most 40 pixels."""
    steps = np.arange(0.5, 40.5, 0.5)
    rows = np.floor(row + 0.5 + np.outer(np.sin(angles), steps)).astype(int)
    cols = np.floor(col + 0.5 + np.outer(np.cos(angles), steps)).astype(int)
    within = (rows >= 0) & (cols >= 0) & (rows < target.shape[0]) & (cols < target.shape[1])
    within[within] = target[rows[within], cols[within]]
    return np.where(within.all(1), steps[-1], steps[(~within).argmax(1)])
