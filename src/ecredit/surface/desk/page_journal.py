"""`/desk/journal`: who did what, when, by which right, searched and taken along, with what is not in the log yet."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import path

from ecredit.facts.actors.journal_notes import note
from ecredit.facts.actors.journal_queries import JournalRow, JournalSearch, search_journal, stream_journal
from ecredit.facts.actors.models import Person
from ecredit.foundation.catalog.texts import has_text, list_texts, text
from ecredit.service.operation.exports import get_export, journal_search
from ecredit.surface.desk.doors import actor, needs
from ecredit.surface.desk.forms import asked_day
from ecredit.surface.desk.frame import Frame, frame_of
from ecredit.surface.desk.menu import Entry
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.table_again import TakingAgain
from ecredit.surface.desk.table_sources import Asked, Rows
from ecredit.surface.desk.tables import EXPORTS, Column, Filter, Table, asked_of, show_table

_READ, _EXPORT = "journal.read", "journal.export"
_VERB: Final = "verb."
_DIGEST: Final = re.compile("[0-9a-f]{40,}")


def verb_words(frame: Frame, verb: str) -> str:
    """A verb of the journal in the frame's language, with the verb itself."""
    return f"{text(_VERB + verb, frame.lang)} {verb}" if has_text(_VERB + verb) else verb


def _verbs(frame: Frame) -> list[tuple[str, str]]:
    found = [key.removeprefix(_VERB) for key in list_texts() if key.startswith(_VERB)]
    return sorted((verb, verb_words(frame, verb)) for verb in found)


def _detail(row: JournalRow) -> str:
    try:
        said = json.loads(row.detail)
    except ValueError:
        return row.detail
    return (
        "；".join(f"{name}: {_short(value)}" for name, value in said.items())
        if isinstance(said, dict)
        else row.detail
    )


def _short(value: object) -> str:
    """A value for reading: of a digest only its beginning, of a list its parts."""
    if isinstance(value, list):
        return "、".join(map(str, value))
    words = "" if value is None else str(value)
    return f"{words[:12]}…" if _DIGEST.fullmatch(words) else words


TABLE: Final[Table[JournalRow]] = Table(
    "journal",
    columns=(
        Column(
            "journal_leaf", lambda row, frame: row.leaf if row.leaf is not None else frame.t.journal_unsealed
        ),
        Column("journal_at", lambda row, _: row.at),
        Column("journal_who", lambda row, _: row.who),
        Column("journal_verb", lambda row, frame: verb_words(frame, row.verb)),
        Column("journal_object", lambda row, _: row.object),
        Column("journal_right", lambda row, _: row.right),
        Column("journal_detail", lambda row, _: _detail(row)),
    ),
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
    """The journal as a table asks for it."""

    def page(self, asked: Asked) -> Rows[JournalRow]:
        """One page, by place."""
        found = search_journal(read_search(asked), after=asked.at, limit=asked.size + 1)
        shown = found[: asked.size]
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
    """The journal; taking it along is itself noted."""
    frame, asked = frame_of(request), asked_of(request, TABLE)
    read_search(asked)
    if request.GET.get("export", "") in EXPORTS and not isinstance(request, TakingAgain):
        by = actor(request, _EXPORT)
        note(
            ring=city().ring,
            by=by,
            verb="journal.export",
            about="journal",
            detail=dict(asked.filters),
            at=city().now,
        )
    return show_table(request, TABLE, JournalSource(), "desk/admin_journal.html", caption=frame.t.journal)


MENU: Final = (Entry("desk:journal", "journal", "watch", 10, (_READ,)),)
urlpatterns = [path("journal", journal, name="journal")]
