"""Reading what shows whether certificates were taken back, from files: revocation lists, answers of status services (OCSP), and
certificates of authorities between. DER or PEM, whatever they are called."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from ecredit.foundation.kernel.errors import WrongUse

LONGEST: int = 64 << 20
"""Of one file: revocation lists of large authorities have millions of entries."""

_GIVEN_UP: Final = (
    x509.ReasonFlags.affiliation_changed,
    x509.ReasonFlags.superseded,
    x509.ReasonFlags.cessation_of_operation,
)


@dataclass(frozen=True, slots=True)
class RevocationFiles:
    """What files held, DER each."""

    lists: tuple[bytes, ...]
    answers: tuple[bytes, ...]
    others: tuple[x509.Certificate, ...]


def list_revocation(folder: Path) -> list[Path]:
    """The files of a folder; hidden ones are still being written."""
    return sorted(one for one in folder.iterdir() if one.is_file() and not one.name.startswith("."))


def read_revocation(paths: Iterable[Path]) -> RevocationFiles:
    """Read files. Raises WrongUse for one that is none of the three: to pass it over would be to trust who was revoked."""
    lists: list[bytes] = []
    answers: list[bytes] = []
    others: list[x509.Certificate] = []
    for path in paths:
        raw = _content(path)
        if not _take(raw, lists, answers, others):
            raise WrongUse(
                f"{path} 不是吊销列表（CRL）、OCSP 应答或证书",
                f"{path} is no revocation list (CRL), no OCSP answer and no certificate",
            )
    return RevocationFiles(tuple(lists), tuple(answers), tuple(others))


def _take(raw: bytes, lists: list[bytes], answers: list[bytes], others: list[x509.Certificate]) -> bool:
    try:
        if b"-----BEGIN X509 CRL-----" in raw:
            lists.append(x509.load_pem_x509_crl(raw).public_bytes(Encoding.DER))
            return True
        if b"-----BEGIN CERTIFICATE-----" in raw:
            others.extend(x509.load_pem_x509_certificates(raw))
            return True
    except ValueError:
        return False
    try:
        lists.append(x509.load_der_x509_crl(raw).public_bytes(Encoding.DER))
        return True
    except ValueError:
        pass
    try:
        others.append(x509.load_der_x509_certificate(raw))
        return True
    except ValueError:
        pass
    try:
        answers.append(ocsp.load_der_ocsp_response(raw).public_bytes(Encoding.DER))
        return True
    except ValueError:
        return False


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            raw = file.read(LONGEST + 1)
    except OSError as error:
        raise WrongUse(f"读不了文件 {path}", f"{path} cannot be read") from error
    if len(raw) > LONGEST:
        raise WrongUse(f"文件 {path} 太大", f"{path} is too long")
    return raw


def list_signer(raw: bytes, authorities: Iterable[x509.Certificate]) -> x509.Certificate | None:
    """Which of some authorities signed a revocation list (DER); None where none did, or may not sign lists."""
    from asn1crypto import crl  # noqa: PLC0415 - only who fetches lists needs it
    from asn1crypto import x509 as asn1  # noqa: PLC0415 - as above

    from ecredit.foundation.proof.certificate_check import unreadable  # noqa: PLC0415 - as above
    from ecredit.foundation.proof.sm2_chains import signature_validator  # noqa: PLC0415 - slow to load

    validator = signature_validator()
    for one in authorities:
        own = asn1.Certificate.load(one.public_bytes(Encoding.DER))
        try:
            told = crl.CertificateList.load(raw, strict=True)
            signed = told["tbs_cert_list"]
            if signed["issuer"] != own.subject or not _signs_lists(own):
                continue
            if signed["signature"].dump() != told["signature_algorithm"].dump():
                continue
            validator.validate_signature(
                told["signature"].native, signed.dump(), own.public_key, told["signature_algorithm"]
            )
        except unreadable():
            continue
        return one
    return None


def is_taken_back(
    certificate: x509.Certificate,
    lists: Iterable[bytes],
    authorities: Collection[x509.Certificate],
    *,
    at: datetime,
) -> bool:
    """Whether a list says of a time-stamping authority's certificate that what it dated at an instant counts no more.

    A stolen key dates back as it likes. Only of a certificate that was merely given up, later, do older stamps keep
    counting; of one taken back for another reason, or without saying why, none do (RFC 3161, section 4).
    """
    for raw in lists:
        told = x509.load_der_x509_crl(raw)
        if told.issuer != certificate.issuer:
            continue
        entry = told.get_revoked_certificate_by_serial_number(certificate.serial_number)
        if entry is None or list_signer(raw, authorities) is None:
            continue
        if entry.revocation_date_utc <= at or _reason(entry) not in _GIVEN_UP:
            return True
    return False


def _reason(entry: x509.RevokedCertificate) -> x509.ReasonFlags | None:
    try:
        return entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
    except (x509.ExtensionNotFound, ValueError):
        return None


def _signs_lists(authority: Any) -> bool:
    basic, usage = authority.basic_constraints_value, authority.key_usage_value
    return bool(basic is not None and basic["ca"].native and (usage is None or "crl_sign" in usage.native))
