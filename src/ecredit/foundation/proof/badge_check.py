"""Checking a badge, in any of its forms, with nothing but the city's public keys: each check by itself, in plain words."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from ecredit.foundation.proof import es256
from ecredit.foundation.proof.badge_forms import (
    CREDENTIAL_TYP,
    FORMAT,
    SELECTIVE_TYP,
    compact_of,
    digest_of_others,
    selective_of,
    status_address,
)
from ecredit.foundation.proof.badge_reading import (
    CompactBadge,
    read_claims,
    read_compact,
    read_instant,
)
from ecredit.foundation.proof.badge_types import BadgeClaims, Finding, State, Verdict
from ecredit.foundation.proof.city_keys import CityKey, CityKeys
from ecredit.foundation.proof.errors import TokenBroken
from ecredit.foundation.proof.jws import Jws, decode, encode, parse_jws, read_object
from ecredit.foundation.proof.qr_text import read_digits
from ecredit.foundation.proof.status_list import LIST_FORMAT, LIST_TYPE, is_set, unpack_bits

LONGEST: Final = 1 << 20
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a check is made with: the city's keys, the instant, and a status list (its file) where one is at hand."""

    keys: CityKeys
    at: datetime
    status: bytes | None = None


def check_badge(raw: bytes, asked: Asked) -> Verdict:
    """Check a badge file, a bare credential, an SD-JWT presentation, a compact form, or a status list. Never raises."""
    checks = Checks(asked)
    try:
        kind, said = _check(raw, checks)
    except TokenBroken as error:
        checks.fail("form", error.zh, error.en)
        kind, said = "unknown", {}
    return Verdict(kind, tuple(checks.findings), said)


