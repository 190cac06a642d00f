"""The secret keys of one home, made once, never overwritten.

=====================
==========================================================================================
``log-signing.pem`` Ed25519 private key (PKCS 8): signs the heads of the log ``sealing-<kid>.key`` 64
bytes, base64: seals values and files; ``<kid>`` is s1, s2, …; the highest seals, all unseal ``index.key``
32 bytes, base64: keys the blind index; a change makes every index entry unfindable =====================
==========================================================================================

Whoever has the folder can read what is sealed and sign for the city: it is not to be backed up together
with the data.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from ecredit.foundation.proof.errors import KeysMissing, KeysUnusable

LOG_FILE = "log-signing.pem"
INDEX_FILE = "index.key"
SEALING_BYTES = 64
INDEX_BYTES = 32
_SEALING_FILE = re.compile(r"sealing-(s[1-9][0-9]*)\.key")


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The loaded keys. ``sealing_keys``: key id → 64 bytes; ``current``: the id that seals new values; ``folder``: where
    they lie."""

    log_key: Ed25519PrivateKey = field(repr=False)
    index_key: bytes = field(repr=False)
    sealing_keys: Mapping[str, bytes] = field(repr=False)
    current: str
    folder: Path = field(repr=False)

    @classmethod
    def create(cls, keys_dir: Path) -> KeyRing:
        """Make a new ring in *keys_dir*, which must be absent or empty; all files appear at once or none.

        Raises KeysUnusable when anything is there already.
        """
        keys_dir.parent.mkdir(parents=True, exist_ok=True)
        draft = keys_dir.with_name(f".{keys_dir.name}-{secrets.token_hex(6)}")
        draft.mkdir(mode=0o700)
        try:
            pem = Ed25519PrivateKey.generate().private_bytes(
                Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
            )
            write_new(draft / LOG_FILE, pem)
            write_new(draft / INDEX_FILE, base64.b64encode(secrets.token_bytes(INDEX_BYTES)))
            write_new(draft / "sealing-s1.key", base64.b64encode(secrets.token_bytes(SEALING_BYTES)))
            draft.rename(keys_dir)  # onto an absent or empty folder only
        except OSError as error:
            raise KeysUnusable(
                f"{keys_dir} 中已有文件，未生成新密钥（密钥从不覆盖）。",
                f"{keys_dir} is not empty; no new keys were made (keys are never overwritten).",
                path=str(keys_dir),
            ) from error
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        _sync_folder(keys_dir.parent)
        return cls.load(keys_dir)

    @classmethod
    def load(cls, keys_dir: Path) -> KeyRing:
        """Read the ring of *keys_dir*. Raises KeysMissing, or KeysUnusable for open or damaged files."""
        pem = read_secret(keys_dir / LOG_FILE)
        try:
            log_key = load_pem_private_key(pem, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise _damaged(keys_dir / LOG_FILE) from error
        if not isinstance(log_key, Ed25519PrivateKey):
            raise _damaged(keys_dir / LOG_FILE)
        names = sorted(
            (m[1] for p in keys_dir.iterdir() if (m := _SEALING_FILE.fullmatch(p.name))),
            key=lambda kid: int(kid[1:]),
        )
        if not names:
            raise _missing(keys_dir / "sealing-s1.key")
        return cls(
            log_key=log_key,
            index_key=_read_bytes(keys_dir / INDEX_FILE, INDEX_BYTES),
            sealing_keys={kid: _read_bytes(keys_dir / f"sealing-{kid}.key", SEALING_BYTES) for kid in names},
            current=names[-1],
            folder=keys_dir,
        )

    @classmethod
    def rotate_sealing(cls, keys_dir: Path) -> KeyRing:
        """Add a sealing key that seals from now on (older values stay readable); returns the new ring."""
        kid = f"s{int(cls.load(keys_dir).current[1:]) + 1}"
        write_new(keys_dir / f"sealing-{kid}.key", base64.b64encode(secrets.token_bytes(SEALING_BYTES)))
        return cls.load(keys_dir)


def write_over(path: Path, content: bytes) -> None:
    """Write a file in place of one that may exist: there is always the one or the other, whole; mode 0600."""
    _draft(path, content).replace(path)
    _sync_folder(path.parent)


def _draft(path: Path, content: bytes) -> Path:
    draft = path.with_name(f".{path.name}-{secrets.token_hex(6)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return draft


def write_new(path: Path, content: bytes) -> None:
    """Write a file that must not exist: whole and on disk before it has its name, mode 0600."""
    draft = _draft(path, content)
    try:
        os.link(draft, path)  # unlike rename, refuses when the name is taken
    except FileExistsError as error:
        raise KeysUnusable(
            f"密钥文件 {path} 已存在，未覆盖。",
            f"Key file {path} exists; it was not overwritten.",
            path=str(path),
        ) from error
    finally:
        draft.unlink()
    _sync_folder(path.parent)


def delete_secret(path: Path) -> None:
    """Take a key file away for good; nothing happens when it is gone already."""
    path.unlink(missing_ok=True)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_secret(path: Path) -> bytes:
    """The content of a key file. Raises KeysMissing, or KeysUnusable when it is open to others or cannot be read."""
    try:
        mode = path.stat().st_mode
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise _missing(path) from error
    except OSError as error:
        raise KeysUnusable(
            f"密钥文件 {path} 无法读取：{error.strerror}。",
            f"Key file {path} cannot be read: {error.strerror}.",
            path=str(path),
        ) from error
    if mode & 0o077:
        raise KeysUnusable(
            f"密钥文件 {path} 对其他用户开放，请执行 chmod 600。",
            f"Key file {path} is open to other users; run chmod 600 on it.",
            path=str(path),
        )
    return content


def _read_bytes(path: Path, size: int) -> bytes:
    try:
        value = base64.b64decode(read_secret(path).strip(), validate=True)
    except binascii.Error as error:
        raise _damaged(path) from error
    if len(value) != size:
        raise _damaged(path)
    return value


def _missing(path: Path) -> KeysMissing:
    return KeysMissing(
        f"缺少密钥文件 {path}。新目录请先执行 ecredit init；已有数据请从备份恢复密钥。",
        f"Key file {path} is missing. Run ecredit init for a new home, or restore the keys from backup.",
        path=str(path),
    )


def _damaged(path: Path) -> KeysUnusable:
    return KeysUnusable(
        f"密钥文件 {path} 已损坏，请从备份恢复。",
        f"Key file {path} is damaged; restore it from backup.",
        path=str(path),
    )
