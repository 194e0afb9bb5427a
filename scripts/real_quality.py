"""How well the accuracy of map tiles is predicted without a reference, on a public set of mangrove tiles.

Usage: PYTHON scripts/real_quality.py FOLDER [WORK], with the Python of Landloom's environment (deep-learning layer).
The folder holds `mangrove_s2`, which is public but not ours to pass on; what is made stays in the folder WORK.
docs/accuracy.md explains what is measured.

A random forest and a U-Net are trained on 6 of the 45 scenes of 512 × 512 pixels and map the other 39. Each map is cut
into tiles of 64 pixels with their true accuracy. In five folds of whole scenes the quality model learns from four and
predicts the fifth, so that each tile is predicted by a model that has not seen its scene.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio
import rasterio.features
import shapely
from real_tiles import mosaic, run
from scipy.stats import spearmanr

from landloom.records.table import Records, open_records, write_records

SCENE, TILE = 512, 64
FOLDS = 5
DRAWS = 2000


def main() -> None:
    """Map, describe, learn, compare."""
    data = Path(sys.argv[1]) / "mangrove_s2"
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "unet_probabilities.tif").exists():
            make_maps(data, folder)
        lines = [line for name in ("forest", "unet") for line in judge(name, folder)]
    print(
        "\n| map | way | mean absolute error | Spearman's rho | gain over entropy (95 %) | 90 % intervals that hold |"
    )
    print("|---|---|---|---|---|---|")
    print("\n".join(lines))


def make_maps(data: Path, folder: Path) -> None:
    """Train on the scenes that real_tiles.py validates with, and map all of them."""
    scenes = mosaic(data, folder)
    chosen = scenes[scenes["part"] == "val"]
    # The last one decides when the U-Net stops.
    roles = chosen.assign(part=["train"] * (len(chosen) - 1) + ["val"])
    roles.to_file(folder / "roles.gpkg")
    image, labels = folder / "image.tif", folder / "labels.tif"
    with rasterio.open(labels) as raster:
        rows = []
        for scene in roles.geometry[:-1]:
            window = raster.window(*scene.bounds).round_offsets().round_lengths()
            shapes = rasterio.features.shapes(raster.read(1, window=window), transform=raster.window_transform(window))
            rows += [(int(value), shapely.geometry.shape(shape)) for shape, value in shapes]
        classes, polygons = zip(*rows, strict=True)
        gpd.GeoDataFrame({"class_id": classes}, geometry=list(polygons), crs=raster.crs).to_file(
            folder / "polygons.gpkg"
        )
    run(
        "extract_samples", images=image, polygons=folder / "polygons.gpkg", class_field="class_id",
        samples=folder / "samples.parquet",
    )  # fmt: skip
    run(
        "train_random_forest", samples=folder / "samples.parquet", trees=60, validation="none", record=False,
        model=folder / "forest.landloom",
    )  # fmt: skip
    run(
        "cut_tiles", images=image, label_raster=labels, classes="0:Other; 1:Mangrove", tile_size=128,
        parts=folder / "roles.gpkg", parts_field="part", tiles=folder / "tiles",
    )  # fmt: skip
    run(
        "train_segmentation", tiles=folder / "tiles", network="unet", encoder="resnet50", epochs=8, loss="focal_dice",
        learning_rate=0.0005, record=False, model=folder / "unet.landloom",
    )  # fmt: skip
    for name in ("forest", "unet"):
        run(
            "predict", model=folder / f"{name}.landloom", images=image, record=False, map=folder / f"{name}_map.tif",
            probabilities=folder / f"{name}_probabilities.tif",
        )  # fmt: skip


def judge(name: str, folder: Path) -> list[str]:
    """The rows of the table for one map."""
    described = folder / f"{name}_tiles"
    if not (described / "records.csv").exists():
        run(
            "describe_map_tiles", map=folder / f"{name}_map.tif", images=folder / "image.tif",
            probabilities=folder / f"{name}_probabilities.tif", reference=folder / "labels.tif", tile_size=TILE,
            group_tiles=SCENE // TILE, tiles=described, records=described / "records.csv",
        )  # fmt: skip
    records = outside(open_records(described / "records.csv"), folder)
    features = described / "features.h5"
    if not features.exists():
        run("extract_features", records=records.path, weights=folder / "unet.landloom", features=features)
    true = records.metric("accuracy")
    entropy = records.table["param_mean_entropy"].to_numpy(float)
    groups = records.table["group"].to_numpy()
    ways = {
        "entropy alone": predicted(records, "accuracy", folder, None, only=["mean_entropy"]),
        "parameters": predicted(records, "accuracy", folder, None),
        "parameters and features": predicted(records, "accuracy", folder, features),
    }
    rows = []
    for way, (values, covered) in ways.items():
        error, rho = np.abs(values - true).mean(), spearmanr(values, true).statistic
        gain, low, high = by_chance(lambda i, v=values: rank_gain(v[i], -entropy[i], true[i]), groups)
        rows.append(
            f"| {name} | {way} | {error:.4f} | {rho:.3f} | {gain:+.3f} ({low:+.3f} to {high:+.3f}) | {covered:.2f} |"
        )
    return [f"| {name} | mean of the others | {np.abs(mean_of_others(true, groups) - true).mean():.4f} | | | |", *rows]


def outside(records: Records, folder: Path) -> Records:
    """The records of scenes that the maps' models were not trained on."""
    learnt = gpd.read_file(folder / "roles.gpkg")
    places = records.footprints()
    assert places is not None
    seen = places.geometry.centroid.within(learnt.to_crs(places.crs).union_all())
    path = records.path.with_name("unseen.csv")
    write_records(path, records.table[~seen.to_numpy()])
    return open_records(path)


