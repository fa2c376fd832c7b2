"""Objects within callbacks: filled in place, kept as references, or named as missing."""

from __future__ import annotations

import dataclasses
import enum
import json
import logging
import threading
import weakref
from collections import Counter, namedtuple
from pathlib import Path
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from kresume_nb.train.state import fingerprints, objects
from kresume_nb.train.state.all_callbacks import CallbackStates, each, flat
from kresume_nb.train.state.encoding import Encoder

Callback = keras.callbacks.Callback
Pair = namedtuple("Pair", "a b")


class Phase(enum.Enum):
    FIRST = 1
    SECOND = 2


@dataclasses.dataclass
class Tally:
    count: int = 0
    limit: int = 5
    best: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass(frozen=True, slots=True)
class Frozen:
    count: int = 0


class Tracker:
    """A class of the callback's author, which is no dataclass."""

    def __init__(self):
        self.count = 0
        self.lock = threading.Lock()


class Holds(Callback):
    """A callback with the attributes that a test gives it."""

    def __init__(self, **attributes):
        super().__init__()
        vars(self).update(attributes)


def captured(states, arrays):
    """The state as a snapshot takes it."""
    encoder = Encoder(arrays, *states.collect())
    return states.capture(encoder)


def saved(states):
    arrays = []
    return json.loads(json.dumps(captured(states, arrays), allow_nan=False)), arrays.__getitem__


def there_and_back(make, train):
    """A callback that is made, trained, saved, made again and restored; and what was told of it."""
    old, new = make(), make()
    states = CallbackStates([old])
    saved(states)  # as before the first step
    train(old)
    findings = CallbackStates([new]).restore(*saved(states))
    return new, findings


def told(findings):
    return [
        f"{one.verdict}: {one.what}: {one.detail}" for one in findings if one.verdict != "exact"
    ]


@pytest.mark.parametrize(
    "make", [Tally, Tracker, SimpleNamespace, Frozen], ids=lambda kind: kind.__name__
)
def test_attributes_of_an_object_are_state_and_the_object_stays(make):
    kept = make()
    made = iter([make(), kept])

    def train(one):
        object.__setattr__(one.part, "count", 7)

    new, findings = there_and_back(lambda: Holds(part=next(made)), train)
    assert new.part is kept
    assert new.part.count == 7
    assert told(findings) == []
    assert findings[0].detail == "part.count"


def test_what_the_notebook_sets_in_an_object_wins_where_training_changed_nothing():
    old, new = Holds(part=Tally(limit=5)), Holds(part=Tally(limit=9))
    states = CallbackStates([old])
    old.part.count = 3
    findings = CallbackStates([new]).restore(*saved(states))
    assert (new.part.count, new.part.limit) == (3, 9)
    assert told(findings) == [
        "changed: Holds.part.limit: 9 now, 5 in the checkpoint; yours is used"
    ]


def test_objects_in_lists_and_dicts_keep_their_places():
    def train(one):
        one.parts[1].count = 4
        one.named["a.b"].best.append(0.5)
        one.current = one.parts[1]

    new, findings = there_and_back(
        lambda: Holds(current=None, parts=[Tally(), Tally()], named={"a.b": Tally()}), train
    )
    assert new.parts[1].count == 4
    assert new.named["a.b"].best == [0.5]
    assert new.current is new.parts[1]
    assert told(findings) == []


def test_objects_that_refer_to_each_other():
    def make():
        first, second = SimpleNamespace(), SimpleNamespace()
        first.other, second.other = second, first
        return Holds(first=first, second=second)

    new, findings = there_and_back(make, lambda one: vars(one.second).update(count=2))
    assert new.first.other.count == 2
    assert new.second.other is new.first
    assert told(findings) == []


def test_a_callback_within_a_callback():
    def train(one):
        one.inner.best, one.inner.wait = 0.5, 2

    new, findings = there_and_back(lambda: Holds(inner=keras.callbacks.EarlyStopping()), train)
    assert (new.inner.best, new.inner.wait) == (0.5, 2)
    assert told(findings) == []


def test_metrics_and_variables_of_a_callback():
    def train(one):
        one.mean.update_state(3.0)
        one.seeds.next()
        for shadow in one.shadows:
            shadow.assign(shadow + 1)

    new, findings = there_and_back(
        lambda: Holds(
            mean=keras.metrics.Mean(),
            seeds=keras.random.SeedGenerator(1),
            shadows=[keras.Variable(np.zeros(2))],
        ),
        train,
    )
    assert float(new.mean.result()) == 3.0
    assert np.array(new.seeds.state).tolist() == [1, 1]
    assert isinstance(new.shadows[0], keras.Variable)
    assert np.array(new.shadows[0]).tolist() == [1, 1]
    assert told(findings) == []


