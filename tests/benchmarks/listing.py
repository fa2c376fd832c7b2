"""The side panel with a thousand runs: how soon it shows the first, and whether it scrolls smoothly.

Called by `make bench`; alone: `python tests/benchmarks/listing.py`.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "browser"))
import lab
import staged
from stories import Story

RUNS = 1000
ROUNDS = 5

Rows = list[tuple[str, str, str]]

SHOW = """async () => {
    const began = performance.now();
    void window.jupyterapp.commands.execute('kresume:show-runs');
    while (document.querySelector('.kr-Run .kr-Spark path') === null) {
        if (performance.now() - began > 60_000) throw new Error('no row is shown');
        await new Promise(requestAnimationFrame);
    }
    return performance.now() - began;
}"""

FRAMES = """async ([pixels, milliseconds]) => {
    const list = document.querySelector('.kr-Run').closest('.kr-Runs-list');
    const gaps = [];
    let last = await new Promise(requestAnimationFrame);
    const until = last + milliseconds;
    while (last < until) {
        list.scrollTop += pixels;
        const now = await new Promise(requestAnimationFrame);
        gaps.push(now - last);
        last = now;
    }
    return {gaps, scrolled: list.scrollTop};
}"""


def measure(folder: Path) -> Rows:
    """The figures, of runs that were written without training."""
    root = folder / "notebooks"
    runs = root / "kresume_runs"
    first = staged.written(runs, Story(base="many", epochs=40, batches=20))
    for number in range(2, RUNS + 1):
        shutil.copytree(first, runs / f"many-{number:03d}")
    staged.notebook(root / "train.ipynb")
    shown, still, moved = [], [], []
    with lab.Lab(root) as server, lab.browser() as chromium:
        for _ in range(ROUNDS):
            page = opened(server, chromium)
            shown.append(page.evaluate(SHOW))
            page.locator(".kr-Runs", has_text=f"({RUNS})").wait_for()
            still += page.evaluate(FRAMES, [0, 1500])["gaps"]
            seen = page.evaluate(FRAMES, [40, 3000])
            assert seen["scrolled"] > 1000, "it did not scroll"
            moved += seen["gaps"]
            page.context.close()
    late = sum(gap > 34 for gap in moved) / len(moved)
    return [
        (f"first row of {RUNS:,} runs in the side panel, the server's first look at them",
         f"{shown[0] / 1000:.2f} s", "<= 1 s"),
        ("the same once it knows them", f"{statistics.median(shown[1:]) / 1000:.2f} s", "<= 1 s"),
        ("frames a second while the list scrolls", f"{1000 / statistics.mean(moved):.1f}", "60"),
        ("the same while it stands still", f"{1000 / statistics.mean(still):.1f}", ""),
        ("frames that came late by one or more", f"{late:.1%}", "0 %"),
    ]  # fmt: skip


def opened(server: lab.Lab, chromium: Any) -> Any:
    """JupyterLab on the notebook, with the side panel not yet looked at."""
    page = chromium.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{server.url}/lab/tree/train.ipynb?token={lab.TOKEN}&reset")
    page.locator(".jp-Notebook").wait_for()
    page.wait_for_function(lab.Notebook._READY)
    return page


def main() -> None:
    """Prints the table."""
    with tempfile.TemporaryDirectory() as folder:
        for what, measured, budget in measure(Path(folder)):
            print(f"{what:74} {measured:>8}  {budget}", flush=True)


if __name__ == "__main__":
    main()
