"""Model files: self-describing, and safe to open.

A `.landloom` file is a ZIP archive of `card.json` (bands, features, classes, training, metrics …) and
`weights/*.npy` (plain arrays, read with `allow_pickle=False`). Nothing in it is ever executed. The same input
gives the same bytes: the archive holds no times.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from rasterio.crs import CRS

from . import classes, files, formulas, npy
from .classes import ClassTable
from .errors import LandloomError, ModelError
from .features import FeatureReader, feature_reader
from .grids import Grid
from .rasters import Band, Stack

FORMAT = 1
EXTENSION = "landloom"
# Of an image with hundreds of bands the most important ones; `card.json` has them all.
MOST_COLUMNS_LISTED = 20
_KINDS = {
    "random_forest": "random forest for land cover",
    "patch_cnn": "patch classifier (convolutional network) for land cover",
    "segmentation": "segmentation network for land cover",
    "onnx": "network in ONNX format for land cover",
    "refiner": "network from tiles to tiles",
    "onnx_image": "network in ONNX format from images to images",
    "quality": "model of how good a result will be",
}
# Of latitude, on a sphere of the Earth's volume.
METRES_A_DEGREE = 111_195
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Card:
    """What whoever maps with a model would else have to enter again.

    `bands` are read, `inputs` are those of them that are columns of the model themselves; the others are only
    used by `features`. `pixel_size` is in units of `crs` (WKT, None where the training raster had none). `network`
    is what a neural network is built from: architecture, patch size, channels, classes, width.
    """

    kind: str
    bands: tuple[Band, ...]
    inputs: tuple[str, ...]
    features: tuple[formulas.Formula, ...]
    classes: ClassTable
    pixel_size: tuple[float, float]
    crs: str | None
    training: dict[str, Any] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    network: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """As plain dicts and lists, for JSON."""
        content = {"format": FORMAT, **asdict(self), "classes": self.classes.as_list()}
        if not self.network:
            del content["network"]
        return content


def card_from_dict(d: dict[str, Any]) -> Card:
    """The inverse of `Card.as_dict`. Raises ModelError where something is missing or of a later format."""
    try:
        if d["format"] > FORMAT:
            raise ModelError("The model was made by a later version of Landloom. Upgrade Landloom to use it.")
        bands = tuple(_band(**b) for b in d["bands"])
        text = "\n".join(f"{f['name']} = {f['expression']}" for f in d["features"])
        # Parsed anew, so that nothing but arithmetic over bands is accepted from the file.
        features = formulas.parse(text, [b.name for b in bands])
        rest = {key: dict(d[key]) for key in ("training", "parameters", "metrics", "versions")}
        rest["network"] = dict(d.get("network", {}))
        width, height = (float(size) for size in d["pixel_size"])
        if not (0 < width < np.inf and 0 < height < np.inf):
            raise ValueError("pixel size")
        if d["crs"] is not None:
            CRS.from_wkt(d["crs"])
        inputs = tuple(d["inputs"])
        if not {b.name for b in bands}.issuperset(inputs):
            raise ValueError("inputs")
        table = classes.make_table(d["classes"])
        return Card(str(d["kind"]), bands, inputs, features, table, (width, height), d["crs"], **rest)
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"The model's card is incomplete or damaged: {error!r}.") from None


def _band(name: str, dtype: str, nodata: float | None, scale: float, offset: float) -> Band:
    return Band(str(name), np.dtype(dtype).name, nodata, float(scale), float(offset))


def save(path: str | Path, card: Card, weights: dict[str, np.ndarray]) -> None:
    """Write a model file."""
    parts = {"card.json": json.dumps(card.as_dict(), indent=2, ensure_ascii=False).encode()}
    for name, array in weights.items():
        stream = io.BytesIO()
        np.lib.format.write_array(stream, np.asarray(array), version=(1, 0), allow_pickle=False)
        parts[f"weights/{name}.npy"] = stream.getvalue()
    with files.replacing(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_DEFLATED)


def write_card(path: str | Path, card: Card, warnings: Sequence[str]) -> None:
    """Write the model card for people, Markdown, beside the model."""
    t = card.training
    lines = [
        f"# {Path(path).stem}",
        "",
        f"A {_KINDS.get(card.kind, card.kind)}, made with Landloom {card.versions['landloom']}.",
        "",
        *(_input(card) if card.bands else ()),
        *(_classes(card) if len(card.classes) else ()),
        "## Training",
        "",
        f"{_trained_on(t)}.",
        "Parameters: " + ", ".join(f"{k} {v}" for k, v in card.parameters.items()) + ".",
        "Versions: " + ", ".join(f"{k} {v}" for k, v in card.versions.items()) + ".",
    ]
    m = card.metrics
    if "overall_accuracy" in m or "summary" in m:
        lines += [
            "",
            "## Accuracy",
            "",
            _accuracy(m),
            *(f"\n{table}" for table in accuracy_tables(card)),
        ]
    lines += ["", *(f"Note: {text}" for text in warnings)] if warnings else []
    files.write_text(Path(path).with_suffix(".md"), "\n".join(lines) + "\n")


def _input(card: Card) -> list[str]:
    size = " × ".join(f"{length:g}" for length in card.pixel_size)
    rows = [[b.name, b.dtype, b.nodata, b.scale, b.offset] for b in card.bands]
    return [
        "## Input",
        "",
        _markdown(["band", "type", "nodata", "scale", "offset"], rows),
        "",
        *(f"Feature: `{f.name} = {f.expression}`." for f in card.features),
        # Of tiles and images without classes it does not matter.
        *([f"Pixel size {size} in units of the CRS.", ""] if len(card.classes) else []),
    ]


def _classes(card: Card) -> list[str]:
    return ["## Classes", "", _markdown(["id", "name", "colour"], [[c.id, c.name, c.colour] for c in card.classes]), ""]


def _trained_on(t: dict[str, Any]) -> str:
    """What a model has learnt from; `t` is the card's `training`."""
    if "summary" in t:
        return t["summary"]
    if "imported" in t:
        return f"Elsewhere; imported from {t['imported']['file']}, SHA-256 {t['imported']['sha256']}"
    if "sample_table" in t:
        what, hashes = f"{t['samples']} samples", {"the sample table": t["sample_table"]["sha256"]}
    else:
        kind = "tiles" if "tiles" in t else "patches"
        parts = ", ".join(f"{name} {number}" for name, number in t[kind].items())
        what, hashes = f"{kind.capitalize()} ({parts})", t["dataset"]
    if "sha256" in t.get("encoder_weights", {}):
        hashes = {**hashes, f"the encoder's weights {t['encoder_weights']['source']}": t["encoder_weights"]["sha256"]}
    listed = "; ".join(f"SHA-256 of {name} {sha256}" for name, sha256 in hashes.items())
    return f"{what} from {t['labels'] if 'labels' in t else t['polygons']} on {t['image']}; {listed}"


