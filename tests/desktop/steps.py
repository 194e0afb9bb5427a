"""What is done inside the QGIS window: algorithms from the toolbox and their dialogs."""

from __future__ import annotations

from pathlib import Path

from qgis.core import QgsProject
from qgis.PyQt.QtCore import Qt, QTimer
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QSpinBox, QTabWidget
from qgis.utils import iface
from window import button, click, open_dialog, row, screenshot, toolbox, worker_runs


def run_from_toolbox(given):
    """Open an algorithm by a double click in the toolbox, fill it in, press Run, see the layers arrive."""
    tree = toolbox()
    yield lambda: row(tree, "Create demo scene") is not None
    entry = row(tree, "Create demo scene")
    tree.scrollTo(entry)
    tree.setCurrentIndex(entry)
    yield lambda: tree.visualRect(entry).isValid()
    where = tree.visualRect(entry).center()
    keys = (tree.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, where)
    QTest.mouseClick(*keys)
    # The dialog has an event loop of its own, which must not keep us from going on.
    QTimer.singleShot(0, lambda: QTest.mouseDClick(*keys))
    yield open_dialog
    dialog = open_dialog()
    size = next(box for box in dialog.findChildren(QSpinBox) if box.value() == 1024)
    size.selectAll()
    QTest.keyClicks(size, "384")
    screenshot("create_demo_scene")
    click(button(dialog, "Run"))
    layers = ("Image", "Training polygons", "Reference points")
    yield lambda: all(QgsProject.instance().mapLayersByName(name) for name in layers)
    dialog.close()
    image, polygons, _ = (QgsProject.instance().mapLayersByName(name)[0] for name in layers)
    iface.mapCanvas().setExtent(image.extent())
    yield lambda: not iface.mapCanvas().isDrawing()
    screenshot("demo_scene")
    return {
        "categories": sorted(c.label() for c in polygons.renderer().categories() if c.label()),
        "renderer": image.renderer().type(),
        "width": image.width(),
        "legend": [layer.name() for layer in QgsProject.instance().layerTreeRoot().layerOrder()],
    }


def map_from_dialog(given):
    """Map with a model through its dialog."""
    import processing

    image = iface.addRasterLayer(given["image"], "image")
    dialog = processing.createAlgorithmDialog("landloom:predict", {"MODEL": given["model"], "IMAGES": [image.id()]})
    dialog.show()
    yield lambda: dialog.isVisible()
    screenshot("predict_dialog")
    click(button(dialog, "Run"))
    yield lambda: QgsProject.instance().mapLayersByName("Map")
    screenshot("predict_log")
    dialog.close()
    layer = QgsProject.instance().mapLayersByName("Map")[0]
    iface.mapCanvas().setExtent(layer.extent())
    yield lambda: not iface.mapCanvas().isDrawing()
    screenshot("map")
    return {"classes": [c.label for c in layer.renderer().classes()], "history": layer.metadata().history()}


def patches_from_dialog(given):
    """Build a patch data set through its dialog and see the footprints on the map."""
    import processing
    from qgis.core import QgsVectorLayer

    image = iface.addRasterLayer(given["image"], "image")
    polygons = QgsProject.instance().addMapLayer(QgsVectorLayer(given["polygons"], "polygons", "ogr"))
    dialog = processing.createAlgorithmDialog(
        "landloom:build_patch_dataset",
        {
            "IMAGES": [image.id()],
            "POLYGONS": polygons.id(),
            "CLASS_FIELD": "class_name",
            "DATASET": given["dataset"],
            "FOOTPRINTS": "TEMPORARY_OUTPUT",
        },
    )
    dialog.show()
    yield lambda: dialog.isVisible()
    screenshot("patches_dialog")
    click(button(dialog, "Run"))
    yield lambda: QgsProject.instance().mapLayersByName("Footprints by part")
    screenshot("patches_log")
    dialog.close()
    layer = QgsProject.instance().mapLayersByName("Footprints by part")[0]
    QgsProject.instance().removeMapLayer(polygons.id())
    tree = toolbox()
    yield lambda: row(tree, "Patch data sets") is not None
    tree.expand(row(tree, "Patch data sets"))
    tree.scrollTo(row(tree, "Patch data sets"), tree.ScrollHint.PositionAtTop)
    iface.mapCanvas().setExtent(image.extent())
    yield lambda: not iface.mapCanvas().isDrawing()
    screenshot("footprints")
    return {
        "patches": layer.featureCount(),
        "parts": sorted(c.label() for c in layer.renderer().categories() if c.label()),
    }


