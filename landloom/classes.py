"""The class table: ids, names and colours of the classes, from training polygons through to the map."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from .errors import ParameterError

# Okabe & Ito's colours, which people with any kind of colour vision can tell apart, then Paul Tol's
# "muted" scheme for more classes than eight.
DEFAULT_COLOURS = (
    "#e69f00",
    "#009e73",
    "#56b4e9",
    "#cc79a7",
    "#0072b2",
    "#f0e442",
    "#d55e00",
    "#666666",
    "#332288",
    "#88ccee",
    "#44aa99",
    "#117733",
    "#999933",
    "#ddcc77",
    "#cc6677",
    "#882255",
)

# Where no colour is given, a class gets the one that people expect of its name; all from the schemes above.
EXPECTED_COLOURS = (
    (r"water|river|lake|sea|ocean|pond", "#0072b2"),
    (r"mangrove|wetland|marsh|swamp|bog", "#44aa99"),
    (r"forest|wood|tree", "#117733"),
    (r"shrub|bush|scrub", "#999933"),
    (r"grass|pasture|meadow|herb", "#009e73"),
    (r"urban|built|town|city|village|settlement|road|impervious", "#cc6677"),
    (r"agri|crop|farm|field|arable|plough", "#f0e442"),
    (r"bare|barren|soil|sand|rock|cleared|clearing|burn", "#d55e00"),
    (r"parcel|orchard|garden|plantation", "#e69f00"),
    (r"snow|ice|glacier", "#88ccee"),
    (r"cloud|shadow", "#999999"),
)

MAXIMUM_ID = 65534  # 65535 stays free as nodata of a 16-bit map


@dataclass(frozen=True)
class LandClass:
    """One class. `colour` is `#rrggbb`."""

    id: int
    name: str
    colour: str
    description: str = ""


@dataclass(frozen=True)
class ClassTable:
    """The classes in order of their ids. Ids are what a map's pixels hold, names are for people."""

    classes: tuple[LandClass, ...]

    def __post_init__(self) -> None:
        ids = [c.id for c in self.classes]
        names = [c.name for c in self.classes]
        for what, items in (("id", [str(i) for i in ids]), ("name", names)):
            twice = {item for item in items if items.count(item) > 1}
            if twice:
                raise ParameterError(f"The class table has the {what} '{sorted(twice)[0]}' twice.")
        for c in self.classes:
            if not 0 <= c.id <= MAXIMUM_ID:
                raise ParameterError(
                    f"Class id {c.id} ({c.name}) cannot be stored in a map. Use ids from 0 to {MAXIMUM_ID}, or give"
                    " a text field with the class names."
                )
            if not re.fullmatch(r"#[0-9a-fA-F]{6}", c.colour):
                raise ParameterError(f"'{c.colour}' is not a colour of the form #rrggbb (class {c.name}).")

    def __iter__(self) -> Iterator[LandClass]:
        return iter(self.classes)

    def __len__(self) -> int:
        return len(self.classes)

    @property
    def ids(self) -> list[int]:
        """The ids, ascending."""
        return [c.id for c in self.classes]

    @property
    def names(self) -> list[str]:
        """The names, in order of the ids."""
        return [c.name for c in self.classes]

    def name_of(self, class_id: int) -> str:
        """The name of a class id; the id as text where it is not in the table."""
        return next((c.name for c in self.classes if c.id == class_id), str(class_id))

    @property
    def nodata(self) -> int:
        """The pixel value that no class uses: 0 where it is free, else 255 or 65535."""
        if 0 not in self.ids:
            return 0
        return 255 if max(self.ids) < 255 else 65535

    @property
    def dtype(self) -> str:
        """The smallest unsigned type that holds all ids and the nodata value."""
        return "uint8" if max([*self.ids, self.nodata]) <= 255 else "uint16"

    def only(self, ids: Iterable[int]) -> ClassTable:
        """The table with these ids alone; ids that are not in it get their number as name."""
        known = {c.id: c for c in self.classes}
        return make_table([known.get(i) or {"id": i, "name": str(i)} for i in sorted(set(ids))])

    def with_names(self, names: Iterable[str]) -> ClassTable:
        """The table with classes of these names added where they are missing, numbered on from the last id."""
        missing = sorted(set(names) - set(self.names))
        added = [{"id": i, "name": name} for i, name in enumerate(missing, start=max(self.ids, default=0) + 1)]
        return make_table([*self.classes, *added])

    def as_list(self) -> list[dict]:
        """As plain dicts, for JSON."""
        return [asdict(c) for c in self.classes]


