"""Writes the golden cases of the comparison, which Python and TypeScript tests read alike.

    python tests/golden/compare/generate.py

Each file holds the runs that are compared (`Compared` records), and what every function of
`kresume_nb/view/compare` makes of them.
"""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

from kresume_nb.run import codec
from kresume_nb.run.fold import Fold
from kresume_nb.run.records import (
    Cell,
    Compared,
    Controlled,
    DataArray,
    End,
    Epoch,
    Header,
    JournalEvent,
    Parent,
    Position,
    Start,
    Writer,
)
from kresume_nb.view.compare.code import code
from kresume_nb.view.compare.curves import RATE, curves
from kresume_nb.view.compare.facts import facts
from kresume_nb.view.compare.labels import distinct, labels
from kresume_nb.view.compare.lineage import tree
from kresume_nb.view.compare.metrics import first_metric, metrics
from kresume_nb.view.compare.table import table

HERE = Path(__file__).parent
RATES = {"learning_rate": 0.1, "lr": 0.1}
AXES = ("epoch", "step", "examples", "time", "elapsed")
WRITER = Writer(pid=4242, host="golden", kernel="8d1f2c3a-kernel", started=1000.0)
SETUP = [
    Cell(id="cell-import", source="import keras\nimport kresume_nb as kr"),
    Cell(
        id="cell-model",
        source="model = keras.Sequential([\n    keras.layers.Dense(32),\n"
        "    keras.layers.Dense(10),\n])\nmodel.compile('adam', 'mse')\nmodel.summary()",
    ),
    Cell(id="cell-look", source="x[0]", late=True),
]


def adam(rate: Any = 0.001, **settings: Any) -> dict[str, Any]:
    return {
        "module": "keras.optimizers",
        "class_name": "Adam",
        "config": {"name": "adam_1", "learning_rate": rate, "clipnorm": None, **settings},
        "registered_name": None,
    }


def header(name: str, **changes: Any) -> Header:
    default = Header(
        name=name,
        base=name.rpartition("-")[0],
        created=1000.0,
        notebook="golden.ipynb",
        cell=Cell(id="cell-train", source="kr.fit(model, x, y, epochs=3)"),
        setup=SETUP,
        fit={"epochs": 3, "batch_size": 32, "shuffle": True, "callbacks": ["EarlyStopping"]},
        compile={"optimizer": adam(), "loss": "mse", "metrics": ["accuracy"]},
        architecture="0" * 64,
        parameters=449,
        data=[DataArray(name="x", shape=[100, 8], dtype="float32", digest="1" * 64)],
        samples=100,
        batch_size=32,
        batches=4,
        seed=7,
        versions={"keras": "3.15.1", "numpy": "2.4.6"},
        device="cpu:0",
        writer=WRITER,
        parent=None,
    )
    return replace(default, **changes)


def at(epochs: int, batches: int = 4) -> Position:
    return Position(epoch=epochs, batch=0, step=epochs * batches)


def start(time: float, done: int = 0, *, resumed: bool = False, batches: int = 4) -> Start:
    return Start(
        time=time,
        writer=WRITER,
        epochs=3,
        batches=batches,
        position=at(done, batches),
        resumed=resumed,
    )


def epoch(number: int, time: float, *, batches: int = 4, **logs: float) -> Epoch:
    return Epoch(
        time=time,
        epoch=number,
        step=number * batches,
        logs=logs,
        learning_rate=0.001 / number,
        seconds=2.0,
    )


def control(action: Any, time: float, done: int) -> Controlled:
    return Controlled(
        time=time, id=f"{action}-{done}", action=action, value=None, position=at(done), done=True,
        detail="done",
    )  # fmt: skip


def end(time: float, done: int, status: Any = "finished", batches: int = 4) -> End:
    return End(time=time, status=status, position=at(done, batches), reason="completed")


