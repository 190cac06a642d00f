"""Documents offered, signed, checked anew, and audited."""

import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from django.db import transaction

from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.models import JournalEntry
from ecredit.facts.actors.types import Actor
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.proof import es256
from ecredit.foundation.proof.badge_types import State
from ecredit.foundation.proof.cms_check import SignatureAsked, check_cms
from ecredit.foundation.proof.cms_signing import open_key_file, sign_cms
from ecredit.service.signatures.certificate_actions import (
    Wanted,
    issue_test_certificate,
    revoke_test_certificate,
)
from ecredit.service.signatures.document_rows import mark_of
from ecredit.service.signatures.errors import (
    NoSuchCertificate,
    NoSuchDocument,
    NoTestCertificates,
    NotToBeSigned,
    OfferRefused,
    SignatureRefused,
)
from ecredit.service.signatures.models import DocumentSignature, PersonCertificate, SignDocument
from ecredit.service.signatures.offer_actions import withdraw_document
from ecredit.service.signatures.queries import (
    find_document,
    find_document_of,
    list_documents,
    read_content,
    read_signature,
)
from ecredit.service.signatures.sign_actions import sign_by_key_file, sign_by_upload
from ecredit.service.signatures.trust import trust_of
from ecredit.service.signatures.types import PDF, DocumentState
from ecredit.service.signatures.verify import check_document
from tests.conftest import NOON
from tests.proof.authority_samples import DAY, SECRET, Authority
from tests.signatures.conftest import OFFICER, TEXT_BYTES, ZHANG, Room

LI = Actor("p2", "document.sign desk/s2")


def states(room: Room, number: str, **more: Any) -> dict[str, State]:
    (checked,) = check_document(room.place, number, at=more.get("at", room.at))
    return {one.code: one.state for one in checked.verdict.findings}


def test_offered_signed_checked_and_audited(room: Room) -> None:
    document = room.offer()
    assert (
        document.state is DocumentState.WAITING and document.version == 1 and document.edition == "template/3"
    )
    assert read_content(room.place.sealer, document.number) == TEXT_BYTES
    signature = room.sign(document.number)
    assert signature.signer == "张一" and not signature.test and signature.received_at == NOON
    found = find_document_of("commitment:1")
    assert found is not None and found.state is DocumentState.SIGNED and found.signatures == (signature,)
    assert find_document(f" {document.number.lower()} ") == found
    (checked,) = check_document(room.place, document.number, at=NOON + DAY)
    assert checked.verdict.ok
    assert [one.state for one in checked.conditions] == [State.HOLDS] * 4
    assert all(one.verified for one in checked.conditions)
    (row,) = JournalEntry.objects.filter(verb="document.sign")
    assert row.object == f"document:{document.number}" and row.who == "p1" and row.leaf == signature.leaf
    assert "张一" not in row.detail and document.digest in row.detail and "template/3" in row.detail
    assert room.findings() == []


def test_what_is_kept_is_sealed(room: Room) -> None:
    document = room.offer()
    room.sign(document.number)
    row = SignDocument.objects.get()
    assert TEXT_BYTES not in bytes(row.content)
    view, raw = read_signature(room.place.sealer, DocumentSignature.objects.get().number)
    assert raw not in bytes(DocumentSignature.objects.get().raw) and view.document == document.number


def test_a_newer_text_replaces_the_older(room: Room) -> None:
    first = room.offer()
    room.sign(first.number)
    second = room.offer(content=TEXT_BYTES + b"2")
    assert second.version == 2 and second.state is DocumentState.WAITING
    older = find_document(first.number)
    assert older is not None and older.state is DocumentState.REPLACED and len(older.signatures) == 1
    with pytest.raises(NotToBeSigned):
        room.sign(first.number, by=LI)
    assert [one.number for one in list_documents(waiting=True)] == [second.number]
    # What was signed of the older text is not a signature of the newer one.
    with pytest.raises(SignatureRefused) as told:
        room.sign(second.number)
    assert told.value.data["failed"] == ("changed",)
    assert room.findings() == []


