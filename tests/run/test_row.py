from __future__ import annotations

import math
import os
import time
from dataclasses import replace

import pytest

from kresume_nb.run import codec, layout
from kresume_nb.run.fold import Fold
from kresume_nb.run.records import SCHEMA, Marks
from kresume_nb.run.row import TRAIL, read_row, thinned


@pytest.fixture
def make(tmp_path, generate):
    """A run folder of these events, whose history knows the first so many of them."""

    def folder(events, known=None, *, tells=True):
        run = tmp_path / "golden-001"
        (run / layout.CHECKPOINTS).mkdir(parents=True, exist_ok=True)
        start = Fold().feed(events).start  # whoever takes a run up writes its header anew
        (run / layout.HEADER).write_text(codec.dumps(replace(generate.HEADER, writer=start.writer)))
        lines = "".join(codec.dumps(one) + "\n" for one in events)
        (run / layout.JOURNAL).write_text(lines + '{"type":"ste')
        (run / layout.HISTORY).unlink(missing_ok=True)
        if known is not None:
            fold = Fold().feed(events[:known])
            read = sum(len(codec.dumps(one)) + 1 for one in events[:known])
            summary = fold.summary(run.name, read if tells else 0)
            document = {**fold.history(), "kresume": summary}
            (run / layout.HISTORY).write_text(codec.dumps(document))
            os.utime(run / layout.HISTORY, (1, 1))  # older than the journal
        return run

    return folder


@pytest.mark.parametrize("tells", [True, False])
@pytest.mark.parametrize("story", ["FINISHED", "KILLED", "RESUMED", "CONTROLLED"])
def test_whenever_the_history_was_written_the_row_is_the_whole_journal_s(
    story, tells, make, generate
):
    events = [
        replace(one, time=2000.0 + number // 2)  # neighbours share a moment
        for number, one in enumerate(getattr(generate, story))
    ]
    # Its size is the files'.
    whole = replace(read_row(make(events), "runs/golden-001"), bytes=0, heartbeat=None)
    assert whole.problem == ""
    fold = Fold().feed(events)
    assert (whole.status, whole.position) == (fold.status, fold.position)
    assert whole.trail == [float(f"{one:.4g}") for one in fold.history()["loss"]]
    for known in range(1, len(events) + 1):
        row = read_row(make(events, known, tells=tells), "runs/golden-001")
        assert replace(row, bytes=0, heartbeat=None) == whole, f"history of {known} events"


def test_the_best_is_of_the_monitored_log_and_names_its_epoch(make, generate):
    row = read_row(make(generate.FINISHED), "golden-001")
    assert (row.monitor, row.best, row.best_epoch) == ("val_loss", 0.4, 2)
    nan = read_row(make(generate.NAN), "golden-001")
    assert (nan.monitor, nan.best, nan.best_epoch) == ("val_loss", math.inf, 1)


def test_of_a_metric_that_some_epochs_lack_the_best_still_names_its_epoch(make, generate):
    events = [generate.start(), generate.epoch(1, 0.5), generate.epoch(2, 0.4, val_loss=0.3)]
    for known in (None, 2, 3):
        row = read_row(make(events, known), "golden-001")
        assert (row.monitor, row.best, row.best_epoch) == ("val_loss", 0.3, 2)


def test_size_marks_and_heartbeat_are_told(make, generate):
    run = make(generate.FINISHED)
    before = read_row(run, "golden-001").bytes
    (run / layout.CHECKPOINTS / "epoch-0001.keras").write_bytes(b"x" * 1000)
    (run / layout.HEARTBEAT).touch()
    long_ago = time.time() - 500
    os.utime(run / layout.HEARTBEAT, (long_ago, long_ago))
    (run / layout.MARKS).write_text(codec.dumps(Marks(title="good", pinned=True)))
    row = read_row(run, "golden-001")
    assert row.bytes == before + 1000 + (run / layout.MARKS).stat().st_size
    assert (row.title, row.pinned) == ("good", True)
    assert row.heartbeat == pytest.approx(500, abs=60)
    (run / layout.MARKS).write_text("{")
    assert read_row(run, "golden-001").pinned, "what cannot be read protects"


def test_a_process_that_took_the_run_up_and_wrote_nothing_yet_is_seen(make, generate):
    run = make(generate.FINISHED, len(generate.FINISHED))
    later = replace(generate.HEADER.writer, started=9000.0, kernel="another")
    (run / layout.HEADER).write_text(codec.dumps(replace(generate.HEADER, writer=later)))
    row = read_row(run, "golden-001")
    assert (row.status, row.kernel, row.began) == ("running", "another", 9000.0)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (layout.HEADER, "{", "run.json: not JSON"),
        (layout.HEADER, f'{{"schema": {SCHEMA + 1}}}', "written by a newer version"),
        (layout.HISTORY, '{"loss": [1.0]}', "does not say its schema version"),
        (layout.HISTORY, '{"loss": ["x"], "kresume": null}', "history.json"),
    ],
)
def test_a_run_that_cannot_be_read_has_a_row_that_says_why(name, content, said, make, generate):
    run = make(generate.FINISHED, 5)
    (run / name).write_text(content)
    row = read_row(run, "golden-001")
    assert said in row.problem
    assert (row.name, row.folder) == ("golden-001", "golden-001")
    assert row.bytes > 0


@pytest.mark.parametrize("count", [0, 1, 2, TRAIL, TRAIL + 1, 10_000])
def test_a_trail_keeps_its_ends_and_is_short(count):
    values = [float(one) for one in range(count)]
    trail = thinned(values)
    assert len(trail) == min(count, TRAIL)
    assert trail[:1] == values[:1]
    assert trail[-1:] == values[-1:]
    assert trail == sorted(trail)
