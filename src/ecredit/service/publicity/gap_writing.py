"""What the public database should hold of gaps of disclosure, and the audit of what it does hold."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

from django.utils import timezone

from ecredit.facts.actors.audit_types import AuditFinding
from ecredit.foundation.kernel.home import Home
from ecredit.foundation.kernel.periods import add_months
from ecredit.judgement.disclosure.gap_words import BY_WORKDAYS, saw_words
from ecredit.judgement.disclosure.queries import public_gaps
from ecredit.judgement.disclosure.types import GapLine, State
from ecredit.service.publicity.clauses import chinese_number
from ecredit.service.publicity.public_disclosures import GapRow
from ecredit.service.publicity.store import to_json
from ecredit.service.publicity.what_changed import read_last_run


def gap_rows(on: date | None = None) -> Iterator[GapRow]:
    """What the public database should hold of gaps on a day: those two officers found so, until their time is over (None: all)."""
    for gap in public_gaps():
        if gap.confirmed_on is not None:
            until = add_months(gap.confirmed_on, gap.document["shown_months"])
            if on is None or on < until:
                yield gap.id, gap.platform, until.isoformat(), _doc(gap)


def _doc(gap: GapLine) -> str:
    """What everybody may read of it. Of a natural person's page no address: it leads to the person."""
    said = gap.document
    law = said["law_title"].get("zh", said["law"])
    personal = said["page_kind"] == "exempt_page"
    return to_json(
        {
            "title_zh": said["title"]["zh"],
            "title_en": said["title"]["en"],
            "asks_zh": said["asks"]["zh"],
            "asks_en": said["asks"]["en"],
            "saw_zh": saw_words(said, "zh"),
            "saw_en": saw_words(said, "en"),
            "clause": f"《{law}》" + (f"第{chinese_number(said['article'])}条" if said["article"] else ""),
            "verified": said["verified"],
            "seen_on": said["seen_on"],
            "confirmed_on": "" if gap.confirmed_on is None else gap.confirmed_on.isoformat(),
            "late": said["late"],
            "working": said["kind"] == BY_WORKDAYS,
            "mended": gap.state is State.MENDED,
            "entry": said["entry"],
            "url": "" if personal else said["url"],
            "subject": said["subject"][0],
            "subject_name": said["subject"][1],
        }
    )


def audit_public_gaps(home: Home) -> Iterator[AuditFinding]:
    """Confirmed gaps that are not in the public database as they were confirmed, and any other there, each by its number."""
    try:
        if read_last_run(home.public_db) is None:
            return
        held = {row[0]: row for row in _held(home.public_db)}
    except sqlite3.DatabaseError:  # it is no database any more, which `audit_public` names
        return
    wanted, today = {row[0]: row for row in gap_rows()}, timezone.localdate().isoformat()
    for number in sorted(wanted.keys() | held.keys()):
        if number not in held and wanted[number][2] <= today:
            continue
        if number not in held:
            zh, en = "已核实，公示库里没有", "is confirmed and not in the public database"
        elif number not in wanted:
            zh, en = "没有核实，却在公示库里", "is in the public database and is not confirmed"
        elif held[number] != wanted[number]:
            zh, en = "在公示库里被改动", "was altered in the public database"
        else:
            continue
        yield AuditFinding(
            "public_gap",
            None,
            f"公示缺漏 {number} {zh}；执行 ecredit monitor publish 重新公布",
            f"the gap of disclosure {number} {en}; ecredit monitor publish puts it right",
        )


def _held(path: Path) -> list[GapRow]:
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        try:
            return connection.execute("SELECT id, platform, shown_until, doc FROM gap").fetchall()
        except sqlite3.OperationalError:  # a database from before there were gaps
            return []
