"""HDF5 of a stranger, asked for from a real server: none hangs it, none ends it.

The archive around it is right, CRC-32 included: somebody made it so. Half of the inputs are files of
ours with bytes of the library's own structures changed, half use what HDF5 can do and Keras does not.
"""

from __future__ import annotations

import io
import random
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import psutil
from damage import Folder
from readers import Server
from verdict import Plan, Row

KERNEL = "layers/dense/vars/0"
_SIGNATURES = (b"\x89HDF", b"TREE", b"HEAP", b"SNOD", b"OHDR", b"GCOL", b"FRHP", b"BTHD", b"OCHK")
INPUTS = 20
"""Times `count`."""
SLOW = 5.0
"""Seconds after which a server that does not answer is one that hangs."""


def written(build: Callable[[h5py.File], None], **options: object) -> bytes:
    """An HDF5 file in memory."""
    content = io.BytesIO()
    with h5py.File(content, "w", **options) as h5:
        build(h5)
    return content.getvalue()


def _plain(chance: random.Random) -> bytes:
    def build(h5: h5py.File) -> None:
        for number in range(chance.randint(1, 6)):
            shape = tuple(chance.randint(1, 9) for _ in range(chance.randint(0, 3)))
            kind = chance.choice(("f4", "f8", "i4", "u1", "f2"))
            h5[f"layers/dense_{number}/vars/{number % 2}"] = np.zeros(shape, kind)
            if chance.random() < 0.5:
                h5[f"layers/dense_{number}/vars"].attrs["name"] = f"dense_{number}"
        h5[KERNEL] = np.ones((3, 2), np.float32)

    return written(build, libver=chance.choice(("earliest", "latest")))


def changed(chance: random.Random) -> tuple[str, bytes]:
    """A file of ours with some bytes changed, near the library's own structures for the most part."""
    content = bytearray(_plain(chance))
    places = [at for mark in _SIGNATURES for at in _found(content, mark)] or [0]
    told = []
    for _ in range(chance.randint(1, 4)):
        near = chance.random() < 0.8
        at = (
            chance.choice(places) + chance.randint(0, 64)
            if near
            else chance.randrange(len(content))
        )
        at = min(at, len(content) - 1)
        value = chance.choice((0, 1, 0x7F, 0x80, 0xFF, content[at] ^ (1 << chance.randrange(8))))
        content[at] = value
        told.append(f"{at}={value}")
    if chance.random() < 0.1:
        del content[chance.randrange(len(content)) :]
        told.append(f"cut at {len(content)}")
    return f"bytes {', '.join(told)}", bytes(content)


def _found(content: bytearray, mark: bytes) -> list[int]:
    found, at = [], content.find(mark)
    while at >= 0:
        found.append(at)
        at = content.find(mark, at + 1)
    return found


def odd(chance: random.Random) -> tuple[str, bytes]:
    """What HDF5 can do, and Keras does not."""
    name = chance.choice(list(ODD))
    return name, written(lambda h5: ODD[name](h5, chance))


def _external(h5: h5py.File, chance: random.Random) -> None:
    file = chance.choice(("/etc/hostname", "/dev/zero", "/proc/self/mem", "../x", "a" * 4000))
    h5.create_dataset(KERNEL, (3, 2), np.float32, external=[(file, 0, 24)])


def _virtual(h5: h5py.File, chance: random.Random) -> None:
    layout = h5py.VirtualLayout((3, 2), np.float32)
    layout[:] = h5py.VirtualSource(chance.choice(("/etc/hostname", ".", "/dev/zero")), "x", (3, 2))
    h5.create_virtual_dataset(KERNEL, layout)


def _packed(h5: h5py.File, chance: random.Random) -> None:
    size = 2 ** chance.randint(10, 26)
    made = h5.create_dataset(KERNEL, (size,), np.float32, chunks=(min(size, 2**20),), compression=9)
    made[:1] = 1


def _huge(h5: h5py.File, chance: random.Random) -> None:
    shape = tuple(2 ** chance.randint(1, 20) for _ in range(chance.randint(1, 3)))
    h5.create_dataset(KERNEL, shape, chance.choice(("f4", "f8", "u1")))


def _links(h5: h5py.File, chance: random.Random) -> None:
    h5["real"] = np.ones((3, 2), np.float32)
    h5.require_group("layers/dense/vars")
    target = chance.choice(("/real", "/layers/dense/vars/0", "/nowhere", "/layers"))
    h5[KERNEL] = chance.choice(
        (
            h5py.SoftLink(target),
            h5py.ExternalLink("/etc/hostname", target),
            h5py.ExternalLink(".", "/"),
        )
    )


def _circle(h5: h5py.File, chance: random.Random) -> None:
    group = h5.require_group("layers/dense/vars")
    group[chance.choice(("0", "again", "vars"))] = h5[
        chance.choice(("/", "/layers", "/layers/dense"))
    ]


def _deep(h5: h5py.File, chance: random.Random) -> None:
    group = h5
    for _ in range(chance.choice((60, 70, 500))):
        group = group.create_group("layers")
    group["vars/0"] = np.ones(3)


def _wide(h5: h5py.File, chance: random.Random) -> None:
    for number in range(chance.choice((200, 1500))):
        h5[f"layers/d{number}/vars/0"] = np.float32(number)


