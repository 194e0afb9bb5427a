"""The command line, derived from the stages' declarations: `landloom STAGE --parameter value …`."""

from __future__ import annotations

import argparse
import inspect
import json
import re
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from typing import Any, TextIO

from . import configuration, provenance
from .errors import Cancelled, in_words
from .job import Job
from .runner import run_stage
from .stage import Choice, FileIn, FileOut, FilesIn, Flag, Integer, Kind, Number, Rasters, Stage
from .stages import STAGES, find_stage

EXIT_FAILED, EXIT_CANCELLED = 1, 130
REPORT = "Run it again with --debug and report that."


def main(arguments: list[str]) -> int:
    """Run one stage; results go to standard output, progress and messages to standard error."""
    options = vars(parser().parse_args(arguments))
    stage_id, as_json, debug, dotenv = (options.pop(k) for k in ("stage", "json", "debug", "env_file"))
    given = {name: value for name, value in options.items() if value is not None}
    console = _Console(sys.stderr)
    try:
        outputs = _run(stage_id, given, dotenv, _cancel_on_signals(), console.show)
    except Cancelled:
        console.end("Cancelled.")
        return EXIT_CANCELLED
    except Exception as error:
        console.end(f"Error: {in_words(error, '' if debug else REPORT)}".rstrip())
        if debug:
            traceback.print_exc()
        return EXIT_FAILED
    console.end("")
    if as_json:
        print(json.dumps(outputs))
    else:
        for name, value in outputs.items():
            print(f"{name}: {'' if value is None else value}")
    return 0


def _run(stage_id: str, given: dict, dotenv: str | None, cancel: threading.Event, show: Callable[[dict], None]) -> dict:
    environ = configuration.environment(dotenv=dotenv)
    configuration.keep_compiled(environ)
    with Job(show, cancel, environ=environ) as job:
        return run_stage(find_stage(stage_id), given, job)


def _cancel_on_signals() -> threading.Event:
    """An event that Ctrl-C or a cluster's request to stop sets; asked a second time, the process ends at once."""
    cancel = threading.Event()

    def stop(number: int, frame: object) -> None:
        cancel.set()
        signal.signal(number, signal.SIG_DFL)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    return cancel


def parser() -> argparse.ArgumentParser:
    """The parser for all stages."""
    made = argparse.ArgumentParser(
        prog="landloom",
        description="Land-cover mapping, stage by stage. Each stage has its own help: landloom STAGE --help",
    )
    made.add_argument("--version", action="version", version=provenance.version())
    commands = made.add_subparsers(dest="stage", metavar="STAGE", required=True)
    for stage in STAGES:
        _add_stage(commands, stage)
    return made


def _add_stage(commands: Any, stage: type[Stage]) -> None:
    command = commands.add_parser(
        stage.id,
        help=stage.title,
        description=inspect.getdoc(stage),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        # A shortened name in a script would break when a later version has a second parameter that begins so.
        allow_abbrev=False,
    )
    for name, kind in stage.parameters().items():
        command.add_argument(option(name), dest=name, help=_help(kind), **_options(kind))
    command.add_argument("--json", action="store_true", help="Print the results as JSON.")
    command.add_argument("--debug", action="store_true", help="Print where an error came from.")
    command.add_argument("--env-file", metavar="FILE", help="File with environment variables (default: .env).")


def option(name: str) -> str:
    """The option for a parameter."""
    return f"--{name.replace('_', '-')}"


def _options(kind: Kind) -> dict[str, Any]:
    if isinstance(kind, Flag):
        return {"action": argparse.BooleanOptionalAction, "default": None}
    if isinstance(kind, Rasters):
        return {"nargs": "+", "metavar": "RASTER"}
    if isinstance(kind, FilesIn):
        return {"nargs": "+", "metavar": "FILE"}
    if isinstance(kind, Choice):
        return {"metavar": "{" + ",".join(kind.choices) + "}"}
    return {"metavar": re.sub("(In|Out)$", "", type(kind).__name__).upper()}


def _help(kind: Kind) -> str:
    parts = [f"{kind.label}.", kind.help]
    if isinstance(kind, Choice):
        parts.append("; ".join(f"{word}: {label}" for word, label in kind.choices.items()) + ".")
    if isinstance(kind, (Integer, Number)):
        parts.append(f"Must be {kind.expected()}.")
    if isinstance(kind, FileIn) and kind.filename:
        parts.append(f"With year and month: {kind.filename.format(month='_YYYYMM')} in the folder of the variable")
        parts.append(f"{kind.folder_variable}, or in this folder.")
    if isinstance(kind, FileOut) and kind.filename and not kind.optional:
        parts.append(f"Default: {kind.filename.format(month='_YYYYMM')}")
        where = f"in the folder of the variable {kind.folder_variable}, or " if kind.folder_variable else ""
        parts.append(f"{where}in this folder.")
    elif kind.default is not None and not isinstance(kind, Flag):
        parts.append(f"Default: {kind.default}.")
    elif isinstance(kind, Flag):
        parts.append(f"Default: {'yes' if kind.default else 'no'}.")
    if kind.variable:
        parts.append(f"Else the environment variable {kind.variable}.")
    return " ".join(filter(None, parts)).replace("%", "%%")


class _Console:
    """Shows a job's events as text: one line for the progress, which is overwritten on a terminal."""

    def __init__(self, stream: TextIO):
        self._stream, self._live, self._shown = stream, stream.isatty(), -1

    def show(self, event: dict) -> None:
        if event["type"] == "progress":
            percent = int(100 * event["fraction"])
            if self._live or percent >= self._shown + 10:
                self._shown = percent
                eta = f", {event['eta_s']:.0f} s left" if "eta_s" in event and percent < 100 else ""
                rate = f", {event['rate']}" if "rate" in event else ""
                self._write(f"{percent:3d} %{rate}{eta}", keep=not self._live)
        elif event["type"] in ("message", "warning"):
            self._write(("Warning: " if event["type"] == "warning" else "") + event["text"], keep=True)

    def end(self, text: str) -> None:
        self._write(text, keep=bool(text))

    def _write(self, text: str, keep: bool) -> None:
        start = "\r\033[K" if self._live else ""
        self._stream.write(start + text + ("\n" if keep else ""))
        self._stream.flush()
