"""Draw the ready chains as .model3 files. Run after a change, with QGIS's Python, in the plugin's folder:

QT_QPA_PLATFORM=offscreen QT_HASH_SEED=0 python3 scripts/make_chains.py

The hash seed makes the same file each time.
"""

from __future__ import annotations

import sys
from pathlib import Path

from qgis.core import (
    QgsApplication,
    QgsProcessing,
    QgsProcessingModelAlgorithm,
    QgsProcessingModelChildAlgorithm,
    QgsProcessingModelChildParameterSource,
    QgsProcessingModelOutput,
    QgsProcessingModelParameter,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterField,
    QgsProcessingParameterFile,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterNumber,
    QgsProcessingParameterRasterLayer,
    QgsProcessingParameterString,
)
from qgis.PyQt.QtCore import QPointF

ROOT = Path(__file__).resolve().parents[1]

Source = QgsProcessingModelChildParameterSource


def result(child, output):
    """A child's parameter that is an output of an earlier child."""
    return [Source.fromChildOutput(child, output)]


def fixed(value):
    """A child's parameter that is the same in every run."""
    return [Source.fromStaticValue(value)]


class Chain:
    """A model being drawn: inputs on top, steps below one another."""

    def __init__(self, title, group, help_text):
        self.model = QgsProcessingModelAlgorithm(title, group)
        self.help = {"ALG_DESC": help_text}

    def take(self, *inputs):
        """Add inputs, each with its help, in the order in which the dialog shall show them."""
        for place, (definition, help_text) in enumerate(inputs):
            component = QgsProcessingModelParameter(definition.name())
            component.setPosition(QPointF(130 + 230 * place, 60))
            self.model.addModelParameter(definition, component)
            self.help[definition.name()] = help_text
        self.model.setParameterOrder([definition.name() for definition, _ in inputs])

    def given(self, name):
        """A child's parameter that is an input of the chain.

        `qgis_process` passes on no default of a chain's input, so numbers and texts bring theirs.
        """
        definition = self.model.parameterDefinition(name)
        plain = isinstance(definition, (QgsProcessingParameterNumber, QgsProcessingParameterString))
        if plain and definition.defaultValue() is not None:
            return [Source.fromExpression(f"coalesce(@{name}, {definition.defaultValue()!r})")]
        return [Source.fromModelParameter(name)]

    def step(self, child_id, algorithm, outputs, **sources):
        """Add a step; `outputs` maps the step's outputs to the names under which the chain offers them."""
        child = QgsProcessingModelChildAlgorithm(f"landloom:{algorithm}")
        child.setChildId(child_id)
        title = algorithm.replace("_", " ")
        child.setDescription(title[0].upper() + title[1:])
        child.setPosition(QPointF(400, 200 + 140 * len(self.model.childAlgorithms())))
        for name, value in sources.items():
            child.addParameterSources(name, value)
        offered = {}
        for number, (output, label) in enumerate(outputs.items()):
            named = QgsProcessingModelOutput(label, label)
            named.setChildId(child_id)
            named.setChildOutputName(output)
            flags = child.algorithm().parameterDefinition(output).flags()
            named.setMandatory(not flags & QgsProcessingParameterDefinition.FlagOptional)
            named.setPosition(QPointF(700 + 230 * number, 240 + 140 * len(self.model.childAlgorithms())))
            offered[label] = named
        child.setModelOutputs(offered)
        self.model.addChildAlgorithm(child)

    def save(self, name):
        """Write the file."""
        self.model.setHelpContent(self.help)
        self.model.updateDestinationParameters()
        if not self.model.toFile(str(ROOT / "resources" / "models" / f"{name}.model3")):
            sys.exit(f"{name}.model3 could not be written")


def image_and_polygons():
    """The inputs that every chain begins with."""
    return (
        (
            QgsProcessingParameterMultipleLayers("IMAGES", "Image", QgsProcessing.TypeRaster),
            "One raster, or several whose bands together are the image.",
        ),
        (
            QgsProcessingParameterFeatureSource("POLYGONS", "Training polygons", [QgsProcessing.TypeVectorPolygon]),
            "Polygons with a class each: several small ones for each class, spread over the image.",
        ),
        (
            QgsProcessingParameterField("CLASS_FIELD", "Field with the class", "class_id", "POLYGONS"),
            "Class ids (whole numbers) or class names.",
        ),
        (
            QgsProcessingParameterField("NAME_FIELD", "Field with the class name", None, "POLYGONS", optional=True),
            "Where the class field holds ids.",
        ),
    )


