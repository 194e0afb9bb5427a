"""What a review file holds: a GeoPackage with places to be looked at, and what was decided there.

Queue places writes it, the review dock fills it in, Evaluate a map reads it as a reference, Extract samples reads its
polygons. Standard library only: QGIS imports this module too.
"""

from __future__ import annotations

# The layer of points, the middle of a pixel of the map each, in the map's CRS. Fields:
PLACES = "places"
PLACE = "place"  # integer: number from 1, the order of the queue
DESIGN = "design"  # text: how the place was chosen, one of DESIGNS
STRATUM = "stratum"  # text: the class of the map that it was drawn from; empty where the design has no strata
WEIGHT = "weight"  # real: how many pixels of the map the place stands for; NULL where it was not drawn at random
MAP_CLASS = "map_class"  # integer: class id of the map
MAP_NAME = "map_name"  # text
OTHER_CLASS = "other_class"  # integer or NULL: class id of the other map or reference
OTHER_NAME = "other_name"  # text
SCORE = "score"  # real or NULL: the uncertainty, the higher the less sure
STATE = "state"  # text: one of STATES
CLASS_ID = "class_id"  # integer or NULL: the class that the reviewer saw
CLASS_NAME = "class_name"  # text
NOTE = "note"  # text
DECIDED = "decided"  # text: when, ISO 8601 with the time zone; empty

OPEN, ACCEPTED, RELABELLED, SKIPPED = STATES = ("open", "accepted", "relabelled", "skipped")
UNCERTAINTY, DISAGREEMENT, STRATIFIED, RANDOM = DESIGNS = ("uncertainty", "disagreement", "stratified", "random")
# With these the labelled places are a probability sample, from which accuracy and areas can be estimated.
AT_RANDOM = (STRATIFIED, RANDOM)

# The layer of training polygons, squares of whole pixels around labelled places. Fields: PLACE, DESIGN, CLASS_ID,
# CLASS_NAME.
TRAINING = "training"

# The table of the classes, as in a training layer: id, name, colour, description.
# Class ids above are those of this table: the map's, and after them those of classes that only the other map has.
CLASSES = "classes"

# A table of one row about the whole: map, other and uncertainty (absolute paths, the latter two may be empty),
# map_sha256, design, seed, pixel_width and pixel_height (in units of the CRS), geotransform (of the map: six numbers
# in the order of GDAL, separated by blanks), made (ISO 8601).
ABOUT = "review"
MAP = "map"
OTHER = "other"
UNCERTAINTY_RASTER = "uncertainty"
GEOTRANSFORM = "geotransform"
