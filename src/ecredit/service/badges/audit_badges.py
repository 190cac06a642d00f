"""The audit of badges: each row is as this home wrote it, none is missing, and the public copy says the same."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from typing import Any

from django.utils import timezone

from ecredit.facts.actors.audit_types import AuditFinding
from ecredit.facts.actors.canonical import read_object
from ecredit.facts.actors.models import JournalEntry
from ecredit.facts.actors.queries import read_journal
from ecredit.foundation.kernel.home import Home
from ecredit.foundation.proof.badge_status import open_list
from ecredit.foundation.proof.checks import Asked, Checks
from ecredit.foundation.proof.city_keys import CityKeys, write_keys
from ecredit.foundation.proof.errors import TokenBroken
from ecredit.foundation.proof.jws import read_object as parse_object
from ecredit.foundation.proof.sealing import Sealer
from ecredit.foundation.proof.signing_keys import list_city_keys
from ecredit.foundation.proof.status_list import PLACES, is_set
from ecredit.service.badges.badge_rows import COLUMNS, add_up, is_ours, row_of
from ecredit.service.badges.issue_actions import last_sum
from ecredit.service.badges.models import Badge, BadgeCity
from ecredit.service.badges.public_copy import copied_columns, plain_row
from ecredit.service.badges.signing_actions import DENOUNCED, MADE, RETIRED, city_keys


def audit_badges(home: Home, sealer: Sealer) -> Iterator[AuditFinding]:
    """Badges altered, added, removed or put back by hand; a public copy that differs."""
    leaf, said_count, said_sum = last_sum()
    count = total = 0
    # Without a copy nothing false is shown; the next run makes one.
    whole = home.badges_db.exists()
    with closing(_open_copy(home)) as copy:
        for values in Badge.objects.order_by("badge_id").values(*COLUMNS).iterator(chunk_size=5_000):
            row = row_of(values)
            count, total = count + 1, add_up(total, new=_hex(row.binding))
            if not is_ours(sealer.ring, row):
                yield AuditFinding(
                    "badge",
                    row.leaf,
                    f"标识 {row.badge_id}（{row.code}）不是本系统所写或被改动",
                    f"badge {row.badge_id} ({row.code}) is not as this home wrote it",
                )
            held = copy.execute("SELECT * FROM badge WHERE id = ?", (row.badge_id,)).fetchone()
            if whole and (
                held is None or list(held) != plain_row([values[name] for name in copied_columns()])
            ):
                yield AuditFinding(
                    "badge",
                    row.leaf,
                    f"公开的标识库中标识 {row.badge_id}（{row.code}）缺失或不同；执行 ecredit badge issue --all 重建",
                    f"badge {row.badge_id} ({row.code}) is missing from the public copy or differs; ecredit badge issue --all mends it",
                )
        (copied,) = copy.execute("SELECT count(*) FROM badge").fetchone()
        if whole:
            yield from _audit_published(home, sealer, copy)
    yield from audit_signing_keys(home)
    if (count, total) != (said_count, said_sum):
        yield AuditFinding(
            "badge",
            leaf,
            f"标识表有 {count} 行，与日志（{said_count} 行）的合计不符：有行被删除、添加或换成旧的",
            f"the table of badges has {count} rows and does not add up to the journal ({said_count} rows): rows were removed, "
            "added or put back",
        )
    if copied > count:
        yield AuditFinding(
            "badge",
            leaf,
            f"公开的标识库 {home.badges_db.name} 多出 {copied - count} 个标识",
            f"the public copy {home.badges_db.name} has {copied - count} badges too many",
        )


def _audit_published(home: Home, sealer: Sealer, copy: sqlite3.Connection) -> Iterator[AuditFinding]:
    """What everybody checks with: who could change keys, names or status lists unseen could make forgeries hold."""
    keys = city_keys(home, sealer)
    wanted = write_keys(keys)
    told = copy.execute("SELECT value FROM meta WHERE key = 'keys'").fetchone()
    for name, raw in (
        (home.badges_db.name, None if told is None else told[0]),
        (home.city_keys.name, home.city_keys.read_bytes() if home.city_keys.exists() else None),
    ):
        said = _object(raw)
        cities = set(BadgeCity.objects.values_list("issuer", "name"))
        same = all(said.get(part) == wanted[part] for part in ("keys", "log"))
        if not same or (said.get("issuer"), said.get("name")) not in cities:
            yield AuditFinding(
                "badge",
                None,
                f"{name} 公布的公钥或城市名称与本系统的不同；执行 ecredit badge issue --all 重新公布",
                f"the public keys or the city's name in {name} are not this home's; ecredit badge issue --all publishes them anew",
            )
    named = set(copy.execute("SELECT id, site, issuer, name FROM city"))
    if named - set(BadgeCity.objects.values_list("pk", "site", "issuer", "name")):
        yield AuditFinding(
            "badge", None, "公开的标识库中的城市被改动", "a city in the public copy of badges was altered"
        )
    revoked: dict[int, set[int]] = {}
    for (place,) in copy.execute("SELECT place FROM badge WHERE ended_at IS NOT NULL"):
        revoked.setdefault(place // PLACES, set()).add(place % PLACES)
    for number, doc in copy.execute("SELECT number, doc FROM status_list"):
        if _places(doc, keys) != revoked.get(number, set()):
            yield AuditFinding(
                "badge",
                None,
                f"{number} 号状态列表不是本系统所签或与标识表不符；执行 ecredit badge issue --all 重签",
                f"status list {number} is not as this home signed it or does not fit the badges; ecredit badge issue --all signs it anew",
            )


def audit_signing_keys(home: Home) -> Iterator[AuditFinding]:
    """Signing keys put into the folder, taken out of it or retired without the journal.

    A home restored from a backup has the keys of today and the journal of then: what is later than its last row is no finding, until
    the journal goes on past it.
    """
    made = {read_object(entry.detail)["kid"] for entry in read_journal(MADE)}
    said = {(d := read_object(entry.detail))["kid"]: d.get("since") for entry in read_journal(DENOUNCED)}
    retired = {read_object(entry.detail)["kid"] for entry in read_journal(RETIRED)} | said.keys()
    there = list_city_keys(home.keys)
    last = JournalEntry.objects.order_by("-leaf").values_list("at", flat=True).first()
    told = [key for key in there if last is not None and key.since <= last]
    strange = {key.kid for key in told} - made | made - {key.kid for key in there}
    strange |= {key.kid for key in there if key.kid in retired and key.retired_at is None}
    strange |= {
        key.kid
        for key in told
        if last is not None
        and key.retired_at is not None
        and key.retired_at <= last
        and key.kid not in retired
    }
    # Whoever could take a key's bad name away, or move its date, could make forgeries hold again.
    strange |= {key.kid for key in there if key.kid in said and _iso(key.compromised_at) != said[key.kid]}
    strange |= {
        key.kid
        for key in told
        if key.compromised_at is not None
        and key.kid not in said
        and (last is not None and key.retired_at is not None and key.retired_at <= last)
    }
    for kid in sorted(strange):
        yield AuditFinding(
            "badge",
            None,
            f"签名密钥 {kid} 的来历或停用与日志不一致",
            f"the signing key {kid} was not made, kept or retired as the journal says",
        )


def _places(doc: str, keys: CityKeys) -> set[int] | None:
    """The places a status list calls revoked; None where it is none of ours."""
    checks = Checks(Asked(keys, timezone.now()))
    try:
        bits, payload = open_list(parse_object(doc.encode()), checks)
    except TokenBroken:
        return None
    del payload
    if bits is None:
        return None
    return {
        place
        for byte, value in enumerate(bits)
        if value
        for place in range(byte * 8, byte * 8 + 8)
        if is_set(bits, place)
    }


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _object(raw: bytes | str | None) -> dict[str, Any]:
    try:
        found = json.loads(raw or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _open_copy(home: Home) -> sqlite3.Connection:
    if home.badges_db.exists():
        return sqlite3.connect(f"{home.badges_db.absolute().as_uri()}?mode=ro", uri=True)
    empty = sqlite3.connect(":memory:")
    empty.execute("CREATE TABLE badge(id TEXT)")
    return empty


def _hex(text: str) -> str:
    return text if text and all(c in "0123456789abcdef" for c in text) else "0"