def whole_number(name, label, default, low, high, optional=False):
    """An input for a whole number."""
    return QgsProcessingParameterNumber(name, label, QgsProcessingParameterNumber.Integer, default, optional, low, high)


def land_cover_map_from_polygons():
    """Polygons → samples → random forest → map."""
    chain = Chain(
        "Land-cover map from polygons",
        "Chains",
        "From an image and training polygons to a land-cover map: checks the polygons, extracts samples, trains a"
        " random forest, tests it on polygons that are held out, and maps the whole image.",
    )
    chain.take(
        *image_and_polygons(),
        (
            QgsProcessingParameterString("FEATURES", "Features computed from bands", None, True, True),
            "One a line, such as NDVI = (B8 - B4) / (B8 + B4).",
        ),
        (whole_number("TREES", "Trees", 500, 1, 10000), "More trees are slower, and a little better."),
        (
            QgsProcessingParameterBoolean("RECORD", "Record in the catalogue", True),
            "Model and map are then found by List models and List maps.",
        ),
    )
    polygons = {
        "POLYGONS": chain.given("POLYGONS"),
        "CLASS_FIELD": chain.given("CLASS_FIELD"),
        "NAME_FIELD": chain.given("NAME_FIELD"),
    }
    chain.step(
        "check",
        "check_training_polygons",
        {"REPORT": "Check of the polygons"},
        IMAGES=chain.given("IMAGES"),
        **polygons,
    )
    chain.step(
        "extract", "extract_samples", {}, IMAGES=chain.given("IMAGES"), FEATURES=chain.given("FEATURES"), **polygons
    )
    chain.step(
        "train",
        "train_random_forest",
        {"MODEL": "Model", "REPORT": "Report"},
        SAMPLES=result("extract", "SAMPLES"),
        TREES=chain.given("TREES"),
        RECORD=chain.given("RECORD"),
    )
    chain.step(
        "map",
        "predict",
        {"MAP": "Map", "PICTURE": "Picture"},
        MODEL=result("train", "MODEL"),
        IMAGES=chain.given("IMAGES"),
        RECORD=chain.given("RECORD"),
    )
    chain.save("land_cover_map_from_polygons")


def monthly_mosaic_to_map():
    """A month's mosaic of tiles → samples → random forest → map, with its accuracy on polygons held out."""
    chain = Chain(
        "Monthly mosaic to map",
        "Chains",
        "From a month's mosaic, a folder of tiles that together are one image, and training polygons to the month's"
        " map: extracts samples, trains a random forest, tests it on polygons that are held out, and maps the whole"
        " mosaic. Model and map are recorded in the catalogue under year and month, so that Change between maps finds"
        " two months.",
    )
    chain.take(
        (whole_number("YEAR", "Year", 2025, 1900, 2200), "Year of the imagery."),
        (whole_number("MONTH", "Month", 6, 1, 12), "Month of the imagery, 1 to 12."),
        (
            QgsProcessingParameterFile("MOSAIC", "Mosaic", QgsProcessingParameterFile.Folder),
            "A folder of tiles: rasters that together are one image.",
        ),
        *image_and_polygons()[1:],
        (
            QgsProcessingParameterString("FEATURES", "Features computed from bands", None, True, True),
            "One a line, such as NDVI = (B8 - B4) / (B8 + B4).",
        ),
        (whole_number("TREES", "Trees", 500, 1, 10000), "More trees are slower, and a little better."),
    )
    when = {"YEAR": chain.given("YEAR"), "MONTH": chain.given("MONTH")}
    chain.step(
        "extract",
        "extract_samples",
        {},
        **when,
        **{name: chain.given(name) for name in ("MOSAIC", "POLYGONS", "CLASS_FIELD", "NAME_FIELD", "FEATURES")},
    )
    chain.step(
        "train",
        "train_random_forest",
        {"MODEL": "Model", "REPORT": "Report"},
        **when,
        SAMPLES=result("extract", "SAMPLES"),
        TREES=chain.given("TREES"),
    )
    chain.step(
        "map",
        "predict",
        {"MAP": "Map", "ENTROPY": "Uncertainty", "PICTURE": "Picture"},
        **when,
        MODEL=result("train", "MODEL"),
        MOSAIC=chain.given("MOSAIC"),
    )
    chain.save("monthly_mosaic_to_map")


