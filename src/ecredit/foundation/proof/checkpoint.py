"""The signed head of the log (C2SP tlog-checkpoint): origin, number of entries, root hash, in a signed note.

    changzhou.example/ecredit
    128
    XcnafZpwpZpVnPuZ4QtwFiY...

    — changzhou.example/ecredit Az3grl...

The key's name is the origin. Whoever keeps an old head can have it shown that the log only grew since.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ecredit.foundation.proof.merkle import HASH_BYTES
from ecredit.foundation.proof.note import (
    broken,
    open_note,
    parse_verifier_key,
    sign_note,
    split_note,
    verifier_key_of,
)

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A head of the log: its origin, the number of entries, the 32-byte root, further lines (often none)."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()


def sign_checkpoint(
    origin: str, size: int, root: bytes, key: Ed25519PrivateKey, extensions: Sequence[str] = ()
) -> str:
    """The signed head of a log of *size* entries with *root*. Raises ValueError for values no head can have."""
    if size < 0 or len(root) != HASH_BYTES or any(not line or "\n" in line for line in extensions):
        raise ValueError("a log head has a size, a root of 32 bytes and lines that are not empty")
    lines = [origin, str(size), base64.b64encode(root).decode("ascii"), *extensions]
    return sign_note("".join(f"{line}\n" for line in lines), origin, key)


def verifier_key(origin: str, key: Ed25519PrivateKey) -> str:
    """What to publish so that anyone can check the heads: ``<origin>+<hash>+<base64>``."""
    return str(verifier_key_of(origin, key))


def parse_checkpoint(text: str) -> Checkpoint:
    """Read a signed head WITHOUT checking its signature. Raises CheckpointBroken when it is not in that form."""
    return _read(split_note(text)[0])


def verify_checkpoint(text: str, verifier: str) -> Checkpoint:
    """Read a signed head after checking it against the published key *verifier* (a string).

    Raises CheckpointBroken when the form, the origin or the signature is wrong, VerifierKeyUnusable for a
    bad key.
    """
    key = parse_verifier_key(verifier)
    head = _read(open_note(text, key))
    if head.origin != key.name:
        raise broken(f"来源 {head.origin} 与公钥名称不符", f"origin {head.origin} is not the key's name")
    return head


def _read(body: str) -> Checkpoint:
    lines = body.removesuffix("\n").split("\n")
    if len(lines) < 3 or not all(lines):
        raise broken("缺少来源、条数或根散列", "origin, size or root is missing")
    origin, size, root, *extensions = lines
    try:
        raw = base64.b64decode(root, validate=True)
    except (binascii.Error, ValueError):  # ValueError: characters outside ASCII
        raw = b""
    if not _SIZE.fullmatch(size) or len(raw) != HASH_BYTES or base64.b64encode(raw).decode("ascii") != root:
        raise broken("条数或根散列格式不正确", "size or root is malformed")
    return Checkpoint(origin, int(size), raw, tuple(extensions))
