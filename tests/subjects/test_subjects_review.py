"""The review queue: opening, deciding, undoing; who was first; what is kept."""

import hashlib
import json
import threading
from functools import partial

import pytest
from django.db import connection, transaction

from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.models import JournalEntry, LogState
from ecredit.facts.actors.types import OPERATOR, Actor
from ecredit.facts.subjects.errors import AlreadyDecided, IdentityRefused, NoSuchThing
from ecredit.facts.subjects.identity_log import detail_text
from ecredit.facts.subjects.matching_model import load_model
from ecredit.facts.subjects.merge_actions import merge_subjects
from ecredit.facts.subjects.models import CreditSubject, IdentityEvent, ReviewCandidate, ReviewItem
from ecredit.facts.subjects.replay import audit_identity
from ecredit.facts.subjects.review_actions import (
    NO_SUBJECT,
    open_review_items,
    post_accept,
    post_reject,
    post_undo,
    refresh_review_items,
)
from ecredit.facts.subjects.review_queries import count_review, find_review_of_row, get_review, list_review
from ecredit.facts.subjects.review_types import ReviewState
from ecredit.foundation.proof.keys import KeyRing
from tests.conftest import NOON
from tests.subjects.subjects_register import claim, person, register

FIRM, TWIN = "常州市云帆启航电子商务有限公司", "常州市云帆起航电子商务有限公司"
OFFICER, OTHER = Actor("officer.wang", "subject.review"), Actor("officer.li", "subject.review")


def decided(post, *, ring, by, at, **answer):
    """One answer in a transaction of its own."""
    with transaction.atomic():
        log = OpenLog(ring, at)
        decision = post(log, by=by, **{"note": "", **answer})
        log.seal()
    return decision


accept_review, reject_review, undo_review = (
    partial(decided, post) for post in (post_accept, post_reject, post_undo)
)


@pytest.fixture
def ring(home):
    return KeyRing.load(home.keys)


@pytest.fixture
def firms(db, ring):
    return register(ring, [(FIRM, "通江路1号", "王一"), (TWIN, "通江路3号", "王二")])


@pytest.fixture
def common(home, ring):
    return {"home": home, "ring": ring, "by": OPERATOR, "at": NOON}


@pytest.fixture
def decide(ring):
    return {"ring": ring, "by": OFFICER, "at": NOON}


def test_opening_writes_candidates_and_the_same_rows_again_change_nothing(firms, common):
    opened = open_review_items([claim(7, FIRM), claim(8, "无锡远东运输队")], **common)
    assert (opened.items, opened.none) == (2, 1) and opened.model == load_model().edition
    again = open_review_items([claim(7, FIRM), claim(8, "无锡远东运输队")], **common)
    assert again.items == 0 and ReviewItem.objects.count() == 2
    view = find_review_of_row(7)
    assert view.state is ReviewState.OPEN and view.model == load_model().edition
    assert view.candidates[0].candidate.subject_id == firms[0] and view.candidates[0].code
    journal = JournalEntry.objects.get(verb="review.open")
    assert json.loads(journal.detail)["items"] == 2
    assert count_review() == {**dict.fromkeys(ReviewState, 0), ReviewState.OPEN: 2}
    assert find_review_of_row(99) is None


def test_the_queue_begins_with_what_is_decided_quickest(firms, common):
    open_review_items(
        [claim(1, "无锡远东运输队"), claim(2, "云帆启航"), claim(3, FIRM, "通江路1号", "王一")], **common
    )
    assert [view.held_row_id for view in list_review()] == [3, 2, 1]
    assert [view.held_row_id for view in list_review(oldest_first=True, limit=2, offset=1)] == [2, 3]
    assert list_review(source_id="other") == []


def test_accepting_is_an_event_that_binds_the_evidence(firms, common, decide):
    open_review_items([claim(7, FIRM, address="通江路1号")], **common)
    (view,) = list_review()
    decision = accept_review(item_id=view.id, subject_id=firms[0], note="电话核实 13812345678", **decide)
    assert (decision.held_row_id, decision.subject_id, decision.state) == (7, firms[0], ReviewState.ACCEPTED)
    event = IdentityEvent.objects.get(verb="accept")
    assert event.leaf == decision.leaf == LogState.objects.get(id=1).size - 1
    assert (event.subject_id, event.value, event.who) == (firms[0], f"item:{view.id}", "officer.wang")
    detail = json.loads(event.detail)
    candidates = ReviewCandidate.objects.filter(item=view.id).order_by("rank")
    evidence = [[c.subject_id, c.rank, c.probability, c.weight, c.compared] for c in candidates]
    assert detail["evidence"] == hashlib.sha256(detail_text({"candidates": evidence}).encode()).hexdigest()
    assert detail["rank"] == 1 and detail["model"] == load_model().edition and detail["subjects"] == 2
    item = ReviewItem.objects.get()
    assert "13812345678" not in event.detail + item.decision_note and item.decided_by == "officer.wang"
    assert "通江路" not in event.detail


