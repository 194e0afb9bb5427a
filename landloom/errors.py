"""Errors that are told to the user. Standard library only: QGIS reads them too.

A message names the argument, its value and the remedy; anything that is not a LandloomError is a
defect of ours and is reported as such, with the traceback in the log.
"""

from __future__ import annotations

import errno


class LandloomError(Exception):
    """Base of all errors whose message is meant for the user."""


class ParameterError(LandloomError):
    """A parameter has a value that the stage cannot take."""


class InputError(LandloomError):
    """A file, layer or table that was given cannot be used as it is."""


class OutputError(LandloomError):
    """A result cannot be written where it was asked for."""


class ModelError(LandloomError):
    """A model file is not one of ours, is damaged, is not trusted or does not fit the image."""


class CatalogueError(LandloomError):
    """The catalogue of models and maps cannot be reached or changed."""


class Cancelled(LandloomError):
    """The user cancelled the run."""


def in_words(error: BaseException, report: str) -> str:
    """What to tell the user about any exception; `report` says where to find the details of a defect."""
    if isinstance(error, LandloomError):
        return str(error)
    if isinstance(error, MemoryError):
        return (
            "The memory of this computer is used up. Close other programs, or give the stage less to do at once (a"
            " lower memory budget, fewer jobs)."
        )
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk is full ({error}). Free some space or choose another disk."
    if isinstance(error, ImportError):
        return f"Landloom's environment is incomplete: {error}. Repair it (Plugins ▸ Landloom ▸ Set up…)."
    return f"This should not have happened and is a defect of Landloom: {type(error).__name__}: {error}. {report}"
