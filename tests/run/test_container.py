from __future__ import annotations

import json
import random
import struct
import zipfile

import numpy as np
import pytest

from kresume_nb.errors import CorruptCheckpointError, NewerSchemaError
from kresume_nb.run.container import (
    CONTENT_AT,
    STATE,
    WEIGHTS,
    ContainerReader,
    ContainerWriter,
)

ARRAYS = [
    np.arange(12, dtype="float32").reshape(3, 4),
    np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    np.array(7, dtype="int64"),
    np.zeros((0, 3), dtype="bool"),
    np.array([np.nan, -0.0, np.inf], dtype="float16"),
    np.array([1 + 2j]),
]
STATE_DATA = {"schema": 1, "position": {"epoch": 1, "batch": 0, "step": 9}}


def write(path, members=()):
    with path.open("w+b") as file:
        file.write(bytes(CONTENT_AT) + bytes(range(256)) * 20)
        with ContainerWriter(file, first=WEIGHTS) as container:
            container.add("config.json", b"{}")
            container.add(STATE, json.dumps(STATE_DATA).encode())
            for number, array in enumerate(ARRAYS):
                container.add_array(number, array)
            for name, data in members:
                container.add(name, data)
    return path


def rewrite(path, replaced, compression=zipfile.ZIP_STORED):
    """The archive as somebody else would write it, some of its members replaced."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()} | replaced
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def content(path):
    """Everything that a resume takes from a checkpoint that verifies."""
    with ContainerReader(path) as container:
        container.verify()
        arrays = [container.array(number) for number in range(len(ARRAYS))]
        with container.open(WEIGHTS) as weights:
            return (
                container.state(),
                weights.read(),
                container.read("config.json"),
                [(one.dtype.str, one.shape, one.tobytes()) for one in arrays],
            )


@pytest.fixture
def checkpoint(tmp_path):
    return write(tmp_path / "epoch-0001.keras")


def test_everything_comes_back_as_it_was(checkpoint):
    state, weights, config, arrays = content(checkpoint)
    assert (state, config) == (STATE_DATA, b"{}")
    assert weights == bytes(range(256)) * 20
    assert arrays == [(one.dtype.str, one.shape, one.tobytes()) for one in ARRAYS]


def test_arrays_are_writable_and_their_own(checkpoint):
    with ContainerReader(checkpoint) as container:
        container.array(0)[:] = 9
        assert container.array(0).tolist() == ARRAYS[0].tolist()


def test_the_same_state_makes_the_same_bytes(tmp_path):
    assert write(tmp_path / "a").read_bytes() == write(tmp_path / "b").read_bytes()


def test_it_is_an_ordinary_archive_whose_first_member_was_written_in_place(checkpoint):
    with zipfile.ZipFile(checkpoint) as archive:
        assert archive.testzip() is None
        assert archive.namelist()[0] == WEIGHTS
        assert archive.getinfo(WEIGHTS).header_offset == 0
        assert all(item.compress_type == zipfile.ZIP_STORED for item in archive.infolist())
    assert checkpoint.read_bytes()[CONTENT_AT:].startswith(bytes(range(256)))


@pytest.mark.parametrize("part", range(4))
def test_a_flipped_bit_is_noticed_or_changes_nothing(part, checkpoint, tmp_path):
    whole, expected = checkpoint.read_bytes(), content(checkpoint)
    chance = random.Random(part)
    # The directory at the end is where a reader is led astray: look there more closely.
    tail = range(len(whole) - 1200, len(whole))
    places = [chance.randrange(len(whole)) for _ in range(350)] + chance.sample(tail, 150)
    damaged, harmless = tmp_path / "damaged.keras", 0
    for place in places:
        data = bytearray(whole)
        data[place] ^= 1 << chance.randrange(8)
        damaged.write_bytes(data)
        try:
            assert content(damaged) == expected, f"byte {place}"
            harmless += 1
        except CorruptCheckpointError as error:
            assert str(damaged) in str(error)  # noqa: PT017
    assert 0 < harmless < len(places) / 2


def test_a_file_cut_anywhere_is_noticed(checkpoint, tmp_path):
    whole, damaged = checkpoint.read_bytes(), tmp_path / "damaged.keras"
    for length in [*range(0, len(whole), 41), *range(len(whole) - 60, len(whole))]:
        damaged.write_bytes(whole[:length])
        with pytest.raises(CorruptCheckpointError, match=r"damaged\.keras"):
            content(damaged)


def test_a_stretch_of_zeros_is_noticed(checkpoint, tmp_path):
    whole, damaged = checkpoint.read_bytes(), tmp_path / "damaged.keras"
    expected = content(checkpoint)
    for start in range(0, len(whole), 512):
        damaged.write_bytes(whole[:start] + bytes(512) + whole[start + 512 :])
        try:
            assert content(damaged) == expected
        except CorruptCheckpointError:
            continue


def test_a_checkpoint_that_is_not_there_is_said_to_be(tmp_path):
    with pytest.raises(CorruptCheckpointError, match=r"gone\.keras cannot be opened"):
        ContainerReader(tmp_path / "gone.keras")


def test_compressed_members_are_refused_before_anything_is_unpacked(checkpoint):
    rewrite(checkpoint, {"bomb": bytes(10**6)}, zipfile.ZIP_DEFLATED)
    with pytest.raises(CorruptCheckpointError, match="compressed members"):
        ContainerReader(checkpoint)


def npy(header: bytes, data: bytes = b"") -> bytes:
    padded = header + b" " * (64 - (10 + len(header) + 1) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(padded)) + padded + data


@pytest.mark.parametrize(
    "data",
    [
        npy(b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,), }", bytes(16)),
        npy(b"{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }", bytes(15)),
        npy(b"{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }", bytes(16)),
        npy(b"{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }", bytes(16)),
        npy(b"{'descr': '|O', 'fortran_order': False, 'shape': (2,), }", bytes(16)),
        npy(b"{'descr': '<V0', 'fortran_order': False, 'shape': (2,), }", bytes(16)),
        npy(b"{'descr': [('a', '|O')], 'fortran_order': False, 'shape': (2,), }", bytes(16)),
        npy(b"__import__('os').system('true')", bytes(16)),
        npy(b"{'descr': '<f8', 'shape': (2,), }", bytes(16)),
        npy(b"{" * 5000),
        npy(b"(" * 150 + b")" * 150),
        npy(b"-" * 9000 + b"1"),
        b"\x93NUMPY\x02\x00\xff\xff\xff\xff",
        b"\x93NUMPY\x01\x00\xff\xff",
        b"\x80\x04N.",
        b"",
    ],
)
def test_an_array_that_claims_what_is_not_there_is_refused(data, checkpoint):
    rewrite(checkpoint, {"kresume/arrays/0.npy": data})
    with (
        ContainerReader(checkpoint) as container,
        pytest.raises(CorruptCheckpointError, match=r"kresume/arrays/0\.npy"),
    ):
        container.array(0)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        (STATE, b"not json"),
        (STATE, b"[]"),
        (STATE, b"\xff"),
        (STATE, b'{"schema": "one"}'),
        (STATE, b"[" * 100_000),
    ],
)
def test_a_state_that_is_none_is_corrupt(name, data, checkpoint):
    rewrite(checkpoint, {name: data})
    with (
        ContainerReader(checkpoint) as container,
        pytest.raises(CorruptCheckpointError, match=r"kresume/state\.json"),
    ):
        container.state()


@pytest.mark.parametrize("name", [STATE, WEIGHTS])
def test_an_archive_that_lacks_a_part_is_no_checkpoint(name, checkpoint):
    with zipfile.ZipFile(checkpoint) as archive:
        members = {one: archive.read(one) for one in archive.namelist() if one != name}
    with zipfile.ZipFile(checkpoint, "w") as archive:
        for one, data in members.items():
            archive.writestr(one, data)
    with (
        ContainerReader(checkpoint) as container,
        pytest.raises(CorruptCheckpointError, match=name),
    ):
        container.verify()


def test_a_state_of_a_newer_version_is_refused_as_such(checkpoint):
    rewrite(checkpoint, {STATE: json.dumps(STATE_DATA | {"schema": 2}).encode()})
    with (
        ContainerReader(checkpoint) as container,
        pytest.raises(NewerSchemaError, match="schema version 2"),
    ):
        container.state()


@pytest.mark.parametrize("name", ["../../evil", "/etc/evil", "kresume/arrays/../../../evil"])
def test_a_member_s_name_is_never_a_path(name, tmp_path):
    path = write(tmp_path / "epoch-0001.keras", [(name, b"x")])
    before = sorted(tmp_path.rglob("*"))
    content(path)
    assert sorted(tmp_path.rglob("*")) == before


def test_what_is_wrong_is_told_with_the_file_s_name_once(tmp_path):
    path = tmp_path / "epoch-0001.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(WEIGHTS, b"weights")
    with ContainerReader(path) as container:
        for read in (container.state, container.verify):
            with pytest.raises(CorruptCheckpointError) as caught:
                read()
            assert str(caught.value).count(str(path)) == 1


def test_a_member_that_is_missing_is_named(checkpoint):
    with (
        ContainerReader(checkpoint) as container,
        pytest.raises(CorruptCheckpointError, match=r"lacks the member 'kresume/arrays/99\.npy'"),
    ):
        container.array(99)


def test_a_member_that_is_there_twice_is_refused(checkpoint):
    """Python's `zipfile` takes the last of them, others the first: readers would differ."""
    with (
        pytest.warns(UserWarning, match="Duplicate name"),
        zipfile.ZipFile(checkpoint, "a") as archive,
    ):
        archive.writestr(STATE, json.dumps(STATE_DATA))
    with pytest.raises(CorruptCheckpointError, match="more than once"):
        ContainerReader(checkpoint)
