"""A folder to hand over: a map with what it is inside of it, its style, the model's card and file, and a readme."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import rasterio
import rasterio.shutil
from rasterio.errors import RasterioError

from .. import cog, files, lineage, maps, models, provenance, styles
from ..errors import InputError, OutputError

PROVENANCE, README = "provenance.json", "README.txt"
TAG = "LANDLOOM_{}"


@dataclass(frozen=True)
class About:
    """What is said of the map: a title, the terms of use (empty: none), and the file of the model."""

    title: str
    licence: str
    model: Path
    model_sha256: str


def write(
    folder: str | Path, map_path: str | None, about: About, card: models.Card, onnx: bytes | None
) -> tuple[str, ...]:
    """Write the folder; the readme comes last. Returns what the user should know.

    Files of the same names are replaced, others stay. Raises InputError for a map that is no class map, OutputError
    where it would take the map's own place.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    notes: list[str] = []
    card_name, onnx_name = f"{about.model.stem}.md", f"{about.model.stem}.onnx"
    listed = [(card_name, "the model: bands, classes, training, accuracy")]
    if map_path:
        listed[:0] = _write_map(folder, map_path, about, card, notes)
    models.write_card(folder / card_name, card, [])
    if onnx is not None:
        with files.replacing(folder / onnx_name) as temporary:
            temporary.write_bytes(onnx)
        listed.append((onnx_name, "the model for other programs, such as the QGIS plugin Deepness (ONNX)"))
    made = {
        "title": about.title,
        "licence": about.licence or None,
        "model": {"file": about.model.name, "sha256": about.model_sha256},
        "made_by": provenance.read_beside(about.model) or None,
        "map": (provenance.read_beside(map_path) or None) if map_path else None,
        "versions": provenance.versions(),
    }
    files.write_text(folder / PROVENANCE, json.dumps(made, indent=2, ensure_ascii=False) + "\n")
    listed.append((PROVENANCE, "how map and model were made: steps, parameters, inputs with their fingerprints"))
    files.write_text(folder / README, _readme(about, card, listed))
    return tuple(notes)


def _write_map(folder: Path, map_path: str, about: About, card: models.Card, notes: list[str]) -> list[tuple[str, str]]:
    """Write the map, its style and the names of its classes; gives the files with what they are."""
    made = maps.open_map(map_path)
    made.stack.close()
    target = folder / f"{Path(map_path).stem}.tif"
    if target.resolve() == Path(map_path).resolve():
        raise OutputError(f"{folder} is the folder of the map itself, which would be replaced. Choose another folder.")
    if not set(made.classes.ids) <= set(card.classes.ids):
        notes.append(
            f"The map's classes ({', '.join(made.classes.names)}) are not those of the model"
            f" ({', '.join(card.classes.names)}). Make sure that it was made with this model."
        )
    origin = provenance.read_beside(map_path)
    used = lineage.hashes(map_path)
    if used and about.model_sha256 not in used:
        notes.append("By its provenance, the map was made with another model file than the one given.")
    with _described(made, about, card, origin) as described, files.replacing(target) as temporary:
        options = {"COMPRESS": "DEFLATE", "BIGTIFF": "IF_SAFER", "OVERVIEW_RESAMPLING": "MODE", "STATISTICS": "NO"}
        try:
            rasterio.shutil.copy(described, temporary, driver="COG", **options)
        except RasterioError as error:
            raise OutputError(
                f"{target} could not be written: {error}. Is the disk full, or the map damaged?"
            ) from None
        Path(f"{temporary}.aux.xml").unlink(missing_ok=True)
    cog.write_category_names(target, made.classes)
    styles.write_class_map(target, made.classes)
    return [
        (target.name, "the map, a Cloud-Optimized GeoTIFF; title, classes, terms and accuracy are inside"),
        (f"{target.name}.aux.xml", "the names of its classes, for GDAL"),
        (styles.beside(target).name, "its style, for QGIS"),
    ]


@contextmanager
def _described(made: maps.ClassMap, about: About, card: models.Card, origin: dict[str, Any]) -> Iterator[str]:
    """The map with its metadata as a virtual raster, from which a Cloud-Optimized GeoTIFF is made in one go: what is
    added to one later would break its order.
    """
    where = made.stack.parts[0].where
    with rasterio.MemoryFile(ext=".vrt") as memory:
        try:
            rasterio.shutil.copy(where, memory.name, driver="VRT")
            with rasterio.open(memory.name, "r+") as dataset:
                if dataset.count > 1 or dataset.dtypes[0] not in ("uint8", "uint16", "int16", "uint32", "int32"):
                    raise InputError(
                        f"{made.label} has {dataset.count} band{'s' * (dataset.count > 1)} of {dataset.dtypes[0]}, but"
                        " a map to hand over has one of whole numbers. Convert it first (Raster ▸ Conversion ▸"
                        " Translate, output data type UInt16, additional parameters -b 1)."
                    )
                cog.describe_classes(dataset, made.classes)
                dataset.update_tags(**_tags(about, card, origin))
        except RasterioError as error:
            raise InputError(f"{made.label} cannot be read: {error}") from None
        yield memory.name


def _tags(about: About, card: models.Card, origin: dict[str, Any]) -> dict[str, str]:
    """What stands inside the map: GeoTIFF's own tags, and Landloom's."""
    tags = {
        "TIFFTAG_IMAGEDESCRIPTION": about.title,
        "TIFFTAG_SOFTWARE": f"Landloom {provenance.version()}",
        TAG.format("TITLE"): about.title,
        TAG.format("MODEL"): about.model.name,
        TAG.format("MODEL_SHA256"): about.model_sha256,
        TAG.format("MODEL_KIND"): card.kind,
    }
    if about.licence:
        tags |= {"TIFFTAG_COPYRIGHT": about.licence, TAG.format("LICENCE"): about.licence}
    if "finished" in origin:
        tags |= {
            "TIFFTAG_DATETIME": f"{datetime.fromisoformat(origin['finished']).astimezone(UTC):%Y:%m:%d %H:%M:%S}",
            TAG.format("MADE"): origin["finished"],
        }
    for name in ("overall_accuracy", "kappa"):
        if isinstance(card.metrics.get(name), (int, float)):
            tags[TAG.format(f"MODEL_{name.upper()}")] = f"{card.metrics[name]:.4f}"
    return tags


def _readme(about: About, card: models.Card, listed: list[tuple[str, str]]) -> str:
    width = max(len(name) for name, _ in listed)
    measured = card.metrics.get("overall_accuracy")
    lines = [
        about.title,
        "=" * len(about.title),
        "",
        f"Made with Landloom {provenance.version()}.",
        "",
        "Files",
        *(f"  {name:<{width}}  {what}" for name, what in listed),
        "",
        "Classes",
        *(f"  {c.id:>5}  {c.name}" for c in card.classes),
    ]
    if isinstance(measured, (int, float)):
        lines += ["", f"Overall accuracy of the model, as its card explains: {measured:.4f}"]
    lines += ["", f"Model {about.model.name}, SHA-256 {about.model_sha256}"]
    lines += ["", "Terms of use", f"  {about.licence}"] if about.licence else []
    return "\n".join(lines) + "\n"
