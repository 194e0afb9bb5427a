"""The class table: reading, checking, colours, and what a map can hold."""

import pytest

from landloom import classes
from landloom.classes import MAXIMUM_ID, make_table
from landloom.errors import ParameterError


def rows(table):
    return [(c.id, c.name, c.colour) for c in table]


@pytest.mark.parametrize("text", [
    "1:Forest:#00ff00;2:Water:#0000ff",
    "2:Water:#0000FF\n1:Forest:#00FF00\n",
    " 1 : Forest : #00ff00 ;; 2:Water:#0000ff",
])  # fmt: skip
def test_a_table_is_read_from_text_and_sorted_by_id(text):
    assert rows(classes.parse(text)) == [(1, "Forest", "#00ff00"), (2, "Water", "#0000ff")]


def test_a_table_is_read_from_a_csv_file_with_umlauts_commas_and_a_byte_order_mark(tmp_path):
    path = tmp_path / "Klassen ä.csv"
    path.write_text('\ufeffid,name,colour,description\n2,"Wald, dicht",#117733,Bäume\n1,Moor,,\n', encoding="utf-8")
    table = classes.parse(str(path))
    assert [(c.id, c.name, c.description) for c in table] == [(1, "Moor", ""), (2, "Wald, dicht", "Bäume")]


def test_a_csv_file_of_a_spreadsheet_with_semicolons_is_read(tmp_path):
    path = tmp_path / "classes.csv"
    path.write_text("id;name;colour\n1;Forest;#117733\n")
    assert rows(classes.parse(str(path))) == [(1, "Forest", "#117733")]


@pytest.mark.parametrize(("content", "told"), [
    ("id,name\n1.5,Forest\n", "whole number as id"), ("name\nForest\n", "whole number as id"),
    ("id,name\n1,\n", "and a name"),
    ("id,name,colour\n1,Forest,green\n", "'green' is not a colour of the form #rrggbb"), ("id,name\n", "is empty"),
])  # fmt: skip
def test_what_is_wrong_with_a_csv_file_is_told(tmp_path, content, told):
    (tmp_path / "classes.csv").write_text(content)
    with pytest.raises(ParameterError, match=told):
        classes.parse(str(tmp_path / "classes.csv"))


def test_a_csv_file_that_is_not_there_or_not_text_is_told(tmp_path):
    with pytest.raises(ParameterError, match=r"gone\.csv does not exist"):
        classes.parse(str(tmp_path / "gone.csv"))
    (tmp_path / "latin.csv").write_bytes("id,name\n1,Wälder\n".encode("latin-1"))
    with pytest.raises(ParameterError, match=r"latin\.csv .*UTF-8"):
        classes.parse(str(tmp_path / "latin.csv"))


@pytest.mark.parametrize(("text", "told"), [
    ("Forest", "such as 1:Water:#0072b2. Got 'Forest' instead"), ("x:Forest", "Got 'x:Forest'"), ("1:", "Got '1:'"),
    ("1:Forest:green", "'green' is not a colour"), ("1:A;1:B", "the id '1' twice"), ("1:A;2:A", "the name 'A' twice"),
    ("-1:A", "Class id -1 .* from 0 to 65534"), (f"{MAXIMUM_ID + 1}:A", "cannot be stored"), (" ; ", "is empty"),
])  # fmt: skip
def test_what_is_wrong_with_a_table_is_told(text, told):
    with pytest.raises(ParameterError, match=told):
        classes.parse(text)


def test_classes_without_a_colour_get_the_one_people_expect_and_no_two_the_same():
    table = make_table({"id": i, "name": n} for i, n in enumerate(["Water", "Forest", "River", "x", "y", "z"]))
    colours = {c.name: c.colour for c in table}
    assert colours["Water"] == "#0072b2"
    assert colours["Forest"] == "#117733"
    assert len(set(colours.values())) == 6


def test_more_classes_than_colours_are_no_matter():
    table = make_table({"id": i, "name": f"Class {i}"} for i in range(300))
    assert len(table) == 300
    assert len({c.colour for c in table}) >= 16


@pytest.mark.parametrize(("ids", "nodata", "dtype"), [
    ([1, 2], 0, "uint8"), ([1, 255], 0, "uint8"), ([0, 1], 255, "uint8"), ([0, 254], 255, "uint8"),
    ([0, 255], 65535, "uint16"), ([1, 256], 0, "uint16"), ([0, 65534], 65535, "uint16"), ([1, 65534], 0, "uint16"),
])  # fmt: skip
def test_a_map_has_the_smallest_type_that_holds_ids_and_a_nodata_value_that_is_no_class(ids, nodata, dtype):
    table = make_table({"id": i, "name": str(i)} for i in ids)
    assert (table.nodata, table.dtype) == (nodata, dtype)


def test_names_are_numbered_alphabetically_from_one():
    assert [(c.id, c.name) for c in classes.table_from_names(["water", "forest", "water"])] == [
        (1, "forest"), (2, "water"),
    ]  # fmt: skip


def test_a_part_of_a_table_keeps_names_and_colours():
    table = classes.parse("1:A:#111111;2:B:#222222;5:C:#555555")
    assert rows(table.only([5, 1, 5])) == [(1, "A", "#111111"), (5, "C", "#555555")]
    assert [c.name for c in table.only([1, 9])] == ["A", "9"]
    assert [(c.id, c.name) for c in table.with_names(["D", "A"])][-1] == (6, "D")
    assert table.name_of(2) == "B"
    assert table.name_of(77) == "77"
