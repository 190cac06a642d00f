"""The city's ES256 and SM2 signatures under a head of the log, beside the Ed25519 one every follower knows.

Two further lines of the signed note (C2SP signed-note), under the name `<origin>/<kid>`: ECDSA as type 0x02 has it (DER, the
key's id from its SPKI), and SM2 over SM3 as a type without a number (0xff, then a name of our own). Who does not know them passes
them over, as the standard tells them to.
"""

from __future__ import annotations

import base64
from datetime import UTC, date, datetime, time
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ecredit.foundation.proof import es256
from ecredit.foundation.proof.badge_types import Finding, State
from ecredit.foundation.proof.checks import doubt
from ecredit.foundation.proof.city_keys import CityKey, CityKeys
from ecredit.foundation.proof.errors import KeysMissing, KeysUnusable
from ecredit.foundation.proof.keys import KeyRing
from ecredit.foundation.proof.note import split_note
from ecredit.foundation.proof.sealing import Sealer
from ecredit.foundation.proof.signing_keys import SigningPair, list_city_keys, load_pair
from ecredit.foundation.proof.token_keys import Token

_SM2: Final = b"\xff" + b"ecredit.sm2-sm3"


def cosign(head: str, origin: str, ring: KeyRing, *, at: datetime, token: Token | None = None) -> str:
    """The head with the lines of the pair that signs now; as it is where there is none, or none that signs (no SM2, no token)."""
    text, _ = split_note(head)
    content = text.encode()
    try:
        pair = _pair(ring, at, token)
        if pair is None:
            return head
        # Both or none: one alone would look like a head somebody cut.
        sm2, raw = pair.sign_sm2(content), pair.sign_es256(content)
    except (KeysMissing, KeysUnusable):
        return head
    name = f"{origin}/{pair.kid}"
    ecdsa = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    return head + _line(name, _ecdsa_id(pair.public), ecdsa) + _line(name, _sm2_id(name, pair.public), sm2)


def check_cosigned(head: str, origin: str, keys: CityKeys) -> tuple[Finding, ...]:
    """What can be said of the lines under a head by keys of the city. Raises CheckpointBroken for what is no note."""
    text, lines = split_note(head)
    found: list[Finding] = []
    for name, raw in lines:
        key = keys.find(name.rpartition("/")[2]) if name.startswith(f"{origin}/") else None
        if key is None:
            continue
        if raw[:4] == _ecdsa_id(key):
            found.append(_said("es256", "ES256", key, _ecdsa_holds(key, raw[4:], text.encode())))
        elif raw[:4] == _sm2_id(name, key):
            found.append(_said("sm2", "SM2", key, key.sm2.holds(raw[4:], text.encode())))
    return tuple(found)


def _said(code: str, what: str, key: CityKey, holds: bool) -> Finding:
    if not holds:
        return Finding(
            code,
            State.FAILS,
            f"{what} 签名不符（密钥 {key.kid}）。",
            f"The {what} signature does not hold (key {key.kid}).",
        )
    if key.compromised_at is not None:
        # The Ed25519 signature stands by itself: nothing is lost where a line more says nothing.
        told = doubt(key, key.compromised_at, key.compromised_at, None)
        return Finding(code, State.OPEN, told.zh, told.en)
    return Finding(
        code,
        State.HOLDS,
        f"{what} 签名正确（密钥 {key.kid}）。",
        f"The {what} signature holds (key {key.kid}).",
    )


def _pair(ring: KeyRing, at: datetime, token: Token | None) -> SigningPair | None:
    """The pair that signs at an instant, read anew when the folder changed; None when there is none."""
    pair = _read_pair(ring.folder, ring.folder.stat().st_mtime_ns, at.date(), token)
    return pair if pair is not None and pair.public.signs(at) else None


@lru_cache(maxsize=4)
def _read_pair(folder: Path, _changed: int, day: date, token: Token | None) -> SigningPair | None:
    for pair in list_city_keys(folder):
        at = max(pair.since, datetime.combine(day, time(), UTC))
        if pair.retired_at is None and pair.signs(at) and at.date() == day:
            return load_pair(folder, Sealer(KeyRing.load(folder)), at=at, token=token)
    return None


def _ecdsa_holds(key: CityKey, der: bytes, content: bytes) -> bool:
    try:
        r, s = decode_dss_signature(der)
        raw = r.to_bytes(32) + s.to_bytes(32)
    except (ValueError, OverflowError):
        return False
    return es256.holds(key.es256, raw, content)


def _ecdsa_id(key: CityKey) -> bytes:
    return sha256(key.es256.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()[:4]


def _sm2_id(name: str, key: CityKey) -> bytes:
    return sha256(name.encode() + b"\n" + _SM2 + key.sm2.raw).digest()[:4]


def _line(name: str, key_id: bytes, signature: bytes) -> str:
    return f"— {name} {base64.b64encode(key_id + signature).decode('ascii')}\n"
