"""Reports on platforms as everybody may read them: every signed version with its dates, and of it the public figures.

No tables of Django's here: the portal reads nothing else.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

ReportRow = tuple[str, str, int, str]
"""A row of the table `report`: period, platform's code ("" for the city), version, JSON."""


@dataclass(frozen=True, slots=True)
class PublicReportLine:
    """A published version without its figures; `ended_at`: when another took its place, None for the one that stands."""

    period: str
    unit: str
    starts_on: date
    ends_on: date
    platform: str
    name: str
    version: int
    digest: str
    signed_at: datetime
    ended_at: datetime | None
    withdrawn: bool


@dataclass(frozen=True, slots=True)
class PublicReport:
    """A published version with its figures, and every version there is of it, the newest first."""

    line: PublicReportLine
    document: dict[str, Any]
    versions: tuple[PublicReportLine, ...]


def read_report_line(row: tuple[Any, ...]) -> tuple[PublicReportLine, dict[str, Any]]:
    """A row of the table as it was written: its line, and the document."""
    period, platform, version, doc = row
    held = json.loads(doc)
    document = held["document"]
    line = PublicReportLine(
        period=period,
        unit=document["period"]["unit"],
        starts_on=date.fromisoformat(document["period"]["starts_on"]),
        ends_on=date.fromisoformat(document["period"]["ends_on"]),
        platform=platform,
        name=held["name"],
        version=version,
        digest=held["digest"],
        signed_at=datetime.fromisoformat(held["signed_at"]),
        ended_at=None if held["ended_at"] is None else datetime.fromisoformat(held["ended_at"]),
        withdrawn=held["withdrawn"],
    )
    return line, document


def standing_lines(rows: Iterable[tuple[Any, ...]]) -> list[PublicReportLine]:
    """The version that stands of each report, the newest period first, the city before platforms."""
    newest: dict[tuple[str, str], PublicReportLine] = {}
    for row in rows:
        line, _ = read_report_line(row)
        known = newest.get((line.period, line.platform))
        if known is None or known.version < line.version:
            newest[line.period, line.platform] = line
    return sorted(
        newest.values(), key=lambda r: (-r.starts_on.toordinal(), -r.ends_on.toordinal(), r.platform)
    )
