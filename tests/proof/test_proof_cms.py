"""Signatures on documents: what holds, and each thing that does not hold told by its own code."""

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given, settings
from hypothesis import strategies as st

from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.proof.badge_types import State, Verdict
from ecredit.foundation.proof.certificate_check import TOLERANCE, Trust
from ecredit.foundation.proof.cms_check import (
    SignatureAsked,
    check_cms,
    holds_on,
    read_cms,
    tidy_cms,
)
from ecredit.foundation.proof.cms_form import looks_like_cms
from ecredit.foundation.proof.cms_signing import open_key_file, sign_cms
from tests.conftest import NOON
from tests.proof.authority_samples import DAY, SECRET, Authority, Person

DOCUMENT = "本单位承诺依法经营。\n".encode()
HOUR = timedelta(hours=1)


@lru_cache(maxsize=1)
def root() -> Authority:
    return Authority()


@lru_cache(maxsize=8)
def person(kind: str = "ec") -> Person:
    return root().person(kind=kind)


def signed(who: Person, at: datetime = NOON, document: bytes = DOCUMENT) -> bytes:
    return sign_cms(document, open_key_file(who.key_file(), SECRET), at=at)


@lru_cache(maxsize=1)
def usual() -> bytes:
    return signed(person())


def trusting(*lists: bytes, answers: tuple[bytes, ...] = (), others: Any = ()) -> Trust:
    return Trust((root().certificate,), others, lists, answers)


def check(raw: bytes, trust: Trust | None = None, at: datetime = NOON, **more: Any) -> Verdict:
    document = more.pop("document", DOCUMENT)
    return check_cms(raw, document, SignatureAsked(trust or trusting(), at, **more))


def codes(verdict: Verdict, state: State) -> set[str]:
    return {one.code for one in verdict.findings if one.state is state}


@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_it_holds_and_says_who_signed(kind: str) -> None:
    raw = signed(person(kind))
    assert looks_like_cms(raw) and read_cms(raw).names_own
    verdict = check(raw, trusting(root().revocation_list()), known_at=NOON)
    assert verdict.ok and codes(verdict, State.OPEN) == set()
    assert codes(verdict, State.HOLDS) == {"bytes", "certificate", "chain", "revocation"}
    assert verdict.said["signer"] == "张一" and verdict.said["test"] is False
    assert str(verdict.said["signed_at"]).startswith("2026-05-12T04:00:00")


def test_without_a_list_nobody_can_tell_whether_it_was_revoked() -> None:
    verdict = check(usual())
    assert verdict.ok and codes(verdict, State.OPEN) == {"revocation"}
    other = Authority("另一机构").revocation_list()
    assert codes(check(usual(), trusting(other)), State.OPEN) == {"revocation"}
    stale = root().revocation_list(at=NOON - 30 * DAY)
    assert codes(check(usual(), trusting(stale)), State.OPEN) == {"stale"}


def test_a_changed_document_and_a_changed_signature_are_told_apart() -> None:
    assert check(usual(), document=DOCUMENT + b" ").failed == ("changed",)
    raw = bytearray(usual())
    raw[-3] ^= 1
    assert check(bytes(raw)).failed == ("signature",)
    assert check(b"no signature").failed == ("file",)
    assert holds_on(usual(), DOCUMENT) and not holds_on(usual(), b"x") and not holds_on(b"x", DOCUMENT)


def test_a_bit_of_every_byte_changed_is_told() -> None:
    """All eight bits of each were tried when this was written; one of each is what a test has time for."""
    raw, unseen = usual(), []
    for place in range(len(raw)):
        altered = bytearray(raw)
        altered[place] ^= 1 << place % 8
        if check(bytes(altered)).ok:
            unseen.append(place)
    assert unseen == []


@settings(max_examples=200)
@given(st.data())
def test_bytes_changed_cut_and_added_are_told(data: Any) -> None:
    raw = bytearray(usual())
    start = data.draw(st.integers(0, len(raw)))
    end = data.draw(st.integers(start, min(len(raw), start + 12)))
    raw[start:end] = data.draw(st.binary(max_size=12))
    if bytes(raw) != usual():
        assert not check(bytes(raw)).ok
    assert not check(data.draw(st.binary(max_size=200))).ok


