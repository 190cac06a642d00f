"""`/desk/backtests`: the grades of an earlier day against what came: running one in the background, and reading those that were run."""

import io
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path
from markupsafe import Markup

from ecredit.facts.actors.queries import is_invented
from ecredit.foundation.kernel.errors import EcreditError, WrongUse
from ecredit.judgement.evaluation.backtest_files import page as whole_page
from ecredit.judgement.evaluation.backtest_queries import KeptBacktest, find_backtest, list_backtests
from ecredit.judgement.evaluation.backtest_sections import list_sections, subtitle, told
from ecredit.service.operation.job_actions import start_job
from ecredit.service.operation.job_kinds import BACKTEST
from ecredit.service.operation.job_queries import list_jobs
from ecredit.service.operation.job_types import JobState
from ecredit.surface.desk.doors import actor, needs
from ecredit.surface.desk.errors import NotThere
from ecredit.surface.desk.forms import posted_day, posted_number
from ecredit.surface.desk.frame import frame_of
from ecredit.surface.desk.menu import Entry
from ecredit.surface.desk.notices import done, notice
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.render import page
from ecredit.surface.desk.table_export import send_file

_READ, _RUN = "model.read", "evaluation.run"
_MOST_MONTHS: Final = 60


@needs(_READ)
def backtests(request: HttpRequest) -> HttpResponse:
    """Those that were run, newest first, and what the last one asked for came to."""
    return _show(request)


@needs(_RUN, methods=("POST",))
def start(request: HttpRequest) -> HttpResponse:
    """Have one run in the background; one at a time."""
    by = actor(request, _RUN)
    try:
        on = posted_day(request, "on")
        months = posted_number(request, "months", least=1, most=_MOST_MONTHS)
        if on is not None and on >= city().today:
            raise WrongUse(
                f"分界日 {on} 还没有过去；请写以前的日期",
                f"the split day {on} is not over yet; give an earlier one",
            )
        if other := list_jobs(kinds=(BACKTEST,), states=(JobState.WAITING, JobState.RUNNING), limit=1):
            raise WrongUse(f"任务 #{other[0].id} 已在回测", f"job #{other[0].id} is back-testing already")
    except EcreditError as error:
        return _show(request, error)
    params = {"on": None if on is None else on.isoformat(), "months": months}
    start_job(kind=BACKTEST, params=params, ring=city().ring, by=by, at=city().now)
    return done(request, "job_started", "desk:backtests")


@needs(_READ)
def backtest(request: HttpRequest, number: int) -> HttpResponse:
    """One: its figures in words, charts and tables."""
    kept, lang = _found(number), frame_of(request).lang
    sections = [
        # Made by our own hand from numbers and the catalogue's words, each of them escaped.
        (section, [Markup(chart) for chart in section.charts])  # noqa: S704
        for section in list_sections(kept.report, lang)
    ]
    return page(
        request, "desk/backtest.html", kept=kept, subtitle=subtitle(kept.report, lang), sections=sections,
    )  # fmt: skip


@needs(_READ)
def file(_request: HttpRequest, number: int) -> HttpResponseBase:
    """The same as one page that needs nothing beside it, in both languages."""
    kept = _found(number)
    content = io.BytesIO(whole_page(kept.report, invented=is_invented()).encode())
    return send_file(content, f"backtest-{kept.report.on}-{kept.id}.html")


def _show(request: HttpRequest, error: EcreditError | None = None) -> HttpResponse:
    last = next(iter(list_jobs(kinds=(BACKTEST,), limit=1)), None)
    return page(
        request,
        "desk/backtests.html",
        status=200 if error is None else 400,
        backtests=[(kept, told(kept.report.found.ranked)) for kept in list_backtests()],
        last=None if last is None or last.state is JobState.DONE else last,
        may_run=frame_of(request).may(_RUN),
        months=request.POST.get("months", "6"),
        on=request.POST.get("on", ""),
        done=notice(request),
        wrong="" if error is None else frame_of(request).say(error),
    )


def _found(number: int) -> KeptBacktest:
    kept = find_backtest(number)
    if kept is None:
        raise NotThere
    return kept


MENU: Final = (Entry("desk:backtests", "backtests", "watch", 35, (_READ,)),)
urlpatterns = [
    path("backtests", backtests, name="backtests"),
    path("backtests/start", start, name="backtest_start"),
    path("backtests/<int:number>", backtest, name="backtest"),
    path("backtests/<int:number>/file", file, name="backtest_file"),
]
