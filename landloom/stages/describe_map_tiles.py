"""Describe map tiles: a map becomes records, a tile each, from which its quality can be learnt or predicted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..stage import FileOut, Flag, FolderOut, Integer, Number, NumberOutput, Raster, Stage, Text, VectorOut, declare
from . import _common as common

MEASURES = ("entropy", "confidence", "margin", "variance")


@dataclass(frozen=True)
class DescribeMapTiles(Stage):
    """Cut a map and its image into tiles and describe each: how sure the map is, how its classes lie, what the image is
    like; and, where there is a reference, how good it is.

    Gives the image of each tile, from which features can be extracted, and a table of records with the parameters
    mean_entropy, mean_confidence, edge_density (share of neighbouring pixels with different classes), region_density
    (connected regions a pixel), share_ and the id of each class, mean_ and deviation_ of each band and others; and
    with a reference the metrics accuracy, mean_f1 and kappa of each tile, and how many pixels they come from. Learn a
    quality model from maps with a reference, and predict with it for maps without one.

    The reference must not be what the map's model was trained on, else the model learns too high a quality.
    """

    id = "describe_map_tiles"
    title = "Describe map tiles"
    group = "Features and quality"

    map: Any = declare(Raster("Map", "A raster of class ids. Its pixel grid is that of the tiles."))
    images: Any = common.images()
    mosaic: Any = common.mosaic()
    bands: Any = common.bands()
    entropy: Any = declare(Raster("Entropy", "Made with the map by Map with a model.", optional=True))
    confidence: Any = declare(Raster("Confidence", "Made with the map by Map with a model.", optional=True))
    margin: Any = declare(Raster("Margin", "Made with the map by Map with a model.", optional=True, advanced=True))
    variance: Any = declare(Raster("Variance", "Made with the map by Map with a model.", optional=True, advanced=True))
    probabilities: Any = declare(
        Raster(
            "Probabilities",
            "Made with the map by Map with a model. Entropy, confidence and margin come from them where those rasters"
            " are not given.",
            optional=True,
        )
    )
    reference: Any = declare(
        Raster("Reference", "A raster with the true class ids, where they are known.", optional=True)
    )
    no_class: Any = declare(
        Integer("Value of the reference without class", "Such as 0. Empty: only its nodata.", optional=True)
    )
    tile_size: Any = declare(
        Integer("Tile size", "Of each tile's image.", default=64, minimum=4, maximum=4096, unit="pixels")
    )
    minimum_valid: Any = declare(
        Number(
            "Mapped share, at least",
            "Of a tile's pixels; tiles with less are left out, also at the map's right and lower border.",
            default=0.5,
            minimum=0.0,
            maximum=1.0,
            advanced=True,
        )
    )
    minimum_reference: Any = declare(
        Number(
            "Share with reference, at least",
            "Of a tile's mapped pixels; with less its metrics count as unknown.",
            default=0.25,
            minimum=0.0,
            maximum=1.0,
            advanced=True,
        )
    )
    band_statistics: Any = declare(
        Flag(
            "Mean and deviation of each band as parameters",
            "How bright the image is, and how varied.",
            default=True,
            advanced=True,
        )
    )
    scene: Any = declare(
        Text(
            "Scene",
            "Name of the scene, which records that belong together share as their group. Empty: the map's file name.",
            optional=True,
        )
    )
    group_tiles: Any = declare(
        Integer(
            "Tiles a side of a group",
            "Cuts the scene into blocks of so many by so many tiles, each a group of records of its own, so that a"
            " single scene can be split. Empty: the whole scene is one group.",
            optional=True,
            minimum=1,
        )
    )
    method: Any = declare(Text("Method", "Name of the model that made the map.", optional=True, advanced=True))
    append: Any = declare(
        Flag(
            "Add to the records that are there",
            "Keeps the tiles and records of other scenes, so that several maps make one table. Those of the same scene"
            " are replaced.",
        )
    )
    resampling: Any = common.resampling()
    jobs: Any = common.jobs()
    year: Any = common.year()
    month: Any = common.month()
    tiles: Any = declare(FolderOut("Tiles", "A new or empty folder for the tiles' images.", filename="map_tiles"))
    records: Any = declare(
        FileOut("Records", "The table of the tiles.", extension="csv", filename="map_tiles/records.csv")
    )
    footprints: Any = declare(VectorOut("Footprints", "The tiles' outlines with all that is known.", optional=True))
    tile_count: Any = declare(NumberOutput("Number of tiles", "Of this map."))
    record_count: Any = declare(NumberOutput("Number of records", "With those that were there."))
    left_out_count: Any = declare(NumberOutput("Tiles left out", "Of this map, with too little data."))
    referenced_count: Any = declare(NumberOutput("Tiles with a reference", "Of this map."))
    group_count: Any = declare(NumberOutput("Number of groups", "Of all records."))
    mean_accuracy: Any = declare(NumberOutput("Mean accuracy of the tiles with a reference"))

    def check(self) -> None:
        """A month without a year means nothing."""
        common.check_month(self.year, self.month)

    def run(self, job: Any) -> dict:
        """Open, describe window by window, join with what was there, write."""
        from pathlib import Path

        from .. import folders
        from ..quality import map_tiles
        from ..records.table import open_records, write_records

        folder, target = Path(self.tiles), Path(self.records)
        map_tiles.OWN.refuse_foreign(folder)
        scene = map_tiles.file_name(self.scene or Path(job.origins.get("map") or self.map).stem)
        earlier = open_records(target) if self.append and target.exists() else None
        source = self._open(job, map_tiles)
        describer = map_tiles.Describer(
            source, folder, scene, self.tile_size, self.minimum_valid, self.minimum_reference, self.band_statistics,
            self.group_tiles,
        )  # fmt: skip
        folder.mkdir(parents=True, exist_ok=True)
        with folders.locked(folder):
            map_tiles.clear(folder, scene if self.append else None)
            try:
                found = describer.run(self.jobs, job.part(0.0, 0.95))
            finally:
                source.close()
            table = self._table(found, folder, target, map_tiles)
            whole = table if earlier is None else map_tiles.joined(earlier.table, table, scene)
            write_records(target, whole)
        if self.footprints:
            self._write_footprints(target)
        for reason, number in found.left_out.items():
            job.warning(f"Tiles left out because {reason}: {number:,} of {number + len(table):,}.")
        blank = int((table["param_nodata_share"] >= 1).sum())
        if blank:
            job.warning(
                f"Tiles whose image has no data: {blank:,} of {len(table):,}. Features cannot be extracted from them."
                " Check that the image covers the map."
            )
        return self._found(job, table, whole, found)

    def _open(self, job: Any, map_tiles: Any) -> Any:
        from .. import inputs

        mapped = map_tiles.open_map(self.map, job.origins.get("map"))
        image = inputs.open_image(self, job)
        if self.bands:
            image = image.select(self.bands)
        given = {name: getattr(self, name) for name in (*MEASURES, "probabilities") if getattr(self, name)}
        labelled = {name: (path, job.origins.get(name) or path) for name, path in given.items()}
        reference = None
        if self.reference:
            reference = map_tiles.open_map(self.reference, job.origins.get("reference"), self.no_class)
        probabilities = labelled.pop("probabilities", None)
        return map_tiles.open_source(mapped, image, labelled, probabilities, reference)

    def _table(self, found: Any, folder: Any, target: Any, map_tiles: Any) -> Any:
        from ..errors import InputError

        if not found.rows:
            raise InputError(
                f"No tile of {self.tile_size} pixels of {self.map} has enough data. Choose a smaller TILE_SIZE, or"
                " lower MINIMUM_VALID."
            )
        time = "" if self.year is None else f"{self.year:04d}-{self.month:02d}"
        return map_tiles.as_table(found.rows, folder, target, self.method or "", time)

    def _write_footprints(self, target: Any) -> None:
        from .. import layers, styles
        from ..records.table import open_records

        frame = open_records(target).footprints()
        layers.write(self.footprints, frame, "map_tiles", "Polygon", styles.outlines("#0072b2"))

    def _found(self, job: Any, table: Any, whole: Any, found: Any) -> dict:
        accuracy = table["metric_accuracy"].dropna().to_numpy() if self.reference else table.index[:0].to_numpy()
        if self.reference and not len(accuracy):
            job.warning(
                "No tile has enough pixels with a reference, so the metrics of all are unknown. Check that the"
                " reference lies where the map lies, or lower MINIMUM_REFERENCE."
            )
        return {
            "tile_count": len(table),
            "record_count": len(whole),
            "left_out_count": sum(found.left_out.values()),
            "referenced_count": len(accuracy),
            "group_count": int(whole["group"].nunique()),
            "mean_accuracy": round(float(accuracy.mean()), 6) if len(accuracy) else None,
        }