def _accuracy(m: dict[str, Any]) -> str:
    """The accuracy in a sentence; `m` is the card's `metrics`."""
    if "summary" in m:
        return m["summary"]
    return (
        f"Held out by {m['held_out_by']}, {m['held_out_samples']} samples, folds {m['folds']}:"
        f" overall accuracy {m['overall_accuracy']}, balanced {m['balanced_accuracy']}, kappa {m['kappa']}."
    )


def accuracy_tables(card: Card) -> list[str]:
    """Accuracy by class, confusion matrix and importance as Markdown tables, as far as the metrics have them."""
    m, tables = card.metrics, []
    if "confusion_matrix" in m:
        names = [card.classes.name_of(i) for i in m["class_ids"]]
        columns = (m[key] for key in ("precision", "recall", "f1", "support"))
        tables = [
            _markdown(["class", "precision", "recall", "F1", "samples"], zip(names, *columns, strict=True)),
            _markdown(
                ["model \\ sample", *names],
                ([name, *row] for name, row in zip(names, m["confusion_matrix"], strict=True)),
            ),
        ]
    if m.get("importance"):
        ranked = sorted(m["importance"].items(), key=lambda item: -item[1])[:MOST_COLUMNS_LISTED]
        tables.append(_markdown(["column", "loss of accuracy when shuffled"], ranked))
    return tables


