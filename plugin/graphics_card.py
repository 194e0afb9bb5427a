"""Which NVIDIA graphics cards this computer has, as their driver says.

Standard library only and Python 3.9.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .processes import WINDOWS, without_qgis

_QUERY = ("--query-gpu=name,memory.total,memory.free,driver_version", "--format=csv,noheader,nounits")


@dataclass(frozen=True)
class Card:
    """A graphics card. Its memory, all and free, is in MiB; 0 where the driver does not say."""

    name: str
    memory_mib: int
    free_mib: int
    driver: str


def cards(timeout_s: float = 5) -> list[Card]:
    """The cards in the order of the PCI bus; none where there is no NVIDIA driver or it does not answer in time.

    CUDA counts in this order only where CUDA_DEVICE_ORDER is PCI_BUS_ID; of itself it counts the fastest first. May
    take as long as `timeout_s`: call it in a thread. Never raises.
    """
    program = _program()
    if program is None:
        return []
    try:
        done = subprocess.run(
            [program, *_QUERY],
            env=without_qgis(os.environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=timeout_s,
            check=True,
            # No console window flashes up.
            creationflags=subprocess.CREATE_NO_WINDOW if WINDOWS else 0,
        )
    except (OSError, subprocess.SubprocessError):
        return []
    lines = done.stdout.decode("utf-8", "replace").splitlines()
    return [card for card in map(_card, lines) if card is not None]


def _program() -> str | None:
    # The driver puts it into Windows' own folder, older ones beside themselves; neither need be on QGIS's path.
    if WINDOWS:
        folders = (
            Path(os.environ.get("SYSTEMROOT", r"C:\Windows"), "System32"),
            Path(os.environ.get("PROGRAMFILES", r"C:\Program Files"), "NVIDIA Corporation", "NVSMI"),
        )
        found = shutil.which("nvidia-smi.exe", path=os.pathsep.join(map(str, folders)))
        if found:
            return found
    return shutil.which("nvidia-smi")


def _card(line: str) -> Card | None:
    fields = [field.strip() for field in line.rsplit(",", 3)]
    return Card(fields[0], _mib(fields[1]), _mib(fields[2]), fields[3]) if len(fields) == 4 else None


def _mib(text: str) -> int:
    try:
        return int(text)
    except ValueError:  # "[N/A]", as where card and processor share their memory
        return 0
