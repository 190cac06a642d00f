"""Whom this home trusts where people sign: the roots and lists of the settings, and its own test authority where that is taken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings

from ecredit.facts.actors.queries import is_invented
from ecredit.foundation.catalog.texts import text
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.kernel.home import Home
from ecredit.foundation.proof.certificate_check import Trust
from ecredit.foundation.proof.pdf_certificates import read_roots
from ecredit.foundation.proof.people_authority import PeopleAuthority, Revoked, find_people_root
from ecredit.foundation.proof.revocation_files import list_revocation, read_revocation
from ecredit.foundation.proof.sealing import Sealer
from ecredit.service.signatures.errors import NoTestCertificates
from ecredit.service.signatures.models import PersonCertificate

_KEPT_FOR: Final = timedelta(minutes=5)
_KEPT: Final[dict[str, tuple[tuple[object, ...], datetime, Trust]]] = {}
"""What was last put together for visitors, of which files, and when."""


@dataclass(frozen=True, slots=True)
class SigningPlace:
    """Where people sign: a home with its keys."""

    home: Home
    sealer: Sealer


def tests_allowed() -> bool:
    """Whether test certificates are issued and taken: where the city is made up, or a setting says so."""
    return bool(settings.ECREDIT_SIGNING_TEST) or is_invented()


def trust_of(place: SigningPlace, *, at: datetime) -> Trust:
    """Roots, certificates between, and revocation lists. Raises WrongUse for a setting that names no such file."""
    roots, stamp_roots = (
        _roots(str(settings.ECREDIT_SIGNING_ROOTS)),
        _roots(str(settings.ECREDIT_STAMP_ROOTS)),
    )
    lists, answers, others = _lists(str(settings.ECREDIT_SIGNING_LISTS))
    root = find_people_root(place.home.keys) if tests_allowed() else None
    if root is None:
        return Trust(roots, others, lists, answers, stamp_roots)
    return Trust((*roots, root), others, (*lists, test_list(place, at=at)), answers, stamp_roots)


def trust_for_visitors(place: SigningPlace, *, at: datetime) -> Trust:
    """As `trust_of`, at most some minutes old: for an address anybody may ask, as often as they like.

    Files and settings that changed count at once; a test certificate that was revoked, after those minutes.
    """
    key = (place.home.root, settings.ECREDIT_SIGNING_TEST, *_state_of_files())
    kept = _KEPT.get("trust")
    if kept is None or kept[0] != key or not timedelta(0) <= at - kept[1] < _KEPT_FOR:
        kept = _KEPT["trust"] = (key, at, trust_of(place, at=at))
    return kept[2]


def _state_of_files() -> Iterator[tuple[str, int, int]]:
    """The files of the settings, with what tells that one changed."""
    named = (settings.ECREDIT_SIGNING_ROOTS, settings.ECREDIT_STAMP_ROOTS, settings.ECREDIT_SIGNING_LISTS)
    for path in (Path(str(one)) for one in named if one):
        if path.exists():
            for one in list_revocation(path) if path.is_dir() else (path,):
                yield str(one), one.stat().st_mtime_ns, one.stat().st_size


def lists_asked() -> bool:
    """Whether the settings ask for revocation lists: nothing is then signed that they do not tell of."""
    return bool(settings.ECREDIT_SIGNING_LISTS or settings.ECREDIT_SIGNING_LIST_URLS)


def known_authorities() -> tuple[x509.Certificate, ...]:
    """Whose lists are believed: the roots of the settings, and the authorities between that lie with the lists."""
    folder = str(settings.ECREDIT_SIGNING_LISTS)
    others = _lists(folder)[2] if folder and Path(folder).is_dir() else ()
    return (*_roots(str(settings.ECREDIT_SIGNING_ROOTS)), *others)


def authority_of(place: SigningPlace, *, at: datetime) -> PeopleAuthority:
    """The test authority, made when it is not there. Raises NoTestCertificates where none are taken."""
    if not tests_allowed():
        raise NoTestCertificates(
            "本系统不签发也不接受测试证书；试用时可设 ECREDIT_SIGNING_TEST=1",
            "test certificates are neither issued nor taken here; for a trial set ECREDIT_SIGNING_TEST=1",
        )
    return PeopleAuthority(place.home.keys, place.sealer, name=text("portal.site_sub", "zh"), at=at)


def test_list(place: SigningPlace, *, at: datetime) -> bytes:
    """The test authority's revocation list as of an instant."""
    rows = PersonCertificate.objects.filter(revoked_at__isnull=False).order_by("leaf")
    return authority_of(place, at=at).revocation_list(
        (Revoked(int(row.serial, 16), row.revoked_at) for row in rows if row.revoked_at is not None), at=at
    )


def roots_pem(place: SigningPlace) -> bytes:
    """The roots that are trusted, as a file others can check with."""
    root = find_people_root(place.home.keys) if tests_allowed() else None
    roots = (*_roots(str(settings.ECREDIT_SIGNING_ROOTS)), *((root,) if root is not None else ()))
    return b"".join(one.public_bytes(Encoding.PEM) for one in roots)


@lru_cache(maxsize=4)
def _read_roots(path: str, _changed: float) -> tuple[x509.Certificate, ...]:
    return read_roots(Path(path).read_bytes())


def _roots(path: str) -> tuple[x509.Certificate, ...]:
    if not path:
        return ()
    try:
        return _read_roots(path, Path(path).stat().st_mtime)
    except OSError as error:
        raise WrongUse(
            f"读不了设置中的根证书文件 {path}",
            f"the file of roots {path} that the settings name cannot be read",
        ) from error


def _lists(path: str) -> tuple[tuple[bytes, ...], tuple[bytes, ...], tuple[x509.Certificate, ...]]:
    if not path:
        return (), (), ()
    folder = Path(path)
    if not folder.is_dir():
        raise WrongUse(
            f"ECREDIT_SIGNING_LISTS 所指的文件夹 {path} 不在",
            f"there is no folder {path}, which ECREDIT_SIGNING_LISTS names",
        )
    found = read_revocation(list_revocation(folder))
    return found.lists, found.answers, found.others
