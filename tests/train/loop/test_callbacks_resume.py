"""Each callback of Keras, stopped after every step and gone on with: its files, and itself, as unbroken.

The law kills processes; here a run fails inside a process, which is quicker, so that every step can
be tried. What it leaves is the same: nothing is saved on the way out.
"""

from __future__ import annotations

import logging
from pathlib import Path

import keras
import numpy as np
import pytest

import kresume_nb as kr
from kresume_nb.train.loop import arguments

C = keras.callbacks
EPOCHS, BATCHES = 3, 3
STEPS = EPOCHS * BATCHES


class FailingError(Exception):
    pass


class Fail(C.Callback):
    """Ends the run without a word, as a kill does."""

    def __init__(self, after):
        super().__init__()
        self.after, self.steps = after, 0

    def get_state(self):
        return None

    def set_state(self, state):
        pass

    def on_train_batch_end(self, batch, logs=None):
        self.steps += 1
        if self.steps == self.after:
            raise FailingError


@pytest.fixture
def train(tmp_path):
    """Trains a small model; each run has its own folder of files."""

    def run(name, make, fail=None, ema=False, **options):
        place = tmp_path / name
        place.mkdir(exist_ok=True)
        keras.utils.set_random_seed(1 if fail else 2)
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, name="d")], name="m")
        model.compile(
            keras.optimizers.Adam(0.1, use_ema=ema, ema_momentum=0.8, name="o"),
            "mse",
            run_eagerly=True,
        )
        for variable in model.trainable_variables:
            variable.assign(np.ones(variable.shape))
        x = np.random.default_rng(0).normal(size=(12, 4)).astype("float32")
        callbacks = make(place)
        options = {
            "epochs": EPOCHS,
            "verbose": 0,
            "checkpoint": kr.Checkpointing(every_steps=2, every_seconds=None),
            **options,
        }
        history = kr.fit(
            model, x, x[:, :2] * 3, batch_size=4, seed=5, run="r", folder=place / "runs",
            validation_data=(x[:4], x[:4, :2]), resume="auto", show=False,
            callbacks=[*callbacks, *([Fail(fail)] if fail else [])], **options,
        )  # fmt: skip
        values = [one.numpy().tolist() for one in (*model.variables, *model.optimizer.variables)]
        return place, callbacks, (history.history, values)

    return run


def fail_and_go_on(train, name, make, after, **options):
    with pytest.raises(FailingError):
        train(name, make, fail=after, **options)
    return train(name, make, **options)


def contents(place, pattern):
    return {path.name: path.read_bytes() for path in place.glob(pattern)}


BUILT_IN = {
    "EarlyStopping": lambda _: [C.EarlyStopping(patience=1, restore_best_weights=True)],
    "ReduceLROnPlateau": lambda _: [C.ReduceLROnPlateau(patience=0, min_delta=0.5, cooldown=1)],
    "LearningRateScheduler": lambda _: [C.LearningRateScheduler(lambda _, rate: rate / 2)],
    "ModelCheckpoint": lambda place: [
        C.ModelCheckpoint(place / "{epoch}-{batch}.weights.h5", save_weights_only=True, save_freq=2)
    ],
    "CSVLogger": lambda place: [C.CSVLogger(place / "log.csv")],
    "TerminateOnNaN": lambda _: [C.TerminateOnNaN()],
    "LambdaCallback": lambda _: [C.LambdaCallback(on_epoch_end=lambda *_: None)],
    "ProgbarLogger": lambda _: [C.ProgbarLogger()],
    "History": lambda _: [C.History()],
    "TensorBoard": lambda place: [C.TensorBoard(place / "events")],
}


@pytest.mark.filterwarnings("ignore:.*__array__ implementation:DeprecationWarning")
@pytest.mark.parametrize("name", BUILT_IN)
def test_a_built_in_callback_goes_on_as_though_nothing_had_happened(name, train, recwarn):
    """And nothing is warned of."""
    expected = train("unbroken", BUILT_IN[name])
    got = fail_and_go_on(train, "broken", BUILT_IN[name], 5)
    assert got[2] == expected[2]
    for pattern in ("*.csv", "*.h5"):
        assert contents(got[0], pattern) == contents(expected[0], pattern)
    ours = [str(one.message) for one in recwarn if "kresume_nb" in str(one.message)]
    assert [one for one in ours if name in one] == []


def together(place):
    return [BUILT_IN[name](place)[0] for name in BUILT_IN if name != "TensorBoard"]


@pytest.mark.parametrize("after", range(1, STEPS))
def test_all_of_them_after_every_step(after, train):
    expected = train("unbroken", together)
    got = fail_and_go_on(train, "broken", together, after)
    assert got[2] == expected[2]
    for pattern in ("*.csv", "*.h5"):
        assert contents(got[0], pattern) == contents(expected[0], pattern)


@pytest.mark.parametrize("after", range(1, STEPS))
@pytest.mark.parametrize("on_epoch", [False, True], ids=["in validation", "between epochs"])
def test_averaged_weights_are_swapped_as_they_were(on_epoch, after, train):
    def make(_):
        return [C.SwapEMAWeights(swap_on_epoch=on_epoch)]

    expected = train("unbroken", make, ema=True)
    got = fail_and_go_on(train, "broken", make, after, ema=True)
    assert got[2] == expected[2]