def patch_data_set():
    """Polygons → patches → checked, split and validated data set."""
    chain = Chain(
        "Patch data set",
        "Chains",
        "From an image and training polygons to a data set of image patches for a network: plans and extracts the"
        " patches, checks their quality, splits them into training and validation so that patches of one polygon never"
        " stand on both sides, validates the whole and sums it up in a report.",
    )
    chain.take(
        *image_and_polygons(),
        (whole_number("PATCH_SIZE", "Edge of a patch [pixels]", 8, 3, 512), "A patch is a square of so many pixels."),
        (
            whole_number("PATCHES_PER_POLYGON", "Patches for each polygon", 3, 1, 10000),
            "Each is shifted by some pixels of its own.",
        ),
        (
            whole_number("JITTER", "Largest shift [pixels]", 2, 0, 512),
            "How far a patch may lie from the middle of its polygon.",
        ),
    )
    chain.step(
        "plan",
        "plan_patches",
        {"DATASET": "Data set"},
        **{
            name: chain.given(name)
            for name in (
                *("IMAGES", "POLYGONS", "CLASS_FIELD", "NAME_FIELD"),
                *("PATCH_SIZE", "PATCHES_PER_POLYGON", "JITTER"),
            )
        },
    )
    previous = result("plan", "DATASET")
    for child_id, algorithm, outputs in (
        ("extract", "extract_patches", {}),
        ("check", "check_patches", {}),
        ("describe", "describe_patches", {}),
        ("split", "split_dataset", {"FOOTPRINTS": "Footprints"}),
        ("validate", "validate_dataset", {}),
        ("summarize", "summarize_dataset", {"REPORT": "Report"}),
    ):
        chain.step(child_id, algorithm, outputs, DATASET=previous)
        previous = result(child_id, "DATASET_OUT")
    chain.save("patch_data_set")


def risk_map_with_unet_and_crf():
    """Image and label raster → tiles → U-Net → map → CRF → accuracy."""
    chain = Chain(
        "Risk map with U-Net and CRF",
        "Chains",
        "From an image and a raster of ordered classes, such as low, medium and high risk, to a map and its accuracy:"
        " cuts tiles, adds tiles of the rarest class, trains a U-Net that knows the classes' order, maps the whole"
        " image without seams, refines the map along the edges in the image, and measures both maps on blocks that were"
        " held out: a CRF wipes out classes that are narrow."
        " Needs the deep-learning packages and the dense CRF (Plugins ▸ Landloom ▸ Set up…).",
    )
    chain.take(
        (
            QgsProcessingParameterMultipleLayers("IMAGES", "Image", QgsProcessing.TypeRaster),
            "One raster, or several whose bands together are the image.",
        ),
        (
            QgsProcessingParameterRasterLayer("LABEL_RASTER", "Label raster"),
            "Class ids in their order: low, medium, high.",
        ),
        (whole_number("TILE_SIZE", "Edge of a tile [pixels]", 256, 64, 2048), "The network looks at such squares."),
        (
            QgsProcessingParameterNumber(
                "RICH_SHARE", "A tile is rich in the rarest class from this share on",
                QgsProcessingParameterNumber.Double, 0.05, False, 0.001, 1,
            ),
            "Rich tiles are copied and mixed until the class has a twentieth of the pixels.",
        ),
        (
            QgsProcessingParameterString("ENCODER", "Encoder", "resnet18"),
            "Such as resnet18, resnet50 or efficientnet-b4: larger ones learn more, and slower.",
        ),
        (
            QgsProcessingParameterString("CLASS_WEIGHTS", "Class weights", "balanced"),
            "none, balanced, or a number for each class such as 0.4, 2.5, 2.0.",
        ),
        (whole_number("EPOCHS", "Epochs, at most", 60, 1, 100000), "How often all tiles are learnt from."),
        (
            QgsProcessingParameterBoolean("RECORD", "Record in the catalogue", True),
            "Model and map are then found by List models and List maps.",
        ),
    )  # fmt: skip
    chain.step(
        "cut",
        "cut_tiles",
        {"TILES": "Tile data set", "BLOCKS": "Blocks"},
        IMAGES=chain.given("IMAGES"),
        LABEL_RASTER=chain.given("LABEL_RASTER"),
        TILE_SIZE=chain.given("TILE_SIZE"),
        ORDINAL=fixed(True),
    )
    chain.step(
        "balance",
        "balance_tiles",
        {},
        TILES=result("cut", "TILES"),
        RICH_SHARE=chain.given("RICH_SHARE"),
        DUPLICATE_SHARE=fixed(0.04),
        SMOTE_SHARE=fixed(0.05),
    )
    chain.step(
        "train",
        "train_segmentation",
        {"MODEL": "Model", "REPORT": "Training report"},
        TILES=result("balance", "TILES_OUT"),
        ENCODER=chain.given("ENCODER"),
        CLASS_WEIGHTS=chain.given("CLASS_WEIGHTS"),
        EPOCHS=chain.given("EPOCHS"),
        RECORD=chain.given("RECORD"),
    )
    chain.step(
        "map",
        "predict",
        {"MAP": "Map of the network", "PROBABILITIES": "Probabilities"},
        MODEL=result("train", "MODEL"),
        IMAGES=chain.given("IMAGES"),
        RECORD=chain.given("RECORD"),
    )
    chain.step(
        "refine",
        "refine_crf",
        {"MAP": "Map", "REFINED": "Refined probabilities"},
        PROBABILITIES=result("map", "PROBABILITIES"),
        IMAGES=chain.given("IMAGES"),
        RECORD=chain.given("RECORD"),
    )
    # Both, because a CRF wipes out classes that are narrow.
    for child_id, label, mapped, probabilities in (
        ("evaluate_network", "Accuracy of the network", result("map", "MAP"), result("map", "PROBABILITIES")),
        ("evaluate", "Accuracy", result("refine", "MAP"), result("refine", "REFINED")),
    ):
        chain.step(
            child_id,
            "evaluate",
            {"REPORT": label},
            MAP=mapped,
            PROBABILITIES=probabilities,
            TILES=result("cut", "TILES"),
            ORDINAL=fixed(True),
        )
    chain.save("risk_map_with_unet_and_crf")


