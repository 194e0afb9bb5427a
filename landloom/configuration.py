"""Where settings come from: environment variables, a `.env` file, the folder for Landloom's own files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from .errors import InputError


def environment(given: Mapping[str, str] | None = None, dotenv: str | Path | None = None) -> dict[str, str]:
    """Return the environment variables, completed by a `.env` file; a variable that is set wins over the file.

    Args:
        given: variables that win over both.
        dotenv: the file's path; where None, `.env` in the current folder if there is one.

    Raises InputError where the file cannot be read.
    """
    beside = Path(".env")
    from_file = _read(Path(dotenv)) if dotenv else _read(beside) if beside.is_file() else {}
    return {**from_file, **os.environ, **(given or {})}


def _read(path: Path) -> dict[str, str]:
    from dotenv import dotenv_values

    try:
        with path.open(encoding="utf-8") as stream:
            values = dotenv_values(stream=stream, interpolate=False)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"The file with environment variables {path} cannot be read: {error}. It must be a text file in UTF-8."
        ) from None
    return {name: value for name, value in values.items() if value is not None}


def home(environ: Mapping[str, str] | None = None) -> Path:
    """Return the folder for the default catalogue and caches: LANDLOOM_HOME, else the platform's data folder."""
    import platformdirs

    named = (environ if environ is not None else os.environ).get("LANDLOOM_HOME")
    return Path(named) if named else Path(platformdirs.user_data_dir("landloom", appauthor=False))


def keep_compiled(environ: Mapping[str, str]) -> None:
    """Have Numba keep what it compiles in `home`.

    Where that cannot be written, as when a whole office shares it, Numba finds a folder of the user's itself.
    """
    folder = home(environ) / "cache"
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    if os.access(folder, os.W_OK):
        os.environ.setdefault("NUMBA_CACHE_DIR", str(folder))


def resources() -> Path:
    """The folder with class schemes: beside the engine in the plugin, inside it in an installed package."""
    here = Path(__file__).resolve().parent
    return next(folder for folder in (here.parent / "resources", here / "resources") if (folder / "schemes").is_dir())
