"""Who is who and what they are called follows from the log; whatever does not is named, with what the log says."""

import pytest

from ecredit.facts.actors.types import OPERATOR
from ecredit.facts.subjects.branch_actions import link_branch, link_branches, unlink_branch
from ecredit.facts.subjects.models import CreditSubject, Identifier
from ecredit.facts.subjects.queries import find_subject_id
from tests.conftest import NOON
from tests.penalty_rows import code, row, table
from tests.records.audited_home import PENALTY, audit, register, tamper

__all__ = ["audit"]

FIRM = "常州市云帆启航电子商务有限公司"
# A USCC whose ninth to seventeenth characters are an organisation code that is right.
WITH_PART = "91000000000000019G"
PERSON = {"CF_XDR_LB": "自然人", "CF_XDR_MC": "王小五", "CF_XDR_SHXYM": "", "CF_FRDB": ""}
PERSON |= {"CF_XDR_ZJLX": "身份证", "CF_XDR_ZJHM": "320402198001010012"}
OTHER = PERSON | {"CF_XDR_MC": "李四", "CF_XDR_ZJHM": "11010519491231002X"}


@pytest.fixture
def city(collect, collector):
    """A registered firm with a branch, a firm known only from a penalty, two natural persons."""
    collect(
        PENALTY,
        table(
            row(1, CF_XDR_MC=FIRM), row(3), row(6, CF_XDR_SHXYM=WITH_PART), row(4, **PERSON), row(5, **OTHER)
        ),
    )
    collect(
        "registration", register((FIRM, code(1), "通江路1号"), (f"{FIRM}武进分公司", code(2), "延政路9号"))
    )
    collect("registration", register((FIRM, code(1), "通江路2号")), name="b.csv")
    link_branches(ring=collector.ring, by=OPERATOR, at=NOON)


def test_an_untouched_city_is_clean(city, audit, collect):
    assert audit() == []
    # A row sent again changes nothing, also of what the firm is called.
    collect(
        "registration", register((FIRM, code(1), "通江路2号"), (FIRM, code(1), "通江路1号")), name="c.csv"
    )
    collect("registration", register((FIRM, code(1), "通江路1号"), ("别", code(9), "甲")), name="d.csv")
    assert CreditSubject.objects.get(id=find_subject_id(code(1))).address == "通江路1号" and audit() == []


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("name", "别的公司"),
        ("name_form", "别的公司"),
        ("kind", "x"),
        ("area", "320411"),
        ("address", "通江路1号"),
        ("legal_rep", "李某"),
        ("status", "注销"),
        ("registered", False),
        ("is_person", True),
    ],
)
def test_a_registered_firm_described_otherwise_is_named(city, audit, column, value):
    number = find_subject_id(code(1))
    tamper(f"UPDATE subjects_subject SET {column} = %s WHERE id = %s", value, number)
    (found,) = audit()
    assert found.startswith(f"identity: {column} of subject S{number} was changed: it is '{value}', leaf ")


@pytest.mark.parametrize(("who", "wanted"), [(row(3)["CF_XDR_MC"], "常州测试3号"), ("王", "王")])
def test_a_subject_the_register_does_not_know_is_what_it_was_opened_as(city, audit, who, wanted):
    subject = CreditSubject.objects.filter(name__startswith=who).get()
    assert "*" in subject.name or not subject.is_person
    tamper("UPDATE subjects_subject SET name = '王小五', status = '注销' WHERE id = %s", subject.id)
    found = audit()
    assert len(found) == 2 and f"says '{wanted}" in found[0]


def test_numbers_swapped_between_persons_are_named(city, audit):
    first, second = Identifier.objects.filter(kind="person_id").order_by("id")
    tamper("UPDATE subjects_identifier SET sealed = %s WHERE id = %s", second.sealed, first.id)
    tamper("UPDATE subjects_identifier SET sealed = '' WHERE id = %s", second.id)
    found = audit()
    assert len(found) == 2 and all("sealed number of subject" in sentence for sentence in found)


def test_a_derived_code_deleted_is_named(city, audit):
    assert Identifier.objects.filter(derived=True).exists()
    tamper("DELETE FROM subjects_identifier WHERE derived")
    (found,) = audit()
    assert "the organisation code inside the USCC" in found


def test_links_between_branch_and_parent_follow_from_the_log(city, collector, audit):
    parent, child, other = (find_subject_id(code(n)) for n in (1, 2, 3))
    common = {"ring": collector.ring, "by": OPERATOR, "at": NOON, "reason": "证明"}
    unlink_branch(child_id=child, parent_id=parent, **common)
    link_branch(child_id=child, parent_id=parent, **common)
    assert audit() == []
    tamper("UPDATE subjects_relation SET parent_id = %s", other)
    added, gone = audit()
    assert f"no event links subject S{child} to its parent S{other}" in added
    assert f"the link of subject S{child} to its parent S{parent} is gone" in gone
