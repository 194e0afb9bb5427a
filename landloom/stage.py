"""How a stage is declared. Standard library only and Python 3.9: QGIS imports this module.

A stage is a frozen dataclass; each field is a parameter or an output and carries a *kind*, which
knows what it accepts and says so in words. The Processing parameters, the command line, the
worker's request with its validation and the reference page are all derived from that one place.
"""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, ClassVar

from .errors import ParameterError


@dataclass(frozen=True)
class Kind:
    """What one field of a stage may hold.

    `variable` names an environment variable that supplies the value where the parameter is not
    given. `optional` means that None is a valid value.
    """

    label: str
    help: str = ""
    default: Any = None
    optional: bool = False
    advanced: bool = False
    variable: str = ""

    expects: ClassVar[str] = "a value"

    def expected(self) -> str:
        """In words: what `accept` takes."""
        return self.expects

    def accept(self, value: Any) -> Any:
        """Return the value in its proper type; raise ValueError or TypeError if it is none."""
        return _text(value)


def _text(value: Any) -> str:
    if not isinstance(value, (str, Path)) or not str(value).strip():
        raise ValueError
    return str(value)


def _file(value: Any, extensions: tuple) -> str:
    text = _text(value)
    if extensions and Path(text).suffix.lower().lstrip(".") not in extensions:
        raise ValueError
    return text


def _named(kind: Any, values: Mapping, environ: Mapping) -> str:
    """The path of a kind's `filename` in the folder of its `folder_variable`, else in the current folder."""
    year, month = values.get("year"), values.get("month")
    stamp = f"_{year:04d}{month:02d}" if year and month else ""
    return str(Path(environ.get(kind.folder_variable) or ".") / kind.filename.format(month=stamp))


# --- inputs -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Raster(Kind):
    """One raster: a file, a GDAL path, or a folder or tile index that is read as one mosaic."""

    expects: ClassVar[str] = "the path of a raster, of a folder of tiles or of a tile index"


@dataclass(frozen=True)
class Rasters(Kind):
    """Several rasters that together are one stack of bands; the first gives the grid."""

    expects: ClassVar[str] = "one or more paths of rasters"

    def accept(self, value: Any) -> tuple:
        """A single path stands for a list of one."""
        items = [value] if isinstance(value, (str, Path)) else list(value)
        if not items:
            raise ValueError
        return tuple(_text(item) for item in items)


@dataclass(frozen=True)
class Vector(Kind):
    """A vector layer: `path` or `path|layername=name`; `geometry` is any, point or polygon.

    `carried` are fields that the stage looks at where the layer has them, though no parameter names them.
    """

    geometry: str = "any"
    carried: tuple = ()
    expects: ClassVar[str] = "the path of a vector layer"


@dataclass(frozen=True)
class Area(Kind):
    """An area of interest: a polygon layer or WKT (in the raster's CRS, or `SRID=4326;POLYGON…`)."""

    expects: ClassVar[str] = "the path of a polygon layer, or WKT"


@dataclass(frozen=True)
class FileIn(Kind):
    """A file that is neither raster nor vector layer.

    Where no path is given but a year and a month are, it is the month's `filename` (as in FileOut) if the
    kind has one.
    """

    extensions: tuple = ()
    filename: str = ""
    folder_variable: str = ""

    def expected(self) -> str:
        """Name the extensions."""
        return "the path of a file" + (f" (.{', .'.join(self.extensions)})" if self.extensions else "")

    def accept(self, value: Any) -> str:
        """A path with one of the extensions; whether the file is there is for the stage to say."""
        return _file(value, self.extensions)

    def default_path(self, values: Mapping, environ: Mapping) -> str | None:
        """The month's file; None where no month was given."""
        return _named(self, values, environ) if self.filename and values.get("month") else None


