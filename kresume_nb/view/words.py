"""Values as people read them: pure."""

from __future__ import annotations

import json
from typing import Any


def number(value: float | None) -> str:
    """Four digits that count: `0.02131`, `1.2e-05`; nothing for None."""
    return "" if value is None else f"{value:.4g}"


def duration(seconds: float | None) -> str:
    """`41 s`, `3 min 20 s`, `2 h 05 min`, `3 d 4 h`."""
    if seconds is None:
        return ""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s" if whole or not seconds else f"{seconds:.2g} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    if whole < 86400:
        return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
    return f"{whole // 86400} d {whole % 86400 // 3600} h"


def size(count: int) -> str:
    """`512 B`, `3.1 MB`."""
    value = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.3g} {unit}"
        value /= 1000
    return f"{value:.3g} TB"


def share(value: float) -> str:
    """`87%`, `<0.1%`."""
    if 0 < value < 0.001:
        return "<0.1%"
    return f"{100 * value:.3g}%"


def fact(value: Any) -> str:
    """A value of a run's header: numbers short, texts as they are, the rest as JSON."""
    if isinstance(value, str):
        return value[:12] + "…" if len(value) == 64 and value.isalnum() else value
    if isinstance(value, float):
        return number(value)
    return json.dumps(value, ensure_ascii=False)
