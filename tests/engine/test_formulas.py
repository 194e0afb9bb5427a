"""Features computed from bands: values, names, and that nothing but arithmetic is let through."""

import numpy as np
import pytest
import rasterio

from landloom import formulas, samples
from landloom.errors import ParameterError

BANDS = ["B2", "B4", "B8", "Band 1 (blue)", "443 nm", "min", "in", "µ"]


def value(expression, **bands):
    """The value of a formula for one pixel of each band."""
    (formula,) = formulas.parse(f"F = {expression}", list(bands))
    return formula.evaluate({name: np.array([v]) for name, v in bands.items()})[0]


@pytest.mark.parametrize(("expression", "expected"), [
    ("B8 - B4", 2000), ("(B8 - B4) / (B8 + B4)", 0.5), ("-B4 + 2 * B8", 5000), ("B4 ** 2", 1e6), ("+B4", 1000),
    ("sqrt(B4 - 100)", 30), ("abs(B4 - B8)", 2000), ("max(B4, B8)", 3000), ("min(B4, 5)", 5),
    ("log(exp(B4 / 1000))", 1), ("1e-3 * B4", 1), ("B4 - B8 / 3", 0), ("2 ** B4 ** 0", 2),
])  # fmt: skip
def test_a_formula_gives_the_value_of_its_arithmetic(expression, expected):
    assert value(expression, B4=1000, B8=3000) == pytest.approx(expected)


def test_unsigned_integers_do_not_wrap_and_large_ones_do_not_round():
    bands = {"a": np.array([100], np.uint16), "b": np.array([60_000], np.uint16), "c": np.array([2**31], np.uint32)}
    difference, product, one = formulas.parse("D = a - b; P = b * b / 1000; O = (c + 1) - c", list(bands))
    assert difference.evaluate(bands)[0] == -59_900
    assert product.evaluate(bands)[0] == 3.6e6
    assert one.evaluate(bands)[0] == 1


@pytest.mark.parametrize("expression", ["(a - b) / (a + b)", "log(a)", "1 / a", "sqrt(a - 1)", "exp(exp(9 + a))"])
def test_what_is_no_finite_number_is_nan(expression):
    assert np.isnan(value(expression, a=0, b=0) if "b" in expression else value(expression, a=0))


def test_the_result_is_float32_of_the_bands_shape():
    (formula,) = formulas.parse("F = a + b", ["a", "b"])
    result = formula.evaluate({"a": np.ones((3, 4), np.uint8), "b": np.ones((3, 4), np.float64)})
    assert result.dtype == np.float32
    assert result.shape == (3, 4)


def test_several_formulas_stand_on_lines_or_between_semicolons():
    found = formulas.parse("A = B2 + B4\n\n B = B8 ;C=B4*B2;", BANDS)
    assert [(f.name, f.bands) for f in found] == [("A", ["B2", "B4"]), ("B", ["B8"]), ("C", ["B4", "B2"])]
    assert formulas.parse("", BANDS) == formulas.parse(None, BANDS) == ()


@pytest.mark.parametrize(("word", "name"), [
    ("Band_1_blue", "Band 1 (blue)"), ("_443_nm", "443 nm"), ("_in", "in"), ("min", "min"), ("µ", "µ"),
])  # fmt: skip
def test_a_band_whose_name_is_no_plain_word_is_written_with_underscores(word, name):
    (formula,) = formulas.parse(f"F = 2 * {word}", BANDS)
    assert formula.evaluate({formulas.alias(name): np.array([21.0])})[0] == 42


def test_a_band_may_be_called_like_a_function():
    (formula,) = formulas.parse("RANGE = max(max, min) - min", ["min", "max"])
    assert formula.bands == ["max", "min"]
    assert formula.evaluate({"min": np.array([3.0]), "max": np.array([5.0])})[0] == 2


