"""Leads from run to run: the same lead keeps its name and its decision, one that is gone says so, one that grew comes back."""

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from ecredit.facts.actors.approval_actions import ask_approval, withdraw_approval
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.models import Approval, JournalEntry
from ecredit.facts.actors.types import Actor
from ecredit.foundation.catalog.triage_types import Teaching, Triage
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.proof.keys import KeyRing
from ecredit.judgement.triage.audit_findings import audit_findings
from ecredit.judgement.triage.decide_actions import dismiss_finding, post_finding_decision
from ecredit.judgement.triage.errors import FindingChanged, NoSuchFinding
from ecredit.judgement.triage.keep_findings import tie_subjects
from ecredit.judgement.triage.models import DetectionRun, Finding, FindingDecision
from ecredit.judgement.triage.queries import count_findings, get_finding, list_findings
from ecredit.judgement.triage.triage_rules import finding_name, has_grown
from ecredit.judgement.triage.types import CONFIRM, CONFIRMED, DISMISSED, WAITING, FindingFilter
from tests.conftest import NOON
from tests.triage.triage_world import lead, look_at, run_with

pytestmark = pytest.mark.django_db
OFFICER = Actor("p1", "finding.dismiss desk/s1")


def only() -> Finding:
    return Finding.objects.get()


@pytest.fixture
def dismiss(home, catalog):
    ring = KeyRing.load(home.keys)

    def run(
        row: Finding, reason: str = "promotion", words: str = "", digest: str = "", looked: bool = True
    ) -> None:
        if looked:
            look_at(ring, row, OFFICER)
        dismiss_finding(
            finding_id=row.pk, digest=digest or row.digest, reason=reason, words=words, rules=catalog.triage, ring=ring,
            by=OFFICER, at=NOON,
        )  # fmt: skip

    return run


def test_a_lead_keeps_its_name_when_more_orders_or_another_kind_are_seen(catalog):
    run_with(catalog, lead(orders=6))
    name, digest = only().pk, only().digest
    _, counts = run_with(catalog, lead(orders=9, kind="empty_parcel"))
    assert (only().pk, only().kind, only().row_count) == (name, "empty_parcel", 9)
    assert only().digest != digest
    assert counts == {"found": 1, "new": 0, "kept": 1, "gone": 0, "returned": 0}


def test_what_a_shop_did_and_what_was_done_to_it_are_two_leads(catalog):
    _, counts = run_with(catalog, lead(), lead(victim=True, kind="malicious_review"), lead("s2"))
    assert Finding.objects.count() == 3 and counts["new"] == 3


@given(st.text(min_size=1), st.text(min_size=1))
def test_names_differ_where_shops_do(one, other):
    names = {finding_name(shop, victim=victim) for shop in (one, other) for victim in (True, False)}
    assert len(names) == 2 * len({one, other})


def test_one_that_is_not_found_again_stays_and_says_so_and_can_come_back(catalog):
    run_with(catalog, lead(), lead("s2"))
    _, counts = run_with(catalog, lead("s2"))
    gone = Finding.objects.get(shop_id="s1")
    assert (gone.gone, gone.state, counts["gone"]) == (True, WAITING, 1)
    assert count_findings(FindingFilter(state="waiting")) == 1
    assert count_findings(FindingFilter(state="gone")) == 1
    _, counts = run_with(catalog, lead("s2"))
    assert counts["gone"] == 0  # told once
    run_with(catalog, lead(), lead("s2"))
    assert not Finding.objects.filter(gone=True).exists()


def test_a_decision_is_kept_while_the_evidence_is_much_the_same(catalog, dismiss):
    run_with(catalog, lead(orders=12))
    dismiss(only())
    for again in (lead(orders=12), lead(orders=16), lead(orders=8)):
        _, counts = run_with(catalog, again)
        assert (only().state, only().returned, counts["returned"]) == (DISMISSED, False, 0)
    assert get_finding(only().pk).decisions[0].reason == "promotion"


