"""Export a model: for other programs and other people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..errors import ParameterError
from ..stage import FileIn, FileOut, FolderOut, Integer, NumberOutput, Raster, Stage, Text, declare

WITHOUT_ONNX = {"random_forest": "random forest", "quality": "quality model"}


@dataclass(frozen=True)
class ExportModel(Stage):
    """Write a model's card, the model as ONNX file for other programs, and a folder to hand over together with a map.

    The ONNX file has the metadata that the QGIS plugin Deepness reads, takes pixels as Deepness scales them, and gives
    a probability a class; it also holds the whole card, so that Import model loses nothing. The ONNX file of a refiner
    takes tiles with month (1 to 12) and biome (0 to 15) as two planes behind the bands, and gives reflectance; Deepness
    does not know such networks. A random forest and a quality model have a card, but no ONNX file.
    """

    id = "export_model"
    title = "Export model"
    group = "Models"

    model: Any = declare(FileIn("Model", "Made by one of the training algorithms.", extensions=("landloom",)))
    tile_size: Any = declare(
        Integer(
            "Tile size",
            "Edge of the tiles that the ONNX file takes. Empty: as in training; for a patch classifier 256, or twice"
            " its patch where that is more.",
            optional=True,
            advanced=True,
            minimum=8,
            maximum=8192,
            unit="pixels",
        )
    )
    map: Any = declare(Raster("Map", "A map made with the model, for the folder to hand over.", optional=True))
    map_title: Any = declare(
        Text("Title", "Of what is handed over. Empty: the name of the map, or of the model.", optional=True)
    )
    licence: Any = declare(
        Text("Terms of use", "A licence or any other text; it is written into the map and the readme.", optional=True)
    )
    card: Any = declare(
        FileOut(
            "Model card", "Bands, classes, training and accuracy, for people.", extension="md", filename="model_card.md"
        )
    )
    onnx: Any = declare(FileOut("ONNX file", "For Deepness and other programs.", extension="onnx", optional=True))
    deliverable: Any = declare(
        FolderOut(
            "Folder to hand over",
            "Gets the map with its metadata and style, the card, the ONNX file if there can be one, how all was made,"
            " and a readme.",
            optional=True,
        )
    )
    onnx_tile_size: Any = declare(NumberOutput("Tile size of the ONNX file", unit="pixels"))
    largest_difference: Any = declare(
        NumberOutput(
            "Largest difference of a probability",
            "Between the ONNX file and the model, on a tile of random pixels; of a reflectance for a refiner.",
        )
    )

    def check(self) -> None:
        """A map is for the folder."""
        if self.map and not self.deliverable:
            raise ParameterError(
                "MAP is only used for the folder to hand over. Give DELIVERABLE too, or leave MAP out."
            )

    def run(self, job: Any) -> dict:
        """Read, convert, try out, write."""
        from pathlib import Path

        from .. import files, models, networks

        card, weights = models.load(self.model)
        exported = None
        if self.onnx or (self.deliverable and card.kind not in WITHOUT_ONNX):
            networks.require_torch("An ONNX file is made from a neural network")
            from ..exchange import export

            exported = export.export(card, weights, self.tile_size)
            for text in exported.notes:
                job.warning(text)
            gives = f"{len(card.classes)} classes" if len(card.classes) else "images"
            job.message(
                f"ONNX: tiles of {exported.tile_size} × {exported.tile_size} pixels, {len(card.bands)} bands"
                f" ({', '.join(band.name for band in card.bands)}), {gives}."
            )
        elif self.deliverable:
            job.message(f"A {WITHOUT_ONNX[card.kind]} cannot be an ONNX file, so the folder has none.")
        job.progress(0.5)
        models.write_card(self.card, card, [])
        if self.onnx and exported:
            with files.replacing(self.onnx) as temporary:
                temporary.write_bytes(exported.content)
        if self.deliverable:
            from ..exchange import deliverable

            title = self.map_title or Path(self.map or self.model).stem
            about = deliverable.About(title, self.licence or "", Path(self.model), models.sha256(self.model))
            content = exported.content if exported else None
            for text in deliverable.write(self.deliverable, self.map, about, card, content):
                job.warning(text)
        return {
            "onnx_tile_size": exported.tile_size if exported else None,
            "largest_difference": exported.difference if exported else None,
        }
