"""Coming in: who may, what is said to others, when a session is over."""

from datetime import timedelta

import pytest
from django.test import Client

from ecredit.facts.actors.journal_notes import JournalNote
from ecredit.facts.actors.models import SignIn
from ecredit.facts.actors.people_actions import choose_password, revoke_role, set_active
from ecredit.facts.actors.types import OPERATOR
from ecredit.foundation.proof.keys import KeyRing
from tests.conftest import NOON
from tests.desk.conftest import PASSWORD, make_person, sign_in

pytestmark = pytest.mark.django_db


def verbs() -> list[str]:
    return list(JournalNote.objects.order_by("id").values_list("verb", flat=True))


def test_without_a_session_every_page_leads_to_the_sign_in_and_back(desk):
    client = Client()
    answer = client.get("/desk/account?x=1")
    assert answer.status_code == 302 and answer["Location"] == "/desk/sign-in?next=%2Fdesk%2Faccount%3Fx%3D1"
    make_person("zhang")
    answer = client.post(answer["Location"], {"login": "zhang", "password": PASSWORD})
    assert answer["Location"] == "/desk/account?x=1"
    assert "人员zhang" in client.get(answer["Location"]).content.decode()
    assert verbs() == ["session.open"]


@pytest.mark.parametrize(
    "next", ["https://evil.example/", "//evil.example", "/desk/\\evil", "/", "javascript:1"]
)
def test_one_is_never_sent_elsewhere(desk, next):
    make_person("zhang")
    answer = Client().post("/desk/sign-in", {"login": "zhang", "password": PASSWORD, "next": next})
    assert answer["Location"].startswith("/desk/") and "evil.example" not in answer["Location"]


def test_a_wrong_password_and_an_unknown_login_are_told_alike_and_noted(desk):
    make_person("zhang")
    said = [
        Client().post("/desk/sign-in", {"login": login, "password": "wrong wrong wrong"})
        for login in ("zhang", "nobody")
    ]
    assert [answer.status_code for answer in said] == [403, 403]
    assert all("登录名或密码不正确" in answer.content.decode() for answer in said)
    assert verbs() == ["session.refuse"] * 2
    assert "nobody" not in "".join(JournalNote.objects.values_list("object", flat=True))


def test_the_session_key_is_new_at_the_sign_in(desk):
    client = Client()
    session = client.session
    session["planted"] = "before"
    session.save()
    client.cookies["ecredit_session"] = session.session_key
    before = session.session_key
    sign_in(make_person("zhang"), client=client)
    assert client.session.session_key != before
    assert SignIn.objects.get().session_key == client.session.session_key


@pytest.mark.parametrize(
    ("opened", "seen", "why"), [(0, 31, "idle"), (721, 1, "too_long"), (0, 29, ""), (719, 1, "")]
)
def test_a_session_ends_when_idle_and_after_twelve_hours(desk, opened, seen, why):
    client = sign_in(make_person("zhang"))
    row = SignIn.objects.get()
    row.opened_at -= timedelta(minutes=opened)
    row.seen_at -= timedelta(minutes=seen)
    row.save()
    answer = client.get("/desk/")
    if not why:
        assert answer.status_code == 200
        return
    assert f"why={why}" in answer["Location"]
    row.refresh_from_db()
    assert (row.ended_why, verbs()) == (why, ["session.open", "session.close"])
    assert client.get("/desk/").status_code == 302


@pytest.mark.parametrize("change", ["disabled", "role", "password"])
def test_sessions_end_when_rights_or_password_change(desk, collector, change):
    person = make_person("zhang", ("gongshang", "clerk"))
    client, other = sign_in(person), sign_in(person)
    now = {"ring": collector.ring, "by": OPERATOR, "at": NOON}
    if change == "disabled":
        set_active(login="zhang", active=False, **now)
    elif change == "role":
        revoke_role(login="zhang", organisation="gongshang", role="clerk", on=NOON.date(), **now)
    else:
        person.refresh_from_db()
        choose_password(person=person, password="quite another phrase", **now)
    assert client.get("/desk/").status_code == other.get("/desk/").status_code == 302
    assert set(SignIn.objects.values_list("ended_why", flat=True)) == {change}


def test_the_first_password_must_be_changed_and_then_the_others_end(desk):
    KeyRing.load(desk.keys)
    person = make_person("zhang", must_change=True)
    client, other = sign_in(person), sign_in(person)
    assert client.get("/desk/account")["Location"] == "/desk/password"
    form = {"old": PASSWORD, "new": "an even better phrase", "again": "an even better phrase"}
    for wrong in (
        {"old": "x"},
        {"again": "x"},
        {"new": "123", "again": "123"},
        {"new": PASSWORD, "again": PASSWORD},
    ):
        assert client.post("/desk/password", form | wrong).status_code == 400
    assert client.post("/desk/password", form)["Location"] == "/desk/?done=password"
    assert client.get("/desk/account").status_code == 200
    assert other.get("/desk/account").status_code == 302
    sign_in(person, form["new"])


def test_guessing_the_old_password_is_shut_out_like_guessing_at_the_sign_in(desk):
    person = make_person("zhang")
    client = sign_in(person)
    form = {"old": "x", "new": "an even better phrase", "again": "an even better phrase"}
    for _ in range(10):
        assert client.post("/desk/password", form).status_code == 400
    answer = client.post("/desk/password", form | {"old": PASSWORD})
    assert answer.status_code == 400 and "输错次数太多" in answer.content.decode()
    person.refresh_from_db()
    assert person.check_password(PASSWORD)
    assert Client().post("/desk/sign-in", {"login": "zhang", "password": PASSWORD}).status_code == 429


def test_leaving_ends_it_for_good(desk):
    client = sign_in(make_person("zhang"))
    key = client.session.session_key
    assert client.get("/desk/sign-out").status_code == 405
    assert client.post("/desk/sign-out")["Location"] == "/desk/sign-in?why=left"
    stolen = Client()
    stolen.cookies["ecredit_session"] = key
    assert stolen.get("/desk/").status_code == 302


def test_a_form_without_its_token_is_refused(desk):
    make_person("zhang")
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/desk/sign-in", {"login": "zhang", "password": PASSWORD})
    assert answer.status_code == 403 and SignIn.objects.count() == 0


def test_pages_carry_a_strict_policy_and_are_kept_by_nobody(desk):
    answer = Client().get("/desk/sign-in")
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert answer["Cache-Control"] == "no-store" and answer["X-Frame-Options"] == "DENY"
    cookie = answer.cookies["ecredit_csrf"]
    assert cookie["httponly"] and cookie["samesite"] == "Lax" and cookie["path"] == "/desk"
    page = answer.content.decode()
    assert "<style" not in page and " style=" not in page and "onclick" not in page
    assert "<script>" not in page
