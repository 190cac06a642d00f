"""One table for every page: it filters, sorts, pages, exports and remembers views, without loading everything.

A page declares a `Table` (columns and filters) and gives a source; `show_table` answers with the page or, when the
address says `?export=xlsx`, with the file; one that takes longer than a second is made in the background. Addresses: `?q=…&state=…&sort=-name&at=<where>`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, Generic, TypeVar
from urllib.parse import urlencode

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from ecredit.surface.desk.doors import session_of
from ecredit.surface.desk.frame import Frame, frame_of
from ecredit.surface.desk.notices import notice
from ecredit.surface.desk.render import page
from ecredit.surface.desk.saved_views import View, list_views
from ecredit.surface.desk.table_again import TakingAgain, ask_for_table
from ecredit.surface.desk.table_export import TooLong, export_rows
from ecredit.surface.desk.table_sources import Asked, Rows, Source

Row = TypeVar("Row")
Value = str | int | float | date | datetime | None
SIZES: Final = (25, 50, 100, 200)
EXPORTS: Final = ("xlsx", "csv")
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """A column: its heading is the text `desk.<text>`.

    value   what stands in the cell and in an export; dates, instants and numbers stay what they are
    sorts   the name the source sorts by; empty: it does not sort
    link    where the cell leads (None: nowhere)
    badge   the cell is set as a badge of this colour (`good`, `warn`, `bad`, `blue`, empty: plain)
    whole   what stands in an export where the page shows less
    pairs   the cell is set as named values
    """

    text: str
    value: Callable[[Row, Frame], Value]
    sorts: str = ""
    link: Callable[[Row], str | None] | None = None
    badge: Callable[[Row], str] | None = None
    whole: Callable[[Row, Frame], Value] | None = None
    pairs: Callable[[Row, Frame], Sequence[tuple[str, str]]] | None = None

    def exported(self, row: Row, frame: Frame) -> Value:
        """What stands in an export."""
        return (self.whole or self.value)(row, frame)

    def shown(self, row: Row, frame: Frame) -> "Cell":
        """The cell of a row."""
        value = self.value(row, frame)
        return Cell(
            value,
            _kind(value),
            None if self.link is None else self.link(row),
            None if self.badge is None else self.badge(row),
            () if self.pairs is None else self.pairs(row, frame),
        )


@dataclass(frozen=True, slots=True)
class Cell:
    """What a template needs to set a cell; `kind` is `text`, `number`, `day` or `instant`."""

    value: Value
    kind: str
    link: str | None
    badge: str | None
    pairs: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter above the table. Without options a text field (`kind` may be `date`), else a list of (value, words).

    empty     the text of the choice that sets nothing
    """

    name: str
    text: str
    options: Callable[[Frame], Sequence[tuple[str, str]]] | None = None
    kind: str = "search"
    empty: str = "filter_all"


@dataclass(frozen=True, slots=True)
class Table(Generic[Row]):
    """What a table has. `name` is what its saved views and exports are called by.

    acts      the name of a macro-free template that sets a row's buttons (`{"row": row}`); empty: none
    export    permissions any one of which is needed to take the table along; empty: whoever sees it may
    exported  headings and rows of an export that is defined elsewhere; None: these columns
    """

    name: str
    columns: tuple[Column[Row], ...]
    filters: tuple[Filter, ...] = ()
    sort: str = ""
    acts: str = ""
    export: tuple[str, ...] = ()
    size: int = 50
    exported: Callable[[Asked], tuple[Sequence[str], Iterable[Sequence[Any]]]] | None = None


@dataclass(frozen=True, slots=True)
class Heading:
    """A column's heading; `order` is `ascending`, `descending` or empty."""

    words: str
    address: str
    order: str
    number: bool


@dataclass(frozen=True, slots=True)
class FilterField:
    """A filter with what it is set to."""

    name: str
    words: str
    value: str
    options: Sequence[tuple[str, str]] | None
    kind: str
    empty: str


@dataclass(frozen=True, slots=True)
class TableView:
    """A table on a page, ready for `desk/table.html`."""

    name: str
    path: str
    headings: Sequence[Heading]
    lines: Sequence[tuple[Any, Sequence[Cell]]]
    filters: Sequence[FilterField]
    rows: Rows[Any]
    query: str
    sort: str
    size: int
    previous: str
    following: str
    exports: Sequence[tuple[str, str]]
    views: Sequence[View]
    acts: str
    filtered: bool = field(default=False)


