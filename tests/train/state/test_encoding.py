from __future__ import annotations

import datetime as dt
import enum
import json
import math
import random
import socket
import zoneinfo
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path, PureWindowsPath
from uuid import UUID

import keras
import numpy as np
import pytest

from kresume_nb.train.state.encoding import Decoder, Encoder, NotPlainError


class Phase(enum.Enum):
    FIRST = "a"
    SECOND = object()


class Level(enum.IntEnum):
    HIGH = 3


Pair = namedtuple("Pair", "a b")


def there_and_back(value):
    """Through JSON text, as in a checkpoint."""
    arrays = []
    text = json.dumps(Encoder(arrays, value).encode(value), allow_nan=False)
    return Decoder(arrays.__getitem__).decode(json.loads(text))


VALUES = [
    None, True, False, 0, -7, 2**53, -(2**53), 2**200, -(2**64), "", "a", "$same", "Zürich 🎉",
    0.0, -0.0, 0.1, 5e-324, math.inf, -math.inf, b"", b"\x00\xff", [], [1, [2, [3]]], (), (1, (2,)),
    {}, {"a": {"b": [1]}}, {1: "x", (1, 2): "y", None: "z", "a": 1}, {"$array": 3}, {"$shared": 1},
    set(), {1, 2}, {"b"}, frozenset({1.5}), {(1, 2)}, deque([1, 2]), deque([1, 2], maxlen=2),
    [deque([{"a": (1, {2})}])], {"value": {"$tuple": [1]}},
    Counter("abca"), OrderedDict([("b", 1), ((1,), [2])]), defaultdict(list, {"a": [1]}),
    defaultdict(None), 1j, complex(math.inf, -0.0), range(1, 9, 2), bytearray(b"ab"),
    Path("a/b"), PureWindowsPath("c:/d"), Decimal("1.10"), Fraction(1, 3), UUID(int=5),
    dt.date(2026, 1, 2), dt.time(1, 2, 3, 4), dt.timedelta(-1, 5, 7),
    dt.datetime(2026, 1, 2, 3, 4, 5, 6),  # noqa: DTZ001
    dt.datetime(2026, 1, 2, tzinfo=dt.UTC, fold=1),
    Phase.SECOND, [Phase.FIRST, {Phase.SECOND: 1}], Level.HIGH,
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES)
def test_a_value_comes_back_equal_and_of_the_same_type(value):
    back = there_and_back(value)
    assert back == value
    assert type(back) is type(value)
    assert repr(back) == repr(value)  # -0.0, True inside of lists, the order of dicts


def test_the_bits_of_a_float_are_kept():
    chance = random.Random(0)
    values = [chance.uniform(-1, 1) * 10 ** chance.randint(-300, 300) for _ in range(1000)]
    assert [one.hex() for one in there_and_back(values)] == [one.hex() for one in values]
    assert math.isnan(there_and_back(math.nan))


def test_a_deque_keeps_its_length():
    back = there_and_back(deque([1, 2], maxlen=2))
    back.append(3)
    assert list(back) == [2, 3]


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6, dtype="float32").reshape(2, 3),
        np.array(5, dtype="int8"),
        np.zeros((0, 4)),
        np.array([True, False]),
        np.array([1 + 2j]),
        np.array(["a", "bc"]),
        np.array([b"x"]),
        np.array([np.nan, -0.0], dtype="float16"),
        np.array(["2026-01-01"], dtype="datetime64[D]"),
    ],
    ids=lambda array: array.dtype.name,
)
def test_an_array_comes_back_bit_equal(array):
    back = there_and_back({"deep": [array]})["deep"][0]
    assert back.dtype == array.dtype
    assert back.shape == array.shape
    assert back.tobytes() == array.tobytes()


@pytest.mark.parametrize(
    "scalar", [np.float32(0.1), np.int64(3), np.bool_(True), np.float64("nan")]
)
def test_a_numpy_scalar_stays_one(scalar):
    back = there_and_back(scalar)
    assert type(back) is type(scalar)
    assert back.tobytes() == scalar.tobytes()


def test_a_variable_is_kept_as_its_value_and_a_tensor_as_a_tensor():
    variable = keras.Variable([1.0, 2.0])
    np.testing.assert_array_equal(there_and_back(variable), [1.0, 2.0])
    tensor = there_and_back(keras.ops.convert_to_tensor([1, 2]))
    assert keras.ops.is_tensor(tensor)
    assert keras.ops.convert_to_numpy(tensor).tolist() == [1, 2]


@pytest.mark.parametrize("function", [keras.ops.less, keras.ops.greater, np.less, np.greater])
def test_a_function_of_keras_or_numpy_is_kept_by_name(function):
    assert there_and_back(function) is function


def test_a_random_stream_goes_on_where_it_was():
    stream = random.Random(5)
    stream.gauss(0, 1)
    back = there_and_back(stream)
    assert [back.random(), back.gauss(0, 1)] == [stream.random(), stream.gauss(0, 1)]


@pytest.mark.parametrize("bits", ["PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64"])
def test_a_numpy_generator_goes_on_where_it_was(bits):
    generator = np.random.Generator(getattr(np.random, bits)(5))
    generator.normal(size=3)
    back = there_and_back(generator)
    assert back.normal(size=9).tolist() == generator.normal(size=9).tolist()
    assert back.integers(1000) == generator.integers(1000)


def test_one_object_in_two_places_comes_back_as_one():
    shared, array = [1], np.zeros(2)
    back = there_and_back({"a": shared, "b": {"c": shared}, "d": array, "e": [array, [1]]})
    assert back["a"] is back["b"]["c"]
    assert back["d"] is back["e"][0]
    assert back["e"][1] is not back["a"]


