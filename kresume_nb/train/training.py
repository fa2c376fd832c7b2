"""One process' share of a run, from the header to the last event, however it ends."""

from __future__ import annotations

import os
import socket
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import keras

from kresume_nb.notebook import Context
from kresume_nb.run import layout
from kresume_nb.run.records import DataArray, End, Header, Position, Start, Warned, Writer
from kresume_nb.run.writer import RunWriter
from kresume_nb.train import describe, fingerprint, keras_private, loop, restore
from kresume_nb.train.arrays import ArraySource
from kresume_nb.train.callback_state import CallbackStates
from kresume_nb.train.interruption import StopButton
from kresume_nb.train.opening import Opening
from kresume_nb.train.policy import Checkpointing
from kresume_nb.train.recorder import LearningRate, Recorder
from kresume_nb.train.saver import Saver
from kresume_nb.train.session import Resumption, Session
from kresume_nb.train.snapshot import Photographer


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a call of `fit` asks for, checked and brought into shape."""

    model: keras.Model
    source: ArraySource
    facts: dict[str, Any]
    arrays: list[DataArray]
    arguments: dict[str, Any]
    validation: dict[str, Any]
    callbacks: list[keras.callbacks.Callback]
    epochs: int
    initial_epoch: int
    verbose: int | str
    policy: Checkpointing
    context: Context


def carry_out(
    request: Request,
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
    try:
        return _Share(request, opening, writer).run(on_begin)
    finally:
        writer.close()
        opening.give_up()
        _warn(writer)
        on_end(writer.path)


class _Share:
    def __init__(self, request: Request, opening: Opening, writer: RunWriter) -> None:
        self._request, self._opening, self._writer = request, opening, writer
        self._process = Writer(
            pid=os.getpid(),
            host=socket.gethostname(),
            kernel=request.context.kernel,
            started=time.time(),
        )
        self._states = CallbackStates(request.callbacks)
        self._saver = Saver(writer, request.policy)
        self._button = StopButton()
        self._session = self._make_session()

    def _make_session(self) -> Session:
        request, model = self._request, self._request.model
        recorder = Recorder(
            self._writer, LearningRate(model, request.callbacks), lambda: _iterations(model)
        )
        session = Session(
            list(request.callbacks),
            model=model,
            batches=request.source.batches,
            epochs=request.epochs,
            verbose=request.verbose,
            recorder=recorder,
            saver=self._saver,
            policy=request.policy,
            interruption=self._button,
            show_problems=lambda: _warn(self._writer, journal=True),
        )
        session.photographer = Photographer(model, self._states, self._process, request.facts)
        return session

    def run(self, on_begin: Callable[[Path], None]) -> keras.callbacks.History:
        try:
            return self._run(on_begin)
        finally:
            self._saver.close()

    def _run(self, on_begin: Callable[[Path], None]) -> keras.callbacks.History:
        session, opening = self._session, self._opening
        self._writer.write_header(self._header())
        on_begin(self._writer.path)
        for one in self._states.missing():
            self._tell(str(one))
        fresh = opening.position is None
        with self._button:
            try:
                session.begin(
                    None if fresh else self._resumption(),
                    initial_epoch=self._request.initial_epoch,
                    save_first=fresh or opening.fork,
                )
                if fresh:
                    self._start(session.position)
                loop.train(
                    self._request.model,
                    self._request.source,
                    session,
                    epochs=self._request.epochs,
                    validation=self._request.validation,
                )
            except KeyboardInterrupt:
                self._finish("interrupted", "KeyboardInterrupt")
                self._say_goodbye()
                raise
            except BaseException as error:
                self._finish("failed", f"{type(error).__name__}: {error}")
                raise
        early = session.stopped and session.position.epoch < self._request.epochs
        self._finish("finished", "stopped early" if early else "completed")
        return session.history

    def _resumption(self) -> Resumption:
        opening = self._opening
        extended = self._request.epochs > opening.epochs_before
        return Resumption(
            position=opening.checkpoint.position,
            rows=opening.rows,
            stopped=opening.stopped and not extended and not opening.fork,
            apply=self._apply,
            apply_random=lambda: restore.apply_random(opening.checkpoint.loaded),
        )

    def _apply(self) -> None:
        """Puts the checkpoint's state back, and says so in the journal."""
        opening = self._opening
        loaded, position = opening.checkpoint.loaded, opening.checkpoint.position
        restore.apply_model(self._request.model, loaded)
        findings = restore.apply_callbacks(self._states, loaded)
        opening.notes += [f"{one.what}: {one.detail}" for one in findings if one.verdict != "exact"]
        opening.notes += restore.lost_random(loaded)
        if len(opening.rows) != position.epoch - self._first_epoch():
            opening.notes.append(
                f"the journal holds {len(opening.rows)} of the {position.epoch} epochs before the "
                "checkpoint; History lacks the others"
            )
        if opening.fork:
            self._start(Position(epoch=0, batch=0, step=0))
            for row in opening.rows:
                self._writer.append(replace(row, inherited=True))
        self._start(position, checkpoint=loaded.path.name)
        where = f"epoch {position.epoch}"
        if position.batch:
            where += f", batch {position.batch} of {self._request.source.batches}"
        verb = f"forks {opening.parent.run}" if opening.fork and opening.parent else "goes on"
        _say(f"kresume_nb: {self._writer.path.name} {verb} after {where} ({loaded.path.name}).")
        for note in opening.notes:
            warnings.warn(f"kresume_nb: {note}.", stacklevel=2)

    def _first_epoch(self) -> int:
        rows = self._opening.rows
        return rows[0].epoch - 1 if rows else self._opening.position.epoch  # type: ignore[union-attr]

    def _start(self, position: Position, checkpoint: str | None = None) -> None:
        self._writer.append(
            Start(
                time=time.time(),
                writer=self._process,
                epochs=self._request.epochs,
                batches=self._request.source.batches,
                position=position,
                resumed=checkpoint is not None and not self._opening.fork,
                checkpoint=checkpoint,
                report=list(self._opening.notes),
            )
        )

    def _finish(self, status: str, reason: str) -> None:
        self._session.flush()
        self._saver.wait()
        _warn(self._writer, journal=True)
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
            _say(
                f"kresume_nb: {name} was stopped. Its newest checkpoint is "
                f"{self._writer.path / layout.CHECKPOINTS / kept[-1].file}. "
                "Run the cell again to go on from there."
            )
        else:
            _say(f"kresume_nb: {name} was stopped before its first checkpoint.")

    def _tell(self, message: str) -> None:
        self._writer.append(Warned(time=time.time(), message=message))
        warnings.warn(f"kresume_nb: {message}.", stacklevel=2)

    def _header(self) -> Header:
        request, context, path = self._request, self._request.context, self._writer.path
        known = self._opening.known if not self._opening.fork else None
        return Header(
            name=path.name,
            base=self._opening.base if known is None else known.header.base,
            created=time.time() if known is None else known.header.created,
            notebook=context.file,
            cell=context.cell,
            setup=context.setup,
            fit=describe.plain(request.arguments),
            compile=describe.compile_config(request.model),
            architecture=fingerprint.describe_model(request.model),
            parameters=int(request.model.count_params()),
            data=request.arrays,
            samples=request.source.samples,
            batch_size=request.source.batch_size,
            batches=request.source.batches,
            seed=request.source.seed,
            versions=describe.versions(),
            device=describe.device(),
            writer=self._process,
            parent=self._opening.parent,
        )


def _iterations(model: keras.Model) -> int:
    if model.optimizer is None:
        return 0
    keras_private.sync(model)
    return int(keras.ops.convert_to_numpy(model.optimizer.iterations))


def _say(sentence: str) -> None:
    print(sentence, flush=True)  # noqa: T201  # in a notebook this is where a person reads


def _warn(writer: RunWriter, *, journal: bool = False) -> None:
    """Shows what went wrong in the background, once."""
    for problem in writer.take_problems():
        if journal:
            writer.append(Warned(time=time.time(), message=problem))
        warnings.warn(f"kresume_nb: {problem}", stacklevel=2)
