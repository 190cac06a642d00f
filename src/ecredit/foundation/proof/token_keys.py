"""Keys in a PKCS#11 token (a smart card, an HSM, SoftHSM): made there, used there, never out of it.

Of a signing pair the ES256 half lies in the token when one is configured. The SM2 half stays sealed in the keys folder: PKCS#11
has no number of its own for SM2, and each vendor's differs. The library is loaded only where there is a token.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import RLock
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from ecredit.foundation.proof import es256
from ecredit.foundation.proof.errors import KeysUnusable

_LOCK: Final = RLock()
"""A session does one thing at a time, whichever thread asks."""


@dataclass(frozen=True, slots=True)
class Token:
    """Which token: the vendor's library, the token's label or its slot's number, and the user's PIN."""

    module: Path
    label: str = ""
    slot: int | None = None
    pin: str = field(default="", repr=False)

    def make_key(self) -> tuple[str, EllipticCurvePublicKey]:
        """A new pair on P-256 whose private half cannot leave the token: a name for the time being, and the public half. Raises KeysUnusable."""
        name = f"ecredit-new-{os.urandom(6).hex()}"
        with _session(self) as (pkcs11, session):
            parameters = session.create_domain_parameters(
                pkcs11.KeyType.EC,
                {pkcs11.Attribute.EC_PARAMS: pkcs11.util.ec.encode_named_curve_parameters("secp256r1")},
                local=True,
            )
            public, _ = parameters.generate_keypair(
                store=True,
                label=name,
                private_template={pkcs11.Attribute.SENSITIVE: True, pkcs11.Attribute.EXTRACTABLE: False},
            )
            point = bytes(public[pkcs11.Attribute.EC_POINT])
            # Wrapped as an octet string, as the standard has it, or bare, as some tokens do; uncompressed either way.
            return name, es256.public_from_raw(point[-es256.PUBLIC_BYTES :])

    def rename(self, name: str, to: str) -> None:
        """Give both halves their name for good. Raises KeysUnusable."""
        with _session(self) as (pkcs11, session):
            for found in list(session.get_objects({pkcs11.Attribute.LABEL: name})):
                found[pkcs11.Attribute.LABEL] = to

    def sign(self, name: str, message: bytes) -> bytes:
        """r ‖ s of the message, s in the lower half. Raises KeysUnusable."""
        with _session(self) as (pkcs11, session):
            key = session.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY, label=name)
            raw = bytes(key.sign(hashlib.sha256(message).digest(), mechanism=pkcs11.Mechanism.ECDSA))
        r, s = int.from_bytes(raw[:32]), int.from_bytes(raw[32:])
        return r.to_bytes(32) + min(s, es256.ORDER - s).to_bytes(32)

    def has(self, name: str) -> bool:
        """Whether the private half is there. Raises KeysUnusable."""
        with _session(self) as (pkcs11, session):
            wanted = {pkcs11.Attribute.CLASS: pkcs11.ObjectClass.PRIVATE_KEY, pkcs11.Attribute.LABEL: name}
            return bool(list(session.get_objects(wanted)))

    def destroy(self, name: str) -> None:
        """Take both halves away for good; nothing happens when they are gone. Raises KeysUnusable."""
        with _session(self) as (pkcs11, session):
            for found in list(session.get_objects({pkcs11.Attribute.LABEL: name})):
                found.destroy()


@dataclass(slots=True)
class _Open:
    """The one session of this process: of which token, and the process that opened it (a fork has no use for it)."""

    token: Token | None = None
    pid: int = -1
    session: Any = None
    loaded_by: int = -1


_OPEN: Final = _Open()


@contextmanager
def _session(token: Token) -> Iterator[tuple[Any, Any]]:
    """The library and a session that is logged in; what goes wrong is said as KeysUnusable, and the next call begins anew."""
    pkcs11 = _library()
    with _LOCK:
        try:
            if (_OPEN.token, _OPEN.pid) != (token, os.getpid()):
                _close(pkcs11)
                _OPEN.session = _log_in(pkcs11, token)
                _OPEN.token, _OPEN.pid = token, os.getpid()
            yield pkcs11, _OPEN.session
        except pkcs11.PKCS11Error as error:
            _close(pkcs11)
            raise _fault(pkcs11, token, error) from error


def _close(pkcs11: Any) -> None:
    session, own = _OPEN.session, _OPEN.pid == os.getpid()
    _OPEN.token = _OPEN.session = None
    if session is not None and own:
        with suppress(pkcs11.PKCS11Error):
            session.close()


def _log_in(pkcs11: Any, token: Token) -> Any:
    try:
        library = pkcs11.lib(str(token.module))
    except RuntimeError as error:  # the dynamic loader's own words
        raise KeysUnusable(
            f"PKCS#11 库 {token.module} 装载不了：{error}",
            f"the PKCS#11 library {token.module} cannot be loaded: {error}",
        ) from error
    if _OPEN.loaded_by not in (-1, os.getpid()):
        library.reinitialize()
    _OPEN.loaded_by = os.getpid()
    there = (slot.get_token() for slot in library.get_slots(token_present=True))
    found = [
        one for one in there if token.slot in (None, one.slot.slot_id) and token.label in ("", one.label)
    ]
    if len(found) != 1:
        which = f"“{token.label}”" if token.label else f"{token.slot}"
        raise KeysUnusable(
            f"PKCS#11 令牌 {which} 找到 {len(found)} 个，应恰好一个：请核对 ECREDIT_PKCS11_TOKEN 或 ECREDIT_PKCS11_SLOT",
            f"{len(found)} PKCS#11 tokens are {which}, there must be one: check ECREDIT_PKCS11_TOKEN or ECREDIT_PKCS11_SLOT",
        )
    return found[0].open(rw=True, user_pin=token.pin)


def _library() -> Any:
    try:
        import pkcs11  # noqa: PLC0415 - an extra: only who has a token installs it
    except ImportError as error:
        raise KeysUnusable(
            "没有安装 python-pkcs11；请执行 pip install --require-hashes -r requirements-token.txt",
            "python-pkcs11 is not installed; run: pip install --require-hashes -r requirements-token.txt",
        ) from error
    return pkcs11


def _fault(pkcs11: Any, token: Token, error: Exception) -> KeysUnusable:
    name = token.label or f"{token.slot}"
    if isinstance(error, pkcs11.PinIncorrect | pkcs11.PinLenRange | pkcs11.PinInvalid):
        return KeysUnusable(
            f"PKCS#11 令牌 {name} 的 PIN 不对（ECREDIT_PKCS11_PIN）；多次错误会锁住令牌，请先核对",
            f"the PIN of the PKCS#11 token {name} is wrong (ECREDIT_PKCS11_PIN); several wrong ones lock it, so check first",
        )
    if isinstance(error, pkcs11.PinLocked):
        return KeysUnusable(f"PKCS#11 令牌 {name} 已锁住", f"the PKCS#11 token {name} is locked")
    if isinstance(error, pkcs11.NoSuchKey):
        return KeysUnusable(
            f"PKCS#11 令牌 {name} 里没有这把签名密钥：令牌换过，或密钥被删除",
            f"the PKCS#11 token {name} does not hold this signing key: another token, or the key was deleted",
        )
    said = str(error) or type(error).__name__
    return KeysUnusable(f"PKCS#11 令牌 {name} 出错：{said}", f"the PKCS#11 token {name} failed: {said}")
