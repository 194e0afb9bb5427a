"""The compiled forest must say what scikit-learn says: equal, never nearly equal."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier

from landloom.forest import kernels
from landloom.forest.arrays import ForestArrays
from landloom.forest.exits import MOST_STEPS
from landloom.forest.traversal import CHUNK, CompiledForest, can_pack


def noisy_data(n=3000, features=6, classes=4, dtype=np.uint16, seed=0):
    """Rows of (n, features) over most of the dtype's range, and labels of which a sixth is wrong."""
    random = np.random.default_rng(seed)
    low, high = (0.0, 1.0) if np.dtype(dtype).kind == "f" else (np.iinfo(dtype).min, np.iinfo(dtype).max)
    rows = (low + (high - low) * random.beta(2, 2, (n, features))).astype(dtype)
    labels = np.digitize(rows[:, 0].astype(float) + rows[:, 1], np.linspace(2 * low, 2 * high, classes + 1)[1:-1])
    wrong = random.random(n) < 1 / 6
    labels[wrong] = random.integers(0, classes, wrong.sum())
    return rows, labels


def grown(rows, labels, n_estimators=20, **parameters):
    return RandomForestClassifier(n_estimators, random_state=0, **parameters).fit(rows, labels)


def compiled(model):
    return CompiledForest(ForestArrays.from_sklearn(model))


def assert_as_sklearn(model, rows, forest=None):
    """Both methods against the model's; `rows` is (n, features), as scikit-learn wants it."""
    forest = forest or compiled(model)
    pixels = np.ascontiguousarray(rows.T)
    assert_array_equal(forest.probabilities(pixels), model.predict_proba(rows))
    assert_array_equal(model.classes_[forest.predict(pixels)], model.predict(rows))


def ties(model, rows):
    """How many pixels have two best classes."""
    best = np.sort(model.predict_proba(rows), axis=1)[:, -2:]
    return np.sum(best[:, 0] == best[:, 1])


@pytest.fixture(scope="module")
def model():
    return grown(*noisy_data())


@pytest.fixture(scope="module")
def unseen():
    return noisy_data(n=20011, seed=1)[0]


@pytest.mark.parametrize("dtype", ["u1", "i1", "i2", "u2", "i4", "u4", "f4", "f8"])
def test_every_dtype_of_rasters(dtype):
    rows, labels = noisy_data(dtype=dtype)
    assert_as_sklearn(grown(rows, labels), noisy_data(n=5003, dtype=dtype, seed=1)[0])


@pytest.mark.parametrize(
    "parameters",
    [
        {"max_depth": 3},
        {"max_depth": 10, "min_samples_leaf": 10},
        {"max_leaf_nodes": 40},
        {"ccp_alpha": 0.002},
        {"class_weight": "balanced"},
        {"class_weight": "balanced_subsample", "min_samples_leaf": 3},
        {"bootstrap": False, "max_features": 1},
        {"n_estimators": 1},
        {"n_estimators": 67, "min_samples_leaf": 2},
    ],
    ids=str,
)
def test_every_way_to_grow(parameters, unseen):
    assert_as_sklearn(grown(*noisy_data(), **parameters), unseen)


def test_extra_trees(unseen):
    rows, labels = noisy_data()
    assert_as_sklearn(ExtraTreesClassifier(20, random_state=0).fit(rows, labels), unseen)


@pytest.mark.parametrize(
    "labels", [[7] * 90, [3, 900, -5] * 30, ["water", "forest", "field"] * 30, list(range(30)) * 3]
)
def test_classes_of_any_number_and_name(labels):
    rows, _ = noisy_data(n=90)
    assert_as_sklearn(grown(rows, labels), noisy_data(n=500, seed=1)[0])


def test_300_features():
    rows, labels = noisy_data(n=800, features=300)
    assert_as_sklearn(grown(rows, labels), noisy_data(n=1500, features=300, seed=1)[0])


def test_trees_of_a_single_node():
    rows = np.ones((9, 2), np.float32)
    assert_as_sklearn(grown(rows, [0, 0, 0, 0, 1, 1, 1, 2, 2]), rows)


def test_trees_much_deeper_than_wide():
    """Thresholds drawn between powers of two cut off the largest one or two, over and over."""
    exponents = np.arange(126, dtype=np.float32)[:, None]
    forest = ExtraTreesClassifier(3, random_state=0).fit(np.exp2(exponents), np.arange(126) % 2)
    assert max(tree.get_depth() for tree in forest.estimators_) > MOST_STEPS
    assert_as_sklearn(forest, np.exp2(exponents + 0.25))


