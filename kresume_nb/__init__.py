"""Keras training in Jupyter that survives the death of its kernel.

    import kresume_nb as kr
    history = kr.fit(model, x, y, epochs=20)

Importing this package imports neither Keras nor a backend, so it costs nothing at the top of a
notebook; the names below are loaded when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from kresume_nb.errors import KResumeError
from kresume_nb.notebook import listen

if TYPE_CHECKING:
    from kresume_nb._fit import fit
    from kresume_nb._runs import Run, load_run, runs
    from kresume_nb.comparison import compare
    from kresume_nb.configuration import configure
    from kresume_nb.train.checkpoint.policy import Checkpointing
    from kresume_nb.train.state.adapters.registry import register_callback_adapter
    from kresume_nb.view.widget import TrainingWidget

__all__ = [
    "Checkpointing",
    "KResumeError",
    "Run",
    "TrainingWidget",
    "compare",
    "configure",
    "fit",
    "load_run",
    "register_callback_adapter",
    "runs",
]

_HOME = {
    "Checkpointing": "kresume_nb.train.checkpoint.policy",
    "Run": "kresume_nb._runs",
    "TrainingWidget": "kresume_nb.view.widget",
    "compare": "kresume_nb.comparison",
    "configure": "kresume_nb.configuration",
    "fit": "kresume_nb._fit",
    "load_run": "kresume_nb._runs",
    "register_callback_adapter": "kresume_nb.train.state.adapters.registry",
    "runs": "kresume_nb._runs",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    return [{"src": "labextension", "dest": "kresume_nb"}]


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "kresume_nb"}]


def _load_jupyter_server_extension(app: Any) -> None:
    import_module("kresume_nb.server").load(app)


listen()
