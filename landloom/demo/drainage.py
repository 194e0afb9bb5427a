"""Rivers, their tributaries and standing water. Coordinates are pixels: y down, x right, without bounds."""

from typing import NamedTuple

import numpy as np

from .noise import channel, draws, hashed, noise, profile

SPACING = 1500  # between the axes of neighbouring main rivers
CENTRE = 512  # the first river runs near the centre of the default scene
STRETCH = 1300  # of valley, for which there is one town and one large lake
STEP = 13  # between the vertices of a stream
FAR = 1e3


class Lake(NamedTuple):
    """An ellipse, or with squareness up to 1 a rounded rectangle, turned by an angle."""

    y: float
    x: float
    long: float
    short: float
    angle: float
    squareness: float
    number: float  # in [0.1, 1), tells its water


class Drainage:
    """Parallel main rivers in bent valleys, each fed by branching streams and followed by lakes and pits."""

    def __init__(self, seed):
        self.seed = seed
        turn = draws(self._key("flow"), 0, count=2)
        self.angle = np.radians(22 + 40 * turn[0]) * (1 if turn[1] < 0.5 else -1)
        self.cos, self.sin = np.cos(self.angle), np.sin(self.angle)
        self._made = {}

    def once(self, name, make, *arguments):
        """What `make` makes, remembered: neighbouring windows meet the same streams, lakes and towns."""
        if name not in self._made:
            self._made[name] = make(*arguments)
        return self._made[name]

    def valley(self, y, x, meander=False):
        """Position in the valleys: distance along the flow, number of the river (lane), distance across it.

        Across is counted from the valley's axis. With `meander` the axis is the river's own
        winding middle, and the distances are distorted.
        """
        down, right = self._bend(y, x)
        if meander:
            down = down + self._wind("meander y", y, x)
            right = right + self._wind("meander x", y, x)
        down, right = y + down - CENTRE, x + right - CENTRE
        along, across = self.cos * right + self.sin * down, self.cos * down - self.sin * right
        lane = np.floor(across / SPACING + 0.5)
        across = across - lane * SPACING - self._axis(lane, along)
        if meander:
            across = across - 21 * profile(self._key("axis"), 47, lane, along)
        return along, lane, across

    def place(self, along, lane, across):
        """The (y, x) of a position in a valley: the inverse of `valley`, by fixed-point iteration."""
        across = across + lane * SPACING + self._axis(np.array([lane]), np.array([along]))[0]
        straight_y = self.sin * along + self.cos * across + CENTRE
        straight_x = self.cos * along - self.sin * across + CENTRE
        y, x = straight_y, straight_x
        for _ in range(12):
            down, right = self._bend(np.array([y]), np.array([x]))
            y, x = straight_y - down[0], straight_x - right[0]
        return y, x

    def stations(self, along, lane, spacing, reach):
        """(lane, number) of the stretches of valley, `spacing` long, within `reach` of these pixels."""
        first, last = np.floor((along.min() - reach) / spacing), np.floor((along.max() + reach) / spacing)
        lanes = np.arange(lane.min() - 1, lane.max() + 2)
        return [(int(k), int(m)) for k in lanes for m in np.arange(first, last + 1)]

    def shore(self, y, x, along, lane):
        """Distance to the nearest shore (negative in water, at most FAR), and the number of the water body.

        The number, in [0, 1), is 0 for running water and tells lakes apart.
        """
        side, shore = self._river(y, x)
        body = np.zeros_like(shore)
        streams, lakes = self._streams_near(y, x, along, lane)
        for flank in (-1, 1):
            brook = paint_lines(y, x, streams[flank], 16)
            # A tributary ends in the river, wherever in its meander that lies.
            shore = np.where(side * flank > 0, np.minimum(shore, brook), shore)
        key = self._key("lake")
        wobble = 0.22 * noise(key, 19, y, x) + 0.11 * noise(key, 8, y, x)
        for lake in lakes + self._lakes_near(y, x, along, lane):
            rows, cols = around(y, x, lake.y, lake.x, lake.long + 45)
            if rows.start >= rows.stop or cols.start >= cols.stop:
                continue
            dy, dx = y[rows] - lake.y, x[:, cols] - lake.x
            cos, sin = np.cos(lake.angle), np.sin(lake.angle)
            u2, v2 = ((cos * dx + sin * dy) / lake.long) ** 2, ((cos * dy - sin * dx) / lake.short) ** 2
            rounded, squared = np.sqrt(u2 + v2), np.sqrt(np.sqrt(u2 * u2 + v2 * v2))
            distance = (rounded + lake.squareness * (squared - rounded) - 1) * lake.short
            distance += (1 - 0.7 * lake.squareness) * min(lake.short, 18) * wobble[rows, cols]
            nearer = distance < shore[rows, cols]
            shore[rows, cols] = np.where(nearer, distance, shore[rows, cols])
            body[rows, cols] = np.where(nearer, lake.number, body[rows, cols])
        return shore, body

    def _key(self, name):
        return channel(self.seed, name)

    def _bend(self, y, x):
        return 60 * noise(self._key("bend y"), 780, y, x), 60 * noise(self._key("bend x"), 780, y, x)

    def _wind(self, name, y, x):
        return 24 * noise(self._key(name), 92, y, x) + 9 * noise(self._key(name), 41, y, x)

    def _axis(self, lane, along):
        return 70 * profile(self._key("axis"), 640, lane, along)

    def _river(self, y, x):
        """On which side of its river each pixel lies (the sign), and the distance to the river's bank."""
        y1, x1 = np.vstack([y[:1] - 1, y, y[-1:] + 1]), np.hstack([x[:, :1] - 1, x, x[:, -1:] + 1])
        along, _, across = self.valley(y1, x1, meander=True)
        # Meanders stretch the coordinates: divided by its gradient, `across` is a distance again.
        dy, dx = across[2:, 1:-1] - across[:-2, 1:-1], across[1:-1, 2:] - across[1:-1, :-2]
        gradient = np.clip(np.sqrt(dy * dy + dx * dx) / 2, 0.45, 3)
        across, along = across[1:-1, 1:-1], along[1:-1, 1:-1]
        half_width = 4.3 + 0.7 * profile(self._key("width"), 90, 0, along)
        return across, np.abs(across) / gradient - half_width

    def _streams_near(self, y, x, along, lane):
        lines: dict[int, list] = {-1: [], 1: []}
        ponds: list = []
        for k, m in self.stations(along, lane, 280, 900):
            flank, segments, pond = self.once(("stream", k, m), self._stream, k, m)
            if overlaps(segments, y, x, 40):
                lines[flank].append(segments)
                ponds += pond
        return {flank: np.concatenate([*found, np.empty((0, 6))]) for flank, found in lines.items()}, ponds

    def _stream(self, k, m):
        """A tributary from its mouth up to its springs: (which flank, segments, ponds)."""
        key = self._key("stream")
        dice = draws(key, k, m, count=12)
        flank = 1 if m % 2 else -1  # tributaries of one flank would cross if they were nearer to each other
        mouth = self.place((m + 0.3 + 0.4 * dice[1]) * 280, k, -60.0 * flank)
        heading = self.angle + flank * np.radians(95 + 25 * dice[2])
        steps = int(22 + 26 * dice[3])
        stem = _walk(key, (k, m, 0), mouth, heading, steps, 2.0 + dice[4], 0.8)
        segments = [stem]
        for branch in range(2):
            fork = int(steps * (0.28 + 0.3 * branch + 0.15 * dice[5 + branch]))
            turn = np.radians(46 if (dice[7] < 0.5) == branch else -46)
            y0, x0, *_, width = stem[fork]
            branch_key, length = (k, m, branch + 1), (steps - fork) // 2
            segments.append(_walk(key, branch_key, (y0, x0), heading + turn, length, 0.8 * width, 0.7))
        ponds = []
        if dice[9] < 0.55:  # a dam
            y0, x0, y1, x1 = stem[int(steps * (0.3 + 0.4 * dice[10])), :4]
            size, angle = 12 + 14 * dice[11], np.arctan2(y1 - y0, x1 - x0)
            ponds.append(Lake(y0, x0, size, 0.36 * size, angle, 0, 0.3 + 0.6 * dice[10]))
        return flank, np.concatenate(segments), ponds

    def _lakes_near(self, y, x, along, lane):
        lakes = []
        for cy, cx, dice in scatter(self._key("lake"), 420, y, x, 90, share=0.55):
            lakes.append(_lake(cy, cx, 9 + 26 * dice[3] ** 2, 0, dice))
        for k, m in self.stations(along, lane, 130, 200):
            lakes += self.once(("pit", k, m), self._pit, k, m)
        for k, m in self.stations(along, lane, STRETCH, 450):
            lakes += self.once(("lake", k, m), self._large_lake, k, m)
        return lakes

    def _pit(self, k, m):
        """A gravel pit or oxbow on the valley floor, if there is one."""
        dice = draws(self._key("pit"), k, m, 0, count=10)
        if dice[0] > 0.45:
            return []
        cy, cx = self.place((m + dice[9]) * 130, k, (24 + 50 * dice[1]) * (1 if dice[2] < 0.5 else -1))
        return [_lake(cy, cx, 8 + 14 * dice[3], 0.75, dice)]

    def _large_lake(self, k, m):
        """The one large lake of a stretch of valley."""
        dice = draws(self._key("pit"), k, m, 1, count=10)
        flank = 1 if dice[1] < 0.5 else -1
        cy, cx = self.place((m + 0.5 * dice[2] - 0.5) * STRETCH, k, flank * (130 + 170 * dice[9]))
        return [_lake(cy, cx, 54 + 26 * dice[3], 0, dice)]


