"""What the dock says about the current place and the whole queue."""

from __future__ import annotations

from pathlib import Path

from qgis.core import QgsCoordinateTransform, QgsCsException, QgsProject, QgsRasterLayer

from ...landloom.stages import _places as fields
from ...processing_provider.parameters import tr
from .loading import state_labels

# So many classes of the model's are told.
MOST_PROBABLE = 3


def show_facts(panel, review, queue, blind, project):
    """Fill the panel in; `blind`: nothing that the map says. `review` is None where none is open."""
    place = queue.current
    panel.area.setVisible(place is not None)
    panel.hint.setVisible(place is None)
    if place is None:
        panel.hint.setText(_hint(review, project))
        return
    _show_progress(panel, queue)
    panel.number.setText(tr("Place {}").format(place.place))
    if not panel.note.isModified():
        panel.note.setText(place.note or "")
    crs = review.places_layer().crs()
    panel.set_fact("map", tr("hidden until decided") if blind else place.map_name or "", _colour(review, place, blind))
    other = review.class_of(place.other_class)
    panel.set_fact("other", "" if blind else place.other_name or "", other.colour if other and not blind else None)
    panel.set_fact("score", "" if blind else _score(place, crs, project))
    panel.set_fact("model", "" if blind else _probabilities(review.classes, place, crs))
    given = review.class_of(place.class_id)
    panel.set_fact("decision", _decision(place), given.colour if given else None)


def square_tip(at_random) -> str:
    """Why a place gets a training square, or none."""
    if not at_random:
        return tr("Around each place that gets a class, a square of this size is kept as a training polygon.")
    return tr(
        "These places were drawn at random to tell how good the map is. A model that has learned from them would be"
        " judged by what it knows already, and look better than it is. So no training squares are made of them, unless"
        " you give up their use as a reference."
    )


def _hint(review, project) -> str:
    if review is not None:
        return tr("There are no places in this review file. Make another queue.")
    path = project.file("review")
    if path:
        return tr("The review {} is not on the map. Open it to go on where you were, or make a new queue.").format(path)
    return tr("Look at places of the map one by one and say what is there. Make a queue of places, or open one.")


def _show_progress(panel, queue):
    counts, total = queue.counts(), len(queue.places)
    decided = total - counts[fields.OPEN]
    panel.progress.setMaximum(total)
    panel.progress.setValue(decided)
    panel.decided.setText(tr("{} of {} decided").format(decided, total))
    parts = [f"{label}: {counts[state]}" for state, label in state_labels().items()]
    panel.progress.setToolTip("\n".join(parts))
    panel.done.setVisible(queue.is_done())
    if queue.is_random():
        text = tr("All places are decided. Next: Evaluate the map, with these places as the reference.")
    else:
        text = tr("All places are decided. Next: Add to training polygons, save them and train again.")
    panel.done.setText(text)
    panel.first_open.setEnabled(not queue.is_done())


def _colour(review, place, blind):
    land_class = review.class_of(place.map_class)
    return land_class.colour if land_class and not blind else None


def _score(place, crs, project) -> str:
    value = place.score
    if value is None:
        value = value_at(project.layer_of("uncertainty"), 1, place.point, crs)
    return "" if value is None else f"{value:.4g}"


def _probabilities(classes, place, crs) -> str:
    found = probabilities_at(classes, place.point, crs)[:MOST_PROBABLE]
    return ", ".join(tr("{} {} %").format(land_class.name, round(100 * value)) for land_class, value in found)


def _decision(place) -> str:
    if place.is_open:
        return ""
    label = state_labels().get(place.state, place.state)
    return f"{label}: {place.class_name}" if place.class_name else label


def value_at(layer, band, point, crs) -> float | None:
    """A raster's value at a point in `crs`; None outside, for nodata, and where it would have to be fetched."""
    if not isinstance(layer, QgsRasterLayer) or not layer.isValid() or not Path(layer.source()).is_file():
        return None
    try:
        point = QgsCoordinateTransform(crs, layer.crs(), QgsProject.instance()).transform(point)
    except QgsCsException:
        return None
    value, found = layer.dataProvider().sample(point, band)
    return value if found and value == value else None


def probabilities_at(classes, point, crs) -> list:
    """[(class, probability from 0 to 1)], the most probable first, of the first raster with a band for each class.

    Map with a model calls the bands after the classes and gives whole percents or numbers from 0 to 1.
    """
    for layer in QgsProject.instance().mapLayers().values():
        bands = _class_bands(layer, classes)
        if bands:
            values = [value_at(layer, band, point, crs) for band in bands]
            if None in values or sum(values) <= 0:
                continue
            # Percents are rounded, so that their sum is not quite 100.
            total = 100 if sum(values) > 1.5 else 1
            found = [(land_class, value / total) for land_class, value in zip(classes, values)]
            return sorted(found, key=lambda pair: -pair[1])
    return []


def _class_bands(layer, classes) -> list:
    """The bands with the names of the classes, in their order."""
    if not isinstance(layer, QgsRasterLayer) or not classes or layer.bandCount() != len(classes):
        return []
    # QGIS says "Band 1: Forest", and of some files adds more in brackets.
    names = [layer.bandName(band).split(":", 1)[-1].split("(")[0].strip() for band in range(1, len(classes) + 1)]
    return [names.index(c.name) + 1 for c in classes] if all(c.name in names for c in classes) else []