def compared(key: str, head: Header | None = None, *events: JournalEvent, **more: Any) -> Compared:
    fold = Fold().feed(events)
    name = key.rpartition("/")[2]
    return Compared(
        key=key, header=head or header(name), summary=fold.summary(name), history=fold.history(),
        **more,
    )  # fmt: skip


def finished(key: str, head: Header | None = None, **more: Any) -> Compared:
    return compared(
        key,
        head,
        start(1000.0),
        epoch(1, 1002.5, loss=0.5, accuracy=0.5, val_loss=0.625),
        epoch(2, 1005.0, loss=0.25, accuracy=0.75, val_loss=0.375),
        epoch(3, 1007.5, loss=0.125, accuracy=0.75, val_loss=0.5),
        end(1008.0, 3),
        **more,
    )


def two() -> list[Compared]:
    """Same metrics; another optimizer, batch size, version and set-up cell."""
    changed = replace(
        SETUP[1],
        source="model = keras.Sequential([\n    keras.layers.Dense(64),\n    keras.layers.Dropout(0.5),\n"
        "    keras.layers.Dense(10),\n])\nmodel.compile('sgd', 'mse')",
    )
    schedule = {"module": "keras", "class_name": "CosineDecay",
                "config": {"name": "CosineDecay", "initial_learning_rate": 0.1}}  # fmt: skip
    sgd = {"class_name": "SGD", "config": {"name": "SGD", "learning_rate": schedule}}
    other = header(
        "sgd-001",
        batch_size=50,
        batches=2,
        setup=[SETUP[0], changed, Cell(id=None, source="keras.utils.set_random_seed(1)")],
        cell=Cell(id="cell-other", source="kr.fit(model, x, y, epochs=3, batch_size=50)"),
        fit={
            "epochs": 3.0,
            "batch_size": 50,
            "shuffle": 1,
            "callbacks": ["EarlyStopping", "CSVLogger"],
        },
        compile={
            "optimizer": sgd,
            "loss": ["mse", {"class_name": "Huber", "config": {"delta": 1e-7}}],
        },
        versions={"keras": "3.14.0"},
    )
    return [
        finished("kresume_runs/adam-001"),
        compared(
            "kresume_runs/sgd-001",
            other,
            start(2000.0, batches=2),
            # As ReduceLROnPlateau logs it: no metric.
            epoch(1, 2003.0, batches=2, loss=0.75, accuracy=0.25, val_loss=0.75, **RATES),
            epoch(2, 2006.0, batches=2, loss=0.5, accuracy=0.875, val_loss=0.75, **RATES),
            end(2006.5, 2, "interrupted", batches=2),
        ),
    ]


