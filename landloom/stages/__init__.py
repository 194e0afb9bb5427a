"""The stages, in the order in which a person meets them. Standard library only at import."""

from __future__ import annotations

from ..errors import ParameterError
from ..stage import Stage
from .analyze_features import AnalyzeFeatures
from .balance_tiles import BalanceTiles
from .build_patch_dataset import BuildPatchDataset
from .change_between_maps import ChangeBetweenMaps
from .check_patches import CheckPatches
from .check_training_polygons import CheckTrainingPolygons
from .compare_models import CompareModels
from .create_demo_scene import CreateDemoScene
from .create_training_layer import CreateTrainingLayer
from .cut_tiles import CutTiles
from .degrade_tiles import DegradeTiles
from .describe_map_tiles import DescribeMapTiles
from .describe_patches import DescribePatches
from .evaluate import Evaluate
from .export_model import ExportModel
from .extract_features import ExtractFeatures
from .extract_patches import ExtractPatches
from .extract_samples import ExtractSamples
from .import_model import ImportModel
from .list_maps import ListMaps
from .list_models import ListModels
from .map_month import MapMonth
from .mine_results import MineResults
from .plan_patches import PlanPatches
from .predict import Predict
from .predict_quality import PredictQuality
from .predict_tiles import PredictTiles
from .queue_places import QueuePlaces
from .raster_to_tiles import RasterToTiles
from .refine_crf import RefineCrf
from .refine_tiles import RefineTiles
from .split_dataset import SplitDataset
from .split_records import SplitRecords
from .summarize_dataset import SummarizeDataset
from .tiles_to_raster import TilesToRaster
from .train_patch_classifier import TrainPatchClassifier
from .train_quality_model import TrainQualityModel
from .train_random_forest import TrainRandomForest
from .train_refiner import TrainRefiner
from .train_segmentation import TrainSegmentation
from .translate_tiles import TranslateTiles
from .validate_dataset import ValidateDataset
from .verify_tiles import VerifyTiles
from .version_dataset import VersionDataset

STAGES = (
    CreateDemoScene,
    CreateTrainingLayer,
    CheckTrainingPolygons,
    ExtractSamples,
    TrainRandomForest,
    PlanPatches,
    ExtractPatches,
    CheckPatches,
    DescribePatches,
    SplitDataset,
    ValidateDataset,
    SummarizeDataset,
    BuildPatchDataset,
    TrainPatchClassifier,
    CutTiles,
    BalanceTiles,
    TrainSegmentation,
    ExportModel,
    ImportModel,
    Predict,
    MapMonth,
    RefineCrf,
    QueuePlaces,
    Evaluate,
    CompareModels,
    ChangeBetweenMaps,
    RasterToTiles,
    DegradeTiles,
    TrainRefiner,
    TranslateTiles,
    RefineTiles,
    VerifyTiles,
    PredictTiles,
    TilesToRaster,
    DescribeMapTiles,
    MineResults,
    ExtractFeatures,
    AnalyzeFeatures,
    SplitRecords,
    TrainQualityModel,
    PredictQuality,
    VersionDataset,
    ListModels,
    ListMaps,
)


def find_stage(stage_id: str) -> type[Stage]:
    """Return the stage with this id."""
    for stage in STAGES:
        if stage.id == stage_id:
            return stage
    raise ParameterError(f"There is no stage '{stage_id}'. There are: {', '.join(s.id for s in STAGES)}.")
