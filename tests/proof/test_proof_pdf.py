"""Signed PDFs: what holds, and each thing that does not hold told by its own code."""

import io
from datetime import timedelta
from functools import lru_cache

import pypdf
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.proof.city_keys import CityKeys
from ecredit.foundation.proof.errors import KeysUnusable
from ecredit.foundation.proof.keys import KeyRing
from ecredit.foundation.proof.pdf_certificates import DOCUMENT_SIGNING, certify_pair, is_test, read_roots
from ecredit.foundation.proof.pdf_check import PdfAsked, check_pdf, looks_like_pdf
from ecredit.foundation.proof.pdf_signing import licensed_signer, pair_signer, sign_pdf
from ecredit.foundation.proof.sealing import Sealer
from ecredit.foundation.proof.signing_keys import load_pair, make_pair
from tests.conftest import NOON

DAY = timedelta(days=1)


def blank() -> bytes:
    writer, out = pypdf.PdfWriter(), io.BytesIO()
    writer.add_blank_page(200, 200)
    writer.write(out)
    return out.getvalue()


@lru_cache(maxsize=1)
def signed() -> tuple[bytes, CityKeys]:
    """One signed PDF for all that only read it."""
    import tempfile
    from pathlib import Path

    keys = Path(tempfile.mkdtemp()) / "keys"
    sealer = Sealer(KeyRing.create(keys))
    key = make_pair(keys, sealer, since=NOON - DAY, until=NOON + 100 * DAY)
    certified = certify_pair(keys, sealer, key, name="示例市信用平台", at=NOON)
    signer = pair_signer(load_pair(keys, sealer, at=NOON), certified.certificate)
    return sign_pdf(blank(), signer, at=NOON, reason="测试", place="x"), CityKeys(
        "did:web:x", "示例市", (key,)
    )


def codes(raw: bytes, **more) -> tuple[str, ...]:
    _, keys = signed()
    return check_pdf(raw, PdfAsked(**{"keys": keys, "roots": (), "at": NOON, **more})).failed


def test_it_holds_and_says_it_is_a_test() -> None:
    raw, keys = signed()
    assert looks_like_pdf(raw)
    verdict = check_pdf(raw, PdfAsked(keys, (), NOON))
    assert verdict.ok and verdict.said["signer"] == "示例市信用平台" and verdict.said["test"] is True
    assert {one.code for one in verdict.findings} == {"bytes", "signer", "certificate", "test"}
    assert verdict.said["signed_at"].startswith("2026-05-12T04:00:00")


def test_nothing_signed_nothing_holds() -> None:
    assert codes(blank()) == ("signature",)
    assert codes(b"%PDF-1.7\nnonsense") == ("file",)
    assert codes(signed()[0][:-200]) == ("file",)


def test_appended_after_signing() -> None:
    raw, _ = signed()
    assert codes(raw + b"\n% more") == ("appended",)
    writer, out = pypdf.PdfWriter(io.BytesIO(raw), incremental=True), io.BytesIO()
    writer.add_blank_page(100, 100)
    writer.write(out)
    assert "appended" in codes(out.getvalue())


@settings(max_examples=60)
@given(st.data())
def test_one_byte_changed_anywhere_is_told(data) -> None:
    raw, _ = signed()
    place = data.draw(st.integers(0, len(raw) - 1))
    altered = bytearray(raw)
    altered[place] ^= data.draw(st.integers(1, 255))
    assert codes(bytes(altered)), place


def test_a_number_that_is_none_is_told_and_no_traceback() -> None:
    raw, _ = signed()
    place = raw.index(b"/MediaBox[") if b"/MediaBox[" in raw else raw.index(b"/MediaBox") + 9
    for at in range(place, place + 24):
        for other in b".-+e":
            assert codes(raw[:at] + bytes([other]) + raw[at + 1 :]) or raw[at] == other


def test_a_byte_of_the_content_is_told_as_changed() -> None:
    raw, _ = signed()
    place = raw.index(b"/MediaBox")
    assert codes(raw[: place + 4] + b"I" + raw[place + 5 :]) == ("changed",)


@pytest.mark.parametrize("place", [4, 5, 30, 45, 56, 57, 70, 77, 84])
def test_what_no_signature_covers_in_its_container_is_looked_at_too(place) -> None:
    raw, _ = signed()
    place += raw.index(b"/Contents <") + 11
    other = b"1" if raw[place : place + 1] == b"0" else b"0"
    assert codes(raw[:place] + other + raw[place + 1 :])


def test_the_room_left_for_the_signature_holds_nothing_else() -> None:
    raw, _ = signed()
    end = raw.index(b">", raw.index(b"/Contents <"))
    assert "appended" in codes(raw[: end - 1] + b"1" + raw[end:])