def test_variables_of_the_model_are_not_saved_again(small_model):
    model = small_model()
    one = Holds(layer=model.layers[1], optimizer=model.optimizer, other=keras.metrics.Mean())
    states = CallbackStates([one])
    one.set_model(model)
    arrays = []
    (state,) = captured(states, arrays)
    assert list(state["variables"]) == ["other"]


def test_another_metric_than_then_is_told():
    old, new = Holds(part=keras.metrics.Mean()), Holds(part=keras.metrics.MeanSquaredError())
    states = CallbackStates([old])
    vars(new).update(part=keras.Variable(np.zeros(3)))
    findings = CallbackStates([new]).restore(*saved(states))
    assert told(findings) == [
        "lost: Holds.part: its variables are not those of the checkpoint; they were not put back"
    ]


@pytest.mark.parametrize(
    "thing",
    [
        print, len, int, threading.Lock(), threading.Event(), logging.getLogger("x"), Phase.FIRST,
        weakref.ref(Phase), np.sin, Path("a"), Path.exists, keras.losses.MeanSquaredError(),
        lambda: 1, [print, {"a": len}], keras,
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_what_the_notebook_makes_again_is_not_reported(thing):
    states = CallbackStates([Holds(thing=thing)])
    assert states.missing() == []
    new = Holds(thing=thing)
    assert told(CallbackStates([new]).restore(*saved(states))) == []
    assert states.take_news() == []
    assert new.thing is thing


@pytest.mark.parametrize("make", [lambda: (i for i in ()), object, lambda: Path(__file__).open()])  # noqa: SIM115
def test_what_cannot_be_seen_through_is_reported(make):
    thing = make()
    states = CallbackStates([Holds(deep={"a": [thing]})])
    (missing,) = states.missing()
    assert str(missing).startswith(f"Holds.deep['a'][0] (a {objects.class_name(thing)}) cannot be")
    getattr(thing, "close", lambda: None)()


def test_a_choice_among_functions_is_kept():
    def make():
        return Holds(rules=[min, max], rule=None)

    new, findings = there_and_back(make, lambda one: vars(one).update(rule=one.rules[1]))
    assert new.rule is max
    assert told(findings) == []


def test_a_function_put_in_by_training_is_told_when_it_turns_up():
    one = Holds(rule=None)
    states = CallbackStates([one])
    saved(states)
    one.rule = lambda: 1
    state, arrays = saved(states)
    (news,) = states.take_news()
    assert str(news).startswith("Holds.rule (a builtins.function) cannot be saved; give Holds get_")
    saved(states)
    assert states.take_news() == [], "once"
    findings = CallbackStates([Holds(rule=None)]).restore(state, arrays)
    assert told(findings) == [
        "lost: Holds.rule: a builtins.function could not be saved; it is as the notebook made it"
    ]


def test_records_that_training_makes_are_told_and_the_rest_is_kept():
    """Nothing is made from a file, so what the notebook does not make cannot come back."""
    one = Holds(records=[], pairs=[], count=0)
    states = CallbackStates([one])
    saved(states)
    one.records.append(Tally())
    one.pairs.append(Pair(1, 2))
    one.count = 3
    state, arrays = saved(states)
    assert sorted(news.what for news in states.take_news()) == ["Holds.pairs", "Holds.records"]
    new = Holds(records=[], pairs=[], count=0)
    CallbackStates([new]).restore(state, arrays)
    assert (new.count, new.records) == (3, [])


def test_an_object_that_is_not_made_any_more_is_told():
    old, new = Holds(part=Tally()), Holds(part=None)
    states = CallbackStates([old])
    old.part.count = 3
    findings = CallbackStates([new]).restore(*saved(states))
    assert "lost: Holds.part.count: it refers to Holds.part, which is not there now" in told(
        findings
    )


def test_an_object_made_when_training_begins_is_filled():
    class Late(Callback):
        def on_train_begin(self, logs=None):
            self.part = Tally()

    old, new = Late(), Late()
    states = CallbackStates([old])
    old.on_train_begin()
    saved(states)
    old.part.count = 3
    state = saved(states)
    states = CallbackStates([new])
    new.on_train_begin()
    assert told(states.restore(*state)) == []
    assert new.part.count == 3


def test_the_state_of_two_is_matched_by_how_they_were_made():
    def make(name):
        return keras.callbacks.EarlyStopping(monitor=name)

    old = [make("loss"), make("val_loss"), make("mae")]
    states = CallbackStates(old)
    for number, one in enumerate(old):
        one.wait = number + 1
    new = [make("mae"), make("val_loss")]
    findings = CallbackStates(new).restore(*saved(states))
    assert [one.wait for one in new] == [3, 2]
    assert told(findings) == [
        "lost: EarlyStopping: no longer among the callbacks; its state was left behind",
        (
            "changed: order of the callbacks: EarlyStopping (3), EarlyStopping (2) now, "
            "EarlyStopping (2), EarlyStopping (3) in the checkpoint; yours is used"
        ),
    ]
    assert [one.what for one in findings[:2]] == ["EarlyStopping (1)", "EarlyStopping (2)"]


def test_of_two_classes_with_one_name_each_takes_its_own():
    class EarlyStopping(Callback):
        wait = 0

    old = [EarlyStopping(), keras.callbacks.EarlyStopping()]
    states = CallbackStates(old)
    old[0].wait, old[1].wait = 1, 2
    new = [keras.callbacks.EarlyStopping()]
    CallbackStates(new).restore(*saved(states))
    assert new[0].wait == 2


def test_lists_of_callbacks_are_flattened_and_those_of_a_class_of_their_own_kept():
    class Own(keras.callbacks.CallbackList):
        pass

    a, b, c = Callback(), Callback(), Callback()
    own = Own([b, c])
    assert flat([a, keras.callbacks.CallbackList([own, [a]])]) == [a, own, a]
    assert list(each([a, own, a])) == [a, own, b, c]
    assert flat(None) == []
    assert flat(a) == [a]


def test_a_list_of_a_class_of_its_own_is_saved_with_what_is_in_it():
    class Own(keras.callbacks.CallbackList):
        pass

    def make():
        return Own([Holds(count=0)])

    old, new = make(), make()
    states = CallbackStates([old])
    old.callbacks[0].count = 5
    assert states.missing() == []
    assert told(CallbackStates([new]).restore(*saved(states))) == []
    assert new.callbacks[0].count == 5


def test_a_large_array_that_never_changes_is_not_saved():
    data = np.zeros(1000)
    one = Holds(data=data, count=0)
    states = CallbackStates([one])
    one.count = 1
    arrays = []
    (state,) = captured(states, arrays)
    assert arrays == []
    assert state["attributes"] == {"count": 1}
    data[3] = 1
    (state,) = captured(states, arrays)
    assert state["changed"] == ["count", "data"]


def test_a_million_numbers_are_not_looked_at_one_by_one(monkeypatch):
    looked = Counter()
    monkeypatch.setattr(
        objects, "is_plain_leaf", lambda value: looked.update([type(value)]) or False
    )
    objects.survey(Holds(seen=[0.5] * 1000), hidden=())
    assert looked[float] == 0


def test_a_list_whose_content_is_lost_is_left_as_it_was():
    old, new = Holds(parts=[Tally()], other=Tally()), Holds(parts=[Tally()], other=None)
    mine = new.parts[0]
    states = CallbackStates([old])
    saved(states)
    old.parts.append(old.other)
    findings = CallbackStates([new]).restore(*saved(states))
    assert "lost: Holds.parts: it refers to Holds.other, which is not there now" in told(findings)
    assert new.parts == [mine]


@pytest.mark.parametrize("new_first", [True, False])
def test_an_object_that_takes_the_place_of_another_does_not_pass_for_it(new_first):
    def make():
        return Holds(a=Tally(), b=Tally())

    old, new = make(), make()
    states = CallbackStates([old])
    saved(states)
    old.a.count = 5
    moved, made = old.a, Tally(count=8)
    (old.a, old.b) = (made, moved) if new_first else (moved, made)
    state, arrays = saved(states)
    findings = CallbackStates([new]).restore(state, arrays)
    if new_first:
        assert [one.what for one in states.take_news()] == ["Holds.a"]
        assert any(one.what == "Holds.a" and one.verdict == "lost" for one in findings)
        assert new.b.count == 5
    else:
        assert (new.a.count, new.b.count) == (5, 8)
        assert told(findings) == []


def test_a_function_that_training_replaced_is_told():
    one = Holds(rule=min)
    states = CallbackStates([one])
    saved(states)
    one.rule = max
    saved(states)
    assert [news.what for news in states.take_news()] == ["Holds.rule"]


def test_a_callback_that_another_holds_is_saved_once():
    stop = keras.callbacks.EarlyStopping()
    states = CallbackStates([Holds(stop=stop), stop])
    stop.wait = 2
    holds, own = saved(states)[0]
    assert (holds["changed"], own["changed"]) == ([], ["wait"])


def test_what_is_long_or_cannot_show_itself_is_named_in_short():
    class Shy:
        def __repr__(self):
            raise RuntimeError

    assert fingerprints.short(Shy()) == "a Shy"
    assert fingerprints.short([0] * 101) == "a list of 101"
    assert fingerprints.short("x" * 80) == "'" + "x" * 56 + "…"
    assert CallbackStates([Holds(shy=[Shy()])]).missing() == [], "it is the author's own"
