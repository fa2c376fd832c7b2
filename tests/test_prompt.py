"""`resume="ask"`: at a terminal, and of a page that answers with files while the kernel waits."""

from __future__ import annotations

import json
import os
import shutil
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kresume_nb import prompt
from kresume_nb.errors import RunNotFoundError
from kresume_nb.execution import Execution
from kresume_nb.notebook import Context
from kresume_nb.prompt import Question, ResumePrompt
from kresume_nb.proposals import Chooser
from kresume_nb.run import codec, resume_choice
from kresume_nb.run.records import (
    Ask,
    AskReply,
    Cell,
    Checkpoint,
    End,
    Epoch,
    Position,
    ResumeRequest,
    Steps,
)
from kresume_nb.run.resume_choice import Continue, Fork, New

MINE = Cell(id="cell-1", source="kr.fit(…)")
FORGOTTEN = "a waiting kernel that nobody answers"


def tell(name, fold):
    return f"{name}: {fold.status}"


@pytest.fixture
def run(tmp_path):
    """A run stopped in its second epoch: checkpoints at the start, after epoch 1, and in epoch 2."""
    path = tmp_path / "kresume_runs" / "r-001"
    shutil.copytree(Path(__file__).parent / "golden" / "killed", path)
    (path / "expected.json").unlink()
    header = json.loads((path / "run.json").read_text())
    cell = {"id": "cell-1", "source": ""}
    (path / "run.json").write_text(json.dumps(header | {"name": "r-001", "cell": cell}))
    start = next(
        line for line in (path / "journal.jsonl").read_text().splitlines() if '"start"' in line
    )
    places = [Position(epoch=0, batch=0, step=0), Position(epoch=1, batch=0, step=10)]
    places.append(Position(epoch=1, batch=3, step=13))
    files = ["epoch-0000.keras", "epoch-0001.keras", "step-00000013.keras"]
    events: list[Any] = [
        Epoch(time=2.0, epoch=1, step=10, logs={"loss": 0.5}, learning_rate=0.1, seconds=1.0),
        Steps(
            time=3.0,
            step=11,
            epoch=2,
            batch=1,
            count=3,
            logs={"loss": [0.4, 0.3, 0.25]},
            learning_rate=[0.1],
        ),
        *(
            Checkpoint(
                time=4.0 + number,
                file=file,
                position=at,
                bytes=1,
                seconds=0.1,
                monitor=None,
                value=None,
            )
            for number, (file, at) in enumerate(zip(files, places, strict=True))
        ),
        End(time=9.0, status="interrupted", position=places[-1], reason="KeyboardInterrupt"),
    ]
    lines = [start, *(codec.dumps(one) for one in events)]
    (path / "journal.jsonl").write_text("".join(f"{line}\n" for line in lines))
    (path / "checkpoints").mkdir(exist_ok=True)
    for file in files:
        (path / "checkpoints" / file).write_bytes(b"")
    return resume_choice.known(path)


class Handle:
    """Of an output."""

    def __init__(self):
        self.updates = []

    def update(self, data, raw):
        assert raw
        self.updates.append(data)


class Page:
    """A page in a thread of its own, that answers a question with files as the browser does.

    Args:
        replies: each a pair of fields of `AskReply`; the next comes when the one before was taken.
    """

    def __init__(self, run, *replies):
        self.run, self.replies, self.handle = run, replies, Handle()
        self.asked: list[dict[str, Any]] = []
        self._thread = threading.Thread(target=self._answer)

    def show(self, data):
        self.asked.append(data)
        self._thread.start()
        return self.handle

    def _answer(self):
        asked = codec.decode(Ask, self.asked[0][Ask.mime])
        assert (self.run.path / f"ask-{asked.id}.json").is_file()
        for number, fields in enumerate(self.replies):
            path = self.run.path / f"ask-{asked.id}-{number}.json"
            data = fields
            if isinstance(fields, dict):
                reply = AskReply(**({"id": asked.id, "time": float(number)} | fields))
                data = codec.dumps(reply)
            path.with_suffix(".new").write_text(data)
            path.with_suffix(".new").rename(path)
            deadline = time.monotonic() + 20
            while path.exists():
                assert time.monotonic() < deadline, FORGOTTEN
                time.sleep(0.01)

    def join(self):
        self._thread.join()


