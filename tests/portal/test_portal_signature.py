"""A signature on a document is checked at the portal by whoever has both; nothing is kept."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from ecredit.foundation.proof.cms_signing import open_key_file
from ecredit.foundation.proof.person_pdf import sign_person_pdf
from ecredit.service.signatures import trust
from ecredit.service.signatures.certificate_actions import Wanted, issue_test_certificate
from ecredit.service.signatures.errors import SignatureRefused
from ecredit.service.signatures.models import DocumentSignature
from ecredit.service.signatures.queries import read_content, read_signature
from ecredit.service.signatures.sign_actions import sign_by_upload
from ecredit.service.signatures.types import PDF
from tests.conftest import NOON
from tests.portal.page_checks import read_page
from tests.portal.portal_sample import write_sample
from tests.proof.authority_samples import DAY, SECRET
from tests.proof.test_proof_pdf import blank
from tests.signatures.conftest import OFFICER, TEXT_BYTES, ZHANG, Room, room  # noqa: F401 - a fixture


@pytest.fixture
def client(room: Room, settings: Any) -> Client:  # noqa: F811
    room.home.operational_db.touch()
    write_sample(room.home.public_db)
    settings.ECREDIT_CLOCK = lambda: NOON + DAY
    return Client()


def send(client: Client, address: str = "/verify/signature", **files: bytes) -> str:
    given = {name: SimpleUploadedFile(name, raw) for name, raw in files.items()}
    answer = client.post(address, given)
    assert answer.status_code == 200 and "no-store" in answer["Cache-Control"]
    html = str(answer.content.decode())
    assert read_page(html).problems == []
    return html


def test_one_that_is_on_record_and_one_that_is_not(client: Client, room: Room) -> None:  # noqa: F811
    html = client.get("/verify/signature").content.decode()
    assert read_page(html).problems == [] and "核对文件的签名" in html
    assert "/verify/signature" in client.get("/verify").content.decode()
    document = room.offer()
    made = room.sign(document.number)
    _, raw = read_signature(room.place.sealer, made.number)
    known = send(client, document=TEXT_BYTES, signature=raw)
    assert 'class="verdict holds"' in known and "张一" in known and f"第 {made.leaf} 条" in known
    assert known.count("<b>满足</b>") == 4
    other = send(client, document=TEXT_BYTES, signature=room.signature(room.authority.person()))
    assert 'class="verdict holds"' in other and "条；收下时" not in other and "<b>无法判断</b>" in other
    english = send(client, "/verify/signature?lang=en", document=b"changed", signature=raw)
    assert 'class="verdict fails"' in english and "The document is not as it was signed" in english
    assert "张一" not in english, "nothing of a signature that does not hold is said"
    assert DocumentSignature.objects.count() == 1


def test_a_signed_pdf_needs_no_document(client: Client, room: Room) -> None:  # noqa: F811
    document = room.offer(content=blank(), media=PDF)
    offered = read_content(room.place.sealer, document.number)
    key = open_key_file(room.authority.person().key_file(), SECRET)
    raw = sign_person_pdf(offered, key, at=NOON, reason="x")
    sign_by_upload(room.place, room.signing(document.number), raw)
    assert "条；收下时" in send(client, signature=raw)
    assert 'class="verdict holds"' in send(client, signature=raw, document=offered)
    assert "不是所提供的文本" in send(client, signature=raw, document=blank())


def test_many_who_ask_cost_one_list_and_what_changed_is_seen(
    client: Client,
    room: Room,  # noqa: F811
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The address is open: the test authority's key is not opened, nor its list signed, for each who asks."""
    settings.ECREDIT_SIGNING_TEST = True
    issue_test_certificate(room.place, Wanted("p1", "firm", ZHANG), passphrase=SECRET, by=OFFICER, at=NOON)
    made: list[int] = []
    real = trust.test_list
    monkeypatch.setattr(trust, "test_list", lambda *args, **more: made.append(1) or real(*args, **more))
    own = room.authority.person()
    raw = room.signature(own)
    for _ in range(3):
        assert 'class="verdict holds"' in send(client, document=TEXT_BYTES, signature=raw)
    assert len(made) == 1
    settings.ECREDIT_CLOCK = lambda: NOON + DAY + timedelta(minutes=6)
    send(client, document=TEXT_BYTES, signature=raw)
    assert len(made) == 2
    # A file put there or changed counts at once, and so does a setting.
    own_list = Path(settings.ECREDIT_SIGNING_LISTS) / "own.crl"
    own_list.write_bytes(room.authority.revocation_list((own, NOON), at=NOON + DAY))
    assert "吊销" in send(client, document=TEXT_BYTES, signature=raw) and len(made) == 3
    settings.ECREDIT_SIGNING_ROOTS = ""
    assert "不属于受信任的机构" in send(client, document=TEXT_BYTES, signature=raw)
    # Whoever signs is checked against what is known this very moment.
    before = len(made)
    for _ in range(2):
        with pytest.raises(SignatureRefused):
            room.sign(room.offer("commitment:2").number, own)
    assert len(made) == before + 2


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "没有收到签名文件"),
        ({"document": b"x"}, "没有收到签名文件"),
        ({"signature": b"x"}, "请同时选择它所签的文件"),
        ({"signature": b"x", "document": b"y"}, "签名读不出"),
        ({"signature": b"%PDF-1.7 x"}, "文件读不出"),
    ],
)
def test_what_cannot_be_checked(client: Client, files: dict[str, bytes], said: str) -> None:
    assert said in send(client, **files)


def test_too_long_and_on_a_copy(client: Client, room: Room, monkeypatch: Any) -> None:  # noqa: F811
    assert "超过 10 MB" in send(client, signature=b"x" * ((10 << 20) + 1))
    from ecredit.surface.portal import page_signature

    monkeypatch.setattr(page_signature, "has_operational_database", lambda _home: False)
    assert "只有公示数据的副本" in send(client, signature=b"x", document=b"y")


def test_held_back_before_anything_is_read(client: Client, settings: Any, monkeypatch: Any) -> None:
    settings.ECREDIT_CHECKS_A_MINUTE = 1
    assert client.post("/verify/signature", {"signature": "x"}).status_code == 200

    def read(*_: Any) -> None:
        raise AssertionError("what came was read")

    monkeypatch.setattr("ecredit.surface.portal.page_signature._sent", read)
    monkeypatch.setattr("ecredit.surface.portal.page_signature.Platform", read)
    answer = client.post("/verify/signature", {"signature": SimpleUploadedFile("s", b"x" * 1000)})
    html = answer.content.decode()
    assert answer.status_code == 503 and 1 <= int(answer["Retry-After"]) <= 60
    assert read_page(html).problems == [] and "请一分钟后再试" in html
    assert client.get("/verify/signature").status_code == 200
