"""The plot: nice numbers on its axes, curves where they belong, a legend that hides them, values that can be read."""

from __future__ import annotations

import math

import pytest
from qgis.PyQt.QtCore import QLocale, QPoint, Qt
from qgis.PyQt.QtGui import QColor, QPalette
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QToolTip


@pytest.fixture(autouse=True)
def english(application):
    QLocale.setDefault(QLocale("en_GB"))


@pytest.fixture
def plot(plugin):
    """A plot of 400 by 300 pixels on the screen, white."""
    from landloom.ui.plotting.plot import Plot

    made = Plot()
    palette = QPalette(QColor("white"))
    palette.setColor(QPalette.ColorRole.Base, QColor("white"))
    palette.setColor(QPalette.ColorRole.Text, QColor("black"))
    made.setPalette(palette)
    made.resize(400, 300)
    made.show()
    yield made
    made.close()
    made.deleteLater()


def curve(name="a", colour="#ff0000", x=(0, 1, 2), y=(0.0, 1.0, 2.0), **more):
    from landloom.ui.plotting.plot import Curve

    return Curve(name, colour, list(x), list(y), **more)


def has(image, colour):
    """Whether a pixel of about this colour is in an image."""
    wanted = QColor(colour)
    return any(
        all(abs(a - b) < 24 for a, b in zip(QColor(image.pixel(x, y)).getRgb()[:3], wanted.getRgb()[:3]))
        for x in range(image.width())
        for y in range(image.height())
    )


def inside(plot):
    """The picture between the axes."""
    return plot.grab(plot.drawing().area.toAlignedRect()).toImage()


# --- axes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("low", "high", "most", "expected"),
    [
        (0, 1, 5, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        (0, 97, 5, ["0", "20", "40", "60", "80"]),
        (-0.03, 0.04, 4, ["-0.02", "0.00", "0.02", "0.04"]),
        (0, 30_000, 3, ["0", "10,000", "20,000", "30,000"]),
    ],
)
def test_ticks_are_1_2_or_5_times_a_power_of_ten(plugin, low, high, most, expected):
    from landloom.ui.plotting.axes import Axis

    assert [text for _, text in Axis(low, high).ticks(most)] == expected


def test_between_whole_numbers_there_are_no_ticks(plugin):
    from landloom.ui.plotting.axes import Axis

    assert [text for _, text in Axis(1, 3, whole=True).ticks(20)] == ["1", "2", "3"]


def test_a_logarithmic_axis_has_the_decades_and_halves_them_where_there_is_room(plugin):
    from landloom.ui.plotting.axes import Axis

    axis = Axis(0.001, 10, logarithmic=True)
    assert [value for value, _ in axis.ticks(5)] == pytest.approx([0.001, 0.01, 0.1, 1, 10])
    assert [text for _, text in axis.ticks(20)][:5] == ["0.001", "0.002", "0.005", "0.01", "0.02"]
    assert axis.share(0.1) == pytest.approx(0.5)
    assert axis.share(0) is None
    assert axis.share(-1) is None


@pytest.mark.parametrize(("value", "text"), [(0, "0"), (0.123456, "0.1235"), (12.3456, "12.35"), (1234567, "1,234,567"),
    (5, "5"), (1e-7, "1e-07"), (0.00123456, "0.001235")])  # fmt: skip
def test_values_are_read_with_about_four_digits(plugin, value, text):
    from landloom.ui.plotting.axes import digits

    assert digits(value).lower() == text


# --- drawing ------------------------------------------------------------------------------------


def test_a_curve_is_drawn_in_its_colour_where_its_values_are(plot):
    plot.set_curves([curve(x=[0, 10], y=[0, 10])])
    drawing, image = plot.drawing(), plot.grab().toImage()
    middle = QPoint(round(drawing.x(5)), round(drawing.y(5)))
    ratio = image.devicePixelRatio()
    around = [
        image.pixelColor(round(ratio * middle.x()) + dx, round(ratio * middle.y()) + dy)
        for dx in (-1, 0, 1)
        for dy in (-1, 0, 1)
    ]
    assert any(c.red() > 200 and c.green() < 120 for c in around)


def test_gaps_are_not_bridged(plot):
    plot.set_curves(
        [curve(x=range(5), y=[1, 1, None, 1, 1], colour="#ff0000"), curve("b", "#0000ff", range(5), [0] * 5)]
    )
    drawing = plot.drawing()
    between = drawing.area.toAlignedRect()
    between.setLeft(round(drawing.x(1)) + 8)
    between.setRight(round(drawing.x(3)) - 8)
    assert not has(plot.grab(between).toImage(), "#ff0000")
    plot.set_curves([curve(x=range(5), y=[1, 1, math.nan, 1, 1]), curve("b", "#0000ff", range(5), [0] * 5)])
    assert not has(plot.grab(between).toImage(), "#ff0000")
    plot.set_curves([curve(x=range(5), y=[1, 1, 1, 1, 1]), curve("b", "#0000ff", range(5), [0] * 5)])
    assert has(plot.grab(between).toImage(), "#ff0000")


def test_a_band_lies_between_low_and_high(plot):
    plot.set_curves([curve(y=[1, 1, 1], low=[0, 0, None], high=[2, 2, None], colour="#ff0000")])
    drawing, image = plot.drawing(), plot.grab().toImage()
    ratio = image.devicePixelRatio()

    def at(x, y):
        return image.pixelColor(round(ratio * drawing.x(x)), round(ratio * drawing.y(y)))

    assert at(0.5, 1.55).green() < 230 < at(0.5, 1.55).red()
    assert at(1.5, 1.55).green() > 230, "no band in the gap"


