"""A time stamp inside a signature: it outlives its certificate's end and its being taken back later."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import cms, core
from cryptography import x509

from ecredit.foundation.proof.badge_types import State, Verdict
from ecredit.foundation.proof.certificate_check import Trust
from ecredit.foundation.proof.cms_check import SignatureAsked, check_cms
from ecredit.foundation.proof.pdf_certificates import read_roots
from ecredit.foundation.proof.time_stamps import ask_for, read_answer
from tests.operation.stamp_authority import Authority as Stamper
from tests.proof.authority_samples import DAY
from tests.proof.test_proof_cms import DOCUMENT, codes, root, signed

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(scope="module")
def stamper(tmp_path_factory: pytest.TempPathFactory) -> Stamper:
    return Stamper(tmp_path_factory.mktemp("tsa") / "one")


def roots(stamper: Stamper) -> tuple[x509.Certificate, ...]:
    return read_roots(stamper.root.read_bytes())


def stamped(
    stamper: Stamper, raw: bytes, over: bytes | None = None, kind: str = "1.2.840.113549.1.9.16.2.14"
) -> bytes:
    signer = cms.ContentInfo.load(raw)["content"]["signer_infos"][0]
    request = ask_for(signer["signature"].native if over is None else over)
    token = read_answer(stamper.answer(request.body), request)
    beside = tlv(0xA1, tlv(0x30, core.ObjectIdentifier(kind).dump() + tlv(0x31, token)))
    return with_beside(raw, beside)


def with_beside(raw: bytes, beside: bytes) -> bytes:
    """The signature with something put beside it, where no signature covers it: every length around it grows."""
    whole = cms.ContentInfo.load(raw)
    data = whole["content"]
    inner = data.contents
    signers = data["signer_infos"].dump()
    assert inner.endswith(signers)
    grown = tlv(0x31, tlv(0x30, data["signer_infos"][0].contents + beside))
    return tlv(0x30, whole["content_type"].dump() + tlv(0xA0, tlv(0x30, inner.removesuffix(signers) + grown)))


def tlv(tag: int, content: bytes) -> bytes:
    made: bytes = core.Sequence(contents=content).dump()
    return bytes([tag]) + made[1:]


def check(raw: bytes, at: datetime, *lists: bytes, stamp_roots: Any = ()) -> Verdict:
    trust = Trust((root().certificate,), lists=lists, stamp_roots=stamp_roots)
    return check_cms(raw, DOCUMENT, SignatureAsked(trust, at))


def test_it_outlives_its_certificate_and_its_being_taken_back(stamper: Stamper) -> None:
    own = root().person(since=NOW - 30 * DAY, until=NOW + 10 * DAY)
    plain = signed(own, NOW)
    raw, later = stamped(stamper, plain), NOW + 5 * DAY
    lists = root().revocation_list((own, NOW + 3 * DAY), at=later)
    verdict = check(raw, later, lists, stamp_roots=roots(stamper))
    assert verdict.ok and {"stamp", "revocation"} <= codes(verdict, State.HOLDS)
    assert check(plain, later, lists).failed == ("revoked",)
    # The authority is not trusted: the stamp shows nothing.
    unknown = check(raw, later, lists)
    assert unknown.failed == ("revoked",) and "stamp" in codes(unknown, State.OPEN)
    ended = check(raw, NOW + 20 * DAY, stamp_roots=roots(stamper))
    assert ended.ok and "certificate" in codes(ended, State.HOLDS)
    assert "ended" in codes(check(plain, NOW + 20 * DAY), State.FAILS)


def test_a_stamp_of_something_else_or_of_a_stranger_is_told(stamper: Stamper, tmp_path: Path) -> None:
    own = root().person(since=NOW - 30 * DAY, until=NOW + 10 * DAY)
    plain, later = signed(own, NOW), NOW + timedelta(hours=1)
    assert check(stamped(stamper, plain, over=b"else"), later, stamp_roots=roots(stamper)).failed == (
        "stamp",
    )
    stranger = Stamper(tmp_path / "two")
    assert check(stamped(stranger, plain), later, stamp_roots=roots(stamper)).failed == ("stamp",)


def test_nothing_else_stands_beside_a_signature(stamper: Stamper) -> None:
    plain = signed(root().person(since=NOW - 30 * DAY, until=NOW + 10 * DAY), NOW)
    raw = stamped(stamper, plain, kind="1.2.3.4.5")
    assert check(raw, NOW, stamp_roots=roots(stamper)).failed == ("form",)


def test_what_is_nested_deep_takes_no_longer(stamper: Stamper) -> None:
    """Whoever sends a signature chooses how deep it is; the time must not double with every level."""
    own = root().person(since=NOW - 30 * DAY, until=NOW + 10 * DAY)
    deep = b"\x05\x00"
    for _ in range(400):
        deep = tlv(0x30, deep)
    token = tlv(0x30, core.ObjectIdentifier("1.2.840.113549.1.7.2").dump() + tlv(0xA0, deep))
    beside = tlv(
        0xA1, tlv(0x30, core.ObjectIdentifier("1.2.840.113549.1.9.16.2.14").dump() + tlv(0x31, token))
    )
    started = time.perf_counter()
    assert check(with_beside(signed(own, NOW), beside), NOW, stamp_roots=roots(stamper)).failed
    assert time.perf_counter() - started < 5
