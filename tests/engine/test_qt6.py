"""Ready for Qt 6: the sources of QGIS's side are held against the real PyQt6.

QGIS's own classes cannot be looked into here; of Qt, all names, enums and event methods can.
"""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from PyQt6 import QtGui
from qgis_on_qt6 import MOVED, VARIANT_TYPES, qt

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("plugin", "processing_provider", "algorithms", "ui", "tests/qgis", "tests/desktop")
SOURCES = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]

# What Qt hands to which method.
EVENTS = {
    "closeEvent": "QCloseEvent",
    "contextMenuEvent": "QContextMenuEvent",
    "dragEnterEvent": "QDragEnterEvent",
    "dropEvent": "QDropEvent",
    "enterEvent": "QEnterEvent",
    "hideEvent": "QHideEvent",
    "keyPressEvent": "QKeyEvent",
    "keyReleaseEvent": "QKeyEvent",
    "mouseDoubleClickEvent": "QMouseEvent",
    "mouseMoveEvent": "QMouseEvent",
    "mousePressEvent": "QMouseEvent",
    "mouseReleaseEvent": "QMouseEvent",
    "paintEvent": "QPaintEvent",
    "resizeEvent": "QResizeEvent",
    "showEvent": "QShowEvent",
    "wheelEvent": "QWheelEvent",
    # QGIS's own mouse event is Qt's with these beside.
    **dict.fromkeys(("canvasPressEvent", "canvasMoveEvent", "canvasReleaseEvent"), "QMouseEvent"),
    "canvasDoubleClickEvent": "QMouseEvent",
}
OF_QGIS_EVENTS = {"mapPoint", "originalMapPoint", "pixelPoint", "originalPixelPoint", "snapPoint", "isSnapped"}

# What Qt 6 has no more and no import would tell of, with what does.
GONE = {
    r"\.exec_\(": ".exec()",
    r"\.(globalPos|globalX|globalY|localPos|screenPos|windowPos)\(\)": "globalPosition(), position() …",
    r"\.(delta|orientation)\(\)(?=.*[wW]heel)": "angleDelta()",
    r"[mM]etrics(\(\))?\.width\(": "horizontalAdvance()",
    r"QDesktopWidget|QApplication\.desktop\(": "QScreen",
    r"\bQRegExp\b": "QRegularExpression",
    r"\.(setMargin|setTabStopWidth|setResizeMode|toTime_t|setCodec|byteCount|grabWidget)\(": "what replaced it",
    r"\.(activated|currentIndexChanged|highlighted|valueChanged|buttonClicked)\[": "a signal such as textActivated",
    r"(from|import) PyQt[56]\b": "qgis.PyQt",
}


def name_of(path):
    return path.relative_to(ROOT).as_posix()


@pytest.fixture(params=SOURCES, ids=name_of)
def source(request):
    return request.param.read_text(encoding="utf-8")


