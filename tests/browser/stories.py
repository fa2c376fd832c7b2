"""What can happen in a run, as values: `staged.py` writes them down as run folders."""

from __future__ import annotations

from dataclasses import dataclass

from kresume_nb.run.records import Finding, Parent


@dataclass(frozen=True)
class Story:
    """What happens in a run."""

    base: str = "mnist"
    epochs: int = 12
    batches: int = 60
    step_seconds: float = 0.02
    metrics: tuple[str, ...] = ("loss", "accuracy")
    validation: bool = True
    schedule: bool = False
    """Whether the learning rate falls as a cosine; else it falls where a plateau was seen."""
    kills: tuple[int, ...] = ()
    """Steps after which the kernel is killed; the run resumes from the checkpoint before."""
    until: int | None = None
    """The last step that is written; None for all."""
    status: str = "finished"
    reason: str = "completed"
    nan_from: int | None = None
    """Losses are not numbers from this step on."""
    spikes: tuple[int, ...] = ()
    """Steps whose loss is infinite."""
    keep: int = 3
    chunk: int = 10
    pauses: tuple[tuple[int, float], ...] = ()
    """After which step training stood still, and for how many seconds."""
    paused: bool = False
    """Whether it stands still at the end."""
    rates: tuple[tuple[int, float], ...] = ()
    """Learning rates that were set by hand: after which step, and to what."""
    warnings: tuple[str, ...] = ()
    report: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    parent: Parent | None = None
    tail: bytes = b""
    """A line that a kill cut short."""


FINDINGS = (
    Finding(what="weights", verdict="exact"),
    Finding(what="optimizer", verdict="exact"),
    Finding(what="order of the batches", verdict="exact"),
    Finding(what="batch_size", verdict="changed", detail="32, was 64"),
    Finding(
        what="callback Sampler", verdict="lost", detail="its attribute `stream` cannot be saved"
    ),
)
STORIES = {
    "finished": Story(),
    "running": Story(base="running", epochs=20, until=437, status="running"),
    "paused": Story(base="paused", epochs=20, until=437, status="running", paused=True),
    "killed": Story(base="killed", until=437, status="running", tail=b'{"type":"ste'),
    "resumed": Story(
        base="resumed",
        kills=(250, 431),
        report=("epoch-0006.keras is damaged and was passed over",),
        findings=FINDINGS,
        pauses=((500, 120.0),),
        rates=((560, 0.0003),),
    ),
    "nan": Story(
        base="nan",
        nan_from=300,
        spikes=(100,),
        until=420,
        status="failed",
        reason="ValueError: loss is not a number",
    ),
    "interrupted": Story(base="interrupted", until=437, status="interrupted", reason="stop"),
    "schedule": Story(base="cosine", schedule=True, epochs=40),
    "long-names": Story(
        base="a run with a name that somebody made long to see what happens",
        metrics=(
            "loss",
            "m" * 1000,
            "<img src=x onerror=alert(1)>",
            "sparse_top_k_categorical_accuracy_over_the_last_hundred_batches",
        ),
        epochs=6,
        warnings=("the checkpoint epoch-0003.keras was not saved: " + "disk full, " * 60,),
    ),
    "300-metrics": Story(
        base="many",
        metrics=("loss", *(f"head_{one // 20}/metric_{one}" for one in range(299))),
        epochs=4,
        batches=20,
    ),
    "200-epochs": Story(base="epochs", epochs=200, batches=8, keep=200),
    "zero-epochs": Story(base="zero", epochs=0, until=0),
    "first-step": Story(base="waiting", until=0, status="running"),
    "one-epoch": Story(base="short", epochs=1, batches=3, metrics=("loss",), validation=False),
}
