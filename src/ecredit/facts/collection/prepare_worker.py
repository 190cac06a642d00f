"""The child process that prepares a long text file: ``python -m ecredit.facts.collection.prepare_worker``.

Preparing beside posting in one process makes the two wait for each other: only one thread runs Python at a time, and
SQLite hands over at every row. In a process of its own it takes the other core. Asked and answered in pickles through
pipes, because both ends are this program.
"""

import pickle
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

from ecredit.facts.collection.own_words import Speaker
from ecredit.facts.collection.prepare import Preparation, Prepared
from ecredit.facts.collection.reading import TableReading
from ecredit.facts.collection.types import CheckedRows
from ecredit.foundation.catalog.load import load_catalog
from ecredit.foundation.catalog.types import Source
from ecredit.foundation.kernel.errors import InputRefused
from ecredit.foundation.kernel.workdays import WorkCalendar
from ecredit.foundation.proof.keys import KeyRing
from ecredit.foundation.proof.sealing import Sealer


@dataclass(frozen=True, slots=True)
class Request:
    """An opened text to prepare, and by what: a Preparation's other needs, with catalogue and keys named."""

    table: TableReading
    catalog: Path
    keys: Path
    source_id: str
    calendar: WorkCalendar
    received_on: date
    speaker: Speaker | None


Packed = tuple[Any, ...]


def pack(block: Prepared) -> Packed:
    """A block for the pipe: of the values only the columns that posting looks at; of the source nothing."""
    rows, source = block.rows, block.rows.source
    kind = () if source.subject_kind_column is None else (source.subject_kind_column,)
    later = {source.name_column, *kind, *source.identifiers.values(), *source.describes.values()}
    values = {code: column for code, column in rows.values.items() if code in later}
    rest = [getattr(block, field.name) for field in fields(block) if field.name != "rows"]
    return rows.lines, rows.raw, values, rows.faults, rest


def unpack(packed: Packed, source: Source, received_on: date) -> Prepared:
    """The block that `pack` packed."""
    lines, raw, values, faults, rest = packed
    return Prepared(CheckedRows(source, received_on, lines, raw, values, faults), *rest)


def main() -> int:
    """Answer the one request: ("block", packed) again and again, then ("done",), ("refused", …) or ("failed", …)."""
    out = sys.stdout.buffer
    try:
        request: Request = pickle.load(sys.stdin.buffer)  # noqa: S301 - from the parent, through its pipe
        for block in _blocks(request):
            pickle.dump(("block", pack(block)), out, protocol=pickle.HIGHEST_PROTOCOL)
            out.flush()
        answer: tuple[Any, ...] = ("done",)
    except InputRefused as refused:
        answer = ("refused", refused.zh, refused.en, refused.data)
    except BrokenPipeError:  # the parent has gone, or wants no more
        return 1
    except BaseException:  # noqa: BLE001 - process edge: the parent tells it
        answer = ("failed", traceback.format_exc())
    pickle.dump(answer, out)
    out.flush()
    return 0


def _blocks(request: Request) -> Iterator[Prepared]:
    catalog = load_catalog(request.catalog)
    preparation = Preparation.of(
        request.table,
        catalog=catalog,
        source=catalog.sources[request.source_id],
        calendar=request.calendar,
        sealer=Sealer(KeyRing.load(request.keys)),
        received_on=request.received_on,
        speaker=request.speaker,
    )
    yield from preparation.blocks(request.table)


if __name__ == "__main__":
    sys.exit(main())
