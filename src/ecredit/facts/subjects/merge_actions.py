"""Joining two subjects that are one, and parting them again.

Nothing is moved: a merged subject keeps its codes, records and relations and points to the one it is. So parting is
exact, and every code still finds its way. The older subject survives and keeps its id. `merged_into` always names the
final one; which merge made it so is in the identity events, from which parting restores what was before.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.types import Actor
from ecredit.facts.subjects.errors import IdentityRefused, NoSuchThing, refusal
from ecredit.facts.subjects.identity_log import post_identity
from ecredit.facts.subjects.models import CreditSubject, Identifier, IdentityEvent, Relation
from ecredit.facts.subjects.name_words import load_words
from ecredit.facts.subjects.names import branch_parents
from ecredit.facts.subjects.queries import canonical_id, list_merged_ids
from ecredit.foundation.catalog.texts import text
from ecredit.foundation.kernel.codes import IdKind
from ecredit.foundation.kernel.masking import redact
from ecredit.foundation.proof.keys import KeyRing

# A subject has one of each; two different ones are two subjects.
_EXCLUSIVE = (IdKind.USCC, IdKind.REG_NO, IdKind.ORG_CODE)


@dataclass(frozen=True, slots=True)
class Merged:
    """Outcome of a merge: the id that speaks for both from now on, the one that points to it, and the log's leaf."""

    survivor_id: int
    merged_id: int
    leaf: int


def merge_subjects(
    *,
    subject_id: int,
    other_id: int,
    reason: str,
    despite_codes: bool = False,
    ring: KeyRing,
    by: Actor,
    at: datetime,
) -> Merged:
    """Say that two subjects are one; whichever was opened first survives. Given merged ids, their final ones are meant.

    Refused (IdentityRefused) without a reason, for natural persons, for a branch and its parent, when both are one
    already, and when each has a code of its own of a kind a subject has once, unless `despite_codes` confirms that one
    of them was given in error.
    """
    with transaction.atomic():
        log = OpenLog(ring, at)
        merged = post_merge(
            log, subject_id=subject_id, other_id=other_id, reason=reason, despite_codes=despite_codes, by=by
        )
        log.seal()
    return merged


def post_merge(
    log: OpenLog, *, subject_id: int, other_id: int, reason: str, despite_codes: bool, by: Actor
) -> Merged:
    """As `merge_subjects`, in a transaction whose log is open."""
    if not reason.strip():
        raise refusal(IdentityRefused, "identity.reason")
    roots = sorted({_root(subject_id).id, _root(other_id).id})
    if len(roots) == 1:
        raise _one_already(subject_id, other_id)
    survivor, merged = (CreditSubject.objects.get(id=root) for root in roots)
    clash = _check_mergeable(survivor, merged, despite_codes=despite_codes)
    detail: dict[str, object] = {"reason": redact(reason)}
    if clash:
        detail["despite_codes"] = clash
    leaf = _point(log, by, "merge", [merged.id], survivor.id, detail)
    _point(log, by, "follow", _pointing_to(merged.id), survivor.id, {})
    CreditSubject.objects.filter(id=survivor.id).update(changed_leaf=leaf)
    return Merged(survivor_id=survivor.id, merged_id=merged.id, leaf=leaf)


def split_subject(*, subject_id: int, reason: str, ring: KeyRing, by: Actor, at: datetime) -> int:
    """Undo the merge of this subject: it speaks for itself again, and for those that had been merged into it.

    Gives the leaf of the event. Merging again undoes the split. Raises IdentityRefused when it is not merged.
    """
    with transaction.atomic():
        log = OpenLog(ring, at)
        leaf = post_split(log, subject_id=subject_id, reason=reason, by=by)
        log.seal()
    return leaf


def post_split(log: OpenLog, *, subject_id: int, reason: str, by: Actor) -> int:
    """As `split_subject`, in a transaction whose log is open."""
    if not reason.strip():
        raise refusal(IdentityRefused, "identity.reason")
    subject = CreditSubject.objects.filter(id=subject_id).first()
    if subject is None:
        raise refusal(NoSuchThing, "identity.no_subject", subject=subject_id)
    if subject.merged_into_id is None:
        raise refusal(IdentityRefused, "identity.not_merged", subject=subject_id)
    root = subject.merged_into_id
    below = _below(subject_id, _pointing_to(root))
    leaf = post_identity(
        log, by=by, verb="split", subject_id=subject_id, other_id=root, detail={"reason": redact(reason)}
    )
    CreditSubject.objects.filter(id=subject_id).update(merged_into=None, changed_leaf=leaf)
    _point(log, by, "follow", below, subject_id, {})
    CreditSubject.objects.filter(id=root).update(changed_leaf=leaf)
    return leaf


