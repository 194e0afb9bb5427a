"""Map with a model: a model and an image become a map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..stage import (
    Choice,
    FileIn,
    FileOut,
    FilesIn,
    Flag,
    Integer,
    NumberOutput,
    RasterOut,
    Stage,
    Text,
    declare,
)
from . import _common as common

# The outputs that say how sure the model is.
MEASURES = ("probabilities", "confidence", "entropy", "margin", "variance")


@dataclass(frozen=True)
class Predict(Stage):
    """Classify a whole image with a model into a Cloud-Optimized GeoTIFF, window by window.

    The model knows its bands, features and classes; bands are matched by name. Memory stays within the given
    budget however large the image is. A run that was stopped goes on where it was when it is started again
    with the same settings.

    A network that classifies whole tiles sees the image in tiles that overlap; where they do, one fades into the next,
    so that no seam shows. It can look at each tile several times, and several networks can vote. Each look takes its
    time again.
    """

    id = "predict"
    title = "Map with a model"
    group = "Maps"

    model: Any = declare(
        FileIn(
            "Model",
            "Made by one of the training algorithms.",
            extensions=("landloom", "joblib"),
            filename="rf_model{month}.landloom",
            folder_variable="MODEL_OUTPUT_DIR",
        )
    )
    further_models: Any = declare(
        FilesIn(
            "Further models",
            "Networks that classify whole tiles, with the same bands and classes as the model; together they vote.",
            optional=True,
            advanced=True,
            extensions=("landloom",),
        )
    )
    vote: Any = declare(
        Choice(
            "Several models vote by",
            "Their probabilities are averaged: all alike; by the kappa that each model's card tells; or in each pixel"
            " by how sure a model is (1 less the entropy of its probabilities).",
            default="mean",
            advanced=True,
            choices={"mean": "Mean", "weighted": "Mean weighted by kappa", "uncertainty": "Certainty in each pixel"},
        )
    )
    images: Any = common.images()
    mosaic: Any = common.mosaic()
    aoi: Any = common.aoi()
    probability_type: Any = declare(
        Choice(
            "Probabilities as",
            default="percent",
            advanced=True,
            choices={"percent": "Whole percents (small files)", "float": "Numbers from 0 to 1"},
        )
    )
    compression: Any = common.compression()
    block_size: Any = declare(
        Choice(
            "Block size of the files", default="512", advanced=True, choices={"256": "256 pixels", "512": "512 pixels"}
        )
    )
    memory: Any = declare(
        Integer(
            "Memory budget",
            "How much the run may use at most, but for a neural network and its libraries, which take about 1 GiB"
            " more.",
            default=1024,
            minimum=256,
            advanced=True,
            unit="MiB",
        )
    )
    stride: Any = declare(
        Integer(
            "Stride",
            "Of a patch classifier: the middle of each patch, so many pixels wide and high, gets its answer. 1 looks"
            " at every pixel; larger is faster and coarser. Not more than the patches' size.",
            default=1,
            minimum=1,
            advanced=True,
            unit="pixels",
        )
    )
    tile_size: Any = declare(
        Integer(
            "Tile size",
            "Of a network for tiles: what it looks at at once. Larger tiles show it more of the surroundings and take"
            " more memory. Empty: as in training.",
            optional=True,
            minimum=16,
            maximum=8192,
            advanced=True,
            unit="pixels",
        )
    )
    overlap: Any = declare(
        Integer(
            "Overlap of tiles",
            "Of a network for tiles. The outer quarter of the overlap does not count, within the rest one tile fades"
            " into the next. At most half of a tile. Empty: a quarter of a tile, or what an imported network says.",
            optional=True,
            minimum=0,
            advanced=True,
            unit="pixels",
        )
    )
    augmentation: Any = declare(
        Choice(
            "Look at each tile",
            "Of a network for tiles (test-time augmentation): the mean of all looks is more certain than a single one.",
            default="none",
            advanced=True,
            choices={
                "none": "Once",
                "flips": "Four times: as it is, and flipped",
                "turns": "Eight times: flipped and turned by quarters",
            },
        )
    )
    scales: Any = declare(
        Text(
            "Scales",
            "Of a network for tiles: each tile is also shown enlarged by these factors, such as 0.75, 1, 1.25.",
            default="1",
            advanced=True,
        )
    )
    dropout_passes: Any = declare(
        Integer(
            "Passes with dropout",
            "Of a network for tiles that was trained with dropout (Monte Carlo dropout): it is asked so many times,"
            " each time with other features left out. How far the answers differ is the variance. 0: once, with all.",
            default=0,
            minimum=0,
            maximum=1000,
            advanced=True,
        )
    )
    seed: Any = declare(
        Integer(
            "Random seed",
            "Of the passes with dropout; the same seed gives the same result.",
            default=42,
            minimum=0,
            maximum=2**31 - 1,
            advanced=True,
        )
    )
    device: Any = common.device()
    jobs: Any = common.jobs()
    scheduler: Any = declare(
        Text(
            "Dask scheduler",
            "Address of a dask.distributed scheduler such as tcp://host:8786. Its workers do the work; they must see"
            " model and image under the same paths. Empty: this computer.",
            optional=True,
            advanced=True,
        )
    )
    trust: Any = declare(
        Flag(
            "Trust the model file",
            "Open a joblib file that the catalogue does not know. Such a file can run any program.",
            advanced=True,
        )
    )
    resampling: Any = common.resampling()
    year: Any = common.year()
    month: Any = common.month()
    record: Any = common.record()
    catalogue: Any = common.catalogue()
    connection: Any = common.connection()
    map: Any = declare(RasterOut("Map", filename="prediction{month}.tif", folder_variable="PREDICTION_OUTPUT_DIR"))
    probabilities: Any = declare(RasterOut("Probabilities", "One band a class.", optional=True))
    confidence: Any = declare(RasterOut("Confidence", "Probability of the mapped class.", optional=True))
    entropy: Any = declare(RasterOut("Entropy", "Uncertainty: 0 certain, 1 (100 %) no idea.", optional=True))
    margin: Any = declare(
        RasterOut("Margin", "Probability of the mapped class less that of the second one: 0 undecided.", optional=True)
    )
    variance: Any = declare(
        RasterOut(
            "Variance",
            "How far the answers of several models, or passes with dropout, differ; where there is one of these, those"
            " of several looks or scales. Variance of a class's probability, mean over the classes, 0 to 0.25.",
            optional=True,
        )
    )
    picture: Any = declare(FileOut("Picture", "The map with its legend.", extension="png", optional=True))
    mapped_pixels: Any = declare(NumberOutput("Mapped pixels"))
    nodata_pixels: Any = declare(NumberOutput("Pixels without data"))
    mapped_hectares: Any = declare(NumberOutput("Mapped area", unit="ha"))
    map_id: Any = declare(NumberOutput("Id in the catalogue"))

    def check(self) -> None:
        """A month without a year means nothing."""
        common.check_month(self.year, self.month)

    def run(self, job: Any) -> dict:
        """Match model and image, map, describe, record."""
        from pathlib import Path

        import rasterio

        from .. import areas, catalogue, cog, inputs, mapping, maps, models, pictures, prediction, styles, tasks

        book = None
        if self.record or (models.is_joblib(self.model) and not self.trust):
            book = catalogue.open_catalogue(
                self.catalogue, self.connection, job.environ, job.secrets, create=self.record
            )
        known = book.known_hashes() if book else ()
        opened = tasks.open_models([self.model, *(self.further_models or ())], known, self.trust, self.device)
        card = opened[0].card
        stack = inputs.open_image(self, job)
        reader, notes = models.reader_for(card, stack)
        notes += models.pixel_size_notes(card, stack.grid)
        for text in notes:
            job.warning(text)
        area = inputs.area_of_interest(self, job, stack.grid)
        wanted = tuple(name for name in MEASURES if getattr(self, name))
        effort = mapping.Effort(self.jobs, self.scheduler, self.memory, int(self.block_size), self.compression)
        task = tasks.task_for(
            opened,
            reader,
            prediction.Products(card.classes, wanted, self.probability_type == "percent"),
            area,
            effort,
            tasks.settings_of(self),
            job,
        )
        products = {
            name: mapping.Product(Path(getattr(self, name)), layout) for name, layout in task.products.layouts().items()
        }
        identity = {
            "model": opened[0].sha256,
            "images": inputs.image_fingerprints(self, job),
            "area": area.wkt if area else None,
            "products": {n: repr(p.layout) for n, p in products.items()},
            "resampling": self.resampling,
            "compression": self.compression,
            "task": task.identity(),
        }
        try:
            with tasks.within_memory(card.kind):
                mapping.map_windows(task, reader.stack, products, identity, effort, job, task.plan())
        finally:
            task.close()
        styles.write_class_map(self.map, card.classes)
        for name in wanted:
            styles.write_ramp(getattr(self, name), *task.products.span(name))
        # GDAL would else keep as much of the map in memory as a share of the computer's allows.
        with rasterio.Env(GDAL_CACHEMAX=cog.SMALLEST_CACHE_BYTES):
            made = maps.open_map(self.map)
            sizes = made.class_areas()
            made.stack.close()
            if self.picture:
                pictures.draw_map(self.picture, self.map, card.classes, sizes)
        if not sizes.pixels.any():
            job.warning("Nothing was mapped: every pixel is nodata, in the image or outside the area of interest.")
        map_id = None
        if book and self.record:
            map_id = book.record_map(
                self.map,
                book.find_model(self.model),
                inputs.image_label(self, job),
                inputs.area_text(area, stack.grid),
                areas.footprint(stack.grid),
                self.year,
                self.month,
            )
        mapped = int(sizes.pixels.sum())
        return {
            "mapped_pixels": mapped,
            "nodata_pixels": stack.grid.height * stack.grid.width - mapped,
            "mapped_hectares": None if sizes.hectares is None else round(float(sizes.hectares.sum()), 4),
            "map_id": map_id,
        }