def test_curves_without_any_number_leave_the_empty_text(plot):
    plot.set_empty_text("Nothing yet")
    plot.set_curves([curve(y=[None, math.nan, math.inf])])
    assert plot.drawing().y_axis is None
    before = plot.grab().toImage()
    plot.set_empty_text("Something else")
    assert plot.grab().toImage() != before


def test_a_single_value_and_equal_values_have_an_axis(plot):
    plot.set_curves([curve(x=[3], y=[7])])
    assert plot.drawing().y_axis.low < 7 < plot.drawing().y_axis.high
    assert has(inside(plot), "#ff0000")


def test_a_colour_that_is_like_the_ground_is_made_visible(plot):
    plot.set_curves([curve(colour="#ffffff")])
    from landloom.ui.plotting.colours import contrast

    assert contrast(plot.drawing().colour(plot.curves[0]), QColor("white")) >= 2.2
    assert contrast(QColor("white"), QColor("black")) == pytest.approx(21), "WCAG 2.1"


def test_text_can_be_read_where_a_theme_sets_only_the_ground(plot):
    palette = plot.palette()
    palette.setColor(QPalette.ColorRole.Base, QColor("#323232"))
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.WindowText, QPalette.ColorRole.ButtonText):
        palette.setColor(role, QColor("#101010"))
    plot.setPalette(palette)
    assert plot.drawing().ink == QColor("white")


def test_long_names_of_ticks_are_turned_and_fit(plot):
    plot.set_ticks(["coastal aerosol", "blue", "green", "a very long name of a near infrared band"] * 4)
    plot.set_curves([curve(x=range(16), y=range(16))])
    drawing = plot.drawing()
    assert drawing.turned
    assert drawing.area.height() >= 5 * drawing.em
    plot.set_ticks(["B2", "B3"])
    plot.set_curves([curve(x=[0, 1], y=[0, 1])])
    assert not plot.drawing().turned


@pytest.mark.parametrize("width", [200, 300, 900])
def test_at_any_width_there_is_room_for_the_curves(plot, width):
    plot.set_labels("A title that is rather long", "Epoch", "reflectance")
    plot.resize(width, 100)
    plot.set_curves([curve(f"class number {i}", "#0072b2") for i in range(20)])
    plot.resize(width, plot.minimumHeight())
    assert plot.drawing().area.height() >= 5 * plot.drawing().em
    assert all(box.right() <= width for box in plot.drawing().legend)


# --- the user -----------------------------------------------------------------------------------


def test_a_click_on_the_legend_hides_a_curve_and_its_values_and_another_brings_it_back(plot):
    plot.set_curves([curve("low", "#0000ff"), curve("high", "#ff0000", y=[100, 100, 100])])
    entry = plot.drawing().legend[1].center().toPoint()
    QTest.mouseClick(plot, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, entry)
    assert not plot.is_shown("high")
    assert plot.drawing().y_axis.high < 3, "the axis fits what is shown"
    assert [c.name for c, _ in plot.values_at(1)] == ["low"]
    plot.set_curves([curve("low", "#0000ff"), curve("high", "#ff0000", y=[100, 100, 100])])
    assert not plot.is_shown("high"), "stays hidden when there are new values"
    QTest.mouseClick(plot, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, entry)
    assert plot.is_shown("high")


def test_all_curves_can_be_hidden(plot):
    plot.set_curves([curve()])
    plot.set_shown("a", False)
    plot.grab()
    QTest.mouseMove(plot, QPoint(200, 200))
    QTest.keyClick(plot, Qt.Key.Key_Right)


def test_the_mouse_reads_the_nearest_values(plot):
    plot.set_labels("Loss", "Epoch")
    plot.set_curves([curve("one", x=[1, 2, 3], y=[5, 6, 7]), curve("other <b>", "#0000ff", x=[1, 3], y=[1, 3])])
    drawing = plot.drawing()
    QTest.mouseMove(plot, QPoint(round(drawing.x(2.1)), round(drawing.y(4))))
    assert "Epoch 2" in QToolTip.text()
    assert "one" in QToolTip.text()
    assert "other" not in QToolTip.text(), "has no value there"
    assert "other &lt;b&gt;" in plot.read_out(3)
    plot.set_ticks(["blue", "green", "red", "infrared"])
    assert "infrared" in plot.read_out(3)


def test_the_keyboard_reads_values_and_hides_curves(plot):
    plot.set_labels("Loss", "Epoch")
    plot.set_curves([curve("one"), curve("other", "#0000ff")])
    for _ in range(2):
        QTest.keyClick(plot, Qt.Key.Key_Right)
    assert "Epoch 1" in QToolTip.text()
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Space):
        QTest.keyClick(plot, key)
    assert plot.is_shown("one")
    assert not plot.is_shown("other")
    plot.set_curves([])
    QTest.keyClick(plot, Qt.Key.Key_Space)


def test_of_very_many_curves_those_near_the_mouse_are_read(plot):
    plot.set_curves([curve(f"c{i:02}", y=[i, i, i]) for i in range(30)])
    text = plot.read_out(1, plot.drawing().y(29))
    assert "c29" in text
    assert "c00" not in text
    assert text.count("<tr>") == 12