def test_values_on_and_right_beside_thresholds():
    """Thresholds are float64 between two float32 values: a float32 threshold may lie on either side of them."""
    rows, labels = noisy_data(n=600, dtype=np.float32)
    forest = grown(rows[:, :1], labels)
    thresholds = np.concatenate([tree.tree_.threshold for tree in forest.estimators_]).astype(np.float32)
    beside = [np.nextafter(thresholds, np.float32(side)) for side in (-np.inf, np.inf)]
    assert_as_sklearn(forest, np.concatenate([thresholds, *beside])[:, None])


def test_zero_and_minus_zero_are_one_value():
    for zero in (0.0, -0.0):
        forest = ForestArrays.from_dict({**two_trees(), "threshold": np.full(8, zero)})
        assert_as_sklearn(forest.to_sklearn(), np.float32([[-0.0, 1], [0.0, 1], [1e-45, 1], [-1e-45, 1]]))


def test_ties_of_whole_votes(unseen):
    rows, labels = noisy_data(classes=2)
    for n_estimators in (2, 10):
        forest = grown(rows, labels, n_estimators)
        assert ties(forest, unseen) > 500
        assert_as_sklearn(forest, unseen)


def test_ties_of_fractions():
    """Equal pixels with unlike labels: leaves of thirds and fifths whose sums tie only if added in the same order."""
    random = np.random.default_rng(0)
    rows = random.integers(0, 4, (600, 3))
    forest = grown(rows, random.integers(0, 3, 600), n_estimators=30, class_weight="balanced")
    grid = np.stack(np.meshgrid(*[range(4)] * 3), axis=-1).reshape(-1, 3)
    assert_as_sklearn(forest, grid)
    halves = grown(np.repeat(rows[:50], 2, axis=0), [0, 1] * 50, n_estimators=7, bootstrap=False)
    assert ties(halves, grid) > 20
    assert_as_sklearn(halves, grid)


def test_sums_that_only_tie_after_the_division():
    """1.75 and the next float64 above it, both divided by 3, round to the same number: the first class wins."""
    above = np.nextafter(1.75, 2)
    leaves = np.array([[0.75, 0.75], [0.5, 0.5], [0.5, above - 1.25]])
    assert leaves.sum(axis=0).tolist() == [1.75, above]
    assert above / 3 == 1.75 / 3
    stumps = single_leaves(leaves)
    assert CompiledForest(stumps).predict(np.zeros((1, 2), np.float32)).tolist() == [0, 0]
    assert stumps.to_sklearn().predict(np.zeros((2, 1))).tolist() == [0, 0]


def test_leaves_that_are_nearly_pure_keep_their_fractions():
    values = np.array([[1 - 2.0**-53, 2.0**-53], [1, 2.0**-60], [0, 1 - 2.0**-53], [0, 1]])
    for value in values:
        assert_array_equal(CompiledForest(single_leaves([value])).probabilities(np.zeros((1, 1))), [value])


def single_leaves(leaf_value):
    """A forest whose trees are one leaf each."""
    n = len(leaf_value)
    return ForestArrays(
        first_node=np.arange(n + 1),
        left=np.full(n, -1),
        right=np.full(n, -1),
        feature=np.zeros(n, int),
        threshold=np.zeros(n),
        missing_left=np.zeros(n, bool),
        weight=np.ones(n),
        leaf_value=leaf_value,
        classes=np.arange(len(leaf_value[0])),
        n_features=1,
    )


@pytest.mark.parametrize("n", [0, 1, 7, CHUNK - 1, CHUNK + 1, 1_000_003])
def test_windows_of_any_size(n):
    rows, labels = noisy_data(features=3)
    forest = grown(rows, labels, n_estimators=3, max_depth=4)
    pixels = np.random.default_rng(2).integers(0, 2**16, (3, n), np.uint16)
    expected = forest.predict_proba(pixels.T) if n else np.empty((0, 4))
    assert_array_equal(compiled(forest).probabilities(pixels), expected)
    assert_array_equal(compiled(forest).predict(pixels), expected.argmax(axis=1))


def test_pixels_need_not_be_contiguous(model, unseen):
    forest, pixels = compiled(model), unseen.T
    assert not pixels[:, ::2].flags.c_contiguous
    assert_array_equal(forest.predict(pixels[:, ::2]), forest.predict(pixels)[::2])


def test_nothing_is_compiled_twice(model, unseen):
    """Compiling takes seconds: it must not be done anew for each dtype or memory layout."""
    for pixels in (unseen.T, np.ascontiguousarray(unseen.T), unseen.T.astype(np.float64), unseen.T.astype(np.int32)):
        compiled(model).predict(pixels)
    assert len(kernels.classify.signatures) == 1


