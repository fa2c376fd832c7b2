from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from kresume_nb.run import limits, records, typescript

SOURCE = Path(__file__).parents[2] / "labextension" / "src"


def test_the_page_s_types_and_decoders_are_the_generated_ones():
    assert (SOURCE / typescript.PROTOCOL).read_text() == typescript.protocol(), (
        "run `make protocol`"
    )
    assert (SOURCE / typescript.DECODERS).read_text() == typescript.decoders(), (
        "run `make protocol`"
    )


def test_the_command_writes_the_files(tmp_path):
    (tmp_path / "runs").mkdir()
    subprocess.run(
        [sys.executable, "-m", "kresume_nb.run.typescript", str(tmp_path)], check=True, timeout=60
    )
    assert (tmp_path / "protocol.ts").read_text() == typescript.protocol()
    assert (tmp_path / "runs" / "decoders.ts").read_text() == typescript.decoders()


@pytest.mark.parametrize(
    "kind",
    [*records.EVENTS, *records.DOCUMENTS, *records.PARTS, *records.MESSAGES],
    ids=lambda kind: kind.__name__,
)
def test_every_field_of_every_record_is_there(kind):
    block = re.search(
        rf"export interface {kind.__name__} {{(.*?)\n}}", typescript.protocol(), re.DOTALL
    )
    names = re.findall(r"^  (\w+): ", block[1], re.MULTILINE)
    tag = ["type"] if kind in (*records.EVENTS, *records.MESSAGES) else []
    assert names == [*tag, *(item.name for item in fields(kind))]


@pytest.mark.parametrize(
    ("hint", "expected"),
    [
        (float, "Num"),
        (int, "number"),
        (str | None, "string | null"),
        (list[float], "Num[]"),
        (dict[str, list[float]], "Record<string, Num[]>"),
        (records.Status, "'running' | 'finished' | 'interrupted' | 'failed'"),
        (records.Position, "Position"),
    ],
)
def test_types_are_translated(hint, expected):
    assert typescript._type(hint) == expected


@pytest.mark.parametrize(
    ("hint", "expected"),
    [
        (float, "num"),
        (str | None, "maybe(text)"),
        (list[float], "nums"),
        (list[int], "list(int)"),
        (dict[str, Any], "dict(anything)"),
        (records.Direction, "oneOf('min', 'max')"),
        (list[records.Position], "list(position)"),
    ],
)
def test_decoders_are_made_of_types(hint, expected):
    assert typescript._reader(hint) == expected


def test_a_type_that_typescript_lacks_is_refused():
    with pytest.raises(TypeError, match="no TypeScript type for <class 'bytes'>"):
        typescript._type(bytes)
    with pytest.raises(TypeError, match="no decoder for <class 'bytes'>"):
        typescript._reader(bytes)


def test_the_page_has_the_same_limits():
    source = (SOURCE / "runs" / "limits.ts").read_text()
    told = dict(re.findall(r"export const (\w+) = ([^;]+);", source))
    values = {
        name: eval(text.replace("MIB", str(2**20)), {})  # noqa: S307  # our own numbers
        for name, text in told.items()
    }
    assert values == {
        "WHOLE": limits.HISTORY,
        "LINE": limits.LINE,
        "DEPTH": limits.DEPTH,
        "STEPS": limits.STEPS,
        "BARE_STEPS": limits.BARE_STEPS,
        "TORN": limits.TORN,
    }


def test_what_is_refused_of_malformed_records_is_written_down(golden, generate_malformed):
    document = json.loads((golden / "malformed.json").read_text())
    assert document == generate_malformed.made(), "run `python tests/golden/malformed.py`"
    kinds = document["records"]
    assert kinds["Checkpoint"]["refused"]["value"][0] == "missing"  # a field without a default
    assert "missing" not in kinds["Marks"]["refused"]["title"]
