"""The set-up of the worker's environment, with real virtual environments, pip and uv, and tiny packages made here."""

import contextlib
import functools
import hashlib
import http.server
import io
import json
import os
import shutil
import signal
import ssl
import subprocess
import sys
import sysconfig
import tarfile
import threading
import time
import zipfile
from pathlib import Path

import postgres
import psutil
import pytest

from plugin import environment, package_layers, programs, pythons
from plugin.environment import EnvironmentProblem
from plugin.programs import Runner, SetupCancelled, advice

ROOT = Path(__file__).resolve().parents[2]
HANGS_S = 600  # only what hangs takes so long
PIP_OUTPUT = Path(__file__).resolve().parent / "data" / "pip_output"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="stands in for Pythons with shell scripts")

# A source package whose build says that it has begun, and goes on when it is allowed to.
SLOW_BACKEND = """
import os, time, zipfile
from pathlib import Path
GATE = Path(os.environ["GATE"])
def build_wheel(folder, config_settings=None, metadata_directory=None):
    (GATE / "begun.part").write_text(str(os.getpid()))
    (GATE / "begun.part").rename(GATE / "begun")
    while not (GATE / "open").exists():
        time.sleep(0.02)
    name = "slow-1.0-py3-none-any.whl"
    with zipfile.ZipFile(Path(folder) / name, "w") as wheel:
        wheel.writestr("slow.py", "")
        wheel.writestr("slow-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: slow\\nVersion: 1.0\\n")
        wheel.writestr("slow-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr("slow-1.0.dist-info/RECORD", "")
    return name
"""


def make_wheel(folder, name, version, code="", needs=""):
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        info = f"{name}-{version}.dist-info"
        wheel.writestr(f"{name}.py", code or f"version = '{version}'\n")
        requires = f"Requires-Dist: {needs}\n" if needs else ""
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{requires}")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")


def make_source(folder, name, version, files):
    with tarfile.open(folder / f"{name}-{version}.tar.gz", "w:gz") as archive:
        for path, text in files.items():
            entry = tarfile.TarInfo(f"{name}-{version}/{path}")
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))


@pytest.fixture(scope="session")
def wheels(tmp_path_factory):
    """A folder of packages, as somebody without network would have it."""
    folder = tmp_path_factory.mktemp("Räder und mehr")
    make_wheel(folder, "tiny", "1.0")
    make_wheel(folder, "tiny", "2.0")
    make_wheel(folder, "broken", "1.0", "raise ImportError('a library of the system is missing')")
    make_wheel(folder, "crashing", "1.0", "import ctypes\nctypes.string_at(0)")
    make_source(
        folder,
        "slow",
        "1.0",
        {
            "PKG-INFO": "Metadata-Version: 2.1\nName: slow\nVersion: 1.0\n",
            "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
            "backend.py": SLOW_BACKEND,
        },
    )
    with zipfile.ZipFile(folder / f"pip-{pip_version()}-py3-none-any.whl", "w") as wheel:
        packages = Path(sysconfig.get_path("purelib"))
        for part in (packages / "pip", packages / f"pip-{pip_version()}.dist-info"):
            for path in part.rglob("*"):
                if "__pycache__" not in path.parts:
                    wheel.write(path, path.relative_to(packages))
    return folder


@functools.cache
def pip_version():
    from importlib.metadata import version

    return version("pip")


@pytest.fixture
def lock(tmp_path, monkeypatch):
    """Give layers and what is locked in them: `lock(base="tiny==1.0", imports=…)`."""
    folder = tmp_path / "requirements"
    folder.mkdir()
    monkeypatch.setattr(package_layers, "REQUIREMENTS", folder)

    def write(**layers):
        monkeypatch.setattr(
            package_layers, "LAYERS", {n: [line.split("==")[0] for line in text.split()] for n, text in layers.items()}
        )
        for name, text in layers.items():
            (folder / f"{name}.txt").write_text(text.replace(" ", "\n") + "\n")

    return write


