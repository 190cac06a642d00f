"""`/desk/commitments`: credit commitments: an organisation's own, made here by its people; for officers, all that were made here."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path, reverse

from ecredit.facts.actors.queries import get_organisation
from ecredit.facts.actors.rights import Everyone
from ecredit.facts.records.types import EntryView
from ecredit.facts.subjects.queries import find_subject_id, get_subject
from ecredit.foundation.catalog.commitment_types import CommitmentTemplate, TemplateVersion
from ecredit.foundation.kernel.errors import EcreditError, WrongUse
from ecredit.service.commitments.content_rules import audience_of, read_answers, templates_for, valid_until
from ecredit.service.commitments.queries import (
    OVER,
    CommitmentFilter,
    count_commitments,
    list_case_numbers,
    list_commitments,
    list_of_subject,
)
from ecredit.service.commitments.types import CommitmentView, Draft, Stand, Way
from ecredit.service.operation.commitment_records import accepting_body, find_replaced, make_commitment
from ecredit.surface.desk.doors import needs, own_or_not_there, reached
from ecredit.surface.desk.errors import NotThere
from ecredit.surface.desk.frame import Frame, frame_of
from ecredit.surface.desk.menu import Entry
from ecredit.surface.desk.notices import done
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.render import page
from ecredit.surface.desk.table_sources import Asked, Rows, in_blocks, offset_rows
from ecredit.surface.desk.tables import Column, Filter, Table, show_table

READ: Final = "commitment.read"
MAKE: Final = "commitment.make"
_SHOWN: Final = ("commitment_no", "accepted_by", "committed_on", "fulfilment")
_STANDS: Final = (Stand.IN_FORCE, OVER, Stand.WITHDRAWN, Stand.REPLACED)
STAND_BADGES: Final[Mapping[str, str]] = {
    Stand.IN_FORCE: "good", OVER: "", Stand.WITHDRAWN: "warn", Stand.REPLACED: "blue",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class OwnRecord:
    """A commitment of the organisation as the ledger has it, with how long it still holds and the case about it, if any."""

    entry: EntryView
    valid_until: date | None
    over: bool
    soon: bool
    case: int | None

    @property
    def said(self) -> Mapping[str, str]:
        """What the record says of these columns."""
        return {code: self.entry.values.get(code, "") for code in _SHOWN}


@dataclass(frozen=True, slots=True)
class Promiser:
    """An organisation of the person who asks, as one that promises. `why_not`: the text that says why it cannot; "" when it can."""

    id: str
    name: str
    code: str
    subject_id: int | None
    why_not: str
    templates: Sequence[tuple[CommitmentTemplate, TemplateVersion]]
    records: Sequence[OwnRecord]


@dataclass(frozen=True, slots=True)
class _Commitments:
    """Those made here as a table's source."""

    organisations: frozenset[str] | None

    def page(self, asked: Asked) -> Rows[CommitmentView]:
        """The page at an offset."""
        wanted, today = self._wanted(asked), city().today
        total = count_commitments(wanted, today)
        rows = list_commitments(wanted, today, limit=asked.size, offset=asked.offset)
        return offset_rows(rows, total, asked)

    def stream(self, asked: Asked) -> Iterator[CommitmentView]:
        """Everything that fits, in blocks."""
        wanted, today = self._wanted(asked), city().today
        return in_blocks(lambda limit, offset: list_commitments(wanted, today, limit=limit, offset=offset))

    def _wanted(self, asked: Asked) -> CommitmentFilter:
        given = asked.filters.get
        return CommitmentFilter(
            self.organisations, template=given("template", ""), stand=given("stand", ""), text=given("q", "")
        )


@needs(READ)
def commitments(request: HttpRequest) -> HttpResponseBase:
    """The organisation's own, what it may promise, and the table of those made here."""
    own, frame = seen_of(request), frame_of(request)
    mine = reached(request, MAKE)
    promisers = [] if isinstance(mine, Everyone) else [_promiser(id) for id in sorted(mine)]
    return show_table(
        request, _TABLE, _Commitments(own), "desk/commitments.html",
        caption=frame.t.commitments_made, promisers=[p for p in promisers if p is not None],
        is_public=own is None,
    )  # fmt: skip


@needs(MAKE, methods=("GET", "POST"))
def make(request: HttpRequest, organisation: str, template: str) -> HttpResponse:
    """The commitment to read, fill in and confirm; with all of it, made."""
    by = own_or_not_there(request, MAKE, of=organisation)
    promiser = _promiser(organisation)
    found = next((pair for pair in promiser.templates if pair[0].id == template), None) if promiser else None
    if promiser is None or found is None or promiser.why_not:
        raise NotThere
    platform, wrong = city(), ""
    if request.method == "POST":
        try:
            _check_confirmed(request, found[1])
            draft = Draft(
                template=found[0],
                version=found[1],
                answers=read_answers(found[1], request.POST),
                way=Way.OWN,
                name=promiser.name,
                uscc=promiser.code,
                is_person=False,
                subject_id=promiser.subject_id,
                organisation=organisation,
                committed_on=platform.today,
                accepted_by=accepting_body(platform).id,
            )
            number = make_commitment(platform, draft, by=by)
            return done(request, "commitment_made", "desk:commitment", number=number)
        except EcreditError as error:
            wrong = frame_of(request).say(error)
    return page(
        request,
        "desk/commitment_make.html",
        status=400 if wrong else 200,
        promiser=promiser,
        chosen=found[0],
        version=found[1],
        until=valid_until(found[1], platform.today),
        replaces=find_replaced(
            template, uscc=promiser.code, subject_id=promiser.subject_id, on=platform.today
        ),
        accepted_by=accepting_body(platform).name,
        laws=law_words(found[1], frame_of(request)),
        typed=request.POST,
        wrong=wrong,
    )


