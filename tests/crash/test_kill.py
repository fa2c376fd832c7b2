"""SIGKILL at every system call that changes the disk: the old state is found, or the new one.

The calls are those that Python makes (`shim.py`); a write is cut in half before the kill.
"""

from __future__ import annotations

import random
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
    names = {one["path"].rpartition("/")[2] for one in calls}
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