class Checks:
    """Collects what was found."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.findings: list[Finding] = []

    def add(self, code: str, holds: bool, good: tuple[str, str], bad: tuple[str, str]) -> bool:
        """One check that can be made."""
        zh, en = good if holds else bad
        self.findings.append(Finding(code, State.HOLDS if holds else State.FAILS, zh, en))
        return holds

    def fail(self, code: str, zh: str, en: str) -> None:
        """What does not hold."""
        self.findings.append(Finding(code, State.FAILS, zh, en))

    def leave(self, code: str, zh: str, en: str) -> None:
        """What could not be checked."""
        self.findings.append(Finding(code, State.OPEN, zh, en))

    def key_of(self, issuer: object, kid: str, at: datetime) -> CityKey | None:
        """The key a thing names, when it is of this city and signed when it might. None: nothing further can be checked."""
        keys = self.asked.keys
        if not self.add(
            "city",
            issuer == keys.issuer,
            (f"由{keys.name}签发。", f"It was issued by {keys.name}."),
            (
                f"签发者不是{keys.name}，而是 {_short(issuer)}：可能属于另一城市，请用那个城市的公钥验证。",
                f"It was not issued by {keys.name} but by {_short(issuer)}: of another city perhaps; use that city's keys.",
            ),
        ):
            return None
        key = keys.find(kid)
        if key is None:
            self.fail(
                "key",
                f"签名密钥 {_short(kid)} 不在本市公布的公钥之中：伪造，或公钥文件已旧，请重新获取。",
                f"The signing key {_short(kid)} is not among the city's published keys: forged, or the key file is old; get it anew.",
            )
            return None
        self.add(
            "key",
            key.signs(at),
            (f"签名密钥 {kid} 在签发时有效。", f"The signing key {kid} was in force when it was signed."),
            (
                f"签名密钥 {kid} 在所称的签发时间（{at:%Y-%m-%d}）无效或已停用。",
                f"The signing key {kid} was not in force, or retired, on the day it says it was signed ({at:%Y-%m-%d}).",
            ),
        )
        return key

    def es256(self, key: CityKey, signature: bytes, signed: bytes, zh: str, en: str) -> bool:
        """The ES256 signature of one part, named in both languages."""
        return self.add(
            "es256",
            es256.holds(key.es256, signature, signed),
            (f"{zh}的 ES256 签名正确。", f"The ES256 signature of the {en} holds."),
            (
                f"{zh}的 ES256 签名不符：内容或签名被改动。",
                f"The ES256 signature of the {en} does not hold: content or signature was altered.",
            ),
        )

    def sm2(self, key: CityKey, signature: bytes, signed: bytes) -> bool:
        """The SM2 signature."""
        return self.add(
            "sm2",
            key.sm2.holds(signature, signed),
            ("SM2 签名（SM3）正确。", "The SM2 signature (SM3) holds."),
            (
                "SM2 签名不符：内容或签名被改动。",
                "The SM2 signature does not hold: content or signature was altered.",
            ),
        )

    def time(self, since: datetime, until: datetime) -> None:
        """Whether it is in force at the instant asked about; a clock that is wrong is told from a badge that is early."""
        at = self.asked.at
        if at < since - _DAY:
            self.fail(
                "not_yet",
                f"尚未生效：自 {since:%Y-%m-%d} 起有效。",
                f"It is not in force before {since:%Y-%m-%d}.",
            )
        elif at < since:
            self.fail(
                "clock",
                f"本机时间（{at:%Y-%m-%d %H:%M} UTC）早于签发时间不足一天：请校准本机时钟后再验证。",
                f"This machine's clock ({at:%Y-%m-%d %H:%M} UTC) is less than a day before it was signed: set the clock "
                "right and check again.",
            )
        elif at >= until:
            near = "；若本机时钟快了一天之内，请校准后再验证" if at < until + _DAY else ""
            near_en = "; if this machine's clock is fast, set it right and check again" if near else ""
            self.fail(
                "expired",
                f"已过期：有效期至 {until:%Y-%m-%d}{near}。",
                f"It expired on {until:%Y-%m-%d}{near_en}.",
            )
        else:
            self.add(
                "time",
                True,
                (f"在有效期内，至 {until:%Y-%m-%d}。", f"It is in force until {until:%Y-%m-%d}."),
                ("", ""),
            )


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
            return "status", _check_list(found, checks)
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
    _status(claims.site, claims.status_list, claims.status_index, checks)
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
    _status(claims.site, claims.status_list, claims.status_index, checks)
    return _said(claims) if holds else {}


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
    _status(site, number, index, checks)
    return {**opened, "id": payload["id"], "disclosed": len(disclosures)} if holds else {}


def _check_compact(raw: bytes, checks: Checks) -> dict[str, object]:
    badge = read_compact(raw)
    key = checks.key_of(badge.issuer, badge.kid, badge.valid_from)
    if key is None:
        return {}
    holds = checks.es256(key, badge.es256, badge.signed, "二维码内容", "QR code's content")
    holds &= checks.sm2(key, badge.sm2, badge.signed)
    checks.time(badge.valid_from, badge.valid_until)
    _status("", badge.status_list, badge.status_index, checks)
    if not holds:
        return {}
    return {
        "id": badge.id, "code": badge.code, "name": badge.name, "grade": badge.grade, "graded_on": badge.graded_on,
        "registered": badge.registered, "licence_count": badge.licence_count, "real_name_on": badge.real_name_on,
        "valid_from": badge.valid_from, "valid_until": badge.valid_until,
    }  # fmt: skip


def _check_list(found: Mapping[str, Any], checks: Checks) -> dict[str, object]:
    bits, payload = _read_list(found, checks)
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


def _read_list(found: Mapping[str, Any], checks: Checks) -> tuple[bytes | None, Mapping[str, Any]]:
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


def _status(site: str, number: int, index: int, checks: Checks) -> None:
    """What a status list that was given says of a place. The list is checked as strictly as the badge."""
    if checks.asked.status is None:
        checks.leave(
            "status",
            "是否被撤销未查：没有给出状态列表（--status），可在网上查验当日状态。",
            "Whether it was revoked was not checked: no status list was given (--status); look it up online for today.",
        )
        return
    own = Checks(checks.asked)
    try:
        bits, payload = _read_list(read_object(checks.asked.status), own)
    except TokenBroken as error:
        checks.fail("status", error.zh, error.en)
        return
    if bits is None:
        bad = next(finding for finding in own.findings if finding.state is State.FAILS)
        checks.fail("status", f"状态列表不可信：{bad.zh}", f"The status list is not to be trusted. {bad.en}")
        return
    address = str(payload.get("id"))
    wanted = status_address(site, number) if site else None
    if (address != wanted) if wanted else not address.endswith(f"/verify/status/{number}"):
        checks.leave(
            "status",
            f"是否被撤销未查：给出的状态列表不是它的（它在 {number} 号列表）。",
            f"Whether it was revoked was not checked: the list given is another one (it is in list {number}).",
        )
        return
    signed, until = str(payload["validFrom"])[:10], read_instant(payload["validUntil"])
    if not 0 <= index < len(bits) * 8:
        checks.fail("status", "状态列表中没有它的位置。", "The status list has no place for it.")
    elif is_set(bits, index):
        checks.fail(
            "revoked", f"已被撤销（{signed} 的状态列表）。", f"It was revoked (status list of {signed})."
        )
    elif checks.asked.at >= until:
        checks.leave(
            "status",
            f"截至 {signed} 没有被撤销；状态列表已过期，之后的情况不知道。",
            f"It was not revoked by {signed}; the list is out of date, and of later days nothing is known.",
        )
    else:
        checks.add(
            "status",
            True,
            (f"没有被撤销（{signed} 的状态列表）。", f"It is not revoked (status list of {signed})."),
            ("", ""),
        )


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


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 80 else f"{text[:79]}…"