@pytest.mark.parametrize("attack", [
    "B2.__class__", "B2.T", "B2[0]", "(lambda: 1)()", "__import__('os')", "exec('1')", "(a := B2)", "f'{B2}'",
    "'B2' * 2", "b'1' + B2", "B2 if B4 else B8", "B2 and B4", "not B2", "~B2", "B2 < B4", "B2 == B4", "[B2]",
    "[B2 for B2 in B4]", "{B2}", "{B2: B4}", "(B2, B4)", "B2 @ B4", "B2 % B4", "B2 // B4", "B2 << 9", "B2 ^ 2",
    "True + B2", "None", "1j * B2", "...", "abs(B2, B4)", "abs(*B2)", "abs(x=B2)", "abs()", "getattr(B2, 'T')",
    "abs(abs)(B2)", "await B2", "yield B2", "sqrt.__call__(B2)", "print(B2)", "B2\\\n;import os",
])  # fmt: skip
def test_anything_but_arithmetic_is_refused(attack):
    with pytest.raises(ParameterError):
        formulas.parse(f"F = {attack}", BANDS)


@pytest.mark.parametrize("heavy", [
    "(" * 400 + "B2" + ")" * 400, "-" * 900 + "B2", "9" * 800 + " * B2",
    "1e999 * B2", "B2 + " * 250 + "B2",
])  # fmt: skip
def test_a_formula_that_is_too_long_or_deep_is_refused_in_words(heavy):
    with pytest.raises(ParameterError):
        formulas.parse(f"F = {heavy}", BANDS)


def test_a_tower_of_powers_costs_nothing():
    (formula,) = formulas.parse("F = 9 ** 9 ** 9 ** 9 ** 9 + B2", BANDS)
    assert np.isnan(formula.evaluate({"B2": np.array([1.0])})[0])


def test_a_sum_of_two_hundred_bands_is_no_matter():
    (formula,) = formulas.parse("F = " + " + ".join(["B2"] * 190), BANDS)
    assert formula.evaluate({"B2": np.array([2.0])})[0] == 380


@pytest.mark.parametrize(("text", "told"), [
    ("NDVI", "written name = formula, such as NDVI"), ("NDVI =", "written name = formula"), ("1a = B2", "written name"),
    ("N = B2 +", "is not a formula"), ("N = B2 == B4", "something other than"), ("N == B2", "is not a formula"),
    ("N = 1 + 2", "uses no band"), ("N = B2 / B12", "uses 'B12', which is no band. The bands are: B2, B4, B8"),
    ("B2 = B4", "'B2' already"), ("N = B2; N = B4", "'N' already"), ("x = B2", "column or feature 'x' already"),
    ("M = N; N = B2", "'N', which is no band"), ("class = B\x00", "not a formula"),
])  # fmt: skip
def test_what_is_wrong_with_a_formula_is_told(text, told):
    with pytest.raises(ParameterError, match=told):
        formulas.parse(text, BANDS, samples.PLACE_COLUMNS)


def test_two_bands_that_would_be_written_alike_are_told():
    with pytest.raises(ParameterError, match="'B_2', which stands for 2 bands"):
        formulas.parse("N = B_2 * 2", ["B 2", "B_2"])


def test_features_reach_the_sample_table_and_the_map(scene, run):
    """Trained on one feature alone, whose band is no column of its own."""
    made = run(
        "extract_samples", images=scene.image, polygons=scene.polygons, class_field="class_id", bands="B2",
        features="NDVI = (B8 - B4) / (B8 + B4)", samples=scene.folder / "s.parquet",
    )  # fmt: skip
    table = samples.read(made.samples).table
    with rasterio.open(scene.image) as dataset:
        blue, red, infrared = (dataset.read(i).astype(float) for i in (1, 3, 4))
    row, col = table["row"], table["col"]
    ndvi = ((infrared - red) / (infrared + red))[row, col]
    np.testing.assert_allclose(table["NDVI"], ndvi, rtol=1e-6)
    np.testing.assert_array_equal(table["B2"], blue[row, col])
    assert table.columns.tolist()[:2] == ["B2", "NDVI"]
    run("train_random_forest", samples=made.samples, trees=10, model=scene.folder / "m.landloom", record=False)
    done = run("predict", model=scene.folder / "m.landloom", images=scene.image, map=scene.folder / "map.tif",
               record=False)  # fmt: skip
    with rasterio.open(done.map) as dataset:
        # Blue and NDVI of the scene's three classes overlap in part.
        assert np.mean(dataset.read(1) == scene.truth) > 0.85
