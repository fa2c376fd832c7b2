"""A run whose kernel was killed, and its notebook: trained once, laid out anew for each test that needs one."""

from __future__ import annotations

import json
import os
import shutil
import signal
import urllib.request
from pathlib import Path
from typing import Any

import conftest
import lab

import kresume_nb as kr
from kresume_nb.run import layout

EPOCHS = 4
RUN = "digits-001"
GATE = """import pathlib, time
while pathlib.Path('hold').exists():
    time.sleep(0.05)
if pathlib.Path('broken').exists():
    raise RuntimeError('set-up broke')"""
"""A set-up cell that waits, or fails, as long as a file of that name lies beside the notebook."""


def cells(epochs: int = EPOCHS, pause: float = 0.02) -> list[str]:
    """Of a notebook with that cell: ids `cell-0` to `cell-5`, the last of which trains."""
    return [f"PAUSE = {pause}", *conftest.SETUP, GATE, conftest.TRAIN.format(epochs=epochs)]


def make(root: Path, chromium: Any) -> Path:
    """Trains past an epoch and kills the kernel; returns the folder, with nobody behind it any more."""
    conftest.write(root / "train.ipynb", cells())
    context = chromium.new_context()
    with lab.Lab(root) as server:
        opened = lab.Notebook(context.new_page(), server, "train.ipynb")
        opened.open()
        opened.run_all()
        kept = root / "kresume_runs" / RUN / "checkpoints"
        lab.wait_for(lambda: begun(kept), 120, lambda: server.log.read_text()[-2000:])
        server.kill_kernel()
        opened.banner()
        opened.save()
        context.close()
    heartbeat = root / "kresume_runs" / RUN / layout.HEARTBEAT
    os.utime(heartbeat, (heartbeat.stat().st_mtime - 3600,) * 2)
    return root


def begun(checkpoints: Path) -> bool:
    """Whether an epoch was saved, and a point within the next."""
    names = sorted(one.name for one in checkpoints.glob("*.keras"))
    return "epoch-0001.keras" in names and names[-1] > "step-00000023.keras"


class Place:
    """A folder below a server's root with a notebook `train.ipynb` and its run."""

    def __init__(self, server: lab.Lab, name: str) -> None:
        self.server, self.name = server, name
        self.folder = server.root / name

    @property
    def notebook(self) -> str:
        return f"{self.name}/train.ipynb"

    @property
    def path(self) -> Path:
        return self.folder / "kresume_runs" / RUN

    @property
    def run(self) -> Any:
        return kr.load_run(self.path)

    def open(self, page: Any) -> lab.Notebook:
        """Its notebook, in a tab."""
        opened = lab.Notebook(page, self.server, self.notebook)
        opened.open()
        return opened

    def kill(self) -> None:
        """SIGKILL to the process that trains."""
        os.kill(self.run.fold.start.writer.pid, signal.SIGKILL)

    def ask(self, address: str, method: str, body: Any) -> None:
        """A request to the server."""
        request = urllib.request.Request(  # noqa: S310  # to the server above
            f"{self.server.url}/{address}",
            method=method,
            data=json.dumps(body).encode(),
            headers={"Authorization": f"token {lab.TOKEN}"},
        )
        with urllib.request.urlopen(request, timeout=30):  # noqa: S310
            pass


class Stopped(Place):
    """A copy of the run that was killed.

    Args:
        made: what `make` returned, or another copy.
        signed: whether this server's Jupyter trusts the notebook.
    """

    def __init__(self, server: lab.Lab, made: Path, name: str, *, signed: bool = True) -> None:
        super().__init__(server, name)
        shutil.copytree(made, self.folder, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
        if signed:
            self._sign()

    def _sign(self) -> None:
        """As *Trust Notebook* does: it is saved with every cell trusted."""
        content = json.loads(lab.whole(self.folder / "train.ipynb"))
        for cell in content["cells"]:
            cell["metadata"]["trusted"] = True
        body = {"type": "notebook", "format": "json", "content": content}
        self.ask(f"api/contents/{self.notebook}", "PUT", body)

    def switch_on(self) -> None:
        """As a person does who turns the switch "resume by itself"."""
        body = {"folder": f"{self.name}/kresume_runs/{RUN}", "on": True}
        self.ask("kresume/auto", "POST", body)

    def untouched(self) -> bool:
        """Whether nobody has gone on with it, or tried to."""
        return not self.run.fold.resumes and not list(self.path.glob("attempt-*"))
