"""One process' training of a run, from the header to the last event, however it ends."""

from __future__ import annotations

import math
import os
import socket
import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras

from kresume_nb.errors import ModelNotReadyError
from kresume_nb.run import attempts, layout
from kresume_nb.run.records import (
    Attempted,
    End,
    Finding,
    Header,
    Position,
    Start,
    Verified,
    Warned,
    Writer,
)
from kresume_nb.run.report import Report
from kresume_nb.run.writer import RunWriter
from kresume_nb.train.checkpoint.saver import Saver
from kresume_nb.train.checkpoint.snapshot import Snapshotter
from kresume_nb.train.keras_compat import keras_private, optimizers
from kresume_nb.train.keras_compat.variable_creation import Creations, first_step_makes_variables
from kresume_nb.train.loop import epochs
from kresume_nb.train.loop.callback_list import ResumableCallbackList, Resumption
from kresume_nb.train.loop.control import Controls
from kresume_nb.train.loop.fit_call import FitCall, say
from kresume_nb.train.loop.interruption import StopButton
from kresume_nb.train.loop.recorder import LearningRate, Recorder
from kresume_nb.train.loop.restore_data import restore_data
from kresume_nb.train.loop.termination import Terminated, Termination
from kresume_nb.train.resume import describe
from kresume_nb.train.resume.opening import Opening
from kresume_nb.train.resume.repeated_steps import RepeatedSteps
from kresume_nb.train.resume.restore import restore, restore_random
from kresume_nb.train.sources import fingerprint
from kresume_nb.train.state import layers
from kresume_nb.train.state.all_callbacks import CallbackStates
from kresume_nb.train.state.encoding import Decoder
from kresume_nb.train.state.model_extras import ExtraModelState


def run_training(
    call: FitCall,
    opening: Opening,
    *,
    on_begin: Callable[[Path], None],
    on_end: Callable[[Path], None],
) -> keras.callbacks.History:
    """Trains, and writes the run folder as it goes.

    Args:
        on_begin, on_end: called with the run folder, to show something.
    """
    writer = opening.begin()
    with Termination() as termination:
        training = _TrainingRun(call, opening, writer, termination)
        try:
            return training.run(on_begin)
        finally:
            writer.close()
            opening.close()
            _warn(writer)
            termination.carry_out()  # of a process that was asked to end: all is on disk
            on_end(writer.path)
            if training.refused:
                writer.discard()


