"""Versions of a data folder: what is recorded comes back, bit by bit, whatever happens in between."""

import csv
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import filelock
import numpy as np
import pytest
from conftest import ROOT
from datasets import make_dataset, run_stage_class

from landloom.errors import InputError, OutputError, ParameterError
from landloom.job import Job
from landloom.runner import run_stage
from landloom.stages.check_patches import CheckPatches
from landloom.stages.version_dataset import VersionDataset
from landloom.versions import names, scanning

FILES = {
    "tiles/Kachel äöü 1.npz": b"first",
    "tiles/Kachel äöü 2.npz": b"second, and longer",
    "tiles/copy of 1.npz": b"first",
    "deep/er/records.csv": b"id\n1\n",
    "nothing.txt": b"",
}


@pytest.fixture
def data(tmp_path):
    """A folder with the files of FILES and an empty one."""
    folder = tmp_path / "data set"
    fill(folder, FILES)
    (folder / "empty").mkdir()
    return folder


def fill(folder, content):
    for name, octets in content.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(octets)


def work(folder, action, **values):
    return run_stage_class(VersionDataset, dataset=folder, action=action, **values)


def record(folder, message="as it is", **values):
    return work(folder, "record", message=message, **values)


def held(folder):
    """The files of a folder by name, without store and lock and the note of the stage."""
    passing = ("/.versions/", "/.restoring/", "/.lock", "/provenance/version_dataset.json")
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in paths
        if not any(name in f"/{path.relative_to(folder).as_posix()}" for name in passing)
    }


def objects(store):
    return [path for path in (store / "objects").rglob("*") if path.is_file()]


def kept(folder, octets):
    """The file in the store that keeps a content."""
    name = hashlib.sha256(octets).hexdigest()
    return folder / ".versions" / "objects" / name[:2] / name[2:]


def table(path):
    with Path(path).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


# --- recording ---


def test_a_version_and_each_content_are_named_by_their_sha256(data):
    done = record(data, author="Ada")
    text = (data / ".versions/versions" / f"{done.version_id}.json").read_bytes()
    assert hashlib.sha256(text).hexdigest() == done.version_id
    noted = json.loads(text)
    assert (noted["author"], noted["message"], noted["parent"]) == ("Ada", "as it is", None)
    assert {f["path"]: f["sha256"] for f in noted["files"]} == {
        name: hashlib.sha256(octets).hexdigest() for name, octets in FILES.items()
    }
    for path in objects(data / ".versions"):
        assert hashlib.sha256(path.read_bytes()).hexdigest() == path.parent.name + path.name


def test_each_content_is_kept_once(data):
    first = record(data)
    distinct = set(FILES.values())
    assert len(objects(data / ".versions")) == len(distinct)
    assert first.stored_bytes == first.new_bytes == sum(map(len, distinct))
    assert first.shared_bytes == len(b"first")
    (data / "more.bin").write_bytes(b"1234567")
    second = record(data)
    assert second.new_bytes == 7
    assert second.stored_bytes == first.stored_bytes + 7
    assert second.shared_bytes == 2 * sum(map(len, FILES.values())) + 7 - second.stored_bytes
    assert second.version_count == 2


def test_nothing_is_recorded_where_nothing_has_changed(data):
    first = record(data)
    again = record(data, "once more")
    assert (again.version_id, again.version_count, again.new_bytes) == (first.version_id, 1, 0)


def test_what_has_changed_is_named(data, tmp_path):
    first = record(data)
    (data / "nothing.txt").unlink()
    (data / "also nothing.txt").write_bytes(b"")
    (data / "tiles/Kachel äöü 2.npz").rename(data / "moved.npz")
    (data / "deep/er/records.csv").write_bytes(b"id\n2\n")
    done = work(data, "compare", version=first.version_id[:6], changes=tmp_path / "changes.csv")
    assert (done.added, done.removed, done.changed, done.renamed, done.file_count) == (1, 1, 1, 1, 5)
    rows = {(row["change"], row["path"], row["former_path"]) for row in table(tmp_path / "changes.csv")}
    assert rows == {
        ("added", "also nothing.txt", ""),
        ("removed", "nothing.txt", ""),
        ("renamed", "moved.npz", "tiles/Kachel äöü 2.npz"),
        ("changed", "deep/er/records.csv", ""),
    }
    second = record(data)
    assert (second.added, second.removed, second.changed, second.renamed) == (1, 1, 1, 1)
    back = work(data, "compare", version="latest", against=first.version_id)
    assert (back.added, back.removed, back.changed, back.renamed) == (1, 1, 1, 1)