def refined_image_from_tiles():
    """Raster → tile files → refined → verified → raster."""
    chain = Chain(
        "Refined image from tiles",
        "Chains",
        "From an optical image to a clearer one: cuts it into tiles of the bands blue, green, red and near infrared,"
        " refines each with a network that knows month and biome, checks that vegetation and edges are still what they"
        " were, and joins the tiles to an image again, which Map with a model maps like any other. Needs the"
        " deep-learning packages (Plugins ▸ Landloom ▸ Set up…) and a model made by Train refiner.",
    )
    chain.take(
        (
            QgsProcessingParameterMultipleLayers("IMAGES", "Image", QgsProcessing.TypeRaster),
            "With the bands blue, green, red and near infrared.",
        ),
        (
            QgsProcessingParameterFile("MODEL", "Model", extension="landloom"),
            "Made by Train refiner.",
        ),
        (whole_number("MONTH", "Month of the image", None, 1, 12, True), "1 to 12. Empty: June is assumed."),
        (
            whole_number("BIOME", "Biome", None, 0, 15, True),
            "Code of the biome, as in training. Empty: 0 is assumed.",
        ),
        (
            QgsProcessingParameterNumber(
                "SCALE", "Scale", QgsProcessingParameterNumber.Double, 10000.0, False, 0.000001
            ),
            "What pixels are divided by to become reflectance from 0 to 1.",
        ),
        (whole_number("TILE_SIZE", "Edge of a tile [pixels]", 256, 16, 8192), "The network looks at such squares."),
        (whole_number("OVERLAP", "Overlap [pixels]", 32, 0, 8191), "How far neighbouring tiles overlap."),
    )
    chain.step(
        "cut",
        "raster_to_tiles",
        {"TILES": "Tiles before"},
        **{name: chain.given(name) for name in ("IMAGES", "MONTH", "BIOME", "SCALE", "TILE_SIZE", "OVERLAP")},
    )
    chain.step(
        "refine",
        "refine_tiles",
        {"REFINED": "Refined tiles"},
        TILES=result("cut", "TILES"),
        MODEL=chain.given("MODEL"),
    )
    chain.step(
        "verify",
        "verify_tiles",
        {"REPORT": "Report", "FOOTPRINTS": "Tiles by grade"},
        BEFORE=result("cut", "TILES"),
        AFTER=result("refine", "REFINED"),
    )
    chain.step(
        "join",
        "tiles_to_raster",
        {"RASTER": "Refined image"},
        TILES=result("refine", "REFINED"),
    )
    chain.save("refined_image_from_tiles")


def main():
    """Draw all chains."""
    application = QgsApplication([], False)
    application.initQgis()
    sys.path[:0] = [f"{QgsApplication.pkgDataPath()}/python/plugins", str(ROOT.parent)]
    from processing.core.Processing import Processing

    Processing.initialize()
    package = __import__(ROOT.name)
    plugin = package.classFactory(None)
    plugin.initProcessing()
    land_cover_map_from_polygons()
    monthly_mosaic_to_map()
    patch_data_set()
    risk_map_with_unet_and_crf()
    refined_image_from_tiles()
    application.exitQgis()


if __name__ == "__main__":
    main()
