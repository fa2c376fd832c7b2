"""Trains models as people write them, kills and resumes each, and says what came of it.

    python runner.py [--seed N] [--backend B] [--other-seed] [NAME …]

Names choose by a part of the model's name or family. Ends with 1 if a resumed training differs
without having said so, or one fails by itself.
"""

from __future__ import annotations

import argparse
import importlib
import os
import random
import re
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
sys.path.insert(0, str(Path(__file__).parent.parent))
from field_models.registry import EVERYWHERE, MODELS, FieldModel
from forking import Zygote

from kresume_nb.check import outcome, trial
from kresume_nb.check.job import Job
from kresume_nb.check.trial import CheckError
from kresume_nb.check.verdict import Verdict

TRAINEE = Path(__file__).with_name("trainee.py")
SEED, OTHER_SEED = 7, 12345
"""A script sets its seed, so the process that resumes has the first one; `--other-seed` is harder."""
FIRST_KILL = 5
"""There is a checkpoint within the epoch by then."""


@dataclass(frozen=True)
class Finding:
    """What came of a model on a backend."""

    verdict: str
    is_good: bool
    detail: str = ""


class Trials:
    """Trains each job in a process of its own that a warm one of the backend forks.

    Args:
        folder: an empty folder of its own.
        seed: kills are drawn from it.
        resumed_with: the global seed of the process that resumes.
    """

    def __init__(self, folder: Path, seed: int = 0, resumed_with: int = SEED) -> None:
        self._folder, self._seed, self._resumed_with = folder, seed, resumed_with
        self._zygotes: dict[str, Zygote] = {}

    def close(self) -> None:
        for zygote in self._zygotes.values():
            zygote.close()

    def judge(self, model: FieldModel, backend: str) -> Finding:
        """Trains a model unbroken, then killed and resumed, and compares."""
        log = self._folder / f"{model.name} {backend}.log"
        name = f"{model.name} on {backend}"
        kills: list[int] = []

        def run(job: Job, place: Path) -> int:
            if job.kill:
                unbroken = outcome.read(place.parent / "unbroken-outcome")
                job = replace(job, kill=self._kill(name, unbroken.steps))
                kills.append(job.kill)
            elif place.name == "resumed":
                job = replace(job, seed=self._resumed_with)
            described = place.parent / f"{place.name}.job"
            job.write(described)
            task = {
                "job": str(described),
                "model": model.name,
                "place": str(place),
                "log": str(log),
            }
            code = self._zygote(backend).run(task)
            if code > 0:
                raise CheckError(log.read_text(errors="replace"))
            return code

        try:
            # The step is drawn when it is known how many there are.
            verdict = trial.carry_out(run, [FIRST_KILL], seed=SEED)
        except CheckError as error:
            return refused_or_failed(str(error))
        return judged(replace(verdict, kills=tuple(kills)))

    def _kill(self, name: str, steps: int) -> int:
        return random.Random(f"{self._seed} {name}").randint(FIRST_KILL, steps - 1)

    def _zygote(self, backend: str) -> Zygote:
        if backend not in self._zygotes:
            environment = {"KERAS_BACKEND": backend, "TMPDIR": str(self._folder)}
            self._zygotes[backend] = Zygote(TRAINEE, environment)
        return self._zygotes[backend]


def judged(verdict: Verdict) -> Finding:
    """What a comparison means, in the words of the table."""
    told = [one for one in verdict.told if one.startswith(("approximate", "lost"))]
    reason = "; ".join(dict.fromkeys(_short(one) for one in told))
    if verdict.exact:
        return Finding("exact" + (f" (though announced {reason})" if told else ""), is_good=True)
    if told:
        return Finding(f"approximate as announced: {reason}", is_good=True, detail=verdict.table)
    return Finding("**DIFFERS**", is_good=False, detail=verdict.table)


def refused_or_failed(log: str) -> Finding:
    """A refusal is an error of our own, which says why; anything else is a crash."""
    found = re.findall(r"^kresume_nb\.errors\.\w+: (.*)", log, re.MULTILINE)
    if found:
        return Finding(f"refused: {_short(found[-1])}", is_good=True, detail=log)
    return Finding("**CRASHES**", is_good=False, detail=log)


def _short(text: str) -> str:
    """The first sentence, in a table's cell."""
    return text.partition(". ")[0].replace("|", "\\|")[:200]


def table(findings: dict[tuple[FieldModel, str], Finding]) -> str:
    """A row a model, a column a backend."""
    models = dict.fromkeys(model for model, _ in findings)
    lines = [
        f"| model | family | data | {' | '.join(EVERYWHERE)} |",
        "| --- | --- | --- | " + " | ".join("---" for _ in EVERYWHERE) + " |",
    ]
    for model in models:
        found = [findings.get((model, backend)) for backend in EVERYWHERE]
        verdicts = [one.verdict if one else "" for one in found]
        lines.append(f"| {' | '.join([model.name, model.family, model.data, *verdicts])} |")
    return "\n".join(lines)


def main(given: Any) -> int:
    models = [one for one in known() if _is_chosen(one, given.names)]
    backends = given.backend or EVERYWHERE
    findings: dict[tuple[FieldModel, str], Finding] = {}
    with tempfile.TemporaryDirectory(prefix="kresume-models-") as folder:
        trials = Trials(Path(folder), given.seed, OTHER_SEED if given.other_seed else SEED)
        try:
            for model in models:
                for backend in model.backends:
                    if backend in backends:
                        findings[model, backend] = _told(trials, model, backend)
        finally:
            trials.close()
    print(table(findings))
    bad = [key for key, finding in findings.items() if not finding.is_good]
    print(f"{len(models)} models, {len(findings)} trials, {len(bad)} bad", file=sys.stderr)
    return 1 if bad or not findings else 0


def known() -> list[FieldModel]:
    """All models, by family."""
    for module in sorted(Path(__file__).parent.glob("family_*.py")):
        importlib.import_module(f"field_models.{module.stem}")
    return sorted(MODELS.values(), key=lambda model: model.family)


def _is_chosen(model: FieldModel, names: list[str]) -> bool:
    return not names or any(part in f"{model.family} {model.name}" for part in names)


def _told(trials: Trials, model: FieldModel, backend: str) -> Finding:
    began = time.monotonic()
    finding = trials.judge(model, backend)
    seconds = time.monotonic() - began
    print(
        f"{model.name}, {backend}: {finding.verdict}, {seconds:.0f} s", file=sys.stderr, flush=True
    )
    if not finding.is_good:
        print(finding.detail[-3000:], file=sys.stderr, flush=True)
    return finding


def _arguments() -> Any:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--backend", choices=EVERYWHERE, action="append")
    parser.add_argument("--other-seed", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main(_arguments()))
