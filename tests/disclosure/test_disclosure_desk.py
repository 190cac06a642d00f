"""Disclosures at the desk: officers see all, send pages, dismiss and ask; a platform's people see and answer their own and nobody else's."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from ecredit.facts.actors.approval_queries import list_approvals
from ecredit.facts.actors.models import JournalNote
from ecredit.facts.actors.queries import account_of
from ecredit.facts.actors.types import OPERATOR
from ecredit.judgement.disclosure.models import DisclosureGap, DisclosurePage
from ecredit.judgement.disclosure.page_reading import MOST_BYTES
from ecredit.judgement.disclosure.types import State
from ecredit.service.operation.approved import decide
from ecredit.service.operation.disclosure_checks import check_page, check_records
from tests.desk.conftest import CITY, make_person, sign_in
from tests.desk.test_desk_second_factor import set_up
from tests.disclosure.disclosure_city import (
    FIRST,
    HOME,
    NAMES,
    NOW,
    SECOND,
    Noon,
    disclosed,
    given,
    open_city,
    sanctioned,
    shown,
)
from tests.disclosure.test_disclosure_checks import DISCLOSED, SANCTIONED, found
from tests.penalty_rows import code

pytestmark = pytest.mark.django_db


@pytest.fixture
def city(home, settings, collect, collector, monkeypatch) -> Noon:
    settings.ECREDIT_HOME = home.root
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    open_city(collect, collector)
    collect("platform_disclosure", disclosed(*DISCLOSED), by="plat-1", name="d.csv", at=NOW)
    collect("platform_sanction", sanctioned(*SANCTIONED), by="plat-1", name="s.csv", at=NOW)
    platform = Noon()
    monkeypatch.setattr("ecredit.service.operation.platform.timezone.now", lambda: platform.now)
    check_records(platform, by=OPERATOR)
    return platform


def officer(login: str = "officer") -> Client:
    client = sign_in(make_person(login, (CITY, "credit_officer")))
    set_up(client)
    return client


def clerk(organisation: str) -> Client:
    return sign_in(make_person(f"clerk-{organisation}", (organisation, "clerk")))


def read(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, (address, answer.status_code)
    return answer.content.decode()


def test_an_officer_sees_all_exports_dismisses_and_asks_another_agrees(city):
    client = officer()
    page = read(client, "/desk/disclosures?lang=zh")
    assert "&lt;" not in page
    for word in (
        *NAMES.values(),
        "规则修改提前公示",
        "2026-11-02 公示，2026-11-06 施行，不足 7 日",
        "待核实",
        "电子商务法第34条",
    ):
        assert word in page, word
    late = read(client, "/desk/disclosures?check=sanction_notice&state=all&sort=-late&lang=en")
    assert "made known only on 2026-11-06" in late and NAMES[SECOND] not in late.partition("<tbody>")[2]
    for kind in ("csv", "xlsx"):
        taken = client.get(f"/desk/disclosures?export={kind}&lang=zh")
        assert taken.status_code == 200 and len(b"".join(taken)) > 200, kind
    standing = read(client, "/desk/disclosures/platforms?lang=zh")
    assert "规则修改提前公示、处理经营者及时公示" in standing and "基本信息公示" in standing
    gap = found()["rule_notice", "R2"]
    one = read(client, f"/desk/disclosures/{gap.pk}?lang=zh")
    for word in ("差 3 日", "修改内容至少在施行前七日公示", "这是线索", "提请核实", "平台规则R2"):
        assert word in one, word
    assert "条文或期限未核对" not in one
    assert "条文或期限未核对" in read(
        client, f"/desk/disclosures/{found()['sanction_notice', 'S2'].pk}?lang=zh"
    )
    digest = one.partition('name="digest" value="')[2].partition('"')[0]
    act = {"act": "confirm", "digest": digest, "words": "已核对公告"}
    assert client.post(f"/desk/disclosures/{gap.pk}/confirm", act | {"digest": "0"}).status_code == 409
    assert client.post(f"/desk/disclosures/{gap.pk}/confirm", act).status_code == 302
    [waiting] = list_approvals()
    asked = read(client, f"/desk/approvals/{waiting.id}?lang=zh")
    assert NAMES[FIRST] in asked and "不足 7 日" in asked
    assert (
        client.post(f"/desk/approvals/{waiting.id}/decide", {"answer": "agree", "note": ""}).status_code
        == 403
    )
    second = make_person("second", (CITY, "credit_officer"))
    decide(
        city, approval_id=waiting.id, agree=True, note="", at=city.now,
        account=account_of(second, where="desk/s1", on=city.today),
    )  # fmt: skip
    assert DisclosureGap.objects.get(pk=gap.pk).state == State.CONFIRMED
    again = read(client, f"/desk/disclosures/{gap.pk}?lang=zh")
    assert "已核实" in again and "提请撤销核实" in again
    other = found()["sanction_notice", "S3"]
    assert (
        client.post(f"/desk/disclosures/{other.pk}/settle", {"act": "dismiss", "words": ""}).status_code
        == 409
    )
    assert (
        client.post(
            f"/desk/disclosures/{other.pk}/settle", {"act": "dismiss", "words": "公告栏有"}
        ).status_code
        == 302
    )
    assert client.post("/desk/disclosures/check").status_code == 302


def test_a_platforms_people_see_and_answer_their_own_alone(city):
    mine, others = clerk("plat-1"), clerk("plat-2")
    own, theirs = found()["sanction_notice", "S3"], found()["basic_information", ""]
    page = read(mine, "/desk/disclosures?state=all&lang=zh")
    assert NAMES[FIRST] in page and NAMES[SECOND] not in page and "现在检查报送记录" not in page
    assert NAMES[SECOND] not in read(mine, "/desk/disclosures/platforms")
    home = read(mine, "/desk/?lang=zh")
    assert '待答复的公示缺漏 <span class="badge warn">3</span>' in home
    for address in (f"/desk/disclosures/{theirs.pk}", "/desk/disclosures/99999"):
        read(mine, address, 404)
    for address in (f"/desk/disclosures/{theirs.pk}/answer",):
        assert mine.post(address, {"words": "x"}).status_code == 404
    for act in ("settle", "confirm"):
        assert (
            mine.post(f"/desk/disclosures/{own.pk}/{act}", {"act": "dismiss", "words": "x"}).status_code
            == 403
        )
    assert mine.post("/desk/disclosures/check").status_code == 404
    assert mine.post(f"/desk/disclosures/{own.pk}/answer", {"words": ""}).status_code == 409
    assert (
        mine.post(f"/desk/disclosures/{own.pk}/answer", {"words": "已于次日在公告栏公示"}).status_code == 302
    )
    shown_ = read(mine, f"/desk/disclosures/{own.pk}?lang=zh")
    assert "平台已答复" in shown_ and "已于次日在公告栏公示" in shown_
    seen = read(officer(), f"/desk/disclosures/{own.pk}?lang=zh")
    assert "已于次日在公告栏公示" in seen
    taken = others.get("/desk/disclosures?state=all&export=csv")
    assert NAMES[FIRST] not in b"".join(taken).decode("utf-8-sig")
    # An officer answers for nobody.
    assert officer("second").post(f"/desk/disclosures/{own.pk}/answer", {"words": "x"}).status_code == 403


def form(**more: object) -> dict[str, object]:
    file = SimpleUploadedFile("page.html", more.pop("raw", shown(text="没有")), content_type="text/html")
    return {
        "platform": FIRST, "kind": "merchant_page", "url": "https://mall.example/shop/1", "subject": code(1),
        "seen_at": f"{NOW - timedelta(hours=1):%Y-%m-%dT%H:%M}", "ends_on": "", "file": file,
    } | more  # fmt: skip


def test_a_page_is_sent_read_and_never_shown_as_one(city):
    client = officer()
    raw = shown(text="没有代码", more="<script>alert(1)</script>")
    answer = client.post("/desk/disclosures/pages/send", form(raw=raw))
    assert answer.status_code == 302
    page = DisclosurePage.objects.get()
    assert page.inspected
    one = read(client, f"/desk/disclosures/pages/{page.pk}?lang=zh")
    for word in ("https://mall.example/shop/1", "页面上没有任何统一社会信用代码", "缺", "UTF-8".lower()):
        assert word in one, word
    assert "alert(1)" not in one
    source = client.get(f"/desk/disclosures/pages/{page.pk}/source")
    assert source.content == raw and "attachment" in source["Content-Disposition"]
    assert (
        source["Content-Type"] == "application/octet-stream" and source["X-Content-Type-Options"] == "nosniff"
    )
    assert "https://mall.example/shop/1" in read(client, "/desk/disclosures/pages")
    gap = DisclosureGap.objects.get(check_id="page_licence")
    assert f"/desk/disclosures/pages/{page.pk}" in read(client, f"/desk/disclosures/{gap.pk}")
    assert (
        client.post(f"/desk/disclosures/{gap.pk}/settle", {"act": "mend", "words": "已看到"}).status_code
        == 302
    )


def test_an_individuals_page_is_taken_along_for_a_purpose_only(city):
    client, raw = officer(), shown(text="王小明的小店")
    answer = client.post("/desk/disclosures/pages/send", form(raw=raw, kind="exempt_page", subject=""))
    assert answer.status_code == 302
    page = DisclosurePage.objects.get()
    address = f"/desk/disclosures/pages/{page.pk}/source"
    assert raw not in client.get(address).content and "查阅" in read(client, f"{address}?lang=zh")
    noted = JournalNote.objects.filter(verb="subject.read")
    assert not noted.exists()
    assert client.post(address, {"purpose": "complaint", "words": "1"}).content == raw
    assert [one.object for one in noted.all()] == [f"disclosure-page:{page.pk}"]


def test_a_platform_sends_its_own_pages_alone(city):
    mine, others = clerk("plat-1"), clerk("plat-2")
    assert mine.post("/desk/disclosures/pages/send", form()).status_code == 302
    page = DisclosurePage.objects.get()
    assert not page.inspected
    read(mine, f"/desk/disclosures/pages/{page.pk}")
    for address in (f"/desk/disclosures/pages/{page.pk}", f"/desk/disclosures/pages/{page.pk}/source"):
        read(others, address, 404)
    assert "mall.example" not in read(others, "/desk/disclosures/pages")
    assert others.post("/desk/disclosures/pages/send", form()).status_code == 400
    # Somebody whose organisation is no platform has nothing to send, and sees nothing.
    nobody = clerk("gongshang")
    assert "mall.example" not in read(nobody, "/desk/disclosures/pages") and "<form class" not in read(
        nobody, "/desk/disclosures/pages"
    )
    assert nobody.post("/desk/disclosures/pages/send", form()).status_code == 400


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"raw": b""}, "文件是空的"),
        ({"raw": b"\x89PNG\0"}, "二进制文件"),
        ({"raw": b"<p>" + b"x" * MOST_BYTES}, "最多 2 MB"),
        ({"raw": b"<p>" + bytes(range(0x80, 0xFF)) * 30}, "UTF-8"),
        ({"raw": "没有元素".encode()}, "不是网页"),
        ({"url": "javascript:alert(1)"}, "不是网址"),
        ({"subject": "123"}, "统一社会信用代码"),
        ({"seen_at": "yesterday"}, "认不出"),
        ({"seen_at": "2030-01-01T00:00"}, "不能是将来"),
        ({"kind": "<b>"}, "没有 &lt;b&gt; 这种网页"),
        ({"platform": SECOND, "file": ""}, "请选择网页的源代码文件"),
        ({"ends_on": "2026-13-01"}, "认不出"),
    ],
)
def test_what_cannot_be_taken_is_said_in_plain_words(city, more, words):
    client = officer()
    answer = client.post("/desk/disclosures/pages/send?lang=zh", form(**more))
    assert (
        answer.status_code == 400 and words in answer.content.decode() and not DisclosurePage.objects.exists()
    )


def test_an_earlier_look_is_not_taken(city):
    check_page(
        city,
        shown(text="没有"),
        given(kind="platform_home", url=HOME, subject=""),
        inspected=True,
        by=OPERATOR,
    )
    early = form(kind="platform_home", url=HOME, seen_at=f"{NOW - timedelta(hours=5):%Y-%m-%dT%H:%M}")
    answer = officer().post("/desk/disclosures/pages/send?lang=zh", early)
    assert answer.status_code == 400 and "已经检查过" in answer.content.decode()
