"""Questions asked at every request, whose SQL is written once: Django builds it anew each time, which costs ten times the answer.

Only what a question reads differs from one time to the next, never what it asks, so nothing here can be out of date.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from django.db import connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

Row = TypeVar("Row", bound=models.Model)
Value = str | int
_LARGEST: Final = 2**63


@dataclass(frozen=True, slots=True)
class _Written:
    """The question as one connection puts it; `places` are the positions of the values among the parameters."""

    connection: BaseDatabaseWrapper
    sql: str
    params: tuple[Any, ...]
    places: tuple[int, ...]
    names: tuple[str, ...]
    converters: Mapping[int, tuple[list[Callable[..., Any]], Any]]


class Prepared(Generic[Row]):
    """A query for rows of one table by values that are compared as they are: texts and whole numbers.

    `ask` makes it of the examples, which must differ from each other and from every constant in it; `values` give the examples' kinds.
    """

    def __init__(self, ask: Callable[..., models.QuerySet[Row]], *examples: Value) -> None:
        self._ask = ask
        self._examples = examples
        self._of_thread = threading.local()

    def rows(self, *values: Value) -> list[Row]:
        """The rows for these values; one query. None for a number that no column can hold."""
        if any(isinstance(value, int) and not -_LARGEST <= value < _LARGEST for value in values):
            return []
        asked = self._written()
        params = list(asked.params)
        for place, value in zip(asked.places, values, strict=True):
            params[place] = value
        with asked.connection.cursor() as cursor:
            cursor.execute(asked.sql, params)
            found = cursor.fetchall()
        make, alias = self._model.from_db, asked.connection.alias
        return [make(alias, asked.names, self._read(asked, row)) for row in found]

    def first(self, *values: Value) -> Row | None:
        """The first row for these values, None when there is none; one query."""
        found = self.rows(*values)
        return found[0] if found else None

    def _read(self, asked: _Written, row: Any) -> list[Any]:
        read = list(row)
        for place, (converters, expression) in asked.converters.items():
            for convert in converters:
                read[place] = convert(read[place], expression, asked.connection)
        return read

    def _written(self) -> _Written:
        """As this thread's connection puts it: what reads a database's dates belongs to the connection."""
        written: _Written | None = getattr(self._of_thread, "written", None)
        connection = connections["default"]
        if written is None or written.connection is not connection:
            written = self._of_thread.written = self._write(connection)
        return written

    def _write(self, connection: BaseDatabaseWrapper) -> _Written:
        query = self._ask(*self._examples)
        self._model = query.model
        compiler = query.query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        columns = [column for column, _, _ in compiler.select]
        return _Written(
            connection,
            sql,
            tuple(params),
            tuple(list(params).index(example) for example in self._examples),
            tuple(column.target.attname for column in columns),
            compiler.get_converters(columns),
        )
