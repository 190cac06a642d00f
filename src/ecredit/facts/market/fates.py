"""What becomes of each row of a trade table: accepted, superseding an older one, a duplicate, or held.

Everything is asked of the engine, nothing row by row. Tables it leaves on the connection: `flaws(_part, _line, _no)`,
`held(_part, _line)`, `repeated(_part, _line)`, `replaced(_part, _line, keys, _batch)`; the view `typed` holds all rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from ecredit.facts.market.raw_parts import RawPart
from ecredit.facts.market.trade_checks import ANOTHERS, CELLS, NOWHERE, TWICE, list_checks, sql_kept
from ecredit.facts.market.types import Check
from ecredit.foundation.catalog.trade_types import TradeTable
from ecredit.foundation.engine.duck import sql_name


@dataclass(frozen=True, slots=True)
class Fates:
    """How many rows went which way."""

    rows: int
    accepted: int
    superseded: int
    duplicate: int
    quarantined: int


class Weighing:
    """The rows of one table, weighed step by step; the connection has its view `typed` already."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, table: TradeTable) -> None:
        self.connection, self.table = connection, table
        self.checks = list_checks(table)
        self.key = ", ".join(map(sql_name, table.key))
        for name, columns in (
            ("flaws", "_part INTEGER, _line BIGINT, _no INTEGER"),
            ("held", "_part INTEGER, _line BIGINT"),
            ("repeated", "_part INTEGER, _line BIGINT"),
        ):
            connection.execute(f"CREATE OR REPLACE TABLE {name} ({columns})")
        keys = ", ".join(f"typed.{sql_name(name)}" for name in table.key)
        connection.execute(
            f"CREATE OR REPLACE TABLE replaced AS SELECT _part, _line, {keys}, CAST(0 AS BIGINT) AS _batch FROM typed LIMIT 0"
        )

    def note_flaws(self, flaws: Sequence[str], parts: Sequence[RawPart]) -> None:
        """Take what each row by itself does wrong: the SQL of the flawed rows of each part, and the parts' broken lines."""
        for sql in flaws:
            self.connection.execute(f"INSERT INTO flaws {sql}")
        cells = self.checks.index(Check(CELLS, ""))
        broken = [(part.number, line, cells) for part in parts for line, _ in part.broken]
        if broken:
            self.connection.executemany("INSERT INTO flaws VALUES (?, ?, ?)", broken)
        self._hold()

    def note_twice(self) -> None:
        """Rows under one key: alike, the first counts and the others are duplicates; not alike, none can be believed."""
        clean = self._clean()
        self.connection.execute(
            f"CREATE OR REPLACE TABLE twice AS SELECT {self.key} FROM {clean} GROUP BY {self.key} HAVING count(*) > 1"
        )
        if not self._count("twice"):
            return
        content = ", ".join(sql_name(column.id) for column in self.table.columns)
        self.connection.execute(
            f"CREATE OR REPLACE TABLE again AS SELECT _part, _line, "
            f"row_number() OVER (PARTITION BY {self.key} ORDER BY _part, _line) > 1 AS later, "
            f"min(_said) OVER (PARTITION BY {self.key}) <> max(_said) OVER (PARTITION BY {self.key}) AS differs "
            f"FROM (SELECT *, md5(CAST(row({content}) AS VARCHAR)) AS _said FROM {clean} SEMI JOIN twice USING ({self.key}))"
        )
        number = self.checks.index(Check(TWICE, self.table.key[0]))
        self.connection.execute(f"INSERT INTO flaws SELECT _part, _line, {number} FROM again WHERE differs")
        self.connection.execute(
            "INSERT INTO repeated SELECT _part, _line FROM again WHERE later AND NOT differs"
        )
        self._hold()

    def note_known(self, current: str, own: Sequence[int]) -> None:
        """Compare with the rows of the lake: `current` is SQL of those that count, `own` the supplier's own batches."""
        same = " AND ".join(
            f"n.{sql_name(column.id)} IS NOT DISTINCT FROM e.{sql_name(column.id)}"
            for column in self.table.columns
        )
        keys = " AND ".join(f"n.{sql_name(name)} = e.{sql_name(name)}" for name in self.table.key)
        named = ", ".join(f"n.{sql_name(name)}" for name in self.table.key)
        # What is personal in a text was masked before it was kept.
        new = ", ".join(sql_kept(column) for column in self.table.columns)
        ours = f"e._batch IN ({', '.join(map(str, own))})" if own else "false"
        self.connection.execute(
            f"CREATE OR REPLACE TABLE met AS SELECT n._part, n._line, {named}, e._batch, {same} AS same, {ours} AS ours "
            f"FROM (SELECT _part, _line, {new} FROM {self.remaining()}) n JOIN ({current}) e ON {keys}"
        )
        number = self.checks.index(Check(ANOTHERS, self.table.key[0]))
        self.connection.execute("INSERT INTO repeated SELECT _part, _line FROM met WHERE same")
        self.connection.execute(
            f"INSERT INTO replaced SELECT _part, _line, {self.key}, _batch FROM met WHERE NOT same AND ours"
        )
        self.connection.execute(
            f"INSERT INTO flaws SELECT _part, _line, {number} FROM met WHERE NOT same AND NOT ours"
        )
        self.connection.execute("DROP TABLE met")
        self._hold()

    def note_nowhere(self, column: str, targets: str) -> None:
        """Tell of values that refer to nothing: `targets` is SQL of the values there are, in a column of that name."""
        number = self.checks.index(Check(NOWHERE, column, holds=False))
        name = sql_name(column)
        self.connection.execute(
            f"INSERT INTO flaws SELECT _part, _line, {number} FROM {self.remaining()} "
            f"WHERE {name} IS NOT NULL AND {name} NOT IN (SELECT {name} FROM ({targets}) WHERE {name} IS NOT NULL)"
        )

    def remaining(self) -> str:
        """SQL of the rows that go into the lake, as far as is known by now."""
        return (
            f"(FROM {self._clean()} ANTI JOIN repeated USING (_part, _line))"
            if self._count("repeated")
            else self._clean()
        )

    def fates(self) -> Fates:
        """How many rows went which way."""
        broken = self._count(f"flaws WHERE _no = {self.checks.index(Check(CELLS, ''))}")
        rows = self._count("typed") + broken
        held, repeated, replaced = self._count("held"), self._count("repeated"), self._count("replaced")
        return Fates(rows, rows - held - repeated - replaced, replaced, repeated, held)

    def counts(self) -> tuple[dict[str, int], int, int]:
        """How often each rule was broken, how many problems hold rows back, and how many only tell."""
        by_rule: dict[str, int] = {}
        holding = warnings = 0
        found = self.connection.execute(
            "SELECT _no, count(*) FROM flaws GROUP BY _no ORDER BY _no"
        ).fetchall()
        for number, count in found:
            check = self.checks[number]
            by_rule[check.rule] = by_rule.get(check.rule, 0) + count
            holding += count if check.holds else 0
            warnings += 0 if check.holds else count
        return by_rule, holding, warnings

    def _clean(self) -> str:
        return "(FROM typed ANTI JOIN held USING (_part, _line))" if self._count("held") else "typed"

    def _hold(self) -> None:
        holding = ", ".join(str(number) for number, check in enumerate(self.checks) if check.holds)
        self.connection.execute(
            f"CREATE OR REPLACE TABLE held AS SELECT DISTINCT _part, _line FROM flaws WHERE _no IN ({holding})"
        )

    def _count(self, what: str) -> int:
        row = self.connection.execute(f"SELECT count(*) FROM {what}").fetchone()
        return int(row[0]) if row else 0
