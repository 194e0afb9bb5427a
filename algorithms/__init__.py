"""The algorithms, one thin class a stage, in the order of the work."""

from .analyze_features import AnalyzeFeaturesAlgorithm
from .balance_tiles import BalanceTilesAlgorithm
from .build_patch_dataset import BuildPatchDatasetAlgorithm
from .change_between_maps import ChangeBetweenMapsAlgorithm
from .check_patches import CheckPatchesAlgorithm
from .check_training_polygons import CheckTrainingPolygonsAlgorithm
from .compare_models import CompareModelsAlgorithm
from .create_demo_scene import CreateDemoSceneAlgorithm
from .create_training_layer import CreateTrainingLayerAlgorithm
from .cut_tiles import CutTilesAlgorithm
from .degrade_tiles import DegradeTilesAlgorithm
from .describe_map_tiles import DescribeMapTilesAlgorithm
from .describe_patches import DescribePatchesAlgorithm
from .evaluate import EvaluateAlgorithm
from .export_model import ExportModelAlgorithm
from .extract_features import ExtractFeaturesAlgorithm
from .extract_patches import ExtractPatchesAlgorithm
from .extract_samples import ExtractSamplesAlgorithm
from .import_model import ImportModelAlgorithm
from .list_maps import ListMapsAlgorithm
from .list_models import ListModelsAlgorithm
from .map_month import MapMonthAlgorithm
from .mine_results import MineResultsAlgorithm
from .plan_patches import PlanPatchesAlgorithm
from .predict import PredictAlgorithm
from .predict_quality import PredictQualityAlgorithm
from .predict_tiles import PredictTilesAlgorithm
from .queue_places import QueuePlacesAlgorithm
from .raster_to_tiles import RasterToTilesAlgorithm
from .refine_crf import RefineCrfAlgorithm
from .refine_tiles import RefineTilesAlgorithm
from .split_dataset import SplitDatasetAlgorithm
from .split_records import SplitRecordsAlgorithm
from .summarize_dataset import SummarizeDatasetAlgorithm
from .tiles_to_raster import TilesToRasterAlgorithm
from .train_patch_classifier import TrainPatchClassifierAlgorithm
from .train_quality_model import TrainQualityModelAlgorithm
from .train_random_forest import TrainRandomForestAlgorithm
from .train_refiner import TrainRefinerAlgorithm
from .train_segmentation import TrainSegmentationAlgorithm
from .translate_tiles import TranslateTilesAlgorithm
from .validate_dataset import ValidateDatasetAlgorithm
from .verify_tiles import VerifyTilesAlgorithm
from .version_dataset import VersionDatasetAlgorithm

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
    QueuePlacesAlgorithm,
    EvaluateAlgorithm,
    CompareModelsAlgorithm,
    ChangeBetweenMapsAlgorithm,
    RasterToTilesAlgorithm,
    DegradeTilesAlgorithm,
    TrainRefinerAlgorithm,
    TranslateTilesAlgorithm,
    RefineTilesAlgorithm,
    VerifyTilesAlgorithm,
    PredictTilesAlgorithm,
    TilesToRasterAlgorithm,
    DescribeMapTilesAlgorithm,
    MineResultsAlgorithm,
    ExtractFeaturesAlgorithm,
    AnalyzeFeaturesAlgorithm,
    SplitRecordsAlgorithm,
    TrainQualityModelAlgorithm,
    PredictQualityAlgorithm,
    VersionDatasetAlgorithm,
    ListModelsAlgorithm,
    ListMapsAlgorithm,
)
