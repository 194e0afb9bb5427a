"""Stages that write a folder, and stages that add to one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from landloom.errors import OutputError, ParameterError
from landloom.job import Job
from landloom.runner import run_stage
from landloom.stage import FileOut, FolderIn, FolderOut, FolderOutput, Stage, declare


@dataclass(frozen=True)
class Begin(Stage):
    """Write a folder."""

    id, title = "begin", "Begin"
    dataset: Any = declare(FolderOut("Data set", filename="data"))

    def run(self, job):
        Path(self.dataset).mkdir(exist_ok=True)
        Path(self.dataset, "first.txt").write_text("1")
        return {}


@dataclass(frozen=True)
class Continue(Stage):
    """Add to a folder."""

    id, title = "continue", "Continue"
    dataset: Any = declare(FolderIn("Data set", amended=True))
    report: Any = declare(FileOut("Report", optional=True))
    dataset_out: Any = declare(FolderOutput("Data set"))

    def run(self, job):
        if self.report:
            Path(self.report).write_text("2")
        return {"dataset_out": self.dataset}


def run(stage, **given):
    with Job() as job:
        return run_stage(stage, given, job)


def test_what_each_stage_did_is_noted_inside_the_folder(tmp_path):
    folder = tmp_path / "a data set"
    run(Begin, dataset=str(folder))
    done = run(Continue, dataset=str(folder))
    assert done == {"dataset_out": str(folder)}
    noted = {path.name: json.loads(path.read_text()) for path in (folder / "provenance").iterdir()}
    assert set(noted) == {"begin.json", "continue.json"}
    assert noted["continue.json"]["inputs"]["dataset"][0]["source"] == str(folder)
    assert [path.name for path in tmp_path.iterdir()] == ["a data set"]


def test_a_report_may_be_written_into_the_folder_again(tmp_path):
    run(Begin, dataset=str(tmp_path / "data"))
    for _ in range(2):
        run(Continue, dataset=str(tmp_path / "data"), report=str(tmp_path / "data" / "report.txt"))


def test_the_usual_folder_is_in_the_current_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run(Begin) == {"dataset": "data"}
    assert (tmp_path / "data" / "first.txt").exists()


def test_a_folder_that_cannot_be_one_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"'dataset' of Begin names a file, not a folder"):
        run(Begin, dataset=str(tmp_path / "file"))
    with pytest.raises(OutputError, match=r"Cannot write 'dataset' of Begin"):
        run(Begin, dataset=str(tmp_path / "file" / "data"))
    with pytest.raises(ParameterError, match=r"path of a folder to write to"):
        run(Begin, dataset=7)
