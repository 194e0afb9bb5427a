"""What has been computed so far, in a file that only grows: a kill at any moment leaves all but the last entry."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np

_READ_AT_ONCE = 1024


class Journal:
    """Features by the hash of their image's content.

    Each entry has one length: 32 bytes of SHA-256, the features, and a check sum. What does not fit its check sum, as
    the end of a file that was being written, is cut off when the journal is opened.
    """

    def __init__(self, path: Path, dimension: int, dtype: str):
        self._entry = np.dtype([("sha256", "u1", 32), ("features", dtype, (dimension,)), ("sum", "<u4")])
        self._path = path
        self.places: dict[str, int] = {}
        whole = self._read_whole() if path.exists() else 0
        self._file = path.open("r+b" if path.exists() else "w+b", buffering=0)
        self._file.truncate(whole * self._entry.itemsize)
        self._file.seek(0, 2)

    def _read_whole(self) -> int:
        """Note the entries that are sound, up to the first that is not; their number."""
        number = 0
        with self._path.open("rb") as stream:
            while entries := stream.read(_READ_AT_ONCE * self._entry.itemsize):
                whole = len(entries) // self._entry.itemsize
                for entry in np.frombuffer(entries, self._entry, whole):
                    if zlib.crc32(entry.tobytes()[:-4]) != entry["sum"]:
                        return number
                    self.places[entry["sha256"].tobytes().hex()] = number
                    number += 1
        return number

    def add(self, hashes: Iterable[str], features: np.ndarray) -> None:
        """Append features (n, dimension) of images by their hashes."""
        hashes = list(hashes)
        entries = np.zeros(len(hashes), self._entry)
        entries["features"] = features
        for place, sha256 in enumerate(hashes):
            entries["sha256"][place] = np.frombuffer(bytes.fromhex(sha256), np.uint8)
            entries["sum"][place] = zlib.crc32(entries[place].tobytes()[:-4])
        left = memoryview(entries.tobytes())
        while left:  # where the disk gets full, a part is written
            left = left[self._file.write(left) :]
        for sha256 in hashes:
            self.places[sha256] = len(self.places)

    def read(self, hashes: list[str]) -> np.ndarray:
        """Features (n, dimension) of images by their hashes, which are there."""
        entries = np.memmap(self._path, self._entry, "r")
        return entries["features"][[self.places[sha256] for sha256 in hashes]]

    def close(self) -> None:
        """Close the file."""
        self._file.close()
