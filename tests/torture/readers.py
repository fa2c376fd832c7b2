"""Who reads run folders, each as it does in earnest: kernel, command line, server, page.

A reader returns what it told; whatever is no error in our own words, or takes too long, is raised.
"""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import tempfile
import threading
import urllib.error
import urllib.parse
import urllib.request
import warnings
from pathlib import Path
from typing import Any, Self

import lab
from verdict import TookTooLongError

from kresume_nb import cli
from kresume_nb._runs import open_run
from kresume_nb.cli import verify
from kresume_nb.errors import KResumeError
from kresume_nb.run import attempts, inventory, requests, resume_choice
from kresume_nb.run.marks import pinned
from kresume_nb.run.reader import candidates
from kresume_nb.train.checkpoint import newest
from kresume_nb.train.checkpoint.newest import FoundCheckpoint
from kresume_nb.worker.process import Worker

LABEXTENSION = Path(__file__).parents[2] / "labextension"
COMMANDS = (
    ["ls", "{folder}"],
    ["ls", "{folder}", "--json"],
    ["show", "{run}"],
    ["show", "{run}", "--json"],
    ["prune", "--folder", "{folder}", "--dry-run"],
    ["compare", "{run}", "{other}"],
)
PATIENCE = 60.0
"""Seconds for any one reader; far more than it takes, far less than for ever."""
HELD = 2000.0
"""Milliseconds that a page may stand still on a slow machine."""


def kernel(run: Path) -> FoundCheckpoint | str:
    """What a training reads before it goes on; the checkpoint that it would take, or why none."""
    try:
        open_run(run).fold.steps()
        known = resume_choice.known(run)
        attempts.in_folder(run)
        pinned(run, ["epoch-0001.keras"])
        requests.RequestFiles(run).take()
        inventory.Inventory(run.parent).named(run.name.rpartition("-")[0])
        found = newest.find(candidates(run, known.fold))
    except (KResumeError, OSError) as error:
        return f"{type(error).__name__}: {error}"
    return found if found is not None else "no checkpoint"


class Terminal:
    """`kresume`, in this process."""

    def __init__(self) -> None:
        self._worker = Worker()
        # One for many calls: it takes half a second to begin.
        verify.Worker = lambda: contextlib.nullcontext(self._worker)  # type: ignore[assignment,misc]

    def run(self, arguments: list[str]) -> tuple[int, str]:
        """The exit code and what was printed."""
        out = io.StringIO()
        with (
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(out),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("always")  # as in a terminal; under pytest they are errors
            code = cli.main(arguments)
        assert code in (0, 1, 2), f"exit code {code}"
        return code, out.getvalue()

    def close(self) -> None:
        self._worker.close()


class Server:
    """A real Jupyter Server over a folder."""

    def __init__(self, root: Path) -> None:
        self._lab = lab.Lab(root)

    def __enter__(self) -> Self:
        self._lab.__enter__()
        self.pid = self._lab._process.pid  # type: ignore[union-attr]
        return self

    def __exit__(self, *error: Any) -> None:
        self._lab.__exit__(*error)

    def get(self, route: str, **parameters: str) -> tuple[int, Any]:
        """The status and the answer. An answer of 5xx is the server's accident, and raised."""
        query = urllib.parse.urlencode(parameters)
        return self._send(urllib.request.Request(f"{self._lab.url}/kresume/{route}?{query}"))  # noqa: S310

    def post(self, route: str, body: Any) -> tuple[int, Any]:
        """The same."""
        data = json.dumps(body).encode()
        url = f"{self._lab.url}/kresume/{route}"
        return self._send(urllib.request.Request(url, data, method="POST"))  # noqa: S310

    def _send(self, request: urllib.request.Request) -> tuple[int, Any]:
        request.add_header("Authorization", f"token {lab.TOKEN}")
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as response:  # noqa: S310
                return response.status, json.loads(response.read() or b"null")
        except urllib.error.HTTPError as error:
            told = error.read()
            if error.code >= 500:
                raise AssertionError(f"{error.code}: {told[:300]!r}") from error
            return error.code, json.loads(told or b"null")


class Page:
    """The page's own reader, in Node."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="kresume-page-")
        built = Path(self._folder.name) / "reader.mjs"
        esbuild = LABEXTENSION / "node_modules" / ".bin" / "esbuild"
        subprocess.run(
            [
                str(esbuild), "test/torture/reader.ts", "--bundle", "--platform=node",
                "--format=esm", "--log-level=warning", f"--outfile={built}",
            ],
            cwd=LABEXTENSION,
            check=True,
        )  # fmt: skip
        self._built = built
        self._start()

    def _start(self) -> None:
        self._process = subprocess.Popen(
            ["node", str(self._built)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def read(self, folder: Path) -> list[str]:
        """What it refused; whatever else it threw is raised."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        timer = threading.Timer(PATIENCE, self._process.kill)
        timer.start()
        try:
            self._process.stdin.write(f"{folder}\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        finally:
            timer.cancel()
        if not line:
            self._process.wait()
            self._start()
            raise TookTooLongError("the page")
        answer = json.loads(line)
        assert not answer["thrown"], answer["thrown"]
        if answer["longest"] > HELD:
            raise TookTooLongError(f"the page stood still for {answer['longest']:.0f} ms")
        return list(answer["refused"])

    def close(self) -> None:
        self._process.communicate(timeout=60)
        self._folder.cleanup()
