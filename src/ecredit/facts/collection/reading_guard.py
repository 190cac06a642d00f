"""Child processes for what others wrote: a workbook is opened where it can do no harm.

A workbook is an archive of XML written by somebody else; a small file can ask for any amount of memory and
time. In the child the limits are the operating system's, and a crash takes nothing with it. The request
goes as JSON to its standard input, the answer comes as one JSON object from its standard output.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

import ecredit
from ecredit.facts.collection import reading_refusals as refuse
from ecredit.facts.collection.reading_limits import GIB, ReadLimits
from ecredit.foundation.kernel.errors import InputRefused


def ask_child(module: str, request: dict[str, object], limits: ReadLimits) -> dict[str, Any]:
    """Run ``module`` as a child process and give its answer. Raises InputRefused when it refuses or dies."""
    # Nothing of the environment goes along but what Python needs to start: no settings, no secrets.
    environment = {"PYTHONPATH": str(Path(ecredit.__file__).parents[1]), "LANG": "C.UTF-8", "PYTHONUTF8": "1"}
    whole = request | {"limits": asdict(limits) | {"scratch": None}}
    with subprocess.Popen(
        [sys.executable, "-P", "-B", "-m", module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
    ) as child:
        try:
            answer, _ = child.communicate(json.dumps(whole).encode(), timeout=limits.worker_wall_seconds)
        except BaseException as error:
            child.kill()
            if isinstance(error, subprocess.TimeoutExpired):
                raise refuse.costs_too_much() from error
            raise
    try:
        told: dict[str, Any] = json.loads(answer)
    except ValueError as error:  # killed by its limits before it could answer
        raise refuse.costs_too_much() from error
    if "refused" in told:
        raise InputRefused(told["refused"]["zh"], told["refused"]["en"], **told["refused"]["data"])
    return cast("dict[str, Any]", told["done"])


def answer_parent(work: Callable[[dict[str, Any], ReadLimits], dict[str, object]]) -> int:
    """The child's side: bind itself, do the work of the one request, answer. Gives the exit code."""
    request = json.load(sys.stdin)
    limits = ReadLimits(**request.pop("limits"))
    _bind(limits)
    try:
        answer: dict[str, object] = {"done": work(request, limits)}
    except InputRefused as refused:
        answer = {"refused": _sentence(refused)}
    except MemoryError:
        answer = {"refused": _sentence(refuse.costs_too_much())}
    except BaseException:  # noqa: BLE001 - process edge; the workbook reader's panics are no Exceptions
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
