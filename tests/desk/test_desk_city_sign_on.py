"""The city's own sign-on, played by a small server on this machine: who it lets in, and whom it does not."""

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from ecredit.facts.actors.journal_notes import JournalNote
from ecredit.facts.actors.models import SignIn
from tests.desk.conftest import CITY, make_person

pytestmark = pytest.mark.django_db


class Provider(HTTPServer):
    """Answers as an OpenID provider does; `says` is whom it vouches for."""

    says: dict[str, str]
    codes: dict[str, dict[str, str]]
    identity: dict[str, str] | None = None

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Answers(BaseHTTPRequestHandler):
    server: Provider

    def log_message(self, *_: object) -> None: ...

    def do_GET(self) -> None:
        if self.path.startswith("/.well-known/"):
            issuer = self.server.issuer
            self._say(
                {
                    "issuer": issuer, "authorization_endpoint": f"{issuer}/authorize", "token_endpoint": f"{issuer}/token",
                    "userinfo_endpoint": f"{issuer}/userinfo", "jwks_uri": f"{issuer}/jwks",
                    "token_endpoint_auth_methods_supported": ["client_secret_post"],
                }
            )  # fmt: skip
        elif self.path == "/userinfo" and self.headers["Authorization"] == "Bearer good":
            self._say(self.server.says)
        else:
            self._say({"error": "no"}, 400)

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        asked = self.server.codes.pop(form.get("code", [""])[0], None)
        verifier = hashlib.sha256(form.get("code_verifier", [""])[0].encode()).digest()
        proof = base64.urlsafe_b64encode(verifier).decode().rstrip("=")
        if asked is None or asked["code_challenge"] != proof or form["client_secret"] != ["secret"]:
            self._say({"error": "invalid_grant"}, 400)
            return
        token: dict[str, Any] = {"access_token": "good", "token_type": "Bearer", "expires_in": 60}
        if self.server.identity is not None:
            claims = {
                "iss": self.server.issuer,
                "aud": "ecredit",
                "exp": 9_999_999_999,
                **self.server.identity,
            }
            token["id_token"] = ".".join(
                base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
                for part in ({"alg": "RS256", "typ": "JWT"}, claims, {})
            )
        self._say(token)

    def _say(self, what: object, status: int = 200) -> None:
        body = json.dumps(what).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def provider(settings: Any, desk: Any) -> Iterator[Provider]:
    server = Provider(("127.0.0.1", 0), _Answers)
    server.says, server.codes = {"sub": "subject-1", "preferred_username": "zhang"}, {}
    threading.Thread(target=server.serve_forever, daemon=True).start()
    app = {
        "provider_id": "city", "name": "统一身份认证", "client_id": "ecredit", "secret": "secret",
        "settings": {"server_url": server.issuer, "oauth_pkce_enabled": True},
    }  # fmt: skip
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app], "OAUTH_PKCE_ENABLED": True}}
    yield server
    server.shutdown()
    server.server_close()


def leave(client: Client, server: Provider, next: str = "/desk/account") -> dict[str, str]:
    """To the sign-on: what it was asked."""
    assert "统一身份认证" in client.get("/desk/sign-in").content.decode()
    answer = client.post(f"/desk/city/city/sign-in?next={next}")
    assert answer.status_code == 302, answer.content.decode()
    assert answer["Location"].startswith(f"{server.issuer}/authorize?")
    return {name: value[0] for name, value in parse_qs(urlsplit(answer["Location"]).query).items()}


def come_back(client: Client, server: Provider, asked: dict[str, str], code: str = "code-1") -> Any:
    server.codes[code] = asked
    return client.get("/desk/city/city/back", {"code": code, "state": asked["state"]})


def through(server: Provider, client: Client | None = None) -> tuple[Client, Any]:
    client = client or Client()
    return client, come_back(client, server, leave(client, server))


