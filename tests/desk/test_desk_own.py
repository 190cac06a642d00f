"""An organisation sees how often its own file was read."""

import re
from datetime import UTC, datetime

import pytest

from ecredit.facts.actors.journal_notes import note_read, seal_notes
from ecredit.facts.actors.organisation_actions import register_organisation
from ecredit.facts.actors.types import OPERATOR, Actor
from ecredit.facts.subjects.queries import find_subject_id
from ecredit.foundation.proof.keys import KeyRing
from tests.conftest import NOON
from tests.desk.conftest import make_person, sign_in
from tests.penalty_rows import row, table

pytestmark = pytest.mark.django_db
OFFICER = Actor("p9", "subject.read desk/s1")


def test_the_reads_of_its_file_are_counted_by_month_and_nobody_elses(desk, collect):
    ring = KeyRing.load(desk.keys)
    collect("dual_publicity_penalty", table(row(1), row(2)).encode())
    code = row(1)["CF_XDR_SHXYM"]
    other = row(2)["CF_XDR_SHXYM"]
    assert code != other
    register_organisation(id="p1", name="某平台", kind="platform", uscc=code, ring=ring, by=OPERATOR, at=NOON)
    register_organisation(id="p2", name="无码平台", kind="platform", ring=ring, by=OPERATOR, at=NOON)
    about = f"subject:{find_subject_id(code)}"
    for month in (5, 5, 6):
        note_read(
            ring=ring,
            by=OFFICER,
            about=about,
            purpose="核对",
            at=datetime(2026, month, 31 if month == 5 else 1, 17, tzinfo=UTC),
        )
    seal_notes(ring=ring, at=NOON)
    note_read(ring=ring, by=OFFICER, about=f"subject:{find_subject_id(other)}", purpose="核对", at=NOON)
    note_read(
        ring=ring,
        by=OFFICER,
        about=about,
        purpose="不外传的用途",
        at=datetime(2026, 7, 31, 16, 30, tzinfo=UTC),
    )
    client = sign_in(make_person("yi", ("p1", "clerk"), ("p2", "clerk")))
    page = client.get("/desk/own").content.decode()
    assert "共被查阅 4 次" in page and "不外传" not in page and f'href="/s/{code}"' in page
    # 16:30 UTC on the last of July is August in the city; what was noted in May was sealed at noon of the tests' day.
    assert '<td>2026-08</td><td class="number">1</td>' in page
    assert "无码平台" in page and "还没有登记统一社会信用代码" in page
    assert "/desk/own" in client.get("/desk/").content.decode()


def test_a_department_has_no_file(desk):
    client = sign_in(make_person("bing", ("gongshang", "clerk")))
    assert "政府部门不是信用主体" in client.get("/desk/own").content.decode()
    assert "/desk/own" not in client.get("/desk/").content.decode()


def test_home_says_what_waits_for_whom(desk, collect):
    collect("dual_publicity_penalty", table(row(1), row(2, CF_JDRQ="2026/13/40")).encode())
    clerk = sign_in(make_person("ding", ("gongshang", "clerk")))
    page = clerk.get("/desk/").content.decode()
    assert re.search(r'href="/desk/batches/waiting">待改的行 <span class="badge warn">1<', page)
    assert "已逾期未报" in page and "待判主体" not in page
    officer = sign_in(make_person("wu", ("jingxin_xinyong", "credit_officer")))
    session = officer.session
    session["method"] = "password+totp"
    session.save()
    page = officer.get("/desk/").content.decode()
    assert re.search(r'href="/desk/quarantine">待改的行 <span class="badge warn">1<', page)
    assert re.search(r'href="/desk/review">待判主体 <span class="badge good">0<', page)
    assert "已逾期未报" not in page
    # Who sends worst, what waits and since when; the menu stands there once.
    assert page.count('href="/desk/quality/') == 5 and "<svg" in page and "1 行在等待" in page
    assert page.count('href="/desk/journal"') + page.count('href="/desk/subjects"') == 1
    assert "本单位待改的行" not in page and "报送最差的单位" not in clerk.get("/desk/").content.decode()


def test_the_next_matches_stand_on_an_officers_home(desk, collect):
    rows = [row(n, CF_XDR_SHXYM="", CF_WSH=f"甲{n}") for n in range(1, 8)]
    collect("dual_publicity_penalty", table(*rows).encode())
    officer = sign_in(make_person("wu", ("jingxin_xinyong", "credit_officer")))
    session = officer.session
    session["method"] = "password+totp"
    session.save()
    page = officer.get("/desk/").content.decode()
    assert len(re.findall(r'href="/desk/review/\d+"', page)) == 5
