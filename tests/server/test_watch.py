"""The watcher, over real kernels and a real contents manager, with cells that do not train."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import pytest
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_server.services.contents.filemanager import AsyncFileContentsManager
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from jupyter_server.services.sessions.sessionmanager import SessionManager

sys.path.insert(0, str(Path(__file__).parents[1] / "browser"))
import staged
from stories import STORIES

from kresume_nb.run import attempts
from kresume_nb.run.records import Attempt
from kresume_nb.run.writer import lock
from kresume_nb.server import watch
from kresume_nb.server.switches import Switches

TELL = """import json, pathlib
asked = get_ipython().kernel.get_parent("shell")["metadata"]
with pathlib.Path("ran.jsonl").open("a") as file:
    file.write(json.dumps([asked["cellId"], asked["kresume"]]) + "\\n")
"""
WISH = "exec(pathlib.Path('wish.py').read_text()) if pathlib.Path('wish.py').exists() else None"
CELLS = {"setup": f"{TELL}{WISH}", "train": TELL}


@dataclass
class Scene:
    """A notebook open in a server, its kernel, a stopped run of it, and who watches."""

    folder: Path
    run: Path
    kernel: str
    kernels: AsyncMappingKernelManager
    sessions: SessionManager
    contents: AsyncFileContentsManager
    switches: Switches
    watch: watch.Watch
    ended: set[str]
    """Kernels of which a process has ended."""

    async def kill(self) -> None:
        manager = self.kernels.get_kernel(self.kernel)
        os.kill(manager.provisioner.process.pid, signal.SIGKILL)
        self.ended.add(self.kernel)

    async def look(self, until: Callable[[], Any] = lambda: True, seconds: float = 20) -> None:
        """The watcher looks, and what it began comes to its end, until a condition holds."""
        deadline = time.monotonic() + seconds
        while True:
            await self.watch._look()
            if self.watch._tasks:
                await asyncio.wait(self.watch._tasks, timeout=seconds)
            if until():
                return
            assert time.monotonic() < deadline, "the watcher did not act"
            await asyncio.sleep(0.05)

    def ran(self) -> list[Any]:
        """The cells that ran, and what each was told."""
        path = self.folder / "ran.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def made(self) -> list[Attempt]:
        return [one.attempt for one in attempts.in_folder(self.run)]

    def claim(self, number: int, outcome: str) -> None:
        """An attempt of a page, just now."""
        made = Attempt(
            number=number,
            by="page",
            who="page",
            time=time.time(),
            step=10_000,
            checkpoint=None,
            outcome=outcome,
        )
        assert attempts.claim(self.run, made)


Story = Callable[[Scene], Awaitable[None]]


@pytest.fixture
def play(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Story], None]:
    """Plays a story in a loop of its own: the browser's may be running in this thread."""
    monkeypatch.setattr(watch, "PAGE_SECONDS", 0.0)
    for name in ("DATA", "RUNTIME", "CONFIG"):
        monkeypatch.setenv(f"JUPYTER_{name}_DIR", str(tmp_path / name.lower()))

    def run(story: Story) -> None:
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, _play(tmp_path, story)).result()

    return run


async def _play(place: Path, story: Story) -> None:
    root = place / "root"
    run = staged.written(root / "kresume_runs", STORIES["killed"])
    (run / "checkpoints").mkdir(exist_ok=True)
    for one in json.loads((run / "history.json").read_text())["kresume"]["checkpoints"]:
        (run / "checkpoints" / one["file"]).touch()
    contents = AsyncFileContentsManager(root_dir=str(root))
    made = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell(source, id=name, metadata={"trusted": True})
            for name, source in CELLS.items()
        ]
    )
    await contents.save({"type": "notebook", "content": made}, "net.ipynb")
    kernels = AsyncMappingKernelManager(root_dir=str(root), connection_dir=str(place))
    sessions = SessionManager(kernel_manager=kernels, contents_manager=contents)
    try:
        session = await sessions.create_session(path="net.ipynb", name="net", type="notebook")
        kernel = session["kernel"]["id"]
        header = json.loads((run / "run.json").read_text())
        header["cell"] = {"id": "train", "source": CELLS["train"]}
        header["setup"] = [{"id": "setup", "source": CELLS["setup"]}]
        header["writer"]["kernel"] = kernel
        (run / "run.json").write_text(json.dumps(header))
        switches = Switches(place / "switches.json", unattended=True)
        switches.set(run, on=True)
        app = SimpleNamespace(
            kernel_manager=kernels, session_manager=sessions, contents_manager=contents
        )
        ended: set[str] = set()
        watcher = watch.Watch(
            app, switches, lambda kernel, _: kernel in ended, logging.getLogger("watched")
        )
        await story(Scene(root, run, kernel, kernels, sessions, contents, switches, watcher, ended))
    finally:
        await kernels.shutdown_all(now=True)
        sessions.close()


