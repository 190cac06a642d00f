"""Who gets in: keys forged, ended and foreign; signatures replayed; limits; requests that must happen once."""

import base64
import hashlib
import hmac
import json
import secrets
import time
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ecredit.facts.actors.key_actions import revoke_key
from ecredit.facts.actors.models import ApiKey, JournalEntry
from ecredit.facts.actors.types import OPERATOR
from ecredit.foundation.proof.keys import KeyRing
from ecredit.service.operation.job_queries import list_jobs
from ecredit.service.operation.models import KeptAnswer
from tests.api.conftest import PENALTY, V1, Caller
from tests.penalty_rows import row, table


def signed(
    caller, method, path, body=b"", *, ts=None, nonce=None, digest=True, secret=None, under=None, offset=None
):
    """The Authorization (and Content-Digest) of a signed request, as the guide tells it."""
    _, prefix, own = (secret or caller.secret).split("_", 2)
    ts, nonce = str(int(ts or time.time())), nonce or secrets.token_urlsafe(16)
    said = f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:" if body and digest else ""
    lines = [method, V1 + path, ts, nonce, said] + ([] if offset is None else [offset])
    text = "\n".join(lines)
    under = under or hashlib.sha256(own.encode()).hexdigest()
    sig = hmac.new(under.encode(), text.encode(), hashlib.sha256).hexdigest()
    headers = {"Authorization": f"ECREDIT-HMAC-SHA256 key={prefix}, ts={ts}, nonce={nonce}, sig={sig}"}
    return headers | ({"Content-Digest": said} if said else {})


def test_a_signed_piece_is_the_piece_that_was_signed_and_goes_where_it_was_meant(api):
    real, evil = b"A" * 50, b"B" * 50
    whole = hashlib.sha256(real + real).hexdigest()
    opening = {"source": "shops", "filename": "h.csv", "size": 100, "sha256": whole}
    place = api.post("/uploads", opening)["Location"].removeprefix(V1)

    def piece(content, at, *, of=real, meant=None):
        headers = signed(api, "PATCH", place, of, offset=str(at if meant is None else meant))
        return api(
            "PATCH",
            place,
            content,
            kind="application/octet-stream",
            headers=headers | {"Upload-Offset": str(at)},
        )

    assert piece(real, 0, meant=50).status_code == 401
    changed = piece(evil, 0)
    assert (changed.status_code, changed.json()["code"]) == (400, "api.digest")
    assert api.get(place).json()["received"] == 0
    assert piece(real, 0).json()["received"] == 50
    assert piece(evil, 50).status_code == 400 and api.get(place).json()["received"] == 50
    # Without a signature anything may be sent; the file is then not the one announced.
    loose = {"Upload-Offset": "50"}
    assert api("PATCH", place, evil, kind="application/octet-stream", headers=loose).json()["received"] == 100
    wrong = api.post(place + "/submission")
    assert (
        wrong.status_code == 422 and "sha256" in wrong.json()["zh"] and api.get(place).json()["received"] == 0
    )
    assert piece(real, 0).status_code == piece(real, 50).status_code == 200
    assert api.post(place + "/submission").status_code == 202


def test_keys_that_are_none(api, key, platform, home):
    expired = key()
    ApiKey.objects.filter(id=expired.id).update(expires_at=platform.now)
    revoked = key()
    revoke_key(
        organisation="gongshang",
        key_id=revoked.id,
        ring=KeyRing.load(home.keys),
        by=OPERATOR,
        at=platform.now,
    )
    _, prefix, own = api.secret.split("_", 2)
    forged = [
        "x",
        "eck_",
        f"eck_{prefix}_",
        f"eck_{prefix}_{own[:-1]}",
        f"eck_{'0' * 10}_{own}",
        "eck_" + "é" * 5,
        "eck_\x00_a",
    ]
    for secret in (expired.secret, revoked.secret, *forged):
        answer = Caller(secret).get("/sources")
        assert answer.status_code == 401, secret
        assert answer["WWW-Authenticate"].startswith("Bearer") and (
            len(secret) < 9 or secret not in answer.content.decode()
        )
    for header in ("Basic abc", "bearer", api.secret, f"Token {api.secret}"):
        assert api.get("/sources", Authorization=header).status_code == 401
    assert Caller().get("/sources").status_code == 401


