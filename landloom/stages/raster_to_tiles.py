"""Cut raster into tile files: the folder that tile refinement works on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..errors import ParameterError
from ..stage import Bands, Choice, Flag, FolderOut, Integer, Number, NumberOutput, Stage, Text, VectorOut, declare
from . import _common as common

CONTENTS = {
    "reflectance": "Optical reflectance from 0 to 1: blue, green, red, near infrared",
    "as_is": "Any bands as they are, such as radar backscatter",
}
USUAL_KEYS = {"reflectance": "opt_v1", "as_is": "sar"}


@dataclass(frozen=True)
class RasterToTiles(Stage):
    """Cut a raster into tile files, which the stages of tile refinement work on: NAME.npz with the pixels and NAME.json
    with month, biome and the place of the tile, by which Mosaic tile files puts the tiles back together.

    Tiles overlap, so that no seams show when they are put together again. The last tile of a row or column is moved
    back so that it ends with the raster; where the raster is smaller than a tile, so is the tile. Tiles without any
    data, or outside of the area of interest, are left out. In the others pixels without data are given the values of
    the nearest pixel with data, so that a network sees no edge there; a mask in the JSON file says where data was, and
    outside of the area of interest there is none. Reflectance below 0 and above 1, as of bright clouds, is
    cut off. A run that was stopped goes on where it was when it is started again with the same settings.
    """

    id = "raster_to_tiles"
    title = "Cut raster into tile files"
    group = "Tile refinement"

    images: Any = common.images()
    mosaic: Any = common.mosaic()
    content: Any = declare(
        Choice("What the tiles hold", "Of radar, take the bands as they are.", default="reflectance", choices=CONTENTS)
    )
    bands: Any = declare(
        Bands(
            "Bands",
            "Names, numbers or ranges such as 1-7, separated by commas. For reflectance four of them, in the order"
            " blue, green, red, near infrared. Empty: those that are called so or as Sentinel-2 calls them (B2, B3, B4,"
            " B8); where bands are taken as they are, all.",
            parent="images",
            optional=True,
            found_if_empty=True,
        )
    )
    scale: Any = declare(
        Number(
            "Scale",
            "What pixels are divided by to become reflectance from 0 to 1. A band whose raster has a scale or an offset"
            " in its tags is read by these instead. Not used for bands that are taken as they are.",
            default=10000.0,
            minimum=1e-6,
        )
    )
    offset: Any = declare(
        Number(
            "Offset",
            "Added to pixels before they are divided by the scale, such as -1000 for Sentinel-2 products of ESA from"
            " 2022 on.",
            default=0.0,
            advanced=True,
        )
    )
    aoi: Any = common.aoi()
    resampling: Any = common.resampling()
    tile_size: Any = declare(
        Integer("Edge of a tile", "Tiles are squares.", default=256, minimum=16, maximum=8192, unit="pixels")
    )
    overlap: Any = declare(
        Integer("Overlap", "How far neighbouring tiles overlap.", default=32, minimum=0, maximum=8191, unit="pixels")
    )
    year: Any = common.year()
    month: Any = declare(
        Integer(
            "Month",
            "Month of the image, 1 to 12, for the tiles' metadata: networks are told of it. Together with the year it"
            " also names the mosaic where no image is given.",
            optional=True,
            minimum=1,
            maximum=12,
        )
    )
    biome: Any = declare(
        Integer(
            "Biome",
            "Code of the biome, 0 to 15, for the tiles' metadata: networks are told of it, and the codes are those that"
            " the network was trained with.",
            optional=True,
            minimum=0,
            maximum=15,
        )
    )
    key: Any = declare(
        Text(
            "Array",
            "Name of the array in the files. Empty: opt_v1 for reflectance, sar for bands that are taken as they are.",
            optional=True,
            advanced=True,
        )
    )
    overwrite: Any = declare(
        Flag(
            "Overwrite",
            "Remove the tiles that an earlier run with other settings has cut into the folder. Files of your own stay.",
            advanced=True,
        )
    )
    jobs: Any = common.jobs()
    tiles: Any = declare(FolderOut("Tile files", "A new or empty folder.", filename="tile_files"))
    footprints: Any = declare(VectorOut("Outlines of the tiles", "A polygon a tile.", optional=True))
    tile_count: Any = declare(NumberOutput("Number of tiles"))
    empty_count: Any = declare(NumberOutput("Tiles left out", "Without any data in the area of interest."))
    partial_count: Any = declare(NumberOutput("Tiles in which some pixels have no data"))
    beyond_share: Any = declare(
        NumberOutput("Share of the values that were cut off", "Below 0 or above 1; only tiles cut in this run count.")
    )

    def check(self) -> None:
        """Numbers and texts must fit together."""
        if self.year is not None:
            common.check_month(self.year, self.month)
        if self.overlap >= self.tile_size:
            raise ParameterError(
                f"OVERLAP ({self.overlap}) must be smaller than TILE_SIZE ({self.tile_size}), else tiles would never"
                " move on."
            )
        if self.content == "reflectance" and self.bands and len(self.bands) != 4:
            raise ParameterError(
                f"BANDS names {len(self.bands)} bands where reflectance needs four: blue, green, red, near infrared, in"
                " this order. Name them, or choose as_is for CONTENT."
            )
        if self.key and ("/" in self.key or "\\" in self.key):
            raise ParameterError(f"KEY '{self.key}' cannot be the name of an array of pixels. Use a word like opt_v1.")

    def run(self, job: Any) -> dict:
        """Open, see whether the unit is right, cut tile by tile."""
        from contextlib import closing
        from pathlib import Path

        from .. import files, folders, inputs
        from ..refinement import cutting

        image = inputs.open_image(self, job)
        chosen = self._chosen(image, job)
        folder = Path(self.tiles)
        cutting.OWN.refuse_foreign(folder)
        with closing(chosen):
            cutter = self._cutter(chosen, folder, job)
            windows = cutter.windows()
            if self.content == "reflectance":
                cutter.refuse_other_unit(windows, job.check_cancelled)
            with files.telling(folder):
                folder.mkdir(parents=True, exist_ok=True)
            with folders.locked(folder):
                self._make_room(folder, self._request(job, chosen), job)
                cut = self._cut(cutter, windows, job)
        return self._tell(cut, len(windows), cutter, job)

    def _chosen(self, image: Any, job: Any) -> Any:
        from ..refinement import cutting

        if self.bands:
            return image.select(self.bands)
        if self.content == "as_is":
            return image
        names = cutting.optical_bands(image)
        pairs = ", ".join(f"{colour} {name}" for colour, name in zip(cutting.COLOURS, names))
        job.message(f"Bands by their names: {pairs}.")
        return image.select(names)

    def _cutter(self, stack: Any, folder: Any, job: Any) -> Any:
        from pathlib import Path

        from .. import inputs
        from ..refinement import cutting

        reflectance = self.content == "reflectance"
        if reflectance and any(map(cutting.is_tagged, stack.bands)):
            job.message("Scale and offset in the tags of the raster are used in place of SCALE and OFFSET.")
        label = inputs.image_label(self, job)
        content = {"month": self.month, "biome_code": self.biome, "raster": Path(label.split(", ")[0]).name}
        return cutting.Cutter(
            stack,
            cutting.Scaling.of(stack.bands, self.scale, self.offset, reflectance),
            inputs.area_of_interest(self, job, stack.grid),
            self.tile_size,
            self.overlap,
            folder,
            self.key or USUAL_KEYS[self.content],
            cutting.stem(label),
            {name: value for name, value in content.items() if value is not None},
        )

    def _request(self, job: Any, stack: Any) -> dict:
        """What identifies the tiles, for going on with an earlier run."""
        from .. import inputs, provenance

        names = ("content", "scale", "offset", "resampling", "tile_size", "overlap", "month", "biome", "key")
        return {
            "images": inputs.image_fingerprints(self, job),
            "label": inputs.image_label(self, job),
            "bands": stack.names,
            "aoi": provenance.fingerprint(self.aoi) if self.aoi else None,
            **{name: getattr(self, name) for name in names},
        }

    def _make_room(self, folder: Any, request: dict, job: Any) -> None:
        """Leave the tiles of an earlier run with the same settings, remove others if wished."""
        import json

        from .. import files
        from ..errors import OutputError
        from ..refinement import cutting

        config, text = folder / cutting.CONFIG, json.dumps(request, indent=2, ensure_ascii=False) + "\n"
        if config.is_file() and not self.overwrite and config.read_bytes() != text.encode():
            raise OutputError(
                f"The folder {folder} holds tiles that were cut from another image or with other settings. Choose"
                " another folder, or OVERWRITE to replace them."
            )
        if self.overwrite or not config.is_file():
            cutting.OWN.remove(folder)
        files.write_text(config, text)

    def _cut(self, cutter: Any, windows: Any, job: Any) -> list:
        """All tiles that came out: what became of each, and its window."""
        import time
        from contextlib import closing

        from .. import windows as spreading

        found, began = [], time.monotonic()

        def one(window: Any) -> Any:
            job.check_cancelled()
            return cutter(window)

        with closing(spreading.each(one, windows, self.jobs)) as results:
            for number, (window, cut) in enumerate(results, start=1):
                if cut:
                    found.append((cut, window))
                job.progress(number / len(windows), f"{number / max(time.monotonic() - began, 1e-3):.1f} tiles/s")
        earlier = sum(cut.was_there for cut, _ in found)
        if earlier:
            job.message(f"Going on with an earlier run: {earlier:,} tiles were there.")
        return found

    def _tell(self, found: list, planned: int, cutter: Any, job: Any) -> dict:
        from ..errors import InputError
        from ..refinement import cutting

        if not found:
            cutting.OWN.remove(cutter.folder)
            raise InputError(
                f"{cutter.stack.label} has no data{' in the area of interest' if cutter.area else ''}, so there are no"
                " tiles. Check the image, its nodata value and the area."
            )
        lacking = [
            f"no {word} ({name} was left empty), so {usual} will be taken"
            for name, word, usual in (("month", "month", "June"), ("biome", "biome", "biome 0"))
            if getattr(self, name) is None
        ]
        if lacking and self.content == "reflectance":
            job.warning(f"The tiles have {'; and '.join(lacking)} by networks that ask for it.")
        new = [(cut, window) for cut, window in found if not cut.was_there]
        values = sum(window.height * window.width * cut.valid_share for cut, window in new) * len(cutter.stack.bands)
        beyond = sum(cut.beyond for cut, _ in new) / values if values else 0.0
        if beyond:
            job.message(f"Values that were cut off, being below 0 or above 1: {100 * beyond:.2g} %.")
        if self.footprints:
            cutting.write_footprints(self.footprints, found, cutter.stack.grid)
        return {
            "tile_count": len(found),
            "empty_count": planned - len(found),
            "partial_count": sum(cut.valid_share < 1 for cut, _ in found),
            "beyond_share": round(beyond, 6),
        }
