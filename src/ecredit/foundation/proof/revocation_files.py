"""Reading what shows whether certificates were taken back, from files: revocation lists, answers of status services (OCSP), and
certificates of authorities between. DER or PEM, whatever they are called."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from ecredit.foundation.kernel.errors import WrongUse

LONGEST: int = 64 << 20
"""Of one file: revocation lists of large authorities have millions of entries."""


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
