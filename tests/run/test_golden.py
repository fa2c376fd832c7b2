"""Golden run folders: what readers, this one and the page's, must make of them."""

from __future__ import annotations

import json
import shutil

import pytest

from kresume_nb.run import codec
from kresume_nb.run.reader import read_header, read_journal

CASES = ["finished", "killed", "resumed", "nan", "controlled", "forked", "attempted"]


def test_all_golden_folders_are_tested(golden):
    assert sorted(path.parent.name for path in golden.glob("*/expected.json")) == sorted(CASES)


@pytest.mark.parametrize("case", CASES)
def test_a_golden_run_reads_as_expected(case, golden):
    journal = read_journal(golden / case)
    fold = journal.fold
    made = {
        "summary": codec.plain(fold.summary("golden-001")),
        "history": fold.history(),
        "steps": fold.steps(),
        "warnings": fold.warnings,
        "report": fold.report,
        "findings": codec.plain(fold.findings),
        "controls": codec.plain(fold.controls),
        "attempts": codec.plain(fold.attempts),
        "paused": fold.paused,
        "torn": journal.torn,
    }
    expected = json.loads((golden / case / "expected.json").read_text())
    assert json.loads(json.dumps(codec.finite(made), allow_nan=False)) == expected


@pytest.mark.parametrize("case", CASES)
def test_a_golden_header_reads_and_writes_back_the_same(case, golden):
    run = golden / case
    header = read_header(run)
    assert header.name == "golden-001"
    assert codec.dumps(header) + "\n" == (run / "run.json").read_text()


def test_golden_folders_are_what_the_generator_makes(golden, generate, tmp_path, monkeypatch):
    monkeypatch.setattr(generate, "HERE", tmp_path)
    generate.main()
    for case in CASES:
        for made in sorted((tmp_path / case).iterdir()):
            assert made.read_bytes() == (golden / case / made.name).read_bytes(), made
        assert {one.name for one in (tmp_path / case).iterdir()} == {
            one.name for one in (golden / case).iterdir()
        }


@pytest.mark.parametrize("case", CASES)
def test_a_journal_cut_anywhere_reads_as_its_whole_lines(case, golden, tmp_path):
    run = tmp_path / case
    shutil.copytree(golden / case, run)
    whole = (run / "journal.jsonl").read_bytes()
    for length in range(0, len(whole), 7):
        cut = whole[:length]
        (run / "journal.jsonl").write_bytes(cut)
        journal = read_journal(run)
        lines = cut.split(b"\n")
        (run / "journal.jsonl").write_bytes(b"".join(one + b"\n" for one in lines[:-1]))
        of_lines = read_journal(run)
        assert repr(journal.fold) == repr(of_lines.fold)
        assert journal.torn == of_lines.torn + (lines[-1] != b"")