def test_of_several_copies_the_one_that_keeps_its_name_was_moved(data, tmp_path):
    record(data)
    moves = {("tiles/Kachel äöü 1.npz", "z/Kachel äöü 1.npz"), ("tiles/copy of 1.npz", "b/copy of 1.npz")}
    for old, new in moves:
        (data / new).parent.mkdir()
        (data / old).rename(data / new)
    work(data, "compare", changes=tmp_path / "changes.csv")
    assert {(row["former_path"], row["path"]) for row in table(tmp_path / "changes.csv")} == moves


def test_the_log_says_who_when_and_why(data, tmp_path):
    first = record(data, 'why, "quoted"', author="Ada")
    (data / "more.bin").write_bytes(b"1")
    second = record(data, "then", author="Grace", log=tmp_path / "log.csv")
    rows = table(tmp_path / "log.csv")
    assert [(r["version"], r["parent"]) for r in rows] == [
        (first.version_id, ""),
        (second.version_id, first.version_id),
    ]
    assert [(r["author"], r["message"], r["files"]) for r in rows] == [
        ("Ada", 'why, "quoted"', "5"),
        ("Grace", "then", "6"),
    ]
    assert rows[0]["time"] <= rows[1]["time"]
    assert work(data, "list", log=tmp_path / "again.csv").version_count == 2
    assert table(tmp_path / "again.csv") == rows


def test_locks_temporary_files_and_the_store_are_no_part_of_a_version(data):
    passing = {".lock", "half.tif.part", "tiles/.a.0123abcd.part.tif", ".map.tif.landloom/progress", "tiles/Thumbs.db"}
    fill(data, dict.fromkeys(passing, b"x"))
    fill(data, {".zarray": b"{}"})  # a name with a dot that is data
    done = record(data)
    noted = json.loads((data / ".versions/versions" / f"{done.version_id}.json").read_bytes())
    assert {file["path"] for file in noted["files"]} == {*FILES, ".zarray"}
    inside = data / "kept here"
    record(data, store=inside)
    assert record(data, store=inside).version_count == 1


def test_a_hash_is_taken_from_the_last_time_unless_all_files_are_read(data, monkeypatch):
    monkeypatch.setattr(scanning, "SETTLED_NS", 0)
    record(data)
    cache = data / ".versions/cache.json"
    known = json.loads(cache.read_text())
    assert set(known) == set(FILES)
    known["nothing.txt"][3] = known["deep/er/records.csv"][3]  # which shows where the hash comes from
    cache.write_text(json.dumps(known))
    assert work(data, "compare").changed == 1
    assert work(data, "compare", rehash=True).changed == 0
    cache.write_text("no JSON")
    assert work(data, "compare").changed == 0
    # A change that size and times do not show: a restore must not take it for what was recorded.
    (data / "nothing.txt").write_bytes(b"new work")
    status = (data / "nothing.txt").stat()
    known["nothing.txt"] = [8, status.st_mtime_ns, status.st_ctime_ns, hashlib.sha256(b"").hexdigest()]
    cache.write_text(json.dumps(known))
    with pytest.raises(OutputError, match="in no version"):
        work(data, "restore")


def test_a_file_written_a_moment_ago_is_read_again(data, monkeypatch):
    monkeypatch.setattr(scanning, "SETTLED_NS", 10**18)  # a moment, however slow this machine is
    record(data)
    path = data / "tiles/Kachel äöü 1.npz"
    status = path.stat()
    assert "tiles/Kachel äöü 1.npz" not in json.loads((data / ".versions/cache.json").read_text())
    path.write_bytes(b"FIRST")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert work(data, "compare").changed == 1


