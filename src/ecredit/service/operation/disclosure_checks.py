"""Checks of disclosure as one act: the records of all platforms, or one page with all that has to be known of it to judge it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone

from ecredit.facts.actors.types import Actor
from ecredit.facts.records.mirror import catch_up
from ecredit.foundation.catalog.disclosure_types import PAGE_KINDS, PageKind
from ecredit.foundation.kernel.codes import is_uscc, tidy_code
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.proof.checks import Asked
from ecredit.foundation.proof.city_keys import CityKeys, read_keys
from ecredit.foundation.proof.errors import TokenBroken
from ecredit.foundation.proof.link_mark import check_mark, find_mark, read_mark, tidy_page
from ecredit.judgement.disclosure.check_actions import check_disclosures, list_disclosing
from ecredit.judgement.disclosure.page_actions import take_page
from ecredit.judgement.disclosure.page_reading import PageContent, read_page
from ecredit.judgement.disclosure.types import CheckSummary, MarkSeen, PageAbout, PageSummary
from ecredit.service.badges.public_badges import PublicBadges
from ecredit.service.badges.types import PublicBadge
from ecredit.service.operation.platform import Platform
from ecredit.service.publicity.queries import PublicStore
from ecredit.service.publicity.report_actions import publish_reports
from ecredit.service.publicity.types import Section

_OLDEST: Final = timedelta(days=366)
_NUMBERS: Final = ("XK_XKBH", "XK_WSH")
_BADGE: Final = re.compile(r"[0-9A-Za-z]{12}")
# So many of a page's links to the city are looked up.
_MOST_MARKS: Final = 50


@dataclass(frozen=True, slots=True)
class PageGiven:
    """A page as somebody sends it: the platform's code, the kind of page, where and when it was seen, whose page it is ("" for the
    platform's own and for who need not register), and the day its business ends, where it announces that."""

    platform: str
    kind: str
    url: str
    seen_at: datetime
    subject: str = ""
    ends_on: date | None = None


def check_records(platform: Platform, *, by: Actor, on: date | None = None) -> CheckSummary:
    """Look at all records, from the ledger as it is now; what is public of gaps follows at once."""
    with platform.home.alone_in_lake():
        catch_up(platform.home, platform.catalog, ring=platform.ring, by=by, at=platform.now)
        summary = check_mirrored(platform, by=by, on=on or platform.today)
    if summary.public_changed:
        publish_reports(home=platform.home, ring=platform.ring, by=by, at=platform.now)
    return summary


def check_mirrored(platform: Platform, *, by: Actor, on: date) -> CheckSummary:
    """As `check_records`, from the mirror as it is; the caller is alone in the lake and publishes."""
    return check_disclosures(
        home=platform.home, catalog=platform.catalog, calendar=platform.calendar, ring=platform.ring, on=on, by=by,
        at=platform.now,
    )  # fmt: skip


def check_page(
    platform: Platform, raw: bytes, given: PageGiven, *, inspected: bool, by: Actor
) -> PageSummary:
    """Take a page and keep what follows from it.

    Raises PageRefused for what is no page, WrongUse for an address, a subject or an instant that cannot be, and as `take_page`.
    """
    now = platform.now
    kind = _kind(given.kind)
    if given.seen_at > now + timedelta(minutes=5) or given.seen_at < now - _OLDEST:
        raise WrongUse(
            "看到网页的时间应在最近一年以内，不能是将来",
            "a page is seen within the last year, and not in the future",
        )
    try:
        url = tidy_page(given.url)
    except ValueError as error:
        raise WrongUse(
            f"{given.url[:100]} 不是网址，应如 https://shop.example/店铺",
            f"{given.url[:100]} is no web address, as https://shop.example/shop",
        ) from error
    code = tidy_code(given.platform)
    store = PublicStore(platform.home.public_db)
    subject, name, licences = _about(platform, store, kind, code, given)
    content = read_page(raw, given.url)
    about = PageAbout(
        kind, url, subject, timezone.localtime(given.seen_at).date(), ends_on=given.ends_on, licences=licences
    )
    marks = list(_marks(platform, content, subject, url, given.seen_at))[:_MOST_MARKS]
    summary = take_page(
        raw=raw, content=content, about=about, platform=code, subject_name=name, seen_at=given.seen_at, marks=marks,
        inspected=inspected, catalog=platform.catalog, calendar=platform.calendar, sealer=platform.sealer, by=by, at=now,
    )  # fmt: skip
    if summary.public_changed:
        publish_reports(home=platform.home, ring=platform.ring, by=by, at=now)
    return summary


