"""Kills one notebook's kernel again and again, with "resume by itself" on, and compares the end with the unbroken run.

    python tests/browser/soak.py --kills 50 [--no-page] [--seed 7]

Moments are drawn from a seed, which is printed: while training, while set-up cells run, right after the
restart (imports), and while a checkpoint is being written. Every cell takes a line down at its
beginning and its end, so that one that ran twice at once would show.

Kills follow one another without regard to how far training came, up to four attempts in vain; the
fifth is let come to a checkpoint. After five in vain nobody tries any more, which is the promise and
not a failure: a soak that went there would wait for a person. `test_auto_guards.py` goes there.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
import conftest
import lab
import numpy as np

import kresume_nb as kr
from kresume_nb.run import attempts
from kresume_nb.run.fold import Fold
from kresume_nb.run.reader import read_journal
from kresume_nb.train.checkpoint.keras_file import Loaded

MOST_IN_VAIN = attempts.MOST_IN_VAIN - 1
"""Attempts without a new checkpoint, after which the run is let come to one before it is killed again."""

LOG = "soak.log"
_WRITE = """import os
with open({log!r}, "a") as _log:
    _log.write(f"{mark} {name} {{os.getpid()}}\\n")
"""


def logged(source: str, name: str) -> str:
    """The same cell, taking down when it begins and ends."""
    begin, end = (_WRITE.format(log=LOG, mark=mark, name=name) for mark in ("begin", "end"))
    return f"{begin}{source}\n{end}"


def write(root: Path, epochs: int, pause: float) -> None:
    """The notebook."""
    root.mkdir(parents=True, exist_ok=True)
    sources = [f"PAUSE = {pause}", *conftest.SETUP, conftest.TRAIN.format(epochs=epochs)]
    cells = [logged(source, f"cell-{number}") for number, source in enumerate(sources)]
    conftest.write(root / "train.ipynb", cells)


@dataclass
class Soak:
    """One soak; `moments` counts where kills fell."""

    server: lab.Lab
    chance: random.Random
    moments: Counter[str] = field(default_factory=Counter)

    @property
    def run(self) -> Path:
        return self.server.root / "kresume_runs" / "digits-001"

    def fold(self) -> Fold:
        return read_journal(self.run, keep_steps=False).fold

    def kill(self) -> bool:
        """One kill, at a moment that is drawn; False if the run has finished before."""
        if self._vain() >= MOST_IN_VAIN:
            lab.wait_for(lambda: self._vain() == 0 or self._over(), 240, self._story)
        kinds = ["training", "training", "checkpoint"]
        if self._vain() < MOST_IN_VAIN - 1:  # each may make one more attempt a vain one
            kinds += ["set-up", "restart"]
        kind = self.chance.choice(kinds)
        if not self._reach(kind):
            return False
        with contextlib.suppress(ValueError, ProcessLookupError):  # it is just being replaced
            self.server.kill_kernel()
            self.moments[kind] += 1
        return True

    def _reach(self, kind: str) -> bool:
        if kind in ("set-up", "restart"):
            old = set(self.server.kernels())
            lines = len(self._lines())
            with contextlib.suppress(ValueError, ProcessLookupError):
                self.server.kill_kernel()
                self.moments["training"] += 1
            lab.wait_for(lambda: set(self.server.kernels()) - old, 60, "no new kernel")
            if kind == "set-up":
                wanted = lines + self.chance.randrange(1, 6)
                lab.wait_for(lambda: len(self._lines()) >= wanted, 120, self._story)
            time.sleep(self.chance.random())
            return True
        lab.wait_for(lambda: self._alive() or self._over(), 180, self._story)
        if self._over():
            return False
        if kind == "checkpoint":
            pattern = self.run / "checkpoints"
            lab.wait_for(lambda: list(pattern.glob("*.tmp")) or self._over(), 60, self._story)
        else:
            time.sleep(self.chance.uniform(0.2, 2.5))
        return not self._over()

    def _vain(self) -> int:
        """Attempts that came no further than the newest checkpoint."""
        known = attempts.in_folder(self.run)
        fold = self.fold()
        step = fold.checkpoints[-1].position.step if fold.checkpoints else 0
        made = [one.attempt for one in attempts.merged(known, fold.attempts)]
        return sum(one.step >= step for one in made)

    def _lines(self) -> list[str]:
        path = self.server.root / LOG
        return path.read_text().splitlines() if path.exists() else []

    def _alive(self) -> bool:
        """Whether the process that is there now has trained."""
        start = self.fold().start
        return start is not None and start.writer.pid in self.server.kernels()

    def _over(self) -> bool:
        return self.fold().status != "running"

    def _story(self) -> str:
        names = sorted(one.name for one in self.run.iterdir())
        return f"{names}\n{self.fold().attempts[-6:]}\n{self._lines()[-12:]}\n{self.server.log.read_text()[-2000:]}"


def overlaps(lines: list[str]) -> list[str]:
    """Cells that began while another was still under way in a process that was alive."""
    found: list[str] = []
    running: tuple[str, str] | None = None
    gone: set[str] = set()
    for line in lines:
        mark, name, pid = line.split()
        if mark == "begin":
            if running is not None and running[1] == pid:
                found.append(f"{name} began within {running[0]} of process {pid}")
            if pid in gone:
                found.append(f"process {pid} came back")
            if running is not None and running[1] != pid:
                gone.add(running[1])
            running = (name, pid)
        elif running == (name, pid):
            running = None
    return found


def end_of(run: Path) -> list[Any]:
    """Weights, optimizer and random states at the end."""
    loaded_run = kr.load_run(run)
    with Loaded(run / "checkpoints" / loaded_run.checkpoints[-1].file) as loaded:
        return [loaded.variable(one) for one in loaded.state["variables"]]


def equal(one: Path, other: Path) -> bool:
    """Whether two runs ended with the same bits and the same history."""
    same = kr.load_run(one).history == kr.load_run(other).history
    pairs = zip(end_of(one), end_of(other), strict=True)
    return same and all(np.array_equal(a, b) for a, b in pairs)


def soak(kills: int, seed: int, *, page: bool, epochs: int, pause: float, place: Path) -> bool:
    """Carries one out, prints the figures; whether all is as it should be."""
    root, began = place / "notebooks", time.monotonic()
    write(root, epochs, pause)
    with (
        lab.Lab(root, f"--KResume.resume_without_page={not page}") as server,
        lab.browser() as browser,
    ):
        opened = lab.Notebook(browser.new_page(), server, "train.ipynb")
        opened.open()
        opened.run_all()
        opened.wait_for_panel("+d.steps > 0")
        opened.page.locator(".kr-Panel .kr-Auto").click()
        opened.page.locator(".kr-Panel .kr-Auto[aria-checked=true]").wait_for()
        opened.save()
        if not page:
            opened.page.goto("about:blank")
        one = Soak(server, random.Random(seed))
        while sum(one.moments.values()) < kills and one.kill():
            print(f"{sum(one.moments.values()):3d} kills, at {one.fold().position}", flush=True)
        lab.wait_for(one._over, 600, one._story)
        if not page:
            opened.open()
        shown = opened.wait_for_panel("d.status === 'finished'", timeout=60)
        lines, fold = one._lines(), one.fold()
        print(f"kills: {sum(one.moments.values())} {dict(one.moments)}, seed {seed}")
        print(f"attempts: {dict(Counter(made.outcome for made in fold.attempts))}")
        print(
            f"status: {fold.status}; the panel shows step {shown['step']} of {fold.position.step}"
        )
        other = place / "unbroken"
        write(other, epochs, 0.0)
        server.execute(other / "train.ipynb")
    twice = overlaps(lines)
    same = equal(one.run, other / "kresume_runs" / "digits-001")
    fresh = shown["step"] == str(fold.position.step)
    enough = sum(one.moments.values()) >= kills
    print(f"cells at once: {twice or 'none'}; bit for bit as the unbroken run: {same}")
    print(f"took {time.monotonic() - began:.0f} s")
    return enough and same and fresh and not twice and fold.status == "finished"


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--no-page", action="store_true")
    parser.add_argument("--epochs", type=int, default=0, help="default: enough for the kills")
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    with tempfile.TemporaryDirectory(prefix="kresume-soak-") as place:
        done = soak(
            options.kills,
            options.seed,
            page=not options.no_page,
            epochs=options.epochs or 4 + 3 * options.kills,
            pause=0.02,
            place=Path(place),
        )
    sys.exit(0 if done else 1)


if __name__ == "__main__":
    main()
