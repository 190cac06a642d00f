"""Sealed files: AES-256-GCM in frames of 1 MiB, readable from any place, cut or altered files refused.

Layout: ``ECSEAL1\\n``, one byte with the length of the key id, the key id, 16 random bytes (salt), then
frames. A frame is up to 1 MiB of content and a 16-byte tag. The file's own key is HKDF-SHA256 of the
sealing key with the salt, so the frame nonces can be a counter: 11 bytes big-endian, then 1 for the last
frame and 0 for all others. The last frame's mark shows truncation at a frame border (the STREAM
construction); the header is associated data of every frame. An empty file has one empty last frame.
"""

from __future__ import annotations

import io
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ecredit.foundation.proof.errors import SealBroken

MAGIC = b"ECSEAL1\n"
FRAME = 1 << 20
_TAG = 16
_SEALED_FRAME = FRAME + _TAG
_SALT = 16


@dataclass(frozen=True, slots=True)
class _Header:
    raw: bytes
    kid: str
    salt: bytes


def seal_stream(
    read: Callable[[int], bytes], key: bytes, kid: str, tee: Callable[[bytes], object] | None = None
) -> Iterator[bytes]:
    """The pieces of the sealed file of what *read* gives (``read(n)`` like a file's, ``b""`` at the end).

    *tee* sees each piece of plain content before it is sealed (for a digest in the same pass).
    """
    salt = secrets.token_bytes(_SALT)
    header = MAGIC + bytes([len(kid)]) + kid.encode("ascii") + salt
    cipher = AESGCM(_file_key(key, salt))
    yield header
    counter, piece = 0, _read_whole(read, FRAME)
    while True:
        following = _read_whole(read, FRAME) if len(piece) == FRAME else b""
        if tee is not None and piece:
            tee(piece)
        yield cipher.encrypt(_nonce(counter, last=not following), piece, header)
        if not following:
            return
        counter, piece = counter + 1, following


class SealedReader(io.RawIOBase):
    """The plain content of a sealed file, read-only and seekable; each frame is checked before a byte leaves.

    Wrap it in ``io.BufferedReader`` for small reads. Raises SealBroken on construction for a file that is
    no sealed file, or names an unknown key, and on reading for an altered or cut one.
    """

    def __init__(self, source: IO[bytes], keys: Mapping[str, bytes]) -> None:
        super().__init__()
        self._source = source
        self._header = _read_header(source)
        if self._header.kid not in keys:
            raise _broken(
                f"所用密钥 {self._header.kid} 不在密钥环中", f"key {self._header.kid} is not in the ring"
            )
        self._cipher = AESGCM(_file_key(keys[self._header.kid], self._header.salt))
        body = source.seek(0, os.SEEK_END) - len(self._header.raw)
        self._frames = max(1, -(-body // _SEALED_FRAME))
        self._length = body - self._frames * _TAG
        if self._length < 0 or (self._frames > 1 and body % _SEALED_FRAME in range(1, _TAG + 1)):
            raise _cut()
        self._at = 0
        self._loaded: tuple[int, bytes] = (-1, b"")

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._length}[whence]
        if start + offset < 0:
            raise ValueError("negative seek position")
        self._at = start + offset
        return self._at

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]
        # A cut file can end before its first byte is asked for: the last frame is checked even at the end.
        index, offset = divmod(min(self._at, self._length), FRAME)
        index = min(index, self._frames - 1)
        if self._at >= self._length:
            self._frame(self._frames - 1)
            return 0
        part = self._frame(index)[offset : offset + len(buffer)]
        buffer[: len(part)] = part
        self._at += len(part)
        return len(part)

    def close(self) -> None:
        if not self.closed:
            self._source.close()
            self._loaded = (-1, b"")
        super().close()

    def _frame(self, index: int) -> bytes:
        if self._loaded[0] != index:
            self._source.seek(len(self._header.raw) + index * _SEALED_FRAME)
            sealed = self._source.read(_SEALED_FRAME)
            try:
                nonce = _nonce(index, last=index == self._frames - 1)
                self._loaded = (index, self._cipher.decrypt(nonce, sealed, self._header.raw))
            except InvalidTag as error:
                raise _cut() from error
        return self._loaded[1]


def _read_header(source: IO[bytes]) -> _Header:
    start = source.read(len(MAGIC) + 1)
    if not start.startswith(MAGIC) or len(start) <= len(MAGIC):
        raise _broken("不是封存文件", "it is not a sealed file")
    kid_length = start[-1]
    rest = source.read(kid_length + _SALT)
    if len(rest) != kid_length + _SALT or not rest[:kid_length].isascii():
        raise _cut()
    return _Header(start + rest, rest[:kid_length].decode("ascii"), rest[kid_length:])


def _file_key(key: bytes, salt: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=b"ecredit sealed file 1").derive(key)


def _nonce(counter: int, *, last: bool) -> bytes:
    return counter.to_bytes(11, "big") + bytes([last])


def _read_whole(read: Callable[[int], bytes], size: int) -> bytes:
    """Up to *size* bytes, fewer only at the end (a pipe may give less at a time)."""
    piece = read(size)
    if len(piece) in (0, size):
        return piece
    parts, total = [piece], len(piece)
    while total < size and (piece := read(size - total)):
        parts.append(piece)
        total += len(piece)
    return b"".join(parts)


def _cut() -> SealBroken:
    return _broken("内容被改动或截断", "its content was altered or cut short")


def _broken(zh: str, en: str) -> SealBroken:
    return SealBroken(f"封存文件无法打开：{zh}。", f"The sealed file cannot be opened: {en}.")
