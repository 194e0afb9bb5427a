"""How fast forests classify pixels: Landloom's compiled traversal against scikit-learn.

    python tests/bench/forest.py
    python tests/bench/forest.py --raster scene.tif --polygons training.gpkg --field class_id

All ways take turns in each round and the medians are compared, so that a busy machine slows all of them alike;
trust the ratios. scikit-learn is given its rows ready-made and in one piece, which suits it best; Landloom's times
include everything from the window as it is read.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed
from scipy.ndimage import gaussian_filter
from sklearn.ensemble import RandomForestClassifier

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from landloom.forest.arrays import ForestArrays
from landloom.forest.traversal import CompiledForest

SIZE = 512  # of the window that is classified, in pixels
SAMPLES = 20_000
THREADS = 2


@dataclass(frozen=True)
class Case:
    """A forest and a window for it: `pixels` is (features, n)."""

    name: str
    forest: RandomForestClassifier
    pixels: np.ndarray


def scene(classes: int = 5, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Draw a smooth landscape of six bands, uint16 (6, SIZE, SIZE) reflectance × 10,000, and its classes.

    Soft borders, light and shade over some pixels, texture with two spectral shapes, and noise in each band: as in
    a real image, neighbours are alike but hardly two pixels are equal.
    """
    random, spectra = np.random.default_rng(seed), np.random.default_rng(7)

    def field(sigma: float) -> np.ndarray:
        smooth = gaussian_filter(random.standard_normal((SIZE, SIZE)), sigma)
        return smooth / smooth.std()

    label = np.argmax([field(15) for _ in range(classes)], axis=0)
    mean = np.array([400, 700, 600, 2500, 1800, 1000]) * np.exp(0.35 * spectra.standard_normal((classes, 6)))
    second_shape = spectra.standard_normal(6)
    shade, texture, second = field(6), field(1.2), field(1.2)
    bands = []
    for band in range(6):
        light = 1 + 0.08 * shade + 0.15 * texture + 0.1 * second_shape[band] * second
        light += 0.05 * random.standard_normal(label.shape)
        bands.append(gaussian_filter(mean[label, band], 0.7) * light + 15 * random.standard_normal(label.shape))
    return np.clip(np.rint(bands), 1, 65535).astype(np.uint16), label


def train(bands: np.ndarray, label: np.ndarray, trees: int, wrong: float = 0, **parameters) -> RandomForestClassifier:
    """Grow a forest on SAMPLES random pixels, of which the share `wrong` has a label drawn at random."""
    random = np.random.default_rng(1)
    picked = random.choice(label.size, SAMPLES, replace=False)
    y = np.where(random.random(SAMPLES) < wrong, random.integers(0, label.max() + 1, SAMPLES), label.ravel()[picked])
    rows = bands.reshape(len(bands), -1).T[picked]
    return RandomForestClassifier(trees, random_state=0, n_jobs=THREADS, **parameters).fit(rows, y)


def cases() -> Iterator[Case]:
    bands, label = scene()
    pixels = bands.reshape(len(bands), -1)
    for trees in (100, 500):
        yield Case(f"10 % wrong labels, {trees} trees", train(bands, label, trees, wrong=0.1), pixels)
    yield Case("right labels, 100 trees", train(bands, label, 100), pixels)
    yield Case("depth 10, 100 trees", train(bands, label, 100, wrong=0.1, max_depth=10), pixels)
    yield Case("leaf size 10, 100 trees", train(bands, label, 100, wrong=0.1, min_samples_leaf=10), pixels)
    reflectance = bands.astype(np.float32) / 10000
    forest = train(reflectance, label, 100, wrong=0.1)
    yield Case("float32 0–1, 100 trees", forest, reflectance.reshape(len(bands), -1))


def real_case(raster: Path, polygons: Path, field: str, trees: int) -> Case:
    import geopandas as gpd
    import rasterio
    from rasterio.features import rasterize

    with rasterio.open(raster) as dataset:
        bands = dataset.read()
        frame = gpd.read_file(polygons).to_crs(dataset.crs)
        ids = frame[field].astype("category").cat.codes + 1
        shapes = zip(frame.geometry, ids, strict=True)
        label = rasterize(shapes, out_shape=dataset.shape, transform=dataset.transform)
    pixels = bands.reshape(len(bands), -1)
    labelled = label.ravel() > 0
    forest = RandomForestClassifier(trees, random_state=0).fit(pixels.T[labelled], label.ravel()[labelled])
    return Case(f"{raster.name}, {trees} trees", forest, pixels)


