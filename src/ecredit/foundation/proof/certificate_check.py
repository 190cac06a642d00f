"""Checking the certificate somebody signed under: its chain, its times, its use, and whether it was taken back.

The walk of RFC 5280 is pyHanko's validator's; this room tells what came of it in plain words, one check after another.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from ecredit.foundation.proof.badge_types import Finding, State
from ecredit.foundation.proof.pdf_certificates import common_name, is_test, signs_documents

TOLERANCE: Final = timedelta(minutes=10)
"""Clocks that disagree by no more than this are taken to agree."""
DAY: Final = timedelta(days=1)
"""What is wrong by no more than this is told as a wrong clock, and does not hold for that."""
_MOMENT: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Trust:
    """What certificates are checked against.

    roots    of authorities that are trusted
    others   certificates of authorities between a root and a person
    lists    revocation lists, DER
    answers  answers of certificate status services (OCSP), DER
    stamp_roots  of time-stamping authorities that are trusted
    """

    roots: tuple[x509.Certificate, ...]
    others: tuple[x509.Certificate, ...] = ()
    lists: tuple[bytes, ...] = ()
    answers: tuple[bytes, ...] = ()
    stamp_roots: tuple[x509.Certificate, ...] = ()


@dataclass(frozen=True, slots=True)
class Times:
    """When it says it was signed (None: it says nothing), when it is proven to have existed (None: it is not), and now."""

    said_at: datetime | None
    known_at: datetime | None
    at: datetime

    @property
    def relied_on(self) -> datetime:
        """By this instant it existed, whatever it says itself."""
        return self.known_at or self.at


@dataclass(slots=True)
class Found:
    """Collects what was found."""

    findings: list[Finding] = field(default_factory=list)

    def hold(self, code: str, zh: str, en: str) -> None:
        """What holds."""
        self.findings.append(Finding(code, State.HOLDS, zh, en))

    def fail(self, code: str, zh: str, en: str) -> None:
        """What does not hold."""
        self.findings.append(Finding(code, State.FAILS, zh, en))

    def leave(self, code: str, zh: str, en: str) -> None:
        """What could not be checked with what was at hand."""
        self.findings.append(Finding(code, State.OPEN, zh, en))


def check_certificate(
    found: Found, own: x509.Certificate, others: tuple[x509.Certificate, ...], trust: Trust, times: Times
) -> None:
    """Everything about one certificate and those above it. Codes: see the guide "Sign documents"."""
    when = _check_times(found, own, times)
    if not signs_documents(own):
        found.fail(
            "use",
            "证书的用途不包括签署文件。",
            "The certificate is not for signing documents: a wrong use.",
        )
    root = _check_chain(found, own, others, trust, when)
    if root is not None:
        _check_revocation(found, own, others, trust, times)
    if is_test(own) or (root is not None and is_test(root)):
        found.leave(
            "test",
            "证书由测试机构签发，不是依法设立的电子认证机构，不具《电子签名法》上的认证效力。",
            "The certificate is of a test authority, not of a licensed certification body.",
        )


def _check_times(found: Found, own: x509.Certificate, times: Times) -> datetime:
    """Say whether it was in force when it signed; gives the instant the chain is looked at."""
    since, until = own.not_valid_before_utc, own.not_valid_after_utc
    when = _check_said(found, times)
    if when + TOLERANCE < since:
        if when + DAY >= since:
            found.fail(
                "clock",
                f"所称签署时间早于证书生效（{since:%Y-%m-%d %H:%M} UTC）不足一天：多半是签署所用电脑的时钟慢了，请校准后重新签署。",
                f"The time it says is less than a day before the certificate began ({since:%Y-%m-%d %H:%M} UTC): the signer's clock is slow perhaps; set it right and sign again.",
            )
        else:
            found.fail(
                "not_yet",
                f"签署时证书尚未生效：自 {since:%Y-%m-%d} 起有效。",
                f"The certificate was not yet valid when it signed: it begins on {since:%Y-%m-%d}.",
            )
        return since
    if when >= until:
        near = "；若签署所用电脑的时钟快了一天之内，请校准后重新签署" if when < until + DAY else ""
        near_en = "; if the signer's clock is fast, set it right and sign again" if near else ""
        found.fail(
            "expired",
            f"签署时证书已过期：有效期至 {until:%Y-%m-%d}{near}。",
            f"The certificate had expired when it signed: it ended on {until:%Y-%m-%d}{near_en}.",
        )
        return until - _MOMENT
    if times.relied_on >= until:
        # Whoever has an old key can write any time into what they sign today.
        found.fail(
            "ended",
            f"证书已于 {until:%Y-%m-%d} 期满，没有可靠的时间证明签署在此之前：签署时间只凭签署者自述。",
            f"The certificate ended on {until:%Y-%m-%d}, and nothing reliable shows that it signed before: when it did is the signer's word.",
        )
    else:
        found.hold(
            "certificate",
            f"证书在签署时有效（{since:%Y-%m-%d} 至 {until:%Y-%m-%d}）。",
            f"The certificate was in force when it signed ({since:%Y-%m-%d} to {until:%Y-%m-%d}).",
        )
    return when


def _check_said(found: Found, times: Times) -> datetime:
    """Whether the time it says can be true. Gives the instant to go by, which is never later than it is known to have existed."""
    said, relied = times.said_at, times.relied_on
    if said is None:
        found.leave("time", "签名没有写明签署时间。", "The signature says no time of signing.")
        return relied
    if said > relied + TOLERANCE:
        near = said <= relied + DAY
        found.fail(
            "clock" if near else "future",
            f"所称签署时间（{said:%Y-%m-%d %H:%M} UTC）在{'收到签名之后' if times.known_at else '将来'}："
            + ("时钟差了不到一天，请校准后重新签署。" if near else "时钟不准，或时间被伪造。"),
            f"It says it was signed {'after it was received' if times.known_at else 'in the future'} ({said:%Y-%m-%d %H:%M} UTC): "
            + (
                "a clock is wrong by less than a day; set it right and sign again."
                if near
                else "a clock is wrong, or that time is forged."
            ),
        )
        return relied
    return min(said, relied)


def _check_chain(
    found: Found,
    own: x509.Certificate,
    others: tuple[x509.Certificate, ...],
    trust: Trust,
    when: datetime,
) -> x509.Certificate | None:
    """The root its chain ends at, with what was found; None where it ends at none that is trusted."""
    name = common_name(own)
    ended, problem = _walk(own, others, trust, when, lists=False)
    if ended is None:
        if problem in ("NotYetValidError", "ExpiredError"):
            found.fail(
                "chain",
                f"签署者 {name} 的上级证书在签署时不在有效期内。",
                f"A certificate above the signer {name} was not in force at the time.",
            )
        elif problem in ("PathBuildingError", "InvalidCertificateError"):
            found.fail(
                "chain",
                f"签署者 {name} 的证书不属于受信任的机构。",
                f"The certificate of the signer {name} is of no authority that is trusted here.",
            )
        else:
            found.fail(
                "chain",
                f"签署者 {name} 的证书链不成立：有证书被改动、伪造，或无权签发。",
                f"The chain of the signer {name} does not hold: a certificate of it was altered or forged, or had no right to issue.",
            )
        return None
    zh, en = ("本系统的测试机构", "this system's test") if is_test(ended) else ("受信任的机构", "the trusted")
    found.hold(
        "chain",
        f"证书写明的签署者是 {name}，由{zh}“{common_name(ended)}”认证。",
        f"The certificate names {name}; it is certified by {en} authority “{common_name(ended)}”.",
    )
    return ended


def _check_revocation(
    found: Found, own: x509.Certificate, others: tuple[x509.Certificate, ...], trust: Trust, times: Times
) -> None:
    if not trust.lists and not trust.answers:
        found.leave(
            "revocation",
            "手头没有吊销列表，无法判断证书是否已被吊销。",
            "There is no revocation list at hand, so nobody can tell whether the certificate was revoked.",
        )
        return
    # By this instant it existed; a certificate taken back before then may have signed after it was taken back.
    until = min(times.relied_on, own.not_valid_after_utc - _MOMENT)
    since = max(until, own.not_valid_before_utc)
    ended, problem = _walk(own, others, trust, since, lists=True)
    if ended is not None:
        found.hold(
            "revocation",
            f"证书到 {since:%Y-%m-%d %H:%M} UTC 未被吊销。",
            f"The certificate was not revoked by {since:%Y-%m-%d %H:%M} UTC.",
        )
    elif problem.startswith("RevokedError"):
        day = problem.partition(" ")[2]
        found.fail(
            "revoked",
            f"证书已于 {day} 被吊销，{'早于收到签名的时间' if times.known_at else '没有可靠的时间证明签署在此之前'}。",
            f"The certificate was revoked on {day}, {'before the signature was received' if times.known_at else 'and nothing reliable shows that it signed before'}.",
        )
    elif problem == "StaleRevinfoError":
        found.leave(
            "stale",
            "手头的吊销列表已过期，无法判断证书后来是否被吊销。",
            "The revocation list at hand is out of date; whether the certificate was revoked since cannot be told.",
        )
    else:
        found.leave(
            "revocation",
            "手头的吊销列表不涉及这张证书，或不是其签发机构所签，无法判断是否被吊销。",
            "The revocation lists at hand are not about this certificate, or not of its issuer; whether it was revoked cannot be told.",
        )


def _walk(
    own: x509.Certificate, others: tuple[x509.Certificate, ...], trust: Trust, when: datetime, *, lists: bool
) -> tuple[x509.Certificate | None, str]:
    """The root a chain ends at by an instant, or None and the name of what went wrong (`RevokedError` with the day)."""
    from asn1crypto import x509 as asn1  # noqa: PLC0415 - comes with what follows
    from pyhanko_certvalidator import CertificateValidator, ValidationContext  # noqa: PLC0415 - slow to load
    from pyhanko_certvalidator.errors import RevokedError  # noqa: PLC0415 - as above
    from pyhanko_certvalidator.policy_decl import (  # noqa: PLC0415 - as above
        NO_REVOCATION,
        CertRevTrustPolicy,
        RevocationCheckingPolicy,
        RevocationCheckingRule,
    )

    from ecredit.foundation.proof.sm2_chains import signature_validator  # noqa: PLC0415 - as above

    def load(one: x509.Certificate) -> Any:
        return asn1.Certificate.load(one.public_bytes(Encoding.DER))

    # Of the person's own certificate something must be at hand; of an authority's where it says that there is something.
    taken_back = RevocationCheckingPolicy(
        RevocationCheckingRule.CRL_OR_OCSP_REQUIRED, RevocationCheckingRule.CHECK_IF_DECLARED
    )
    try:
        context = ValidationContext(
            trust_roots=[load(one) for one in trust.roots],
            other_certs=[load(one) for one in (*others, *trust.others)],
            moment=when,
            best_signature_time=when,
            crls=list(trust.lists) if lists else None,
            ocsps=list(trust.answers) if lists else None,
            revinfo_policy=CertRevTrustPolicy(
                taken_back if lists else NO_REVOCATION, retroactive_revinfo=True
            ),
            time_tolerance=TOLERANCE,
            signature_validator=signature_validator(),
        )
        path = asyncio.run(CertificateValidator(load(own), validation_context=context).async_validate_path())
        root: Any = path.first
        return x509.load_der_x509_certificate(root.dump()), ""
    except RevokedError as error:
        return None, f"RevokedError {error.revocation_dt:%Y-%m-%d %H:%M} UTC"
    except unreadable() as error:
        return None, type(error).__name__


def unreadable() -> tuple[type[Exception], ...]:
    """What reading and walking certificates that were tampered with may raise."""
    from cryptography.exceptions import (  # noqa: PLC0415 - beside the rest
        InvalidSignature,
        UnsupportedAlgorithm,
    )
    from pyhanko.sign.general import CMSExtractionError, SigningError  # noqa: PLC0415 - slow to load
    from pyhanko.sign.validation.errors import SignatureValidationError  # noqa: PLC0415 - as above
    from pyhanko_certvalidator.errors import (  # noqa: PLC0415 - as above
        CRLValidationError,
        OCSPValidationError,
        PathError,
        ValidationError,
    )

    return (
        InvalidSignature,
        UnsupportedAlgorithm,
        x509.InvalidVersion,
        CMSExtractionError,
        SigningError,
        SignatureValidationError,
        CRLValidationError,
        OCSPValidationError,
        PathError,
        ValidationError,
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        AttributeError,
        AssertionError,
        RecursionError,
        ArithmeticError,
        NotImplementedError,
    )
