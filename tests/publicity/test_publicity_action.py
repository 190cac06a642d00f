"""The action in its place: collected, graded, published, and journaled."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ecredit.facts.actors.models import JournalEntry
from ecredit.facts.actors.queries import latest_head
from ecredit.facts.actors.types import OPERATOR
from ecredit.judgement.evaluation.evaluate_actions import evaluate
from ecredit.service.publicity.project_actions import NothingToProject, project
from ecredit.service.publicity.queries import PublicStore
from ecredit.service.publicity.types import ProjectionSummary
from tests.penalty_rows import code, row, table

PENALTY = "dual_publicity_penalty"
EVENING = datetime(2026, 5, 12, 20, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def publish(collector: Any, db: None) -> Any:
    """publish(day): evaluate and project."""

    def run(day: date, *, grade: bool = True) -> ProjectionSummary:
        common = {"home": collector.home, "catalog": collector.catalog, "ring": collector.ring}
        at = datetime.combine(day, EVENING.timetz())
        if grade:
            evaluate(**common, as_of=day, by=OPERATOR, at=at)
        return project(**common, as_of=day, by=OPERATOR, at=at)

    return run


def test_before_the_first_evaluation_it_says_what_to_do(publish: Any) -> None:
    with pytest.raises(NothingToProject, match="ecredit evaluate"):
        publish(EVENING.date(), grade=False)


def test_a_collected_file_becomes_profiles(collect: Any, collector: Any, publish: Any) -> None:
    person = {"CF_XDR_LB": "自然人", "CF_XDR_MC": "王小五", "CF_XDR_SHXYM": "", "CF_FRDB": ""}
    person |= {"CF_XDR_ZJLX": "身份证", "CF_XDR_ZJHM": "320402198001010011"}
    collect(
        PENALTY,
        table(
            row(1, CF_SY="当事人王某（电话13812345678）虚构交易"),
            row(2, CF_CFLB="警告", CF_NR_FK=""),
            row(3, CF_CFLB="罚款;吊销许可证件", CF_NR_ZKDX="食品经营许可证"),
            row(4, **person),
        ),
    )
    summary = publish(EVENING.date())
    assert (summary.full, summary.subjects, summary.items, summary.withheld) == (True, 2, 2, 1)
    store = PublicStore(collector.home.public_db)
    one, two, three = (store.find_subject(code(n), EVENING.date()) for n in (1, 2, 3))
    # A warning is not shown and no register names the firm, so it has no page.
    assert one is not None and two is None and three is not None
    assert one.grade is not None and one.reasons
    assert one.items[0].shown_until == date(2027, 5, 8) and three.items[0].shown_until == date(2029, 5, 8)
    assert one.items[0].supplier == "常州市市场监督管理局"
    shown = {field.code: field.value for field in one.items[0].fields}
    assert shown["CF_SY"] == "当事人王*（电话138****5678）虚构交易"
    content = collector.home.public_db.read_bytes()
    for secret in ("13812345678", "320402198001010011", "王小五", "王某"):
        assert secret.encode() not in content
    fresh = store.freshness()
    head = latest_head()
    assert head is not None and fresh.log_size == head.size - 1  # the journal row of the run came after
    assert fresh.catalogue_edition == collector.catalog.edition
    assert [hit.code for hit in store.search("测试1号", EVENING.date()).hits] == [code(1)]
    store.close()


def test_later_runs_touch_only_what_changed_and_are_journaled(
    collect: Any, collector: Any, publish: Any
) -> None:
    collect(PENALTY, table(*(row(n) for n in range(1, 31))))
    publish(EVENING.date())
    assert publish(EVENING.date()).touched == 0
    # Also when nothing changed the database says anew for which day it is.
    assert JournalEntry.objects.filter(verb="publicity.project").count() == 2
    later = EVENING + timedelta(hours=1)
    collect(PENALTY, table(row(7, CF_NR_FK="4"), row(31)), name="b.csv", at=later)
    summary = publish(EVENING.date())
    assert (summary.full, summary.touched, summary.added, summary.removed, summary.items) == (
        False,
        2,
        2,
        1,
        31,
    )
    journal = JournalEntry.objects.filter(verb="publicity.project").order_by("leaf").last()
    assert journal is not None and journal.who == OPERATOR.who and '"touched":2' in journal.detail
    summary = publish(date(2027, 5, 8))
    assert summary.items == 0 and summary.removed == 31
