"""The guarded child process in which workbooks are opened: ``python -m ecredit.facts.collection.reading_worker``.

A workbook is an archive of XML written by somebody else; a small file can ask for any amount of memory
and time. Here the limits are the operating system's, and a crash takes nothing with it. The request comes
as JSON on standard input; the answer is one JSON object on standard output, the rows are an Arrow file.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from pathlib import Path

from ecredit.facts.collection import reading_refusals as refuse
from ecredit.facts.collection.reading_types import GIB, ReadLimits
from ecredit.facts.collection.reading_workbook import read_workbook
from ecredit.foundation.kernel.errors import InputRefused


def main() -> int:
    """Answer the one request; exit code 0 whenever there is an answer."""
    request = json.load(sys.stdin)
    limits = ReadLimits(**request["limits"])
    _bind(limits)
    try:
        found = read_workbook(
            Path(request["path"]), Path(request["out"]), frozenset(request["known_headers"]), limits
        )
        answer: dict[str, object] = {"read": found.as_json()}
    except InputRefused as refused:
        answer = {"refused": _sentence(refused)}
    except MemoryError:
        answer = {"refused": _sentence(refuse.costs_too_much())}
    except BaseException as error:  # noqa: BLE001 - process edge; the reader's panics are no Exceptions
        print(f"{type(error).__name__}: {error}"[:500], file=sys.stderr)  # noqa: T201 - for the parent's log
        answer = {"refused": _sentence(refuse.damaged_workbook())}
    json.dump(answer, sys.stdout)
    sys.stdout.flush()
    return 0


def _bind(limits: ReadLimits) -> None:
    """No more memory, time and disk than allowed, no core dump."""
    # Arrow runs without numpy, and loading it would be most of the start-up time.
    sys.modules["numpy"] = None  # type: ignore[assignment]
    os.environ["ARROW_DEFAULT_MEMORY_POOL"] = "system"
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (limits.worker_memory, limits.worker_memory))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.worker_cpu_seconds, limits.worker_cpu_seconds + 5))
    resource.setrlimit(resource.RLIMIT_FSIZE, (4 * GIB, 4 * GIB))


def _sentence(refused: InputRefused) -> dict[str, object]:
    return {"zh": refused.zh, "en": refused.en, "data": refused.data}


if __name__ == "__main__":
    sys.exit(main())