def show_table(
    request: HttpRequest, table: Table[Row], source: Source[Row], template: str, **context: Any
) -> HttpResponseBase:
    """The page with the table (`table` in the template), or its export."""
    frame, asked = frame_of(request), asked_of(request, table)
    wanted = request.GET.get("export", "")
    if wanted in EXPORTS and _may_export(table, frame):
        headings, lines = _whole(table, source, frame, asked)
        if isinstance(request, TakingAgain):
            return request.write(headings, lines, wanted)
        try:
            return export_rows(table.name, headings, lines, kind=wanted)
        except TooLong:
            return ask_for_table(request, table.name, wanted, lang=frame.lang, export=table.export)
    view = view_of(request, table, source, frame=frame, asked=asked)
    # htmx asks for the table alone; everybody else for the page it stands on.
    if request.headers.get("HX-Target") == f"table-{table.name}":
        template = "desk/table_alone.html"
    return page(request, template, **{"done": notice(request), **context, "table": view})


def _whole(
    table: Table[Row], source: Source[Row], frame: Frame, asked: Asked
) -> tuple[Sequence[str], Iterable[Sequence[Any]]]:
    """The headings and rows of an export: the table's own, or what it declares instead."""
    if table.exported is not None:
        return table.exported(asked)
    headings = [frame.t[column.text] for column in table.columns]
    return headings, (
        [column.exported(row, frame) for column in table.columns] for row in source.stream(asked)
    )


def asked_of(request: HttpRequest, table: Table[Any]) -> Asked:
    """What the address asks of a table. Whatever it does not know is left out, never an error."""
    given = request.GET
    filters = {
        f.name: value
        for f in table.filters
        if (value := given.get(f.name, "").replace("\0", "").strip()[:_LONGEST])
    }
    sort = given.get("sort", "") or table.sort
    if sort.removeprefix("-") not in {column.sorts for column in table.columns if column.sorts}:
        sort = table.sort
    size = given.get("size", "")
    return Asked(
        filters=filters,
        sort=sort.removeprefix("-"),
        descending=sort.startswith("-"),
        at=given.get("at", "")[:_LONGEST],
        size=int(size) if size in map(str, SIZES) else table.size,
    )


def view_of(
    request: HttpRequest, table: Table[Row], source: Source[Row], *, frame: Frame, asked: Asked
) -> TableView:
    """The table as its template needs it; use `show_table` unless a page has several."""
    rows = source.page(asked)
    path = frame.path
    kept = _kept(table, asked)
    query = urlencode(kept)
    lines = [(row, [column.shown(row, frame) for column in table.columns]) for row in rows.rows]
    return TableView(
        name=table.name,
        path=path,
        headings=[_heading(frame, table, column, asked, path, lines, n) for n, column in enumerate(table.columns)],
        lines=lines,
        filters=[
            FilterField(
                f.name, frame.t[f.text], asked.filters.get(f.name, ""),
                None if f.options is None else f.options(frame), f.kind, frame.t[f.empty],
            )
            for f in table.filters
        ],
        rows=rows,
        query=query,
        sort=kept.get("sort", ""),
        size=asked.size,
        previous=_address(path, {**kept, "at": rows.previous}) if rows.previous is not None else "",
        following=_address(path, {**kept, "at": rows.following}) if rows.following is not None else "",
        exports=[(kind, _address(path, {**kept, "export": kind})) for kind in EXPORTS] if _may_export(table, frame) else (),
        views=list_views(session_of(request).person, table.name),
        acts=table.acts,
        filtered=bool(asked.filters),
    )  # fmt: skip


def _kept(table: Table[Any], asked: Asked) -> dict[str, str]:
    sort = f"-{asked.sort}" if asked.descending else asked.sort
    kept = dict(asked.filters)
    if sort and sort != table.sort:
        kept["sort"] = sort
    if asked.size != table.size:
        kept["size"] = str(asked.size)
    return kept


def _heading(
    frame: Frame,
    table: Table[Any],
    column: Column[Any],
    asked: Asked,
    path: str,
    lines: Sequence[Any],
    place: int,
) -> Heading:
    number = any(cells[place].kind == "number" for _, cells in lines[:1])
    words = frame.t[column.text]
    if not column.sorts:
        return Heading(words, "", "", number)
    here = asked.sort == column.sorts
    order = ("descending" if asked.descending else "ascending") if here else ""
    turned = f"-{column.sorts}" if here and not asked.descending else column.sorts
    return Heading(words, _address(path, {**_kept(table, asked), "sort": turned}), order, number)


def _address(path: str, pairs: Mapping[str, str]) -> str:
    said = urlencode({name: value for name, value in pairs.items() if value != ""})
    return f"{path}?{said}" if said else path


def _may_export(table: Table[Any], frame: Frame) -> bool:
    return not table.export or frame.may(*table.export)


def _kind(value: Value) -> str:
    if isinstance(value, datetime):
        return "instant"
    if isinstance(value, date):
        return "day"
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else "text"