def forks() -> list[Compared]:
    """A parent that was paused, killed and resumed; its child and grandchild; two without a parent."""
    parent = compared(
        "runs/net-001",
        None,
        start(1000.0),
        epoch(1, 1003.0, loss=0.5, val_loss=0.5),
        control("pause", 1003.5, 1),
        control("continue", 1013.5, 1),
        epoch(2, 1016.0, loss=0.25, val_loss=0.25),
        start(1100.0, 2, resumed=True),
        epoch(3, 1103.0, loss=0.125, val_loss=0.3125),
        end(1104.0, 3),
    )
    child = compared(
        "runs/net-003",
        header(
            "net-003",
            batch_size=16,
            batches=7,
            created=5000.0,
            compile={"optimizer": {"class_name": "LossScaleOptimizer",
                                   "config": {"name": "l", "inner_optimizer": adam(0.01)}}},
            parent=Parent(run="net-001", checkpoint="epoch-0002.keras", epoch=2),
        ),
        start(5000.0),
        replace(epoch(1, 1003.0, loss=0.5, val_loss=0.5), inherited=True),
        replace(epoch(2, 1016.0, loss=0.25, val_loss=0.25), inherited=True),
        replace(start(5000.5, 2), checkpoint="epoch-0002.keras"),
        replace(epoch(3, 5004.0, loss=0.1875, val_loss=0.1875), step=15),
        replace(epoch(4, 5007.5, loss=0.0625, val_loss=0.125), step=22),
    )  # fmt: skip
    grandchild = compared(
        "runs/net-002",
        header("net-002", created=9000.0,
               parent=Parent(run="net-003", checkpoint="step-00000018.keras", epoch=3)),
        start(9000.0),
        replace(epoch(1, 1003.0, loss=0.5, val_loss=0.5), inherited=True),
        replace(epoch(2, 1016.0, loss=0.25, val_loss=0.25), inherited=True),
        replace(epoch(3, 5004.0, loss=0.1875, val_loss=0.1875), inherited=True, step=15),
        replace(start(9000.5, 3), checkpoint="step-00000018.keras"),
        replace(epoch(4, 9003.0, loss=0.09375, val_loss=0.25), step=22),
        end(9004.0, 4),
    )  # fmt: skip
    orphan = finished(
        "runs/net-004",
        header("net-004", parent=Parent(run="gone-001", checkpoint="epoch-0001.keras", epoch=1)),
    )
    elsewhere = finished(
        "other/net-005",
        header("net-005", parent=Parent(run="net-001", checkpoint="epoch-0001.keras", epoch=1)),
    )
    return [grandchild, orphan, parent, child, elsewhere]


def odd() -> list[Compared]:
    """One name in three folders and twice, no metric in common, no epochs, nothing to read, a circle."""
    nothing = Compared(
        key="runs/broken-001", header=None, summary=None, history={},
        problem="runs/broken-001/run.json: not JSON",
    )  # fmt: skip
    nan = compared(
        "a/net-001",
        header("net-001", parent=Parent(run="loop-001", checkpoint="epoch-0001.keras", epoch=1)),
        start(1000.0),
        epoch(1, 1002.0, loss=math.nan, mae=math.inf),
        epoch(2, 1004.0, loss=-math.inf, mae=2.0),
        epoch(3, 1001.0, loss=0.5, mae=2.0),
        epoch(4, 1008.0, loss=0.5),
        epoch(5, 1010.0, loss=math.nan),
    )
    loop = compared(
        "a/loop-001",
        header("loop-001", batches=0, samples=0, notebook=None, cell=None, setup=[], data=[],
               parent=Parent(run="net-001", checkpoint="epoch-0001.keras", epoch=1)),
        start(1000.0),
    )  # fmt: skip
    return [
        nan,
        nothing,
        compared("b/net-001", None, start(1000.0), epoch(1, 1003.0, accuracy=0.5)),
        finished("a/net-001"),
        loop,
        finished("b/c/net-001", title="The last one"),
        compared(
            "net-007", header("net-007", samples=0), start(1.0), epoch(1, 2.0, perplexity=8.0)
        ),
        finished("titled-001", title="Twice"),
        finished("titled-002", title="Twice"),
    ]


CASES = {"two": two, "forks": forks, "odd": odd}


def expected(given: list[Compared]) -> dict[str, Any]:
    runs = distinct(given)
    found = metrics(runs)
    names = [*(one.name for one in found), RATE]
    made = {
        "distinct": [run.key for run in runs],
        "labels": labels(runs),
        "metrics": found,
        "first_metric": first_metric(found),
        "table": {name: table(runs, name) for name in (first_metric(found), "accuracy")},
        "curves": {axis: {name: curves(runs, name, axis) for name in names} for axis in AXES},
        "facts": facts(runs),
        "code": {run.key: code(runs[0], run) for run in runs[1:]},
        "lineage": tree(runs),
    }
    return dict(json.loads(codec.dumps(made)))


def main() -> None:
    for name, runs in CASES.items():
        given = runs()
        document = {"runs": json.loads(codec.dumps(given)), "expected": expected(given)}
        (HERE / f"{name}.json").write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main()
