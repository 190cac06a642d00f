"""Every signed head once more, in a file of the home that is only appended to.

A database put back to an older copy, or rid of its heads, no longer fits this file. A head is written after the commit
that made it, and at the latest when the log is opened next: the file is never ahead of the database, and one head
behind at most.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ecredit.foundation.kernel.home import Home
from ecredit.foundation.proof.keys import KeyRing

# Another process may have written the same head and its own after it; further back nobody's line is still missing.
_TAIL = 1 << 16


def keep_head(ring: KeyRing, checkpoint: str) -> None:
    """Append a signed head to the heads file of the home these keys are of, unless it is there. Raises OSError."""
    path = Home(ring.folder.parent).heads
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    line = json.dumps(checkpoint, ensure_ascii=False).encode() + b"\n"
    with path.open("ab+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if line not in _tail(file):
            file.write(line)
            file.flush()
            os.fsync(file.fileno())


def _tail(file: BinaryIO) -> bytes:
    """The last whole lines; a line torn by a power cut is cut off."""
    end = file.seek(0, os.SEEK_END)
    start = file.seek(max(0, end - _TAIL))
    tail = file.read()
    whole = tail.rfind(b"\n") + 1
    if whole < len(tail):
        file.truncate(start + whole)
    return tail[:whole]


def read_heads(path: Path) -> Iterator[tuple[int, str]]:
    """(line number, signed head) of every whole line; "" for a line that holds none. Nothing when there is no file."""
    if not path.exists():
        return
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.endswith(b"\n"):
                return
            try:
                head = json.loads(line)
            except ValueError:
                head = ""
            yield number, head if isinstance(head, str) else ""
