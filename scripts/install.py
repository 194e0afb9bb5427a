"""Link the plugin into a QGIS profile and switch it on there.

Usage: python3 scripts/install.py [PROFILE]. Standard library only.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def profile_folder(name: str) -> Path:
    """Where QGIS keeps a profile on this platform."""
    if os.name == "nt":
        base = Path(os.environ["APPDATA"]) / "QGIS/QGIS3"
    elif sys.platform == "darwin":
        base = Path.home() / "Library/Application Support/QGIS/QGIS3"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share") / "QGIS/QGIS3"
    return base / "profiles" / name


def link(profile: Path) -> Path:
    """Link the plugin into the profile's plugins; refuses to replace anything but an earlier link."""
    target = profile / "python/plugins/landloom"
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.is_symlink():
        target.unlink()
    elif target.exists():
        sys.exit(f"{target} exists already: Landloom was installed there by other means. Remove it first.")
    target.symlink_to(ROOT, target_is_directory=True)
    return target


def enable(profile: Path) -> None:
    """Switch the plugin on; not a line of the other settings is touched."""
    # Qt names the folder after the domain of the organization on macOS, elsewhere after its name.
    path = profile / ("qgis.org" if sys.platform == "darwin" else "QGIS") / "QGIS3.ini"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    lines = [line for line in lines if not line.startswith("landloom=")]
    if "[PythonPlugins]" not in lines:
        lines += ["[PythonPlugins]"]
    lines.insert(lines.index("[PythonPlugins]") + 1, "landloom=true")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    """Link, enable, say where."""
    profile = profile_folder(sys.argv[1] if len(sys.argv) > 1 else "default")
    target = link(profile)
    enable(profile)
    print(f"Linked {target}. Start QGIS: Landloom is in the Processing Toolbox and in the menu Plugins.")


if __name__ == "__main__":
    main()
