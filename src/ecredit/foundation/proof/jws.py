"""JSON Web Signatures in the compact form, with ES256 and nothing else (RFC 7515, RFC 7518).

What a token's header says decides nothing but which of the known keys is tried: another `alg`, a key or an address inside the
header, an extension marked critical, a second way to write the same bytes are all refused.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ecredit.foundation.proof.errors import TokenBroken

_LONGEST: Final = 1 << 22
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":"))
_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")
_NOT_TAKEN: Final = ("crit", "jwk", "jku", "x5u", "b64", "zip", "enc")


@dataclass(frozen=True, slots=True)
class Jws:
    """A token taken apart, nothing of it checked yet. `signed` is what the signature is over."""

    header: Mapping[str, Any]
    payload: Mapping[str, Any]
    signed: bytes
    signature: bytes

    @property
    def kid(self) -> str:
        """The key it names, "" for none: what stands behind the # of a DID URL."""
        kid = self.header.get("kid")
        return kid.rpartition("#")[2] if isinstance(kid, str) else ""


def signing_input(header: Mapping[str, object], payload: Mapping[str, object]) -> bytes:
    """The bytes that are signed: both parts in base64url with a dot between."""
    return f"{encode(compact_json(header))}.{encode(compact_json(payload))}".encode("ascii")


def join(signed: bytes, signature: bytes) -> str:
    """The token."""
    return f"{signed.decode('ascii')}.{encode(signature)}"


def parse_jws(token: str, typ: str = "") -> Jws:
    """Take a compact token apart. Raises TokenBroken when it is none, is of another type, or asks for anything but ES256."""
    parts = token.strip().split(".")
    if len(token) > _LONGEST or len(parts) != 3:
        raise _broken("不是三段式签名（JWS）", "it is no compact JWS of three parts")
    header, payload = (read_object(decode(part)) for part in parts[:2])
    if header.get("alg") != "ES256":
        raise _broken("签名算法不是 ES256", "its algorithm is not ES256")
    named = next((name for name in _NOT_TAKEN if name in header), "")
    if named:
        raise _broken(f"签名头含不接受的 {named}", f"its header has a {named}, which is not taken")
    if typ and header.get("typ") != typ:
        raise _broken(f"签名头的类型不是 {typ}", f"its type is not {typ}")
    return Jws(header, payload, f"{parts[0]}.{parts[1]}".encode("ascii"), decode(parts[2]))


def compact_json(value: object) -> bytes:
    """JSON without blanks, names in the order given, Chinese as it is."""
    return _ENCODER.encode(value).encode()


def read_object(raw: bytes) -> dict[str, Any]:
    """A JSON object. Raises TokenBroken for anything else, for a name written twice, for NaN."""
    try:
        value = json.loads(raw.decode(), object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise _broken("不是有效的 JSON 对象", "it is no valid JSON object") from error
    if not isinstance(value, dict):
        raise _broken("不是有效的 JSON 对象", "it is no valid JSON object")
    return value


def encode(raw: bytes) -> str:
    """Base64url without padding."""
    return binascii.b2a_base64(raw, newline=False).translate(_URL_SAFE).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes:
    """The bytes of base64url without padding. Raises TokenBroken for any other spelling of them."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise _broken("Base64 编码不正确", "its base64url is malformed") from error
    if encode(raw) != text:
        raise _broken("Base64 编码不唯一", "its base64url is not the one way to write these bytes")
    return raw


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is written twice")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _broken(zh: str, en: str) -> TokenBroken:
    return TokenBroken(f"{zh}。", f"{en[0].upper()}{en[1:]}.")
