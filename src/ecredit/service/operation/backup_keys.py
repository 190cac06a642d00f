"""The keys of a home in a backup: only when asked for, and never but encrypted under a passphrase.

`keys.sealed`: one line `ECKEYS1 <n> <r> <p> <salt hex>` (scrypt), then a sealed file (`foundation/proof`, AES-256-GCM) of a
JSON object: file name → content in base64. It needs nothing but the passphrase to be opened.
"""

import base64
import hashlib
import io
import json
import os
import re
import secrets
from pathlib import Path
from typing import Final

from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.proof.errors import SealBroken
from ecredit.foundation.proof.sealed_frames import SealedReader, seal_stream

KEYS: Final = "keys.sealed"
SHORTEST: Final = 12
_COST: Final = (1 << 16, 8, 1)
_HEAD: Final = re.compile(rb"ECKEYS1 (\d{1,8}) (\d{1,3}) (\d{1,3}) ([0-9a-f]{32})\n")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_KID: Final = "pass"
_MOST_COST: Final = 1 << 20


def seal_keys(keys: Path, passphrase: str) -> bytes:
    """All files of the keys folder under the passphrase. Raises WrongUse for a short one."""
    if len(passphrase) < SHORTEST:
        raise WrongUse(
            f"备份口令至少要 {SHORTEST} 个字符",
            f"the passphrase of a backup has at least {SHORTEST} characters",
        )
    held = {p.name: base64.b64encode(p.read_bytes()).decode() for p in sorted(keys.iterdir()) if _is_key(p)}
    salt = secrets.token_bytes(16)
    head = f"ECKEYS1 {' '.join(map(str, _COST))} {salt.hex()}\n".encode()
    plain = io.BytesIO(json.dumps(held).encode())
    return head + b"".join(seal_stream(plain.read, _key(passphrase, salt, _COST), _KID))


def open_keys(sealed: bytes, passphrase: str) -> dict[str, bytes]:
    """File name → content. Raises WrongUse for a wrong passphrase or a damaged file."""
    head = _HEAD.match(sealed)
    cost = (0, 0, 0) if head is None else (int(head[1]), int(head[2]), int(head[3]))
    if head is None or not 1 < cost[0] <= _MOST_COST or cost[1] > 32 or cost[2] > 4:
        raise _unusable()
    try:
        key = _key(passphrase, bytes.fromhex(head[4].decode()), cost)
        with SealedReader(io.BytesIO(sealed[head.end() :]), {_KID: key}) as reader:
            held: dict[str, str] = json.loads(reader.readall())
    except (SealBroken, ValueError) as error:
        raise _unusable() from error
    if not all(_NAME.fullmatch(name) for name in held):
        raise _unusable()
    return {name: base64.b64decode(content) for name, content in held.items()}


def read_keys(folder: Path) -> dict[str, bytes]:
    """The files of a keys folder that was kept apart. Raises WrongUse when it holds none."""
    held = {p.name: p.read_bytes() for p in sorted(folder.iterdir()) if _is_key(p)} if folder.is_dir() else {}
    if not held:
        raise WrongUse(f"{folder} 中没有密钥文件", f"there are no key files in {folder}")
    return held


def write_keys(keys: Path, held: dict[str, bytes]) -> None:
    """Put key files into a keys folder, readable by the owner only."""
    keys.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, content in held.items():
        with os.fdopen(os.open(keys / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)


def _is_key(path: Path) -> bool:
    return path.is_file() and _NAME.fullmatch(path.name) is not None


def _key(passphrase: str, salt: bytes, cost: tuple[int, int, int]) -> bytes:
    n, r, p = cost
    return hashlib.scrypt(passphrase.encode(), salt=salt, n=n, r=r, p=p, maxmem=129 * n * r, dklen=64)


def _unusable() -> WrongUse:
    return WrongUse(
        "备份中的密钥打不开：口令不对，或文件已损坏",
        "the keys in the backup cannot be opened: another passphrase, or a damaged file",
    )
