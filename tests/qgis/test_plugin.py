"""The plugin in QGIS: it loads, offers every stage, and says what is missing."""

from __future__ import annotations

import configparser
import re
import subprocess
import sys
from pathlib import Path

import pytest
from headless import ROOT, Qgis
from qgis.core import Qgis as QgisCore
from qgis.core import QgsApplication


def algorithms(plugin):
    return {a.name(): a for a in QgsApplication.processingRegistry().providerById("landloom").algorithms()}


def stages():
    from landloom.landloom.stages import STAGES

    return STAGES


def test_loads_without_a_word_in_the_log(plugin):
    assert algorithms(plugin)
    assert plugin.said_at_load == []


def test_every_stage_is_an_algorithm(plugin):
    chains = {path.stem for path in (ROOT / "resources/models").glob("*.model3")}
    assert set(algorithms(plugin)) == {stage.id for stage in stages()} | chains


def test_an_algorithm_has_the_parameters_and_outputs_of_its_declaration(plugin):
    for stage in stages():
        algorithm = algorithms(plugin)[stage.id]
        keys = [name.upper() for name in stage.parameters()]
        offered = [d.name() for d in algorithm.parameterDefinitions()]
        assert [name for name in offered if not name.endswith("_WKT")] == keys, stage.id
        outputs = {o.name() for o in algorithm.outputDefinitions()}
        assert outputs == {name.upper() for name in (*stage.files(), *stage.values())}, stage.id


def test_the_algorithm_can_be_used_with_the_defaults_of_its_declaration(plugin):
    for stage in stages():
        for name, kind in stage.parameters().items():
            definition = algorithms(plugin)[stage.id].parameterDefinition(name.upper())
            if kind.default is not None:
                assert definition.checkValueIsAcceptable(kind.default), (stage.id, name)
                assert definition.defaultValue() == kind.default, (stage.id, name)


def test_every_algorithm_has_help_and_an_icon_of_its_own_files(plugin):
    for algorithm in algorithms(plugin).values():
        assert len(algorithm.shortHelpString()) > 40, algorithm.name()
        assert Path(algorithm.svgIconPath()).is_file(), algorithm.name()
        assert not algorithm.icon().isNull()


def test_unloads_and_loads_again(plugin):
    plugin.unload()
    assert QgsApplication.processingRegistry().providerById("landloom") is None
    plugin.initProcessing()
    assert algorithms(plugin)


def test_importing_the_plugin_imports_nothing_before_qgis_asks(tmp_path):
    (tmp_path / "landloom").symlink_to(ROOT, target_is_directory=True)
    code = "import sys; before = set(sys.modules); import landloom; print(sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.strip() == "['landloom']"


class TestWithoutEnvironment:
    """Nothing is installed yet."""

    @pytest.fixture(scope="class")
    def bare(self, tmp_path_factory):
        qgis = Qgis(tmp_path_factory.mktemp("bare"), tmp_path_factory.mktemp("empty home"))
        qgis.enable()
        return qgis

    def test_the_algorithms_are_listed_and_explained(self, bare):
        assert "landloom:predict" in bare.process("list").stdout
        assert "Memory budget" in bare.process("help", "landloom:predict").stdout

    def test_running_one_says_how_to_set_it_up(self, bare, tmp_path):
        done = bare.process("run", "landloom:list_models", "--", f"TABLE={tmp_path / 'm.gpkg'}", check=False)
        told = done.stdout + done.stderr
        assert done.returncode != 0
        assert "python3 -m plugin.environment install" in told
        assert "Traceback" not in told


class TestMetadata:
    @pytest.fixture
    def general(self):
        metadata = configparser.ConfigParser(interpolation=None)
        metadata.read(ROOT / "metadata.txt", encoding="utf-8")
        return metadata["general"]

    def test_names_what_the_repository_needs(self, general):
        for name in ("name", "description", "about", "version", "author", "email", "repository", "tracker"):
            assert general[name].strip()
        assert re.fullmatch(r"\d+\.\d+\.\d+", general["version"])
        assert general["hasProcessingProvider"] == "yes"
        assert (ROOT / general["icon"]).is_file()

    def test_admits_this_qgis(self, general):
        version = QgisCore.QGIS_VERSION_INT
        lowest, highest = (int(general[k].split(".")[0]) * 10000 + int(general[k].split(".")[1]) * 100 for k in
                           ("qgisMinimumVersion", "qgisMaximumVersion"))  # fmt: skip
        assert lowest <= version <= highest
