"""The forms of a badge, each made of the same claims: a W3C credential (vc+jwt), its selective form (SD-JWT), a compact one.

The compact form is a CBOR Web Token in COSE_Sign1 (RFC 8392, RFC 9052), small enough for a QR code. Its ES256 signature
is COSE's own; the SM2 signature of the same bytes stands in the unprotected header under a private label, where other
readers pass it over. The compact form names the SM3 digests of the other two, so one SM2 signature covers all three.

Nothing here may change what bytes come of given claims: the signatures of what is already issued are over them. Another
layout is another FORMAT.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final

import cbor2

from ecredit.foundation.proof.badge_types import BadgeClaims, BadgeSignatures, Licence
from ecredit.foundation.proof.jws import compact_json, encode, join, signing_input
from ecredit.foundation.proof.signing_keys import SigningPair
from ecredit.foundation.proof.sm2_plain import sm3

FORMAT: Final = "ecredit-badge-1"
CREDENTIAL_TYP: Final = "vc+jwt"
SELECTIVE_TYP: Final = "vc+sd-jwt"
CONTEXTS: Final = (
    "https://www.w3.org/ns/credentials/v2",
    "https://www.w3.org/ns/credentials/undefined-terms/v2",
)
ES256_ALG: Final = -7
PRIVATE: Final = -65537
"""Label of what is ours alone: the badge's claims in the token, the SM2 signature in the unprotected header."""
COSE_SIGN1: Final = 18
LONGEST_NAME: Final = 96
"""Bytes of a name in the compact form; a longer one is cut, and the code says who it is. A long address leaves less."""
_USUAL_SITE: Final = 31
_LEAST_NAME: Final = 24
_EPOCH: Final = date(1970, 1, 1)


def credential_of(claims: BadgeClaims) -> dict[str, Any]:
    """The W3C Verifiable Credential (data model 2.0) as an object."""
    return {**_frame(claims), "credentialSubject": {"id": _subject_id(claims), **_subject(claims)}}


def selective_of(claims: BadgeClaims, seed: bytes) -> tuple[dict[str, Any], list[str]]:
    """The same with every claim about the subject hidden behind a digest (RFC 9901), and the disclosures that open them.

    `seed` (32 secret bytes of this badge) gives the salts.
    """
    disclosures = [
        encode(compact_json([encode(sha256(seed + name.encode()).digest()[:16]), name, value]))
        for name, value in _subject(claims).items()
    ]
    digests = sorted(encode(sha256(text.encode("ascii")).digest()) for text in disclosures)
    hidden = {"id": _subject_id(claims), "_sd": digests}
    return {**_frame(claims), "credentialSubject": hidden, "_sd_alg": "sha-256"}, disclosures


def compact_of(claims: BadgeClaims, others: bytes) -> bytes:
    """The claims of the compact form; `others` is the digest of the other two (`digest_of_others`)."""
    own = [
        claims.code,
        cut_name(claims.name, claims.site),
        claims.grade,
        _days(claims.graded_on),
        claims.registered,
        claims.licence_count,
        _days(claims.real_name_on),
        claims.status_list,
        claims.status_index,
        others,
    ]
    token = {
        1: claims.issuer,
        4: int(claims.valid_until.timestamp()),
        5: int(claims.valid_from.timestamp()),
        7: claims.id.encode("ascii"),
        PRIVATE: own,
    }
    return cbor2.dumps(token, canonical=True)


def sign_badge(claims: BadgeClaims, seed: bytes, pair: SigningPair) -> BadgeSignatures:
    """Sign all forms of a badge. Raises KeysUnusable where the machine has no SM2."""
    credential, selective, compact = signed_parts(claims, seed, pair.kid)
    return BadgeSignatures(
        pair.sign_es256(credential),
        pair.sign_es256(selective),
        pair.sign_es256(compact),
        pair.sign_sm2(compact),
    )


def badge_file(claims: BadgeClaims, seed: bytes, signatures: BadgeSignatures, kid: str) -> dict[str, str]:
    """The badge as a file to take along: all its forms."""
    credential, selective, _ = signed_parts(claims, seed, kid)
    _, disclosures = selective_of(claims, seed)
    return {
        "format": FORMAT,
        "credential": join(credential, signatures.credential),
        "selective": "~".join((join(selective, signatures.selective), *disclosures, "")),
        "compact": encode(compact_token(claims, seed, signatures, kid)),
    }