def know_only(wheels, monkeypatch):
    """pip knows the folder of packages alone."""
    for name in [n for n in os.environ if n.startswith(("PIP_", "LANDLOOM_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", wheels.as_uri())
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")


@pytest.fixture
def offline(wheels, monkeypatch):
    know_only(wheels, monkeypatch)


@pytest.fixture
def home(tmp_path, offline, lock):
    """A place for an environment that holds tiny 1.0."""
    lock(base="tiny==1.0")
    return tmp_path / "Eigene Größen & Maße"


@pytest.fixture(scope="session")
def made(wheels, tmp_path_factory):
    """A home whose environment is made, and what was told meanwhile."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "base.txt").write_text("tiny==1.0\n")
    told = []
    with pytest.MonkeyPatch.context() as patch:
        know_only(wheels, patch)
        patch.setattr(package_layers, "REQUIREMENTS", folder)
        patch.setattr(package_layers, "LAYERS", {"base": ["tiny"]})
        environment.install(home=folder / "home", tell=lambda *arguments: told.append(arguments))
    return folder / "home", told


@pytest.fixture
def ready(made, home):
    """A copy of the environment that is made; pip's own files, which nobody writes to, are shared."""

    def copy(source, target):
        return os.link(source, target) if "/site-packages/pip/" in source else shutil.copy2(source, target)

    shutil.copytree(made[0], home, symlinks=True, copy_function=copy)
    return home


@pytest.fixture
def quickly(tmp_path, monkeypatch):
    """Environments get pip from the folder of packages, which takes a third of the time."""
    monkeypatch.setenv("LANDLOOM_PYTHON", stand_in(tmp_path / "python3", refuse="import ensurepip"))


def stand_in(path, refuse="refuse nothing"):
    """A Python that fails where its program contains a word."""
    path.write_text(f'#!/bin/sh\ncase "$*" in *"{refuse}"*) exit 1;; esac\nexec {sys.executable} "$@"\n')
    path.chmod(0o755)
    return str(path)


def version_of_tiny(home):
    python = environment.status(home).python
    return subprocess.run([python, "-c", "import tiny; print(tiny.version)"], capture_output=True, text=True).stdout


def wait_for(condition):
    until = time.monotonic() + HANGS_S
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


def wait_until_gone(pid):
    with contextlib.suppress(psutil.NoSuchProcess):
        wait_for(lambda: psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)


class Gate:
    """Where the slow package's build waits."""

    def __init__(self, folder):
        folder.mkdir()
        self.folder = folder

    def begun(self):
        return (self.folder / "begun").exists()

    def builder(self):
        return int((self.folder / "begun").read_text())

    def open(self):
        (self.folder / "open").touch()


@pytest.fixture
def gate(tmp_path, monkeypatch):
    gate = Gate(tmp_path / "gate")
    monkeypatch.setenv("GATE", str(gate.folder))
    monkeypatch.setenv("TMPDIR", str(tmp_path))  # a killed pip leaves something behind
    return gate


def install_in_a_process(home):
    """What `python -m plugin.environment install` does, with this test's layers."""
    program = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); from pathlib import Path;"
        f"from plugin import environment, package_layers as p; p.LAYERS = {package_layers.LAYERS!r};"
        f"p.REQUIREMENTS = Path({str(package_layers.REQUIREMENTS)!r}); sys.exit(environment.main())"
    )
    command = [sys.executable, "-c", program, "install", "--home", home]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )


# --- installing -------------------------------------------------------------------------------


def test_the_locked_packages_are_installed_and_written_down(ready):
    now = environment.status(ready)
    assert now.ready("base")
    assert version_of_tiny(ready) == "1.0\n"
    assert now.record["layers"]["base"]["packages"]["tiny"] == "1.0"
    assert now.record["python"].startswith(f"{sys.version_info[0]}.{sys.version_info[1]}.")


def test_progress_is_told_from_nothing_to_all(made):
    shares = [share for share, _ in made[1]]
    assert shares == sorted(shares)
    assert (shares[0], made[1][-1]) == (0, (1, "Ready."))
    assert {"Installing the packages of the base layer …", "Checking tiny …"} <= {text for _, text in made[1]}


def test_a_second_time_no_process_is_started(ready, monkeypatch):
    monkeypatch.setattr(subprocess, "Popen", None)
    assert environment.install(home=ready).ready()


def test_changed_requirements_are_installed(ready, lock):
    lock(base="tiny==2.0")
    assert not environment.status(ready).ready()
    environment.install(home=ready)
    assert version_of_tiny(ready) == "2.0\n"


def test_what_is_installed_stays_where_another_layer_fails(ready, lock):
    lock(base="tiny==1.0", more="nowhere==1.0")
    with pytest.raises(EnvironmentProblem, match="no version for this Python and platform"):
        environment.install(["more"], ready)
    assert environment.status(ready).ready("base")
    assert not environment.status(ready).ready("more")


