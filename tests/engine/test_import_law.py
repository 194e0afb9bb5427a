"""Who may import what: nothing heavy in QGIS's process, one copy of the engine in the worker's."""

import ast
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
IN_QGIS = ("plugin", "processing_provider", "algorithms", "ui")
# What modules there may import beside the standard library: QGIS with its PyQt and its GDAL.
OF_QGIS = {"qgis", "processing", "osgeo"}
# What comes with QGIS's GDAL, and what runs without a window can do without.
IN_A_WINDOW = {"numpy"}
# What they may know of the engine.
DECLARATIONS = ("landloom.stage", "landloom.stages", "landloom.errors")

SYSTEM_PYTHON = [Path("/usr/bin/python3")] if os.access("/usr/bin/python3", os.X_OK) else [sys.executable, "-S"]


def modules(*folders):
    paths = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return [str(path.relative_to(ROOT)) for path in paths]


def imports(path):
    """Full names of all modules that a file imports anywhere, and whether it names them relative to itself."""
    package = Path(path).parts[:-1]
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, False) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else ()
            base = [*start, *([node.module] if node.module else [])]
            # `from . import x` and `from ..landloom import x` name modules, `from .x import y` what is in one.
            ends = [[alias.name] for alias in node.names] if node.module in (None, "landloom") else [[]]
            yield from ((".".join(base + end), bool(node.level)) for end in ends)


def test_declarations_pull_in_nothing_but_the_standard_library():
    program = (
        f"import json, sys; sys.path.insert(0, {str(ROOT)!r}); before = set(sys.modules);"
        "import landloom.stage, landloom.stages; after = set(sys.modules) - before;"
        "print(json.dumps([sorted(after), sorted(sys.stdlib_module_names)]))"
    )
    done = subprocess.run([*SYSTEM_PYTHON, "-I", "-c", program], capture_output=True, text=True, check=True)
    after, standard = json.loads(done.stdout)
    assert {"landloom.stage", "landloom.stages.predict"} <= set(after)
    assert {name.split(".")[0] for name in after} <= {"landloom", *standard}
    ours = {name for name in after if name.startswith("landloom.")}
    assert not [name for name in ours if not name.startswith(DECLARATIONS)]


def test_the_worker_client_and_the_environment_need_the_standard_library_alone():
    program = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r});"
        "import plugin.worker_client, plugin.environment;"
        "print(*{n.split('.')[0] for n in sys.modules} - set(sys.stdlib_module_names) - {'plugin', '__main__'})"
    )
    done = subprocess.run([*SYSTEM_PYTHON, "-I", "-S", "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


@pytest.mark.parametrize("path", ["__init__.py", *modules(*IN_QGIS)])
def test_nothing_heavy_is_imported_in_qgis(path):
    for name, is_ours in imports(path):
        top = name.split(".")[0]
        allowed = OF_QGIS | IN_A_WINDOW if path.startswith("ui/") else OF_QGIS
        assert is_ours or top in allowed or top in sys.stdlib_module_names, f"{path} imports {name}"
        if name.split(".")[0] == "landloom":
            assert is_ours, f"{path} imports {name}, which is not the plugin's own copy for sure"
            assert name.startswith(DECLARATIONS), f"{path} imports {name}"


@pytest.mark.parametrize("path", modules("landloom"))
def test_the_engine_imports_itself_relatively_and_never_qgis(path):
    for name, is_ours in imports(path):
        assert name.split(".")[0] not in ("qgis", "processing", "PyQt5", "PyQt6", *IN_QGIS), f"{path} imports {name}"
        if name.split(".")[0] == "landloom" and path != "landloom/__main__.py":
            assert is_ours, f"{path} imports {name}"


def test_pip_installs_with_the_package_what_the_environment_has():
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    lines = (ROOT / "requirements" / "base.in").read_text(encoding="utf-8").splitlines()
    wanted = {line.split("#")[0].strip() for line in lines} - {"", "pip", "python-dateutil<3"}
    assert set(declared) == wanted


def test_the_plugin_imports_nothing_before_it_is_asked_to():
    body = ast.parse((ROOT / "__init__.py").read_text(encoding="utf-8")).body
    assert not [node for node in body if isinstance(node, (ast.Import, ast.ImportFrom))]
