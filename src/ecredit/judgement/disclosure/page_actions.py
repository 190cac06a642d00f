"""Taking a page that was looked at: kept as it came, sealed; what each check says of it; what follows for its gaps. One transaction."""

import hashlib
import zlib
from collections.abc import Sequence
from datetime import UTC, date, datetime

from django.db import transaction
from django.utils import timezone

from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.types import Actor
from ecredit.foundation.catalog.types import Catalog
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.kernel.workdays import WorkCalendar
from ecredit.foundation.proof.sealing import Sealer
from ecredit.judgement.disclosure.check_actions import list_disclosing
from ecredit.judgement.disclosure.gap_rules import digest_of, key_of, written
from ecredit.judgement.disclosure.keep_gaps import (
    Keeping,
    changes_public,
    decide,
    journal_events,
    read_kept,
    write_changes,
)
from ecredit.judgement.disclosure.models import DisclosurePage
from ecredit.judgement.disclosure.page_reading import PageContent
from ecredit.judgement.disclosure.page_rules import judge_page
from ecredit.judgement.disclosure.types import (
    PAGE_TAKEN,
    Act,
    MarkSeen,
    PageAbout,
    PageSummary,
    PageVerdict,
    Shortfall,
)


def take_page(
    *,
    raw: bytes,
    content: PageContent,
    about: PageAbout,
    platform: str,
    subject_name: str,
    seen_at: datetime,
    marks: Sequence[MarkSeen],
    inspected: bool,
    catalog: Catalog,
    calendar: WorkCalendar,
    sealer: Sealer,
    by: Actor,
    at: datetime,
) -> PageSummary:
    """Keep a page and what follows from it.

    `inspected`: an officer sent it. Raises WrongUse for a platform that is not registered, and when a later look at the same page is
    on record: what stood there before says nothing of how it stands. Against an officer's look only officers' looks count: no
    platform keeps one out by sending a page of its own.
    """
    on = timezone.localtime(at).date()
    platforms = list_disclosing(on)
    if platform not in platforms:
        raise WrongUse(
            f"没有登记代码为 {platform} 的平台", f"no platform of the code {platform} is registered"
        )
    checks = catalog.disclosure.checks
    verdicts = judge_page(checks.values(), about, content, marks, catalog.disclosure.windows.values())
    with transaction.atomic():
        log = OpenLog(sealer.ring, at)
        _check_latest(platform, about.url, seen_at, inspected=inspected)
        page = DisclosurePage(
            platform=platform,
            kind=about.kind,
            url=about.url,
            subject=about.subject,
            seen_at=seen_at,
            ends_on=about.ends_on,
            digest=hashlib.sha256(raw).hexdigest(),
            size=len(raw),
            encoding=content.encoding,
            content=sealer.seal_bytes(zlib.compress(raw)),
            document=page_document(catalog.edition, content, marks, verdicts),
            inspected=inspected,
            by=by.who,
            at=log.at,
            leaf=log.next_leaf,
        )
        page.save(force_insert=True)
        falls = [
            _fall(verdict, about, platform, page.pk, subject_name, seen_at)
            for verdict in verdicts
            if verdict.missing
        ]
        keeping = Keeping(catalog, calendar, platforms, on, inspected=inspected)
        # Those that were asked for and are there now; what did not apply this time is left as it stood.
        kept = read_kept(keys=[_key(v.check, platform, about) for v in verdicts if v.asked])
        changes = decide(keeping, falls, kept)
        events = write_changes(changes, log, by=by)
        head = page_head(page)
        journal_events(log, events, verb=PAGE_TAKEN, about=f"disclosure-page:{page.pk}", head=head, by=by)
        log.seal()
    return PageSummary(
        page=page.pk,
        encoding=content.encoding,
        verdicts=tuple(verdict for verdict in verdicts if verdict.asked),
        opened=sum(c.act in (Act.OPEN, Act.RECUR) for c in changes),
        ended=sum(c.act in (Act.CEASE, Act.CLAIM) for c in changes),
        public_changed=changes_public(changes),
    )


def _check_latest(platform: str, url: str, seen_at: datetime, *, inspected: bool) -> None:
    looks = DisclosurePage.objects.filter(platform=platform, url=url, seen_at__gt=seen_at)
    if inspected:
        looks = looks.filter(inspected=True)
    later = looks.order_by("-seen_at").first()
    if later is not None:
        when = timezone.localtime(later.seen_at)
        raise WrongUse(
            f"这个网页 {when:%Y-%m-%d %H:%M} 的内容已经检查过，更早的不再接受",
            f"this page was looked at as of {when:%Y-%m-%d %H:%M}; an earlier look is not taken",
        )


def page_document(
    edition: str, content: PageContent, marks: Sequence[MarkSeen], verdicts: Sequence[PageVerdict]
) -> str:
    """What was read of a page and what each check said, as it is kept."""
    return written(
        {
            "edition": edition,
            "title": content.title,
            "codes": list(content.codes[:20]),
            "links": len(content.links),
            "cut": content.cut,
            "marks": [[m.address, m.own, m.live, m.on_page] for m in marks],
            "verdicts": [
                {"check": v.check, "missing": v.missing, "saw": v.saw, "values": dict(v.values)}
                for v in verdicts
                if v.asked
            ],
        }
    )


def page_head(page: DisclosurePage) -> dict[str, object]:
    """What the journal keeps of a page: digests, no words of it."""
    seen_at: datetime = page.seen_at
    ends_on: date | None = page.ends_on
    said = written(
        [page.platform, page.kind, page.url, page.subject, seen_at.astimezone(UTC).isoformat(), None if ends_on is None else ends_on.isoformat(),
         page.size, page.encoding, page.document, page.inspected]
    )  # fmt: skip
    return {"page": page.digest, "said": digest_of(said)}


def _key(check: str, platform: str, about: PageAbout) -> str:
    return key_of(check, platform, f"page\0{about.kind}\0{about.url}")


def _fall(
    verdict: PageVerdict, about: PageAbout, platform: str, page: int, subject_name: str, seen_at: datetime
) -> Shortfall:
    return Shortfall(
        key=_key(verdict.check, platform, about),
        check=verdict.check,
        platform=platform,
        saw=verdict.saw,
        values=verdict.values,
        late=verdict.late,
        seen_on=timezone.localtime(seen_at).date(),
        url=about.url,
        page_kind=about.kind,
        page=page,
        subject=about.subject,
        subject_name=subject_name,
    )
