"""Run folders from a stranger: links, pipes, sizes, types, nesting, odd text, text that is HTML.

Each is read by everyone, and then somebody acts in it (prune, seen, attempts, a resume). What lies
outside of the folder stays as it was, a good run beside it is listed, and everyone comes to an end.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from damage import Folder
from readers import COMMANDS, Page, Server, Terminal, kernel
from verdict import Plan, Row

from kresume_nb.errors import KResumeError
from kresume_nb.run import writer
from kresume_nb.train.checkpoint.newest import FoundCheckpoint

NAMES = (
    *(
        "run.json",
        "journal.jsonl",
        "history.json",
        "marks.json",
        "heartbeat",
        "writer.lock",
        "seen",
    ),
    *("attempt-1.json", "control-x.json", "checkpoints", "checkpoints/epoch-0006.keras"),
    *("history.json.tmp", "run.json.tmp", "attempt-2.json"),
)
TEXTS = (
    "<img src=x onerror=alert(1)>", "<script>alert(1)</script>", "\ud800", "\udfff tail", "a\x00b",
    "../../../etc/passwd", "/etc/passwd", "C:\\Windows", "\x1b[2J\x1b]0;title\x07", "\u202egnp.exe",
    "$(touch pwned)", "`touch pwned`", "{{7*7}}", "%s%n", "'; DROP TABLE runs; --", "x" * 100_000,
    "\u2028", "\ufeff", "__proto__", "constructor", "NaN", "Infinity", "",
)  # fmt: skip
NUMBERS = (
    -1, 0, 2**31, 2**53, 2**63, 2**64, 10**30, 10**400, -(10**30), 1e308, -1e308, 0.5, 1e-320, True,
)  # fmt: skip


def _link(folder: Path, chance: random.Random, outside: Path) -> str:
    """A link in place of a file or a folder: to a file, a folder, a device, itself, nowhere."""
    name = chance.choice(NAMES)
    targets = {
        "a file": outside / "precious",
        "a folder": outside,
        "/dev/zero": Path("/dev/zero"),
        "/dev/stdin": Path("/dev/stdin"),
        "/proc/self/environ": Path("/proc/self/environ"),
        "itself": folder / name,
        "nowhere": outside / "made-by-it",
        "a relative file": Path("../../outside/precious"),
    }
    kind = chance.choice(list(targets))
    _remove(folder / name)
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).symlink_to(targets[kind])
    return f"{name} is a link to {kind}"


def _special(folder: Path, chance: random.Random, _: Path) -> str:
    """A pipe, a socket or a folder in place of a file."""
    name, kind = chance.choice(NAMES), chance.choice(("pipe", "socket", "folder", "file"))
    path = folder / name
    _remove(path)
    path.parent.mkdir(exist_ok=True)
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
        (path / "more").write_text("x")
    elif kind == "file":
        path.write_bytes(b"")
    else:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(os.path.relpath(path))
    return f"{name} is a {kind}"


def _size(folder: Path, chance: random.Random, _: Path) -> str:
    """A file of gigabytes that takes no place on the disk, or one line of megabytes."""
    files = [one for one in NAMES if one not in ("checkpoints", "writer.lock")]
    name, size = chance.choice(files), chance.choice((2**25, 2**28, 2**32, 2**40))
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    if chance.random() < 0.3 and name.startswith(("journal", "history", "run", "marks")):
        count = chance.choice((2**20, 9 * 2**20))
        line = b'{"type":"warned","time":1,"message":"' + b"a" * count + b'"}\n'
        path.write_bytes((path.read_bytes() if path.is_file() else b"") + line)
        return f"{name} has a line of {count:,} bytes"
    with path.open("ab") as file:
        file.truncate(size)
    return f"{name} has {size:,} bytes"


def _many(folder: Path, chance: random.Random, _: Path) -> str:
    """Thousands of files, or of short lines."""
    kind = chance.choice(("lines", "short lines", "files", "checkpoints", "attempts"))
    if kind == "lines":
        line = b'{"type":"warned","time":1.0,"message":"x"}\n'
        with (folder / "journal.jsonl").open("ab") as file:
            file.write(line * 200_000)
    elif kind == "short lines":
        with (folder / "journal.jsonl").open("ab") as file:
            file.write(chance.choice((b"\n", b"{}\n", b"[\n", b"1\n")) * 2_000_000)
    else:
        patterns = {
            "files": "x-{}",
            "checkpoints": "checkpoints/epoch-{:04d}.keras",
            "attempts": "attempt-{}.json",
        }
        for number in range(1, 1500):
            (folder / patterns[kind].format(number)).write_bytes(b"PK" if number % 2 else b"")
    return f"very many {kind}"


def _claims(folder: Path, chance: random.Random, _: Path) -> str:
    """A line of the journal that claims more than it holds."""
    count = chance.choice((10**9, 2**20, 2**20 + 1, -1, 0, 2**63))
    logs = chance.choice(({}, {"loss": [0.1]}, {"loss": []}, {"x" * 9000: [1.0] * 9}))
    line = {
        "type": "steps", "time": 1.0, "step": chance.choice((1, 10**15, -5)), "epoch": 1, "batch": 1,
        "count": count, "logs": logs, "learning_rate": [0.1],
    }  # fmt: skip
    with (folder / "journal.jsonl").open("a") as file:
        file.write((json.dumps(line) + "\n") * chance.choice((1, 500)))
    return f"a line claims {count:,} steps"


def _value(chance: random.Random) -> Any:
    kind = chance.choice(("text", "number", "deep", "wide", "null", "type"))
    if kind == "text":
        return chance.choice(TEXTS)
    if kind == "number":
        return chance.choice(NUMBERS)
    if kind == "wide":
        return [0] * chance.choice((1, 100_000))
    return {"null": None, "type": chance.choice(([], {}, [[]], {"a": {}})), "deep": "DEEP"}[kind]


def _typed(folder: Path, chance: random.Random, _: Path) -> str:
    """Some fields of a record hold something else."""
    name = chance.choice(
        ("run.json", "history.json", "marks.json", "attempt-1.json", "journal.jsonl")
    )
    path = folder / name
    lines = path.read_text().splitlines()
    number = chance.randrange(len(lines))
    try:
        document = json.loads(lines[number])
    except (ValueError, RecursionError):
        return f"{name} is none already"
    told = []
    for _times in range(chance.randint(1, 3)):
        at, way = document, []
        while True:
            keys: list[Any] = list(at) if isinstance(at, dict) else list(range(len(at)))
            if not keys:
                break
            key = chance.choice(keys)
            way.append(str(key))
            if isinstance(at[key], dict | list) and at[key] and chance.random() < 0.7:
                at = at[key]
                continue
            new = _value(chance)
            if isinstance(at, dict) and chance.random() < 0.2:
                at[chance.choice(TEXTS)[:200]] = new
            else:
                at[key] = new
            break
        told.append(f"{'.'.join(way)[:60]}={str(new)[:40]!r}")
    text = json.dumps(document)
    depth = chance.choice((90, 200, 100_000))
    lines[number] = text.replace('"DEEP"', "[" * depth + "]" * depth)
    path.write_text("\n".join(lines) + "\n")
    return f"{name}: {', '.join(told)}"


def _garbage(folder: Path, chance: random.Random, _: Path) -> str:
    """No record at all."""
    name = chance.choice(
        ("run.json", "history.json", "marks.json", "attempt-1.json", "journal.jsonl")
    )
    some = (
        b"", b"\x00" * 4096, b"\xff\xfe{}", b"[]", b"null", b"7", b'"x"', b"[" * 10**6, b'{"a":' * 10**6,
        b'{"schema": 99}', b'{"schema": -1}', b'{"schema": "1"}', b"\xef\xbb\xbf{}", b"{}",
        b"9" * 10**6, b'{"a": ' + b"9" * 5000 + b"}", b'{"x": "\\ud800"}', "\N{PILE OF POO}".encode(),
        b'{"name":1,"name":2}', b"NaN", b'{"a": Infinity}', bytes(range(256)),
    )  # fmt: skip
    content = chance.choice(some)
    (folder / name).write_bytes(content)
    return f"{name} is {content[:20]!r}…"


def _named(folder: Path, chance: random.Random, _: Path) -> str:
    """Files whose names are no text, or lead elsewhere."""
    names = (
        b"\xff\xfe", b"control-\xff.json", b"attempt-99999999999999999999.json", b"attempt-0.json",
        b"control-" + b"a" * 240, b"checkpoints/epoch-9999999999999999999999.keras", b"a\nb",
        b"checkpoints/epoch-\xff.keras", b"<img src=x onerror=alert(1)>", b"checkpoints/step-1.keras",
    )  # fmt: skip
    (folder / "checkpoints").mkdir(exist_ok=True)
    name = chance.choice(names)
    (Path(os.fsdecode(bytes(folder) + b"/" + name))).write_bytes(b"{}")
    return f"a file {name[:40]!r}"


GENERATORS: dict[str, Callable[[Path, random.Random, Path], str]] = {
    "links": _link,
    "pipes, sockets, folders": _special,
    "sizes": _size,
    "very many lines and files": _many,
    "claims": _claims,
    "values, types, nesting, odd text, HTML": _typed,
    "no records": _garbage,
    "names": _named,
}
DEAR = {"very many lines and files": 25, "sizes": 5}
"""Those that take long, and how much less often they are tried."""


def _remove(path: Path) -> None:
    if path.is_symlink() or not path.is_dir():
        path.unlink(missing_ok=True)
    else:
        shutil.rmtree(path)


def folders(plan: Plan) -> list[Row]:
    """Each generator in turn."""
    place = plan.place("folders")
    outside = place / "outside"
    outside.mkdir()
    (outside / "precious").write_text("precious")
    folder = Folder(place)
    terminal, page = Terminal(), Page()
    rows = []
    os.chdir(place)  # a socket's path must be short
    with Server(place) as server:
        stranger = Stranger(folder, terminal, server, page)
        for name, make in GENERATORS.items():
            row = Row(f"a stranger's folder: {name}")
            rows.append(row)
            chance = plan.chance(name)
            for number in range(max(1, plan.count // DEAR.get(name, 2))):
                told = [make(folder.run, chance, outside)]
                if name not in DEAR and chance.random() < 0.3:
                    with suppress(OSError):  # where the first made it impossible
                        told.append(make(folder.run, chance, outside))
                row.judge("; ".join(told), lambda n=number: stranger.read_and_act(n))
                stranger.renew()
                row.judge_outside(outside, told)
    terminal.close()
    page.close()
    return rows


class Stranger:
    """A folder that comes from one, and all who meet it."""

    def __init__(self, folder: Folder, terminal: Terminal, server: Server, page: Page) -> None:
        self.folder, self.terminal, self.server, self.page = folder, terminal, server, page
        self._whole = folder.place.parent / "whole"
        shutil.copytree(folder.run, self._whole)

    def renew(self) -> None:
        """The folder as it was."""
        shutil.rmtree(self.folder.run)
        shutil.copytree(self._whole, self.folder.run)

    def read_and_act(self, number: int) -> None:
        """Everyone reads it, then somebody writes there."""
        run = self.folder.run
        found = kernel(run)
        if isinstance(found, FoundCheckpoint):
            found.loaded.close()
        names = {
            "folder": str(self.folder.place),
            "run": str(run),
            "other": str(self.folder.other),
        }
        for command in (COMMANDS[number % len(COMMANDS)], ["ls", "{folder}"]):
            _, told = self.terminal.run([one.format_map(names) for one in command])
            assert command[0] not in ("ls", "prune") or "mnist-002" in told, told
            assert "\x1b" not in told, "an escape sequence reaches the terminal"
        self.terminal.run(["verify", str(run)])
        self._server(run)
        self.page.read(run)
        self._acts(run, number)

    def _server(self, run: Path) -> None:
        address = "kresume_runs/mnist-001"
        status, rows = self.server.get("runs", folder="kresume_runs")
        assert status == 200, rows
        assert "mnist-002" in [one["name"] for one in rows["rows"] if not one["problem"]], rows
        for route, parameters in (
            ("compared", {"run": address}),
            ("changes/series", {"run": address}),
            ("newest", {"folder": "kresume_runs"}),
            ("auto", {"folder": address}),
            ("attempts", {"folder": address}),
        ):
            self.server.get(route, **parameters)
        for route, body in (
            ("seen", {"widget": "abc"}),
            ("attempts", {"attempt": json.loads((self._whole / "attempt-1.json").read_text())}),
            ("auto", {"on": True}),
            ("auto", {"on": False}),
        ):
            self.server.post(route, {"folder": address, **body})

    def _acts(self, run: Path, number: int) -> None:
        if number % 3 == 0:
            self.terminal.run(["prune", str(run), "--yes", "--keep-last", "1"])
        elif number % 3 == 1:
            self.server.post("prune", {"folder": "kresume_runs/mnist-001", "carry_out": True})
        else:
            try:
                one = writer.RunWriter(run, writer.lock(run))
            except (KResumeError, OSError):
                return
            one.close()