class Meddling(Job):
    """A job during which somebody changes a file, once a share of it is done."""

    def __init__(self, when, change):
        super().__init__()
        self.when, self.change = when, change

    def progress(self, fraction, rate=""):
        low, high = self._span
        if self.change and low + (high - low) * fraction >= self.when:
            self.change()
            self.change = None
        super().progress(fraction, rate)


@pytest.mark.parametrize("when", [0.2, 0.6, 0.99])
def test_a_file_that_changes_meanwhile_is_noticed(data, when):
    path = data / "tiles/Kachel äöü 2.npz"
    given = {"dataset": str(data), "action": "record", "message": "m"}
    meddling = Meddling(when, lambda: path.write_bytes(b"SECOND, and longer"))
    with meddling as job, pytest.raises(InputError, match="changes while it is read"):
        run_stage(VersionDataset, given, job)
    assert not list((data / ".versions").glob("versions/*"))
    for kept_file in objects(data / ".versions"):
        assert hashlib.sha256(kept_file.read_bytes()).hexdigest() == kept_file.parent.name + kept_file.name
    assert record(data).version_count == 1


def test_a_file_that_changes_while_it_is_read_is_noticed(data):
    record(data)
    path = data / "tiles/Kachel äöü 2.npz"  # 18 of 33 bytes; 10 come before it
    meddling = Meddling(20 / 33, lambda: path.write_bytes(b"SECOND, and longer"))
    with meddling as job, pytest.raises(InputError, match=r"changes while it is read: tiles/Kachel äöü 2\.npz"):
        run_stage(VersionDataset, {"dataset": str(data), "action": "compare"}, job)


def test_a_patch_data_set_is_versioned_with_what_the_stages_do_to_it(tmp_path):
    values = np.random.default_rng(0).normal(size=(40, 4, 4, 2))
    dataset = make_dataset(tmp_path / "patches", values, np.repeat([1, 2], 20))
    first = record(dataset.folder, "extracted")
    run_stage_class(CheckPatches, dataset=dataset.folder)
    second = record(dataset.folder, "checked")
    assert second.added > 0
    assert second.removed == 0
    work(dataset.folder, "restore", version=first.version_id)
    assert not dataset.has("reports/quality_report.csv")
    with filelock.FileLock(dataset.folder / ".lock"), pytest.raises(OutputError, match="Another run is changing"):
        record(dataset.folder)


# --- restoring ---


def test_a_version_is_restored_into_a_new_folder(data, tmp_path):
    (data / "nothing.txt").chmod(0o640)
    record(data)
    shutil.rmtree(data / "tiles")
    target = tmp_path / "new one"
    done = work(data, "restore", target=target)
    assert held(target) == FILES
    assert (target / "empty").is_dir()
    assert done.dataset_out == str(target)
    assert not list(tmp_path.glob(".*"))
    if os.name == "posix":
        assert (target / "nothing.txt").stat().st_mode & 0o777 == 0o640
    assert held(data).keys() == {"deep/er/records.csv", "nothing.txt"}
    with pytest.raises(OutputError, match="not empty"):
        work(data, "restore", target=target)


def test_a_version_is_restored_in_the_place_of_another(data):
    first = record(data)
    shutil.rmtree(data / "deep")
    (data / "deep").write_bytes(b"a file where a folder was")
    (data / "tiles/Kachel äöü 1.npz").write_bytes(b"FIRST")
    fill(data, {"new/folder/file.bin": b"new", "new/half.part": b"somebody is at work"})
    (data / "empty").rmdir()
    second = record(data)
    done = work(data, "restore", version=first.version_id)
    assert held(data) == {**FILES, "new/half.part": b"somebody is at work"}
    assert (data / "empty").is_dir()
    assert not (data / "new/folder").exists()
    assert (done.added, done.removed, done.changed) == (1, 2, 1)
    (data / "new/half.part").unlink()
    (data / "new").rmdir()
    assert record(data).version_id == first.version_id
    work(data, "restore", version="latest")
    assert (data / "deep").read_bytes() == b"a file where a folder was"
    assert record(data).version_id == second.version_id
    assert not (data / ".restoring").exists()


