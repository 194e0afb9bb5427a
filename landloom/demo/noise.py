"""Hashed randomness on the plane: every value depends on a key and on absolute coordinates only."""

import zlib

import numpy as np

# Mean of the squared weights of a cubic B-spline, and the variance of uniform values on [-1, 1].
_WEIGHTS, _UNIFORM = 151 / 315, 1 / 3


def channel(seed, name):
    """The key (uint32) of the random stream `name` of the world `seed`."""
    return np.uint32(zlib.crc32(f"{seed}/{name}".encode()))


def hashed(key, *indices):
    """Mix integer `indices` (arrays that broadcast) into `key` (uint32 scalar or array); uint32."""
    h = np.asarray(key, np.uint32)
    for index in indices:
        # Products wrap around on purpose; the constants are those of C. Wellons' lowbias32.
        index = np.atleast_1d(index).astype(np.int64).astype(np.uint32)
        h = h ^ index * np.uint32(0x9E3779B1)
        h ^= h >> np.uint32(16)
        h *= np.uint32(0x7FEB352D)
        h ^= h >> np.uint32(15)
        h *= np.uint32(0x846CA68B)
        h ^= h >> np.uint32(16)
    return h


def uniform(h):
    """Hashes as float64 in [0, 1)."""
    return h * 2.0**-32


def draws(key, *index, count):
    """`count` independent numbers in [0, 1) that belong to the integer `index`."""
    return uniform(hashed(hashed(key, *index), np.arange(count)))


def noise(key, wavelength, y, x):
    """Smooth random field: mean 0, standard deviation about 1, features about `wavelength` long.

    A cubic B-spline through hashed values on a lattice. `y` and `x` are coordinates that broadcast to the
    result's shape; an open grid, (h, 1) and (1, w), is interpolated axis by axis, which is much cheaper.
    Sums and products in a fixed order make a value, so it does not depend on what is computed beside it.
    """
    shift = draws(key, -1, count=2)  # so that the lattices of two fields do not share nodes
    row, row_weights = _spline(np.asarray(y, float) / wavelength + shift[0])
    col, col_weights = _spline(np.asarray(x, float) / wavelength + shift[1])
    top, left = row.min(), col.min()
    nodes = hashed(key, np.arange(top, row.max() + 4)[:, None], np.arange(left, col.max() + 4))
    nodes = (2 * uniform(nodes) - 1) / (_WEIGHTS * _UNIFORM**0.5)
    row, col = row - top, col - left
    if row.ndim == 2 and row.shape[1] == col.shape[0] == 1:
        row, col = row[:, 0], col[0]
        lines = sum(nodes[:, col + k] * col_weights[k] for k in range(4))
        return sum(lines[row + k] * row_weights[k] for k in range(4))
    corner = row * nodes.shape[1] + col
    flat = nodes.ravel()
    return sum(
        row_weights[j] * sum(flat[corner + (j * nodes.shape[1] + i)] * col_weights[i] for i in range(4))
        for j in range(4)
    )


def profile(key, wavelength, lane, t):
    """Like `noise`, but along a line: a smooth random function of `t` for each integer `lane`."""
    node, weights = _spline(t / wavelength + draws(key, -1, count=1)[0])
    lane = np.broadcast_to(np.asarray(lane).astype(np.int64), node.shape)
    first, lowest = node.min(), lane.min()
    nodes = hashed(key, np.arange(lowest, lane.max() + 1)[:, None], np.arange(first, node.max() + 4))
    corner = (lane - lowest) * nodes.shape[1] + (node - first)
    flat = ((2 * uniform(nodes) - 1) / (_WEIGHTS * _UNIFORM) ** 0.5).ravel()
    return sum(flat[corner + k] * weights[k] for k in range(4))


def _spline(t):
    """First of the four lattice nodes around each `t`, and their weights (cubic B-spline)."""
    node = np.floor(t)
    f = t - node
    g = 1 - f
    inner = (3 * f * f * (f - 2) + 4) / 6, (3 * g * g * (g - 2) + 4) / 6
    return node.astype(np.int64) - 1, (g * g * g / 6, *inner, f * f * f / 6)


def smoothstep(low, high, t):
    """0 below `low`, 1 above `high`, and smooth in between."""
    s = np.clip((t - low) / (high - low), 0, 1)
    return s * s * (3 - 2 * s)
