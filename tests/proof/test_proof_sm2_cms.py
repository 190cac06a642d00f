"""SM2 certificates and revocation lists that OpenSSL made, and signatures under them. OpenSSL 3.0 makes no CMS with SM2 itself:
its signature of the signed attributes is put into one here."""

import asyncio
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from ecredit.foundation.proof.badge_types import State, Verdict
from ecredit.foundation.proof.certificate_check import Trust
from ecredit.foundation.proof.cms_check import SignatureAsked, check_cms
from ecredit.foundation.proof.pdf_check import PdfAsked, check_pdf
from ecredit.foundation.proof.pdf_signing import PdfSigner
from ecredit.foundation.proof.person_pdf import check_person_pdf, prepare_pdf, sign_person_pdf
from ecredit.foundation.proof.revocation_files import list_signer, read_revocation
from ecredit.foundation.proof.sm2_chains import SM2_WITH_SM3, has_sm2_key
from ecredit.foundation.proof.sm2_plain import sm3
from ecredit.surface.cli.verify_signature import is_of_a_person
from tests.proof.authority_samples import Authority
from tests.proof.test_proof_pdf import blank
from tests.proof.test_proof_pdf import signed as city_pdf

DOCUMENT = "本单位承诺依法经营。\n".encode()
# Left to itself OpenSSL signs with an empty identity, which nobody else does.
ID = "distid:1234567812345678"
BY_ID = ("-sigopt", ID)
SM3 = "1.2.156.10197.1.401"
USES = "keyUsage=critical,digitalSignature,nonRepudiation\nextendedKeyUsage=emailProtection\nbasicConstraints=critical,CA:FALSE\n"
LISTS = (
    "[ca]\ndefault_ca=us\n[us]\ndatabase=index.txt\ncrlnumber=number\ndefault_md=sm3\ndefault_crl_days=7\n"
)

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl")


