"""A pytest plugin for Keras' own tests: `model.fit` is carried out by `kr.fit`, and what happened is written down.

    KRESUME_SUITE_RESULTS=results.jsonl KRESUME_SUITE_SWAP=1 pytest -p swapped_fit …

Each test gets an outcome, whether it reached `fit`, and the error of one that failed, in a line of its
own as soon as it has ended; one that has a line already is not run again. Without `KRESUME_SUITE_SWAP`
Keras' own `fit` runs, and the rest is the same.
"""

from __future__ import annotations

import functools
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import keras
import pytest
from reaching import Reaching
from written_down import Outcomes

import kresume_nb

SECONDS = 300
"""What one test may take, all in all: one of Keras' takes 20."""


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "requires_trainable_backend: all that we run on are")
    config.addinivalue_line("markers", "multi_device: left out, it needs several devices")
    sys.modules.setdefault("conftest", _conftest())
    results = os.environ["KRESUME_SUITE_RESULTS"]
    config.pluginmanager.register(
        Suite(Outcomes(Path(results)), swap=bool(os.environ.get("KRESUME_SUITE_SWAP")))
    )


def _conftest() -> ModuleType:
    """What some of Keras' tests import from a file that its wheel lacks."""
    module = ModuleType("conftest")
    module.skip_if_backend = lambda backend, reason: pytest.mark.skipif(
        keras.backend.backend() == backend, reason=reason
    )
    return module


class Suite:
    """Replaces `fit` while tests run, and collects what became of them."""

    def __init__(self, outcomes: Outcomes, *, swap: bool) -> None:
        self._outcomes, self._swap = outcomes, swap
        self._now: dict[str, Any] = {}
        """Of the test that runs."""
        self._folder = ""
        self._inside = False
        self._fit = keras.Model.fit

    def pytest_sessionstart(self) -> None:
        self._outcomes.begin()
        trainer = next(one for one in keras.Model.__mro__ if "fit" in vars(one))
        trainer.fit = self._replaced()

    def _replaced(self) -> Any:
        @functools.wraps(self._fit)
        def fit(model: keras.Model, *arguments: Any, **named: Any) -> Any:
            self._now["reached"] = True
            # What `kr.fit` calls, and a fit within a fit, are Keras' own.
            if self._inside or not self._swap:
                return self._fit(model, *arguments, **named)
            self._inside = True
            _make_a_model_of(model)
            try:
                return kresume_nb.fit(
                    model,
                    *arguments,
                    **named,
                    folder=self._folder,
                    run="suite",
                    resume="never",
                    show=False,
                )
            finally:
                self._inside = False

        return fit

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        by_file = {one.path: Reaching(one.path.read_text()) for one in items}
        left = set(self._outcomes.left([one.nodeid for one in items]))
        items[:] = [one for one in items if one.nodeid in left and by_file[one.path].may(one.name)]

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self._inside = False
        self._folder = tempfile.mkdtemp(prefix="keras-suite-")
        began = time.monotonic()
        self._now = {"outcome": "passed", "reached": False, "error": ""}
        with _limited(SECONDS):
            yield
        self._now["seconds"] = round(time.monotonic() - began, 2)
        self._outcomes.add(item.nodeid, self._now)
        shutil.rmtree(self._folder, ignore_errors=True)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        mine = self._now
        if report.failed and mine["outcome"] != "failed":
            mine["outcome"] = "failed"
            crash = getattr(report.longrepr, "reprcrash", None)
            mine["error"] = getattr(crash, "message", None) or str(report.longrepr)[-2000:]
        elif report.skipped:
            mine["outcome"] = "skipped"


def _make_a_model_of(layer: keras.Layer) -> None:
    """Keras tests its trainer on layers that have been mixed with it, as `keras.Model` is.

    They become such a `Model`, and keep what they define themselves.
    """
    kind = type(layer)
    if issubclass(kind, keras.Model):
        return
    own = {
        name: vars(definer)[name]
        for name in vars(keras.Model)
        if (definer := next((one for one in kind.__mro__ if name in vars(one)), None))
        and definer not in keras.Model.__mro__
    }
    layer.__class__ = type(kind.__name__, (kind, keras.Model), own)


@contextmanager
def _limited(seconds: int) -> Iterator[None]:
    """Ends a test that does not end."""

    def give_up(*_: object) -> None:
        raise TimeoutError(f"the test takes more than {seconds} s")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
