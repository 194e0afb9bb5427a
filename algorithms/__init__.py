"""The algorithms: of each stage its icon, the layer of the environment that it needs, and what only QGIS can know."""

from __future__ import annotations

from ..landloom import stages
from ..processing_provider.adapter import StageAlgorithm
from .class_style import PolygonsAlgorithm


def algorithms() -> list:
    """All algorithms, made anew, in the order of the work."""
    return [
        StageAlgorithm(stages.CreateDemoScene, "demo.svg"),
        StageAlgorithm(stages.CreateTrainingLayer, "polygons.svg"),
        StageAlgorithm(stages.CheckTrainingPolygons, "check.svg"),
        PolygonsAlgorithm(stages.ExtractSamples, "samples.svg"),
        StageAlgorithm(stages.TrainRandomForest, "train.svg"),
        PolygonsAlgorithm(stages.PlanPatches, "patches.svg"),
        StageAlgorithm(stages.ExtractPatches, "patches.svg"),
        StageAlgorithm(stages.CheckPatches, "patches_check.svg"),
        StageAlgorithm(stages.DescribePatches, "patches_report.svg"),
        StageAlgorithm(stages.SplitDataset, "patches_split.svg"),
        StageAlgorithm(stages.ValidateDataset, "patches_check.svg"),
        StageAlgorithm(stages.SummarizeDataset, "patches_report.svg"),
        PolygonsAlgorithm(stages.BuildPatchDataset, "patches.svg"),
        StageAlgorithm(stages.TrainPatchClassifier, "network.svg", "deep"),
        PolygonsAlgorithm(stages.CutTiles, "tiles.svg"),
        StageAlgorithm(stages.BalanceTiles, "tiles_balance.svg"),
        StageAlgorithm(stages.TrainSegmentation, "network.svg", "deep"),
        StageAlgorithm(stages.ExportModel, "export.svg", "deep"),
        StageAlgorithm(stages.ImportModel, "import.svg", "deep"),
        StageAlgorithm(stages.Predict, "map.svg"),
        StageAlgorithm(stages.MapMonth, "map.svg"),
        StageAlgorithm(stages.RefineCrf, "refine.svg", "crf"),
        StageAlgorithm(stages.QueuePlaces, "review.svg"),
        StageAlgorithm(stages.Evaluate, "evaluate.svg"),
        StageAlgorithm(stages.CompareModels, "compare.svg"),
        StageAlgorithm(stages.ChangeBetweenMaps, "change.svg"),
        StageAlgorithm(stages.RasterToTiles, "tiles_from_raster.svg"),
        StageAlgorithm(stages.DegradeTiles, "tiles_degrade.svg"),
        StageAlgorithm(stages.TrainRefiner, "network.svg", "deep"),
        StageAlgorithm(stages.TranslateTiles, "tiles_translate.svg", "deep"),
        StageAlgorithm(stages.RefineTiles, "tiles_refine.svg", "deep"),
        StageAlgorithm(stages.VerifyTiles, "tiles_verify.svg"),
        StageAlgorithm(stages.PredictTiles, "tiles_map.svg"),
        StageAlgorithm(stages.TilesToRaster, "tiles_to_raster.svg"),
        StageAlgorithm(stages.DescribeMapTiles, "map_tiles.svg"),
        StageAlgorithm(stages.MineResults, "records.svg"),
        StageAlgorithm(stages.ExtractFeatures, "features.svg", "deep"),
        StageAlgorithm(stages.AnalyzeFeatures, "features_analyze.svg"),
        StageAlgorithm(stages.SplitRecords, "records_split.svg"),
        StageAlgorithm(stages.TrainQualityModel, "network.svg", "deep"),
        StageAlgorithm(stages.PredictQuality, "quality.svg", "deep"),
        StageAlgorithm(stages.VersionDataset, "versions.svg"),
        StageAlgorithm(stages.ListModels, "catalogue.svg"),
        StageAlgorithm(stages.ListMaps, "catalogue.svg"),
    ]
