"""Checking a signed PDF offline: is every byte as it was signed, by whom, and was that signer's certificate good for it?

Only a signature over the whole file counts: what was appended later, a further signature too, makes it another document.
"""

from __future__ import annotations

import io
import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from ecredit.foundation.proof import es256
from ecredit.foundation.proof.badge_types import Finding, State, Verdict
from ecredit.foundation.proof.checks import doubt
from ecredit.foundation.proof.city_keys import CityKey, CityKeys
from ecredit.foundation.proof.cms_container import is_proper
from ecredit.foundation.proof.pdf_certificates import chains_to, common_name, is_test, signs_documents

KIND: Final = "pdf"
LONGEST_PDF: Final = 1 << 24
_MAGIC: Final = b"%PDF-"
_CLOCK: Final = timedelta(days=1)
_PADES: Final = "/ETSI.CAdES.detached"


@dataclass(frozen=True, slots=True)
class PdfAsked:
    """What a PDF is checked with: the city's published keys, roots to trust beside them, the instant; when this very file
    stood in the city's log, where that is shown."""

    keys: CityKeys | None
    roots: tuple[x509.Certificate, ...]
    at: datetime
    logged_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read of the one signature over the whole file."""

    whole: bool
    intact: bool
    valid: bool
    pades: bool
    certificate: x509.Certificate
    others: tuple[x509.Certificate, ...]
    signed_at: datetime | None
    reason: str


def looks_like_pdf(raw: bytes) -> bool:
    """Whether bytes begin as a PDF does."""
    return _MAGIC in raw[:1024]


def check_pdf(raw: bytes, asked: PdfAsked) -> Verdict:
    """Everything that can be checked of a signed PDF, in plain words. `said`: signer, certificate's times, signing time."""
    findings: list[Finding] = []
    try:
        read, problem = _read(raw)
    except unreadable_pdf() as error:
        read, problem = None, type(error).__name__
    if read is None:
        if problem == "unsigned":
            findings.append(
                _fails(
                    "signature",
                    "文件没有数字签名，无法证明来源。",
                    "The file carries no signature; nothing shows where it comes from.",
                )
            )
        else:
            findings.append(
                _fails(
                    "file",
                    "文件读不出：不是完整的 PDF，或签名之后被改动。",
                    "The file cannot be read: no whole PDF, or changed after signing.",
                )
            )
        return Verdict(KIND, tuple(findings))
    untouched = _check_bytes(findings, read)
    said = _said(read) if untouched else {}
    if untouched:
        _check_signer(findings, read, asked)
        _check_certificate(findings, read, asked.at)
    return Verdict(KIND, tuple(findings), said)


def _check_bytes(findings: list[Finding], read: _Read) -> bool:
    if not read.whole:
        findings.append(
            _fails(
                "appended",
                "签名之后又有内容追加到文件里：不再是签出的文件。",
                "Something was appended after signing: it is not the file that was signed.",
            )
        )
    if not read.intact:
        findings.append(
            _fails("changed", "文件内容在签名之后被改动。", "The file's bytes were changed after signing.")
        )
    elif not read.valid:
        findings.append(
            _fails(
                "signature",
                "签名值与证书不符：签名或证书被改动。",
                "The signature does not fit its certificate: one of them was altered.",
            )
        )
    if read.whole and read.intact and read.valid:
        form = "PAdES" if read.pades else "CMS"
        findings.append(
            _holds(
                "bytes",
                f"签名成立（{form}）：签名覆盖整个文件，签名之后没有改动。",
                f"The signature holds ({form}): it covers the whole file, and nothing was changed since.",
            )
        )
        return True
    return False


