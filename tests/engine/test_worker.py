"""The worker as a real process: the talk with it, and its end, whatever it does."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from landloom import configuration
from plugin import worker_client
from plugin.worker_client import ENGINE, WorkerCancelled, WorkerFailed

DATA = Path(__file__).resolve().parent / "data"
MISBEHAVING = DATA / "misbehaving_engine.py"

# Only what hangs takes so long; what is started here would stay twice as long.
HANGS_S = 300

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the misbehaving engine uses Linux's C library")


class Heard:
    """What a worker said, and which processes it named."""

    def __init__(self, on_event=lambda event: None):
        self.events, self.log, self.pids = [], [], []
        self._on_event = on_event

    def event(self, event):
        self.events.append(event)
        told = json.loads(event["text"]) if event.get("text", "").startswith("{") else {}
        self.pids += told.get("pids", [])
        if "waits_for" in told:
            self.waits_for = Path(told["waits_for"])
        self._on_event(event)

    def texts(self, kind="message"):
        return [event["text"] for event in self.events if event["type"] == kind]

    def wait_until_all_are_gone(self):
        wait_for(lambda: not any(map(runs, self.pids)))


def runs(pid):
    """Whether a process is there; one that has ended but was not collected by its parent does not count."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_for(condition):
    until = time.monotonic() + HANGS_S
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


def ask(way, heard=None, home=None, **more):
    """Run the misbehaving stage; returns its answer."""
    heard = heard or Heard()
    request = {"stage": "misbehave", "parameters": {"how": way}, "secrets": more.pop("secrets", {})}
    return worker_client.run(
        Path(sys.executable),
        request,
        home or Path(os.environ["LANDLOOM_HOME"]),
        heard.event,
        heard.log.append,
        engine=MISBEHAVING,
        **more,
    )["answer"]


# --- talking ----------------------------------------------------------------------------------


def test_events_arrive_while_the_run_goes_on():
    """The stage ends only when somebody has made a file that it names in a message."""
    heard = Heard(lambda event: "waits_for" in event.get("text", "") and heard.waits_for.write_text("seen"))
    assert ask("say_all_kinds_then_wait", heard) == "seen"
    kinds = {event["type"]: event for event in heard.events[1:-1]}
    assert kinds["progress"]["fraction"] == 0.25
    assert kinds["progress"]["rate"] == "3 Mpixel/s"
    assert kinds["warning"]["text"] == "Ünusual"
    assert kinds["metric"] == {"type": "metric", "name": "loss", "step": 1, "value": 0.5}


def test_what_libraries_print_goes_to_the_log():
    heard = Heard()
    assert ask("print_everywhere", heard) == "done"
    like_a_result = '{"type": "result", "outputs": {"answer": "from a library"}}'
    assert set(heard.log) == {"from print", "from write", like_a_result, "from buffer", "from C", "from a child"}


def test_megabytes_on_both_pipes_do_not_block():
    heard = Heard()
    assert ask("flood", heard) == "done"
    assert sum(map(len, heard.log)) == 2 * 3000 * 999
    assert [text.split()[0] for text in heard.texts()[1:]] == [str(number) for number in range(3000)]


def test_a_request_larger_than_a_pipe_arrives():
    secrets = {"many": "s" * 2_000_000}
    assert json.loads(ask("describe", secrets=secrets))["secrets"] == secrets


def test_libraries_and_children_do_not_take_the_requests():
    assert ask("read_stdin") == "('', '')"


def test_two_workers_at_once_do_not_disturb_each_other():
    first, second = (Heard() for _ in range(2))
    answers = {}

    def run(name, heard):
        answers[name] = ask("wait_for_file", heard)

    threads = [threading.Thread(target=run, args=pair) for pair in (("first", first), ("second", second))]
    for thread in threads:
        thread.start()
    wait_for(lambda: hasattr(first, "waits_for") and hasattr(second, "waits_for"))
    second.waits_for.write_text("to the second")
    threads[1].join()
    assert answers == {"second": "to the second"}
    first.waits_for.write_text("to the first")
    threads[0].join()
    assert answers == {"first": "to the first", "second": "to the second"}