def evaluated_share(forest: RandomForestClassifier, pixels: np.ndarray) -> float:
    """The share of trees after which the leading class cannot be overtaken any more: how hard the pixels are.

    For forests whose leaves are pure; about 0.5 is the least possible.
    """
    rows = pixels.T[:: max(1, pixels.shape[1] // 5000)].astype(np.float32)
    votes = np.zeros((len(rows), len(forest.classes_)))
    needed = np.full(len(rows), len(forest.estimators_))
    for done, tree in enumerate(forest.estimators_, start=1):
        votes += tree.predict_proba(rows)
        second, best = np.partition(votes, -2, axis=1)[:, -2:].T
        decided = best - second > len(forest.estimators_) - done
        needed = np.where(decided, np.minimum(needed, done), needed)
    return needed.mean() / len(forest.estimators_)


def medians(ways: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            start = time.perf_counter()
            way()
            seconds[name].append(time.perf_counter() - start)
    return {name: float(np.median(values)) for name, values in seconds.items()}


def measure(case: Case, rounds: int) -> None:
    forest, pixels = case.forest, case.pixels
    forest.n_jobs = 1
    compiled = CompiledForest(ForestArrays.from_sklearn(forest))
    rows = np.ascontiguousarray(pixels.T, np.float32)
    parts = np.array_split(pixels, 2 * THREADS, axis=1)

    def threaded(method: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        return np.concatenate(Parallel(THREADS, backend="threading")(delayed(method)(part) for part in parts))

    def sklearn_threaded() -> None:
        forest.n_jobs = THREADS
        forest.predict_proba(rows)
        forest.n_jobs = 1

    expected = forest.predict_proba(rows)
    same = np.array_equal(threaded(compiled.probabilities), expected) and np.array_equal(
        forest.classes_[threaded(compiled.predict)], forest.classes_[expected.argmax(axis=1)]
    )
    took = medians(
        {
            "sklearn": lambda: forest.predict_proba(rows),
            f"sklearn {THREADS}": sklearn_threaded,
            "class": lambda: compiled.predict(pixels),
            f"class {THREADS}": lambda: threaded(compiled.predict),
            "probabilities": lambda: compiled.probabilities(pixels),
            f"probabilities {THREADS}": lambda: threaded(compiled.probabilities),
        },
        rounds,
    )
    nodes = np.mean([tree.tree_.node_count for tree in forest.estimators_])
    cells = [f"{pixels.shape[1] / 1e6 / t:.3f} ({took['sklearn'] / t:.1f}×)" for t in took.values()]
    share = f"{evaluated_share(forest, pixels):.3f}"
    print(" | ".join(["", case.name, f"{nodes:.0f}", share, *cells, "yes" if same else "NO", ""]).strip(), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--raster", type=Path, help="a real scene instead of the drawn one")
    parser.add_argument("--polygons", type=Path, help="its training polygons")
    parser.add_argument("--field", default="class_id", help="the polygons' field with the class")
    parser.add_argument("--trees", type=int, default=500, help="for the real scene")
    given = parser.parse_args()

    start = time.perf_counter()
    tiny = CompiledForest(ForestArrays.from_sklearn(RandomForestClassifier(2).fit([[0], [1]], [0, 1])))
    tiny.predict(np.zeros((1, 1)))
    tiny.probabilities(np.zeros((1, 1)))
    print(f"Compiling or loading the kernels took {time.perf_counter() - start:.1f} s. Mpixel/s (× scikit-learn):\n")
    heads = ["", "forest", "nodes a tree", "trees needed", "scikit-learn, 1 thread", f"{THREADS} threads"]
    heads += ["class, 1 thread", f"{THREADS} threads", "probabilities, 1 thread", f"{THREADS} threads", "exact", ""]
    print(" | ".join(heads).strip())
    print("|" + "---|" * (len(heads) - 2))
    chosen = [real_case(given.raster, given.polygons, given.field, given.trees)] if given.raster else cases()
    for case in chosen:
        measure(case, given.rounds)


if __name__ == "__main__":
    main()
