"""A stand-in for QGIS on Qt 6: `qgis.PyQt` is the real PyQt6, of QGIS's own classes there are empty shells.

It serves to import the plugin's modules and to build its plain Qt widgets under Qt 6. What QGIS itself does there
cannot be tested without a QGIS that was built with Qt 6.
"""

from __future__ import annotations

import importlib
import importlib.machinery
import sys
import types
from pathlib import Path

from PyQt6 import QtCore, QtGui, QtWidgets

ROOT = Path(__file__).resolve().parents[2]
PLUGIN = "landloom_plugin"
MODULES = ("QtCore", "QtGui", "QtNetwork", "QtSvg", "QtTest", "QtWidgets", "QtXml", "uic", "sip")
# What QGIS's `qgis.PyQt` gives on Qt 6 beside what is in PyQt6's module of that name.
MOVED = {"QtWidgets": ("QAction", "QActionGroup", "QShortcut")}
# The enum QVariant.Type is gone in Qt 6; QGIS's `qgis.PyQt` gives these.
VARIANT_TYPES = {"Bool": "Bool", "Int": "Int", "LongLong": "LongLong", "Double": "Double", "String": "QString"}

BASES = {
    "QgsCollapsibleGroupBox": QtWidgets.QGroupBox,
    "QgsColorButton": QtWidgets.QToolButton,
    "QgsDockWidget": QtWidgets.QDockWidget,
    "QgsFieldComboBox": QtWidgets.QComboBox,
    "QgsFilterLineEdit": QtWidgets.QLineEdit,
    "QgsMapLayerComboBox": QtWidgets.QComboBox,
    "QgsMessageBar": QtWidgets.QFrame,
    "QgsMapCanvasItem": QtWidgets.QGraphicsItem,
}


class Anything:
    """Stands for whatever a class of QGIS has: can be called, combined, compared."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything()

    def __call__(self, *arguments, **more):
        return Anything()

    def __or__(self, other):
        return self

    __ror__ = __and__ = __or__

    def __iter__(self):
        return iter(())


class Shell(type(QtCore.QObject)):
    """The type of the shells: a class attribute that nobody has set is Anything."""

    def __getattr__(cls, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything()


class Settings(QtCore.QSettings):
    """QGIS's settings have QSettings' ways; these are in memory only."""

    def __init__(self):
        super().__init__("landloom test on Qt 6", QtCore.QSettings.Format.InvalidFormat)

    def value(self, key, default=None, type=None):
        """Nothing has been set."""
        return default


class Module(types.ModuleType):
    """A module of QGIS in which there is any class."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        if name == "QgsSettings":
            made = Settings
        elif name[0].isupper():
            made = Shell(name, (BASES.get(name, QtCore.QObject),), {})
        else:
            made = Anything()
        setattr(self, name, made)
        return made


class Shells:
    """Finds any module of QGIS's Processing and of GDAL."""

    def find_spec(self, name, path=None, target=None):
        """Python asks this when nobody else knows the module."""
        if name.partition(".")[0] in ("processing", "osgeo"):
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec):
        """Make it."""
        return Module(spec.name)

    def exec_module(self, module):
        """There is nothing in it."""


def qt(module):
    """What `qgis.PyQt.MODULE` is on Qt 6."""
    real = importlib.import_module(f"PyQt6.{module}")
    if module not in MOVED:
        return real
    copy = types.ModuleType(f"qgis.PyQt.{module}")
    copy.__dict__.update(real.__dict__)
    copy.__dict__.update({name: getattr(QtGui, name) for name in MOVED[module]})
    return copy


def install():
    """From now on `import qgis` gives the stand-in, and the plugin is the package PLUGIN."""
    for name, now in VARIANT_TYPES.items():
        setattr(QtCore.QVariant, name, QtCore.QMetaType.Type[now])
    for name in ("core", "gui", "utils", "analysis"):
        sys.modules[f"qgis.{name}"] = Module(f"qgis.{name}")
    sys.modules["qgis"] = package = types.ModuleType("qgis")
    package.__path__ = []
    package.PyQt = sys.modules["qgis.PyQt"] = types.ModuleType("qgis.PyQt")
    package.PyQt.__path__ = []
    for name in MODULES:
        sys.modules[f"qgis.PyQt.{name}"] = qt(name)
        setattr(package.PyQt, name, sys.modules[f"qgis.PyQt.{name}"])
    sys.meta_path.append(Shells())
    plugin = types.ModuleType(PLUGIN)
    plugin.__path__ = [str(ROOT)]
    sys.modules[PLUGIN] = plugin


def module(name):
    """A module of the plugin, such as `ui.project`."""
    return importlib.import_module(f"{PLUGIN}.{name}")
