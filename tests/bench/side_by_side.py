"""Ways to do the same job, side by side.

Each run is a process of its own, so that its peak memory is its own; rounds are interleaved, medians are shown,
and the ratios count, not the seconds of a noisy machine.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

Way = Callable[[Path], None]


@dataclass(frozen=True)
class Bench:
    """What is compared.

    Attributes:
        script: the file that holds the ways; it calls `main` of this.
        title: what the job is.
        ways: by name; each does the job in a folder. The first is warmed up once: it may compile.
        baseline: the way that the ratios refer to.
        prepare: makes the inputs in the folder.
        check: prints whether the ways' results agree; else the speed means nothing.
        amount: how much each way does, in `unit`.
    """

    script: str
    title: str
    ways: dict[str, Way]
    baseline: str
    prepare: Way
    check: Way
    amount: float
    unit: str
    rounds: int = 3

    def main(self) -> None:
        """Prepare, measure in turns, print; or, as a process of its own, one run."""
        parser = argparse.ArgumentParser()
        parser.add_argument("--way", choices=self.ways)
        parser.add_argument("--folder", type=Path)
        options = parser.parse_args()
        if options.way:
            began = time.perf_counter()
            self.ways[options.way](options.folder)
            print(json.dumps({"seconds": time.perf_counter() - began, "peak": peak_memory()}))
            return
        with tempfile.TemporaryDirectory() as name:
            self.prepare(Path(name))
            self._run(next(iter(self.ways)), Path(name))
            rounds = [{way: self._run(way, Path(name)) for way in self.ways} for _ in range(self.rounds)]
            print(f"{self.title}; medians of {self.rounds} rounds, whole programs with start-up\n")
            self.check(Path(name))
        self._print(rounds)

    def _run(self, way: str, folder: Path) -> dict:
        command = [sys.executable, self.script, "--way", way, "--folder", str(folder)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        return json.loads(done.stdout.splitlines()[-1])

    def _print(self, rounds: list[dict]) -> None:
        seconds = {way: statistics.median(r[way]["seconds"] for r in rounds) for way in self.ways}
        print(f"\n| way | s | {self.unit}/s | × {self.baseline} | peak MiB |\n|---|---|---|---|---|")
        for way, took in seconds.items():
            peak = max(r[way]["peak"] for r in rounds)
            ratio = seconds[self.baseline] / took
            print(f"| {way} | {took:.1f} | {self.amount / took:.2f} | {ratio:.1f} | {peak:.0f} |")


def peak_memory() -> float:
    """This process's largest memory so far, MiB. getrusage would also count what the parent had before the start."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def stage(name: str, **given) -> dict:
    """Run a stage of ours."""
    from landloom.job import Job
    from landloom.runner import run_stage
    from landloom.stages import find_stage

    with Job() as job:
        return run_stage(find_stage(name), {key: str(v) if isinstance(v, Path) else v for key, v in given.items()}, job)
