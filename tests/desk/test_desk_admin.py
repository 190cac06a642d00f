"""What administrators do at the desk, and that nothing typed or stored comes back as anything but text."""

import csv
import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.utils import timezone

from ecredit.facts.actors.audit_organisations import audit_organisations
from ecredit.facts.actors.audit_people import audit_people
from ecredit.facts.actors.journal_notes import JournalNote, note, seal_notes
from ecredit.facts.actors.key_actions import find_account
from ecredit.facts.actors.models import ApiKey, JournalEntry, Membership, Organisation, Person, SignIn
from ecredit.facts.actors.organisation_actions import register_organisation
from ecredit.facts.actors.types import OPERATOR, Actor
from ecredit.service.operation.catalog_history import adopt_catalog, note_catalog
from ecredit.service.operation.job_actions import start_job
from ecredit.service.operation.job_queries import get_job
from ecredit.service.operation.models import Job
from ecredit.service.operation.platform import Platform
from ecredit.surface.desk.models import SavedView
from ecredit.surface.desk.page_catalog_file import list_rules_files
from tests.conftest import NOON
from tests.desk.conftest import CITY, SEATS, make_person, sign_in

pytestmark = pytest.mark.django_db
NASTY = [
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "'; DROP TABLE actors_person; --", "{{ 7*7 }}{% raw %}",
    "=HYPERLINK(\"http://x\")", "+1+1", "-2+3", "@SUM(A1)", "\t=1+1", "%(x)s {x}", "‮txt.exe",
]  # fmt: skip


def as_admin(role: str) -> Client:
    person = make_person(f"{role.replace('_', '-')}-1", (SEATS.get(role, CITY), role))
    client = sign_in(person)
    Authenticator.objects.create(user=person, type="totp", data={"secret": ""})
    session = client.session
    session["method"] = "password+totp"
    session.save()
    return client


def said(answer: Any) -> str:
    return answer.content.decode()


def last_verb() -> str:
    return JournalEntry.objects.order_by("-leaf").values_list("verb", flat=True)[0]


def test_a_person_from_registration_to_the_last_day(desk):
    system, security = as_admin("system_admin"), as_admin("security_admin")
    page = said(system.post("/desk/people/register", {"login": "li", "name": "李敏"}))
    first = page.split('<p class="secret">')[1].split("<")[0]
    assert last_verb() == "person.register" and "role_grant" not in page
    grant = {"organisation": "gongshang", "role": "clerk"}
    assert system.post("/desk/people/li/grant", grant).status_code == 403
    assert security.post("/desk/people/li/grant", grant)["Location"] == "/desk/people/li?done=granted"
    assert "角色已授予" in said(security.get("/desk/people/li?done=granted"))
    li = sign_in(Person.objects.get(login="li"), first)
    assert li.get("/desk/")["Location"] == "/desk/password"
    assert security.post("/desk/people/li/revoke", grant).status_code == 302
    assert li.get("/desk/").status_code == 302 and SignIn.objects.get(person__login="li").ended_why == "role"
    assert system.post("/desk/people/li/disable").status_code == 302
    assert Client().post("/desk/sign-in", {"login": "li", "password": first}).status_code == 403
    assert system.post("/desk/people/li/enable").status_code == 302
    page = said(system.post("/desk/people/li/new-password"))
    assert first not in page
    assert Client().post("/desk/sign-in", {"login": "li", "password": first}).status_code == 403


def test_the_three_administrators_are_three_people_and_nobody_helps_themselves(desk):
    system, security = as_admin("system_admin"), as_admin("security_admin")
    for role in ("security_admin", "audit_admin", "credit_officer"):
        answer = security.post("/desk/people/system-admin-1/grant", {"organisation": CITY, "role": role})
        assert answer.status_code == 400 and "不能与系统管理员由同一人担任" in said(answer)
    own = security.post("/desk/people/security-admin-1/grant", {"organisation": CITY, "role": "clerk"})
    assert own.status_code == 400 and "给自己" in said(own)
    assert system.post("/desk/people/system-admin-1/disable").status_code == 400
    assert system.post("/desk/people/system-admin-1/new-password").status_code == 400
    assert security.post("/desk/people/security-admin-1/reset-factor").status_code == 400
    assert Membership.objects.count() == 2


