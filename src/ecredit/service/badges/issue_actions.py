"""Issuing, re-dating, replacing and revoking badges, a block at a time: each block is signed first, then written with its
journal row in one transaction. Cut off, the next run goes on where it stopped."""

import os
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Max

from ecredit.facts.actors.bulk import bulk_insert, refresh_statistics, sql_instant
from ecredit.facts.actors.canonical import read_object
from ecredit.facts.actors.journal_actions import post_journal
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.models import JournalEntry
from ecredit.facts.actors.types import Actor
from ecredit.foundation.kernel.home import Home
from ecredit.foundation.proof.badge_forms import sign_badge
from ecredit.foundation.proof.keys import KeyRing
from ecredit.foundation.proof.sealing import Sealer
from ecredit.foundation.proof.signing_keys import SigningPair
from ecredit.service.badges.badge_rows import COLUMNS, add_up, claims_of, claims_text, row_binding, row_of
from ecredit.service.badges.badge_rules import ZONE, Held, decide_act, digest_content, valid_until, why_none
from ecredit.service.badges.errors import NoSuchBadge, NothingPublic
from ecredit.service.badges.models import Badge
from ecredit.service.badges.public_copy import copy_out
from ecredit.service.badges.signing_actions import city_keys, kept_city, signing_pair
from ecredit.service.badges.types import Act, BadgeRow, City, EndedWhy, RunSummary
from ecredit.service.publicity.badge_facts import BadgeFacts, iter_badge_facts

RUN: Final = "badge.run"
REVOKED: Final = "badge.revoke"
BADGES: Final = "badges"
ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ID_LENGTH: Final = 12
SEED_BYTES: Final = 16
_CHANGING: Final = (
    "signatures", "kid", "valid_from", "valid_until", "issued_at", "ended_at", "ended_why", "successor", "leaf", "binding",
)  # fmt: skip
Told = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Issuer:
    """What a run of badges needs."""

    home: Home
    sealer: Sealer
    by: Actor
    at: datetime

    @property
    def ring(self) -> KeyRing:
        """The home's keys."""
        return self.sealer.ring


@dataclass
class _Block:
    """What one transaction writes: rows that are new, rows as they are now with what they were."""

    new: list[BadgeRow] = field(default_factory=list)
    changed: list[tuple[BadgeRow, BadgeRow]] = field(default_factory=list)
    counts: dict[Act, int] = field(default_factory=dict)


def issue_badges(
    issuer: Issuer, *, codes: Sequence[str] | None = None, redate: bool = False, told: Told | None = None
) -> RunSummary:
    """Bring the badges of all subjects, or of these, to what is public today; then the public copy and the status lists.

    What a badge says that is no longer so is replaced, who may have none loses it, and one that soon ends is dated anew
    (with `redate`: every one that stays). A badge taken back by hand comes back only when its subject is named.
    Raises NothingPublic before anything is public, KeysMissing when no key signs, KeysUnusable where the machine has no SM2.
    """
    started = time.perf_counter()
    home = issuer.home
    if not home.public_db.exists():
        raise NothingPublic(
            "还没有公示库，没有可签发的内容；请先执行 ecredit evaluate",
            "there is no public database yet, so there is nothing to issue; run ecredit evaluate first",
        )
    with home.alone_in_badges():
        pair = signing_pair(home=home, sealer=issuer.sealer, by=issuer.by, at=issuer.at)
        city = kept_city()
        run = _Run(issuer, pair, city, redate=redate, named=codes is not None)
        today = issuer.at.astimezone(ZONE).date()
        for facts in iter_badge_facts(home.public_db, today, codes):
            run.take(facts)
            if told is not None:
                told(run.looked_at)
        run.end_missing(codes, today)
        refresh_statistics(Badge._meta.db_table)
        copy_out(home, pair, city, city_keys(home, issuer.sealer), at=issuer.at, full=codes is None)
    return run.summary(time.perf_counter() - started)


def revoke_badge(issuer: Issuer, *, code: str, reason: str) -> str:
    """Take a subject's badge back by hand; gives its id. Raises NoSuchBadge when it has none that is live."""
    home = issuer.home
    with home.alone_in_badges():
        pair = signing_pair(home=home, sealer=issuer.sealer, by=issuer.by, at=issuer.at)
        city = kept_city()
        values = Badge.objects.filter(code=code, ended_at=None).values(*COLUMNS).first()
        if values is None:
            raise NoSuchBadge(f"{code} 没有有效的标识", f"{code} has no badge in force", code=code)
        row = row_of(values)
        block = _Block(changed=[(row, _ended(row, EndedWhy.OFFICER, issuer.at))])
        _write(issuer, block, verb=REVOKED, about=f"badge:{row.badge_id}", more={"reason": reason})
        copy_out(home, pair, city, city_keys(home, issuer.sealer), at=issuer.at)
    return row.badge_id


