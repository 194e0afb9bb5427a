"""Texts that are copied into reports, without what is private. Standard library only and Python 3.9."""

from __future__ import annotations

import getpass
import os
import re
from pathlib import Path

from .processes import WINDOWS

# A name in a path ends where one of these stands, or the text.
_END = r"(?![^\\/\s:;,'\")\]|])"


def shortened(text: str) -> str:
    """Shorten the folder in LANDLOOM_HOME, the user's folder and name in paths, and take passwords out of addresses."""
    for folder, name in _folders():
        for spelled in {folder, folder.replace("\\", "/"), folder.replace("\\", "\\\\"), Path(folder).as_uri()[7:]}:
            flags = re.IGNORECASE if WINDOWS else 0
            text = re.sub(re.escape(spelled) + _END, lambda _, name=name: name, text, flags=flags)
    text = re.sub(r"(?<=://)[^/@\s]+@", "…@", text)
    user = _user()
    return re.sub(rf"(?<=[\\/]){re.escape(user)}{_END}", "USER", text) if user else text


def _folders() -> list:
    """What is shortened to what, the longest path first."""
    named = os.environ.get("LANDLOOM_HOME")
    found = [(str(Path.home()), "~")]
    if named:
        found.append((str(Path(named).absolute()), "$LANDLOOM_HOME"))
    return sorted(found, key=lambda entry: -len(entry[0]))


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, ImportError, KeyError):  # a user without a name, as in some containers
        return ""