@pytest.mark.parametrize(
    ("package", "words"),
    [
        ("broken", "broken was installed but does not work here: ImportError: a library of the system is missing"),
        ("crashing", r"crashing was installed but does not work here: it crashed \(signal 11\)"),
    ],
)
def test_an_import_that_fails_is_named(package, words, ready, lock):
    lock(base=f"tiny==1.0 {package}==1.0")
    with pytest.raises(EnvironmentProblem, match=words):
        environment.install(home=ready)
    assert not environment.status(ready).ready()


def test_a_module_of_the_engine_can_be_what_proves_a_layer(ready, lock, monkeypatch):
    """The engine itself is not installed in the environment."""
    lock(base="tiny==2.0")
    monkeypatch.setattr(package_layers, "LAYERS", {"base": ["tiny", "landloom.stages"]})
    assert environment.install(home=ready).ready()


# Stands in for setuptools. It builds a source package as the CRF's is: with the Cython it is given and a dialect named.
PICKY_BACKEND = """
import os, sys, zipfile
from pathlib import Path
def build_wheel(folder, config_settings=None, metadata_directory=None):
    if Path("pyproject.toml").exists():
        import Cython
        assert Cython.version == "3.1.8" and os.environ["CYTHON_FORCE_REGEN"] == "1"
        for name in ("eigen.pyx", "eigen.pxd"):
            assert Path("picky", name).read_text() == "# cython: language_level=2\\nimport eigen\\n"
    else:  # pip only wants to know what it is
        assert {"Cython<3", "setuptools<81"} <= set(Path(os.environ["PIP_CONSTRAINT"]).read_text().split())
    name = "picky-1.0-py3-none-any.whl"
    with zipfile.ZipFile(Path(folder) / name, "w") as wheel:
        wheel.writestr("picky.py", "")
        wheel.writestr("picky-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: picky\\nVersion: 1.0\\n")
        wheel.writestr("picky-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr("picky-1.0.dist-info/RECORD", "")
    return name
__legacy__ = sys.modules[__name__]
"""


@pytest.fixture
def picky(tmp_path, monkeypatch):
    """The source package, and what it is built with, in a folder that pip knows too."""
    folder = tmp_path / "sources"
    folder.mkdir()
    described = "Metadata-Version: 2.1\nName: picky\nVersion: 1.0\n"
    source = {
        "PKG-INFO": described,
        "setup.py": "",
        "picky/eigen.pyx": "import eigen\n",
        "picky/eigen.pxd": "import eigen\n",
    }
    make_source(folder, "picky", "1.0", source)
    make_wheel(folder, "Cython", "3.1.8")
    make_wheel(folder, "Cython", "0.29.37")
    make_wheel(folder, "setuptools", "80.9.0")
    make_wheel(folder, "wheel", "0.45.1")
    with zipfile.ZipFile(folder / "setuptools-80.9.0-py3-none-any.whl", "a") as wheel:
        wheel.writestr("setuptools/__init__.py", "")
        wheel.writestr("setuptools/build_meta.py", PICKY_BACKEND)
    monkeypatch.setenv("PIP_FIND_LINKS", f"{os.environ['PIP_FIND_LINKS']} {folder.as_uri()}")
    monkeypatch.setenv("PIP_USE_PEP517", "1")  # as pip does since 25, which the base layer brings
    return folder


def test_the_crf_is_a_layer_of_its_own_and_built_with_what_is_pinned(ready, lock, picky):
    lock(base="tiny==1.0", deep="tiny==1.0", crf="picky==1.0")
    now = environment.install(["crf"], ready)
    assert now.ready("crf")
    assert "picky" in now.record["layers"]["crf"]["packages"]
    assert not now.ready("deep"), "it needs nothing of the deep-learning layer"


def test_a_wheel_of_the_crf_that_somebody_has_built_needs_no_compiler(ready, lock, picky):
    for path in picky.iterdir():
        path.unlink()
    make_wheel(picky, "picky", "1.0")
    lock(base="tiny==1.0", crf="picky==1.0")
    assert environment.install(["crf"], ready).ready("crf")