@pytest.mark.parametrize(
    "form",
    [
        {"organisation": "gongshang", "role": "no-such"},
        {"organisation": "nobody", "role": "clerk"},
        {"organisation": "gongshang", "role": "credit_officer"},
        {"organisation": "gongshang", "role": "clerk", "valid_from": "2020-01-01"},
        {"organisation": "gongshang", "role": "clerk", "valid_from": "tomorrow"},
        {},
    ],
)
def test_a_grant_that_cannot_be_meant_is_told(desk, form):
    make_person("li")
    answer = as_admin("security_admin").post("/desk/people/li/grant", form)
    assert answer.status_code == 400 and 'role="alert"' in said(answer)
    assert Membership.objects.filter(person__login="li").count() == 0


def test_a_lost_factor_is_removed_by_another(desk):
    security = as_admin("security_admin")
    li = make_person("li", ("gongshang", "clerk"))
    client = sign_in(li)
    Authenticator.objects.create(user=li, type="totp", data={"secret": ""})
    assert security.post("/desk/people/li/reset-factor").status_code == 302
    assert not Authenticator.objects.filter(user=li).exists()
    assert client.get("/desk/").status_code == 302
    assert JournalNote.objects.filter(verb="factor.reset", object=f"person:{li.who}").exists()


def test_sessions_are_seen_and_ended(desk):
    security = as_admin("security_admin")
    client = sign_in(make_person("li"))
    number = SignIn.objects.get(person__login="li").pk
    assert f"s{number}" in said(security.get("/desk/sessions"))
    security.post(f"/desk/sessions/{number}/end")
    assert client.get("/desk/")["Location"].endswith("why=ended")
    assert f"s{number}<" not in said(security.get("/desk/sessions"))
    assert f"s{number}" in said(security.get("/desk/sessions?state=all"))


def test_an_organisation_is_registered_dated_and_the_audit_agrees(desk, collector):
    system = as_admin("system_admin")
    form = {"id": "taogou", "name": "淘购网络", "kind": "platform", "uscc": ""}
    assert system.post("/desk/organisations/register", form)["Location"].startswith(
        "/desk/organisations/taogou"
    )
    old = form | {"id": "old", "name": "旧平台"}
    system.post("/desk/organisations/register", old)
    for wrong in ({"id": "a b"}, {"id": ""}, {"kind": "x"}, {"name": ""}, {"uscc": "1"}, {"id": "gongshang"}):
        assert system.post("/desk/organisations/register", form | wrong).status_code == 400, wrong
    dates = {"valid_from": "2026-01-01", "valid_to": "2027-01-01", "predecessor": "old"}
    assert system.post("/desk/organisations/taogou/dates", dates).status_code == 302
    assert last_verb() == "organisation.date" and list(audit_organisations()) == []
    for wrong in (
        {"valid_to": "2025-01-01"},
        {"predecessor": "taogou"},
        {"predecessor": "x"},
        {"valid_from": "x"},
    ):
        assert system.post("/desk/organisations/taogou/dates", dates | wrong).status_code == 400, wrong
    circle = {"valid_from": "", "valid_to": "", "predecessor": "taogou"}
    assert system.post("/desk/organisations/old/dates", circle).status_code == 400
    Organisation.objects.filter(id="taogou").update(predecessor=None)
    assert len(list(audit_organisations())) == 1


