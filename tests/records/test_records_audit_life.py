"""Never a false alarm: a city lives through all that a city does, and its audit is clean after every step."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import transaction

from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.types import OPERATOR
from ecredit.facts.collection.collect_actions import resume_batches
from ecredit.facts.collection.correct_actions import correct_record
from ecredit.facts.collection.models import Batch
from ecredit.facts.collection.release_actions import accept_waiting_row, reject_waiting_row, undo_waiting_row
from ecredit.facts.records.models import CreditRecord
from ecredit.facts.records.post_actions import withdraw_document
from ecredit.facts.subjects.branch_actions import link_branches
from ecredit.facts.subjects.merge_actions import merge_subjects, split_subject
from ecredit.facts.subjects.queries import find_subject_id
from ecredit.facts.subjects.review_actions import refresh_review_items
from ecredit.facts.subjects.review_queries import list_review
from ecredit.judgement.evaluation.evaluate_actions import evaluate
from ecredit.service.publicity.project_actions import project
from ecredit.service.publicity.store import create_store
from tests.conftest import NOON
from tests.penalty_rows import code, row, table
from tests.records.audited_home import PENALTY, audit, register

__all__ = ["audit"]

FIRM, TWIN = "常州市云帆启航电子商务有限公司", "常州市云帆起航电子商务有限公司"
NAMELESS = {"CF_XDR_MC": FIRM, "CF_XDR_SHXYM": ""}


@pytest.mark.django_db(transaction=True)
def test_a_citys_life_raises_no_alarm(collect, collector, audit, monkeypatch):
    create_store(collector.home.public_db)
    for step in _life(collect, collector, monkeypatch):
        assert audit() == [], step


def _life(collect, collector, monkeypatch) -> Iterator[str]:
    ring = collector.ring
    common = {"ring": ring, "by": OPERATOR, "at": NOON + timedelta(hours=1)}
    by = {"by": OPERATOR, "at": NOON + timedelta(hours=1), "note": "核对"}
    collect(
        "registration",
        register((FIRM, code(31), "一号"), (TWIN, code(32), "二号"), (f"{FIRM}武进分公司", code(33), "三号")),
    )
    yield "a register"
    collect(
        PENALTY,
        table(row(1), row(2, CF_JDRQ="2026/13/40"), row(5, **NAMELESS), row(6, **NAMELESS)),
        name="p.csv",
    )
    yield "penalties"
    link_branches(**common)
    yield "branches linked"
    yield from _publish(collector, 0)
    first, second = (item.id for item in list_review())
    accept_waiting_row(collector, item_id=first, subject_id=find_subject_id(code(31)), **by)
    reject_waiting_row(collector, item_id=second, **by)
    yield "answered"
    undo_waiting_row(collector, item_id=first, **by)
    refresh_review_items(home=collector.home, **common)
    yield "taken back and looked for again"
    collect(PENALTY, table(row(1, CF_NR_FK="4"), row(2), row(5, **NAMELESS, BZ="再报")), name="p.csv")
    yield "corrected file"
    merge_subjects(
        subject_id=find_subject_id(code(32)),
        other_id=find_subject_id(code(31)),
        reason="x",
        despite_codes=True,
        **common,
    )
    collect("registration", register((TWIN, code(32), "四号")), name="r.csv")
    yield "merged, and the register speaks of the merged one"
    split_subject(subject_id=find_subject_id(code(31)) + 1, reason="y", **common)
    collect("registration", register((TWIN, code(32), "五号"), (FIRM, code(31), "一号")), name="r2.csv")
    yield "split"
    entry = CreditRecord.objects.filter(source_id="registration").order_by("-leaf").first()
    correct_record(
        collector, leaf=entry.leaf, changes={"DOM": "六号"}, reason="笔误", by=OPERATOR, at=common["at"]
    )
    collect("registration", register((TWIN, code(32), "七号"), (FIRM, code(31), "一号")), name="r3.csv")
    yield "a register row corrected by an officer, and sent again"
    entry = CreditRecord.objects.filter(source_id=PENALTY).order_by("-leaf").first()
    with transaction.atomic():
        log = OpenLog(ring, common["at"])
        withdraw_document(leaf=entry.leaf, reason="撤销", log=log, by=OPERATOR, edition="x")
        log.seal()
    yield "withdrawn"
    yield from _publish(collector, 1)
    yield from _cut_off(collect, collector, monkeypatch)
    yield from _publish(collector, 2)
    yield from _publish(collector, 2)
    yield from _publish(collector, 400)
    yield from _publish(collector, 3, full=True)


def _publish(collector, days: int, **more) -> Iterator[str]:
    at = NOON + timedelta(days=days)
    common = {"home": collector.home, "catalog": collector.catalog, "ring": collector.ring, "by": OPERATOR}
    evaluate(**common, as_of=at.date(), at=at, **more)
    yield f"evaluated for {at.date()}"
    project(**common, as_of=at.date(), at=at, **more)
    yield f"published for {at.date()}"


def _cut_off(collect, collector, monkeypatch) -> Iterator[str]:
    rows = [row(100 + n, CF_JDRQ="2026/13/40") if n % 3 else row(100 + n) for n in range(40)]
    with monkeypatch.context() as cut:
        cut.setattr("ecredit.facts.collection.reading_text._BLOCK", 1_500)
        cut.setattr("ecredit.facts.collection.reading_fast._BLOCK_ROWS", 10)
        cut.setattr("ecredit.facts.collection.collect_actions.post_block", _second_time_cut())
        with pytest.raises(KeyboardInterrupt):
            collect(PENALTY, table(*rows), name="cut.csv")
    yield "a batch cut off"
    (receipt,), _ = resume_batches(collector, by=OPERATOR, at=NOON + timedelta(hours=2))
    assert receipt.rows == 40 and not Batch.objects.exclude(state="done").exists()
    yield "resumed"


def _second_time_cut():
    from ecredit.facts.collection.post_block import post_block

    calls = []

    def post(*words, **more):
        calls.append(words)
        if len(calls) > 1:
            raise KeyboardInterrupt
        return post_block(*words, **more)

    return post