def test_a_version_recorded_after_a_restore_has_the_restored_one_as_parent(data, tmp_path):
    first = record(data)
    (data / "more.bin").write_bytes(b"1")
    record(data)
    work(data, "restore", version=first.version_id)
    (data / "other.bin").write_bytes(b"2")
    third = record(data, log=tmp_path / "log.csv")
    assert table(tmp_path / "log.csv")[2]["parent"] == first.version_id
    assert third.added == 1
    assert third.removed == 0


def test_a_file_changed_in_place_does_not_change_the_version(data):
    record(data)
    with (data / "tiles/Kachel äöü 1.npz").open("r+b") as stream:
        stream.write(b"F")
    assert work(data, "verify").damaged_count == 0
    work(data, "restore", unrecorded="discard")
    assert held(data) == FILES


def test_changes_in_no_version_are_not_lost_unasked(data):
    first = record(data)
    (data / "tiles/Kachel äöü 1.npz").write_bytes(b"new work")
    with pytest.raises(OutputError, match=r"in no version \(1 changed since"):
        work(data, "restore", version=first.version_id)
    assert (data / "tiles/Kachel äöü 1.npz").read_bytes() == b"new work"
    done = work(data, "restore", version=first.version_id, unrecorded="record")
    assert held(data) == FILES
    assert done.version_count == 2
    work(data, "restore", version="latest")
    assert (data / "tiles/Kachel äöü 1.npz").read_bytes() == b"new work"


def test_a_file_that_changes_while_a_version_is_made_ready_is_not_lost(data):
    first = record(data)
    fill(data, {"nothing.txt": b"something", "deep/er/records.csv": b"id\n2\n"})
    record(data)
    given = {"dataset": str(data), "action": "restore", "version": first.version_id}
    meddling = Meddling(0.7, lambda: (data / "nothing.txt").write_bytes(b"new work"))
    with meddling as job, pytest.raises(InputError, match=r"changes while it is read: nothing\.txt"):
        run_stage(VersionDataset, given, job)
    assert (data / "nothing.txt").read_bytes() == b"new work"
    assert (data / "deep/er/records.csv").read_bytes() == b"id\n2\n"
    assert not (data / ".restoring").exists()


def test_a_lost_data_set_is_restored_from_a_store_elsewhere(data, tmp_path):
    store = tmp_path / "store"
    first = record(data, store=store)
    (data / "more.bin").write_bytes(b"1")
    record(data, store=store)
    assert not (data / ".versions").exists()
    shutil.rmtree(data)
    assert work(data, "restore", version=first.version_id, store=store).added == len(FILES)
    assert held(data) == FILES
    assert record(data, store=store).version_count == 2


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path[:0] = [{root!r}, {tests!r}]
from datasets import run_stage_class
from landloom.stages.version_dataset import VersionDataset
calls, real = [], Path.{method}
def until(self, *args, **kwargs):
    calls.append(self)
    if len(calls) == {number}:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(self, *args, **kwargs)
