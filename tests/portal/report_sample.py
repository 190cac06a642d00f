"""Published reports for the portal's tests: the city, a platform with an earlier version, one whose report was withdrawn."""

import json
from datetime import date, datetime, timedelta
from typing import Any, Final

from ecredit.foundation.catalog.types import Catalog
from ecredit.foundation.kernel.home import Home
from ecredit.foundation.kernel.workdays import WorkCalendar
from ecredit.judgement.monitoring.document import build_documents, public_document, withdrawal_document
from ecredit.judgement.monitoring.period_rules import read_period
from ecredit.judgement.monitoring.types import (
    CITY,
    NO_FILE,
    Asked,
    Counted,
    Measured,
    MonitoredPlatform,
    Part,
)
from ecredit.service.publicity.public_reports import ReportRow

MONTH: Final = "2026-04"
A, B, C = "91320411MA1MT9XK5A", "91320400137168123Y", "91320402MA088WXJ1U"
PLATFORMS: Final = (
    MonitoredPlatform(A, "platform-a", "常州甲甲电子商务平台有限公司", date(2024, 1, 1)),
    MonitoredPlatform(B, "platform-b", "常州<b>乙</b>平台有限公司", date(2024, 1, 1)),
    MonitoredPlatform(C, "platform-c", "常州丙丙网络平台有限公司", date(2024, 1, 1)),
)


def sample_documents(catalog: Catalog, at: datetime, *, more: int = 0) -> dict[str, dict[str, Any]]:
    """Documents of every platform and the city, with made-up counts; `more` moves them a little."""
    asked = Asked(
        home=Home(catalog.folder),
        catalog=catalog,
        calendar=WorkCalendar(),
        platforms=PLATFORMS,
        periods=read_period(MONTH).back(6),
        at=at,
        connection=None,
    )
    counted: Counted = {}
    for place, figure in enumerate(catalog.monitoring.figures.values()):
        for back, period in enumerate(asked.periods):
            for rank, code in enumerate((CITY, A, B, C)):
                of = 400 if code == CITY else 120 - 30 * rank + more
                top = of * (70 + 3 * back - 5 * rank) // 100
                parts = (
                    Part("警示", "Warning", top // 2),
                    Part("暂停服务", "Service suspended", top - top // 2),
                )
                counted[figure.id, period, code] = Measured(top, of, parts if place % 5 == 0 else ())
    counted["complaint_days", asked.now, CITY] = Measured(6.5, 45)
    counted["complaint_days", asked.now, A] = Measured(because=NO_FILE)
    return build_documents(asked, counted)


def sample_reports(catalog: Catalog, at: datetime) -> list[ReportRow]:
    """Rows of the public database's reports."""
    first, second = sample_documents(catalog, at), sample_documents(catalog, at, more=7)
    later = at + timedelta(hours=2)
    gone = withdrawal_document(first[B], reason="平台报送有误", made_on=at.date().isoformat())
    return [
        _row(CITY, 1, first[CITY], at),
        _row(A, 1, first[A], at, ended_at=later),
        _row(A, 2, second[A], later),
        _row(B, 1, first[B], at, ended_at=later),
        _row(B, 2, gone, later, withdrawn=True),
    ]


def _row(
    code: str,
    version: int,
    document: dict[str, Any],
    signed_at: datetime,
    *,
    ended_at: datetime | None = None,
    withdrawn: bool = False,
) -> ReportRow:
    held = {
        "name": document["platform"]["name"], "digest": "ab" * 32, "signed_at": signed_at.isoformat(),
        "ended_at": None if ended_at is None else ended_at.isoformat(), "withdrawn": withdrawn,
        "document": public_document(document),
    }  # fmt: skip
    return MONTH, code, version, json.dumps(held, ensure_ascii=False, sort_keys=True)
