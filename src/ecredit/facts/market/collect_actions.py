"""Trade tables into the lake: read, checked whole, compared with what is there, written once, told in a receipt."""

import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

import duckdb
from django.db import transaction

from ecredit.facts.actors.journal_actions import post_journal
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.types import Actor, Supplier
from ecredit.facts.market.audit_lake import COLLECTED, manifest_digest
from ecredit.facts.market.clear_columns import find_in_clear, list_named_in_clear
from ecredit.facts.market.fates import Weighing
from ecredit.facts.market.lake_files import (
    HELD,
    NO_DAY,
    ROWS,
    SUPERSEDED,
    digest_of,
    settle,
    sweep,
    trade_folder,
)
from ecredit.facts.market.lake_queries import sql_current
from ecredit.facts.market.models import TradeBatch, TradePart
from ecredit.facts.market.raw_parts import RawPart, open_raw
from ecredit.facts.market.receipts import receipt_of
from ecredit.facts.market.trade_checks import REDACT, sql_flaws, sql_kept, sql_typed
from ecredit.facts.market.trade_files import Part, TradeRefused, find_parts, open_parts, refused
from ecredit.facts.market.trade_report import write_held, write_report
from ecredit.facts.market.types import TradeReceipt
from ecredit.foundation.catalog.trade_types import TradeTable
from ecredit.foundation.catalog.types import Catalog
from ecredit.foundation.engine.duck import open_duck, sql_files, sql_name, sql_text
from ecredit.foundation.kernel.home import Home
from ecredit.foundation.kernel.masking import redact
from ecredit.foundation.proof.keys import KeyRing

_LOCAL = timezone(timedelta(hours=8))
# A clock may run ahead by this much.
_AHEAD = timedelta(days=1)
_MEMORY = "3GB"


@dataclass(frozen=True, slots=True)
class Market:
    """What taking trade needs."""

    home: Home
    catalog: Catalog
    ring: KeyRing


@dataclass(slots=True)
class _Sheet:
    """One table of a folder on its way. `columns`: those that are taken; `tests`: by column, what a value in clear is."""

    table: TradeTable
    digest: str
    parts: list[RawPart]
    columns: frozenset[str]
    notes: list[str]
    tests: dict[str, str]
    scratch: Path


def collect_market(
    market: Market, folder: Path, *, supplier: Supplier, by: Actor, at: datetime
) -> list[TradeReceipt]:
    """Take the trade tables of a folder into the lake, a receipt for each.

    A table whose files came before from this supplier changes nothing. Of the others each row is accepted, supersedes the
    one that its supplier sent under the same key, is a duplicate, or waits with its reasons. Raises TradeRefused, before
    anything is kept, for a supplier that may not send trade, for files that cannot be read, for a required column that is
    missing and for a column that holds telephones, identity numbers or addresses in clear: all that is wrong at once.
    """
    trade = market.catalog.trade
    if supplier.kind not in trade.suppliers:
        kinds = ", ".join(sorted(trade.suppliers))
        raise TradeRefused(
            f"{supplier.name} 是 {supplier.kind}，不能报送交易表；可以报送的有 {kinds}",
            f"{supplier.name} is a {supplier.kind} and may not send trade tables; these may: {kinds}",
        )
    opened = open_parts(find_parts(folder, trade), trade)
    market.home.ensure()
    with market.home.alone_in_trade():
        sweep(market.home)
        draft = trade_folder(market.home) / "draft"
        draft.mkdir(mode=0o700, parents=True)
        try:
            with open_duck(memory=_MEMORY, spill=draft / "spill") as connection:
                connection.create_function(REDACT, redact, ["VARCHAR"], "VARCHAR")
                return _collect(market, folder, opened, connection, draft, supplier, by, at)
        finally:
            shutil.rmtree(draft, ignore_errors=True)


def _collect(
    market: Market,
    folder: Path,
    opened: dict[str, list[Part]],
    connection: duckdb.DuckDBPyConnection,
    draft: Path,
    supplier: Supplier,
    by: Actor,
    at: datetime,
) -> list[TradeReceipt]:
    known: dict[str, TradeBatch] = {}
    sheets: dict[str, _Sheet] = {}
    wrong: list[tuple[str, str]] = []
    for name, parts in opened.items():
        digest = _digest(parts)
        batch = TradeBatch.objects.filter(
            table=name, supplier=supplier.id, digest=digest, edition=market.catalog.edition, state="done"
        ).first()
        if batch is not None:
            known[name] = batch
            continue
        try:
            sheets[name] = _open(market, folder, name, digest, parts, connection, draft / name, supplier)
        except TradeRefused as error:
            wrong.append((error.zh, error.en))
    if wrong:
        raise refused(wrong)
    receipts = []
    for name in opened:
        if name in known:
            receipts.append(receipt_of(known[name], market.home, already_received=True))
        else:
            batch = _take(market, folder, sheets[name], connection, supplier, by, at)
            receipts.append(receipt_of(batch, market.home, already_received=False))
    return receipts