class _Run:
    """One run: blocks of subjects come in, blocks of badges are written."""

    def __init__(self, issuer: Issuer, pair: SigningPair, city: City, *, redate: bool, named: bool) -> None:
        self._issuer, self._pair, self._city = issuer, pair, city
        self._redate, self._named = redate, named
        self.looked_at = 0
        self._counts: dict[Act, int] = dict.fromkeys(Act, 0)
        last: int | None = Badge.objects.aggregate(last=Max("place"))["last"]
        self._place = 0 if last is None else last + 1

    def take(self, subjects: Sequence[BadgeFacts]) -> None:
        """Bring the badges of these subjects up to date."""
        self.looked_at += len(subjects)
        held = _live_rows([facts.code for facts in subjects])
        by_hand = set() if self._named else _taken_back([f.code for f in subjects if f.code not in held])
        block = _Block()
        to_sign: list[tuple[BadgeRow | None, BadgeFacts, str, Act]] = []
        at = self._issuer.at
        for facts in subjects:
            row, said = held.get(facts.code), claims_text(facts)
            live = None if row is None else Held(row.badge_id, row.content, row.city_id, row.valid_until)
            act = decide_act(
                facts,
                live,
                digest_content(said),
                self._city.id,
                valid_until(facts, at),
                at,
                redate=self._redate,
            )
            if act is Act.ISSUE and facts.code in by_hand:
                act = Act.NONE
            self._counts[act] += 1
            if act is Act.REVOKE and row is not None:
                block.changed.append((row, _ended(row, why_none(facts) or EndedWhy.GONE, at)))
            elif act in (Act.ISSUE, Act.REPLACE, Act.REDATE):
                to_sign.append((row, facts, said, act))
        self._sign(to_sign, block)
        self._write(block)

    def _sign(self, to_sign: list[tuple[BadgeRow | None, BadgeFacts, str, Act]], block: _Block) -> None:
        drafts = [self._draft(row, facts, said, act) for row, facts, said, act in to_sign]
        for (row, _, _, act), signed in zip(to_sign, _sign_all(drafts, self._city, self._pair), strict=True):
            if act is Act.REDATE and row is not None:
                block.changed.append((row, signed))
                continue
            block.new.append(signed)
            if row is not None:
                gone = _ended(row, EndedWhy.CHANGED, self._issuer.at)
                block.changed.append((row, replace(gone, successor=signed.badge_id)))

    def _draft(self, row: BadgeRow | None, facts: BadgeFacts, said: str, act: Act) -> BadgeRow:
        at, until = self._issuer.at.replace(microsecond=0), valid_until(facts, self._issuer.at)
        if act is Act.REDATE and row is not None:
            return replace(
                row, kid=self._pair.kid, valid_from=at, valid_until=until, issued_at=self._issuer.at
            )
        place, self._place = self._place, self._place + 1
        return BadgeRow(
            badge_id="".join(secrets.choice(ALPHABET) for _ in range(ID_LENGTH)),
            code=facts.code,
            place=place,
            city_id=self._city.id,
            claims=said,
            content=digest_content(said),
            seed=secrets.token_bytes(SEED_BYTES),
            signatures=b"",
            kid=self._pair.kid,
            valid_from=at,
            valid_until=until,
            issued_at=self._issuer.at,
            ended_at=None,
            ended_why="",
            successor="",
            leaf=-1,
        )

    def end_missing(self, codes: Sequence[str] | None, today: date) -> None:
        """Revoke the badges of subjects that are in the public database no more."""
        for rows in _live_blocks(codes):
            public = {
                facts.code
                for block in iter_badge_facts(self._issuer.home.public_db, today, [row.code for row in rows])
                for facts in block
            }
            gone = [row for row in rows if row.code not in public]
            self._counts[Act.REVOKE] += len(gone)
            changed = [(row, _ended(row, EndedWhy.GONE, self._issuer.at)) for row in gone]
            self._write(_Block(changed=changed))

    def _write(self, block: _Block) -> None:
        if block.new or block.changed:
            _write(self._issuer, block, verb=RUN, about=BADGES, more={"kid": self._pair.kid})

    def summary(self, seconds: float) -> RunSummary:
        """What the run did."""
        live = Badge.objects.filter(ended_at=None).count()
        counts = self._counts
        return RunSummary(
            looked_at=self.looked_at,
            issued=counts[Act.ISSUE],
            redated=counts[Act.REDATE],
            replaced=counts[Act.REPLACE],
            revoked=counts[Act.REVOKE],
            kept=counts[Act.KEEP],
            live=live,
            ended=Badge.objects.count() - live,
            seconds=round(seconds, 1),
        )


