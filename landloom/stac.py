"""STAC item collections: the scenes of a catalogue as mosaics, one for each asset (band).

The specification: https://github.com/radiantearth/stac-spec, version 1.0.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from .errors import InputError
from .mosaics import Tiles

EXTENSIONS = (".json", ".geojson")
_FOLDERS = {"http": "/vsicurl/", "https": "/vsicurl/", "s3": "/vsis3/", "gs": "/vsigs/"}
_RASTER_TYPES = ("image/tiff", "image/vnd.stac.geotiff", "image/jp2", "image/png", "application/x-geotiff")


def is_item_collection(path: str | Path) -> bool:
    """Whether a file holds STAC items: a FeatureCollection of them, or a single one."""
    return _items(path) is not None


def mosaics(path: str | Path, bands: Sequence[str] | None) -> list[Tiles]:
    """The scenes of an item collection as a mosaic for each asset, called by the asset's key; later items on top.

    Args:
        path: a local file. Addresses of assets are relative to it.
        bands: the bands wanted. Where all are keys of assets (or, of assets with several bands, key_1 …), only these
            assets are taken; else all rasters with the role `data`, in the order in which they first stand.

    Raises InputError where an item lacks an asset.
    """
    items = _items(path) or []
    keys = list(dict.fromkeys(key for item in items for key in item["assets"]))
    wanted = [next((key for key in (band, re.sub(r"_\d+$", "", band)) if key in keys), None) for band in bands or ()]
    if wanted and all(wanted):
        chosen = list(dict.fromkeys(key for key in wanted if key))
    else:
        chosen = [key for key in keys if any(_is_data(item["assets"].get(key, {})) for item in items)]
    if not chosen:
        raise InputError(
            f"No item of {path} has a raster asset with the role 'data'. Name the assets wanted in BANDS; there are:"
            f" {', '.join(keys) or 'none'}."
        )
    return [Tiles(key, tuple(_address(path, item, key) for item in items)) for key in chosen]


def _items(path: str | Path) -> list[dict[str, Any]] | None:
    """The items in a file, None where it holds something else."""
    file = Path(path)
    if file.suffix.lower() not in EXTENSIONS or not file.is_file():
        return None
    try:
        content = json.loads(file.read_text(encoding="utf-8-sig"))
        items = content["features"] if content.get("type") == "FeatureCollection" else [content]
        return items if items and all("stac_version" in i and isinstance(i["assets"], dict) for i in items) else None
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None


def _is_data(asset: dict[str, Any]) -> bool:
    """Whether an asset is a raster with pixels to work on; where no media type is given, its role tells alone."""
    media = str(asset.get("type") or _RASTER_TYPES[0]).split(";")[0].strip().lower()
    return "data" in (asset.get("roles") or ()) and media in _RASTER_TYPES


def _address(path: str | Path, item: dict[str, Any], key: str) -> str:
    """What GDAL opens for an asset of an item."""
    try:
        href = str(item["assets"][key]["href"])
    except (LookupError, TypeError):
        raise InputError(
            f"The item {item.get('id', '?')} of {path} has no asset '{key}', which other items have. Remove the item,"
            " or leave the asset out in BANDS."
        ) from None
    parts = urlsplit(href)
    if parts.scheme in _FOLDERS:
        return _FOLDERS[parts.scheme] + (href if parts.scheme.startswith("http") else parts.netloc + parts.path)
    if parts.scheme == "file":
        return url2pathname(parts.path)
    return href if href.startswith("/vsi") else str(Path(path).absolute().parent / href)
