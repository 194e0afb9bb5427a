"""A synthetic Sentinel-2 scene of any size, computed window by window."""

from contextlib import contextmanager
from functools import lru_cache

import numpy as np
import rasterio
from joblib import Parallel, delayed
from rasterio.crs import CRS
from rasterio.transform import from_origin
from rasterio.windows import Window
from scipy.ndimage import correlate1d

from ..cog import describe_classes
from ..files import replacing
from .drainage import around, scatter
from .landscape import CLASSES, Landscape
from .noise import draws, hashed, noise, smoothstep
from .risk import RISK, risk
from .samples import reference_points, training_polygons
from .spectra import reflectance

BANDS = ("B2", "B3", "B4", "B8", "B11", "B12")
NODATA = 0
PIXEL_SIZE = 10.0  # metres
TILE = 512

# Standard deviation of the sensor's point spread in pixels: B11 and B12 are recorded at 20 m.
_SPREAD = (0.62, 0.62, 0.62, 0.66, 1.0, 1.0)
_REACH = 4  # of the point spread, pixels
_CHUNK = 256  # computed at a time: intermediate arrays stay in the processor's cache
_CLOUD = np.array([5200, 5150, 5200, 5900, 4300, 3500], np.float32)
_SHADOW = (-17, -11)  # rows and columns from a cloud to its shadow; the sun stands in the south-east
_SHADE = np.array([0.55, 0.5, 0.45, 0.42, 0.4, 0.4], np.float32)  # share of the light left in a shadow