def compact_token(claims: BadgeClaims, seed: bytes, signatures: BadgeSignatures, kid: str) -> bytes:
    """The compact form with its signatures: what the QR code holds."""
    credential, selective, _ = _inputs(claims, seed, kid)
    payload = compact_of(claims, digest_of_others(credential, selective))
    parts = [protected_header(kid), {PRIVATE: signatures.sm2}, payload, signatures.compact]
    return cbor2.dumps(cbor2.CBORTag(COSE_SIGN1, parts), canonical=True)


def signed_parts(claims: BadgeClaims, seed: bytes, kid: str) -> tuple[bytes, bytes, bytes]:
    """What is signed: of the credential, of the selective form, of the compact one."""
    credential, selective, _ = _inputs(claims, seed, kid)
    payload = compact_of(claims, digest_of_others(credential, selective))
    return credential, selective, signed_structure(protected_header(kid), payload)


def digest_of_others(credential: bytes, selective: bytes) -> bytes:
    """What the compact form says of the other two: SM3 of their two SM3 digests."""
    return sm3(sm3(credential) + sm3(selective))


@lru_cache(maxsize=64)
def protected_header(kid: str) -> bytes:
    """COSE's protected header: ES256, and which key."""
    return cbor2.dumps({1: ES256_ALG, 4: bytes.fromhex(kid)}, canonical=True)


def signed_structure(protected: bytes, payload: bytes) -> bytes:
    """The bytes that COSE_Sign1 signs (RFC 9052 section 4.4)."""
    return cbor2.dumps(["Signature1", protected, b"", payload], canonical=True)


def cut_name(name: str, site: str = "") -> str:
    """A name as the compact form has room for it (QR version 15 at level M), an ellipsis at its end when it was cut."""
    room = max(_LEAST_NAME, LONGEST_NAME - 2 * max(0, len(site) - _USUAL_SITE))
    raw = name.encode()
    return name if len(raw) <= room else raw[: room - 3].decode(errors="ignore") + "…"


@lru_cache(maxsize=4096)
def instant(at: datetime) -> str:
    """An instant as a credential writes it, to the second, in UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def status_address(site: str, number: int) -> str:
    """Where a status list is found."""
    return f"{site}/verify/status/{number}"


def _inputs(claims: BadgeClaims, seed: bytes, kid: str) -> tuple[bytes, bytes, list[str]]:
    named = f"{claims.issuer}#{kid}"
    payload, disclosures = selective_of(claims, seed)
    credential = signing_input(
        {"alg": "ES256", "kid": named, "typ": CREDENTIAL_TYP, "cty": "vc"}, credential_of(claims)
    )
    return (
        credential,
        signing_input({"alg": "ES256", "kid": named, "typ": SELECTIVE_TYP}, payload),
        disclosures,
    )


def _frame(claims: BadgeClaims) -> dict[str, Any]:
    at = status_address(claims.site, claims.status_list)
    return {
        "@context": list(CONTEXTS),
        "id": f"{claims.site}/verify/{claims.id}",
        "type": ["VerifiableCredential", "EcommerceCreditBadge"],
        "issuer": {"id": claims.issuer, "name": claims.issuer_name},
        "validFrom": instant(claims.valid_from),
        "validUntil": instant(claims.valid_until),
        "credentialStatus": {
            "id": f"{at}#{claims.status_index}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": str(claims.status_index),
            "statusListCredential": at,
        },
    }


def _subject_id(claims: BadgeClaims) -> str:
    return f"{claims.site}/s/{claims.code}"


def _subject(claims: BadgeClaims) -> dict[str, Any]:
    said: dict[str, Any] = {
        "code": claims.code,
        "legalName": claims.name,
        "kind": claims.kind,
        "area": claims.area,
        "registered": claims.registered,
        "licences": [_licence(licence) for licence in claims.licences],
        "licenceCount": claims.licence_count,
    }
    if claims.real_name_on is not None:
        said["realNameVerifiedOn"] = claims.real_name_on.isoformat()
    if claims.grade is not None:
        said["grade"] = claims.grade
    if claims.graded_on is not None:
        said["gradedOn"] = claims.graded_on.isoformat()
    return said


def _licence(licence: Licence) -> dict[str, str]:
    said = {"title": licence.title, "number": licence.number}
    return said if licence.last_on is None else {**said, "lastOn": licence.last_on.isoformat()}


def _days(day: date | None) -> int | None:
    return None if day is None else (day - _EPOCH).days
