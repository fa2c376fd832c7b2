"""The proof of a resume: steps that it trains once more, against what the journal says of them.

A kernel mostly dies some steps after its newest checkpoint, and their losses, metrics and learning
rates are in the journal. An exact resume gives them again, bit for bit, whatever they depend on:
weights, optimizer, data, random numbers. One that does not gives itself away here, also by what nobody
thought of saving.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from kresume_nb.run.records import Epoch, Finding, Steps
from kresume_nb.run.undone import Row

WHAT = "steps trained again"
LAST_BITS = 1e-4
"""Relative difference up to which it may be the arithmetic: sums in another order."""


class RepeatedSteps:
    """Compares rows as they are written a second time.

    Args:
        rows: those of the process that died.
    """

    def __init__(self, rows: Iterable[Row]) -> None:
        self._steps: dict[int, dict[str, float]] = {}
        self._epochs: dict[int, dict[str, float]] = {}
        for row in rows:
            if isinstance(row, Steps):
                self._steps.update(_by_step(row))
            else:
                self._epochs[row.epoch] = _of_epoch(row)
        self._equal = self._undefined = 0
        self._finding: Finding | None = None
        self._over = not self._steps

    def take(self, row: Row) -> None:
        """A row of this process."""
        if self._over:
            return
        if isinstance(row, Steps):
            for step, logs in _by_step(row):
                self._compare(f"step {step}", self._steps.pop(step, None), logs)
        else:
            self._compare(f"epoch {row.epoch}", self._epochs.pop(row.epoch, None), _of_epoch(row))
        if not self._over and not self._steps:
            self._over = True
            if self._equal:
                self._finding = Finding(what=WHAT, verdict="exact", detail=self._proof)

    @property
    def _proof(self) -> str:
        one = self._equal == 1
        proof = (
            f"{self._equal} step{'' if one else 's'} gave again, bit for bit, what "
            f"{'it' if one else 'they'} had given before the kernel died"
        )
        more = self._undefined
        return proof + (f"; {more} more gave NaN both times, which proves nothing" if more else "")

    def take_finding(self) -> Finding | None:
        """What came of it, once it is known, and only once."""
        found, self._finding = self._finding, None
        return found

    def _compare(self, where: str, then: dict[str, float] | None, now: dict[str, float]) -> None:
        if then is None or self._over:
            return
        differing = [
            name for name in then if name in now and not _same(then[name], now[name])
        ] + sorted(then.keys() ^ now.keys())
        if not differing:
            if where.startswith("step"):
                undefined = any(math.isnan(value) for value in now.values())
                self._undefined += undefined
                self._equal += not undefined
            return
        self._over = True
        name = differing[0]
        old, new = then.get(name, math.nan), now.get(name, math.nan)
        if all(_close(then.get(one, math.nan), now.get(one, math.nan)) for one in differing):
            why = (
                "It differs in the last bits only: some operation does not add in the same order each "
                "time. On TensorFlow call tf.config.experimental.enable_op_determinism()"
            )
        else:
            why = (
                "Training depends on something that is neither in the checkpoint nor as it was: data "
                "or code that changed, a file, a global variable, a clock"
            )
        self._finding = Finding(
            what=WHAT,
            verdict="approximate",
            detail=f"{where} gave {name} {old:.9g} before the kernel died, and {new:.9g} now. {why}",
        )


def _by_step(row: Steps) -> Iterator[tuple[int, dict[str, float]]]:
    rates = row.learning_rate
    for number in range(row.count):
        logs = {name: values[number] for name, values in row.logs.items()}
        rate = rates[number] if len(rates) > 1 else rates[0]
        yield row.step + number, {"learning rate": rate, **logs}


def _of_epoch(row: Epoch) -> dict[str, float]:
    return {"learning rate": row.learning_rate, **row.logs}


def _same(one: float, other: float) -> bool:
    return one == other or (math.isnan(one) and math.isnan(other))


def _close(one: float, other: float) -> bool:
    return _same(one, other) or math.isclose(one, other, rel_tol=LAST_BITS)
