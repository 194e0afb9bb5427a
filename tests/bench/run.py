"""All benchmarks, one after the other: `make bench`."""

from __future__ import annotations

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
    ):
        print(f"\n=== {name} ===", flush=True)
        subprocess.run([sys.executable, str(HERE / f"{name}.py")], check=True)


if __name__ == "__main__":
    main()
