"""A PDF that a person signs: the text that was offered, and nothing else."""

import io
from functools import lru_cache

import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecredit.foundation.proof.cms_check import SignatureAsked
from ecredit.foundation.proof.cms_signing import open_key_file
from ecredit.foundation.proof.person_pdf import (
    check_person_pdf,
    holds_in_pdf,
    prepare_pdf,
    read_person_pdf,
    sign_person_pdf,
)
from tests.conftest import NOON
from tests.proof.authority_samples import SECRET
from tests.proof.test_proof_cms import person, root, trusting
from tests.proof.test_proof_pdf import blank


@lru_cache(maxsize=1)
def offered() -> bytes:
    return prepare_pdf(blank())


@lru_cache(maxsize=2)
def signed(kind: str = "ec") -> bytes:
    return sign_person_pdf(
        offered(), open_key_file(person(kind).key_file(), SECRET), at=NOON, reason="信用承诺书"
    )


def failed(raw: bytes, document: bytes = b"") -> tuple[str, ...]:
    asked = SignatureAsked(trusting(root().revocation_list()), NOON, known_at=NOON)
    return check_person_pdf(raw, document or offered(), asked).failed


@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_it_holds_and_says_who_signed(kind: str) -> None:
    raw = signed(kind)
    assert raw.startswith(offered()) and offered().startswith(blank()[:8])
    asked = SignatureAsked(trusting(root().revocation_list()), NOON, known_at=NOON)
    verdict = check_person_pdf(raw, offered(), asked)
    assert verdict.ok and verdict.said["signer"] == "张一"
    assert {one.code for one in verdict.findings} == {"bytes", "certificate", "chain", "revocation"}
    certificate, said_at = read_person_pdf(raw)
    assert certificate == person(kind).certificate and said_at == NOON
    assert holds_in_pdf(raw, offered())


def test_prepared_once() -> None:
    assert prepare_pdf(offered()) == offered()
    for bad in (signed(), b"%PDF-1.7\nnonsense", b""):
        with pytest.raises(ValueError):
            prepare_pdf(bad)


def test_another_text_is_told() -> None:
    def add_page(raw: bytes) -> bytes:
        writer, out = pypdf.PdfWriter(io.BytesIO(raw), incremental=True), io.BytesIO()
        writer.add_blank_page(100, 100)
        writer.write(out)
        return out.getvalue()

    changed_first = sign_person_pdf(
        add_page(offered()), open_key_file(person().key_file(), SECRET), at=NOON, reason=""
    )
    assert failed(changed_first) == ("version",)
    other = prepare_pdf(add_page(blank()))
    signed_other = sign_person_pdf(other, open_key_file(person().key_file(), SECRET), at=NOON, reason="")
    assert failed(signed_other) == ("version",) and failed(signed_other, other) == ()
    assert failed(add_page(signed()))[0] in ("appended", "changed")
    assert failed(offered()) == ("file",) and failed(signed()[:-200]) == ("file",)
    assert not holds_in_pdf(signed_other, offered()) and not holds_in_pdf(b"x", offered())


@settings(max_examples=250)
@given(st.data())
def test_one_byte_changed_anywhere_is_told(data) -> None:
    raw = signed()
    start, end = raw.index(b"/Contents <") + 11, raw.index(b">", raw.index(b"/Contents <"))
    within = data.draw(st.booleans())
    place = data.draw(st.integers(start, start + 2_000) if within else st.integers(0, len(raw) - 1))
    altered = bytearray(raw)
    altered[place] ^= data.draw(st.integers(1, 255))
    assert failed(bytes(altered)), (place, start, end)