def _digest(parts: Sequence[Part]) -> str:
    """SHA-256 over the files of a table, whatever they are called and however they are ordered."""
    digests = sorted(digest_of(part.path) for part in parts)
    return digests[0] if len(digests) == 1 else hashlib.sha256("\n".join(digests).encode()).hexdigest()


def _open(
    market: Market,
    folder: Path,
    name: str,
    digest: str,
    parts: list[Part],
    connection: duckdb.DuckDBPyConnection,
    scratch: Path,
    supplier: Supplier,
) -> _Sheet:
    """Open a table's files and look for what is in clear. Raises TradeRefused."""
    trade, table = market.catalog.trade, market.catalog.trade.tables[name]
    scratch.mkdir(mode=0o700)
    extra = sorted({header for part in parts for header in part.extra})
    named = list_named_in_clear(extra)
    if named:
        listed = "、".join(named)
        raise TradeRefused(
            f"{name} 的列 {listed} 是明文的个人信息；请删去或换成标识（*_id）再报",
            f"the columns {', '.join(named)} of {name} are personal data in clear; leave them out or send tokens (*_id)",
        )
    given = frozenset(column for part in parts for column in part.columns)
    taken = frozenset(column for column in given if trade.feeds(name, column, supplier.kind))
    notes = [] if not extra else [f"不认识的列未收 unknown columns not taken: {', '.join(extra)}"]
    for limit in trade.limits:
        dropped = sorted(column for column in given - taken if (name, column) in limit.columns)
        if dropped and supplier.kind in limit.suppliers:
            law = market.catalog.laws[limit.law]
            article = "" if limit.article is None else f"第{limit.article}条"
            notes.append(f"{', '.join(dropped)}：{limit.zh}（{law.title}{article}） {limit.en}")
    raw = open_raw(parts, folder, connection, scratch)
    sheet = _Sheet(table, digest, raw, taken, notes, {}, scratch)
    _show(connection, sheet)
    clear = find_in_clear(connection, table, taken, "typed")
    if clear.columns:
        said_zh = "；".join(f"{name}.{column} 像是明文的{zh}" for column, zh, _ in clear.columns)
        said_en = "; ".join(f"{name}.{column} looks like {en} in clear" for column, _, en in clear.columns)
        raise TradeRefused(f"{said_zh}；请换成标识再报", f"{said_en}; send tokens instead")
    sheet.tests = clear.tests
    return sheet


def _show(connection: duckdb.DuckDBPyConnection, sheet: _Sheet) -> None:
    """Make the view `typed` of a table's rows; text is read once and kept beside."""
    selects = []
    for part in sheet.parts:
        sql = sql_typed(sheet.table, part, sheet.columns)
        if part.text:
            path = sheet.scratch / f"typed-{part.number}.parquet"
            if not path.exists():
                connection.execute(f"COPY ({sql}) TO {sql_text(str(path))} (FORMAT parquet)")
            sql = f"SELECT * FROM read_parquet({sql_files([path])})"
        selects.append(sql)
    connection.execute(f"CREATE OR REPLACE VIEW typed AS {' UNION ALL '.join(selects)}")


