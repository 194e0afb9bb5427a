"""Training runs that are killed in the middle, as by a power cut."""

import json
import signal
import subprocess
import sys

from conftest import ROOT

_RUN = """
import json, os, signal, sys
sys.path.insert(0, sys.argv[1])
from landloom.job import Job
from landloom.networks import training
from landloom.runner import run_stage
from landloom.stages import find_stage

left, step = int(sys.argv[4]), training.Learner.step

def counted(self, *given):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return step(self, *given)

training.Learner.step = counted
with Job(lambda event: print(json.dumps(event), flush=True), environ=dict(os.environ)) as job:
    run_stage(find_stage(sys.argv[2]), json.loads(sys.argv[3]), job)
"""


def killed(stage_id: str, values: dict, step: int) -> list[dict]:
    """What a run tells before it is killed, within the `step`-th change of the network's weights."""
    command = [sys.executable, "-c", _RUN, str(ROOT), stage_id, json.dumps(values, default=str), str(step)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    assert done.returncode == -signal.SIGKILL
    return [json.loads(line) for line in done.stdout.splitlines()]


def figures(told: list[dict]) -> dict[tuple[str, float], float]:
    """The points of the live curves by name and step."""
    return {(e["name"], e["step"]): e["value"] for e in told if e["type"] == "metric"}