def test_it_runs_the_set_up_cells_and_the_training_cell_with_the_attempt(play):
    async def story(scene: Scene) -> None:
        await scene.kill()
        await scene.look(lambda: scene.ran()[1:])
        (setup, asked), (train, resume) = scene.ran()
        assert (setup, asked["action"]) == ("setup", "setup")
        assert train == "train"
        (made,) = scene.made()
        assert resume | {"taken": None, "newest": None} == {
            "action": "resume",
            "run": "killed-001",
            "checkpoint": made.checkpoint,
            "attempt": 1,
            "taken": None,
            "newest": None,
        }
        assert (made.by, made.outcome) == ("server", "open"), "the training takes it down"
        await scene.look()
        assert len(scene.ran()) == 2

    play(story)


def test_a_cell_that_broke_off_after_a_training_that_finished_is_repeated(play):
    async def story(scene: Scene) -> None:
        finish(scene)
        await scene.look()
        assert scene.made() == [], "its kernel lives: the cell is under way"
        await scene.kill()
        await scene.look(lambda: scene.ran()[1:] and scene.made()[0].outcome != "open")
        assert [name for name, _ in scene.ran()] == ["setup", "train"]
        (made,) = scene.made()
        assert (made.by, made.outcome) == ("server", "resumed"), "no training takes it down"
        assert scene.ran()[1][1]["run"] == "killed-001"

    play(story)


def finish(scene: Scene) -> None:
    """The run came to its end, the cell that trained it did not."""
    position = json.loads((scene.run / "history.json").read_text())["kresume"]["position"]
    end = {"type": "end", "time": time.time(), "status": "finished", "reason": ""}
    with (scene.run / "journal.jsonl").open("a") as journal:
        journal.write("\n" + json.dumps(end | {"position": position}) + "\n")  # behind a torn line
    header = json.loads((scene.run / "run.json").read_text())
    header |= {"execution": "first", "execution_complete": False}
    (scene.run / "run.json").write_text(json.dumps(header))


def test_what_was_executed_by_hand_while_the_kernel_was_waited_for_is_left_alone(play, monkeypatch):
    async def story(scene: Scene) -> None:
        ready = AsyncKernelClient.wait_for_ready

        async def finishing(client: AsyncKernelClient, timeout: float | None = None) -> None:
            await ready(client, timeout)
            held.append(lock(scene.run))

        held: list[Any] = []
        monkeypatch.setattr(AsyncKernelClient, "wait_for_ready", finishing)
        await scene.kill()
        await scene.look(lambda: scene.made() and scene.made()[0].outcome != "open")
        (made,) = scene.made()
        assert (made.outcome, made.detail) == ("abandoned", "training went on without it")
        assert scene.ran() == []
        held[0].release()

    play(story)


def test_a_page_that_is_connected_acts_and_one_that_was_is_waited_for(play, monkeypatch):
    async def story(scene: Scene) -> None:
        scene.kernels.notify_connect(scene.kernel)
        await scene.kill()
        await scene.look()
        scene.kernels.notify_disconnect(scene.kernel)
        monkeypatch.setattr(watch, "PAGE_SECONDS", 60.0)
        await scene.look()
        assert scene.made() == []
        monkeypatch.setattr(watch, "PAGE_SECONDS", 0.0)
        await scene.look(lambda: scene.ran()[1:])

    play(story)