def test_taken_back(room: Room) -> None:
    document = room.offer()
    with transaction.atomic():
        log = OpenLog(room.place.sealer.ring, NOON)
        withdraw_document(log, number=document.number, reason="改期", by=OFFICER)
        log.seal()
    with pytest.raises(NotToBeSigned):
        room.sign(document.number)
    assert list_documents(waiting=True) == [] and room.findings() == []
    with pytest.raises(NotToBeSigned), transaction.atomic():
        withdraw_document(
            OpenLog(room.place.sealer.ring, NOON), number=document.number, reason="", by=OFFICER
        )
    with pytest.raises(NoSuchDocument), transaction.atomic():
        withdraw_document(OpenLog(room.place.sealer.ring, NOON), number="D0", reason="", by=OFFICER)
    SignDocument.objects.update(withdrawn_at=None)
    assert "taken back" in room.findings()[0]


@pytest.mark.parametrize(
    ("content", "media"),
    [(b"", "text/plain; charset=utf-8"), (b"\xff\xfe", "text/plain; charset=utf-8"), (b"x", PDF), (b"x", "image/png"), (b"x" * ((4 << 20) + 1), "text/plain; charset=utf-8")],
    ids=["empty", "no text", "no pdf", "a picture", "long"],
)  # fmt: skip
def test_what_cannot_be_offered(room: Room, content: bytes, media: str) -> None:
    with pytest.raises(OfferRefused):
        room.offer(content=content, media=media)


def test_what_is_not_taken(room: Room) -> None:
    document = room.offer()
    number = document.number

    def refused(raw: bytes, **more: Any) -> tuple[str, ...]:
        with pytest.raises(SignatureRefused) as told:
            sign_by_upload(room.place, room.signing(number, **more), raw)
        return told.value.data["failed"]

    own = room.authority.person()
    assert refused(b"nonsense") == ("file",)
    assert refused(room.signature(own, content=b"another")) == ("changed",)
    assert refused(room.signature(Authority("无人信任").person())) == ("chain",)
    assert refused(room.signature(room.authority.person("李二", "示例二号商贸有限公司"))) == ("named",)
    assert refused(room.signature(own, at=NOON - 2 * DAY)) == ("clock",)
    assert refused(room.signature(own, at=NOON + timedelta(hours=5))) == ("clock",)
    assert refused(room.signature(room.authority.person(until=NOON - DAY))) == ("expired",)
    assert not DocumentSignature.objects.exists() and room.findings() == []


def test_a_certificate_that_ended_signs_no_more_on_its_holders_word(room: Room) -> None:
    document, own = room.offer(), room.authority.person(until=NOON + DAY)
    raw = room.signature(own)
    room.at = NOON + 2 * DAY
    with pytest.raises(SignatureRefused) as told:
        sign_by_upload(room.place, room.signing(document.number), raw)
    assert told.value.data["failed"] == ("ended",)


def test_nobody_signs_twice(room: Room) -> None:
    document = room.offer()
    room.sign(document.number)
    with pytest.raises(NotToBeSigned):
        room.sign(document.number)
    # A second person of the same organisation may, with a certificate of the organisation.
    seal = room.authority.person("示例一号商贸有限公司")
    room.sign(document.number, seal, by=LI, who=replace(ZHANG, name="李二"))
    found = find_document(document.number)
    assert found is not None and [one.who for one in found.signatures] == ["p1", "p2"]


def test_one_signature_is_not_two_peoples(room: Room) -> None:
    """What no signature covers can be changed by anybody: the bytes are then others, and the signature is the same one."""
    from asn1crypto import cms

    document, own = room.offer(), room.authority.person()
    room.sign(document.number, own)
    _, raw = read_signature(room.place.sealer, DocumentSignature.objects.get().number)

    def bag(one: Any) -> None:
        one["certificates"].append(
            cms.CertificateChoices.load(room.authority.certificate.public_bytes(Encoding.DER))
        )

    def twin(one: Any) -> None:
        r, s = decode_dss_signature(one["signer_infos"][0]["signature"].native)
        one["signer_infos"][0]["signature"] = encode_dss_signature(r, es256.ORDER - s)

    for change in (bag, twin):
        whole = cms.ContentInfo.load(raw)
        change(whole["content"])
        changed = whole.dump(force=True)
        assert (
            changed != raw
            and check_cms(changed, TEXT_BYTES, SignatureAsked(trust_of(room.place, at=NOON), NOON)).ok
        )
        with pytest.raises(NotToBeSigned, match="已由另一人"):
            sign_by_upload(
                room.place, room.signing(document.number, by=LI, who=replace(ZHANG, name="李二")), changed
            )
    # Nor a second one, with a certificate that another person signed with.
    with pytest.raises(NotToBeSigned, match="已由另一人"):
        room.sign(document.number, own, by=LI, who=replace(ZHANG, name="李二"))
    assert DocumentSignature.objects.count() == 1 and room.findings() == []