def test_the_scratch_folder_is_gone_afterwards():
    heard = Heard(lambda event: "waits_for" in event.get("text", "") and heard.waits_for.write_text("seen"))
    ask("wait_for_file", heard)
    assert not heard.waits_for.parent.exists()


# --- cancelling -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "way",
    [
        "ignore_cancel",
        "flood_for_ever",
        "stay_in_native_code",
        "stay_in_native_code_with_the_lock",
        "stay_with_children",
    ],
)
def test_cancel_ends_the_worker_and_its_children_whatever_it_does(way, monkeypatch):
    monkeypatch.setattr(worker_client, "GRACE_S", 1)
    heard = Heard()
    processes = 4 if way == "stay_with_children" else 1
    began = time.monotonic()
    with pytest.raises(WorkerCancelled):
        ask(way, heard, is_cancelled=lambda: len(heard.pids) >= processes)
    assert time.monotonic() - began < HANGS_S
    heard.wait_until_all_are_gone()


def test_who_cancels_waits_for_seconds_at_most():
    assert worker_client.GRACE_S <= 4


def test_a_stage_that_listens_can_tidy_up(own_home, monkeypatch):
    monkeypatch.setattr(worker_client, "GRACE_S", HANGS_S)
    heard = Heard()
    with pytest.raises(WorkerCancelled):
        ask("cooperate", heard, is_cancelled=lambda: bool(heard.texts()))
    assert (own_home / "tidied_up").exists()
    assert not heard.log
    heard.wait_until_all_are_gone()


def test_a_worker_that_never_reads_its_request_can_be_cancelled(tmp_path, monkeypatch):
    """Nothing waits for room in a pipe."""
    monkeypatch.setattr(worker_client, "GRACE_S", 1)
    deaf = tmp_path / "deaf.py"
    deaf.write_text("import time; time.sleep(600)")
    began = time.monotonic()
    with pytest.raises(WorkerCancelled):
        worker_client.run(
            Path(sys.executable), {"large": "x" * 2_000_000}, tmp_path, is_cancelled=lambda: True, engine=deaf
        )
    assert time.monotonic() - began < HANGS_S


# --- dying ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("way", "words"),
    [
        ("segfault", r"crashed in native code \(SIGSEGV\)"),
        ("abort", r"crashed in native code \(SIGABRT\)"),
        ("use_up_memory", "The memory of this computer is used up"),
        ("fill_the_disk", "The disk is full"),
        ("miss_a_package", "environment is incomplete: No module named 'a_package_that_is_not_installed'"),
        ("vanish", "ended with status 0 without a result"),
        ("exit_badly_after_the_result", "ended with status 3 after its result"),
        ("die_while_writing", "killed by the system, most likely because the memory ran out"),
        ("no such way", "is a defect of Landloom: KeyError"),
    ],
)
def test_a_death_is_told_in_words(way, words):
    heard = Heard()
    with pytest.raises(WorkerFailed, match=words):
        ask(way, heard)
    heard.wait_until_all_are_gone()


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (signal.SIGKILL, "killed by the system, most likely because the memory ran out"),
        (signal.SIGTERM, r"stopped from outside \(SIGTERM\)"),
    ],
)
def test_a_killed_worker_is_told_in_words(number, words):
    heard = Heard(lambda event: "waits_for" in event.get("text", "") and os.kill(heard.pids[0], number))
    with pytest.raises(WorkerFailed, match=words):
        ask("wait_for_file", heard)


def test_what_a_killed_worker_said_last_is_in_the_log():
    heard = Heard()
    with pytest.raises(WorkerFailed):
        ask("die_while_writing", heard)
    assert heard.log == ["the last words", '{"type": "mess'] or heard.log == ['{"type": "mess', "the last words"]


