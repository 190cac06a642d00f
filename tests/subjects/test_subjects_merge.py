"""Merging, splitting and linking: reversible, complete, and refused where two are two."""

import random

import pytest

from ecredit.facts.actors.models import LogState
from ecredit.facts.actors.types import Actor
from ecredit.facts.subjects.branch_actions import link_branch, link_branches, unlink_branch
from ecredit.facts.subjects.errors import IdentityRefused, NoSuchThing
from ecredit.facts.subjects.merge_actions import merge_subjects, split_subject
from ecredit.facts.subjects.models import CreditSubject, Identifier, IdentityEvent, Relation
from ecredit.facts.subjects.queries import canonical_id, find_subject_id, list_merged_ids
from ecredit.facts.subjects.replay import audit_identity
from ecredit.foundation.proof.keys import KeyRing
from tests.conftest import NOON
from tests.penalty_rows import code
from tests.subjects.subjects_register import person, register

OFFICER = Actor("officer.wang", "subject.merge")
PARENT = "常州市云帆物资有限公司"


@pytest.fixture
def ring(db, home):
    return KeyRing.load(home.keys)


@pytest.fixture
def act(ring):
    return {"ring": ring, "by": OFFICER, "at": NOON}


@pytest.fixture
def merge(act):
    return act | {"reason": "同一家，换发代码", "despite_codes": True}


def test_a_chain_of_merges_ends_at_the_oldest_and_comes_apart_link_by_link(ring, merge, act):
    a, b, c, d = register(ring, [f"常州市云帆{n}号贸易有限公司" for n in "甲乙丙丁"])
    codes = {n: code(900 + n) for n in (a, b, c, d)}
    merge_subjects(subject_id=d, other_id=c, **merge)
    merge_subjects(subject_id=b, other_id=c, **merge)
    merged = merge_subjects(subject_id=d, other_id=a, **merge)
    assert (merged.survivor_id, merged.merged_id) == (a, b)
    assert {canonical_id(n) for n in (a, b, c, d)} == {a} and sorted(list_merged_ids(a)) == [a, b, c, d]
    assert {find_subject_id(value) for value in codes.values()} == {a}
    reason = {"reason": "误合并"}
    split_subject(subject_id=b, **reason, **act)
    assert canonical_id(a) == a and {canonical_id(n) for n in (b, c, d)} == {b}
    split_subject(subject_id=c, **reason, **act)
    assert canonical_id(b) == b and {canonical_id(n) for n in (c, d)} == {c}
    merge_subjects(subject_id=b, other_id=c, **merge)
    assert {canonical_id(n) for n in (b, c, d)} == {b}
    assert Identifier.objects.filter(derived=False).count() == 4 and list(audit_identity()) == []


@pytest.mark.parametrize("seed", range(4))
def test_any_order_of_merging_and_splitting_follows_the_obvious_model(ring, merge, act, seed):
    rng = random.Random(seed)
    ids = register(ring, [f"常州市云帆{n}号贸易有限公司" for n in "甲乙丙丁戊己"])
    above: dict[int, int] = {}

    def top(n: int) -> int:
        return top(above[n]) if n in above else n

    for _ in range(14):
        first, second = rng.sample(ids, 2)
        if rng.random() < 0.6 and top(first) != top(second):
            older, younger = sorted((top(first), top(second)))
            above[younger] = older
            merge_subjects(subject_id=first, other_id=second, **merge)
        elif first in above:
            del above[first]
            split_subject(subject_id=first, reason="误合并", **act)
        assert {n: canonical_id(n) for n in ids} == {n: top(n) for n in ids}
        pointing = dict(CreditSubject.objects.values_list("id", "merged_into_id"))
        assert pointing == {n: top(n) if n in above else None for n in ids}
    assert list(audit_identity()) == []


def test_two_valid_codes_are_two_subjects_unless_it_is_confirmed(ring, act):
    first, second = register(ring, [PARENT, "常州市云帆物资贸易有限公司"])
    with pytest.raises(IdentityRefused) as caught:
        merge_subjects(subject_id=first, other_id=second, reason="名称相近", **act)
    assert code(900 + first) in caught.value.zh and code(900 + second) in caught.value.en
    assert CreditSubject.objects.filter(merged_into=None).count() == 2
    merge_subjects(subject_id=first, other_id=second, reason="代码更正", despite_codes=True, **act)
    assert code(900 + first) in IdentityEvent.objects.get(verb="merge").detail