def test_without_a_compiler_the_crf_says_what_to_install(ready, lock, tmp_path, monkeypatch):
    """With the real packages' own words."""
    folder = tmp_path / "failing"
    folder.mkdir()
    project = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    message = "error: command 'x86_64-linux-gnu-g++' failed: No such file or directory"
    backend = f"def build_wheel(*a, **k):\n    raise SystemExit({message!r})\n"
    make_source(
        folder,
        "failing",
        "1.0",
        {"PKG-INFO": "Name: failing\nVersion: 1.0\n", "pyproject.toml": project, "backend.py": backend},
    )
    monkeypatch.setenv("PIP_FIND_LINKS", f"{os.environ['PIP_FIND_LINKS']} {folder.as_uri()}")
    lock(base="tiny==1.0", crf="failing==1.0")
    with pytest.raises(EnvironmentProblem, match=r"there is no C\+\+ compiler.*sudo apt install g\+\+"):
        environment.install(["crf"], ready)
    assert environment.status(ready).ready("base")


def test_the_deep_layer_needs_no_compiler(ready, lock, picky):
    lock(base="tiny==1.0", deep="tiny==1.0", crf="picky==1.0")
    now = environment.install(["deep"], ready)
    assert now.ready("deep")
    assert "picky" not in now.record["layers"]["deep"]["packages"]
    locked = (ROOT / "requirements" / "deep.txt").read_text(encoding="utf-8")
    assert "densecrf" not in locked
    assert (ROOT / "requirements" / "crf.txt").read_text(encoding="utf-8").startswith("pydensecrf==")


def test_an_unknown_layer_is_named(home):
    with pytest.raises(EnvironmentProblem, match=r"There is no layer 'depe'. The layers are: base"):
        environment.install(["depe"], home)


