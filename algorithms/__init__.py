"""The algorithms, one thin class a stage, in the order of the work."""

from .balance_tiles import BalanceTilesAlgorithm
from .build_patch_dataset import BuildPatchDatasetAlgorithm
from .change_between_maps import ChangeBetweenMapsAlgorithm
from .check_patches import CheckPatchesAlgorithm
from .check_training_polygons import CheckTrainingPolygonsAlgorithm
from .compare_models import CompareModelsAlgorithm
from .create_demo_scene import CreateDemoSceneAlgorithm
from .create_training_layer import CreateTrainingLayerAlgorithm
from .cut_tiles import CutTilesAlgorithm
from .describe_patches import DescribePatchesAlgorithm
from .evaluate import EvaluateAlgorithm
from .export_model import ExportModelAlgorithm
from .extract_patches import ExtractPatchesAlgorithm
from .extract_samples import ExtractSamplesAlgorithm
from .import_model import ImportModelAlgorithm
from .list_maps import ListMapsAlgorithm
from .list_models import ListModelsAlgorithm
from .map_month import MapMonthAlgorithm
from .plan_patches import PlanPatchesAlgorithm
from .predict import PredictAlgorithm
from .refine_crf import RefineCrfAlgorithm
from .split_dataset import SplitDatasetAlgorithm
from .summarize_dataset import SummarizeDatasetAlgorithm
from .train_patch_classifier import TrainPatchClassifierAlgorithm
from .train_random_forest import TrainRandomForestAlgorithm
from .train_segmentation import TrainSegmentationAlgorithm
from .validate_dataset import ValidateDatasetAlgorithm

ALGORITHMS = (
    CreateDemoSceneAlgorithm,
    CreateTrainingLayerAlgorithm,
    CheckTrainingPolygonsAlgorithm,
    ExtractSamplesAlgorithm,
    TrainRandomForestAlgorithm,
    PlanPatchesAlgorithm,
    ExtractPatchesAlgorithm,
    CheckPatchesAlgorithm,
    DescribePatchesAlgorithm,
    SplitDatasetAlgorithm,
    ValidateDatasetAlgorithm,
    SummarizeDatasetAlgorithm,
    BuildPatchDatasetAlgorithm,
    TrainPatchClassifierAlgorithm,
    CutTilesAlgorithm,
    BalanceTilesAlgorithm,
    TrainSegmentationAlgorithm,
    ExportModelAlgorithm,
    ImportModelAlgorithm,
    PredictAlgorithm,
    MapMonthAlgorithm,
    RefineCrfAlgorithm,
    EvaluateAlgorithm,
    CompareModelsAlgorithm,
    ChangeBetweenMapsAlgorithm,
    ListModelsAlgorithm,
    ListMapsAlgorithm,
)
