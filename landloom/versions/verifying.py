"""Looking whether everything that was recorded is still there."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from ..job import Job
from .scanning import counting
from .store import DamagedContent, Store
from .trees import write_table


class Damage(NamedTuple):
    """A file of a version whose content cannot be restored; no path where the version itself is damaged."""

    version: str
    path: str
    sha256: str
    problem: str


def verify(store: Store, job: Job) -> list[Damage]:
    """Read all contents of all versions, each once; what is damaged, by version and path."""
    contents = {file.sha256: file for v in store.versions for file in v.tree.files.values()}
    total, done, problems = sum(file.size for file in contents.values()) or 1, 0, {}
    for sha256, file in sorted(contents.items()):
        try:
            store.check(file, counting(job.progress, done, total))
        except DamagedContent as damage:
            problems[sha256] = damage.problem
        done += file.size
        job.progress(done / total)
    damages = [Damage(name, "", "", "the list of its files is damaged") for name in store.damaged_versions]
    for version in store.versions:
        if version.parent and version.parent not in {v.id for v in store.versions} | set(store.damaged_versions):
            damages.append(Damage(version.parent, "", "", "the list of its files is missing"))
        for path, file in version.tree.files.items():
            if file.sha256 in problems:
                damages.append(Damage(version.id, path, file.sha256, problems[file.sha256]))
    return damages


def left_over(store: Store) -> tuple[int, int]:
    """Contents that belong to no version, as recordings leave that were killed: how many, and their bytes."""
    known = {store.path_of(file.sha256) for v in store.versions for file in v.tree.files.values()}
    sizes = [path.stat().st_size for path in (store.folder / "objects").glob("??/*") if path not in known]
    return len(sizes), sum(sizes)


def write(path: str | Path, damages: list[Damage]) -> None:
    """Write a CSV with a row a file and version."""
    write_table(path, Damage._fields, [list(damage) for damage in damages])
