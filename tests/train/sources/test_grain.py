"""grain's iterators, put where they were in another process."""

from __future__ import annotations

import numpy as np
import pytest

from kresume_nb.train.sources.grain import Grain

pytest.importorskip("grain")

X = np.arange(80, dtype="float32").reshape(40, 2)


class Rows:
    """Without a `__repr__`: the default one has an address, another in each process."""

    def __init__(self, count=40):
        self.count = count

    def __len__(self):
        return self.count

    def __getitem__(self, number):
        return X[number], X[number, :1]


class Named(Rows):
    def __repr__(self):
        return f"Named({self.count})"


def loader(source):
    import grain

    sampler = grain.samplers.IndexSampler(len(source), shuffle=True, seed=1, num_epochs=1)
    batches = [grain.transforms.Batch(8)]
    return grain.DataLoader(data_source=source, sampler=sampler, operations=batches, worker_count=0)


def read(iterator, count):
    return [[np.asarray(part).tolist() for part in next(iterator)] for _ in range(count)]


@pytest.mark.parametrize("kind", [Rows, Named])
def test_a_loader_goes_on_over_a_source_made_anew(kind):
    before = Grain(loader(kind()))
    iterator = before.open(0, 0)
    read(iterator, 2)
    state = before.capture(2, begun=True)
    rest = read(iterator, 3)
    after = Grain(loader(kind()))
    after.restore(state)
    assert read(after.open(0, 2, again=True), 3) == rest


def test_over_another_source_it_does_not():
    before = Grain(loader(Named(40)))
    read(before.open(0, 0), 2)
    after = Grain(loader(Named(32)))
    after.restore(before.capture(2, begun=True))
    with pytest.raises(ValueError, match="in checkpoint does not match"):
        after.open(0, 2, again=True)
