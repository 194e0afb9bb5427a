"""Features as batches: the right rows, standardised by the training rows alone, from any process."""

import numpy as np
import pandas as pd
import pytest

torch = pytest.importorskip("torch", reason="needs the deep-learning layer: plugin.environment install --layer deep")

from record_tables import make_records  # noqa: E402

from landloom.errors import InputError  # noqa: E402
from landloom.image_features import feature_store, loading  # noqa: E402

ROWS, DIMENSION = 300, 48


@pytest.fixture
def values():
    """Far from 0, one feature that never varies; numbers that float32 holds."""
    found = np.random.default_rng(0).normal(1000, 3, (ROWS, DIMENSION)).astype(np.float32)
    found[:, 5] = 7
    return found


@pytest.fixture
def store(values, tmp_path):
    names = [f"record_{n:05d}" for n in range(ROWS)]
    table = pd.DataFrame({"id": names, **dict.fromkeys(feature_store.TEXTS[1:], "")})
    about = {"encoder": "x", "weights": {}, "recipe": {}, "facts": {}}
    feature_store.write_store(tmp_path / "s.h5", table, iter([values]), DIMENSION, "float32", about)
    return feature_store.open_store(tmp_path / "s.h5")


def test_normalisation_is_of_the_training_rows_alone(store, values, tmp_path):
    rows = np.array([200, 3, 17, 90, 91])
    found = loading.measure(store, rows)
    assert np.allclose(found.mean, values[rows].astype(float).mean(0), rtol=1e-6)
    expected = values[rows].astype(float).std(0)
    expected[5] = 1
    assert np.allclose(found.deviation, expected, rtol=1e-4)
    assert (found(values)[:, 5] == 0).all()
    found.save(tmp_path / "n.json")
    again = loading.load_normalisation(tmp_path / "n.json")
    assert np.array_equal(again.mean, found.mean)
    assert np.array_equal(again.deviation, found.deviation)


def test_a_damaged_normalisation_is_told(tmp_path):
    (tmp_path / "n.json").write_text('{"mean": [1], "deviation": [0]}')
    with pytest.raises(InputError, match="holds no normalisation"):
        loading.load_normalisation(tmp_path / "n.json")


def test_nothing_to_train_on_is_told(store):
    with pytest.raises(InputError, match="No row"):
        loading.measure(store, np.array([], int))


@pytest.mark.parametrize("workers", [0, 2])
def test_each_row_comes_once_with_its_own_parameters_and_targets(store, values, workers):
    rows = np.random.default_rng(1).permutation(ROWS)[:220]
    norm = loading.measure(store, rows)
    dataset = loading.FeatureDataset(store, rows, norm, rows[:, None] * 2, rows[:, None] * [1, 3])
    dataset[0]  # opens the file before it is handed to other processes
    loader = loading.loader(dataset, 64, shuffle=True, seed=1, workers=workers)
    batches = list(loader)
    assert [len(batch[0]) for batch in batches] == [64, 64, 64, 28]
    features, parameters, targets = (torch.cat(parts).numpy() for parts in zip(*batches, strict=True))
    seen = targets[:, 0].astype(int)
    assert sorted(seen) == sorted(rows)
    assert not np.array_equal(seen, rows)
    assert np.array_equal(parameters[:, 0], seen * 2)
    assert np.allclose(features, (values[seen] - norm.mean) / norm.deviation, atol=1e-3)


def test_the_order_follows_the_seed_and_changes_with_each_pass(store):
    def passes(seed):
        dataset = loading.FeatureDataset(store, targets=np.arange(ROWS)[:, None])
        loader = loading.loader(dataset, 50, shuffle=True, seed=seed)
        return [torch.cat([batch[1] for batch in loader])[:, 0].tolist() for _ in range(2)]

    first, second = passes(3)
    assert first != second
    assert passes(3) == [first, second]
    assert passes(4)[0] != first


def test_without_shuffling_rows_keep_their_order(store, values):
    rows = np.array([250, 3, 4, 3])
    (features,) = next(iter(loading.loader(loading.FeatureDataset(store, rows), 4)))
    assert np.array_equal(features.numpy(), values[rows])


def test_a_batch_is_drawn_from_all_over_the_store(store):
    dataset = loading.FeatureDataset(store, targets=np.arange(ROWS)[:, None])
    batch = next(iter(loading.loader(dataset, 100, shuffle=True, seed=0)))
    assert np.ptp(batch[1].numpy()) > ROWS / 2


def test_records_find_their_rows(store, tmp_path):
    records = make_records(tmp_path / "r", 8)
    table = records.table.assign(record_id=["a", "record_00007", "b", "record_00299", *"cdef"])
    joined = loading.join(store, type(records)(records.path, table))
    assert [part.tolist() for part in joined] == [[7, 299], [1, 3]]
    with pytest.raises(InputError, match="ids differ"):
        loading.join(store, type(records)(records.path, table.assign(record_id=list("abcdefgh"))))
