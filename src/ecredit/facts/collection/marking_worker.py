"""The child process that marks a supplier's workbook: ``python -m ecredit.facts.collection.marking_worker``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from ecredit.facts.collection.marking_own import mark_own
from ecredit.facts.collection.marking_types import MarkedProblem
from ecredit.facts.collection.reading_guard import answer_parent
from ecredit.facts.collection.reading_limits import ReadLimits


def mark(request: dict[str, Any], _limits: ReadLimits) -> dict[str, object]:
    """Mark the workbook at ``path`` and write it to ``out``."""
    path, out = Path(request.pop("path")), Path(request.pop("out"))
    problems = [MarkedProblem(**problem) for problem in request.pop("problems")]
    mark_own(path, out, problems=problems, **request)
    return {}


if __name__ == "__main__":
    sys.exit(answer_parent(mark))
