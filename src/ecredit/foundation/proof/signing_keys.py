"""The keys a city signs with: pairs of ES256 and SM2, each with an id, a time, and an end.

==========================  ===================================================================================
``signing-<kid>.json``      the public half: both public keys, from when and until when they sign
``signing-<kid>.key``       the private half, sealed with the home's sealing keys (`sealing`); of ES256 only that it lies in
                            a token, where it does (`token_keys`)
``signing-<kid>.retired``   from when on the pair signs nothing more; the private half is deleted with it
``signing-<kid>.stolen``    from when on it may have been in other hands
==========================  ===================================================================================

They lie in the home's keys folder, readable by the owner only, and go where it goes (`ecredit backup --keys`). What an
earlier key signed goes on being verified by its public half, which stays; of a stolen one only what is shown to be older than the theft.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from ecredit.foundation.proof import es256
from ecredit.foundation.proof.city_keys import CityKey, CityKeys, key_id, read_keys, write_keys
from ecredit.foundation.proof.errors import KeysMissing, KeysUnusable, SealBroken
from ecredit.foundation.proof.keys import delete_secret, read_secret, write_new, write_over
from ecredit.foundation.proof.sealing import Sealer
from ecredit.foundation.proof.sm2 import Sm2PrivateKey
from ecredit.foundation.proof.token_keys import Token

_PUBLIC: Final = re.compile(r"signing-([0-9a-f]{8})\.json")
_PURPOSE: Final = "keys.signing"
_ELSEWHERE: Final = "token"


@dataclass(frozen=True, slots=True)
class SigningPair:
    """A pair that may sign. Both signatures are r ‖ s, 64 bytes."""

    public: CityKey
    _es256: ec.EllipticCurvePrivateKey | Token = field(repr=False)
    _sm2: Sm2PrivateKey = field(repr=False)

    @property
    def kid(self) -> str:
        """The pair's id."""
        return self.public.kid

    def sign_es256(self, message: bytes) -> bytes:
        """The ES256 signature. Raises KeysUnusable where it is a token's to make and the token does not."""
        if isinstance(self._es256, Token):
            return self._es256.sign(_name(self.kid), message)
        return es256.sign(self._es256, message)

    def sign_sm2(self, message: bytes) -> bytes:
        """The SM2 signature, over SM3. Raises KeysUnusable where the machine has no SM2."""
        return self._sm2.sign(message)


def make_pair(
    folder: Path, sealer: Sealer, *, since: datetime, until: datetime, token: Token | None = None
) -> CityKey:
    """A new pair that signs in [since, until); the newest that signs is the one that is used. With a token its ES256 half is made
    there and stays there. Raises KeysUnusable."""
    twin = Sm2PrivateKey.generate()
    since, until = since.replace(microsecond=0), until.replace(microsecond=0)
    public, held = _make_es256() if token is None else _make_in(token)
    key = CityKey(key_id(public), public, twin.public, since, until)
    if token is not None:
        token.rename(held, _name(key.kid))
        held = _ELSEWHERE
    sealed = sealer.seal(f"{_PURPOSE}.{key.kid}", json.dumps({"es256": held, "sm2": twin.raw.hex()}))
    write_new(folder / f"signing-{key.kid}.key", sealed.encode("ascii"))
    text = json.dumps(write_keys(CityKeys("-", "-", (key,))), indent=1)
    write_new(folder / f"signing-{key.kid}.json", text.encode())
    return key


def _make_es256() -> tuple[ec.EllipticCurvePublicKey, str]:
    private = ec.generate_private_key(ec.SECP256R1())
    return private.public_key(), private.private_bytes(
        Encoding.DER, PrivateFormat.PKCS8, NoEncryption()
    ).hex()


def _make_in(token: Token) -> tuple[ec.EllipticCurvePublicKey, str]:
    name, public = token.make_key()
    return public, name


def _name(kid: str) -> str:
    """As what a token knows a pair."""
    return f"ecredit-{kid}"


def _no_key(kid: str) -> KeysMissing:
    return KeysMissing(f"没有签名密钥 {kid}", f"there is no signing key {kid}", kid=kid)