from landloom.versions import {module}
plan = {module}.{start}
def begin(*args, **kwargs):
    Path.{method} = until
    return plan(*args, **kwargs)
{module}.{start} = begin
run_stage_class(VersionDataset, **{values!r})
"""


def killed(module, start, method, number, **values):
    """Run the stage until the `number`-th call of a method of Path after a function has begun."""
    code = KILLED.format(
        root=str(ROOT),
        tests=str(Path(__file__).parent),
        module=module,
        start=start,
        method=method,
        number=number,
        values={k: str(v) for k, v in values.items()},
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, env=os.environ, stderr=subprocess.PIPE)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system cannot kill")
@pytest.mark.parametrize(
    ("start", "method", "number", "begun"),
    [
        ("_take_out", "chmod", 2, False),
        ("_folders_to_go", "replace", 1, False),  # the plan
        ("_folders_to_go", "unlink", 2, True),  # the first file that goes
        ("_folders_to_go", "replace", 2, True),  # the plan, all that goes being gone
        ("_folders_to_go", "replace", 4, True),  # the second file that comes
    ],
)
def test_a_killed_restore_leaves_what_was_there_or_is_brought_to_its_end(data, start, method, number, begun):
    first = record(data)
    later = {"tiles/Kachel äöü 1.npz": b"1", "tiles/Kachel äöü 2.npz": b"2", "deep/er/records.csv": b"3", "new": b"4"}
    fill(data, later)
    (data / "nothing.txt").unlink()
    second = record(data)
    values = {"dataset": data, "action": "restore", "version": first.version_id}
    killed("restoring", start, method, number, **values)
    assert (data / ".restoring").exists()
    # Whatever is run next: where nothing was replaced yet the later version is there, else the first.
    assert work(data, "compare", version=first.version_id if begun else second.version_id).added == 0
    after = {**FILES, **later}
    after.pop("nothing.txt")
    assert held(data) == (FILES if begun else after)
    assert not (data / ".restoring").exists()
    work(data, "restore", version=first.version_id)
    assert held(data) == FILES
    assert not (data / ".restoring").exists()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system cannot kill")
def test_a_killed_restore_into_a_new_folder_leaves_none(data, tmp_path):
    record(data)
    target = tmp_path / "new"
    killed("restoring", "into_new", "chmod", 3, dataset=data, action="restore", target=target)
    assert not target.exists()
    work(data, "restore", target=target)
    assert held(target) == FILES
    assert not list(tmp_path.glob(".*"))


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system cannot kill")
@pytest.mark.parametrize("number", [2, 4, 5, 6])
def test_a_killed_recording_leaves_a_sound_store(data, number):
    # Four contents, then the version, then the note which version the folder is.
    killed("recording", "record", "replace", number, dataset=data, action="record", message="m")
    done = record(data)
    assert done.version_count == 1
    assert not list((data / ".versions").glob("incoming/*"))
    assert work(data, "verify").damaged_count == 0
    assert len(objects(data / ".versions")) == 4


# --- a damaged store ---


def alter(path):
    octets = path.read_bytes()
    path.write_bytes(bytes([octets[0] ^ 1]) + octets[1:])


DAMAGES = {
    "altered": alter,
    "3 bytes instead of 5": lambda path: path.write_bytes(b"abc"),
    "missing": Path.unlink,
}


@pytest.mark.parametrize("problem", DAMAGES)
def test_damage_is_named_by_version_and_file(data, tmp_path, problem):
    first = record(data)
    assert work(data, "verify", damage=tmp_path / "damage.csv").damaged_count == 0
    assert table(tmp_path / "damage.csv") == []
    (data / "tiles/copy of 1.npz").unlink()
    second = record(data)
    DAMAGES[problem](kept(data, b"first"))
    done = work(data, "verify", damage=tmp_path / "damage.csv")
    found = [(row["version"], row["path"], row["problem"]) for row in table(tmp_path / "damage.csv")]
    assert found == [
        (first.version_id, "tiles/Kachel äöü 1.npz", problem),
        (first.version_id, "tiles/copy of 1.npz", problem),
        (second.version_id, "tiles/Kachel äöü 1.npz", problem),
    ]
    assert done.damaged_count == 3
    assert any("Kachel äöü 1.npz" in text and first.version_id[:12] in text for text in done.warnings)


@pytest.mark.parametrize("problem", DAMAGES)
def test_a_damaged_content_is_not_restored(data, tmp_path, problem):
    record(data)
    DAMAGES[problem](kept(data, b"first"))
    shutil.rmtree(data / "tiles")
    before = held(data)
    with pytest.raises(InputError, match=r"Kachel äöü 1\.npz and of 1 more is damaged"):
        work(data, "restore", unrecorded="discard")
    with pytest.raises(InputError, match="cannot be restored whole"):
        work(data, "restore", target=tmp_path / "new")
    assert held(data) == before
    assert not (tmp_path / "new").exists()
    assert not list(tmp_path.glob(".*"))
    done = work(data, "restore", target=tmp_path / "new", skip_damaged=True)
    assert done.damaged_count == 2
    assert held(tmp_path / "new") == {name: octets for name, octets in FILES.items() if octets != b"first"}


@pytest.mark.parametrize("problem", DAMAGES)
def test_a_sound_file_renews_a_damaged_content(data, problem):
    first = record(data)
    DAMAGES[problem](kept(data, b"first"))
    record(data, rehash=True)
    assert work(data, "verify").damaged_count == 0
    fill(data, {"tiles/Kachel äöü 1.npz": b"1", "tiles/copy of 1.npz": b"1"})
    record(data)
    DAMAGES[problem](kept(data, b"1"))
    # The only sound copy is the one that is replaced now.
    work(data, "restore", version=first.version_id)
    assert work(data, "verify").damaged_count == 0


def test_a_damaged_version_is_left_out_and_told(data, tmp_path):
    first = record(data)
    (data / "more.bin").write_bytes(b"1")
    second = record(data)
    path = data / ".versions/versions" / f"{first.version_id}.json"
    path.write_text(path.read_text().replace("as it is", "as it was"))
    done = work(data, "verify", damage=tmp_path / "damage.csv")
    assert [row["version"] for row in table(tmp_path / "damage.csv")] == [first.version_id]
    assert done.damaged_count == 1
    assert any(first.version_id[:12] in text for text in work(data, "list").warnings)
    with pytest.raises(InputError, match="is damaged"):
        work(data, "restore", version=first.version_id)
    (data / "more.bin").unlink()
    work(data, "restore", version=second.version_id, unrecorded="discard")
    path.unlink()
    assert work(data, "verify").damaged_count == 1


def test_a_version_that_leads_out_of_its_folder_is_not_restored(data, tmp_path):
    record(data)
    path = next((data / ".versions/versions").iterdir())
    for name in ("../outside", "/outside", "deep/../../outside"):
        text = path.read_text(encoding="utf-8").replace("deep/er/records.csv", name).encode()
        made = path.with_name(f"{hashlib.sha256(text).hexdigest()}.json")
        made.write_bytes(text)
        with pytest.raises(InputError, match="is damaged"):
            work(data, "restore", version=made.stem, target=tmp_path / "new")


def test_a_plan_that_leads_out_of_its_folder_is_not_carried_out(data, tmp_path):
    record(data)
    (tmp_path / "precious").write_bytes(b"1")
    plan = {"version": "", "remove": ["../precious"], "folders": [], "place": [], "empty_folders": []}
    (data / ".restoring").mkdir()
    for text in (json.dumps(plan), "no JSON"):
        (data / ".restoring/plan.json").write_text(text)
        with pytest.raises(InputError, match=r"its plan .* is damaged"):
            work(data, "compare")
    assert (tmp_path / "precious").exists()
    shutil.rmtree(data / ".restoring")
    assert work(data, "restore").version_count == 1


# --- what cannot be done ---


def test_bad_input_is_named_with_the_remedy(data, tmp_path):
    with pytest.raises(ParameterError, match="MESSAGE"):
        work(data, "record")
    with pytest.raises(InputError, match="Record one first"):
        work(data, "compare")
    with pytest.raises(InputError, match="Record one first"):
        work(data, "verify")
    with pytest.raises(InputError, match="is no folder that exists"):
        record(tmp_path / "nowhere")
    (tmp_path / "nothing in it").mkdir()
    with pytest.raises(InputError, match="holds no files"):
        record(tmp_path / "nothing in it")
    assert work(data, "list").version_id == ""
    first = record(data)
    for text in (first.version_id[:3], "feedbeef", "v1"):
        with pytest.raises(ParameterError, match="no such version"):
            work(data, "restore", version=text)
    with pytest.raises(ParameterError, match="in which the data set"):
        record(data, store=tmp_path)
    fill(tmp_path / "photos", {"a.jpg": b"a"})
    with pytest.raises(ParameterError, match="holds other files"):
        record(data, store=tmp_path / "photos")
    assert [path.name for path in (tmp_path / "photos").iterdir()] == ["a.jpg"]
    with pytest.raises(ParameterError, match="lies in the data set"):
        work(data, "list", log=data / "log.csv")
    with pytest.raises(ParameterError, match="lies in the data set"):
        work(data, "restore", target=data / "restored")
    with pytest.raises(ParameterError, match="TARGET is for the action restore"):
        record(data, target=tmp_path / "new")
    with pytest.raises(ParameterError, match="SKIP_DAMAGED"):
        work(data, "restore", skip_damaged=True)


def test_a_store_of_a_later_landloom_is_refused(data):
    record(data)
    (data / ".versions/store.json").write_text('{"format": 2}')
    with pytest.raises(InputError, match="later Landloom"):
        record(data)
    (data / ".versions/store.json").unlink()
    assert record(data).version_count == 1


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_links_and_odd_files_are_refused(data, tmp_path):
    link = data / "link"
    for to in (tmp_path, data / "nothing.txt", tmp_path / "nowhere"):
        link.symlink_to(to)
        with pytest.raises(InputError, match="is a link"):
            record(data)
        link.unlink()
    os.mkfifo(data / "pipe")
    with pytest.raises(InputError, match="neither file nor folder"):
        record(data)
    (data / "pipe").unlink()
    Path(os.fsdecode(os.fsencode(data) + b"/\xff.tif")).write_bytes(b"")
    with pytest.raises(InputError, match="no valid text"):
        record(data)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="whoever runs this may read everything")
def test_a_file_that_may_not_be_read_is_named(data):
    (data / "nothing.txt").chmod(0)
    with pytest.raises(InputError, match=r"nothing\.txt cannot be read"):
        record(data)


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is set as Linux has it")
def test_a_disk_that_takes_no_more_leaves_a_sound_store(data):
    fill(data, {"large.bin": bytes(300_000)})
    code = f"""
