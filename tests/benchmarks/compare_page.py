"""Fifty long runs in the compare view: first paint, all of them, and frames while it is used.

Called by `make bench`; alone: `python tests/benchmarks/compare_page.py`.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "browser"))
import comparisons
import lab

RUNS = 50
EPOCHS = 10_000
ROUNDS = 3

Rows = list[tuple[str, str, str]]

WATCH = """(() => {
    window.seen = {};
    const note = name => { window.seen[name] ??= performance.now(); };
    new MutationObserver((_, observer) => {
        const chart = document.querySelector('.kr-CompareChart');
        const curves = +(chart?.dataset.curves ?? 0);
        if (curves > 0) requestAnimationFrame(() => note('painted'));
        if (curves === RUNS) {
            observer.disconnect();
            requestAnimationFrame(() => requestAnimationFrame(() => note('complete')));
        }
    }).observe(document, {subtree: true, childList: true, attributes: true});
})()""".replace("RUNS", str(RUNS))

OPEN = """runs => {
    window.seen = {began: performance.now()};
    void window.jupyterapp.commands.execute('kresume:compare', {runs});
}"""

USE = """async ([how, milliseconds]) => {
    const gaps = [];
    const over = document.querySelector('.kr-CompareChart .u-over');
    const legend = document.querySelectorAll('.kr-CompareLegend-item');
    const {left, top, width, height} = over.getBoundingClientRect();
    let last = await new Promise(requestAnimationFrame);
    const until = last + milliseconds;
    for (let frame = 1; last < until; frame++) {
        if (how === 'hover')
            over.dispatchEvent(new MouseEvent('mousemove', {
                bubbles: true,
                clientX: left + 20 + (7 * frame) % (width - 40),
                clientY: top + 20 + (3 * frame) % (height - 40)
            }));
        if (how === 'toggle' && frame % 30 === 0) legend[frame / 30].click();
        const now = await new Promise(requestAnimationFrame);
        gaps.push(now - last);
        last = now;
    }
    return gaps;
}"""


def measure(folder: Path) -> Rows:
    """All figures of the compare view."""
    runs = folder / "kresume_runs"
    plan = comparisons.Plan(base="sweep", epochs=EPOCHS, metrics=("loss", "accuracy"), every=500)
    for number in range(RUNS):
        # None like another: the pointer meets a new one at every pixel.
        comparisons.written(
            runs, replace(plan, seed=number, speed=0.02 + number / 1500, floor=0.05 + number / 400)
        )
    names = [f"kresume_runs/{path.name}" for path in sorted(runs.iterdir())]
    painted, complete = [], []
    frames: dict[str, list[float]] = {"idle": [], "hover": [], "toggle": []}
    with lab.Lab(folder) as server, lab.browser() as chromium:
        for _ in range(ROUNDS):
            context = chromium.new_context(viewport={"width": 1280, "height": 900})
            seen = watched(context.new_page(), server, names, frames)
            painted.append(seen["painted"] - seen["began"])
            complete.append(seen["complete"] - seen["began"])
            context.close()
    what = f"{RUNS} runs of {EPOCHS:,} epochs compared"
    return [
        (f"{what}: first paint", f"{statistics.median(painted) / 1000:.2f} s", "<= 1 s"),
        ("all of them on the page", f"{statistics.median(complete) / 1000:.2f} s", ""),
        *(
            (
                f"frames a second, {how}",
                f"{1000 / statistics.mean(gaps):.1f}",
                "" if how == "idle" else "60",
            )
            for how, gaps in frames.items()
        ),
    ]


def watched(
    page: Any, server: lab.Lab, names: list[str], frames: dict[str, list[float]]
) -> dict[str, float]:
    """Opens the comparison and uses it; when it was painted, in milliseconds of the page."""
    page.set_default_timeout(120_000)
    page.add_init_script(WATCH)
    page.goto(f"{server.url}/lab?token={lab.TOKEN}&reset")
    page.wait_for_function("() => window.jupyterapp?.commands?.hasCommand('kresume:compare')")
    page.evaluate("() => window.jupyterapp.restored")
    page.evaluate(OPEN, names)
    page.wait_for_function("() => window.seen.complete")
    seen: dict[str, float] = page.evaluate("() => window.seen")
    for how, gaps in frames.items():
        gaps.extend(page.evaluate(USE, [how, 4000]))
    return seen


def main() -> None:
    """Prints the table."""
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as folder:
        for what, measured, budget in measure(Path(folder)):
            print(f"{what:66} {measured:>12}  {budget}", flush=True)


if __name__ == "__main__":
    main()