def test_a_signed_request_counts_once(api):
    headers = signed(api, "GET", "/sources")
    assert api("GET", "/sources", headers=headers).status_code == 200
    assert api("GET", "/sources", headers=headers).status_code == 401


def test_what_a_signature_is_not_of(api):
    body = b'{"url":"https://a.example/x"}'
    headers = signed(api, "PUT", "/webhook", body)
    assert api("PUT", "/webhook", body.replace(b"a.", b"b."), headers=headers).status_code == 400
    for wrong in (
        signed(api, "POST", "/webhook", body),
        signed(api, "PUT", "/webhook?x=1", body),
        signed(api, "PUT", "/webhook", body, digest=False),
        signed(api, "PUT", "/webhook", body, ts=time.time() - 400),
        signed(api, "PUT", "/webhook", body, ts=time.time() + 400),
        signed(api, "PUT", "/webhook", body, nonce="short"),
        signed(
            api, "PUT", "/webhook", body, secret=api.secret[:-1] + ("A" if api.secret[-1] != "A" else "B")
        ),
    ):
        assert api("PUT", "/webhook", body, headers=wrong).status_code == 401
    assert api("PUT", "/webhook", body, headers=signed(api, "PUT", "/webhook", body)).status_code == 200


def test_a_signed_file_is_the_file_that_was_signed(api, home):
    path, body = f"/sources/{PENALTY}/submissions", table(row(1)).encode()
    changed = api("POST", path, body + b"x", kind="text/csv", headers=signed(api, "POST", path, body))
    assert (changed.status_code, changed.json()["code"]) == (400, "api.digest")
    assert not list((home.landing / "staged").glob("*")) and not list_jobs()
    assert (
        api("POST", path, body, kind="text/csv", headers=signed(api, "POST", path, body)).status_code == 202
    )


def test_what_is_kept_of_a_key_signs_nothing(api, key):
    """Neither the table nor the journal: logs are kept for good, backed up and exported."""
    kept = ApiKey.objects.values().get(id=api.id)
    said = [json.loads(detail) for detail in JournalEntry.objects.values_list("detail", flat=True)]
    texts = [text for row in (kept, *said) for text in row.values() if isinstance(text, str)]
    assert kept["digest"] in texts and len(texts) > 6
    for text in texts:
        headers = signed(api, "GET", "/sources", under=text)
        assert api("GET", "/sources", headers=headers).status_code == 401, text
    assert api("GET", "/sources", headers=signed(api, "GET", "/sources")).status_code == 200
    # What was sealed for one key does not open as another's.
    other = key()
    ApiKey.objects.filter(id=api.id).update(signing=ApiKey.objects.get(id=other.id).signing)
    own = hashlib.sha256(other.secret.split("_", 2)[2].encode()).hexdigest()
    assert api("GET", "/sources", headers=signed(api, "GET", "/sources", under=own)).status_code >= 400


def test_a_key_says_when_it_ends(api):
    told = api.get("/key").json()["expires_at"]
    assert abs(datetime.fromisoformat(told) - ApiKey.objects.get().expires_at) < timedelta(seconds=1)


def test_limits_are_told_and_kept(key):
    caller = key(per_minute=3, per_day=100)
    left = [caller.get("/key")["RateLimit-Remaining"] for _ in range(3)]
    over = caller.get("/key")
    assert left == ["2", "1", "0"] or over.status_code == 200  # a minute may begin anew in between
    if over.status_code != 200:
        assert over.status_code == 429 and 1 <= int(over["Retry-After"]) <= 60
        assert over.json()["code"] == "api.too_many" and over["RateLimit-Limit"] == "3"
    day = key(per_minute=100, per_day=2)
    statuses = [day.get("/key") for _ in range(3)]
    assert [each.status_code for each in statuses] == [200, 200, 429] and int(statuses[2]["Retry-After"]) > 0


