"""Where the parts of a plot lie, and how they are drawn: lengths from the font, colours from the palette."""

from __future__ import annotations

from qgis.PyQt.QtCore import QPointF, QRectF, Qt
from qgis.PyQt.QtGui import QColor, QFont, QFontMetrics, QPen, QPolygonF

from .axes import is_number
from .colours import ink_on, standing_out

LEFT_MIDDLE = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT_MIDDLE = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class Drawing:
    """A plot's contents laid out in a rectangle of a size, in a font and with a palette's colours.

    `legend` has the box of each curve's entry, `area` is the rectangle between the axes.
    """

    def __init__(self, contents, width, height, font, palette):
        self.contents, self.width, self.height, self.palette = contents, width, height, palette
        self.metrics, self.bold = QFontMetrics(font), QFont(font)
        self.bold.setBold(True)
        self.em = self.metrics.height()
        self.ground = palette.base().color()
        self.ink = ink_on(self.ground, palette)
        self.x_axis, self.y_axis = contents.axes()
        top = self.em / 4
        self.title = QRectF(self.em / 2, top, width - self.em, self.em * 1.3 if contents.title else 0)
        self.legend = self._flow(self.title.bottom())
        bottom = self.legend[-1].bottom() if self.legend else self.title.bottom()
        self.y_label = QRectF(self.em / 2, bottom + self.em / 6, width - self.em, self.em if contents.y_label else 0)
        self._lay_out_area(self.y_label.bottom() + self.em * 0.7)

    def least_height(self) -> int:
        """The height below which the curves have too little room."""
        return round(self.height - self.area.height() + 6 * self.em)

    def _flow(self, top):
        """Boxes of the legend's entries, as many in a line as fit."""
        boxes, x, y = [], self.em / 2, top
        for curve in self.contents.curves:
            wide = min(2.8 * self.em + self.metrics.horizontalAdvance(curve.name), self.width - self.em)
            if x > self.em / 2 and x + wide > self.width - self.em / 2:
                x, y = self.em / 2, y + self.em * 1.2
            boxes.append(QRectF(x, y, wide, self.em * 1.2))
            x += wide
        return boxes

    def _lay_out_area(self, top):
        em, names = self.em, self.contents.ticks
        widest = max(map(self.metrics.horizontalAdvance, names or [""]))
        self.turned = bool(names) and (widest + em) * len(names) > self.width - 4 * em
        self.longest = min(widest + 2, 7 * em)
        below = (self.longest if self.turned else em) + em * (1.8 if self.contents.x_label else 0.6)
        self.area = QRectF(em / 2, top, self.width - 1.2 * em, max(self.height - top - below, em))
        self.y_ticks = self.y_axis.ticks(max(2, int(self.area.height() / (1.4 * em)))) if self.y_axis else []
        self.area.setLeft(max([self.metrics.horizontalAdvance(text) for _, text in self.y_ticks] or [0]) + em)

    # --- places -------------------------------------------------------------------------------

    def x(self, value):
        """Where a value of x lies, in pixels; None for a gap."""
        share = self.x_axis.share(value)
        return None if share is None else self.area.left() + share * self.area.width()

    def y(self, value):
        """Where a value of y lies, in pixels; None for a gap."""
        share = self.y_axis.share(value)
        return None if share is None else self.area.bottom() - share * self.area.height()

    def point(self, x, y):
        """Where both lie; None for a gap."""
        x, y = self.x(x), self.y(y)
        return None if x is None or y is None else QPointF(x, y)

    def colour(self, curve) -> QColor:
        """A curve's colour, nearer to the text's where it would not stand out from the ground."""
        return standing_out(QColor(curve.colour), self.ground, self.ink)

    def _ink(self, share=1.0):
        colour = QColor(self.ink)
        colour.setAlphaF(share)
        return colour

    # --- drawing ------------------------------------------------------------------------------

    def draw(self, painter, focus=False) -> None:
        """Draw all of it; `focus`: the keyboard's keys come here."""
        painter.fillRect(QRectF(0, 0, self.width, self.height), self.ground)
        self._draw_legend(painter, focus)
        if self.x_axis is None or self.y_axis is None:
            painter.setPen(self._ink(0.7))
            middle = QRectF(self.em, self.area.top(), self.width - 2 * self.em, self.area.height())
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(middle, _whole(flags), self.contents.empty)
        else:
            self._draw_y_axis(painter)
            self._draw_x_axis(painter)
            painter.setClipRect(self.area.adjusted(-4, -4, 4, 4))
            for curve in self.contents.shown():
                self._draw_band(painter, curve)
            for curve in self.contents.shown():
                self._draw_line(painter, curve)
            self._draw_reading(painter)
            painter.setClipping(False)
        if focus:
            self._frame(painter, QRectF(0, 0, self.width, self.height))

    def _frame(self, painter, box):
        painter.setPen(QPen(self.palette.highlight().color(), 1))
        painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5))

    def _text(self, painter, box, flags, text):
        text = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(box.width()) + 1)
        painter.drawText(box, _whole(flags), text)

    def _draw_legend(self, painter, focus):
        painter.setPen(self._ink())
        painter.save()
        painter.setFont(self.bold)
        self._text(painter, self.title, LEFT_MIDDLE, self.contents.title)
        painter.restore()
        for number, (curve, box) in enumerate(zip(self.contents.curves, self.legend)):
            hidden = curve.name in self.contents.hidden
            if focus and number == self.contents.chosen:
                self._frame(painter, box)
            painter.setPen(QPen(self._ink(0.3), 1) if hidden else self._pen(curve))
            start = QPointF(box.left() + self.em / 4, box.center().y())
            if len(curve.x) == 1:
                self._dot(painter, start + QPointF(0.7 * self.em, 0))
            else:
                painter.drawLine(start, start + QPointF(1.4 * self.em, 0))
            painter.setPen(self._ink(0.45 if hidden else 1))
            self._text(painter, box.adjusted(2 * self.em, 0, 0, 0), LEFT_MIDDLE, curve.name)
        painter.setPen(self._ink(0.7))
        self._text(painter, self.y_label, LEFT_MIDDLE, self.contents.y_label)

    def _draw_y_axis(self, painter):
        for value, text in self.y_ticks:
            y = self.y(value)
            painter.setPen(QPen(self._ink(0.15), 1))
            painter.drawLine(QPointF(self.area.left(), y), QPointF(self.area.right(), y))
            painter.setPen(self._ink(0.8))
            box = QRectF(0, y - self.em, self.area.left() - self.em / 3, 2 * self.em)
            painter.drawText(box, _whole(RIGHT_MIDDLE), text)

    def _draw_x_axis(self, painter):
        area, em = self.area, self.em
        painter.setPen(QPen(self._ink(0.5), 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        painter.setPen(self._ink(0.8))
        for x, text in self._names() if self.contents.ticks else self._numbers():
            wide = self.metrics.horizontalAdvance(text) + 2
            if self.turned:
                painter.save()
                painter.translate(x, area.bottom() + em / 4)
                painter.rotate(-90)
                painter.drawText(QRectF(-wide, -em, wide, 2 * em), _whole(RIGHT_MIDDLE), text)
                painter.restore()
            else:
                left = min(max(x - wide / 2, 0), self.width - wide)
                painter.drawText(QRectF(left, area.bottom() + em / 4, wide, em), _whole(LEFT_MIDDLE), text)
        painter.setPen(self._ink(0.7))
        box = QRectF(area.left(), self.height - 1.3 * em, area.width(), em)
        self._text(painter, box, Qt.AlignmentFlag.AlignCenter, self.contents.x_label)

    def _numbers(self):
        widest = max([self.metrics.horizontalAdvance(text) for _, text in self.x_axis.ticks(4)] or [0])
        most = max(2, int(self.area.width() / (widest + 1.2 * self.em)))
        return [(self.x(value), text) for value, text in self.x_axis.ticks(most)]

    def _names(self):
        """Names with their places; only some where even turned ones would overlap."""
        names = self.contents.ticks
        places = [(self.x(number), name) for number, name in enumerate(names)]
        apart = abs(places[1][0] - places[0][0]) if len(places) > 1 else self.em
        every = max(1, round(self.em / apart + 0.49)) if self.turned else 1
        for x, name in places[::every]:
            if self.area.left() - 1 <= x <= self.area.right() + 1:
                yield x, self.metrics.elidedText(name, Qt.TextElideMode.ElideRight, int(self.longest))

    def _pen(self, curve):
        style = Qt.PenStyle.DashLine if curve.dashed else Qt.PenStyle.SolidLine
        return QPen(self.colour(curve), max(1.5, self.em / 9), style)

    def _draw_band(self, painter, curve):
        if curve.low is None or curve.high is None:
            return
        colour = self.colour(curve)
        colour.setAlphaF(0.18)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        lower = (self.point(x, y) for x, y in zip(curve.x, curve.low))
        upper = (self.point(x, y) for x, y in zip(curve.x, curve.high))
        for part in _without_gaps(zip(lower, upper)):
            painter.drawPolygon(QPolygonF([low for low, _ in part] + [high for _, high in reversed(part)]))
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _draw_line(self, painter, curve):
        pen = self._pen(curve)
        points = [(self.point(x, y),) for x, y in zip(curve.x, curve.y)]
        # Few points are shown as what was measured; a single one has no line anyhow.
        dots = len(points) * self.em < self.area.width()
        for part in _without_gaps(points):
            painter.setPen(pen)
            painter.drawPolyline(QPolygonF([point for (point,) in part]))
            if dots or len(part) == 1:
                for (point,) in part:
                    self._dot(painter, point, 1.6 if dots and len(points) > 1 else 2.5)

    def _dot(self, painter, point, size=2.5):
        """A dot in the pen's colour, so many times as wide as the line."""
        painter.save()
        painter.setBrush(painter.pen().color())
        radius = size * painter.pen().widthF()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawEllipse(point, radius, radius)
        painter.restore()

    def _draw_reading(self, painter):
        x = self.x(self.contents.read) if is_number(self.contents.read) else None
        if x is not None:
            painter.setPen(QPen(self._ink(0.6), 1, Qt.PenStyle.DotLine))
            painter.drawLine(QPointF(x, self.area.top()), QPointF(x, self.area.bottom()))


def _without_gaps(rows):
    """The runs of rows that are complete."""
    part: list = []
    for row in rows:
        if None not in row:
            part.append(row)
        elif part:
            yield part
            part = []
    if part:
        yield part


def _whole(flags) -> int:
    # Qt 5 takes these flags as a number, Qt 6 as either.
    return int(getattr(flags, "value", flags))
