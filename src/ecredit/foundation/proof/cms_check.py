"""Checking a detached CMS signature (RFC 5652; CAdES where it names its certificate) on a document, offline.

Made by this program, by OpenSSL, or by whatever drives a person's token: what holds is the same, and told in plain words.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from ecredit.foundation.proof.badge_types import Verdict
from ecredit.foundation.proof.certificate_check import Found, Times, Trust, check_certificate, unreadable
from ecredit.foundation.proof.cms_container import is_plain, is_proper
from ecredit.foundation.proof.cms_form import PEM_HEADS
from ecredit.foundation.proof.pdf_certificates import common_name, is_test
from ecredit.foundation.proof.signature_stamps import check_signature_stamp
from ecredit.foundation.proof.sm2_plain import sm3

KIND: Final = "cms"
LONGEST_CMS: Final = 1 << 18
_DIGESTS: Final = {
    "sha256": lambda raw: hashlib.sha256(raw).digest(),
    "sha384": lambda raw: hashlib.sha384(raw).digest(),
    "sha512": lambda raw: hashlib.sha512(raw).digest(),
    "1.2.156.10197.1.401": sm3,
}
_SHOWN: Final = {"sha256": "SHA-256", "sha384": "SHA-384", "sha512": "SHA-512", "1.2.156.10197.1.401": "SM3"}


@dataclass(frozen=True, slots=True)
class SignatureAsked:
    """What a signature is checked with: whom to trust, when it is proven to have existed (None: nothing shows it), now."""

    trust: Trust
    at: datetime
    known_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CmsRead:
    """What a signature says of itself, before anything of it is believed.

    names_own   its signed part names its certificate (CAdES), so that no other can be put in its place
    content     the document, where it is inside
    """

    certificate: x509.Certificate
    others: tuple[x509.Certificate, ...]
    said_at: datetime | None
    digest: str
    names_own: bool
    content: bytes | None
    data: Any


def tidy_cms(raw: bytes) -> bytes:
    """The signature in DER, whatever it came as. Raises ValueError when it is none."""
    from asn1crypto import cms, pem  # noqa: PLC0415 - only who checks a signature needs it

    if len(raw) > LONGEST_CMS:
        raise ValueError("too long for a signature")
    der = raw
    if raw.lstrip().startswith(PEM_HEADS):
        _, _, der = pem.unarmor(raw.lstrip())
    whole = cms.ContentInfo.load(der, strict=True)
    if whole["content_type"].native != "signed_data" or not is_plain(der, whole):
        raise ValueError("no signature")
    return bytes(der)


def read_cms(raw: bytes) -> CmsRead:
    """Read a signature. Raises ValueError when it is none, has not exactly one signer, or does not hold its certificate."""
    from asn1crypto import cms  # noqa: PLC0415 - as above
    from pyhanko.sign.general import extract_certificate_info, extract_signer_info  # noqa: PLC0415 - slow to load
    from pyhanko.sign.validation.generic_cms import get_signing_cert_attr  # noqa: PLC0415 - as above

    try:
        data = cms.ContentInfo.load(tidy_cms(raw), strict=True)["content"]
        signer, held = extract_signer_info(data), extract_certificate_info(data)
        inside = data["encap_content_info"]["content"].native
        return CmsRead(
            certificate=x509.load_der_x509_certificate(held.signer_cert.dump()),
            others=tuple(x509.load_der_x509_certificate(one.dump()) for one in held.other_certs),
            said_at=_said_at(signer),
            digest=str(signer["digest_algorithm"]["algorithm"].native),
            names_own=get_signing_cert_attr(signer["signed_attrs"]) is not None,
            content=inside if isinstance(inside, bytes) else None,
            data=data,
        )
    except unreadable() as error:
        raise ValueError("no signature that can be read") from error


def check_cms(raw: bytes, document: bytes, asked: SignatureAsked) -> Verdict:
    """Everything that can be checked of a signature on a document. `said`: signer, times, certificate; only when it holds."""
    from pyhanko.sign.general import extract_signer_info  # noqa: PLC0415 - as above

    found = Found()
    try:
        read = read_cms(raw)
        holds = _check_bytes(found, read, document)
    except unreadable():  # some of it is read only when it is looked at
        found.fail(
            "file",
            "签名读不出：不是 CMS（PKCS#7）签名，不止一个签署者，或没有附证书。",
            "The signature cannot be read: no CMS (PKCS #7), not one signer, or its certificate is not with it.",
        )
        return Verdict(KIND, tuple(found.findings))
    if not holds:
        return Verdict(KIND, tuple(found.findings))
    known_at = check_signature_stamp(found, extract_signer_info(read.data), asked.trust, asked.known_at)
    check_certificate(
        found, read.certificate, read.others, asked.trust, Times(read.said_at, known_at, asked.at)
    )
    return Verdict(KIND, tuple(found.findings), said_of(read.certificate, read.said_at))


def said_of(own: x509.Certificate, said_at: datetime | None) -> dict[str, object]:
    """What a signature that holds says."""
    return {
        "signer": common_name(own),
        "subject": own.subject.rfc4514_string(),
        "issuer": own.issuer.rfc4514_string(),
        "serial": f"{own.serial_number:x}",
        "certificate": own.fingerprint(hashes.SHA256()).hex(),
        "signed_at": None if said_at is None else said_at.isoformat(),
        "certificate_from": own.not_valid_before_utc.isoformat(),
        "certificate_until": own.not_valid_after_utc.isoformat(),
        "test": is_test(own),
    }


def _check_bytes(found: Found, read: CmsRead, document: bytes) -> bool:
    """Whether document and signature are as they were signed."""
    digest = _DIGESTS.get(read.digest)
    if digest is None:
        found.fail(
            "weak",
            f"摘要算法 {read.digest[:40]} 不安全或不支持，请用 SHA-256、SHA-384、SHA-512 或 SM3 重新签署。",
            f"The digest {read.digest[:40]} is weak or unknown; sign again with SHA-256, SHA-384, SHA-512 or SM3.",
        )
        return False
    if not _is_strong(read):
        found.fail(
            "weak",
            "签名算法或密钥长度不安全或不支持，请用 SM2、ECDSA（P-256 以上）或 RSA（2048 位以上）和 SHA-256 以上的摘要重新签署。",
            "The signature's algorithm or key is too weak, or unknown; sign again with SM2, ECDSA (P-256 or more) or RSA (2048 bits or more), and SHA-256 or more.",
        )
        return False
    if read.content is not None and read.content != document:
        found.fail(
            "changed",
            "签名里附带的文件不是这份文件。",
            "The document inside the signature is not this document.",
        )
        return False
    intact, valid = _holds(read, digest(document))
    if not intact:
        as_text = document.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        if as_text != document and _holds(read, digest(as_text))[0]:
            found.fail(
                "line_ends",
                "签署时换行被改成了 CRLF：请加 -binary 按原样重新签署。",
                "Line ends were changed to CRLF when it was signed: sign the bytes as they are (openssl: -binary).",
            )
        else:
            found.fail(
                "changed",
                "文件内容与签署时不同：签署之后被改动，或签的是另一份文件。",
                "The document is not as it was signed: changed since, or another one was signed.",
            )
        return False
    if not valid:
        found.fail(
            "signature",
            "签名值与证书不符：签名或证书被改动。",
            "The signature does not fit its certificate: one of them was altered.",
        )
        return False
    if not is_proper(read.data, read.certificate):
        found.fail(
            "form",
            "签名容器中不受签名保护的部分不合规范：被改动，或不是 DER 编码。",
            "Parts of the signature's container that no signature covers are not as they must be: altered, or not in DER.",
        )
        return False
    form = "CAdES" if read.names_own else "CMS"
    found.hold(
        "bytes",
        f"签名成立（{form}，{_SHOWN[read.digest]}）：文件在签署之后没有改动。",
        f"The signature holds ({form}, {_SHOWN[read.digest]}): the document was not changed since.",
    )
    return True


def _is_strong(read: CmsRead) -> bool:
    """Whether the key is long enough, and the signature is made over the same digest as the document's (RFC 8933)."""
    from pyhanko.sign.general import extract_signer_info  # noqa: PLC0415 - as above

    from ecredit.foundation.proof.sm2_chains import has_sm2_key  # noqa: PLC0415 - as above

    named = extract_signer_info(read.data)["signature_algorithm"]
    try:
        over = str(named.hash_algo)
    except ValueError:  # SM2 and RSA's plain name do not say one: it is the document's then
        over = read.digest
    try:
        key = read.certificate.public_key()
    except (UnsupportedAlgorithm, ValueError):
        return has_sm2_key(read.certificate)
    long_enough = (
        key.key_size >= 2_048
        if isinstance(key, rsa.RSAPublicKey)
        else isinstance(key, ec.EllipticCurvePublicKey) and key.key_size >= 256
    )
    return over == read.digest and long_enough