def test_a_decided_one_of_which_clearly_more_is_suspect_waits_again_with_its_decision(catalog, dismiss, home):
    run_with(catalog, lead(orders=6))
    dismiss(only())
    _, counts = run_with(catalog, lead(orders=11))
    assert (only().state, only().returned, counts["returned"]) == (WAITING, True, 1)
    found = get_finding(only().pk)
    assert [(d.outcome, d.orders) for d in found.decisions] == [(DISMISSED, 6)]
    assert [line.finding_id for line in list_findings(FindingFilter(state="returned"), limit=9)] == [
        only().pk
    ]
    dismiss(only(), "company_order")
    assert (only().state, only().returned) == (DISMISSED, False)
    assert len(get_finding(only().pk).decisions) == 2
    assert [f for f in audit_findings(home) if f.leaf is not None and "处理" in f.zh] == []


def test_many_new_orders_are_counted_however_many_are_gone():
    rules = Triage(5, 0.5, Teaching(1, 1.0, 1.0, 1.0), {}, {})
    before = [f"o{n}" for n in range(10)]
    assert not has_grown(rules, before, [*before, "n1", "n2", "n3", "n4"])
    assert has_grown(rules, before, [f"n{n}" for n in range(5)])
    assert not has_grown(rules, [f"o{n}" for n in range(100)], [f"n{n}" for n in range(49)])


def test_a_decision_needs_a_reason_of_the_catalogue_and_words_for_another(catalog, dismiss):
    run_with(catalog, lead())
    for reason, words in (("", ""), ("nonsense", "x"), ("admitted", "x"), ("other", "  ")):
        with pytest.raises(WrongUse):
            dismiss(only(), reason, words)
    assert not FindingDecision.objects.exists() and not JournalEntry.objects.exists()
    dismiss(only(), "other", "换货，电话 13912345678")
    said = FindingDecision.objects.get().words
    assert "换货" in said and "13912345678" not in said


def test_what_is_decided_or_has_changed_since_it_was_looked_at_is_not_decided(catalog, dismiss):
    run_with(catalog, lead())
    seen = only()
    run_with(catalog, lead(orders=7))
    with pytest.raises(FindingChanged):
        dismiss(seen, digest=seen.digest)
    dismiss(only())
    with pytest.raises(FindingChanged):
        dismiss(only())
    with pytest.raises(NoSuchFinding):
        get_finding("F-nowhere")


def ask(home, row: Finding) -> Approval:
    """One person asks that it be confirmed."""
    return ask_approval(
        verb=CONFIRM, about=f"finding:{row.pk}", params={"finding": row.pk}, reason="底单为空", by=OFFICER, at=NOON,
        ring=KeyRing.load(home.keys),
    )  # fmt: skip


def test_what_another_person_is_asked_to_confirm_is_not_dismissed_meanwhile(catalog, dismiss, home):
    run_with(catalog, lead(), lead("s2"))
    first, second = Finding.objects.order_by("shop_id")
    asked = ask(home, first)
    with pytest.raises(FindingChanged) as refused:
        dismiss(first)
    assert f"第 {asked.pk} 号" in refused.value.zh and f"request {asked.pk}" in refused.value.en
    assert not FindingDecision.objects.exists()
    assert not JournalEntry.objects.filter(verb="finding.dismiss").exists()
    dismiss(second)
    withdraw_approval(approval_id=asked.pk, ring=KeyRing.load(home.keys), by=OFFICER, at=NOON)
    dismiss(first)


def confirm(home, catalog, row: Finding) -> None:
    """What agreeing to a request does here."""
    with transaction.atomic():
        log = OpenLog(KeyRing.load(home.keys), NOON)
        post_finding_decision(
            log, finding_id=row.pk, digest=row.digest, verb=CONFIRM, reason="admitted", words="", rules=catalog.triage,
            by=OFFICER,
        )  # fmt: skip
        log.seal()


def test_one_that_two_people_confirmed_is_not_dismissed_by_one_when_it_waits_again(catalog, dismiss, home):
    run_with(catalog, lead(orders=6))
    confirm(home, catalog, only())
    run_with(catalog, lead(orders=20))
    assert (only().state, only().returned) == (WAITING, True)
    with pytest.raises(FindingChanged) as refused:
        dismiss(only())
    assert "须另一人同意" in refused.value.zh and "withdrawn" in refused.value.en
    assert (only().state, FindingDecision.objects.count()) == (WAITING, 1)
    confirm(home, catalog, only())
    assert (only().state, FindingDecision.objects.count()) == (CONFIRMED, 2)


