"""Fetching the revocation lists of certification bodies, where the settings name their addresses, and from nowhere else.

A list says itself who signed it, and is believed only where that holds; so an address may be plain http, as such lists' mostly
are. An older list than the one that is kept is not taken: somebody on the way could else hide who was taken back since.
"""

from __future__ import annotations

import hashlib
import http.client
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.proof.revocation_files import LONGEST

_SECONDS: Final = 30


@dataclass(frozen=True, slots=True)
class FetchedList:
    """What came of one address: the list's own dates, or why there is none (`problem`, "" where all is well)."""

    url: str
    issued_at: datetime | None = None
    until: datetime | None = None
    problem: str = ""


def fetch_lists(urls: Iterable[str], folder: Path) -> tuple[FetchedList, ...]:
    """Fetch each into the folder, under a name of its own. What cannot be fetched or read leaves the kept one as it is."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return tuple(_fetch(url, folder / f"{hashlib.sha256(url.encode()).hexdigest()[:16]}.crl") for url in urls)


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


def _fetch(url: str, path: Path) -> FetchedList:
    try:
        found = _read(_get(url))
        kept = _read(path.read_bytes()) if path.exists() else None
    except (OSError, http.client.HTTPException) as error:
        return FetchedList(url, problem=f"取不到 cannot be fetched: {error}")
    except ValueError:
        return FetchedList(url, problem="不是吊销列表 no revocation list")
    if kept is not None and found.last_update_utc < kept.last_update_utc:
        return FetchedList(
            url,
            kept.last_update_utc,
            kept.next_update_utc,
            "比已有的旧，没有采用 older than the one that is kept, not taken",
        )
    draft = path.with_name(f".{path.name}.part")
    draft.write_bytes(found.public_bytes(Encoding.DER))
    draft.replace(path)
    return FetchedList(url, found.last_update_utc, found.next_update_utc)


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
