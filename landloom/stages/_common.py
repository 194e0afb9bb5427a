"""Parameters that several stages share. Standard library only."""

from __future__ import annotations

from typing import Any

from ..errors import ParameterError
from ..stage import (
    Area,
    Bands,
    Choice,
    Connection,
    Device,
    Field,
    FileIn,
    Flag,
    FolderIn,
    FolderOutput,
    Integer,
    Rasters,
    Stage,
    Text,
    Vector,
    declare,
)

RESAMPLINGS = {
    "nearest": "Nearest neighbour",
    "bilinear": "Bilinear",
    "cubic": "Cubic",
    "average": "Average (for a second raster with much smaller pixels)",
}


def as_in(stage: type[Stage], name: str) -> Any:
    """The parameter or output of another stage."""
    return declare(stage.kinds()[name])


def polygons(optional: bool = False) -> Any:
    """The training polygons."""
    return declare(Vector("Training polygons", "Polygons with a class each.", geometry="polygon", optional=optional))


def class_field() -> Any:
    """Where the polygons' classes are."""
    return declare(
        Field(
            "Field with the class",
            "Class ids (whole numbers) or class names.",
            parent="polygons",
            variable="TRAINING_POLYGON_CLASS_COL",
        )
    )


def name_field() -> Any:
    """Where the classes' names are."""
    return declare(
        Field("Field with the class name", "Where the class field holds ids.", parent="polygons", optional=True)
    )


def polygon_table() -> Any:
    """The polygons in a database."""
    return declare(
        Text(
            "Table with the polygons, instead of a layer",
            "Name of a PostGIS table, with or without its schema.",
            optional=True,
            advanced=True,
            variable="TRAINING_POLYGON_TABLE",
        )
    )


def geometry_column() -> Any:
    """The column of that table."""
    return declare(
        Text("Geometry column of the table", default="geom", advanced=True, variable="TRAINING_POLYGON_GEOM_COL")
    )


def dataset() -> Any:
    """A patch data set that the stage adds to."""
    return declare(FolderIn("Patch data set", "A folder made by Plan patches.", amended=True))


def dataset_out() -> Any:
    """The same data set, as an output."""
    return declare(FolderOutput("Patch data set", "The same folder, for the next step of a chain."))


def images() -> Any:
    """The imagery as raster layers."""
    return declare(
        Rasters(
            "Image",
            "One raster, or several whose bands together are the image. The first one gives the pixel grid; the others"
            " are resampled to it as they are read.",
            optional=True,
        )
    )


def mosaic() -> Any:
    """The imagery as a folder of tiles."""
    return declare(
        FolderIn(
            "Mosaic of tiles, instead of an image",
            "A folder whose rasters together are one image, or the path of a tile index or of a STAC item collection"
            " (.json). Without image and mosaic, the tiles of YEAR and MONTH are looked up in the folder that the"
            " environment variable PLANET_MOSAIC_DIR names.",
            optional=True,
            advanced=True,
        )
    )


def aoi() -> Any:
    """The area of interest."""
    return declare(
        Area(
            "Area of interest",
            "Polygons outside of which nothing is done. Empty: the whole raster.",
            optional=True,
            variable="AOI_DEFINITION",
        )
    )


def bands() -> Any:
    """The bands to use."""
    return declare(
        Bands(
            "Bands",
            "Names, numbers or ranges such as 1-7, separated by commas. Empty: all bands.",
            parent="images",
            optional=True,
        )
    )


def features() -> Any:
    """Features computed from bands."""
    return declare(
        Text(
            "Features computed from bands",
            "One formula a line, such as NDVI = (B8 - B4) / (B8 + B4). Allowed are + - * / **, numbers, abs, sqrt,"
            " log, exp, min and max. A band whose name is no plain word is written with underscores.",
            optional=True,
            multiline=True,
        )
    )


def resampling() -> Any:
    """How further rasters are brought to the first one's grid."""
    return declare(
        Choice(
            "Resampling of further rasters",
            "How rasters with another pixel grid than the first are brought to it.",
            default="bilinear",
            advanced=True,
            choices=RESAMPLINGS,
        )
    )


def classes() -> Any:
    """The class table."""
    return declare(
        Text(
            "Class table",
            "One class a line as id:name:#colour, or the path of a CSV file with the columns id, name and colour."
            " Empty: taken from the layer.",
            optional=True,
            advanced=True,
            multiline=True,
        )
    )


def seed() -> Any:
    """The random seed."""
    return declare(
        Integer(
            "Random seed",
            "The same seed gives the same result.",
            default=42,
            minimum=0,
            maximum=2**31 - 1,
            advanced=True,
        )
    )


def jobs(usual: str = "one for each core") -> Any:
    """How much at once."""
    return declare(
        Integer(
            "Jobs at once",
            f"Empty: {usual}. The result does not depend on it.",
            optional=True,
            advanced=True,
            minimum=1,
            maximum=1024,
        )
    )


def device() -> Any:
    """Where a network computes."""
    return declare(
        Device(
            "Compute on",
            "Where a neural network computes.",
            default="auto",
            advanced=True,
            choices={
                "auto": "A graphics card if there is one",
                "cpu": "The processor",
                "cuda": "An NVIDIA graphics card",
            },
        )
    )


def compression() -> Any:
    """How the pixels of a map are stored."""
    return declare(
        Choice(
            "Compression",
            default="deflate",
            advanced=True,
            choices={"deflate": "DEFLATE", "lzw": "LZW", "zstd": "ZSTD (not readable everywhere)"},
        )
    )


def year() -> Any:
    """The year of the imagery."""
    return declare(
        Integer(
            "Year",
            "Year of the imagery, for file names and the catalogue.",
            optional=True,
            advanced=True,
            minimum=1900,
            maximum=2200,
        )
    )


def month() -> Any:
    """The month of the imagery."""
    return declare(
        Integer("Month", "Month of the imagery, 1 to 12.", optional=True, advanced=True, minimum=1, maximum=12)
    )


def record() -> Any:
    """Whether to write into the catalogue."""
    return declare(
        Flag(
            "Record in the catalogue",
            "Note the result in the catalogue of models and maps.",
            default=True,
            advanced=True,
        )
    )


def catalogue() -> Any:
    """Which catalogue, as a file."""
    return declare(
        FileIn(
            "Catalogue",
            "GeoPackage of the catalogue; recording makes it if it does not exist. Empty: the PostGIS connection below"
            " or of the environment variables DB_HOST, DB_NAME …, else Landloom's own GeoPackage.",
            optional=True,
            advanced=True,
            extensions=("gpkg",),
        )
    )


def connection() -> Any:
    """Which database."""
    return declare(
        Connection(
            "PostGIS connection",
            "A connection stored in QGIS; outside of QGIS an address such as postgresql://user@host:5432/database,"
            " with the password in the environment variable DB_PASSWORD.",
            optional=True,
            advanced=True,
        )
    )


def check_month(year: int | None, month: int | None) -> None:
    """A month without a year means nothing."""
    if (year is None) != (month is None):
        raise ParameterError("Give both YEAR and MONTH, or neither.")


def check_polygons(polygons: Any, polygon_table: Any) -> None:
    """Polygons must come from somewhere."""
    if polygons is None and polygon_table is None:
        raise ParameterError(
            "No training polygons were given. Choose a layer for POLYGONS, or name a PostGIS table in POLYGON_TABLE."
        )
