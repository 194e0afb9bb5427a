"""Errors that are told to the user. Standard library only: QGIS reads them too.

A message names the argument, its value and the remedy; anything that is not a LandloomError is a
defect of ours and is reported as such, with the traceback in the log.
"""

from __future__ import annotations


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


def in_words(error: BaseException) -> str:
    """What to tell the user about any exception."""
    if isinstance(error, LandloomError):
        return str(error)
    if isinstance(error, MemoryError):
        return (
            "The memory of this computer is used up. Close other programs, or give the stage less to do at once (a"
            " lower memory budget, fewer jobs)."
        )
    return f"This should not have happened and is a defect of Landloom: {type(error).__name__}: {error}."
