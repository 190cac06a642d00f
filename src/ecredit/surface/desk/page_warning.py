"""`/desk/warnings/<number>`: one warning whole: why, on what it rests, what is expected, what happened; answered and judged here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.urls import path

from ecredit.facts.actors.approval_queries import list_names
from ecredit.facts.actors.queries import list_supplier_names
from ecredit.facts.actors.rights import Everyone, may
from ecredit.facts.subjects.search_queries import list_hits
from ecredit.foundation.catalog.texts import text
from ecredit.foundation.catalog.types import Source
from ecredit.foundation.kernel.errors import EcreditError
from ecredit.judgement.measures.answer_actions import acknowledge_warning, answer_warning, judge_warning
from ecredit.judgement.measures.errors import NoSuchWarning
from ecredit.judgement.measures.queries import get_warning
from ecredit.judgement.measures.types import JUDGEMENTS, Act, EventView, State, WarningView
from ecredit.judgement.measures.warning_rules import next_state
from ecredit.surface.desk.doors import account_of_request, actor, needs, reached
from ecredit.surface.desk.errors import NotThere
from ecredit.surface.desk.frame import Frame, frame_of
from ecredit.surface.desk.notices import done, notice
from ecredit.surface.desk.page_warnings import READ, SEVERITY_BADGES, STATE_BADGES, about_words, told_to
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.render import page

ANSWER: Final = "warning.answer"
JUDGE: Final = "warning.judge"


@dataclass(frozen=True, slots=True)
class FactRow:
    """What a warning rests on, ready to be shown. `leaf` is the number of a record that may be opened; None: no record."""

    words: str
    ref: str
    on: str
    values: str
    leaf: int | None


@needs(READ)
def warning(request: HttpRequest, number: int) -> HttpResponse:
    """The warning."""
    return _show(request, _find(request, number))


@needs("warning.answer", methods=("POST",))
def acknowledge(request: HttpRequest, number: int) -> HttpResponse:
    """Say that it was seen."""
    return _act(
        request, number, ANSWER, "warning_seen",
        lambda given: acknowledge_warning(number=number, organisations=_own(request), **given),
    )  # fmt: skip


@needs("warning.answer", methods=("POST",))
def answer(request: HttpRequest, number: int) -> HttpResponse:
    """Answer."""
    words = request.POST.get("words", "")
    return _act(
        request, number, ANSWER, "warning_answered",
        lambda given: answer_warning(number=number, organisations=_own(request), words=words, **given),
    )  # fmt: skip


@needs("warning.judge", methods=("POST",))
def judge(request: HttpRequest, number: int) -> HttpResponse:
    """Judge it, and why."""
    words, judgement = request.POST.get("words", ""), request.POST.get("judgement", "")
    platform = city()
    return _act(
        request, number, JUDGE, "warning_judged",
        lambda given: judge_warning(
            number=number, judgement=judgement, words=words, calendar=platform.calendar, on=platform.today, **given
        ),
    )  # fmt: skip


def _act(
    request: HttpRequest, number: int, permission: str, told: str, do: Callable[[dict[str, Any]], object]
) -> HttpResponse:
    found = _find(request, number)
    by = actor(request, permission)
    try:
        state = do({"ring": city().ring, "by": by, "at": city().now})
    except EcreditError as error:
        return _show(request, found, error)
    if told == "warning_answered" and state is not State.ANSWERED:
        told = "warning_answered_part"  # others still owe theirs
    return done(request, told, "desk:warning", number=number)


def _find(request: HttpRequest, number: int) -> WarningView:
    try:
        return get_warning(number, told_to(request))
    except NoSuchWarning as error:
        raise NotThere from error


def _own(request: HttpRequest) -> frozenset[str]:
    """For whom the person answers; somebody who may for everyone answers for nobody in particular."""
    mine = reached(request, ANSWER)
    return frozenset() if isinstance(mine, Everyone) else mine


def _show(request: HttpRequest, found: WarningView, error: EcreditError | None = None) -> HttpResponse:
    frame, catalog, line = frame_of(request), city().catalog, found.line
    hits = list_hits([] if line.subject_id is None else [line.subject_id])
    above = line.document["above"]["organisation"]
    names = list_supplier_names(
        catalog,
        {a.organisation for a in line.addressees}
        | {line.about.partition(":")[2], above}
        | {one for event in found.events for one in event.organisations},
    )
    account = account_of_request(request)
    asked = any(a.owes and may(catalog, account, ANSWER, of=a.organisation) for a in line.addressees)
    mine = asked and not isinstance(reached(request, ANSWER), Everyone)
    acts = {act for act in Act if next_state(line.state, act) is not None}
    return page(
        request,
        "desk/warning.html",
        status=200 if error is None else 409,
        line=line,
        said=line.document,
        about=about_words(line, hits, names),
        state_badge=STATE_BADGES[line.state],
        severity_badge=SEVERITY_BADGES[line.severity],
        overdue=line.is_overdue(city().today),
        names=names,
        above=names[above] if above else "",
        shops=_shops(request, line.document["shops"]),
        law=_law(frame, line.document),
        facts=[_fact(frame, catalog.sources.get(f["source"]), f) for f in line.document["facts"]],
        timeline=[(_happened(frame, event, names), event) for event in reversed(found.events)],
        people=list_names([event.by for event in found.events]),
        may_acknowledge=mine and Act.ACKNOWLEDGE in acts,
        may_answer=mine and Act.ANSWER in acts,
        judgements=[act for act in JUDGEMENTS if act in acts] if frame.may(JUDGE) else [],
        typed=request.POST.get("words", ""),
        chosen=request.POST.get("judgement", ""),
        done=notice(request),
        wrong="" if error is None else frame.say(error),
    )


def _shops(request: HttpRequest, shops: dict[str, list[str]]) -> list[str]:
    """The names of the shops: all for officers, their own for a platform's people."""
    own = told_to(request)
    return sorted({name for by, names in shops.items() if own is None or by in own for name in names})


