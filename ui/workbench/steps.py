"""The five steps from imagery to a reviewed map: what each shows, what it needs, and what it does.

A step is data; a further one is one more entry in STEPS. Texts are marked for translation where they stand and
translated when they are shown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from qgis.PyQt.QtCore import QLocale

from ...processing_provider.parameters import tr
from ..opening import queue_values, training_layer_values
from ..project import LandloomProject, fresh
from .counting import Counting


@dataclass(frozen=True)
class Action:
    """Something that a step offers: an algorithm's dialog, filled in from the project, or a dock.

    `needs` gives what is missing before it makes sense, in words; empty where nothing is.
    """

    label: str
    algorithm: str = ""
    values: Callable[[LandloomProject], dict] = lambda project: {}
    dock: str = ""
    needs: Callable[[LandloomProject], str] = lambda project: ""


@dataclass(frozen=True)
class State:
    """How far a step is: whether its result is there, in words, and what to look at."""

    done: bool
    text: str
    warning: str = ""


@dataclass(frozen=True)
class Step:
    """One step: its title, its state, its main action, further ones, and the results that it shows."""

    title: str
    state: Callable[[LandloomProject, Counting], State]
    main: Callable[[LandloomProject], Action]
    more: tuple = ()
    files: Callable[[LandloomProject], tuple] = lambda project: ()  # of project.FILES, each with the label of its link


# --- what the actions fill in -----------------------------------------------------------------


def _images(project):
    return {"IMAGES": [layer.id() for layer in project.images()]}


def _source(project):
    polygons = project.polygons()
    return {**_images(project), "POLYGONS": polygons.id() if polygons else None, "CLASS_FIELD": project.class_field()}


def _model(project):
    return {"MODEL": fresh("model", ".landloom"), "REPORT": fresh("model_report", ".html")}


def _map(project):
    return {
        "MODEL": project.file("model"),
        **_images(project),
        "MAP": fresh("map", ".tif"),
        "ENTROPY": fresh("uncertainty", ".tif"),
    }


def evaluation(project):
    """The values for Evaluate a map: against the reference that was chosen."""
    return {
        "MAP": project.file("map"),
        **({"REFERENCE": project.file("reference"), "CLASS_FIELD": "class_id"} if project.file("reference") else {}),
        "METRICS": fresh("evaluation", ".json"),
        "REPORT": fresh("evaluation", ".html"),
    }


# --- what they need ---------------------------------------------------------------------------


def _needs_image(project):
    return "" if project.images() else tr("Choose an image above first.")


def _needs_polygons(project):
    if not project.images():
        return tr("Choose an image above first.")
    layer = project.polygons()
    if layer is None:
        return tr("Choose the layer of training polygons above first.")
    return "" if layer.featureCount() else tr("Draw training polygons first (step 1).")


def _needs(key, text):
    def missing(project):
        path = project.file(key)
        return "" if path and Path(path).exists() else tr(text)

    return missing


# --- how far they are -------------------------------------------------------------------------


def _polygons_state(project, counting):
    layer = project.polygons()
    if layer is None:
        return State(False, tr("No training polygons yet. Make a layer, or choose one above."))
    count = layer.featureCount()
    if not count:
        return State(False, tr("The layer is empty: draw several small polygons for each class."))
    if layer.fields().indexOf(project.class_field()) < 0:
        there = ", ".join(layer.fields().names())
        return State(
            False, tr("The layer has no field '{}'. Choose one above: {}.").format(project.class_field(), there)
        )
    if counting.polygons is None:
        return State(True, tr("{} polygons.").format(count))
    classes = counting.polygons.classes
    text = tr("{} polygons in {} classes.").format(count, classes)
    if classes < 2:
        return State(False, text, tr("A map needs two classes at least."))
    return State(True, text, tr("The layer has changes that are not saved yet.") if layer.isModified() else "")


DATASETS = {"forest": "samples", "patches": "dataset", "tiles": "tiles"}


def _dataset_state(project, counting):
    key = DATASETS[project.method()]
    path = project.file(key)
    if not path:
        return State(False, tr("No data set yet."))
    if not Path(path).exists():
        return State(False, tr("{} is gone. Make it again.").format(Path(path).name))
    if key == "samples":
        text = tr("{} samples of {} polygons in {} classes.")
        counted = ("sample_count", "polygon_count", "class_count")
    else:
        text = tr("{} for training, {} for validation, {} for the test.")
        counted = ("train_count", "val_count", "test_count")
    figures = [project.figures(key).get(name) for name in counted]
    text = Path(path).name if None in figures else text.format(*figures)  # one made elsewhere has none
    outdated = _outdated_polygons(project, counting, key)
    return State(True, text, tr("The polygons have changed since.") if outdated else "")


def _outdated_polygons(project, counting, key):
    noted, now = project.figures(key).get("polygons"), counting.polygons
    return noted is not None and now is not None and noted != now.fingerprint


def _model_state(project, _):
    path = project.file("model")
    if not path:
        return State(False, tr("No model yet."))
    if not Path(path).exists():
        return State(False, tr("{} is gone. Train again.").format(Path(path).name))
    figures = project.figures("model")
    accuracy = figures.get("overall_accuracy")
    text = Path(path).name
    if accuracy is not None:
        text = tr("{}: {} % right on what was held out, kappa {}.").format(
            text, _percent(accuracy), _digits(figures.get("kappa"))
        )
    older = _older(project, "model", DATASETS[project.method()])
    return State(True, text, tr("The data set is newer than the model.") if older else "")


def _map_state(project, _):
    path = project.file("map")
    if not path:
        return State(False, tr("No map yet."))
    if not Path(path).exists():
        return State(False, tr("{} is gone. Map again.").format(Path(path).name))
    hectares = project.figures("map").get("mapped_hectares")
    text = Path(path).name
    if hectares is not None:
        text = tr("{}: {} ha mapped.").format(text, QLocale().toString(round(hectares)))
    accuracy = project.figures("map").get("overall_accuracy")
    if accuracy is not None:
        text += " " + tr("Overall accuracy {} %.").format(_percent(accuracy))
    return State(True, text, tr("The model is newer than the map.") if _older(project, "map", "model") else "")


def _review_state(project, counting):
    path = project.file("review")
    if not path or not Path(path).exists():
        return State(False, tr("Look at places where the map may be wrong, or at random ones to measure its accuracy."))
    warning = tr("The map is newer than these places.") if _older(project, "review", "map") else ""
    places = counting.places
    if places is None:
        return State(False, Path(path).name, warning)
    if places.total is None:
        return State(False, tr("{} cannot be read. Queue places again.").format(Path(path).name))
    text = tr("{} of {} places looked at.").format(places.decided, places.total)
    return State(bool(places.total) and places.decided == places.total, text, warning)


def _older(project, one, other):
    """Whether the file of one part was made before that of another; not where one of them is not there."""
    made, than = _made(project, one), _made(project, other)
    return made is not None and than is not None and made < than


def _made(project, key):
    """When the file of a part was made, in seconds since the epoch; None where there is none."""
    path = project.file(key)
    if not path or not Path(path).exists():
        return None
    return project.figures(key).get("made") or Path(path).stat().st_mtime


def _percent(share):
    return f"{100 * share:.1f}"


def _digits(value):
    return "–" if value is None else f"{value:.3f}"


# --- the steps --------------------------------------------------------------------------------

_EXTRACT = {
    "forest": Action(
        "Extract samples…",
        "extract_samples",
        lambda p: {**_source(p), "SAMPLES": fresh("samples", ".parquet"), "REPORT": fresh("samples_report", ".html")},
        needs=_needs_polygons,
    ),
    "patches": Action(
        "Build patch data set…",
        "build_patch_dataset",
        lambda p: {**_source(p), "DATASET": fresh("patches"), "REPORT": fresh("patches_report", ".html")},
        needs=_needs_polygons,
    ),
    "tiles": Action(
        "Cut tiles…",
        "cut_tiles",
        lambda p: {**_source(p), "TILES": fresh("tiles"), "REPORT": fresh("tiles_report", ".html")},
        needs=_needs_polygons,
    ),
}
_NO_DATA_SET = "Make the data set first (step 2)."
_TRAIN = {
    "forest": Action(
        "Train random forest…",
        "train_random_forest",
        lambda p: {"SAMPLES": p.file("samples"), **_model(p)},
        needs=_needs("samples", _NO_DATA_SET),
    ),
    "patches": Action(
        "Train patch classifier…",
        "train_patch_classifier",
        lambda p: {"DATASET": p.file("dataset"), **_model(p)},
        needs=_needs("dataset", _NO_DATA_SET),
    ),
    "tiles": Action(
        "Train segmentation network…",
        "train_segmentation",
        lambda p: {"TILES": p.file("tiles"), **_model(p)},
        needs=_needs("tiles", _NO_DATA_SET),
    ),
}
_REVIEW = Action("Review places", dock="review")
_QUEUE = Action(
    "Queue places for review…", "queue_places", queue_values, needs=_needs("map", "Make a map first (step 4).")
)

STEPS = (
    Step(
        "Classes and polygons",
        _polygons_state,
        lambda project: Action("Draw polygons", dock="digitizing", needs=_needs_image),
        (
            Action("New training layer…", "create_training_layer", training_layer_values),
            Action(
                "Check training polygons…",
                "check_training_polygons",
                lambda p: {**_source(p), "REPORT": fresh("polygons_report", ".html")},
                needs=_needs_polygons,
            ),
            Action(
                "Create demo scene…",
                "create_demo_scene",
                lambda p: {
                    "IMAGE": fresh("image", ".tif"),
                    "POLYGONS": fresh("training_polygons", ".gpkg"),
                    "REFERENCE": fresh("reference_points", ".gpkg"),
                },
            ),
        ),
        lambda project: (("polygons_report", "Check of the polygons"),),
    ),
    Step(
        "Data set",
        _dataset_state,
        lambda project: _EXTRACT[project.method()],
        files=lambda project: ((f"{DATASETS[project.method()]}_report", "Report on the data set"),),
    ),
    Step(
        "Train",
        _model_state,
        lambda project: _TRAIN[project.method()],
        (Action("Training monitor", dock="monitor"),),
        files=lambda project: (("model_report", "Report on the model"),),
    ),
    Step(
        "Map",
        _map_state,
        lambda project: Action(
            "Map with the model…", "predict", _map, needs=_needs("model", "Train a model first (step 3).")
        ),
        (Action("Evaluate the map…", "evaluate", evaluation, needs=_needs("map", "Make a map first.")),),
        files=lambda project: (
            ("map", "Show the map"),
            ("uncertainty", "Show the uncertainty"),
            ("map_report", "Report on the map"),
        ),
    ),
    Step(
        "Review",
        _review_state,
        lambda project: _QUEUE if _made(project, "review") is None or _older(project, "review", "map") else _REVIEW,
        (_QUEUE, _REVIEW),
    ),
)
