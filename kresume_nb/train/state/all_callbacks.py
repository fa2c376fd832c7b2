"""The state of a run's callbacks: captured at a batch boundary, put back after `on_train_begin`.

What is kept of one callback is decided in `callback.py`; here are all of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import keras

from kresume_nb.errors import StateError
from kresume_nb.run.records import Finding, Writer
from kresume_nb.train.state import matching
from kresume_nb.train.state.callback import CallbackState, Missing
from kresume_nb.train.state.encoding import Array, Decoder, Encoder, UnresolvedError

_RECREATED: tuple[type, ...] = (keras.callbacks.ProgbarLogger, keras.callbacks.History)
"""A progress bar is drawn anew; History is rebuilt from the journal, so that it costs nothing to save."""


def flat(callbacks: Any) -> list[keras.callbacks.Callback]:
    """The argument `callbacks` of `fit` as a list: one, or nested lists and `CallbackList`s of them."""
    found: list[keras.callbacks.Callback] = []
    for one in keras.tree.flatten(callbacks) if callbacks is not None else ():
        # A subclass may have hooks of its own, so it stays whole.
        found += flat(one.callbacks) if type(one) is keras.callbacks.CallbackList else [one]
    return found


def each(callbacks: Iterable[keras.callbacks.Callback]) -> Iterator[keras.callbacks.Callback]:
    """Every callback, those within lists of a class of their own too, each object once."""
    seen: set[int] = set()
    waiting = list(callbacks)[::-1]
    while waiting:
        one = waiting.pop()
        if id(one) not in seen:
            seen.add(id(one))
            yield one
            if isinstance(one, keras.callbacks.CallbackList):
                waiting += one.callbacks[::-1]


class CallbackStates:
    """Captures and restores the callbacks of one run.

    Made before training begins, when every attribute still has the value that the notebook gave it.
    """

    def __init__(self, callbacks: Sequence[keras.callbacks.Callback]) -> None:
        every = list(each(callbacks))
        kept = [one for one in every if type(one) not in _RECREATED]
        self._kept = [
            CallbackState(one, label, every)
            for one, label in zip(kept, _labels([type(one).__name__ for one in kept]), strict=True)
        ]
        self._fork = False
        self._strict = True
        """Until training has begun, a callback that cannot be saved is an error."""
        self._news: list[Missing] = []
        self._failed: set[str] = set()

    def prepare(
        self, states: list[dict[str, Any]], *, fork: bool = False, processes: Sequence[Writer] = ()
    ) -> None:
        """Tells the callbacks that a resume is coming, before Keras gives them their model.

        A file that they would begin anew must be gone on with.

        Args:
            fork: the run of the checkpoint keeps what it wrote.
            processes: those that have trained this run.
        """
        self._fork = fork
        for kept, state in self._pairs(states):
            if state is not None:
                kept.adapter.prepare(state.get("seam") or {}, processes)

    def begin(self) -> None:
        """To be called once `on_train_begin` was: the callbacks now hold what a resume is to fill."""
        for kept in self._kept:
            kept.begin()

    def roots(self, states: list[dict[str, Any]] | None = None) -> Iterator[tuple[str, Any]]:
        """(path, value) of all that the callbacks hold, for `Names`.

        Args:
            states: of a checkpoint; paths then are those of the callbacks that made it.
        """
        if states is None:
            numbered = list(enumerate(self._kept))
        else:
            chosen = matching.match(states, [kept.identity() for kept in self._kept])
            pairs = zip(chosen, self._kept, strict=True)
            numbered = sorted(
                ((number, kept) for number, kept in pairs if number is not None),
                key=lambda pair: pair[0],
            )
        for number, kept in numbered:
            for path, value in kept.roots():
                yield f"callbacks.{number}.{path}", value

    def resolve(self, reference: str) -> Any:
        """The object that `refer` named.

        Raises:
            UnresolvedError: if there is none.
        """
        number, _, path = reference.partition(":")
        return self._kept[int(number)].resolve(path)

    def watched(self) -> Iterator[tuple[str, Any]]:
        """(path, value) of all that is kept of the callbacks if training changes it."""
        for kept in self._kept:
            if not kept.has_protocol:
                yield from ((f"{kept.label}.{path}", value) for path, value in kept.roots())

    def labelled(self) -> Iterator[tuple[str, Any]]:
        """(path, value) of all that the callbacks hold, as a person would write it."""
        for kept in self._kept:
            yield from ((f"{kept.label}.{path}", value) for path, value in kept.roots())

    def owners(self) -> Iterator[Any]:
        """Objects whose attributes are state: the callbacks, and what they hold."""
        for kept in self._kept:
            yield from kept.owners()

    def collect(self) -> list[Any]:
        """Takes down what is to be kept; returns the values, for `Encoder.count`."""
        return [value for kept in self._kept for value in kept.collect()]

    def refer(self, value: Any) -> str | None:
        """Names an object that the notebook makes again: the callback's number, and the path."""
        for number, kept in enumerate(self._kept):
            path = kept.refer(value)
            if path is not None:
                return f"{number}:{path}"
        return None

    def capture(self, encoder: Encoder) -> list[dict[str, Any]]:
        """The state as JSON, of what was collected.

        Raises:
            StateError: if, before the first step, a callback's `get_state` fails or returns what
                cannot be kept. Later that is told, and training goes on.
        """
        encoder.refers(self.refer)
        states = [self._capture(kept, encoder) for kept in self._kept]
        self._strict = False
        for kept in self._kept:
            kept.drop()
        return states

    def _capture(self, kept: CallbackState, encoder: Encoder) -> dict[str, Any]:
        try:
            state, news = kept.capture(encoder)
        except StateError as error:
            if self._strict:
                raise
            if kept.label not in self._failed:
                self._failed.add(kept.label)
                self._news.append(Missing(kept.label, f"is not in the checkpoint: {error}"))
            return {**kept.identity(), "failed": str(error)}
        self._news += news
        return state

    def missing(self) -> list[Missing]:
        """What cannot be kept and may be state, as far as it is there before training.

        A function or class is not: running the notebook's cells makes it again.
        """
        return [one for kept in self._kept for one in kept.missing()]

    def take_news(self) -> list[Missing]:
        """What turned out to be missing since it was asked last."""
        news, self._news = self._news, []
        return news

    def restore(
        self,
        states: list[dict[str, Any]],
        array: Callable[[int], Array],
        decoder: Decoder | None = None,
    ) -> list[Finding]:
        """Puts states back into the callbacks; says of each what became of it.

        Args:
            array: gives the arrays of the checkpoint by number.
            decoder: shares objects with what is put back besides.

        Raises:
            StateError: if a callback's `set_state` fails.
        """
        self._strict = False
        found: list[Finding] = []
        taken = []
        pairs = self._pairs(states)
        decoder = decoder or Decoder(array)

        def resolve(path: str) -> Any:
            number, _, within = path.partition(":")
            for kept, state in pairs:
                if state is states[int(number)]:
                    return kept.resolve(within)
            raise UnresolvedError(f"{states[int(number)]['class']}.{within}")

        for kept, state in pairs:
            if state is None:
                detail = "not among the callbacks of the checkpoint; it begins anew"
                found.append(Finding(what=kept.label, verdict="changed", detail=detail))
                continue
            taken.append(state)
            if "failed" in state:
                detail = f"its state is not in the checkpoint: {state['failed']}"
                found.append(Finding(what=kept.label, verdict="lost", detail=detail))
            else:
                found += kept.restore(state, array, decoder, resolve, fork=self._fork)
        left = [one for one in states if not any(one is other for other in taken)]
        return [*found, *map(_gone, left), *self._order(states)]

    def made_otherwise(self, states: list[dict[str, Any]]) -> bool:
        """Whether there are other callbacks than then, or one of Keras' own has other settings."""
        pairs = self._pairs(states)
        return len(pairs) != len(states) or any(
            state is None or kept.made_otherwise(state) for kept, state in pairs
        )

    def release(self) -> None:
        """Lets go of files after training failed, so that a run in the same process can go on."""
        for kept in self._kept:
            kept.adapter.release()

    def _pairs(
        self, states: list[dict[str, Any]]
    ) -> list[tuple[CallbackState, dict[str, Any] | None]]:
        chosen = matching.match(states, [kept.identity() for kept in self._kept])
        return [
            (kept, None if number is None else states[number])
            for kept, number in zip(self._kept, chosen, strict=True)
        ]

    def _order(self, states: list[dict[str, Any]]) -> list[Finding]:
        chosen = matching.match(states, [kept.identity() for kept in self._kept])
        if not matching.reordered(chosen):
            return []
        names = list(_labels([one["class"] for one in states]))
        kept = [one for one in chosen if one is not None]
        now, then = [names[one] for one in kept], [names[one] for one in sorted(kept)]
        detail = f"{', '.join(now)} now, {', '.join(then)} in the checkpoint; yours is used"
        return [Finding(what="order of the callbacks", verdict="changed", detail=detail)]


def _gone(state: dict[str, Any]) -> Finding:
    """What is told of a callback that was taken out."""
    detail = "no longer among the callbacks"
    if state.get("state") is None and not any(map(state.get, ("changed", "variables", "lost"))):
        return Finding(what=state["class"], verdict="changed", detail=f"{detail}; it had no state")
    detail += "; its state was left behind"
    return Finding(what=state["class"], verdict="lost", detail=detail)


def _labels(names: Sequence[str]) -> Iterator[str]:
    """Names for messages: the class, and a number where there are several of it."""
    total, so_far = Counter(names), Counter[str]()
    for name in names:
        so_far[name] += 1
        yield name if total[name] == 1 else f"{name} ({so_far[name]})"
