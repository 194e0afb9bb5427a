"""Run the main job through `qgis_process` on real scenes with labels, and print the accuracies as a table.

Usage: python3 scripts/real_scenes.py FOLDER. QGIS's Python; the folder holds the scenes named below, which are public
but not ours to pass on. What is measured is explained in docs/accuracy.md.
"""

from __future__ import annotations

import csv
import json
import sys
import tempfile
from pathlib import Path

import numpy as np
from osgeo import gdal

sys.path.insert(0, str(Path(__file__).resolve().parent))

from headless import Qgis

gdal.UseExceptions()
TREES = 500


class Study:
    """One folder for results, one QGIS, and the steps that the scenes share."""

    def __init__(self, data: Path, folder: Path):
        self.data, self.folder = data, folder
        self.qgis = Qgis(folder / "qgis")
        self.qgis.enable()
        self.number = 0

    def path(self, suffix: str) -> Path:
        """A new file's path."""
        self.number += 1
        return self.folder / f"{self.number:03d}{suffix}"

    def extract(self, images, polygons, field: str, **more) -> dict:
        """Extract samples."""
        listed = images if isinstance(images, dict) else {"IMAGES": images}
        return self.qgis.run(
            "landloom:extract_samples",
            POLYGONS=polygons,
            CLASS_FIELD=field,
            SAMPLES=self.path(".parquet"),
            **listed,
            **more,
        )

    def train(self, samples: dict, **more) -> dict:
        """Train a forest of 500 trees and give its metrics."""
        done = self.qgis.run(
            "landloom:train_random_forest", SAMPLES=samples["SAMPLES"], TREES=TREES, RECORD="false", IMPORTANCE="false",
            JOBLIB="false", MODEL=self.path(".landloom"), **more,
        )  # fmt: skip
        return {**json.loads(Path(f"{done['MODEL']}.json").read_text())["found"], "model": done["MODEL"]}

    def map(self, model: str, images) -> str:
        """Map an image."""
        listed = images if isinstance(images, dict) else {"IMAGES": images}
        return self.qgis.run("landloom:predict", MODEL=model, RECORD="false", MAP=self.path(".tif"), **listed)["MAP"]

    def evaluate(self, mapped: str, **reference) -> dict:
        """Compare a map with a reference."""
        done = self.qgis.run("landloom:evaluate", MAP=mapped, METRICS=self.path(".json"), **reference)
        return json.loads(Path(done["METRICS"]).read_text())

    def polygons_of(self, label_raster: Path, field: str = "class_id") -> Path:
        """The areas of one label as polygons; label 0 is unlabelled."""
        path = self.path(".gpkg")
        self.qgis.run(
            "gdal:polygonize", INPUT=label_raster, BAND=1, FIELD=field, EIGHT_CONNECTEDNESS="false", OUTPUT=path
        )
        kept = self.path(".gpkg")
        self.qgis.run("native:extractbyexpression", INPUT=path, EXPRESSION=f'"{field}" > 0', OUTPUT=kept)
        return kept


def digitized(study: Study, image: Path, polygons: Path, field: str, title: str, **more) -> None:
    """A scene with drawn polygons: held out by polygon and, for comparison, by pixel; five folds each."""
    samples = study.extract(image, polygons, field, **more)
    for grouping in ("polygons", "pixels"):
        found = study.train(samples, VALIDATION=grouping, FOLDS=5)
        row(title, f"5 folds by {grouping}", samples["SAMPLE_COUNT"], found)


def landsat7(study: Study) -> None:
    """Landsat 7: the published out-of-bag score, and what whole polygons say."""
    folder = study.data / "landsat7_scene"
    image, polygons = folder / "LE70220491999322EDC01_stack.gtif", folder / "training_data.shp"
    samples = study.extract(image, polygons, "id", BANDS="1-7", ALL_TOUCHED="true")
    for grouping, folds in (("polygons", 2), ("polygons", 5), ("pixels", 5)):
        found = study.train(samples, VALIDATION=grouping, FOLDS=folds)
        row("Landsat 7, 5 classes", f"{folds} folds by {grouping}", samples["SAMPLE_COUNT"], found)
    print(f"| Landsat 7, 5 classes | out of bag | {samples['SAMPLE_COUNT']} | {found['oob_accuracy']:.4f} | |")
    later = folder / "LE70220492002106EDC00_stack.gtif"
    for name, scene in (("1999", image), ("2002", later)):
        result = study.evaluate(study.map(found["model"], scene), REFERENCE=polygons, CLASS_FIELD="id")
        note = "trained on them" if name == "1999" else "drawn on the image of 1999"
        scores(f"Landsat 7, map of {name}", f"its training polygons ({note})", result["scores"])


