"""What lists, comparisons and checkpoints side by side cost, against their budgets; needs no Keras.

    python tests/benchmarks/compare.py

A missed budget is a finding to look into, not a failed test: nothing here asserts.
"""

from __future__ import annotations

import io
import os
import statistics
import sys
import tempfile
import time
import tracemalloc
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "golden"))

import generate
import h5py
import numpy as np

import kresume_nb as kr
from kresume_nb.run import layout
from kresume_nb.run import writer as run_writer
from kresume_nb.view.compare.curves import curves
from kresume_nb.weights.changes import compare

ROUNDS = 7
Rows = list[tuple[str, str, str]]


def main() -> None:
    load = os.getloadavg()[0]
    print(f"{'what':70} {'measured':>12}  budget   (load {load:.1f}, {os.cpu_count()} cores)")
    with tempfile.TemporaryDirectory() as folder:
        for measure in (listing, comparing, differing):
            for what, measured, budget in measure(Path(folder)):
                print(f"{what:70} {measured:>12}  {budget}", flush=True)


def listing(folder: Path) -> Rows:
    """1,000 runs of 100 epochs that ended."""
    place = folder / "many"
    first = finished(place, "many", 100)
    for number in range(2, 1001):
        run = place / layout.run_name("many", number)
        run.mkdir()
        for name in (layout.HEADER, layout.JOURNAL, layout.HISTORY):
            (run / name).write_bytes((first / name).read_bytes())
    kr.runs(place)
    took = statistics.median(clock(lambda: repr(kr.runs(place))) for _ in range(3))
    return [("listing 1,000 runs of 100 epochs (kr.runs)", f"{took:.2f} s", "<= 1 s")]


def comparing(folder: Path) -> Rows:
    """50 runs of 10,000 epochs: read, aligned and tabulated."""
    place = folder / "long"
    first = finished(place, "long", 10_000)
    for number in range(2, 51):
        run = place / layout.run_name("long", number)
        run.mkdir()
        for name in (layout.HEADER, layout.JOURNAL, layout.HISTORY):
            (run / name).write_bytes((first / name).read_bytes())
    paths = sorted(place.iterdir())
    read = statistics.median(clock(lambda: kr.compare(*paths)) for _ in range(3))
    found = kr.compare(*paths)

    def work() -> None:
        curves(found.runs, "val_loss", "time")
        repr(found.table)

    drawn = statistics.median(clock(work) for _ in range(3))
    return [
        ("reading 50 runs of 10,000 epochs (kr.compare)", f"{read:.2f} s", "<= 1 s with the next"),
        ("a metric of them on one axis, and the table", f"{drawn:.2f} s", "(as above)"),
    ]


def differing(folder: Path) -> Rows:
    """Two checkpoints of 288 MB, against reading both."""
    random = np.random.default_rng(0)
    base = [random.standard_normal((3000, 3000), np.float32) for _ in range(8)]
    paths = [folder / f"{name}.keras" for name in "ab"]
    for number, path in enumerate(paths):
        content = io.BytesIO()
        with h5py.File(content, "w") as h5:
            for layer, kernel in enumerate(base):
                h5[f"layers/dense_{layer}/vars/0"] = kernel + np.float32(0.001 * number)
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("model.weights.h5", content.getbuffer())
    del base, content

    def into_memory() -> None:
        for path in paths:
            path.read_bytes()

    def streamed() -> None:
        buffer = memoryview(bytearray(1 << 18))
        for path in paths:
            with path.open("rb", buffering=0) as file:
                while file.readinto(buffer):
                    pass

    def ours() -> None:
        compare(*paths)

    ours()
    tracemalloc.start()
    ours()
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return [
        ("diff of two 288 MB checkpoints, over reading both into memory",
         f"{ratio(ours, into_memory):.2f}x", ">= 0.5"),
        ("the same, over streaming both through a buffer in the cache",
         f"{ratio(ours, streamed):.2f}x", ">= 0.5"),
        ("the same, both from the disk", f"{ratio(ours, streamed, before=lambda: evict(paths)):.2f}x", ">= 0.5"),
        ("its memory", f"{peak:.1f} MB", "<= 36 MB (the largest array)"),
    ]  # fmt: skip


def evict(paths: Sequence[Path]) -> None:
    """Takes files out of the cache: checkpoints that were written an hour ago are not in it."""
    for path in paths:
        with path.open("rb") as file:
            os.fdatasync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def finished(place: Path, base: str, epochs: int) -> Path:
    path = run_writer.new_folder(place, base)
    writer = run_writer.RunWriter(path, run_writer.lock(path))
    writer.write_header(generate.HEADER)
    rows = [
        generate.epoch(n, 1 / n, val_loss=1.1 / n, accuracy=1 - 1 / n, val_accuracy=1 - 1.1 / n)
        for n in range(1, epochs + 1)
    ]
    writer.append(generate.start(), *rows)
    writer.append(
        generate.End(time=1e6, status="finished", position=generate.at(epochs), reason="")
    )
    writer.close()
    return path


def ratio(
    ours: Callable[[], Any],
    other: Callable[[], Any],
    before: Callable[[], Any] = lambda: None,
) -> float:
    """How many times as fast ours is: the median over paired rounds, each begun with `before`."""
    pairs = []
    for _ in range(ROUNDS):
        before()
        a = clock(ours)
        before()
        pairs.append(clock(other) / a)
    return statistics.median(pairs)


def clock(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
