"""The second step: who is led to it, what passes, what does not, and that guessing is shut out."""

import time
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY, format_hotp_value, hotp_value
from django.test import Client
from django.utils import timezone

from ecredit.facts.actors.journal_notes import JournalNote
from ecredit.facts.actors.models import Person, SignIn
from ecredit.surface.desk.lockout import FOR_LOGIN, FROM_ADDRESS
from tests.desk.conftest import CITY, PASSWORD, make_person, sign_in

pytestmark = pytest.mark.django_db
ADMIN = (CITY, "system_admin")


def code_of(secret: str, steps: int = 0) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def set_up(client: Client, **more: str) -> tuple[str, list[str]]:
    """Set the telephone up: its secret and the recovery codes."""
    client.get("/desk/factors")
    secret = client.session[SECRET_SESSION_KEY]
    answer = client.post("/desk/factors/totp", {"code": code_of(secret), **more})
    assert answer["Location"] in ("/desk/factors/recovery-codes", "/desk/factors?done=factor_added"), answer
    codes = client.session.get("recovery_codes_once", [])
    return secret, codes


def first(person: Person) -> Client:
    client = Client()
    answer = client.post(
        "/desk/sign-in", {"login": person.login, "password": PASSWORD, "next": "/desk/account"}
    )
    assert answer["Location"] == "/desk/second-step"
    return client


def test_a_role_that_asks_for_one_leads_to_setting_it_up_and_nowhere_else(desk):
    person = make_person("xi", ADMIN)
    client = sign_in(person)
    assert client.get("/desk/")["Location"] == "/desk/factors"
    assert client.get("/desk/account")["Location"] == "/desk/factors"
    before = client.session.session_key
    _, codes = set_up(client)
    assert client.session.session_key != before
    assert len(codes) == 10
    page = client.get("/desk/factors/recovery-codes").content.decode()
    assert codes[0][:4] in page
    assert client.get("/desk/factors/recovery-codes").status_code == 302
    assert client.get("/desk/").status_code == 200


def test_a_clerk_may_do_without(desk):
    assert sign_in(make_person("li", ("gongshang", "clerk"))).get("/desk/").status_code == 200


def test_the_password_alone_opens_nothing_and_the_code_opens_it_once(desk):
    person = make_person("xi", ADMIN)
    secret, _ = set_up(sign_in(person))
    client = first(person)
    assert client.get("/desk/")["Location"].startswith("/desk/sign-in")
    assert client.get("/desk/second-step").status_code == 200
    assert client.post("/desk/second-step", {"code": "000000"}).status_code == 403
    code = code_of(secret, 1)
    assert client.post("/desk/second-step", {"code": code})["Location"] == "/desk/account"
    assert client.get("/desk/account").status_code == 200
    # The same code again, from another browser, while it would still be good; and without the cache's memory.
    from django.core.cache import cache

    cache.clear()
    assert first(person).post("/desk/second-step", {"code": code}).status_code == 403
    methods = [n.detail for n in JournalNote.objects.filter(verb="session.open")]
    assert "password+totp" in methods[-1]


def test_a_recovery_code_works_once(desk):
    person = make_person("xi", ADMIN)
    _, codes = set_up(sign_in(person))
    typed = f"{codes[3][:4]} {codes[3][4:]}"
    assert first(person).post("/desk/second-step", {"code": typed})["Location"] == "/desk/account"
    assert first(person).post("/desk/second-step", {"code": typed}).status_code == 403


def test_the_first_step_is_forgotten_after_five_minutes(desk):
    person = make_person("xi", ADMIN)
    secret, _ = set_up(sign_in(person))
    client = first(person)
    session = client.session
    session["first_step"] = session["first_step"] | {"at": session["first_step"]["at"] - 301}
    session.save()
    answer = client.post("/desk/second-step", {"code": code_of(secret, 1)})
    assert answer["Location"] == "/desk/sign-in?why=late"


def test_without_a_first_step_there_is_no_second(desk):
    assert Client().post("/desk/second-step", {"code": "123456"})["Location"] == "/desk/sign-in?why=late"


def test_guessing_codes_is_shut_out_like_guessing_passwords(desk):
    person = make_person("xi", ADMIN)
    secret, _ = set_up(sign_in(person))
    client = first(person)
    for _ in range(10):
        client.post("/desk/second-step", {"code": "000000"})
    answer = client.post("/desk/second-step", {"code": code_of(secret, 1)})
    assert answer.status_code == 429 and "之后再试" in answer.content.decode()
    assert client.post("/desk/sign-in", {"login": "xi", "password": PASSWORD}).status_code == 429


