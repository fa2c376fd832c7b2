"""From the click on Resume to the first new training step, over what must be done for it.

What must be done is measured in a kernel of its own, without a page: the set-up cells, then
`load_model` of the checkpoint and a training step. Called by `make bench`; alone:
`python tests/benchmarks/resuming.py`.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "browser"))
import conftest
import lab

ROUNDS = 3

CLOCK = """import json, os, time
class Clock(keras.callbacks.Callback):
    # When this process has done its first step.
    def on_train_batch_end(self, batch, logs=None):
        if not hasattr(self, 'seen'):
            self.seen = time.time()
            with open('stepped.tmp', 'w') as file:
                json.dump(self.seen, file)
            os.replace('stepped.tmp', 'stepped.json')
callbacks.append(Clock())"""
TRAIN = """history = kr.fit(model, x, y, batch_size=64, epochs=3000, resume="auto", callbacks=callbacks,
                 run="digits", checkpoint=kr.Checkpointing(every_steps=20))"""
BARE = """import glob
loaded = keras.saving.load_model(sorted(glob.glob('kresume_runs/digits-001/checkpoints/epoch-*.keras'))[-1])
loaded.fit(x[:64], y[:64], batch_size=64, verbose=0)"""

Rows = list[tuple[str, str, str]]


def measure(folder: Path) -> Rows:
    """The ratio, each round's two parts measured one after the other."""
    root = folder / "notebooks"
    root.mkdir()
    cells = ["PAUSE = 0.002", *conftest.SETUP, CLOCK]
    conftest.write(root / "resuming.ipynb", [*cells, TRAIN])
    stepped = root / "stepped.json"
    clicks, needs = [], []
    with lab.Lab(root) as server, lab.browser() as chromium:
        page = chromium.new_context(viewport={"width": 1280, "height": 900}).new_page()
        opened = lab.Notebook(page, server, "resuming.ipynb")
        opened.open()
        opened.run_all()
        lab.wait_for(stepped.is_file, 120, "it does not train")
        epochs = root / "kresume_runs" / "digits-001" / "checkpoints"
        for _ in range(ROUNDS):
            lab.wait_for(lambda: list(epochs.glob("epoch-*.keras")), 60, "no epoch has ended")
            server.kill_kernel()
            stepped.unlink()
            opened.close_restart_dialog()
            banner = opened.banner()
            page.wait_for_function(lab.Notebook._READY)
            clicked = clicked_at(banner)
            lab.wait_for(stepped.is_file, 120, "it was not resumed")
            clicks.append(json.loads(stepped.read_text()) - clicked)
            server.kill_kernel()
            opened.close_restart_dialog()
            opened.banner()
            needs.append(needed(root, cells))
            stepped.unlink()
            clicked_at(opened.banner())
            lab.wait_for(stepped.is_file, 120, "it was not resumed")
    ratio = statistics.median(a / b for a, b in zip(clicks, needs, strict=True))
    return [
        ("click on Resume to first new step, over set-up + load_model + step",
         f"{ratio:.2f}", "<= 1.3"),
        ("the click's own time", f"{statistics.median(clicks):.2f} s", ""),
    ]  # fmt: skip


def clicked_at(banner: Any) -> float:
    """Clicks; when that was."""
    script = "node => { const now = Date.now() / 1000; node.click(); return now; }"
    return float(banner.locator(".kr-Banner-resume").evaluate(script))


def needed(root: Path, cells: list[str]) -> float:
    """Seconds for the same cells and a plain step, in a process that is there already, as a kernel is."""
    script = root / "needed.py"
    body = "\n".join(["import time", "began = time.time()", *cells, BARE])
    script.write_text(f"{body}\nprint(time.time() - began)\n")
    done = subprocess.run(
        [sys.executable, script.name], cwd=root, check=True, capture_output=True, text=True
    )
    return float(done.stdout.split()[-1])


def main() -> None:
    """Prints the table."""
    with tempfile.TemporaryDirectory() as folder:
        for what, measured, budget in measure(Path(folder)):
            print(f"{what:66} {measured:>12}  {budget}", flush=True)


if __name__ == "__main__":
    main()
