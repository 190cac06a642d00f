"""The public copy of badges (`home/badges.sqlite3`): what the portal reads of them, beside the public database.

It follows the operational database, a run at a time, and can be deleted and made again. It holds the badges with their
signatures, the signed status lists, and the city's public keys: nothing that is not made to be carried about.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from ecredit.foundation.kernel.home import Home
from ecredit.foundation.proof.badge_forms import CREDENTIAL_TYP, instant, status_address
from ecredit.foundation.proof.city_keys import CityKeys, write_keys
from ecredit.foundation.proof.jws import encode, join, signing_input
from ecredit.foundation.proof.signing_keys import SigningPair
from ecredit.foundation.proof.status_list import LIST_FORMAT, PLACES, pack_bits, status_credential
from ecredit.service.badges.models import Badge, BadgeCity
from ecredit.service.badges.types import City
from ecredit.service.publicity.copy_writing import writing_copy

LIST_DAYS: Final = 2
"""How long a signed status list may be relied upon; it is signed anew with every run."""
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS city(id INTEGER PRIMARY KEY, site TEXT NOT NULL, issuer TEXT NOT NULL, name TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS badge(
  id TEXT PRIMARY KEY, code TEXT NOT NULL, place INTEGER NOT NULL, city INTEGER NOT NULL, claims TEXT NOT NULL,
  seed BLOB NOT NULL, signatures BLOB NOT NULL, kid TEXT NOT NULL, valid_from INTEGER NOT NULL, valid_until INTEGER NOT NULL,
  issued_at INTEGER NOT NULL, ended_at INTEGER, ended_why TEXT NOT NULL, successor TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS badge_live ON badge(code) WHERE ended_at IS NULL;
CREATE TABLE IF NOT EXISTS status_list(number INTEGER PRIMARY KEY, doc TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID
"""
_COPIED: Final = (
    "badge_id", "code", "place", "city_id", "claims", "seed", "signatures", "kid", "valid_from", "valid_until", "issued_at",
    "ended_at", "ended_why", "successor",
)  # fmt: skip


def copy_out(
    home: Home, pair: SigningPair, city: City, keys: CityKeys, *, at: datetime, full: bool = False
) -> None:
    """Bring the copy up to the operational database, sign every status list anew, publish the keys. All of it is seen, or none.

    With `full`, or when the copy is of a later day than the database (which was restored), every row is copied anew.
    """
    newest = Badge.objects.order_by("-leaf").values_list("leaf", flat=True).first()
    with writing_copy(home.badges_db, _TABLES) as connection:
        run = connection.execute
        done = run("SELECT value FROM meta WHERE key = 'leaf'").fetchone()
        through = -1 if done is None or full else int(done[0])
        if full or newest is None or through > newest:
            through = -1
            run("DELETE FROM badge")
            run("DELETE FROM status_list")
        rows = Badge.objects.filter(leaf__gt=through).values_list(*_COPIED).iterator(chunk_size=5_000)
        run("DELETE FROM city")
        connection.executemany(
            "INSERT INTO city VALUES (?,?,?,?)", BadgeCity.objects.values_list("pk", "site", "issuer", "name")
        )
        connection.executemany(
            f"INSERT OR REPLACE INTO badge VALUES ({','.join('?' * len(_COPIED))})", map(plain_row, rows)
        )
        values = {"leaf": str(through if newest is None else newest), "keys": json.dumps(write_keys(keys))}
        connection.executemany("INSERT OR REPLACE INTO meta VALUES (?,?)", values.items())
        (last,) = run("SELECT max(place) FROM badge").fetchone()
        for number in range(0 if last is None else last // PLACES + 1):
            revoked = run(
                "SELECT place FROM badge WHERE ended_at IS NOT NULL AND place >= ? AND place < ?",
                (number * PLACES, (number + 1) * PLACES),
            )
            doc = sign_list(number, (place % PLACES for (place,) in revoked), pair, city, at=at)
            run("INSERT OR REPLACE INTO status_list VALUES (?,?)", (number, doc))
    publish_keys(home, keys)


def publish_keys(home: Home, keys: CityKeys) -> None:
    """Write the city's public keys where they are taken from to be published."""
    draft = home.city_keys.with_suffix(".part")
    draft.write_text(json.dumps(write_keys(keys), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    draft.replace(home.city_keys)


def sign_list(number: int, revoked: Iterator[int], pair: SigningPair, city: City, *, at: datetime) -> str:
    """A status list as a file: its credential, and the SM2 signature of the same bytes."""
    payload = status_credential(
        address=status_address(city.site, number),
        issuer=city.issuer,
        issuer_name=city.name,
        encoded=pack_bits(revoked),
        valid_from=instant(at),
        valid_until=instant(at + timedelta(days=LIST_DAYS)),
    )
    header = {"alg": "ES256", "kid": f"{city.issuer}#{pair.kid}", "typ": CREDENTIAL_TYP, "cty": "vc"}
    signed = signing_input(header, payload)
    token, twin = join(signed, pair.sign_es256(signed)), encode(pair.sign_sm2(signed))
    return json.dumps({"format": LIST_FORMAT, "credential": token, "sm2": twin})


def copied_columns() -> tuple[str, ...]:
    """The columns of the operational table that are copied, in the copy's order."""
    return _COPIED


def plain_row(row: Sequence[Any]) -> list[Any]:
    """A row's values as the copy holds them."""
    return [
        int(value.timestamp())
        if isinstance(value, datetime)
        else bytes(value)
        if isinstance(value, memoryview)
        else value
        for value in row
    ]