def put(run, *replies, **options):
    """Asks, and returns the answer and the page."""
    page = Page(run, *replies)
    options = {"patience": 20.0} | options
    question = Question(run, run.path.parent.parent, "r-001: interrupted", page.show, **options)
    answer = question.ask()
    page.join()
    assert not list(run.path.glob("ask-*"))
    return answer, page


# In a notebook.


def test_the_question_names_the_points_with_their_losses_newest_first(run):
    _, page = put(run, {"action": "resume"})
    asked = codec.decode(Ask, page.asked[0][Ask.mime])
    assert [(one.checkpoint, one.logs) for one in asked.points] == [
        ("step-00000013.keras", {"loss": 0.25}),
        ("epoch-0001.keras", {"loss": 0.5}),
        ("epoch-0000.keras", {}),
    ]
    assert (asked.run, asked.folder) == ("r-001", "kresume_runs/r-001")
    assert asked.seconds == prompt.COUNTDOWN == 15
    assert page.asked[0]["text/plain"] == "r-001: interrupted. Resume?"


@pytest.mark.parametrize(
    ("reply", "wanted", "said"),
    [
        (
            {"action": "resume", "checkpoint": "step-00000013.keras"},
            ResumeRequest(action="resume", run="r-001", checkpoint="step-00000013.keras"),
            "resuming r-001 from epoch 1, batch 3",
        ),
        (
            {"action": "fork", "checkpoint": "epoch-0001.keras"},
            ResumeRequest(action="fork", run="r-001", checkpoint="epoch-0001.keras"),
            "forking r-001 from epoch 1",
        ),
        ({"action": "new"}, ResumeRequest(action="new"), "starting over in a new run"),
    ],
)
def test_the_page_s_answer_is_taken_and_the_question_goes(run, reply, wanted, said):
    answer, page = put(run, {"action": "waiting", "patience": 9.0}, reply)
    assert answer == wanted
    assert page.handle.updates == [{"text/plain": f"kresume_nb: {said}"}]


def test_without_a_page_it_goes_on_by_itself(run):
    handle = Handle()
    question = Question(run, run.path.parent, "told", lambda _: handle, patience=0.0)
    assert question.ask() == ResumeRequest(action="resume", run="r-001")
    assert handle.updates == [{"text/plain": "kresume_nb: resuming r-001 from epoch 1, batch 3"}]
    assert not list(run.path.glob("ask-*"))


def test_a_page_that_vanishes_does_not_hang_it(run, monkeypatch):
    monkeypatch.setattr(prompt, "_SLACK", 0.0)
    answer, _ = put(run, {"action": "waiting", "patience": 0.0})
    assert answer == ResumeRequest(action="resume", run="r-001")


class Clock:
    """In place of `time`: only sleeping makes it go on."""

    def __init__(self):
        self.now = 1e9

    def monotonic(self):
        return self.now

    time = monotonic

    def sleep(self, seconds):
        self.now += seconds


def test_a_page_is_waited_for_as_long_as_it_asked_and_a_little_longer(run, monkeypatch):
    clock = Clock()
    monkeypatch.setattr(prompt, "time", clock)

    def show(data):
        asked = codec.decode(Ask, data[Ask.mime])
        reply = AskReply(id=asked.id, action="waiting", patience=90.0, time=1.0)
        (run.path / f"ask-{asked.id}-a.json").write_text(codec.dumps(reply))
        return Handle()

    assert Question(run, run.path.parent, "told", show).ask().action == "resume"
    assert clock.now - 1e9 == pytest.approx(90.0 + 10.0, abs=1.0)


def test_a_point_whose_steps_the_journal_lacks_has_no_losses(run):
    at = Position(epoch=0, batch=5, step=5)
    saved = Checkpoint(
        time=1.0,
        file="step-00000005.keras",
        position=at,
        bytes=1,
        seconds=0.1,
        monitor=None,
        value=None,
    )
    with (run.path / "journal.jsonl").open("a") as journal:
        journal.write(codec.dumps(saved) + "\n")
    points = {
        one.checkpoint: one.logs for one in resume_choice.points(resume_choice.known(run.path))
    }
    assert points["step-00000005.keras"] == {}
    assert points["step-00000013.keras"] == {"loss": 0.25}


