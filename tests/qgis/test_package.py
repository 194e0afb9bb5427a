"""The zip for the plugin repository, and the link into a profile: QGIS loads the plugin from either."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile

import pytest
from headless import ROOT, Qgis
from headless import TEST_HOME as HOME


@pytest.fixture
def archive(tmp_path):
    if not (ROOT / ".git").exists():
        pytest.skip("what belongs into the zip is what git knows, and this is no git checkout")
    subprocess.run([sys.executable, ROOT / "scripts" / "package.py", tmp_path / "dist"], check=True)
    return next((tmp_path / "dist").glob("landloom-*.zip"))


def test_the_zip_holds_the_plugin_and_nothing_else(archive):
    with zipfile.ZipFile(archive) as opened:
        names = opened.namelist()
        assert {name.split("/")[0] for name in names} == {"landloom"}
        assert "landloom/metadata.txt" in names
        assert not [name for name in names if "test" in name or name.endswith((".pyc", ".in", ".so")) or "/." in name]
        with opened.open("landloom/requirements/base.txt") as locked:
            assert b"rasterio==" in locked.read()


def test_qgis_runs_what_is_in_the_zip(archive, tmp_path):
    qgis = Qgis(tmp_path / "qgis", HOME)
    link = tmp_path / "qgis" / "plugins" / "landloom"
    link.unlink()
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(link.parent)
    qgis.enable()
    outputs = {"IMAGE": "image.tif", "POLYGONS": "polygons.gpkg", "REFERENCE": "reference.gpkg"}
    given = {name: tmp_path / file for name, file in outputs.items()}
    # Of all algorithms this one starts processes of its own, which must find the engine too.
    qgis.run("landloom:create_demo_scene", SIZE=520, POINTS=10, JOBS=2, **given)
    assert all(path.exists() for path in given.values())


def test_the_link_into_a_profile_is_enabled_and_never_replaces_another_plugin(tmp_path):
    def install():
        environ = {**os.environ, "XDG_DATA_HOME": str(tmp_path)}
        command = [sys.executable, ROOT / "scripts" / "install.py", "mine"]
        return subprocess.run(command, env=environ, capture_output=True, text=True)

    profile = tmp_path / "QGIS/QGIS3/profiles/mine"
    settings = profile / "QGIS/QGIS3.ini"
    settings.parent.mkdir(parents=True)
    settings.write_text("[PythonPlugins]\nother=true\n\n[UI]\nkey=value\n", encoding="utf-8")
    for _ in range(2):
        assert install().returncode == 0
    assert (profile / "python/plugins/landloom").resolve() == ROOT
    assert settings.read_text(encoding="utf-8") == "[PythonPlugins]\nlandloom=true\nother=true\n\n[UI]\nkey=value\n"

    (profile / "python/plugins/landloom").unlink()
    (profile / "python/plugins/landloom").mkdir()
    refused = install()
    assert refused.returncode == 1
    assert "was installed there by other means" in refused.stderr
