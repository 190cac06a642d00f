"""SM2 keys and signatures (GB/T 32918.2, with SM3 and the usual identity) through the machine's libcrypto.

On the wire a signature is r ‖ s, 64 bytes, never DER: there is one way to write it. `cryptography` has no SM2, so OpenSSL's
own is called; where there is no libcrypto with SM2, signatures are verified slowly (`sm2_plain`) and none are made.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import secrets
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Final

from ecredit.foundation.proof import sm2_plain as plain
from ecredit.foundation.proof.errors import KeysUnusable

IDENTITY: Final = b"1234567812345678"
"""The signer's identity where none is agreed (GM/T 0009)."""
SIGNATURE_BYTES: Final = 64
PUBLIC_BYTES: Final = 64
_LIBRARIES: Final = ("libcrypto.so.3", "libcrypto.so.4", "libcrypto.3.dylib", "libcrypto.so.1.1")
# SubjectPublicKeyInfo and PKCS 8 of a key on sm2p256v1, up to the bytes that differ (id-ecPublicKey, 1.2.156.10197.1.301).
_CURVE: Final = bytes.fromhex("301306072a8648ce3d020106082a811ccf5501822d")
_PUBLIC_HEAD: Final = bytes.fromhex("3059") + _CURVE + bytes.fromhex("03420004")
_PRIVATE_HEAD: Final = bytes.fromhex("308187020100") + _CURVE + bytes.fromhex("046d306b0201010420")
_PRIVATE_MIDDLE: Final = bytes.fromhex("a14403420004")


@dataclass(frozen=True, slots=True)
class Sm2PublicKey:
    """x ‖ y, 64 bytes, on the curve."""

    raw: bytes

    def __post_init__(self) -> None:
        if len(self.raw) != PUBLIC_BYTES or not plain.on_curve(_point(self.raw)):
            raise ValueError("no point of sm2p256v1")

    @property
    def der(self) -> bytes:
        """As `openssl` reads it."""
        return _PUBLIC_HEAD + self.raw

    @classmethod
    def from_der(cls, der: bytes) -> Sm2PublicKey:
        """Read a SubjectPublicKeyInfo. Raises ValueError for another curve or anything behind it."""
        if not der.startswith(_PUBLIC_HEAD):
            raise ValueError("no public key on sm2p256v1")
        return cls(der[len(_PUBLIC_HEAD) :])

    def holds(self, signature: bytes, message: bytes, identity: bytes = IDENTITY) -> bool:
        """Whether the 64 bytes are this key's signature of the message. Anything else is False, never an error."""
        if len(signature) != SIGNATURE_BYTES:
            return False
        r, s = _point(signature)
        if not (1 <= r < plain.N and 1 <= s < plain.N) or (r + s) % plain.N == 0:
            return False
        library = _library()
        if library is None:
            return plain.holds(_point(self.raw), plain.digest_for(_point(self.raw), identity, message), r, s)
        return _verify(library, _public_handle(self.raw), _to_der(r, s), message, identity)


@dataclass(frozen=True, slots=True)
class Sm2PrivateKey:
    """A number in [1, n-2], 32 bytes; it never shows itself."""

    raw: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.raw) != 32 or not 1 <= int.from_bytes(self.raw, "big") <= plain.N - 2:
            raise ValueError("no private key of sm2p256v1")

    @classmethod
    def generate(cls) -> Sm2PrivateKey:
        """A new key from the machine's randomness."""
        return cls((1 + secrets.randbelow(plain.N - 2)).to_bytes(32, "big"))

    @property
    def public(self) -> Sm2PublicKey:
        """The key others verify with."""
        return _public_of(self.raw)

    @property
    def der(self) -> bytes:
        """PKCS 8, as `openssl` reads it: it is the secret itself."""
        return _PRIVATE_HEAD + self.raw + _PRIVATE_MIDDLE + self.public.raw

    def sign(self, message: bytes, identity: bytes = IDENTITY) -> bytes:
        """r ‖ s of the message. Raises KeysUnusable where the machine has no libcrypto with SM2."""
        library = _library()
        if library is None:
            raise KeysUnusable(
                "本机没有带 SM2 的 OpenSSL（libcrypto），不能做 SM2 签名；请安装 OpenSSL 3",
                "this machine has no OpenSSL (libcrypto) with SM2, so nothing can be signed with SM2; install OpenSSL 3",
            )
        return signature_from_der(_sign(library, _private_handle(self.raw), message, identity))


def has_fast_sm2() -> bool:
    """Whether SM2 is done by libcrypto, and can be signed with."""
    return _library() is not None


@cache
def _library() -> ctypes.CDLL | None:
    """libcrypto with SM2, or None. Finding it by its usual name costs nothing; asking the system starts a process."""
    for name in _LIBRARIES:
        found = _load(name)
        if found is not None:
            return found
    asked = ctypes.util.find_library("crypto")
    return None if asked is None else _load(asked)


def _load(name: str) -> ctypes.CDLL | None:
    try:
        library = ctypes.CDLL(name)
        _declare(library)
    except (OSError, AttributeError):  # not there, or too old to have these functions
        return None
    return library if library.EVP_sm3() else None


