"""`kr.fit`: the composition root. The one module that brings the write side and the read side together."""

from __future__ import annotations

import os
import secrets
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

import keras

from kresume_nb import notebook, proposals
from kresume_nb.errors import ArgumentError
from kresume_nb.execution import Call, Execution
from kresume_nb.prompt import ResumePrompt
from kresume_nb.proposals import Chooser, Proposal
from kresume_nb.run import codec, layout
from kresume_nb.run.reader import read_journal
from kresume_nb.run.requests import Inbox
from kresume_nb.run.resume_choice import GiveBack
from kresume_nb.train.checkpoint.policy import Checkpointing
from kresume_nb.train.keras_compat import keras_private
from kresume_nb.train.loop import arguments
from kresume_nb.train.loop.building import Building
from kresume_nb.train.loop.finished_call import give_back
from kresume_nb.train.loop.fit_call import FitCall, Origin, say
from kresume_nb.train.loop.own_fit import defines, through_own_fit
from kresume_nb.train.loop.run_training import run_training
from kresume_nb.train.resume import describe
from kresume_nb.train.resume.opening import Opening, open_run
from kresume_nb.train.sources import in_memory
from kresume_nb.train.sources.kind import kind_of, open_source
from kresume_nb.train.sources.validation import Validation
from kresume_nb.train.state import all_callbacks, starting_point
from kresume_nb.view import display
from kresume_nb.view.display import Display
from kresume_nb.view.marimo import MarimoDisplay

Resume = Literal["ask", "auto", "never"] | int