def folds_of(groups: np.ndarray) -> np.ndarray:
    """The fold of each record; a scene is in one of them."""
    names, number = np.unique(groups, return_inverse=True)
    return np.random.default_rng(0).permutation(np.arange(len(names)) % FOLDS)[number]


def predicted(
    records: Records, metric: str, folder: Path, features: Path | None, only: list[str] | None = None
) -> tuple[np.ndarray, float]:
    """Each record's predicted metric by a model that has not seen its scene, and the share of intervals that hold."""
    table = records.table
    if only is not None:
        table = table.drop(columns=[f"param_{name}" for name in records.parameters if name not in only])
    fold = folds_of(table["group"].to_numpy())
    values, covered = np.full(len(table), np.nan), np.zeros(len(table), bool)
    for number in range(FOLDS):
        # The next fold decides when to stop.
        parts = np.where(fold == number, "test", np.where(fold == (number + 1) % FOLDS, "val", "train"))
        split = records.path.with_name("fold.csv")
        write_records(split, table.assign(part=parts, fold=0, inspect=0))
        given = {} if features is None else {"features": features}
        model, found = folder / "quality.landloom", folder / "predicted.csv"
        run("train_quality_model", records=split, metrics=metric, record=False, model=model, **given)
        held = records.path.with_name("held.csv")
        unknown = table[parts == "test"].drop(columns=[f"metric_{name}" for name in records.metrics])
        write_records(held, unknown)
        run("predict_quality", model=model, records=held, predictions=found, **given)
        answer = pd.read_csv(found).set_index("record_id").loc[table["record_id"][parts == "test"]]
        values[parts == "test"] = answer[f"predicted_{metric}"]
        true = table[f"metric_{metric}"][parts == "test"].to_numpy()
        covered[parts == "test"] = (answer[f"low_{metric}"] <= true) & (true <= answer[f"high_{metric}"])
    return values, float(covered.mean())


def rank_gain(values: np.ndarray, simple: np.ndarray, true: np.ndarray) -> float:
    """How much better one ranks than the other."""
    return float(spearmanr(values, true).statistic - spearmanr(simple, true).statistic)


def by_chance(figure, groups: np.ndarray) -> tuple[float, float, float]:
    """A figure of record numbers with its 95 % interval: scenes drawn with replacement."""
    members = [np.flatnonzero(groups == group) for group in np.unique(groups)]
    random = np.random.default_rng(0)
    drawn = [
        figure(np.concatenate([members[k] for k in random.integers(len(members), size=len(members))]))
        for _ in range(DRAWS)
    ]
    return figure(np.arange(len(groups))), *np.quantile(drawn, [0.025, 0.975]).tolist()


def mean_of_others(true: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """For each record the mean of the other folds."""
    fold = folds_of(groups)
    return np.array([true[fold != number].mean() for number in range(FOLDS)])[fold]


if __name__ == "__main__":
    main()
