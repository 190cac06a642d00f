"""The audit of warnings: every event is the journal's, every warning stands as its last event left it, none is gone."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

from ecredit.facts.actors.audit_types import AuditFinding
from ecredit.facts.actors.canonical import read_object
from ecredit.facts.actors.models import JournalEntry
from ecredit.facts.actors.queries import read_journal
from ecredit.judgement.measures.models import EarlyWarning, WarningAddressee, WarningEvent, WarningRun
from ecredit.judgement.measures.types import RAN, VERBS, Act
from ecredit.judgement.measures.warning_digests import event_digest

_ASKS_ANEW: Final = frozenset({Act.OPEN, Act.REOPEN, Act.WORSEN, Act.RETURN})
"""After these nobody has answered yet."""


def audit_warnings() -> Iterator[AuditFinding]:
    """Events and runs added, changed or taken away without the journal; warnings that are not as their events left them."""
    entries = {entry.leaf: entry for entry in read_journal(RAN, *VERBS.values())}
    said = {leaf: Counter(read_object(entry.detail).get("events", ())) for leaf, entry in entries.items()}
    yield from _audit_runs(entry for entry in entries.values() if entry.verb == RAN)
    stands: dict[int, WarningEvent] = {}
    shown: dict[int, WarningEvent] = {}
    answered: dict[int, set[str]] = defaultdict(set)
    for event in WarningEvent.objects.select_related("warning").order_by("id").iterator():
        digests = said.get(event.leaf)
        digest = event_digest(event)
        if digests is None or not digests[digest] or entries[event.leaf].at != event.at:
            yield _finding(
                event.leaf,
                f"预警 {event.warning_id} 的一次办理（{event.act}）与日志不一致",
                f"an event of warning {event.warning_id} ({event.act}) is not the journal's",
            )
        else:
            digests[digest] -= 1
        stands[event.warning_id] = event
        if event.act in _ASKS_ANEW:
            answered[event.warning_id] = set()
        answered[event.warning_id].update(event.organisations)
        if event.document:
            shown[event.warning_id] = event
    for leaf, digests in said.items():
        if lost := sum(digests.values()):
            yield _finding(
                leaf,
                f"日志第 {leaf} 条记下的预警办理少了 {lost} 次",
                f"{lost} events of warnings that leaf {leaf} holds are gone",
            )
    yield from _audit_rows(stands, shown, answered)


def _audit_runs(entries: Iterable[JournalEntry]) -> Iterator[AuditFinding]:
    """The last run's day decides whether the next one is looked at all: a run by nobody would keep every warning back."""
    runs = {f"warnings:{run.pk}": run for run in WarningRun.objects.iterator()}
    for entry in entries:
        detail = read_object(entry.detail)
        if "as_of" not in detail:
            continue
        run = runs.pop(entry.object, None)
        stands = None if run is None else (run.as_of.isoformat(), run.edition, run.counts, run.by, run.at)
        if stands != (detail["as_of"], detail["edition"], detail["counts"], entry.who, entry.at):
            yield _finding(
                entry.leaf,
                f"日志第 {entry.leaf} 条记下的预警运行被改动或不见了",
                f"the run of warnings that leaf {entry.leaf} holds was altered or is gone",
            )
    for name, run in runs.items():
        yield _finding(
            None,
            f"{run.as_of} 的预警运行（{name}）没有来历",
            f"a run of warnings for {run.as_of} ({name}) was made by nobody",
        )


def _audit_rows(
    stands: dict[int, WarningEvent], shown: dict[int, WarningEvent], answered: dict[int, set[str]]
) -> Iterator[AuditFinding]:
    told: dict[int, set[tuple[str, str, bool, bool]]] = defaultdict(set)
    for one in WarningAddressee.objects.iterator():
        told[one.warning_id].add((one.kind, one.organisation, one.answers, one.answered))
    for row in EarlyWarning.objects.order_by("id").iterator():
        last, seen = stands.get(row.pk), shown.get(row.pk)
        if last is None or seen is None:
            yield _finding(None, f"预警 {row.pk} 没有来历", f"warning {row.pk} was opened by nobody")
            continue
        document = json.loads(seen.document)
        facts = seen.facts or (row.facts if seen.act == Act.ESCALATE else "")
        fits = (
            (row.state, row.holds, row.gravity, row.due_on, row.escalates_on)
            == (last.state, last.holds, last.gravity, last.due_on, last.escalates_on)
            and (row.document, row.rule, row.facts) == (seen.document, document["rule"], facts)
            and [row.about, row.subject_id] == document["about"]
            and (row.severity, row.opened_on.isoformat()) == (document["severity"], document["opened_on"])
            and told[row.pk] == {(*one, one[1] in answered[row.pk]) for one in document["addressees"]}
        )
        if not fits:
            yield _finding(
                last.leaf,
                f"预警 {row.pk} 与它的办理记录不一致",
                f"warning {row.pk} does not stand as its events left it",
            )


def _finding(leaf: int | None, zh: str, en: str) -> AuditFinding:
    return AuditFinding("warning", leaf, zh, en)