class _TrainingRun:
    def __init__(
        self, call: FitCall, opening: Opening, writer: RunWriter, termination: Termination
    ) -> None:
        self._call, self._opening, self._writer = call, opening, writer
        self._termination = termination
        self._handed_over = False
        """Whether SIGTERM was handed to the user's handler."""
        self._process = Writer(
            pid=os.getpid(),
            host=socket.gethostname(),
            kernel=call.context.kernel,
            started=time.time(),
        )
        self._states = CallbackStates(call.callbacks)
        self._extras = ExtraModelState(call.model)
        if opening.found is not None:
            self._states.prepare(
                opening.found.loaded.state["callbacks"],
                fork=opening.fork,
                processes=opening.processes,
            )
        self._findings: list[Finding] = []
        self._decoder: Decoder | None = None
        self._told_left_out = self._told_missing = self._failed = False
        self._compile = describe.compile_config(call.model)  # before callbacks change its rate
        self._saver = Saver(writer, call.policy)
        self._button = StopButton()
        self._session = self._make_session()

    def _make_session(self) -> ResumableCallbackList:
        call, model = self._call, self._call.model
        recorder = self._recorder = Recorder(
            self._writer, LearningRate(model, call.callbacks), lambda: _iterations(model)
        )
        self._controls = Controls(
            self._writer,
            self._saver,
            model=model,
            callbacks=call.callbacks,
            inbox=call.inbox,
            flush=recorder.flush,
            rate_changed=recorder.rate_changed,
        )
        session = ResumableCallbackList(
            list(call.callbacks),
            model=model,
            source=call.source,
            epochs=call.epochs,
            verbose=call.verbose,
            recorder=recorder,
            saver=self._saver,
            policy=call.policy,
            interruption=self._button,
            termination=self._termination,
            controls=self._controls,
            show_problems=self._show_problems,
            first_step=self._describe_model,
            on_termination=self._terminate,
        )
        if self._opening.found is None and first_step_makes_variables():
            session.creations = Creations()
        self._photographer = session.snapshotter = Snapshotter(
            model,
            self._states,
            self._process,
            call.facts,
            self._data_at,
            self._extras,
            call.held,
            call.source.doubts,
        )
        return session

    def _show_problems(self) -> None:
        _warn(self._writer, journal=True)
        for one in self._states.take_news():
            self._tell(str(one))
        self._photographer.look_again()
        for finding in self._photographer.take_news():
            if finding not in self._findings:  # else it was told when training went on
                self._tell(f"a resume would not be exact: {finding.what}: {finding.detail}")
        self._tell_redone()
        self._tell_missing_monitor()
        left_out = self._photographer.left_out
        if left_out and not self._told_left_out:  # of no consequence for a resume: no warning
            self._told_left_out = True
            message = (
                f"the checkpoints hold weights and state, but not {left_out}. Run.load_weights(model) "
                "puts the weights into a model that the notebook makes"
            )
            self._writer.append(Warned(time=time.time(), message=message))

    def _tell_redone(self) -> None:
        redone = self._recorder.redone
        finding = None if redone is None else redone.take_finding()
        if finding is None:
            return
        known = any(one.verdict != "exact" for one in self._findings)
        if finding.verdict == "exact":
            say(f"kresume_nb: {finding.detail}.")
        elif known:  # that this resume is not exact, and why
            return
        else:
            text = f"kresume_nb: not resumed exactly: {finding.what}: {finding.detail}."
            warnings.warn_explicit(text, UserWarning, "kr.fit", 1)
        self._writer.append(Verified(time=time.time(), finding=finding))

    def _tell_missing_monitor(self) -> None:
        seen, validates = self._session.history.history, self._call.validation is not None
        missing = self._call.policy.missing(seen, validates=validates)
        if missing is not None and not self._told_missing:
            self._told_missing = True
            self._tell(missing)

    def _describe_model(self) -> None:
        """The header once more, with what was not there before the first step."""
        if self._opening.found is None:
            self._writer.write_header(self._header())

    @property
    def refused(self) -> bool:
        """Whether Keras refused the call when a new run was to take its first step."""
        return self._failed and self._opening.found is None and not self._session.position.step

    def run(self, on_begin: Callable[[Path], None]) -> keras.callbacks.History:
        try:
            return self._run(on_begin)
        finally:
            self._saver.close()
            self._call.source.close()
            if self._call.validation is not None:
                self._call.validation.close()

    def _run(self, on_begin: Callable[[Path], None]) -> keras.callbacks.History:
        session, opening = self._session, self._opening
        self._writer.write_header(self._header())
        on_begin(self._writer.path)
        for one in self._states.missing():
            self._tell(str(one))
        fresh = opening.position is None
        with self._button:
            try:
                if not fresh:
                    self._decoder = restore_data(self._call, opening, self._states, self._extras)
                session.begin(
                    None if fresh else self._resumption(),
                    initial_epoch=self._call.initial_epoch,
                    save_first=fresh or opening.fork,
                )
                if fresh:
                    self._start(session.position)
                epochs.train(
                    self._call.model,
                    self._call.source,
                    session,
                    epochs=self._call.epochs,
                    validation=self._call.validation,
                    building=self._call.building,
                    arguments=self._call.validating,
                )
            except BaseException as error:
                status, reason = self._how(error)
                self._failed = status == "failed" and isinstance(error, Exception)
                if status == "failed":
                    self._states.release()
                self._finish(status, reason)
                if status == "interrupted":
                    self._say_goodbye()
                raise
        if session.stopped_from_page:
            self._finish("interrupted", "stopped from the page")
            self._say_goodbye()
            return session.history
        early = session.stopped and session.position.epoch < self._call.epochs
        self._finish("finished", "stopped early" if early else "completed")
        return session.history

    def _terminate(self) -> None:
        """SIGTERM, at a boundary whose snapshot the saver has.

        Raises:
            Terminated: unless a handler of the user's lets training go on.
        """
        if not self._termination.chained:
            raise Terminated
        self._session.flush()
        self._saver.wait()
        self._end("interrupted", "terminated")
        self._writer.sync()
        self._handed_over = True
        self._termination.carry_out()
        self._handed_over = False
        self._start(self._session.position)

    def _how(self, error: BaseException) -> tuple[str, str]:
        """Status and reason of a run that an error ended."""
        if isinstance(error, Terminated) or self._handed_over:
            return "interrupted", "terminated"
        if isinstance(error, KeyboardInterrupt):
            return "interrupted", "KeyboardInterrupt"
        return "failed", f"{type(error).__name__}: {error}"

    def _data_at(self, position: Position) -> Any:
        validation = self._call.validation
        return {
            "training": self._call.source.capture(position),
            "validation": None if validation is None else validation.capture(),
        }

    def _resumption(self) -> Resumption:
        opening = self._opening
        extended = self._call.epochs > opening.epochs_before
        return Resumption(
            position=opening.checkpoint.position,
            rows=opening.rows,
            stopped=opening.stopped and not extended and not opening.fork,
            apply=self._apply,
            apply_random=lambda: restore_random(opening.checkpoint.loaded),
        )

    def _apply(self) -> None:
        """Puts the checkpoint's state back, and says so in the journal."""
        opening = self._opening
        loaded, position = opening.checkpoint.loaded, opening.checkpoint.position
        if opening.incomplete:
            self._complete_model()
        self._findings = restore(
            opening,
            self._call.model,
            self._call.facts,
            states=self._states,
            extras=self._extras,
            source=self._call.source,
            validation=self._call.validation,
            held=self._call.held(),
            data=self._decoder,
        )
        if opening.fork:
            self._start(Position(epoch=0, batch=0, step=0))
            for row in opening.rows:
                self._writer.append(replace(row, inherited=True))
        else:
            self._recorder.redone = RepeatedSteps(self._writer.undone)
        self._start(position, checkpoint=loaded.path.name)
        where = f"epoch {position.epoch}"
        if position.batch:
            where += f", batch {position.batch}"
            where += f" of {self._call.source.batches}" if self._call.source.batches else ""
        verb = f"forks {opening.parent.run}" if opening.fork and opening.parent else "goes on"
        say(f"kresume_nb: {self._writer.path.name} {verb} after {where} ({loaded.path.name}).")
        say(f"kresume_nb: {Report(tuple(self._findings)).line}.")
        told = [one for one in self._findings if one.verdict in ("approximate", "lost")]
        if told:
            lines = "".join(f"\n  {one.what}: {one.detail}" for one in told)
            # Keras' own frames and ours lie between here and the call that a person knows.
            text = f"kresume_nb: not restored exactly:{lines}"
            warnings.warn_explicit(text, UserWarning, "kr.fit", 1)

    def _complete_model(self) -> None:
        """Makes and compares what could not be made before the callbacks had begun."""
        opening, model, building = self._opening, self._call.model, self._call.building
        before = layers.describe(model)
        if not building.complete(opening.checkpoint.loaded.state):
            raise ModelNotReadyError(
                f"The model {model.name!r} has fewer variables than the checkpoint "
                f"{opening.checkpoint.loaded.path.name}, and a training step that would make the others "
                f"failed: {building.failure!r}. Make them where the model is made, for example by "
                "calling it on a batch."
            ) from building.failure
        opening.incomplete = False
        training = self._call.facts["training"]
        described = layers.as_made(layers.describe(model), training.get("architecture"), before)
        facts = {**self._call.facts, "training": {**training, "architecture": described}}
        self._photographer.know(facts)
        opening.compare(model, facts)

    def _start(self, position: Position, checkpoint: str | None = None) -> None:
        findings = self._findings if checkpoint is not None else []
        now, path = time.time(), self._writer.path
        start = Start(
            time=now,
            writer=self._process,
            epochs=self._call.epochs,
            batches=self._call.source.batches or 0,
            position=position,
            resumed=checkpoint is not None and not self._opening.fork,
            checkpoint=checkpoint,
            report=[f"{one.what}: {one.detail}" for one in findings if one.verdict != "exact"],
            findings=findings,
        )
        # What tried to resume this run by itself is taken down: the journal has one writer, us. In
        # one write with the start, lest a kill in between has an attempt seem in vain that was not.
        request = self._call.context.request
        taken = attempts.take(path, request.attempt if request is not None else None)
        known = {one.number for one in self._writer.fold.attempts}
        new = [Attempted(time=now, attempt=one) for one in taken if one.number not in known]
        self._writer.append(start, *new)
        attempts.forget(path, taken)

    def _finish(self, status: str, reason: str) -> None:
        self._session.flush()
        self._saver.wait()
        self._controls.close(self._session.position)
        _warn(self._writer, journal=True)
        self._end(status, reason)

    def _end(self, status: str, reason: str) -> None:
        self._writer.append(
            End(
                time=time.time(),
                status=status,  # type: ignore[arg-type]
                position=self._session.position,
                reason=reason,
            )
        )

    def _say_goodbye(self) -> None:
        kept = self._writer.fold.checkpoints
        name = self._writer.path.name
        if kept:
            say(
                f"kresume_nb: {name} was stopped. Its newest checkpoint is "
                f"{self._writer.path / layout.CHECKPOINTS / kept[-1].file}. "
                f"Run the {'cell' if self._call.context.cell else 'script'} again to go on from there."
            )
        else:
            say(f"kresume_nb: {name} was stopped before its first checkpoint.")

    def _tell(self, message: str) -> None:
        self._writer.append(Warned(time=time.time(), message=message))
        warnings.warn(f"kresume_nb: {message}.", stacklevel=2)

    def _header(self) -> Header:
        call, context, path = self._call, self._call.context, self._writer.path
        known = self._opening.known if not self._opening.fork else None
        return Header(
            name=path.name,
            base=self._opening.base if known is None else known.header.base,
            created=time.time() if known is None else known.header.created,
            notebook=context.file,
            cell=context.cell,
            setup=context.setup,
            fit=describe.plain(call.arguments),
            compile=self._compile,
            architecture=fingerprint.describe_model(call.model),
            parameters=sum(math.prod(one.shape) for one in call.model.weights),
            data=call.arrays,
            samples=call.source.samples,
            batch_size=call.source.batch_size,
            batches=call.source.batches or 0,
            seed=call.source.seed,
            versions=describe.versions(),
            device=describe.device(),
            writer=self._process,
            parent=self._opening.parent,
            notebook_path=call.origin.notebook_path,
            execution=call.origin.execution,
            call=call.origin.call,
            execution_complete=False,
            start=call.origin.start if known is None else known.header.start,
            default_name=call.origin.default_name,
            policy=call.policy.record,
        )


def _iterations(model: keras.Model) -> int:
    keras_private.sync(model)
    return optimizers.steps_taken(model.optimizer)


def _warn(writer: RunWriter, *, journal: bool = False) -> None:
    """Shows what went wrong in the background, once."""
    for problem in writer.take_problems():
        if journal:
            writer.append(Warned(time=time.time(), message=problem))
        warnings.warn(f"kresume_nb: {problem}", stacklevel=2)
