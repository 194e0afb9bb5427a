"""Encoders of networks with their size and speed, and where their weights come from."""

from __future__ import annotations

from qgis.gui import QgsFileWidget
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QStandardItem, QStandardItemModel
from qgis.PyQt.QtWidgets import QAbstractItemView, QComboBox, QHeaderView, QTreeView, QVBoxLayout, QWidget

from ...processing_provider.parameters import tr
from ..widgets import wrapped
from .base import Wrapper, as_text

# Name, millions of parameters, and, as multiples of resnet50's, the time and the memory that a U-Net with it takes to
# learn from a tile. Parameters are counted by PyTorch. Time: one core of a processor, 2 tiles of 128 x 128 pixels and 6
# bands, forward and backward, the best of three; a graphics card differs. Memory: what PyTorch keeps of a forward pass
# for the backward pass. segmentation-models-pytorch 0.6.
ENCODERS = (
    ("mit_b0", 3.3, 0.3, 0.5),
    ("timm-mobilenetv3_large_100", 3.0, 0.4, 0.7),
    ("mobilenet_v2", 2.2, 0.4, 0.9),
    ("efficientnet-b0", 4.0, 0.4, 1.0),
    ("resnet18", 11.2, 0.5, 0.5),
    ("efficientnet-b2", 7.7, 0.5, 1.3),
    ("mit_b2", 24.2, 0.7, 1.1),
    ("resnet34", 21.3, 0.8, 0.6),
    ("densenet121", 7.0, 0.8, 1.3),
    ("efficientnet-b4", 17.5, 0.9, 2.1),
    ("resnet50", 23.5, 1.0, 1.0),
    ("resnext50_32x4d", 23.0, 1.1, 1.2),
    ("se_resnext50_32x4d", 25.5, 1.1, 1.4),
    ("efficientnet-b7", 63.8, 1.8, 4.6),
    ("mit_b5", 81.5, 2.1, 2.5),
    ("resnet101", 42.5, 2.2, 1.3),
)
FILE = "file"


class EncoderWidget(QWidget):
    """An editable box whose list is a table; below it what is known of the encoder in words."""

    def __init__(self):
        super().__init__()
        self.box = QComboBox()
        self.box.setEditable(True)
        self.box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        model = QStandardItemModel(0, 4, self.box)
        model.setHorizontalHeaderLabels([tr("Encoder"), tr("Parameters [million]"), tr("Time"), tr("Memory")])
        for name, size, time, memory in ENCODERS:
            cells = [QStandardItem(text) for text in (name, f"{size:.1f}", f"{time:.1f} ×", f"{memory:.1f} ×")]
            for cell in cells[1:]:
                cell.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            model.appendRow(cells)
        self.box.setModel(model)
        table = QTreeView()
        table.setRootIsDecorated(False)
        table.setAllColumnsShowFocus(True)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.box.setView(table)
        self.box.setMaxVisibleItems(len(ENCODERS))
        table.header().setStretchLastSection(False)
        table.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        width = self.fontMetrics().horizontalAdvance(max((name for name, *_ in ENCODERS), key=len))
        for column in (1, 2, 3):
            table.resizeColumnToContents(column)
            width += table.columnWidth(column)
        table.setMinimumWidth(width + 2 * self.fontMetrics().height())
        self.note = wrapped()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.box)
        layout.addWidget(self.note)
        self.setFocusProxy(self.box)
        self.box.editTextChanged.connect(self._describe)
        self._describe(self.box.currentText())

    def _describe(self, text):
        known = next((e for e in ENCODERS if e[0] == text.strip()), None)
        if known is None:
            self.note.setText(tr("Any encoder of segmentation-models-pytorch; with the prefix tu- any model of timm."))
            return
        self.note.setText(
            tr("{} million parameters; to learn takes {} × the time and {} × the memory of resnet50.").format(
                *known[1:]
            )
        )


class EncoderWrapper(Wrapper):
    """The name of an encoder."""

    def createWidget(self):  # noqa: N802 (Processing's name)
        """Make it."""
        widget = EncoderWidget()
        widget.box.setToolTip(self.parameterDefinition().toolTip())
        widget.box.editTextChanged.connect(self.tell)
        return widget

    def setValue(self, value):  # noqa: N802 (Processing's name)
        """Any name, also one that the list does not have."""
        self.widget.box.setCurrentIndex(self.widget.box.findText(as_text(value)))
        self.widget.box.setEditText(as_text(value))

    def value(self):
        """The name."""
        return self.widget.box.currentText().strip()


class WeightsWidget(QWidget):
    """A box with the usual sources of weights, and for a file its path."""

    def __init__(self):
        super().__init__()
        self.box = QComboBox()
        self.box.addItem(tr("None: at random to begin with"), "none")
        self.box.addItem(tr("ImageNet: learnt from photographs, downloaded once"), "imagenet")
        self.box.addItem(tr("A file…"), FILE)
        self.box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.file = QgsFileWidget()
        self.file.setFilter(tr("Weights (*.safetensors *.pth *.pt *.bin *.landloom);;All files (*)"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.box)
        layout.addWidget(self.file)
        self.setFocusProxy(self.box)
        self.box.currentIndexChanged.connect(self._show)
        self._show()

    def value(self) -> str:
        """A word, or the path; empty where no file has been chosen yet."""
        word = self.box.currentData()
        return self.file.filePath().strip() if word == FILE else word

    def set_value(self, text: str) -> None:
        """A word or a path."""
        row = self.box.findData(text.strip().lower())
        is_word = row >= 0 and text != FILE
        self.box.setCurrentIndex(row if is_word else self.box.findData(FILE))
        if not is_word:
            self.file.setFilePath(text)

    def _show(self, *_):
        self.file.setVisible(self.box.currentData() == FILE)


class EncoderWeightsWrapper(Wrapper):
    """Where the weights of the encoder come from."""

    def createWidget(self):  # noqa: N802 (Processing's name)
        """Make it."""
        widget = WeightsWidget()
        widget.box.setToolTip(self.parameterDefinition().toolTip())
        widget.box.currentIndexChanged.connect(self.tell)
        widget.file.fileChanged.connect(self.tell)
        return widget

    def setValue(self, value):  # noqa: N802 (Processing's name)
        """A word or a path."""
        self.widget.set_value(as_text(value))

    def value(self):
        """A word or a path."""
        return self.widget.value()
