"""Files on their way in, piece by piece: an upload cut off goes on where it stopped.

Each lies in a folder of its own under the home, the piece file beside a page of what it is; only the platform's user
can read them. What is not finished within a day is swept away; the page of a check lasts as long as its files. The browser asks for an upload by the file's own marks
(name, size, day of change), so the same file chosen again, or in another tab, is the same upload.
"""

import fcntl
import hashlib
import json
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from ecredit.foundation.kernel.errors import EcreditError, InputRefused
from ecredit.foundation.kernel.home import Home
from ecredit.foundation.kernel.masking import redact
from ecredit.foundation.kernel.text_forms import printable
from ecredit.service.operation import job_files
from ecredit.service.operation.staging import MOST_BYTES

MOST_OPEN = 20
"""Unfinished uploads of one person."""
KEPT = timedelta(days=1)
_SPARE = 1 << 30
_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")


class NoSuchUpload(EcreditError):  # noqa: N818 - says what happened
    """There is no such upload of this person: swept, finished and taken, or never theirs."""

    code = "upload.unknown"


class PieceOutOfPlace(EcreditError):  # noqa: N818 - says what happened
    """A piece does not begin where the upload stands; `data["received"]` says where that is."""

    code = "upload.out_of_place"


class UploadShort(InputRefused):
    """Bytes of it are still missing."""

    code = "upload.short"


class UploadUnfit(InputRefused):
    """What came is not the file that was announced."""

    code = "upload.unfit"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file on its way in. `received` of `size` bytes are there. `job` is the one it was handed
    over to, so that asking twice gives one result. `sha256` is what its sender said the whole file has, empty if nothing."""

    token: str
    who: str
    organisation: str
    source: str
    filename: str
    size: int
    marks: str
    trial: bool
    corrects: int | None
    opened_at: str
    received: int = 0
    job: int | None = None
    sha256: str = ""

    @property
    def complete(self) -> bool:
        """Whether every byte is there."""
        return self.received == self.size


def safe_filename(name: str) -> str:
    """A file's name as it may be kept and shown: no folders, nothing invisible, no personal number, 200 characters."""
    last = re.split(r"[/\\]", name)[-1].strip().strip(".")
    return redact(printable(last))[:200] or "file"


def check_size(size: int) -> None:
    """Raise InputRefused for a file that is empty or larger than the reader takes."""
    if size <= 0:
        raise InputRefused(
            "文件是空的（0 字节）；请检查后重新选择", "the file is empty (0 bytes); choose it again"
        )
    if size > MOST_BYTES:
        raise InputRefused(
            f"文件超过 {MOST_BYTES >> 30} GB；请拆分后分别报送",
            f"the file is larger than {MOST_BYTES >> 30} GB; split it and send the parts",
        )


def open_upload(
    home: Home,
    *,
    who: str,
    organisation: str,
    source: str,
    filename: str,
    size: int,
    marks: str,
    trial: bool,
    corrects: int | None,
    at: datetime,
    sha256: str = "",
) -> Upload:
    """Begin an upload, or find the one begun for the same file and purpose.

    Raises InputRefused when the file is empty or too large, the disk is full, or too many are open.
    """
    check_size(size)
    sweep_uploads(home, at=at)
    name = safe_filename(filename)
    wanted = (organisation, source, name, size, marks, trial, corrects)
    mine = [upload for upload in _list(home) if upload.who == who and upload.job is None]
    for upload in mine:
        if _same(upload) == wanted:
            return upload
    if len(mine) >= MOST_OPEN:
        raise InputRefused(
            f"您有 {MOST_OPEN} 个文件还没传完；请先传完，或一天后再试",
            f"{MOST_OPEN} of your uploads are unfinished; finish them, or try again in a day",
        )
    if shutil.disk_usage(uploads_folder(home)).free < size + _SPARE:
        raise InputRefused(
            "服务器磁盘空间不足；请联系系统管理员", "the server's disk is nearly full; tell its administrator"
        )
    upload = Upload(
        secrets.token_urlsafe(16),
        who,
        organisation,
        source,
        name,
        size,
        marks,
        trial,
        corrects,
        at.isoformat(),
        sha256=sha256,
    )
    (uploads_folder(home) / upload.token).mkdir(mode=0o700)
    _write(home, upload)
    return upload


def find_upload(home: Home, token: str, *, who: str) -> Upload | None:
    """An upload of this person; None when there is none."""
    if not _TOKEN.fullmatch(token):
        return None
    upload = _read(uploads_folder(home) / token)
    return upload if upload is not None and upload.who == who else None


def get_upload(home: Home, token: str, *, who: str) -> Upload:
    """As `find_upload`. Raises NoSuchUpload."""
    upload = find_upload(home, token, who=who)
    if upload is None:
        raise NoSuchUpload(
            "这次上传已经结束或已过期；请重新选择文件",
            "this upload has ended or expired; choose the file again",
        )
    return upload


