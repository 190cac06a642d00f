"""What the lake says: records in a window, days running out, and on which platforms a subject has its shops. Over columns, each
source read once whatever rules look at it."""

import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from ecredit.facts.records.queries import mirror_glob, mirror_sources
from ecredit.facts.subjects.lake import current_path
from ecredit.foundation.catalog.types import Catalog, Column, Source
from ecredit.foundation.catalog.warning_types import RecordsCount, RunningOut, WarningRule
from ecredit.foundation.engine.duck import sql_name, sql_text
from ecredit.foundation.kernel.home import Home
from ecredit.foundation.kernel.masking import redact
from ecredit.judgement.evaluation.column_records import Lake, open_entries, open_subjects, take_records
from ecredit.judgement.evaluation.columns import open_engine
from ecredit.judgement.evaluation.types import Model
from ecredit.judgement.measures.types import Fact, Match
from ecredit.judgement.measures.warning_rules import doublings

# Sources whose rows say that a subject has a shop with the platform that sent them.
SHOP_SOURCES: Final = ("shops", "platform_merchants")
# So many facts of one warning are kept and shown; the others are counted.
MOST_FACTS: Final = 50
_MOST_SHOPS: Final = 10
_MOST_CELLS: Final = 6
_LONGEST_CELL: Final = 100
_NO_END: Final = "DATE '9999-12-31'"


