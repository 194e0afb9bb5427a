"""The ready chains: model files of resources/models as algorithms of the provider."""

from __future__ import annotations

from pathlib import Path

from qgis.core import QgsProcessingModelAlgorithm

MODELS = Path(__file__).resolve().parents[1] / "resources" / "models"


class Chain(QgsProcessingModelAlgorithm):
    """A model file as an algorithm whose id is the file's name, whatever the model is called."""

    def __init__(self, path: Path):
        super().__init__()
        self._path = path
        if not self.fromFile(str(path)):
            raise ValueError(f"{path} is no model file")

    def createInstance(self):  # noqa: N802
        return Chain(self._path)

    def name(self):
        return self._path.stem

    def icon(self):
        return self.provider().icon()

    def svgIconPath(self):  # noqa: N802
        return self.provider().svgIconPath()


def load_chains():
    """Yield each chain, in order of the names."""
    for path in sorted(MODELS.glob("*.model3")):
        yield Chain(path)