def test_guessing_passwords_is_shut_out_for_that_login_from_that_address(desk):
    from axes.models import AccessAttempt

    make_person("zhang"), make_person("li")
    client = Client()
    for _ in range(10):
        assert client.post("/desk/sign-in", {"login": "zhang", "password": "no"}).status_code == 403
    answer = client.post("/desk/sign-in", {"login": "zhang", "password": PASSWORD})
    assert answer.status_code == 429 and SignIn.objects.count() == 0
    # Others from there, and the same login from elsewhere, are let in.
    sign_in(Person.objects.get(login="li"))
    sign_in(Person.objects.get(login="zhang"), client=Client(REMOTE_ADDR="10.9.9.9"))
    AccessAttempt.objects.update(
        attempt_time=AccessAttempt.objects.first().attempt_time - timedelta(minutes=16)
    )
    sign_in(Person.objects.get(login="zhang"))


def _tried(count, **where):
    from axes.models import AccessAttempt

    AccessAttempt.objects.bulk_create(
        AccessAttempt(
            username=where.get("login", f"u{n}"),
            ip_address=where.get("address", f"198.51.100.{n}"),
            user_agent="x",
            failures_since_start=1,
            attempt_time=timezone.now(),
        )
        for n in range(count)
    )
    return AccessAttempt.objects


def test_one_address_that_tries_many_logins_is_slowed_down_and_others_are_not(desk):
    person = make_person("zhang")
    tried = _tried(FROM_ADDRESS, address="127.0.0.1")
    answer = Client().post("/desk/sign-in", {"login": "zhang", "password": PASSWORD})
    assert answer.status_code == 429 and "自动解除" in answer.content.decode()
    sign_in(person, client=Client(REMOTE_ADDR="10.9.9.9"))
    tried.update(attempt_time=timezone.now() - timedelta(seconds=61))
    sign_in(person)


def test_one_login_tried_from_many_addresses_is_slowed_down_but_not_where_it_is_at_home(desk):
    person = make_person("zhang")
    sign_in(person, client=Client(REMOTE_ADDR="10.9.9.9"))
    tried = _tried(FOR_LOGIN, login="zhang")
    answer = Client().post("/desk/sign-in", {"login": "zhang", "password": PASSWORD})
    assert answer.status_code == 429 and "之后再试" in answer.content.decode()
    sign_in(person, client=Client(REMOTE_ADDR="10.9.9.9"))
    tried.update(attempt_time=timezone.now() - timedelta(seconds=61))
    sign_in(person)


def test_success_forgets_the_failures_only_when_both_steps_are_done(desk):
    person = make_person("xi", ADMIN)
    set_up(sign_in(person))
    for _ in range(10):
        client = first(person)
        client.post("/desk/second-step", {"code": "000000"})
    assert Client().post("/desk/sign-in", {"login": "xi", "password": PASSWORD}).status_code == 429


def test_secrets_are_sealed_in_the_database(desk):
    person = make_person("xi", ADMIN)
    secret, codes = set_up(sign_in(person))
    kept = "".join(str(row.data) for row in Authenticator.objects.all())
    assert secret not in kept and codes[0] not in kept and kept.count("sealed:") == 2


def test_changing_it_asks_for_the_password_and_the_last_one_stays(desk):
    person = make_person("xi", ADMIN)
    client = sign_in(person)
    _, codes = set_up(client)
    factor = Authenticator.objects.get(type="totp")
    assert client.post("/desk/factors/codes", {"password": "wrong"}).status_code == 400
    assert client.post(f"/desk/factors/{factor.pk}/remove", {"password": PASSWORD}).status_code == 400
    client.post("/desk/factors/codes", {"password": PASSWORD})
    assert client.session["recovery_codes_once"][0] != codes[0]
    assert first(person).post("/desk/second-step", {"code": codes[0]}).status_code == 403
    verbs = list(JournalNote.objects.order_by("id").values_list("verb", flat=True))
    assert verbs.count("factor.add") == 1 and verbs.count("factor.codes") == 1


def test_another_persons_factor_is_not_there(desk):
    one, two = make_person("xi"), make_person("yu")
    set_up(sign_in(one))
    client = sign_in(two)
    number = Authenticator.objects.get(type="totp", user=one).pk
    assert client.post(f"/desk/factors/{number}/remove").status_code == 404
    assert Authenticator.objects.filter(pk=number).exists()


@pytest.mark.parametrize(
    "credential", ["", "x", "[]", "{}", '{"id": 1}', '{"response": {"a": 1}}', "null", "7"]
)
def test_nonsense_is_no_passkey(desk, credential):
    person = make_person("xi")
    client = sign_in(person)
    assert client.post("/desk/factors/passkey", {"name": "x", "credential": credential}).status_code == 400
    set_up(client)
    step = first(person)
    assert step.post("/desk/second-step", {"credential": credential, "code": ""}).status_code == 403
