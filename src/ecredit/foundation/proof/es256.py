"""ES256 (ECDSA on P-256 with SHA-256, RFC 7518 section 3.4): signatures are r ‖ s, 64 bytes, with the lower of the two s.

Either of s and n − s would hold mathematically; taking one of them only, a signature cannot be rewritten by a stranger.
"""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    EllipticCurvePublicNumbers,
)
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

SIGNATURE_BYTES: Final = 64
PUBLIC_BYTES: Final = 64
ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_HOW: Final = ECDSA(SHA256())


def sign(key: EllipticCurvePrivateKey, message: bytes) -> bytes:
    """r ‖ s of the message, s in the lower half. Raises ValueError for a key on another curve."""
    if not isinstance(key.curve, SECP256R1):
        raise ValueError("ES256 takes a key on P-256")
    r, s = decode_dss_signature(key.sign(message, _HOW))
    return r.to_bytes(32, "big") + min(s, ORDER - s).to_bytes(32, "big")


def holds(key: EllipticCurvePublicKey, signature: bytes, message: bytes, *, any_s: bool = False) -> bool:
    """Whether the 64 bytes are this key's signature of the message; with `any_s` the upper s is taken too, as JOSE does.

    Anything else is False, never an error.
    """
    if len(signature) != SIGNATURE_BYTES or not isinstance(key.curve, SECP256R1):
        return False
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    if not (1 <= r < ORDER and 1 <= s < ORDER) or (2 * s > ORDER and not any_s):
        return False
    try:
        key.verify(encode_dss_signature(r, s), message, _HOW)
    except InvalidSignature:
        return False
    return True


def raw_public(key: EllipticCurvePublicKey) -> bytes:
    """x ‖ y, 64 bytes."""
    numbers = key.public_numbers()
    return numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")


def public_from_raw(raw: bytes) -> EllipticCurvePublicKey:
    """The key of x ‖ y. Raises ValueError for what is no point of P-256."""
    if len(raw) != PUBLIC_BYTES:
        raise ValueError("no point of P-256")
    x, y = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    return EllipticCurvePublicNumbers(x, y, SECP256R1()).public_key()