def test_an_older_code_joins_without_confirming(ring, act):
    first, second = register(ring, [PARENT, PARENT])
    Identifier.objects.filter(subject_id=second).update(kind="other_reg_no", value="企合苏常总字第000123号")
    merged = merge_subjects(subject_id=second, other_id=first, reason="旧注册号", **act)
    assert merged.survivor_id == first and find_subject_id("企合苏常总字第000123号") == first


def test_what_is_refused_changes_nothing(ring, merge, act):
    first, second, branch = register(ring, [PARENT, "常州市新禾贸易有限公司", f"{PARENT}横林收购站"])
    human = person(ring, "欧阳某")
    size = LogState.objects.get(id=1).size
    for one, other in ((first, human), (first, branch), (first, first)):
        with pytest.raises(IdentityRefused):
            merge_subjects(subject_id=one, other_id=other, **merge)
    with pytest.raises(IdentityRefused):
        merge_subjects(subject_id=first, other_id=second, **merge | {"reason": " "})
    with pytest.raises(NoSuchThing):
        merge_subjects(subject_id=first, other_id=999_999, **merge)
    with pytest.raises(IdentityRefused):
        split_subject(subject_id=first, reason="误合并", **act)
    with pytest.raises(NoSuchThing):
        split_subject(subject_id=999_999, reason="误合并", **act)
    assert LogState.objects.get(id=1).size == size
    assert not CreditSubject.objects.exclude(merged_into=None).exists()


def test_the_second_to_merge_is_told_who_was_first(ring, merge):
    first, second = register(ring, [PARENT, "常州市新禾贸易有限公司"])
    merge_subjects(subject_id=first, other_id=second, **merge)
    with pytest.raises(IdentityRefused, match=r"officer\.wang"):
        merge_subjects(
            subject_id=second, other_id=first, **merge | {"by": Actor("officer.li", "subject.merge")}
        )


def test_branches_are_linked_to_the_longest_registered_parent(ring, act):
    insurer = "中国云帆保险股份有限公司"
    names = [
        PARENT,
        f"{PARENT}横林收购站",
        f"{PARENT}工会委员会",
        insurer,
        f"{insurer}武进支公司",
        f"{insurer}武进支公司湖塘营业部",
        "常州市双名贸易有限公司",
        "常州市双名贸易有限公司",
        "常州市双名贸易有限公司新北分公司",
        "常州市外地贸易有限公司新北分公司",
    ]
    ids = register(ring, names)
    linked = link_branches(**act)
    assert (linked.linked, linked.branches, linked.ambiguous, linked.parent_unknown) == (3, 5, 1, 1)
    pairs = set(Relation.objects.values_list("child_id", "parent_id"))
    assert pairs == {(ids[1], ids[0]), (ids[4], ids[3]), (ids[5], ids[4])}
    assert link_branches(**act).linked == 0
    assert not CreditSubject.objects.exclude(merged_into=None).exists()
    links = IdentityEvent.objects.filter(verb="link").values_list("leaf", "subject_id", "other_id")
    assert set(links) == set(Relation.objects.values_list("leaf", "child_id", "parent_id"))


def test_a_link_an_officer_took_away_stays_away(ring, act):
    parent, branch = register(ring, [PARENT, f"{PARENT}横林收购站"])
    link_branches(**act)
    with pytest.raises(IdentityRefused):
        unlink_branch(child_id=branch, parent_id=parent, reason="", **act)
    unlink_branch(child_id=branch, parent_id=parent, reason="已转让", **act)
    assert link_branches(**act).linked == 0 and not Relation.objects.exists()
    with pytest.raises(IdentityRefused):
        unlink_branch(child_id=branch, parent_id=parent, reason="已转让", **act)
    link_branch(child_id=branch, parent_id=parent, reason="收回", **act)
    assert Relation.objects.count() == 1 and list(audit_identity()) == []


def test_links_by_hand_have_one_direction(ring, act):
    a, b, c = register(ring, [PARENT, "常州市新禾物流中心", "常州市青山仓库"])
    link_branch(child_id=b, parent_id=a, **act)
    link_branch(child_id=c, parent_id=b, **act)
    for child, parent in ((b, a), (a, a), (a, c)):
        with pytest.raises(IdentityRefused):
            link_branch(child_id=child, parent_id=parent, **act)
    with pytest.raises(NoSuchThing):
        link_branch(child_id=999_999, parent_id=a, **act)
    assert Relation.objects.count() == 2
