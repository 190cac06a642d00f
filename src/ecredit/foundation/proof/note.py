"""Signed notes (C2SP signed-note): a text with Ed25519 signatures under it that people and machines can read.

A note is a text ending in a newline, an empty line, and lines ``— <key name> <base64>`` whose bytes are
the first four of the key's hash and the signature of the text. A verifier knows keys by their string
``<name>+<hash>+<base64>``. Signatures of other keys are passed over; one of the known key must be there
and hold.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ecredit.foundation.proof.errors import CheckpointBroken, VerifierKeyUnusable

_ED25519 = b"\x01"
_KEY_BYTES = 32
_NAME = re.compile(r"[^\s+]+")
_VERIFIER_KEY = re.compile(r"([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})")
_SIGNATURE_LINE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")
_MOST_SIGNATURES = 100


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with its name and the first four bytes of its hash (``key_id``)."""

    name: str
    key_id: bytes
    public: bytes

    def __str__(self) -> str:
        body = base64.b64encode(_ED25519 + self.public).decode("ascii")
        return f"{self.name}+{self.key_id.hex()}+{body}"


def verifier_key_of(name: str, key: Ed25519PrivateKey) -> VerifierKey:
    """The verifier key that belongs to a signing key under *name*. Raises ValueError for a name with blanks or +."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"a key name has no blanks and no plus sign: {name!r}")
    public = key.public_key().public_bytes_raw()
    return VerifierKey(name, _key_id(name, public), public)


def parse_verifier_key(text: str) -> VerifierKey:
    """Read ``<name>+<hash>+<base64>``. Raises VerifierKeyUnusable when it is not that or the hash does not fit."""
    match = _VERIFIER_KEY.fullmatch(text.strip())
    raw = _decode(match[3]) if match else None
    if match and raw and raw[:1] == _ED25519 and len(raw) == 1 + _KEY_BYTES:
        key = VerifierKey(match[1], bytes.fromhex(match[2]), raw[1:])
        if key.key_id == _key_id(key.name, key.public):
            return key
    raise VerifierKeyUnusable(
        "验证公钥格式不正确，应为“名称+散列+Base64”，请重新获取公布的公钥。",
        "The verifier key is not in the form name+hash+base64; get the published key again.",
    )


def sign_note(text: str, name: str, key: Ed25519PrivateKey) -> str:
    """*text* (must end in a newline) as a signed note. Raises ValueError."""
    if not text.endswith("\n") or any(ord(c) < 0x20 and c != "\n" for c in text):
        raise ValueError("the text of a note ends in a newline and holds no other control character")
    signature = _key_id(name, verifier_key_of(name, key).public) + key.sign(text.encode())
    return f"{text}\n— {name} {base64.b64encode(signature).decode('ascii')}\n"


def open_note(note: str, verifier: VerifierKey) -> str:
    """The text of *note*, when a signature of *verifier* is there and holds. Raises CheckpointBroken."""
    text, signatures = split_note(note)
    public = Ed25519PublicKey.from_public_bytes(verifier.public)
    content = text.encode(errors="surrogatepass")  # JSON can carry half characters; no signature fits them
    found = False
    for name, raw in signatures:
        if name != verifier.name or raw[:4] != verifier.key_id:
            continue
        try:
            public.verify(raw[4:], content)
        except InvalidSignature as error:
            raise broken("签名与内容不符", "its signature does not fit its content") from error
        found = True
    if not found:
        raise broken(f"没有 {verifier.name} 的签名", f"it has no signature of {verifier.name}")
    return text


def split_note(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    """The text of a note and its signatures as (key name, 4 bytes of key hash + signature), nothing verified.

    Raises CheckpointBroken when *note* is not in the form of a signed note.
    """
    text, gap, block = note.rpartition("\n\n")
    lines = block.split("\n")
    if not gap or not text or lines.pop() != "" or not 0 < len(lines) <= _MOST_SIGNATURES:
        raise broken("不是带签名的文本", "it is not a signed note")
    signatures: list[tuple[str, bytes]] = []
    for line in lines:
        match = _SIGNATURE_LINE.fullmatch(line)
        raw = _decode(match[2]) if match else None
        if match is None or raw is None or len(raw) <= 4:
            raise broken("签名行格式不正确", "a signature line is malformed")
        signatures.append((match[1], raw))
    return text + "\n", signatures


def broken(zh: str, en: str) -> CheckpointBroken:
    """The error of a note or log head that does not hold."""
    return CheckpointBroken(f"日志签名头无效：{zh}。", f"The signed log head does not hold: {en}.")


def _key_id(name: str, public: bytes) -> bytes:
    return sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:4]


def _decode(text: str) -> bytes | None:
    try:
        raw = base64.b64decode(text, validate=True)
    except binascii.Error:
        return None
    return raw if base64.b64encode(raw).decode("ascii") == text else None
