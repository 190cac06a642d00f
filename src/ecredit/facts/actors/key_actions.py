"""Keys of organisations for machines: given out once, kept so that nobody can use them, ended by a day or by hand.

Both sides sign with SHA-256 of the secret, so that is a secret itself: it stands sealed in the table, and what the table
and the journal have in clear is its digest once more, by which a key that is carried is known without opening anything.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from ecredit.facts.actors.journal_actions import post_journal
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.models import ApiKey
from ecredit.facts.actors.prepared import Prepared
from ecredit.facts.actors.queries import organisations_before
from ecredit.facts.actors.rights import Account, machine_scopes
from ecredit.facts.actors.types import Actor
from ecredit.foundation.catalog.types import Catalog
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.proof.keys import KeyRing
from ecredit.foundation.proof.sealing import Sealer

# How many requests a key may make when nobody says otherwise, and the most that can be said (a column holds no more).
PER_MINUTE, PER_DAY = 600, 100_000
MOST_REQUESTS = 1_000_000_000
_MARK = "eck"
_PREFIX = re.compile("[0-9a-f]{10}")
_LONGEST_DAYS = 400
# The last use is written at most this often: a write for every call would make calls wait for each other.
_LAST_USE_EVERY = timedelta(minutes=1)
_BY_PREFIX = Prepared(lambda prefix: ApiKey.objects.filter(prefix=prefix), "0" * 10)


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A key just given out; `secret` is shown once."""

    id: int
    prefix: str
    secret: str


def issue_key(
    *,
    catalog: Catalog,
    organisation: str,
    title: str,
    scopes: Collection[str],
    days: int,
    ring: KeyRing,
    by: Actor,
    at: datetime,
    per_minute: int | None = None,
    per_day: int | None = None,
    replaces: int | None = None,
) -> IssuedKey:
    """Give an organisation a key that carries these permissions for so many days.

    With `replaces` both keys work until the old one is revoked or ends, so that a client can be changed over; limits not
    given are the old one's. Raises WrongUse for scopes no machine may have, for more than 400 days, and for limits that
    are none.
    """
    known = machine_scopes(catalog)
    unknown = sorted(set(scopes) - set(known))
    if unknown or not scopes:
        raise WrongUse(
            f"密钥的权限只能从 {'、'.join(known)} 中选",
            f"a key carries some of: {', '.join(known)}",
            scopes=unknown,
        )
    if not 1 <= days <= _LONGEST_DAYS:
        raise WrongUse(f"密钥有效期为 1 至 {_LONGEST_DAYS} 天", f"a key lasts 1 to {_LONGEST_DAYS} days")
    with transaction.atomic():
        old = None if replaces is None else _own(organisation, replaces)
        usual = (PER_MINUTE, PER_DAY) if old is None else (old.per_minute, old.per_day)
        minute, day = _limits(
            usual[0] if per_minute is None else per_minute, usual[1] if per_day is None else per_day
        )
        log = OpenLog(ring, at)
        prefix, secret = secrets.token_hex(5), secrets.token_urlsafe(32)
        signing = _digest(secret)
        key = ApiKey.objects.create(
            organisation=organisation,
            title=title,
            prefix=prefix,
            digest=_digest(signing),
            signing=Sealer(ring).seal(_seal_of(prefix), signing),
            scopes=sorted(scopes),
            per_minute=minute,
            per_day=day,
            created_at=log.at,
            created_by=by.who,
            expires_at=log.at + timedelta(days=days),
            replaces=old,
        )
        detail = {
            "organisation": organisation,
            "scopes": key.scopes,
            "digest": key.digest,
            "per_minute": minute,
            "per_day": day,
            "expires_on": key.expires_at.date().isoformat(),
            "replaces": replaces,
        }
        post_journal(log, by=by, verb="apikey.issue", about=f"apikey:{key.id}", detail=detail)
        log.seal()
    return IssuedKey(key.id, prefix, f"{_MARK}_{prefix}_{secret}")


def revoke_key(*, organisation: str, key_id: int, ring: KeyRing, by: Actor, at: datetime) -> None:
    """End a key now; again changes nothing. Raises WrongUse when the organisation has no such key."""
    with transaction.atomic():
        key = _own(organisation, key_id)
        if key.revoked_at is not None:
            return
        log = OpenLog(ring, at)
        ApiKey.objects.filter(id=key.id).update(revoked_at=log.at)
        post_journal(log, by=by, verb="apikey.revoke", about=f"apikey:{key.id}", detail={})
        log.seal()


def find_account(secret: str, *, at: datetime) -> tuple[Account, ApiKey] | None:
    """The account and key behind a secret; None when there is none, or it has ended."""
    mark, _, rest = secret.partition("_")
    prefix, _, own = rest.partition("_")
    key = _key_of(prefix) if mark == _MARK else None
    # Compared also when there is no such key, so that the time taken tells nothing.
    right = hmac.compare_digest(_digest(_digest(own)), "0" * 64 if key is None else key.digest)
    return _used(key, at) if key is not None and right else None


def find_signer(
    prefix: str, signed: bytes, signature: str, *, sealer: Sealer, at: datetime
) -> tuple[Account, ApiKey] | None:
    """As `find_account`, for a request signed with a key instead of carrying it.

    `signature` is the hex HMAC-SHA256 of `signed` under the hex digest of the secret, which both sides have. Raises
    SealBroken when the sealed digest of a key was altered or moved.
    """
    key = _key_of(prefix)
    under = "0" * 64 if key is None else sealer.unseal(_seal_of(key.prefix), key.signing)
    right = hmac.compare_digest(hmac.new(under.encode(), signed, hashlib.sha256).hexdigest(), signature)
    # What was sealed is bound to what the journal says of the key by its digest, which the audit compares.
    whole = key is not None and hmac.compare_digest(_digest(under), key.digest)
    return _used(key, at) if key is not None and right and whole else None


def _key_of(prefix: str) -> ApiKey | None:
    # A prefix that none ever had is not asked for: PostgreSQL takes no zero byte in a text.
    return _BY_PREFIX.first(prefix) if _PREFIX.fullmatch(prefix) else None


def _used(key: ApiKey, at: datetime) -> tuple[Account, ApiKey] | None:
    if key.revoked_at is not None or key.expires_at <= at:
        return None
    if key.last_used_at is None or at - key.last_used_at > _LAST_USE_EVERY:
        ApiKey.objects.filter(id=key.id).update(last_used_at=at)
    account = Account(
        who=key.organisation,
        name=key.title,
        where=f"api/k{key.id}",
        organisation=key.organisation,
        scopes=frozenset(key.scopes),
        inherited=organisations_before((key.organisation,)),
    )
    return account, key


def _own(organisation: str, key_id: int) -> ApiKey:
    key = ApiKey.objects.filter(id=key_id, organisation=organisation).first()
    if key is None:
        raise WrongUse("本单位没有这个密钥", "the organisation has no such key", key=key_id)
    return key


def _limits(per_minute: int, per_day: int) -> tuple[int, int]:
    if not (1 <= per_minute <= MOST_REQUESTS and 1 <= per_day <= MOST_REQUESTS):
        raise WrongUse(
            f"限额为每分钟、每天各 1 至 {MOST_REQUESTS:,} 次",
            f"the limits are 1 to {MOST_REQUESTS:,} requests a minute and a day",
        )
    return per_minute, per_day


def _seal_of(prefix: str) -> str:
    return f"actors_api_key.signing/{prefix}"


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