def put_piece(
    home: Home,
    token: str,
    *,
    who: str,
    offset: int,
    pieces: Iterable[bytes],
    anew: bool = False,
    check: Callable[[bytes], None] | None = None,
) -> Upload:
    """Take the bytes from `offset` on; what came before a cut counts. With `anew` the whole file comes once more.

    `check` is given the piece's SHA-256 and raises when it is another than was said: then, and when it is cut off,
    nothing of the piece counts.

    Raises PieceOutOfPlace when the upload stands elsewhere (another tab, a piece sent twice), UploadUnfit when there is
    more than was announced, NoSuchUpload.
    """
    upload = get_upload(home, token, who=who)
    with _alone(home, upload):
        upload = get_upload(home, token, who=who)
        path = _bytes(home, upload)
        if offset != upload.received and not anew:
            raise PieceOutOfPlace(
                f"这一段从第 {offset} 字节开始，应从已收到的第 {upload.received} 字节继续",
                f"this piece begins at byte {offset}; go on from byte {upload.received}, which is what is here",
                received=upload.received,
            )  # fmt: skip
        handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
        with os.fdopen(handle, "r+b") as file:
            file.truncate(offset)
            file.seek(offset)
            received = offset
            digest = hashlib.sha256()
            try:
                for piece in pieces:
                    received += len(piece)
                    if received > upload.size:
                        raise UploadUnfit(
                            "收到的内容比文件还长：传的过程中文件变了；请重新选择文件",
                            "more came than the file holds: it changed while being sent; choose it again",
                        )
                    file.write(piece)
                    if check is not None:
                        digest.update(piece)
                if check is not None:
                    check(digest.digest())
            except BaseException:
                if check is not None:
                    file.flush()
                    file.truncate(offset)
                raise
    return replace(upload, received=received)


def take_upload(home: Home, token: str, *, who: str) -> Path:
    """The whole file, for whoever hands it over; call inside `handing_over`.

    Raises UploadShort when bytes are missing, UploadUnfit when it is not the file that was announced: its bytes are then gone.
    """
    upload = get_upload(home, token, who=who)
    if not upload.complete:
        raise UploadShort(
            f"文件还没传完（{upload.received} / {upload.size} 字节）；再选一次同一个文件即可续传",
            f"the file has not come whole ({upload.received} of {upload.size} bytes); choose it again to go on",
        )
    path = _bytes(home, upload)
    if upload.sha256:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != upload.sha256:
            path.unlink()
            raise UploadUnfit(
                "收到的文件与开始上传时给出的 sha256 不符；请从头再传",
                "the file is not the one whose sha256 was given at the beginning; send it again from its start",
            )
    return path


@contextmanager
def handing_over(home: Home, token: str, *, who: str) -> Iterator[Upload]:
    """One at a time: two tabs that finish together hand a file over once. Gives the upload as it then stands."""
    upload = get_upload(home, token, who=who)
    with _alone(home, upload):
        yield get_upload(home, token, who=who)


def close_upload(home: Home, upload: Upload, *, job: int) -> None:
    """Say to which job an upload was handed over; its bytes are no longer kept here."""
    _write(home, replace(upload, job=job))
    _bytes(home, upload).unlink(missing_ok=True)


def list_uploads(home: Home, *, who: str) -> list[Upload]:
    """A person's unfinished uploads, oldest first."""
    mine = [upload for upload in _list(home) if upload.who == who and upload.job is None]
    return sorted(mine, key=lambda upload: upload.opened_at)


def sweep_uploads(home: Home, *, at: datetime) -> int:
    """Remove what is older than a day, of a check that was made what is older than its files; returns how many."""
    swept = 0
    for upload in _list(home):
        # Its files are kept from its job's end on, and are reached by this page alone.
        kept = KEPT + job_files.KEPT if upload.trial and upload.job is not None else KEPT
        if datetime.fromisoformat(upload.opened_at) < at - kept:
            shutil.rmtree(uploads_folder(home) / upload.token, ignore_errors=True)
            swept += 1
    for left in uploads_folder(home).glob("*.upload"):
        # Of a plain form whose process was killed.
        if left.stat().st_mtime < (at - KEPT).timestamp():
            left.unlink(missing_ok=True)
    return swept


def file_marks(*parts: object) -> str:
    """What tells one file from another without reading it."""
    return hashlib.sha256(json.dumps([str(part) for part in parts]).encode()).hexdigest()


def _same(upload: Upload) -> tuple[object, ...]:
    return (
        upload.organisation, upload.source, upload.filename, upload.size, upload.marks, upload.trial, upload.corrects,
    )  # fmt: skip


def uploads_folder(home: Home) -> Path:
    """The folder of files on their way in; made if it is missing, closed to all but the platform's user."""
    folder = home.root / "uploads"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _bytes(home: Home, upload: Upload) -> Path:
    return uploads_folder(home) / upload.token / "file"


def _list(home: Home) -> list[Upload]:
    return [upload for folder in uploads_folder(home).iterdir() if (upload := _read(folder)) is not None]


def _read(folder: Path) -> Upload | None:
    try:
        upload = Upload(**json.loads((folder / "upload.json").read_text(encoding="utf-8")))
    except (FileNotFoundError, NotADirectoryError):
        return None
    file = folder / "file"
    # How much is there is what the disk says: a kill cannot leave the two apart.
    return replace(upload, received=file.stat().st_size if file.exists() else 0)


def _write(home: Home, upload: Upload) -> None:
    page = uploads_folder(home) / upload.token / "upload.json"
    draft = page.with_suffix(".part")
    draft.write_text(json.dumps(asdict(upload), ensure_ascii=False), encoding="utf-8")
    draft.replace(page)


@contextmanager
def _alone(home: Home, upload: Upload) -> Iterator[None]:
    try:
        file = (uploads_folder(home) / upload.token / "lock").open("ab")
    except FileNotFoundError as error:
        raise NoSuchUpload(
            "这次上传已过期；请重新选择文件", "this upload has expired; choose the file again"
        ) from error
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