import resource, signal, sys
sys.path[:0] = [{str(ROOT)!r}, {str(Path(__file__).parent)!r}]
from datasets import run_stage_class
from landloom.errors import OutputError
from landloom.stages.version_dataset import VersionDataset
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    run_stage_class(VersionDataset, dataset={str(data)!r}, action="record", message="m")
except OutputError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert "Cannot write" in done.stdout
    assert not list((data / ".versions").glob("versions/*"))
    assert not list((data / ".versions").glob("incoming/*"))
    assert record(data).version_count == 1
    assert work(data, "verify").damaged_count == 0


def test_two_runs_at_once_are_refused(data, tmp_path):
    store = tmp_path / "store"
    record(data, store=store)
    for folder in (data, store):
        with filelock.FileLock(folder / ".lock"), pytest.raises(OutputError, match="Another run is changing"):
            record(data, store=store)


def test_names_that_windows_does_not_take_are_told(data):
    assert names.not_on_windows(["a/b.tif", "a:b", "con/x", "CON.txt", "dot.", "space ", "conto", "a?"]) == [
        *("a:b", "con/x", "CON.txt", "dot.", "space ", "a?")
    ]
    assert names.alike(["A/x", "B", "a/X", "ä", "Ä"]) == ["a/X", "Ä"]
    assert names.long_text(r"C:\data\..\x") == r"\\?\C:\x"
    assert names.long_text(r"\\server\share\x") == r"\\?\UNC\server\share\x"
    if os.name != "nt":
        fill(data, {"a:b.tif": b"1", "NOTHING.txt": b"2"})
        told = Counter(word for text in record(data).warnings for word in ("a:b.tif", "othing.txt") if word in text)
        assert told["a:b.tif"] == 1
        assert sum("upper and lower case" in text for text in record(data, rehash=True).warnings) == 0


def test_a_data_set_that_does_not_exist_has_no_list(tmp_path):
    with pytest.raises(InputError, match="no folder that exists"):
        work(tmp_path / "lost", "list")
