"""Tiles on a lattice: their weights, and results that threads share."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from landloom.blending import Axis, Lattice
from landloom.errors import Cancelled
from landloom.tile_cache import Cache

CASES = [(1, 64, 16), (64, 64, 16), (65, 64, 16), (300, 64, 0), (300, 64, 1), (1000, 512, 128), (777, 50, 25)]


@pytest.mark.parametrize(("length", "tile", "overlap"), CASES)
def test_the_weights_of_all_tiles_add_up_to_one_in_each_pixel(length, tile, overlap):
    axis, total = Axis(length, tile, overlap), np.zeros(length)
    for number in range(len(axis.starts)):
        first, behind = axis.reach(number)
        assert (axis.weights(number) > 0).all()
        total[first:behind] += axis.weights(number)
    assert np.abs(total - 1).max() < 1e-6


def test_tiles_begin_at_zero_and_the_last_one_ends_with_the_image():
    assert Axis(1000, 512, 128).starts == (0, 384, 488)
    assert Axis(896, 512, 128).starts == (0, 384)
    assert Axis(512, 512, 128).starts == (0,)
    assert Axis(5, 512, 128).starts == (0,)
    assert Axis(5, 512, 128).reach(0) == (0, 5)


def test_the_outer_quarter_of_the_overlap_does_not_count_but_the_edge_of_the_image_does():
    axis = Axis(1280, 512, 128)
    assert [axis.reach(i) for i in range(3)] == [(0, 480), (416, 864), (800, 1280)]
    assert axis.weights(0)[0] == axis.weights(2)[-1] == 1


def test_in_the_overlap_one_tile_fades_into_the_next_along_a_raised_cosine():
    axis = Axis(896, 512, 128)
    middle = axis.weights(1)[:64]  # pixels 416 to 479
    expected = (1 - np.cos(np.pi * (np.arange(64) + 0.5) / 64)) / 2
    assert np.abs(middle - expected).max() < 1e-6
    assert np.abs(axis.weights(0)[416:480] - (1 - expected)).max() < 1e-6


@pytest.mark.parametrize(("length", "tile", "overlap"), CASES)
def test_the_tiles_over_some_pixels_are_those_that_count_there(length, tile, overlap):
    axis, random = Axis(length, tile, overlap), np.random.default_rng(0)
    for _ in range(50):
        start = int(random.integers(0, length))
        stop = int(random.integers(start + 1, length + 1))
        reaches = [axis.reach(i) for i in range(len(axis.starts))]
        expected = [
            i for i, (first, behind) in enumerate(reaches) if set(range(first, behind)) & set(range(start, stop))
        ]
        assert list(axis.touching(start, stop)) == expected


def test_weights_in_the_plane_are_products_of_those_along_its_sides():
    lattice = Lattice.over(200, 300, 64, 16)
    reach = lattice.reach(1, 2)
    assert lattice.weights(1, 2).shape == (reach.height, reach.width)
    assert lattice.weights(1, 2)[20, 0] == lattice.columns.weights(2)[0] * lattice.rows.weights(1)[20]


# --- shared results -------------------------------------------------------------------------------


def test_each_result_is_computed_once_whoever_asks():
    made, lock = [], threading.Lock()

    def make(key):
        with lock:
            made.append(key)
        return key * 10

    cache = Cache(make, lambda value: 1, 100)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: cache.fill(range(40)), range(8)))
    assert sorted(made) == list(range(40))
    assert cache.get(7) == 70


def test_while_one_thread_computes_a_result_others_compute_the_rest():
    began, ended, made = threading.Event(), threading.Event(), []

    def make(key):
        if key == "slow":
            began.set()
            assert ended.wait(600)
        made.append(key)
        return key

    cache = Cache(make, lambda value: 1, 100)
    with ThreadPoolExecutor(2) as pool:
        slow = pool.submit(cache.get, "slow")
        assert began.wait(600)
        other = pool.submit(cache.fill, ["slow", "a", "b"])
        while len(made) < 2:
            assert not other.done()
        ended.set()
        slow.result(), other.result()
    assert made == ["a", "b", "slow"]


def test_what_was_used_longest_ago_goes_first():
    made = []
    cache = Cache(lambda key: made.append(key) or key, lambda value: 1, 2)
    for key in ("a", "b", "a", "c", "a", "b"):
        cache.get(key)
    assert made == ["a", "b", "c", "b"]


def test_a_failure_is_told_to_who_asked_and_to_who_waits():
    def fail(key):
        raise ValueError(key)

    cache = Cache(fail, lambda value: 1, 2)
    with ThreadPoolExecutor(4) as pool:
        for future in [pool.submit(cache.fill, ["a"]) for _ in range(4)]:
            with pytest.raises(ValueError, match="a"):
                future.result(600)


def test_who_waits_can_be_cancelled():
    began, ended = threading.Event(), threading.Event()

    def make(key):
        began.set()
        ended.wait(600)

    def cancelled():
        raise Cancelled

    cache = Cache(make, lambda value: 1, 2)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(cache.get, "a")
        assert began.wait(600)
        with pytest.raises(Cancelled):
            cache.get("a", cancelled)
        ended.set()
        running.result()
