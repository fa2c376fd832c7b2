from __future__ import annotations

import json
from collections import deque

import keras
import numpy as np
import pytest

from kresume_nb.errors import StateError
from kresume_nb.run.records import Finding
from kresume_nb.train.state.all_callbacks import CallbackStates
from kresume_nb.train.state.encoding import Encoder

Callback = keras.callbacks.Callback


class Counting(Callback):
    def __init__(self, limit=3):
        super().__init__()
        self.limit = limit
        self.count = 0
        self.seen = []
        self.table = {}
        self.weights = np.zeros(2)


class WithState(Callback):
    def __init__(self, state=None):
        super().__init__()
        self.state = state
        self.socket = object()

    def get_state(self):
        return self.state

    def set_state(self, state):
        self.state = state


class Odd(Callback):
    def __init__(self, handle=None, rule=None):
        super().__init__()
        self.handle = handle
        self.rule = rule
        self.count = 0


def told(findings):
    """What a person is told besides what was put back."""
    return [f"{one.what}: {one.detail}" for one in findings if one.verdict != "exact"]


def captured(states, arrays):
    """The state as a snapshot takes it."""
    encoder = Encoder(arrays, *states.collect())
    return states.capture(encoder)


def saved(states):
    """The state as a checkpoint holds it."""
    arrays = []
    data = json.loads(json.dumps(captured(states, arrays), allow_nan=False))
    return data, arrays.__getitem__


def change(callback):
    callback.count = 7
    callback.seen += [1, (2, 3)]
    callback.table["loss"] = 0.5
    callback.weights[:] = 5


def test_what_training_changed_is_put_back():
    old, new = Counting(), Counting()
    states = CallbackStates([old])
    change(old)
    seen, table = new.seen, new.table
    (finding,) = CallbackStates([new]).restore(*saved(states))
    assert (finding.what, finding.verdict) == ("Counting", "exact")
    assert finding.detail == "count, seen, table, weights"
    assert (new.count, new.seen, new.table) == (7, [1, (2, 3)], {"loss": 0.5})
    assert new.weights.tolist() == [5, 5]
    assert new.seen is seen, "a list that others may hold is changed in place"
    assert new.table is table


def test_what_the_notebook_sets_wins_where_training_changed_nothing():
    old, new = Counting(limit=3), Counting(limit=10)
    states = CallbackStates([old])
    change(old)
    _, edited = CallbackStates([new]).restore(*saved(states))
    assert new.limit == 10
    assert edited == Finding(
        what="Counting.limit",
        verdict="changed",
        detail="10 now, 3 in the checkpoint; yours is used",
    )


def test_what_training_changed_stays_changed_through_every_later_resume():
    """The second process never sees it change: its notebook happens to say what the first ended with."""
    first, second, third = Counting(), Counting(limit=5), Counting(limit=9)
    states = CallbackStates([first])
    first.limit = 5
    resumed = CallbackStates([second])
    resumed.restore(*saved(states))
    _, edited = CallbackStates([third]).restore(*saved(resumed))
    assert (edited.what, edited.verdict) == ("Counting.limit", "changed")
    assert edited.detail == (
        "9 now, 5 in the checkpoint; training had changed it since, and goes on with what it had "
        "made of it"
    )
    assert third.limit == 5


def test_an_attribute_that_training_made_is_put_back():
    old, new = Counting(), Counting()
    states = CallbackStates([old])
    old.made_later = deque([1], maxlen=3)
    CallbackStates([new]).restore(*saved(states))
    assert new.made_later == deque([1], maxlen=3)


def test_lists_that_a_callback_shares_stay_shared():
    old, new = Counting(), Counting()
    states = CallbackStates([old])
    old.seen.append(1)
    old.best = old.history = [1, 2]
    CallbackStates([new]).restore(*saved(states))
    new.best.append(3)
    assert new.history == [1, 2, 3]


def test_get_state_and_set_state_are_used_where_there_are_both():
    old, new = WithState({"a": (1, np.arange(3.0))}), WithState()
    CallbackStates([new]).restore(*saved(CallbackStates([old])))
    assert new.state["a"][0] == 1
    assert new.state["a"][1].tolist() == [0, 1, 2]