def _types(h5: h5py.File, chance: random.Random) -> None:
    kind = chance.choice(
        (
            np.dtype([("a", "f4"), ("b", "i8")]), h5py.string_dtype(), h5py.vlen_dtype(np.float32),
            h5py.ref_dtype, np.dtype("S40"), np.dtype(">f4"), np.dtype("c16"), np.dtype("V7"),
            h5py.enum_dtype({"a": 1}), np.dtype(("f4", (3,))), h5py.opaque_dtype(np.dtype("M8[s]")),
            np.dtype("f2"), np.dtype("?"),
        )
    )  # fmt: skip
    h5.create_dataset(KERNEL, (3, 2), kind)
    h5["layers/named/vars/0"] = np.dtype("f4")  # a type of its own, not an array


def _attributes(h5: h5py.File, chance: random.Random) -> None:
    h5[KERNEL] = np.ones((3, 2), np.float32)
    values = (
        "x" * 60_000, b"\xff\xfe", 7, np.arange(4000), "\ud800".encode("utf-8", "surrogatepass"),
        "<img src=x onerror=alert(1)>", h5py.Empty("f4"), "/layers/../..", h5["layers"].ref,
    )  # fmt: skip
    h5["layers/dense/vars"].attrs["name"] = chance.choice(values)
    h5[KERNEL].attrs["dtype"] = chance.choice(("bfloat16", "float99", 7, "x" * 9000))


def _empty(h5: h5py.File, chance: random.Random) -> None:
    shapes = ((0,), (0, 9), None, (2**31, 0), ())
    shape = chance.choice(shapes)
    if shape is None:
        h5[KERNEL] = h5py.Empty("f4")
    else:
        h5.create_dataset(KERNEL, shape, np.float32)


def _values(h5: h5py.File, chance: random.Random) -> None:
    value = chance.choice((np.nan, np.inf, -np.inf, 1e38, 1e-45))
    h5[KERNEL] = np.full((3, 2), value, np.float32)


def _names(h5: h5py.File, chance: random.Random) -> None:
    name = chance.choice(("a" * 5000, "\u202e", "<b>x</b>", "a b", ".hidden", "\x01", "ü" * 300))
    h5[f"layers/{name}/vars/0"] = np.ones(3, np.float32)


ODD: dict[str, Callable[[h5py.File, random.Random], None]] = {
    "external storage": _external,
    "virtual storage": _virtual,
    "packed": _packed,
    "a shape without data": _huge,
    "links": _links,
    "groups in a circle": _circle,
    "deep groups": _deep,
    "wide groups": _wide,
    "types": _types,
    "attributes": _attributes,
    "empty arrays": _empty,
    "odd numbers": _values,
    "odd names": _names,
}


def archive(path: Path, content: bytes) -> None:
    """A checkpoint with these weights; its CRC-32 is right."""
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("model.weights.h5", content)


class Heart:
    """Asks the server for its name all the while; remembers the longest that it took to answer."""

    def __init__(self, server: Server) -> None:
        self.longest = 0.0
        self._server = server
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat)
        self._thread.start()

    def _beat(self) -> None:
        while not self._ended.wait(0.05):
            began = time.monotonic()
            self._server.get("about")
            self.longest = max(self.longest, time.monotonic() - began)

    def take(self) -> float:
        taken, self.longest = self.longest, 0.0
        return taken

    def end(self) -> None:
        self._ended.set()
        self._thread.join()


def hdf5(plan: Plan) -> list[Row]:
    """Changes and history of layers, of checkpoints that a stranger made."""
    place = plan.place("hdf5")
    folder = Folder(place)
    rows = [
        Row("HDF5 of a stranger, bytes changed: server"),
        Row("HDF5 of a stranger, odd: server"),
    ]
    good = folder.run / "checkpoints" / "epoch-0001.keras"
    other = folder.run / "checkpoints" / "epoch-0002.keras"
    for path in (folder.run / "checkpoints").iterdir():
        path.unlink()
    archive(good, written(lambda h5: h5.__setitem__(KERNEL, np.zeros((3, 2), np.float32))))
    with Server(place) as server:
        process, heart = psutil.Process(server.pid), Heart(server)
        for row, make in zip(rows, (changed, odd), strict=True):
            chance = plan.chance(row.what)
            for _ in range(plan.count * INPUTS // 2):
                told, content = make(chance)
                archive(other, content)
                row.judge(told, lambda c=chance: _asked(server, process, heart, c))
        heart.end()
    return rows


def _asked(server: Server, process: psutil.Process, heart: Heart, chance: random.Random) -> None:
    run = "kresume_runs/mnist-001"
    both = {"a": run, "a_file": "epoch-0001.keras", "b": run, "b_file": "epoch-0002.keras"}
    if chance.random() < 0.2:
        status, told = server.get("changes", **both, variable=KERNEL)
    else:
        status, told = server.get("changes", **both)
    assert status in (200, 404, 409), told
    assert process.is_running() and process.status() != psutil.STATUS_ZOMBIE  # noqa: PT018
    longest = heart.take()
    assert longest < SLOW, f"the server stood still for {longest:.1f} s"