def test_a_cell_that_fails_is_told_and_nobody_tries_again(play, caplog):
    async def story(scene: Scene) -> None:
        (scene.folder / "wish.py").write_text("raise ValueError('broken')")
        await scene.kill()
        await scene.look(lambda: scene.made() and scene.made()[0].outcome != "open")
        (made,) = scene.made()
        assert (made.outcome, made.detail) == ("failed", "a set-up cell failed: ValueError")
        for _ in range(3):
            await scene.look()
        assert len(scene.made()) == 1
        assert [name for name, _ in scene.ran()] == ["setup"]

    play(story)
    assert caplog.text.count("killed-001: no longer resumed by itself: 1 attempts in vain") == 1


def test_a_kernel_that_dies_on_the_way_is_tried_again_after_a_wait(play):
    async def story(scene: Scene) -> None:
        wish = scene.folder / "wish.py"
        wish.write_text("pathlib.Path('wish.py').unlink(); import os; os._exit(1)")
        await scene.kill()
        await scene.look(lambda: scene.made() and scene.made()[0].outcome == "died")
        assert scene.made()[0].detail == "the kernel died on the way"
        began = time.time()
        await scene.look(lambda: len(scene.ran()) == 3)
        assert [name for name, _ in scene.ran()] == ["setup", "setup", "train"]
        assert scene.made()[1].time - scene.made()[0].time >= attempts.FIRST_WAIT
        assert time.time() - began < 30

    play(story)


def test_after_five_in_vain_it_stops_and_says_so_once(play, caplog):
    async def story(scene: Scene) -> None:
        for number in range(1, attempts.MOST_IN_VAIN + 1):
            scene.claim(number, "died")
        await scene.kill()
        for _ in range(3):
            await scene.look()
        assert len(scene.made()) == attempts.MOST_IN_VAIN
        assert scene.ran() == []

    play(story)
    assert caplog.text.count("no longer resumed by itself: 5 attempts in vain") == 1


@pytest.mark.parametrize("hindrance", ["held", "locked", "off", "gone", "edited"])
def test_it_leaves_alone_what_is_not_its_own(hindrance, play, caplog):
    async def story(scene: Scene) -> None:
        held = None
        if hindrance == "held":
            scene.claim(1, "open")
        elif hindrance == "locked":
            held = lock(scene.run)
        elif hindrance == "off":
            scene.switches.set(scene.run, on=False)
        elif hindrance == "gone":
            await scene.kernels.shutdown_kernel(scene.kernel, now=True)
        else:
            path = scene.folder / "net.ipynb"
            path.write_text(path.read_text().replace("ran.jsonl", "RAN.jsonl"))
        before = scene.made()
        if hindrance != "gone":
            await scene.kill()
        for _ in range(3):
            await scene.look()
        if held is not None:
            held.release()
        assert scene.made() == before
        assert scene.ran() == []

    play(story)
    assert ("because cells changed since" in caplog.text) == (hindrance == "edited")


def unsigned(scene: Scene) -> None:
    path = scene.folder / "net.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(nbformat.v4.new_markdown_cell("from elsewhere"))
    nbformat.write(notebook, path)


def closed(scene: Scene) -> None:
    scene.sessions.cursor.execute("DELETE FROM session")


def deleted(scene: Scene) -> None:
    (scene.folder / "net.ipynb").unlink()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (unsigned, "the notebook is not trusted"),
        (closed, "its notebook is not open in this server"),
        (deleted, "its notebook cannot be read"),
    ],
)
def test_without_a_notebook_that_is_open_and_trusted_nothing_runs_and_it_is_told_once(
    change, why, play, caplog
):
    async def story(scene: Scene) -> None:
        change(scene)
        await scene.kill()
        for _ in range(3):
            await scene.look()
        assert scene.made() == []
        assert scene.ran() == []

    play(story)
    assert caplog.text.count(f"killed-001: not resumed by itself, because {why}") == 1
    assert "Traceback" not in caplog.text