def test_the_second_officer_gets_one_clear_error(firms, common, decide):
    open_review_items([claim(7, FIRM)], **common)
    (view,) = list_review()
    accept_review(item_id=view.id, subject_id=firms[0], **decide)
    size = LogState.objects.get(id=1).size
    for answer in (accept_review, reject_review):
        more = {"subject_id": firms[1]} if answer is accept_review else {}
        with pytest.raises(AlreadyDecided) as caught:
            answer(item_id=view.id, **more, **decide | {"by": OTHER})
        assert "officer.wang" in caught.value.zh and "officer.wang" in caught.value.en
    assert ReviewItem.objects.get().subject_id == firms[0] and LogState.objects.get(id=1).size == size


def test_rejecting_and_undoing(firms, common, decide):
    open_review_items([claim(7, FIRM)], **common)
    (view,) = list_review()
    with pytest.raises(AlreadyDecided):
        undo_review(item_id=view.id, **decide)
    rejected = reject_review(item_id=view.id, note="同名", **decide)
    assert rejected.subject_id is None and IdentityEvent.objects.get(verb="reject").subject_id == NO_SUBJECT
    undone = undo_review(item_id=view.id, **decide | {"by": OTHER})
    assert undone.state is ReviewState.OPEN and get_review(view.id).decided_at is None
    accept_review(item_id=view.id, subject_id=firms[1], **decide)
    undo_review(item_id=view.id, **decide)
    verbs = list(IdentityEvent.objects.order_by("leaf").values_list("verb", "subject_id"))[2:]
    assert verbs == [("reject", 0), ("undo", 0), ("accept", firms[1]), ("undo", firms[1])]
    assert list(audit_identity()) == []


def test_only_an_organisation_that_exists_can_be_accepted(firms, common, decide, ring):
    human = person(ring, "欧阳某")
    open_review_items([claim(7, FIRM)], **common)
    (view,) = list_review()
    for number, error in ((human, IdentityRefused), (999_999, NoSuchThing)):
        with pytest.raises(error):
            accept_review(item_id=view.id, subject_id=number, **decide)
    for answer in (reject_review, undo_review):
        with pytest.raises(NoSuchThing):
            answer(item_id=999_999, **decide)
    with pytest.raises(NoSuchThing):
        get_review(999_999)
    assert get_review(view.id).state is ReviewState.OPEN


def test_accepting_a_merged_subject_means_the_one_it_is(firms, common, decide, ring):
    open_review_items([claim(7, TWIN)], **common)
    merge_subjects(
        subject_id=firms[0],
        other_id=firms[1],
        reason="换证",
        despite_codes=True,
        ring=ring,
        by=OFFICER,
        at=NOON,
    )
    (view,) = list_review()
    assert {c.candidate.subject_id for c in view.candidates} == {firms[0]}
    assert accept_review(item_id=view.id, subject_id=firms[1], **decide).subject_id == firms[0]


def test_an_earlier_decision_is_proposed_first_and_still_not_taken(firms, common, decide):
    open_review_items([claim(1, "云帆网店")], **common)
    (view,) = list_review()
    accept_review(item_id=view.id, subject_id=firms[1], **decide)
    open_review_items([claim(2, "云帆网店")], **common)
    again = find_review_of_row(2)
    assert again.state is ReviewState.OPEN
    best = again.candidates[0].candidate
    assert best.subject_id == firms[1] and best.compared[0].field == "earlier"
    undo_review(item_id=view.id, **decide)
    refresh_review_items(**common)
    candidates = find_review_of_row(2).candidates
    assert all(c.field != "earlier" for view in candidates for c in view.candidate.compared)


def test_who_registers_later_is_proposed_by_refreshing(firms, common, ring, decide):
    open_review_items([claim(1, "溧阳市青禾农业发展有限公司"), claim(2, FIRM)], **common)
    decided = find_review_of_row(2)
    accept_review(item_id=decided.id, subject_id=firms[0], **decide)
    assert find_review_of_row(1).candidates == ()
    (newcomer,) = register(ring, ["溧阳市青禾农业发展有限公司"])
    renewed = refresh_review_items(**common)
    assert (renewed.items, renewed.none) == (1, 0)
    assert find_review_of_row(1).candidates[0].candidate.subject_id == newcomer
    assert find_review_of_row(2) == get_review(decided.id) and get_review(decided.id).subject_id == firms[0]


def test_of_a_natural_persons_row_only_a_masked_name_is_kept(firms, common):
    open_review_items([claim(1, "欧阳青禾", "通江路1号", is_person=True)], **common)
    item = ReviewItem.objects.get()
    assert "青禾" not in item.name + json.dumps(item.compared, ensure_ascii=False)
    assert "通江路" not in json.dumps(item.compared, ensure_ascii=False) and not item.candidates.exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_wins_and_one_is_told(home, ring):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite in memory has one connection; the second officer is tested one after the other")
    firms = register(ring, [FIRM, TWIN])
    open_review_items([claim(7, FIRM)], home=home, ring=ring, by=OPERATOR, at=NOON)
    item = ReviewItem.objects.get()
    told: list[str] = []
    ready = threading.Barrier(2)

    def answer(number: int) -> None:
        ready.wait()
        try:
            accept_review(item_id=item.id, subject_id=firms[number], ring=ring, by=OFFICER, at=NOON)
            told.append("done")
        except AlreadyDecided as error:
            told.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=answer, args=(n,)) for n in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["done", "review.decided"]
    assert IdentityEvent.objects.filter(verb="accept").count() == 1 and CreditSubject.objects.count() == 2
