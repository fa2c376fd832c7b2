"""Where the server executes the cells: requests carry no cell id, and outputs are written without a page."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
from pathlib import Path
from typing import Any

import lab
import pytest
from test_elsewhere import ROOT, version
from test_whose_run import EDIT, Story

import kresume_nb as kr

pytestmark = pytest.mark.browser

# Made by `make test`: only server and page are their own, the kernel is this interpreter's.
EXECUTORS = {
    "jupyter-server-nbmodel": ".venv-nbmodel",
    "jupyter-server-documents": ".venv-documents",
}
TOLD = """request = get_ipython().kernel.get_parent("shell")
pathlib.Path("told.json").write_text(json.dumps(sorted(request["metadata"])))"""
TRAIN = """model = build(0.05)
history = kr.fit(model, x, y, batch_size=8, epochs=3, callbacks=[Hold("hold-1")], run="alone",
                 checkpoint=kr.Checkpointing(every_steps=1))
pathlib.Path("alone.json").write_text(json.dumps([history.history["loss"], np.random.rand()]))"""


def close_dialogs(page: Any) -> None:
    """JupyterLab's own "Kernel Restarting", whenever it comes: not every server tells the page so."""
    dialog = page.locator(".jp-Dialog")
    page.add_locator_handler(dialog, lambda: dialog.locator("button.jp-mod-accept").click())


@pytest.fixture(params=EXECUTORS)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    python = ROOT / EXECUTORS[request.param] / "bin" / "python"
    assert python.is_file(), "`make test` makes it"
    assert version(python, request.param)
    root = tmp_path / "notebooks"
    root.mkdir()
    with lab.Lab(root, application=dataclasses.replace(lab.LAB, python=python)) as started:
        yield started


@pytest.fixture
def killed(server: lab.Lab, page: Any) -> tuple[Story, lab.Notebook]:
    """A notebook whose kernel was killed in the second of three epochs."""
    close_dialogs(page)
    story = Story(server, page, TOLD, TRAIN)
    opened = story.held_at("hold-1")
    # These servers save by themselves; a save that a page asks for while they do may never be answered.
    notebook = server.root / "train.ipynb"
    lab.wait_for(lambda: b"alone-001" in lab.whole(notebook), 60, "the output was not saved")
    server.kill_kernel()
    (server.root / "hold-1").unlink()
    told = json.loads((server.root / "told.json").read_text())
    assert "cellId" not in told
    return story, opened


def test_killed_and_resumed_by_one_click_it_ends_as_if_unbroken(
    killed: tuple[Story, lab.Notebook], tmp_path: Path
) -> None:
    story, opened = killed
    banner = opened.banner()
    assert "alone-001 stopped after epoch 1" in banner.inner_text()
    banner.locator(".kr-Banner-resume").click()
    assert story.result("alone.json") == story.unbroken("alone.json", tmp_path / "unbroken")
    assert story.runs() == ["alone-001"]
    assert story.resumes("alone-001") == 1
    opened.wait_for_panel("d.status === 'finished'")
    banner.wait_for(state="hidden")


def test_a_training_cell_that_was_edited_since_is_found_and_named_as_edited(
    killed: tuple[Story, lab.Notebook], tmp_path: Path
) -> None:
    story, opened = killed
    opened.banner()
    opened.page.evaluate(EDIT, [2, f"# With a comment.\n{TRAIN}"])
    told = opened.page.locator(".kr-Banner[data-state=offer]", has_text="the training cell changed")
    told.wait_for()
    told.locator(".kr-Banner-resume").click()
    assert story.result("alone.json") == story.unbroken("alone.json", tmp_path / "unbroken")
    assert story.runs() == ["alone-001"]
    assert story.resumes("alone-001") == 1


def test_a_kernel_that_ends_in_an_orderly_way_is_offered_a_resume(
    server: lab.Lab, page: Any, tmp_path: Path
) -> None:
    story = Story(server, page, TOLD, TRAIN)
    opened = story.held_at("hold-1")
    close_dialogs(page)
    (pid,) = server.kernels()
    os.kill(pid, signal.SIGTERM)  # it ends its step, saves, and ends itself
    (server.root / "hold-1").unlink()
    banner = opened.banner()
    banner.locator(".kr-Banner-resume").click()
    assert story.result("alone.json") == story.unbroken("alone.json", tmp_path / "unbroken")
    (resumed,) = kr.load_run(server.root / "kresume_runs" / "alone-001").fold.resumes
    assert resumed.step == 5
