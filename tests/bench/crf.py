"""Refining with a dense CRF: in tiles with one process and with two, and the whole raster at once."""

from __future__ import annotations

import resource
from pathlib import Path

from side_by_side import Bench, stage

SIZE = 1536


def prepare(folder: Path) -> None:
    """A demo scene and the probabilities of a forest trained on its polygons."""
    stage(
        "create_demo_scene", size=SIZE, points=5, image=folder / "image.tif", polygons=folder / "polygons.gpkg",
        reference=folder / "reference.gpkg",
    )  # fmt: skip
    stage(
        "extract_samples", images=[str(folder / "image.tif")], polygons=folder / "polygons.gpkg",
        class_field="class_id", samples=folder / "samples.parquet",
    )  # fmt: skip
    stage(
        "train_random_forest", samples=folder / "samples.parquet", trees=50, validation="none", record=False,
        model=folder / "model.landloom",
    )  # fmt: skip
    stage(
        "predict", model=folder / "model.landloom", images=[str(folder / "image.tif")], record=False,
        map=folder / "map.tif", probabilities=folder / "probabilities.tif",
    )  # fmt: skip


def tiles(jobs: int):
    """As the stage does it."""

    def way(folder: Path) -> None:
        stage(
            "refine_crf", probabilities=folder / "probabilities.tif", images=[str(folder / "image.tif")], jobs=jobs,
            record=False, map=folder / f"tiles_{jobs}.tif",
        )  # fmt: skip
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        (folder / f"tiles_{jobs}.peak").write_text(f"{peak:.0f}")

    return way


def whole(folder: Path) -> None:
    """What one writes without tiles: the raster as one field, then a GeoTIFF."""
    import numpy as np
    import rasterio
    from rasterio.windows import Window

    from landloom import rasters
    from landloom.crf import field, scaling, shares

    given = shares.open_shares(str(folder / "probabilities.tif"), None, None)
    image = rasters.open_stack([folder / "image.tif"])
    image = image.select(scaling.visible_bands(image.names))
    window = Window(0, 0, SIZE, SIZE)
    values, known = given.read(window)
    picture = scaling.measure(image)(image.read_floats(window))
    valid = known & ~np.isnan(picture).any(axis=0)
    refined = field.refine(values, picture, valid, (0, 0), field.Settings(), given.lowest)
    ids = np.array(given.classes.ids)[np.where(valid, refined, values).argmax(axis=0)]
    with rasterio.open(folder / "map.tif") as source:
        profile = {**source.profile, "driver": "GTiff"}
    with rasterio.open(folder / "whole.tif", "w", **profile) as target:
        target.write(np.where(known, ids, given.classes.nodata).astype(profile["dtype"]), 1)


def check(folder: Path) -> None:
    """Tiles must be the same with any number of processes, and show no seam."""
    import numpy as np
    import rasterio

    maps = {}
    for name in ("tiles_1", "tiles_2", "whole", "map"):
        with rasterio.open(folder / f"{name}.tif") as dataset:
            maps[name] = dataset.read(1)
    same = (folder / "tiles_1.tif").read_bytes() == (folder / "tiles_2.tif").read_bytes()
    print(f"One process and two give the same bytes: {same}")
    print(f"Pixels that differ between tiles and whole: {100 * np.mean(maps['tiles_2'] != maps['whole']):.4f} %")
    print(f"Pixels that the CRF has changed: {100 * np.mean(maps['tiles_2'] != maps['map']):.2f} %")
    peaks = " and ".join((folder / f"tiles_{jobs}.peak").read_text() for jobs in (1, 2))
    print(f"Peak memory of one of the processes, beside that in the table: {peaks} MiB")


if __name__ == "__main__":
    Bench(
        __file__,
        f"Refining {SIZE} × {SIZE} pixels with a dense CRF, 3 bands, 8 iterations",
        {"tiles, 1 process": tiles(1), "tiles, 2 processes": tiles(2), "whole": whole},
        "whole",
        prepare,
        check,
        SIZE**2 / 1e6,
        "Mpixel",
    ).main()