def _markdown(header: Sequence[str], rows: Iterable[Iterable[Any]]) -> str:
    """A table in Markdown; numbers with four digits after the point at most."""
    body = ([_cell(value) for value in row] for row in rows)
    return "\n".join(f"| {' | '.join(row)} |" for row in ([_cell(h) for h in header], ["---"] * len(header), *body))


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    return f"{round(value, 4)}" if isinstance(value, float) else str(value).replace("|", "\\|")


def load(path: str | Path, only: Collection[str] | None = None) -> tuple[Card, dict[str, np.ndarray]]:
    """Read a model file and its weights, or those named in `only`.

    Raises ModelError for a file that is none, is damaged or holds anything but arrays.
    """
    if not Path(path).is_file():
        raise ModelError(f"The model {path} does not exist. Check the path.")
    try:
        with zipfile.ZipFile(path) as archive:
            card = card_from_dict(json.loads(archive.read("card.json")))
            stored = {Path(name).stem: name for name in archive.namelist() if name.startswith("weights/")}
            wanted = stored if only is None else [name for name in only if name in stored]
            return card, {name: _read_array(archive, stored[name]) for name in wanted}
    except LandloomError as error:
        raise ModelError(f"{path} cannot be used: {error}") from None
    except Exception as error:  # damaged bytes can make any part of the way stumble
        raise ModelError(
            f"{path} is not a Landloom model or is damaged ({error}). Models are made by the training algorithms and"
            f" end in .{EXTENSION}."
        ) from error


def _read_array(archive: zipfile.ZipFile, name: str) -> np.ndarray:
    with archive.open(name) as stream:
        return npy.read_array(stream)


def is_joblib(path: str | Path) -> bool:
    """Whether a model is a scikit-learn estimator in a joblib file, by its name."""
    return Path(path).suffix.lower() == ".joblib"


def load_joblib(path: str | Path, known_hashes: Collection[str], trust: bool) -> tuple[Card, Any]:
    """Read the card and the scikit-learn estimator from a `.joblib` file, which can run code when opened.

    Raises ModelError unless its SHA-256 is one of `known_hashes` or `trust` is set.
    """
    import joblib

    try:
        content = Path(path).read_bytes()  # once, so that what is opened is what was looked at
    except OSError as error:
        raise ModelError(f"The model {path} cannot be read: {error.strerror}. Check the path.") from None
    if not trust and hashlib.sha256(content).hexdigest() not in known_hashes:
        raise ModelError(
            f"{path} is a joblib file that this catalogue does not know. Opening such a file can run any program that"
            " its maker put into it. Use the .landloom file instead, or, if you trust where it comes from, switch on"
            " 'Trust the model file'."
        )
    try:
        estimator = joblib.load(io.BytesIO(content))
        return card_from_dict(estimator.landloom_card), estimator
    except Exception as error:
        raise ModelError(f"{path} is not a model that Landloom wrote, or is damaged ({error!r}).") from None


def sha256(path: str | Path) -> str:
    """The hash of a whole model file; ModelError where it cannot be read."""
    try:
        with Path(path).open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError:
        raise ModelError(f"The model {path} does not exist. Check the path.") from None
    except OSError as error:
        raise ModelError(f"The model {path} cannot be read: {error.strerror}. Check the path.") from None


