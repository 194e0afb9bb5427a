"""All benchmarks, one after the other: `make bench`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> None:
    """Run the benchmarks of this folder."""
    for name in (
        "mapping",
        "forest",
        "samples",
        "patches",
        "networks",
        "segmentation",
        "crf",
        "refinement",
        "records",
        "features",
        "growing",
    ):
        print(f"\n=== {name} ===", flush=True)
        # The map tool runs in QGIS, so it is measured in QGIS's Python.
        python = os.environ.get("QGIS_PYTHON", "/usr/bin/python3") if name == "growing" else sys.executable
        subprocess.run([python, str(HERE / f"{name}.py")], check=True)


if __name__ == "__main__":
    main()