def _declare(library: ctypes.CDLL) -> None:
    handle, size, text = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p
    for name, result, arguments in (
        ("EVP_sm3", handle, ()),
        ("d2i_PUBKEY", handle, (handle, handle, ctypes.c_long)),
        ("d2i_AutoPrivateKey", handle, (handle, handle, ctypes.c_long)),
        ("EVP_PKEY_CTX_new", handle, (handle, handle)),
        ("EVP_PKEY_CTX_set1_id", ctypes.c_int, (handle, text, size)),
        ("EVP_PKEY_CTX_free", None, (handle,)),
        ("EVP_MD_CTX_new", handle, ()),
        ("EVP_MD_CTX_free", None, (handle,)),
        ("EVP_MD_CTX_set_pkey_ctx", None, (handle, handle)),
        ("EVP_DigestSignInit", ctypes.c_int, (handle, handle, handle, handle, handle)),
        ("EVP_DigestSign", ctypes.c_int, (handle, handle, handle, text, size)),
        ("EVP_DigestVerifyInit", ctypes.c_int, (handle, handle, handle, handle, handle)),
        ("EVP_DigestVerify", ctypes.c_int, (handle, text, size, text, size)),
        ("ERR_clear_error", None, ()),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = result, list(arguments)


@lru_cache(maxsize=64)
def _public_of(raw: bytes) -> Sm2PublicKey:
    x, y = plain.public_point(int.from_bytes(raw, "big"))
    return Sm2PublicKey(x.to_bytes(32, "big") + y.to_bytes(32, "big"))


# A process has a handful of keys, so their handles are kept as long as it lives.
@lru_cache(maxsize=256)
def _public_handle(raw: bytes) -> int:
    return _handle("d2i_PUBKEY", Sm2PublicKey(raw).der)


@lru_cache(maxsize=16)
def _private_handle(raw: bytes) -> int:
    return _handle("d2i_AutoPrivateKey", Sm2PrivateKey(raw).der)


def _handle(reader: str, der: bytes) -> int:
    library = _library()
    buffer = ctypes.create_string_buffer(der, len(der))
    start = ctypes.c_void_p(ctypes.addressof(buffer))
    found = None if library is None else getattr(library, reader)(None, ctypes.byref(start), len(der))
    if not found:
        raise KeysUnusable("OpenSSL 读不了这个 SM2 密钥", "OpenSSL cannot read this SM2 key")
    return int(found)


def _sign(library: ctypes.CDLL, key: int, message: bytes, identity: bytes) -> bytes:
    digest, context = library.EVP_MD_CTX_new(), library.EVP_PKEY_CTX_new(key, None)
    try:
        library.EVP_MD_CTX_set_pkey_ctx(digest, context)
        buffer, length = ctypes.create_string_buffer(80), ctypes.c_size_t(80)
        done = (
            library.EVP_PKEY_CTX_set1_id(context, identity, len(identity)) == 1
            and library.EVP_DigestSignInit(digest, None, library.EVP_sm3(), None, key) == 1
            and library.EVP_DigestSign(digest, buffer, ctypes.byref(length), message, len(message)) == 1
        )
        if not done:
            library.ERR_clear_error()
            raise KeysUnusable("OpenSSL 没有完成 SM2 签名", "OpenSSL did not make the SM2 signature")
        return buffer.raw[: length.value]
    finally:
        library.EVP_MD_CTX_free(digest)
        library.EVP_PKEY_CTX_free(context)


def _verify(library: ctypes.CDLL, key: int, signature: bytes, message: bytes, identity: bytes) -> bool:
    digest, context = library.EVP_MD_CTX_new(), library.EVP_PKEY_CTX_new(key, None)
    try:
        library.EVP_MD_CTX_set_pkey_ctx(digest, context)
        return bool(
            library.EVP_PKEY_CTX_set1_id(context, identity, len(identity)) == 1
            and library.EVP_DigestVerifyInit(digest, None, library.EVP_sm3(), None, key) == 1
            and library.EVP_DigestVerify(digest, signature, len(signature), message, len(message)) == 1
        )
    finally:
        library.ERR_clear_error()
        library.EVP_MD_CTX_free(digest)
        library.EVP_PKEY_CTX_free(context)


def _point(raw: bytes) -> tuple[int, int]:
    return int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")


def _to_der(r: int, s: int) -> bytes:
    body = b"".join(_integer(value) for value in (r, s))
    return b"\x30" + bytes([len(body)]) + body


def _integer(value: int) -> bytes:
    raw = value.to_bytes(value.bit_length() // 8 + 1, "big")
    return b"\x02" + bytes([len(raw)]) + raw


def signature_to_der(raw: bytes) -> bytes:
    """The DER that `openssl` reads, of 64 bytes r ‖ s."""
    return _to_der(*_point(raw))


def signature_from_der(der: bytes) -> bytes:
    """r ‖ s of a DER signature. Raises ValueError for any other spelling of it, or anything behind it."""
    if len(der) < 8 or der[0] != 0x30 or der[2] != 0x02:
        raise ValueError("no signature in DER")
    cut = 4 + der[3]
    r = int.from_bytes(der[4:cut], "big")
    s = int.from_bytes(der[cut + 2 :], "big")
    raw = r.to_bytes(33, "big")[-32:] + s.to_bytes(33, "big")[-32:]
    if _to_der(r, s) != der:
        raise ValueError("no signature in DER")
    return raw
