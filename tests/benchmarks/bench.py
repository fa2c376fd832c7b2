"""What kresume_nb costs, against its budgets: ratios of things measured side by side in one process.

    make bench

Each figure is the median of paired rounds (one of ours, one of the other, in turn), so that a
machine whose speed drifts still compares like with like. A missed budget is a finding to look
into, not a failed test: nothing here asserts.
"""

from __future__ import annotations

import contextlib
import io
import os
import statistics
import tempfile
import threading
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras
import numpy as np

import kresume_nb as kr
from kresume_nb.run import writer as run_writer
from kresume_nb.run.records import Epoch, Position, Writer
from kresume_nb.train.checkpoint import keras_file
from kresume_nb.train.checkpoint.snapshot import Snapshotter
from kresume_nb.train.keras_compat import keras_private
from kresume_nb.train.loop.recorder import LearningRate, Recorder
from kresume_nb.train.sources.arrays import Arrays
from kresume_nb.train.state.all_callbacks import CallbackStates

ROUNDS = 7
EPOCHS = 12
PROCESS = Writer(pid=1, host="bench", kernel=None, started=0.0)


def main() -> None:
    print(f"{'what':66} {'measured':>12}  budget")
    with tempfile.TemporaryDirectory() as folder:
        for measure in (steps_per_second, sources, seeking, journal, checkpoint, epochs, history):
            for what, measured, budget in measure(Path(folder)):
                print(f"{what:66} {measured:>12}  {budget}", flush=True)


Rows = list[tuple[str, str, str]]


def steps_per_second(folder: Path) -> Rows:
    """Whole trainings at about a millisecond a step, against bare Keras."""
    numbers = np.random.default_rng(0)
    x = numbers.random((6400, 64), dtype="float32")
    y = numbers.integers(0, 10, 6400)

    def bare(model: keras.Model, verbose: int = 0) -> None:
        with contextlib.redirect_stdout(io.StringIO()):
            model.fit(x, y, batch_size=32, epochs=EPOCHS, verbose=verbose)

    def ours(model: keras.Model) -> None:
        place = tempfile.mkdtemp(dir=folder)
        kr.fit(model, x, y, batch_size=32, epochs=EPOCHS, verbose=0, folder=place, resume="never")

    plain = ratio(ours_on(ours), ours_on(bare))
    with_bar = ratio(ours_on(ours), ours_on(lambda model: bare(model, 1)))
    return [
        ("steps/s of kr.fit over model.fit(verbose=0), 12 epochs of 200 steps", f"{plain:.3f}", ">= 0.97"),
        ("steps/s of kr.fit over model.fit(verbose=1)", f"{with_bar:.3f}", "> 1"),
    ]  # fmt: skip


def sources(folder: Path) -> Rows:
    """The same, of data that is no array."""
    import tensorflow as tf

    numbers = np.random.default_rng(0)
    x = numbers.random((6400, 64), dtype="float32")
    y = numbers.integers(0, 10, 6400)

    class Batches(keras.utils.PyDataset):
        def __len__(self) -> int:
            return 200

        def __getitem__(self, number: int) -> Any:
            return x[number * 32 : number * 32 + 32], y[number * 32 : number * 32 + 32]

    pipeline = (
        tf.data.Dataset.from_tensor_slices((x, y)).shuffle(6400, seed=1).batch(32).prefetch(2)
    )

    def row(name: str, data: Any) -> tuple[str, str, str]:
        def bare(model: keras.Model) -> None:
            model.fit(data, epochs=EPOCHS, shuffle=False, verbose=0)

        def ours(model: keras.Model) -> None:
            place = tempfile.mkdtemp(dir=folder)
            kr.fit(
                model, data, epochs=EPOCHS, shuffle=False, verbose=0, folder=place, resume="never"
            )

        return (f"the same over {name}", f"{ratio(ours_on(ours), ours_on(bare)):.3f}", ">= 0.97")

    return [row("a PyDataset", Batches()), row("tf.data, shuffled", pipeline)]


def seeking(folder: Path) -> Rows:
    """To a batch in the middle of an epoch of ten million samples."""
    del folder
    samples = 10_000_000
    source = Arrays(np.zeros(samples, "int8"), batch_size=128, shuffle=True)
    next(source.open(0, 0))  # the data is converted, TensorFlow is warm
    times, peak = [], 0
    for number in range(1, ROUNDS + 1):
        tracemalloc.start()
        began = time.perf_counter()
        next(source.open(number, number * 9000))
        times.append(time.perf_counter() - began)
        peak = max(peak, tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    each = statistics.median(times) * 1e3
    return [
        ("to a batch within an epoch of 10^7 samples", f"{each:.0f} ms", "<= 50 ms"),
        ("memory for its order, per sample", f"{peak / samples:.2f} B", "<= 8 B"),
    ]


def ours_on(train: Callable[[keras.Model], None]) -> Callable[[], None]:
    """A training of a model of its own, traced before it is timed."""
    model = keras.Sequential(
        [
            keras.Input((64,)),
            keras.layers.Dense(256, "relu"),
            keras.layers.Dense(256, "relu"),
            keras.layers.Dense(10),
        ]
    )
    model.compile(
        "adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"]
    )
    train(model)
    return lambda: train(model)


