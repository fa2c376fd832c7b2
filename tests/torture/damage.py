"""Bits that flip and files that end early: in checkpoints, and in each JSON file of a run.

A run beside the damaged one is listed by everyone, each time. Of a damaged checkpoint a resume takes
nothing, or exactly what was saved; of a damaged record the newest whole checkpoint is found all the
same, unless `run.json` itself is damaged, which is told.
"""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path

import numpy as np
from readers import COMMANDS, Page, Server, Terminal, kernel
from sessions import Sessions
from verdict import Plan, Row

from kresume_nb.run import codec
from kresume_nb.run.records import Attempt, Control, Marks
from kresume_nb.train.checkpoint.newest import FoundCheckpoint

RECORDS = (
    "run.json",
    "history.json",
    "journal.jsonl",
    "marks.json",
    "attempt-1.json",
    "control-x.json",
)
TIMES = 10
"""How many times `count` each of them, and the newest checkpoint, is damaged."""


def damaged(content: bytes, chance: random.Random) -> tuple[str, bytes]:
    """What was done, and what came of it: never the same bytes."""
    how = chance.choice(("bit", "bit", "bytes", "cut", "cut", "zeros", "twice"))
    at = chance.randrange(len(content))
    changed = bytearray(content)
    if how == "bit":
        bit = chance.randrange(8)
        changed[at] ^= 1 << bit
        return f"bit {bit} of byte {at}", bytes(changed)
    if how == "bytes":
        some = bytes(chance.randrange(256) for _ in range(chance.randint(2, 16)))
        changed[at : at + len(some)] = some
        how = f"{len(some)} bytes"
    elif how == "cut":
        del changed[at:]
    elif how == "zeros":
        changed[at : at + 512] = bytes(len(changed[at : at + 512]))
    else:
        changed[at:at] = changed[at : at + 200]
    return f"{how} at {at}", bytes(changed)


class Folder:
    """Two runs: one to damage, one beside it."""

    def __init__(self, place: Path) -> None:
        self.place = place / "kresume_runs"
        sessions = Sessions(place)
        for number in (1, 2):  # of which the second goes on where the first came to its end
            assert sessions.run("kresume_runs", number=number) == 0
        self.run, self.other = self.place / "mnist-001", self.place / "mnist-002"
        (self.run / "writer.lock").unlink(missing_ok=True)
        marks = Marks(title="A run", pinned=True, checkpoints=["epoch-0001.keras"])
        attempt = Attempt(
            number=1, by="page", who="x", time=1.0, step=4, checkpoint="epoch-0001.keras"
        )
        for name, record in {
            "marks.json": marks,
            "attempt-1.json": attempt,
            "control-x.json": Control(id="x", time=1.0, action="stop"),
        }.items():
            (self.run / name).write_text(codec.dumps(record))
        shutil.copytree(self.run, self.other)
        self.newest = kernel(self.run)
        assert isinstance(self.newest, FoundCheckpoint), self.newest
        self.arrays = _arrays(self.newest)
        self.newest.loaded.close()
        self.whole = {path: path.read_bytes() for path in self.run.rglob("*") if path.is_file()}

    def restore(self) -> None:
        for path, content in self.whole.items():
            if not path.exists() or path.read_bytes() != content:
                path.write_bytes(content)


def _arrays(found: FoundCheckpoint) -> dict[str, bytes]:
    step = np.asarray(found.loaded.array(0)).tobytes()
    return {"step": step, "facts": codec.dumps(found.loaded.state["facts"]).encode()}


def damage(plan: Plan) -> list[Row]:
    """Every kind of file in turn; `damage:run.json` is one of them, with the same luck."""
    rows = []
    place = plan.place("damage")
    folder = Folder(place)
    newest = folder.newest.loaded.path  # type: ignore[union-attr]
    terminal, page = Terminal(), Page()
    with Server(place) as server:
        readers = Readers(folder, terminal, server, page)
        for name in ("checkpoints", *RECORDS):
            if plan.piece not in ("", name):
                continue
            path = newest if name == "checkpoints" else folder.run / name
            row = Row(
                "checkpoints damaged; kernel, verify and diff, server"
                if path == newest
                else f"{name} damaged; kernel, command line, server, page"
            )
            rows.append(row)
            chance = plan.chance(name)
            for number in range(plan.count * TIMES):
                how, content = damaged(folder.whole[path], chance)
                path.write_bytes(content)
                row.judge(f"{path.name}: {how}", lambda p=path, n=number: readers.all(p, n))
                folder.restore()
    terminal.close()
    page.close()
    return rows


class Readers:
    """All of them, over one folder."""

    def __init__(self, folder: Folder, terminal: Terminal, server: Server, page: Page) -> None:
        self.folder, self.terminal, self.server, self.page = folder, terminal, server, page

    def all(self, path: Path, number: int) -> None:
        """After that file was damaged, for the `number`-th time."""
        if path.parent == self.folder.run:
            self.record(path.name, number)
        else:
            self.checkpoint(path, number)

    def record(self, name: str, number: int) -> None:
        """After a record was damaged."""
        self._kernel(needed=name != "run.json")
        self._command(COMMANDS[number % len(COMMANDS)])
        self._listed()
        status, told = self.server.get("compared", run="kresume_runs/mnist-001")
        assert status == 200, told
        (self.folder.run / "rows.json").write_text(json.dumps(self.rows))
        self.page.read(self.folder.run)
        (self.folder.run / "rows.json").unlink()

    def checkpoint(self, path: Path, number: int) -> None:
        """After a checkpoint was damaged."""
        used = self._kernel(needed=False) == path.name
        _, told = self.terminal.run(["verify", str(self.folder.run)])
        said = f"{path.name}: good" in told
        assert said == used, f"a resume takes it: {used}, verify: {told}"
        if number % 20 == 0:
            self.terminal.run(["diff", str(path), str(self.folder.other)])
        if number % 4 == 0:
            status, told = self.server.get("changes/series", run="kresume_runs/mnist-001")
            assert status in (200, 409), told
            self._listed()

    def _kernel(self, *, needed: bool) -> str | None:
        found = kernel(self.folder.run)
        if isinstance(found, str):
            assert not needed, f"no checkpoint is found: {found}"
            return None
        try:
            newest = self.folder.newest
            assert isinstance(newest, FoundCheckpoint)
            if found.loaded.path == newest.loaded.path:
                assert found.position == newest.position, f"taken for {found.position}"
                assert _arrays(found) == self.folder.arrays, "another state came back"
            else:
                assert not needed, f"{found.loaded.path.name} is taken, an older one"
            return found.loaded.path.name
        finally:
            found.loaded.close()

    def _command(self, command: list[str]) -> None:
        names = {
            "folder": str(self.folder.place),
            "run": str(self.folder.run),
            "other": str(self.folder.other),
        }
        _, told = self.terminal.run([one.format_map(names) for one in command])
        if command[0] in ("ls", "prune"):
            assert "mnist-002" in told, told

    def _listed(self) -> None:
        status, self.rows = self.server.get("runs", folder="kresume_runs")
        assert status == 200, self.rows
        names = [one["name"] for one in self.rows["rows"] if not one["problem"]]
        assert "mnist-002" in names, names
