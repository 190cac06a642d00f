"""A mark for one page: the city's signed word that a badge's mark was given out for this address and no other.

The same shape as the compact badge (CBOR in COSE_Sign1, ES256, with an SM2 signature of the same bytes beside it), small
enough to stand in an address. Who copies the mark to another page copies the address it was given out for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import cbor2

from ecredit.foundation.proof.badge_forms import COSE_SIGN1, PRIVATE, protected_header, signed_structure
from ecredit.foundation.proof.badge_reading import CBOR_FAULTS
from ecredit.foundation.proof.badge_types import Verdict
from ecredit.foundation.proof.checks import Asked, Checks
from ecredit.foundation.proof.errors import TokenBroken
from ecredit.foundation.proof.jws import decode, encode
from ecredit.foundation.proof.signing_keys import SigningPair

PAGE: Final = -65538
"""Label of the address in the token."""
_IN_TEXT: Final = re.compile(rb"(?:ecredit-mark:|[?&;]mark=)([A-Za-z0-9_-]{100,1200})")
LONGEST_PAGE: Final = 300
LONGEST_MARK: Final = 1_200


@dataclass(frozen=True, slots=True)
class LinkMark:
    """A mark taken apart, nothing of it checked yet."""

    kid: str
    issuer: str
    badge_id: str
    page: str
    since: datetime
    signed: bytes
    es256: bytes
    sm2: bytes


def tidy_page(text: str) -> str:
    """An address as marks name it: scheme, host in small letters, path; no query. Raises ValueError for what is no web address."""
    parts = urlsplit(text.strip())
    if (
        parts.scheme not in ("http", "https")
        or not parts.hostname
        or parts.username
        or len(text) > LONGEST_PAGE
    ):
        raise ValueError("a web address is wanted")
    host = parts.hostname.encode("idna").decode("ascii").lower()
    port = f":{parts.port}" if parts.port else ""
    return urlunsplit((parts.scheme, host + port, parts.path.rstrip("/") or "/", "", ""))


def host_of(page: str) -> str:
    """The host of a tidy address, with its port: what a browser tells of where somebody came from."""
    return urlsplit(page).netloc


def sign_mark(*, issuer: str, badge_id: str, page: str, since: datetime, pair: SigningPair) -> str:
    """The mark, in base64url. Raises ValueError for what is no web address."""
    token = {1: issuer, 5: int(since.timestamp()), 7: badge_id.encode("ascii"), PAGE: tidy_page(page)}
    payload, protected = cbor2.dumps(token, canonical=True), protected_header(pair.kid)
    signed = signed_structure(protected, payload)
    parts = [protected, {PRIVATE: pair.sign_sm2(signed)}, payload, pair.sign_es256(signed)]
    return encode(cbor2.dumps(cbor2.CBORTag(COSE_SIGN1, parts), canonical=True))


def read_mark(text: str) -> LinkMark:
    """Take a mark apart. Raises TokenBroken for any other shape, or a second way to write the same."""
    try:
        if len(text) > LONGEST_MARK:
            raise ValueError("too long")
        raw = decode(text.strip())
        tagged = cbor2.loads(raw)
        if not isinstance(tagged, cbor2.CBORTag) or tagged.tag != COSE_SIGN1:
            raise ValueError("no COSE_Sign1")
        protected, loose, payload, es256 = tagged.value
        kid, token, sm2 = cbor2.loads(protected)[4].hex(), cbor2.loads(payload), loose[PRIVATE]
        again = cbor2.CBORTag(COSE_SIGN1, [protected, {PRIVATE: sm2}, payload, es256])
        if cbor2.dumps(again, canonical=True) != raw or cbor2.dumps(token, canonical=True) != payload:
            raise ValueError("not the one way to write it")
        page = token[PAGE]
        if protected_header(kid) != protected or set(token) != {1, 5, 7, PAGE} or tidy_page(page) != page:
            raise ValueError("not the form of a mark")
        return LinkMark(
            kid=kid,
            issuer=str(token[1]),
            badge_id=token[7].decode("ascii"),
            page=page,
            since=datetime.fromtimestamp(token[5], UTC),
            signed=signed_structure(protected, payload),
            es256=bytes(es256),
            sm2=bytes(sm2),
        )
    except CBOR_FAULTS as error:
        raise TokenBroken("这不是链接标识的格式。", "This is not in the form of a link mark.") from error


def find_mark(raw: bytes) -> str | None:
    """The mark in a picture (SVG), or in an address with `mark=`; None when there is none."""
    found = _IN_TEXT.search(raw)
    return None if found is None else found[1].decode("ascii")


def check_mark(text: str, asked: Asked, *, badge_id: str = "", found_on: str = "") -> Verdict:
    """Check a mark, and whether it was found on the page it was given out for. Never raises.

    `badge_id`: the badge it must belong to; `found_on`: the address, or only the host, where it was seen ("": not known).
    """
    checks = Checks(asked)
    try:
        mark = read_mark(text)
    except TokenBroken as error:
        checks.fail("form", error.zh, error.en)
        return Verdict("mark", tuple(checks.findings))
    key = checks.key_of(mark.issuer, mark.kid, mark.since)
    if key is None:
        return Verdict("mark", tuple(checks.findings))
    holds = checks.es256(key, mark.es256, mark.signed, "链接标识", "link mark")
    holds &= checks.sm2(key, mark.sm2, mark.signed)
    if holds and badge_id:
        checks.add(
            "badge",
            mark.badge_id == badge_id,
            ("属于这个标识。", "It belongs to this badge."),
            (f"属于另一个标识 {mark.badge_id}。", f"It belongs to another badge, {mark.badge_id}."),
        )
    if holds:
        _place(mark.page, found_on, checks)
    said: dict[str, object] = (
        {"shop": mark.page, "id": mark.badge_id, "signed_at": mark.since} if holds else {}
    )
    return Verdict("mark", tuple(checks.findings), said)


def _place(page: str, found_on: str, checks: Checks) -> None:
    if not found_on:
        checks.leave(
            "place",
            f"只发给 {page}：请与您看到标识的网页地址核对，不同即为仿冒。",
            f"It was given out for {page} only: compare that with the address of the page where you saw it.",
        )
        return
    whole = "://" in found_on
    try:
        here = tidy_page(found_on if whole else f"https://{found_on}")
        same = host_of(page) == host_of(here) and (not whole or _below(here, page))
    except ValueError:
        here, same = found_on, False
    shown = here if whole else found_on
    checks.add(
        "place",
        same,
        (f"所在网页与签发的一致：{shown}。", f"It is on the page it was given out for: {shown}."),
        (
            f"只发给 {page}，却出现在 {shown}：是从别的店铺抄来的。",
            f"It was given out for {page} and was found on {shown}: it was copied from another shop.",
        ),
    )


def _below(here: str, page: str) -> bool:
    """The page itself, or one below it: a shop's goods carry its mark too. Http and https are one place."""
    own, bound = urlsplit(here).path, urlsplit(page).path.rstrip("/")
    return own == bound or own.startswith(f"{bound}/")
