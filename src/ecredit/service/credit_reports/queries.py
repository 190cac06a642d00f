"""Reads of issued reports."""

from datetime import datetime

from ecredit.service.credit_reports.models import CreditReport
from ecredit.service.credit_reports.report_rows import issued_of, tidy_number
from ecredit.service.credit_reports.types import IssuedReport


def find_issued(number: str) -> IssuedReport | None:
    """What is known of the report of a number as somebody types it; None when none was issued under it."""
    row = CreditReport.objects.filter(number=tidy_number(number)).first()
    return None if row is None else issued_of(row)


def list_issued_about(about: str, *, most: int = 20) -> list[IssuedReport]:
    """Reports issued about an object (`subject:12`), newest first."""
    return [issued_of(row) for row in CreditReport.objects.filter(about=about).order_by("-leaf")[:most]]


def count_issued_by(who: str, *, since: datetime) -> int:
    """How many somebody had made since an instant."""
    return CreditReport.objects.filter(who=who, issued_at__gt=since).count()
