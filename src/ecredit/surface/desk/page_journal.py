"""`/desk/journal`: who did what, when, by which right, searched and taken along, with what is not in the log yet."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import path

from ecredit.facts.actors.approval_queries import list_names
from ecredit.facts.actors.journal_notes import note
from ecredit.facts.actors.journal_queries import JournalRow, JournalSearch, search_journal, stream_journal
from ecredit.facts.actors.models import Person
from ecredit.foundation.catalog.texts import list_texts
from ecredit.foundation.kernel.masking import redact
from ecredit.service.operation.exports import get_export, journal_search
from ecredit.surface.desk.doors import actor, needs
from ecredit.surface.desk.forms import asked_day
from ecredit.surface.desk.frame import Frame, frame_of
from ecredit.surface.desk.journal_words import detail_pairs, right_words, verb_words
from ecredit.surface.desk.menu import Entry
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.table_again import TakingAgain
from ecredit.surface.desk.table_sources import Asked, Rows
from ecredit.surface.desk.tables import EXPORTS, Column, Filter, Table, asked_of, show_table

_READ, _EXPORT = "journal.read", "journal.export"
_VERB: Final = "verb."
_LOOKED: Final = "journal_looked"


def _verbs(frame: Frame) -> list[tuple[str, str]]:
    found = [key.removeprefix(_VERB) for key in list_texts() if key.startswith(_VERB)]
    return sorted((verb, verb_words(frame, verb)) for verb in found)


def _columns(names: Mapping[str, str]) -> tuple[Column[JournalRow], ...]:
    """`names` are filled while the page is read, before its cells are."""
    return (
        Column(
            "journal_leaf", lambda row, frame: row.leaf if row.leaf is not None else frame.t.journal_unsealed
        ),
        Column("journal_at", lambda row, _: row.at),
        Column("journal_who", lambda row, _: _who(row.who, names)),
        Column("journal_verb", lambda row, frame: verb_words(frame, row.verb)),
        Column("journal_object", lambda row, _: row.object),
        Column("journal_right", lambda row, frame: right_words(frame, row.right)),
        Column("journal_detail", lambda row, _: row.detail, pairs=detail_pairs),
    )


def _who(who: str, names: Mapping[str, str]) -> str:
    """The person's name beside the number the journal knows it by."""
    name = names.get(who, who)
    return name if who in name else f"{name} {who}"


TABLE: Final[Table[JournalRow]] = Table(
    "journal",
    columns=_columns({}),
    filters=(
        Filter("who", "journal_who"),
        Filter("verb", "journal_verb", _verbs),
        Filter("object", "journal_object"),
        Filter("since", "since", kind="date"),
        Filter("until", "until_with", kind="date"),
    ),
    export=(_EXPORT,),
    exported=lambda asked: _exported(asked),
)


class JournalSource:
    """The journal as a table asks for it; `names` are those of the people on its page."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}

    def page(self, asked: Asked) -> Rows[JournalRow]:
        """One page, by place."""
        found = search_journal(read_search(asked), after=asked.at, limit=asked.size + 1)
        shown = found[: asked.size]
        self.names.update(list_names(row.who for row in shown))
        return Rows(shown, "" if asked.at else None, shown[-1].place if len(found) > asked.size else None)

    def stream(self, asked: Asked) -> Iterator[JournalRow]:
        """All of it, block by block."""
        return stream_journal(read_search(asked))


def read_search(asked: Asked) -> JournalSearch:
    """The filters as a search. Raises WrongUse for what is no day."""
    return journal_search(_params(asked))


def _params(asked: Asked) -> dict[str, str]:
    """The filters as the export calls them; a login is looked up."""
    filters, who = asked.filters, asked.filters.get("who", "")
    known = Person.objects.filter(login=who).first() if who else None
    since, until = (asked_day(filters.get(name, "")) for name in ("since", "until"))
    return {
        "who": who if known is None else known.who,
        "verb": filters.get("verb", ""),
        "about": filters.get("object", ""),
        "from": "" if since is None else since.isoformat(),
        "to": "" if until is None else until.isoformat(),
    }


def _exported(asked: Asked) -> tuple[Sequence[str], Iterable[Sequence[object]]]:
    """The same file as `ecredit job start export --param export=journal` makes."""
    export = get_export("journal")
    return export.columns, export.rows(city(), _params(asked))


@needs(_READ)
def journal(request: HttpRequest) -> HttpResponseBase:
    """The journal; looking at it and taking it along are themselves noted, with what was looked for."""
    frame, asked = frame_of(request), asked_of(request, TABLE)
    read_search(asked)
    source = JournalSource()
    table = replace(TABLE, columns=_columns(source.names))
    taken = request.GET.get("export", "") in EXPORTS
    answer = show_table(request, table, source, "desk/admin_journal.html", caption=frame.t.journal)
    if isinstance(request, TakingAgain):
        return answer
    looked = {name: redact(value) for name, value in asked.filters.items()}
    # Afterwards, so that nobody's newest row is the own reading of it; leafing on in what was noted is the same reading.
    if taken:
        _note(request, _EXPORT, looked)
    elif not asked.at or request.session.get(_LOOKED) != looked:
        _note(request, _READ, looked)
        request.session[_LOOKED] = looked
    return answer


def _note(request: HttpRequest, permission: str, looked: Mapping[str, str]) -> None:
    by = actor(request, permission)
    note(ring=city().ring, by=by, verb=permission, about="journal", detail=looked, at=city().now)


MENU: Final = (Entry("desk:journal", "journal", "watch", 10, (_READ,)),)
urlpatterns = [path("journal", journal, name="journal")]
