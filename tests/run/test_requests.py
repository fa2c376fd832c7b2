from __future__ import annotations

import threading

import pytest

from kresume_nb.run import atomic, codec, layout, requests
from kresume_nb.run.records import Control
from kresume_nb.run.requests import Inbox, RequestFiles


def control(name="a", **values):
    return Control(**{"id": name, "action": "pause", "time": 1.0, **values})


@pytest.fixture
def put(tmp_path):
    """Puts a file into the run folder."""

    def write(name, content):
        data = content if isinstance(content, bytes) else codec.dumps(content).encode()
        (tmp_path / name).write_bytes(data)

    return write


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.setattr(requests, "_GRACE_SECONDS", 0.0)
    return RequestFiles(tmp_path)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("control-1.json", True),
        ("control-0001795430000-0a1b2c3d4e5f.json", True),
        ("control-1.json.tmp", False),
        ("control-.json", False),
        ("control-../x.json", False),
        ("control-a b.json", False),
        (f"control-{'a' * 101}.json", False),
        ("my-control-1.json", False),
    ],
)
def test_names_of_requests(name, expected):
    assert layout.is_control(name) is expected


def test_requests_are_taken_in_the_order_of_their_names_and_stay_until_removed(files, put):
    for name in ("3", "1", "2"):
        put(f"control-{name}.json", control(name))
    put("control-4.json.tmp", control("4"))
    for _ in range(2):
        assert [one.control.id for one in files.take()] == ["1", "2", "3"]
    files.remove("control-2.json")
    assert [one.file for one in files.take()] == ["control-1.json", "control-3.json"]
    assert files.take_problems() == []


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'{"schema":1,"id":"a","act', "not JSON"),
        (b"", "not JSON"),
        (b"[]", "expected a JSON object"),
        (b"\xff\x00", "not JSON"),
        (b'{"id":"a"}', "lacks the field 'action'"),
        (b'{"id":"a","action":"explode","time":1}', "Control.action"),
        (b'{"id":7,"action":"stop","time":1}', "Control.id"),
        (b'{"id":"a","action":"learning_rate","value":"fast","time":1}', "Control.value"),
        (b'{"id":"a","action":"learning_rate","value":1' + b"0" * 400 + b',"time":1}', "value"),
        (control("x" * 101), "its id has 101 characters"),
        (control(schema=9), "layout version 9"),
        (b" " * 65537, "65,537 bytes"),
    ],
)
def test_what_is_no_request_is_told_once_and_taken_away(content, reason, files, put, tmp_path):
    put("control-1.json", content)
    assert files.take() == []
    assert files.take() == []
    (problem,) = files.take_problems()
    assert "control-1.json" in problem
    assert reason in problem
    assert len(problem) < 500
    assert list(tmp_path.iterdir()) == []


def test_a_half_written_request_may_yet_become_one(put, tmp_path):
    files = RequestFiles(tmp_path)
    put("control-1.json", b'{"schema":1,"id"')
    assert files.take() == []
    put("control-1.json", control())
    assert [one.control for one in files.take()] == [control()]
    assert files.take_problems() == []


def test_what_cannot_be_deleted_is_told_once_and_passed_over(files, put, tmp_path):
    (tmp_path / "control-1.json").mkdir()
    (tmp_path / "control-2.json").symlink_to(tmp_path / "nowhere")
    put("control-3.json", control())
    assert [one.file for one in files.take()] == ["control-3.json"]
    assert [one.file for one in files.take()] == ["control-3.json"]
    told = files.take_problems()
    for one, words in zip(told, ("a folder", "cannot be deleted", "a link"), strict=True):
        assert words in one
    assert files.names() == ["control-3.json"]


def test_one_that_is_gone_meanwhile_is_no_request(files, put, monkeypatch):
    put("control-1.json", control())
    monkeypatch.setattr(files, "names", lambda: ["control-0.json", "control-1.json"])
    assert [one.file for one in files.take()] == ["control-1.json"]
    assert files.take_problems() == []


def test_a_flood_is_taken_some_at_a_time(files, put):
    for number in range(100):
        put(f"control-{number:03}.json", control(str(number)))
    taken = files.take()
    assert 0 < len(taken) < 50
    for one in taken:
        files.remove(one.file)
    assert files.take()[0].control.id == str(len(taken))


def test_a_folder_that_is_gone_asks_for_nothing(tmp_path):
    assert RequestFiles(tmp_path / "gone").take() == []


def test_a_failing_delete_does_not_stop_training(files, put, monkeypatch):
    def fail(path):
        raise PermissionError(13, "Permission denied", str(path))

    put("control-1.json", control())
    (received,) = files.take()
    monkeypatch.setattr(atomic, "remove", fail)
    files.remove(received.file)
    assert files.take() == []
    assert "Permission denied" in files.take_problems()[0]


def test_an_inbox_hands_over_in_order_and_wakes_who_waits():
    inbox = Inbox()
    waiting = threading.Thread(target=inbox.wait, args=(60,))
    waiting.start()
    assert inbox.put(control("1"))
    waiting.join(30)
    assert not waiting.is_alive()
    assert inbox.put(control("2"))
    assert [one.control.id for one in inbox.take()] == ["1", "2"]
    assert inbox.take() == []


def test_a_closed_or_full_inbox_takes_nothing():
    inbox = Inbox()
    taken = 0
    while inbox.put(control(str(taken))):
        taken += 1
    assert 0 < taken < 100
    assert len(inbox.close()) == taken
    assert not inbox.put(control())
    assert inbox.take() == []
