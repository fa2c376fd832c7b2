"""Every kind of end that can be staged: what the banner says of it. One server and one tab for all."""

from __future__ import annotations

import os
import re
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import conftest
import lab
import pytest

import kresume_nb as kr

pytestmark = pytest.mark.browser

ENDER = """
class Ender(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        import pathlib
        wish = pathlib.Path('wish.py')
        if wish.exists():
            code = wish.read_text()
            wish.unlink()
            exec(code)
callbacks.append(Ender())"""
TRAIN = """history = kr.fit(model, x, y, batch_size=64, epochs=2000, validation_split=0.2, resume="auto",
                 callbacks=callbacks, run="digits", checkpoint=kr.Checkpointing(every_steps=10))"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[lab.Lab]:
    root = tmp_path_factory.mktemp("notebooks")
    with lab.Lab(root) as started:
        yield started


@pytest.fixture(scope="module")
def opened(server: lab.Lab, chromium: Any) -> Iterator[lab.Notebook]:
    """The notebook, open in a tab that all ends share."""
    conftest.write(
        server.root / "ends.ipynb", ["PAUSE = 0.005", *conftest.SETUP, ENDER.strip(), TRAIN]
    )
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    notebook = lab.Notebook(context.new_page(), server, "ends.ipynb")
    notebook.open()
    yield notebook
    context.close()


def newest(server: lab.Lab) -> Any:
    return kr.load_run(server.root / "kresume_runs" / "digits-001")


def train(server: lab.Lab, opened: lab.Notebook) -> None:
    """Trains, afresh or on from where it was, past a new checkpoint."""
    before = 0
    if (server.root / "kresume_runs").is_dir():
        before = newest(server).fold.position.step
    opened.page.wait_for_function(lab.Notebook._READY)
    opened.run_all()
    lab.wait_for(
        lambda: (
            (server.root / "kresume_runs" / "digits-001" / "history.json").is_file()
            and newest(server).fold.position.step > before + 30
        ),
        120,
        lambda: f"nothing is trained:\n{server.log.read_text()[-2000:]}",
    )


def wish(code: str) -> Callable[[lab.Lab, lab.Notebook], None]:
    """Code that training runs in its own process."""

    def stage(server: lab.Lab, opened: lab.Notebook) -> None:
        del opened
        (server.root / "wish.tmp").write_text(code)
        (server.root / "wish.tmp").rename(server.root / "wish.py")

    return stage


def killed(server: lab.Lab, opened: lab.Notebook) -> None:
    del opened
    server.kill_kernel()


def terminated(server: lab.Lab, opened: lab.Notebook) -> None:
    del opened
    (pid,) = server.kernels()
    os.kill(pid, signal.SIGABRT)


def by_page(script: str) -> Callable[[lab.Lab, lab.Notebook], None]:
    """What the kernel menu does, without its question."""

    def stage(server: lab.Lab, opened: lab.Notebook) -> None:
        del server
        opened.page.evaluate(
            f"() => void window.jupyterapp.shell.currentWidget.sessionContext.{script}"
        )

    return stage


ENDS = {
    "SIGKILL": (killed, r"the kernel was killed \(SIGKILL\)"),
    "abort": (terminated, r"the kernel crashed: native code gave up \(SIGABRT\)"),
    "segfault": (
        wish("import ctypes; ctypes.string_at(0)"),
        r"the kernel crashed: invalid memory access \(SIGSEGV\)",
    ),
    "exit": (wish("import os; os._exit(3)"), r"the kernel ended by itself, exit status 3"),
    "quiet exit": (wish("import os; os._exit(0)"), r"exit status 0"),
    "restart": (by_page("session.kernel.restart()"), r"the kernel was restarted"),
    "error": (wish("raise MemoryError('no more')"), r"failed after .* MemoryError: no more"),
}


@pytest.mark.parametrize(("stage", "said"), ENDS.values(), ids=ENDS)
def test_the_banner_tells_what_happened(
    stage: Callable[[lab.Lab, lab.Notebook], None],
    said: str,
    server: lab.Lab,
    opened: lab.Notebook,
) -> None:
    train(server, opened)
    stage(server, opened)
    if stage is not ENDS["restart"][0] and stage is not ENDS["error"][0]:
        opened.close_restart_dialog()
    if stage is ENDS["error"][0]:
        # The error's own process still holds the model: only once it is gone is there anything to say.
        opened.page.wait_for_function(lab.Notebook._READY)
        opened.page.evaluate(
            "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"
        )
    headline = opened.page.locator(".kr-Banner[data-state='offer'] .kr-Banner-headline")
    headline.filter(has_text=re.compile(said)).wait_for(timeout=30_000)
    words = headline.inner_text()
    assert re.match(r"digits-001 (stopped|failed|was interrupted) after (epoch|batch) \d+", words)
    assert re.search(r"· \d+ (s|min) ago ·", words)
    assert re.search(r"training to redo$", words)


def test_a_kernel_that_was_shut_down_leaves_an_offer_that_starts_one(
    server: lab.Lab, opened: lab.Notebook
) -> None:
    train(server, opened)
    before = newest(server).fold.position.step
    by_page("shutdown()")(server, opened)
    banner = opened.banner()
    banner.filter(has_text="the kernel was shut down").wait_for()
    banner.locator(".kr-Banner-resume").click()
    lab.wait_for(
        lambda: (
            newest(server).fold.status == "running"
            and newest(server).fold.position.step > before + 5
        ),
        120,
        "it was not resumed",
    )


def test_after_the_server_was_gone_and_the_notebook_moved_with_its_runs_it_is_offered_still(
    server: lab.Lab, opened: lab.Notebook
) -> None:
    train(server, opened)
    opened.save()
    opened.page.goto("about:blank")
    server.crash()
    moved = server.root / "moved"
    moved.mkdir()
    shutil.move(server.root / "kresume_runs", moved / "kresume_runs")
    shutil.move(server.root / "ends.ipynb", moved / "renamed.ipynb")
    server.start()
    again = lab.Notebook(opened.page, server, "moved/renamed.ipynb")
    again.open()
    banner = again.banner()
    banner.filter(has_text="the Jupyter server has been restarted since").wait_for()
    banner.locator(".kr-Banner-resume").click()
    run = Path(moved / "kresume_runs" / "digits-001")
    stopped_at = kr.load_run(run).fold.position.step
    lab.wait_for(
        lambda: kr.load_run(run).fold.position.step > stopped_at + 5, 120, "it was not resumed"
    )
    assert len(list(run.parent.iterdir())) == 1


def test_clicks_in_two_tabs_and_run_all_make_one_training(
    server: lab.Lab, opened: lab.Notebook, chromium: Any
) -> None:
    cells = ["PAUSE = 0.005", *conftest.SETUP, TRAIN.replace("epochs=2000", "epochs=12")]
    conftest.write(server.root / "once.ipynb", cells)
    opened.page.goto("about:blank")
    once = lab.Notebook(opened.page, server, "once.ipynb")
    once.open()
    once.run_all()
    run = server.root / "kresume_runs" / "digits-001"
    lab.wait_for(lambda: list(run.glob("checkpoints/step-*")), 120, "nothing is trained")
    once.save()
    (kernel,) = (pid for pid in server.kernels() if pid_of(run) == pid)
    os.kill(kernel, signal.SIGKILL)
    once.close_restart_dialog()
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    other = lab.Notebook(context.new_page(), server, "once.ipynb")
    other.open()
    for button in (once.banner(), other.banner()):
        button.locator(".kr-Banner-resume").evaluate("node => { node.click(); node.click(); }")
    once.run_all()
    once.wait_for_panel("d.status === 'finished'")
    once.page.wait_for_function(lab.Notebook._READY, timeout=120_000)
    context.close()
    found = kr.load_run(run)
    assert [one.name for one in run.parent.iterdir()] == ["digits-001"]
    assert len(found.fold.resumes) - restored(found) == 1
    assert found.steps["step"] == list(range(1, 12 * conftest.BATCHES + 1))


def pid_of(run: Path) -> int:
    return int(kr.load_run(run).header.writer.pid)


def restored(run: Any) -> int:
    """Resumes at the run's very end: its results were shown again, nothing was trained."""
    return sum(one.step == 12 * conftest.BATCHES for one in run.fold.resumes)
