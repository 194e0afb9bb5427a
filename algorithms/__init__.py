"""The algorithms, one thin class a stage, in the order of the work."""

from .change_between_maps import ChangeBetweenMapsAlgorithm
from .check_training_polygons import CheckTrainingPolygonsAlgorithm
from .create_demo_scene import CreateDemoSceneAlgorithm
from .create_training_layer import CreateTrainingLayerAlgorithm
from .evaluate import EvaluateAlgorithm
from .extract_samples import ExtractSamplesAlgorithm
from .list_maps import ListMapsAlgorithm
from .list_models import ListModelsAlgorithm
from .map_month import MapMonthAlgorithm
from .predict import PredictAlgorithm
from .train_random_forest import TrainRandomForestAlgorithm

ALGORITHMS = (
    CreateDemoSceneAlgorithm,
    CreateTrainingLayerAlgorithm,
    CheckTrainingPolygonsAlgorithm,
    ExtractSamplesAlgorithm,
    TrainRandomForestAlgorithm,
    PredictAlgorithm,
    MapMonthAlgorithm,
    EvaluateAlgorithm,
    ChangeBetweenMapsAlgorithm,
    ListModelsAlgorithm,
    ListMapsAlgorithm,
)
