"""The files of the lake of trade: written once, found again by the manifest, and by nothing else.

lake/trade/<table>/day=2026-03-01/b12-0.parquet    rows of batch 12, the columns of the table and `_batch`
lake/trade/<table>/superseded/b12.parquet           keys of older rows that batch 12 put right, and their `_batch`
lake/trade/<table>/held/b12.parquet                 rows of batch 12 that wait, as sent, with the rules they break
"""

import hashlib
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow.parquet as pq

from ecredit.facts.market.models import TradeBatch, TradePart
from ecredit.foundation.kernel.home import Home

ROWS, SUPERSEDED, HELD = "rows", "superseded", "held"
NO_DAY = "none"
_OURS = re.compile(r"b(\d+)(-\d+)?\.parquet")
_PIECE = 1 << 20


def trade_folder(home: Home) -> Path:
    """Where the lake of trade lies."""
    return home.lake / "trade"


def settle(batch: TradeBatch, draft: Path, home: Home) -> list[TradePart]:
    """Put what was written below `draft` into its places, safe from a loss of power, and return its rows of the manifest.

    `draft` holds `rows/day=…/*.parquet`, `superseded.parquet`, `held.parquet`, whichever there are.
    """
    base = trade_folder(home) / batch.table
    parts: list[TradePart] = []
    for path in sorted((draft / ROWS).rglob("*.parquet")):
        day = path.parent.name.removeprefix("day=")
        number = sum(part.day == ("" if day == NO_DAY else day) and part.kind == ROWS for part in parts)
        target = base / f"day={day}" / f"b{batch.pk}-{number}.parquet"
        parts.append(_place(batch, ROWS, "" if day == NO_DAY else day, path, target, home))
    for kind in (SUPERSEDED, HELD):
        path = draft / f"{kind}.parquet"
        if path.exists():
            parts.append(_place(batch, kind, "", path, base / kind / f"b{batch.pk}.parquet", home))
    for folder in {home.lake / "trade" / Path(part.name).parent for part in parts}:
        _sync(folder)
    return parts


def sweep(home: Home) -> None:
    """Remove what batches left behind that were cut off: files of theirs, and drafts. The caller is alone in the lake of trade."""
    base = trade_folder(home)
    shutil.rmtree(base / "draft", ignore_errors=True)
    opened = set(TradeBatch.objects.filter(state="open").values_list("pk", flat=True))
    if not opened:
        return
    for path in base.glob("*/*/b*.parquet"):
        found = _OURS.fullmatch(path.name)
        if found and int(found[1]) in opened:
            path.unlink()
    TradeBatch.objects.filter(pk__in=opened).delete()


def files_of(home: Home, parts: Iterable[TradePart]) -> Iterator[Path]:
    """Where parts lie."""
    return (trade_folder(home) / part.name for part in parts)


def digest_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def _place(batch: TradeBatch, kind: str, day: str, path: Path, target: Path, home: Home) -> TradePart:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = TradePart(
        batch=batch,
        kind=kind,
        day=day,
        name=target.relative_to(trade_folder(home)).as_posix(),
        rows=pq.read_metadata(path).num_rows,
        size=path.stat().st_size,
        digest=digest_of(path),
    )
    _sync(path)
    path.rename(target)
    return part


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
