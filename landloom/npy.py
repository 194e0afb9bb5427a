"""Arrays in NumPy's files, read by several threads at once.

Where two threads parse at the same time, Python 3.11 and 3.12 now and then fail
(https://github.com/python/cpython/issues/106905), and NumPy's own reader parses the header of each array. A sound file
would then be taken for a damaged one, so what failed in this way is read again.
"""

from __future__ import annotations

import math
import zipfile
from pathlib import Path
from typing import IO

import numpy as np

# It has failed once in some ten thousand times.
TRIES = 20


def read_header(stream: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Shape, whether columns come first, and type of the array that begins here. Raises ValueError."""
    start = stream.tell()
    for _ in range(TRIES - 1):
        try:
            return _read_header(stream)
        except SystemError:
            stream.seek(start)
    return _read_header(stream)


def _read_header(stream: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype]:
    version = np.lib.format.read_magic(stream)
    if version == (1, 0):
        return np.lib.format.read_array_header_1_0(stream)
    if version == (2, 0):
        return np.lib.format.read_array_header_2_0(stream)
    raise ValueError(f"its format is {version[0]}.{version[1]}, which is for tables with named columns")


def read_array(stream: IO[bytes]) -> np.ndarray:
    """The array that begins here and ends with the stream; it cannot be written to. Raises ValueError.

    Unlike NumPy's reader it believes no header that asks for more than there is.
    """
    shape, fortran, dtype = read_header(stream)
    if dtype.hasobject:
        raise ValueError("objects in place of numbers")
    content, size = stream.read(), math.prod(shape) * dtype.itemsize
    if len(content) < size:
        raise ValueError(f"{len(content)} bytes in place of {size}")
    return np.frombuffer(content, dtype, math.prod(shape)).reshape(shape, order="F" if fortran else "C")


def load(path: str | Path, key: str = "") -> np.ndarray:
    """The array of an NPY file, or one of an NPZ file by its key. Raises OSError, ValueError and what zipfile does."""
    if not key:
        with Path(path).open("rb") as stream:
            return read_array(stream)
    with zipfile.ZipFile(path) as archive, archive.open(f"{key}.npy") as stream:
        return read_array(stream)
