"""Import a model: a network in an ONNX file, to map with or to refine tiles with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..errors import ParameterError
from ..stage import (
    Bands,
    Choice,
    FileIn,
    FileOut,
    Flag,
    Integer,
    Number,
    NumberOutput,
    Rasters,
    Stage,
    Text,
    TextOutput,
    declare,
)
from . import _common as common

OUTCOMES = {"onnx": "a class for each pixel", "onnx_image": "images"}


@dataclass(frozen=True)
class ImportModel(Stage):
    """Make a model from a network in an ONNX file, of any origin: one that gives a class for each pixel, to map with,
    or one that makes an image of an image, to refine or translate tiles with.

    What the file says of itself is read: all of it where Landloom exported it; classes, resolution, scaling and tiles
    where it was made for the QGIS plugin Deepness. What you give here counts more. The network is run once on random
    numbers to see that it gives what it should. One that makes images needs OUTPUT = image (unless Landloom exported
    it) and neither classes nor a pixel size.
    """

    id = "import_model"
    title = "Import model"
    group = "Models"

    onnx: Any = declare(FileIn("ONNX file", "With its weights inside.", extensions=("onnx",)))
    images: Any = declare(
        Rasters(
            "Image like those it was trained on",
            "Names and types of the bands and the pixel size are taken from it.",
            optional=True,
        )
    )
    bands: Any = declare(
        Bands(
            "Bands",
            "Names in the order of the network's channels. Empty: as the file says, else those of the image, else the"
            " bands of any image in their order.",
            parent="images",
            optional=True,
            found_if_empty=True,
        )
    )
    classes: Any = declare(
        Text(
            "Class table",
            "One class a line as id:name:#colour, or the path of a CSV file with the columns id, name and colour. The"
            " classes by ascending id are the network's outputs in their order. Empty: as the file says.",
            optional=True,
            multiline=True,
        )
    )
    division: Any = declare(
        Number(
            "Pixels are divided by",
            "Such as 255 for images of bytes, 10000 for reflectance, 1 for no division. Empty: as the file says; 255"
            " for files made for Deepness.",
            optional=True,
            minimum=1e-12,
        )
    )
    mean: Any = declare(
        Text(
            "Mean",
            "Is subtracted after the division: one number for all bands or one a band, separated by commas. Empty: as"
            " the file says, else 0.",
            optional=True,
        )
    )
    deviation: Any = declare(
        Text(
            "Deviation",
            "Is divided by after that: one number for all bands or one a band, separated by commas. Empty: as the file"
            " says, else 1.",
            optional=True,
        )
    )
    output: Any = declare(
        Choice(
            "Output of the network",
            default="auto",
            advanced=True,
            choices={
                "auto": "As it looks",
                "logits": "A number a class, the highest wins",
                "probabilities": "A probability a class",
                "sigmoid": "One probability, of the second of two classes",
                "classes": "The number of the class, counted from 0",
                "image": "An image of the bands B02, B03, B04 and B08",
            },
        )
    )
    tile_size: Any = declare(
        Integer(
            "Tile size",
            "Edge of the tiles that the network was trained on. Empty: as the file says.",
            optional=True,
            minimum=1,
            maximum=8192,
            unit="pixels",
        )
    )
    overlap: Any = declare(
        Integer(
            "Overlap of tiles",
            "Empty: as the file says, else a quarter of the tile.",
            optional=True,
            advanced=True,
            minimum=0,
            maximum=8191,
            unit="pixels",
        )
    )
    pixel_size: Any = declare(
        Number(
            "Pixel size",
            "Of the images that it was trained on. Empty: as the file says, else that of the image.",
            optional=True,
            minimum=1e-6,
            unit="m",
        )
    )
    tile_step: Any = declare(
        Choice(
            "What images are made of",
            "Of a network that gives images. Empty: as the file says, else refinement.",
            optional=True,
            advanced=True,
            choices={
                "refinement": "Optical tiles (array opt_v1), for Refine tiles",
                "translation": "Tiles of another sensor (array sar), for Translate tiles",
            },
        )
    )
    output_range: Any = declare(
        Text(
            "What stands for reflectance 0 and 1",
            "Of a network that gives images: two numbers, separated by a comma, such as -1,1. Empty: as the file says,"
            " else 0,1.",
            optional=True,
            advanced=True,
        )
    )
    month_and_biome: Any = declare(
        Flag(
            "Month and biome are its last two channels",
            "Of a network that gives images; as numbers from 1 to 12 and from 0 to 15. A file that Landloom exported"
            " says so itself.",
            advanced=True,
        )
    )
    resampling: Any = common.resampling()
    record: Any = common.record()
    catalogue: Any = common.catalogue()
    connection: Any = common.connection()
    model: Any = declare(
        FileOut("Model", extension="landloom", filename="imported_model.landloom", folder_variable="MODEL_OUTPUT_DIR")
    )
    band_count: Any = declare(NumberOutput("Number of bands"))
    class_count: Any = declare(NumberOutput("Number of classes"))
    model_tile_size: Any = declare(NumberOutput("Tile size", unit="pixels"))
    output_kind: Any = declare(TextOutput("What the network gives"))
    model_id: Any = declare(NumberOutput("Id in the catalogue"))

    def check(self) -> None:
        """Lists are of numbers; mean and deviation belong together."""
        _numbers("OUTPUT_RANGE", self.output_range)
        _numbers("MEAN", self.mean)
        _numbers("DEVIATION", self.deviation)
        if (self.mean is None) != (self.deviation is None):
            raise ParameterError("Give both MEAN and DEVIATION, or neither.")

    def run(self, job: Any) -> dict:
        """Read, try out, save, record."""
        from .. import catalogue, classes, models, rasters
        from ..networks import onnx_runtime

        onnx_runtime.require("An ONNX file")
        from ..exchange import onnx_import
        from ..refinement.steps import REFINEMENT, TRANSLATION

        book = (
            catalogue.open_catalogue(self.catalogue, self.connection, job.environ, job.secrets) if self.record else None
        )
        named = job.origins.get("images")
        image = (
            rasters.open_stack(self.images, self.resampling, named.split("\n") if named else None)
            if self.images
            else None
        )
        told = onnx_import.Told(
            self.bands,
            image,
            classes.parse(self.classes) if self.classes else None,
            self.division,
            _numbers("MEAN", self.mean),
            _numbers("DEVIATION", self.deviation),
            self.tile_size,
            self.overlap,
            self.pixel_size,
            None if self.output == "auto" else self.output,
            {"refinement": REFINEMENT, "translation": TRANSLATION}.get(self.tile_step),
            _numbers("OUTPUT_RANGE", self.output_range),
            self.month_and_biome or None,
        )
        imported = onnx_import.import_model(self.onnx, told)
        card = imported.card
        for text in imported.notes:
            job.warning(text)
        models.save(self.model, card, imported.weights)
        models.write_card(self.model, card, job.warnings)
        self._warn_of_unused(card.kind, job)
        names = ", ".join(f"{c.id} {c.name}" for c in card.classes)
        what = f"Classes: {names}" if names else f"For the stage: {card.network['stage']}"
        job.message(f"Bands: {', '.join(b.name for b in card.bands)}. {what}.")
        model_id = None
        if book:
            model_id = book.record_model(self.model, card.kind, self.onnx, dict(card.network), card.metrics or None)
        return {
            "band_count": len(card.bands),
            "class_count": len(card.classes),
            "model_tile_size": card.network["tile_size"],
            "output_kind": card.network.get("output", "image"),
            "model_id": model_id,
        }

    def _warn_of_unused(self, kind: str, job: Any) -> None:
        """Say which of the parameters that were given are for networks of the other kind."""
        of_classes, of_images = (
            ("images", "classes", "overlap", "pixel_size"),
            ("tile_step", "output_range", "month_and_biome"),
        )
        others = of_classes if kind == "onnx_image" else of_images
        given = [name.upper() for name in others if getattr(self, name)]
        if given:
            job.warning(f"Not used, since the network gives {OUTCOMES[kind]}: {', '.join(given)}.")


def _numbers(name: str, text: Any) -> Any:
    """The numbers of a list as a tuple; None where there is none."""
    if text is None:
        return None
    try:
        numbers = tuple(float(item) for item in text.replace(";", ",").split(","))
        if any(number != number or abs(number) == float("inf") for number in numbers):
            raise ValueError
    except ValueError:
        raise ParameterError(f"{name} must be numbers separated by commas. Got '{text}' instead.") from None
    return numbers