def test_of_no_authority_that_is_trusted() -> None:
    stranger = Authority("无人信任的机构")
    assert check(signed(stranger.person())).failed == ("chain",)
    # The same name on another key is another authority.
    assert check(signed(Authority().person())).failed == ("chain",)


def test_an_authority_below_the_root() -> None:
    below = Authority("下级机构", above=root())
    raw = signed(below.person())
    assert check(raw).failed == ("chain",)
    assert check(raw, trusting(others=(below.certificate,))).ok
    # A person's certificate cannot issue one.
    fake = Authority("张一")
    fake.certificate, fake.key = person().certificate, person().key
    verdict = check(signed(fake.person("李二")), trusting(others=(person().certificate,)))
    assert verdict.failed == ("chain",)


def test_revoked_before_and_after_it_was_known() -> None:
    gone = root().person()
    raw = signed(gone)
    early = trusting(root().revocation_list((gone, NOON - DAY)))
    assert check(raw, early, known_at=NOON).failed == ("revoked",)
    later = trusting(root().revocation_list((gone, NOON + DAY), at=NOON + 2 * DAY))
    now = NOON + 3 * DAY
    assert check(raw, later, at=now, known_at=NOON + HOUR).ok
    # Nothing but its own word shows that it signed before its certificate was taken back.
    assert check(raw, later, at=now).failed == ("revoked",)


def test_an_answer_of_a_status_service() -> None:
    gone = root().person(ocsp_at="http://ocsp.example/")
    raw = signed(gone)
    assert "revocation" in codes(check(raw, trusting(answers=(root().answer(gone),))), State.HOLDS)
    taken = trusting(answers=(root().answer(gone, revoked_at=NOON - DAY),))
    assert check(raw, taken).failed == ("revoked",)


def test_times_are_told_apart() -> None:
    early = root().person(since=NOON + 3 * DAY)
    assert check(signed(early), at=NOON + 4 * DAY).failed == ("not_yet",)
    soon = root().person(since=NOON + 3 * HOUR)
    assert check(signed(soon), at=NOON + 4 * HOUR).failed == ("clock",)
    over = root().person(until=NOON - 3 * DAY)
    assert check(signed(over)).failed == ("expired",)
    assert check(usual(), at=NOON - HOUR).failed == ("clock",)
    assert check(usual(), at=NOON - 3 * DAY).failed == ("future",)
    assert check(usual(), at=NOON - TOLERANCE / 2).ok


def test_a_certificate_that_ended_since() -> None:
    ended = NOON + 301 * DAY
    verdict = check(usual(), at=ended)
    assert not verdict.ok and verdict.failed == ("ended",)
    known = check(usual(), at=ended, known_at=NOON)
    assert known.ok and "certificate" in codes(known, State.HOLDS)


def test_of_a_wrong_use() -> None:
    server = root().person(purposes=(ExtendedKeyUsageOID.SERVER_AUTH,))
    assert check(signed(server)).failed == ("use",)
    authority = root().person(for_documents=False)
    assert check(signed(authority)).failed == ("use",)


def test_a_short_key_is_refused() -> None:
    assert check(signed(root().person(kind="rsa", bits=1_024))).failed == ("weak",)


def test_signed_over_another_digest_than_the_documents_is_refused() -> None:
    from asn1crypto import cms

    whole = cms.ContentInfo.load(usual())
    signer = whole["content"]["signer_infos"][0]
    signer["signature_algorithm"] = {"algorithm": "sha1_ecdsa"}
    whole["content"]["signer_infos"] = [signer]
    assert check(whole.dump(force=True)).failed == ("weak",)


def test_pem_is_read_as_der_is() -> None:
    from asn1crypto import pem

    armoured = pem.armor("CMS", usual())
    assert tidy_cms(armoured) == usual() and check(armoured).ok
    with pytest.raises(ValueError):
        tidy_cms(usual() + b"\0")


@pytest.mark.parametrize("raw", [b"", b"nonsense", b"0" * 70_000])
def test_a_key_file_that_cannot_be_opened_says_nothing_of_the_passphrase(raw: bytes) -> None:
    with pytest.raises(WrongUse) as told:
        open_key_file(raw, "s3cret-words")
    assert "s3cret-words" not in str(told.value)
    with pytest.raises(WrongUse):
        open_key_file(person().key_file(), "wrong")
