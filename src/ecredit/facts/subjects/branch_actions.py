"""Branches and the bodies they belong to: linked, never merged.

A branch's name is its parent's whole name and a word of its own behind it, so the register itself says who belongs to
whom. Where that is not certain, nothing is linked; an officer can link and unlink by hand.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from ecredit.facts.actors.bulk import bulk_insert, sql_instant
from ecredit.facts.actors.canonical import leaf_lines
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.types import Actor
from ecredit.facts.subjects.errors import IdentityRefused, NoSuchThing, refusal
from ecredit.facts.subjects.identity_log import post_identity
from ecredit.facts.subjects.models import CreditSubject, IdentityEvent, Relation
from ecredit.facts.subjects.name_words import NameWords, load_words
from ecredit.facts.subjects.names import branch_parents
from ecredit.facts.subjects.queries import canonical_id
from ecredit.foundation.kernel.masking import redact
from ecredit.foundation.proof.keys import KeyRing
from ecredit.foundation.proof.merkle import leaf_hash

BRANCH = "branch"
_EVENT_COLUMNS = (
    "leaf", "at", "who", "right", "verb", "subject_id", "other_id", "kind", "value", "detail",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Linked:
    """What linking by name came to: new links; names read as a branch's; those whose parent's name is borne by more
    than one registered subject, and those whose parent is not registered here."""

    linked: int
    branches: int
    ambiguous: int
    parent_unknown: int


def link_branches(*, ring: KeyRing, by: Actor, at: datetime) -> Linked:
    """Link every registered branch to its registered parent, where the name leaves no doubt; done links stay.

    A branch that has a parent already, and a pair an officer has parted, are left alone.
    """
    words = load_words()
    with transaction.atomic():
        log = OpenLog(ring, at)
        names = dict(
            CreditSubject.objects.filter(registered=True, is_person=False, merged_into=None)
            .order_by("id")
            .values_list("id", "name_form")
            .iterator(chunk_size=20_000)
        )
        pairs, summary = _pairs(names, words)
        _post_links(log, by, pairs)
        log.seal()
    return summary


def link_branch(
    *, child_id: int, parent_id: int, reason: str = "", ring: KeyRing, by: Actor, at: datetime
) -> int:
    """Link one branch to its parent by hand; gives the leaf of the event.

    Raises IdentityRefused when they are one subject, linked already, or linked the other way.
    """
    with transaction.atomic():
        log = OpenLog(ring, at)
        child, parent = _canonical(child_id), _canonical(parent_id)
        if child.id == parent.id:
            raise refusal(IdentityRefused, "identity.link_self", child=_called(child))
        names = {"child": _called(child), "parent": _called(parent)}
        if Relation.objects.filter(child=child, parent=parent, kind=BRANCH).exists():
            raise refusal(IdentityRefused, "identity.linked", **names)
        if child.id in _ancestors(parent.id):
            raise refusal(IdentityRefused, "identity.link_ring", **names)
        leaf = post_identity(
            log, by=by, verb="link", subject_id=child.id, other_id=parent.id, kind=BRANCH,
            detail={"reason": redact(reason)} if reason else None,
        )  # fmt: skip
        Relation.objects.create(child=child, parent=parent, kind=BRANCH, leaf=leaf)
        log.seal()
    return leaf


def unlink_branch(
    *, child_id: int, parent_id: int, reason: str, ring: KeyRing, by: Actor, at: datetime
) -> int:
    """Take a link away; linking by name will not bring it back. Raises IdentityRefused when there is none."""
    if not reason.strip():
        raise refusal(IdentityRefused, "identity.reason")
    with transaction.atomic():
        log = OpenLog(ring, at)
        relation = Relation.objects.filter(child_id=child_id, parent_id=parent_id, kind=BRANCH).first()
        if relation is None:
            raise refusal(
                IdentityRefused, "identity.not_linked", child=f"S{child_id}", parent=f"S{parent_id}"
            )
        leaf = post_identity(
            log, by=by, verb="unlink", subject_id=child_id, other_id=parent_id, kind=BRANCH,
            detail={"reason": redact(reason)},
        )  # fmt: skip
        relation.delete()
        log.seal()
    return leaf


def _pairs(names: dict[int, str], words: NameWords) -> tuple[list[tuple[int, int]], Linked]:
    bearers: dict[str, list[int]] = defaultdict(list)
    for subject_id, form in names.items():
        bearers[form].append(subject_id)
    settled = set(Relation.objects.filter(kind=BRANCH).values_list("child_id", flat=True))
    parted = set(
        IdentityEvent.objects.filter(verb="unlink", kind=BRANCH).values_list("subject_id", "other_id")
    )
    pairs: list[tuple[int, int]] = []
    branches = ambiguous = unknown = 0
    for subject_id, form in names.items():
        cuts = branch_parents(form, words)
        if not cuts:
            continue
        branches += 1
        # The longest registered parent: a branch may have branches of its own.
        parents: Iterable[int] = next((bearers[cut.parent] for cut in cuts if cut.parent in bearers), ())
        match list(parents):
            case []:
                unknown += 1
            case [parent_id]:
                if subject_id not in settled and (subject_id, parent_id) not in parted:
                    pairs.append((subject_id, parent_id))
            case _:
                ambiguous += 1
    return pairs, Linked(len(pairs), branches, ambiguous, unknown)


def _post_links(log: OpenLog, by: Actor, pairs: list[tuple[int, int]]) -> None:
    first = log.next_leaf
    at = sql_instant(log.at)
    events, relations, hashes = [], [], []
    for leaf, (child_id, parent_id) in enumerate(pairs, start=first):
        fields = (by.who, by.right, "link", child_id, parent_id, BRANCH, "", "")
        events.append((leaf, at, *fields))
        relations.append((child_id, parent_id, BRANCH, leaf))
        hashes.append(leaf_hash(leaf_lines("identity", leaf, log.at, *fields)))
    if pairs:
        bulk_insert("subjects_identity_event", _EVENT_COLUMNS, events)
        bulk_insert("subjects_relation", ("child_id", "parent_id", "kind", "leaf"), relations)
        log.append(hashes)


def _canonical(subject_id: int) -> CreditSubject:
    if not CreditSubject.objects.filter(id=subject_id).exists():
        raise refusal(NoSuchThing, "identity.no_subject", subject=subject_id)
    return CreditSubject.objects.get(id=canonical_id(subject_id))


def _ancestors(subject_id: int) -> set[int]:
    found: set[int] = set()
    frontier = {subject_id}
    while frontier:
        parents = Relation.objects.filter(child_id__in=frontier, kind=BRANCH).values_list(
            "parent_id", flat=True
        )
        frontier = set(parents) - found
        found |= frontier
    return found


def _called(subject: CreditSubject) -> str:
    return f"S{subject.id} {subject.name}"
