"""What a backup says of itself: `manifest.json`, written last, so that a folder without one is no backup."""

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from ecredit.foundation.kernel.errors import CheckFailed, WrongUse

MANIFEST: Final = "manifest.json"
FORMAT: Final = 1
_PIECE: Final = 1 << 20


class BackupBroken(CheckFailed):
    """A backup is incomplete, or a file of it is not what was backed up."""

    code = "backup.broken"


@dataclass(frozen=True, slots=True)
class FileNote:
    """A file of the backup: its path below the backup's folder, SHA-256, size in bytes."""

    path: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """A whole backup. `made_at` is ISO 8601; `checkpoint` the signed head of the log as the database in it has it.

    `database` is `sqlite` or `postgresql`; `keys` is `sealed` when they are in it (encrypted), else `apart`; `migrations` are
    those applied, as `app.name`; `missing` the files the database names that the home did not have.
    """

    made_at: str
    program: str
    database: str
    keys: str
    log_size: int
    checkpoint: str
    migrations: tuple[str, ...]
    files: tuple[FileNote, ...]
    missing: tuple[str, ...]
    format: int = FORMAT


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Put the manifest into the backup, whole or not at all, after everything else is on the disk."""
    os.sync()
    draft = folder / f".{MANIFEST}"
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(asdict(manifest), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    draft.replace(folder / MANIFEST)


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a backup. Raises WrongUse when there is none, BackupBroken for one that cannot be read."""
    path = folder / MANIFEST
    if not path.is_file():
        raise WrongUse(
            f"{folder} 不是完整的备份：没有 {MANIFEST}（备份没有做完，或目录不对）",
            f"{folder} is no whole backup: there is no {MANIFEST} (it was cut off, or this is another folder)",
        )
    try:
        held: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if held.get("format") != FORMAT:
            raise WrongUse(
                f"{path} 的格式是 {held.get('format')}，本程序只认 {FORMAT}；请用做备份的那个版本恢复",
                f"{path} has format {held.get('format')}, this program reads {FORMAT}; restore with the version that made it",
            )
        files = tuple(FileNote(str(f["path"]), str(f["sha256"]), int(f["size"])) for f in held.pop("files"))
        lists: dict[str, Any] = {name: tuple(held.pop(name)) for name in ("migrations", "missing")}
        manifest = Manifest(files=files, **lists, **held)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BackupBroken(f"{path} 已损坏", f"{path} is damaged") from error
    for note in files:
        if Path(note.path).is_absolute() or ".." in Path(note.path).parts:
            raise BackupBroken(f"{path} 中有备份之外的路径", f"{path} names a path outside the backup")
    return manifest


def check_files(folder: Path, files: Sequence[FileNote]) -> Iterator[tuple[str, str]]:
    """What is wrong with the files of a backup: (Chinese, English) for each."""
    for note in files:
        path = folder / note.path
        if not path.is_file():
            yield f"缺少 {note.path}", f"{note.path} is missing"
        elif note_file(folder, note.path) != note:
            yield f"{note.path} 被改动", f"{note.path} was altered"


def note_file(folder: Path, path: str) -> FileNote:
    """A file as the manifest notes it."""
    digest, size = hashlib.sha256(), 0
    with (folder / path).open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
            size += len(piece)
    return FileNote(path, digest.hexdigest(), size)