def tiles_from_dialog(given):
    """Cut tiles through the dialog and see tiles and blocks on the map; look at the dialogs of the next steps."""
    import processing

    image = iface.addRasterLayer(given["image"], "image")
    labels = iface.addRasterLayer(given["labels"], "labels")
    labels.loadNamedStyle(str(Path(given["labels"]).with_suffix(".qml")))
    dialog = processing.createAlgorithmDialog(
        "landloom:cut_tiles",
        {
            "IMAGES": [image.id()],
            "LABEL_RASTER": labels.id(),
            "TILE_SIZE": 128,
            "ORDINAL": True,
            "TILES": given["tiles"],
            "FOOTPRINTS": "TEMPORARY_OUTPUT",
            "BLOCKS": "TEMPORARY_OUTPUT",
        },
    )
    dialog.show()
    yield lambda: dialog.isVisible()
    screenshot("tiles_dialog")
    click(button(dialog, "Run"))
    yield lambda: all(QgsProject.instance().mapLayersByName(name) for name in given["layers"].split(","))
    screenshot("tiles_log")
    dialog.close()
    iface.mapCanvas().setExtent(image.extent())
    yield lambda: not iface.mapCanvas().isDrawing()
    screenshot("tiles")
    for algorithm in ("train_segmentation", "refine_crf", "compare_models", "risk_map_with_unet_and_crf"):
        dialog = processing.createAlgorithmDialog(f"landloom:{algorithm}", {})
        dialog.show()
        yield lambda dialog=dialog: dialog.isVisible()
        screenshot(f"{algorithm}_dialog")
        dialog.close()
    layers = [QgsProject.instance().mapLayersByName(name)[0] for name in given["layers"].split(",")]
    return {layer.name(): sorted(c.value() for c in layer.renderer().categories() if c.value()) for layer in layers}


def tile_files_from_dialog(given):
    """Cut a raster into tile files through the dialog and see them on the map; look at the dialogs of what follows."""
    import processing

    image = iface.addRasterLayer(given["image"], "image")
    dialog = processing.createAlgorithmDialog(
        "landloom:raster_to_tiles",
        {"IMAGES": [image.id()], "MONTH": 6, "TILES": given["tiles"], "FOOTPRINTS": "TEMPORARY_OUTPUT"},
    )
    dialog.show()
    yield lambda: dialog.isVisible()
    screenshot("tile_files_dialog")
    click(button(dialog, "Run"))
    yield lambda: QgsProject.instance().mapLayersByName(given["layer"])
    dialog.close()
    iface.mapCanvas().setExtent(image.extent())
    yield lambda: not iface.mapCanvas().isDrawing()
    screenshot("tile_files")
    for algorithm in (
        *("refined_image_from_tiles", "train_refiner", "verify_tiles", "describe_map_tiles", "extract_features"),
        *("train_quality_model", "predict_quality", "mine_results", "version_dataset"),
    ):
        dialog = processing.createAlgorithmDialog(f"landloom:{algorithm}", {})
        dialog.show()
        yield lambda dialog=dialog: dialog.isVisible()
        screenshot(f"{algorithm}_dialog")
        dialog.close()
    return {"outlines": QgsProject.instance().mapLayersByName(given["layer"])[0].featureCount()}


def cancel_from_dialog(given):
    """Press Cancel while a map is being made."""
    import time

    import processing

    image = iface.addRasterLayer(given["image"], "image")
    dialog = processing.createAlgorithmDialog(
        "landloom:predict", {"MODEL": given["model"], "IMAGES": [image.id()], "MAP": given["map"]}
    )
    dialog.show()
    click(button(dialog, "Run"))
    yield lambda: dialog.findChild(QTabWidget) is not None and button(dialog, "Cancel").isEnabled()
    yield lambda: worker_runs()
    began = time.monotonic()
    click(button(dialog, "Cancel"))
    yield lambda: button(dialog, "Run").isEnabled() and not worker_runs()
    took = time.monotonic() - began
    screenshot("cancelled")
    dialog.close()
    return {"took": took, "layers": [layer.name() for layer in QgsProject.instance().mapLayers().values()]}