def _take(
    market: Market,
    folder: Path,
    sheet: _Sheet,
    connection: duckdb.DuckDBPyConnection,
    supplier: Supplier,
    by: Actor,
    at: datetime,
) -> TradeBatch:
    table = sheet.table
    latest = (at.astimezone(_LOCAL) + _AHEAD).strftime("%Y-%m-%d %H:%M:%S")
    _show(connection, sheet)
    weighing = Weighing(connection, table)
    flaws = [sql_flaws(table, part, sheet.columns, latest, sheet.tests) for part in sheet.parts]
    weighing.note_flaws(flaws, sheet.parts)
    weighing.note_twice()
    batches = list(TradeBatch.objects.filter(table=table.id, state="done").order_by("pk"))
    if batches:
        current = sql_current(market.home, table, market.catalog.trade, batches)
        weighing.note_known(current, [batch.pk for batch in batches if batch.supplier == supplier.id])
    _note_references(market, sheet, weighing)
    fates = weighing.fates()
    by_rule, problems, warnings = weighing.counts()
    batch = TradeBatch.objects.create(
        table=table.id, supplier=supplier.id, supplier_kind=supplier.kind, folder=str(folder)[-300:],
        digest=sheet.digest, state="open", received_at=at, edition=market.catalog.edition,
        columns=sorted(sheet.columns), rows=fates.rows, accepted=fates.accepted, superseded=fates.superseded,
        duplicate=fates.duplicate, quarantined=fates.quarantined, problems=problems, warnings=warnings,
        problem_counts=by_rule, notes=sheet.notes,
    )  # fmt: skip
    draft = sheet.scratch / "out"
    draft.mkdir()
    _write(connection, weighing, batch, draft)
    if fates.quarantined:
        write_held(connection, weighing, sheet.parts, draft / f"{HELD}.parquet")
    report = market.home.reports / f"trade-{batch.pk}.csv"
    write_report(connection, weighing, sheet.parts, report)
    parts = settle(batch, draft, market.home)
    _commit(market, batch, parts, supplier, by, at)
    shutil.rmtree(sheet.scratch, ignore_errors=True)
    return batch


def _note_references(market: Market, sheet: _Sheet, weighing: Weighing) -> None:
    """Values that name a row of a table of which nothing is known are no problem: it may come from somebody else."""
    trade = market.catalog.trade
    for column in sheet.table.columns:
        if column.refers is None or column.id not in sheet.columns:
            continue
        target, key = column.refers
        batches = list(TradeBatch.objects.filter(table=target, state="done").order_by("pk"))
        sources = []
        if batches:
            rows = sql_current(market.home, trade.tables[target], trade, batches)
            sources.append(f"SELECT {sql_name(key)} AS {sql_name(column.id)} FROM ({rows})")
        if target == sheet.table.id:
            sources.append(f"SELECT {sql_name(key)} AS {sql_name(column.id)} FROM {weighing.remaining()}")
        if sources:
            weighing.note_nowhere(column.id, " UNION ALL ".join(sources))


def _write(connection: duckdb.DuckDBPyConnection, weighing: Weighing, batch: TradeBatch, draft: Path) -> None:
    """Write what goes into the lake below `draft`, by the day of the table's own instant."""
    table = weighing.table
    if batch.accepted + batch.superseded:
        day = "NULL" if table.day is None else f"strftime({sql_name(table.day)}, '%Y-%m-%d')"
        columns = ", ".join(sql_kept(column) for column in table.columns)
        connection.execute(
            f"COPY (SELECT {columns}, CAST({batch.pk} AS BIGINT) AS _batch, COALESCE({day}, '{NO_DAY}') AS day "
            f"FROM {weighing.remaining()}) TO {sql_text(str(draft / ROWS))} "
            "(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, PARTITION_BY (day))"
        )
    if batch.superseded:
        keys = ", ".join(map(sql_name, table.key))
        connection.execute(
            f"COPY (SELECT {keys}, _batch FROM replaced ORDER BY ALL) "
            f"TO {sql_text(str(draft / f'{SUPERSEDED}.parquet'))} (FORMAT parquet)"
        )


def _commit(
    market: Market, batch: TradeBatch, parts: list[TradePart], supplier: Supplier, by: Actor, at: datetime
) -> None:
    """The manifest, the journal and the batch's end, all or none: until then its files are nobody's."""
    detail = {
        "table": batch.table, "supplier": supplier.id, "digest": batch.digest, "rows": batch.rows,
        "accepted": batch.accepted, "superseded": batch.superseded, "duplicate": batch.duplicate,
        "quarantined": batch.quarantined, "refused": batch.refused, "edition": batch.edition,
        "files": len(parts), "manifest": manifest_digest([(part.name, part.digest) for part in parts]),
    }  # fmt: skip
    with transaction.atomic():
        TradePart.objects.bulk_create(parts, batch_size=500)
        batch.state = "done"
        batch.save(update_fields=["state"])
        log = OpenLog(market.ring, at)
        post_journal(log, by=by, verb=COLLECTED, about=f"trade_batch:{batch.pk}", detail=detail)
        log.seal()
