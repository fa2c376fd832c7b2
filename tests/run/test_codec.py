from __future__ import annotations

import json
import math
from dataclasses import MISSING, asdict, fields, replace

import pytest

from kresume_nb.errors import CorruptRecordError
from kresume_nb.run import codec, records
from kresume_nb.run.records import (
    DOCUMENTS,
    EVENTS,
    MESSAGES,
    PARTS,
    Epoch,
    Position,
    ResumeRequest,
    Steps,
)

KINDS = (*EVENTS, *DOCUMENTS, *PARTS, *MESSAGES)


def bits(value):
    """The same structure with floats as their exact text: NaN equals NaN, 0.0 is not -0.0."""
    if isinstance(value, float):
        return "nan" if math.isnan(value) else value.hex()
    if isinstance(value, dict):
        return {key: bits(item) for key, item in value.items()}
    if isinstance(value, list):
        return [bits(item) for item in value]
    return value


def possible(record):
    """A line of steps tells one value a step, or it is refused."""
    if not isinstance(record, Steps):
        return record
    count = 3
    logs = {name: (values * count + [0.5] * count)[:count] for name, values in record.logs.items()}
    return replace(
        record, count=count, logs=logs, learning_rate=(record.learning_rate or [0.1])[:1]
    )


def read(kind, text):
    return codec.load_event(text) if kind in EVENTS else codec.loads(kind, text)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_record_comes_back_as_it_was(kind, some_record):
    for seed in range(60):
        record = possible(some_record(kind, seed))
        line = codec.dumps(record)
        assert "\n" not in line
        json.loads(line, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
        for text in (line, line.encode()):
            back = read(kind, text)
            assert type(back) is kind
            assert bits(asdict(back)) == bits(asdict(record))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_unknown_fields_are_ignored(kind, some_record):
    record = possible(some_record(kind, 1))
    data = json.loads(codec.dumps(record)) | {"added_by_a_newer_version": {"x": [1]}}
    assert bits(asdict(read(kind, json.dumps(data)))) == bits(asdict(record))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_missing_field_is_named_or_has_its_default(kind, some_record):
    data = json.loads(codec.dumps(possible(some_record(kind, 2))))
    for item in fields(kind):
        without = json.dumps({key: value for key, value in data.items() if key != item.name})
        if item.default is MISSING and item.default_factory is MISSING:
            with pytest.raises(CorruptRecordError, match=f"{kind.__name__} lacks .*'{item.name}'"):
                read(kind, without)
        else:
            read(kind, without)


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        (Position, "epoch", "seven"),
        (Position, "epoch", 1.5),
        (Position, "epoch", True),
        (Position, "epoch", None),
        (Position, "step", [1]),
        (Epoch, "learning_rate", "fast"),
        (Epoch, "learning_rate", True),
        (Epoch, "learning_rate", None),
        (Epoch, "logs", [0.5]),
        (Epoch, "logs", {"loss": "low"}),
        (Epoch, "inherited", 1),
        (Steps, "learning_rate", 0.001),
        (Steps, "learning_rate", [0.001, "x"]),
        (Steps, "logs", {"loss": 0.5}),
        (ResumeRequest, "action", "explode"),
        (ResumeRequest, "run", 5),
        (records.Header, "writer", "me"),
        (records.Header, "setup", {"id": "x"}),
        (records.Header, "cell", {"id": "x"}),
        (records.Checkpoint, "position", {"epoch": 1, "batch": 0}),
    ],
)
def test_a_wrong_field_is_named(kind, field, value, some_record):
    data = json.loads(codec.dumps(some_record(kind, 3))) | {field: value}
    with pytest.raises(CorruptRecordError, match=field):
        read(kind, json.dumps(data))


def test_the_message_stays_short_whatever_was_read():
    with pytest.raises(CorruptRecordError) as caught:
        codec.loads(Position, json.dumps({"epoch": "x" * 10**6, "batch": 0, "step": 0}))
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("", "not JSON"),
        ('{"type":"epoch"', "not JSON"),
        ("[]", "expected a JSON object, received list"),
        ("null", "received NoneType"),
        ("{}", "no event type. Received: 'None'"),
        ('{"type":7}', "no event type. Received: '7'"),
        ('{"type":["start"]}', "event type"),
        ('{"type":{}}', "event type"),
        (b"\xff\xfe{", "not JSON"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_what_is_no_event_is_said_to_be_none(line, message):
    with pytest.raises(CorruptRecordError, match=message):
        codec.load_event(line)


def test_numbers_that_json_lacks_have_names():
    line = codec.dumps({"a": [math.nan, math.inf, -math.inf], "b": (0.5, math.nan)})
    assert line == '{"a":["NaN","Infinity","-Infinity"],"b":[0.5,"NaN"]}'


def test_a_name_of_a_number_stays_text_where_the_field_is_text():
    request = ResumeRequest(action="resume", run="NaN", checkpoint="Infinity")
    assert codec.loads(ResumeRequest, codec.dumps(request)) == request


def test_an_integer_is_read_where_a_number_is_expected():
    data = {"type": "epoch", "time": 1, "epoch": 1, "step": 4, "logs": {"loss": 2}}
    event = codec.load_event(json.dumps(data | {"learning_rate": 1, "seconds": 0}))
    assert [type(one) for one in (event.time, event.logs["loss"], event.learning_rate)] == [
        float
    ] * 3


def test_an_event_that_a_newer_version_invented_is_passed_over():
    assert codec.load_event('{"type":"hologram","time":1.0}') is None
