"""Refine with a CRF: probabilities and an image become a map whose borders follow the image's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..stage import Integer, Number, NumberOutput, Raster, RasterOut, Stage, declare
from . import _common as common


@dataclass(frozen=True)
class RefineCrf(Stage):
    """Refine the probabilities of a map with a dense conditional random field (Krähenbühl & Koltun 2011).

    Each pixel is drawn to the classes of the pixels near it (spatial kernel), and more so of those that also look like
    it in the image (bilateral kernel): specks vanish and borders move to edges of the image. Narrow things, such as
    roads, may vanish too: compare the accuracy before and after. The older setting was 5 iterations, spatial sxy 3,
    spatial weight 3 and bilateral weight 10.

    Bands are brought to values from 0 to 255 by the 2nd and 98th percentile of the whole raster. Pixels without data
    have no influence on others; where only the image has no data, the probabilities stay as they are. Large rasters are
    worked on in tiles that are looked at with a margin (the halo). A run that was stopped goes on where it was when it
    is started again with the same settings. Needs the CRF layer (Plugins ▸ Landloom ▸ Set up…).
    """

    id = "refine_crf"
    title = "Refine with a CRF"
    group = "Maps"

    probabilities: Any = declare(
        Raster("Probabilities", "A band for each class, as Map with a model writes them beside the map.")
    )
    images: Any = common.images()
    mosaic: Any = common.mosaic()
    bands: Any = common.bands()
    classes: Any = common.classes()
    iterations: Any = declare(
        Integer("Iterations", "Of the mean field; after some ten nothing changes.", default=8, minimum=1, maximum=1000)
    )
    spatial_sxy: Any = declare(
        Number(
            "Spatial sxy",
            "Standard deviation of the spatial kernel: how far pixels pull at each other.",
            default=5.0,
            minimum=0.5,
            maximum=1000.0,
            unit="pixels",
        )
    )
    spatial_compat: Any = declare(
        Number("Spatial weight", "Weight of the spatial kernel; 0: none.", default=5.0, minimum=0.0, maximum=1000.0)
    )
    bilateral_sxy: Any = declare(
        Number(
            "Bilateral sxy",
            "Standard deviation in space of the kernel that also looks at the image. Large values suit large things:"
            " at 10 m, 20 pixels already wipe out fields and hedges.",
            default=5.0,
            minimum=1.0,
            maximum=1000.0,
            unit="pixels",
        )
    )
    bilateral_srgb: Any = declare(
        Number(
            "Bilateral srgb",
            "Its standard deviation in the image, whose values go from 0 to 255: how alike pixels have to look. Smaller"
            " values follow fainter edges, and take longer.",
            default=5.0,
            minimum=1.0,
            maximum=255.0,
        )
    )
    bilateral_compat: Any = declare(
        Number(
            "Bilateral weight", "Weight of the bilateral kernel; 0: none.", default=15.0, minimum=0.0, maximum=1000.0
        )
    )
    tile: Any = declare(
        Integer(
            "Tiles, at most",
            "Edge of the tiles that are worked on at once. They are as much smaller as the memory budget asks for.",
            default=8192,
            minimum=256,
            maximum=65536,
            advanced=True,
            unit="pixels",
        )
    )
    halo: Any = declare(
        Integer(
            "Halo",
            "How many pixels around a tile are looked at, so that no seam shows. Empty: three times the larger sxy, and"
            " 10 more.",
            optional=True,
            minimum=0,
            maximum=4096,
            advanced=True,
            unit="pixels",
        )
    )
    memory: Any = declare(
        Integer(
            "Memory budget",
            "How much the run may use at most, all its processes together. Fewer work at once where it is small.",
            default=2048,
            minimum=512,
            advanced=True,
            unit="MiB",
        )
    )
    jobs: Any = common.jobs()
    compression: Any = common.compression()
    resampling: Any = common.resampling()
    year: Any = common.year()
    month: Any = common.month()
    record: Any = common.record()
    catalogue: Any = common.catalogue()
    connection: Any = common.connection()
    map: Any = declare(RasterOut("Map", filename="refined{month}.tif", folder_variable="PREDICTION_OUTPUT_DIR"))
    refined: Any = declare(
        RasterOut("Refined probabilities", "One band a class, stored like the given ones.", optional=True)
    )
    changed_share: Any = declare(NumberOutput("Share of the mapped pixels that have another class now"))
    changed_pixels: Any = declare(NumberOutput("Pixels that have another class now"))
    refined_pixels: Any = declare(NumberOutput("Refined pixels"))
    kept_pixels: Any = declare(NumberOutput("Pixels that stayed as they were, since the image has no data there"))
    nodata_pixels: Any = declare(NumberOutput("Pixels without data"))
    mapped_hectares: Any = declare(NumberOutput("Mapped area", unit="ha"))
    map_id: Any = declare(NumberOutput("Id in the catalogue"))

    def check(self) -> None:
        """A month without a year means nothing."""
        common.check_month(self.year, self.month)

    def run(self, job: Any) -> dict:
        """Match probabilities and image, refine tile by tile, count, record."""
        from contextlib import closing

        from .. import catalogue, crf, inputs, maps
        from ..crf import scaling, shares, task

        crf.require_pydensecrf()
        book = (
            catalogue.open_catalogue(self.catalogue, self.connection, job.environ, job.secrets) if self.record else None
        )
        given = shares.open_shares(self.probabilities, job.origins.get("probabilities"), self.classes)
        image = inputs.open_image(self, job)
        chosen = image.select(self.bands or scaling.visible_bands(image.names))
        for text in self._notes(chosen, given, len(image.bands)):
            job.message(text)
        seen = shares.placed(chosen, given)
        with closing(given.stack), closing(seen):
            self._map(job, given, seen)
            made = maps.open_map(self.map)
            with closing(made.stack):
                counts = task.count(given, seen, made.stack, job.check_cancelled)
                sizes = made.class_areas()
        mapped = counts.refined + counts.kept
        if not mapped:
            job.warning("Nothing was mapped: every pixel of the probabilities is nodata.")
        if counts.kept:
            job.warning(
                f"{counts.kept:,} pixels have probabilities but no image: they stayed as they were and had no influence"
                " on others."
            )
        return {
            "changed_share": round(counts.changed / mapped, 6) if mapped else None,
            "changed_pixels": counts.changed,
            "refined_pixels": counts.refined,
            "kept_pixels": counts.kept,
            "nodata_pixels": counts.nodata,
            "mapped_hectares": None if sizes.hectares is None else round(float(sizes.hectares.sum()), 4),
            "map_id": self._record(book, job, given.stack.grid) if book else None,
        }

    def _record(self, book: Any, job: Any, grid: Any) -> int:
        """Record the map, with the model that made its probabilities where that is known."""
        from .. import areas, inputs, lineage

        models = [book.find_model(path) for path in lineage.models_of(self.probabilities)]
        source, footprint = inputs.image_label(self, job), areas.footprint(grid)
        model = next((i for i in models if i is not None), None)
        return book.record_map(self.map, model, source, None, footprint, self.year, self.month)

    def _notes(self, chosen: Any, given: Any, count: int) -> list:
        """What the user may want to know about the image."""
        notes = []
        if not self.bands and count > len(chosen.bands):
            notes.append(
                f"Of the image's {count} bands {', '.join(chosen.names)} were looked at; BANDS chooses others."
            )
        if not chosen.grid.aligned_with(given.stack.grid):
            notes.append(
                f"{chosen.label} has another pixel grid than {given.stack.label} and is resampled to it"
                f" ({common.RESAMPLINGS[self.resampling].lower()})."
            )
        return notes

    def _map(self, job: Any, given: Any, image: Any) -> None:
        """Refine tile by tile, and style what comes out."""
        import os
        from dataclasses import asdict
        from pathlib import Path

        from .. import crf, inputs, mapping, provenance, styles
        from ..crf import crew, field, scaling, task, tiles

        settings = field.Settings(**{name: getattr(self, name) for name in field.Settings.__dataclass_fields__})
        margin = field.halo(settings) if self.halo is None else self.halo
        cut = tiles.tiling(
            given.stack.grid, len(given.classes), len(image.bands), settings, margin, self.tile, self.memory,
            self.jobs or os.cpu_count() or 1,
        )  # fmt: skip
        job.message(
            f"Tiles of {cut.edge} pixels with a halo of {margin}, {cut.processes} at once: what MEMORY"
            f" ({self.memory} MiB) has room for."
        )
        scaled = scaling.measure(image, job.check_cancelled)
        layouts = given.layouts(bool(self.refined))
        paths = {"map": self.map, "probabilities": self.refined}
        products = {name: mapping.Product(Path(paths[name]), layout) for name, layout in layouts.items()}
        identity = {
            "probabilities": provenance.fingerprint(self.probabilities),
            "images": inputs.image_fingerprints(self, job),
            "bands": image.names,
            "products": {name: repr(product.layout) for name, product in products.items()},
            "order": given.order,
            "settings": asdict(settings),
            "margin": margin,
            "edge": cut.edge,
            "resampling": self.resampling,
            "compression": self.compression,
            "pydensecrf": crf.pydensecrf_version(),
        }
        own_memory = int(self.memory * (1 - tiles.SHARE_OF_PROCESSES))
        effort = mapping.Effort(cut.processes, None, own_memory, tiles.BLOCK, self.compression)
        with crew.Crew(cut.processes) as members:
            work = task.RefineTask(given, image, scaled, settings, margin, bool(self.refined), members)
            mapping.map_windows(work, given.stack, products, identity, effort, job, cut.plan(given.stack.grid))
        styles.write_class_map(self.map, given.classes)
        if self.refined:
            styles.write_ramp(self.refined, 0, *((100, styles.VIRIDIS, " %") if given.percent else (1,)))
