"""RFC 3161 time stamps: what to send to an authority, what it answered, and since when a file therefore existed.

An authority that has nothing to do with the city signs a file's digest and the time. Its certificate must chain to a root that
was given, be for time stamping alone, and have been in force then; who its root is trusted by is for the reader to know.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from ecredit.foundation.proof.cms_container import is_plain
from ecredit.foundation.proof.errors import StampBroken
from ecredit.foundation.proof.revocation_files import is_taken_back

ASKED: Final = "application/timestamp-query"
ANSWERED: Final = "application/timestamp-reply"
LONGEST_STAMP: Final = 1 << 16
_NONCE_BITS: Final = 63


@dataclass(frozen=True, slots=True)
class Stamp:
    """Since when a file surely existed, and who says so: the common name of the authority's certificate."""

    at: datetime
    authority: str


@dataclass(frozen=True, slots=True)
class StampRequest:
    """What is sent (DER), and the number its answer must repeat."""

    body: bytes
    nonce: int


def ask_for(data: bytes) -> StampRequest:
    """The request for a stamp on *data* (its SHA-256), with the authority's certificate asked for."""
    from asn1crypto import algos, tsp  # noqa: PLC0415 - loads slowly, and only time stamps need it

    nonce = secrets.randbits(_NONCE_BITS)
    imprint = tsp.MessageImprint(
        {
            "hash_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}),
            "hashed_message": hashlib.sha256(data).digest(),
        }
    )
    request = tsp.TimeStampReq({"version": 1, "message_imprint": imprint, "cert_req": True, "nonce": nonce})
    return StampRequest(request.dump(), nonce)


def read_answer(answer: bytes, request: StampRequest) -> bytes:
    """The token in an authority's answer. Raises StampBroken when it refused, or answered another question."""
    from asn1crypto import tsp  # noqa: PLC0415 - as above

    try:
        reply = tsp.TimeStampResp.load(answer, strict=True)
        status = str(reply["status"]["status"].native)
        if status not in ("granted", "granted_with_mods"):
            why = "; ".join(reply["status"]["status_string"].native or []) or status
            raise StampBroken(f"时间戳机构拒绝：{why}。", f"The time-stamping authority refused: {why}.")
        token = reply["time_stamp_token"]
        nonce = _info(token)["nonce"].native
        raw: bytes = token.dump()
    except (ValueError, TypeError, KeyError) as error:
        raise _unreadable() from error
    if nonce != request.nonce:
        raise StampBroken("时间戳机构的答复不是对这次请求的。", "The authority answered another request.")
    return raw


def check_stamp(
    token: bytes,
    data: bytes,
    roots: tuple[x509.Certificate, ...] | None,
    *,
    lists: tuple[bytes, ...] = (),
    answers: tuple[bytes, ...] = (),
) -> Stamp:
    """Since when *data* existed by this token; with None for *roots* whoever signed it. Raises StampBroken with what is wrong.

    `lists` and `answers` say of which certificates it is known that they were taken back (DER; of those that say nothing of this
    authority, nothing follows).
    """
    from asn1crypto import cms  # noqa: PLC0415 - as above

    if len(token) > LONGEST_STAMP:
        raise _unreadable()
    try:
        content = cms.ContentInfo.load(token, strict=True)
        if not is_plain(token, content):
            raise ValueError("not the one way to write it")
        info = _info(content)
        at = info["gen_time"].native
        told = _Told(roots or (), lists, answers)
        signed, ours, trusted, gone, authority = asyncio.run(_verdict(content["content"], data, told, at))
    except _faults() as error:
        raise _unreadable() from error
    if not ours:
        raise StampBroken("时间戳不是这个文件的。", "The time stamp is not of this file.")
    if not signed:
        raise StampBroken("时间戳的签名不成立。", "The signature of the time stamp does not hold.")
    if gone:
        raise StampBroken(
            f"时间戳机构 {authority} 的证书已被吊销。",
            f"The certificate of the authority {authority}, or one above it, was taken back.",
        )
    if roots is not None and not trusted:
        raise StampBroken(
            f"时间戳机构 {authority} 的证书不属于受信任的根、不是时间戳专用，或当时不在有效期内。",
            f"The certificate of the authority {authority} is not under a trusted root, is not for time stamping alone, or was not in force then.",
        )
    return Stamp(at.astimezone(UTC), authority)


