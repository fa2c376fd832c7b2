"""A worker reads what may hang, grow or die, and whoever asks lives on."""

from __future__ import annotations

import io
import json
import os
import signal
import threading
import warnings
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

from kresume_nb.errors import (
    ArgumentError,
    CorruptCheckpointError,
    RunNotFoundError,
    WorkerError,
)
from kresume_nb.run.records import Checkpoint, Position
from kresume_nb.worker import checkpoints, tasks
from kresume_nb.worker.process import Worker

KERNEL = "layers/dense/vars/0"


@pytest.fixture
def worker():
    made = Worker()
    yield made
    made.close()


def archive(path, h5: bytes):
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("model.weights.h5", h5)
    return path


def weights(value=1.0, build=None):
    content = io.BytesIO()
    with h5py.File(content, "w") as h5:
        if build is not None:
            build(h5)
        else:
            h5[KERNEL] = np.full((3, 2), value, np.float32)
    return content.getvalue()


@pytest.fixture
def good(tmp_path):
    return archive(tmp_path / "good.keras", weights())


def test_it_answers_and_is_asked_again(worker, good, tmp_path):
    other = archive(tmp_path / "other.keras", weights(2.0))
    found = checkpoints.compare(worker, good, other)
    assert found.total.relative == 1.0
    first = worker._process.pid
    assert sum(checkpoints.histogram(worker, good, other, KERNEL).a) == 6
    assert worker._process.pid == first


def test_errors_come_back_as_what_they_are(worker, good, tmp_path):
    with pytest.raises(ArgumentError, match="'nothing' is not a variable"):
        checkpoints.histogram(worker, good, good, "nothing")
    (tmp_path / "bad.keras").write_bytes(b"bad")
    with pytest.raises(CorruptCheckpointError, match=r"bad\.keras cannot be read"):
        checkpoints.compare(worker, good, tmp_path / "bad.keras")


def test_one_that_takes_too_long_is_killed_and_the_next_request_is_answered(worker, good, tmp_path):
    pipe = tmp_path / "slow"
    worker.ask("look", path=str(good))
    os.kill(worker._process.pid, signal.SIGSTOP)
    with pytest.raises(WorkerError, match="could not be read within 1 s"):
        worker.ask("look", seconds=1.0, path=str(pipe))
    assert worker.ask("look", path=str(good)) == "{}"


def test_one_that_dies_is_told_and_replaced(worker, good):
    worker.ask("look", path=str(good))
    os.kill(worker._process.pid, signal.SIGSTOP)
    threading.Timer(0.5, worker.kill).start()
    with pytest.raises(WorkerError, match=r"died \(signal 9\)"):
        worker.ask("look", path=str(good))
    assert worker.ask("look", path=str(good)) == "{}"


def test_one_that_would_take_too_much_memory_says_so(tmp_path):
    def claims(h5):
        h5.create_dataset(KERNEL, (2**14,), np.float32)[:] = 1

    path = archive(tmp_path / "a.keras", weights(build=claims))
    small = Worker(memory=1 << 26)  # not enough for an interpreter with NumPy
    with pytest.raises(
        CorruptCheckpointError, match=r"cannot be read: (it takes too much|the process)"
    ):
        checkpoints.compare(small, path, path)
    small.close()


def test_an_answer_that_is_too_long_is_none(worker, good):
    with pytest.raises(WorkerError, match="more than 1"):
        worker.ask("changes", most=1, a=str(good), b=str(good))


def test_it_ends_when_nobody_asks(good):
    worker = Worker(idle=0.2)
    worker.ask("look", path=str(good))
    process = worker._process
    assert process.wait(timeout=30) == 0


def test_it_ends_with_the_block_that_it_was_made_for(good):
    with Worker() as worker:
        worker.ask("look", path=str(good))
        process = worker._process
        assert process.poll() is None
    assert process.poll() == 0


def test_a_prune_is_carried_out_there(worker, tmp_path):
    with pytest.raises(RunNotFoundError, match=r"it has no run\.json"):
        worker.ask("prune", run=str(tmp_path), keep_last=1, carry_out=False)


def test_a_checkpoint_with_doubled_members_is_not_called_good(worker, good):
    """A resume passes it over, so `kresume verify` must not call it whole."""
    with zipfile.ZipFile(good, "a") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archive.writestr("model.weights.h5", weights(2.0))
    with pytest.raises(CorruptCheckpointError, match="more than once"):
        checkpoints.verify(worker, good)


