"""Holding out samples: no group on both sides, every class tested where it can be, shares and folds as asked for."""

import numpy as np
import pytest

from landloom import splits
from landloom.errors import InputError
from landloom.splits import split


def some_samples(seed, grouping):
    """Groups of very different sizes; a polygon is of one class, a block may hold several."""
    random = np.random.default_rng(seed)
    groups, classes = random.integers(2, 30), random.integers(1, 6)
    group = np.repeat(np.arange(groups), random.integers(1, 40, groups)) * 7 - 50
    of_group = random.integers(1, classes + 1, groups) * 3
    class_id = np.repeat(of_group, np.unique(group, return_counts=True)[1])
    if grouping == "blocks":
        other = random.random(len(group)) < 0.3
        class_id[other] = random.integers(1, classes + 1, other.sum()) * 3
    order = random.permutation(len(group))
    return class_id[order], group[order], float(random.uniform(0.05, 0.9)), int(random.choice([1, 1, 2, 3, 5]))


@pytest.mark.parametrize("grouping", splits.GROUPINGS)
def test_no_group_ever_stands_on_both_sides_and_no_model_is_tested_on_a_class_it_cannot_know(grouping):
    split_at_all = 0
    for seed in range(400):
        class_id, group, share, folds = some_samples(seed, grouping)
        try:
            found = split(class_id, group, grouping, share, folds, seed)
        except InputError:
            continue
        split_at_all += 1
        groups = np.arange(len(group)) if grouping == "pixels" else group
        held_out = np.concatenate([held for _, held in found.folds])
        assert len(held_out) == len(set(held_out.tolist()))
        for train, held in found.folds:
            assert sorted([*train, *held]) == list(range(len(group)))
            assert not set(groups[train]) & set(groups[held])
            assert set(class_id[held]) <= set(class_id[train])
        tested = set(class_id[held_out].tolist())
        assert set(found.never_held_out) == set(class_id.tolist()) - tested
    assert split_at_all > 300


@pytest.mark.parametrize("folds", [1, 2, 5])
def test_every_class_of_two_polygons_is_tested_and_one_of_a_single_polygon_never(folds):
    group = np.repeat(np.arange(20), 5)
    class_id = np.repeat([1] * 12 + [2] * 5 + [3] * 2 + [4], 5)
    for seed in range(50):
        found = split(class_id, group, "polygons", 0.2, folds, seed)
        tested = set(class_id[np.concatenate([held for _, held in found.folds])].tolist())
        assert tested == {1, 2, 3}
        assert found.never_held_out == [4]


@pytest.mark.parametrize("share", [0.01, 0.1, 0.2, 0.33, 0.4, 0.5, 0.75, 0.9])
@pytest.mark.parametrize("grouping", splits.GROUPINGS)
def test_the_share_of_each_class_is_respected(grouping, share):
    """Of 40 and 20 groups of equal size; at least one stays on either side."""
    class_id = np.repeat([1, 2], [40, 20]).repeat(6)
    group = np.arange(60).repeat(6)
    ((train, held),) = split(class_id, group, grouping, share, 1, 3).folds
    for class_, groups in ((1, 40), (2, 20)):
        unit = 1 if grouping == "pixels" else 6
        total = groups * 6 // unit
        expected = min(max(round(share * total), 1), total - 1)
        assert np.count_nonzero(class_id[held] == class_) == expected * unit
    assert len(train) + len(held) == 360


@pytest.mark.parametrize("grouping", splits.GROUPINGS)
def test_folds_hold_out_each_group_once_and_are_of_like_size(grouping):
    class_id = np.repeat([1, 2, 3], [23, 12, 7]).repeat(10)
    group = np.arange(42).repeat(10)
    found = split(class_id, group, grouping, 0.2, 5, 0)
    held = [h for _, h in found.folds]
    assert sorted(np.concatenate(held)) == list(range(420))
    sizes = [len(h) for h in held]
    assert max(sizes) - min(sizes) <= 20
    for class_ in (1, 2, 3):
        counts = [np.count_nonzero(class_id[h] == class_) for h in held]
        assert max(counts) - min(counts) <= 10


def test_small_classes_do_not_all_fall_into_the_first_folds():
    class_id = np.repeat(np.arange(1, 11), 2)  # ten classes of two polygons
    found = split(class_id, np.arange(20), "polygons", 0.2, 5, 1)
    assert [len(held) for _, held in found.folds] == [4, 4, 4, 4, 4]


def test_blocks_are_stratified_by_class():
    """A class in 6 of 60 blocks is held out in one or two of them, not in none and not in all."""
    group = np.arange(60).repeat(20)
    class_id = np.ones(1200, int)
    class_id[np.isin(group, [3, 11, 20, 33, 47, 59]) & (np.arange(1200) % 2 == 0)] = 2
    for seed in range(30):
        ((_, held),) = split(class_id, group, "blocks", 0.2, 1, seed).folds
        assert len(set(group[held][class_id[held] == 2])) == 1
        assert len(set(group[held])) == 12


def test_the_split_depends_on_the_seed_and_not_on_the_order_of_samples():
    class_id, group = np.repeat([1, 2], 300), np.arange(60).repeat(10)
    order = np.random.default_rng(0).permutation(600)
    for grouping in ("polygons", "blocks"):
        ((_, held),) = split(class_id, group, grouping, 0.3, 1, 5).folds
        ((_, shuffled),) = split(class_id[order], group[order], grouping, 0.3, 1, 5).folds
        ((_, other),) = split(class_id, group, grouping, 0.3, 1, 6).folds
        assert set(order[shuffled]) == set(held)
        assert set(other) != set(held)


@pytest.mark.parametrize("grouping", ["polygons", "blocks"])
def test_where_nothing_can_be_held_out_it_is_told_what_to_do(grouping):
    with pytest.raises(InputError, match=f"Nothing can be held out .* by {grouping}: .* Draw more polygons"):
        split(np.array([1, 1, 2]), np.array([1, 1, 2]), grouping, 0.2, 1, 0)


def test_more_folds_than_polygons_make_as_many_folds_as_there_are():
    found = split(np.array([1, 1, 1, 2, 2]), np.arange(5), "polygons", 0.2, 10, 0)
    assert len(found.folds) == 5
    assert all(len(held) for _, held in found.folds)


def test_a_block_holds_whole_polygons():
    """A polygon that straddles a border belongs to the block of its middle."""
    x = np.array([10.0, 90, 95, 105, 150, 190])
    y = np.array([10.0, 10, 10, 10, 10, 10])
    polygon = np.array([1, 1, 2, 2, 2, 3])
    # The middles are at 50, 116.7 and 190; blocks of 100 begin at multiples of 100.
    assert splits.blocks(x, y, polygon, 100).tolist() == [0, 0, 1, 1, 1, 1]
    negative = splits.blocks(x - 100, y - 500, polygon, 100)
    assert negative.tolist() == [0, 0, 1, 1, 1, 1]