def test_the_settings_of_pip_are_honoured_but_not_one_that_forbids(ready, lock, wheels, tmp_path, monkeypatch):
    """A folder of packages in pip's configuration file; with `user` pip would refuse."""
    for name in ("PIP_NO_INDEX", "PIP_FIND_LINKS"):
        monkeypatch.delenv(name)
    (tmp_path / "pip.conf").write_text("[global]\nno-index = 1\nuser = 1\n")
    with (tmp_path / "pip.conf").open("a") as stream:
        stream.write(f"find-links = {wheels.as_uri()}\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    lock(base="tiny==2.0")
    environment.install(home=ready)
    assert version_of_tiny(ready) == "2.0\n"


def test_variables_of_qgis_do_not_lead_astray(ready, lock, gate, monkeypatch):
    """Not even the Python that pip starts to build a package."""
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    lock(base="slow==1.0")
    gate.open()
    assert environment.install(home=ready).ready()


# --- builds of PyTorch ------------------------------------------------------------------------

A_TORCH = """
__version__ = "2.13.0+{label}"
class version:
    cuda = {cuda!r}
class cuda:
    is_available = staticmethod(lambda: False)
"""


def make_torch(folder, label, cuda, needs=""):
    """An index as PyTorch's, with a tiny torch and torchvision of one build; a plain index has no labels."""
    suffix = "" if needs else f"+{label}"
    for name, version in (("torch", "2.13.0"), ("torchvision", "0.28.0"), *([(needs, "1.0")] if needs else [])):
        place = folder / name.replace("_", "-")
        place.mkdir(parents=True)
        if name != needs:
            version += suffix
        code = A_TORCH.format(label=label, cuda=cuda) if name == "torch" else ""
        make_wheel(place, name, version, code, needs if name == "torch" else "")
        wheel = f"{name}-{version}-py3-none-any.whl"
        (place / "index.html").write_text(f'<a href="{wheel.replace("+", "%2B")}">{wheel}</a>')
    return folder.as_uri()


@pytest.fixture
def indexes(tmp_path, monkeypatch):
    """The addresses of a plain index, as for Linux, and of PyTorch's own for the processor."""
    monkeypatch.delenv("PIP_NO_INDEX")
    plain = make_torch(tmp_path / "simple", "cu130", "13.0", needs="nvidia_cublas")
    monkeypatch.setenv("PIP_INDEX_URL", plain)
    return plain, make_torch(tmp_path / "whl" / "cpu", "cpu", None)


def test_the_build_of_pytorch_can_be_chosen_and_changed(ready, lock, indexes, monkeypatch):
    """A plain index serves the build for CUDA; that for the processor lies at an address of its own."""
    lock(base="tiny==1.0", deep="torch==2.13.0 torchvision==0.28.0")
    now = environment.install(["deep"], ready)
    assert now.torch() == {"version": "2.13.0+cu130", "cuda": "13.0", "card": "", "usable": False}
    assert "nvidia_cublas" in now.record["layers"]["deep"]["packages"]
    assert "PyTorch: 2.13.0, for CUDA 13.0, sees no usable graphics card" in environment.diagnostics(ready, [])

    now = environment.install(["deep"], ready, torch="cpu", torch_index=indexes[1])
    assert now.torch()["version"] == "2.13.0+cpu"
    packages = now.record["layers"]["deep"]["packages"]
    assert (packages["torch"], packages["torchvision"]) == ("2.13.0+cpu", "0.28.0+cpu")
    assert "nvidia_cublas" not in packages, "gigabytes that nobody needs any more"

    with monkeypatch.context() as patch:
        patch.setattr(subprocess, "Popen", None)
        environment.install(["deep"], ready, torch="cpu", torch_index=indexes[1])
        environment.install(["deep"], ready)

    monkeypatch.setenv("PIP_INDEX_URL", indexes[1])
    with pytest.raises(EnvironmentProblem, match=r"ready, but pip has found another build of PyTorch: .* processor"):
        environment.install(["deep"], ready, torch="cuda")
    assert environment.status(ready).ready("deep")

    with pytest.raises(EnvironmentProblem, match="pip does not find this build of PyTorch"):
        environment.install(["deep"], ready, torch="cu126")
    assert environment.status(ready).ready("base")
    assert environment.unfinished(ready) == {"layers": ["base", "deep"], "torch": "cu126"}


def test_on_linux_the_processor_build_is_never_replaced_by_the_large_one_unasked(ready, lock, indexes):
    lock(base="tiny==1.0", deep="torch==2.13.0")
    with pytest.raises(EnvironmentProblem, match="pip does not find this build of PyTorch"):
        environment.install(["deep"], ready, torch="cpu")


def test_what_a_stopped_set_up_was_asked_for_is_known_until_it_is_done(ready, lock, gate):
    lock(base="tiny==1.0", deep="slow==1.0")
    with pytest.raises(SetupCancelled):
        environment.install(["deep"], ready, cancelled=gate.begun)
    assert environment.unfinished(ready) == {"layers": ["base", "deep"], "torch": ""}
    gate.open()
    environment.install(["deep"], ready)
    assert environment.unfinished(ready) == {}


# --- stopped half-way -------------------------------------------------------------------------


def test_after_a_kill_nothing_goes_on_and_the_next_run_completes_it(ready, lock, gate):
    lock(base="tiny==2.0 slow==1.0")
    with install_in_a_process(ready) as first:
        wait_for(gate.begun)
        os.killpg(first.pid, signal.SIGKILL)
    wait_until_gone(gate.builder())
    assert not environment.status(ready).ready()
    gate.open()
    assert environment.install(home=ready).ready()
    assert version_of_tiny(ready) == "2.0\n"


def test_control_c_ends_it(ready, lock, gate):
    lock(base="slow==1.0")
    with install_in_a_process(ready) as first:
        wait_for(gate.begun)
        first.send_signal(signal.SIGINT)
        assert first.communicate(timeout=HANGS_S)[0].splitlines()[-1] == "Cancelled."
    assert first.returncode == 1
    wait_until_gone(gate.builder())


def test_cancel_waits_for_nothing_and_the_next_run_completes_it(ready, lock, gate):
    lock(base="slow==1.0")
    with pytest.raises(SetupCancelled):  # while a package is built that would not be ready without us
        environment.install(home=ready, cancelled=gate.begun)
    wait_until_gone(gate.builder())
    gate.open()
    assert environment.install(home=ready).ready()


def test_of_two_at_once_the_second_is_told(ready, lock, gate):
    lock(base="slow==1.0")
    with install_in_a_process(ready) as first:
        wait_for(gate.begun)
        for action in (environment.install, environment.remove):
            with pytest.raises(EnvironmentProblem, match="Another set-up of Landloom's environment is running"):
                action(home=ready)
        gate.open()
        assert "100 % Ready." in first.communicate()[0]
    assert environment.status(ready).ready()


def test_a_package_that_a_killed_pip_left_half_written_is_installed_again(ready, lock):
    """pip writes INSTALLER after a package's files; it takes a package for installed by METADATA alone."""
    packages = next(ready.glob("environment/lib/python*/site-packages"))
    (packages / "tiny-1.0.dist-info" / "INSTALLER").unlink()
    (packages / "tiny.py").unlink()
    lock(base="tiny==1.0 ")
    environment.install(home=ready)
    assert version_of_tiny(ready) == "1.0\n"


def test_an_environment_whose_making_was_interrupted_is_made_anew(ready, quickly):
    """Without its record it was not complete: here pip lacks a part."""
    (ready / "environment" / environment.RECORD).unlink()
    shutil.rmtree(next(ready.glob("environment/lib/python*/site-packages/pip/_internal")))
    assert environment.install(home=ready).ready()
    assert version_of_tiny(ready) == "1.0\n"


def test_a_damaged_record_means_not_ready(ready):
    for text in ("", "{", "null", "{}", '{"layers": 5}', '{"layers": {"base": 1}}'):
        (ready / "environment" / environment.RECORD).write_text(text)
        assert not environment.status(ready).ready(), text
        assert "folder" in environment.diagnostics(ready), text


# --- the Python it stands on ------------------------------------------------------------------


def link_to(home, target):
    link = home / "environment" / "bin" / "python"
    link.unlink()
    link.symlink_to(target)


def test_where_python_was_removed_the_environment_is_made_anew(ready, quickly, tmp_path):
    link_to(ready, tmp_path / "removed" / "python3.11")
    assert not environment.status(ready).ready()
    assert "no longer there" in environment.diagnostics(ready)
    assert environment.install(home=ready).ready()
    assert version_of_tiny(ready) == "1.0\n"


def test_where_the_system_has_gone_to_another_python_the_environment_is_not_ready(ready, tmp_path):
    """As when /usr/bin/python3 becomes the next minor version, which does not see the packages."""
    stand_in(tmp_path / "python3.99")
    link_to(ready, tmp_path / "python3.99")
    assert not environment.status(ready).ready()


def test_without_ensurepip_another_pythons_pip_helps(home, quickly):
    assert environment.install(home=home).ready()


def test_without_any_pip_the_missing_package_is_named(home, quickly, tmp_path, monkeypatch):
    monkeypatch.setattr(pythons, "_pythons", lambda: [stand_in(tmp_path / "other", refuse="import pip")])
    with pytest.raises(EnvironmentProblem, match="sudo apt install python3-venv"):
        environment.install(home=home)


def test_a_named_python_that_does_not_serve_is_refused(home, monkeypatch):
    monkeypatch.setenv("LANDLOOM_PYTHON", "/bin/false")
    with pytest.raises(EnvironmentProblem, match=r"LANDLOOM_PYTHON names /bin/false, .* 3\.11 to 3\.14"):
        environment.install(home=home)


def test_python_that_is_too_old_is_passed_over(tmp_path, monkeypatch):
    """One that says it is 3.10."""
    old = tmp_path / "python3.10"
    pretend = "import sys; sys.version_info = (3, 10, 0, 'final', 0); exec(sys.argv.pop(1))"
    old.write_text(f'#!/bin/sh\nexec {sys.executable} -I -c "{pretend}" "$3"\n')
    old.chmod(0o755)
    monkeypatch.delenv("LANDLOOM_PYTHON", raising=False)
    monkeypatch.setattr(pythons, "_pythons", lambda: [str(old)])
    assert pythons.find(Runner()) is None
    monkeypatch.setattr(pythons, "_pythons", lambda: [str(old), sys.executable])
    assert pythons.find(Runner()) == sys.executable


def test_qgis_itself_is_never_started_to_look_for_python(tmp_path, monkeypatch):
    """In QGIS the running program is QGIS, which a set-up that asked it for its version would open once more."""
    program = Path(stand_in(tmp_path / "qgis"))
    program.write_text(f"#!/bin/sh\ntouch '{tmp_path / 'started'}'\nexec {sys.executable} \"$@\"\n")
    monkeypatch.delenv("LANDLOOM_PYTHON", raising=False)
    monkeypatch.setattr(sys, "executable", str(program))
    assert pythons.find(Runner()) not in (None, str(program))
    assert not (tmp_path / "started").exists()


def test_without_python_and_pip_is_told_what_to_install(home, monkeypatch):
    monkeypatch.setattr(pythons, "_pythons", list)
    with pytest.raises(EnvironmentProblem, match=r"needs Python 3\.11 to 3\.14, .* nor pip to fetch it with"):
        environment.install(home=home)


@pytest.fixture(scope="session")
def uv_wheel(tmp_path_factory):
    """The real uv, from whatever index pip is configured with."""
    folder = tmp_path_factory.mktemp("uv")
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", folder, pythons.UV]
    if subprocess.run(command, check=False).returncode:
        pytest.skip("uv cannot be fetched from the package index")
    return next(folder.glob("uv-*.whl"))


def python_build(folder):
    """This Python as an archive like those that uv fetches, and the list that tells uv of it: its address."""
    archive, version = folder / "python.tar.gz", sys.version_info

    def keep(entry):
        left_out = {"__pycache__", "test", "idlelib", "site-packages", "dist-packages", "tkinter", "pydoc_data"}
        return None if entry.issym() or left_out & set(entry.name.split("/")) or "/config-" in entry.name else entry

    with tarfile.open(archive, "w:gz", compresslevel=1) as tar:
        for name in ("python3", f"python3.{version[1]}"):
            tar.add(Path(sys._base_executable).resolve(), f"python/bin/{name}")
        tar.add(sysconfig.get_path("stdlib"), f"python/lib/python3.{version[1]}", filter=keep)
        library = Path(sysconfig.get_config_var("LIBDIR") or "") / (sysconfig.get_config_var("LDLIBRARY") or "")
        if library.name.endswith(".so") and library.exists():
            tar.add(library.resolve(), f"python/lib/{library.resolve().name}")
    build = {
        "name": "cpython",
        "arch": {"family": "x86_64", "variant": None},
        "os": "linux",
        "libc": "gnu",
        **dict(zip(("major", "minor", "patch"), version, strict=False)),
        "prerelease": "",
        "url": archive.as_uri(),
        "sha256": hashlib.sha256(archive.read_bytes()).hexdigest(),
        "variant": None,
        "build": "20250101",
    }
    key = f"cpython-{'.'.join(map(str, version[:3]))}-linux-x86_64-gnu"
    (folder / "builds.json").write_text(json.dumps({key: build}))
    return (folder / "builds.json").as_uri()


@pytest.mark.skipif(
    sys.platform != "linux" or os.uname().machine != "x86_64", reason="makes a build for one platform only"
)
def test_where_no_python_is_new_enough_one_is_fetched(home, wheels, uv_wheel, tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_FIND_LINKS", f"{wheels.as_uri()} {uv_wheel.parent.as_uri()}")
    monkeypatch.setenv("UV_PYTHON_DOWNLOADS_JSON_URL", python_build(tmp_path))
    monkeypatch.setattr(pythons, "FETCHED_VERSION", f"3.{sys.version_info[1]}")
    monkeypatch.setattr(pythons, "_pythons", lambda: [stand_in(tmp_path / "python3.9", refuse="import venv")])
    assert environment.install(home=home).ready()
    base = subprocess.run(
        [environment.status(home).python, "-c", "import sys; print(sys.base_prefix)"], capture_output=True, text=True
    ).stdout
    assert Path(base.strip()).is_relative_to(home / "python")
    assert version_of_tiny(home) == "1.0\n"


# --- where it lies ----------------------------------------------------------------------------


def test_a_home_that_cannot_be_made_is_told(home, tmp_path):
    (tmp_path / "a file").touch()
    with pytest.raises(EnvironmentProblem, match=r"a file/home cannot be written: Not a directory.*LANDLOOM_HOME"):
        environment.install(home=tmp_path / "a file" / "home")


@pytest.mark.skipif(os.geteuid() == 0, reason="the administrator may write everywhere")
def test_a_home_that_may_not_be_written_is_told(home):
    home.mkdir(mode=0o555)
    with pytest.raises(EnvironmentProblem, match=r"cannot be written: Permission denied.*LANDLOOM_HOME"):
        environment.install(home=home)


def test_removing_takes_the_environment_and_leaves_the_catalogue(ready):
    (ready / "catalogue.gpkg").touch()
    (ready / "python").mkdir()
    environment.remove(ready)
    assert {path.name for path in ready.iterdir()} == {"catalogue.gpkg", "environment.lock"}
    assert not environment.status(ready).ready()
    environment.remove(ready)


def test_diagnostics_name_the_packages_but_not_the_user(ready, monkeypatch):
    monkeypatch.setattr(Path, "home", lambda: ready.parent)
    text = environment.diagnostics(ready)
    assert "tiny 1.0" in text.splitlines()
    assert "layer base: ready" in text.splitlines()
    assert f"folder: ~/{ready.name}" in text
    assert str(ready.parent) not in text


@pytest.mark.parametrize("python", ["/usr/bin/python3", "python3.9"])
def test_the_command_runs_under_the_systems_python(python, tmp_path):
    if not shutil.which(python) or subprocess.run([python, "-c", ""], capture_output=True).returncode:
        pytest.skip(f"there is no {python}")
    run = functools.partial(subprocess.run, cwd=ROOT, capture_output=True, text=True)
    told = run([python, "-m", "plugin.environment", "status", "--home", tmp_path])
    assert (told.returncode, told.stderr) == (0, "")
    assert "python: none" in told.stdout
    (tmp_path / "a file").touch()
    told = run([python, "-m", "plugin.environment", "install", "--home", tmp_path / "a file"])
    assert told.returncode == 1
    assert "cannot be written" in told.stderr


# --- advice -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("disk_full", "The disk is full"),
        ("no_compiler", "there is no C++ compiler"),
        ("no_compiler_of_debian", "there is no C++ compiler"),
        ("no_permission", "A file cannot be written"),
    ],
)
def test_what_pip_printed_becomes_advice(output, words):
    printed = (PIP_OUTPUT / f"{output}.txt").read_text(encoding="utf-8")
    told = advice(printed)
    assert words in told.split("\n\n")[0]
    assert printed.splitlines()[-1] in told


