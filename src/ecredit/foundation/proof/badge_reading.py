"""From a badge's forms back to what they say. Nothing is believed here: signatures are checked by `badge_check`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import cbor2

from ecredit.foundation.proof.badge_forms import (
    COSE_SIGN1,
    PRIVATE,
    credential_of,
    protected_header,
    signed_structure,
)
from ecredit.foundation.proof.badge_types import BadgeClaims, Licence
from ecredit.foundation.proof.errors import TokenBroken

LONGEST_COMPACT: Final = 720
CBOR_FAULTS: Final = (
    cbor2.CBORError, TokenBroken, ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, OSError,
    RecursionError,
)  # fmt: skip
"""What a stranger's bytes may raise while they are taken apart."""
_EPOCH: Final = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class CompactBadge:
    """The compact form taken apart. `others` is the digest it gives of the other two, `payload` its bytes as signed."""

    kid: str
    issuer: str
    id: str
    code: str
    name: str
    grade: str | None
    graded_on: date | None
    registered: bool
    licence_count: int
    real_name_on: date | None
    status_list: int
    status_index: int
    valid_from: datetime
    valid_until: datetime
    others: bytes
    payload: bytes
    signed: bytes
    es256: bytes
    sm2: bytes


def read_claims(payload: Mapping[str, Any]) -> BadgeClaims:
    """The claims of a credential of ours. Raises TokenBroken when it is not exactly what these claims would give."""
    try:
        subject, status = payload["credentialSubject"], payload["credentialStatus"]
        site, _, badge = payload["id"].rpartition("/verify/")
        licences = tuple(
            Licence(one["title"], one["number"], _maybe_day(one.get("lastOn"))) for one in subject["licences"]
        )
        claims = BadgeClaims(
            id=badge,
            site=site,
            issuer=payload["issuer"]["id"],
            issuer_name=payload["issuer"]["name"],
            code=subject["code"],
            name=subject["legalName"],
            kind=subject["kind"],
            area=subject["area"],
            registered=subject["registered"],
            licences=licences,
            licence_count=subject["licenceCount"],
            real_name_on=_maybe_day(subject.get("realNameVerifiedOn")),
            grade=subject.get("grade"),
            graded_on=_maybe_day(subject.get("gradedOn")),
            valid_from=read_instant(payload["validFrom"]),
            valid_until=read_instant(payload["validUntil"]),
            status_list=int(status["statusListCredential"].rpartition("/")[2]),
            status_index=int(status["statusListIndex"]),
        )
        if credential_of(claims) != payload:
            raise ValueError("not the credential of these claims")
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise TokenBroken(
            "内容不是本平台标识的格式。", "What it says is not in the form of a badge of this platform."
        ) from error
    return claims


def read_compact(raw: bytes) -> CompactBadge:
    """Take the compact form apart. Raises TokenBroken for any other shape, or a second way to write the same."""
    try:
        if len(raw) > LONGEST_COMPACT:
            raise ValueError("too long")
        tagged = cbor2.loads(raw)
        if not isinstance(tagged, cbor2.CBORTag) or tagged.tag != COSE_SIGN1:
            raise ValueError("no COSE_Sign1")
        protected, loose, payload, es256 = tagged.value
        kid = cbor2.loads(protected)[4].hex()
        token = cbor2.loads(payload)
        code, name, grade, graded, registered, licences, real_name, number, index, others = token[PRIVATE]
        sm2 = loose[PRIVATE]
        again = cbor2.dumps(
            cbor2.CBORTag(COSE_SIGN1, [protected, {PRIVATE: sm2}, payload, es256]), canonical=True
        )
        if (
            again != raw
            or cbor2.dumps(token, canonical=True) != payload
            or protected_header(kid) != protected
        ):
            raise ValueError("not the one way to write it")
        found = CompactBadge(
            kid=kid,
            issuer=_text(token[1]),
            id=token[7].decode("ascii"),
            code=_text(code),
            name=_text(name),
            grade=None if grade is None else _text(grade),
            graded_on=_day_of(graded),
            registered=bool(registered),
            licence_count=int(licences),
            real_name_on=_day_of(real_name),
            status_list=int(number),
            status_index=int(index),
            valid_from=datetime.fromtimestamp(token[5], UTC),
            valid_until=datetime.fromtimestamp(token[4], UTC),
            others=bytes(others),
            payload=payload,
            signed=signed_structure(protected, payload),
            es256=bytes(es256),
            sm2=bytes(sm2),
        )
    except CBOR_FAULTS as error:
        raise TokenBroken(
            "二维码内容不是本平台标识的格式。",
            "The QR code's content is not in the form of a badge of this platform.",
        ) from error
    return found


def read_instant(text: object) -> datetime:
    """An instant of a credential (XML Schema dateTimeStamp). Raises ValueError for one without an offset."""
    at = datetime.fromisoformat(text) if isinstance(text, str) else None
    if at is None or at.tzinfo is None:
        raise ValueError("an instant with an offset is wanted")
    return at


def _maybe_day(text: object) -> date | None:
    return None if text is None else date.fromisoformat(text)  # type: ignore[arg-type]  # what is no text raises TypeError, which the caller tells as a broken badge


def _day_of(days: object) -> date | None:
    return None if days is None else _EPOCH + timedelta(days=days)  # type: ignore[arg-type]  # as above: no number is a TypeError


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("a text is wanted")
    return value