def test_a_key_is_shown_once_changed_over_and_ended(desk):
    security = as_admin("security_admin")
    form = {"organisation": "gongshang", "title": "对接", "scopes": ["batch.read"], "days": "9"}
    form |= {"per_minute": "30", "per_day": "500"}
    page = said(security.post("/desk/keys/issue", form))
    secret = page.split('id="key-secret">')[1].split("<")[0]
    now = ApiKey.objects.get().created_at
    assert find_account(secret, at=now) is not None and secret not in said(security.get("/desk/keys"))
    page = said(security.post(f"/desk/keys/{ApiKey.objects.get().pk}/rotate"))
    second = page.split('id="key-secret">')[1].split("<")[0]
    assert set(ApiKey.objects.values_list("per_minute", "per_day")) == {(30, 500)}
    assert "每分钟 30 次，每天 500 次" in page
    assert find_account(secret, at=now) and find_account(second, at=now)
    security.post(f"/desk/keys/{ApiKey.objects.order_by('id')[0].pk}/revoke")
    assert find_account(secret, at=now) is None and find_account(second, at=now)
    for wrong in (
        {"days": "0"},
        {"days": "x"},
        {"per_minute": "0"},
        {"per_day": "9999999999"},
        {"scopes": ["role.grant"]},
        {"title": ""},
        {"organisation": "x"},
    ):
        assert security.post("/desk/keys/issue", form | wrong).status_code == 400, wrong
    assert ApiKey.objects.count() == 2


def test_the_journal_is_searched_and_taken_along(desk, collector):
    audit = as_admin("audit_admin")
    for number in range(60):
        by = Actor(f"p{number % 2}", "subject.read desk/s1")
        note(
            ring=collector.ring,
            by=by,
            verb="subject.read",
            about=f"subject:{number}",
            detail={"purpose": "核查"},
            at=NOON + timedelta(days=number),
        )
    seal_notes(ring=collector.ring, at=NOON + timedelta(days=60))
    note(
        ring=collector.ring,
        by=OPERATOR,
        verb="job.start",
        about="job",
        detail={},
        at=NOON + timedelta(days=61),
    )
    page = said(audit.get("/desk/journal"))
    assert "待封存" in page and "下一页" in page and "查阅主体档案" in page
    # The pages, one after the other, hold every row once.
    address, seen = "/desk/journal?verb=subject.read&size=25", []
    while address:
        page = said(audit.get(address))
        seen += [int(part.split("<")[0]) for part in page.split("subject:")[1:]]
        address = (
            page.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
            if 'rel="next"' in page
            else ""
        )
    assert sorted(seen) == list(range(60)) and seen == sorted(seen, reverse=True)
    assert "subject:7" in said(audit.get("/desk/journal?object=subject:7"))
    assert said(audit.get("/desk/journal?who=p0&verb=subject.read&size=100")).count("subject:") == 30
    assert "没有符合条件" in said(audit.get("/desk/journal?until=2020-01-01"))
    assert audit.get("/desk/journal?since=x").status_code == 400
    rows = list(
        csv.reader(
            io.StringIO(b"".join(audit.get("/desk/journal?verb=subject.read&export=csv")).decode("utf-8-sig"))
        )
    )
    assert len(rows) == 61
    assert JournalNote.objects.filter(verb="journal.export").count() == 1
    xlsx = b"".join(audit.get("/desk/journal?export=xlsx").streaming_content)
    assert zipfile.ZipFile(io.BytesIO(xlsx)).testzip() is None
    # On the page a digest is cut short; a file for others to check holds it whole.
    digest = "ab" * 32
    note(
        ring=collector.ring, by=OPERATOR, verb="job.start", about="whole", detail={"digest": digest},
        at=NOON + timedelta(days=62),
    )  # fmt: skip
    assert digest not in said(audit.get("/desk/journal?object=whole"))
    assert digest in b"".join(audit.get("/desk/journal?object=whole&export=csv")).decode()


