"""Giving out a mark for a page: signed, so that a copy on another page is told apart."""

from datetime import datetime
from typing import Final

from django.db import transaction

from ecredit.facts.actors.journal_actions import post_journal
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.proof.link_mark import host_of, sign_mark, tidy_page
from ecredit.service.badges.issue_actions import Issuer
from ecredit.service.badges.signing_actions import signing_pair
from ecredit.service.badges.types import PublicBadge

MARKED: Final = "badge.mark"


def give_mark(issuer: Issuer, badge: PublicBadge, *, page: str) -> str:
    """The signed mark of a badge for one page, in base64url; journaled with the page's host. Raises WrongUse for no web address."""
    try:
        bound = tidy_page(page)
    except ValueError as error:
        raise WrongUse(
            f"{page} 不是网址，应如 https://shop.example/店铺",
            f"{page} is no web address, as https://shop.example/shop",
        ) from error
    pair = signing_pair(home=issuer.home, sealer=issuer.sealer, by=issuer.by, at=issuer.at)
    at: datetime = issuer.at.replace(microsecond=0)
    claims = badge.claims
    mark = sign_mark(issuer=claims.issuer, badge_id=claims.id, page=bound, since=at, pair=pair)
    with transaction.atomic():
        log = OpenLog(issuer.ring, issuer.at)
        detail = {"kid": pair.kid, "host": host_of(bound)}
        post_journal(log, by=issuer.by, verb=MARKED, about=f"badge:{claims.id}", detail=detail)
        log.seal()
    return mark
