"""Restoring a version, into a new folder or in the place of what a folder holds.

Everything is copied beside and its hash checked before anything is replaced. In place, a plan is written then, and
carried out file by file; whoever comes next carries on with a plan that was left.
"""

from __future__ import annotations

import json
import os
import shutil
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any

from .. import files, folders
from ..errors import InputError, OutputError
from ..files import STAGING
from ..job import Job
from .names import alike, folds_case, is_below, not_on_windows
from .scanning import Scan, counting
from .store import DamagedContent, Store, Version
from .trees import File, Tree
from .verifying import Damage

_PLAN = "plan.json"


def into_new(store: Store, version: Version, target: Path, skip_damaged: bool, job: Job) -> list[Damage]:
    """Make a folder that holds a version; what was damaged and left out (`skip_damaged`).

    It appears under its name only when it is whole. Raises OutputError where it holds something already, InputError
    where a recorded content is damaged.
    """
    if target.is_dir() and any(target.iterdir()):
        raise OutputError(f"The folder {target} is not empty. Choose a new name, or an empty folder.")
    staging = target.with_name(f".{target.name}.restoring")
    with files.telling(staging):
        staging.mkdir(parents=True, exist_ok=True)
    content = staging / "content"
    try:
        with folders.locked(staging):
            _clear(content)
            with files.telling(content):
                content.mkdir()
                _refuse_names(content, version.tree)
                for name in version.tree.empty_folders:
                    (content / name).mkdir(parents=True)
            try:
                pairs = [(file, content / path) for path, file in version.tree.files.items()]
                damages = _take_out(store, version, pairs, skip_damaged, job)
                with files.telling(target):
                    if target.is_dir():
                        target.rmdir()
                    content.rename(target)
            finally:
                _clear(content)
    finally:
        if {path.name for path in staging.iterdir()} <= {".lock"}:
            with suppress(OSError):  # another run may have begun here in this very moment
                (staging / ".lock").unlink(missing_ok=True)
                staging.rmdir()
    return damages


def in_place(store: Store, version: Version, found: Scan, job: Job) -> None:
    """Let a folder, which holds what was `found`, hold a version; both folder and store must be locked.

    Files that are no part of versions, such as locks, stay. Raises InputError where a recorded content is damaged or
    the folder changes meanwhile; nothing has been replaced then.
    """
    folder, current = found.folder, found.tree
    discard(folder)
    staging = folder / STAGING
    try:
        with files.telling(staging):
            staging.mkdir()
            _refuse_names(staging, version.tree)
        placed = [file for file in version.tree.files.values() if not _is_there(file, current)]
        pairs = [(file, staging / str(number)) for number, file in enumerate(placed)]
        _take_out(store, version, pairs, False, job)
        plan = {
            "version": version.id,
            "remove": [path for path in current.files if path not in version.tree.files],
            "folders": _folders_to_go(current, version.tree),
            "place": [[str(number), file.path] for number, file in enumerate(placed)],
            "empty_folders": list(version.tree.empty_folders),
        }
        found.refuse_changed()
        files.write_text(staging / _PLAN, json.dumps(plan))
    except BaseException:
        discard(folder)
        raise
    finish(store, folder)


def finish(store: Store, folder: Path) -> bool:
    """Carry out a plan, where there is one; whether there was. Folder and store must be locked."""
    where = folder / STAGING / _PLAN
    if not where.is_file():
        return False
    plan = _read_plan(where)
    for path in plan["remove"]:
        with files.telling(folder / path):
            (folder / path).unlink(missing_ok=True)
    for path in plan["folders"]:
        with suppress(OSError):  # not empty: something in it is no part of versions
            (folder / path).rmdir()
    # Where upper and lower case are one, a name that was removed may be one that is placed now.
    files.write_text(where, json.dumps({**plan, "remove": [], "folders": []}))
    for number, path in plan["place"]:
        staged = folder / STAGING / number
        if staged.exists():
            with files.telling(folder / path):
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                staged.replace(folder / path)
    for path in plan["empty_folders"]:
        with files.telling(folder / path):
            (folder / path).mkdir(parents=True, exist_ok=True)
    for version in store.versions:
        if version.id == plan["version"]:
            store.set_head(version)
    where.unlink()
    discard(folder)
    return True


def _read_plan(path: Path) -> dict[str, Any]:
    try:
        plan = json.loads(path.read_text(encoding="utf-8"))
        paths = [*plan["remove"], *plan["folders"], *plan["empty_folders"], *(name for _, name in plan["place"])]
        # Whoever gave the data set away could have written anything here.
        if not all(number.isdecimal() for number, _ in plan["place"]) or not all(map(is_below, paths)):
            raise ValueError
        return plan
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        raise InputError(
            f"A restore was broken off, and its plan {path} is damaged. Delete the folder {path.parent}, then restore"
            " again."
        ) from None


def discard(folder: Path) -> None:
    """Remove what stands ready for a restore that was given up before it began to replace anything."""
    _clear(folder / STAGING)


def _clear(folder: Path) -> None:
    if folder.exists():
        with files.telling(folder):
            shutil.rmtree(folder)


def _is_there(file: File, current: Tree) -> bool:
    now = current.files.get(file.path)
    return now is not None and now.sha256 == file.sha256 and (os.name != "posix" or now.mode == file.mode)


def _folders_to_go(current: Tree, wanted: Tree) -> list[str]:
    """The folders that hold something now and are not in the version, the deepest first."""
    going = _folders_of(current) - _folders_of(wanted)
    return sorted(going, key=lambda path: (-path.count("/"), path))


def _folders_of(tree: Tree) -> set[str]:
    above = {str(parent) for path in tree.files for parent in PurePosixPath(path).parents}
    above |= {str(parent) for path in tree.empty_folders for parent in PurePosixPath(path).parents}
    return (above | set(tree.empty_folders)) - {"."}


def _take_out(
    store: Store, version: Version, pairs: list[tuple[File, Path]], skip_damaged: bool, job: Job
) -> list[Damage]:
    total, done, damages = sum(file.size for file, _ in pairs) or 1, 0, []
    for file, target in pairs:
        try:
            store.take_out(file, target, counting(job.progress, done, total))
        except DamagedContent as damage:
            damages.append(Damage(version.id, file.path, file.sha256, damage.problem))
        done += file.size
        job.progress(done / total)
    if damages and not skip_damaged:
        first, more = damages[0], f" and of {len(damages) - 1:,} more" if len(damages) > 1 else ""
        raise InputError(
            f"The version {version.short} cannot be restored whole: what the store {store.folder} keeps of"
            f" {first.path}{more} is damaged ({first.problem}). Nothing was changed. Restore into a new folder with"
            " SKIP_DAMAGED to have the rest, or record again where the sound files are still at hand."
        )
    return damages


def _refuse_names(folder: Path, tree: Tree) -> None:
    wrong = not_on_windows(tree.files) if os.name == "nt" else []
    if wrong:
        raise InputError(f"Windows does not allow the name {wrong[0]}. Restore the version on another system.")
    wrong = alike(tree.files)
    if wrong and folds_case(folder):
        raise InputError(
            f"The version holds {wrong[0]} and another file whose name differs by upper and lower case alone, which the"
            f" disk of {folder} does not tell apart. Restore it on another disk."
        )