def test_what_a_page_cannot_have_meant_is_passed_over(run):
    wrong = {"action": "new", "id": "another"}
    answer, _ = put(run, "{", '{"id": 1}', wrong, {"action": "fork", "checkpoint": "x"})
    assert answer.action == "fork"


def test_an_interrupt_is_plain_and_leaves_nothing(run, tree_digest):
    before = tree_digest(run.path)

    class Stop(Page):
        def _answer(self):
            super()._answer()  # so that the kernel waits by now
            os.kill(os.getpid(), signal.SIGINT)

    page = Stop(run, {"action": "waiting", "patience": 20.0})
    with pytest.raises(KeyboardInterrupt):
        Question(run, run.path.parent, "told", page.show, patience=20.0).ask()
    assert tree_digest(run.path) == before
    assert "interrupted while it asked" in page.handle.updates[0]["text/plain"]


def test_what_a_killed_kernel_left_is_cleared_away(run):
    old = run.path / "ask-00ff.json"
    fresh = run.path / "ask-00fe.json"
    for path in (old, fresh):
        path.write_text("{}")
    os.utime(old, (0, 0))
    page = Page(run, {"action": "resume"})
    Question(run, run.path.parent, "told", page.show, patience=20.0).ask()
    page.join()
    assert not old.exists()
    assert fresh.exists()