def test_revoked_afterwards(room: Room, tmp_path: Any) -> None:
    own = room.authority.person()
    document = room.offer()
    room.sign(document.number, own)
    own_list = tmp_path / "lists" / "own.crl"
    own_list.write_bytes(room.authority.revocation_list((own, NOON + DAY), at=NOON + 2 * DAY))
    later = NOON + 3 * DAY
    assert states(room, document.number, at=later)["revocation"] is State.HOLDS
    own_list.write_bytes(room.authority.revocation_list((own, NOON - DAY), at=NOON + 2 * DAY))
    (checked,) = check_document(room.place, document.number, at=later)
    assert checked.verdict.failed == ("revoked",)
    assert [one.state for one in checked.conditions] == [State.FAILS, State.FAILS, State.HOLDS, State.HOLDS]


def test_a_key_file_is_used_once_and_the_second_condition_says_so(room: Room) -> None:
    document, own = room.offer(), room.authority.person()
    sign_by_key_file(room.place, room.signing(document.number), own.key_file(), SECRET)
    (checked,) = check_document(room.place, document.number, at=NOON)
    assert checked.verdict.ok
    assert [one.state for one in checked.conditions] == [State.HOLDS, State.OPEN, State.HOLDS, State.HOLDS]
    with pytest.raises(WrongUse):
        sign_by_key_file(room.place, room.signing(document.number, by=LI), own.key_file(), "wrong")


def test_test_certificates(room: Room, settings: Any) -> None:
    wanted = Wanted("p1", "firm", ZHANG)
    with pytest.raises(NoTestCertificates):
        issue_test_certificate(room.place, wanted, passphrase=SECRET, by=OFFICER, at=NOON)
    settings.ECREDIT_SIGNING_TEST = True
    made = issue_test_certificate(room.place, wanted, passphrase=SECRET, by=OFFICER, at=NOON)
    assert "TEST 测试" in made.certificate.subject.rfc4514_string()
    document = room.offer()
    sign_by_key_file(room.place, room.signing(document.number), made.raw, SECRET)
    (checked,) = check_document(room.place, document.number, at=NOON)
    assert checked.verdict.ok and checked.signature.test
    assert states(room, document.number)["test"] is State.OPEN
    assert [one.state for one in checked.conditions] == [State.OPEN, State.OPEN, State.HOLDS, State.HOLDS]
    serial = f"{made.certificate.serial_number:x}"
    revoke_test_certificate(room.place, serial, reason="丢失", by=OFFICER, at=NOON + DAY)
    revoke_test_certificate(room.place, serial, reason="丢失", by=OFFICER, at=NOON + DAY)
    room.at = NOON + 2 * DAY
    again = room.offer("commitment:2")
    with pytest.raises(SignatureRefused) as told:
        sign_by_key_file(room.place, room.signing(again.number), made.raw, SECRET)
    assert told.value.data["failed"] == ("revoked",)
    assert states(room, document.number)["revocation"] is State.HOLDS
    with pytest.raises(NoSuchCertificate):
        revoke_test_certificate(room.place, "ff", reason="", by=OFFICER, at=NOON)
    assert room.findings() == []
    # Taken no longer: what was signed is of nobody that is trusted here any more.
    settings.ECREDIT_SIGNING_TEST = False
    assert states(room, document.number)["chain"] is State.FAILS


def test_a_test_certificate_signs_for_whom_it_was_issued_alone(room: Room, settings: Any) -> None:
    """It names the organisation too; a colleague who gets at the signature first could else enter it as theirs."""
    settings.ECREDIT_SIGNING_TEST = True
    made = issue_test_certificate(
        room.place, Wanted("p1", "firm", ZHANG), passphrase=SECRET, by=OFFICER, at=NOON
    )
    document = room.offer()
    raw = sign_cms(TEXT_BYTES, open_key_file(made.raw, SECRET), at=NOON)
    with pytest.raises(SignatureRefused) as told:
        sign_by_upload(room.place, room.signing(document.number, by=LI, who=replace(ZHANG, name="李二")), raw)
    assert told.value.data["failed"] == ("named",)
    assert sign_by_upload(room.place, room.signing(document.number), raw).who == "p1"