def imported(tree):
    """The names that a module imports from `qgis.PyQt`, each with where it comes from."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("qgis.PyQt."):
            for alias in node.names:
                yield alias.asname or alias.name, node.module.rpartition(".")[2], alias.name


def chain(node):
    """`Qt.MouseButton.LeftButton` as a list of names; empty where it is something else."""
    names = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return [node.id, *reversed(names)] if isinstance(node, ast.Name) else []


def problems(text):
    """What of a module is not there in PyQt6."""
    tree = ast.parse(text)
    known = {}
    for name, module, original in imported(tree):
        if not hasattr(qt(module), original):
            yield f"{module}.{original}"
        else:
            known[name] = getattr(qt(module), original)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            names = chain(node)
            found = known.get(names[0]) if names else None
            if names and names[0] == "QVariant" and names[1] in VARIANT_TYPES:
                continue
            for name in names[1:]:
                if not isinstance(found, type):
                    break
                if not hasattr(found, name):
                    yield ".".join(names)
                    break
                found = getattr(found, name)
        elif isinstance(node, ast.FunctionDef) and node.name in EVENTS and len(node.args.args) == 2:
            yield from wrong_with_event(node, getattr(QtGui, EVENTS[node.name]))


def wrong_with_event(function, event):
    own = OF_QGIS_EVENTS if function.name.startswith("canvas") else set()
    for node in ast.walk(function):
        names = chain(node) if isinstance(node, ast.Attribute) else []
        if names[:1] == [function.args.args[1].arg] and names[1] not in own and not hasattr(event, names[1]):
            yield f"{function.name}: {event.__name__}.{names[1]}"


def test_names_enums_and_events_are_those_of_qt6(source):
    assert list(problems(source)) == []


def test_nothing_is_used_that_qt6_has_no_more(source):
    assert [f"{found.group()}: use {use}" for gone, use in GONE.items() for found in re.finditer(gone, source)] == []


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("from qgis.PyQt.QtCore import Qt\nQt.LeftButton", ["Qt.LeftButton"]),
        ("from qgis.PyQt.QtCore import Qt\nQt.MouseButton.LeftButton", []),
        ("from qgis.PyQt.QtCore import QRegExp", ["QtCore.QRegExp"]),
        ("from qgis.PyQt.QtWidgets import QAction\nQAction('x').triggered", []),
        ("def mousePressEvent(self, event):\n    event.globalX()", ["mousePressEvent: QMouseEvent.globalX"]),
        ("def canvasPressEvent(self, e):\n    e.mapPoint(), e.button()", []),
        ("def enterEvent(self, event):\n    event.position()", []),
    ],
)
def test_what_the_check_sees(code, found):
    assert list(problems(code)) == found


def test_only_the_known_names_have_moved():
    """QGIS gives these from where Qt 5 has them; any other has to be imported in a way that works in both."""
    assert all(hasattr(QtGui, name) for names in MOVED.values() for name in names)


BUILD = """
import json, sys, traceback
sys.path.insert(0, {here!r})
import qgis_on_qt6
qgis_on_qt6.install()
from PyQt6.QtCore import QThreadPool
from PyQt6.QtWidgets import QApplication
application = QApplication([])
found = {{}}
{body}
# As QGIS does before it ends: Python would take its objects away from threads that still work.
QThreadPool.globalInstance().waitForDone()
print(json.dumps(found))
"""


def on_qt6(body):
    """Run code in a process where QGIS stands on Qt 6; gives what it puts into `found`."""
    environ = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    program = BUILD.format(here=str(Path(__file__).parent), body=body)
    done = subprocess.run([sys.executable, "-c", program], env=environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_all_modules_can_be_imported():
    names = [name_of(path)[:-3].replace("/", ".") for path in SOURCES if "tests" not in path.parts]
    names = [name.removesuffix(".__init__") for name in names]
    found = on_qt6(
        f"for name in {names!r}:\n"
        "    try:\n        qgis_on_qt6.module(name)\n"
        "    except Exception:\n        found[name] = traceback.format_exc()\n"
    )
    assert not found, "\n".join(found.values())


def test_the_set_up_dialog_is_built_and_drawn():
    found = on_qt6(
        "dialog = qgis_on_qt6.module('ui.setup.dialog').SetupDialog()\n"
        "dialog.choices.boxes['deep'].setChecked(True)\n"
        "dialog.grab()\n"
        "found['install'], found['torch'] = dialog.install.text(), dialog.choices.torch.torch()\n"
    )
    assert found["install"]
    assert found["torch"] in ("cpu", "cuda")


def test_a_plot_is_built_and_drawn():
    found = on_qt6(
        "plot = qgis_on_qt6.module('ui.plotting.plot')\n"
        "from PyQt6.QtGui import QColor\n"
        "widget = plot.Plot()\n"
        "widget.resize(400, 300)\n"
        "empty = widget.grab().toImage()\n"
        "widget.set_curves([plot.Curve('loss', QColor('red'), [0, 1, 2], [3.0, None, 1.0], [2, 1, 0], [4, 3, 2])])\n"
        "widget.set_labels('Loss', 'Epoch', '')\n"
        "found['drawn'] = widget.grab().toImage() != empty\n"
    )
    assert found["drawn"]
