"""An engine with one more stage, which does whatever a stage should not do. Started like landloom/__main__.py."""

from __future__ import annotations

import atexit
import ctypes
import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

import landloom.stages
from landloom import worker
from landloom.stage import Stage, Text, TextOutput, declare

CHATTY = [sys.executable, "-uc", "import time\nwhile True: print('still here'); time.sleep(0.1)"]
WAYS: dict[str, Callable] = {}


def way(function: Callable) -> Callable:
    """Offer a function as a way to misbehave; what it returns is the stage's answer."""
    WAYS[function.__name__] = function
    return function


@dataclass(frozen=True)
class Misbehave(Stage):
    """Do something that a stage should not do."""

    id = "misbehave"
    title = "Misbehave"
    group = "Test"

    how: Any = declare(Text("How"))
    answer: Any = declare(TextOutput("Answer"))

    def run(self, job: Any) -> dict:
        """Do it; the process's id is told first."""
        job.message(json.dumps({"pids": [os.getpid()]}))
        return {"answer": WAYS[self.how](job)}


# --- talking ----------------------------------------------------------------------------------


@way
def say_all_kinds_then_wait(job):
    job.progress(0.25, "3 Mpixel/s")
    job.warning("Ünusual")
    job.metric("loss", 1, 0.5)
    return wait_for_file(job)


@way
def wait_for_file(job):
    """Go on as soon as somebody has seen the message and made the file that it names."""
    answer = job.scratch / "answer"
    job.message(json.dumps({"waits_for": str(answer)}))
    while not answer.exists():
        job.check_cancelled()
        time.sleep(0.01)
    return answer.read_text()


@way
def print_everywhere(job):
    print("from print")  # noqa: T201
    os.write(1, b"from write\n")
    os.write(1, b'{"type": "result", "outputs": {"answer": "from a library"}}\n')
    sys.stdout.buffer.write(b"from buffer\n")
    ctypes.CDLL(None).puts(b"from C")
    ctypes.CDLL(None).fflush(None)
    subprocess.run(["echo", "from a child"], check=True)
    return "done"


@way
def flood(job):
    """Several megabytes on both pipes at once, many times more than a pipe holds."""
    for number in range(3000):
        os.write(1, b"x" * 999 + b"\n")
        os.write(2, b"y" * 999 + b"\n")
        job.message(f"{number} " + "z" * 1000)
    return "done"


@way
def flood_for_ever(job):
    while True:
        os.write(2, b"y" * 999 + b"\n")


@way
def read_stdin(job):
    inherited = subprocess.run(["cat"], stdout=subprocess.PIPE, check=True).stdout
    return repr((sys.stdin.read(), inherited.decode()))


@way
def work_in_another_process(job):
    """With joblib's processes, which import their modules anew."""
    from joblib import Parallel, delayed

    return str(Parallel(n_jobs=2, backend="loky")(delayed(sorted)("ba") for _ in range(2)))


@way
def describe(job):
    return json.dumps(
        {
            "environ": dict(os.environ),
            "path": sys.path,
            "secrets": job.secrets,
        }
    )


@way
def fail_with_secrets_at_hand(job):
    wait_for_file(job)
    raise RuntimeError("failed on purpose")


# --- not stopping -----------------------------------------------------------------------------


@way
def cooperate(job):
    marker = Path(os.environ["LANDLOOM_HOME"]) / "tidied_up"
    try:
        while True:
            job.progress(0.5)
            time.sleep(0.01)
    finally:
        marker.touch()


@way
def ignore_cancel(job):
    while True:
        sum(range(1000))


@way
def stay_in_native_code(job):
    ctypes.CDLL(None).sleep(600)


@way
def stay_in_native_code_with_the_lock(job):
    """Python's lock is kept, so that no thread of this process can run."""
    ctypes.PyDLL(None).sleep(600)


@way
def stay_with_children(job):
    """A child that ignores polite signals, its child, and a fork that holds all our pipes."""
    family = (
        "import os, signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']);"
        "print(os.getpid(), child.pid, flush=True); time.sleep(600)"
    )
    child = subprocess.Popen([sys.executable, "-c", family], stdout=subprocess.PIPE)
    pids = [int(pid) for pid in child.stdout.readline().split()]
    job.message(json.dumps({"pids": [*pids, fork()]}))
    ctypes.CDLL(None).sleep(600)


@way
def leave_children_behind(job):
    job.message(json.dumps({"pids": [fork(), subprocess.Popen(CHATTY).pid]}))
    return "done"


@way
def crash_and_leave_children(job):
    leave_children_behind(job)
    segfault(job)


def fork() -> int:
    child = os.fork()
    if child == 0:
        time.sleep(600)
    return child


# --- dying ------------------------------------------------------------------------------------


@way
def segfault(job):
    ctypes.string_at(0)


@way
def abort(job):
    ctypes.CDLL(None).abort()


@way
def use_up_memory(job):
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + 2**28, used + 2**28))
    hoard = []
    while True:
        hoard.append(bytearray(2**24))


@way
def fill_the_disk(job):
    with Path("/dev/full").open("w") as stream:
        stream.write("x")


@way
def miss_a_package(job):
    import a_package_that_is_not_installed  # noqa: F401


@way
def vanish(job):
    os._exit(0)


@way
def exit_badly_after_the_result(job):
    atexit.register(os._exit, 3)
    return "done"


@way
def hang_after_the_result(job):
    threading.Thread(target=time.sleep, args=(600,)).start()
    return "done"


@way
def die_while_writing(job):
    print("the last words")  # noqa: T201
    events.write(b'{"type": "mess')
    events.flush()
    os.kill(os.getpid(), signal.SIGKILL)


def remember_events() -> tuple:
    global events
    requests, events = claim_pipes()
    return requests, events


if __name__ == "__main__":
    landloom.stages.STAGES = (*landloom.stages.STAGES, Misbehave)
    claim_pipes, worker._claim_pipes = worker._claim_pipes, remember_events
    sys.exit(worker.main())
