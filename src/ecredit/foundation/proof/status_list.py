"""Bitstring Status List v1.0 (W3C): one bit for each badge, packed, so that who asks about one badge asks about a million.

Index 0 is the first bit from the left. A list has 2^20 places, which is more than the least the standard allows (2^17), so
that nobody is singled out by asking; it is packed with gzip and written in multibase base64url.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import io
import zlib
from collections.abc import Iterable
from typing import Any, Final

from ecredit.foundation.proof.errors import TokenBroken

PLACES: Final = 1 << 20
LEAST_PLACES: Final = 1 << 17
LIST_FORMAT: Final = "ecredit-status-1"
LIST_TYPE: Final = "BitstringStatusListCredential"
_MOST_BYTES: Final = 1 << 21


def pack_bits(revoked: Iterable[int], places: int = PLACES) -> str:
    """The `encodedList` with these places set. Raises IndexError for a place beyond the list."""
    bits = bytearray(places // 8)
    for index in revoked:
        if not 0 <= index < places:
            raise IndexError(f"no place {index} in a list of {places}")
        bits[index >> 3] |= 0x80 >> (index & 7)
    packed = gzip.compress(bytes(bits), compresslevel=9, mtime=0)
    return "u" + base64.urlsafe_b64encode(packed).rstrip(b"=").decode("ascii")


def unpack_bits(encoded: object) -> bytes:
    """The bits of an `encodedList`. Raises TokenBroken for another encoding, too short a list, or one that swells."""
    if not isinstance(encoded, str) or encoded[:1] != "u":
        raise _broken("不是 u 开头的 Base64url", "it does not begin with u, base64url in multibase")
    body = encoded[1:]
    try:
        packed = base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_", validate=True)
        with gzip.GzipFile(fileobj=io.BytesIO(packed)) as file:
            bits = file.read(_MOST_BYTES + 1)
    except (binascii.Error, ValueError, OSError, EOFError, zlib.error) as error:
        raise _broken("解不开", "it cannot be unpacked") from error
    if not LEAST_PLACES // 8 <= len(bits) <= _MOST_BYTES:
        raise _broken("长度不在标准允许的范围", "its length is outside what the standard allows")
    return bits


def is_set(bits: bytes, index: int) -> bool:
    """Whether the bit of a place is set. Raises IndexError for a place the list does not have."""
    if not 0 <= index < len(bits) * 8:
        raise IndexError(f"no place {index}")
    return bool(bits[index >> 3] & (0x80 >> (index & 7)))


def status_credential(
    *, address: str, issuer: str, issuer_name: str, encoded: str, valid_from: str, valid_until: str
) -> dict[str, Any]:
    """The list as a credential: who signs it says so until `valid_until`."""
    return {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": address,
        "type": ["VerifiableCredential", LIST_TYPE],
        "issuer": {"id": issuer, "name": issuer_name},
        "validFrom": valid_from,
        "validUntil": valid_until,
        "credentialSubject": {
            "id": f"{address}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": encoded,
        },
    }


def _broken(zh: str, en: str) -> TokenBroken:
    return TokenBroken(f"状态列表不正确：{zh}。", f"The status list is malformed: {en}.")
