"""What a callback's attributes do not tell of it: the interface, and the case that there is nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from kresume_nb.run.records import Verdict, Writer

Told = tuple[Verdict, str]


class CallbackAdapter:
    """Nothing is particular about this callback."""

    hidden: ClassVar[frozenset[str]] = frozenset()
    """Attributes that are no state."""

    def __init__(self, callback: Any) -> None:
        self.callback = callback

    def prepare(self, state: dict[str, Any], processes: Sequence[Writer]) -> None:
        """A resume is coming: before `set_model` and `on_train_begin`."""

    def capture(self) -> dict[str, Any]:
        """What the attributes do not tell, as JSON."""
        return {}

    def restore(self, state: dict[str, Any], *, fork: bool) -> list[Told]:
        """After the attributes are put back. Returns what is to be told of it."""
        if not state:
            return []
        detail = (
            f"what its adapter had kept ({', '.join(sorted(state))}): none that puts it back is registered "
            "now. Call kr.register_callback_adapter in a cell before the training cell"
        )
        return [("lost", detail)]

    def release(self) -> None:
        """Training failed: closes what would write later."""