def test_a_crash_in_native_code_says_in_the_log_where_python_stood():
    heard = Heard()
    with pytest.raises(WorkerFailed):
        ask("segfault", heard)
    assert any("misbehaving_engine.py" in line and "segfault" in line for line in heard.log)


def test_a_worker_that_does_not_end_after_its_result_is_stopped(monkeypatch):
    monkeypatch.setattr(worker_client, "EXIT_S", 1)
    heard = Heard()
    with pytest.raises(WorkerFailed, match="did not end within 1 seconds"):
        ask("hang_after_the_result", heard)
    heard.wait_until_all_are_gone()


@pytest.mark.parametrize("way", ["leave_children_behind", "crash_and_leave_children"])
def test_children_do_not_outlive_the_worker_nor_hold_up_its_end(way):
    heard = Heard()
    if way == "crash_and_leave_children":
        with pytest.raises(WorkerFailed, match="SIGSEGV"):
            ask(way, heard)
    else:
        assert ask(way, heard) == "done"
    assert len(heard.pids) == 3
    heard.wait_until_all_are_gone()


def in_qgis(way, home, grace_s):
    """Start a program that runs the worker as QGIS does."""
    command = [sys.executable, DATA / "qgis_stand_in.py", sys.executable, MISBEHAVING, home, way, str(grace_s)]
    # What is killed leaves its scratch folder behind.
    return subprocess.Popen(command, env={**os.environ, "TMPDIR": str(home)}, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize(
    ("way", "processes", "grace_s"),
    [
        ("ignore_cancel", 1, 1),
        ("stay_in_native_code", 1, 1),
        ("stay_in_native_code_with_the_lock", 1, 1),
        ("stay_with_children", 4, 1),
    ],
)
def test_nothing_is_left_when_qgis_is_killed(way, processes, grace_s, tmp_path):
    heard = Heard()
    with in_qgis(way, tmp_path, grace_s) as qgis:
        while len(heard.pids) < processes:
            heard.event({"type": "message", "text": qgis.stdout.readline()})
        qgis.kill()
    heard.wait_until_all_are_gone()


def test_a_stage_that_listens_can_tidy_up_when_qgis_is_killed(tmp_path):
    with in_qgis("cooperate", tmp_path, HANGS_S) as qgis:
        qgis.stdout.readline()
        qgis.kill()
    wait_for((tmp_path / "tidied_up").exists)


def test_a_python_that_is_not_there_is_told(tmp_path):
    with pytest.raises(WorkerFailed, match=r"nowhere cannot be started: No such file or directory\. Repair"):
        worker_client.run(tmp_path / "nowhere", {}, tmp_path)


def test_no_place_for_temporary_files_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(WorkerFailed, match=r"There is no place for temporary files: No such file.* TMPDIR"):
        ask("describe")


# --- what reaches the worker ------------------------------------------------------------------

OF_QGIS = {
    "PYTHONPATH": "/decoy",
    "PYTHONHOME": "/decoy",
    "PROJ_LIB": "/decoy",
    "PROJ_DATA": "/decoy",
    "GDAL_DATA": "/decoy",
    "GDAL_DRIVER_PATH": "/decoy",
    "LD_LIBRARY_PATH": "/decoy",
    "PIP_INDEX_URL": "https://user:password@index.invalid",
    "QT_PLUGIN_PATH": "/decoy",
    "QGIS_PREFIX_PATH": "/decoy",
    "VIRTUAL_ENV": "/decoy",
}
OF_THE_USER = {
    "AWS_ACCESS_KEY_ID": "1",
    "AWS_S3_ENDPOINT": "2",
    "CPL_VSIL_CURL_USERAGENT": "3",
    "GDAL_HTTP_TIMEOUT": "4",
    "GDAL_CACHEMAX": "5",
    "https_proxy": "6",
    "HTTP_PROXY": "7",
    "DB_PASSWORD": "8",
    "SSL_CERT_FILE": "9",
}


def test_of_the_environment_variables_the_users_reach_the_worker_and_qgis_own_do_not():
    found = json.loads(ask("describe", environ={**os.environ, **OF_QGIS, **OF_THE_USER}))["environ"]
    assert not set(OF_QGIS) & set(found)
    assert OF_THE_USER.items() <= found.items()


def test_in_a_home_that_cannot_be_written_nothing_is_to_be_kept(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    for home, kept in ((tmp_path, True), (tmp_path / "file" / "home", False)):
        assert ("NUMBA_CACHE_DIR" in worker_client.worker_environment({}, home)) is kept
        monkeypatch.setenv("NUMBA_CACHE_DIR", "")
        monkeypatch.delenv("NUMBA_CACHE_DIR")
        configuration.keep_compiled({"LANDLOOM_HOME": str(home)})
        assert ("NUMBA_CACHE_DIR" in os.environ) is kept


def test_secrets_are_in_no_process_list_and_no_log():
    secret = "hush-5ecret"
    seen = []

    def look(event):
        if "waits_for" not in event.get("text", ""):
            return
        for process in psutil.process_iter():
            for name in ("cmdline", "environ"):
                try:
                    seen.append(Path(f"/proc/{process.pid}/{name}").read_bytes())
                except OSError:
                    continue
        heard.waits_for.touch()

    heard = Heard(look)
    with pytest.raises(WorkerFailed, match="failed on purpose"):
        ask("fail_with_secrets_at_hand", heard, secrets={"connection": f"password={secret}"})
    assert any(str(MISBEHAVING).encode() in text for text in seen)
    assert not any(secret.encode() in text for text in seen)
    assert any("RuntimeError: failed on purpose" in line for line in heard.log)
    assert secret not in "\n".join([*heard.log, json.dumps(heard.events)])


def test_secrets_reach_the_stage():
    assert json.loads(ask("describe", secrets={"connection": "password=x"}))["secrets"] == {"connection": "password=x"}


# --- which engine runs ------------------------------------------------------------------------


def virtual_environment(folder: Path) -> Path:
    """A virtual environment that finds this one's packages after its own; returns its Python."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    packages = next(folder.glob("lib/python*/site-packages"))
    (packages / "more.pth").write_text(str(Path(psutil.__file__).parents[1]))
    return folder / "bin" / "python"


@pytest.mark.parametrize("place", ["site-packages", "PYTHONPATH", "current folder"])
def test_the_engine_of_the_plugin_runs_and_no_other_copy(place, tmp_path, monkeypatch):
    python = virtual_environment(tmp_path / "environment")
    folders = {
        "site-packages": next((tmp_path / "environment").glob("lib/python*/site-packages")),
        "PYTHONPATH": tmp_path / "path",
        "current folder": tmp_path / "current",
    }
    decoy = folders[place] / "landloom"
    decoy.mkdir(parents=True)
    (decoy / "__init__.py").write_text("raise SystemExit('the decoy runs')")
    if place == "current folder":
        monkeypatch.chdir(folders[place])
    log = []
    with pytest.raises(WorkerFailed, match=r"There is no stage 'none'\. There are: .*train_random_forest"):
        worker_client.run(
            python,
            {"stage": "none", "parameters": {}},
            tmp_path,
            on_log=log.append,
            environ={**os.environ, "PYTHONPATH": str(folders["PYTHONPATH"])},
        )
    assert "the decoy runs" not in "\n".join(log)


def test_neither_the_engines_own_folder_nor_the_current_one_is_searched_for_packages(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = json.loads(ask("describe"))["path"]
    assert not {"", str(tmp_path), str(MISBEHAVING.parent)} & set(path)


def test_nor_do_the_processes_of_a_stage_search_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("joblib.py", "random.py", "landloom.py"):
        (tmp_path / name).write_text("raise SystemExit('the decoy runs')")
    assert ask("work_in_another_process") == str([["a", "b"], ["a", "b"]])


def test_folders_with_spaces_umlauts_and_200_characters_work(tmp_path):
    folder = tmp_path / "Wälder & Felder (2025)"
    while len(str(folder)) < 200:
        folder /= "ein Ordner mit ß und 木"
    shutil.copytree(ENGINE.parent, folder / "plugin" / "landloom", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ENGINE.parents[1] / "resources", folder / "plugin" / "resources")
    shutil.copy(ENGINE.parents[1] / "metadata.txt", folder / "plugin")
    layer = folder / "Trainingsflächen.gpkg"
    outputs = worker_client.run(
        Path(sys.executable),
        {"stage": "create_training_layer", "parameters": {"layer": str(layer)}},
        folder / "home",
        engine=folder / "plugin" / "landloom" / "__main__.py",
    )
    assert layer.exists()
    assert outputs["layer"] == str(layer)
    assert outputs["class_count"] == 5


# --- the settings file ------------------------------------------------------------------------


def settings_of(path, **more):
    from landloom.configuration import environment

    return environment(dotenv=path, **more)


def test_a_variable_that_is_set_wins_over_the_file_and_a_given_one_over_both(tmp_path, monkeypatch):
    (tmp_path / "settings").write_text(
        "A=file\nB=file\nC=file\nEMPTY\n", encoding="utf-8-sig"
    )  # as editors on Windows do
    monkeypatch.setenv("B", "set")
    monkeypatch.setenv("C", "set")
    found = settings_of(tmp_path / "settings", given={"C": "given"})
    assert (found["A"], found["B"], found["C"]) == ("file", "set", "given")
    assert "EMPTY" not in found


def test_dollar_signs_in_a_password_are_kept(tmp_path):
    (tmp_path / "settings").write_text("DB_PASSWORD='a$HOME${PATH}b'\n")
    assert settings_of(tmp_path / "settings")["DB_PASSWORD"] == "a$HOME${PATH}b"


@pytest.mark.parametrize("content", [None, b"NAME=\xfcber"])
def test_a_settings_file_that_cannot_be_read_is_named(content, tmp_path):
    from landloom.errors import InputError

    if content is not None:
        (tmp_path / "settings").write_bytes(content)
    with pytest.raises(InputError, match=r"settings cannot be read: .* text file in UTF-8"):
        settings_of(tmp_path / "settings")


def test_a_folder_named_dot_env_is_no_settings_file(tmp_path, monkeypatch):
    (tmp_path / ".env").mkdir()
    monkeypatch.chdir(tmp_path)
    assert settings_of(None)["LANDLOOM_HOME"]


# --- the job ----------------------------------------------------------------------------------


def told_by(work):
    """The fractions that a job tells while `work` is done with it, without waiting between them."""
    from landloom.job import Job

    events = []
    with Job(events.append) as job:
        work(job)
    return [event["fraction"] for event in events]


def test_the_parts_of_a_stage_inside_another_share_its_progress():
    def work(job):
        job.part(0.0, 0.2).progress(1.0)
        with job.within(0.2, 0.6):
            job.part(0.0, 0.5).progress(1.0)
            job.part(0.5, 1.0).progress(1.0)
        job.part(0.6, 1.0).progress(0.5)

    assert told_by(work) == [0.2, 0.4, 0.6, 0.8]


def test_progress_is_told_ten_times_a_second_at_most():
    began = time.monotonic()
    told = told_by(lambda job: [job.progress(step / 100_000) for step in range(100_000)])
    assert 1 <= len(told) <= 1 + 10 * (time.monotonic() - began)


def test_the_time_left_is_estimated_from_the_share_done(monkeypatch):
    from landloom import job

    clock = iter([100.0, 110.0, 130.0])
    monkeypatch.setattr(job, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    events = []
    with job.Job(events.append) as begun:
        begun.progress(0.25)
        begun.progress(0.5)
    assert [event["eta_s"] for event in events] == [30, 30]
