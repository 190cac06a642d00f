"""A receipt that was signed: what became of a file somebody sent, for them to show to others.

A compact JWS (ES256, type `receipt+jwt`) with an SM2 signature of the same bytes beside it, in one small file.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from ecredit.foundation.proof.checks import Checks
from ecredit.foundation.proof.errors import TokenBroken
from ecredit.foundation.proof.jws import decode, encode, join, parse_jws, signing_input
from ecredit.foundation.proof.signing_keys import SigningPair

RECEIPT_FORMAT: Final = "ecredit-receipt-1"
RECEIPT_TYP: Final = "receipt+jwt"
FATES: Final = ("accepted", "superseded", "duplicate", "quarantined", "refused")
"""What may become of a row; together they are all rows."""


def sign_receipt(
    receipt: Mapping[str, object], *, issuer: str, at: datetime, pair: SigningPair
) -> dict[str, str]:
    """The file of a signed receipt. `receipt` holds plain JSON: rows and their fates, digest, who sent it, when."""
    payload = {"iss": issuer, "iat": int(at.timestamp()), "receipt": dict(receipt)}
    signed = signing_input({"alg": "ES256", "kid": f"{issuer}#{pair.kid}", "typ": RECEIPT_TYP}, payload)
    return {
        "format": RECEIPT_FORMAT,
        "receipt": join(signed, pair.sign_es256(signed)),
        "sm2": encode(pair.sign_sm2(signed)),
    }


def check_receipt(found: Mapping[str, Any], checks: Checks) -> dict[str, object]:
    """Check a signed receipt; gives what it says when its signatures hold. Raises TokenBroken for what is none."""
    token, twin = found.get("receipt"), found.get("sm2")
    if set(found) != {"format", "receipt", "sm2"} or not isinstance(token, str) or not isinstance(twin, str):
        raise TokenBroken("这不是签名回执的格式。", "This is not in the form of a signed receipt.")
    jws = parse_jws(token, RECEIPT_TYP)
    try:
        issuer, at = jws.payload["iss"], datetime.fromtimestamp(jws.payload["iat"], UTC)
        receipt: dict[str, object] = dict(jws.payload["receipt"])
        rows, fates = receipt["rows"], [receipt[name] for name in FATES]
    except (KeyError, TypeError, ValueError, OverflowError, OSError) as error:
        raise TokenBroken("这不是签名回执的格式。", "This is not in the form of a signed receipt.") from error
    key = checks.key_of(issuer, jws.kid, at)
    if key is None:
        return {}
    holds = checks.es256(key, jws.signature, jws.signed, "回执", "receipt")
    holds &= checks.sm2(key, decode(twin), jws.signed)
    if not holds:
        return {}
    adds_up = all(type(fate) is int for fate in fates) and rows == sum(fates)  # type: ignore[arg-type]
    checks.add(
        "rows",
        adds_up,
        ("各行去向合计等于总行数。", "The fates of its rows add up to all rows."),
        ("各行去向合计不等于总行数。", "The fates of its rows do not add up."),
    )
    if checks.asked.at < at:
        checks.fail(
            "clock",
            f"签发时间（{at:%Y-%m-%d %H:%M} UTC）晚于本机时间：请校准本机时钟。",
            f"It was signed at {at:%Y-%m-%d %H:%M} UTC, after this machine's clock: set the clock right.",
        )
    return {**receipt, "signed_at": at}