def journal(folder: Path) -> Rows:
    """What a step's record costs the training thread, flushes included."""
    model = small_model()
    writer = open_writer(folder, "journal")
    recorder = Recorder(writer, LearningRate(model, []), lambda: 0)
    recorder.begin_epoch()
    logs = {"accuracy": 0.5, "loss": 1.25}
    steps = 200_000
    began = time.perf_counter()
    for step in range(1, steps + 1):
        recorder.note_rate(1)
        recorder.step(Position(epoch=0, batch=step, step=step), 1, logs)
    recorder.flush()
    each = (time.perf_counter() - began) / steps
    writer.close()
    return [("journal, per step, two metrics", f"{each * 1e6:.2f} µs", "<= 10 µs")]


def checkpoint(folder: Path) -> Rows:
    """A checkpoint of about 300 MB: what the training thread loses, what the disk takes."""
    model = large_model()
    batch = (np.ones((8, 2048), "float32"), np.ones((8, 2048), "float32"))
    keras_private.build(model, lambda: batch)
    snapshotter = Snapshotter(model, CallbackStates([]), PROCESS, {})
    position = Position(epoch=1, batch=0, step=10)
    snapshotter.take(position)
    size = snapshotter.take(position).nbytes()
    block = np.ones(size // 4, "float32")
    copied = np.empty_like(block)
    snapshot = ratio(lambda: snapshotter.take(position), lambda: np.copyto(copied, block))

    data = block.tobytes()

    def plainly() -> None:
        with (folder / "plain.bin").open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())

    taken = snapshotter.take(position)
    written = ratio(lambda: keras_file.write(taken, folder / "epoch-0001.keras"), plainly, rounds=5)
    stalls, slower = cost_to_training(model, batch, snapshotter, position, folder)
    return [
        (f"snapshot of {size / 1e6:.0f} MB, over one memcpy of it", f"{1 / snapshot:.3f}", "<= 0.2"),
        ("speed of writing it durably, over plain write + fsync", f"{written:.2f}", ">= 0.7"),
        ("training time that such a checkpoint costs", f"{stalls:.2f} s", "<= 0.25 s"),
        ("a step during the write, over a step without", f"{slower:.2f}", "<= 1.5"),
    ]  # fmt: skip


def cost_to_training(
    model: keras.Model, batch: Any, snapshotter: Snapshotter, position: Position, folder: Path
) -> tuple[float, float]:
    """Steps beside a checkpoint's write, against as many steps without one."""
    model.train_on_batch(*batch)

    def step() -> float:
        began = time.perf_counter()
        model.train_on_batch(*batch)
        return time.perf_counter() - began

    costs, factors = [], []
    for number in range(ROUNDS):
        quiet = statistics.median(step() for _ in range(8))
        began = time.perf_counter()
        taken = snapshotter.take(position)
        path = folder / f"epoch-{number:04d}.keras"
        thread = threading.Thread(target=keras_file.write, args=(taken, path))
        thread.start()
        busy = []
        while thread.is_alive():
            busy.append(step())
        total = time.perf_counter() - began
        costs.append(total - len(busy) * quiet)
        factors.append(statistics.median(busy) / quiet)
        path.unlink()
    return statistics.median(costs), statistics.median(factors)


def epochs(folder: Path) -> Rows:
    """Bookkeeping of an epoch late in a long run, against early."""
    writer = open_writer(folder, "epochs")

    def thousand(first: int) -> float:
        began = time.perf_counter()
        for epoch in range(first, first + 1000):
            writer.append(row(epoch))
        return time.perf_counter() - began

    early = thousand(1)
    for epoch in range(1001, 99_001):
        writer.append(row(epoch))
    late = thousand(99_001)
    writer.close()
    return [("bookkeeping per epoch at 100,000 over at 100", f"{late / early:.2f}", "<= 1.2")]


def history(folder: Path) -> Rows:
    """Opening a long run."""
    from kresume_nb.run.reader import read_journal
    from kresume_nb.run.records import Steps

    writer = open_writer(folder, "long")
    for first in range(1, 1_000_001, 200):
        writer.append(
            Steps(
                time=float(first),
                step=first,
                epoch=(first - 1) // 10_000 + 1,
                batch=(first - 1) % 10_000 + 1,
                count=200,
                logs={"loss": [1.0 / (first + one) for one in range(200)]},
                learning_rate=[0.001],
            )
        )
    writer.close()
    began = time.perf_counter()
    columns = read_journal(writer.path).fold.steps()
    took = time.perf_counter() - began
    return [
        (f"opening a run of {len(columns['step']):,} steps in Python", f"{took:.2f} s", "<= 1 s")
    ]


def ratio(ours: Callable[[], Any], other: Callable[[], Any], rounds: int = ROUNDS) -> float:
    """How many times as fast ours is: the median over paired rounds."""
    pairs = []
    for _ in range(rounds):
        a, b = clock(ours), clock(other)
        pairs.append(b / a)
    return statistics.median(pairs)


def clock(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def small_model() -> keras.Model:
    model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(1)])
    model.compile("adam", "mse")
    return model


def large_model() -> keras.Model:
    """About 25 million weights; with Adam's moments 300 MB."""
    layers = [keras.layers.Dense(2048) for _ in range(6)]
    model = keras.Sequential([keras.Input((2048,)), *layers])
    model.compile("adam", "mse")
    return model


def open_writer(folder: Path, base: str) -> run_writer.RunWriter:
    path = run_writer.new_folder(folder, base)
    return run_writer.RunWriter(path, run_writer.lock(path))


def row(epoch: int) -> Epoch:
    return Epoch(
        time=float(epoch),
        epoch=epoch,
        step=epoch,
        logs={"loss": 1.0 / epoch, "val_loss": 1.0},
        learning_rate=0.001,
        seconds=1.0,
    )


if __name__ == "__main__":
    main()