@dataclass(frozen=True)
class FilesIn(Kind):
    """Several files that are neither rasters nor vector layers."""

    extensions: tuple = ()

    def expected(self) -> str:
        """Name the extensions."""
        return "one or more paths of files" + (f" (.{', .'.join(self.extensions)})" if self.extensions else "")

    def accept(self, value: Any) -> tuple:
        """A single path stands for a list of one."""
        items = [value] if isinstance(value, (str, Path)) else list(value)
        if not items:
            raise ValueError
        return tuple(_file(item, self.extensions) for item in items)


@dataclass(frozen=True)
class FolderIn(Kind):
    """A folder; where it is `amended`, the stage adds files to it."""

    amended: bool = False
    expects: ClassVar[str] = "the path of a folder"


@dataclass(frozen=True)
class Field(Kind):
    """The name of a field (column) of the vector layer in the parameter `parent`."""

    parent: str = ""
    expects: ClassVar[str] = "the name of a field"


@dataclass(frozen=True)
class Bands(Kind):
    """Band names or numbers (from 1) of the raster in the parameter `parent`, in order.

    Where none is given, it is all of them, or with `found_if_empty` those that the stage finds by itself.
    """

    parent: str = ""
    found_if_empty: bool = False
    expects: ClassVar[str] = "band names, numbers or ranges such as 1-7, separated by commas"

    def accept(self, value: Any) -> tuple:
        """Text is split at commas and semicolons, a range of numbers is written out."""
        items = re.split(r"[,;]", value) if isinstance(value, str) else list(value)
        names: list = []
        for item in (str(item).strip() for item in items):
            numbers = re.fullmatch(r"(\d+)-(\d+)", item)
            if numbers:
                first, last = int(numbers.group(1)), int(numbers.group(2))
                if first > last:
                    raise ValueError
                names.extend(str(number) for number in range(first, last + 1))
            else:
                names.append(item)
        if not names or not all(names):
            raise ValueError
        return tuple(names)


@dataclass(frozen=True)
class Integer(Kind):
    """A whole number between two bounds, both included."""

    minimum: int | None = None
    maximum: int | None = None
    unit: str = ""

    def expected(self) -> str:
        """Name the bounds and the unit."""
        return "a whole number" + _bounds(self)

    def accept(self, value: Any) -> int:
        """Text and floats that are whole numbers are accepted; True and False are not."""
        if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
            raise ValueError
        return _within(self, int(value))


@dataclass(frozen=True)
class Number(Kind):
    """A finite number between two bounds, both included."""

    minimum: float | None = None
    maximum: float | None = None
    unit: str = ""

    def expected(self) -> str:
        """Name the bounds and the unit."""
        return "a number" + _bounds(self)

    def accept(self, value: Any) -> float:
        """Text that reads as a number is accepted; NaN and infinity are not."""
        if isinstance(value, bool) or not math.isfinite(float(value)):
            raise ValueError
        return _within(self, float(value))


def _within(kind: Any, value: Any) -> Any:
    if kind.minimum is not None and value < kind.minimum:
        raise ValueError
    if kind.maximum is not None and value > kind.maximum:
        raise ValueError
    return value


def _bounds(kind: Any) -> str:
    unit = f" {kind.unit}" if kind.unit else ""
    if kind.minimum is not None and kind.maximum is not None:
        return f" from {kind.minimum} to {kind.maximum}{unit}"
    if kind.minimum is not None:
        return f" of at least {kind.minimum}{unit}"
    if kind.maximum is not None:
        return f" of at most {kind.maximum}{unit}"
    return f" ({kind.unit})" if kind.unit else ""


@dataclass(frozen=True)
class Choice(Kind):
    """One of a fixed set of words. `choices` maps each word to its label."""

    choices: Mapping = field(default_factory=dict)

    def expected(self) -> str:
        """List the words."""
        return "one of " + ", ".join(self.choices)

    def accept(self, value: Any) -> str:
        """The word itself, not its label."""
        if str(value) not in self.choices:
            raise ValueError
        return str(value)


@dataclass(frozen=True)
class Device(Choice):
    """Where a network computes: `auto`, `cpu` or `cuda`."""


