"""What a process that trains for a comparison is to do."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

VARIABLE = "KRESUME_CHECK"
"""The environment variable that tells a kernel the path of its job."""


@dataclass(frozen=True, slots=True)
class Job:
    """What a process is to do.

    Args:
        folder: where run folders go.
        out: the outcome's files, without suffix; written if training comes to its end.
        kill: the step after which the process kills itself; 0: never.
        stop: the step after which training is stopped; 0: never.
        every: steps between two checkpoints.
        seed: of `keras.utils.set_random_seed`, before anything is made.
        ignore: names that are not compared.
    """

    folder: str
    out: str
    kill: int = 0
    stop: int = 0
    every: int = 3
    seed: int = 0
    ignore: tuple[str, ...] = ()

    def write(self, path: Path) -> None:
        """As JSON."""
        path.write_text(json.dumps(asdict(self)))


def read_job(path: str) -> Job:
    """What `Job.write` wrote."""
    data = json.loads(Path(path).read_text())
    return Job(**data | {"ignore": tuple(data["ignore"])})
