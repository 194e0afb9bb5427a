"""Reports are one file each that shows names as they are and is the same for the same numbers."""

from __future__ import annotations

import csv
import re

import numpy as np
import pytest

from landloom import classes, report
from landloom.stages.train_random_forest import TrainRandomForest

NASTY = ("Wald $x_{ & <b>Moor</b>", "$\\foo$ 森林")


@pytest.fixture
def table():
    return classes.make_table([{"id": i, "name": name} for i, name in enumerate(NASTY, start=1)])


def write(path, table, **more):
    content = {
        "title": "Samples", "subtitle": "<script>alert(1)</script>", "warnings": ["Half & half"], "counts": {"kept": 1},
        "total": 1234567, "rows": report.class_rows(table, samples=[5, 6], polygons=[1, 2]),
        "signature": report.signature_plot(["B$2$", "a_b"], table, np.array([[1.0, 2], [3, 4]]), np.ones((2, 2))),
    }  # fmt: skip
    report.write(path, "samples.html", **{**content, **more})
    return path.read_text(encoding="utf-8")


@pytest.mark.filterwarnings("error")
def test_names_are_shown_as_they_are_and_never_run(table, tmp_path):
    page = write(tmp_path / "r.html", table)
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert page.count("Wald $x_{ &amp; &lt;b&gt;Moor&lt;/b&gt;") >= 2, "in the table and in the plot"
    assert page.count("$\\foo$ 森林") >= 2
    assert "B$2$" in page
    assert "1,234,567" in page


def test_a_page_needs_nothing_else_and_is_the_same_for_the_same_numbers(table, tmp_path):
    page = write(tmp_path / "a.html", table)
    assert page == write(tmp_path / "b.html", table)
    # Addresses in a page are names of XML languages, never something that is fetched.
    assert not re.findall(r"(?:src|href)=[\"'](?!#)", page)
    assert page != write(tmp_path / "c.html", table, total=7)


def test_importance_is_ranked_and_cut(tmp_path):
    plot = str(report.importance_plot({f"band {i}$": (i / 100, 0.001) for i in range(30)}, most=20))
    assert re.findall(r">band (\d+)\$<", plot) == [str(i) for i in range(29, 9, -1)]


@pytest.mark.parametrize(
    ("value", "shown"),
    [(1234567, "1,234,567"), (np.int64(1234567), "1,234,567"), (0.5, "0.500"), (np.float32(0.25), "0.250"),
     (None, "–"), (float("nan"), "–")],
)  # fmt: skip
def test_numbers_are_shown_by_their_kind(value, shown):
    assert report._number(value) == shown


def test_a_matrix_is_shaded_by_rows_and_written_with_its_names(tmp_path):
    matrix = np.array([[3, 1], [0, 0]])
    first, empty = report.matrix_rows(matrix, ["a", "b"])
    assert [cell["share"] for cell in first["cells"]] == [0.75, 0.25]
    assert (first["total"], empty["total"]) == (4, 0)
    report.write_matrix(tmp_path / "m.csv", "map, reference", ["a;b", 'c"d'], ["Wald, nass", "Öde"], matrix)
    with (tmp_path / "m.csv").open(encoding="utf-8", newline="") as stream:
        assert list(csv.reader(stream)) == [
            ["map, reference", "Wald, nass", "Öde"], ["a;b", "3", "1"], ['c"d', "0", "0"],
        ]  # fmt: skip


def test_settings_are_shown_as_the_dialog_calls_them():
    given = {"samples": "s.parquet", "model": "m.landloom", "validation": "blocks", "importance": False}
    stage = TrainRandomForest.from_values(given)
    assert report.settings(stage, ["trees", "max_depth", "validation", "importance"]) == [
        ("Trees", "500"),
        ("Depth of a tree, at most", "–"),
        ("Hold out for validation", "Whole spatial blocks"),
        ("Permutation importance", "no"),
    ]
