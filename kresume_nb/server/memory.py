"""Whether the system killed a process for want of memory: Linux' counters and log, where they can be read.

Control groups count it: version 2 in `memory.events`, version 1 in `memory.oom_control`, both for a
kill within the group's limit and for one when the whole machine is short.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

_RECENT = 60.0
"""Seconds within which the log's line counts: process ids are used again."""

_FIRST_PID_NAMESPACE = "pid:[4026531836]"
"""The kernel's log names processes by their number in this one; in a container they have others."""

_KILLED = re.compile(r"(?:Killed process|Kill process) (\d+)\b")


def oom_kills(root: Path = Path("/")) -> int | None:
    """How many processes of this process' control group were killed for want of memory.

    Args:
        root: where `proc` and `sys` lie.

    Returns:
        None where the system does not tell.
    """
    for path in _counters(root):
        try:
            text = path.read_text()
        except OSError:
            continue
        if (found := re.search(r"^oom_kill (\d+)$", text, re.MULTILINE)) is not None:
            return int(found[1])
    return None


def _counters(root: Path) -> Iterator[Path]:
    mounted = root / "sys" / "fs" / "cgroup"
    try:
        lines = (root / "proc" / "self" / "cgroup").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, group = line.split(":", 2)
        # In a container, its own group may be mounted as the root.
        if controllers == "":
            yield mounted / group.lstrip("/") / "memory.events"
            yield mounted / "memory.events"
        elif "memory" in controllers.split(","):
            yield mounted / "memory" / group.lstrip("/") / "memory.oom_control"
            yield mounted / "memory" / "memory.oom_control"


def log_names(pid: int) -> bool:
    """Whether the kernel's log says that this process was killed for want of memory, just now."""
    try:
        if str(Path("/proc/self/ns/pid").readlink()) != _FIRST_PID_NAMESPACE:
            return False
        log = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        return killed(pid, _records(log), time.clock_gettime(time.CLOCK_MONOTONIC))
    finally:
        os.close(log)


def _records(log: int) -> Iterator[str]:
    while True:
        try:
            record = os.read(log, 8192)
        except BrokenPipeError:
            continue  # the record was overwritten meanwhile; the next read gives the oldest there is
        except OSError:
            return  # no more of them, or the log cannot be read after all
        if not record:
            return
        yield record.decode(errors="replace")


def killed(pid: int, records: Iterator[str], now: float) -> bool:
    """Whether records of `/dev/kmsg` name the process.

    Args:
        records: `priority,number,microseconds,flags;text`.
        now: seconds on the log's clock.
    """
    for record in records:
        head, _, text = record.partition(";")
        found = _KILLED.search(text)
        if found is None or int(found[1]) != pid:
            continue
        parts = head.split(",")
        if len(parts) > 2 and parts[2].isdigit() and now - int(parts[2]) / 1e6 < _RECENT:
            return True
    return False