@pytest.mark.parametrize(
    ("state", "why"),
    [
        ({"schema": 1}, "lacks 'position'"),
        (
            {"variables": [{"group": "layers/gone", "key": "0", "shape": [1], "dtype": "f4"}]},
            "lacks",
        ),
        (
            {"variables": [{"group": "layers/dense", "key": "0", "shape": [7], "dtype": "f4"}]},
            "Found",
        ),
    ],
)
def test_what_a_resume_passes_over_is_not_called_good(state, why, worker, tmp_path):
    path = tmp_path / "epoch-0001.keras"
    whole = {
        "schema": 1, "position": {"epoch": 1, "batch": 0, "step": 4}, "facts": {}, "variables": [],
        "callbacks": [], "array_dtypes": [],
    }  # fmt: skip
    for held, wrong in ((whole, ""), (state if "schema" in state else whole | state, why)):
        with zipfile.ZipFile(path, "w") as file:
            file.writestr("model.weights.h5", weights())
            file.writestr("kresume/state.json", json.dumps(held))
        if not wrong:
            checkpoints.verify(worker, path)
            continue
        with pytest.raises(CorruptCheckpointError, match=wrong):
            checkpoints.verify(worker, path)


def test_the_processor_time_of_a_request_is_bounded_even_if_nobody_waits(worker, good):
    worker.ask("look", seconds=2.0, path=str(good))
    limits = Path(f"/proc/{worker._process.pid}/limits").read_text()
    line = next(one for one in limits.splitlines() if one.startswith("Max cpu time"))
    assert 0 < int(line.split()[3]) < 30


def external(tmp_path):
    def build(h5):
        (tmp_path / "secret").write_bytes(b"x" * 24)
        h5.create_dataset(KERNEL, (3, 2), np.float32, external=[(str(tmp_path / "secret"), 0, 24)])

    return build


def virtual(_):
    def build(h5):
        layout = h5py.VirtualLayout((3, 2), np.float32)
        layout[:] = h5py.VirtualSource("/etc/hostname", "x", (3, 2))
        h5.create_virtual_dataset(KERNEL, layout)

    return build


def packed(_):
    def build(h5):
        h5.create_dataset(KERNEL, (2**20,), np.float32, compression="gzip", fillvalue=0)[:] = 0

    return build


def soft(_):
    def build(h5):
        h5["real"] = np.ones((3, 2), np.float32)
        h5[KERNEL] = h5py.SoftLink("/real")

    return build


def outside(_):
    def build(h5):
        h5[KERNEL] = h5py.ExternalLink("/etc/hostname", "x")

    return build


def huge(_):
    def build(h5):
        h5.create_dataset(KERNEL, (2**40,), np.float32)

    return build


def in_the_optimizer(tmp_path):
    def build(h5):
        h5[KERNEL] = np.ones((3, 2), np.float32)
        h5["optimizer/vars/0"] = h5py.ExternalLink("/etc/hostname", "x")

    return build


@pytest.mark.parametrize("odd", [external, virtual, packed, soft, outside, huge])
def test_weights_that_do_not_lie_plainly_in_the_file_are_refused(odd, worker, good, tmp_path):
    path = archive(tmp_path / "odd.keras", weights(build=odd(tmp_path)))
    with pytest.raises(
        CorruptCheckpointError, match=r"odd\.keras.*(link|not stored plainly|claims)"
    ):
        checkpoints.compare(worker, good, path)


def test_damaged_hdf5_costs_a_request_only(worker, good, tmp_path):
    """Of 3,000 damaged inputs five hung h5py with the interpreter's lock held, and one ended the process.

    The CRC-32 of these is right: somebody made them so.
    """
    content = weights()
    for at in (*range(0, len(content), 61), 1936):
        damaged = bytearray(content)
        damaged[at] ^= 255
        path = archive(tmp_path / "fuzzed.keras", bytes(damaged))
        try:
            worker.ask("look", seconds=5.0, path=str(path))
        except (WorkerError, CorruptCheckpointError) as error:
            assert str(error)  # noqa: PT017  # most are harmless
    assert worker.ask("look", path=str(good)) == "{}"


def _kept(file):
    position = Position(epoch=1, batch=0, step=4)
    seconds = {"seconds": 0.1, "monitor": None, "value": None}
    return Checkpoint(time=1.0, file=file, position=position, bytes=1, **seconds)


def test_a_checkpoint_that_hangs_is_told_and_the_others_are_read(tmp_path, monkeypatch):
    from kresume_nb.run import layout

    run = tmp_path / "net-001"
    (run / layout.CHECKPOINTS).mkdir(parents=True)
    files = [f"epoch-000{number}.keras" for number in (1, 2, 3)]
    for number, file in enumerate(files, 1):
        archive(layout.checkpoint_path(run, file), weights(float(number)))

    class Fake(Worker):
        """Hangs at the second file, as h5py would."""

        def ask(self, task, seconds=0.0, **arguments):
            if task == "kept_files":
                return json.dumps({"files": files})
            hangs, known = arguments.get("path", "").endswith(files[1]), arguments.get("damaged")
            if hangs or (task == "series" and not known):
                raise WorkerError("it could not be read within 30 s")
            if task == "series":
                return tasks.series(**arguments | {"run": str(run)})
            return "{}"

    monkeypatch.setattr(tasks, "readable", lambda _: [_kept(file) for file in files])
    found = checkpoints.series(Fake(), run, "net")
    assert found.files == [files[0], files[2]]
    assert [one.file for one in found.damaged] == [files[1]]
    assert "within 30 s" in found.damaged[0].problem
