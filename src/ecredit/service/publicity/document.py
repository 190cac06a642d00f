"""One document as the rules of publicity see it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from ecredit.foundation.catalog.types import Column, Source

LONG_TERM_YEAR = 2099  # 2099/12/31 stands for 长期 in the dual-publicity tables


@dataclass(frozen=True, slots=True)
class Document:
    """Values by column code (dates ISO, code tables by Chinese name), with the days that count.

    columns       the source's columns by code
    occurred_on   day of the decision or event (the day it was received when the supplier gives none)
    published_on  first day it could be shown: after it happened and after it was received
    supplier      department id or name of who sent it
    """

    source: Source
    columns: Mapping[str, Column]
    values: Mapping[str, str]
    occurred_on: date
    published_on: date
    supplier: str = ""

    def column(self, codes: tuple[str, ...]) -> Column | None:
        """The first of these columns that the source has."""
        for code in codes:
            if code in self.columns:
                return self.columns[code]
        return None

    def value(self, code: str | None) -> str:
        """The value of a column, "" when it is empty or there is none."""
        return (self.values.get(code) or "") if code else ""

    def day(self, code: str | None) -> date | None:
        """The day in a column; None when it is empty or long-term."""
        return read_day(self.value(code))

    def amount_wan(self, column: Column | None) -> Decimal | None:
        """An amount in 万元, whatever the column's unit."""
        if column is None or not self.value(column.code):
            return None
        try:
            amount = Decimal(self.value(column.code))
        except InvalidOperation:
            return None
        return amount / 10_000 if column.unit == "元" else amount


def read_day(text: str) -> date | None:
    """An ISO day; None for an empty cell, for a long-term one and for what is no day."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return None if day.year >= LONG_TERM_YEAR else day
