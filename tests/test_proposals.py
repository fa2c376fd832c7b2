"""Two clicks, in two tabs, or a click and *Run All*: one training."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "browser"))
import staged
from stories import STORIES

from kresume_nb.execution import Execution
from kresume_nb.notebook import Context
from kresume_nb.proposals import Chooser
from kresume_nb.run import resume_choice
from kresume_nb.run.reader import read_header
from kresume_nb.run.records import Cell, ResumeRequest
from kresume_nb.run.resume_choice import Continue, Fork, GiveBack, New

EPOCHS = 12


@pytest.fixture
def place(tmp_path):
    return tmp_path / "kresume_runs"


def chosen(place, base, request, *, resume="auto", cell=None):
    context = Context(
        jupyter=True,
        kernel=None,
        file=None,
        folder=place.parent,
        cell=cell,
        setup=[],
        request=request,
    )

    def ask(run):
        raise AssertionError(f"asked about {run.path.name}")

    call = Execution().call(place, base)
    chooser = Chooser(resume, context, call, epochs=EPOCHS, start="", ask=ask)
    return next(chooser.proposals()).choice


def request_for(run, action="resume", *, earlier=0.0):
    taken = read_header(run).writer.started - earlier
    checkpoint = "epoch-0005.keras" if action == "resume" else None
    return ResumeRequest(action=action, run=run.name, checkpoint=checkpoint, taken=taken)


def with_files(run):
    """Checkpoints that can be looked for; nothing reads them here."""
    for epoch in (5, 6, 7, 10, 11, 12):
        (run / "checkpoints").mkdir(exist_ok=True)
        (run / "checkpoints" / f"epoch-{epoch:04d}.keras").touch()
    return run


def test_a_request_about_the_run_as_it_is_is_followed(place):
    run = with_files(staged.written(place, STORIES["killed"]))
    found = chosen(place, "killed", request_for(run))
    assert isinstance(found, Continue)
    assert found.candidates[0].path.name == "epoch-0005.keras"


@pytest.mark.parametrize("resume", ["auto", "ask", "never"])
@pytest.mark.parametrize("action", ["resume", "new"])
def test_one_about_a_run_that_was_taken_up_since_goes_to_its_end_instead(place, action, resume):
    run = with_files(staged.written(place, replace(STORIES["finished"], base="done")))
    found = chosen(place, "done", request_for(run, action, earlier=5.0), resume=resume)
    assert isinstance(found, GiveBack)
    assert found.candidates[0].path.name == "epoch-0012.keras"


def test_a_second_start_over_does_not_begin_a_third_run(place):
    story = replace(STORIES["finished"], base="twice")
    first = with_files(staged.written(place, story))
    assert isinstance(chosen(place, "twice", request_for(first, "new")), New)
    second = with_files(staged.written(place, story))
    found = chosen(place, "twice", request_for(first, "new"))
    assert isinstance(found, GiveBack)
    assert found.run.path == second


def test_of_two_forks_that_were_asked_for_at_once_the_second_goes_to_the_firsts_end(place):
    story = replace(STORIES["finished"], base="twice")
    parent = with_files(staged.written(place, story))
    request = replace(
        request_for(parent, "fork"), checkpoint="epoch-0010.keras", newest=parent.name
    )
    assert isinstance(chosen(place, "twice", request), Fork)
    fork = with_files(staged.written(place, story))
    found = chosen(place, "twice", request)
    assert isinstance(found, GiveBack)
    assert found.run.path == fork


@pytest.mark.parametrize("action", ["fork", "new"])
def test_an_older_run_is_forked_or_begun_anew_by_a_page_that_knows_the_newer_one(place, action):
    story = replace(STORIES["finished"], base="twice")
    first, second = (with_files(staged.written(place, story)) for _ in range(2))
    request = replace(request_for(first, action), checkpoint="epoch-0010.keras", newest=second.name)
    found = chosen(place, "twice", request)
    assert isinstance(found, Fork if action == "fork" else New)
    if isinstance(found, Fork):
        assert found.run.path == first


def test_a_request_about_another_cells_run_says_nothing_here(place):
    run = with_files(staged.written(place, STORIES["killed"]))
    assert isinstance(chosen(place, "other", request_for(run, earlier=5.0)), New)


def of_a_cell(run, call):
    """Of one broken execution of a cell."""
    path = run / "run.json"
    told = {
        "cell": {"id": "then", "source": "loop()"},
        "execution": "e",
        "call": call,
        "execution_complete": False,
    }
    path.write_text(json.dumps(json.loads(path.read_text()) | told))
    return run


def test_a_resume_of_a_run_that_finished_before_its_cell_did_gives_it_back(place):
    run = of_a_cell(with_files(staged.written(place, replace(STORIES["finished"], base="loop"))), 1)
    cell = Cell(id="then", source="loop()")
    newest = resume_choice.candidates(run, resume_choice.known(run).fold)[0].path.name
    request = replace(request_for(run), checkpoint=newest)
    found = chosen(place, "loop", request, cell=cell)
    assert isinstance(found, GiveBack)
    # From an earlier point it is trained again, as somebody has chosen.
    earlier = replace(
        request,
        checkpoint=resume_choice.candidates(run, resume_choice.known(run).fold)[-1].path.name,
    )
    assert isinstance(chosen(place, "loop", earlier, cell=cell), Continue)


def test_what_the_page_resumes_from_a_cell_is_the_cells_whatever_its_executor_told(place):
    story = replace(STORIES["finished"], base="loop")
    first = of_a_cell(with_files(staged.written(place, story)), 1)
    second = of_a_cell(
        with_files(staged.written(place, replace(STORIES["killed"], base="loop"))), 2
    )
    edited = Cell(id=None, source="loop(edited)")
    by_hand = chosen(place, "loop", None, cell=edited)
    assert isinstance(by_hand, New)
    found = chosen(place, "loop", request_for(second), cell=edited)
    assert isinstance(found, GiveBack)
    assert found.run.path == first