def _kind(word: str) -> PageKind:
    found = next((kind for kind in PAGE_KINDS if kind == word), None)
    if found is None:
        raise WrongUse(
            f"没有 {word[:40]} 这种网页；可用：{'、'.join(PAGE_KINDS)}",
            f"there is no kind of page {word[:40]}; use one of: {', '.join(PAGE_KINDS)}",
        )
    return found


def _about(
    platform: Platform, store: PublicStore, kind: PageKind, code: str, given: PageGiven
) -> tuple[str, str, tuple[str, ...]]:
    """Whose page it is: code, public name, numbers of the licences that are public and in force."""
    if kind == "exempt_page":
        return "", "", ()
    subject = code if kind == "platform_home" else tidy_code(given.subject)
    if not is_uscc(subject):
        raise WrongUse(
            "经营者的页面要写明经营者的统一社会信用代码",
            "for a merchant's page the merchant's unified social credit code is needed",
        )
    on = timezone.localtime(given.seen_at).date()
    found = store.find_subject(subject, on) if platform.home.public_db.exists() else None
    if found is None:
        known = list_disclosing(platform.today).get(subject)
        return subject, "" if known is None else known.name, ()
    numbers = []
    for item in found.items_in(Section.LICENCE):
        said = {field.code: field.value for field in item.fields}
        number = next((said[column] for column in _NUMBERS if said.get(column)), "")
        if number and (item.valid_to is None or on <= item.valid_to):
            numbers.append(number)
    return subject, found.name, tuple(dict.fromkeys(numbers))


def _marks(
    platform: Platform, content: PageContent, subject: str, url: str, seen_at: datetime
) -> Iterator[MarkSeen]:
    """The page's links to the city's badges and profiles, and the marks that are part of it, as they stood when it was seen."""
    badges = PublicBadges(platform.home.badges_db)
    written = badges.keys()
    keys = None if written is None else read_keys(written.encode())
    sites = {urlsplit(str(settings.ECREDIT_SITE)).netloc.lower()}
    for link in content.links:
        parts = urlsplit(link)
        first, _, last = parts.path.strip("/").partition("/")
        if first == "verify" and not _BADGE.fullmatch(last):
            continue
        if first == "verify":
            badge = badges.find(last.upper())
            if badge is not None and urlsplit(badge.claims.site).netloc.lower() == parts.netloc.lower():
                token = find_mark(link.encode())
                yield _mark(
                    badge,
                    link,
                    subject,
                    seen_at,
                    None if token is None else _on_page(keys, token, badge, url, seen_at),
                )
                continue
        if parts.netloc.lower() in sites and first == "s" and last:
            yield MarkSeen(link, own=tidy_code(last) == subject, live=True)
        elif parts.netloc.lower() in sites and first == "verify":
            yield MarkSeen(link, own=False, live=False)
    for token in content.tokens:
        try:
            badge = badges.find(read_mark(token).badge_id)
        except TokenBroken:
            badge = None
        if badge is not None:
            yield _mark(
                badge,
                f"ecredit-mark {badge.claims.id}",
                subject,
                seen_at,
                _on_page(keys, token, badge, url, seen_at),
            )


def _mark(badge: PublicBadge, address: str, subject: str, at: datetime, on_page: bool | None) -> MarkSeen:
    claims = badge.claims
    live = claims.valid_from <= at < claims.valid_until and (badge.ended_at is None or at < badge.ended_at)
    return MarkSeen(address[:300], own=claims.code == subject, live=live, on_page=on_page)


def _on_page(keys: CityKeys | None, token: str, badge: PublicBadge, url: str, at: datetime) -> bool:
    """Whether a signed mark is genuine and stands where it was given out for."""
    if keys is None:
        return False
    return check_mark(token, Asked(keys, at), badge_id=badge.claims.id, found_on=url).ok
