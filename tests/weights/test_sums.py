from __future__ import annotations

import math

import numpy as np
import pytest

from kresume_nb.weights.sums import Kernel, Sums, dead, per_unit


def sums(a, b, block=1000, dtype=np.float32):
    a, b = np.asarray(a, dtype), np.asarray(b, dtype)
    total, kernel = Sums(), Kernel(min(block, max(1, a.size)), dtype)
    for start in range(0, a.size, block):
        kernel.add(total, a[start : start + block], b[start : start + block])
    return total


@pytest.mark.parametrize("scale", [1e-30, 1e-12, 1.0, 1e12, 1e30])
@pytest.mark.parametrize("step", [1e-5, 0.1, 10.0])
def test_norms_and_cosine_are_those_of_doubles(scale, step):
    random = np.random.default_rng(0)
    a = (random.standard_normal(5003) * scale).astype(np.float32)
    b = (a + random.standard_normal(5003).astype(np.float32) * np.float32(step * scale)).astype(
        np.float32
    )
    found = sums(a, b)
    one, other = a.astype(float), b.astype(float)
    norm = np.linalg.norm(one)
    assert found.relative == pytest.approx(np.linalg.norm(other - one) / norm, rel=1e-5)
    assert found.change == pytest.approx(np.linalg.norm(other - one), rel=1e-5)
    assert found.cosine == pytest.approx(one @ other / norm / np.linalg.norm(other), abs=1e-6)
    assert math.sqrt(found.squares_a) == pytest.approx(norm, rel=1e-6)
    assert found.changed == np.count_nonzero(a != b)


def test_blocks_make_no_difference():
    random = np.random.default_rng(1)
    a, b = random.standard_normal((2, 4096)).astype(np.float32)
    whole, pieces = sums(a, b, 4096), sums(a, b, 17)
    assert pieces.cosine == pytest.approx(whole.cosine, abs=1e-6)
    assert pieces.relative == pytest.approx(whole.relative, rel=1e-5)
    assert (pieces.changed, pieces.count) == (whole.changed, whole.count)


def test_what_is_not_finite_is_counted_and_left_out():
    found = sums([1.0, math.nan, math.inf, 2.0, 3.0], [1.0, math.nan, 5.0, -math.inf, 4.0])
    assert (found.bad_a, found.bad_b, found.count) == (2, 2, 5)
    assert found.squares_a == 1.0 + 9.0
    assert found.squares_b == 1.0 + 16.0
    assert found.change == 1.0
    assert found.changed == 3  # a NaN that stays one did not change


def test_zeros_that_change_changed_infinitely_and_those_that_do_not_not_at_all():
    assert sums([0.0, 0.0], [0.0, 1.0]).relative == math.inf
    still = sums([0.0, -0.0], [0.0, 0.0])
    assert (still.relative, still.changed) == (0.0, 0)
    assert math.isnan(still.cosine)


def test_a_unit_with_next_to_no_weights_is_dead():
    kernel = np.array([[1.0, 1e-9, 0.0, 0.5], [1.0, 1e-9, 0.0, math.nan]], np.float32)
    squares = per_unit(kernel.ravel(), 4)
    assert squares == pytest.approx([2.0, 2e-18, 0.0, 0.25])
    assert dead(squares) == 2
    assert dead(np.zeros(3)) == 3