def test_the_same_again_gets_the_same_answer(api, key, work, platform):
    path, body = f"/sources/{PENALTY}/submissions", table(row(1)).encode()

    def send(content, once="k1", caller=api, to=path):
        return caller.post(to, content, kind="text/csv", headers={"Idempotency-Key": once})

    first, again = send(body), send(body)
    assert first.json() == again.json() and first["Location"] == again["Location"]
    assert again["Idempotency-Replayed"] == "true" and len(list_jobs()) == 1
    other = send(body + b"\r\n")
    assert (other.status_code, other.json()["code"]) == (422, "api.idempotency_other")
    assert send(body, to=path + "?corrects=999").status_code in (404, 422)
    # Another key's keys are its own, and after a day a key is free again.
    assert send(body, caller=key()).json()["id"] != first.json()["id"]
    KeptAnswer.objects.update(at=platform.now - timedelta(hours=25))
    assert send(body)["Location"] != first["Location"]
    assert send(body, once="x" * 200).status_code == 422
    record = api.post(f"/sources/{PENALTY}/records", row(7), headers={"Idempotency-Key": "r"})
    assert (
        api.post(f"/sources/{PENALTY}/records", row(7), headers={"Idempotency-Key": "r"}).json()
        == record.json()
    )
    assert (
        list((platform.home.landing / "staged").glob("*"))
        and len(list((platform.home.landing / "staged").glob("*"))) == 3
    )


def test_what_has_not_changed_is_not_sent_again(api):
    first = api.get("/sources")
    again = api.get("/sources", If_None_Match=first["ETag"])
    assert again.status_code == 304 and again.content == b"" and again["ETag"] == first["ETag"]
    assert api.get("/sources", If_None_Match='"other"').status_code == 200
    assert api.get("/public", If_None_Match=f"W/{api.get('/public')['ETag']}").status_code == 304


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/sources", 3), ("/batches?limit=50", 5), ("/batches/{batch}", 3), ("/batches/{batch}/problems", 3),
        ("/batches/{batch}/held", 6), ("/batches/{batch}/records", 8), ("/submissions", 4), ("/public", 0),
        ("/subjects/{code}", 17),
    ],
)  # fmt: skip
def test_queries_are_bounded(api, sent, path, most):
    done = sent(*(row(n) for n in range(1, 30)), row(30, CF_JDRQ="x"))
    place = path.format(batch=done["batch"], code=row(1)["CF_XDR_SHXYM"])
    api.get(place)
    with CaptureQueriesContext(connection) as counted:
        assert api.get(place).status_code == 200
    assert len(counted) <= most, [each["sql"][:100] for each in counted]


def test_an_error_nobody_expected_is_a_number(api, monkeypatch, caplog, capsys):
    from ecredit.surface.api import route_sources

    def broken(*_args, **_more):
        raise ValueError("张三 320402199001011236")

    monkeypatch.setattr(route_sources, "may_send", broken)
    answer = api.get("/sources")
    assert answer.status_code == 500 and answer["Content-Type"] == "application/problem+json"
    assert answer.json()["reference"] in answer.json()["zh"] and answer.json()["reference"] in caplog.text
    said = answer.content.decode() + caplog.text + "".join(capsys.readouterr())
    assert "3204021990" not in said and "Traceback" not in answer.content.decode()


def test_sentences_are_in_the_language_asked_for(api):
    zh, en = api.get("/batches/999").json(), api.get("/batches/999", Accept_Language="en-GB,zh;q=0.5").json()
    assert zh["detail"] == zh["zh"] == en["zh"] and en["detail"] == en["en"] and zh["code"] == "not_there"


def test_what_is_not_there_has_one_code_and_sentence_on_every_route_and_at_the_desk(api):
    from ecredit.surface.desk.errors import NotThere

    desk = NotThere()
    for path in (
        "/batches/999", "/submissions/999", "/trials/999", "/records/999", "/warnings/999", "/disclosures/999",
        "/sources/nothing", "/subjects/91320400MA1XXXXX1X", "/public/subjects/91320400MA1XXXXX1X", "/webhook",
    ):  # fmt: skip
        answer = api.get(path)
        told = answer.json()
        assert (answer.status_code, told["code"], told["zh"], told["en"]) == (
            404,
            desk.code,
            desk.zh,
            desk.en,
        ), path


def test_the_log_names_the_organisation_of_a_call(key, caplog):
    with caplog.at_level("INFO", logger="ecredit.request"):
        assert key("gongshang").get("/key").status_code == 200
    assert [said.msg["who"] for said in caplog.records if said.name == "ecredit.request"] == ["gongshang"]


def test_the_reference_page_shows_code_as_code(client, platform):
    page = client.get(f"{V1}/").content.decode()
    assert "`" not in page and "<code>application/problem+json</code>" in page