def scatter(key, spacing, y, x, reach, share):
    """(y, x, ten draws) of points strewn `spacing` apart, but some, within `reach` of the pixels."""
    found = []
    rows = np.arange(np.floor((y.min() - reach) / spacing), np.floor((y.max() + reach) / spacing) + 1)
    cols = np.arange(np.floor((x.min() - reach) / spacing), np.floor((x.max() + reach) / spacing) + 1)
    for i in rows:
        for j in cols:
            dice = draws(key, i, j, count=10)
            if dice[0] < share:
                found.append((*jittered(key, spacing, i, j), dice))
    return found


def jittered(key, spacing, i, j):
    """The (y, x) of the point strewn in cell (i, j)."""
    dice = draws(key, i, j, count=3)
    return (i + 0.08 + 0.84 * dice[1]) * spacing, (j + 0.08 + 0.84 * dice[2]) * spacing


def around(y, x, cy, cx, reach):
    """Slices of the open grid (y, x) that hold the square of half width `reach` about (cy, cx)."""
    rows = slice(*np.searchsorted(y[:, 0], (cy - reach, cy + reach)))
    cols = slice(*np.searchsorted(x[0], (cx - reach, cx + reach)))
    return rows, cols


def overlaps(segments, y, x, reach):
    """Whether the segments' bounds come within `reach` of the open grid."""
    ys, xs = segments[:, 0:3:2], segments[:, 1:4:2]
    rows = ys.min() - reach < y[-1, 0] and ys.max() + reach > y[0, 0]
    return rows and xs.min() - reach < x[0, -1] and xs.max() + reach > x[0, 0]


