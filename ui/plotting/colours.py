"""Colours that can be seen on their ground."""

from __future__ import annotations

from qgis.PyQt.QtGui import QColor

# What text needs (WCAG 2.1, 1.4.3), and what a thick line needs.
READABLE, VISIBLE = 4.5, 2.2


def ink_on(ground, palette) -> QColor:
    """The palette's colour for text on a ground; black or white where a theme left none that can be read there."""
    # A theme may set the colours of its own kinds of widgets alone.
    inks = [brush.color() for brush in (palette.text(), palette.windowText(), palette.buttonText())]
    inks += [QColor("black"), QColor("white")]
    return next(ink for ink in inks if contrast(ink, ground) >= READABLE)


def standing_out(colour, ground, ink) -> QColor:
    """A colour, brought nearer to the ink where it would not stand out from the ground."""
    for _ in range(10):
        if contrast(colour, ground) >= VISIBLE:
            break
        colour = QColor.fromRgbF(*(0.8 * a + 0.2 * b for a, b in zip(colour.getRgbF()[:3], ink.getRgbF()[:3])))
    return colour


def contrast(one: QColor, other: QColor) -> float:
    """How much two colours differ in luminance, from 1 to 21 (WCAG 2.1, contrast ratio)."""
    dark, bright = sorted(map(_luminance, (one, other)))
    return (bright + 0.05) / (dark + 0.05)


def _luminance(colour):
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in colour.getRgbF()[:3]]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
