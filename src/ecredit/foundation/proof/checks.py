"""The checks that every signed thing goes through: of this city, by a key in force, signatures, time. Each in plain words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ecredit.foundation.proof import es256
from ecredit.foundation.proof.badge_types import Finding, State
from ecredit.foundation.proof.city_keys import CityKey, CityKeys

DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a check is made with: the city's keys, the instant, and a status list (its file) where one is at hand.

    `lists` gives the file of a list by its number where all of them are at hand. `logged_at`: when the very thing that is
    checked stood in the city's log, or had a time stamp; None where nothing shows it.
    """

    keys: CityKeys
    at: datetime
    status: bytes | None = None
    lists: Callable[[int], bytes | None] | None = None
    logged_at: datetime | None = None

    def list_of(self, number: int) -> bytes | None:
        """The list to look into for list `number`."""
        return self.status if self.status is not None or self.lists is None else self.lists(number)


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
        if key.compromised_at is not None:
            self.findings.append(doubt(key, key.compromised_at, at, self.asked.logged_at))
            return key
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
        if at < since - DAY:
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
            near = "；若本机时钟快了一天之内，请校准后再验证" if at < until + DAY else ""
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


def doubt(key: CityKey, stolen_at: datetime, signed_at: datetime, logged_at: datetime | None) -> Finding:
    """What can be said of a signature by a key that came into other hands: its own date proves nothing."""
    kid, day = key.kid, f"{stolen_at:%Y-%m-%d %H:%M} UTC"
    if logged_at is not None and logged_at < stolen_at and key.signs(signed_at):
        return Finding(
            "key",
            State.HOLDS,
            f"签名密钥 {kid} 自 {day} 起可能落入他人之手；日志或时间戳说明这一件此前（{logged_at:%Y-%m-%d %H:%M} UTC）已经签发。",
            f"The signing key {kid} may be in other hands since {day}; log or time stamp show that this was signed before "
            f"({logged_at:%Y-%m-%d %H:%M} UTC).",
        )
    if signed_at >= stolen_at:
        return Finding(
            "compromised",
            State.FAILS,
            f"签名密钥 {kid} 自 {day} 起可能落入他人之手，此后所签一律无效。",
            f"The signing key {kid} may be in other hands since {day}: nothing signed later is valid.",
        )
    return Finding(
        "compromised",
        State.FAILS,
        f"签名密钥 {kid} 自 {day} 起可能落入他人之手，持有者可以倒签日期；没有日志证明或时间戳说明这一件此前已经签发，不能采信，请换取新的。",
        f"The signing key {kid} may be in other hands since {day}, and who has it can date back; no proof from the log and no time "
        "stamp shows that this was signed before, so it is not valid: get a new one.",
    )


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 80 else f"{text[:79]}…"
