"""Fetching the revocation lists of certification bodies, where the settings name their addresses, and from nowhere else.

An address may be plain http, as such lists' mostly are: a list is kept only where a known authority's signature on it holds, where
it is about the same certificates as the one that is kept, is not older than that, and says no time that has not come. Somebody on
the way could else hide who was taken back.
"""

from __future__ import annotations

import hashlib
import http.client
import ssl
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.proof.certificate_check import TOLERANCE
from ecredit.foundation.proof.revocation_files import LONGEST, list_signer

_SECONDS: Final = 30


@dataclass(frozen=True, slots=True)
class FetchedList:
    """What came of one address: the list's own dates, or why there is none (`problem`, "" where all is well)."""

    url: str
    issued_at: datetime | None = None
    until: datetime | None = None
    problem: str = ""


def fetch_lists(
    urls: Iterable[str], folder: Path, authorities: Sequence[x509.Certificate], *, at: datetime
) -> tuple[FetchedList, ...]:
    """Fetch each into the folder, under a name of its own. What cannot be fetched or believed leaves the kept one as it is.

    `authorities`: whose lists are believed; `at`: now.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return tuple(
        _fetch(url, folder / f"{hashlib.sha256(url.encode()).hexdigest()[:16]}.crl", authorities, at)
        for url in urls
    )


def list_urls(setting: str) -> list[str]:
    """The addresses of a setting. Raises WrongUse for one that is none."""
    urls = setting.replace(",", " ").split()
    for url in urls:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise WrongUse(
                f"ECREDIT_SIGNING_LIST_URLS 中的 {url} 不是网址",
                f"{url} in ECREDIT_SIGNING_LIST_URLS is no web address",
            )
    return urls


def _fetch(url: str, path: Path, authorities: Sequence[x509.Certificate], at: datetime) -> FetchedList:
    try:
        found = _read(_get(url))
    except (OSError, http.client.HTTPException) as error:
        return FetchedList(url, problem=f"取不到 cannot be fetched: {error}")
    except ValueError:
        return FetchedList(url, problem="不是吊销列表 no revocation list")
    kept = _kept(path, authorities)
    problem = _problem(found, kept, authorities, at)
    if problem:
        if kept is None:
            return FetchedList(url, problem=problem)
        return FetchedList(url, kept.last_update_utc, kept.next_update_utc, problem)
    draft = path.with_name(f".{path.name}.part")
    draft.write_bytes(found.public_bytes(Encoding.DER))
    draft.replace(path)
    return FetchedList(url, found.last_update_utc, found.next_update_utc)


def _problem(
    found: x509.CertificateRevocationList,
    kept: x509.CertificateRevocationList | None,
    authorities: Sequence[x509.Certificate],
    at: datetime,
) -> str:
    """Why a list is not taken; "" where it is."""
    if list_signer(found.public_bytes(Encoding.DER), authorities) is None:
        return "不是受信任的机构所签，没有采用 not signed by an authority that is trusted here, not taken"
    if found.last_update_utc > at + TOLERANCE:
        return "签发时间还没有到，没有采用 its time of issue has not come, not taken"
    if kept is None:
        return ""
    if found.issuer != kept.issuer or _scope(found) != _scope(kept):
        return (
            "与已有的列表说的不是同一批证书，没有采用；确要更换，请先删除已有的文件 "
            "not about the same certificates as the kept one, not taken; to change over, remove the kept file first"
        )
    if found.last_update_utc < kept.last_update_utc:
        return "比已有的旧，没有采用 older than the one that is kept, not taken"
    return ""


def _kept(path: Path, authorities: Sequence[x509.Certificate]) -> x509.CertificateRevocationList | None:
    """The list that is kept; None where there is none that can be believed."""
    try:
        kept = _read(path.read_bytes())
    except (OSError, ValueError):
        return None
    return None if list_signer(kept.public_bytes(Encoding.DER), authorities) is None else kept


def _scope(one: x509.CertificateRevocationList) -> tuple[bytes, ...]:
    """What a list is about, of its issuer's certificates: all of them where it says nothing."""
    found: list[bytes] = []
    for kind in (x509.IssuingDistributionPoint, x509.DeltaCRLIndicator):
        try:
            found.append(one.extensions.get_extension_for_class(kind).value.public_bytes())
        except x509.ExtensionNotFound:
            found.append(b"")
    return tuple(found)


def _read(raw: bytes) -> x509.CertificateRevocationList:
    if b"-----BEGIN X509 CRL-----" in raw:
        return x509.load_pem_x509_crl(raw)
    return x509.load_der_x509_crl(raw)


def _get(url: str) -> bytes:
    parts = urlsplit(url)
    connection = (
        http.client.HTTPSConnection(
            str(parts.hostname), parts.port, timeout=_SECONDS, context=ssl.create_default_context()
        )
        if parts.scheme == "https"
        else http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=_SECONDS)
    )
    try:
        connection.request("GET", f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}")
        answer = connection.getresponse()
        raw = answer.read(LONGEST + 1)
        if answer.status != http.client.OK or len(raw) > LONGEST:
            raise OSError(f"HTTP {answer.status}, {len(raw):,} B")
        return raw
    finally:
        connection.close()
