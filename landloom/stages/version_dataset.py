"""Version data set: what a data folder held at which time, and how to have it back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import ParameterError
from ..stage import (
    Choice,
    FileOut,
    Flag,
    FolderIn,
    FolderOut,
    FolderOutput,
    NumberOutput,
    Stage,
    Text,
    TextOutput,
    declare,
)

ACTIONS = {
    "record": "Record: keep what the folder holds as a version",
    "list": "List: the versions, with who, when and why",
    "compare": "Compare: what has changed",
    "restore": "Restore: have a version back",
    "verify": "Verify: read all that is kept, and name what is damaged",
}
UNRECORDED = {
    "refuse": "Refuse to restore",
    "record": "Record them as a version first",
    "discard": "Discard them for good",
}
# Which actions each of these is for.
_BELONGS = {
    "target": ("restore",),
    "against": ("compare",),
    "changes": ("record", "compare", "restore"),
    "damage": ("verify", "restore"),
}


@dataclass(frozen=True)
class VersionDataset(Stage):
    """Record versions of a data folder, see what has changed, and restore any of them.

    Any folder can be versioned: patch data sets, tile data sets, tile files, records with their features. A version is
    known by a hash of all that it holds, of its parent, time, author and message. Each content is kept once, however
    many files and versions hold it, so that a version takes only the room of what is new in it.

    Locks, temporary files (.part) and what file managers leave (.DS_Store, Thumbs.db, desktop.ini) are no part of
    versions; links are refused. A restore checks every hash before it replaces anything; where it is killed half-way,
    the next run brings it to its end.
    """

    id = "version_dataset"
    title = "Version data set"
    group = "Data sets"

    dataset: Any = declare(
        FolderIn("Data set", "Any folder. To restore one that was lost, its name, with the STORE elsewhere.")
    )
    action: Any = declare(Choice("Action", default="record", choices=ACTIONS))
    message: Any = declare(Text("Message", "Why the version is recorded; needed for that.", optional=True))
    version: Any = declare(
        Text(
            "Version",
            "To restore, or to compare from: an id, its first characters (at least four), or latest.",
            default="latest",
        )
    )
    target: Any = declare(
        FolderOut(
            "Restore into",
            "A new or empty folder. Empty: the data set itself, whose files that are no part of the version are"
            " removed.",
            optional=True,
        )
    )
    unrecorded: Any = declare(
        Choice(
            "Changes that are in no version",
            "What to do with them when the data set itself is restored.",
            default="refuse",
            choices=UNRECORDED,
        )
    )
    against: Any = declare(
        Text(
            "Compare with version",
            "An id, its first characters, or latest. Empty: with what the folder holds now.",
            optional=True,
            advanced=True,
        )
    )
    author: Any = declare(Text("Author", "Empty: the name of the user.", optional=True, advanced=True))
    store: Any = declare(
        FolderIn(
            "Store",
            "The folder that keeps the versions, one for each data set; it is made if need be. Empty: .versions in the"
            " data set. On another disk it also helps where the data set is lost.",
            optional=True,
            advanced=True,
        )
    )
    rehash: Any = declare(
        Flag(
            "Read all files",
            "Recording and comparing take a file for unchanged whose size and times are what they were; with this they"
            " read every one. Restore and verify always do.",
            advanced=True,
        )
    )
    skip_damaged: Any = declare(
        Flag(
            "Leave out damaged files",
            "Restore into a new folder even if some of the contents are damaged, without those.",
            advanced=True,
        )
    )
    changes: Any = declare(
        FileOut(
            "Changes",
            "A row a file that was added, removed, changed or renamed: by the new version, between the compared ones,"
            " or by restoring.",
            extension="csv",
            optional=True,
        )
    )
    log: Any = declare(FileOut("Versions", "A row a version.", extension="csv", optional=True))
    damage: Any = declare(FileOut("Damage", "A row a damaged file and version.", extension="csv", optional=True))
    dataset_out: Any = declare(
        FolderOutput("Data set", "The same folder, or the one restored into, for the next step of a chain.")
    )
    version_id: Any = declare(
        TextOutput("Version", "That was recorded, listed last, compared from or restored; empty where there is none.")
    )
    file_count: Any = declare(NumberOutput("Files", "Of that version, or of what it was compared with."))
    added: Any = declare(NumberOutput("Files added"))
    removed: Any = declare(NumberOutput("Files removed"))
    changed: Any = declare(NumberOutput("Files changed"))
    renamed: Any = declare(NumberOutput("Files renamed", "The same content under another path."))
    version_count: Any = declare(NumberOutput("Versions"))
    stored_bytes: Any = declare(NumberOutput("Stored", "What the contents of all versions take.", unit="bytes"))
    shared_bytes: Any = declare(
        NumberOutput("Shared", "What a copy of each version would take beyond that.", unit="bytes")
    )
    new_bytes: Any = declare(NumberOutput("New", "What this recording has added to the store.", unit="bytes"))
    damaged_count: Any = declare(NumberOutput("Damaged files", "Of all versions together; found by verify or restore."))

    def check(self) -> None:
        """What does not belong to the action is a mistake, and a version without a reason is of no use."""
        if self.action == "record" and self.message is None:
            raise ParameterError("Say in MESSAGE why this version is recorded.")
        for name, actions in _BELONGS.items():
            if getattr(self, name) is not None and self.action not in actions:
                words = " and ".join(actions)
                raise ParameterError(f"{name.upper()} is for the action {words}, not for {self.action}. Leave it out.")
        if self.skip_damaged and (self.action != "restore" or self.target is None):
            raise ParameterError("SKIP_DAMAGED is for restoring into a new folder. Give one as TARGET.")
        for name in ("changes", "log", "damage"):
            path = getattr(self, name)
            if path is not None and _is_in(path, self.dataset):
                raise ParameterError(
                    f"'{name}' is {path}, which lies in the data set and would be part of its versions. Write it"
                    " elsewhere."
                )
        if self.target is not None and (_is_in(self.target, self.dataset) or _is_in(self.target, self._store())):
            raise ParameterError(f"'target' is {self.target}, which lies in the data set or its store. Choose another.")

    def run(self, job: Any) -> dict:
        """Do the one thing that was asked for."""
        from ..versions.work import Work

        work = Work(self.dataset, self._store(), job)
        if self.action == "record":
            done = work.record(self.author, self.message, self.rehash)
        elif self.action == "list":
            done = work.list_versions()
        elif self.action == "compare":
            done = work.compare(self.version, self.against, self.rehash)
        elif self.action == "restore":
            done = work.restore(
                self.version, self.target, self.unrecorded, self.skip_damaged, self.author, self.message
            )
        else:
            done = work.verify()
        return self._write(work, done)

    def _store(self) -> str:
        return self.store or str(Path(self.dataset) / ".versions")

    def _write(self, work: Any, done: Any) -> dict:
        from ..versions import trees, verifying

        if self.changes:
            trees.write_changes(self.changes, done.changes or [])
        if self.log:
            work.store.write_log(self.log)
        if self.damage:
            verifying.write(self.damage, done.damages or [])
        stored, shared = work.store.sizes()
        counts = dict.fromkeys(("added", "removed", "changed", "renamed"))
        return {
            **(counts if done.changes is None else trees.count(done.changes)),
            "dataset_out": self.target or self.dataset,
            "version_id": done.version.id if done.version else "",
            "file_count": done.file_count,
            "version_count": len(work.store.versions),
            "stored_bytes": stored,
            "shared_bytes": shared,
            "new_bytes": done.new_bytes,
            "damaged_count": None if done.damages is None else len(done.damages),
        }


def _is_in(path: str, folder: str) -> bool:
    inner, outer = Path(path).resolve(), Path(folder).resolve()
    return outer in (inner, *inner.parents)
