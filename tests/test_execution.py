"""Calls of `fit` in one process: counted, tried again, and what is said when the process ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import keras
import numpy as np
import pytest

import kresume_nb as kr
from kresume_nb.execution import Executions
from kresume_nb.run.calls import Past
from kresume_nb.run.reader import read_header

X = np.random.default_rng(0).normal(size=(24, 3)).astype("float32")
Y = X[:, :1]


def net(rate=0.1, units=2):
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(units), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(rate), "mse", run_eagerly=True)
    return model


class Fails(keras.callbacks.Callback):
    """Once, after so many steps; has no state."""

    def __init__(self, after):
        super().__init__()
        self.left = after

    def get_state(self):
        return None

    def set_state(self, state):
        pass

    def on_train_batch_end(self, batch, logs=None):
        self.left -= 1
        if self.left == 0:
            raise RuntimeError("once")


def train(model, x=X, epochs=2, **arguments):
    return kr.fit(
        model, x, Y, batch_size=8, epochs=epochs, verbose=0, run="r", resume="auto", **arguments
    )


def runs(place):
    return sorted(path.name for path in place.iterdir())


class TestNumbers:
    def test_count_by_name_and_folder(self, tmp_path):
        execution = Executions().present("cell")
        calls = [("a", "here"), ("a", "here"), ("b", "here"), ("a", "there"), ("a", "here")]
        made = [execution.call(tmp_path / folder, base) for base, folder in calls]
        assert [one.number for one in made] == [1, 2, 1, 1, 3]
        assert [one.first for one in made] == [True, False, False, False, False]

    def test_begin_anew_with_each_execution(self, tmp_path):
        process = Executions()
        first = process.present("one")
        assert process.present("one") is first
        assert first.call(tmp_path, "a").number == 1
        second = process.present("two")
        assert second is not first
        assert second.call(tmp_path, "a").number == 1

    @pytest.mark.filterwarnings(
        "ignore:.*fork.*:DeprecationWarning", "ignore:.*fork.*:RuntimeWarning"
    )
    def test_a_forked_process_counts_its_own(self, tmp_path):
        process = Executions()
        process.present("cell").call(tmp_path, "a")
        reader, writer = os.pipe()
        if os.fork() == 0:
            os.write(writer, str(process.present("cell").call(tmp_path, "a").number).encode())
            os._exit(0)
        os.wait()
        assert os.read(reader, 10) == b"1"

    def test_goes_on_under_the_id_of_the_execution_that_it_repeats(self):
        repeats, begins = Executions().present("a"), Executions().present("b")
        own = begins.id
        repeats.decided(Past(), repeats="broken")
        begins.decided(Past(), repeats=None)
        begins.decided(Past(), repeats="another")
        assert (repeats.id, begins.id) == ("broken", own)


@pytest.mark.usefixtures("one_process")
class TestWithinOneProcess:
    def test_a_second_call_is_a_second_training_as_in_keras(self, place):
        model = net()
        train(model)
        history = train(model, epochs=4)
        assert history.epoch == [0, 1, 2, 3]
        assert int(model.optimizer.iterations) == 3 * (2 + 4)
        assert runs(place) == ["r-001", "r-002"]

    @pytest.mark.parametrize("again", [{"callbacks": [Fails(99)]}, {}])
    def test_a_call_that_failed_and_is_made_again_goes_on(self, again, place):
        fails, made = Fails(4), net()
        with pytest.raises(RuntimeError, match="once"):
            train(made, callbacks=[fails])
        again = train(made, **again)
        assert runs(place) == ["r-001"]
        assert again.history == train(net(), callbacks=[Fails(99)]).history
        assert read_header(place / "r-002").call == 2

    @pytest.mark.parametrize("other", [{"model": (0.3,)}, {"model": (0.1, 5)}, {"x": X + 1}])
    def test_another_call_after_one_that_failed_is_another_training(self, other, place):
        with pytest.raises(RuntimeError, match="once"):
            train(net(), callbacks=[Fails(4)])
        model, x = net(*other.get("model", ())), other.get("x", X)
        again = train(model, x=x, callbacks=[Fails(99)])
        assert runs(place) == ["r-001", "r-002"]
        assert len(again.epoch) == 2
        assert int(model.optimizer.iterations) == 6

    def test_ten_seeds_of_one_net_are_ten_trainings_though_one_failed(self, place):
        for seed in range(4):
            callbacks = [Fails(3 if seed == 1 else 99)]
            try:
                train(net(), seed=seed, callbacks=callbacks)
            except RuntimeError:
                continue
        assert [read_header(place / name).seed for name in runs(place)] == [0, 1, 2, 3]


def script(folder: Path, end: str, *, name: str = "train.py") -> subprocess.CompletedProcess[str]:
    """A script that trains once, then ends in some way."""
    text = f"""
    import os, signal, sys, multiprocessing
    import keras, numpy as np
    import kresume_nb as kr

    def train():
        keras.utils.set_random_seed(1)
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
        model.compile("sgd", "mse", run_eagerly=True)
        x = np.ones((24, 3), "float32")
        kr.fit(model, x, x[:, :1], epochs=2, verbose=0, run="r")

    if __name__ == "__main__":
        {end}
    """
    (folder / name).write_text(textwrap.dedent(text))
    return subprocess.run(
        [sys.executable, name], cwd=folder, capture_output=True, text=True, check=False, timeout=300
    )


ENDS = {
    "train()": True,
    "train(); sys.exit('well')": True,
    "train(); raise ValueError('later')": False,
    "train(); os.kill(os.getpid(), signal.SIGKILL)": False,
    "p = multiprocessing.get_context('spawn').Process(target=train); p.start(); p.join()": True,
}


@pytest.mark.parametrize("end", ENDS)
def test_a_script_that_came_to_its_end_trains_again_and_a_broken_one_is_given_back(end, tmp_path):
    told = script(tmp_path, end)
    header = json.loads((tmp_path / "kresume_runs" / "r-001" / "run.json").read_text())
    assert header["execution_complete"] is ENDS[end], told.stderr
    assert header["execution_failed"] is ("raise" in end)
    assert header["notebook_path"] == "../train.py"
    again = script(tmp_path, "train()")
    given_back = "r-001 was done before and is not trained again" in again.stdout
    assert given_back is not ENDS[end], again.stdout + again.stderr
    assert len(runs(tmp_path / "kresume_runs")) == 1 + ENDS[end]
