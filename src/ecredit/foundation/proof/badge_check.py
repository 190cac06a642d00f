"""Checking a badge, in any of its forms, with nothing but the city's public keys: each check by itself, in plain words."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from ecredit.foundation.proof.badge_forms import (
    CREDENTIAL_TYP,
    FORMAT,
    SELECTIVE_TYP,
    compact_of,
    digest_of_others,
    selective_of,
)
from ecredit.foundation.proof.badge_reading import (
    CompactBadge,
    read_claims,
    read_compact,
    read_instant,
)
from ecredit.foundation.proof.badge_status import check_list, check_status
from ecredit.foundation.proof.badge_types import BadgeClaims, Verdict
from ecredit.foundation.proof.checks import Asked, Checks
from ecredit.foundation.proof.credential_rules import check_credential, check_presentation
from ecredit.foundation.proof.errors import TokenBroken
from ecredit.foundation.proof.jws import Jws, decode, encode, parse_jws, read_object
from ecredit.foundation.proof.qr_text import read_digits
from ecredit.foundation.proof.receipts import RECEIPT_FORMAT, check_receipt
from ecredit.foundation.proof.status_list import LIST_FORMAT

LONGEST: Final = 1 << 20


def check_badge(raw: bytes, asked: Asked) -> Verdict:
    """Check a badge file, a bare credential, an SD-JWT presentation, a compact form, a status list, a signed receipt. Never raises."""
    checks = Checks(asked)
    try:
        kind, said = _check(raw, checks)
    except TokenBroken as error:
        checks.fail("form", error.zh, error.en)
        kind, said = "unknown", {}
    return Verdict(kind, tuple(checks.findings), said)


def _check(raw: bytes, checks: Checks) -> tuple[str, dict[str, object]]:
    if len(raw) > LONGEST:
        raise TokenBroken("文件过大，不是标识。", "It is too large for a badge.")
    if raw[:1] == b"\xd2":
        return "compact", _check_compact(raw, checks)
    text = raw.decode("utf-8", "replace").strip()
    if text.startswith("{"):
        found = read_object(text.encode())
        if found.get("format") == FORMAT:
            return "badge", _check_file(found, checks)
        if found.get("format") == LIST_FORMAT:
            return "status", check_list(found, checks)
        if found.get("format") == RECEIPT_FORMAT:
            return "receipt", check_receipt(found, checks)
        if "@context" in found:
            return "unsigned", _check_unsigned(found, checks)
        raise TokenBroken("这个 JSON 文件不是标识。", "This JSON file is no badge.")
    digits = read_digits(text)
    if digits is not None:
        return "compact", _check_compact(digits, checks)
    if "~" in text:
        return "selective", _check_selective(text, checks)
    return "credential", _check_credential(text, checks)


def _check_file(found: Mapping[str, Any], checks: Checks) -> dict[str, object]:
    parts = [found.get(name) for name in ("credential", "selective", "compact")]
    if set(found) != {"format", "credential", "selective", "compact"}:
        raise TokenBroken("标识文件缺少或多出内容。", "The badge file lacks a part, or has one too many.")
    credential, selective, packed = (part if isinstance(part, str) else "" for part in parts)
    jws, compact = parse_jws(credential, CREDENTIAL_TYP), read_compact(decode(packed))
    other, disclosures = _split(selective)
    claims = read_claims(jws.payload)
    key = checks.key_of(claims.issuer, jws.kid, claims.valid_from)
    if key is None:
        return {}
    whole = [
        checks.es256(key, jws.signature, jws.signed, "凭证", "credential"),
        checks.es256(key, other.signature, other.signed, "选择性披露凭证", "selective credential"),
        checks.es256(key, compact.es256, compact.signed, "二维码内容", "QR code's content"),
        checks.sm2(key, compact.sm2, compact.signed),
        _one_badge(claims, jws, other, disclosures, compact, checks),
    ]
    checks.time(claims.valid_from, claims.valid_until)
    check_status(claims.site, claims.status_list, claims.status_index, checks)
    return _said(claims) if all(whole) else {}


def _one_badge(
    claims: BadgeClaims, jws: Jws, other: Jws, disclosures: list[str], compact: CompactBadge, checks: Checks
) -> bool:
    """The three forms say the same, and the SM2 signature of the compact one covers the others by their digests."""
    frame, _ = selective_of(claims, b"")
    opened = _opened(other, disclosures)
    hidden = {"id": frame["credentialSubject"]["id"], "_sd": other.payload["credentialSubject"].get("_sd")}
    return checks.add(
        "forms",
        compact.others == digest_of_others(jws.signed, other.signed)
        and compact.payload == compact_of(claims, compact.others)
        and compact.kid == jws.kid == other.kid
        and {**frame, "credentialSubject": hidden} == other.payload
        and {**opened, "id": frame["credentialSubject"]["id"]} == jws.payload["credentialSubject"],
        (
            "三种形式内容一致，SM2 签名覆盖全部。",
            "Its three forms say the same, and the SM2 signature covers them all.",
        ),
        (
            "三种形式不是同一个标识：文件由不同标识拼成或被改动。",
            "Its forms are not of one badge: the file was put together from several, or altered.",
        ),
    )


def _check_credential(text: str, checks: Checks) -> dict[str, object]:
    jws = parse_jws(text, CREDENTIAL_TYP)
    claims = read_claims(jws.payload)
    key = checks.key_of(claims.issuer, jws.kid, claims.valid_from)
    if key is None:
        return {}
    holds = checks.es256(key, jws.signature, jws.signed, "凭证", "credential")
    checks.leave(
        "sm2",
        "单独的凭证不带 SM2 签名；标识文件和二维码带有。",
        "A bare credential carries no SM2 signature; the badge file and the QR code do.",
    )
    checks.time(claims.valid_from, claims.valid_until)
    check_status(claims.site, claims.status_list, claims.status_index, checks)
    return _said(claims) if holds else {}


def _check_unsigned(found: Mapping[str, Any], checks: Checks) -> dict[str, object]:
    """A credential or presentation without a signature of ours: its form can be told, and nothing else."""
    types = found.get("type")
    presented = types == "VerifiablePresentation" or (
        isinstance(types, list) and "VerifiablePresentation" in types
    )
    faults = check_presentation(found) if presented else check_credential(found)
    checks.add(
        "model",
        not faults,
        ("形式符合 W3C 可验证凭证数据模型 2.0。", "Its form is that of the W3C data model 2.0."),
        (
            f"不符合 W3C 可验证凭证数据模型 2.0：{'；'.join(faults)}。",
            f"Not of the W3C data model 2.0: {'; '.join(faults)}.",
        ),
    )
    checks.fail("unsigned", "没有可以验证的签名。", "There is no signature that could be checked.")
    return {}


def _check_selective(text: str, checks: Checks) -> dict[str, object]:
    jws, disclosures = _split(text)
    payload = jws.payload
    opened = _opened(jws, disclosures)
    try:
        issuer, status = payload["issuer"]["id"], payload["credentialStatus"]
        since, until = read_instant(payload["validFrom"]), read_instant(payload["validUntil"])
        site = payload["id"].rpartition("/verify/")[0]
        number = int(status["statusListCredential"].rpartition("/")[2])
        index = int(status["statusListIndex"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise TokenBroken(
            "内容不是本平台标识的格式。", "What it says is not in the form of a badge of this platform."
        ) from error
    key = checks.key_of(issuer, jws.kid, since)
    if key is None:
        return {}
    holds = checks.es256(key, jws.signature, jws.signed, "选择性披露凭证", "selective credential")
    checks.leave(
        "sm2",
        "单独的选择性披露凭证不带 SM2 签名；标识文件和二维码带有。",
        "A bare selective credential carries no SM2 signature; the badge file and the QR code do.",
    )
    checks.time(since, until)
    check_status(site, number, index, checks)
    return {**opened, "id": payload["id"], "disclosed": len(disclosures)} if holds else {}


def _check_compact(raw: bytes, checks: Checks) -> dict[str, object]:
    badge = read_compact(raw)
    key = checks.key_of(badge.issuer, badge.kid, badge.valid_from)
    if key is None:
        return {}
    holds = checks.es256(key, badge.es256, badge.signed, "二维码内容", "QR code's content")
    holds &= checks.sm2(key, badge.sm2, badge.signed)
    checks.time(badge.valid_from, badge.valid_until)
    check_status("", badge.status_list, badge.status_index, checks)
    if not holds:
        return {}
    return {
        "id": badge.id, "code": badge.code, "name": badge.name, "grade": badge.grade, "graded_on": badge.graded_on,
        "registered": badge.registered, "licence_count": badge.licence_count, "real_name_on": badge.real_name_on,
        "valid_from": badge.valid_from, "valid_until": badge.valid_until,
    }  # fmt: skip


def _split(text: str) -> tuple[Jws, list[str]]:
    token, *rest = text.strip().split("~")
    if not rest or rest[-1] != "" or len(rest) > 65:
        raise TokenBroken(
            "选择性披露凭证应以 ~ 结尾，不带持有人签名。",
            "A selective credential ends in ~ and carries no key binding here.",
        )
    jws = parse_jws(token, SELECTIVE_TYP)
    if jws.payload.get("_sd_alg", "sha-256") != "sha-256" or not isinstance(
        jws.payload.get("credentialSubject"), dict
    ):
        raise TokenBroken(
            "选择性披露凭证的散列算法或内容不正确。",
            "The selective credential's digest or content is not as it should be.",
        )
    return jws, rest[:-1]


def _opened(jws: Jws, disclosures: list[str]) -> dict[str, object]:
    """What the disclosures open. Raises TokenBroken for one that belongs to no digest, comes twice, or hides a known name."""
    subject = jws.payload["credentialSubject"]
    digests = subject.get("_sd", [])
    opened: dict[str, object] = {}
    used: set[str] = set()
    for text in disclosures:
        digest = hashlib.sha256(text.encode("utf-8", "replace")).digest()
        name_value = _read_disclosure(text)
        shown = encode(digest)
        if not isinstance(digests, list) or digests.count(shown) != 1 or shown in used:
            raise TokenBroken(
                "有一项披露不属于这个凭证，或重复。",
                "A disclosure does not belong to this credential, or comes twice.",
            )
        name, value = name_value
        if name in opened or name in subject or name in ("_sd", "..."):
            raise TokenBroken(
                "一项披露与已有内容重名。", "A disclosure has the name of something that is there."
            )
        used.add(shown)
        opened[name] = value
    return opened


def _read_disclosure(text: str) -> tuple[str, object]:
    try:
        parts = json.loads(decode(text))
    except (ValueError, RecursionError):
        parts = None
    if not isinstance(parts, list) or len(parts) != 3 or not all(isinstance(part, str) for part in parts[:2]):
        raise TokenBroken("披露内容格式不正确。", "A disclosure is malformed.")
    return parts[1], parts[2]


def _said(claims: BadgeClaims) -> dict[str, object]:
    return {
        "id": claims.id, "code": claims.code, "name": claims.name, "grade": claims.grade, "graded_on": claims.graded_on,
        "registered": claims.registered, "licence_count": claims.licence_count,
        "licences": [f"{one.title} {one.number}".strip() for one in claims.licences], "real_name_on": claims.real_name_on,
        "valid_from": claims.valid_from, "valid_until": claims.valid_until,
    }  # fmt: skip
