"""The cells of a held row, sealed at rest, and what the journal holds of held rows."""

import hashlib
import json
from collections.abc import Iterable

from ecredit.facts.collection.models import HeldRow
from ecredit.foundation.proof.sealing import Sealer


def seal_cells(sealer: Sealer, cells: dict[str, str], *, batch_id: int, line: int) -> str:
    """The cells of a row (column code → text as sent) as they are kept: they open only at their place."""
    return sealer.seal(_purpose(batch_id, line), json.dumps(cells, ensure_ascii=False))


def held_cells(row: HeldRow, sealer: Sealer) -> dict[str, str]:
    """The cells of a held row as sent, by column code. Personal data: show them only to whom they concern.

    Raises SealBroken when they were altered, or moved here from another row.
    """
    cells: dict[str, str] = json.loads(sealer.unseal(_purpose(row.batch_id, row.line), row.cells))
    return cells


def _purpose(batch_id: int, line: int) -> str:
    return f"held/{batch_id}/{line}"


HeldText = tuple[int, str, str, str, str]
"""Of a held row what never changes: line, document key, rules, sealed cells, and the state it began in."""


def held_digest(rows: Iterable[HeldText]) -> str:
    """What binds the log to the rows that a block left waiting; any order gives the same."""
    digest = hashlib.sha256()
    for row in sorted(rows):
        digest.update(json.dumps(row).encode() + b"\n")
    return digest.hexdigest()
