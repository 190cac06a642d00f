"""Keeping the file as it came: sealed, under its digest, on the disk before anything is read from it."""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ecredit.foundation.kernel.errors import EcreditError, InputRefused
from ecredit.foundation.kernel.home import Home
from ecredit.foundation.proof.sealing import Sealer

_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Landed:
    """A landed file: its SHA-256 and its size in bytes."""

    digest: str
    size: int


class BatchBusy(EcreditError):  # noqa: N818 - says what happened
    """Another process is collecting this very batch."""

    code = "collection.batch_busy"


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


@contextmanager
def alone_with_batch(home: Home, batch_id: int, *, wait: bool) -> Iterator[None]:
    """Read and post a batch while no other process does: two would write one problem report.

    Waits for the other, or raises BatchBusy. Whoever is killed lets go.
    """
    path = home.landing / f".batch-{batch_id}"
    while True:
        file = path.open("ab")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            file.close()
            raise BatchBusy(
                f"批次 {batch_id} 正由另一进程处理",
                f"batch {batch_id} is being worked on by another process",
            ) from None
        # Whoever had it before has removed it, and a third may have it under a file of the same name.
        if path.exists() and os.path.samestat(path.stat(), os.fstat(file.fileno())):
            break
        file.close()
    with file:
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def drop_lock(home: Home, batch_id: int) -> None:
    """Take away what whoever was killed right after finishing a batch has left of being alone with it."""
    if (home.landing / f".batch-{batch_id}").exists():
        with suppress(BatchBusy), alone_with_batch(home, batch_id, wait=False):
            pass


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