def test_missing_values_go_where_the_splits_learnt():
    rows, labels = noisy_data(dtype=np.float32)
    holes = np.random.default_rng(0).random(rows.shape) < 0.1
    rows[holes & (labels[:, None] == 1)] = np.nan
    forest = grown(rows, labels)
    trees = [tree.tree_ for tree in forest.estimators_]
    assert {0, 1} == {side for tree in trees for side in tree.missing_go_to_left.tolist()}
    assert any(np.isposinf(tree.threshold).any() for tree in trees)  # splits that only ask whether there is a value
    assert_as_sklearn(forest, np.where(holes, np.nan, noisy_data(dtype=np.float32, seed=1)[0]))


def test_infinities_are_the_outermost_values():
    rows, labels = noisy_data(dtype=np.float32)
    forest = compiled(grown(rows, labels))
    largest = np.float64(np.finfo(np.float32).max)
    unlimited, finite = rows.T.astype(np.float64), rows.T.copy()
    unlimited[0, ::3], finite[0, ::3] = np.inf, largest
    unlimited[1, ::4], finite[1, ::4] = -np.inf, -largest
    unlimited[2, ::5], finite[2, ::5] = 1e300, largest  # infinite as float32
    with np.errstate(over="raise"):
        assert_array_equal(forest.probabilities(unlimited), forest.probabilities(finite))


def test_two_threads_share_one_forest(model, unseen):
    forest, halves = compiled(model), np.array_split(np.ascontiguousarray(unseen.T), 2, axis=1)
    with ThreadPoolExecutor(2) as pool:
        for method in (forest.predict, forest.probabilities):
            for _ in range(5):
                together = np.concatenate(list(pool.map(method, halves)))
                assert_array_equal(together, method(np.ascontiguousarray(unseen.T)))


def test_other_threads_run_meanwhile(model):
    packed, pixels = compiled(model)._packed, np.full((6, 2_000_000), 30000, np.float32)
    kernels.classify(packed, pixels[:, :1].copy(), np.empty(1, np.uint16))
    worker = threading.Thread(target=kernels.classify, args=(packed, pixels, np.empty(2_000_000, np.uint16)))
    worker.start()
    ticks = 0
    while worker.is_alive():
        time.sleep(0.001)
        ticks += 1
    assert ticks > 20


@pytest.mark.parametrize("pixels", [np.zeros((5, 4)), np.zeros(6), np.zeros((6, 4), complex), np.zeros((6, 4), object)])
def test_pixels_that_do_not_fit_are_refused(model, pixels):
    for method in (compiled(model).predict, compiled(model).probabilities):
        with pytest.raises(ValueError, match="'pixels' must"):
            method(pixels)


def test_arrays_survive_a_file(model, unseen, tmp_path):
    arrays = ForestArrays.from_sklearn(model)
    np.savez(tmp_path / "forest.npz", **arrays.as_dict())
    with np.load(tmp_path / "forest.npz", allow_pickle=False) as file:
        loaded = ForestArrays.from_dict(file)
    for name, array in arrays.as_dict().items():
        assert loaded.as_dict()[name].dtype == array.dtype
        assert_array_equal(loaded.as_dict()[name], array)
    assert_as_sklearn(model, unseen, CompiledForest(loaded))


@pytest.mark.parametrize("parameters", [{}, {"max_leaf_nodes": 30, "class_weight": "balanced"}], ids=str)
def test_sklearn_model_is_rebuilt_to_the_bit(parameters, unseen):
    rows, labels = noisy_data()
    original = grown(rows, np.array(["a", "b", "c", "d"])[labels], **parameters)
    rebuilt = ForestArrays.from_sklearn(original).to_sklearn()
    assert_array_equal(rebuilt.predict_proba(unseen), original.predict_proba(unseen))
    assert_array_equal(rebuilt.predict(unseen), original.predict(unseen))
    assert_array_equal(rebuilt.apply(unseen), original.apply(unseen))
    depths = [[tree.get_depth() for tree in forest.estimators_] for forest in (rebuilt, original)]
    assert depths[0] == depths[1]


def test_several_outputs_are_refused():
    rows, labels = noisy_data(n=50)
    with pytest.raises(ValueError, match="one output"):
        ForestArrays.from_sklearn(grown(rows, np.stack([labels, labels], axis=1)))


def two_trees():
    """A root over a leaf and a split, and a second tree of one split; a leaf's row a leaf."""
    return {
        "first_node": np.array([0, 5, 8]),
        "left": np.array([1, -1, 3, -1, -1, 1, -1, -1]),
        "right": np.array([2, -1, 4, -1, -1, 2, -1, -1]),
        "feature": np.array([0, -2, 1, -2, -2, 1, -2, -2]),
        "threshold": np.array([0.5, -2, 0.5, -2, -2, 0.25, -2, -2]),
        "missing_left": np.zeros(8, bool),
        "weight": np.array([5.0, 2, 3, 2, 1, 5, 3, 2]),
        "leaf_value": np.array([[1, 0], [0, 1], [0.5, 0.5], [0, 1], [1, 0]], float),
        "classes": np.array([10, 20]),
        "n_features": np.array(2),
    }


