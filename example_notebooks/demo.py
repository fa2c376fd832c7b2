"""`make demo`: the example notebook in JupyterLab; `--headless`: its whole story without a person.

The headless story: run the notebook, SIGKILL the kernel in the middle of training, click *Resume*,
let it finish, and compare with a training of the same notebook that nobody broke.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
NOTEBOOK = "01_train_and_resume.ipynb"
RUN = "digits-001"
KILL_AFTER_EPOCHS = 3

sys.path.insert(0, str(HERE.parent / "tests" / "browser"))


def interactive() -> int:
    """Opens the notebook in the person's own browser."""
    print("Run all cells, then kill the kernel in the middle (Kernel → Restart Kernel…).")
    command = [sys.executable, "-m", "jupyterlab", str(HERE / NOTEBOOK)]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")  # containers often have no other user
    return subprocess.call(command)


def headless(screenshot: Path | None) -> int:
    """Plays the story and prints what it verified."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import lab

    with tempfile.TemporaryDirectory() as folder:
        broken, unbroken = Path(folder, "broken"), Path(folder, "unbroken")
        for place in (broken, unbroken):
            place.mkdir()
            shutil.copy(HERE / NOTEBOOK, place)
        with lab.Lab(broken) as server, lab.browser() as chromium:
            page = chromium.new_page(viewport={"width": 1280, "height": 900})
            notebook = lab.Notebook(page, server, NOTEBOOK)
            notebook.open()
            say("opened", f"{NOTEBOOK} in JupyterLab, headless Chromium")
            notebook.run_all()
            notebook.wait_for_panel(f"+d.epochs >= {KILL_AFTER_EPOCHS}", timeout=300)
            checkpoints = broken / "kresume_runs" / RUN / "checkpoints"
            lab.wait_for(
                lambda: list(checkpoints.glob("step-*.keras")),
                60,
                f"no checkpoint within an epoch appeared in {checkpoints}",
            )
            pid = server.kill_kernel()
            banner = notebook.banner()
            where = banner.inner_text().splitlines()[0]
            say("killed", f"kernel {pid} with SIGKILL; the page says: {where}")
            notebook.close_restart_dialog()
            if screenshot is not None:
                page.screenshot(path=screenshot)
            banner.locator(".kr-Banner-resume").click()
            notebook.wait_for_panel("d.status === 'finished'", timeout=600)
            shown = notebook.panel()
        say("finished", f"the chart shows {shown['epochs']} epochs, {shown['steps']} steps")
        subprocess.run(
            [sys.executable, "-m", "jupyter", "execute", NOTEBOOK],
            cwd=unbroken,
            check=True,
            capture_output=True,
        )
        say("compared", "with the same notebook run from start to end by `jupyter execute`")
        return verdict(broken / "kresume_runs" / RUN, unbroken / "kresume_runs" / RUN, shown)


def verdict(broken: Path, unbroken: Path, shown: dict[str, str]) -> int:
    """Compares two run folders; prints the facts; 0 if all is equal."""
    import kresume_nb as kr

    ours, theirs = kr.load_run(broken), kr.load_run(unbroken)
    resumes = [f"epoch {at.epoch}, batch {at.batch}" for at in ours.fold.resumes]
    say("resumed at", "; ".join(resumes) or "never")
    facts = {
        "resumed exactly once": len(resumes) == 1,
        "final weights, optimizer and random states equal": same_state(ours, theirs),
        "history of all epochs equal": ours.history == theirs.history,
        "learning rate of every step equal": ours.steps["learning_rate"]
        == theirs.steps["learning_rate"],
        "every step there once": ours.steps["step"] == list(range(1, len(ours.steps["step"]) + 1)),
        "chart complete": int(shown["epochs"]) == len(theirs.history["loss"])
        and int(shown["steps"]) == len(theirs.steps["step"]),
    }
    for fact, true in facts.items():
        say(fact, "yes" if true else "NO")
    return 0 if all(facts.values()) else 1


def same_state(ours: object, theirs: object) -> bool:
    """Whether the final checkpoints hold the same bits."""
    import numpy as np

    from kresume_nb.train.checkpoint.keras_file import Loaded

    paths = [one.path / "checkpoints" / one.checkpoints[-1].file for one in (ours, theirs)]  # type: ignore[attr-defined]
    with Loaded(paths[0]) as one, Loaded(paths[1]) as other:
        pairs = zip(one.state["variables"], other.state["variables"], strict=True)
        return all(np.array_equal(one.variable(a), other.variable(b)) for a, b in pairs)


def say(what: str, value: str) -> None:
    print(f"{what + ':':50} {value}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--headless", action="store_true")
    parser.add_argument("--screenshot", type=Path, help="of the page after the kill")
    options = parser.parse_args()
    return headless(options.screenshot) if options.headless else interactive()


if __name__ == "__main__":
    sys.exit(main())
