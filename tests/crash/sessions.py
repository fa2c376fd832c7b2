"""Scripted sessions that are killed or refused, and what must hold of their folders afterwards."""

from __future__ import annotations

import atexit
import json
import signal
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))
from forking import Zygote

from kresume_nb.errors import CorruptCheckpointError
from kresume_nb.run import codec, resume_choice, writer
from kresume_nb.run.container import ContainerReader
from kresume_nb.run.inventory import Inventory
from kresume_nb.run.reader import candidates, read_header, read_journal, run_folders
from kresume_nb.run.records import Position, Start, Warned, Writer


class Sessions:
    """Runs scripted sessions, each in a process of its own.

    Args:
        folder: to work in.
        preload: a library in C to be loaded before all others; it takes a forking process of its own.
    """

    def __init__(self, folder: Path, preload: Path | None = None) -> None:
        self.folder = folder
        self._own = _forking({"LD_PRELOAD": str(preload)}) if preload else None

    def close(self) -> None:
        """Ends the process that forks sessions, if it is this object's own."""
        if self._own is not None:
            self._own.close()

    def run(
        self,
        name: str,
        *,
        kill: int = 0,
        number: int = 1,
        fail: tuple[int, int, int] | None = None,
        seconds: float = 0.0,
        below: tuple[int, int, int] | None = None,
    ) -> int:
        """Runs a session in the folder of runs `name`; returns its exit code.

        Args:
            kill: the fatal call, 0 for none.
            number: of the session, which tells its process from others.
            fail: from which call on, how many, and with which `errno`.
            seconds: after which it is killed from outside; 0 for never.
            below: as `fail`, but of the calls that the library in C sees, instead of Python's.
        """
        root = self.root(name)
        root.mkdir(exist_ok=True)
        job = {
            "root": str(root),
            "kill": kill,
            "fail": fail,
            "seconds": seconds,
            "below": below,
            "number": number,
            "told": str(self.folder / f"{name}.told"),
            "calls": str(self.folder / f"{name}.calls"),
            "log": str(self.folder / f"{name}.log"),
        }
        code = (self._own or _warm()).run(job)
        assert code in (0, -signal.SIGKILL, -signal.SIGALRM), (
            self.folder / f"{name}.log"
        ).read_text()
        return code

    def root(self, name: str) -> Path:
        return self.folder / name

    def told(self, name: str) -> int:
        """The step of the newest checkpoint that was announced; -1 for none."""
        lines = (self.folder / f"{name}.told").read_text().split()
        return max(map(int, lines), default=-1)

    def calls(self, name: str) -> list[Any]:
        """The calls that a session made: records of the shim in Python, or lines of the one in C."""
        return json.loads((self.folder / f"{name}.calls").read_text())


_shared: list[Zygote] = []


def _warm() -> Zygote:
    """The process that forks all sessions: it takes seconds to import what they need. Ends with this one."""
    if not _shared or not _shared[-1].alive:
        _shared.append(_forking({}))
        atexit.register(_shared[-1].close)
    return _shared[-1]


def _forking(environment: dict[str, str]) -> Zygote:
    # No tensors in there, and no threads of TensorFlow's to fork.
    return Zygote(Path(__file__).with_name("session.py"), {"KERAS_BACKEND": "numpy", **environment})


def check(root: Path, told: int, *, pruned_may_be_gone: bool = False) -> Position | None:
    """What must hold of a folder of runs whatever happened; returns where a resume would begin.

    Args:
        told: step of the newest checkpoint that somebody had been told of.
        pruned_may_be_gone: a checkpoint whose deletion the journal does not know may be offered.
    """
    found = run_folders(root)
    if not found:
        assert told < 0
        assert writer.new_folder(root, "mnist").is_dir()
        return None
    run = found[-1]
    header = read_header(run)
    assert header.name == run.name
    journal = read_journal(run)
    offered = candidates(run, journal.fold)
    whole = []
    for one in offered:
        try:
            with ContainerReader(one.path) as container:
                container.verify()
                state = container.state()
                assert codec.decode(Position, state["position"]) == one.position
                assert int(container.array(0)) == one.position.step
        except CorruptCheckpointError:
            assert pruned_may_be_gone, one.path
            assert not one.path.exists(), "damaged, not gone"
            continue
        whole.append(one)
    newest = whole[0].position if whole else None
    assert (newest.step if newest else -1) >= told, "a checkpoint that was announced is lost"
    steps = journal.fold.steps()["step"]
    assert steps == sorted(set(steps)), "no step twice, none out of order"
    if newest is not None:
        # A checkpoint never outlives the events before it.
        assert steps[: newest.step] == list(range(1, newest.step + 1))
        assert [row.epoch for row in journal.fold.rows][: newest.epoch] == list(
            range(1, newest.epoch + 1)
        )
    take_up(root, run, newest)
    return newest


def take_up(root: Path, run: Path, at: Position | None) -> None:
    """Another process goes on in the run, and what it writes is read."""
    known = resume_choice.known(run)
    assert Inventory(root).named("mnist")[-1][0] == run
    one = writer.RunWriter(run, writer.lock(run))
    process = Writer(pid=1, host="elsewhere", kernel=None, started=9.0)
    origin = at or Position(epoch=0, batch=0, step=0)
    begun = Start(
        time=2.0,
        writer=process,
        epochs=9,
        batches=4,
        position=origin,
        resumed=at is not None,
        checkpoint=candidates(run, known.fold)[0].path.name if at is not None else None,
    )
    one.append(begun, Warned(time=2.0, message="read me"))
    one.close()
    assert one.take_problems() == []
    fold = read_journal(run).fold
    assert fold.start == begun
    assert fold.warnings[-1] == "read me"
    assert fold.position == origin
    assert (
        json.loads((run / "history.json").read_text())["kresume"]["position"]["step"] == origin.step
    )
    assert not list(run.rglob("*.tmp"))
