"""The classes of training polygons, as they are edited and exchanged: what is valid, free ids and colours, CSV, JSON.

The rules are those of the engine (landloom/classes.py), which reads what is written here.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from dataclasses import asdict, dataclass, replace

from ...processing_provider.parameters import tr

# Okabe & Ito's colours, which people with any kind of colour vision can tell apart, then Paul Tol's "muted" scheme.
DEFAULT_COLOURS = (
    *("#e69f00", "#009e73", "#56b4e9", "#cc79a7", "#0072b2", "#f0e442", "#d55e00", "#666666"),
    *("#332288", "#88ccee", "#44aa99", "#117733", "#999933", "#ddcc77", "#cc6677", "#882255"),
)
MAXIMUM_ID = 65534  # 65535 stays free as nodata of a 16-bit map
COLUMNS = ("id", "name", "colour", "description")


class ClassProblem(Exception):
    """A class table that cannot be; the text is for the user."""


@dataclass(frozen=True)
class LandClass:
    """One class. `colour` is `#rrggbb`."""

    id: int
    name: str
    colour: str
    description: str = ""

    def value(self, by_name: bool) -> int | str:
        """What the class field of a polygon holds: the name where that is text, else the id."""
        return self.name if by_name else self.id


def problem_of(land_class: LandClass, others) -> str:
    """Why a class cannot stand beside the others; empty where it can."""
    if not 0 <= land_class.id <= MAXIMUM_ID:
        return tr("The id must be a whole number from 0 to {}.").format(MAXIMUM_ID)
    if not land_class.name.strip():
        return tr("The class needs a name.")
    if not re.fullmatch(r"#[0-9a-f]{6}", land_class.colour):
        return tr("{} is not a colour of the form #rrggbb.").format(land_class.colour or "''")
    for other in others:
        if other.id == land_class.id:
            return tr("The id {} is taken by {}.").format(other.id, other.name)
        if other.name == land_class.name:
            return tr("There is a class {} already.").format(other.name)
    return ""


def checked(classes) -> list[LandClass]:
    """The classes, if they can stand side by side; raises ClassProblem."""
    classes = list(classes)
    for number, land_class in enumerate(classes):
        problem = problem_of(land_class, classes[:number])
        if problem:
            raise ClassProblem(f"{land_class.name or land_class.id}: {problem}")
    return classes


def free_id(classes) -> int:
    """The id of the next class: one more than the largest, or the smallest free one from 1 where that is too large."""
    taken = {c.id for c in classes}
    following = max(taken, default=0) + 1
    return following if following <= MAXIMUM_ID else next(i for i in range(1, MAXIMUM_ID + 1) if i not in taken)


def free_colour(classes) -> str:
    """The first default colour that no class has; where all are taken, the first that the fewest classes have."""
    taken = Counter(c.colour for c in classes)
    return min(DEFAULT_COLOURS, key=lambda colour: taken[colour])


def free_name(name: str, classes) -> str:
    """The name, or the name with a number where it is taken."""
    taken = {c.name for c in classes}
    number = 2
    found = name
    while found in taken:
        found = f"{name} {number}"
        number += 1
    return found


def with_values(classes, values, by_name: bool) -> list[LandClass]:
    """The classes, and one for each value of the polygons that has none."""
    classes = list(classes)
    known = {c.value(by_name) for c in classes}
    for value in sorted(values - known):
        name = value if by_name else free_name(tr("Class {}").format(value), classes)
        classes.append(LandClass(free_id(classes) if by_name else value, name, free_colour(classes)))
    return classes


def merged(imported, present, used, by_name: bool) -> list[LandClass]:
    """An imported table, and those present classes that polygons have (`used`: their values) and it has not."""
    found = list(imported)
    values = {c.value(by_name) for c in found}
    for old in present:
        if old.value(by_name) in used - values:
            taken = {c.id for c in found}
            kept = replace(old, id=free_id(found)) if by_name and old.id in taken else old
            found.append(kept if by_name else replace(kept, name=free_name(kept.name, found)))
    return found


def as_csv(classes) -> str:
    """The classes as the text of a CSV file."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(c) for c in classes)
    return text.getvalue()


def as_json(classes) -> str:
    """The classes as the text of a JSON file."""
    return json.dumps({"classes": [asdict(c) for c in classes]}, ensure_ascii=False, indent=2) + "\n"


def from_csv(text: str) -> list[LandClass]:
    """Read a CSV file with the columns id and name and, as wished, colour and description."""
    lines = text.lstrip("\ufeff").splitlines(keepends=True)
    header = lines[0].lower() if lines else ""
    # Spreadsheets separate by semicolons where the comma is the decimal point.
    separator = max(",;\t", key=header.count)
    return from_rows(csv.DictReader([header, *lines[1:]], delimiter=separator))


def from_json(text: str) -> list[LandClass]:
    """Read a JSON file: a list of classes, or an object with one under `classes`, as models and data sets have it."""
    try:
        found = json.loads(text)
        return from_rows(found["classes"] if isinstance(found, dict) else found)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ClassProblem(tr("The file holds no list of classes.")) from None


def from_rows(rows) -> list[LandClass]:
    """Classes from dicts with `id`, `name` and, as wished, `colour` and `description`; raises ClassProblem."""
    found: list[LandClass] = []
    for row in rows:
        try:
            number, name = int(row["id"]), str(row["name"] or "").strip()
        except (KeyError, ValueError, TypeError):
            raise ClassProblem(tr("A class needs a whole number as id, and a name.")) from None
        colour = str(row.get("colour") or row.get("color") or "").strip().lower()
        found.append(LandClass(number, name, colour, str(row.get("description") or "")))
    if not found:
        raise ClassProblem(tr("The file holds no list of classes."))
    coloured = [c for c in found if c.colour]
    for number, land_class in enumerate(found):
        if not land_class.colour:
            found[number] = replace(land_class, colour=free_colour(coloured))
            coloured.append(found[number])
    return checked(found)
