"""Parameters of what comes from Earth Engine. Standard library only."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from ..errors import ParameterError
from ..stage import Choice, Crs, FileIn, Integer, Number, Text, declare

CLOUD_MASKS = {
    "none": "None",
    "scl": "Scene classification of Sentinel-2 L2A (SCL)",
    "cloud_probability": "Cloud probability of Sentinel-2 (s2cloudless)",
    "cloud_score_plus": "Cloud Score+ of Sentinel-2",
}
REDUCERS = {
    "median": "Median",
    "mean": "Mean",
    "min": "Minimum",
    "max": "Maximum",
    "mosaic": "The last scene on top",
}

# Of Sentinel-2: those of 10 and 20 m that tell land covers apart best.
DEFAULT_BANDS = ("B2", "B3", "B4", "B8", "B11", "B12")

# What one answer may hold: https://developers.google.com/earth-engine/guides/usage
MOST_BYTES = 48 * 2**20
MOST_PIXELS_AN_EDGE = 32_768

# The property of a scene with its share of cloud in per cent, by the beginning of the collection's id.
CLOUD_PROPERTIES = {"COPERNICUS/S2": "CLOUDY_PIXEL_PERCENTAGE", "LANDSAT/": "CLOUD_COVER"}

# Since this day, numbers of Sentinel-2 are 1000 larger than before; the harmonized collections are without the jump.
# https://developers.google.com/earth-engine/datasets/catalog/COPERNICUS_S2_SR_HARMONIZED
JUMP = date(2022, 1, 25)
WITH_JUMP = ("COPERNICUS/S2", "COPERNICUS/S2_SR")

# --- what the pixels are (Plan patches) -------------------------------------------------------


def collection() -> Any:
    """The image collection."""
    return declare(
        Text(
            "Earth Engine collection",
            "The id of an image collection in Earth Engine's catalogue.",
            default="COPERNICUS/S2_SR_HARMONIZED",
            advanced=True,
        )
    )


def start_date() -> Any:
    """The first day."""
    return declare(Text("Earth Engine: first day", "The first day of the composite, as 2024-01-31.", optional=True))


def end_date() -> Any:
    """The day after the last."""
    return declare(
        Text(
            "Earth Engine: day after the last",
            "The composite has scenes from before this day: for all of 2024 give 2024-01-01 and 2025-01-01.",
            optional=True,
        )
    )


def cloud_mask() -> Any:
    """How clouds are found."""
    return declare(
        Choice(
            "Earth Engine: mask clouds by",
            "SCL drops no data, saturated pixels, cloud shadow, clouds, cirrus and snow. Cloud probability drops 40 %"
            " and more. Cloud Score+ keeps pixels of score 0.6 and more. For collections other than Sentinel-2: none.",
            default="scl",
            advanced=True,
            choices=CLOUD_MASKS,
        )
    )


def most_cloud() -> Any:
    """Which scenes are left out."""
    return declare(
        Number(
            "Earth Engine: cloud in a scene, at most",
            "Scenes with more are left out, whatever the mask (Sentinel-2 and Landsat). Empty: all scenes.",
            optional=True,
            advanced=True,
            minimum=0,
            maximum=100,
            unit="%",
        )
    )


def reducer() -> Any:
    """How many scenes become one image."""
    return declare(
        Choice(
            "Earth Engine: make one image by", "Of each pixel's clear values.", default="median", advanced=True,
            choices=REDUCERS,
        )
    )  # fmt: skip


def scale() -> Any:
    """The pixel size."""
    return declare(
        Number(
            "Earth Engine: pixel size",
            "Each pixel gets the value of a band's pixel at its centre (nearest neighbour). Of bands with much finer"
            " pixels, Earth Engine takes averages.",
            default=10.0,
            advanced=True,
            minimum=0.01,
            maximum=100_000,
            unit="m",
        )
    )


def crs() -> Any:
    """The grid's CRS."""
    return declare(
        Crs(
            "Earth Engine: coordinate reference system",
            "A projected one. Empty: the UTM zone of the polygons' middle.",
            optional=True,
            advanced=True,
        )
    )


# --- who asks for them (Extract patches) ------------------------------------------------------


def ee_project() -> Any:
    """The Cloud project."""
    return declare(
        Text(
            "Earth Engine project",
            "The id of a Google Cloud project that is registered for Earth Engine. Empty: that of the key file or of"
            " the stored credentials.",
            optional=True,
            variable="EE_PROJECT",
        )
    )


def ee_key() -> Any:
    """The key of a service account."""
    return declare(
        FileIn(
            "Earth Engine key file",
            "The JSON key of a service account. Empty: the credentials that 'earthengine authenticate' has stored.",
            optional=True,
            advanced=True,
            variable="GOOGLE_APPLICATION_CREDENTIALS",
        )
    )