def make_table(classes: Iterable[LandClass | dict]) -> ClassTable:
    """Build a table from dicts with `id`, `name` and, as wished, `colour`; sorts by id, fills in colours."""
    items = [c if isinstance(c, LandClass) else _from_dict(c) for c in classes]
    items.sort(key=lambda c: c.id)
    taken = {c.colour.lower() for c in items if c.colour}
    filled = []
    for number, c in enumerate(items):
        colour = c.colour or _free_colour(c.name, number, taken)
        taken.add(colour.lower())
        filled.append(LandClass(c.id, c.name, colour.lower(), c.description))
    return ClassTable(tuple(filled))


def _free_colour(name: str, number: int, taken: set[str]) -> str:
    expected = [colour for words, colour in EXPECTED_COLOURS if re.search(words, name, re.IGNORECASE)]
    free = [colour for colour in (*expected, *DEFAULT_COLOURS) if colour not in taken]
    return free[0] if free else DEFAULT_COLOURS[number % len(DEFAULT_COLOURS)]


def _from_dict(c: dict) -> LandClass:
    try:
        name = str(c["name"] or "").strip()
        if not name:
            raise ValueError
        return LandClass(int(c["id"]), name, c.get("colour") or c.get("color") or "", c.get("description") or "")
    except (KeyError, ValueError, TypeError):
        raise ParameterError(f"A class needs a whole number as id and a name. Got {c!r} instead.") from None


def table_from_names(names: Iterable[str]) -> ClassTable:
    """Number the names from 1 in alphabetical order."""
    return make_table({"id": i, "name": name} for i, name in enumerate(sorted(set(names)), start=1))


def parse(text: str) -> ClassTable:
    """Read a table from text, `id:name:#colour` separated by semicolons or line ends, or from a CSV file.

    The colour may be left out. A CSV file has the columns id, name and, as wished, colour and description.
    """
    text = text.strip()
    rows = _rows_of_csv(Path(text)) if text.lower().endswith(".csv") else _entries(text)
    if not rows:
        raise ParameterError("The class table is empty. Write one class after another as id:name:#colour.")
    return make_table(rows)


def _rows_of_csv(path: Path) -> list[dict]:
    if not path.is_file():
        raise ParameterError(f"The class table {path} does not exist.")
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise ParameterError(f"The class table {path} is no text in UTF-8. Save it as 'CSV UTF-8'.") from None
    header = lines[0].lower() if lines else ""
    # Spreadsheets separate by semicolons where the comma is the decimal point.
    separator = max(",;\t", key=header.count)
    return list(csv.DictReader([header, *lines[1:]], delimiter=separator))


def _entries(text: str) -> list[dict]:
    classes = []
    for entry in filter(None, (part.strip() for part in re.split(r"[;\n]", text))):
        parts = [part.strip() for part in entry.split(":", 2)]
        if len(parts) < 2 or not parts[0].lstrip("-").isdigit() or not parts[1]:
            raise ParameterError(
                f"A class is written id:name or id:name:#colour, such as 1:Water:#0072b2. Got '{entry}' instead."
            )
        classes.append({"id": parts[0], "name": parts[1], "colour": parts[2] if len(parts) == 3 else ""})
    return classes
