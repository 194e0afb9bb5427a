"""The command line as a user and a cluster's scheduler meet it: real processes."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from conftest import ROOT
from postgres import server  # noqa: F401

from landloom import cli, postgis
from landloom.stage import Choice, FileOut, Flag
from landloom.stages import STAGES

BY_PATH = [sys.executable, "-I", str(ROOT / "landloom")]
AS_MODULE = [sys.executable, "-m", "landloom"]


def start(*arguments, cwd=None, program=BY_PATH, **environ) -> subprocess.Popen:
    command = [*program, *map(str, arguments)]
    return subprocess.Popen(
        command, cwd=cwd, env={**os.environ, **environ}, stdin=subprocess.DEVNULL, stdout=-1, stderr=-1, text=True
    )


def run_cli(*arguments, **more) -> subprocess.CompletedProcess:
    process = start(*arguments, **more)
    out, err = process.communicate()
    return subprocess.CompletedProcess(arguments, process.returncode, out, err)


def fails(*arguments, status=1, **more) -> str:
    """Run what must fail; returns what it tells."""
    done = run_cli(*arguments, **more)
    assert done.returncode == status
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    return done.stderr


# --- help -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("program", [BY_PATH, AS_MODULE], ids=["by path", "as module"])
def test_the_engine_starts_by_its_path_and_as_a_module(program):
    done = run_cli("--help", program=program, cwd=ROOT)
    assert done.returncode == 0
    for stage in STAGES:
        assert stage.id in done.stdout
        assert stage.title in done.stdout
    version = re.search(r"(?m)^version=(.+)$", (ROOT / "metadata.txt").read_text())[1]
    assert run_cli("--version", program=program, cwd=ROOT).stdout.strip() == version


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.id)
def test_the_help_of_a_stage_explains_every_parameter(stage, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "200")
    with pytest.raises(SystemExit, match="0"):
        cli.main([stage.id, "--help"])
    told = capsys.readouterr().out
    text = " ".join(told.split())
    assert " ".join(stage.__doc__.split()) in text
    assert "\n    " not in told.split("options:")[0].split("]\n\n")[1], "the description is not indented"
    for name, kind in stage.parameters().items():
        assert f"--{name.replace('_', '-')}" in text
        assert f"{kind.label}." in text
        assert kind.help.split(".")[0] in text
        assert kind.variable in text
        if isinstance(kind, Choice):
            assert all(label in text for label in kind.choices.values())
        if isinstance(kind, Flag):
            assert f"--no-{name.replace('_', '-')}" in text
        if getattr(kind, "maximum", None) is not None:
            assert kind.expected() in text
        if isinstance(kind, FileOut) and not kind.optional:
            assert kind.folder_variable in text


# --- results, messages, errors ----------------------------------------------------------------------


def test_results_go_to_standard_output_and_messages_to_standard_error(tmp_path):
    done = run_cli("list_models", "--table", "Modelle der Wälder.gpkg", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout == "table: Modelle der Wälder.gpkg\ncount: 0\n"
    assert "0 models in" in done.stderr
    assert (tmp_path / "Modelle der Wälder.gpkg").exists()


def test_results_can_be_had_as_json(scene):
    polygons = scene.polygons.rename(scene.folder / "Übungsflächen (2).gpkg")
    done = run_cli("check_training_polygons", "--polygons", polygons, "--class-field", "class_id", "--json",
                   "--problems", "problems.gpkg", cwd=scene.folder)  # fmt: skip
    found = json.loads(done.stdout)
    assert found["problems"] == "problems.gpkg"
    assert found["polygon_count"] == len(scene.table)


def test_switches_and_lists_are_taken(scene):
    done = run_cli("extract_samples", "--images", scene.image, scene.truth_raster, "--polygons", scene.polygons,
                   "--class-field", "class_id", "--all-touched", "--bands", "B2,5", "--samples", "s.parquet",
                   cwd=scene.folder)  # fmt: skip
    assert done.returncode == 0, done.stderr
    parameters = json.loads((scene.folder / "s.parquet.json").read_text())["parameters"]
    assert parameters["images"] == [str(scene.image), str(scene.truth_raster)]
    assert parameters["all_touched"] is True
    assert parameters["bands"] == ["B2", "5"]


def test_an_error_is_one_line_and_with_debug_says_where_it_came_from(tmp_path):
    arguments = ("predict", "--model", "no.landloom", "--images", "no.tif", "--map", tmp_path / "m.tif")
    message = fails(*arguments, cwd=tmp_path)
    assert message.startswith("Error: The model no.landloom does not exist.")
    assert len(message.splitlines()) == 1
    done = run_cli(*arguments, "--debug", cwd=tmp_path)
    assert done.returncode == 1
    assert "Traceback" in done.stderr


def test_a_value_that_does_not_fit_is_told_with_what_would(tmp_path):
    message = fails("train_random_forest", "--samples", "s.parquet", "--trees", "many", cwd=tmp_path)
    assert message == ("Error: The 'trees' parameter of Train random forest must be a whole number from 1 to 10000."
                       " Got 'many' instead.\n")  # fmt: skip
    assert "'samples' parameter of Train random forest is missing" in fails("train_random_forest", cwd=tmp_path)


def test_an_unknown_option_is_refused_and_none_is_guessed():
    assert "unrecognized arguments: --tree 5" in fails("train_random_forest", "--tree", "5", status=2)
    assert "invalid choice: 'predikt'" in fails("predikt", status=2)


def test_a_defect_is_admitted_and_gives_no_traceback_unasked(monkeypatch, capsys):
    def broken(*arguments):
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(cli, "run_stage", broken)
    monkeypatch.setattr(signal, "signal", lambda *arguments: None)  # these are pytest's own
    assert cli.main(["list_models"]) == 1
    told = capsys.readouterr().err
    assert "is a defect of Landloom: ZeroDivisionError: division by zero. Run it again with --debug" in told
    assert "Traceback" not in told
    assert cli.main(["list_models", "--debug"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_used_up_memory_is_told_with_a_remedy():
    from landloom.errors import in_words

    assert "a lower memory budget, fewer jobs" in in_words(MemoryError(), "")


# --- stopping ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_a_schedulers_request_stop_cleanly(tmp_path, number):
    process = start("create_demo_scene", "--size", "1600", "--jobs", "2", cwd=tmp_path)
    seen = process.stderr.readline()
    assert "%" in seen
    process.send_signal(number)
    out, err = process.communicate(timeout=600)
    assert process.returncode == 130
    # Where processes of joblib are ended in the middle of their work, its own housekeeper may have a word after that.
    assert "Cancelled.\n" in err
    assert "Traceback" not in err
    assert out == ""
    assert [p.name for p in tmp_path.iterdir()] == []


def test_asked_a_second_time_the_program_ends_at_once():
    program = (
        "import os, signal, time; from landloom import cli; cancel = cli._cancel_on_signals()\n"
        "os.kill(os.getpid(), signal.SIGINT)\n"
        "while not cancel.is_set(): time.sleep(0.01)\n"
        "os.kill(os.getpid(), signal.SIGINT); time.sleep(60)"
    )
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT).returncode == -signal.SIGINT


@pytest.mark.parametrize("on_terminal", [True, False])
def test_progress_stays_on_one_line_of_a_terminal_and_is_sparse_in_a_log(on_terminal):
    stream = io.StringIO()
    stream.isatty = lambda: on_terminal
    console = cli._Console(stream)
    for percent in range(0, 100, 5):
        console.show({"type": "progress", "fraction": percent / 100, "eta_s": 7.2, "rate": "3 Mpixel/s"})
    console.show({"type": "warning", "text": "Odd"})
    console.end("")
    lines = stream.getvalue().replace("\r\033[K", "\r").splitlines()
    if on_terminal:
        assert len([line for line in lines if "%" in line]) == 20
        assert stream.getvalue().count("\n") == 1, "that of the warning"
    else:
        expected = [f"{percent:3d} %, 3 Mpixel/s, 7 s left" for percent in range(10, 100, 10)]
        assert lines[-10:] == [*expected, "Warning: Odd"]
        assert len(lines) <= 11


# --- secrets ----------------------------------------------------------------------------------------


def test_a_password_in_the_address_is_refused_and_not_repeated(tmp_path):
    message = fails("list_models", "--connection", "postgresql://me:S3cret@host/db", cwd=tmp_path)
    assert "DB_PASSWORD" in message
    assert "S3cret" not in message


def test_the_password_is_in_no_process_list_and_no_output(server, tmp_path):  # noqa: F811
    if not Path("/proc/self/cmdline").exists():
        pytest.skip("only where /proc tells all command lines")
    name = server.database()
    environ = server.environ(name)
    assert run_cli("list_maps", "--layer", "first.gpkg", cwd=tmp_path, **environ).returncode == 0
    server.sql("CREATE TABLE ml_models (model_id int)", name)
    # Another session holds the table, so that the process stands still while we look.
    holder = postgis.connect(server.uri(name), environ, {})
    holder.cursor().execute("LOCK TABLE ml_models")
    process = start("list_models", "--table", "m.gpkg", "--debug", cwd=tmp_path, **environ)
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    while server.sql(waiting, name) == [["0"]]:
        assert process.poll() is None
    lines = b""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # one that has just ended
            lines += path.read_bytes()
    assert b"list_models" in lines
    assert server.password.encode() not in lines
    holder.close()
    out, err = process.communicate()
    assert process.returncode == 1, "the table lacks what is listed"
    assert server.password not in out + err
    assert "Traceback" in err
    written = b"".join(p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())
    assert server.password.encode() not in written


# --- settings ---------------------------------------------------------------------------------------


def test_settings_come_from_the_env_file_that_is_named(tmp_path):
    (tmp_path / "my.env").write_text("LANDLOOM_HOME=elsewhere\n")
    environ = {k: v for k, v in os.environ.items() if k != "LANDLOOM_HOME"}
    command = [*BY_PATH, "list_models", "--table", "m.gpkg", "--env-file", "my.env"]
    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True)
    assert "0 models in elsewhere/catalogue.gpkg" in done.stderr
    assert "no.env cannot be read" in fails("list_models", "--env-file", "no.env", cwd=tmp_path)


# --- installed --------------------------------------------------------------------------------------


def test_pip_installs_a_command_with_version_class_schemes_and_templates(tmp_path):
    if not (ROOT / "README.md").exists():
        pytest.fail("pyproject.toml names README.md, which is missing")
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    python = venv / "bin" / "python"
    # The locked packages of this environment are visible in the new one, without being copied.
    [site] = venv.glob("lib/*/site-packages")
    (site / "locked.pth").write_text("\n".join(p for p in sys.path if p.endswith("site-packages")))
    # Built from a copy of what belongs to the package, so that nothing is left in the working tree.
    source = tmp_path / "source"
    source.mkdir()
    for name in ("pyproject.toml", "metadata.txt", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    for name in ("landloom", "resources/schemes"):
        shutil.copytree(ROOT / name, source / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--quiet", source]
    installed = subprocess.run(pip, capture_output=True, text=True)
    if "hatchling" in installed.stderr and "No matching distribution" in installed.stderr:
        pytest.skip("the build tool hatchling cannot be fetched on this machine")
    assert installed.returncode == 0, installed.stderr
    program = [str(venv / "bin" / "landloom")]
    version = re.search(r"(?m)^version=(.+)$", (ROOT / "metadata.txt").read_text())[1]
    assert run_cli("--version", program=program, cwd=tmp_path).stdout.strip() == version
    done = run_cli("create_training_layer", "--scheme", "ipcc", program=program, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "class_count: 6" in done.stdout
    assert {p.name for p in (site / "landloom" / "templates").glob("*.html")} == {
        p.name for p in (ROOT / "landloom" / "templates").glob("*.html")
    }
