"""Objects that several hold are one object again after a resume."""

from __future__ import annotations

import random
from collections import Counter, OrderedDict, defaultdict, deque
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from kresume_nb.train.state import identity, in_place
from kresume_nb.train.state.encoding import Decoder, Encoder, NotPlainError
from kresume_nb.train.state.identity import Names

MADE = {
    "list": lambda: [1, [2]],
    "dict": lambda: {"a": 1},
    "set": lambda: {1},
    "deque": lambda: deque([1], maxlen=4),
    "bytearray": lambda: bytearray(b"a"),
    "Counter": lambda: Counter({"a": 1}),
    "OrderedDict": lambda: OrderedDict(a=1),
    "defaultdict": lambda: defaultdict(list, a=[1]),
    "array": lambda: np.zeros(3),
    "Random": lambda: random.Random(1),
    "Generator": lambda: np.random.default_rng(1),
    "RandomState": lambda: np.random.RandomState(1),
    "torch": lambda: pytest.importorskip("torch").Generator().manual_seed(1),
}


def change(value):
    if isinstance(value, (list, deque)):
        value.append(9)
    elif isinstance(value, dict):
        value["b"] = [3] if isinstance(value, defaultdict) else 3
    elif isinstance(value, set):
        value.add(9)
    elif isinstance(value, bytearray):
        value += b"b"
    elif isinstance(value, np.ndarray):
        value += 5
    elif isinstance(value, random.Random):
        value.random()
    elif hasattr(value, "manual_seed"):
        value.manual_seed(5)
    else:
        value.random(4) if isinstance(value, np.random.Generator) else value.rand(4)


def shown(value):
    arrays = []
    return repr((Encoder(arrays, value).encode(value), [one.tolist() for one in arrays]))


@pytest.mark.parametrize("kind", MADE)
def test_an_object_is_put_back_into_itself(kind):
    then, now = MADE[kind](), MADE[kind]()
    names = Names([("a", then)])
    change(then)
    arrays = []
    encoder = Encoder(arrays, then, names=names.name)
    data = encoder.encode(then)
    assert shown(now) != shown(then)
    decoder = Decoder(arrays.__getitem__, objects=encoder.objects, live=Names([("a", now)]).object)
    assert decoder.decode(data) is now
    assert shown(now) == shown(then)
    assert decoder.decode(data) is now


def test_what_two_share_they_share_again_whoever_comes_first():
    then, now = [np.zeros(2)], [np.zeros(2)]
    for held in (then, now):
        held.append({"w": held[0]})
    before = Names([("callbacks.0.w", then[0]), ("data.x", then[1])])
    then[0] += 7
    arrays = []
    encoder = Encoder(arrays, names=before.name)
    first, second = encoder.encode(then[1]), encoder.encode(then[0])
    assert len(arrays) == 1
    live = Names([("callbacks.0.w", now[0]), ("data.x", now[1])])
    decoder = Decoder(arrays.__getitem__, objects=encoder.objects, live=live.object)
    assert decoder.decode(first)["w"] is now[0] is decoder.decode(second)
    assert now[0].tolist() == [7, 7]


def test_a_new_object_in_the_place_of_a_shared_one_is_no_longer_shared():
    then = SimpleNamespace(a=[1])
    then.b = then.a
    names = Names([("a", then.a), ("b", then.b)])
    then.a = [2]
    encoder = Encoder([], then.a, then.b, names=names.name)
    data = encoder.encode(then.a), encoder.encode(then.b)
    now = SimpleNamespace(a=[1])
    now.b = now.a
    live = Names([("a", now.a), ("b", now.b)])
    decoder = Decoder([].__getitem__, objects=encoder.objects, live=live.object)
    b = decoder.decode(data[1])
    a = decoder.decode(data[0])
    assert (a, b, b is now.a) == ([2], [1], True)


def test_cycles_come_back():
    then, now = [1], [1]
    then.append(then)
    now.append(now)
    before = Names([("a", then)])
    then.append(5)
    encoder = Encoder([], then, names=before.name)
    data = encoder.encode(then)
    decoder = Decoder([].__getitem__, objects=encoder.objects, live=Names([("a", now)]).object)
    assert decoder.decode(data) is now
    assert now[1] is now
    assert now[2] == 5


def test_an_array_of_another_shape_is_replaced_wherever_it_is_held():
    then = np.ones(4)
    names = Names([("a", then)])
    arrays = []
    encoder = Encoder(arrays, names=names.name)
    data = encoder.encode(then)
    now = SimpleNamespace(a=np.zeros(2))
    now.held = [now.a]
    live = Names([("a", now.a), ("held", now.held)])
    decoder = Decoder(arrays.__getitem__, objects=encoder.objects, live=live.object)
    new = decoder.decode(data)
    assert new.shape == (4,)
    identity.replace(live, [now], decoder.replaced)
    assert now.a is new
    assert now.held[0] is new


def test_what_is_nested_too_deep_is_refused_by_name():
    value = []
    for _ in range(5000):
        value = [value]
    with pytest.raises(NotPlainError, match="nested more than 150 deep"):
        Encoder([], value).encode(value)
    assert Names([("a", value)]).name(value) == "a"


def test_names_have_a_limit_and_say_where(monkeypatch):
    monkeypatch.setattr(identity, "MOST", 5)
    names = Names([("a", [[] for _ in range(9)])])
    (found,) = names.findings()
    assert (found.what, found.verdict) == ("a[4]", "approximate")


def test_names_hold_no_arrays_alive():
    big = np.zeros(4)
    names = Names([("a", big)])
    assert names.object("a") is big
    del big
    assert names.object("a") is None


def test_an_object_that_takes_the_place_in_memory_of_another_has_no_name():
    names = Names([("a", np.zeros(4))])
    for _ in range(50):
        assert names.name(np.zeros(4)) is None


def test_a_variable_takes_a_value_of_its_shape_only():
    variable = keras.Variable([1.0, 2.0])
    assert in_place.put(variable, keras.Variable([3.0, 4.0]))
    assert np.array(variable).tolist() == [3, 4]
    assert not in_place.put(variable, keras.Variable([3.0]))