def retire_pair(folder: Path, kid: str, *, at: datetime, token: Token | None = None) -> None:
    """From now on the pair signs nothing more: its private half is deleted, in the token too. Said again it changes nothing. Raises KeysMissing."""
    if kid not in {key.kid for key in list_city_keys(folder)}:
        raise _no_key(kid)
    if not (folder / f"signing-{kid}.retired").exists():
        # Times are whole seconds: what was signed within this one was signed before.
        ended = at.replace(microsecond=0) + timedelta(seconds=1 if at.microsecond else 0)
        write_new(folder / f"signing-{kid}.retired", ended.isoformat().encode())
    delete_secret(folder / f"signing-{kid}.key")
    if token is not None:
        token.destroy(_name(kid))


def denounce_pair(folder: Path, kid: str, *, since: datetime, at: datetime) -> datetime:
    """Retire the pair as one that may have been in other hands since an instant; gives the instant that stands.

    Said again an earlier instant counts, a later one does not: what was doubted stays in doubt. What a token holds of the pair is
    for `destroy_in`: the doubt must stand also where the token is gone. Raises KeysMissing.
    """
    if kid not in {key.kid for key in list_city_keys(folder)}:
        raise _no_key(kid)
    path, stands = folder / f"signing-{kid}.stolen", since.replace(microsecond=0).astimezone(UTC)
    before = _read_instant(path) if path.exists() else None
    if before is None or stands < before:
        # Written before anything is taken away, and never taken away to be written anew.
        write_over(path, stands.isoformat().encode())
    else:
        stands = before
    retire_pair(folder, kid, at=at)
    return stands


def destroy_in(token: Token, kid: str) -> None:
    """Take away what a token holds of a pair. Raises KeysUnusable."""
    token.destroy(_name(kid))


def list_city_keys(folder: Path) -> tuple[CityKey, ...]:
    """The public halves, newest first. Raises KeysUnusable for a damaged or open file."""
    found = []
    for path in folder.iterdir() if folder.is_dir() else ():
        match = _PUBLIC.fullmatch(path.name)
        if match is not None:
            (key,) = read_keys(read_secret(path)).keys
            retired = folder / f"signing-{key.kid}.retired"
            ended = _read_instant(retired) if retired.exists() else None
            stolen = folder / f"signing-{key.kid}.stolen"
            doubted = _read_instant(stolen) if stolen.exists() else None
            found.append(CityKey(key.kid, key.es256, key.sm2, key.since, key.until, ended, doubted))
    return tuple(sorted(found, key=lambda key: (key.since, key.kid), reverse=True))


def load_pair(folder: Path, sealer: Sealer, *, at: datetime, token: Token | None = None) -> SigningPair:
    """The newest pair that signs at an instant. Raises KeysMissing when there is none, KeysUnusable for a damaged one, or one in a
    token that is not at hand."""
    public = next((key for key in list_city_keys(folder) if key.signs(at) and key.retired_at is None), None)
    if public is None:
        raise KeysMissing(
            "没有可用的签名密钥，请先执行 ecredit badge key new",
            "there is no signing key that may sign now; make one with: ecredit badge key new",
        )
    path = folder / f"signing-{public.kid}.key"
    try:
        held = json.loads(
            sealer.unseal(f"{_PURPOSE}.{public.kid}", read_secret(path).decode("ascii").strip())
        )
        private = (
            None
            if held["es256"] == _ELSEWHERE
            else load_der_private_key(bytes.fromhex(held["es256"]), password=None)
        )
        twin = Sm2PrivateKey(bytes.fromhex(held["sm2"]))
    except (SealBroken, ValueError, KeyError, TypeError) as error:
        raise _damaged(path) from error
    if twin.public != public.sm2:
        raise _damaged(path)
    if private is None:
        if token is None:
            raise KeysUnusable(
                f"签名密钥 {public.kid} 在 PKCS#11 令牌里，请设置 ECREDIT_PKCS11_MODULE",
                f"the signing key {public.kid} lies in a PKCS#11 token; set ECREDIT_PKCS11_MODULE",
            )
        return SigningPair(public, token, twin)
    if not isinstance(private, ec.EllipticCurvePrivateKey):
        raise _damaged(path)
    if es256.raw_public(private.public_key()) != es256.raw_public(public.es256):
        raise _damaged(path)
    return SigningPair(public, private, twin)


def _read_instant(path: Path) -> datetime:
    try:
        return datetime.fromisoformat(read_secret(path).decode("ascii").strip())
    except ValueError as error:
        raise _damaged(path) from error


def _damaged(path: Path) -> KeysUnusable:
    return KeysUnusable(
        f"签名密钥文件 {path} 已损坏，请从备份恢复。",
        f"The signing key file {path} is damaged; restore it from backup.",
        path=str(path),
    )