def test_the_key_of_a_test_certificate_stays_nowhere(room: Room, settings: Any) -> None:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12

    settings.ECREDIT_SIGNING_TEST = True
    made = issue_test_certificate(
        room.place, Wanted("p1", "firm", ZHANG), passphrase=SECRET, by=OFFICER, at=NOON
    )
    key = pkcs12.load_key_and_certificates(made.raw, SECRET.encode())[0]
    secret = key.private_numbers().private_value.to_bytes(32, "big")
    der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    kept = b"".join(path.read_bytes() for path in room.home.root.rglob("*") if path.is_file())
    kept += "".join(f"{row.detail}" for row in JournalEntry.objects.all()).encode()
    for hidden in (secret, secret.hex().encode(), der, made.raw, SECRET.encode()):
        assert hidden not in kept


@pytest.mark.parametrize(
    ("table", "change", "said"),
    [
        (SignDocument, {"title": "另一份"}, "row of document"),
        (SignDocument, {"content": b"x"}, "content of document"),
        (DocumentSignature, {"who": "p9"}, "row of signature"),
        (DocumentSignature, {"raw": b"x"}, "does not hold"),
        (PersonCertificate, {"who": "p9"}, "row of test certificate"),
        (PersonCertificate, {"revoked_at": NOON}, "was revoked is not"),
    ],
)
def test_the_audit_sees_what_was_changed_by_hand(
    room: Room, settings: Any, table: Any, change: Any, said: str
) -> None:
    settings.ECREDIT_SIGNING_TEST = True
    issue_test_certificate(room.place, Wanted("p1", "firm", ZHANG), passphrase=SECRET, by=OFFICER, at=NOON)
    room.sign(room.offer().number)
    assert room.findings() == []
    table.objects.update(**change)
    assert any(said in one for one in room.findings())


def test_the_audit_sees_when_it_was_revoked_or_taken_back_moved_by_hand(room: Room, settings: Any) -> None:
    """A later day of revoking would make good what was signed in between."""
    settings.ECREDIT_SIGNING_TEST = True
    made = issue_test_certificate(
        room.place, Wanted("p1", "firm", ZHANG), passphrase=SECRET, by=OFFICER, at=NOON
    )
    serial = f"{made.certificate.serial_number:x}"
    revoke_test_certificate(room.place, serial, reason="丢失", by=OFFICER, at=NOON + DAY)
    document = room.offer()
    with transaction.atomic():
        log = OpenLog(room.place.sealer.ring, NOON + DAY)
        withdraw_document(log, number=document.number, reason="改期", by=OFFICER)
        log.seal()
    assert room.findings() == []
    PersonCertificate.objects.update(revoked_at=NOON + 2 * DAY)
    SignDocument.objects.update(withdrawn_at=NOON)
    said = room.findings()
    assert len(said) == 2 and "was taken back" in said[0] and "was revoked" in said[1]


def test_the_audit_sees_what_is_gone_and_what_was_put_in_its_place(room: Room) -> None:
    first, second = room.offer(), room.offer("commitment:2")
    room.sign(first.number)
    other = DocumentSignature.objects.get()
    DocumentSignature.objects.all().delete()
    assert "is gone" in room.findings()[0]
    other.document_id = second.number
    other.save(force_insert=True)
    assert room.findings()


def test_the_audit_sees_a_signature_that_is_on_another_text_though_every_row_fits(room: Room) -> None:
    """Whoever holds the keys can write rows that fit; what was signed they cannot change."""
    room.sign(room.offer().number)
    row, other = SignDocument.objects.get(), b"another text"
    row.content, row.size = room.place.sealer.seal_bytes(other), len(other)
    row.digest = hashlib.sha256(other).hexdigest()
    row.binding = mark_of(room.place.sealer.ring, row)
    row.save()
    assert any("does not hold" in one for one in room.findings())
