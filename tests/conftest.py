"""What every test shares: a quiet TensorFlow on the CPU, and run folders made without training."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

# torch's builds with CUDA bring triton. Loaded after TensorFlow it ends the process (both hold LLVM), and
# Keras' own handling of torch's tensors loads it.
with contextlib.suppress(ImportError):
    import triton  # noqa: F401

from kresume_nb import execution

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

TESTS = Path(__file__).parent
GOLDEN = TESTS / "golden"


def pytest_make_parametrize_id(val: Any) -> str | None:
    """Names a case for its value, the same in every process: without addresses in memory."""
    plain = isinstance(val, str | bytes | int | float | complex | None) or hasattr(val, "__name__")
    return None if plain else re.sub(r" at 0x[0-9a-f]+", "", repr(val))[:100]


_STATUS = pytest.StashKey[int]()


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    session.config.stash[_STATUS] = int(exitstatus)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Leaves without waiting for grain's threads, once all is reported.

    A garbage collection within such a thread may delete a TensorFlow iterator that itself waits
    for the thread: the two wait for each other, and Python waits for them at its end.
    """
    if any(one.name.startswith("grain-prefetch") for one in threading.enumerate()):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(config.stash.get(_STATUS, 1))


@pytest.fixture
def one_process() -> None:
    """Calls of `fit` in a test are those of one script, as they are to a person."""


@pytest.fixture(autouse=True)
def _each_call_is_a_cell_run_again(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Calls of `fit` in a test are each an execution of their own, as where a cell is run again."""
    if "one_process" in request.fixturenames:
        monkeypatch.setattr(execution, "PROCESS", execution.Executions())
        return

    class EachCall(execution.Executions):
        def present(self, key: object, *, told_of_its_end: bool = True) -> execution.Execution:
            return execution.Execution(told_of_its_end=False)

    monkeypatch.setattr(execution, "PROCESS", EachCall())


@pytest.fixture
def golden() -> Path:
    """The folder of golden run folders."""
    return GOLDEN


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty `kresume_runs` in a working directory of the test's own."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "kresume_runs"
    folder.mkdir()
    return folder


@pytest.fixture
def golden_run(place: Path) -> Callable[..., Path]:
    """Copies a golden run folder into `kresume_runs` under a name."""

    def copy(kind: str, name: str) -> Path:
        run = place / name
        shutil.copytree(GOLDEN / kind, run)
        (run / "expected.json").unlink()
        (run / "checkpoints").mkdir()
        return run

    return copy


@pytest.fixture
def tree_digest() -> Callable[[Path], dict[str, str]]:
    """What a folder holds: each file's path and SHA-256, and each folder's path.

    Modification times are not part of it, but the heartbeat's, which says that a writer lives.
    """

    def digest(folder: Path) -> dict[str, str]:
        found = {}
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder).as_posix()
            found[name] = (
                "folder" if path.is_dir() else hashlib.sha256(path.read_bytes()).hexdigest()
            )
            if path.name == "heartbeat":
                found[name] += f" {path.stat().st_mtime_ns}"
        return found

    return digest