@dataclass(frozen=True)
class Flag(Kind):
    """Yes or no."""

    default: Any = False
    expects: ClassVar[str] = "true or false"

    def accept(self, value: Any) -> bool:
        """True, False, 1, 0 and the words true, false, yes, no."""
        words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
        key = str(value).strip().lower()
        if key not in words:
            raise ValueError
        return words[key]


@dataclass(frozen=True)
class Text(Kind):
    """Free text."""

    multiline: bool = False
    expects: ClassVar[str] = "text"


@dataclass(frozen=True)
class ClassWeights(Text):
    """`none`, `balanced`, or a number for each class of the data set in the parameter `parent`, by ascending id."""

    parent: str = ""
    expects: ClassVar[str] = "none, balanced, or numbers separated by commas"


@dataclass(frozen=True)
class Encoder(Text):
    """The name of an encoder of segmentation-models-pytorch, or with the prefix `tu-` of timm."""

    expects: ClassVar[str] = "the name of an encoder, such as resnet50"


@dataclass(frozen=True)
class EncoderWeights(Text):
    """`none`, `imagenet`, or the path of a file with weights."""

    expects: ClassVar[str] = "none, imagenet, or the path of a file"


@dataclass(frozen=True)
class Crs(Kind):
    """A coordinate reference system as `EPSG:32633` or WKT."""

    expects: ClassVar[str] = "a coordinate reference system such as EPSG:32633"


@dataclass(frozen=True)
class Connection(Kind):
    """A PostGIS database: a stored connection's name in QGIS, else `postgresql://user@host:port/database`.

    The password is not part of the value: it comes from QGIS's stored connection, or from DB_PASSWORD,
    PGPASSWORD or the password file of PostgreSQL.
    """

    expects: ClassVar[str] = "a PostGIS connection such as postgresql://user@host:5432/database, without password"

    def accept(self, value: Any) -> str:
        """Refuse a password in the address: it would stand in process lists and logs."""
        text = _text(value)
        if re.search(r"://[^/?#]*:[^?#]*@|password\s*=", text):
            raise ParameterError(
                "The connection holds a password, which other users of this computer could read in the list of"
                " processes. Leave it out and set the environment variable DB_PASSWORD instead."
            )
        return text


# --- outputs ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class FileOut(Kind):
    """A file that the stage writes.

    Where no path is given on the command line, it is `filename` in the folder that the environment
    variable `folder_variable` names, or in the current folder; `{month}` becomes `_202506` where the
    stage has a year and a month. Processing uses a temporary file instead.
    """

    extension: str = "txt"
    other_extensions: tuple = ()
    filename: str = ""
    folder_variable: str = ""

    @property
    def extensions(self) -> tuple:
        """The file name extensions that are possible, the usual one first."""
        return (self.extension, *self.other_extensions)

    def expected(self) -> str:
        """Name the extensions."""
        return f"a path to write to (.{', .'.join(self.extensions)})"

    def accept(self, value: Any) -> str:
        """A path with one of the extensions."""
        return _file(value, self.extensions)

    def default_path(self, values: Mapping, environ: Mapping) -> str | None:
        """Where to write when no path was given; None for an optional output, which is then left out."""
        return _named(self, values, environ) if self.filename and not self.optional else None


@dataclass(frozen=True)
class RasterOut(FileOut):
    """A raster that the stage writes."""

    extension: str = "tif"


@dataclass(frozen=True)
class VectorOut(FileOut):
    """A vector layer that the stage writes; `geometry` is point, polygon or none (a table)."""

    extension: str = "gpkg"
    geometry: str = "polygon"


@dataclass(frozen=True)
class FolderOut(FileOut):
    """A folder that the stage writes files into. It may be there already."""

    extension: str = ""
    extensions: ClassVar[tuple] = ()
    expects: ClassVar[str] = "the path of a folder to write to"

    def expected(self) -> str:
        """A folder has no extension."""
        return self.expects


