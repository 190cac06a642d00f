"""Which rules the city has worked by, since when, and who answers for each change.

The rules are files; whoever changes them does so outside. So the platform notes for itself when it first works by a changed
folder, with a digest of every file, and whoever answers for the change says so (`ecredit catalog adopt`). Both are journal
entries: neither can be altered unseen, and a change nobody answers for stays visible as one.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from ecredit.facts.actors.approval_queries import list_names
from ecredit.facts.actors.audit_rights import RULES_CHANGED
from ecredit.facts.actors.journal_actions import post_journal
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.models import JournalEntry
from ecredit.facts.actors.queries import read_journal
from ecredit.facts.actors.types import Actor
from ecredit.foundation.catalog.load import rule_files
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.service.operation.platform import Platform

CHANGED: Final = RULES_CHANGED
ADOPTED: Final = "catalog.adopt"


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A change of the rules. `files` are those that changed, came or went (empty: the first edition noted).

    `by` and `why` are who answers for it; "" while nobody does.
    """

    edition: str
    at: datetime
    files: tuple[str, ...]
    by: str
    why: str


def note_catalog(platform: Platform, *, by: Actor) -> bool:
    """Note that the city works by the catalogue as it is; whether it differs from the one noted last."""
    files, catalog = rule_files(platform.catalog.folder), platform.catalog
    with transaction.atomic():
        last = JournalEntry.objects.filter(verb=CHANGED).order_by("-leaf").first()
        before = {} if last is None else json.loads(last.detail)["files"]
        if files == before:
            return False
        changed = sorted(name for name in files.keys() | before.keys() if files.get(name) != before.get(name))
        log = OpenLog(platform.ring, platform.now)
        # What each role allowed by then: the audit asks by what right an act of that day was done.
        roles = {id: sorted(role.permissions) for id, role in catalog.roles.items()}
        detail = {"files": files, "changed": changed if before else [], "roles": roles}
        post_journal(log, by=by, verb=CHANGED, about=f"catalog:{catalog.edition}", detail=detail)
        log.seal()
    return True


def adopt_catalog(platform: Platform, *, person: str, why: str, by: Actor) -> RuleChange:
    """Say who (`p12`) answers for the catalogue as it is, and why it was changed. Raises WrongUse without a reason."""
    if not why.strip():
        raise WrongUse("请用一句话写明为什么改", "say in a sentence why it was changed")
    with transaction.atomic():
        note_catalog(platform, by=by)
        log = OpenLog(platform.ring, platform.now)
        detail = {"by": person, "why": why.strip()}
        post_journal(log, by=by, verb=ADOPTED, about=f"catalog:{platform.catalog.edition}", detail=detail)
        log.seal()
    return list_changes()[0]


def list_changes() -> list[RuleChange]:
    """Every change noted, newest first. What somebody says of an edition counts for its last beginning before that."""
    found: list[RuleChange] = []
    for row in read_journal(CHANGED, ADOPTED):
        detail, edition = json.loads(row.detail), row.object.partition(":")[2]
        if row.verb == CHANGED:
            found.append(RuleChange(edition, row.at, tuple(detail["changed"]), "", ""))
        elif found and found[-1].edition == edition:
            last = found.pop()
            found.append(RuleChange(edition, last.at, last.files, detail["by"], detail["why"]))
    names = list_names(change.by for change in found if change.by)
    return [RuleChange(c.edition, c.at, c.files, names.get(c.by, c.by), c.why) for c in reversed(found)]


def last_change(changes: Collection[RuleChange], *places: str) -> RuleChange | None:
    """The newest of `changes` (newest first) that touched a file below one of these; else the first edition noted."""
    first: RuleChange | None = None
    for change in changes:
        first = change
        if any(name.startswith(places) for name in change.files):
            return change
    return first