def last_sum() -> tuple[int | None, int, int]:
    """Of the last journal row about badges: its leaf, how many badges there are, and the sum of their marks."""
    last = JournalEntry.objects.filter(verb__in=(RUN, REVOKED)).order_by("-leaf").first()
    if last is None:
        return None, 0, 0
    detail = read_object(last.detail)
    return last.leaf, int(detail.get("badges", 0)), int(str(detail.get("sum", "0")), 16)


def _write(issuer: Issuer, block: _Block, *, verb: str, about: str, more: Mapping[str, object]) -> None:
    with transaction.atomic():
        log = OpenLog(issuer.ring, issuer.at)
        leaf = log.next_leaf
        _, count, total = last_sum()
        new = [_bound(issuer.ring, row, leaf) for row in block.new]
        changed = [(old, _bound(issuer.ring, row, leaf)) for old, row in block.changed]
        for row in new:
            total = add_up(total, new=row.binding)
        for old, row in changed:
            total = add_up(total, new=row.binding, old=old.binding)
        # What ends comes first: a subject has one live badge at a time.
        _update(row for _, row in changed)
        bulk_insert(Badge._meta.db_table, COLUMNS, map(_values, new))
        detail = {
            "badges": count + len(new),
            "issued": len(new),
            "redated": sum(row.live for _, row in changed),
            "revoked": sum(not row.live for _, row in changed),
            "sum": f"{total:064x}",
            **more,
        }
        post_journal(log, by=issuer.by, verb=verb, about=about, detail=detail)
        log.seal()


def _update(rows: Iterable[BadgeRow]) -> None:
    sets = ", ".join(f'"{name}" = %s' for name in _CHANGING)
    with connection.cursor() as cursor:
        cursor.executemany(
            f'UPDATE "{Badge._meta.db_table}" SET {sets} WHERE "badge_id" = %s',
            [[*_values(row, _CHANGING), row.badge_id] for row in rows],
        )


def _sign_all(drafts: list[BadgeRow], city: City, pair: SigningPair) -> list[BadgeRow]:
    """Signed, in their order. Threads: the machine's library signs with SM2 while Python goes on."""

    def signed(row: BadgeRow) -> BadgeRow:
        claims = claims_of(
            row.claims,
            badge_id=row.badge_id,
            place=row.place,
            city=city,
            since=row.valid_from,
            until=row.valid_until,
        )
        return replace(row, signatures=sign_badge(claims, row.seed, pair).raw)

    if len(drafts) < 50:
        return [signed(row) for row in drafts]
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        return list(pool.map(signed, drafts, chunksize=50))


def _live_rows(codes: Sequence[str]) -> dict[str, BadgeRow]:
    found = Badge.objects.filter(code__in=codes, ended_at=None).values(*COLUMNS)
    return {values["code"]: row_of(values) for values in found}


def _taken_back(codes: Sequence[str]) -> set[str]:
    """Those whose last badge was taken back by hand."""
    last: dict[str, tuple[int, str]] = {}
    for code, place, why in Badge.objects.filter(code__in=codes).values_list("code", "place", "ended_why"):
        last[code] = max(last.get(code, (-1, "")), (place, why))
    return {code for code, (_, why) in last.items() if why == EndedWhy.OFFICER}


def _live_blocks(codes: Sequence[str] | None) -> Iterator[list[BadgeRow]]:
    last, size = -1, 2_000
    while True:
        rows = Badge.objects.filter(ended_at=None, place__gt=last).order_by("place")
        if codes is not None:
            rows = rows.filter(code__in=codes)
        block = [row_of(values) for values in rows.values(*COLUMNS)[:size]]
        if not block:
            return
        last = block[-1].place
        yield block


def _ended(row: BadgeRow, why: EndedWhy, at: datetime) -> BadgeRow:
    return replace(row, ended_at=at, ended_why=str(why))


def _bound(ring: KeyRing, row: BadgeRow, leaf: int) -> BadgeRow:
    placed = replace(row, leaf=leaf)
    return replace(placed, binding=row_binding(ring, placed))


def _values(row: BadgeRow, names: Sequence[str] = COLUMNS) -> list[Any]:
    values = (getattr(row, name) for name in names)
    return [sql_instant(value.astimezone(UTC)) if isinstance(value, datetime) else value for value in values]