def _point(
    log: OpenLog, by: Actor, verb: str, ids: Iterable[int], to: int, detail: Mapping[str, object]
) -> int:
    """Let subjects point to another, each with its event; gives the last leaf (-1 when there was none)."""
    leaf = -1
    for subject_id in ids:
        leaf = post_identity(log, by=by, verb=verb, subject_id=subject_id, other_id=to, detail=detail)
        CreditSubject.objects.filter(id=subject_id).update(merged_into_id=to, changed_leaf=leaf)
    return leaf


def _root(subject_id: int) -> CreditSubject:
    if not CreditSubject.objects.filter(id=subject_id).exists():
        raise refusal(NoSuchThing, "identity.no_subject", subject=subject_id)
    return CreditSubject.objects.get(id=canonical_id(subject_id))


def _pointing_to(subject_id: int) -> list[int]:
    return list(
        CreditSubject.objects.filter(merged_into_id=subject_id).order_by("id").values_list("id", flat=True)
    )


def _below(subject_id: int, members: Sequence[int]) -> list[int]:
    """Those of `members` that came to where they point through merges into `subject_id`, directly or by steps."""
    parent: dict[int, int] = {}
    for event in IdentityEvent.objects.filter(subject_id__in=members, verb__in=("merge", "split")).order_by(
        "leaf"
    ):
        if event.verb == "merge" and event.other_id is not None:
            parent[event.subject_id] = event.other_id
        else:
            parent.pop(event.subject_id, None)
    children: dict[int, list[int]] = defaultdict(list)
    for child, above in parent.items():
        children[above].append(child)
    found: list[int] = []
    frontier = [subject_id]
    while frontier:
        frontier = [child for above in frontier for child in children[above]]
        found.extend(frontier)
    return sorted(found)


def _check_mergeable(
    first: CreditSubject, second: CreditSubject, *, despite_codes: bool
) -> dict[str, list[str]]:
    names = {"first": _called(first), "second": _called(second)}
    if first.is_person or second.is_person:
        raise refusal(IdentityRefused, "identity.persons", **names)
    ids = [list_merged_ids(first.id), list_merged_ids(second.id)]
    linked = Relation.objects.filter(child_id__in=ids[0], parent_id__in=ids[1]).exists()
    linked = linked or Relation.objects.filter(child_id__in=ids[1], parent_id__in=ids[0]).exists()
    if linked or _branch_of(first, second) or _branch_of(second, first):
        raise refusal(IdentityRefused, "identity.branch", **names)
    clash: dict[str, list[str]] = {}
    for kind in _EXCLUSIVE:
        ours, theirs = (
            set(
                Identifier.objects.filter(subject_id__in=side, kind=kind.value).values_list(
                    "value", flat=True
                )
            )
            for side in ids
        )
        if ours and theirs and not ours & theirs:
            clash[kind.value] = sorted(ours | theirs)
    if clash and not despite_codes:
        kind_name, codes = next(iter(clash.items()))
        zh, en = (
            text("identity.two_codes", lang, kind=text(f"identity.kind.{kind_name}", lang), codes="、".join(codes),
                 **names)
            for lang in ("zh", "en")
        )  # fmt: skip
        raise IdentityRefused(zh, en, codes=clash)
    return clash


def _branch_of(branch: CreditSubject, parent: CreditSubject) -> bool:
    return any(cut.parent == parent.name_form for cut in branch_parents(branch.name, load_words()))


def _one_already(subject_id: int, other_id: int) -> Exception:
    """Names who joined them, so that a second officer sees that it is done."""
    if subject_id == other_id:
        return refusal(IdentityRefused, "identity.itself", first=subject_id)
    event = (
        IdentityEvent.objects.filter(verb="merge", subject_id__in=(subject_id, other_id))
        .order_by("-leaf")
        .first()
    )
    who = event.who if event else ""
    when = timezone.localtime(event.at).strftime("%Y-%m-%d %H:%M") if event else ""
    return refusal(IdentityRefused, "identity.same", first=subject_id, second=other_id, who=who, when=when)


def _called(subject: CreditSubject) -> str:
    return f"S{subject.id} {subject.name}"