@dataclass
class WarningLake:
    """The lake opened for one run: `tables` are the standing records by source, of subjects that still exist."""

    connection: Any
    catalog: Catalog
    as_of: date
    tables: dict[str, str] = field(default_factory=dict)
    asked: int = 0

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a query; `asked` counts them."""
        self.asked += 1
        found: list[tuple[Any, ...]] = self.connection.execute(sql).fetchall()
        return found


@contextmanager
def open_warning_lake(
    home: Home, catalog: Catalog, rules: Collection[WarningRule], models: Iterable[Model], as_of: date
) -> Iterator[WarningLake]:
    """Open what the rules look at. The caller is alone in the lake."""
    mirrored = mirror_sources(home) if current_path(home).exists() else []
    lake = Lake(current_path(home), {source: mirror_glob(home, source) for source in mirrored})
    with tempfile.TemporaryDirectory(prefix="measures-", dir=home.lake) as scratch:
        connection = open_engine(Path(scratch))
        try:
            opened = WarningLake(connection, catalog, as_of)
            if lake.ledger:
                open_subjects(connection, lake)
                _take(opened, lake, _wanted(rules, catalog), _ended_words(models))
            yield opened
        finally:
            connection.close()


def _wanted(rules: Iterable[WarningRule], catalog: Catalog) -> dict[str, set[str]]:
    """The sources to read and their columns."""
    wanted: dict[str, set[str]] = {
        source: {"shop_name"} for source in SHOP_SOURCES if source in catalog.sources
    }
    for rule in rules:
        looked = rule.looks_at
        if isinstance(looked, RecordsCount):
            for source in looked.sources:
                wanted.setdefault(source, set()).update(looked.where, _told_columns(catalog.sources[source]))
        elif isinstance(looked, RunningOut):
            told = _told_columns(catalog.sources[looked.source])
            wanted.setdefault(looked.source, set()).update((looked.column, *looked.per, *looked.where), told)
    return wanted


def _told_columns(source: Source) -> list[str]:
    """What of a record a warning says besides what its rule looks at: its number and what it is about, as far as that is public;
    whom it is about is said already."""
    whom = {source.name_column, source.subject_kind_column, *source.identifiers.values()}
    told = [c.code for c in source.columns if c.public and c.personal == "none" and c.code not in whom]
    return sorted(told, key=lambda code: code not in source.key)[:_MOST_CELLS]


def _ended_words(models: Iterable[Model]) -> set[str]:
    """What the register says of subjects that are not graded any more: nobody is there to warn."""
    return {
        word for model in models for rule in model.statuses if rule.best is None for word in rule.statuses
    }


def _take(opened: WarningLake, lake: Lake, wanted: Mapping[str, set[str]], ended: set[str]) -> None:
    listed = ", ".join(sql_text(word) for word in sorted(ended)) or "''"
    opened.rows(
        f"CREATE OR REPLACE TEMP TABLE over AS SELECT subject_id FROM canonical WHERE status IN ({listed})"
    )
    for source, columns in wanted.items():
        if source in lake.ledger:
            entries = open_entries(opened.connection, lake, source)
            # Nearly everybody exists: all are taken, and the few that do not are taken out again.
            table = take_records(opened.connection, entries, source, ["supplier", *sorted(columns)])
            opened.rows(f"DELETE FROM {table} WHERE subject_id IN (SELECT subject_id FROM over)")
            opened.tables[source] = table


def match_records(opened: WarningLake, looked: RecordsCount) -> Iterator[Match]:
    """Subjects (or senders) with so many standing records in the window."""
    parts = [
        _standing(opened, source, looked)
        for source in looked.sources
        if source in opened.tables
    ]  # fmt: skip
    if not parts:
        return
    whom = "subject_id" if looked.about == "subject" else "supplier"
    rows = opened.rows(
        f"""WITH standing AS ({" UNION ALL ".join(parts)}),
                 looked AS (SELECT * FROM standing {"QUALIFY row_number() OVER (PARTITION BY subject_id ORDER BY valid_from DESC NULLS LAST, leaf DESC) = 1" if looked.newest else ""})
            SELECT {whom}, count(*) AS n,
                   list(struct_pack(leaf := leaf, source := source, valid_from := valid_from, shown := shown)
                        ORDER BY valid_from DESC, leaf DESC)[1:{MOST_FACTS}]
            FROM looked WHERE fits GROUP BY 1 HAVING n >= {int(looked.least)} ORDER BY 1"""
    )
    titles = [opened.catalog.sources[source] for source in looked.sources]
    for who, count, facts in rows:
        told = [_record_fact(f"entry:{f['leaf']}", f) for f in facts]
        yield Match(
            about=_about(looked.about, who),
            thing="",
            gravity=doublings(count, looked.least),
            facts=told,
            more=count - len(told),
            values={
                "count": count,
                "days": looked.days,
                "sources": _titles(titles),
                **_where_words(looked.where),
            },
            subject_id=who if looked.about == "subject" else None,
        )


def match_running_out(opened: WarningLake, looked: RunningOut) -> Iterator[Match]:
    """Things of subjects that run out or have run out, the latest of each; or their senders with so many of them."""
    table = opened.tables.get(looked.source)
    if table is None:
        return
    source, today = opened.catalog.sources[looked.source], opened.as_of
    ends = f"TRY_CAST({sql_name(looked.column)} AS DATE)"
    if looked.months:
        ends = f"CAST({ends} + INTERVAL {int(looked.months)} MONTH AS DATE)"
    per = ", ".join(f"coalesce({sql_name(code)}, '')" for code in looked.per)
    thing = f"concat_ws('|', {per})" if per else "''"
    own_end = looked.column == source.ends and not looked.months
    lasting = "true" if own_end else f"coalesce(valid_to > {_day(today)}, true)"
    # A sender is told of its own rows by what it calls them.
    own = looked.about == "supplier"
    shown = _shown(source, [looked.column, *looked.per], own=own)
    rows = opened.rows(
        f"""WITH mine AS (
                SELECT subject_id, supplier, leaf, valid_from, {thing} AS thing, coalesce({ends}, {_NO_END}) AS ends, {shown} AS shown
                FROM {table} WHERE {lasting} AND {_fits(opened, source, looked.where)}
            ), latest AS (
                SELECT * FROM mine
                QUALIFY row_number() OVER (PARTITION BY subject_id, thing ORDER BY ends DESC, leaf DESC) = 1)
            SELECT subject_id, supplier, leaf, valid_from, thing, ends, shown FROM latest
            WHERE {_ending(looked, today)} ORDER BY subject_id, thing, leaf"""
    )
    if looked.about == "supplier":
        yield from _gathered(rows, looked, source)
        return
    for subject_id, _, leaf, valid_from, what, ends_on, values in rows:
        over = ends_on < today
        record = {"leaf": leaf, "source": source.id, "valid_from": valid_from, "shown": values}
        yield Match(
            about=f"subject:{subject_id}",
            thing=what,
            gravity=int(over),
            facts=[_record_fact(f"entry:{leaf}:{ends_on}", record)],
            values={
                "what": _named_thing(what, source),
                "day": ends_on.isoformat(),
                "days": abs((ends_on - today).days),
                "over": over,
            },
            subject_id=subject_id,
        )


def _gathered(rows: Sequence[tuple[Any, ...]], looked: RunningOut, source: Source) -> Iterator[Match]:
    by: dict[str, list[tuple[Any, ...]]] = {}
    for row in rows:
        by.setdefault(row[1], []).append(row)
    for supplier, mine in sorted(by.items()):
        if len(mine) < looked.least:
            continue
        mine.sort(key=lambda row: (row[5], row[2]))
        facts = [
            _record_fact(
                f"entry:{row[2]}:{row[5]}",
                {"leaf": row[2], "source": source.id, "valid_from": row[3], "shown": row[6]},
            )
            for row in mine[:MOST_FACTS]
        ]
        yield Match(
            about=f"organisation:{supplier}",
            thing="",
            gravity=doublings(len(mine), looked.least),
            facts=facts,
            more=len(mine) - len(facts),
            values={"count": len(mine), "what": _titles([source]), "day": mine[0][5].isoformat()},
        )


def read_shops(opened: WarningLake, subject_ids: Collection[int]) -> dict[int, dict[str, list[str]]]:
    """The names of the open shops of these subjects, by subject and who sent them; so many of each at most. One query."""
    tables = [opened.tables[source] for source in SHOP_SOURCES if source in opened.tables]
    if not tables or not subject_ids:
        return {}
    opened.connection.register("warned", pa.table({"subject_id": pa.array(sorted(subject_ids), pa.int64())}))
    parts = " UNION ".join(
        f"SELECT subject_id, supplier, coalesce(shop_name, '') AS shop_name FROM {table} JOIN warned USING (subject_id) "
        f"WHERE coalesce(valid_to > {_day(opened.as_of)}, true)"
        for table in tables
    )
    found: dict[int, dict[str, list[str]]] = {}
    for subject_id, supplier, name in opened.rows(f"SELECT * FROM ({parts}) ORDER BY ALL"):
        names = found.setdefault(subject_id, {}).setdefault(supplier, [])
        if name and len(names) < _MOST_SHOPS:
            names.append(name)
    opened.connection.unregister("warned")
    return found


def read_codes(opened: WarningLake, home: Home, subject_ids: Collection[int]) -> dict[int, str]:
    """The public codes of these subjects, from the picture of who is who; those without one are left out. One query."""
    if not subject_ids or not current_path(home).exists():
        return {}
    opened.connection.register("warned", pa.table({"subject_id": pa.array(sorted(subject_ids), pa.int64())}))
    picture = f"read_parquet({sql_text(str(current_path(home)))})"
    rows = opened.rows(
        f"SELECT subject_id, code FROM {picture} JOIN warned USING (subject_id) WHERE code IS NOT NULL"
    )
    opened.connection.unregister("warned")
    return dict(rows)


def _standing(opened: WarningLake, source_id: str, looked: RecordsCount) -> str:
    source, today = opened.catalog.sources[source_id], opened.as_of
    first = f"AND valid_from > {_day(today - timedelta(days=looked.days))}" if looked.days else ""
    return (
        f"SELECT subject_id, supplier, leaf, {sql_text(source_id)} AS source, valid_from, "
        f"{_fits(opened, source, looked.where)} AS fits, {_shown(source, list(looked.where))} AS shown "
        f"FROM {opened.tables[source_id]} "
        f"WHERE coalesce(valid_to > {_day(today)}, true) AND valid_from <= {_day(today)} {first}"
    )


def _fits(opened: WarningLake, source: Source, where: Mapping[str, tuple[str, ...]]) -> str:
    tests = ["true"]
    for code, values in where.items():
        words = {form for value in values for form in _forms(opened.catalog, source.column(code), value)}
        listed = ", ".join(sql_text(word) for word in sorted(words))
        tests.append(f"coalesce({sql_name(code)} IN ({listed}), false)")
    return " AND ".join(tests)


def _forms(catalog: Catalog, column: Column, value: str) -> tuple[str, ...]:
    """A value as records may hold it: the code, its name, and what else it is called."""
    table = None if column.lookup is None else catalog.code_tables.get(column.lookup)
    entry = None if table is None else table.lookup(value)
    return (value,) if entry is None else (entry.code, entry.zh, *entry.aliases)


def _shown(source: Source, codes: Sequence[str], *, own: bool = False) -> str:
    """The cells of a record that a warning shows: of the columns looked at those that are public (or its reader's own) and of
    nobody's person."""
    columns = [source.column(code) for code in dict.fromkeys((*codes, *_told_columns(source)))]
    named = [c.code for c in columns if (c.public or own) and c.personal == "none"]
    if not named:
        return "MAP {}::MAP(VARCHAR, VARCHAR)"
    keys = ", ".join(sql_text(code) for code in named)
    cells = ", ".join(f"coalesce(left({sql_name(code)}, {_LONGEST_CELL}), '')" for code in named)
    return f"MAP([{keys}], [{cells}])"


def _ending(looked: RunningOut, today: date) -> str:
    sides = []
    if looked.within_days is not None:
        sides.append(f"ends BETWEEN {_day(today)} AND {_day(today + timedelta(days=looked.within_days))}")
    if looked.lapsed_days is not None:
        sides.append(f"(ends < {_day(today)} AND ends >= {_day(today - timedelta(days=looked.lapsed_days))})")
    return f"({' OR '.join(sides)})"


def _record_fact(id: str, record: Mapping[str, Any]) -> Fact:
    # What is free text is shown as it is published.
    shown = {code: redact(value) for code, value in (record["shown"] or {}).items() if value}
    return Fact(id, "entry", str(record["leaf"]), record["valid_from"], record["source"], shown)


def _about(about: str, who: int | str) -> str:
    return f"subject:{who}" if about == "subject" else f"organisation:{who}"


def _titles(sources: Iterable[Source]) -> tuple[str, str]:
    listed = list(sources)
    return "、".join(s.title_zh for s in listed), ", ".join(s.title_en for s in listed)


def _named_thing(thing: str, source: Source) -> tuple[str, str]:
    """What runs out: what the record itself calls it, else what the source is called."""
    words = " ".join(part for part in thing.split("|") if part)
    return (f"{source.title_zh}（{words}）", f"{source.title_en} ({words})") if words else _titles([source])


def _where_words(where: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, str]]:
    words = "、".join(value for values in where.values() for value in values)
    return {"where": (f"（{words}）" if words else "", f" ({words})" if words else "")}


def _day(day: date) -> str:
    return f"DATE '{day.isoformat()}'"
