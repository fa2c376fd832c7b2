from __future__ import annotations

import math

import numpy as np
import pytest

from kresume_nb.errors import ArgumentError, CorruptCheckpointError
from kresume_nb.run import codec
from kresume_nb.run.records import Changes, CheckpointRef
from kresume_nb.weights import blocks
from kresume_nb.weights.changes import compare, histogram

KERNEL, BIAS = "layers/dense/vars/0", "layers/dense/vars/1"


@pytest.fixture
def two(write):
    random = np.random.default_rng(0)
    kernel, bias = random.standard_normal((400, 300), np.float32), np.zeros(300, np.float32)
    moved = kernel + 0.01 * random.standard_normal((400, 300), np.float32)
    moved[:, 7] = 0.0
    first = {KERNEL: kernel, BIAS: bias, "layers/dense_1/vars/0": kernel.T}
    second = {KERNEL: moved, BIAS: bias + 1, "layers/dense_1/vars/0": kernel.T}
    return first, second, write("a.keras", first), write("b.keras", second, {"layers/dense": "in"})


def test_a_layer_is_its_variables_taken_together(two):
    first, second, a, b = two
    found = compare(a, b)
    assert [(one.path, one.label) for one in found.layers] == [
        ("layers/dense", "in"),
        ("layers/dense_1", "dense_1"),
    ]
    before = np.concatenate([first[KERNEL].ravel(), first[BIAS]]).astype(float)
    after = np.concatenate([second[KERNEL].ravel(), second[BIAS]]).astype(float)
    layer = found.layers[0].weights
    assert layer.count == before.size
    assert layer.norm_a == pytest.approx(np.linalg.norm(before))
    assert layer.norm_b == pytest.approx(np.linalg.norm(after))
    assert layer.relative == pytest.approx(
        np.linalg.norm(after - before) / np.linalg.norm(before), rel=1e-5
    )
    assert (layer.units, layer.dead_a, layer.dead_b) == (300, 0, 1)
    kernel, bias = found.layers[0].variables
    assert (kernel.shape, kernel.dtype, bias.weights.relative) == ([400, 300], "float32", math.inf)
    assert found.layers[1].weights.change == 0.0
    assert found.layers[1].weights.changed == 0.0
    assert found.total.count == sum(one.weights.count for one in found.layers)


def test_the_result_survives_json(two):
    found = compare(
        two[2], two[3], (CheckpointRef(run="r", file="a"), CheckpointRef(run="r", file="b"))
    )
    assert codec.loads(Changes, codec.dumps(found)) == found


def test_what_does_not_match_is_listed(write):
    a = write("a.keras", {KERNEL: np.ones((2, 3), np.float32), BIAS: np.ones(3, np.float32)})
    b = write("b.keras", {KERNEL: np.ones((2, 4), np.float32), "layers/conv/vars/0": np.ones(2)})
    found = compare(a, b)
    assert found.layers == []
    assert [(one.path, one.shape_a, one.shape_b) for one in found.unmatched] == [
        (KERNEL, [2, 3], [2, 4]),
        (BIAS, [3], None),
        ("layers/conv/vars/0", None, [2]),
    ]


def test_types_may_differ(write):
    import ml_dtypes

    numbers = np.linspace(-1, 1, 50)
    a = write("a.keras", {KERNEL: numbers.astype(ml_dtypes.bfloat16)})
    b = write("b.keras", {KERNEL: numbers})
    layer = compare(a, b).layers[0]
    assert layer.variables[0].dtype == "float64"
    assert 0 < layer.weights.relative < 0.01


def test_parts_that_threads_take_make_no_difference(two, monkeypatch):
    whole = compare(two[2], two[3])
    monkeypatch.setattr(blocks, "_PART", 1)
    pieces = compare(two[2], two[3])
    for one, other in zip(whole.layers, pieces.layers, strict=True):
        assert one.weights.norm_b == pytest.approx(other.weights.norm_b, rel=1e-9)
        assert one.weights.dead_b == other.weights.dead_b
        assert one.weights.changed == other.weights.changed


def test_dead_units_are_counted_beyond_the_first_block(write, monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK", 4)
    late = np.zeros((6, 2), np.float32)
    late[:, 0] = 1.0
    revived = late.copy()
    revived[5, 1] = 1.0
    found = compare(write("a.keras", {KERNEL: late}), write("b.keras", {KERNEL: revived}))
    assert (found.total.dead_a, found.total.dead_b) == (1, 0)


def test_empty_and_scalar_variables_are_no_trouble(write):
    arrays = {KERNEL: np.zeros((0, 3), np.float32), BIAS: np.float32(2.0)}
    found = compare(write("a.keras", arrays), write("b.keras", arrays))
    assert (found.total.count, found.total.norm_b, found.total.change) == (1, 2.0, 0.0)


def test_memory_stays_the_same_however_large_the_arrays(write):
    import tracemalloc

    def peak(size):
        array = np.zeros((size, 256), np.float32)
        a, b = write("a.keras", {KERNEL: array}), write("b.keras", {KERNEL: array})
        del array
        tracemalloc.start()
        try:
            compare(a, b)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    small, large = peak(10_000), peak(80_000)
    assert large < small + 10_000 * 256 * 4


def test_a_damaged_file_is_named(two):
    two[3].write_bytes(b"nothing")
    with pytest.raises(CorruptCheckpointError, match=r"b\.keras"):
        compare(two[2], two[3])


def test_a_histogram_has_the_same_bins_on_both_sides(two):
    first, second, a, b = two
    found = histogram(a, b, KERNEL, bins=10)
    assert len(found.edges) == 11
    assert found.a == np.histogram(first[KERNEL], found.edges)[0].tolist()
    assert sum(found.b) == second[KERNEL].size


def test_a_histogram_of_nothing_finite_is_empty(write):
    bad = {KERNEL: np.array([math.nan, math.inf], np.float32)}
    found = histogram(write("a.keras", bad), write("b.keras", bad), KERNEL)
    assert (found.edges, found.a, found.b) == ([], [], [])


def test_a_histogram_of_an_unknown_variable_is_refused(two):
    with pytest.raises(ArgumentError, match=r"layers/other.*Expected one of layers/dense/vars/0"):
        histogram(two[2], two[3], "layers/other")
