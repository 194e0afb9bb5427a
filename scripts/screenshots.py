"""Take the pictures of docs/ in a real QGIS window: the way of the tutorial, and every dock in other clothes.

Usage, with QGIS's Python: python3 scripts/screenshots.py [FOLDER]; docs/pictures if not given. Takes some minutes.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "desktop"))

from driving import Screens, drive  # noqa: E402

# What is taken, and what its pictures' names begin with: the tutorial, and the docks on another screen and in the dark.
STORIES = (
    ("tutorial_steps:tutorial", "", {}),
    ("tutorial_steps:gallery", "large_", {"scale": 2}),
    ("tutorial_steps:gallery", "dark_", {"theme": "Night Mapping"}),
)
# Enough for windows and maps; a third of the size.
COLOURS = 192


def main() -> None:
    """Run each story, then put its pictures into the folder."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures"
    target.mkdir(parents=True, exist_ok=True)
    screens = Screens()
    try:
        for step, prefix, clothes in STORIES:
            with tempfile.TemporaryDirectory() as folder:
                # The project's folder shows in the pictures.
                project, taken = Path(folder, "village"), Path(folder, "taken")
                project.mkdir()
                found = drive(Path(folder), screens, step, folder=project, screenshots=taken, longest=600, **clothes)
                if "error" in found:
                    sys.exit(found["error"])
                for picture in sorted(taken.glob("*.png")):
                    shrink(picture, target / f"{prefix}{picture.name}")
    finally:
        screens.close()


def shrink(picture: Path, target: Path) -> None:
    """Write a picture with few colours and nothing in it that changes from run to run but what it shows."""
    command = ["convert", str(picture), "-strip", "-dither", "None", "-colors", str(COLOURS), f"PNG8:{target}"]
    subprocess.run(command, check=True)
    print(f"{target.name}: {target.stat().st_size // 1024} KiB")


if __name__ == "__main__":
    main()
