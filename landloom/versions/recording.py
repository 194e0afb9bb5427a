"""Recording what a folder holds as a version."""

from __future__ import annotations

import getpass
from typing import NamedTuple

from ..job import Job
from .scanning import Scan, counting
from .store import Store, Version


class Recorded(NamedTuple):
    """What came of it: the version, whether it is a new one, and the bytes that the store has grown by."""

    version: Version
    new: bool
    bytes: int


def record(store: Store, scan: Scan, author: str | None, message: str, whole: bool, job: Job) -> Recorded:
    """Keep all contents that the store has not yet, then the version; none where nothing has changed since the last.

    Contents that the store has are looked at by size, or read and renewed if need be (`whole`). The store must be
    locked. Raises InputError where the folder changes meanwhile.
    """
    total, done, written = scan.tree.size or 1, 0, 0
    for path, file in scan.tree.files.items():
        written += store.add(file, scan.folder / path, counting(job.progress, done, total), whole)
        done += file.size
        job.progress(done / total)
    # Else some files could stand in the version as they were before a change, and others as they were after it.
    scan.refuse_changed()
    head = store.head
    if head and head.tree.same(scan.tree):
        store.set_head(head)
        return Recorded(head, False, written)
    return Recorded(store.add_version(scan.tree, author or user_name(), message), True, written)


def user_name() -> str:
    """Who is logged in."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container's user without a name
        return "unknown"