@dataclass(frozen=True)
class NumberOutput(Kind):
    """A number that the stage finds out, for chains and scripts. It may be None: not determined."""

    unit: str = ""


@dataclass(frozen=True)
class TextOutput(Kind):
    """A text that the stage finds out."""


@dataclass(frozen=True)
class FolderOutput(TextOutput):
    """The folder that the stage has worked on, for the next step of a chain."""


# --- the stage --------------------------------------------------------------------------------


def declare(kind: Kind) -> Any:
    """The dataclass field for a kind."""
    return field(default=None, metadata={"kind": kind})


@dataclass(frozen=True)
class Stage:
    """Base of all stages. A subclass sets `id`, `title`, `group`, declares its fields and writes `run`.

    The docstring of the subclass is its help: the first paragraph says what it does.
    """

    id: ClassVar[str] = ""
    title: ClassVar[str] = ""
    group: ClassVar[str] = ""

    def check(self) -> None:
        """Raise ParameterError for values that do not fit together. Standard library only."""

    def run(self, job: Any) -> dict:
        """Do the work and return the values of the stage's NumberOutput and TextOutput fields by name."""
        raise NotImplementedError

    @classmethod
    def description(cls) -> list:
        """Its help, a text a paragraph."""
        return [" ".join(text.split()) for text in inspect.cleandoc(cls.__doc__ or "").split("\n\n")]

    @classmethod
    def kinds(cls) -> dict:
        """Map each field's name to its kind, in order."""
        return {f.name: f.metadata["kind"] for f in fields(cls)}

    @classmethod
    def parameters(cls) -> dict:
        """The kinds that a caller gives: all but the values found out by the stage."""
        return {name: kind for name, kind in cls.kinds().items() if not isinstance(kind, (NumberOutput, TextOutput))}

    @classmethod
    def values(cls) -> dict:
        """The kinds of the numbers and texts that the stage finds out."""
        return {name: kind for name, kind in cls.kinds().items() if isinstance(kind, (NumberOutput, TextOutput))}

    @classmethod
    def files(cls) -> dict:
        """The kinds of the files that the stage writes."""
        return {name: kind for name, kind in cls.kinds().items() if isinstance(kind, FileOut)}

    @classmethod
    def from_values(cls, given: Mapping, environ: Mapping | None = None) -> Stage:
        """Build the stage from what a caller gave; raise ParameterError for whatever does not fit.

        What is not given (or None, or blank text) comes from the parameter's environment variable,
        else its default.
        """
        environ = environ or {}
        parameters = cls.parameters()
        unknown = sorted(set(given) - set(parameters))
        if unknown:
            raise ParameterError(
                f"{cls.title} has no parameter '{unknown[0]}'. Its parameters are: {', '.join(parameters)}."
            )
        values: dict = {}
        # Files last: their names may hold the year and the month.
        for name, kind in sorted(parameters.items(), key=lambda item: isinstance(item[1], (FileIn, FileOut))):
            value = given.get(name)
            if _is_blank(value) and kind.variable:
                value = environ.get(kind.variable)
            if _is_blank(value):
                value = kind.default
            if value is None and isinstance(kind, (FileIn, FileOut)):
                value = kind.default_path(values, environ)
            values[name] = cls._accept(name, kind, value)
        stage = cls(**values)
        stage.check()
        return stage

    @classmethod
    def _accept(cls, name: str, kind: Kind, value: Any) -> Any:
        if value is None:
            if kind.optional:
                return None
            remedy = f" It can also be set by the environment variable {kind.variable}." if kind.variable else ""
            raise ParameterError(
                f"The '{name}' parameter of {cls.title} is missing: it must be {kind.expected()}.{remedy}"
            )
        try:
            return kind.accept(value)
        except (ValueError, TypeError, OverflowError):
            raise ParameterError(
                f"The '{name}' parameter of {cls.title} must be {kind.expected()}. Got {value!r} instead."
            ) from None


def _is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, (str, list, tuple)) and not "".join(map(str, value)).strip())
