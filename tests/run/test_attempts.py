from __future__ import annotations

import json
import os
import threading
import time
from dataclasses import asdict
from pathlib import Path

import pytest

from kresume_nb.run import attempts, codec
from kresume_nb.run.attempts import KnownAttempt
from kresume_nb.run.records import Attempt

CASES = json.loads((Path(__file__).parents[1] / "golden" / "auto.json").read_text())


def made(number: int = 1, step: int = 5, when: float = 10.0, outcome: str = "open") -> Attempt:
    return Attempt(
        number=number,
        by="page",
        who="a page",
        time=when,
        step=step,
        checkpoint=None,
        outcome=outcome,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_golden_decisions(case):
    known = [KnownAttempt(made(*fields), age) for *fields, age in case["known"]]
    found = attempts.decide(known, step=case["step"], since=case["since"], now=case["now"])
    assert asdict(found) == case["decision"]


def test_waits_double_until_the_cap():
    known: list[KnownAttempt] = []
    now, waits = 100.0, []
    while (one := attempts.decide(known, step=5, since=0, now=now)).kind != "capped":
        if one.kind == "wait":
            waits.append(one.until - now)
            now = one.until
        else:
            known.append(KnownAttempt(made(one.number, when=now, outcome="died")))
    assert waits == [2, 4, 8, 16]
    assert len(known) == attempts.MOST_IN_VAIN


def test_of_many_that_claim_at_once_one_succeeds(tmp_path):
    won: list[int] = []
    ready = threading.Barrier(16)

    def claim(who: int) -> None:
        ready.wait()
        if attempts.claim(tmp_path, made(when=float(who))):
            won.append(who)

    threads = [threading.Thread(target=claim, args=(who,)) for who in range(16)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    (known,) = attempts.in_folder(tmp_path)
    assert [known.attempt.time] == [float(who) for who in won]


def test_a_claim_that_is_renewed_holds_and_one_that_is_not_expires(tmp_path):
    one = made()
    attempts.claim(tmp_path, one)
    old = time.time() - attempts.LEASE_SECONDS - 1
    os.utime(tmp_path / "attempt-1.json", (old, old))

    def kind() -> str:
        known = attempts.in_folder(tmp_path)
        return attempts.decide(known, step=5, since=0, now=time.time()).kind

    assert kind() == "go"
    attempts.renew(tmp_path, one)
    assert kind() == "held"


def test_what_the_next_process_takes_down_is_gone_from_the_folder(tmp_path):
    for number in (1, 2, 10):
        attempts.claim(tmp_path, made(number))
    attempts.close(tmp_path, made(1, outcome="died"))
    taken = attempts.take(tmp_path, resumed=10)
    assert [(one.number, one.outcome) for one in taken] == [
        (1, "died"),
        (2, "abandoned"),
        (10, "resumed"),
    ]
    attempts.forget(tmp_path, taken)
    assert attempts.in_folder(tmp_path) == []
    attempts.renew(tmp_path, made(1))
    attempts.close(tmp_path, made(1))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"number": 7}', b" " * 20_000])
def test_a_file_that_is_no_attempt_only_takes_its_number(content, tmp_path):
    path = tmp_path / "attempt-3.json"
    path.write_bytes(content)
    (known,) = attempts.in_folder(tmp_path)
    assert (known.attempt.number, known.attempt.outcome) == (3, "open")  # being written, perhaps
    os.utime(path, (10.0, 10.0))
    decision = attempts.decide(attempts.in_folder(tmp_path), step=5, since=0, now=time.time())
    assert (decision.kind, decision.number, decision.vain) == ("go", 4, 0)


@pytest.mark.parametrize("kind", ["link", "dangling link", "device", "pipe", "folder"])
def test_what_is_no_file_only_takes_its_number(kind, tmp_path):
    """It is not made by us: whoever counted from before it would try to make it, in vain, for ever."""
    path, precious = tmp_path / "attempt-1.json", tmp_path / "precious"
    precious.write_text(codec.dumps(made()))
    if kind == "pipe":
        os.mkfifo(path)  # to open it would wait for who writes into it
    elif kind == "folder":
        path.mkdir()
    else:
        targets = {"link": precious, "dangling link": tmp_path / "nowhere", "device": "/dev/zero"}
        path.symlink_to(targets[kind])
    known = attempts.in_folder(tmp_path)
    assert [(one.attempt.number, one.attempt.outcome) for one in known] == [(1, "abandoned")]
    decision = attempts.decide(known, step=5, since=0, now=time.time())
    assert (decision.kind, decision.number, decision.vain) == ("go", 2, 0)
    assert attempts.claim(tmp_path, made(2))
    attempts.forget(tmp_path, attempts.take(tmp_path, resumed=2))
    assert precious.read_text() == codec.dumps(made())
    assert {one.name for one in tmp_path.iterdir()} - {path.name} == {"precious"}


def test_of_very_many_the_newest_are_read(tmp_path):
    for number in range(1, 151):
        (tmp_path / f"attempt-{number}.json").write_text(codec.dumps(made(number)))
    found = attempts.in_folder(tmp_path)
    assert [one.attempt.number for one in found] == list(range(51, 151))


def test_names_that_only_look_like_attempts_are_passed_over(tmp_path):
    for name in ("attempt-0.json", "attempt-01.json", "attempt-x.json", "attempt-1.json.tmp"):
        (tmp_path / name).touch()
    assert attempts.in_folder(tmp_path) == []
    assert attempts.in_folder(tmp_path / "gone") == []