def test_another_city_and_a_retired_key() -> None:
    raw, keys = signed()
    own = keys.keys[0]
    from dataclasses import replace

    assert codes(raw, keys=CityKeys("did:web:y", "别市", ())) == ("signer",)
    assert codes(raw, keys=None) == ("signer",)
    assert codes(raw, keys=replace(keys, keys=(replace(own, retired_at=NOON - timedelta(hours=1)),))) == (
        "key",
    )
    assert codes(raw, keys=replace(keys, keys=(replace(own, retired_at=NOON + DAY),))) == ()
    assert codes(raw, at=NOON - 3 * DAY) == ("clock",)
    # Long after: the certificate was good when it signed, and that is said.
    later = check_pdf(raw, PdfAsked(keys, (), NOON + 400 * DAY))
    assert later.ok and "ended" in {one.code for one in later.findings}


def make_p12(path, *, since=NOON - DAY, until=NOON + DAY, usage=(DOCUMENT_SIGNING,), signs=True, ca=None):
    """A certificate of a made-up licensed body, its root, and both in a PKCS#12 file."""
    root_key = ec.generate_private_key(ec.SECP256R1())
    root_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "示例电子认证机构")])

    def build(name, key, issuer_key, days, extensions):
        built = (
            x509.CertificateBuilder().subject_name(name).issuer_name(root_name).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(days[0]).not_valid_after(days[1])
        )  # fmt: skip
        for extension in extensions:
            built = built.add_extension(extension, critical=True)
        return built.sign(issuer_key, hashes.SHA256())

    root = build(
        root_name,
        root_key,
        root_key,
        (NOON - 900 * DAY, NOON + 900 * DAY),
        [x509.BasicConstraints(True, None)],
    )
    key = ec.generate_private_key(ec.SECP256R1())
    flags = dict.fromkeys(
        ("key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only", "data_encipherment"),
        False,
    )
    own = build(
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "示例市商务局")]), key, root_key, (since, until),
        [x509.KeyUsage(digital_signature=signs, content_commitment=signs, key_encipherment=not signs, **flags),
         x509.ExtendedKeyUsage(list(usage))],
    )  # fmt: skip
    path.write_bytes(
        pkcs12.serialize_key_and_certificates(b"x", key, own, [root], BestAvailableEncryption(b"geheim"))
    )
    return root


def test_a_licensed_certificate_is_trusted_by_its_root(tmp_path) -> None:
    root = make_p12(tmp_path / "a.p12")
    signer = licensed_signer(tmp_path / "a.p12", "geheim")
    assert not signer.is_test and not is_test(signer.certificate)
    raw = sign_pdf(blank(), signer, at=NOON, reason="r", place="x")
    assert codes(raw, roots=(root,)) == ()
    assert codes(raw) == ("signer",)
    other = make_p12(tmp_path / "b.p12")
    assert codes(raw, roots=(other,)) == ("signer",), "another body of the same name"
    with pytest.raises(KeysUnusable):
        licensed_signer(tmp_path / "a.p12", "wrong")
    with pytest.raises(WrongUse):
        licensed_signer(tmp_path / "none.p12", "geheim")
    assert read_roots(b"nothing") == ()


@pytest.mark.parametrize(
    ("made", "code"),
    [
        ({"since": NOON + DAY, "until": NOON + 2 * DAY}, "not_yet"),
        ({"since": NOON - 3 * DAY, "until": NOON - DAY}, "expired"),
        ({"usage": (ExtendedKeyUsageOID.SERVER_AUTH,)}, "use"),
        ({"signs": False}, "use"),
    ],
)
def test_a_certificate_that_was_not_good_for_it(tmp_path, made, code) -> None:
    root = make_p12(tmp_path / "a.p12", **made)
    signer = licensed_signer(tmp_path / "a.p12", "geheim")
    if code in ("not_yet", "expired"):
        with pytest.raises(KeysUnusable):
            sign_pdf(blank(), signer, at=NOON, reason="r", place="x")
        raw = _sign_whenever(signer)
    else:
        raw = sign_pdf(blank(), signer, at=NOON, reason="r", place="x")
    assert code in codes(raw, roots=(root,))


def _sign_whenever(signer) -> bytes:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import signers

    class At(signers.PdfSigner):
        def init_signing_session(self, *given, **named):
            session = super().init_signing_session(*given, **named)
            session.system_time = NOON
            return session

    out = io.BytesIO()
    said = signers.PdfSignatureMetadata(field_name="S", md_algorithm="sha256")
    At(said, signer=signer.tool).sign_pdf(IncrementalPdfFileWriter(io.BytesIO(blank())), output=out)
    return out.getvalue()
