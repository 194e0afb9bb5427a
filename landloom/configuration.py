"""Where settings come from: environment variables, a `.env` file, the folder for Landloom's own files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path


def environment(given: Mapping[str, str] | None = None, dotenv: str | Path | None = None) -> dict[str, str]:
    """Return the environment variables, completed by a `.env` file; a variable that is set wins over the file.

    Args:
        given: variables that win over both.
        dotenv: the file's path; where None, `.env` in the current folder if there is one.
    """
    from dotenv import dotenv_values

    path = Path(dotenv) if dotenv else Path(".env")
    from_file = dotenv_values(path, interpolate=False) if path.is_file() else {}
    return {**{k: v for k, v in from_file.items() if v is not None}, **os.environ, **(given or {})}


def home(environ: Mapping[str, str] | None = None) -> Path:
    """Return the folder for the default catalogue and caches: LANDLOOM_HOME, else the platform's data folder."""
    import platformdirs

    named = (environ if environ is not None else os.environ).get("LANDLOOM_HOME")
    return Path(named) if named else Path(platformdirs.user_data_dir("landloom", appauthor=False))


def resources() -> Path:
    """The folder with class schemes: beside the engine in the plugin, inside it in an installed package."""
    here = Path(__file__).resolve().parent
    return next(folder for folder in (here.parent / "resources", here / "resources") if (folder / "schemes").is_dir())
