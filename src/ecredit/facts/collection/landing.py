"""Keeping the file as it came: sealed, under its digest, on the disk before anything is read from it."""

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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
    sweep_landing(home)
    draft = home.landing / f".arriving-{_mark()}"
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
    path = scratch_folder(home) / digest[:16]
    try:
        with sealer.open_sealed(landed_path(home, digest)) as sealed, path.open("wb") as plain:
            while piece := sealed.read(_PIECE):
                plain.write(piece)
        yield path
    finally:
        path.unlink(missing_ok=True)
        with suppress(OSError):  # somebody's temporary file may still be there; the next run sweeps it
            path.parent.rmdir()


def scratch_folder(home: Home) -> Path:
    """Where this process may put temporary files with the supplier's data: a folder of its own, only ours to read."""
    folder = home.landing / "reading" / _mark()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def sweep_landing(home: Home) -> None:
    """Remove what processes that were killed have left: drafts, and copies in clear."""
    for left in (*home.landing.glob(".arriving-*"), *(home.landing / "reading").glob("*")):
        mark = left.name.removeprefix(".arriving-")
        if mark != _mark() and not _lives(mark):
            shutil.rmtree(left) if left.is_dir() else left.unlink(missing_ok=True)


def _mark() -> str:
    """This process: its number, and when it began, so that a number used again is another."""
    return f"{os.getpid()}-{_began(os.getpid())}"


def _lives(mark: str) -> bool:
    number, _, began = mark.partition("-")
    return number.isdigit() and _began(int(number)) == began


def _began(number: int) -> str:
    """The start of a process in the kernel's ticks; where that cannot be told, whether it lives at all."""
    stat = Path(f"/proc/{number}/stat")
    try:
        return stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        pass
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return "gone"
    except PermissionError:
        return "lives"
    return "lives"


def forget_landed(home: Home, digest: str) -> None:
    """Drop a landed file that turned out to be no table at all."""
    landed_path(home, digest).unlink(missing_ok=True)