def seen_of(request: HttpRequest) -> frozenset[str] | None:
    """The organisations whose commitments the account sees; None: the whole city's."""
    mine = reached(request, READ)
    return None if isinstance(mine, Everyone) else mine


def law_words(version: TemplateVersion, frame: Frame) -> list[str]:
    """On which laws a version rests, in words."""
    laws = city().catalog.laws
    said = []
    for id, article in version.basis:
        title = laws[id].en if frame.lang == "en" and laws[id].en else laws[id].title
        said.append(frame.t.warning_article.format(law=title, article=article) if article else title)
    return said


def stand_of(found: CommitmentView) -> str:
    """The one word for how a commitment stands today."""
    return OVER if found.stand is Stand.IN_FORCE and found.days_left(city().today) < 0 else found.stand


def _check_confirmed(request: HttpRequest, version: TemplateVersion) -> None:
    if request.POST.get("version") != str(version.number):
        raise WrongUse(
            "承诺书的文字有了新版本，请重新阅读后再确认",
            "the text has a new version; read it again, then confirm",
        )
    if request.POST.get("confirmed") != "yes":
        raise WrongUse("请阅读全文并勾选确认", "read it whole and tick that you confirm it")


def _promiser(organisation_id: str) -> Promiser | None:
    organisation = get_organisation(organisation_id)
    if organisation is None:
        return None
    platform, audience = city(), audience_of(organisation.kind)
    subject_id = find_subject_id(organisation.uscc) if organisation.uscc else None
    why_not = ""
    if audience is None:
        why_not = "commitment_no_audience"
    elif not organisation.uscc:
        why_not = "own_file_no_code"
    elif subject_id is None:
        why_not = "own_file_unknown"
    templates = templates_for(platform.catalog.commitments.templates.values(), audience, platform.today)
    entries = [] if subject_id is None else list_of_subject(subject_id)
    return Promiser(
        organisation.id,
        organisation.name if subject_id is None else get_subject(subject_id).name or organisation.name,
        organisation.uscc,
        subject_id,
        why_not,
        templates,
        own_records(entries),
    )


def own_records(entries: Sequence[EntryView]) -> list[OwnRecord]:
    """Commitments of the ledger with how long they hold and the cases about them; one query."""
    today, rules = city().today, city().catalog.commitments.breach
    cases = list_case_numbers(entry.doc_key for entry in entries)
    first = rules.remind_days[0] if rules.remind_days else 0
    found = []
    for entry in entries:
        said = entry.values.get("valid_until", "")
        until = date.fromisoformat(said) if said else None
        left = None if until is None else (until - today).days
        found.append(
            OwnRecord(
                entry,
                until,
                left is not None and left < 0,
                left is not None and 0 <= left <= first,
                cases.get(entry.doc_key),
            )
        )
    return found


def template_title(template: str, frame: Frame) -> str:
    """What a template is called; one the catalogue no longer has keeps its id."""
    found = city().catalog.commitments.templates.get(template)
    return template if found is None else found.title_zh if frame.lang == "zh" else found.title_en


def _templates(frame: Frame) -> list[tuple[str, str]]:
    return [(id, template_title(id, frame)) for id in city().catalog.commitments.templates]


def _stands(frame: Frame) -> list[tuple[str, str]]:
    return [(stand, frame.t["commitment_" + stand]) for stand in _STANDS]


_COLUMNS: Final[tuple[Column[CommitmentView], ...]] = (
    Column("col_commitment_no", lambda c, _: c.number, link=lambda c: reverse("desk:commitment", args=[c.number])),
    Column("col_promiser", lambda c, _: c.name),
    Column("col_code", lambda c, _: c.uscc),
    Column("col_commitment", lambda c, frame: template_title(c.template, frame)),
    Column(
        "col_state",
        lambda c, frame: frame.t["commitment_" + stand_of(c)],
        badge=lambda c: STAND_BADGES[stand_of(c)],
    ),
    Column("col_committed", lambda c, _: c.committed_on),
    Column("col_valid_until", lambda c, _: c.valid_until),
    Column("col_commitment_way", lambda c, frame: frame.t["commitment_way_" + c.way]),
)  # fmt: skip
_TABLE: Final[Table[CommitmentView]] = Table(
    "commitments",
    _COLUMNS,
    (
        Filter("q", "commitment_find"),
        Filter("stand", "col_state", _stands),
        Filter("template", "col_commitment", _templates),
    ),
)
MENU: Final = (Entry("desk:commitments", "commitments", "own", 30, (READ,)),)
urlpatterns = [
    path("commitments", commitments, name="commitments"),
    path("commitments/make/<str:organisation>/<slug:template>", make, name="commitment_make"),
]
