"""What platforms disclosed, as the ledger's mirror has it: the standing records of a source that are not as they should be."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from ecredit.facts.records.queries import mirror_glob, mirror_sources
from ecredit.foundation.catalog.disclosure_types import DisclosureCheck, RecordLooks
from ecredit.foundation.catalog.types import Catalog
from ecredit.foundation.engine.duck import sql_name, sql_text
from ecredit.foundation.kernel.home import Home
from ecredit.foundation.kernel.masking import redact
from ecredit.foundation.kernel.workdays import WorkCalendar
from ecredit.judgement.disclosure.gap_rules import key_of
from ecredit.judgement.disclosure.record_rules import judge_notice, judge_prompt, judge_recent
from ecredit.judgement.disclosure.types import Disclosing, Shortfall

# So many cells of a record are shown with a gap, each so long.
_MOST_CELLS: Final = 6
_LONGEST_CELL: Final = 100
_BLOCK: Final = 2_000
# The column by which every source names the platform, which the gap says already.
_PLATFORM: Final = "platform_name"


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look at the records works with; `connection` is DuckDB's."""

    home: Home
    catalog: Catalog
    calendar: WorkCalendar
    platforms: Sequence[Disclosing]
    on: date
    connection: Any


def find_shortfalls(looked: Looked, check: DisclosureCheck) -> list[Shortfall]:
    """What of the records one check finds fault with, in a number of questions that does not grow with the platforms."""
    looks = check.looks_at
    if not isinstance(looks, RecordLooks) or not looked.platforms:
        return []
    if check.kind == "recent":
        return list(_recent(looked, check, looks))
    if looks.source not in mirror_sources(looked.home):
        return []
    _standing(looked, looks, _shown(looked.catalog, looks))
    if check.kind == "notice":
        return list(_notice(looked, check, looks))
    return list(_prompt(looked, check, looks))


def _standing(looked: Looked, looks: RecordLooks, cells: Collection[str]) -> None:
    """Make `disclosed`: the standing records of registered platforms, days as days, empty cells NULL."""
    run = looked.connection.execute
    glob = mirror_glob(looked.home, looks.source)
    files = f"read_parquet({sql_text(glob)}, union_by_name = true, hive_partitioning = false)"
    have = {row[0] for row in run(f"DESCRIBE SELECT * FROM {files}").fetchall()}

    def column(code: str) -> str:
        return f"nullif(e.{sql_name(code)}, '')" if code in have else "CAST(NULL AS VARCHAR)"

    where = ""
    if looks.column:
        values = ", ".join(sql_text(value) for value in looks.values)
        where = f" AND {column(looks.column)} IN ({values})"
    other = "CAST(NULL AS DATE)" if not looks.other else f"try_cast({column(looks.other)} AS DATE)"
    picked = "".join(f", {column(code)} AS {sql_name('cell ' + code)}" for code in cells)
    codes = ", ".join(sql_text(p.uscc) for p in looked.platforms)
    run(
        f"""CREATE OR REPLACE TEMP TABLE disclosed AS
        SELECT {column(looks.platform)} AS platform, e.doc_key AS doc_key, e.leaf AS leaf,
          try_cast({column(looks.published)} AS DATE) AS published, {other} AS other{picked}
        FROM (SELECT *, row_number() OVER (PARTITION BY doc_key ORDER BY leaf DESC) AS place FROM {files}) e
        WHERE e.place = 1 AND e.verb <> 'withdraw' AND {column(looks.platform)} IN ({codes}){where}"""
    )


def _notice(looked: Looked, check: DisclosureCheck, looks: RecordLooks) -> Iterator[Shortfall]:
    since = "" if check.since is None else f" AND coalesce(published, other) >= DATE '{check.since}'"
    wanted = f"(published IS NULL OR other IS NULL OR datediff('day', published, other) < {int(check.number)}){since}"
    for row, cells in _rows(looked, looks, wanted):
        platform, doc_key, leaf, published, other = row
        found = judge_notice(published, other, check.number)
        if found is not None:
            values = {"published": _text(published), "other": _text(other), "number": check.number}
            yield _fall(check, platform, doc_key, leaf, found, other or published or looked.on, values, cells)


