"""Signed papers and evidence as files: sealed in the home under their digest, of few kinds, told by their first bytes."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ecredit.foundation.kernel.errors import InputRefused
from ecredit.foundation.kernel.home import Home
from ecredit.foundation.proof.errors import SealBroken
from ecredit.foundation.proof.sealing import Sealer

MOST_BYTES: Final = 10 * 1024 * 1024
_KINDS: Final = (
    (b"%PDF-", "application/pdf", "pdf"),
    (b"\xff\xd8\xff", "image/jpeg", "jpg"),
    (b"\x89PNG\r\n\x1a\n", "image/png", "png"),
)


def keep_file(home: Home, sealer: Sealer, content: bytes) -> str:
    """Keep a file; gives its SHA-256. Raises InputRefused for one that is empty, too long, or no PDF, JPEG or PNG."""
    if not content or len(content) > MOST_BYTES:
        raise InputRefused(
            f"文件是空的，或超过 {MOST_BYTES >> 20} MB",
            f"the file is empty or longer than {MOST_BYTES >> 20} MB",
        )
    if kind_of(content) is None:
        raise InputRefused("只收 PDF、JPEG、PNG 文件", "only PDF, JPEG and PNG files are taken")
    digest = hashlib.sha256(content).hexdigest()
    path = kept_path(home, digest)
    if not path.exists():
        path.parent.mkdir(mode=0o700, exist_ok=True)
        draft = path.with_name(f".{path.name}")
        draft.write_bytes(sealer.seal_bytes(content))
        draft.chmod(0o600)
        draft.replace(path)
    return digest


def read_kept(home: Home, sealer: Sealer, digest: str) -> bytes:
    """The file of a digest. Raises SealBroken or FileNotFoundError when it is not as it was kept."""
    content = sealer.unseal_bytes(kept_path(home, digest).read_bytes())
    if hashlib.sha256(content).hexdigest() != digest:
        raise SealBroken("文件与登记的不一致", "the file is not the one that was kept")
    return content


def kind_of(content: bytes) -> tuple[str, str] | None:
    """The media type and the ending of a file that is taken; None for any other."""
    return next(((media, ending) for head, media, ending in _KINDS if content.startswith(head)), None)


def kept_path(home: Home, digest: str) -> Path:
    """Where the file of a digest lies, sealed."""
    return home.root / "commitments" / f"{digest}.sealed"


def list_broken(home: Home, sealer: Sealer, digests: Iterator[str]) -> Iterator[str]:
    """Those of these files that are gone or altered."""
    for digest in digests:
        try:
            read_kept(home, sealer, digest)
        except (OSError, SealBroken):
            yield digest