def test_a_folder_that_cannot_be_written_is_no_reason_to_stop(run, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError("read-only")

    monkeypatch.setattr(prompt.atomic, "write", refuse)
    question = Question(run, run.path.parent, "told", lambda _: pytest.fail("asked"))
    assert question.ask().action == "resume"


def context(tmp_path, **values):
    made = Context(
        jupyter=True,
        kernel="k",
        file="n.ipynb",
        folder=tmp_path,
        cell=MINE,
        setup=[],
        request=None,
    )
    return replace(made, **values)


@pytest.mark.parametrize("cell", [None, Cell(id=None, source="kr.fit(…)")])
def test_nobody_is_asked_where_no_page_runs_the_cell(run, tmp_path, cell):
    asker = ResumePrompt(context(tmp_path, cell=cell), tell, lambda _: pytest.fail("asked"))
    assert asker(run) == ResumeRequest(action="resume", run="r-001")


def test_nothing_is_displayed_where_nothing_is_to_be_shown(run, tmp_path):
    assert ResumePrompt(context(tmp_path), tell, None)(run).action == "resume"


@pytest.mark.parametrize(("lab", "patience"), [(True, 6.0), (False, 2.0)])
def test_a_page_of_jupyterlab_has_longer_to_show_itself(run, tmp_path, monkeypatch, lab, patience):
    """Other front ends name the cell, too, but cannot have our extension."""
    given = []

    class Asked(Question):
        def __init__(self, *arguments, **options):
            given.append(options["patience"])
            super().__init__(*arguments, **(options | {"patience": 0.0}))

    monkeypatch.setattr(prompt, "Question", Asked)
    handle = Handle()
    asker = ResumePrompt(context(tmp_path, lab=lab), tell, lambda _: handle)
    assert asker(run).action == "resume"
    assert given == [patience]
    assert asker.handle is handle


# At a terminal.


class Terminal:
    def isatty(self):
        return True


def at_terminal(monkeypatch, run, *answers):
    """What is decided, and what was asked."""
    waiting, asked = list(answers), []

    def answering(prompt):
        asked.append(prompt)
        answer = waiting.pop(0)
        if isinstance(answer, type):
            raise answer
        return answer

    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("builtins.input", answering)
    return prompt.at_terminal(run, "r-001: interrupted"), asked


@pytest.mark.parametrize("answer", ["", "y", "Y ", "yes", EOFError])
def test_a_terminal_resumes_unless_told_otherwise(run, monkeypatch, answer):
    decided, asked = at_terminal(monkeypatch, run, answer)
    assert decided == ResumeRequest(action="resume", run="r-001")
    assert asked[0] == (
        "kresume_nb: r-001: interrupted.\n"
        "   1  resume from epoch 1, batch 3  loss 0.25\n"
        "   2  fork from epoch 1  loss 0.5\n"
        "   3  fork from the start\n"
        "Resume from the first? [Y/n = start over/number] "
    )


def test_a_terminal_starts_over_or_forks(run, monkeypatch):
    assert at_terminal(monkeypatch, run, "No")[0].action == "new"
    forked, _ = at_terminal(monkeypatch, run, "2")
    assert forked == ResumeRequest(action="fork", run="r-001", checkpoint="epoch-0001.keras")
    assert at_terminal(monkeypatch, run, "1")[0].action == "resume"


def test_a_terminal_is_asked_again_until_it_is_understood(run, monkeypatch):
    decided, asked = at_terminal(monkeypatch, run, "4", "perhaps", "3")
    assert decided.checkpoint == "epoch-0000.keras"
    assert asked[1] == "Expected y, n or a number from 1 to 3. Received: '4'. "
    assert "Received: 'perhaps'" in asked[2]


def test_outside_of_notebooks_the_terminal_is_asked(run, tmp_path, monkeypatch):
    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("builtins.input", lambda _: "n")
    asker = ResumePrompt(context(tmp_path, jupyter=False), tell, lambda _: pytest.fail("displayed"))
    assert asker(run).action == "new"


@pytest.mark.parametrize("stdin", [None, "pipe"])
def test_where_nobody_sits_an_unfinished_run_goes_on(run, monkeypatch, stdin):
    monkeypatch.setattr("builtins.input", lambda _: pytest.fail("asked"))
    with Path(os.devnull).open() as pipe:
        monkeypatch.setattr("sys.stdin", pipe if stdin else None)
        assert prompt.at_terminal(run, "told").action == "resume"


# What is chosen.


def chosen(run, *, resume="ask", request=None, epochs=20, answer=None):
    def asking(known):
        assert known.path == run.path
        return answer if answer is not None else pytest.fail("asked")

    place = run.path.parent
    where = context(place.parent, request=request)
    call = Execution().call(place, "r")
    chooser = Chooser(resume, where, call, epochs=epochs, start="", ask=asking)
    return next(chooser.proposals()).choice


def test_an_unfinished_run_is_asked_about_and_the_answer_obeyed(run):
    assert chosen(run, answer=ResumeRequest(action="new")) == New()
    found = chosen(run, answer=ResumeRequest(action="resume", run="r-001"))
    assert isinstance(found, Continue)
    assert found.candidates[0].path.name == "step-00000013.keras"
    fork = ResumeRequest(action="fork", run="r-001", checkpoint="step-00000013.keras")
    found = chosen(run, answer=fork)
    assert isinstance(found, Fork)
    assert found.candidate.position.batch == 3


@pytest.mark.parametrize("resume", ["auto", "never", 1])
def test_only_ask_asks(run, resume):
    chosen(run, resume=resume)


@pytest.mark.parametrize("action", ["resume", "new", "setup"])
def test_what_was_clicked_is_not_asked_about(run, action):
    chosen(run, request=ResumeRequest(action=action, run="r-001"))


def test_a_click_that_meant_another_cell_s_run_is_not_taken_for_this_one_s(run):
    found = chosen(run, request=ResumeRequest(action="resume", run="other-001"))
    assert isinstance(found, Continue)


def test_a_finished_run_is_extended_without_a_question(run):
    path = run.path / "journal.jsonl"
    lines = path.read_text().splitlines()[:-1]
    done = End(time=9.0, status="finished", position=run.fold.position, reason="completed")
    path.write_text("".join(f"{line}\n" for line in [*lines, codec.dumps(done)]))
    epochs = run.fold.epochs
    assert isinstance(chosen(run, epochs=epochs + 1), Continue)
    assert chosen(run, epochs=epochs) == New()


def test_a_fork_of_a_checkpoint_that_is_gone_is_refused(run):
    gone = ResumeRequest(action="fork", run="r-001", checkpoint="epoch-0009.keras")
    with pytest.raises(RunNotFoundError, match=r"keeps no checkpoint epoch-0009\.keras"):
        chosen(run, request=gone)