@through_own_fit
def fit(
    model: keras.Model,
    x: Any = None,
    y: Any = None,
    batch_size: int | None = None,
    epochs: int = 1,
    verbose: int | str = "auto",
    callbacks: Sequence[keras.callbacks.Callback] | keras.callbacks.Callback | None = None,
    validation_split: float = 0.0,
    validation_data: Any = None,
    shuffle: bool | str = True,
    class_weight: dict[int, float] | None = None,
    sample_weight: Any = None,
    initial_epoch: int = 0,
    steps_per_epoch: int | None = None,
    validation_steps: int | None = None,
    validation_batch_size: int | None = None,
    validation_freq: int | Sequence[int] = 1,
    *,
    run: str | None = None,
    folder: str | os.PathLike[str] | None = None,
    resume: Resume = "ask",
    checkpoint: Checkpointing | None = None,
    seed: int | None = None,
    show: bool = True,
) -> keras.callbacks.History:
    """`model.fit`, but the death of the process cannot hurt it.

    The arguments up to `validation_freq` are those of `keras.Model.fit` and mean the same; a `fit` that
    the model's class defines itself prepares them as ever, and what it hands to Keras' is trained. Training
    is written to a run folder as it goes; called again after a kill, it goes on from the newest
    checkpoint, and everything after that is bit for bit what it would have been (given
    deterministic ops): weights, optimizer, learning rates, callbacks, dropout, batch order, History.

    Args:
        model: compiled.
        x, y, sample_weight: arrays, tensors, or dicts, lists or tuples of them, of shape
            `(samples, …)`. Or `x` alone: a `tf.data.Dataset`, a `PyDataset`, a torch `DataLoader`, a
            grain data set, a generator of batches, or a function `(epoch, start)` that returns the
            batches of an epoch (from zero) from batch `start` on.
        verbose: as in Keras; `"auto"` is 0 where the panel is shown and 1 elsewhere.
        run: name of the run; default: the notebook's or script's name. Runs are numbered:
            `mnist-001`, `mnist-002`, … In notebooks a run belongs to its name and training cell.
        folder: where run folders are made; default `kresume_runs` beside the notebook.
        resume: `"auto"`: go on in the newest run if it is unfinished, or if it is finished and more
            epochs are asked for; else begin a new one. `"never"`: begin a new one. An int N: begin
            a new one from after N epochs of the newest run, a fork, in which model, loss and data
            may differ. `"ask"`: as `"auto"`, but of an unfinished run ask where to go on: in
            JupyterLab in the cell's output, with a countdown that ends in `"auto"`, and at a
            terminal. What the page was asked for by a click is done without asking.
        checkpoint: when to save and what to keep; default `kr.Checkpointing()`.
        seed: orders the batches, from 0 to 2**32 - 1. Default: follows `keras.utils.set_random_seed`
            if that was called, else drawn afresh. It is kept with the run, and no random stream of
            yours is used for it.
        show: show the panel in a notebook.

    Returns:
        `keras.callbacks.History` of all epochs, those before a kill included.

    Raises:
        ArgumentError, UnsupportedDataError, ModelNotReadyError: the call cannot be carried out.
        ArchitectureChangedError, ObjectiveChangedError, DataChangedError: model, loss or optimizer,
            or data are not those of the checkpoint; all are `ResumeRefusedError`.
        CorruptCheckpointError: no checkpoint of the run can be read.
        NewerSchemaError: a newer kresume_nb wrote the run.
        RunFolderError, RunLockedError, RunNotFoundError: the run folder cannot be used.
        KeyboardInterrupt: somebody interrupted it; a checkpoint was saved.

    >>> history = kr.fit(model, x, y, epochs=20, validation_split=0.1)  # doctest: +SKIP
    """
    callbacks = all_callbacks.flat(callbacks)
    epochs, batch_size, initial_epoch, steps_per_epoch, validation_steps, validation_batch_size = (
        arguments.whole(one)
        for one in (
            epochs,
            batch_size,
            initial_epoch,
            steps_per_epoch,
            validation_steps,
            validation_batch_size,
        )
    )
    validation_freq, verbose = arguments.whole(validation_freq), arguments.whole(verbose)
    resume, seed = arguments.whole(resume), arguments.whole(seed)
    arguments.check(
        model,
        epochs=epochs,
        callbacks=callbacks,
        resume=resume,
        steps_per_epoch=steps_per_epoch,
        seed=seed,
    )
    epochs, steps_per_epoch = arguments.limited(epochs, steps_per_epoch)
    if (
        epochs == 0
    ):  # as in Keras: callbacks begin and end, nothing is trained, and nothing is written
        return keras.Model.fit(
            model,
            x,
            y,
            batch_size=batch_size,
            epochs=0,
            verbose=0,
            callbacks=callbacks,
            sample_weight=sample_weight,
            steps_per_epoch=steps_per_epoch,
        )
    context = notebook.context()
    given = x, validation_data
    if validation_split and validation_data is None:
        x, y, sample_weight, validation_data = _split(x, y, sample_weight, validation_split)
    source = open_source(
        x,
        y,
        sample_weight,
        batch_size=batch_size,
        shuffle=shuffle,
        class_weight=class_weight,
        steps_per_epoch=steps_per_epoch,
    )
    source.steps_per_execution = model.steps_per_execution
    building = Building(model, source)
    building.as_fit_does()
    held_out = None
    if validation_data is not None:
        size = validation_batch_size or batch_size or source.batch_size or 32
        as_given = {"validation_batch_size": validation_batch_size or batch_size}
        held_out = Validation(
            validation_data,
            batch_size=size,
            as_given=as_given if defines(model, "evaluate") else None,
        )

    place = Path(folder).expanduser() if folder is not None else context.folder / layout.FOLDER
    execution = context.execution or Execution()
    if run is not None:
        base = layout.check_base(run)
    else:
        base = proposals.default_base(context, execution.inventory(place))
    shown = show and (context.jupyter or context.marimo)
    asked = {
        "epochs": epochs,
        "batch_size": source.batch_size or None,
        "steps_per_epoch": steps_per_epoch,
        "shuffle": shuffle,
        "initial_epoch": initial_epoch,
        "validation_split": validation_split,
        "validation_freq": validation_freq,
        "class_weight": class_weight,
        "seed": seed,
        "callbacks": [type(one).__name__ for one in callbacks],
    }
    ask = ResumePrompt(
        context, display.sentence, display.show if shown and context.jupyter else None
    )
    with execution.call(place, base) as call:
        began = starting_point.digest(model)
        chooser = Chooser(resume, context, call, epochs=epochs, start=began, ask=ask)
        described = source.described()

        def facts_for(opening: Opening) -> dict[str, Any]:
            kept = opening.facts["seed"] if opening.facts else None
            other = opening.fork and seed is not None
            source.seed = _seed(seed) if kept is None or other else kept
            if opening.found is not None:
                opening.incomplete = not building.complete(opening.found.loaded.state)
            return {
                **source.facts(),
                "data": [codec.plain(one) for one in described],
                "training": describe.training(
                    model,
                    epochs=epochs,
                    validation=[] if held_out is None else held_out.described(),
                ),
            }

        proposal, opening, facts = _agree(chooser, call, model, callbacks, facts_for, asked)
        inbox = Inbox()
        screen = _Screen(context, ask.handle, inbox) if shown else None
        request = FitCall(
            model=model,
            source=source,
            data={"x": given[0], "validation_data": given[1]},
            facts=facts,
            arrays=described,
            arguments=asked,
            validation=held_out,
            validating={"validation_freq": validation_freq, "validation_steps": validation_steps},
            callbacks=callbacks,
            epochs=epochs,
            initial_epoch=initial_epoch,
            verbose=(0 if shown else 1) if verbose == "auto" else verbose,
            policy=checkpoint or Checkpointing(),
            inbox=inbox,
            context=context,
            building=building,
            origin=Origin(
                notebook_path=proposals.relative(context.notebook, place),
                execution=call.execution.id,
                call=call.number,
                start=began,
                default_name=run is None,
            ),
        )

        def begin(run: Path) -> None:
            call.took(run)
            if screen is not None:
                screen.begin(run)

        if isinstance(proposal.choice, GiveBack):
            return give_back(request, opening, on_begin=begin, on_end=_end(screen))
        return run_training(request, opening, on_begin=begin, on_end=_end(screen))


