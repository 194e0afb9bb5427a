"""Looking at a folder as it is now: its files and their contents' hashes."""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from .. import files
from ..errors import InputError
from .trees import File, Tree

CHUNK_BYTES = 2**20
# A file that was written so shortly before it was read may be written again without another time: file systems
# count in steps of up to two seconds. The hash of such a file is not kept.
SETTLED_NS = 2_000_000_000
# What runs leave that are at work or were killed, and what file managers leave. Not every name with a dot: Zarr keeps
# data under such names.
_PASSING_FILES = re.compile(r"\.lock|.*\.part|\..*\.[0-9a-f]{8}\.part(\.\w+)?|\.DS_Store|Thumbs\.db|desktop\.ini")
_PASSING_FOLDERS = re.compile(r"\.versions|\.restoring|\.cutting|\..*\.(landloom|restoring)")
# What this stage itself notes in a folder that it has restored.
_OWN_NOTE = "provenance/version_dataset.json"


class Stamp(NamedTuple):
    """By what a changed file is known without reading it: bytes, and two times in nanoseconds."""

    size: int
    modified: int
    changed: int  # on Windows the time of creation

    @classmethod
    def of(cls, status: os.stat_result) -> Stamp:
        """The stamp of a file."""
        return cls(status.st_size, status.st_mtime_ns, status.st_ctime_ns)

    @property
    def settled(self) -> bool:
        """Whether a later change is bound to show."""
        return time.time_ns() - max(self.modified, self.changed) > SETTLED_NS


@dataclass
class Hashes:
    """The hashes of files that were read before, by path and stamp; lost without harm."""

    path: Path
    known: dict[str, list] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Hashes:
        """What an earlier run has kept; nothing where that cannot be read."""
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            found = None
        return cls(path, found if isinstance(found, dict) else {})

    def get(self, path: str, stamp: Stamp) -> str | None:
        """The hash of a file that looks as it did."""
        entry = self.known.get(path)
        return entry[3] if isinstance(entry, list) and len(entry) == 4 and tuple(entry[:3]) == stamp else None

    def keep(self, tree: Tree, stamps: Mapping[str, Stamp]) -> None:
        """Write down the hashes of a folder's files."""
        settled = {path: stamp for path, stamp in stamps.items() if stamp.settled}
        self.known = {path: [*stamp, tree.files[path].sha256] for path, stamp in settled.items()}
        files.write_text(self.path, json.dumps(self.known))


@dataclass(frozen=True)
class Scan:
    """A folder as it was found.

    Args:
        folder: where.
        store: a folder that is no part of it.
        tree: what it holds.
        stamps: of its files.
        read: how many files were read.
    """

    folder: Path
    store: Path
    tree: Tree
    stamps: dict[str, Stamp]
    read: int

    def refuse_changed(self) -> None:
        """Raise InputError where the folder has changed since."""
        now, _ = _walk(self.folder, self.store)
        stamps = {path: Stamp.of(status) for path, status in now.items()}
        other = sorted(path for path in {**stamps, **self.stamps} if stamps.get(path) != self.stamps.get(path))
        if other:
            raise changing(other[0])


def scan(folder: Path, store: Path, hashes: Hashes, reread: bool, progress: Callable[[float], None]) -> Scan:
    """Look at all files of a folder but those of `store`, locks and temporary files.

    Files that look as they did when their hash was kept are read only if `reread`. Raises InputError where a file is a
    link, cannot be read, has a name that is no text, or changes meanwhile.
    """
    found, empty = _walk(folder, store)
    total = sum(status.st_size for status in found.values()) or 1
    entries, stamps, done, read = {}, {}, 0, 0
    for path, status in found.items():
        stamps[path] = stamp = Stamp.of(status)
        sha256 = None if reread else hashes.get(path, stamp)
        if sha256 is None:
            read += 1
            sha256 = _hash(folder / path, path, stamp, counting(progress, done, total))
        done += stamp.size
        progress(done / total)
        entries[path] = File(path, sha256, stamp.size, f"{stat.S_IMODE(status.st_mode):o}")
    return Scan(folder, store, Tree(entries, tuple(empty)), stamps, read)


def counting(progress: Callable[[float], None], done: int, total: int) -> Callable[[int], None]:
    """Takes the bytes of a file that are done, and tells the share of all; `done` were those of the files before."""
    return lambda part: progress((done + part) / total)


def _hash(where: Path, path: str, stamp: Stamp, progress: Callable[[int], None]) -> str:
    digest, done = hashlib.sha256(), 0
    try:
        with where.open("rb") as stream:
            while chunk := stream.read(CHUNK_BYTES):
                digest.update(chunk)
                done += len(chunk)
                progress(done)
        after = Stamp.of(where.lstat())
    except FileNotFoundError:
        raise changing(path) from None
    except OSError as error:
        raise unreadable(where, error) from None
    if after != stamp or done != stamp.size:
        raise changing(path)
    return digest.hexdigest()


def changing(path: str) -> InputError:
    """The error for a folder that is being changed."""
    return InputError(
        f"The data set changes while it is read: {path}. Wait for whatever writes to it, then run this again."
    )


def unreadable(path: Path, error: OSError) -> InputError:
    """The error for a file or folder that cannot be read."""
    return InputError(
        f"{path} cannot be read: {error.strerror or error}. Make it readable, or move it out of the data set."
    )


def _walk(folder: Path, store: Path) -> tuple[dict[str, os.stat_result], list[str]]:
    """All files by path, and the folders that hold nothing; both in order."""
    found: dict[str, os.stat_result] = {}
    empty: list[str] = []
    waiting = [""]
    own = store.stat() if store.exists() else None
    while waiting:
        inside = waiting.pop()
        try:
            names = sorted(entry.name for entry in os.scandir(folder / inside))
            for name in names:
                path = f"{inside}/{name}" if inside else name
                status = (folder / path).lstat()
                _refuse_odd(folder, path, status)
                if stat.S_ISDIR(status.st_mode):
                    if not _PASSING_FOLDERS.fullmatch(name) and not (own and os.path.samestat(own, status)):
                        waiting.append(path)
                elif not _PASSING_FILES.fullmatch(name) and path != _OWN_NOTE:
                    found[path] = status
        except FileNotFoundError as error:
            raise changing(str(error.filename)) from None
        except OSError as error:
            raise unreadable(folder / inside, error) from None
        if inside and not names:
            empty.append(inside)
    return dict(sorted(found.items())), sorted(empty)


def _refuse_odd(folder: Path, path: str, status: os.stat_result) -> None:
    # Following a link would record what is not in the folder, and a restore would put a copy in its place; keeping it
    # as a link would record nothing. Either way the version would not be what it claims to be.
    junction = getattr(status, "st_reparse_tag", 0) == getattr(stat, "IO_REPARSE_TAG_MOUNT_POINT", -1)
    if stat.S_ISLNK(status.st_mode) or junction:
        raise InputError(
            f"{folder / path} is a link, and what it leads to would not be in a version. Put the file or folder itself"
            " in its place, or move the link out of the data set."
        )
    if not stat.S_ISDIR(status.st_mode) and not stat.S_ISREG(status.st_mode):
        raise InputError(f"{folder / path} is neither file nor folder. Move it out of the data set.")
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        shown = os.fsencode(path).decode("utf-8", "replace")
        raise InputError(f"The name of {shown} in {folder} is no valid text (UTF-8). Rename it.") from None
