"""The picture of a map: its colours where the classes are, its shape that of the ground, its legend with shares."""

from __future__ import annotations

import matplotlib.image
import numpy as np
import pytest
import rasterio
from conftest import write_raster
from matplotlib.figure import Figure
from rasterio.transform import from_origin

from landloom import classes, cog, maps, pictures

TABLE = classes.parse("1:Field:#f0e442;2:Forest:#117733;3:Water:#0072b2")


@pytest.fixture
def draw(tmp_path, monkeypatch):
    """Draw class ids; gives the picture left of its legend, (h, w, 3) from 0 to 255, and the legend's texts."""

    def go(values, **more):
        path = write_raster(tmp_path / "map.tif", values[np.newaxis].astype(np.uint8), 0, **more)
        with rasterio.open(path, "r+") as dataset:
            cog.describe_classes(dataset, TABLE)
        saved = []
        save = Figure.savefig
        monkeypatch.setattr(
            Figure, "savefig", lambda self, *given, **how: saved.append(self) or save(self, *given, **how)
        )
        opened = maps.open_map(path)
        pictures.draw_map(tmp_path / "map.png", path, TABLE, opened.class_areas())
        opened.stack.close()
        legend = saved[0].axes[0].get_legend()
        picture = matplotlib.image.imread(tmp_path / "map.png")[..., :3]
        right = saved[0].axes[0].get_position().width * saved[0].get_figwidth() + 0.15  # inches, with the margin
        return np.round(255 * picture[:, : int(140 * right)]), [t.get_text() for t in legend.get_texts()]

    return go


def places(picture, colour):
    """Rows and columns of the pixels in a colour."""
    return np.nonzero((picture == colour).all(axis=2))


FIELD, FOREST, WATER = (0xF0, 0xE4, 0x42), (0x11, 0x77, 0x33), (0, 0x72, 0xB2)


def test_each_class_stands_in_its_colour_where_it_is_with_its_share_in_the_legend(draw):
    values = np.zeros((100, 100), int)
    values[:, :50], values[:50, 50:], values[50:, 50:75] = 1, 2, 3  # a half, a quarter, an eighth; the rest is nodata
    picture, legend = draw(values)
    field, forest, water = (np.median(places(picture, colour), axis=1) for colour in (FIELD, FOREST, WATER))
    assert field[1] < water[1] < forest[1], "from west to east"
    assert forest[0] < field[0] < water[0], "from north to south"
    assert legend == ["Field  57.1 %", "Forest  28.6 %", "Water  14.3 %"]
    sizes = [len(places(picture, colour)[0]) for colour in (FIELD, FOREST, WATER)]
    assert np.array(sizes) / sizes[0] == pytest.approx([1, 0.5, 0.25], abs=0.05)


@pytest.mark.parametrize(("crs", "pixel", "ratio"), [
    ("EPSG:4326", (0.001, 0.001), 2.0),  # at 60 degrees north, where a degree of longitude is half one of latitude
    ("EPSG:32633", (10, 20), 2.0),
    (None, (10, 10), 1.0),
])  # fmt: skip
def test_the_picture_has_the_shape_of_the_ground(draw, crs, pixel, ratio):
    picture, _ = draw(np.ones((100, 100)), crs=crs, transform=from_origin(13, 60.05, *pixel))
    rows, cols = places(picture, FIELD)
    assert np.ptp(rows) / np.ptp(cols) == pytest.approx(ratio, rel=0.03)


def test_shares_are_those_of_the_ground_and_not_of_the_pixels(draw):
    """Half of the pixels lie at 60 to 80 degrees north, the others at the 20 degrees south of them."""
    values = np.repeat([[1], [2]], 20, axis=0) * np.ones((1, 10), int)
    _, legend = draw(values, crs="EPSG:4326", transform=from_origin(0, 80, 1, 1))
    north = np.sin(np.radians(80)) - np.sin(np.radians(60))
    south = np.sin(np.radians(60)) - np.sin(np.radians(40))
    share = 100 * north / (north + south)  # on a sphere
    assert float(legend[0].split()[1]) == pytest.approx(share, abs=0.3)
    assert float(legend[1].split()[1]) == pytest.approx(100 - share, abs=0.3)