def test_only_what_waits_is_listed_as_asked_for(catalog, home):
    run_with(catalog, lead(), lead("s2"))
    for row in Finding.objects.order_by("shop_id"):
        ask(home, row)
    Finding.objects.filter(shop_id="s1").update(state=DISMISSED)
    asked = FindingFilter(state="asked")
    assert [line.shop_id for line in list_findings(asked, limit=9)] == ["s2"] and count_findings(asked) == 1


def test_a_decision_is_in_the_journal_and_the_audit_names_what_was_done_by_hand(catalog, dismiss, home):
    run_with(catalog, lead(), lead("s2"))
    DetectionRun.objects.update(manifest="")
    first, second = Finding.objects.order_by("shop_id")
    dismiss(first)
    entry = JournalEntry.objects.get(verb="finding.dismiss")
    assert (entry.object, entry.who) == (f"finding:{first.pk}", "p1")

    def named() -> list[str]:
        return [f.zh for f in audit_findings(home) if "检测" not in f.zh]

    assert named() == []
    Finding.objects.filter(pk=second.pk).update(state=DISMISSED)
    assert second.pk in named()[0]
    Finding.objects.filter(pk=second.pk).update(state=WAITING)
    FindingDecision.objects.update(reason="live_stream")
    assert first.pk in named()[0]
    FindingDecision.objects.all().delete()
    assert any("不见了" in said for said in named())


def test_findings_follow_whom_their_shop_is_tied_to(catalog):
    run_with(catalog, lead(), lead("s2"))
    assert tie_subjects({"s1": 7}) == 1
    assert tie_subjects({"s1": 7}) == 0
    assert dict(Finding.objects.values_list("shop_id", "subject_id")) == {"s1": 7, "s2": None}
    assert tie_subjects({}) == 1


def test_the_queue_is_filtered_sorted_and_paged(catalog):
    run_with(
        catalog,
        lead("s1", 9, score=0.95, log_odds=3.0),
        lead("s2", 3, score=0.999, log_odds=7.0, kind="sybil"),
        lead("s3", 30, score=0.8, log_odds=1.4),
    )

    def shops(**wanted) -> list[str]:
        return [line.shop_id for line in list_findings(FindingFilter(**wanted), limit=9)]

    assert shops() == ["s2", "s1", "s3"]
    assert shops(descending=False) == ["s3", "s1", "s2"]
    assert shops(sort="rows") == ["s3", "s1", "s2"]
    assert shops(kind="sybil") == ["s2"] == shops(strength="strong")
    assert shops(strength="middling") == ["s1"] and shops(strength="weak") == ["s3"]
    assert shops(text="店s3") == ["s3"] == shops(text="s3")
    assert shops(platform="p1") == shops() and shops(platform="p2") == []
    assert [line.shop_id for line in list_findings(FindingFilter(), limit=1, offset=1)] == ["s1"]


def test_nobody_dismisses_what_was_not_on_the_own_screen_as_it_is_now(home, catalog, dismiss):
    run_with(catalog, lead())
    ring, row = KeyRing.load(home.keys), only()
    look_at(ring, row, Actor("p2", "finding.read desk/s2"))
    look_at(ring, row, OFFICER, digest="another")
    with pytest.raises(FindingChanged, match="打开"):
        dismiss(row, looked=False)
    assert not FindingDecision.objects.exists()
    dismiss(row)
    assert only().state == "dismissed"


def test_what_was_decided_of_parcels_does_not_grow_because_their_orders_are_sent(catalog, dismiss):
    parcels = [f"w{n}" for n in range(20)]
    run_with(catalog, lead(orders=[], parcels=parcels))
    assert only().rows_of == "parcels"
    dismiss(only())
    run_with(catalog, lead(orders=[f"o{n}" for n in range(20)], parcels=parcels))
    assert (only().state, only().returned, only().rows_of) == ("dismissed", False, "orders")
    run_with(catalog, lead(orders=[f"o{n}" for n in range(60)], parcels=[f"w{n}" for n in range(60)]))
    assert only().returned
