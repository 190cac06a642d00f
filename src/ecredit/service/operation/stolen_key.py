"""A signing key that came into other hands: denounced, replaced, and what it signed signed anew, as one act."""

import shutil
from dataclasses import dataclass
from datetime import datetime

from ecredit.facts.actors.types import Actor
from ecredit.service.badges.issue_actions import Issuer, issue_badges
from ecredit.service.badges.models import Badge
from ecredit.service.badges.public_copy import copy_out
from ecredit.service.badges.signing_actions import (
    city_keys,
    denounce_signing_key,
    kept_city,
    make_signing_key,
    signing_pair,
)
from ecredit.service.badges.types import RunSummary
from ecredit.service.operation.platform import Platform


@dataclass(frozen=True, slots=True)
class Denounced:
    """What was done: since when the key is doubted, the pair that signs now, and what became of the badges (None: there are none)."""

    kid: str
    since: datetime
    new_kid: str
    badges: RunSummary | None


def denounce_key(platform: Platform, *, kid: str, since: datetime, reason: str, by: Actor) -> Denounced:
    """Tell everybody at once that a key is not to be believed, then sign anew what it signed.

    The published keys and the status lists come first: from then on nothing the key signs is valid. The badges follow, with their
    numbers; today's credit reports are made again when asked for. Said again it goes on where it was cut. Raises KeysMissing,
    WrongUse for an instant to come.
    """
    home, sealer, at = platform.home, platform.sealer, platform.now
    stands = denounce_signing_key(home=home, sealer=sealer, kid=kid, since=since, reason=reason, by=by, at=at)
    issuer = Issuer(home, sealer, by, at)
    with home.alone_in_badges():
        if not any(key.retired_at is None and key.signs(at) for key in city_keys(home, sealer).keys):
            make_signing_key(home=home, sealer=sealer, by=by, at=at)
        pair = signing_pair(home=home, sealer=sealer, by=by, at=at)
        copy_out(home, pair, kept_city(), city_keys(home, sealer), at=at)
    with home.alone_in_credit_reports():
        shutil.rmtree(home.credit_reports, ignore_errors=True)
    badges = None
    if Badge.objects.filter(ended_at=None).exists() and home.public_db.exists():
        badges = issue_badges(issuer, redate=True)
    return Denounced(kid, stands, pair.kid, badges)
