"""Which models there are: each family's module declares its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

TENSORFLOW, EVERYWHERE = ("tensorflow",), ("tensorflow", "jax", "torch")


@dataclass(frozen=True)
class FieldModel:
    """A model as people write it.

    Args:
        family: the module that it stands in.
        data: how its data come, for the table.
        backends: those that it runs on.
        make: returns `(model, arguments of kr.fit)`; if `is_loop`, takes `fit`, calls it as often as
            it likes, and returns the model.
    """

    name: str
    family: str
    data: str
    backends: tuple[str, ...]
    make: Callable[..., Any]
    is_loop: bool = False


MODELS: dict[str, FieldModel] = {}


def field_model(
    data: str, backends: tuple[str, ...] = TENSORFLOW, *, is_loop: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declares a model under its function's name."""

    def declare(make: Callable[..., Any]) -> Callable[..., Any]:
        family = make.__module__.rpartition("family_")[2].replace("_", " ")
        name = make.__name__.replace("_", " ")
        if name in MODELS:
            raise ValueError(f"{name} stands in {MODELS[name].family} and in {family}")
        MODELS[name] = FieldModel(name, family, data, backends, make, is_loop)
        return make

    return declare
