"""Reading the pixels under many polygons: ours, a mask for each polygon, and an image of ids as large as the raster."""

from __future__ import annotations

from pathlib import Path

from side_by_side import Bench, stage

SIZE = 8192
POLYGONS = 3000
# One polygon is a coastline: a long outline across the whole image.
COAST_VERTICES = 20_000


def prepare(folder: Path) -> None:
    """An image of noise and polygons all over it, some of which overlap."""
    import geopandas as gpd
    import numpy as np
    import rasterio
    import shapely

    random = np.random.default_rng(0)
    profile = {
        "driver": "GTiff", "width": SIZE, "height": SIZE, "count": 6, "dtype": "uint16", "crs": "EPSG:32633",
        "nodata": 0, "transform": rasterio.transform.from_origin(0, 10 * SIZE, 10, 10), "tiled": True,
        "compress": "deflate", "zlevel": 1, "num_threads": "all_cpus",
    }  # fmt: skip
    with rasterio.open(folder / "image.tif", "w", **profile) as target:
        for _, window in target.block_windows(1):
            target.write(random.integers(1, 4000, (6, window.height, window.width), np.uint16), window=window)
    angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    radius = random.uniform(100, 500, (POLYGONS, 1)) * random.uniform(0.6, 1, (POLYGONS, 24))
    x, y = random.uniform(500, 10 * SIZE - 500, (2, POLYGONS, 1))
    shapes = list(shapely.polygons(np.stack([x + radius * np.cos(angle), y + radius * np.sin(angle)], -1)))
    along = np.linspace(0, 10 * SIZE, COAST_VERTICES)
    across = 300 + np.cumsum(random.normal(0, 2, COAST_VERTICES))
    shapes.append(shapely.Polygon([*zip(along, across, strict=True), (10 * SIZE, 0), (0, 0)]))
    classes = random.integers(1, 6, len(shapes))
    gpd.GeoDataFrame({"class_id": classes}, geometry=shapes, crs="EPSG:32633").to_file(folder / "polygons.gpkg")


def ours(folder: Path) -> None:
    """Extract samples, as the stage does it; the table is written too."""
    stage(
        "extract_samples", images=[str(folder / "image.tif")], polygons=folder / "polygons.gpkg",
        class_field="class_id", samples=folder / "ours.parquet",
    )  # fmt: skip


def mask(folder: Path) -> None:
    """What one writes without Landloom: rasterio.mask for each polygon."""
    import geopandas as gpd
    import numpy as np
    import rasterio.mask

    with rasterio.open(folder / "image.tif") as source:
        frame = gpd.read_file(folder / "polygons.gpkg")
        found = [rasterio.mask.mask(source, [shape], crop=True)[0] for shape in frame.geometry]
        np.save(folder / "mask.npy", np.concatenate([part[:, part.any(axis=0)] for part in found], axis=1))


def image_of_ids(folder: Path) -> None:
    """Burn all polygons into one array, read all pixels."""
    import geopandas as gpd
    import numpy as np
    import rasterio.features

    with rasterio.open(folder / "image.tif") as source:
        frame = gpd.read_file(folder / "polygons.gpkg")
        numbered = zip(frame.geometry, range(1, len(frame) + 1), strict=True)
        ids = rasterio.features.rasterize(numbered, source.shape, transform=source.transform, dtype="int32")
        np.save(folder / "ids.npy", source.read()[:, ids > 0])


def check(folder: Path) -> None:
    """They differ where polygons overlap: masks count twice, ids once, ours leaves out what has two classes."""
    import numpy as np
    import pandas as pd

    counts = {name: np.load(folder / f"{name}.npy", mmap_mode="r").shape[1] for name in ("mask", "ids")}
    counts["ours"] = len(pd.read_parquet(folder / "ours.parquet", columns=["row"]))
    print("Pixels: " + ", ".join(f"{name} {count}" for name, count in counts.items()))


if __name__ == "__main__":
    Bench(
        __file__,
        f"Samples of {POLYGONS + 1} polygons from {SIZE} × {SIZE} pixels × 6 bands, uint16",
        {"ours": ours, "a mask a polygon": mask, "an image of ids": image_of_ids},
        "a mask a polygon",
        prepare,
        check,
        POLYGONS + 1,
        "polygons",
    ).main()