def reader_for(card: Card, stack: Stack) -> tuple[FeatureReader, list[str]]:
    """Match the model's bands by name to a stack; returns the reader and what the user should know.

    Where one of the two has no band names (band_1 …), they are matched by order if they have as many bands. Raises
    ModelError with a table of expected against found where the bands do not fit.
    """
    notes = []
    expected = [band.name for band in card.bands]
    names = stack.names
    if len(names) == len(expected) and names != expected and (_unnamed(names) or _unnamed(expected)):
        whose = "image" if _unnamed(names) else "model"
        notes.append(
            f"The {whose}'s bands have no names, so {', '.join(names)} of the image are taken for"
            f" {', '.join(expected)} of the model, in this order."
        )
        names = expected
    missing = [name for name in expected if name not in names]
    if missing:
        raise ModelError(
            f"The image lacks what the model needs: {', '.join(missing)}.\n{_table(card.bands, stack.bands)}\nGive an"
            " image with these band names, or stack the missing ones from another raster."
        )
    picked = stack.select([stack.names[names.index(name)] for name in expected]).renamed(expected)
    retyped: dict[tuple[str, str], list[str]] = {}
    for wanted, found in zip(card.bands, picked.bands, strict=True):
        if (wanted.scale, wanted.offset) != (found.scale, found.offset):
            raise ModelError(
                f"Band {wanted.name} of the image is scaled otherwise than in training: scale {found.scale}, offset"
                f" {found.offset} instead of {wanted.scale}, {wanted.offset}.\n{_table(card.bands, stack.bands)}\n"
                "Convert the image (Raster ▸ Raster Calculator), or train on images of this kind."
            )
        if wanted.dtype != found.dtype:
            retyped.setdefault((found.dtype, wanted.dtype), []).append(wanted.name)
    for (here, there), bands in retyped.items():
        notes.append(
            f"Bands that are {here} here and were {there} in training: {', '.join(bands)}. Make sure that both have the"
            " same unit."
        )
    return feature_reader(picked, card.inputs, card.features), notes


def _unnamed(bands: Sequence[str]) -> bool:
    return all(re.fullmatch(r"band_\d+", name) for name in bands)


def pixel_size_notes(card: Card, grid: Grid) -> list[str]:
    """What the user should know where the image's pixels are of another size than those trained on."""
    unit, factor = _unit(grid.crs)
    unit_trained, factor_trained = _unit(CRS.from_wkt(card.crs) if card.crs else None)
    found = [size * factor for size in grid.pixel_size]
    trained = [size * factor_trained for size in card.pixel_size]
    if unit != unit_trained:
        if "units" in (unit, unit_trained):
            return []
        # By their heights: how wide a degree is depends on the latitude.
        metres = {"m": 1.0, "degrees": METRES_A_DEGREE}
        found, trained = [found[1] * metres[unit]], [trained[1] * metres[unit_trained]]
        unit = "m (from north to south)"
    if all(abs(f / t - 1) < 0.1 for f, t in zip(found, trained, strict=True)):
        return []
    sizes = (" × ".join(f"{length:.4g}" for length in lengths) for lengths in (found, trained))
    return [
        "The image's pixels are {} {unit}, those of the training image were {}. The model may do worse than its card"
        " says.".format(*sizes, unit=unit)
    ]


def _unit(crs: CRS | None) -> tuple[str, float]:
    """What lengths of a CRS are converted to, and the factor."""
    if crs is None:
        return "units", 1.0
    return ("degrees", np.degrees(crs.units_factor[1])) if crs.is_geographic else ("m", crs.units_factor[1])


def _table(expected: Sequence[Band], found: Sequence[Band]) -> str:
    """Expected against found, a line a band."""
    lines = [f"{'model expects':<32} image has"]
    for i in range(max(len(expected), len(found))):
        left = _line(expected[i]) if i < len(expected) else ""
        right = _line(found[i]) if i < len(found) else ""
        lines.append(f"{left:<32} {right}".rstrip())
    return "\n".join(lines)


def _line(band: Band) -> str:
    scaled = "" if (band.scale, band.offset) == (1.0, 0.0) else f" × {band.scale:g} + {band.offset:g}"
    return f"{band.name} ({band.dtype}{scaled})"