def paint_lines(y, x, segments, reach):
    """Distance from each pixel to the edge of the nearest line, as far as `reach` pixels; beyond, FAR.

    `segments` is (n, 6): y0, x0, y1, x1 and the half widths at either end.
    """
    distance = np.full((y.size, x.size), FAR)
    for y0, x0, y1, x1, w0, w1 in segments:
        rows = slice(*np.searchsorted(y[:, 0], (min(y0, y1) - reach, max(y0, y1) + reach)))
        cols = slice(*np.searchsorted(x[0], (min(x0, x1) - reach, max(x0, x1) + reach)))
        if rows.start >= rows.stop or cols.start >= cols.stop:
            continue
        dy, dx = y1 - y0, x1 - x0
        py, px = y[rows] - y0, x[:, cols] - x0
        t = np.clip((py * dy + px * dx) / (dy * dy + dx * dx), 0, 1)
        ey, ex = py - t * dy, px - t * dx
        edge = np.sqrt(ey * ey + ex * ex) - (w0 + t * (w1 - w0))
        np.minimum(distance[rows, cols], edge, out=distance[rows, cols])
    return distance


def _walk(key, index, start, heading, steps, first_width, last_width):
    """Segments, as of `paint_lines`, of a winding line from `start` that narrows on its way."""
    i = np.arange(steps)
    lane = hashed(key, *index)[0]
    angle = heading + 0.4 * profile(key, 9, lane, i) + 0.42 * profile(key, 2.7, lane, i)
    y = start[0] + STEP * np.concatenate([[0], np.cumsum(np.sin(angle))])
    x = start[1] + STEP * np.concatenate([[0], np.cumsum(np.cos(angle))])
    width = np.linspace(first_width, last_width, steps + 1)
    return np.stack([y[:-1], x[:-1], y[1:], x[1:], width[:-1], width[1:]], 1)


def _lake(cy, cx, size, squareness, dice):
    short, angle = size * (0.45 + 0.45 * dice[5]), np.pi * dice[4]
    return Lake(cy, cx, size, short, angle, squareness, 0.1 + 0.9 * dice[6])