def openssl(folder: Path, *words: str) -> bytes:
    done = subprocess.run(["openssl", *words], cwd=folder, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root, a person, and its list of who was taken back (nobody), all SM2 with SM3."""
    place = tmp_path_factory.mktemp("sm2")
    for name in ("root", "me", "gone"):
        openssl(place, "ecparam", "-genkey", "-name", "SM2", "-out", f"{name}.key")
    uses = "keyUsage=critical,keyCertSign,cRLSign"
    openssl(place, "req", "-x509", "-new", "-key", "root.key", "-sm3", "-subj", "/CN=SM2 root", "-days", "3650", "-addext", uses, *BY_ID, "-out", "root.pem")  # fmt: skip
    (place / "uses").write_text(USES)
    for name in ("me", "gone"):
        openssl(
            place,
            "req",
            "-new",
            "-key",
            f"{name}.key",
            "-sm3",
            "-utf8",
            "-subj",
            "/C=CN/CN=张一",
            *BY_ID,
            "-out",
            "csr",
        )
        openssl(place, "x509", "-req", "-in", "csr", "-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial", "-sm3", "-days", "300", "-extfile", "uses", *BY_ID, "-vfyopt", ID, "-out", f"{name}.pem")  # fmt: skip
    (place / "index.txt").touch()
    (place / "number").write_text("01\n")
    (place / "lists.cnf").write_text(LISTS)
    keys = ("-config", "lists.cnf", "-keyfile", "root.key", "-cert", "root.pem", "-md", "sm3")
    openssl(place, "ca", *keys, "-revoke", "gone.pem")
    openssl(place, "ca", *keys, *BY_ID, "-gencrl", "-out", "list.pem")
    return place


def load(folder: Path, name: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate((folder / f"{name}.pem").read_bytes())


def signer_of(folder: Path, name: str) -> Any:
    """Signs by OpenSSL with SM2, as the library asks for it."""
    from asn1crypto import x509 as asn1
    from asn1crypto.algos import SignedDigestAlgorithm
    from cryptography.hazmat.primitives.serialization import Encoding
    from pyhanko.sign.signers.pdf_cms import Signer
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    class ByOpenssl(Signer):
        async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
            (folder / "data").write_bytes(data)
            openssl(folder, "pkeyutl", "-sign", "-in", "data", "-inkey", f"{name}.key", "-out", "signature", "-rawin", "-digest", "sm3", "-pkeyopt", ID)  # fmt: skip
            return (folder / "signature").read_bytes()

    return ByOpenssl(
        signing_cert=asn1.Certificate.load(load(folder, name).public_bytes(Encoding.DER)),
        cert_registry=SimpleCertificateStore(),
        signature_mechanism=SignedDigestAlgorithm({"algorithm": SM2_WITH_SM3}),
    )


def signed(folder: Path, name: str, document: bytes = DOCUMENT) -> bytes:
    from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes

    made = asyncio.run(
        signer_of(folder, name).async_sign(
            sm3(document), SM3, use_pades=True, is_pdf_sig=False,
            signed_attr_settings=PdfCMSSignedAttributes(signing_time=datetime.now(UTC)),
        )
    )  # fmt: skip
    return made.dump()


def check(folder: Path, raw: bytes, document: bytes = DOCUMENT) -> Verdict:
    lists = read_revocation([folder / "list.pem"]).lists
    at = datetime.now(UTC)
    return check_cms(
        raw, document, SignatureAsked(Trust((load(folder, "root"),), lists=lists), at, known_at=at)
    )


def test_signed_with_sm2_under_an_sm2_authority(folder: Path) -> None:
    assert has_sm2_key(load(folder, "me")) and not has_sm2_key(Authority().certificate)
    verdict = check(folder, signed(folder, "me"))
    assert verdict.ok and verdict.said["signer"] == "张一", verdict.findings
    assert {one.code for one in verdict.findings if one.state is State.HOLDS} == {
        "bytes", "certificate", "chain", "revocation",
    }  # fmt: skip
    assert "SM3" in verdict.findings[0].zh


def test_what_does_not_hold_is_told(folder: Path) -> None:
    raw = signed(folder, "me")
    assert check(folder, raw, DOCUMENT + b"!").failed == ("changed",)
    altered = bytearray(raw)
    altered[-3] ^= 1
    assert check(folder, bytes(altered)).failed == ("signature",)
    at = datetime.now(UTC) + timedelta(minutes=1)
    other = check_cms(raw, DOCUMENT, SignatureAsked(Trust((Authority().certificate,)), at))
    assert other.failed == ("chain",)


def test_who_signed_an_sm2_list_is_told(folder: Path) -> None:
    (own,) = read_revocation([folder / "list.pem"]).lists
    root = load(folder, "root")
    assert list_signer(own, [Authority().certificate, root]) == root
    assert list_signer(own, [Authority("SM2 root").certificate]) is None
    assert list_signer(own[:-4] + b"\0\0\0\0", [root]) is None


def test_taken_back_on_an_sm2_list(folder: Path) -> None:
    assert check(folder, signed(folder, "gone")).failed == ("revoked",)


def test_a_pdf_signed_with_sm2_is_answered_whoever_asks(folder: Path) -> None:
    """What reads the certificate's key for the city's own cannot open one on sm2p256v1: it is then not the city's."""
    now, (_, keys) = datetime.now(UTC), city_pdf()
    own, offered = load(folder, "me"), prepare_pdf(blank())
    raw = sign_person_pdf(offered, PdfSigner(own, signer_of(folder, "me")), at=now, reason="x")
    assert is_of_a_person(raw, keys) and is_of_a_person(raw, None)
    trust = Trust((load(folder, "root"),), lists=read_revocation([folder / "list.pem"]).lists)
    assert check_person_pdf(raw, offered, SignatureAsked(trust, now, now)).ok
    # Asked as of the city's own reports: the signature holds, and is not the city's.
    verdict = check_pdf(raw, PdfAsked(keys, (), now))
    assert verdict.failed == ("signer",) and verdict.findings[0].code == "bytes"
    bent = raw.replace(b"/Reason", b"/Reasom")
    assert check_pdf(bent, PdfAsked(keys, (), now)).failed