def _check_signer(findings: list[Finding], read: _Read, asked: PdfAsked) -> None:
    name, at = common_name(read.certificate), read.signed_at
    when = at or asked.at
    if read.signed_at is None:
        findings.append(_fails("time", "签名没有写明时间。", "The signature says no time."))
    elif read.signed_at > asked.at + _CLOCK:
        findings.append(
            _fails(
                "clock",
                f"签名时间（{read.signed_at:%Y-%m-%d %H:%M} UTC）在将来：本机时钟不准，或时间被伪造。",
                f"It says it was signed in the future ({read.signed_at:%Y-%m-%d %H:%M} UTC): this clock is wrong, or that time is.",
            )
        )
    key = city_key_of(read.certificate, asked.keys)
    if key is not None and asked.keys is not None:
        city = asked.keys.name
        if key.compromised_at is not None:
            findings.append(doubt(key, key.compromised_at, when, asked.logged_at))
        elif key.signs(when):
            findings.append(
                _holds(
                    "signer",
                    f"由{city}以已公布的签名密钥 {key.kid} 签署。",
                    f"Signed by {city} with its published key {key.kid}.",
                )
            )
        else:
            findings.append(
                _fails(
                    "key",
                    f"签名密钥 {key.kid} 在所称签名时间（{when:%Y-%m-%d}）尚未启用或已停用。",
                    f"The key {key.kid} was not in force, or retired, when it says it signed ({when:%Y-%m-%d}).",
                )
            )
        return
    if any(chains_to(read.certificate, read.others, root, when) for root in asked.roots):
        findings.append(
            _holds(
                "signer",
                f"由 {name} 签署，证书属于受信任的机构。",
                f"Signed by {name}, under a trusted authority.",
            )
        )
        return
    findings.append(
        _fails(
            "signer",
            f"签署者 {name} 不是本市：其密钥不在本市公布的公钥之中，证书也不属于受信任的机构。",
            f"The signer {name} is not this city: its key is not among the city's published keys, nor is its certificate of a trusted authority.",
        )
    )


def _check_certificate(findings: list[Finding], read: _Read, now: datetime) -> None:
    own, when = read.certificate, read.signed_at or now
    since, until = own.not_valid_before_utc, own.not_valid_after_utc
    if when < since:
        findings.append(
            _fails(
                "not_yet",
                f"签名时证书尚未生效：自 {since:%Y-%m-%d} 起有效。",
                f"The certificate was not yet valid when it signed: it begins on {since:%Y-%m-%d}.",
            )
        )
    elif when >= until:
        findings.append(
            _fails(
                "expired",
                f"签名时证书已过期：有效期至 {until:%Y-%m-%d}。",
                f"The certificate had expired when it signed: it ended on {until:%Y-%m-%d}.",
            )
        )
    elif now >= until:
        findings.append(
            _open(
                "ended",
                f"证书在签名时有效，已于 {until:%Y-%m-%d} 期满；没有时间戳，签名时间只凭签署者自述。",
                f"The certificate was in force when it signed and ended on {until:%Y-%m-%d}; without a time stamp the time is the signer's word.",
            )
        )
    else:
        findings.append(
            _holds(
                "certificate",
                f"证书有效，至 {until:%Y-%m-%d}。",
                f"The certificate is in force until {until:%Y-%m-%d}.",
            )
        )
    if not signs_documents(own):
        findings.append(
            _fails(
                "use",
                "证书的用途不包括签署文件。",
                "The certificate is not for signing documents: a wrong use.",
            )
        )
    if is_test(own):
        findings.append(
            _open(
                "test",
                "证书由测试机构签发，不是依法设立的电子认证机构，不具《电子签名法》上的认证效力。",
                "The certificate is of a test authority, not of a licensed certification body.",
            )
        )


def _said(read: _Read) -> dict[str, object]:
    own = read.certificate
    return {
        "signer": common_name(own),
        "signed_at": None if read.signed_at is None else read.signed_at.isoformat(),
        "certificate_from": own.not_valid_before_utc.isoformat(),
        "certificate_until": own.not_valid_after_utc.isoformat(),
        "test": is_test(own),
        "reason": read.reason,
    }


def _read(raw: bytes) -> tuple[_Read | None, str]:
    from pyhanko.pdf_utils.reader import PdfFileReader  # noqa: PLC0415 - seconds to load; only who checks a PDF needs it
    from pyhanko.sign.validation.generic_cms import validate_sig_integrity  # noqa: PLC0415 - as above
    from pyhanko.sign.validation.status import SignatureCoverageLevel  # noqa: PLC0415 - as above

    from ecredit.foundation.proof.sm2_chains import signature_validator  # noqa: PLC0415 - as above

    logging.getLogger("pyhanko").setLevel(logging.CRITICAL)
    signatures = PdfFileReader(io.BytesIO(raw)).embedded_signatures
    if not signatures:
        return None, "unsigned"
    one = signatures[-1]
    one.compute_integrity_info(skip_diff=True)
    intact, valid = validate_sig_integrity(
        one.signer_info, one.signer_cert, "data", one.compute_digest(), signature_validator()
    )
    whole = one.coverage == SignatureCoverageLevel.ENTIRE_FILE and only_signature_left_out(
        raw, one.byte_range
    )
    found = _Read(
        whole=whole,
        intact=bool(intact),
        valid=bool(valid) and _is_proper(one),
        pades=str(one.sig_object.get("/SubFilter")) == _PADES,
        certificate=x509.load_der_x509_certificate(one.signer_cert.dump()),
        others=tuple(x509.load_der_x509_certificate(other.dump()) for other in one.other_embedded_certs),
        signed_at=signed_at(one),
        reason=str(one.sig_object.get("/Reason", "")),
    )
    return found, ""


