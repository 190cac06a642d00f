"""SM2 signatures (GB/T 32918.2) and SM3 by the book: slow, plain, and the referee of the fast ones in `sm2`.

It verifies where no libcrypto is found. It does not sign for anybody: its time depends on the secret.
"""

from __future__ import annotations

import hashlib
from typing import Final

from cryptography.hazmat.primitives import hashes

P: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A: Final = P - 3
B: Final = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
G: Final = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)
"""The curve sm2p256v1 of GB/T 32918.5."""

Point = tuple[int, int]
_Jacobian = tuple[int, int, int]
_NOWHERE: Final[_Jacobian] = (1, 1, 0)


def sm3(content: bytes) -> bytes:
    """The SM3 digest (GB/T 32905), 32 bytes."""
    if "sm3" in hashlib.algorithms_available:
        return hashlib.new("sm3", content).digest()
    digest = hashes.Hash(hashes.SM3())  # an OpenSSL of the machine may be built without it
    digest.update(content)
    return digest.finalize()


def on_curve(point: Point) -> bool:
    """Whether both coordinates are below the prime and the point is on the curve."""
    x, y = point
    return 0 <= x < P and 0 <= y < P and (y * y - (x * x * x + A * x + B)) % P == 0


def public_point(secret: int) -> Point:
    """The public key of a private one, which is in [1, n-2]."""
    return _affine(_times(secret, G))


def digest_for(public: Point, identity: bytes, message: bytes) -> int:
    """e = SM3(ZA ‖ message), as a number; ZA binds the signer's identity and key (GB/T 32918.2 section 5.5)."""
    fields = (A, B, *G, *public)
    head = (len(identity) * 8).to_bytes(2, "big") + identity
    za = sm3(head + b"".join(value.to_bytes(32, "big") for value in fields))
    return int.from_bytes(sm3(za + message), "big")


def sign_with(secret: int, k: int, e: int) -> tuple[int, int]:
    """(r, s) for a given k: for the standard's worked example. Raises ValueError for a k that gives none."""
    x, _ = _affine(_times(k, G))
    r = (e + x) % N
    s = pow(1 + secret, -1, N) * (k - r * secret) % N
    if r == 0 or r + k == N or s == 0:
        raise ValueError("another k is needed")
    return r, s


def holds(public: Point, e: int, r: int, s: int) -> bool:
    """Whether (r, s) is the signature of the digest e under the key (GB/T 32918.2 section 7.1)."""
    t = (r + s) % N
    if not (1 <= r < N and 1 <= s < N) or t == 0 or not on_curve(public):
        return False
    point = _plus(_times(s, G), _times(t, public))
    return point[2] != 0 and (e + _affine(point)[0]) % N == r


def _times(k: int, point: Point) -> _Jacobian:
    found, base = _NOWHERE, (*point, 1)
    for bit in bin(k)[2:]:
        found = _double(found)
        if bit == "1":
            found = _plus(found, base)
    return found


def _double(point: _Jacobian) -> _Jacobian:
    x, y, z = point
    if z == 0 or y == 0:
        return _NOWHERE
    yy, zz = y * y % P, z * z % P
    s = 4 * x * yy % P
    m = 3 * (x - zz) * (x + zz) % P  # a = -3
    new_x = (m * m - 2 * s) % P
    return new_x, (m * (s - new_x) - 8 * yy * yy) % P, 2 * y * z % P


def _plus(one: _Jacobian, two: _Jacobian) -> _Jacobian:
    if one[2] == 0:
        return two
    if two[2] == 0:
        return one
    (x1, y1, z1), (x2, y2, z2) = one, two
    zz1, zz2 = z1 * z1 % P, z2 * z2 % P
    u1, u2 = x1 * zz2 % P, x2 * zz1 % P
    s1, s2 = y1 * zz2 * z2 % P, y2 * zz1 * z1 % P
    if u1 == u2:
        return _double(one) if s1 == s2 else _NOWHERE
    h, r = (u2 - u1) % P, (s2 - s1) % P
    hh = h * h % P
    hhh, v = h * hh % P, u1 * hh % P
    x = (r * r - hhh - 2 * v) % P
    return x, (r * (v - x) - s1 * hhh) % P, h * z1 * z2 % P


def _affine(point: _Jacobian) -> Point:
    x, y, z = point
    inverse = pow(z, -1, P)
    square = inverse * inverse % P
    return x * square % P, y * square * inverse % P