def enmap(study: Study) -> None:
    """EnMAP: hyperspectral tiles, trained and validated on the split that comes with them."""
    folder = study.data / "enmap_potsdam"
    image = folder / "enmap_scene.vrt"
    parts = {}
    for part in ("train", "validation"):
        tiles = [folder / line["mask"] for line in csv.DictReader((folder / f"{part}_files.csv").open())]
        vrt = study.path(".vrt")
        gdal.BuildVRT(str(vrt), [str(t) for t in tiles], VRTNodata=0)
        raster = study.path(".tif")
        gdal.Translate(str(raster), str(vrt), outputType=gdal.GDT_Byte, noData=0)
        parts[part] = raster
    try:
        study.extract(image, study.polygons_of(parts["train"]), "class_id")
    except RuntimeError as error:
        bands = str(error).split("BANDS=")[1].split(".")[0].split()[0]
    samples = study.extract(image, study.polygons_of(parts["train"]), "class_id", BANDS=bands)
    found = study.train(samples, VALIDATION="polygons", FOLDS=5)
    row("EnMAP, 218 bands", "5 folds by polygons", samples["SAMPLE_COUNT"], found)
    result = study.evaluate(study.map(found["model"], image), REFERENCE_RASTER=parts["validation"])
    scores("EnMAP, 218 bands", "its validation tiles", result["scores"])


def mangrove(study: Study) -> None:
    """Sentinel-2 tiles with a mangrove mask, training and validation tiles apart."""
    root, masks = study.data / "mangrove_s2", {}
    for part in ("Training", "Validation"):
        folder = study.folder / f"masks_{part}"
        folder.mkdir()
        for image in sorted((root / part / "images").glob("*.tif")):
            source = gdal.Open(str(image))
            mask = gdal.Open(str(root / part / "masks" / f"{image.stem}.png")).ReadAsArray()
            mask = mask if mask.ndim == 2 else mask[0]
            target = gdal.GetDriverByName("GTiff").Create(str(folder / image.name), *mask.shape[::-1], 1, gdal.GDT_Byte)
            target.SetGeoTransform(source.GetGeoTransform())
            target.SetProjection(source.GetProjection())
            target.GetRasterBand(1).SetNoDataValue(0)
            target.WriteArray((mask > 0).astype(np.uint8) + 1)
            target = None  # closes the file
        vrt = study.path(".vrt")
        gdal.BuildVRT(str(vrt), [str(p) for p in sorted(folder.glob("*.tif"))], VRTNodata=0)
        masks[part] = study.path(".tif")
        gdal.Translate(str(masks[part]), str(vrt), noData=0)
    samples = study.extract(
        {"MOSAIC": root / "Training" / "images"}, study.polygons_of(masks["Training"]), "class_id", MOST_PER_CLASS=30000
    )
    found = study.train(samples, VALIDATION="blocks", BLOCK_SIZE=5120)
    row("Mangrove, Sentinel-2", "20 % of blocks of 512 pixels", samples["SAMPLE_COUNT"], found)
    mapped = study.map(found["model"], {"MOSAIC": root / "Validation" / "images"})
    result = study.evaluate(mapped, REFERENCE_RASTER=masks["Validation"])
    scores("Mangrove, Sentinel-2", "its validation tiles", result["scores"])


def indian_pines(study: Study) -> None:
    """Indian Pines: 200 bands, 16 classes, no georeference; the published split is by pixels."""
    folder = study.data / "indian_pines"
    cube, labels = np.load(folder / "Indian_pines_corrected.npy"), np.load(folder / "Indian_pines_gt.npy")
    image, truth = study.path(".tif"), study.path(".tif")
    for path, values in ((image, cube.transpose(2, 0, 1)), (truth, labels[np.newaxis].astype(np.uint8))):
        kind = gdal.GDT_UInt16 if values.dtype == np.uint16 else gdal.GDT_Byte
        target = gdal.GetDriverByName("GTiff").Create(str(path), *values.shape[:0:-1], values.shape[0], kind)
        target.SetGeoTransform((0, 20, 0, 0, 0, -20))
        target.WriteArray(values)
        target = None
    samples = study.extract(image, study.polygons_of(truth), "class_id")
    for share in (0.9, 0.5):
        found = study.train(samples, VALIDATION="pixels", SHARE=share)
        row("Indian Pines, 16 classes", f"{share:.0%} of the pixels", samples["SAMPLE_COUNT"], found)
    found = study.train(samples, VALIDATION="polygons", FOLDS=2)
    row("Indian Pines, 16 classes", "2 folds by polygons (fields)", samples["SAMPLE_COUNT"], found)


def row(title: str, held_out: str, samples: int, found: dict) -> None:
    """A line of the table from a training."""
    print(f"| {title} | {held_out} | {samples} | {found['overall_accuracy']:.4f} | {found['kappa']:.4f} |", flush=True)


def scores(title: str, reference: str, found: dict) -> None:
    """A line of the table from an evaluation."""
    known = [v for v in found["iou"] if v is not None]
    print(
        f"| {title} | {reference} | {found['samples']} | {found['overall_accuracy']:.4f} | {found['kappa']:.4f}"
        f" | mean IoU {sum(known) / len(known):.3f} |", flush=True,
    )  # fmt: skip


def main() -> None:
    """All scenes."""
    data = Path(sys.argv[1])
    print("| scene | held out | samples | overall accuracy | kappa |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        study = Study(data, Path(name))
        folder = data / "landsat5_para"
        digitized(study, folder / "lsat.tif", folder / "trainingPolygons_lsat.gpkg", "class", "Landsat 5, 4 classes")
        folder = data / "sentinel2_village"
        digitized(study, folder / "sen2.tif", folder / "trainingPolygons_sen2.gpkg", "class", "Sentinel-2, 4 classes")
        for scene in (landsat7, enmap, mangrove, indian_pines):
            scene(study)


if __name__ == "__main__":
    main()
