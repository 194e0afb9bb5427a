"""Mapping with a patch classifier: whole windows at once, and patch after patch."""

from __future__ import annotations

from pathlib import Path

from side_by_side import Bench, stage

SIZE = 1024
PATCH = 8
BATCH = 4096


def prepare(folder: Path) -> None:
    """A demo scene, and a network of the usual size with weights at random, which takes no less time."""
    import numpy as np
    import rasterio
    import torch

    from landloom import classes, models, rasters
    from landloom.networks import patch_cnn
    from landloom.networks.weights import as_arrays

    stage(
        "create_demo_scene", size=SIZE, points=5, image=folder / "image.tif", polygons=folder / "polygons.gpkg",
        reference=folder / "reference.gpkg",
    )  # fmt: skip
    with rasterio.open(folder / "image.tif") as source:
        values = np.where((image := source.read()) == 0, np.nan, image)
    bands = rasters.open_stack([folder / "image.tif"]).bands
    torch.manual_seed(0)
    network = patch_cnn.PatchCNN(len(bands), 5, PATCH)
    network.offset.copy_(torch.from_numpy(np.nanmean(values, axis=(1, 2))))
    network.scale.copy_(torch.from_numpy(np.nanstd(values, axis=(1, 2))))
    card = models.Card(
        "patch_cnn", bands, tuple(b.name for b in bands), (),
        classes.make_table({"id": i, "name": f"Class {i}"} for i in range(1, 6)), (10.0, 10.0), None,
        network=network.describe(),
    )  # fmt: skip
    models.save(folder / "model.landloom", card, as_arrays(network))


def whole_windows(stride: int):
    """Map with a model, as the stage does it."""

    def way(folder: Path) -> None:
        stage(
            "predict", model=folder / "model.landloom", images=[str(folder / "image.tif")], record=False,
            stride=stride, map=folder / f"windows_{stride}.tif",
        )  # fmt: skip

    return way


def patch_by_patch(stride: int):
    """What one writes without Landloom: cut out the patch of each pixel, classify patches in batches, on all cores."""

    def way(folder: Path) -> None:
        import numpy as np
        import rasterio
        import torch

        from landloom import models
        from landloom.networks import patch_cnn

        card, weights = models.load(folder / "model.landloom")
        network = patch_cnn.from_arrays(card.network, weights)
        with rasterio.open(folder / "image.tif") as source:
            image, profile = source.read(), {**source.profile, "count": 1, "dtype": "uint8", "predictor": 1}
        before = (PATCH - stride) // 2
        values = np.where(image == 0, np.nan, image).astype(np.float32)
        padded = np.pad(values, ((0, 0), (before, PATCH), (before, PATCH)), constant_values=np.nan)
        patches = np.lib.stride_tricks.sliding_window_view(padded, (PATCH, PATCH), axis=(1, 2))
        patches = patches[:, :SIZE:stride, :SIZE:stride].transpose(1, 2, 0, 3, 4)
        rows, columns = patches.shape[:2]
        places = np.stack(np.unravel_index(np.arange(rows * columns), (rows, columns)))
        answers = np.empty(rows * columns, np.uint8)
        with torch.inference_mode():
            for start in range(0, len(answers), BATCH):
                batch = torch.from_numpy(patches[tuple(places[:, start : start + BATCH])])
                answers[start : start + BATCH] = network(batch).argmax(1).flatten().numpy() + 1
        mapped = answers.reshape(rows, columns).repeat(stride, axis=0).repeat(stride, axis=1)[:SIZE, :SIZE]
        mapped[(image == 0).any(axis=0)] = 0
        with rasterio.open(folder / f"patches_{stride}.tif", "w", **profile) as target:
            target.write(mapped, 1)

    return way


def check(folder: Path) -> None:
    """Both must give the same map, but for pixels where two classes are equally likely to seven digits."""
    import rasterio

    for stride in (1, 4):
        with rasterio.open(folder / f"windows_{stride}.tif") as a, rasterio.open(folder / f"patches_{stride}.tif") as b:
            different = int((a.read(1) != b.read(1)).sum())
        print(f"Pixels that differ from patch by patch, stride {stride}: {different}")


if __name__ == "__main__":
    Bench(
        __file__,
        f"Mapping {SIZE} × {SIZE} pixels × 6 bands with a network for patches of {PATCH} × {PATCH}",
        {
            "whole windows, stride 1": whole_windows(1),
            "whole windows, stride 4": whole_windows(4),
            "patch by patch, stride 1": patch_by_patch(1),
            "patch by patch, stride 4": patch_by_patch(4),
        },
        "patch by patch, stride 1",
        prepare,
        check,
        SIZE**2 / 1e6,
        "Mpixel",
        rounds=1,
    ).main()
