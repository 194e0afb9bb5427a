"""What a folder holds at one time, and what is different between two times."""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from .. import files

COLUMNS = ("change", "path", "former_path", "bytes_before", "bytes_after", "sha256_before", "sha256_after")


@dataclass(frozen=True)
class File:
    """A file of a folder.

    Args:
        path: below the folder, with `/`.
        sha256: of its content.
        size: in bytes.
        mode: its permissions in octal, such as 644. They are restored, but alone make no change: they mean little on
            Windows, and one data set shall be the same version everywhere.
    """

    path: str
    sha256: str
    size: int
    mode: str


@dataclass(frozen=True)
class Tree:
    """The files of a folder by path, and its folders that hold nothing."""

    files: dict[str, File]
    empty_folders: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files.values())

    def same_files(self, other: Tree) -> bool:
        """Whether both have the same names for the same contents."""
        return {p: f.sha256 for p, f in self.files.items()} == {p: f.sha256 for p, f in other.files.items()}

    def same(self, other: Tree) -> bool:
        """Whether both have the same files and the same empty folders."""
        return self.same_files(other) and set(self.empty_folders) == set(other.empty_folders)


class Change(NamedTuple):
    """One file that is different: the file before and after, None where there was or is none."""

    kind: str
    before: File | None
    after: File | None


def changes(before: Tree, after: Tree) -> list[Change]:
    """What has changed, in order of the paths: `added`, `removed`, `changed` (another content under the same path) and
    `renamed` (the same content under another path). An empty file that goes and one that comes are not a renamed one.
    """
    gone = [file for path, file in before.files.items() if path not in after.files]
    come = [file for path, file in after.files.items() if path not in before.files]
    renamed = _renamed(gone, come)
    found = [Change("renamed", old, new) for old, new in renamed]
    old_paths, new_paths = {old.path for old, _ in renamed}, {new.path for _, new in renamed}
    found += [Change("removed", file, None) for file in gone if file.path not in old_paths]
    found += [Change("added", None, file) for file in come if file.path not in new_paths]
    for path, file in before.files.items():
        now = after.files.get(path)
        if now and now.sha256 != file.sha256:
            found.append(Change("changed", file, now))
    return sorted(found, key=lambda change: (change.after or change.before).path)  # type: ignore[union-attr]


def _renamed(gone: list[File], come: list[File]) -> list[tuple[File, File]]:
    """Pairs of one content; of several copies, first those that keep their name and were moved only."""
    waiting = defaultdict(list)
    for file in sorted(gone, key=lambda file: file.path):
        if file.size:
            waiting[file.sha256].append(file)
    pairs, rest = [], []
    for file in sorted(come, key=lambda file: file.path):
        name = PurePosixPath(file.path).name
        old = next((old for old in waiting[file.sha256] if PurePosixPath(old.path).name == name), None)
        if old:
            waiting[file.sha256].remove(old)
            pairs.append((old, file))
        else:
            rest.append(file)
    pairs += [(waiting[file.sha256].pop(0), file) for file in rest if waiting[file.sha256]]
    return pairs


def count(found: list[Change]) -> dict[str, int]:
    """How many there are of each kind."""
    return {kind: sum(c.kind == kind for c in found) for kind in ("added", "removed", "changed", "renamed")}


def in_words(found: list[Change]) -> str:
    """Such as: 2 added, 1 renamed."""
    return ", ".join(f"{number:,} {kind}" for kind, number in count(found).items() if number) or "nothing changed"


def write_changes(path: str | Path, found: list[Change]) -> None:
    """Write a CSV with a row a file."""
    rows = []
    for kind, before, after in found:
        place = after or before
        former = before.path if before and kind == "renamed" else ""
        rows.append(
            [
                *(kind, place.path if place else "", former),
                *(before.size if before else "", after.size if after else ""),
                *(before.sha256 if before else "", after.sha256 if after else ""),
            ]
        )
    write_table(path, COLUMNS, rows)


def write_table(path: str | Path, columns: tuple[str, ...], rows: list[list]) -> None:
    """Write a CSV."""
    with files.replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