@dataclass(frozen=True, slots=True)
class _Told:
    """Whom to trust, and what is known of who was taken back."""

    roots: tuple[x509.Certificate, ...]
    lists: tuple[bytes, ...]
    answers: tuple[bytes, ...]


async def _verdict(
    signed_data: Any, data: bytes, told: _Told, at: datetime
) -> tuple[bool, bool, bool, bool, str]:
    """(signature holds, of this data, trusted, taken back, the authority's name)."""
    from asn1crypto import x509 as asn1_x509  # noqa: PLC0415 - as above
    from pyhanko.sign.validation.generic_cms import validate_tst_signed_data  # noqa: PLC0415 - as above
    from pyhanko.sign.validation.status import TimestampSignatureStatus  # noqa: PLC0415 - as above
    from pyhanko_certvalidator import CertificateValidator, ValidationContext  # noqa: PLC0415 - as above
    from pyhanko_certvalidator.policy_decl import (  # noqa: PLC0415 - as above
        CertRevTrustPolicy,
        RevocationCheckingPolicy,
        RevocationCheckingRule,
    )

    others = [one.chosen for one in signed_data["certificates"]]
    trusted = [asn1_x509.Certificate.load(root.public_bytes(Encoding.DER)) for root in told.roots]
    context = ValidationContext(trust_roots=trusted, moment=at, allow_fetching=False)
    found = await validate_tst_signed_data(signed_data, context, lambda algorithm: _digest(algorithm, data))
    status = TimestampSignatureStatus(**found)
    held = [x509.load_der_x509_certificate(one.dump()) for one in others]
    gone = any(is_taken_back(one, told.lists, (*told.roots, *held), at=at) for one in held)
    if told.answers and status.trusted and not gone:
        # Looked at apart: an answer that is old, or about others, takes nothing from what holds without it.
        rule = RevocationCheckingRule.CHECK_IF_DECLARED
        context = ValidationContext(
            trust_roots=trusted, other_certs=others, moment=at, allow_fetching=False, ocsps=told.answers,
            revinfo_policy=CertRevTrustPolicy(RevocationCheckingPolicy(rule, rule), retroactive_revinfo=True),
        )  # fmt: skip
        gone = await _is_revoked(CertificateValidator(status.signing_cert, validation_context=context))
    imprint = signed_data["encap_content_info"]["content"].parsed["message_imprint"]
    ours = imprint["hashed_message"].native == _digest(imprint["hash_algorithm"]["algorithm"].native, data)
    certificate = status.signing_cert
    name = str(certificate.subject.native.get("common_name") or certificate.subject.human_friendly)
    purposes = certificate.extended_key_usage_value
    alone = purposes is not None and purposes.native == ["time_stamping"]
    return (
        bool(status.valid and (status.intact or not ours)),
        ours,
        bool(status.trusted and alone),
        gone,
        name,
    )


async def _is_revoked(validator: Any) -> bool:
    from pyhanko_certvalidator.errors import (  # noqa: PLC0415 - as above
        PathError,
        RevokedError,
        ValidationError,
    )

    try:
        await validator.async_validate_path()
    except RevokedError:
        return True
    except (PathError, ValidationError):
        return False
    return False


def _digest(algorithm: str, data: bytes) -> bytes:
    if algorithm not in ("sha256", "sha384", "sha512"):
        raise ValueError("a digest nobody should rely on")
    return hashlib.new(algorithm, data).digest()


def _info(token: Any) -> Any:
    """The TSTInfo of a token."""
    return token["content"]["encap_content_info"]["content"].parsed


def _faults() -> tuple[type[Exception], ...]:
    from pyhanko.sign.general import SigningError  # noqa: PLC0415 - as above
    from pyhanko.sign.validation.errors import SignatureValidationError  # noqa: PLC0415 - as above
    from pyhanko_certvalidator.errors import ValidationError  # noqa: PLC0415 - as above

    return (
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        x509.InvalidVersion,
        SigningError,
        SignatureValidationError,
        ValidationError,
    )


def _unreadable() -> StampBroken:
    return StampBroken("这不是时间戳（RFC 3161）。", "This is no time stamp (RFC 3161).")
