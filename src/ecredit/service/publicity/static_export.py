"""The public site as plain files: written whole into a folder that any web server can serve.

A file is replaced in one step and only when it says something else than before. Every file is noted before it is written, so
that what is taken down is gone from the folder after the next run, also when a run was cut off. A folder that holds anything
else is refused: nothing of somebody else's is ever removed.
"""

import fcntl
import hashlib
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final, Protocol

from ecredit.foundation.kernel.errors import WrongUse

OWN: Final = ".ecredit"
"""The folder beside the pages with what this needs to know; web servers should not serve it."""
_TOGETHER: Final = 500
_TABLES: Final = (
    "CREATE TABLE IF NOT EXISTS file(path TEXT PRIMARY KEY, digest BLOB, run INTEGER NOT NULL) WITHOUT ROWID"
)

SiteFile = tuple[str, Iterable[bytes]]
"""Path below the folder, with slashes, and the content in pieces."""
Told = Callable[[int], None]


class Site(Protocol):
    """What there is to write, for a day."""

    def fixed(self) -> Iterator[SiteFile]:
        """Every file that is not of one subject."""

    def subjects(self) -> Iterator[tuple[str, list[SiteFile]]]:
        """Each subject's code and its files."""

    def closing_files(self, paths: Iterable[str]) -> Iterator[SiteFile]:
        """What tells of all the others, whose paths these are."""

    def state(self) -> str:
        """What changes whenever the content does."""

    def right_until(self) -> date | None:
        """The first day on which something here must no longer be shown; None while no end is known."""


@dataclass(frozen=True, slots=True)
class ExportSummary:
    """What a run did. `changed_meanwhile`: the public database was written to while it ran; run it again.

    right_until  the first day on which something in the folder must no longer be shown
    """

    day: date
    right_until: date | None
    subjects: int
    files: int
    written: int
    removed: int
    bytes_written: int
    seconds: float
    changed_meanwhile: bool


def export_site(site: Site, folder: Path, *, day: date, told: Told | None = None) -> ExportSummary:
    """Bring a folder to what the site says on a day. Raises WrongUse for a folder that is not ours."""
    began, state = time.perf_counter(), site.state()
    with _alone(folder), closing(_open(folder)) as notes:
        run = _Run(folder, notes)
        run.put(site.fixed())
        subjects, waiting = 0, list[SiteFile]()
        for _, files in site.subjects():
            subjects += 1
            waiting += files
            if len(waiting) >= _TOGETHER:
                run.put(waiting)
                waiting = []
                if told is not None:
                    told(subjects)
        run.put(waiting)
        run.put(list(site.closing_files(run.paths())))
        run.remove_others()
        (files_now,) = notes.execute("SELECT count(*) FROM file").fetchone()
    return ExportSummary(
        day, site.right_until(), subjects, files_now, run.written, run.removed, run.bytes_written,
        time.perf_counter() - began, site.state() != state,
    )  # fmt: skip


class _Run:
    """One run over a folder."""

    def __init__(self, folder: Path, notes: sqlite3.Connection) -> None:
        self._folder, self._notes = folder, notes
        self._draft = folder / OWN / "draft"
        self._folders: set[Path] = set()
        (self._number,) = notes.execute("SELECT coalesce(max(run), 0) + 1 FROM file").fetchone()
        self.written = self.removed = self.bytes_written = 0

    def put(self, files: Iterable[SiteFile]) -> None:
        """Write what says something else than before."""
        block: list[SiteFile] = []
        for file in files:
            block.append(file)
            # What comes in pieces may be long: it is not held with others.
            if len(block) >= _TOGETHER or not isinstance(file[1], list):
                self._put(block)
                block = []
        self._put(block)

    def _put(self, block: list[SiteFile]) -> None:
        known = {path: self._digest(path) for path, _ in block}
        with self._notes:
            self._notes.executemany(
                "INSERT INTO file VALUES (?, NULL, ?) ON CONFLICT(path) DO UPDATE SET run = excluded.run",
                ((path, self._number) for path, _ in block),
            )
        digests = [(self._write(path, pieces, known[path]), path) for path, pieces in block]
        with self._notes:
            self._notes.executemany("UPDATE file SET digest = ? WHERE path = ?", digests)

    def _digest(self, path: str) -> bytes | None:
        found = self._notes.execute("SELECT digest FROM file WHERE path = ?", (path,)).fetchone()
        return None if found is None else found[0]

    def _write(self, path: str, pieces: Iterable[bytes], known: bytes | None) -> bytes:
        target = self._folder / path
        if isinstance(pieces, list):
            digest = hashlib.blake2b(b"".join(pieces), digest_size=16).digest()
            if digest == known and target.exists():
                return digest
        hashed = hashlib.blake2b(digest_size=16)
        size = 0
        with self._draft.open("wb") as draft:
            for piece in pieces:
                hashed.update(piece)
                size += len(piece)
                draft.write(piece)
        digest = hashed.digest()
        if digest != known or not target.exists():
            if target.parent not in self._folders:
                target.parent.mkdir(parents=True, exist_ok=True)
                self._folders.add(target.parent)
            self._draft.replace(target)
            self.written += 1
            self.bytes_written += size
        return digest

    def paths(self) -> Iterator[str]:
        """The paths of this run, in order."""
        rows = self._notes.execute("SELECT path FROM file WHERE run = ? ORDER BY path", (self._number,))
        yield from (row[0] for row in rows)

    def remove_others(self) -> None:
        """Take away what earlier runs wrote and this one did not."""
        gone = self._notes.execute("SELECT path FROM file WHERE run <> ?", (self._number,)).fetchall()
        for (path,) in gone:
            (self._folder / path).unlink(missing_ok=True)
            self.removed += 1
        with self._notes:
            self._notes.execute("DELETE FROM file WHERE run <> ?", (self._number,))


def _open(folder: Path) -> sqlite3.Connection:
    notes = sqlite3.connect(folder / OWN / "files.sqlite3")
    for pragma in ("journal_mode=TRUNCATE", "synchronous=NORMAL", "secure_delete=ON"):
        notes.execute(f"PRAGMA {pragma}")
    notes.execute(_TABLES)
    return notes


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Only one run at a time, and only in a folder that is empty or was written by one."""
    own = folder / OWN
    if folder.exists() and not own.is_dir() and (not folder.is_dir() or any(folder.iterdir())):
        raise WrongUse(
            f"{folder} 里有别的内容；请给一个空目录，或者以前导出的目录",
            f"{folder} holds something else; give an empty folder, or one exported into before",
            folder=str(folder),
        )
    own.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (own / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise WrongUse(
                f"正在向 {folder} 导出，请等它结束",
                f"{folder} is being written; wait for it to end",
                folder=str(folder),
            ) from error
        (own / "draft").unlink(missing_ok=True)
        yield
        (own / "draft").unlink(missing_ok=True)