def test_the_journal_is_told_in_words_and_reading_it_is_noted(desk, collector):
    audit = as_admin("audit_admin")
    who = make_person("wang", name="王审计").who
    detail = {
        "purpose": "核查",
        "problem_counts": {"date_unreadable": 2},
        "withdraws": False,
        "unheard_of": [1, 2],
    }
    note(ring=collector.ring, by=Actor(who, "subject.read desk/s1"), verb="subject.read", about="subject:1",
         detail=detail, at=NOON)  # fmt: skip
    zh, en = (said(audit.get(f"/desk/journal?verb=subject.read&lang={lang}")) for lang in ("zh", "en"))
    for told in (
        "王审计",
        who,
        "查看主体档案 desk/s1",
        "<dt>目的</dt>",
        "<dd>核查</dd>",
        "<dd>否</dd>",
        "unheard_of",
        "1、2",
    ):
        assert told in zh, told
    assert "日期认不出 2" in zh
    assert "read a subject&#39;s file desk/s1" in en and "<dt>purpose</dt>" in en and "{'" not in zh + en
    read = [n.detail for n in JournalNote.objects.filter(verb="journal.read")]
    assert len(read) == 2 and "subject.read" in read[0]
    # Leafing on is the same reading; another filter is another one, however it is reached.
    audit.get("/desk/journal?verb=subject.read&at=n1")
    assert JournalNote.objects.filter(verb="journal.read").count() == 2
    audit.get("/desk/journal?object=11010519491231002X&at=n1")
    last = JournalNote.objects.filter(verb="journal.read").latest("id")
    assert (last.object, "11010519491231002X" in last.detail) == ("journal", False)
    assert last.right.startswith("journal.read desk/")


def test_jobs_are_tried_again_and_ended(desk, collector):
    system, audit = as_admin("system_admin"), as_admin("audit_admin")
    number = start_job(kind="audit", params={}, ring=collector.ring, by=OPERATOR, at=NOON)
    assert "审计账本" in said(audit.get("/desk/jobs")) and f"/jobs/{number}/cancel" not in said(
        audit.get("/desk/jobs")
    )
    assert audit.post(f"/desk/jobs/{number}/cancel").status_code == 403
    assert system.post(f"/desk/jobs/{number}/retry").status_code == 400
    assert system.post(f"/desk/jobs/{number}/cancel").status_code == 302
    assert get_job(number).state == "cancelled"
    assert system.post(f"/desk/jobs/{number}/retry").status_code == 302
    assert get_job(number).state == "waiting"


def test_work_that_left_something_stands_on_the_administrators_home(desk, collector):
    number = start_job(kind="backup", params={}, key="backup@1", ring=collector.ring, by=OPERATOR, at=NOON)
    Job.objects.filter(id=number).update(state="attention")
    system = as_admin("system_admin")
    home = said(system.get("/desk/"))
    assert '后台任务 <span class="badge warn">1<' in home
    page = said(system.get("/desk/jobs?state=attention"))
    assert "有事待办" in page and f"/jobs/{number}/retry" in page


def test_what_runs_every_minute_and_went_well_does_not_drown_the_other_jobs(desk, collector):
    begun = {"params": {}, "ring": collector.ring, "by": OPERATOR, "at": NOON}
    runs = {
        said: start_job(kind=kind, key=key, **begun)
        for said, kind, key in (
            ("done", "seal_notes", "seal_notes@1"), ("failed", "seal_notes", "seal_notes@2"),
            ("waiting", "deliver", "deliver@1"), ("daily", "audit", "audit@1"), ("by hand", "seal_notes", None),
        )
    }  # fmt: skip
    for said_so, state in (("done", "done"), ("failed", "failed"), ("daily", "done"), ("by hand", "done")):
        Job.objects.filter(id=runs[said_so]).update(state=state)
    client = as_admin("audit_admin")

    def shown(address: str) -> set[str]:
        page = said(client.get(address))
        return {name for name, number in runs.items() if f"#{number}<" in page}

    assert shown("/desk/jobs") == set(runs) - {"done"}
    assert shown("/desk/jobs?runs=all") == set(runs)
    assert shown("/desk/jobs?state=done") == {"daily", "by hand"}


