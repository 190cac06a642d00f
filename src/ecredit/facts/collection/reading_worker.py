"""The child process that reads a workbook: ``python -m ecredit.facts.collection.reading_worker``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from ecredit.facts.collection.reading_guard import answer_parent
from ecredit.facts.collection.reading_limits import ReadLimits
from ecredit.facts.collection.reading_workbook import read_workbook


def read(request: dict[str, Any], limits: ReadLimits) -> dict[str, object]:
    """Read the workbook at ``path`` into the Arrow file ``out``."""
    known = frozenset(request["known_headers"])
    return read_workbook(Path(request["path"]), Path(request["out"]), known, limits).as_json()


if __name__ == "__main__":
    sys.exit(answer_parent(read))
