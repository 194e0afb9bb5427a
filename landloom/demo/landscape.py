"""The land: settlements, roads, fields and woods around the rivers, and the class that each pixel is of."""

from dataclasses import dataclass

import numpy as np

from ..classes import ClassTable, LandClass
from .drainage import FAR, STRETCH, Drainage, around, jittered, overlaps, paint_lines, scatter
from .noise import channel, draws, hashed, noise, profile, smoothstep, uniform

# The colours stay apart for red-blind, green-blind and blue-blind eyes (CIE 1976 distance of 21 or more).
CLASSES = ClassTable(
    (
        LandClass(1, "Agriculture", "#f5e794"),
        LandClass(2, "Forest", "#14573a"),
        LandClass(3, "Parcels", "#e09a4e"),
        LandClass(4, "Urban", "#c04a74"),
        LandClass(5, "Water", "#3f86d6"),
    )
)
AGRICULTURE, FOREST, PARCELS, URBAN, WATER = CLASSES.ids

BLOCK = 95  # mean size of a block of fields with one direction, pixels
VILLAGES = 215  # mean distance between villages, pixels


@dataclass
class Land:
    """What is where, per pixel: arrays (h, w), distances in pixels."""

    cover: np.ndarray  # class id, uint8
    shore: np.ndarray  # distance to the shore, negative in water
    body: np.ndarray  # number of the water body, 0 for running water
    builtup: np.ndarray  # 1 in a town's centre, 0 at its edge, negative outside
    highway: np.ndarray  # distance to the edge of the main road
    road: np.ndarray  # distance to a minor road
    street: np.ndarray  # distance to a street
    houses: np.ndarray  # hash of the block between streets, uint32
    field: np.ndarray  # hash of the field, forest stand or smallholder's parcel, uint32
    edge: np.ndarray  # distance to the edge of the field
    block: np.ndarray  # hash of the block of fields, uint32
    track: np.ndarray  # distance to the track around the block of fields