def test_history_and_progress_bar_of_ones_own_have_state_of_their_own(train):
    class Own(C.History):
        def __init__(self):
            super().__init__()
            self.seen = 0

        def on_epoch_end(self, epoch, logs=None):
            super().on_epoch_end(epoch, logs)
            self.seen += 1

    _, (own,), _ = fail_and_go_on(train, "broken", lambda _: [Own()], 5)
    assert own.seen == EPOCHS
    assert len(own.history["loss"]) == EPOCHS


def test_a_progress_bar_names_the_epoch_that_it_goes_on_in(train, capsys):
    with pytest.raises(FailingError):
        train("broken", lambda _: [], fail=6)
    capsys.readouterr()
    train("broken", lambda _: [], verbose=1)
    assert "Epoch 2/3" in capsys.readouterr().out


def test_callbacks_in_lists_of_callbacks(train):
    def make(place):
        return [C.CallbackList([C.CSVLogger(place / "log.csv"), C.CallbackList([stop()])])]

    def stop():
        return C.EarlyStopping(patience=1)

    expected = train("unbroken", make)
    got = fail_and_go_on(train, "broken", make, 5)
    assert got[2] == expected[2]
    assert contents(got[0], "*.csv") == contents(expected[0], "*.csv")


@pytest.mark.parametrize(
    "wrap", [lambda one: one, lambda one: C.CallbackList([one])], ids=["bare", "in a list"]
)
def test_backup_and_restore_is_refused_wherever_it_hides(wrap, train, tmp_path):
    class Derived(C.BackupAndRestore):
        pass

    with pytest.raises(ValueError, match=r"BackupAndRestore cannot be used with kr\.fit"):
        train("refused", lambda place: [wrap(Derived(place))])
    assert not (tmp_path / "refused" / "runs").exists()


def test_tensorboard_without_tensorflow_is_refused_before_anything_is_written(
    train, tmp_path, monkeypatch
):
    monkeypatch.setattr(arguments, "find_spec", lambda _: None)
    with pytest.raises(ValueError, match=r"tensorflow is not installed\. Install it"):
        train("refused", lambda place: [C.TensorBoard(place / "events")])
    assert not (tmp_path / "refused" / "runs").exists()


def test_one_callback_twice_in_the_list_is_one_callback(train):
    class Count(C.Callback):
        def __init__(self):
            super().__init__()
            self.count = 0

        def on_train_batch_end(self, batch, logs=None):
            self.count += 1

    def make(_):
        one = Count()
        return [one, one]

    _, (one, _), _ = fail_and_go_on(train, "broken", make, 5)
    assert one.count == 2 * STEPS


class Moody(C.Callback):
    """Its get_state fails after a while."""

    def __init__(self, calls=99):
        super().__init__()
        self.calls = calls

    def get_state(self):
        self.calls -= 1
        if self.calls < 0:
            raise OSError("the database is gone")
        return self.calls

    def set_state(self, state):
        self.calls = state


def test_a_get_state_that_fails_in_mid_training_is_told_and_training_goes_on(train):
    with pytest.warns(UserWarning, match=r"Moody is not in the checkpoint: .*database is gone"):
        _, _, (history, _) = train("run", lambda _: [Moody(2)])
    assert len(history["loss"]) == EPOCHS


def test_a_get_state_that_fails_at_once_is_an_error_before_any_step(train, tmp_path):
    with pytest.raises(TypeError, match=r"Moody\.get_state\(\) raised OSError: the database"):
        train("run", lambda _: [Moody(0)])


def test_a_set_state_that_fails_is_an_error_that_names_the_cure(train):
    class Picky(Moody):
        def set_state(self, state):
            raise ValueError("too old")

    with pytest.raises(FailingError):
        train("broken", lambda _: [Picky()], fail=5)
    with pytest.raises(TypeError, match=r"Picky\.set_state\(\) raised ValueError: too old.*take"):
        train("broken", lambda _: [Picky()])


def test_what_turns_up_in_mid_training_and_cannot_be_kept_is_told_once(train):
    class Opens(C.Callback):
        def __init__(self):
            super().__init__()
            self.file = None

        def on_epoch_end(self, epoch, logs=None):
            self.file = self.file or Path(__file__).open()  # noqa: SIM115  # the point of it

        def on_train_end(self, logs=None):
            self.file.close()

    with pytest.warns(UserWarning, match=r"Opens\.file \(a .*TextIOWrapper\) cannot") as told:
        train("run", lambda _: [Opens()])
    assert len([one for one in told if "Opens" in str(one.message)]) == 1


def test_a_logger_and_functions_are_nothing_to_warn_of(train, recwarn):
    class Quiet(C.Callback):
        def __init__(self):
            super().__init__()
            self.log = logging.getLogger("quiet")
            self.hooks = [print, self.on_epoch_end]

    train("run", lambda _: [Quiet()])
    assert not [one for one in recwarn if "Quiet" in str(one.message)]