def test_a_forest_made_by_hand():
    forest = CompiledForest(ForestArrays.from_dict(two_trees()))
    pixels = np.array([[0.5, 0.6, 0.6, 0.6], [0.2, 0.2, 0.3, 0.6]], np.float32)
    # Leaf by leaf: [1, 0] + [0, 1]; [0, 1] + [0, 1]; [0, 1] + [1, 0]; [½, ½] + [1, 0].
    assert forest.probabilities(pixels).tolist() == [[0.5, 0.5], [0, 1], [0.5, 0.5], [0.75, 0.25]]
    assert forest.predict(pixels).tolist() == [0, 1, 0, 0]


@pytest.mark.parametrize(
    ("name", "place", "value", "complaint"),
    [
        ("left", 2, 1, "after their parent"),  # up again: a loop
        ("left", 2, 2, "after their parent"),  # to itself: a loop
        ("left", 2, 4, "one parent"),  # both children the same, node 3 an orphan
        ("right", 0, 3, "one parent"),  # past its child to its grandchild
        ("right", 2, 5, "after their parent"),  # into the next tree
        ("right", 5, 3, "after their parent"),  # past the end
        ("left", 5, 2**31 - 1, "after their parent"),
        ("left", 5, 2**32 + 1, "fit into int32"),  # 1 if it were cut to 32 bits
        ("left", 0, -7, "after their parent|two children"),
        ("left", 0, -1, "two children or none"),
        ("right", 6, 2, "two children or none"),
        ("first_node", 0, 1, "from 0"),
        ("first_node", 1, 0, "from 0"),  # a tree without nodes
        ("first_node", 1, 3, "same tree"),  # cut in the wrong place
        ("first_node", 2, 9, "from 0"),
        ("feature", 2, 2, "below 'n_features'"),
        ("feature", 2, -1, "below 'n_features'"),
        ("threshold", 0, np.nan, "NaN"),
        ("weight", 3, np.nan, "finite"),
        ("weight", 3, -1, "not negative"),
        ("leaf_value", (2, 1), np.nan, "fractions"),
        ("leaf_value", (2, 1), -0.5, "fractions"),
        ("leaf_value", (2, 1), 1e9, "fractions"),
        ("classes", 1, 10, "once"),
    ],
)
def test_damaged_nodes_are_refused(name, place, value, complaint):
    arrays = two_trees()
    arrays[name][place] = value
    with pytest.raises(ValueError, match=complaint):
        ForestArrays.from_dict(arrays)


@pytest.mark.parametrize(
    ("name", "array", "complaint"),
    [
        ("left", np.full(8, 1.0), "must be int32"),
        ("left", np.full((8, 1), -1), "1 dimensions"),
        ("right", np.full(7, -1), "as long as"),
        ("threshold", np.zeros(9), "as long as"),
        ("threshold", np.zeros(8, complex), "must be float64"),
        ("missing_left", np.zeros(8), "must be bool"),
        ("first_node", np.array([0]), "from 0"),
        ("leaf_value", np.zeros((4, 2)), "a row a leaf"),
        ("leaf_value", np.zeros((5, 3)), "a column a class"),
        ("leaf_value", np.zeros((5, 2), object), "must be float64"),
        ("classes", np.array([10, None]), "numbers or strings"),
        ("classes", np.array([[10, 20]]), "numbers or strings"),
        ("n_features", np.array(0), "at least 1"),
        ("n_features", np.array([2, 2]), "0 dimensions"),
    ],
)
def test_damaged_arrays_are_refused(name, array, complaint):
    with pytest.raises(ValueError, match=complaint):
        ForestArrays.from_dict({**two_trees(), name: array})


def test_missing_arrays_are_named():
    arrays = two_trees()
    del arrays["threshold"]
    with pytest.raises(ValueError, match="Missing: threshold"):
        ForestArrays.from_dict(arrays)


def test_what_does_not_fit_a_word_is_refused():
    few, many, most = (ForestArrays.from_dict({**two_trees(), "n_features": np.array(n)}) for n in (2, 2**29, 2**30))
    assert can_pack(few)
    assert can_pack(many)  # 29 bits for the feature, 3 for 5 nodes
    assert not can_pack(most)
    with pytest.raises(ValueError, match="to_sklearn"):
        CompiledForest(most)
