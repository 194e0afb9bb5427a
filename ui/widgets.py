"""Small widgets that docks and dialogs share."""

from __future__ import annotations

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QEvent, QSize, Qt
from qgis.PyQt.QtGui import QColor, QFontMetrics, QIcon, QPainter, QPixmap
from qgis.PyQt.QtWidgets import QApplication, QFrame, QLabel, QScrollArea, QToolButton, QVBoxLayout, QWidget


def wrapped(text="") -> QLabel:
    """A text that takes as many lines as it needs."""
    label = QLabel(text)
    label.setWordWrap(True)
    return label


def icon_button(icon, text) -> QToolButton:
    """A button with one of QGIS's icons; the text is its tooltip and its name for those who do not see it."""
    button = QToolButton()
    button.setIcon(QgsApplication.getThemeIcon(f"/{icon}"))
    button.setToolTip(text)
    button.setAccessibleName(text)
    button.setAutoRaise(True)
    return button


class _Scrolled(QScrollArea):
    def minimumSizeHint(self):  # noqa: N802
        """Never narrower than the content, of which a part could not be reached else."""
        bar = self.verticalScrollBar().sizeHint().width()
        return QSize(self.widget().minimumSizeHint().width() + bar, super().minimumSizeHint().height())

    def eventFilter(self, watched, event):  # noqa: N802
        """A content that needs more room than before, as with a longer text, tells no one but its area."""
        if watched is self.widget() and event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().eventFilter(watched, event)


def scrolled(content) -> QScrollArea:
    """A dock's content, which can be scrolled where the window is low."""
    area = _Scrolled()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(content)
    return area


def below(bar, area) -> QWidget:
    """A dock's content below its message bar, which stays where it is when one scrolls."""
    whole = QWidget()
    column = QVBoxLayout(whole)
    column.setContentsMargins(0, 0, 0, 0)
    column.addWidget(bar)
    column.addWidget(area)
    return whole


def swatch(colour) -> QPixmap:
    """A square of a class's colour, as high as a letter, with a rim that shows on any background."""
    ratio = QApplication.instance().devicePixelRatio()
    side = QFontMetrics(QApplication.font()).height()
    picture = QPixmap(round(side * ratio), round(side * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(QColor(0, 0, 0, 0))
    painter = QPainter(picture)
    painter.setPen(QColor(128, 128, 128))
    painter.setBrush(QColor(colour))
    painter.drawRect(0, 0, side - 1, side - 1)
    painter.end()
    return picture


def swatch_icon(colour) -> QIcon:
    """The same as an icon of a list."""
    picture = swatch(colour)
    icon = QIcon(picture)
    icon.addPixmap(picture, QIcon.Mode.Selected)  # else the colour would be tinted where the row is chosen
    return icon
