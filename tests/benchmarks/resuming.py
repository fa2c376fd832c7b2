"""From the click on Resume to the first new training step, over what must be done for it.

What must be done is measured in a kernel of its own, without a page and without this package's
training: the set-up cells one by one, then `load_model` of the newest checkpoint and `model.fit` up
to the end of its first step. Both begin with a kernel that is ready, both end when the same callback
has seen the first step, and the two alternate in their order, so that each finds the machine as the
other does. Called by `make bench`; alone: `python tests/benchmarks/resuming.py`.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "browser"))
import conftest
import lab
from jupyter_client.manager import start_new_kernel

ROUNDS = 6

CLOCK = """import json, os, time
seen = []  # no attribute of the callback, which a resume would restore
class Clock(keras.callbacks.Callback):
    # When this process has done its first step.
    def on_train_batch_end(self, batch, logs=None):
        if not seen:
            seen.append(time.time())
            with open('stepped.tmp', 'w') as file:
                json.dump(seen[0], file)
            os.replace('stepped.tmp', 'stepped.json')
callbacks.append(Clock())"""
TRAIN = """history = kr.fit(model, x, y, batch_size=64, epochs=3000, resume="auto", callbacks=callbacks,
                 run="digits", checkpoint=kr.Checkpointing(every_steps=20))"""
BARE = """import glob, os
newest = max(glob.glob('kresume_runs/digits-001/checkpoints/*.keras'), key=os.path.getmtime)
loaded = keras.saving.load_model(newest)
loaded.fit(x, y, batch_size=64, epochs=3000, callbacks=callbacks, verbose=0)"""

Rows = list[tuple[str, str, str]]


class Bench:
    """A notebook in a tab, its run stopped and its kernel ready, before and after each measurement."""

    def __init__(self, root: Path, server: lab.Lab, page: Any) -> None:
        self.root, self.server = root, server
        self.cells = ["PAUSE = 0.002", *conftest.SETUP, CLOCK]
        conftest.write(root / "resuming.ipynb", [*self.cells, TRAIN])
        self.opened = lab.Notebook(page, server, "resuming.ipynb")
        self.opened.open()
        self.opened.run_all()
        self.stepped()
        self.stop()

    def stepped(self) -> float:
        """When the first step was done; what told it is taken away."""
        path = self.root / "stepped.json"
        lab.wait_for(path.is_file, 120, "it does not train")
        when = float(json.loads(path.read_text()))
        path.unlink()
        return when

    def stop(self) -> None:
        """Trains to the next epoch's end, and kills the kernel."""
        journal = self.root / "kresume_runs" / "digits-001" / "journal.jsonl"
        before = journal.read_text().count('"type":"epoch"')
        lab.wait_for(
            lambda: journal.read_text().count('"type":"epoch"') > before, 60, "no epoch ends"
        )
        self.server.kill_kernel()
        self.opened.close_restart_dialog()
        self.opened.banner()
        self.opened.page.wait_for_function(lab.Notebook._READY)

    def click(self) -> float:
        """Seconds from the click to the first step."""
        script = "node => { const now = Date.now() / 1000; node.click(); return now; }"
        clicked = float(self.opened.banner().locator(".kr-Banner-resume").evaluate(script))
        taken = self.stepped() - clicked
        self.stop()
        return taken

    def needed(self) -> float:
        """Seconds for the same cells, `load_model` and a step."""
        manager, client = start_new_kernel(kernel_name="python3", cwd=str(self.root))
        try:
            began = time.time()
            for source in self.cells:
                reply = client.execute(source, reply=True, timeout=120)
                assert reply["content"]["status"] == "ok", reply["content"]
            client.execute(BARE)
            return self.stepped() - began
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)


def measure(folder: Path) -> Rows:
    """The ratio of the medians, and each round's."""
    root = folder / "notebooks"
    root.mkdir()
    clicks, needs = [], []
    with lab.Lab(root) as server, lab.browser() as chromium:
        page = chromium.new_context(viewport={"width": 1280, "height": 900}).new_page()
        bench = Bench(root, server, page)
        bench.needed()  # what is read from disk once is read
        for number in range(ROUNDS):
            if number % 2:
                clicks.append(bench.click())
            needs.append(bench.needed())
            if not number % 2:
                clicks.append(bench.click())
    ratio = statistics.median(clicks) / statistics.median(needs)
    each = sorted(a / b for a, b in zip(clicks, needs, strict=True))
    return [
        ("click on Resume to first new step, over set-up + load_model + step",
         f"{ratio:.2f}", "<= 1.3"),
        ("the same in each round, from least to most",
         " ".join(f"{one:.2f}" for one in each), ""),
        ("the click's own time", f"{statistics.median(clicks):.2f} s", ""),
        ("processes that wanted to run meanwhile, of cores there are",
         f"{os.getloadavg()[1]:.1f} of {os.cpu_count()}", ""),
    ]  # fmt: skip


def main() -> None:
    """Prints the table."""
    with tempfile.TemporaryDirectory() as folder:
        for what, measured, budget in measure(Path(folder)):
            print(f"{what:66} {measured:>12}  {budget}", flush=True)


if __name__ == "__main__":
    main()
