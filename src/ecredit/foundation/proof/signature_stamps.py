"""A time stamp inside a signature (CAdES-T, PAdES-T): an authority outside says since when the signature existed.

It is what lets a signature outlive its certificate's end, or its being taken back later, without this system's own log.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ecredit.foundation.proof.certificate_check import Found, Trust
from ecredit.foundation.proof.cms_container import STAMP
from ecredit.foundation.proof.errors import StampBroken
from ecredit.foundation.proof.time_stamps import check_stamp


def check_signature_stamp(
    found: Found, signer: Any, trust: Trust, known_at: datetime | None
) -> datetime | None:
    """By when the signature is proven to have existed: `known_at`, or its own time stamp where that holds and is earlier."""
    tokens = [one["values"][0].dump() for one in signer["unsigned_attrs"] if one["type"].native == STAMP]
    if not tokens:
        return known_at
    if not trust.stamp_roots:
        found.leave(
            "stamp",
            "签名附有时间戳，但没有受信任的时间戳机构可供核对。",
            "The signature carries a time stamp, and there is no time-stamping authority to check it with.",
        )
        return known_at
    try:
        stamp = check_stamp(
            tokens[0],
            signer["signature"].native,
            trust.stamp_roots,
            lists=trust.lists,
            answers=trust.answers,
        )
    except StampBroken as error:
        found.fail(
            "stamp", f"签名所附的时间戳不成立：{error.zh}", f"Its time stamp does not hold: {error.en}"
        )
        return known_at
    found.hold(
        "stamp",
        f"时间戳机构“{stamp.authority}”证明签名在 {stamp.at:%Y-%m-%d %H:%M} UTC 已经存在。",
        f"The time-stamping authority “{stamp.authority}” says the signature existed on {stamp.at:%Y-%m-%d %H:%M} UTC.",
    )
    return stamp.at if known_at is None else min(known_at, stamp.at)
