"""A city's public keys: what it publishes so that anybody can check what it signed, with no question to anybody.

The file is a JSON Web Key Set (RFC 7517) with three members more: `issuer` (the city's DID), `name`, `log` (the key of the
log's heads). A key that came into other hands says so as OpenID Federation 1.0 has it (`revoked`: `revoked_at`, `reason` "compromised"). Each signing key is a pair under one id: `<kid>` on P-256 for ES256, `<kid>-sm2` on sm2p256v1. The curve's
name "SM2" is in no registry: programs that do not know it pass that half over, as RFC 7517 section 5 tells them to.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from ecredit.foundation.proof import es256
from ecredit.foundation.proof.errors import KeySetUnusable, TokenBroken
from ecredit.foundation.proof.jws import compact_json, decode, encode, read_object
from ecredit.foundation.proof.sm2 import Sm2PublicKey

SM2_ENDING: Final = "-sm2"
LONGEST_FILE: Final = 1 << 20
_SHORT: Final = 8
_COMPROMISED: Final = "compromised"


@dataclass(frozen=True, slots=True)
class CityKey:
    """One pair of public keys.

    since, until    half-open: when it signs       retired_at  from when on it signs nothing more; None while it may
    compromised_at  from when on it may have been in other hands; None: it never was. Who has it can date back what they sign
    """

    kid: str
    es256: EllipticCurvePublicKey
    sm2: Sm2PublicKey
    since: datetime
    until: datetime
    retired_at: datetime | None = None
    compromised_at: datetime | None = None

    def signs(self, at: datetime) -> bool:
        """Whether a signature of this instant may be by this key, if that instant is to be believed."""
        return self.since <= at < self.ends_at

    @property
    def ends_at(self) -> datetime:
        """The first instant at which it signs no more."""
        ends = (self.until, self.retired_at, self.compromised_at)
        return min(end for end in ends if end is not None)


@dataclass(frozen=True, slots=True)
class CityKeys:
    """What a city publishes. `log` is the verifier key of its log's heads, "" when it is not in the file."""

    issuer: str
    name: str
    keys: tuple[CityKey, ...]
    log: str = ""

    def find(self, kid: str) -> CityKey | None:
        """The pair of an id, None when it is not this city's."""
        return next((key for key in self.keys if key.kid == kid), None)


def key_id(key: EllipticCurvePublicKey) -> str:
    """The first eight hexadecimal digits of the key's thumbprint (RFC 7638): two cities' keys are not confused."""
    jwk = _point_jwk("P-256", es256.raw_public(key))
    named = {name: jwk[name] for name in ("crv", "kty", "x", "y")}
    return hashlib.sha256(compact_json(named)).hexdigest()[:_SHORT]


def write_keys(keys: CityKeys) -> dict[str, Any]:
    """The set as it is published, newest key first."""
    halves = []
    for key in sorted(keys.keys, key=lambda key: (key.since, key.kid), reverse=True):
        times: dict[str, object] = {"nbf": _seconds(key.since), "exp": _seconds(key.until)}
        if key.retired_at is not None:
            times["retired"] = _seconds(key.retired_at)
        if key.compromised_at is not None:
            times["revoked"] = {"revoked_at": _seconds(key.compromised_at), "reason": _COMPROMISED}
        for kid, alg, crv, raw in (
            (key.kid, "ES256", "P-256", es256.raw_public(key.es256)),
            (key.kid + SM2_ENDING, "SM2-SM3", "SM2", key.sm2.raw),
        ):
            halves.append({**_point_jwk(crv, raw), "kid": kid, "alg": alg, "use": "sig", **times})
    return {"issuer": keys.issuer, "name": keys.name, "log": keys.log, "keys": halves}


def read_keys(raw: bytes) -> CityKeys:
    """Read a published set. Raises KeySetUnusable, with what to do."""
    try:
        if len(raw) > LONGEST_FILE:
            raise ValueError("too large")
        found = read_object(raw)
        halves = {str(jwk["kid"]): jwk for jwk in found["keys"]}
        kids = [kid for kid, jwk in halves.items() if jwk.get("crv") == "P-256"]
        pairs = tuple(_read_pair(kid, halves[kid], halves[kid + SM2_ENDING]) for kid in kids)
        issuer, name, log = found["issuer"], found["name"], found.get("log", "")
        if not (pairs and isinstance(issuer, str) and isinstance(name, str) and isinstance(log, str)):
            raise ValueError("no keys, or no issuer")
    except (TokenBroken, KeyError, ValueError, TypeError, AttributeError, OverflowError) as error:
        raise KeySetUnusable(
            "这不是城市公布的公钥文件，请重新获取（网址 /.well-known/jwks.json）。",
            "This is no file of a city's public keys; get it again (address /.well-known/jwks.json).",
        ) from error
    return CityKeys(issuer, name, pairs, log)


def did_document(keys: CityKeys) -> dict[str, Any]:
    """The did:web document of the issuer: P-256 halves, retired ones too, which may still be asked for their old signatures.

    A key that came into other hands is shown as `revoked` and asserts nothing more.
    """
    bad = {key.kid: key.compromised_at for key in keys.keys if key.compromised_at is not None}
    methods = [
        {
            "id": f"{keys.issuer}#{jwk['kid']}",
            "type": "JsonWebKey",
            "controller": keys.issuer,
            "publicKeyJwk": {name: jwk[name] for name in ("kty", "crv", "x", "y", "kid", "alg")},
            **({"revoked": f"{bad[jwk['kid']]:%Y-%m-%dT%H:%M:%SZ}"} if jwk["kid"] in bad else {}),
        }
        for jwk in write_keys(keys)["keys"]
        if jwk["crv"] == "P-256"
    ]
    return {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/jwk/v1"],
        "id": keys.issuer,
        "verificationMethod": methods,
        "assertionMethod": [method["id"] for method in methods if "revoked" not in method],
    }


def _read_pair(kid: str, own: Mapping[str, Any], twin: Mapping[str, Any]) -> CityKey:
    if (own["kty"], twin["kty"], twin["crv"]) != ("EC", "EC", "SM2"):
        raise ValueError("not a pair of keys")
    key = es256.public_from_raw(_point(own))
    if key_id(key) != kid:
        raise ValueError("the id is not the key's")
    retired = own.get("retired")
    return CityKey(
        kid,
        key,
        Sm2PublicKey(_point(twin)),
        _instant(own["nbf"]),
        _instant(own["exp"]),
        None if retired is None else _instant(retired),
        _read_revoked(own.get("revoked"), twin.get("revoked")),
    )


def _read_revoked(own: object, twin: object) -> datetime | None:
    """When a pair came into other hands: of both halves alike, or of neither; a reason that is not known is taken for the worst."""
    if own is None and twin is None:
        return None
    if own != twin or not isinstance(own, dict):
        raise ValueError("the halves of a pair are revoked alike")
    return _instant(own["revoked_at"])


def _point_jwk(curve: str, raw: bytes) -> dict[str, str]:
    return {"kty": "EC", "crv": curve, "x": encode(raw[:32]), "y": encode(raw[32:])}


def _point(jwk: Mapping[str, Any]) -> bytes:
    x, y = decode(jwk["x"]), decode(jwk["y"])
    if len(x) != 32 or len(y) != 32:
        raise ValueError("coordinates of 32 bytes are wanted")
    return x + y


def _seconds(at: datetime) -> int:
    return int(at.timestamp())


def _instant(seconds: object) -> datetime:
    if not isinstance(seconds, int) or isinstance(seconds, bool):
        raise ValueError("an instant is whole seconds")
    return datetime.fromtimestamp(seconds, UTC)