def _agree(
    chooser: Chooser,
    call: Call,
    model: keras.Model,
    callbacks: Sequence[keras.callbacks.Callback],
    facts_for: Callable[[Opening], dict[str, Any]],
    asked: dict[str, Any],
) -> tuple[Proposal, Opening, dict[str, Any]]:
    """The first proposal that fits model, data and arguments, opened, and the facts of this call.

    Args:
        facts_for: gives the facts of this call, once it is known what it goes on in.
        asked: the arguments of `fit`.
    """
    for proposal in chooser.proposals():
        opening = open_run(proposal.choice, call.place, call.base)
        try:
            facts = facts_for(opening)
            if proposal.strict and not (
                opening.is_same_call(model, callbacks, facts, asked, retry=proposal.retry)
                and not (proposal.retry and asked["seed"] is None and _reseeded(facts["seed"]))
            ):
                opening.close()
                continue
            opening.compare(model, facts)
        except BaseException:
            opening.close()
            raise
        if proposal.retry:
            call.is_retry()
        call.execution.decided(proposal.past, repeats=opening.broken_execution)
        for problem in call.inventory.take_unreadable():
            warnings.warn(f"kresume_nb: {problem}", stacklevel=4)
        if proposal.told:
            say(f"kresume_nb: {proposal.told}.")
        return proposal, opening, facts
    raise RuntimeError("the last proposal is never strict")


def _reseeded(kept: int) -> bool:
    """Whether the program has set another seed since, as one does to train a model several times."""
    known = keras_private.global_seed()
    return known is not None and known % 2**32 != kept


def _end(screen: _Screen | None) -> Callable[[Path], None]:
    return screen.end if screen is not None else _nothing


class _Screen:
    """The run's output in the notebook."""

    def __init__(self, context: notebook.Context, handle: Any, inbox: Inbox) -> None:
        self._context = context
        self._handle = handle
        self._inbox = inbox
        self._display: Display | MarimoDisplay | None = None

    def begin(self, run: Path) -> None:
        ask = self._inbox.put
        if self._context.marimo:
            self._display = MarimoDisplay(run, ask)
        else:
            self._display = Display(run, self._context.folder, self._handle, ask)
        self._display.show()

    def end(self, run: Path) -> None:
        if self._display is None:
            return
        try:
            self._display.finish(read_journal(run).fold)
        except Exception as error:  # noqa: BLE001  # hours of training must not end in a drawing's error
            warnings.warn(
                f"kresume_nb: the final picture of {run.name} could not be drawn: {error}. "
                "The run itself is complete.",
                stacklevel=2,
            )


def _nothing(run: Path) -> None:
    """Where nothing is shown."""


def _split(x: Any, y: Any, sample_weight: Any, fraction: float) -> tuple[Any, Any, Any, Any]:
    if kind_of(x) != "arrays":
        raise ArgumentError(
            f"validation_split={fraction!r} cannot be used with a {kind_of(x)}, as in Keras: it takes "
            "the last samples of arrays. Pass validation_data."
        )
    data = in_memory.as_arrays(x, y, sample_weight)
    training, held_out = in_memory.split(data, fraction)
    return (*keras.utils.unpack_x_y_sample_weight(training), held_out)


def _seed(seed: int | None) -> int:
    if seed is not None:
        return seed
    known = keras_private.global_seed()
    return secrets.randbits(32) if known is None else known % 2**32
