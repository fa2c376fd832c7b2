from __future__ import annotations

import math
import random

import numpy as np
import pytest

from kresume_nb.train.sources import order
from kresume_nb.train.sources.order import permuted

SIZES = [1, 2, 3, 31, 32, 33, 63, 64, 65, 100, 127, 128, 129, 1000, 4095, 4097, 60_000, 65_537]


@pytest.mark.parametrize("samples", SIZES)
def test_every_sample_comes_once_in_an_epoch(samples):
    for seed, epoch in ((0, 0), (7, 0), (7, 1), (2**32 - 1, 10_000)):
        order_of_epoch = permuted(samples, seed, epoch)
        assert order_of_epoch.dtype == np.int64
        np.testing.assert_array_equal(np.sort(order_of_epoch), np.arange(samples))


@pytest.mark.parametrize("samples", SIZES)
def test_any_stretch_is_the_slice_of_the_whole(samples):
    chance = random.Random(samples)
    whole = permuted(samples, 5, 3)
    for _ in range(20):
        start = chance.randint(0, samples)
        stop = chance.randint(start, samples)
        np.testing.assert_array_equal(permuted(samples, 5, 3, start, stop), whole[start:stop])


# Computed once, with version 1: a run that is resumed under a later kresume_nb, another NumPy or
# on another machine must find the order that it began with.
PINNED = {
    (10, 0, 0): [9, 5, 6, 7, 1, 2, 3, 4, 0, 8],
    (64, 7, 0): [53, 33, 35, 59, 1, 10, 55, 13, 46, 22],
    (1000, 7, 1): [376, 870, 666, 453, 713, 139, 239, 37, 899, 114],
    (60_000, 12345, 19): [15236, 54953, 41793, 11368, 43351, 1015, 19832, 51641, 44108, 32331],
    (2**33, 1, 2): [
        3099308431,
        5704476498,
        3821966262,
        2150155344,
        7191072426,
        7643721571,
        942569338,
        3052412617,
        6045420398,
        7830318557,
    ],
}


@pytest.mark.parametrize(("samples", "seed", "epoch"), PINNED)
def test_an_order_never_changes(samples, seed, epoch):
    assert order.VERSION == 1
    expected = PINNED[samples, seed, epoch]
    assert permuted(samples, seed, epoch, 0, 10).tolist() == expected


def test_epochs_and_seeds_have_orders_of_their_own():
    seen = {permuted(1000, seed, epoch).tobytes() for seed in range(20) for epoch in range(20)}
    assert len(seen) == 400


@pytest.mark.parametrize("samples", [3, 5])
def test_small_data_sets_see_every_order(samples):
    seen = {permuted(samples, seed, 0).tobytes() for seed in range(1000)}
    assert len(seen) == math.factorial(samples)


@pytest.mark.parametrize("samples", [10, 50, 64, 100])
def test_every_sample_is_as_likely_at_every_place(samples):
    """Chi-square over sample and place; 1,000 epochs of one seed, and 1,000 seeds of one epoch."""
    trials = 1000
    for arguments in ([(7, epoch) for epoch in range(trials)], [(s, 0) for s in range(trials)]):
        orders = np.stack([permuted(samples, *one) for one in arguments])
        counts = np.stack([np.bincount(column, minlength=samples) for column in orders.T])
        expected = trials / samples
        chi_square = ((counts - expected) ** 2 / expected).sum()
        freedom = (samples - 1) ** 2
        assert abs(chi_square - freedom) < 5 * np.sqrt(2 * freedom)


@pytest.mark.parametrize("samples", [100, 1000])
def test_neighbours_of_one_epoch_are_not_neighbours_of_the_next(samples):
    pairs = [permuted(samples, 7, epoch) for epoch in range(200)]
    beside = sum(int((np.abs(np.diff(one)) == 1).sum()) for one in pairs)
    expected = 200 * 2 * (samples - 1) / samples
    assert abs(beside - expected) < 6 * np.sqrt(expected)


@pytest.mark.parametrize("samples", [33, 1000, 10**6, 10**9, 2**40])
def test_only_the_stretch_that_is_asked_for_is_computed(samples, monkeypatch):
    encrypted = []
    real = order._encrypt

    def counting(index, bits, keys):
        encrypted.append(index.size)
        return real(index, bits, keys)

    monkeypatch.setattr(order, "_encrypt", counting)
    for start in (0, samples // 2, samples - 32):
        encrypted.clear()
        permuted(samples, 7, 3, start, start + 32)
        # The domain is at most twice the data set, so half of what is drawn is thrown away.
        assert sum(encrypted) <= 32 * 6


def test_an_empty_stretch_is_empty():
    assert permuted(100, 1, 1, 40, 40).tolist() == []


def test_no_random_stream_of_others_is_used():
    before = (random.getstate(), repr(np.random.get_state()))
    permuted(1000, 7, 3)
    assert (random.getstate(), repr(np.random.get_state())) == before
