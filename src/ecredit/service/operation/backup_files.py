"""The files of a home into a backup.

Everything below the home is taken but what is listed here, so that a room that keeps something new there is in the backup
without being asked. The order matters: the database is copied first, because what it names is written before it is named.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from ecredit.foundation.kernel.errors import EcreditError
from ecredit.foundation.kernel.home import Home
from ecredit.foundation.proof.checkpoint import parse_checkpoint
from ecredit.service.operation.backup_database import copy_sqlite
from ecredit.service.operation.backup_manifest import FileNote, note_file

HOME: Final = "home"
"""Where in a backup the home's files lie."""
_SQLITE: Final = b"SQLite format 3\0"
_BESIDE_SQLITE: Final = ("-wal", "-shm", "-journal")
_PIECE: Final = 1 << 20


def copy_lake(home: Home, backup: Path) -> list[FileNote]:
    """What only an evaluation writes: the lake and the public database. The caller keeps evaluations out."""
    notes = [_copy(home, path, backup) for path in _files(home, home.lake)]
    if home.public_db.exists():
        notes.append(_copy(home, home.public_db, backup))
    return [note for note in notes if note is not None]


def copy_rest(home: Home, backup: Path, *, log_size: int) -> list[FileNote]:
    """Everything else but keys and the operational database; of the heads file what is not later than `log_size`."""
    notes: list[FileNote | None] = []
    for path in _files(home, home.root):
        if path == home.heads:
            notes.append(_copy_heads(home, backup, log_size))
        elif path not in (home.operational_db, home.public_db) and home.lake not in path.parents:
            notes.append(_copy(home, path, backup))
    return [note for note in notes if note is not None]


def _files(home: Home, below: Path) -> Iterator[Path]:
    """The files to take, in a fixed order."""
    for folder, names, files in os.walk(below):
        here = Path(folder)
        names[:] = sorted(name for name in names if _taken(home, here / name))
        yield from (here / name for name in sorted(files) if _taken(home, here / name))


def _taken(home: Home, path: Path) -> bool:
    """Not the keys; not what is made again (the public copies of badges, articles and the log, today's public reports); not what a process is just writing (drafts, parts,
    scratch, locks); not a database's own side files.

    Nor uploads on their way in: they are in clear, and without its keys a backup gives nobody an identity number. Whoever sent one
    sends it again.
    """
    scratch = (
        home.keys,
        home.badges_db,
        home.stories_db,
        home.public_log_db,
        home.credit_reports,
        home.landing / "reading",
        home.landing / "staged",
        home.root / "uploads",
    )
    return not (
        path in scratch
        or path.is_symlink()
        or path.name.startswith((".", "evaluation-"))
        or path.name.endswith((".part", ".lock", *_BESIDE_SQLITE))
    )


def _copy(home: Home, path: Path, backup: Path) -> FileNote | None:
    """Copy one file; None when it is gone or no file. A SQLite database is copied as one instant of it."""
    name = f"{HOME}/{path.relative_to(home.root)}"
    target = backup / name
    try:
        if not path.is_file():
            return None
        with path.open("rb") as source:
            start = source.read(len(_SQLITE))
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if start == _SQLITE:
                copy_sqlite(path, target)
                return note_file(backup, name)
            source.seek(0)
            digest, size = hashlib.sha256(), 0
            with _private(target) as out:
                while piece := source.read(_PIECE):
                    digest.update(piece)
                    size += out.write(piece)
    except FileNotFoundError:
        return None
    return FileNote(name, digest.hexdigest(), size)


def _copy_heads(home: Home, backup: Path, log_size: int) -> FileNote:
    """The heads file up to the database's own last head; a line that is no head goes along, for the audit to name it."""
    name = f"{HOME}/{home.heads.relative_to(home.root)}"
    target = backup / name
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with home.heads.open("rb") as source, _private(target) as out:
        for line in source:
            if line.endswith(b"\n") and not _is_later(line, log_size):
                out.write(line)
    return note_file(backup, name)


def _is_later(line: bytes, log_size: int) -> bool:
    try:
        return parse_checkpoint(str(json.loads(line))).size > log_size
    except (ValueError, EcreditError):
        return False


def _private(path: Path) -> BinaryIO:
    """A new file only its owner can read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
