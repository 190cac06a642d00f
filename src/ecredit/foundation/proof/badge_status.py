"""Status lists: checked as strictly as a badge, and what one says of a badge's place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ecredit.foundation.proof.badge_forms import CREDENTIAL_TYP, status_address
from ecredit.foundation.proof.badge_reading import read_instant
from ecredit.foundation.proof.badge_types import State
from ecredit.foundation.proof.checks import DAY, Checks
from ecredit.foundation.proof.errors import TokenBroken
from ecredit.foundation.proof.jws import decode, parse_jws, read_object
from ecredit.foundation.proof.status_list import LIST_FORMAT, LIST_TYPE, is_set, unpack_bits


def check_list(found: Mapping[str, Any], checks: Checks) -> dict[str, object]:
    bits, payload = open_list(found, checks)
    if bits is None:
        return {}
    checks.time(read_instant(payload["validFrom"]), read_instant(payload["validUntil"]))
    revoked = sum(byte.bit_count() for byte in bits)
    return {
        "id": payload["id"],
        "places": len(bits) * 8,
        "revoked": revoked,
        "signed_at": payload["validFrom"],
    }


def open_list(found: Mapping[str, Any], checks: Checks) -> tuple[bytes | None, Mapping[str, Any]]:
    """The bits of a list's file and its payload; None for bits that are not to be trusted, of which `checks` says why."""
    token, twin = found.get("credential"), found.get("sm2")
    if found.get("format") != LIST_FORMAT or not isinstance(token, str) or not isinstance(twin, str):
        raise TokenBroken("这不是状态列表文件。", "This is no file of a status list.")
    jws = parse_jws(token, CREDENTIAL_TYP)
    try:
        listed, since = jws.payload["credentialSubject"], read_instant(jws.payload["validFrom"])
        read_instant(jws.payload["validUntil"])
        issuer, encoded = jws.payload["issuer"]["id"], listed["encodedList"]
        if LIST_TYPE not in jws.payload["type"] or listed["statusPurpose"] != "revocation":
            raise ValueError("no list of revocations")
    except (KeyError, TypeError, ValueError) as error:
        raise TokenBroken("这不是状态列表。", "This is no status list.") from error
    key = checks.key_of(issuer, jws.kid, since)
    if key is None:
        return None, {}
    holds = checks.es256(key, jws.signature, jws.signed, "状态列表", "status list")
    holds &= checks.sm2(key, decode(twin), jws.signed)
    return (unpack_bits(encoded) if holds else None), jws.payload


def check_status(site: str, number: int, index: int, checks: Checks) -> None:
    """What a status list that was given says of a place. The list is checked as strictly as the badge: whoever gives one asks
    whether the badge is revoked, so a list that cannot tell is a failure, not an open question."""
    unknown = checks.leave if checks.asked.status is None else checks.fail
    raw = checks.asked.list_of(number)
    if raw is None:
        checks.leave(
            "status",
            "是否被撤销未查：没有给出状态列表（--status），可在网上查验当日状态。",
            "Whether it was revoked was not checked: no status list was given (--status); look it up online for today.",
        )
        return
    # What says since when the badge exists says nothing of the list: of a stolen key's list nobody knows when it was made.
    own = Checks(replace(checks.asked, logged_at=None))
    try:
        bits, payload = open_list(read_object(raw), own)
    except TokenBroken as error:
        checks.fail("status", error.zh, error.en)
        return
    bad = next((finding for finding in own.findings if finding.state is State.FAILS), None)
    if bits is None or bad is not None:
        said = bad or own.findings[-1]
        checks.fail(
            "status", f"状态列表不可信：{said.zh}", f"The status list is not to be trusted. {said.en}"
        )
        return
    address = str(payload.get("id"))
    wanted = status_address(site, number) if site else None
    if (address != wanted) if wanted else not address.endswith(f"/verify/status/{number}"):
        unknown(
            "status",
            f"是否被撤销查不出：给出的状态列表不是它的（它在 {number} 号列表）。",
            f"Whether it was revoked cannot be told: the list given is another one (it is in list {number}).",
        )
        return
    signed, until = str(payload["validFrom"])[:10], read_instant(payload["validUntil"])
    since = read_instant(payload["validFrom"])
    if not 0 <= index < len(bits) * 8:
        checks.fail("status", "状态列表中没有它的位置。", "The status list has no place for it.")
    elif is_set(bits, index):
        checks.fail(
            "revoked", f"已被撤销（{signed} 的状态列表）。", f"It was revoked (status list of {signed})."
        )
    elif checks.asked.at < since - DAY:
        unknown(
            "status",
            f"状态列表的日期（{signed}）还没到；请核对本机时钟，或换当日的状态列表。",
            f"The status list is of a day to come ({signed}); check the clock, or take today's list.",
        )
    elif checks.asked.at >= until:
        unknown(
            "status",
            f"截至 {signed} 没有被撤销；状态列表已过期，之后的情况不知道：请换当日的状态列表。",
            f"It was not revoked by {signed}; the list is out of date and of later days nothing is known: take today's list.",
        )
    else:
        checks.add(
            "status",
            True,
            (f"没有被撤销（{signed} 的状态列表）。", f"It is not revoked (status list of {signed})."),
            ("", ""),
        )
