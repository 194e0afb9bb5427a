"""What can be done with the versions of a data set: the actions of the stage, with what they tell."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from .. import folders
from ..errors import InputError, OutputError
from ..job import Job
from . import recording, restoring, verifying
from .names import alike, long_path, not_on_windows
from .scanning import Hashes, Scan, scan
from .store import Store, Version, open_store
from .trees import Change, Tree, changes, in_words
from .verifying import Damage


@dataclass(frozen=True)
class Done:
    """What came of an action; None where it does not tell."""

    version: Version | None
    file_count: int | None
    changes: list[Change] | None = None
    new_bytes: int | None = None
    damages: list[Damage] | None = None


class Work:
    """The versions of one data set."""

    def __init__(self, dataset: str, store: str, job: Job):
        self.name, self.folder, self.job = dataset, long_path(dataset), job
        self.store: Store = open_store(store, dataset)

    def record(self, author: str | None, message: str, reread: bool) -> Done:
        """Record what the folder holds, where it is not what was recorded last."""
        with self._locked():
            found = self._scan(reread, 0.0, 0.5)
            if not found.tree.files:
                raise InputError(f"The data set {self.name} holds no files that could be recorded.")
            return self._record(found, author, message, reread, self.job.part(0.5, 1.0))

    def list_versions(self) -> Done:
        """Tell of all versions."""
        self._warn_of_damaged_versions()
        before = Tree({})
        trees = {version.id: version.tree for version in self.store.versions}
        for v in self.store.versions:
            told = in_words(changes(trees.get(v.parent or "", before), v.tree))
            self.job.message(f"{v.number}  {v.short}  {v.time}  {v.author}: {v.message}  ({told})")
        if not self.store.versions and not self.folder.is_dir():
            raise InputError(f"The data set {self.name} is no folder that exists. Check the path.")
        if not self.store.versions:
            self.job.message(f"No version of {self.name} has been recorded in {self.store.folder}.")
        last = self.store.versions[-1] if self.store.versions else None
        return Done(last, len(last.tree.files) if last else None)

    def compare(self, version: str, against: str | None, reread: bool) -> Done:
        """What has changed from a version to another one, or to what the folder holds."""
        self._warn_of_damaged_versions()
        start = self.store.find(version, "version")
        if against:
            end = self.store.find(against, "against")
            tree, where = end.tree, f"version {end}"
        else:
            with self._locked():
                tree, where = self._scan(reread, 0.0, 1.0).tree, "the folder as it is"
        found = changes(start.tree, tree)
        self.job.message(f"From version {start} to {where}: {in_words(found)}.")
        self._tell(found)
        return Done(start, len(tree.files), found)

    def restore(
        self,
        version: str,
        target: str | None,
        unrecorded: str,
        skip_damaged: bool,
        author: str | None,
        message: str | None,
    ) -> Done:
        """Bring a version back."""
        self._warn_of_damaged_versions()
        wanted = self.store.find(version, "version")
        if target or not self.folder.exists():
            where = long_path(target) if target else self.folder
            damages = restoring.into_new(self.store, wanted, where, skip_damaged, self.job)
            if not target:
                with self.store.locked():
                    self.store.set_head(wanted)
            for damage in damages:
                self.job.warning(f"Left out because what is kept of it is damaged: {damage.path} ({damage.problem}).")
            self.job.message(f"Version {wanted} was restored into {target or self.name}; every hash was checked.")
            lost = {damage.path for damage in damages}
            come = Tree({path: file for path, file in wanted.tree.files.items() if path not in lost})
            return Done(wanted, len(come.files), changes(Tree({}), come), damages=damages)
        with self._locked():
            # Without the known hashes: what is about to be replaced must truly be what was recorded.
            found = self._scan(True, 0.0, 0.4)
            self._secure(found, wanted, unrecorded, author, message)
            restoring.in_place(self.store, wanted, found, self.job.part(0.6, 1.0))
        replaced = changes(found.tree, wanted.tree)
        self.job.message(f"Version {wanted} was restored, every hash was checked: {in_words(replaced)}.")
        self._tell(replaced)
        return Done(wanted, len(wanted.tree.files), replaced, damages=[])

    def verify(self) -> Done:
        """Read all that is kept."""
        if not self.store.versions and not self.store.damaged_versions:
            raise InputError(f"{self.store.folder} holds no version. Record one first.")
        damages = verifying.verify(self.store, self.job)
        for damage in damages:
            what = (
                f"{damage.path} of version {damage.version[:12]}" if damage.path else f"version {damage.version[:12]}"
            )
            self.job.warning(f"Damaged: {what}: {damage.problem}.")
        if any(damage.path for damage in damages):
            self.job.warning(
                "Contents that are damaged are renewed when a folder that holds them is recorded again with REHASH."
            )
        number, size = verifying.left_over(self.store)
        if number:
            self.job.message(
                f"Contents of no version, left by a recording that was broken off: {number:,}, {_mb(size)}."
            )
        versions = len(self.store.versions)
        if not damages:
            self.job.message(f"All {versions:,} versions are whole: every content was read and its hash checked.")
        last = self.store.versions[-1] if versions else None
        return Done(last, len(last.tree.files) if last else None, damages=damages)

    # --- steps ---

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Keep others out of the data set and the store, and bring a restore that was broken off to its end."""
        if not self.folder.is_dir():
            raise InputError(f"The data set {self.name} is no folder that exists. Check the path.")
        with folders.locked(self.folder), self.store.locked():
            if restoring.finish(self.store, self.folder):
                self.job.message("An earlier restore had been broken off half-way; it was brought to its end first.")
            restoring.discard(self.folder)
            yield

    def _scan(self, reread: bool, start: float, end: float) -> Scan:
        hashes: Hashes = self.store.hashes
        found = scan(self.folder, self.store.folder, hashes, reread, self.job.part(start, end).progress)
        hashes.keep(found.tree, found.stamps)
        self.job.message(f"Files: {len(found.tree.files):,}, {_mb(found.tree.size)}; read: {found.read:,}.")
        return found

    def _record(self, found: Scan, author: str | None, message: str, whole: bool, job: Job) -> Done:
        self._warn_of_damaged_versions()
        head = self.store.head
        recorded = recording.record(self.store, found, author, message, whole, job)
        changed = changes(head.tree if head else Tree({}), found.tree)
        if recorded.new:
            self.job.message(f"Recorded version {recorded.version}: {in_words(changed)}.")
            self._tell(changed if head else [])
            self._warn_of_names(found.tree)
            if head and head.tree.files and not set(_contents(head.tree)) & set(_contents(found.tree)):
                self.job.warning(
                    f"No file is what it was in version {head}. Is {self.store.folder} the store of another data set?"
                )
        else:
            self.job.message(f"Nothing has changed since version {recorded.version}; no version was recorded.")
        return Done(recorded.version, len(found.tree.files), changed, recorded.bytes)

    def _secure(self, found: Scan, wanted: Version, unrecorded: str, author: str | None, message: str | None) -> None:
        """See to it that what a restore will replace is in a version."""
        same = [version for version in self.store.versions if version.tree.same_files(found.tree)]
        if same or not found.tree.files:
            # Renew what is damaged in the store while the sound file is still at hand.
            for path, file in found.tree.files.items():
                if wanted.tree.files.get(path) != file:
                    self.store.add(file, self.folder / path, lambda part: self.job.check_cancelled(), whole=True)
        elif unrecorded == "record":
            self._record(found, author, message or f"Before restoring {wanted.short}", True, self.job.part(0.4, 0.6))
        elif unrecorded == "refuse":
            head = self.store.head or wanted
            told = in_words(changes(head.tree, found.tree))
            raise OutputError(
                f"The data set {self.name} has changes that are in no version ({told} since version {head})."
                " Record them first, or choose in UNRECORDED to record or to discard them."
            )

    def _tell(self, found: list[Change], most: int = 20) -> None:
        for kind, before, after in found[:most]:
            old, new = before.path if before else "", after.path if after else ""
            self.job.message(f"  {kind}: {old} → {new}" if kind == "renamed" else f"  {kind}: {new or old}")
        if len(found) > most:
            self.job.message(f"  and {len(found) - most:,} more; CHANGES lists all.")

    def _warn_of_names(self, tree: Tree) -> None:
        for wrong, why in (
            (not_on_windows(tree.files), "that Windows does not allow"),
            (
                alike(tree.files),
                "that differ by upper and lower case alone, which Windows does not tell apart",
            ),
        ):
            if wrong:
                self.job.warning(
                    f"Names {why}: {len(wrong):,}, such as {wrong[0]}. The version cannot be restored there."
                )

    def _warn_of_damaged_versions(self) -> None:
        for name in self.store.damaged_versions:
            self.job.warning(f"The version {name[:12]} is damaged and left out: what it held is not known any more.")


def _contents(tree: Tree) -> Iterator[str]:
    return (file.sha256 for file in tree.files.values())


def _mb(size: int) -> str:
    return f"{size / 2**20:,.1f} MiB"
