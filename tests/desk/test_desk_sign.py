"""Signing at the desk: by a tool of one's own, by a key file that stays nowhere; nobody else's documents."""

import logging
import re
from typing import Any

import pytest

from ecredit.facts.actors.models import JournalEntry, Person
from ecredit.facts.actors.types import OPERATOR
from ecredit.foundation.proof.cms_signing import open_key_file, sign_cms
from ecredit.foundation.proof.keys import KeyRing
from ecredit.foundation.proof.sealing import Sealer
from ecredit.service.signatures.audit_signatures import audit_signatures
from ecredit.service.signatures.certificate_actions import Wanted, issue_test_certificate
from ecredit.service.signatures.models import DocumentSignature
from ecredit.service.signatures.name_rules import Signatory
from ecredit.service.signatures.offer_actions import offer_alone
from ecredit.service.signatures.trust import SigningPlace
from ecredit.service.signatures.types import PDF, TEXT, Offer
from ecredit.surface.desk.platform import city
from tests.desk.conftest import make_person, sign_in
from tests.proof.test_proof_pdf import blank

pytestmark = pytest.mark.django_db
SECRET = "a passphrase of the test"
OFFICE = "常州市市场监督管理局"
BYTES = "关于某事的决定\n同意。\n".encode()


@pytest.fixture
def place(desk, settings):
    settings.ECREDIT_SIGNING_TEST = True
    return SigningPlace(desk, Sealer(KeyRing.load(desk.keys)))


@pytest.fixture
def clerk(place):
    return sign_in(make_person("yi", ("gongshang", "clerk"), name="王一"))


def key_file(place: SigningPlace) -> bytes:
    who = Person.objects.get(login="yi").who
    wanted = Wanted(who, "gongshang", Signatory("王一", OFFICE))
    return issue_test_certificate(place, wanted, passphrase=SECRET, by=OPERATOR, at=city().now).raw


def offer(
    place: SigningPlace, content: bytes = BYTES, media: str = TEXT, organisation: str = "gongshang"
) -> str:
    given = Offer("decision:1", "decision", "关于某事的决定", "subject:1", organisation, content, media, "v2")
    return offer_alone(offer=given, sealer=place.sealer, by=OPERATOR, at=city().now).number


def upload(name: str, content: bytes) -> Any:
    from django.core.files.uploadedfile import SimpleUploadedFile

    return SimpleUploadedFile(name, content)


def test_take_sign_bring(place, clerk):
    number = offer(place)
    shown = clerk.get("/desk/sign").content.decode()
    assert "关于某事的决定" in shown and "等待签署" in shown
    page = clerk.get(f"/desk/sign/{number}").content.decode()
    assert "同意。" in page and "openssl cms -sign -binary" in page and "v2" in page
    taken = clerk.get(f"/desk/sign/{number}/document")
    assert taken.content == BYTES and "no-store" in taken["Cache-Control"]
    raw = sign_cms(taken.content, open_key_file(key_file(place), SECRET), at=city().now)
    answer = clerk.post(f"/desk/sign/{number}/by-tool", {"signature": upload("d.p7s", raw)})
    assert answer.status_code == 302 and answer["Location"].endswith("?done=signed")
    page = clerk.get(answer["Location"]).content.decode()
    assert "签名已登记" in page and "四项条件" in page and "测试证书" in page and "王一" in page
    english = clerk.get(f"/desk/sign/{number}?lang=en").content.decode()
    assert "article 13" in english and "cannot be told" in english and "certificate names" in english
    signature = DocumentSignature.objects.get()
    assert clerk.get(f"/desk/sign/{number}/signature/{signature.number}").content == raw
    assert "BEGIN CERTIFICATE" in clerk.get("/desk/sign/roots.pem").content.decode()
    row = JournalEntry.objects.get(verb="document.sign")
    assert row.right.startswith("document.sign desk/") and row.who == signature.who
    again = clerk.post(f"/desk/sign/{number}/by-tool", {"signature": upload("d.p7s", raw)})
    assert again.status_code == 400 and "signed this document already" in again.content.decode()
    assert list(audit_signatures(place.sealer)) == []


