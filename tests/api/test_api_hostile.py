"""Uploads from bad people, and personal numbers that must not come back."""

import io
import json
import zipfile

import pytest
from django.http import UnreadablePostError
from django.test import RequestFactory

from ecredit.facts.collection.models import Batch
from ecredit.service.operation.job_queries import list_jobs
from tests.api.conftest import PENALTY
from tests.penalty_rows import row, table

PERSON, PHONE = "320402199003071236", "13861234567"
SUBMIT = f"/sources/{PENALTY}/submissions"


def bomb():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("[Content_Types].xml", "<Types/>")
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * 50_000_000)
    return out.getvalue()


@pytest.mark.parametrize(
    "content", [b"\x00" * 1000, b"%PDF-1.7 not a table", bomb(), b"\xff\xfe", b'{"a":1}', b"<html><table>", b"a,b\n1,2\n"],
    ids=["zeros", "pdf", "bomb", "mark", "json", "html", "other"],
)  # fmt: skip
def test_what_is_no_such_table_ends_with_a_sentence(api, work, content):
    answer = api.post(SUBMIT + "?filename=a.xlsx", content, kind="application/octet-stream")
    assert answer.status_code == 202
    work()
    done = api.get(answer["Location"]).json()
    assert done["state"] == "failed" and done["code"] and done["message"]["zh"] and done["message"]["en"], (
        done
    )
    assert "内部错误" not in done["message"]["zh"] and not Batch.objects.exists()


@pytest.mark.parametrize(
    ("kind", "headers", "status"),
    [
        ("application/pdf", {}, 415), ("text/html", {}, 415), ("", {}, 415),
        ("text/csv", {"Content-Encoding": "gzip"}, 415),
        ("multipart/form-data; boundary=x", {}, 400), ("multipart/form-data", {}, 400),
        ("text/csv", {"Content-Digest": "md5=:abc:"}, 400),
    ],
)  # fmt: skip
def test_kinds_that_are_not_taken(api, home, kind, headers, status):
    answer = api.post(SUBMIT, b"a,b", kind=kind, headers=headers)
    assert answer.status_code in (status, 422), answer.content
    assert not list_jobs() and not list((home.landing / "staged").glob("*"))


def test_empty_and_too_large(api):
    assert api.post(SUBMIT, b"", kind="text/csv").status_code in (415, 422)
    answer = api.client.generic(
        "POST", f"/api/v1{SUBMIT}", b"x", content_type="text/csv",
        headers={"Authorization": f"Bearer {api.secret}"}, CONTENT_LENGTH=str(5 << 30),
    )  # fmt: skip
    assert answer.status_code == 413
    long = api.post(f"/sources/{PENALTY}/records", b'{"CF_WSH": "' + b"x" * 3_000_000 + b'"}')
    assert long.status_code == 413, long.content


def test_a_file_that_is_cut_off_leaves_nothing(api, home, monkeypatch, application):
    environ = RequestFactory().generic("POST", f"/api/v1{SUBMIT}", b"", content_type="text/csv").environ
    environ |= {
        "CONTENT_LENGTH": "5000", "CONTENT_TYPE": "text/csv", "wsgi.input": io.BytesIO(b"short"), "HTTP_AUTHORIZATION": f"Bearer {api.secret}",
    }  # fmt: skip
    said = []
    body = b"".join(application(environ, lambda status, headers: said.append(status)))
    assert said == ["400 Bad Request"] and json.loads(body)["code"] == "api.cut_off"

    def gone(self, *_args):
        raise UnreadablePostError("gone")

    monkeypatch.setattr("django.core.handlers.wsgi.WSGIRequest.read", gone)
    assert api.post(SUBMIT, b"a,b", kind="text/csv").status_code == 400
    assert not list((home.landing / "staged").glob("*")) and not list_jobs()


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'{"a":{"b":1}}', b'{"CF_WSH":[1]}', b"\xff", b'{"nothing":"x"}', b"[" * 100_000, b'{"CF_WSH":"\\ud800"}', b'{"CF_WSH":NaN}']
)  # fmt: skip
def test_records_that_are_none(api, body):
    answer = api.post(f"/sources/{PENALTY}/records", body)
    assert answer.status_code in (400, 415, 422), (body[:50], answer.status_code)
    assert answer["Content-Type"] == "application/problem+json"


def test_names_with_half_a_character(api):
    for body in (
        b'{"source":"shops","filename":"\\ud800.csv","size":5}',
        b'{"source":"shops","filename":"a\\u0000b","size":5}',
    ):
        answer = api.post("/uploads", body)
        assert answer.status_code in (201, 422), answer.content
    assert api("PUT", "/webhook", b'{"url":"https://a.example/\\ud800"}').status_code == 422


def test_json_lines_with_a_bad_line_name_it(api, work):
    for lines, said in (
        (b'{"CF_WSH":"1"}\nnot json\n', "第 2 行"),
        (b'{"CF_WSH":{"a":1}}', "第 1 行"),
        (b"[" * 200_000, "第 1 行"),
    ):
        place = api.post(SUBMIT, lines, kind="application/x-ndjson")["Location"]
        work()
        done = api.get(place).json()
        assert done["state"] == "failed" and said in done["message"]["zh"], done


def test_personal_numbers_do_not_come_back(api, work, caplog, capsys):
    person = row(
        1, CF_XDR_MC="张三丰", CF_XDR_LB="自然人", CF_XDR_SHXYM="", CF_XDR_ZJLX="居民身份证", CF_XDR_ZJHM=PERSON,
        CF_SY=f"联系电话{PHONE}，证件{PERSON}",
    )  # fmt: skip
    bad = row(2, CF_XDR_MC=f"李四{PHONE}", CF_JDRQ=PERSON, BZ=PHONE, CF_XDR_SHXYM=PERSON, CF_FR_ZJHM=PERSON)
    said = []

    def keep(answer):
        said.append(answer.content.decode() + str(answer.headers))
        return answer

    name = f"{PERSON}.csv"
    sent = keep(api.post(f"{SUBMIT}?filename={name}", table(person, bad).encode(), kind="text/csv"))
    trial = keep(
        api.post(f"/sources/{PENALTY}/trials?filename={name}", table(person, bad).encode(), kind="text/csv")
    )
    for record in (person, bad, {PERSON: PHONE}, {"CF_WSH": [PERSON]}):
        keep(api.post(f"/sources/{PENALTY}/records", record))
    lines = json.dumps({PERSON: PHONE}).encode()
    broken = keep(api.post(SUBMIT, lines, kind="application/x-ndjson"))
    work()
    batch = keep(api.get(sent["Location"])).json()["batch"]
    for path in (
        trial["Location"], trial["Location"] + "/problems", broken["Location"], f"/batches/{batch}", "/batches",
        f"/batches/{batch}/problems", f"/batches/{batch}/held", f"/batches/{batch}/records", f"/subjects/{PERSON}",
        f"/public/subjects/{PERSON}", f"/public/subjects?q={PERSON}", f"/batches?source={PERSON}", f"/batches?{PERSON}=1",
        f"/sources/{PERSON}", f"/{PERSON}", f"/batches?cursor={PERSON}", "/submissions",
    ):  # fmt: skip
        keep(api.get(path))
    assert len(said) > 20 and batch
    everything = "".join(said)
    assert PERSON not in everything and PHONE not in everything and "张三丰" not in everything
    logged = "".join(line for line in caplog.text.splitlines() if "django.request" not in line) + "".join(
        capsys.readouterr()
    )
    assert PERSON not in logged and PHONE not in logged
