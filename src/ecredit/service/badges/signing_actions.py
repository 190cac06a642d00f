"""The city's signing keys: made, retired, published; each journaled."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction

from ecredit.facts.actors.journal_actions import post_journal
from ecredit.facts.actors.key_token import find_token
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.queries import is_invented, log_origin
from ecredit.facts.actors.types import Actor
from ecredit.foundation.catalog.texts import text
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.kernel.home import Home
from ecredit.foundation.proof.checkpoint import verifier_key
from ecredit.foundation.proof.city_keys import CityKey, CityKeys
from ecredit.foundation.proof.errors import KeysUnusable
from ecredit.foundation.proof.sealing import Sealer
from ecredit.foundation.proof.signing_keys import (
    SigningPair,
    denounce_pair,
    destroy_in,
    list_city_keys,
    load_pair,
    make_pair,
    retire_pair,
)
from ecredit.service.badges.badge_rules import issuer_of
from ecredit.service.badges.models import BadgeCity
from ecredit.service.badges.types import City

MADE, RETIRED, DENOUNCED = "signing.make", "signing.retire", "signing.denounce"
KEY_TIME: Final = timedelta(days=3 * 365)
"""How long a new pair signs; what it signed is verified as long as its public half is published."""


def present_city() -> City:
    """As what the city signs now, by the settings. Raises WrongUse for an address that is none."""
    site = str(settings.ECREDIT_SITE).rstrip("/")
    try:
        issuer = issuer_of(site)
    except ValueError as error:
        raise WrongUse(
            f"ECREDIT_SITE 应是 https://主机名，现为 {site}",
            f"ECREDIT_SITE must be https://host, and is {site}",
        ) from error
    name = text("portal.site_sub", "zh")
    if is_invented():
        name = f"{name}（{text('portal.invented', 'zh')}）"
    return City(site, issuer, name)


def kept_city() -> City:
    """The present city with its row; the row is made when it is new."""
    city = present_city()
    row, _ = BadgeCity.objects.get_or_create(site=city.site, issuer=city.issuer, name=city.name)
    return replace(city, id=row.pk)


def city_keys(home: Home, sealer: Sealer) -> CityKeys:
    """What the city publishes: its signing keys and that of its log."""
    city = present_city()
    log = verifier_key(log_origin(), sealer.ring.log_key)
    return CityKeys(city.issuer, city.name, list_city_keys(home.keys), log)


def make_signing_key(*, home: Home, sealer: Sealer, by: Actor, at: datetime) -> CityKey:
    """A new pair, which signs from now on; the pair before it stays good for what it signed."""
    with transaction.atomic():
        log = OpenLog(sealer.ring, at)
        key = make_pair(home.keys, sealer, since=at, until=at + KEY_TIME, token=find_token())
        detail = {"kid": key.kid, "until": key.until.isoformat()}
        post_journal(log, by=by, verb=MADE, about=f"signing:{key.kid}", detail=detail)
        log.seal()
    return key


def retire_signing_key(*, home: Home, sealer: Sealer, kid: str, reason: str, by: Actor, at: datetime) -> None:
    """From now on the pair signs nothing more, and its private half is gone. Raises KeysMissing."""
    with transaction.atomic():
        log = OpenLog(sealer.ring, at)
        retire_pair(home.keys, kid, at=at, token=find_token())
        post_journal(log, by=by, verb=RETIRED, about=f"signing:{kid}", detail={"kid": kid, "reason": reason})
        log.seal()


def denounce_signing_key(
    *, home: Home, sealer: Sealer, kid: str, since: datetime, reason: str, by: Actor, at: datetime
) -> datetime:
    """Retire a pair that may have been in other hands since an instant; gives the instant that stands (the earliest ever said).

    Raises KeysMissing, WrongUse for an instant to come; KeysUnusable where it stands but the token did not let go of its half.
    """
    if since > at:
        raise WrongUse("泄露的时刻不能在将来", "a key cannot have been stolen at an instant to come")
    with transaction.atomic():
        log = OpenLog(sealer.ring, at)
        stands = denounce_pair(home.keys, kid, since=since, at=at)
        detail = {"kid": kid, "since": stands.isoformat(), "reason": reason}
        post_journal(log, by=by, verb=DENOUNCED, about=f"signing:{kid}", detail=detail)
        log.seal()
    try:
        token = find_token()
        if token is not None:
            destroy_in(token, kid)
    except KeysUnusable as error:
        raise KeysUnusable(
            f"已登记为泄露，所签的按此查验；但令牌中的私钥没有销毁：{error.zh}",
            f"It is on record as stolen and checked as such; but the half in the token was not taken away: {error.en}",
            kid=kid,
        ) from error
    return stands


def signing_pair(*, home: Home, sealer: Sealer, by: Actor, at: datetime) -> SigningPair:
    """The pair that signs now; the first one is made when there has never been any. Raises KeysMissing."""
    if not list_city_keys(home.keys):
        make_signing_key(home=home, sealer=sealer, by=by, at=at)
    at = max(at, list_city_keys(home.keys)[0].since)
    return load_pair(home.keys, sealer, at=at, token=find_token())