def test_one_who_is_registered_comes_in_and_is_known_by_the_subject_afterwards(provider):
    zhang, li = make_person("zhang", must_change=True), make_person("li")
    client, answer = through(provider)
    assert answer["Location"] == "/desk/account", answer
    assert client.get("/desk/account").status_code == 200
    assert SocialAccount.objects.get().uid == "subject-1"
    # The same subject with another's login stays who it is; another subject with the same login is nobody.
    provider.says = {"sub": "subject-1", "preferred_username": "li"}
    through(provider)
    assert list(SignIn.objects.values_list("person_id", flat=True)) == [zhang.pk, zhang.pk]
    provider.says = {"sub": "subject-2", "preferred_username": "zhang"}
    assert through(provider)[1]["Location"] == "/desk/sign-in?why=unknown_there"
    assert not SignIn.objects.filter(person=li).exists()
    assert "oidc" in JournalNote.objects.filter(verb="session.open").first().detail


@pytest.mark.parametrize(
    "says",
    [{"sub": "s", "preferred_username": "nobody"}, {"sub": "s"}, {"sub": "s", "preferred_username": ""}],
)
def test_one_who_is_not_registered_stays_outside_and_no_account_is_made(provider, says):
    from ecredit.facts.actors.models import Person

    provider.says = says
    assert through(provider)[1]["Location"] == "/desk/sign-in?why=unknown_there"
    assert Person.objects.count() == 0 and SocialAccount.objects.count() == 0
    assert JournalNote.objects.get().verb == "session.refuse"


def test_a_disabled_person_stays_outside(provider):
    person = make_person("zhang")
    through(provider)
    person.is_active = False
    person.save()
    assert through(provider)[1]["Location"] == "/desk/sign-in?why=unknown_there"


def test_the_second_factor_is_asked_unless_the_sign_on_is_strong(provider, settings):
    person = make_person("xi", (CITY, "system_admin"))
    provider.says = {"sub": "x", "preferred_username": "xi"}
    client, _ = through(provider)
    assert client.get("/desk/")["Location"] == "/desk/factors"
    Authenticator.objects.create(user=person, type="totp", data={"secret": ""})
    assert through(provider)[1]["Location"] == "/desk/second-step"
    settings.ECREDIT_OIDC_STRONG = True
    client, _ = through(provider)
    assert client.get("/desk/").status_code == 200


def test_what_was_not_asked_for_is_refused(provider):
    make_person("zhang")
    client = Client()
    asked = leave(client, provider)
    # Another browser's answer, a state made up, a code used before, and the sign-on's own no.
    assert come_back(Client(), provider, asked)["Location"] == "/desk/sign-in?why=late"
    assert come_back(client, provider, asked | {"state": "made-up"})["Location"] == "/desk/sign-in?why=late"
    provider.codes.clear()
    asked = leave(client, provider)
    back = {"code": "never-given", "state": asked["state"]}
    assert client.get("/desk/city/city/back", back)["Location"] == "/desk/sign-in?why=late"
    asked = leave(client, provider)
    back = {"error": "access_denied", "state": asked["state"]}
    assert client.get("/desk/city/city/back", back)["Location"] == "/desk/sign-in?why=late"
    assert SignIn.objects.count() == 0


def test_an_identity_token_about_somebody_else_is_refused(provider):
    make_person("zhang")
    provider.identity = {"sub": "another", "preferred_username": "zhang"}
    assert through(provider)[1]["Location"] == "/desk/sign-in?why=unknown_there"


def test_one_is_not_sent_elsewhere_afterwards(provider):
    make_person("zhang")
    client = Client()
    answer = come_back(client, provider, leave(client, provider, next="https://evil.example/"))
    assert answer["Location"] == "/desk/"


def test_without_a_sign_on_there_is_none(desk):
    assert Client().post("/desk/city/city/sign-in").status_code == 404
    assert Client().get("/desk/city/other/back").status_code == 404