def test_a_signature_that_does_not_hold_is_told_in_words(place, clerk):
    number = offer(place)
    raw = sign_cms(b"another", open_key_file(key_file(place), SECRET), at=city().now)
    answer = clerk.post(f"/desk/sign/{number}/by-tool", {"signature": upload("d.p7s", raw)})
    assert answer.status_code == 400 and "没有收下签名：文件内容与签署时不同" in answer.content.decode()
    assert clerk.post(f"/desk/sign/{number}/by-tool", {}).status_code == 400
    assert not DocumentSignature.objects.exists()


def test_a_key_file_never_reaches_the_disk_or_a_log(place, clerk, desk, monkeypatch, caplog):
    import tempfile

    number, raw = offer(place), key_file(place)
    made = []
    usual = tempfile.NamedTemporaryFile

    def watched(*args, **kwargs):
        made.append(kwargs)
        return usual(*args, **kwargs)

    monkeypatch.setattr(tempfile, "NamedTemporaryFile", watched)
    caplog.set_level(logging.DEBUG)
    form = {"key_file": upload("me.p12", raw), "passphrase": SECRET, "consent": "yes"}
    wrong = clerk.post(
        f"/desk/sign/{number}/by-file",
        {**form, "key_file": upload("me.p12", raw), "passphrase": SECRET + "?"},
    )
    assert wrong.status_code == 400 and SECRET not in wrong.content.decode()
    assert clerk.post(f"/desk/sign/{number}/by-file", form).status_code == 302
    assert made == [] and SECRET not in caplog.text
    kept = b"".join(path.read_bytes() for path in desk.root.rglob("*") if path.is_file())
    assert raw not in kept and SECRET.encode() not in kept
    assert all(SECRET not in row.detail for row in JournalEntry.objects.all())
    page = clerk.get(f"/desk/sign/{number}").content.decode()
    assert "密钥文件交给了本系统使用一次" in page


@pytest.mark.parametrize("left_out", ["key_file", "consent", "passphrase"])
def test_without_consent_or_key_nothing_is_signed(place, clerk, left_out):
    number = offer(place)
    form = {"key_file": upload("me.p12", key_file(place)), "passphrase": SECRET, "consent": "yes"}
    form.pop(left_out)
    assert clerk.post(f"/desk/sign/{number}/by-file", form).status_code == 400
    assert not DocumentSignature.objects.exists()


def test_a_key_file_that_is_too_long(place, clerk):
    form = {"key_file": upload("me.p12", b"x" * 70_000), "passphrase": SECRET, "consent": "yes"}
    assert clerk.post(f"/desk/sign/{offer(place)}/by-file", form).status_code == 400


def test_a_pdf_gets_both_forms(place, clerk):
    number = offer(place, blank(), PDF)
    form = {"key_file": upload("me.p12", key_file(place)), "passphrase": SECRET, "consent": "yes"}
    assert clerk.post(f"/desk/sign/{number}/by-file", form).status_code == 302
    page = clerk.get(f"/desk/sign/{number}").content.decode()
    assert "CAdES" in page and "PAdES" in page and "不成立" not in re.sub(r"<title>.*?</title>", "", page)
    pdf = DocumentSignature.objects.get(form="pdf")
    taken = clerk.get(f"/desk/sign/{number}/signature/{pdf.number}")
    assert taken["Content-Type"] == "application/pdf"
    assert taken.content.startswith(clerk.get(f"/desk/sign/{number}/document").content)
    assert list(audit_signatures(place.sealer)) == []


def test_a_signed_pdf_is_brought(place, clerk):
    from ecredit.foundation.proof.person_pdf import sign_person_pdf

    number = offer(place, blank(), PDF)
    document = clerk.get(f"/desk/sign/{number}/document").content
    raw = sign_person_pdf(document, open_key_file(key_file(place), SECRET), at=city().now, reason="")
    assert clerk.post(f"/desk/sign/{number}/by-tool", {"signature": upload("d.pdf", raw)}).status_code == 302
    assert DocumentSignature.objects.get().form == "pdf"


def test_others_documents_are_not_there(place, clerk):
    number = offer(place, organisation="shuiwu")
    other = sign_in(make_person("er", ("jingxin_xinyong", "credit_officer")))
    for client in (clerk, other):
        for page in (f"/desk/sign/{number}", f"/desk/sign/{number}/document", "/desk/sign/D0"):
            assert client.get(page).status_code in (302, 404), page
        assert "关于某事的决定" not in client.get("/desk/sign").content.decode()
