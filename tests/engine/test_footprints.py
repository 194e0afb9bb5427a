"""Footprints: each patch's outline where it lies, with tier and split and a style that shows them."""

import subprocess
import sys

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
from affine import Affine
from conftest import ROOT
from datasets import make_dataset, run_stage_class

from landloom.patches import footprints
from landloom.patches.dataset import Dataset
from landloom.stages.check_patches import CheckPatches
from landloom.stages.split_dataset import SplitDataset

LIMITED = """
import resource, sys
import pandas as pd
from landloom import errors, layers
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
try:
    layers.write(sys.argv[1], pd.DataFrame({"a": ["x" * 200] * 5000}), "table")
except errors.OutputError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limits of the size of files")
@pytest.mark.parametrize("most", [1_000, 100_000, 1_000_000])
def test_a_geopackage_that_cannot_grow_is_told_and_leaves_nothing(tmp_path, most):
    """Wherever the writing ends: at the first table, among the rows, at the end."""
    path = tmp_path / "f.gpkg"
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, path, str(most)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith(f"Cannot write {path}: it took no more data"), done.stderr
    assert not list(tmp_path.iterdir())


def dataset_of(folder, **options):
    patches = np.ones((12, 4, 4, 1), np.float32)
    patches[0, :2] = np.nan
    return make_dataset(folder, patches, [1, 2] * 6, **options)


def test_each_outline_is_the_square_of_the_manifest(tmp_path):
    dataset = dataset_of(tmp_path)
    footprints.write(tmp_path / "f.gpkg", dataset, "class")
    layer, manifest = gpd.read_file(tmp_path / "f.gpkg", layer="patches"), dataset.manifest()
    assert layer.crs.to_epsg() == 32633
    assert (layer.bounds.to_numpy() == manifest[["west", "south", "east", "north"]].to_numpy()).all()
    assert layer.area.tolist() == [40 * 40] * 12
    assert layer["patch_id"].tolist() == manifest["patch_id"].tolist()


def test_on_a_turned_grid_the_outlines_are_turned(tmp_path):
    dataset = dataset_of(tmp_path)
    turned = Affine.translation(500_000, 5_400_000) @ Affine.rotation(30) @ Affine.scale(10, -10)
    dataset = Dataset(tmp_path, dataset.config | {"grid": dataset.config["grid"] | {"transform": list(turned)[:6]}})
    corner, manifest = footprints.outlines(dataset)[5], dataset.manifest().iloc[5]
    expected = [turned @ (manifest["col"] + c, manifest["row"] + r) for c, r in ((0, 0), (4, 0), (4, 4), (0, 4))]
    assert np.asarray(corner.exterior.coords)[:4] == pytest.approx(np.array(expected))


@pytest.mark.parametrize("epsg", [32633, None])
def test_tier_and_split_come_with_their_style(tmp_path, epsg):
    dataset_of(tmp_path, epsg=epsg)
    run_stage_class(CheckPatches, dataset=tmp_path, footprints=tmp_path / "tier.gpkg")
    done = run_stage_class(SplitDataset, dataset=tmp_path, footprints=tmp_path / "split.gpkg")
    tiers = gpd.read_file(tmp_path / "tier.gpkg", layer="patches")
    assert tiers["tier"].tolist() == ["poor"] + ["excellent"] * 11
    parts = gpd.read_file(tmp_path / "split.gpkg", layer="patches")
    assert (parts["split"] == "val").sum() == done.val_count
    assert (parts["split"] == "train").sum() == done.train_count
    assert (parts["split"] == "").sum() == 1
    for name, words in (("tier", ["poor", "excellent"]), ("split", ["train", "val"])):
        style = pyogrio.read_dataframe(tmp_path / f"{name}.gpkg", layer="layer_styles")["styleQML"][0]
        assert f'attr="{name}"' in style
        assert all(f'value="{word}"' in style for word in words)