class Landscape:
    """An endless plane of temperate farmland, decided by `seed` alone."""

    def __init__(self, seed):
        self.seed = seed
        self.water = Drainage(seed)

    def key(self, name):
        """The random stream `name` of this landscape."""
        return channel(self.seed, name)

    def land(self, y, x):
        """The `Land` at the pixel centres `y` (h, 1), `x` (1, w): ascending, 1 apart."""
        along, lane, across = self.water.valley(y, x)
        shore, body = self.water.shore(y, x, along, lane)
        builtup, road = self._settlements(y, x, along, lane)
        bend = 16 * profile(self.key("highway"), 230, lane, along)
        highway = np.abs(across - 42 * self._roadside(lane) - bend) - 1.1

        block = self._blocks(y, x)
        length = block.width * (1.3 + 1.6 * block.slenderness)
        field, edge = _plots(block.u, block.v, block.width, length, block.hash)
        street, houses = self._streets(block, builtup)
        builtup = builtup + np.where(street < FAR, 0.2 * (uniform(houses) - 0.5), 0)  # a town ends at streets

        key = self.key("woods")
        texture = 0.8 * noise(key, 47, y, x) + 0.55 * noise(key, 18, y, x) + 0.3 * noise(key, 7, y, x)
        woods = self._woods(y, x, texture, field, across, shore)
        parcels = (block.smallholding > 0.95) | (builtup > -0.75 + 0.35 * texture)

        cover = np.full(shore.shape, AGRICULTURE, np.uint8)
        cover[parcels] = PARCELS
        cover[woods & (builtup < -0.04)] = FOREST
        cover[builtup > 0] = URBAN
        cover[(builtup > 0.1) & (texture > 1.75)] = FOREST  # a park
        cover[shore < 0] = WATER
        cover[highway < 0] = URBAN  # over bridges as well

        narrow = cover == PARCELS
        u, v, slenderness = block.u[narrow], block.v[narrow], block.slenderness[narrow]
        strip = 0.4 + 0.13 * block.width[narrow]
        field[narrow], edge[narrow] = _plots(u, v, strip, strip * (3 + 6 * slenderness), block.hash[narrow])
        return Land(
            cover=cover,
            shore=shore,
            body=body,
            builtup=builtup,
            highway=highway,
            road=road,
            street=street,
            houses=houses,
            field=field,
            edge=edge,
            block=block.hash,
            track=block.track,
        )

    def _woods(self, y, x, texture, field, across, shore):
        key = self.key("forest")
        score = 0.35 * noise(key, 420, y, x) + 0.8 * noise(key, 130, y, x) + 0.33 * texture
        score -= 0.8 * (1 - smoothstep(20, 200, np.abs(across)))  # the valley floor is farmed
        score += 0.55 * (uniform(field) - 0.5)  # so that a wood's edge follows field edges in places
        copse = (field & np.uint32(127)) < 2
        riverside = (shore >= 0) & (shore < 2.4 + 3.2 * texture)
        return (score > 0.55) | copse | riverside

    def _blocks(self, y, x):
        """The blocks of fields: cells about scattered sites (Voronoi), with bent borders."""
        key = self.key("blocks")
        wy = (y + 8 * noise(self.key("block y"), 85, y, x)) / BLOCK
        wx = (x + 8 * noise(self.key("block x"), 85, y, x)) / BLOCK
        row, col = np.floor(wy).astype(np.int64), np.floor(wx).astype(np.int64)
        top, left = row.min() - 1, col.min() - 1
        rows, cols = np.arange(top, row.max() + 2)[:, None], np.arange(left, col.max() + 2)
        site_hash = hashed(key, rows, cols)
        draw = [uniform(hashed(site_hash, n)) for n in range(6)]
        site_y, site_x = rows + 0.06 + 0.88 * draw[0], cols + 0.06 + 0.88 * draw[1]

        corner = (row - top) * cols.size + (col - left)
        flat_y, flat_x = site_y.ravel(), site_x.ravel()
        first, second = np.full(wy.shape, 9.0), np.full(wy.shape, 9.0)
        site = np.zeros_like(corner)
        for dj in (-1, 0, 1):
            for di in (-1, 0, 1):
                candidate = corner + (dj * cols.size + di)
                dy, dx = wy - flat_y[candidate], wx - flat_x[candidate]
                distance = dy * dy + dx * dx
                closer = distance < first
                second = np.where(closer, first, np.minimum(second, distance))
                first = np.where(closer, distance, first)
                site = np.where(closer, candidate, site)

        # Fields lie along slope or road: neighbouring blocks have similar directions, some of them turned.
        site_y, site_x = site_y * BLOCK, site_x * BLOCK
        lie = self.water.angle + 0.6 * noise(self.key("lie"), 400, site_y, site_x)
        lie += np.where(draw[2] < 0.5, 0, np.pi / 2) + 0.9 * (draw[3] - 0.5)
        cos, sin = np.cos(lie).ravel()[site], np.sin(lie).ravel()[site]
        dy, dx = (wy - flat_y[site]) * BLOCK, (wx - flat_x[site]) * BLOCK
        zone = 0.9 * noise(self.key("smallholders"), 190, site_y, site_x) + 1.5 * (draw[4] - 0.5)
        return _Block(
            hash=site_hash.ravel()[site],
            u=cos * dx + sin * dy,
            v=cos * dy - sin * dx,
            width=(15 + 17 * draw[5]).ravel()[site],
            slenderness=draw[1].ravel()[site],
            smallholding=zone.ravel()[site],
            track=(np.sqrt(second) - np.sqrt(first)) * (BLOCK / 2),
        )

    def _streets(self, block, builtup):
        """Distance to the nearest street, and the hash of the block of houses; far from towns FAR and 0."""
        street, houses = np.full(builtup.shape, FAR), np.zeros(builtup.shape, np.uint32)
        near = builtup > -0.4
        if near.any():
            size = 8.5 + 3 * block.slenderness[near]
            key = block.hash[near] ^ np.uint32(1)
            houses[near], street[near] = _plots(block.u[near], block.v[near], size, 1.5 * size, key)
        return street, houses

    def _settlements(self, y, x, along, lane):
        """How built-up (1 in a town's centre, 0 at its edge, negative outside), and distance to a road."""
        key = self.key("town")
        wobble = 0.27 * noise(key, 52, y, x) + 0.16 * noise(key, 21, y, x) + 0.08 * noise(key, 9, y, x)
        links = [road for road in self._roads_near(y, x) if overlaps(road, y, x, 20)]
        road = paint_lines(y, x, np.concatenate([*links, np.empty((0, 6))]), 16)
        ribbon = 0.4 * np.clip(1 - road / 12, 0, 1)  # houses line the roads
        builtup = np.full(road.shape, -9.0)
        cos, sin = self.water.cos, self.water.sin
        for cy, cx, radius, density, shape in self._places_near(y, x, along, lane):
            rows, cols = around(y, x, cy, cx, 4.5 * radius)
            if rows.start >= rows.stop or cols.start >= cols.stop:
                continue
            dy, dx = y[rows] - cy, x[:, cols] - cx
            u, v = cos * dx + sin * dy, cos * dy - sin * dx
            distance = np.sqrt(u * u * shape + v * v / shape) / radius
            here = np.minimum(1 - distance + ribbon[rows, cols] + wobble[rows, cols], 1) * density
            np.maximum(builtup[rows, cols], here, out=builtup[rows, cols])
        return builtup, road

    def _places_near(self, y, x, along, lane):
        """(y, x, radius, density, shape) of the towns and villages."""
        places = []
        for k, m in self.water.stations(along, lane, STRETCH, 650):
            places.append(self.water.once(("town", k, m), self._town, k, m))
        for cy, cx, dice in scatter(self.key("village"), VILLAGES, y, x, 150, share=0.78):
            places.append((cy, cx, 9 + 24 * dice[3] ** 2, 0.55, 0.6 + 0.8 * dice[4]))
        return places

    def _town(self, k, m):
        """The town of a stretch of valley; number 0 of river 0 is in the default scene."""
        dice = draws(self.key("town"), k, m, count=5)
        aside = (38 + 12 * dice[1]) * self._roadside(np.array([k]))[0]
        cy, cx = self.water.place((m + 0.3 * (dice[0] - 0.5)) * STRETCH, k, aside)
        return cy, cx, 70 + 44 * dice[2], 1.0, 0.6 + 0.5 * dice[3]

    def _roadside(self, lane):
        """On which side of its river the main road runs, 1 or -1."""
        return np.where(uniform(hashed(self.key("roadside"), lane)) < 0.5, 1, -1)

    def _roads_near(self, y, x):
        """Segments of the roads that link neighbouring villages."""
        rows = range(int(y[0, 0] // VILLAGES) - 2, int(y[-1, 0] // VILLAGES) + 2)
        cols = range(int(x[0, 0] // VILLAGES) - 2, int(x[0, -1] // VILLAGES) + 2)
        roads = []
        for i in rows:
            for j in cols:
                roads += self.water.once(("road", i, j), self._roads, i, j)
        return roads

    def _roads(self, i, j):
        """The roads from the village of a cell to those of the next cells."""
        key = self.key("village")
        start = np.array(jittered(key, VILLAGES, i, j))
        roads = []
        for n, neighbour in enumerate(((i, j + 1), (i + 1, j))):
            dice = draws(key, i, j, 5 + n, count=3)
            if dice[0] < 0.7:
                way = np.array(jittered(key, VILLAGES, *neighbour)) - start
                t = np.linspace(0, 1, 9)[:, None]
                aside = 4 * t * (1 - t) * (0.3 * (dice[1] - 0.5) + 0.35 * (dice[2] - 0.5) * (1 - 2 * t))
                line = start + t * way + aside * (way[1], -way[0])
                roads.append(np.hstack([line[:-1], line[1:], np.zeros((8, 2))]))
        return roads


@dataclass
class _Block:
    """Per pixel, the block of fields that it lies in."""

    hash: np.ndarray
    u: np.ndarray  # coordinates from its site, across and along its strips
    v: np.ndarray
    width: np.ndarray  # of its large fields
    slenderness: np.ndarray  # of its fields, 0 to 1
    smallholding: np.ndarray  # leaning towards small parcels
    track: np.ndarray  # distance to its border


def _plots(u, v, width, length, key):
    """Cut blocks into strips and strips into plots: hash of the plot (uint32), distance to its edge."""
    strip, side = _cuts(u / width, key)
    key = hashed(key, strip)
    plot, end = _cuts(v / length + uniform(key), key ^ np.uint32(0x5BD1E995))
    return hashed(key, plot), np.minimum(side * width, end * length)


def _cuts(t, key):
    """Number of the irregular interval, 1 long on average, of each `t`, and distance to the nearest cut."""
    cell = np.floor(t)
    cut = 0.12 + 0.76 * uniform(hashed(key, cell))
    offset = t - cell - cut
    return cell + (offset >= 0), np.abs(offset)