def _prompt(looked: Looked, check: DisclosureCheck, looks: RecordLooks) -> Iterator[Shortfall]:
    run = looked.connection.execute
    since = "" if check.since is None else f" AND other >= DATE '{check.since}'"
    days = [
        row[0]
        for row in run(f"SELECT DISTINCT other FROM disclosed WHERE other IS NOT NULL{since}").fetchall()
    ]
    if not days:
        return
    due = ", ".join(
        f"(DATE '{day}', DATE '{looked.calendar.add_workdays(day, check.number).on}')" for day in sorted(days)
    )
    run(f"CREATE OR REPLACE TEMP TABLE term AS SELECT * FROM (VALUES {due}) v(decided, due)")
    late = "other IN (SELECT decided FROM term) AND coalesce(published, DATE '9999-12-31') > (SELECT due FROM term WHERE decided = other)"
    for row, cells in _rows(looked, looks, late):
        platform, doc_key, leaf, published, decided = row
        found = judge_prompt(decided, published, check.number, looked.calendar, looked.on)
        if found is not None:
            values = {"published": _text(published), "other": _text(decided), "number": check.number}
            yield _fall(check, platform, doc_key, leaf, found, decided, values, cells)


def _recent(looked: Looked, check: DisclosureCheck, looks: RecordLooks) -> Iterator[Shortfall]:
    latest: dict[str, date] = {}
    if looks.source in mirror_sources(looked.home):
        _standing(looked, looks, ())
        latest = dict(
            looked.connection.execute(
                "SELECT platform, max(published) FROM disclosed WHERE published IS NOT NULL GROUP BY 1"
            ).fetchall()
        )
    for platform in looked.platforms:
        last = latest.get(platform.uscc)
        found = judge_recent(last, platform.since, check.number, looked.on)
        if found is not None:
            values = {"published": _text(last), "other": None, "number": check.number}
            yield _fall(check, platform.uscc, "", None, found, last or platform.since, values, {})


def _rows(
    looked: Looked, looks: RecordLooks, wanted: str
) -> Iterator[tuple[tuple[Any, ...], dict[str, str]]]:
    shown = _shown(looked.catalog, looks)
    picked = "".join(f", {sql_name('cell ' + code)}" for code in shown)
    rows = looked.connection.execute(
        f"SELECT platform, doc_key, leaf, published, other{picked} FROM disclosed WHERE {wanted} ORDER BY platform, leaf"
    )
    while block := rows.fetchmany(_BLOCK):
        for row in block:
            cells = {
                code: redact(str(value)[:_LONGEST_CELL])
                for code, value in zip(shown, row[5:], strict=True)
                if value is not None
            }
            yield row[:5], cells


def _shown(catalog: Catalog, looks: RecordLooks) -> list[str]:
    """What of a record is shown with a gap: its number first, public columns, nothing of who it is about."""
    source = catalog.sources[looks.source]
    whom = {
        source.name_column,
        source.subject_kind_column,
        *source.identifiers.values(),
        looks.platform,
        _PLATFORM,
    }
    told = [c.code for c in source.columns if c.public and c.personal == "none" and c.code not in whom]
    told = [code for code in told if code not in (looks.published, looks.other)]
    return sorted(told, key=lambda code: code not in source.key)[:_MOST_CELLS]


def _fall(
    check: DisclosureCheck,
    platform: str,
    doc_key: object,
    leaf: int | None,
    found: tuple[str, int | None],
    seen_on: date,
    values: dict[str, Any],
    cells: dict[str, str],
) -> Shortfall:
    thing = doc_key.hex() if isinstance(doc_key, bytes) else str(doc_key)
    return Shortfall(
        key=key_of(check.id, platform, thing),
        check=check.id,
        platform=platform,
        saw=found[0],
        late=found[1],
        seen_on=seen_on,
        values=values,
        entry=None if leaf is None else int(leaf),
        cells=cells,
    )


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
