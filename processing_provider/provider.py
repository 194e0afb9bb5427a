"""The Processing provider: the algorithms and the ready chains."""

from __future__ import annotations

from qgis.core import QgsProcessingProvider
from qgis.PyQt.QtGui import QIcon

from ..algorithms import algorithms
from .adapter import ICONS
from .chains import load_chains


class LandloomProvider(QgsProcessingProvider):
    """Landloom in the Processing toolbox."""

    def id(self):
        return "landloom"

    def name(self):
        return "Landloom"

    def icon(self):
        return QIcon(self.svgIconPath())

    def svgIconPath(self):  # noqa: N802
        return str(ICONS / "landloom.svg")

    def loadAlgorithms(self):  # noqa: N802
        for algorithm in algorithms():
            self.addAlgorithm(algorithm)
        for chain in load_chains():
            self.addAlgorithm(chain)