def ee_url() -> Any:
    """Which of the service's addresses."""
    return declare(
        Text(
            "Earth Engine address",
            "https://earthengine-highvolume.googleapis.com is made for many small requests, but keeps fewer interim"
            " results. Empty: the usual address.",
            optional=True,
            advanced=True,
        )
    )


def attempts() -> Any:
    """How often a request is tried."""
    return declare(
        Integer(
            "Attempts a patch",
            "How often Earth Engine is asked when it is busy or does not answer, with growing waits between.",
            default=5,
            advanced=True,
            minimum=1,
            maximum=20,
        )
    )


# --- what does not fit together ---------------------------------------------------------------


def check(stage: Any) -> None:
    """Raise ParameterError where the parameters of Plan patches do not fit together."""
    start, end = _day(stage, "start_date"), _day(stage, "end_date")
    if start >= end:
        raise ParameterError(
            f"START_DATE ({start}) must be before END_DATE ({end}), which is the day after the last. For all of 2024"
            " give 2024-01-01 and 2025-01-01."
        )
    if stage.collection in WITH_JUMP and start < JUMP < end:
        raise ParameterError(
            f"COLLECTION is {stage.collection}, whose numbers are larger by 1000 from {JUMP} on, so scenes from {start}"
            f" to {end} do not fit together. Choose {stage.collection}_HARMONIZED, where they do."
        )
    if stage.cloud_mask != "none" and not stage.collection.startswith("COPERNICUS/S2"):
        raise ParameterError(
            f"CLOUD_MASK is '{stage.cloud_mask}', which is for Sentinel-2 only, not for {stage.collection}. Choose"
            " 'none'."
        )
    if stage.cloud_mask == "scl" and not stage.collection.startswith("COPERNICUS/S2_SR"):
        raise ParameterError(
            "CLOUD_MASK is 'scl', but only Sentinel-2 L2A (COPERNICUS/S2_SR_HARMONIZED) has a scene classification,"
            f" not {stage.collection}. Choose 'cloud_score_plus', 'cloud_probability' or 'none'."
        )
    if stage.most_cloud is not None and cloud_property(stage.collection) is None:
        raise ParameterError(
            f"MOST_CLOUD is {stage.most_cloud:g} %, but how much cloud a scene of {stage.collection} has is not known."
            " Leave MOST_CLOUD empty."
        )
    bands = stage.bands or DEFAULT_BANDS
    if any(band.isdigit() for band in bands):
        raise ParameterError(f"BANDS must be names of bands in Earth Engine, not numbers. Got {', '.join(bands)}.")
    if len(set(bands)) < len(bands):
        raise ParameterError(f"BANDS names a band twice: {', '.join(bands)}.")
    if stage.patch_size > MOST_PIXELS_AN_EDGE or 4 * len(bands) * stage.patch_size**2 > MOST_BYTES:
        raise ParameterError(
            f"A patch of {stage.patch_size} × {stage.patch_size} pixels and {len(bands)} bands is more than Earth"
            f" Engine gives in one answer ({MOST_BYTES // 2**20} MB). Choose a smaller PATCH_SIZE or fewer BANDS."
        )


def check_access(stage: Any) -> None:
    """Raise ParameterError where the credentials would travel to a stranger, or openly."""
    if stage.ee_url is None or is_own_computer(stage.ee_url):
        return
    try:
        address = urlsplit(stage.ee_url)
        google = (address.hostname or "").endswith(".googleapis.com")
    except ValueError:
        google = False
    if not google or address.scheme != "https":
        raise ParameterError(
            "EE_URL must be an address of Google such as https://earthengine-highvolume.googleapis.com, because your"
            f" credentials are sent there. Got {stage.ee_url!r} instead. Leave it empty for the usual address."
        )


def is_own_computer(url: str) -> bool:
    """Whether an address is that of a server on this computer."""
    try:
        return urlsplit(url).scheme == "http" and urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1")
    except ValueError:
        return False


def cloud_property(collection: str) -> str | None:
    """The property with a scene's share of cloud in per cent; None where it is not known."""
    return next((name for start, name in CLOUD_PROPERTIES.items() if collection.startswith(start)), None)


def _day(stage: Any, name: str) -> date:
    value = getattr(stage, name)
    if value is None:
        raise ParameterError(
            f"{name.upper()} is missing: Earth Engine needs START_DATE and END_DATE, such as 2024-01-01 and 2025-01-01."
        )
    try:
        return datetime.strptime(value.strip(), "%Y-%m-%d").date()
    except ValueError:
        raise ParameterError(f"{name.upper()} must be a day such as 2024-01-31. Got {value!r} instead.") from None
