"""The cells of a held row, sealed at rest."""

import json

from ecredit.facts.collection.models import HeldRow
from ecredit.foundation.proof.sealing import Sealer

_PURPOSE = "held"


def seal_cells(sealer: Sealer, cells: dict[str, str]) -> str:
    """The cells of a row (column code → text as sent) as they are kept."""
    return sealer.seal(_PURPOSE, json.dumps(cells, ensure_ascii=False))


def held_cells(row: HeldRow, sealer: Sealer) -> dict[str, str]:
    """The cells of a held row as sent, by column code. Personal data: show them only to whom they concern."""
    cells: dict[str, str] = json.loads(sealer.unseal(_PURPOSE, row.cells))
    return cells
