"""Nothing half-written ever stands under its final name."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from conftest import ROOT

from landloom import files
from landloom.errors import InputError, OutputError


def test_a_file_appears_whole_under_its_name(tmp_path):
    path = tmp_path / "Übersicht der Wälder.txt"
    with files.replacing(path) as temporary:
        temporary.write_text("half")
        assert not path.exists()
        assert temporary.parent == path.parent, "a rename between disks would be a copy"
        assert temporary.suffix == ".txt"
    assert path.read_text() == "half"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [ValueError("ours"), InputError("told"), KeyboardInterrupt()])
def test_after_an_exception_the_old_file_stands_and_nothing_else(tmp_path, error):
    path = tmp_path / "map.tif"
    path.write_text("old")
    with pytest.raises(type(error)) as caught, files.replacing(path) as temporary:
        temporary.write_text("half of the new")
        raise error
    assert caught.value is error
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_killed_writer_leaves_the_old_file(tmp_path):
    path = tmp_path / "map.tif"
    path.write_text("old")
    script = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\nfrom landloom import files\n"
        f"with files.replacing({str(path)!r}) as temporary:\n"
        "    stream = temporary.open('w'); stream.write('half'); stream.flush(); print('half', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    writer = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert writer.stdout.readline() == b"half\n"
    writer.send_signal(signal.SIGKILL)
    writer.communicate()
    assert path.read_text() == "old"
    left = [p.name for p in tmp_path.iterdir() if p != path]
    assert len(left) == 1
    assert left[0].startswith(".map."), "hidden, and one sees what it was to become"
    files.write_text(path, "new")
    assert path.read_text() == "new"


def test_writers_at_once_do_not_disturb_each_other(tmp_path):
    path, texts = tmp_path / "a.txt", [letter * 100_000 for letter in "abcd"]
    threads = [threading.Thread(target=lambda t=t: [files.write_text(path, t) for _ in range(20)]) for t in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert path.read_text() in texts
    assert list(tmp_path.iterdir()) == [path]


# Every library that writes for us tells of a full disk in its own way.
WRITERS = {
    "python": "temporary.write_bytes(bytes(2_000_000))",
    "rasterio": "import numpy as np, rasterio\n"
    "    with rasterio.open(temporary, 'w', 'GTiff', 1000, 1000, 1, dtype='uint16') as d: d.write(noise, 1)",
    "pyarrow": "import pyarrow as pa, pyarrow.parquet\n"
    "    pa.parquet.write_table(pa.table({'a': noise.ravel()}), temporary)",
    "zipfile": "import zipfile\n"
    "    with zipfile.ZipFile(temporary, 'w') as z: z.writestr('a', noise.tobytes())",
}  # fmt: skip


@pytest.mark.parametrize("library", WRITERS)
def test_a_full_disk_is_told_whoever_writes_and_leaves_the_old_file(tmp_path, library):
    folder = tmp_path / "disk"
    folder.mkdir()
    script = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\nimport numpy as np\nfrom pathlib import Path\n"
        "from landloom import errors, files\n"
        f"noise = np.random.default_rng(0).integers(0, 60000, (1000, 1000), np.uint16)\n"
        f"path = Path({str(folder)!r}, 'out.tif'); path.write_text('old')\n"
        "try:\n  with files.replacing(path) as temporary:\n"
        f"    {WRITERS[library]}\n"
        "except errors.OutputError as error: print(error)\n"
        "print(path.read_text(), [p.name for p in path.parent.iterdir()])\n"
    )
    done = in_small_disk(folder, [sys.executable, "-c", script])
    message, left = done.stdout.splitlines()
    assert message.startswith(f"The disk is full: {folder}/out.tif could not be written."), done.stderr
    assert left == "old ['out.tif']"


def in_small_disk(folder: Path, command: list, size: str = "512k"):
    """Run a command for which `folder` is a disk of its own that is full after half a mebibyte."""
    script = 'mount -t tmpfs -o size=$1 tmpfs "$2" || exit 77; shift 2; exec "$@"'
    namespaces = ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "-rm"]
    if shutil.which("unshare") is None:
        pytest.skip("unshare is not installed, so no small disk can be made")
    full = [*namespaces, "sh", "-c", script, "sh", size, str(folder), *map(str, command)]
    done = subprocess.run(full, capture_output=True, text=True, check=False)
    if done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip("this machine lets no one mount a small disk")
    return done


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    with pytest.raises(OutputError, match=r"Cannot write .*/missing/a.txt: No such file or directory"):
        files.write_text(tmp_path / "missing" / "a.txt", "x")
