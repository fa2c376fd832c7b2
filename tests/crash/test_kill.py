"""SIGKILL at every system call that changes the disk: the old state is found, or the new one.

The calls are those that Python makes (`shim.py`); a write is cut in half before the kill.
"""

from __future__ import annotations

import random
import re
import shutil

import pytest

pytestmark = pytest.mark.crash


@pytest.fixture(scope="module")
def calls(sessions):
    assert sessions.run("whole") == 0
    return sessions.calls("whole")


def test_the_session_does_all_that_a_training_does(calls, sessions, check_folder):
    kinds = {one["call"] for one in calls}
    assert {"mkdir", "open", "write", "fsync", "replace", "unlink"} <= kinds
    names = {re.sub(r"\.[0-9a-f]{8}\.", ".", one["path"].rpartition("/")[2]) for one in calls}
    assert {"journal.jsonl", "run.json.tmp", "history.json.tmp", "epoch-0003.keras.tmp"} <= names
    assert {"heartbeat", "writer.lock", "epoch-0001.keras.tmp"} <= names
    assert sessions.told("whole") == 12
    assert check_folder(sessions.root("whole"), 12).step == 12


def test_killed_at_any_system_call(calls, sessions, check_folder):
    resumed_at = set()
    for number in range(1, len(calls) + 1):
        name = f"kill-{number}"
        assert sessions.run(name, kill=number) == -9
        try:
            at = check_folder(sessions.root(name), sessions.told(name))
        except BaseException as error:
            error.add_note(
                f"killed at call {number}: {calls[number - 1]['call']} {calls[number - 1]['path']}"
            )
            raise
        resumed_at.add(at.step if at else None)
        shutil.rmtree(sessions.root(name))
    assert resumed_at == {None, 2, 4, 6, 8, 10, 12}


@pytest.mark.parametrize("seed", range(40))
def test_killed_again_and_again(seed, calls, sessions, check_folder):
    """Whatever was there when a session began is there, or something newer, when it was killed."""
    chance = random.Random(seed)
    name, reached = f"again-{seed}", -1
    for number in range(1, 5):
        code = sessions.run(name, kill=chance.randint(1, len(calls)), number=number)
        copy = sessions.root(f"{name}-copy")
        shutil.copytree(sessions.root(name), copy)
        at = check_folder(copy, max(reached, sessions.told(name)))
        shutil.rmtree(copy)
        reached = at.step if at else -1
        if code == 0:
            break
    assert sessions.run(name, number=9) == 0
    at = check_folder(sessions.root(name), sessions.told(name))
    assert at.step >= reached + 8


def test_killed_before_a_checkpoint_is_announced_and_again_before_the_next(
    calls, sessions, check_folder
):
    """What was resumed from is offered again, though the journal never knew of it."""
    saved = [
        number
        for number, one in enumerate(calls, start=1)
        if one["call"] == "replace" and one["to"].endswith(".keras")
    ]
    assert len(saved) == 6
    for first in (saved[0] + 1, saved[3] + 2):
        assert calls[first - 1]["call"] in ("fsync", "write")
        for second in range(1, 16):
            name = f"unannounced-{first}-{second}"
            assert sessions.run(name, kill=first) == -9
            copy = sessions.root(f"{name}-copy")
            shutil.copytree(sessions.root(name), copy)
            reached = check_folder(copy, sessions.told(name)).step
            assert reached > sessions.told(name)
            assert sessions.run(name, kill=second, number=2) == -9
            at = check_folder(sessions.root(name), reached)
            assert at.step >= reached
            shutil.rmtree(copy)
            shutil.rmtree(sessions.root(name))
