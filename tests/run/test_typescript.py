from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from kresume_nb.run import limits, records, typescript

PROTOCOL = Path(__file__).parents[2] / "labextension" / "src" / "protocol.ts"


def test_the_page_s_protocol_is_the_generated_one():
    assert PROTOCOL.read_text() == typescript.generate(), "run `make protocol`"


def test_the_command_writes_the_file(tmp_path):
    target = tmp_path / "protocol.ts"
    subprocess.run(
        [sys.executable, "-m", "kresume_nb.run.typescript", str(target)], check=True, timeout=60
    )
    assert target.read_text() == typescript.generate()


@pytest.mark.parametrize(
    "kind",
    [*records.EVENTS, *records.DOCUMENTS, *records.PARTS, *records.MESSAGES],
    ids=lambda kind: kind.__name__,
)
def test_every_field_of_every_record_is_there(kind):
    block = re.search(
        rf"export interface {kind.__name__} {{(.*?)\n}}", typescript.generate(), re.DOTALL
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


def test_a_type_that_typescript_lacks_is_refused():
    with pytest.raises(TypeError, match="no TypeScript type for <class 'bytes'>"):
        typescript._type(bytes)


def test_the_page_has_the_same_limits():
    source = (PROTOCOL.parent / "runs" / "limits.ts").read_text()
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