def _law(frame: Frame, said: Any) -> str:
    if not said["law"]:
        return text("warning.advisory", frame.lang)
    title = said["law_title"].get(frame.lang, said["law"])
    if not said["article"]:
        return str(title)
    return str(frame.t.warning_article.format(law=title, article=said["article"]))


def _happened(frame: Frame, event: EventView, names: Mapping[str, str]) -> str:
    said = text(f"warning.act.{event.act}", frame.lang)
    if event.organisations:
        said = frame.t.warning_answered_for.format(
            said=said, names=frame.t.comma.join(names[one] for one in event.organisations)
        )
    return (
        f"{said}{'：' if frame.lang == 'zh' else ': '}{text(f'warning.lifted.{event.reason}', frame.lang)}"
        if event.reason
        else said
    )


def _fact(frame: Frame, source: Source | None, fact: dict[str, Any]) -> FactRow:
    words = frame.t["fact_" + fact["what"]]
    columns = {} if source is None else {column.code: column.name for column in source.columns}
    title = "" if source is None else source.title_zh if frame.lang == "zh" else source.title_en
    parts = [
        f"{columns[code]} {value}" if code in columns else value for code, value in fact["values"].items()
    ]
    values = frame.t.semicolon.join(parts)
    return FactRow(
        words=title or words,
        ref=f"#{fact['ref']}" if fact["what"] == "entry" else fact["ref"],
        on="" if fact["on"] is None else date.fromisoformat(fact["on"]).isoformat(),
        values=values,
        leaf=int(fact["ref"]) if fact["what"] == "entry" else None,
    )


urlpatterns = [
    path("warnings/<int:number>", warning, name="warning"),
    path("warnings/<int:number>/acknowledge", acknowledge, name="warning_acknowledge"),
    path("warnings/<int:number>/answer", answer, name="warning_answer"),
    path("warnings/<int:number>/judge", judge, name="warning_judge"),
]