def test_a_size_is_not_taken_for_a_refusing_proxy():
    assert "proxy" not in advice("Downloading tiny-1.0-py3-none-any.whl (407 kB)\nERROR: something else").lower()


class RefusingProxy(http.server.BaseHTTPRequestHandler):
    def do_CONNECT(self):
        self.send_response(407, "Proxy Authentication Required")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments):
        pass


@contextlib.contextmanager
def serving(handler, context=None):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


def own_certificate(folder):
    """A TLS context with a certificate that nobody trusts."""
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
    )
    (folder / "server.pem").write_bytes(
        certificate
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    return context


@pytest.fixture
def online(monkeypatch):
    """pip has no packages of its own and asks an index, twice at most."""
    for name in [n for n in os.environ if n.startswith("PIP_") or "proxy" in n.lower() or n.endswith("_CA_BUNDLE")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_RETRIES", "1")
    return monkeypatch


def advice_of_pip(tmp_path):
    command = [sys.executable, "-m", "pip", "install", "--no-deps", "--target", str(tmp_path / "x"), "tiny==1.0"]
    with pytest.raises(EnvironmentProblem) as problem:
        Runner()(command)
    return str(problem.value).split("\n\n")[0]


def test_an_index_that_cannot_be_reached_is_told(online, tmp_path):
    online.setenv("PIP_INDEX_URL", "https://index.invalid/simple")
    assert advice_of_pip(tmp_path).startswith("The package index cannot be reached.")


def test_a_closed_port_is_told(online, tmp_path):
    with postgres.held_port() as port:
        online.setenv("PIP_INDEX_URL", f"https://127.0.0.1:{port}/simple")
        assert advice_of_pip(tmp_path).startswith("The package index cannot be reached.")


def test_a_proxy_that_refuses_is_told(online, tmp_path):
    online.setenv("PIP_INDEX_URL", "https://index.invalid/simple")
    with serving(RefusingProxy) as address:
        online.setenv("HTTPS_PROXY", f"http://{address}")
        assert advice_of_pip(tmp_path).startswith("The proxy refuses.")


def test_a_certificate_that_is_not_trusted_is_told(online, tmp_path):
    with serving(http.server.SimpleHTTPRequestHandler, own_certificate(tmp_path)) as address:
        online.setenv("PIP_INDEX_URL", f"https://{address}/simple")
        assert advice_of_pip(tmp_path).startswith("The server's certificate is not trusted here")


def test_a_missing_version_is_told(offline, tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_FIND_LINKS", tmp_path.as_uri())
    assert advice_of_pip(tmp_path).startswith("The package index has no version for this Python and platform.")


def test_a_program_that_is_not_there_is_told():
    with pytest.raises(EnvironmentProblem, match="/nowhere cannot be started: No such file or directory"):
        Runner()(["/nowhere"])


def test_a_check_that_gets_stuck_is_given_up(monkeypatch):
    monkeypatch.setattr(programs, "CHECK_S", 1)
    assert Runner().failure([sys.executable, "-c", "import time; time.sleep(60)"]) == "it was not done after 1 seconds"


def test_advice_ends_with_what_was_printed_last():
    printed = [f"line {number}" for number in range(1000)]
    assert advice("\n".join(printed)).endswith("\nline 998\nline 999")
