"""Build the zip for QGIS's plugin repository: only what belongs in it, checked against its rules.

Usage: python3 scripts/package.py [FOLDER]; dist if not given. Standard library only. The result is
FOLDER/landloom-VERSION.zip.
"""

from __future__ import annotations

import configparser
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PARTS = (
    "__init__.py", "metadata.txt", "LICENSE", "README.md", "CHANGELOG.md", "plugin", "processing_provider",
    "algorithms", "landloom", "ui", "resources", "requirements/*.txt", "i18n/*.qm",
)  # fmt: skip
LARGEST_MB = 20
# What the repository refuses a plugin without.
REQUIRED = ("name", "qgisMinimumVersion", "description", "about", "version", "author", "email", "repository", "tracker")
EPOCH = (1980, 1, 1, 0, 0, 0)


def build(folder: Path) -> Path:
    """Pack what git knows of the parts; exits where the repository would refuse it."""
    metadata = configparser.RawConfigParser()
    metadata.read(ROOT / "metadata.txt", encoding="utf-8")
    general = dict(metadata["general"])
    missing = [name for name in REQUIRED if not general.get(name.lower())]
    if missing:
        sys.exit(f"metadata.txt lacks {', '.join(missing)}.")
    listed = subprocess.run(["git", "ls-files", "-z", *PARTS], cwd=ROOT, stdout=subprocess.PIPE, check=True)
    target = folder / f"landloom-{general['version']}.zip"
    folder.mkdir(exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(filter(None, listed.stdout.decode().split("\0"))):
            entry = zipfile.ZipInfo(f"landloom/{name}", EPOCH)
            archive.writestr(entry, (ROOT / name).read_bytes(), zipfile.ZIP_DEFLATED)
    size = target.stat().st_size / 1e6
    if size > LARGEST_MB:
        sys.exit(f"{target} has {size:.1f} MB; the repository takes {LARGEST_MB}.")
    return target


if __name__ == "__main__":
    built = build(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "dist")
    print(f"{built}: {built.stat().st_size / 1e6:.1f} MB")