def test_views_are_ones_own(desk):
    system = as_admin("system_admin")
    form = {"table": "people", "title": "停用的", "query": "state=disabled", "back": "/desk/people"}
    assert system.post("/desk/views", form)["Location"] == "/desk/people?state=disabled"
    assert "停用的" in said(system.get("/desk/people"))
    view = SavedView.objects.get()
    security = as_admin("security_admin")
    assert "停用的" not in said(security.get("/desk/people"))
    security.post(f"/desk/views/{view.pk}/drop", {"back": "https://evil.example/"})
    assert SavedView.objects.exists()
    assert system.post(f"/desk/views/{view.pk}/drop", {"back": "//evil.example"})["Location"] == "/desk/"
    assert not SavedView.objects.exists()
    assert system.post("/desk/views", form | {"title": "x" * 61}).status_code == 400


@pytest.mark.parametrize("text", NASTY)
def test_what_is_typed_comes_back_as_text(desk, collector, text):
    system, security, audit = as_admin("system_admin"), as_admin("security_admin"), as_admin("audit_admin")
    given = {"ring": collector.ring, "by": OPERATOR, "at": NOON}
    system.post("/desk/people/register", {"login": "li", "name": text})
    register_organisation(id="taogou", name=text, kind="platform", **given)
    form = {"organisation": "taogou", "title": text, "scopes": ["batch.read"], "days": "9"}
    security.post("/desk/keys/issue", form)
    system.post("/desk/views", {"table": "people", "title": text, "query": text, "back": "/desk/people"})
    JournalNote.objects.create(
        at=NOON, who=text[:60], right=text[:60], verb=text[:60], object=text, detail=json.dumps({text: text})
    )
    pages = [
        system.get("/desk/people"), system.get("/desk/people", {"q": text}), system.get("/desk/people/li"),
        system.get("/desk/organisations"), system.get("/desk/organisations/taogou"), security.get("/desk/keys"),
        security.get("/desk/people/li"), audit.get("/desk/journal"), audit.get("/desk/journal", {"object": text}),
        system.post("/desk/people/register", {"login": text, "name": text}), system.get("/desk/people", {"done": text}),
        system.get("/desk/catalog/sources", {"q": text, "sort": text, "at": text, "size": text}), Client().get("/desk/sign-in", {"why": text, "next": text}),
        Client().post("/desk/sign-in", {"login": text, "password": text}),
    ]  # fmt: skip
    for answer in pages:
        page = said(answer)
        assert answer.status_code < 500
        assert (
            "<script>alert" not in page and "<img src=x" not in page and "49" not in page.split("</title>")[0]
        )
    assert Person.objects.filter(login="li").exists()
    file = b"".join(system.get("/desk/organisations?export=csv&kind=platform")).decode("utf-8-sig")
    name = list(csv.reader(io.StringIO(file)))[1][1]
    assert name[:1] not in "=+-@\t\r" and text.strip() in name
    xlsx = zipfile.ZipFile(io.BytesIO(b"".join(system.get("/desk/organisations?export=xlsx&kind=platform"))))
    sheet = xlsx.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet and "hyperlink" not in sheet


@pytest.mark.parametrize(
    "query",
    [
        "at=-1",
        "at=99999999999999999999",
        "at=n",
        "at=nx",
        "size=0",
        "sort=-",
        "sort=__class__",
        "q=%00",
        "export=exe",
        "page=x",
        "who=%00",
        "lang=xx",
    ],
)
def test_nonsense_in_an_address_is_no_fault(desk, query):
    clients = {
        "people": as_admin("system_admin"),
        "sessions": as_admin("security_admin"),
        "journal": as_admin("audit_admin"),
    }
    for page, client in clients.items():
        assert client.get(f"/desk/{page}?{query}").status_code == 200