def _holds(read: CmsRead, digest: bytes) -> tuple[bool, bool]:
    """Whether the document is the one signed, and whether the signature is the certificate's."""
    from asn1crypto import x509 as asn1  # noqa: PLC0415 - as above
    from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415 - beside the rest
    from pyhanko.sign.general import extract_signer_info  # noqa: PLC0415 - as above
    from pyhanko.sign.validation.generic_cms import validate_sig_integrity  # noqa: PLC0415 - as above

    from ecredit.foundation.proof.sm2_chains import signature_validator  # noqa: PLC0415 - as above

    kind = str(read.data["encap_content_info"]["content_type"].native)
    own = asn1.Certificate.load(read.certificate.public_bytes(Encoding.DER))
    try:
        intact, valid = validate_sig_integrity(
            extract_signer_info(read.data), own, kind, digest, signature_validator()
        )
    except unreadable():
        return True, False
    return bool(intact), bool(valid) and kind == "data"


def _said_at(signer: Any) -> datetime | None:
    for attribute in signer["signed_attrs"]:
        if attribute["type"].native == "signing_time":
            told = attribute["values"][0].native
            return told.astimezone(UTC) if isinstance(told, datetime) else None
    return None


def holds_on(raw: bytes, document: bytes) -> bool:
    """Whether a signature is whole and of this document, whoever made it."""
    try:
        return _check_bytes(Found(), read_cms(raw), document)
    except unreadable():
        return False