def test_a_state_that_cannot_be_kept_is_an_error_that_names_the_callback():
    states = CallbackStates([WithState({"socket": object()})])
    with pytest.raises(
        StateError, match=r"WithState\.get_state\(\) .* holds builtins\.object"
    ) as error:
        captured(states, [])
    assert isinstance(error.value, TypeError)
    assert "Expected None, numbers, strings, arrays" in str(error.value)


def test_what_cannot_be_kept_is_reported_by_name():
    (missing,) = CallbackStates([Odd(handle=object())]).missing()
    assert str(missing) == (
        "Odd.handle (a builtins.object) cannot be saved; give Odd get_state() and set_state(state) "
        "if training changes it"
    )


def test_functions_and_classes_are_made_again_by_the_notebook():
    assert CallbackStates([Odd(rule=lambda: 0.1), Odd(rule=Counting)]).missing() == []


def test_what_cannot_be_kept_does_not_keep_the_rest_from_it():
    old, new = Odd(object(), len), Odd(object(), len)
    states = CallbackStates([old])
    old.count = 5
    handle = new.handle
    CallbackStates([new]).restore(*saved(states))
    assert (new.count, new.handle, new.rule) == (5, handle, len)


def test_callbacks_are_matched_by_class_and_order():
    old = [Counting(), WithState("a"), Counting(), WithState("b")]
    states = CallbackStates(old)
    old[0].count, old[2].count = 1, 2
    new = [WithState(), Counting(), WithState(), Counting()]
    (reordered,) = told(CallbackStates(new).restore(*saved(states)))
    assert reordered == (
        "order of the callbacks: WithState (1), Counting (1), WithState (2), Counting (2) now, "
        "Counting (1), WithState (1), Counting (2), WithState (2) in the checkpoint; yours is used"
    )
    assert [new[0].state, new[1].count, new[2].state, new[3].count] == ["a", 1, "b", 2]


def test_callbacks_that_came_or_went_are_named():
    old = Counting()
    states = CallbackStates([old])
    change(old)
    came, went = CallbackStates([Odd()]).restore(*saved(states))
    assert (came.verdict, went.verdict) == ("changed", "lost")
    assert told([came, went]) == [
        "Odd: not among the callbacks of the checkpoint; it begins anew",
        "Counting: no longer among the callbacks; its state was left behind",
    ]


def test_a_state_without_a_set_state_is_reported():
    data, array = saved(CallbackStates([WithState(1)]))
    data[0]["class"] = "Counting"
    (finding,) = CallbackStates([Counting()]).restore(data, array)
    assert finding.verdict == "lost"
    assert told([finding]) == [
        "Counting: it has no set_state() any more; its state was not restored"
    ]


def test_the_model_and_its_parameters_are_no_state(small_model):
    callback = Counting()
    states = CallbackStates([callback])
    callback.set_model(small_model())
    callback.set_params({"epochs": 3})
    data, _ = saved(states)
    assert not {"model", "_model", "params"} & data[0]["attributes"].keys()
    assert states.missing() == []


@pytest.mark.parametrize(
    ("make", "changes"),
    [
        (
            lambda: keras.callbacks.EarlyStopping(patience=3, restore_best_weights=True),
            {
                "best": 0.25,
                "wait": 2,
                "best_epoch": 4,
                "stopped_epoch": 6,
                "best_weights": [np.arange(3.0), np.ones((2, 2), "float32")],
                "monitor_op": keras.ops.less,
                "min_delta": -0.0,
            },
        ),
        (
            lambda: keras.callbacks.ReduceLROnPlateau(patience=1, cooldown=2),
            {"best": 0.5, "wait": 1, "cooldown_counter": 2, "monitor_op": keras.ops.greater},
        ),
        (
            lambda: keras.callbacks.ModelCheckpoint("best.keras", save_best_only=True),
            {"best": 0.125, "_last_batch_seen": 3, "_batches_seen_since_last_saving": 2},
        ),
        (keras.callbacks.TerminateOnNaN, {}),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_the_callbacks_of_keras_are_kept_whole(make, changes):
    old, new = make(), make()
    states = CallbackStates([old])
    if isinstance(old, keras.callbacks.EarlyStopping):
        old.on_train_begin()
    for name, value in changes.items():
        assert hasattr(old, name), name
        setattr(old, name, value)
    assert told(CallbackStates([new]).restore(*saved(states))) == []
    assert states.missing() == []
    for name, value in changes.items():
        np.testing.assert_equal(getattr(new, name), value)