def test_forms_with_nonsense_are_told(desk):
    system = as_admin("system_admin")
    for form in (
        {"login": "a\0b", "name": "x"},
        {"login": "x" * 65, "name": "x"},
        {"login": "x", "name": "y" * 101},
        {},
    ):
        assert system.post("/desk/people/register", form).status_code == 400
    assert Client().post("/desk/sign-in", {"login": "a\0b", "password": "x\0y"}).status_code in (400, 403)
    assert Client().post("/desk/sign-in", {"login": "ab", "password": "x\0y"}).status_code == 403


def test_the_catalogue_tells_what_changed_and_who_answers_for_it(desk):
    note_catalog(Platform(), by=OPERATOR)
    admin = as_admin("system_admin")
    assert "尚无人登记" in said(admin.get("/desk/catalog"))
    jia = make_person("jia", name="贾一")
    adopt_catalog(Platform(), person=jia.who, why="<b>首次启用</b>", by=OPERATOR)
    for path in (
        "", "/sources", "/sources/shops", "/laws", "/laws/e_commerce_law", "/departments", "/codes",
        "/codes/tax_grade", "/terms", "/models", "/models/platform",
    ):  # fmt: skip
        page = said(admin.get(f"/desk/catalog{path}"))
        assert "贾一" in page and "&lt;b&gt;首次启用" in page, path


def test_the_catalogue_is_read_in_words(desk):
    audit = as_admin("audit_admin")
    page = said(audit.get("/desk/catalog/sources/platform_merchants"))
    assert "电商平台" in page and "未设期限" in page and ">platform<" not in page
    source = said(audit.get("/desk/catalog/sources/judgment_debtor"))
    assert "– —" not in source and "department" not in source
    overview = said(audit.get("/desk/catalog"))
    for name in (
        "schedule.yaml",
        "workdays.yaml",
        "commitments/platform.yaml",
        "breach.yaml",
        "triage.yaml",
        "tasks.yaml",
    ):
        assert f"/desk/catalog/files/{name}" in overview, name
    assert ">flags/five_stars.yaml</a>" not in overview
    assert audit.get("/desk/catalog/files/texts/desk.yaml").status_code == 404
    assert audit.get("/desk/catalog/files/../pyproject.toml").status_code == 404


def test_every_file_of_the_rules_without_a_page_of_its_own_is_shown(desk, catalog):
    audit = as_admin("audit_admin")
    for name in list_rules_files(catalog.folder):
        page = said(audit.get(f"/desk/catalog/files/{name}"))
        assert "<dt>" in page and "{&#39;" not in page, name


def test_a_role_is_given_until_a_day_and_may_be_taken_back_before(desk):
    security = as_admin("security_admin")
    make_person("li")
    today = timezone.localdate()
    give = {"organisation": "gongshang", "role": "clerk", "valid_to": today + timedelta(days=30)}
    known = list(audit_people())  # people made by hand for these tests
    assert "截止日应在起始日之后" in said(security.post("/desk/people/li/grant", give | {"valid_to": today}))
    assert security.post("/desk/people/li/grant", give).status_code == 302
    held = Membership.objects.get(person__login="li")
    assert (held.valid_from, held.valid_to) == (today, today + timedelta(days=30))
    assert list(audit_people()) == known
    assert "请先收回" in said(security.post("/desk/people/li/grant", give | {"valid_to": ""}))
    page = said(security.get("/desk/people/li"))
    assert "/desk/people/li/revoke" in page and f"{today + timedelta(days=30)}" in page
    assert security.post("/desk/people/li/revoke", give).status_code == 302
    held.refresh_from_db()
    assert held.valid_to == today and list(audit_people()) == known
    assert security.post("/desk/people/li/grant", give).status_code == 302 and list(audit_people()) == known
