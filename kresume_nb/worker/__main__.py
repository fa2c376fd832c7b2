"""The worker's process: takes requests from standard input until that ends."""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from typing import Any

from kresume_nb.errors import KResumeError
from kresume_nb.worker.tasks import TASKS

_SECONDS = 4
"""Of processor time for each second of a request: a few threads work at once."""


_NO_ROOM = ("failed to map segment", "annot allocate memory")
"""What glibc says of a library that does not fit into the memory that is left."""


def main() -> None:
    """Answers until nobody asks any more."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints is no answer
    _limit_memory(int(sys.argv[1]))
    for line in sys.stdin.buffer:
        request = json.loads(line)
        _limit_time(request["seconds"])
        said, content = _answer(request)
        said["bytes"] = len(content)
        answers.write(json.dumps(said).encode() + b"\n" + content)
        answers.flush()


def _answer(request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    try:
        content = TASKS[request["task"]](**request["arguments"]).encode()
    except KResumeError as error:
        return {"error": type(error).__name__, "message": str(error)}, b""
    except Exception as error:  # noqa: BLE001  # told to whoever asked
        if _lacks_memory(error):
            return {"error": "MemoryError", "message": "it takes too much memory to read"}, b""
        return {"error": "", "message": f"{type(error).__name__}: {error}"}, b""
    if len(content) > request["most"]:
        message = f"the answer has {len(content):,} bytes, more than {request['most']:,}"
        return {"error": "MemoryError", "message": message}, b""
    return {}, content


def _lacks_memory(error: Exception) -> bool:
    no_room = isinstance(error, ImportError) and any(one in str(error) for one in _NO_ROOM)
    return no_room or isinstance(error, MemoryError)


def _limit_memory(most: int) -> None:
    with suppress(ImportError, ValueError, OSError):  # Windows; a system that knows no such limit
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _limit_time(seconds: float) -> None:
    """Of this request: one that loops while nobody is left to kill it must end, too."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        most = int(used.ru_utime + used.ru_stime + seconds * _SECONDS) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (most, resource.getrlimit(resource.RLIMIT_CPU)[1]))


if __name__ == "__main__":
    main()
