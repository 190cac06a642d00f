"""The audit of disclosure: every event is the journal's, every gap stands as its last event left it, every page is as it was taken."""

import hashlib
import json
import zlib
from collections import Counter
from collections.abc import Iterator

from ecredit.facts.actors.audit_types import AuditFinding
from ecredit.facts.actors.canonical import read_object
from ecredit.facts.actors.queries import read_journal
from ecredit.foundation.proof.errors import SealBroken
from ecredit.foundation.proof.sealing import Sealer
from ecredit.judgement.disclosure.keep_gaps import content_in, event_digest
from ecredit.judgement.disclosure.models import DisclosureEvent, DisclosureGap, DisclosurePage
from ecredit.judgement.disclosure.page_actions import page_head
from ecredit.judgement.disclosure.types import CHECKED, PAGE_TAKEN, VERBS


def audit_disclosure(sealer: Sealer) -> Iterator[AuditFinding]:
    """Events, gaps and pages added, changed or taken away without the journal."""
    entries = {entry.leaf: entry for entry in read_journal(CHECKED, PAGE_TAKEN, *VERBS.values())}
    said = {leaf: Counter(read_object(entry.detail).get("events", ())) for leaf, entry in entries.items()}
    stands: dict[int, DisclosureEvent] = {}
    shown: dict[int, DisclosureEvent] = {}
    for event in DisclosureEvent.objects.select_related("gap").order_by("id").iterator():
        digests, digest = said.get(event.leaf), event_digest(event)
        entry = entries.get(event.leaf)
        if (
            digests is None
            or entry is None
            or not digests[digest]
            or (entry.at, entry.who) != (event.at, event.by)
        ):
            yield _finding(
                event.leaf,
                f"公示缺漏 {event.gap_id} 的一次办理（{event.act}）与日志不一致",
                f"an event of the gap of disclosure {event.gap_id} ({event.act}) is not the journal's",
            )
        else:
            digests[digest] -= 1
        stands[event.gap_id] = event
        if event.document:
            shown[event.gap_id] = event
    for leaf, digests in said.items():
        if lost := sum(digests.values()):
            yield _finding(
                leaf,
                f"日志第 {leaf} 条记下的公示缺漏办理少了 {lost} 次",
                f"{lost} events of gaps of disclosure that leaf {leaf} holds are gone",
            )
    yield from _audit_gaps(stands, shown)
    yield from _audit_pages(sealer)


def _audit_gaps(
    stands: dict[int, DisclosureEvent], shown: dict[int, DisclosureEvent]
) -> Iterator[AuditFinding]:
    for row in DisclosureGap.objects.order_by("id").iterator():
        last, seen = stands.get(row.pk), shown.get(row.pk)
        if last is None or seen is None:
            yield _finding(
                None, f"公示缺漏 {row.pk} 没有来历", f"the gap of disclosure {row.pk} was opened by nobody"
            )
            continue
        document = json.loads(seen.document)
        fits = (row.state, row.holds, row.inspected, row.due_on, row.late, row.confirmed_on) == (
            last.state, last.holds, last.inspected, last.due_on, last.late, last.confirmed_on
        ) and (row.document, row.check_id, row.platform, row.organisation, row.late, row.content) == (
            seen.document, document["check"], document["platform"][0], document["organisation"], document["late"], content_in(document)
        )  # fmt: skip
        if not fits:
            yield _finding(
                last.leaf,
                f"公示缺漏 {row.pk} 与它的办理记录不一致",
                f"the gap of disclosure {row.pk} does not stand as its events left it",
            )


def _audit_pages(sealer: Sealer) -> Iterator[AuditFinding]:
    taken = {entry.leaf: entry for entry in read_journal(PAGE_TAKEN) if "page" in read_object(entry.detail)}
    for page in DisclosurePage.objects.order_by("id").iterator():
        entry = taken.pop(page.leaf, None)
        detail = None if entry is None else read_object(entry.detail)
        if entry is None or detail is None or {**detail, "events": ()} != {**page_head(page), "events": ()} or (
            entry.object, entry.who, entry.at
        ) != (f"disclosure-page:{page.pk}", page.by, page.at):  # fmt: skip
            yield _finding(
                page.leaf, f"网页 {page.pk} 的记录与日志不一致", f"the page {page.pk} is not the journal's"
            )
        elif not _is_whole(page, sealer):
            yield _finding(
                page.leaf, f"网页 {page.pk} 的内容被改动", f"the content of the page {page.pk} was altered"
            )
    for leaf, entry in taken.items():
        yield _finding(
            leaf, f"日志记下的网页 {entry.object} 不见了", f"the page {entry.object} of the journal is gone"
        )


def _is_whole(page: DisclosurePage, sealer: Sealer) -> bool:
    try:
        raw = zlib.decompress(sealer.unseal_bytes(bytes(page.content)))
    except (SealBroken, zlib.error):
        return False
    return hashlib.sha256(raw).hexdigest() == page.digest


def _finding(leaf: int | None, zh: str, en: str) -> AuditFinding:
    return AuditFinding("disclosure", leaf, zh, en)
