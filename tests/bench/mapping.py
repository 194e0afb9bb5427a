"""Mapping a whole scene: ours, scikit-learn straight, and just reading and writing the same raster."""

from __future__ import annotations

from pathlib import Path

from side_by_side import Bench, stage

SIZE = 4096
TREES = 100


def prepare(folder: Path) -> None:
    """A demo scene and a forest trained on its polygons."""
    stage(
        "create_demo_scene", size=SIZE, points=5, image=folder / "image.tif", polygons=folder / "polygons.gpkg",
        reference=folder / "reference.gpkg",
    )  # fmt: skip
    stage(
        "extract_samples", images=[str(folder / "image.tif")], polygons=folder / "polygons.gpkg",
        class_field="class_id", samples=folder / "samples.parquet",
    )  # fmt: skip
    stage(
        "train_random_forest", samples=folder / "samples.parquet", trees=TREES, validation="none", record=False,
        model=folder / "model.landloom",
    )  # fmt: skip


def ours(folder: Path) -> None:
    """Map with a model, as the stage does it."""
    stage(
        "predict", model=folder / "model.landloom", images=[str(folder / "image.tif")], record=False,
        map=folder / "ours.tif",
    )  # fmt: skip


def plain(folder: Path) -> None:
    """What one writes without Landloom: windows, RandomForestClassifier.predict on all cores, a tiled GeoTIFF."""
    import joblib
    import numpy as np
    import rasterio

    forest = joblib.load(folder / "model.joblib").set_params(n_jobs=-1)
    with rasterio.open(folder / "image.tif") as source:
        profile = {**source.profile, "count": 1, "dtype": "uint8", "predictor": 1}
        with rasterio.open(folder / "plain.tif", "w", **profile) as target:
            for _, window in source.block_windows(1):
                values = source.read(window=window)
                valid = (values != 0).all(axis=0)
                mapped = np.zeros(valid.shape, np.uint8)
                if valid.any():
                    mapped[valid] = forest.predict(values[:, valid].T.astype(np.float32))
                target.write(mapped, 1, window=window)


def floor(folder: Path) -> None:
    """Read the image and write a band of it as COG, window by window, without any model."""
    import rasterio
    import rasterio.shutil

    with rasterio.open(folder / "image.tif") as source:
        profile = {**source.profile, "count": 1, "dtype": "uint8", "compress": None, "predictor": 1}
        with rasterio.open(folder / "plain_floor.tif", "w", **profile) as target:
            for _, window in source.block_windows(1):
                target.write((source.read(window=window)[0] >> 8).astype("uint8"), 1, window=window)
    rasterio.shutil.copy(
        folder / "plain_floor.tif", folder / "floor.tif", driver="COG", COMPRESS="DEFLATE", NUM_THREADS="ALL_CPUS"
    )


def check(folder: Path) -> None:
    """Ours must be the same map as scikit-learn's, pixel by pixel."""
    import rasterio

    with rasterio.open(folder / "ours.tif") as a, rasterio.open(folder / "plain.tif") as b:
        print(f"Pixels that differ from scikit-learn's predict: {int((a.read(1) != b.read(1)).sum())}")


if __name__ == "__main__":
    Bench(
        __file__,
        f"Mapping {SIZE} × {SIZE} pixels × 6 bands, uint16, with {TREES} trees",
        {"ours": ours, "scikit-learn": plain, "read and write only": floor},
        "scikit-learn",
        prepare,
        check,
        SIZE**2 / 1e6,
        "Mpixel",
    ).main()