class Scene:
    """Six bands of surface reflectance × 10000 (uint16, nodata 0) and their land cover, at 10 m.

    A pixel's value is a function of `seed`, its row and its column, so it is the same in every window of
    every scene that holds it, and memory does not grow with the scene. `size` is (rows, columns).
    """

    crs = CRS.from_epsg(32633)
    transform = from_origin(499_980, 5_400_000, PIXEL_SIZE, PIXEL_SIZE)  # the corner of tile 33UWP

    def __init__(self, size=(1024, 1024), seed=42):
        self.height, self.width = size
        self.seed = seed

    def reflectance(self, window=None):
        """What the sensor sees of `window` (the whole scene if None): (6, h, w) uint16, 0 where nodata."""
        window = self._window(window)
        pixels = np.empty((len(BANDS), window.height, window.width), np.uint16)
        for rows, cols, y, x in _chunks(window):
            pixels[:, rows, cols] = self._sense(y, x)
        return pixels

    def truth(self, window=None):
        """Class at the pixel centres of `window` (the whole scene if None): (h, w) uint8, 0 where nodata."""
        window = self._window(window)
        classes = np.empty((window.height, window.width), np.uint8)
        for rows, cols, y, x in _chunks(window):
            missing, _, _ = self._sky(y, x)
            classes[rows, cols] = np.where(missing, NODATA, self._landscape.land(y, x).cover)
        return classes

    def risk(self, window=None):
        """Risk class at the pixel centres of `window` (see `risk`): (h, w) uint8, 0 in water and where nodata."""
        window = self._window(window)
        classes = np.empty((window.height, window.width), np.uint8)
        for rows, cols, y, x in _chunks(window):
            missing, _, _ = self._sky(y, x)
            found = risk(self._landscape.land(y, x), y, x, self._landscape.key("height"))
            classes[rows, cols] = np.where(missing, NODATA, found)
        return classes

    def objects(self, window=None):
        """What one tells apart in an image: class (uint8), field borders and clear sky (bool); (h, w)."""
        window = self._window(window)
        shape = window.height, window.width
        cover, borders, clear = np.empty(shape, np.uint8), np.empty(shape, bool), np.empty(shape, bool)
        for rows, cols, y, x in _chunks(window):
            land = self._landscape.land(y, x)
            missing, cloud, _ = self._sky(y, x)
            cover[rows, cols] = land.cover
            borders[rows, cols] = np.minimum(land.edge, land.track) < 1.2
            clear[rows, cols] = ~missing & (cloud < 0.25)
        return cover, borders, clear

    def training_polygons(self):
        """About 126 digitized polygons: a GeoDataFrame with class_id and class_name (see `samples`)."""
        return training_polygons(self)

    def reference_points(self, n=500, stratified=True):
        """Independent reference: a GeoDataFrame of points, class_id and class_name (see `samples`)."""
        return reference_points(self, n, stratified)

    def write_scene(self, path, progress=None, compress=True, workers=1):
        """Write the reflectance to a tiled GeoTIFF, tile by tile.

        `progress` is called with the fraction done; what it raises ends the writing and leaves no file.
        `compress=False` writes faster and larger. `workers` processes compute; one does few tiles sooner.
        """
        packing = {"compress": "deflate", "predictor": 2} if compress else {}
        with self._create(path, count=len(BANDS), dtype="uint16", **packing) as raster:
            raster.descriptions = BANDS
            self._write_tiles(raster, self.reflectance, progress, workers)

    def write_truth(self, path, progress=None, workers=1):
        """Write the land cover to a tiled GeoTIFF with the classes' names (tags) and colours, by tiles."""
        self._write_classes(path, "Land cover", CLASSES, self.truth, progress, workers)

    def write_risk(self, path, progress=None, workers=1):
        """Write the risk classes in the same way."""
        self._write_classes(path, "Flood risk", RISK, self.risk, progress, workers)

    def _write_classes(self, path, name, classes, compute, progress, workers):
        with self._create(path, count=1, dtype="uint8", compress="deflate") as raster:
            raster.descriptions = (name,)
            describe_classes(raster, classes)
            self._write_tiles(raster, compute, progress, workers)

    @contextmanager
    def _create(self, path, **profile):
        """A raster of the scene's grid, open for writing beside `path` and renamed to it when complete."""
        grid = {"height": self.height, "width": self.width, "crs": self.crs, "transform": self.transform}
        tiling = {"tiled": True, "blockxsize": TILE, "blockysize": TILE, "bigtiff": "if_safer"}
        with (
            replacing(path) as part,
            rasterio.open(part, "w", "GTiff", nodata=NODATA, **grid, **tiling, **profile) as raster,
        ):
            yield raster

    def _write_tiles(self, raster, compute, progress, workers):
        windows = [window for _, window in raster.block_windows(1)]
        tiles = Parallel(workers, return_as="generator")(delayed(compute)(window) for window in windows)
        for done, (window, tile) in enumerate(zip(windows, tiles, strict=True), 1):
            raster.write(tile.reshape(raster.count, window.height, window.width), window=window)
            if progress:
                progress(done / len(windows))

    def _window(self, window):
        if window is None:
            return Window(0, 0, self.width, self.height)
        col, row, width, height = (int(v) for v in window.flatten())
        if min(row, col) < 0 or row + height > self.height or col + width > self.width:
            size = f"{self.height} × {self.width} pixels"
            raise ValueError(f"The 'window' must lie within the scene of {size}. Got {window} instead.")
        return Window(col, row, width, height)

    @property
    def _landscape(self):
        return _landscape(self.seed)

    def _sense(self, y, x):
        """The pixels (6, h, w) at the centres `y` (h, 1), `x` (1, w)."""
        key = self._landscape.key
        wide_y, wide_x = _widen(y.ravel())[:, None], _widen(x.ravel())[None]
        ground = reflectance(self._landscape.land(wide_y, wide_x), wide_y, wide_x, key)
        relief = key("relief")
        slope = noise(relief, 75, wide_y + 3, wide_x + 2) - noise(relief, 75, wide_y - 3, wide_x - 2)
        slope *= smoothstep(-1, 1.5, noise(key("hills"), 600, wide_y, wide_x))
        ground *= (1 + 0.55 * slope).astype(np.float32)  # slopes to the south-east are brighter

        missing, cloud, shadow = self._sky(y, x)
        haze = (1 + 0.02 * noise(key("haze"), 3.2, y, x)).astype(np.float32)
        pixels = np.empty((len(BANDS), y.size, x.size), np.uint16)
        for band, name in enumerate(BANDS):
            kernel = np.exp(-0.5 * (np.arange(-_REACH, _REACH + 1) / _SPREAD[band]) ** 2)
            kernel /= kernel.sum()
            value = correlate1d(correlate1d(ground[band], kernel, 0), kernel, 1)
            value = value[_REACH:-_REACH, _REACH:-_REACH]
            value *= 1 - (1 - _SHADE[band]) * shadow
            value += cloud * (_CLOUD[band] - value)
            value *= haze
            value += (9 + 0.012 * value) * _gaussian(hashed(key(name), y, x))
            pixels[band] = np.clip(value + 0.5, 1, 10_000)
        pixels[:, missing] = NODATA
        return pixels

    def _sky(self, y, x):
        """Where nothing is recorded (bool), and how much cloud and how much shadow there is (0 to 1)."""
        left, masked = self._clouds(y, x)
        left_shadow, masked_shadow = self._clouds(y - _SHADOW[0], x - _SHADOW[1])
        swath = x + 0.213 * y < 45 + 40 * draws(self._landscape.key("swath"), 0, count=1)[0]
        missing = swath | (masked > -0.12) | (masked_shadow > 0.02)
        cloud = smoothstep(0, 0.9, left) * 0.97
        shadow = smoothstep(0, 0.8, left_shadow) * (1 - cloud)
        return missing, cloud.astype(np.float32), shadow.astype(np.float32)

    def _clouds(self, y, x):
        """Thickness of the clouds left in the composite, and of those masked from it: 0 at their rim."""
        key = self._landscape.key
        left, masked = np.full((y.size, x.size), -1.0), np.full((y.size, x.size), -1.0)
        clouds = scatter(key("cloud"), 310, y, x, 160, share=0.62)
        if clouds:
            shape = 0.36 * noise(key("billows"), 23, y, x) + 0.17 * noise(key("billows"), 10, y, x)
            shape += 0.06 * noise(key("billows"), 4, y, x)
        for cy, cx, dice in clouds:
            radius = 13 + 22 * dice[3] ** 2
            rows, cols = around(y, x, cy, cx, 4.5 * radius)
            dy, dx = (y[rows] - cy) / radius, (x[:, cols] - cx) / (radius * (0.8 + 0.9 * dice[4]))
            thickness = 1 - np.sqrt(dy * dy + dx * dx) + shape[rows, cols]
            sky = masked if dice[5] < 0.4 else left
            np.maximum(sky[rows, cols], thickness, out=sky[rows, cols])
        return left, masked


@lru_cache(4)
def _landscape(seed):
    """One landscape for all scenes of a seed in a process, because it remembers its rivers and towns."""
    return Landscape(seed)


def _chunks(window):
    """Slices into the window's array, and the pixel centres (h, 1) and (1, w) there."""
    for top in range(0, window.height, _CHUNK):
        for left in range(0, window.width, _CHUNK):
            rows = slice(top, min(top + _CHUNK, window.height))
            cols = slice(left, min(left + _CHUNK, window.width))
            y = window.row_off + np.arange(rows.start, rows.stop)[:, None] + 0.5
            x = window.col_off + np.arange(cols.start, cols.stop)[None] + 0.5
            yield rows, cols, y, x


def _widen(centres):
    return np.arange(centres[0] - _REACH, centres[-1] + _REACH + 1)


def _gaussian(h):
    """Nearly normal noise of variance 1 from hashes: the sum of their four bytes."""
    total = sum((h >> np.uint32(8 * n)) & np.uint32(255) for n in range(4))
    return (total.astype(np.float32) - 510) * np.float32(1 / 147.8)
