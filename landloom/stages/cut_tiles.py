"""Cut tiles: image and labels become a tile data set for semantic segmentation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..errors import ParameterError
from ..stage import (
    Field,
    FileOut,
    Flag,
    FolderOut,
    Integer,
    Number,
    NumberOutput,
    Raster,
    Stage,
    Vector,
    VectorOut,
    declare,
)
from . import _common as common


@dataclass(frozen=True)
class CutTiles(Stage):
    """Cut an image and its labels into pairs of image and mask, from which a network learns to map every pixel.

    Labels are a raster of class ids, or polygons: pixels under no polygon, under polygons of two classes, without data
    and outside of the area of interest have no class and count for nothing. The tiles are split into training,
    validation and test by spatial blocks, chosen so that each class has about the same share in all three. A tile lies
    wholly in one block, so no pixel is in two parts, whatever the overlap. Or draw the areas of the parts yourself.
    """

    id = "cut_tiles"
    title = "Cut tiles"
    group = "Tile data sets"

    images: Any = common.images()
    mosaic: Any = common.mosaic()
    label_raster: Any = declare(
        Raster(
            "Label raster",
            "A raster of class ids. On another pixel grid than the image it is brought to it by the nearest pixel."
            " Names and colours of the classes come from its tags, attribute table or colour table.",
            optional=True,
        )
    )
    unlabelled: Any = declare(
        Integer(
            "Value without class",
            "Value of the label raster that stands for no class, beside its nodata.",
            optional=True,
            advanced=True,
            minimum=0,
            maximum=2**32 - 1,
        )
    )
    polygons: Any = declare(
        Vector(
            "Training polygons, instead of a raster", "Polygons with a class each.", geometry="polygon", optional=True
        )
    )
    class_field: Any = declare(
        Field(
            "Field with the class",
            "Class ids (whole numbers) or class names.",
            parent="polygons",
            optional=True,
            variable="TRAINING_POLYGON_CLASS_COL",
        )
    )
    name_field: Any = common.name_field()
    classes: Any = common.classes()
    polygon_table: Any = common.polygon_table()
    geometry_column: Any = common.geometry_column()
    connection: Any = common.connection()
    all_touched: Any = declare(
        Flag("Every pixel that a polygon touches", "Else only pixels whose centre lies inside.", advanced=True)
    )
    ordinal: Any = declare(
        Flag(
            "The order of the classes means something",
            "Such as low, medium, high risk, in the order of the class ids: networks can then learn that low for high"
            " is worse than low for medium. Classes without colours of their own get a ramp from light to dark.",
        )
    )
    aoi: Any = common.aoi()
    bands: Any = common.bands()
    resampling: Any = common.resampling()
    tile_size: Any = declare(
        Integer(
            "Edge of a tile",
            "Tiles are squares. Networks want multiples of 32.",
            default=512,
            minimum=16,
            maximum=8192,
            unit="pixels",
        )
    )
    overlap: Any = declare(
        Integer(
            "Overlap",
            "How far neighbouring tiles of a block overlap. The last tile of a block is moved back to end with it.",
            default=0,
            minimum=0,
            maximum=8191,
            unit="pixels",
        )
    )
    minimum_labelled: Any = declare(
        Number(
            "Labelled share of a tile, at least",
            "Tiles with a smaller share of pixels with a class are left out; those without any always are.",
            default=0.05,
            minimum=0.0,
            maximum=1.0,
        )
    )
    minimum_valid: Any = declare(
        Number(
            "Share of a tile with data, at least",
            "Tiles with a smaller share of pixels with data in all bands are left out.",
            default=0.1,
            minimum=0.0,
            maximum=1.0,
            advanced=True,
        )
    )
    val_share: Any = declare(
        Number("Share for validation", "Of the tiles and of each class's pixels. 0: no validation part.", default=0.2,
               minimum=0.0, maximum=0.9)
    )  # fmt: skip
    test_share: Any = declare(
        Number("Share for a test", "Of the tiles and of each class's pixels. 0: no test part.", default=0.2,
               minimum=0.0, maximum=0.9)
    )  # fmt: skip
    block_tiles: Any = declare(
        Integer(
            "Edge of a block",
            "A block stands whole in one part. Larger ones keep the parts further apart, smaller ones are easier to"
            " split evenly. Empty: up to 4, as long as there are blocks enough.",
            optional=True,
            advanced=True,
            minimum=1,
            maximum=10_000,
            unit="tiles",
        )
    )
    parts: Any = declare(
        Vector(
            "Areas of the parts, instead of blocks",
            "Polygons that say where training, validation and test are. A tile counts where it lies wholly in one.",
            geometry="polygon",
            optional=True,
            advanced=True,
        )
    )
    parts_field: Any = declare(
        Field("Field with the part", "Holds train, val or test.", parent="parts", optional=True, advanced=True)
    )
    seed: Any = common.seed()
    jobs: Any = common.jobs()
    year: Any = common.year()
    month: Any = common.month()
    overwrite: Any = declare(
        Flag(
            "Overwrite",
            "Cut anew, and then remove the tiles that the folder has held. Files of your own stay.",
            advanced=True,
        )
    )
    tiles: Any = declare(FolderOut("Tile data set", "A new or empty folder.", filename="tiles"))
    footprints: Any = declare(
        VectorOut("Tiles", "The tiles' outlines by part, with the share of each class.", optional=True)
    )
    blocks: Any = declare(VectorOut("Blocks", "The blocks of the split by part.", optional=True))
    report: Any = declare(FileOut("Report", "What was cut and how it was split.", extension="html", optional=True))
    tile_count: Any = declare(NumberOutput("Number of tiles"))
    train_count: Any = declare(NumberOutput("Training tiles"))
    val_count: Any = declare(NumberOutput("Validation tiles"))
    test_count: Any = declare(NumberOutput("Test tiles"))
    left_out_count: Any = declare(NumberOutput("Tiles left out", "With too few labelled pixels or too little data."))
    block_count: Any = declare(NumberOutput("Blocks with tiles"))
    class_count: Any = declare(NumberOutput("Number of classes"))
    labelled_share: Any = declare(NumberOutput("Labelled share", "Of the pixels of all tiles."))
    rarest_class_share: Any = declare(NumberOutput("Share of the rarest class", "Of the labelled pixels of all tiles."))
    refused_count: Any = declare(
        NumberOutput(
            "Labelled pixels without class", "Under polygons of two classes, or with a value that is no class."
        )
    )

    def check(self) -> None:
        """Labels must come from one place, and numbers must fit together."""
        common.check_month(self.year, self.month)
        if self.label_raster and self.polygons:
            raise ParameterError("Give either LABEL_RASTER or POLYGONS, not both.")
        if not self.label_raster:
            if self.polygons is None and self.polygon_table is None:
                raise ParameterError(
                    "No labels were given. Choose a raster of class ids for LABEL_RASTER, or polygons for POLYGONS."
                )
            if self.class_field is None:
                raise ParameterError("Name the field of the polygons' classes in CLASS_FIELD.")
        if self.overlap >= self.tile_size:
            raise ParameterError(
                f"OVERLAP ({self.overlap}) must be smaller than TILE_SIZE ({self.tile_size}), else tiles would never"
                " move on."
            )
        if self.val_share + self.test_share > 0.9:
            raise ParameterError(
                f"VAL_SHARE and TEST_SHARE together ({self.val_share + self.test_share:g}) leave too little for"
                " training: at most 0.9 in total."
            )
        if (self.parts is None) != (self.parts_field is None):
            raise ParameterError("Give both PARTS and PARTS_FIELD, or neither.")

    def run(self, job: Any) -> dict:
        """Cut, or find that the folder holds these very tiles already; then report."""
        from pathlib import Path

        from .. import folders
        from ..tiles import folder, footprints, making, opening
        from ..tiles.dataset import open_tiles

        target = Path(self.tiles)
        folder.OWN.refuse_foreign(target)
        with opening.opened(self, job) as source:
            target.mkdir(parents=True, exist_ok=True)
            with folders.locked(target):
                tiles = None if self.overwrite else folder.existing(target, source.request)
                if tiles:
                    job.message("The folder holds these very tiles already; nothing is cut.")
                else:
                    with folder.made(target, self.overwrite) as place:
                        self._cut(source, place, job.part(0.0, 0.95), making)
                    tiles = open_tiles(target)
        self._warn(job, tiles)
        if self.footprints:
            footprints.write_tiles(self.footprints, tiles)
        if self.blocks:
            footprints.write_blocks(self.blocks, tiles)
        if self.report:
            self._write_report(tiles, job)
        return self._found(tiles, footprints.read_blocks(tiles))

    def _cut(self, source: Any, folder: Any, job: Any, making: Any) -> None:
        cutter = source.cutter.into(folder)
        cut = cutter.run(self.jobs, job)
        if not cut.tiles:
            raise making.explain_nothing(cutter, cut, source.names)
        shares = {"train": 1 - self.val_share - self.test_share, "val": self.val_share, "test": self.test_share}
        part = making.split(cutter.lattice, cut, shares, self.seed)
        making.write(cutter, cut, part, source.config)

    def _warn(self, job: Any, tiles: Any) -> None:
        from ..tiles import summary

        config, counts = tiles.config, summary.tile_counts(tiles)
        total = sum(counts.values()) + sum(config["left_out"].values())
        for reason, number in config["left_out"].items():
            job.warning(f"Tiles left out {reason}: {number:,} of {total:,}.")
        if config["refused_pixels"]:
            job.warning(f"Labelled pixels without class, {config['refusal']}: {config['refused_pixels']:,}.")
        for reason, number in config["polygons"].items():
            job.warning(f"Polygons {reason}: {number:,}.")
        if config["missing_classes"]:
            job.warning(f"Classes of which no tile has a pixel: {', '.join(config['missing_classes'])}.")
        if len(tiles.classes) == 1:
            job.warning(f"All tiles hold one class, {tiles.classes.names[0]}. A network needs at least two.")
        for part, names in summary.lacking(tiles).items():
            remedy = "Smaller tiles or blocks, or another seed, may help; or label more of it."
            words = {"train": "training", "val": "validation", "test": "the test"}[part]
            job.warning(f"Classes without a pixel in {words}: {', '.join(names)}. {remedy}")
        wanted = ["train", *(part for part in ("val", "test") if getattr(self, f"{part}_share") or self.parts)]
        for part in wanted:
            if not counts[part]:
                words = {"train": "training", "val": "validation", "test": "the test"}[part]
                job.warning(f"No tile is in {words}.")
        if self.overlap and config["block_tiles"] == 1:
            job.warning(
                "OVERLAP has no effect: blocks of one tile do not overlap. Set BLOCK_TILES to 2 or more, or use smaller"
                " tiles."
            )

    def _found(self, tiles: Any, blocks: Any) -> dict:
        from ..tiles import summary

        counts = summary.tile_counts(tiles)
        return {
            "tile_count": sum(counts.values()),
            **{f"{part}_count": number for part, number in counts.items()},
            "left_out_count": sum(tiles.config["left_out"].values()),
            "block_count": int((blocks["tiles"] > 0).sum()),
            "class_count": len(tiles.classes),
            "labelled_share": summary.labelled_share(tiles),
            "rarest_class_share": min(summary.overall(tiles).values()),
            "refused_count": tiles.config["refused_pixels"],
        }

    def _write_report(self, tiles: Any, job: Any) -> None:
        from .. import report
        from ..tiles import pictures, summary

        names = ["tile_size", "overlap", "minimum_labelled", "minimum_valid", "ordinal", "seed"]
        shares = [] if self.parts else ["val_share", "test_share"]
        report.write(
            self.report,
            "tile_cutting.html",
            title="Tile data set",
            subtitle=f"{tiles.config['labels']} on {tiles.config['source']}",
            warnings=job.warnings,
            counts=summary.tile_counts(tiles),
            rows=summary.rows(tiles),
            labelled=summary.labelled_share(tiles),
            statistics=[
                {"band": band.name, **found}
                for band, found in zip(tiles.bands, tiles.config["statistics"])
            ],
            pictures={
                name: report.picture(tiles.folder / path)
                for name, path in (
                    ("samples", pictures.SAMPLES), ("shares", pictures.SHARES), ("blocks", pictures.BLOCKS)
                )
            },
            settings=[
                *report.settings(self, [*names, *shares]),
                ("Split by", tiles.config["split"]),
            ],
        )  # fmt: skip