def _is_proper(one: Any) -> bool:
    """Whether the parts of the container that no signature covers say what they must: altered ones would not be told else."""
    enclosed = one.signed_data["encap_content_info"]
    return (
        enclosed["content_type"].native == "data"
        and enclosed["content"].native is None
        and is_proper(one.signed_data, x509.load_der_x509_certificate(one.signer_cert.dump()))
    )


def only_signature_left_out(raw: bytes, covered: Any) -> bool:
    """Whether the bytes the signature does not cover are one hexadecimal text of it, filled with zeros, and nothing else."""
    first, length, second, rest = (int(number) for number in covered)
    gap = raw[length:second]
    if first != 0 or second + rest != len(raw) or gap[:1] != b"<" or gap[-1:] != b">":
        return False
    hexadecimal = gap[1:-1]
    if hexadecimal not in (hexadecimal.lower(), hexadecimal.upper()):
        return False
    try:
        held = bytes.fromhex(hexadecimal.decode("ascii"))
    except ValueError:
        return False
    outer = _der(held, 0, 0x30)
    kind = None if outer is None else _der(held, outer[0], 0x06)
    inside = None if kind is None else _der(held, kind[1], 0xA0)
    # The container is its kind and its content and nothing after them; what room is left is zeros.
    return outer is not None and inside is not None and inside[1] == outer[1] and not any(held[outer[1] :])


def _der(held: bytes, at: int, tag: int) -> tuple[int, int] | None:
    """Where the content of the DER value at a place begins and where it ends; None when there is none of that tag."""
    if len(held) < at + 2 or held[at] != tag:
        return None
    start, size = at + 2, held[at + 1]
    if size >= 0x80:
        count = size & 0x7F
        if not 1 <= count <= 4:
            return None
        size, start = int.from_bytes(held[start : start + count]), start + count
    return (start, start + size) if start + size <= len(held) else None


def signed_at(one: Any) -> datetime | None:
    """When an embedded signature says it was made."""
    for attribute in one.signer_info["signed_attrs"]:
        if attribute["type"].native == "signing_time":
            found = attribute["values"][0].native
            return found.astimezone(UTC) if isinstance(found, datetime) else None
    told = one.self_reported_timestamp
    return told.astimezone(UTC) if isinstance(told, datetime) and told.tzinfo is not None else None


def city_key_of(certificate: x509.Certificate, keys: CityKeys | None) -> CityKey | None:
    """Which of the city's published pairs a certificate is of; None where it is of none."""
    try:
        public = certificate.public_key()
    except (UnsupportedAlgorithm, ValueError):  # SM2, or bent: the city's are ES256
        return None
    if keys is None or not isinstance(public, EllipticCurvePublicKey):
        return None
    if public.curve.name != "secp256r1":
        return None
    raw = es256.raw_public(public)
    return next((key for key in keys.keys if es256.raw_public(key.es256) == raw), None)


def unreadable_pdf() -> tuple[type[Exception], ...]:
    """What reading a file that was tampered with may raise."""
    from pyhanko.pdf_utils.misc import PdfError  # noqa: PLC0415 - as above
    from pyhanko.sign.general import SigningError  # noqa: PLC0415 - as above
    from pyhanko.sign.validation.errors import SignatureValidationError  # noqa: PLC0415 - as above

    return (
        PdfError,
        SigningError,
        SignatureValidationError,
        InvalidSignature,
        UnsupportedAlgorithm,
        x509.InvalidVersion,
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        AttributeError,
        RecursionError,
        ArithmeticError,
        NotImplementedError,
        OSError,
        AssertionError,
    )


def _holds(code: str, zh: str, en: str) -> Finding:
    return Finding(code, State.HOLDS, zh, en)


def _fails(code: str, zh: str, en: str) -> Finding:
    return Finding(code, State.FAILS, zh, en)


def _open(code: str, zh: str, en: str) -> Finding:
    return Finding(code, State.OPEN, zh, en)
