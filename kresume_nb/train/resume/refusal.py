"""The errors that stop a resume which would be neither the old training nor a new one.

A run's folder, its History and its checkpoints are one training's. Whoever wants to go on with
another model, loss or other data does so in a run of its own, a fork, with its lineage recorded.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kresume_nb.errors import (
    ArchitectureChangedError,
    DataChangedError,
    ObjectiveChangedError,
    ResumeRefusedError,
)
from kresume_nb.run.records import Finding
from kresume_nb.train.resume.difference import Difference

_MOST = 20
"""Lines shown: a model may have thousands of layers."""


def refusal(
    difference: Difference, checkpoint: Path, forkable: Sequence[int]
) -> ResumeRefusedError | None:
    """The error that says all that changed; None if a resume may pass over it.

    Args:
        forkable: numbers of epochs after which a checkpoint is kept.
    """
    if not difference.wrong:
        return None
    kind: type[ResumeRefusedError]
    if difference.architecture:
        kind, what, back = ArchitectureChangedError, "model", "Build the model as it was"
    elif difference.objective:
        kind, what, back = ObjectiveChangedError, "compilation", "Compile the model as it was"
    else:
        kind, what, back = DataChangedError, "training data", "Bring the data and its batches back"
    run = checkpoint.parent.parent.name
    choices = [f"{back}, and run the cell again: {run} goes on."]
    if forkable:
        taken = (
            "the layers that match are taken over, the report names those that begin anew"
            if difference.architecture
            else "the rest is taken over"
        )
        epoch = max(forkable)
        choices.append(
            f"resume={epoch} goes on knowingly from after {epoch} epoch{'s' * (epoch != 1)}, in a new "
            f"run, a fork: {taken}."
        )
    choices.append("resume='never' begins a new run.")
    return kind(
        f"The {what} is not that of {checkpoint}: going on would not be the same training. "
        f"What changed (expected: then, received: now):\n\n{_table(difference.wrong)}\n\n"
        "The folder was left untouched. What you can do:\n"
        + "\n".join(f"  - {one}" for one in choices),
        differences=difference.wrong,
    )


def mid_epoch_refusal(
    difference: Difference, checkpoint: Path, forkable: Sequence[int]
) -> DataChangedError:
    """A fork may have other data, but not in the middle of an epoch of the old."""
    kept = ", ".join(map(str, sorted(forkable)))
    cure = (
        f"Fork it at the end of an epoch, with resume=N; kept: {kept}."
        if forkable
        else "It keeps no checkpoint of an epoch's end; bring the data back."
    )
    return DataChangedError(
        f"{checkpoint} was taken in the middle of an epoch, and the batches of that epoch are no "
        f"more. What changed (expected: then, received: now):\n\n{_table(difference.data)}\n\n"
        f"{cure} The folder was left untouched.",
        differences=difference.data,
    )


def _table(findings: Sequence[Finding]) -> str:
    width = min(40, max(len(one.what) for one in findings))
    lines = [f"  {one.what.ljust(width)}  {one.detail}" for one in findings[:_MOST]]
    if len(findings) > _MOST:
        lines.append(f"  … and {len(findings) - _MOST} more")
    return "\n".join(lines)