def test_equal_objects_in_two_places_come_back_as_two():
    back = there_and_back([[1], [1], {}, {}])
    assert back[0] is not back[1]
    assert back[2] is not back[3]


@pytest.mark.parametrize("kind", ["list", "dict", "deque", "mixed"])
def test_a_cycle_comes_back_as_one(kind):
    if kind == "list":
        value = [1]
        value.append(value)
        assert (back := there_and_back(value))[1] is back
    elif kind == "dict":
        value = {}
        value["me"] = value
        assert (back := there_and_back(value))["me"] is back
    elif kind == "deque":
        value = deque()
        value.append(value)
        assert (back := there_and_back(value))[0] is back
    else:
        value = {"list": []}
        value["list"].append((value, value["list"]))
        back = there_and_back(value)
        assert back["list"][0][0] is back
        assert back["list"][0][1] is back["list"]


def test_a_cycle_through_a_dict_with_keys_of_any_kind():
    value = {1: []}
    value[1].append(value)
    back = there_and_back(value)
    assert back[1][0] is back


@dataclass
class Point:
    x: int = 1


class Text(str):
    __slots__ = ()


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (object(), "object"),
        (Point(), "Point"),
        (Point, "type"),
        (lambda: 1, "function"),
        (print, "builtin"),
        (defaultdict(lambda: 1), "defaultdict"),
        (dt.datetime(2026, 1, 1, tzinfo=zoneinfo.ZoneInfo("UTC")), "datetime"),
        (Text("x"), "Text"),
        (Pair(1, 2), "Pair"),
        (np.array([object()]), "object"),
        (socket.socket, "type"),
        (random.SystemRandom(), "SystemRandom"),
    ],
)
def test_anything_else_is_refused_by_the_name_of_its_type(value, kind):
    with pytest.raises(NotPlainError, match=kind):
        there_and_back(value)
    with pytest.raises(NotPlainError, match=kind):
        there_and_back([{"deep": (value,)}])


def test_arrays_are_copied_when_they_are_encoded():
    array, arrays = np.zeros(2), []
    Encoder(arrays, array).encode(array)
    array[:] = 9
    assert arrays[0].tolist() == [0, 0]


def test_unknown_tags_are_refused():
    with pytest.raises(NotPlainError, match="unknown tag"):
        Decoder([].__getitem__).decode({"$exec": "rm -rf /"})


@pytest.mark.parametrize("name", ["PCG64.__class__", "os", "seed", "default_rng"])
def test_only_bit_generators_are_made_by_name(name):
    with pytest.raises(NotPlainError, match="unknown bit generator"):
        Decoder([].__getitem__).decode({"$generator": {"bit_generator": name}})


@pytest.mark.parametrize("tag", ["$op", "$numpy"])
def test_a_file_cannot_name_any_function(tag):
    with pytest.raises(NotPlainError, match="the function 'save'"):
        Decoder([].__getitem__).decode({tag: "save"})


def test_a_defaultdict_goes_on_making_what_it_made():
    back = there_and_back(defaultdict(list))
    back["new"].append(1)
    assert back == {"new": [1]}


@pytest.mark.parametrize(
    "named",
    [
        ["os", "path", "join"],
        ["json", "JSONDecoder", "decode"],
        [__name__, "Point", "x"],
        [__name__, "Phase", "__class__"],
        ["no_such_module", "Phase", "FIRST"],
        [__name__, "NoSuchClass.Inner", "FIRST"],
        ["math", "pi.real", "FIRST"],
    ],
)
def test_a_file_names_members_of_enumerations_that_are_there_and_nothing_else(named):
    with pytest.raises(LookupError, match=named[2]):
        Decoder([].__getitem__).decode({"$enum": named})


@pytest.mark.parametrize(("kind", "makes"), [("Popen", None), ("defaultdict", "eval")])
def test_a_file_names_no_class_to_be_made(kind, makes):
    with pytest.raises(KeyError):
        Decoder([].__getitem__).decode({"$mapping": [], "kind": kind, "makes": makes})


def test_values_without_a_form_of_their_own_are_kept_as_references():
    things = {"a": object(), "b": print}
    refer = {id(one): name for name, one in things.items()}.get
    data = Encoder([], refer=lambda value: refer(id(value))).encode([things["b"], things["a"]])
    assert Decoder([].__getitem__, things.__getitem__).decode(data) == [print, things["a"]]
    with pytest.raises(NotPlainError, match="the reference 'b'"):
        Decoder([].__getitem__).decode(data)


def test_a_variable_of_keras_comes_back_as_one():
    back = there_and_back([keras.Variable([1.0, 2.0], trainable=False)])[0]
    assert isinstance(back, keras.Variable)
    assert (back.numpy().tolist(), back.trainable) == ([1.0, 2.0], False)


def test_a_list_that_others_hold_is_filled_in_place_and_stays_shared_as_it_was():
    shared = [1]
    arrays = []
    encoder = Encoder(arrays, shared, shared, keep=True)
    first, second = encoder.encode(shared), encoder.encode(shared)
    decoder, one, other = Decoder(arrays.__getitem__), [0], [0]
    assert decoder.decode_into(one, first) is one
    assert decoder.decode_into(other, second) is one
    assert one == [1]


def test_what_was_one_list_and_is_two_comes_back_as_two():
    one = [0]
    decoder = Decoder([].__getitem__)
    assert decoder.decode_into(one, [1]) is one
    again = decoder.decode_into(one, [2])
    assert (one, again) == ([1], [2])
