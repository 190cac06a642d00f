"""Keeping the file as it came: sealed, under its digest, on the disk before anything is read from it."""

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ecredit.foundation.kernel.errors import InputRefused
from ecredit.foundation.kernel.home import Home
from ecredit.foundation.proof.sealing import Sealer

_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Landed:
    """A landed file: its SHA-256 and its size in bytes."""

    digest: str
    size: int


def land_file(home: Home, sealer: Sealer, path: Path) -> Landed:
    """Seal a copy of `path` into the home. Raises InputRefused when it cannot be read.

    The digest is taken from the very bytes that are kept, so a file changed while being sent is kept as read.
    """
    digest = hashlib.sha256()
    draft = home.landing / f".arriving-{secrets.token_hex(8)}"
    try:
        size = sealer.seal_file(path, draft, tee=digest.update)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise InputRefused(
            f"读不了文件 {path.name}：{error.strerror}；请检查路径和权限",
            f"cannot read {path.name}: {error.strerror}; check the path and its permissions",
        ) from error
    landed = Landed(digest.hexdigest(), size)
    draft.replace(landed_path(home, landed.digest))
    return landed


def landed_path(home: Home, digest: str) -> Path:
    """Where the file with this digest lies, sealed."""
    return home.landing / f"{digest}.sealed"


@contextmanager
def plain_copy(home: Home, sealer: Sealer, digest: str) -> Iterator[Path]:
    """The landed file in clear, in a folder only we can read, for as long as the `with` lasts."""
    folder = home.landing / "reading"
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"{digest[:16]}-{secrets.token_hex(6)}"
    try:
        with sealer.open_sealed(landed_path(home, digest)) as sealed, path.open("wb") as plain:
            while piece := sealed.read(_PIECE):
                plain.write(piece)
        yield path
    finally:
        path.unlink(missing_ok=True)


def scratch_folder(home: Home) -> Path:
    """Where readers may put temporary files with the supplier's data."""
    folder = home.landing / "reading"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def forget_landed(home: Home, digest: str) -> None:
    """Drop a landed file that turned out to be no table at all."""
    landed_path(home, digest).unlink(missing_ok=True)
