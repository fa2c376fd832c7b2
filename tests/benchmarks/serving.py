"""The server under each of our requests: time, memory, and how long its loop and the interpreter stand still.

Called by `make bench`; alone: `python tests/benchmarks/serving.py`. Runs without number, and one with
the largest records that are read: what a stranger could leave there.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "browser"))
import lab
import numpy as np
import psutil
import staged
from stories import Story

from kresume_nb.run import limits

HERE = Path(__file__).parent
RUNS = int(os.environ.get("RUNS", "5000"))


class Server:
    """A server with the ticker, and its process."""

    def __init__(self, started: lab.Lab) -> None:
        self._url = started.url
        self.process = psutil.Process(started._process.pid)

    def get(self, path: str) -> tuple[float, int]:
        """Seconds and bytes of an answer."""
        began = time.perf_counter()
        content = self._read(path)
        return time.perf_counter() - began, len(content)

    def ticks(self) -> dict[str, float]:
        return json.loads(self._read("ticker"))

    def _read(self, path: str) -> bytes:
        request = urllib.request.Request(  # noqa: S310  # of the server above
            f"{self._url}/{path}", headers={"Authorization": f"token {lab.TOKEN}"}
        )
        try:
            with urllib.request.urlopen(request, timeout=300) as response:  # noqa: S310
                return response.read()
        except urllib.error.HTTPError as error:
            return error.read()

    def memory(self) -> float:
        """Megabytes of its own: the worker is another process."""
        return self.process.memory_info().rss / 2**20


class Peak:
    """The most memory within a block."""

    def __init__(self, server: Server) -> None:
        self._server, self._ended = server, threading.Event()
        self.most = server.memory()
        self._thread = threading.Thread(target=self._look)

    def _look(self) -> None:
        while not self._ended.wait(0.01):
            self.most = max(self.most, self._server.memory())

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._ended.set()
        self._thread.join()


def large(run: Path) -> None:
    """The largest `history.json` and `run.json` that are read, a journal of 200 MB."""
    history = json.loads((run / "history.json").read_text())
    count = int(limits.HISTORY * 0.95) // 20
    history["loss"] = np.random.default_rng(0).random(count).tolist()
    (run / "history.json").write_text(json.dumps(history)[: limits.HISTORY])
    header = json.loads((run / "run.json").read_text())
    header["architecture"] = "x" * (limits.HEADER - 10_000)
    (run / "run.json").write_text(json.dumps(header))
    line = '{"type":"warned","time":1.0,"message":"' + "x" * 1000 + '"}\n'
    with (run / "journal.jsonl").open("a") as file:
        file.write(line * 200_000)


def too_large(run: Path) -> None:
    """Larger than anything that is read."""
    with (run / "history.json").open("ab") as file:
        file.truncate(200 * 2**20)
    with (run / "run.json").open("ab") as file:
        file.truncate(3 * 2**30)


def measure(folder: Path) -> None:
    """Prints a line a request."""
    root = folder / "notebooks"
    runs, odd = root / "kresume_runs", root / "odd" / "kresume_runs"
    first = staged.written(runs, Story(base="many", epochs=40, batches=20))
    odd.mkdir(parents=True)
    for name, make in {"large-001": large, "too-001": too_large}.items():
        shutil.copytree(first, odd / name)
        make(odd / name)
    for number in range(2, RUNS + 1):
        shutil.copytree(first, runs / f"many-{number:04d}")
    os.environ["PYTHONPATH"] = os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")])
    extension = "--ServerApp.jpserver_extensions={'ticker': True}"
    with lab.Lab(root, extension) as started:
        server = Server(started)
        server.get("kresume/about")
        time.sleep(8)
        server.ticks()
        time.sleep(5)
        rest, at_rest = server.memory(), server.ticks()
        print(f"at rest: {rest:.0f} MB, loop late by {at_rest['loop']:.0f} ms, interpreter "
              f"{at_rest['interpreter']:.0f} ms (other work on this machine)", flush=True)  # fmt: skip
        for path in (
            "runs?folder=kresume_runs",
            "runs?folder=kresume_runs",
            "runs?folder=kresume_runs",
            "runs?below=",
            "newest?folder=kresume_runs",
            "compared?run=kresume_runs/many-001",
            "runs?folder=odd/kresume_runs",
            "compared?run=odd/kresume_runs/large-001",
            "compared?run=odd/kresume_runs/too-001",
            "changes/series?run=odd/kresume_runs/large-001",
            "auto?folder=odd/kresume_runs/large-001",
            "auto?folder=odd/kresume_runs/too-001",
        ):
            before, used = server.memory(), sum(server.process.cpu_times()[:2])
            with Peak(server) as peak:
                seconds, size = server.get(f"kresume/{path}")
            late, used = server.ticks(), sum(server.process.cpu_times()[:2]) - used
            print(
                f"{path:48} {seconds:6.2f} s, {used:5.2f} s of the processor, {size / 2**20:6.1f} MB answered, "
                f"+{peak.most - before:4.0f} MB, loop {late['loop']:4.0f} ms, "
                f"interpreter {late['interpreter']:4.0f} ms",
                flush=True,
            )
    print("budgets: a list the server knows <= 1 s; + <= 200 MB; loop and interpreter <= 50 ms")


def main() -> None:
    """Prints the table."""
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder))


if __name__ == "__main__":
    main()
