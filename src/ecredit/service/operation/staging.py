"""Uploads on their way in: sent in pieces, readable by the service alone, forgotten when collected.

A name a browser sends is never a path: what is staged lies under a number of its own.
"""

import fcntl
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ecredit.foundation.kernel.errors import InputRefused, WrongUse
from ecredit.foundation.kernel.home import Home

# The largest file taken, and how long one that nobody goes on with is kept.
MOST_BYTES = 2 << 30
_KEPT_SECONDS = 3 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Staged:
    """An upload: its token, and how many bytes of it are here."""

    token: str
    size: int


def open_staged(home: Home) -> Staged:
    """Begin an upload."""
    sweep_staged(home)
    token = secrets.token_hex(16)
    path = staged_path(home, token)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    return Staged(token, 0)


def get_staged(home: Home, token: str) -> Staged:
    """How far an upload is. Raises WrongUse when there is none."""
    path = staged_path(home, token)
    if not path.is_file():
        raise WrongUse(
            "没有这个上传，或已过期；请重新上传", "there is no such upload, or it has expired; send it again"
        )
    return Staged(token, path.stat().st_size)


def append_staged(home: Home, token: str, pieces: Iterator[bytes], *, offset: int) -> Staged:
    """Add what comes to an upload, from `offset` on; what was cut off goes on where `get_staged` says.

    Raises WrongUse when the upload is elsewhere than the sender thinks, InputRefused when it grows too large.
    """
    get_staged(home, token)
    with staged_path(home, token).open("ab") as file:
        # Two who send the same piece are one after the other, and the second is told how far it is.
        fcntl.flock(file, fcntl.LOCK_EX)
        size = get_staged(home, token).size
        if offset != size:
            raise WrongUse(
                f"已收到 {size} 字节，不能从 {offset} 续传；请从 {size} 继续",
                f"{size} bytes are here, so it cannot go on from {offset}; go on from {size}",
                size=size,
            )
        for piece in pieces:
            size += len(piece)
            if size > MOST_BYTES:
                raise InputRefused(
                    f"文件超过 {MOST_BYTES >> 30} GB；请分成几个文件报送",
                    f"the file is larger than {MOST_BYTES >> 30} GB; send it as several files",
                )
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    return Staged(token, size)


def forget_staged(home: Home, token: str) -> None:
    """The upload was collected, or is not wanted any more."""
    staged_path(home, token).unlink(missing_ok=True)


def sweep_staged(home: Home) -> None:
    """Forget uploads nobody went on with for three days."""
    oldest = time.time() - _KEPT_SECONDS
    for path in (home.landing / "staged").glob("*"):
        if path.stat().st_mtime < oldest:
            # A folder is what a killed worker read from.
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


def staged_path(home: Home, token: str) -> Path:
    """Where an upload lies. Raises WrongUse for what is no token of ours."""
    if len(token) != 32 or not set(token) <= set("0123456789abcdef"):
        raise WrongUse("没有这个上传", "there is no such upload")
    return home.landing / "staged" / token


@contextmanager
def named_copy(home: Home, token: str, filename: str) -> Iterator[Path]:
    """The upload as a file whose suffix is that of its name, for as long as the `with` lasts."""
    path = staged_path(home, token)
    get_staged(home, token)
    suffix = Path(filename).suffix.lower()
    folder = home.landing / "staged" / f"{token}.d"
    folder.mkdir(mode=0o700, exist_ok=True)
    try:
        copy = folder / f"file{suffix if suffix.isascii() and len(suffix) <= 6 else ''}"
        if not copy.exists():
            os.link(path, copy)
        yield copy
    finally:
        shutil.rmtree(folder, ignore_errors=True)
