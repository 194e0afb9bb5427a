"""The store of a data set's versions.

    store.json           what makes a folder a store
    objects/ab/cdef…     each content once, named by its SHA-256
    versions/ID.json     a version: parent, time, author, message, files; named by the SHA-256 of this very text
    head                 the version that the folder was recorded as, or restored to, last
    cache.json           hashes by size and time
    incoming/            contents on their way in

Contents are copied in and out. A hard link would save the room of one copy, but a program that changes a file in place,
as HDF5, GDAL and NumPy's memory maps do, would change the recorded version with it, unnoticed. A store therefore takes
once the room of the data set, and from then on of what is new.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from .. import files, folders
from ..errors import InputError, ParameterError
from .names import is_below, long_path
from .scanning import CHUNK_BYTES, Hashes, changing, unreadable
from .trees import File, Tree, write_table

FORMAT = 1
LATEST = "latest"
SHORTEST = 4
LOG = ("number", "version", "parent", "time", "author", "message", "files", "bytes")
_HASH = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True)
class Version:
    """A recorded state of the folder; `number` counts from 1 in the order of recording."""

    id: str
    number: int
    parent: str | None
    time: str
    author: str
    message: str
    tree: Tree

    @property
    def short(self) -> str:
        """The id as it is shown."""
        return self.id[:12]

    def __str__(self) -> str:
        return f"{self.short} ({self.message.partition(chr(10))[0]})"


class DamagedContent(Exception):
    """What is kept for a file is not what was recorded; `problem` says how."""

    def __init__(self, problem: str):
        super().__init__(problem)
        self.problem = problem


@dataclass(frozen=True)
class Store:
    """A folder of versions, which may not exist yet."""

    folder: Path

    # --- versions ---

    @cached_property
    def _found(self) -> tuple[list[Version], list[str]]:
        versions, damaged = [], []
        for path in sorted((self.folder / "versions").glob("*.json")):
            if path.name.startswith("."):  # what a killed run was writing
                continue
            try:
                versions.append(_parse(path))
            except (OSError, ValueError, LookupError, TypeError, AttributeError):
                damaged.append(path.stem)
        return sorted(versions, key=lambda v: (v.number, v.time, v.id)), damaged

    @property
    def versions(self) -> list[Version]:
        """All versions that can be read, in the order of recording."""
        return self._found[0]

    @property
    def damaged_versions(self) -> list[str]:
        """The ids of versions whose text is damaged."""
        return self._found[1]

    @property
    def head(self) -> Version | None:
        """The version that the folder was recorded as or restored to last, the latest one where that is not known."""
        with suppress(OSError, ValueError):
            wanted = (self.folder / "head").read_text(encoding="ascii").strip()
            for version in self.versions:
                if version.id == wanted:
                    return version
        return self.versions[-1] if self.versions else None

    def set_head(self, version: Version) -> None:
        """Note which version the folder is."""
        files.write_text(self.folder / "head", version.id + "\n")

    def find(self, text: str, parameter: str) -> Version:
        """The version of an id, of its beginning, or the `latest`. Raises ParameterError where there is none."""
        if not self.versions:
            raise InputError(f"{self.folder} holds no version that can be read. Record one first.")
        wanted = text.strip().lower()
        if wanted == LATEST:
            return self.versions[-1]
        found = [v for v in self.versions if v.id.startswith(wanted)] if len(wanted) >= SHORTEST else []
        if len(found) == 1:
            return found[0]
        if found:
            many = ", ".join(v.id[: len(wanted) + 4] for v in found[:4])
            raise ParameterError(
                f"'{parameter}' is {text}, with which several versions begin: {many}. Give more of it."
            )
        if any(name.startswith(wanted) for name in self.damaged_versions) and len(wanted) >= SHORTEST:
            raise InputError(f"The version {text} is damaged: what it held is not known any more. Use another one.")
        known = ", ".join(v.short for v in self.versions[-5:])
        raise ParameterError(
            f"'{parameter}' is {text}, but there is no such version; the last ones are {known}. Give an id, its first"
            f" {SHORTEST} characters or more, or {LATEST}."
        )

    def add_version(self, tree: Tree, author: str, message: str) -> Version:
        """Write a version of contents that have all been added, and make it the head."""
        parent = self.head
        content = {
            "format": FORMAT,
            "number": max((v.number for v in self.versions), default=0) + 1,
            "parent": parent.id if parent else None,
            "time": datetime.now(UTC).isoformat(timespec="seconds"),
            "author": author,
            "message": message,
            "files": [asdict(file) for file in tree.files.values()],
            "empty_folders": list(tree.empty_folders),
        }
        text = json.dumps(content, indent=0, ensure_ascii=False) + "\n"
        path = self.folder / "versions" / f"{hashlib.sha256(text.encode()).hexdigest()}.json"
        path.parent.mkdir(exist_ok=True)
        files.write_text(path, text)
        version = _parse(path)
        self.__dict__.pop("_found", None)
        self.set_head(version)
        return version

    # --- contents ---

    def path_of(self, sha256: str) -> Path:
        """Where a content is kept."""
        return self.folder / "objects" / sha256[:2] / sha256[2:]

    def check(self, file: File, progress: Callable[[int], None] = lambda part: None, whole: bool = True) -> None:
        """Raise DamagedContent where what is kept for a file is not what was recorded: by its size, or the `whole`."""
        path = self.path_of(file.sha256)
        try:
            size = path.stat().st_size
            if size != file.size:
                raise DamagedContent(f"{size:,} bytes instead of {file.size:,}")
            if whole and _copy(path, None, progress) != file.sha256:
                raise DamagedContent("altered")
        except FileNotFoundError:
            raise DamagedContent("missing") from None
        except OSError as error:
            raise DamagedContent(f"unreadable ({error.strerror or error})") from None

    def add(self, file: File, source: Path, progress: Callable[[int], None], whole: bool = False) -> int:
        """Keep the content of a file, unless it is kept already and, as far as its size or the `whole` tells, sound.
        Returns the bytes that were written. Raises InputError where the file is not what it was.
        """
        try:
            self.check(file, whole=whole)
            return 0
        except DamagedContent:
            pass
        incoming, target = self.folder / "incoming" / file.sha256, self.path_of(file.sha256)
        _try_reading(source)
        with files.telling(target):
            found = _copy(source, incoming, progress)
        if found != file.sha256:
            raise changing(file.path)
        with files.telling(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            incoming.replace(target)
        return file.size

    def take_out(self, file: File, target: Path, progress: Callable[[int], None]) -> None:
        """Copy the content of a file out; raises DamagedContent where it is not what was recorded."""
        source = self.path_of(file.sha256)
        self.check(file, whole=False)
        try:
            _try_reading(source)
        except InputError:
            raise DamagedContent("unreadable") from None
        with files.telling(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            found = _copy(source, target, progress)
        if found != file.sha256:
            target.unlink()
            raise DamagedContent("altered")
        if os.name == "posix":
            target.chmod(int(file.mode, 8))

    # --- the folder ---

    @property
    def hashes(self) -> Hashes:
        """The hashes that are known."""
        return Hashes.read(self.folder / "cache.json")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Make the store if need be, keep other runs out of it, and tidy up what a killed one has left."""
        with files.telling(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
        with folders.locked(self.folder):
            self.__dict__.pop("_found", None)
            if not (self.folder / "store.json").exists():
                files.write_text(self.folder / "store.json", json.dumps({"format": FORMAT}) + "\n")
            incoming = self.folder / "incoming"
            shutil.rmtree(incoming, ignore_errors=True)
            with files.telling(incoming):
                incoming.mkdir(exist_ok=True)
            try:
                yield
            finally:
                shutil.rmtree(incoming, ignore_errors=True)

    def sizes(self) -> tuple[int, int]:
        """Bytes of the contents of all versions, each once; and how many more copies of the versions would take."""
        contents = {file.sha256: file.size for v in self.versions for file in v.tree.files.values()}
        stored = sum(contents.values())
        return stored, sum(v.tree.size for v in self.versions) - stored

    def write_log(self, path: str | Path) -> None:
        """Write a CSV with a row a version."""
        rows = [
            [v.number, v.id, v.parent or "", v.time, v.author, v.message, len(v.tree.files), v.tree.size]
            for v in self.versions
        ]
        write_table(path, LOG, rows)


def open_store(folder: str | Path, dataset: str | Path) -> Store:
    """The store in a folder. Raises ParameterError where the data set lies in it, InputError where it is none."""
    path, held = long_path(folder), Path(dataset).resolve()
    if Path(folder).resolve() in (held, *held.parents):
        raise ParameterError(f"'store' is {folder}, in which the data set {dataset} lies. Choose another folder.")
    store = Store(path)
    if not path.exists():
        return store
    if not path.is_dir():
        raise ParameterError(f"'store' is {folder}, which is no folder. Choose another one.")
    try:
        found = json.loads((path / "store.json").read_text(encoding="utf-8"))
        if found["format"] == FORMAT:
            return store
    except FileNotFoundError:
        if {entry.name for entry in path.iterdir()} <= {".lock"}:
            return store
        # A store whose mark was lost is a store still.
        if (path / "objects").is_dir() and (path / "versions").is_dir():
            return store
        raise ParameterError(
            f"'store' is {folder}, which holds other files and no versions. Choose an empty folder or a new name."
        ) from None
    except OSError as error:
        raise unreadable(path / "store.json", error) from None
    except (ValueError, LookupError, TypeError):
        pass
    raise InputError(f"The store {folder} was made by a later Landloom, or store.json in it is damaged.")


def _try_reading(path: Path) -> None:
    """Raise InputError where a file cannot be read, before it is copied: then it is the target that fails."""
    try:
        with path.open("rb") as stream:
            stream.read(1)
    except FileNotFoundError:
        raise changing(str(path)) from None
    except OSError as error:
        raise unreadable(path, error) from None


def _copy(source: Path, target: Path | None, progress: Callable[[int], None]) -> str:
    """Copy a file, or only read it; returns the SHA-256 of what was read."""
    digest, done = hashlib.sha256(), 0
    with source.open("rb") as stream, _writing(target) as out:
        while chunk := stream.read(CHUNK_BYTES):
            digest.update(chunk)
            if out:
                out.write(chunk)
            done += len(chunk)
            progress(done)
    return digest.hexdigest()


@contextmanager
def _writing(target: Path | None) -> Iterator[Any]:
    if target is None:
        yield None
    else:
        with target.open("wb") as stream:
            yield stream


def _parse(path: Path) -> Version:
    """Read a version; raises ValueError, LookupError or TypeError where its text is not what was written."""
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != path.stem:
        raise ValueError
    found = json.loads(content)
    # The hash says that nothing was altered by accident, not that whoever wrote it meant well.
    entries = {}
    for entry in found["files"]:
        file = File(str(entry["path"]), str(entry["sha256"]), int(entry["size"]), str(entry["mode"]))
        if not is_below(file.path) or not _HASH.fullmatch(file.sha256) or int(file.mode, 8) > 0o7777:
            raise ValueError
        entries[file.path] = file
    empty = tuple(str(name) for name in found["empty_folders"])
    if found["format"] != FORMAT or not all(map(is_below, empty)):
        raise ValueError
    parent = found["parent"] and str(found["parent"])
    time, author, message = (str(found[name]) for name in ("time", "author", "message"))
    return Version(path.stem, int(found["number"]), parent, time, author, message, Tree(entries, empty))
