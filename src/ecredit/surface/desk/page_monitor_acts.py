"""What is done with reports on platforms at the desk: drafted, commented on, put up for signature, withdrawn; and taken along as files."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.urls import path

from ecredit.foundation.kernel.errors import EcreditError, WrongUse
from ecredit.judgement.monitoring.document import canonical
from ecredit.judgement.monitoring.period_rules import read_period
from ecredit.judgement.monitoring.queries import list_reports
from ecredit.judgement.monitoring.report_files import csv_file, workbook_file
from ecredit.judgement.monitoring.sign_actions import comment_report, withdraw_report
from ecredit.service.operation.approved import ask, signature
from ecredit.service.operation.job_actions import start_job
from ecredit.service.operation.job_queries import list_jobs
from ecredit.service.operation.job_types import JobState
from ecredit.service.operation.monitor_reports import MONITOR
from ecredit.surface.desk.doors import actor, needs
from ecredit.surface.desk.errors import NotThere
from ecredit.surface.desk.forms import posted
from ecredit.surface.desk.notices import done
from ecredit.surface.desk.page_monitor import READ, find_own, show_monitor, show_report
from ecredit.surface.desk.platform import city

_MAKE: Final = "monitor.make"
_SIGN: Final = "monitor.sign"
_FILES: Final = {
    "csv": ("text/csv; charset=utf-8", csv_file),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", workbook_file),
    "json": ("application/json; charset=utf-8", lambda document: canonical(document).encode()),
}


@needs(_MAKE, methods=("POST",))
def make(request: HttpRequest) -> HttpResponse:
    """Draft a period's reports, in the background."""
    by = actor(request, _MAKE)
    try:
        period = read_period(posted(request, "make_period", most=8))
        if city().today < period.ends_on:
            raise WrongUse(f"{period.name} 还没有结束", f"{period.name} is not over")
        unended = list_jobs(states=(JobState.WAITING, JobState.RUNNING))
        if any(job.kind == MONITOR for job in unended):
            raise WrongUse("监测报告正在生成，请稍候", "reports are being made already; wait a moment")
        params = {"period": period.name, "reason": posted(request, "reason", most=500)}
        start_job(kind=MONITOR, params=params, ring=city().ring, by=by, at=city().now)
    except EcreditError as error:
        return show_monitor(request, error)
    return done(request, "monitor_started", "desk:monitor")


@needs(_SIGN, methods=("POST",))
def sign(request: HttpRequest) -> HttpResponse:
    """Ask that drafts of a period be signed; another person agrees."""
    by = actor(request, _SIGN)
    try:
        period = read_period(posted(request, "period", most=8)).name
        chosen = set(request.POST.getlist("report"))
        drafts = {
            line.id: line.digest
            for line in list_reports(period=period)
            if line.state == "draft" and str(line.id) in chosen
        }
        if not drafts:
            raise WrongUse("请选择要签发的草稿", "choose the drafts to be signed")
        wanted = signature(period=period, reports=drafts)
        ask(city(), wanted, reason=posted(request, "reason", most=500), by=by, at=city().now)
    except EcreditError as error:
        return show_monitor(request, error)
    return done(request, "asked", "desk:monitor")


@needs(_MAKE, methods=("POST",))
def comment(request: HttpRequest, report_id: int) -> HttpResponse:
    """Say something of a version."""
    by, view = actor(request, _MAKE), find_own(request, report_id)
    try:
        words = posted(request, "words", most=500)
        comment_report(report_id=report_id, words=words, ring=city().ring, by=by, at=city().now)
    except EcreditError as error:
        return show_report(request, view, error)
    return done(request, "monitor_commented", "desk:monitor_report", report_id=report_id)


@needs(_MAKE, methods=("POST",))
def withdraw(request: HttpRequest, report_id: int) -> HttpResponse:
    """Draft the version that withdraws a signed one; two people sign it like any other."""
    by, view = actor(request, _MAKE), find_own(request, report_id)
    try:
        reason = posted(request, "reason", most=500)
        new = withdraw_report(report_id=report_id, reason=reason, ring=city().ring, by=by, at=city().now)
    except EcreditError as error:
        return show_report(request, view, error)
    return done(request, "monitor_withdrawal", "desk:monitor_report", report_id=new)


@needs(READ)
def file(request: HttpRequest, report_id: int, kind: str) -> HttpResponse:
    """One version as a file, with the figures for officers for those who may see the whole city's."""
    view = find_own(request, report_id)
    if kind not in _FILES:
        raise NotThere
    media, write = _FILES[kind]
    response = HttpResponse(write(view.document), content_type=media)
    name = f"monitor-{view.line.period}-{view.line.platform or 'city'}-v{view.line.version}.{kind}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


urlpatterns = [
    path("monitor/make", make, name="monitor_make"),
    path("monitor/sign", sign, name="monitor_sign"),
    path("monitor/report/<int:report_id>/comment", comment, name="monitor_comment"),
    path("monitor/report/<int:report_id>/withdraw", withdraw, name="monitor_withdraw"),
    path("monitor/report/<int:report_id>/file/<slug:kind>", file, name="monitor_file"),
]
