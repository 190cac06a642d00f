"""`frictionless validate` of a penalty file, with a Table Schema made from the catalogue's source.

    .venv/bin/python bench/peer_frictionless_validate.py FILE [--python PEERS/bin/python]

Types, required cells, longest lengths, code tables as enums, the shape of codes as patterns, the key: what a Table Schema
can say. It cannot say check digits, dates in order or conditional columns. Nothing is stored. All
errors are asked for, as a department needs them; importing the library does not count. Prints one JSON document.
"""

import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from peer_columns import DATE_FORMAT, PeerColumn, peer_arguments, read_source

EVERY_ERROR = 10**9


def field_of(column: PeerColumn) -> dict[str, Any]:
    """A column as a field of a Table Schema."""
    constraints: dict[str, Any] = {}
    if column.required:
        constraints["required"] = True
    if column.type == "date":
        return {"name": column.code, "type": "date", "format": DATE_FORMAT, "constraints": constraints}
    if column.type in ("amount", "number"):
        return {"name": column.code, "type": "number", "constraints": constraints}
    if column.max_length and not column.words:
        constraints["maxLength"] = column.max_length
    if column.pattern:
        constraints["pattern"] = column.pattern
    elif column.words:
        constraints["enum"] = list(column.words)
    return {"name": column.code, "type": "string", "constraints": constraints}


def main() -> None:
    """Validate and print."""
    path = peer_arguments("frictionless validate of a penalty file")
    from frictionless import Checklist, Resource, Schema, system

    columns, key = read_source()
    schema = Schema.from_descriptor({"fields": [field_of(c) for c in columns], "primaryKey": key})
    with system.use_context(trusted=True):  # or it refuses absolute paths
        resource = Resource(path=str(path), format="csv", encoding="gb18030", schema=schema)
        started = time.perf_counter()
        report = resource.validate(Checklist(), limit_errors=EVERY_ERROR)
        seconds = time.perf_counter() - started
    task = report.tasks[0]
    rows = task.stats["rows"]
    errors = Counter(error.type for error in task.errors)
    faulty = {getattr(error, "row_number", None) for error in task.errors} - {None}
    result = {"peer": "frictionless validate", "rows": rows, "seconds": round(seconds, 2)}
    result |= {"rows_per_s": round(rows / seconds), "faulty_rows": len(faulty), "errors": dict(errors)}
    print(json.dumps(result, ensure_ascii=False))


if __name__ == "__main__":
    main()
