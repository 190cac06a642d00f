"""Sealing of personal data at rest, and finding it again without opening it.

Values: AES-SIV, deterministic (equal values of one purpose and key look equal, nothing else shows), the
purpose is associated data, so a value moved to another column does not open. Lookup: a blind index,
HMAC-SHA256 over kind and normalised value, cut to 16 bytes; unkeyed hashes would not do, all identity
numbers of a county can be tried in seconds. Files: see ``sealed_frames``. (个人信息保护法 art. 51:
encryption and de-identification as security measures.)
"""

from __future__ import annotations

import base64
import binascii
import hmac
import io
import os
import re
import secrets
from collections.abc import Callable
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from ecredit.foundation.kernel.codes import tidy_code
from ecredit.foundation.kernel.text_forms import name_form
from ecredit.foundation.proof.errors import SealBroken
from ecredit.foundation.proof.keys import KeyRing
from ecredit.foundation.proof.sealed_frames import SealedReader, seal_stream

PREFIX = "sealed:"
INDEX_BYTES = 16


def is_sealed(text: str) -> bool:
    """True for a text in the form that :meth:`Sealer.seal` gives."""
    return text.startswith(PREFIX) and text.count(":") == 2


def index_form(kind: str, text: str) -> str:
    """The form under which a value is indexed: the same person written differently is found.

    ``name`` → matching form of the name; ``phone`` → digits without +86; every other kind → the code
    without blanks and dashes, half-width, upper case.
    """
    if kind == "name":
        return name_form(text)
    code = tidy_code(text).replace("-", "")
    if kind == "phone":
        digits = "".join(c for c in code if c.isdigit())
        return digits[-11:] if len(digits) in (13, 15) and digits[:-11] in ("86", "0086") else digits
    return code


class Sealer:
    """Seals, opens and indexes with one key ring. Safe to share between threads."""

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring
        self._ciphers = {kid: AESSIV(key) for kid, key in ring.sealing_keys.items()}

    @property
    def ring(self) -> KeyRing:
        """The keys it seals with."""
        return self._ring

    def seal(self, purpose: str, text: str) -> str:
        """``sealed:<kid>:<base64url>`` of *text*; *purpose* (table.column) is needed to open it."""
        sealed = self._ciphers[self._ring.current].encrypt(text.encode(), [purpose.encode()])
        return f"{PREFIX}{self._ring.current}:{base64.urlsafe_b64encode(sealed).decode('ascii')}"

    def unseal(self, purpose: str, sealed: str) -> str:
        """The text behind *sealed*. Raises SealBroken when it is not what :meth:`seal` made for *purpose*."""
        kid, _, body = sealed.removeprefix(PREFIX).partition(":")
        if not is_sealed(sealed) or kid not in self._ciphers:
            raise _value_broken(purpose, kid)
        try:
            raw = base64.b64decode(body, altchars=b"-_", validate=True)
            if base64.urlsafe_b64encode(raw).decode("ascii") != body:
                raise ValueError("not the one way to write these bytes")  # unused bits of the last character
            return self._ciphers[kid].decrypt(raw, [purpose.encode()]).decode()
        except (InvalidTag, binascii.Error, ValueError) as error:
            raise _value_broken(purpose, kid) from error

    def blind_index(self, kind: str, text: str) -> bytes:
        """16 bytes under which *text* (an identity number, telephone …) of *kind* is found again."""
        message = kind.encode() + b"\x00" + index_form(kind, text).encode()
        return hmac.digest(self._ring.index_key, message, "sha256")[:INDEX_BYTES]

    def seal_bytes(self, content: bytes) -> bytes:
        """*content* in the form of a sealed file."""
        return b"".join(seal_stream(io.BytesIO(content).read, self._key, self._ring.current))

    def unseal_bytes(self, sealed: bytes) -> bytes:
        """The content behind :meth:`seal_bytes`. Raises SealBroken."""
        with SealedReader(io.BytesIO(sealed), self._ring.sealing_keys) as reader:
            return reader.readall()

    def seal_file(self, src: Path, dst: Path, *, tee: Callable[[bytes], object] | None = None) -> int:
        """Seal the file *src* as *dst*: whole and on disk before it has its name, mode 0600; replaces *dst*.

        Returns the plain size in bytes. *tee* sees the plain content piece by piece. Raises OSError.
        """
        draft = dst.with_name(f".{dst.name}-{secrets.token_hex(6)}")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb", buffering=0) as out, src.open("rb", buffering=0) as source:
                for piece in seal_stream(source.read, self._key, self._ring.current, tee):
                    _write_all(out, piece)
                size = source.tell()
                os.fsync(out.fileno())
            draft.replace(dst)
        finally:
            draft.unlink(missing_ok=True)
        return size

    def open_sealed(self, path: Path) -> io.BufferedReader:
        """The plain content of a sealed file as a binary, seekable, read-only stream (``with`` closes it).

        Raises SealBroken here or on reading, FileNotFoundError.
        """
        source = path.open("rb", buffering=0)
        try:
            return io.BufferedReader(SealedReader(source, self._ring.sealing_keys), buffer_size=1 << 16)
        except SealBroken:
            source.close()
            raise

    @property
    def _key(self) -> bytes:
        return self._ring.sealing_keys[self._ring.current]


def _write_all(out: io.FileIO, piece: bytes) -> None:
    view = memoryview(piece)
    while view:
        view = view[out.write(view) :]


def _value_broken(purpose: str, kid: str) -> SealBroken:
    shown = kid if re.fullmatch(r"s\d{1,6}", kid) else "?"  # what is not sealed at all may be personal
    return SealBroken(
        f"封存值（{purpose}）无法打开：被改动、用途不符或密钥 {shown} 不在密钥环中。",
        f"The sealed value ({purpose}) cannot be opened: altered, moved, or key {shown} is unknown.",
        purpose=purpose,
    )
