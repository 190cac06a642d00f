"""What decisions teach: factors that follow precision, within limits, from enough decisions, and in force only when adopted."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.models import JournalEntry
from ecredit.facts.actors.types import OPERATOR, Actor
from ecredit.foundation.catalog.triage_types import Teaching
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.proof.keys import KeyRing
from ecredit.judgement.triage.decide_actions import dismiss_finding
from ecredit.judgement.triage.detect_actions import look_for_forged_trade
from ecredit.judgement.triage.models import DetectionRun, Finding, FlagWeights
from ecredit.judgement.triage.run_folder import detection_folder
from ecredit.judgement.triage.teach_actions import (
    audit_weights,
    estimate_weights,
    post_weights,
    weights_in_force,
)
from ecredit.judgement.triage.teaching_rules import estimate_factors, weighed
from tests.conftest import NOON
from tests.triage.triage_world import lead, look_at, run_with, send_trade, write_trade

RULES = Teaching(least=4, prior=4.0, low=0.25, high=1.5)
DECIDED = st.lists(st.tuples(st.booleans(), st.sets(st.sampled_from("abcd"))), max_size=60)


@given(DECIDED)
def test_factors_stay_within_limits_and_few_decisions_move_nothing(decided):
    for found in estimate_factors(decided, RULES).values():
        assert RULES.low <= found.factor <= RULES.high
        if found.confirmed + found.dismissed < RULES.least:
            assert found.factor == 1.0


@given(DECIDED)
def test_the_order_of_decisions_says_nothing(decided):
    assert estimate_factors(decided, RULES) == estimate_factors(decided[::-1], RULES)


def test_a_flag_whose_findings_are_dismissed_counts_less_and_one_whose_are_confirmed_more():
    decided = [(True, {"good", "both"})] * 10 + [(False, {"bad", "both"})] * 10
    found = estimate_factors(decided, RULES)
    assert found["bad"].factor < 0.5 < found["both"].factor == 1.0 < found["good"].factor
    assert (found["bad"].confirmed, found["bad"].dismissed) == (0, 10)
    worse = estimate_factors([*decided, *[(False, {"bad"})] * 10], RULES)
    assert worse["bad"].factor < found["bad"].factor


def test_caps_are_multiplied_and_never_pass_the_most_there_is(catalog):
    flags = weighed(catalog.flags, {"weight_low": 0.5, "five_stars": 100.0})
    assert flags["weight_low"].strength == catalog.flags["weight_low"].strength / 2
    assert flags["five_stars"].strength == 4.0
    assert flags["shop_new"] is catalog.flags["shop_new"]


def adopt(home, catalog, factors: dict[str, float], after: int = 0) -> int:
    log = OpenLog(KeyRing.load(home.keys), NOON)
    rules = catalog.triage.teaching
    version = post_weights(log, after=after, factors=factors, rules=rules, reason="r", by=OPERATOR)
    log.seal()
    return version


@pytest.mark.django_db
def test_only_the_last_decision_of_a_finding_is_learnt_from(home, catalog):
    ring = KeyRing.load(home.keys)
    for orders in (6, 12):
        run_with(catalog, lead(orders=orders))
        row, by = Finding.objects.get(), Actor("p1", "finding.dismiss desk/s1")
        look_at(ring, row, by)
        dismiss_finding(
            finding_id=row.pk, digest=row.digest, reason="promotion", words="", rules=catalog.triage, ring=ring,
            by=by, at=NOON,
        )  # fmt: skip
    estimated = estimate_weights(catalog.triage.teaching)
    assert set(estimated) == {"weight_low"}
    assert (estimated["weight_low"].confirmed, estimated["weight_low"].dismissed) == (0, 1)


@pytest.mark.django_db
def test_weights_are_adopted_one_after_the_other_and_the_audit_knows_them(home, catalog):
    assert adopt(home, catalog, {"weight_low": 0.5}) == 1
    assert adopt(home, catalog, {}, after=1) == 2
    for after, factors in ((1, {}), (2, {"weight_low": 9.0}), (2, {"weight_low": 0.0})):
        with pytest.raises(WrongUse):
            adopt(home, catalog, factors, after=after)
    assert weights_in_force() == (2, {})
    assert list(audit_weights()) == []
    FlagWeights.objects.filter(version=1).update(factors={"weight_low": 1.5})
    assert "第 1 版" in next(audit_weights()).zh
    FlagWeights.objects.filter(version=1).delete()
    assert "不见了" in next(audit_weights()).zh


@pytest.mark.django_db
def test_the_next_run_goes_by_the_weights_in_force_and_its_manifest_says_so(home, catalog, tmp_path):
    send_trade(home, catalog, write_trade(tmp_path / "year", orders=25_000, days=40))
    ring = KeyRing.load(home.keys)

    def look():
        return look_for_forged_trade(
            home=home, catalog=catalog, ring=ring, as_of=NOON.date(), by=OPERATOR, at=NOON
        )

    look()
    before = DetectionRun.objects.get()
    assert before.weights == 0
    adopt(home, catalog, dict.fromkeys(catalog.flags, 0.25))
    assert look().ran
    after = DetectionRun.objects.latest("id")
    assert after.weights == 1 and after.rules != before.rules
    [folder] = detection_folder(home).iterdir()
    assert json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["weights"] == 1
    assert json.loads(JournalEntry.objects.filter(verb="detection.run").latest("leaf").detail)["weights"] == 1
    assert look().ran is False
