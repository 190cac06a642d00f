"""Reads of the public copy of badges, for the portal and whoever serves a copy of it. No tables of Django's are needed."""

import sqlite3
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ecredit.foundation.proof.badge_types import BadgeSignatures
from ecredit.service.badges.badge_rows import claims_of
from ecredit.service.badges.types import City, PublicBadge


class PublicBadges:
    """The public copy at a path, opened read-only when first asked; one connection a thread. Without the file it is empty."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()

    def find(self, badge_id: str) -> PublicBadge | None:
        """The badge of that id, whatever became of it."""
        return self._one("b.id = ?", badge_id)

    def find_live(self, code: str) -> PublicBadge | None:
        """The badge of a subject that was not revoked."""
        return self._one("b.code = ? AND b.ended_at IS NULL", code)

    def status_list(self, number: int) -> str | None:
        """The file of a status list."""
        return self._text("SELECT doc FROM status_list WHERE number = ?", number)

    def keys(self) -> str | None:
        """The city's published keys (a JSON Web Key Set)."""
        return self._text("SELECT value FROM meta WHERE key = ?", "keys")

    def _one(self, where: str, value: object) -> PublicBadge | None:
        connection = self._connection()
        if connection is None:
            return None
        row = connection.execute(
            "SELECT b.id, b.place, b.claims, b.seed, b.signatures, b.kid, b.valid_from, b.valid_until, b.issued_at, b.ended_at,"
            f" b.ended_why, b.successor, c.site, c.issuer, c.name FROM badge b JOIN city c ON c.id = b.city WHERE {where}",
            (value,),
        ).fetchone()
        return None if row is None else _public(row)

    def _text(self, sql: str, value: object) -> str | None:
        connection = self._connection()
        row = None if connection is None else connection.execute(sql, (value,)).fetchone()
        return None if row is None else str(row[0])

    def _connection(self) -> sqlite3.Connection | None:
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is None and self._path.exists():
            found = sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=ro", uri=True, timeout=30)
            self._local.connection = found
        return found


def _public(row: tuple[Any, ...]) -> PublicBadge:
    badge, place, claims, seed, signatures, kid, since, until, issued, ended, why, successor, *city = row
    return PublicBadge(
        claims=claims_of(
            claims,
            badge_id=badge,
            place=place,
            city=City(*city),
            since=_instant(since),
            until=_instant(until),
        ),
        signatures=BadgeSignatures.from_raw(signatures),
        seed=seed,
        kid=kid,
        issued_at=_instant(issued),
        ended_at=None if ended is None else _instant(ended),
        ended_why=why,
        successor=successor,
    )


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
