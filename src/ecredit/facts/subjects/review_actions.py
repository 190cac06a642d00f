"""The review queue: rows without a code get items with candidates, and officers decide.

Nothing is joined by a number, however high: an item stays open until a person accepts one subject or rejects all. Every
answer is an identity event in the log, with the evidence it was given on, and can be undone.
"""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from ecredit.facts.actors.journal_actions import post_journal
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.types import Actor
from ecredit.facts.subjects.errors import AlreadyDecided, IdentityRefused, NoSuchThing, refusal
from ecredit.facts.subjects.identity_log import detail_text, post_identity
from ecredit.facts.subjects.matching import propose_candidates, verdict_counts
from ecredit.facts.subjects.matching_model import load_model
from ecredit.facts.subjects.matching_pool import open_pool
from ecredit.facts.subjects.matching_types import Candidate, RowClaim
from ecredit.facts.subjects.models import CreditSubject, ReviewCandidate, ReviewItem
from ecredit.facts.subjects.name_words import load_words
from ecredit.facts.subjects.queries import canonical_id
from ecredit.facts.subjects.review_digests import item_digests
from ecredit.facts.subjects.review_types import Decision, Opened, ReviewState
from ecredit.foundation.catalog.texts import text
from ecredit.foundation.kernel.home import Home
from ecredit.foundation.kernel.masking import mask_name, redact
from ecredit.foundation.kernel.text_forms import name_form
from ecredit.foundation.proof.keys import KeyRing

# Ids begin at 1: an event about no subject (a row nobody is behind) says so with 0.
NO_SUBJECT = 0
_CHUNK = 2_000


def open_review_items(
    claims: Sequence[RowClaim], *, home: Home, ring: KeyRing, by: Actor, at: datetime
) -> Opened:
    """Open an item with candidates for every held row that has none yet; the same rows again change nothing.

    Matching runs before the transaction, which is short. Call it outside a transaction that has the log open.
    """
    known = _already_open(claims)
    new = [claim for claim in claims if claim.held_row_id not in known]
    model = load_model()
    if not new:
        return Opened(0, 0, 0, 0, model.edition)
    words = load_words()
    pool = open_pool(home, words)
    try:
        candidates = propose_candidates(new, pool=pool, words=words, model=model)
        basis = {
            "model": model.edition,
            "words": words.edition,
            "subjects": pool.size,
            "through": pool.through_leaf,
        }
    finally:
        pool.close()
    counts = verdict_counts(candidates)
    with transaction.atomic():
        log = OpenLog(ring, at)
        known = _already_open(new)
        new = [claim for claim in new if claim.held_row_id not in known]
        items: dict[int, list[ReviewItem]] = defaultdict(list)
        for start in range(0, len(new), _CHUNK):
            for item in _write_items(new[start : start + _CHUNK], candidates, basis, log.at):
                items[item.batch_id].append(item)
        for batch, opened in sorted(items.items()):
            detail = basis | {
                "items": len(opened),
                "candidates": sum(len(candidates[item.held_row_id]) for item in opened),
                "digests": item_digests(item.id for item in opened),
            }
            post_journal(log, by=by, verb="review.open", about=f"batch:{batch}", detail=detail)
        log.seal()
    return Opened(len(new), counts["none"], counts["one"], counts["several"], model.edition)


def refresh_review_items(
    *, home: Home, ring: KeyRing, by: Actor, at: datetime, item_ids: Sequence[int] | None = None
) -> Opened:
    """Propose anew for open items (default: all), because subjects have come or changed since; decided ones stay."""
    items = ReviewItem.objects.filter(state=ReviewState.OPEN.value).order_by("id")
    if item_ids is not None:
        items = items.filter(id__in=list(item_ids))
    claims = [_claim_of(item) for item in items]
    model, words = load_model(), load_words()
    pool = open_pool(home, words)
    try:
        candidates = propose_candidates(claims, pool=pool, words=words, model=model)
        basis = {
            "model": model.edition,
            "words": words.edition,
            "subjects": pool.size,
            "through": pool.through_leaf,
        }
    finally:
        pool.close()
    with transaction.atomic():
        log = OpenLog(ring, at)
        still = ReviewItem.objects.in_bulk([claim.held_row_id for claim in claims], field_name="held_row_id")
        renewed = [item for item in still.values() if item.state == ReviewState.OPEN.value]
        ReviewCandidate.objects.filter(item__in=renewed).delete()
        for item in renewed:
            item.compared = item.compared | basis
            item.likeliest = _likeliest(candidates[item.held_row_id])
        ReviewItem.objects.bulk_update(renewed, ["compared", "likeliest"], batch_size=_CHUNK)
        _write_candidates(renewed, candidates)
        digests = item_digests(item.id for item in renewed)
        detail = basis | {"items": len(renewed), "digests": digests}
        post_journal(log, by=by, verb="review.refresh", about="review:open", detail=detail)
        log.seal()
    counts = verdict_counts({item.held_row_id: candidates[item.held_row_id] for item in renewed})
    return Opened(len(renewed), counts["none"], counts["one"], counts["several"], model.edition)


def close_review_items(held_row_ids: Sequence[int], *, log: OpenLog, by: Actor) -> None:
    """Close the open items of rows that no longer wait, in a transaction whose log is open."""
    for start in range(0, len(held_row_ids), _CHUNK):
        part = ReviewItem.objects.filter(
            held_row_id__in=held_row_ids[start : start + _CHUNK], state=ReviewState.OPEN.value
        )
        items = sorted(part.values_list("id", flat=True))
        if items:
            ReviewItem.objects.filter(id__in=items).update(
                state=ReviewState.GONE.value, decided_at=log.at, decided_by=by.who
            )
            post_journal(log, by=by, verb="review.close", about="review:open", detail={"items": items})


def post_accept(log: OpenLog, *, item_id: int, subject_id: int, note: str, by: Actor) -> Decision:
    """Say that the row of this item is about this subject (a candidate or one the officer found otherwise).

    In a transaction whose log is open: whoever calls posts the row's record with it. Raises AlreadyDecided when somebody was
    faster, NoSuchThing for unknown numbers, IdentityRefused for a natural person: a name alone never decides about one.
    """
    item = _open_item(item_id)
    if not CreditSubject.objects.filter(id=subject_id).exists():
        raise refusal(NoSuchThing, "identity.no_subject", subject=subject_id)
    subject = CreditSubject.objects.get(id=canonical_id(subject_id))
    if subject.is_person:
        raise refusal(IdentityRefused, "review.person", subject=subject.id)
    return _decide(log, item, ReviewState.ACCEPTED, subject, note, by)


def post_reject(log: OpenLog, *, item_id: int, note: str, by: Actor) -> Decision:
    """Say that the row of this item is about none of the subjects. Raises as `post_accept`."""
    return _decide(log, _open_item(item_id), ReviewState.REJECTED, None, note, by)


def post_undo(log: OpenLog, *, item_id: int, note: str, by: Actor) -> Decision:
    """Take an answer back: the item is open again, the old answer stays in the log.

    Raises AlreadyDecided when the item is open, or gone because its supplier sent the row again.
    """
    item = _item(item_id)
    if item.state == ReviewState.OPEN.value:
        raise refusal(AlreadyDecided, "review.open", item=item_id)
    if item.state == ReviewState.GONE.value:
        raise _decided_before(item)
    detail = _about(item) | {"was": item.state, "note": redact(note)}
    leaf = post_identity(
        log,
        by=by,
        verb="undo",
        subject_id=item.subject_id or NO_SUBJECT,
        kind="review",
        value=f"item:{item.id}",
        detail=detail,
    )
    item.state, item.subject, item.decision_note = ReviewState.OPEN.value, None, ""
    item.decided_at, item.decided_by = None, ""
    item.save()
    return _decision(item, leaf)


def _decide(
    log: OpenLog, item: ReviewItem, state: ReviewState, subject: CreditSubject | None, note: str, by: Actor
) -> Decision:
    candidates = list(item.candidates.order_by("rank"))
    chosen = next(
        (c for c in candidates if subject is not None and canonical_id(c.subject_id) == subject.id), None
    )
    evidence = [[c.subject_id, c.rank, c.probability, c.weight, c.compared] for c in candidates]
    detail = _about(item) | {
        "candidates": [c.subject_id for c in candidates],
        # The compared values may name people; the log holds what binds to them, the table the values.
        "evidence": hashlib.sha256(detail_text({"candidates": evidence}).encode()).hexdigest(),
        "rank": None if chosen is None else chosen.rank,
        "probability": None if chosen is None else chosen.probability,
        "note": redact(note),
    }
    leaf = post_identity(
        log,
        by=by,
        verb="accept" if state is ReviewState.ACCEPTED else "reject",
        subject_id=NO_SUBJECT if subject is None else subject.id,
        kind="review",
        value=f"item:{item.id}",
        detail=detail,
    )
    item.state, item.subject, item.decision_note = state.value, subject, redact(note)
    item.decided_at, item.decided_by = log.at, by.who
    item.save()
    return _decision(item, leaf)


def _about(item: ReviewItem) -> dict[str, object]:
    basis = {key: item.compared.get(key) for key in ("model", "words", "subjects", "through")}
    return basis | {
        "source": item.source_id,
        "batch": item.batch_id,
        "line": item.line,
        "held_row": item.held_row_id,
    }


def _decision(item: ReviewItem, leaf: int) -> Decision:
    return Decision(
        item_id=item.id,
        held_row_id=item.held_row_id,
        source_id=item.source_id,
        batch_id=item.batch_id,
        line=item.line,
        state=ReviewState(item.state),
        subject_id=item.subject_id,
        leaf=leaf,
    )


def _open_item(item_id: int) -> ReviewItem:
    item = _item(item_id)
    if item.state != ReviewState.OPEN.value:
        raise _decided_before(item)
    return item


def _decided_before(item: ReviewItem) -> AlreadyDecided:
    decided = timezone.localtime(item.decided_at).strftime("%Y-%m-%d %H:%M") if item.decided_at else ""
    zh, en = (
        text("review.decided", lang, item=item.id, who=item.decided_by, when=decided,
             state=text(f"review.state.{item.state}", lang))
        for lang in ("zh", "en")
    )  # fmt: skip
    return AlreadyDecided(zh, en, item=item.id, state=item.state, who=item.decided_by)


def _item(item_id: int) -> ReviewItem:
    # The open log is the lock: whoever comes second waits for it and then reads the first one's answer.
    item = ReviewItem.objects.filter(id=item_id).first()
    if item is None:
        raise refusal(NoSuchThing, "review.none", item=item_id)
    return item


def _already_open(claims: Sequence[RowClaim]) -> set[int]:
    known: set[int] = set()
    for start in range(0, len(claims), _CHUNK):
        numbers = [claim.held_row_id for claim in claims[start : start + _CHUNK]]
        known.update(ReviewItem.objects.filter(held_row_id__in=numbers).values_list("held_row_id", flat=True))
    return known


def _claim_of(item: ReviewItem) -> RowClaim:
    return RowClaim(
        held_row_id=item.held_row_id,
        source_id=item.source_id,
        batch_id=item.batch_id,
        line=item.line,
        name=item.name,
        address=item.compared.get("address", ""),
        legal_rep=item.compared.get("legal_rep", ""),
        is_person=bool(item.compared.get("is_person")),
    )


def _write_items(
    claims: Sequence[RowClaim],
    candidates: dict[int, tuple[Candidate, ...]],
    basis: dict[str, object],
    at: datetime,
) -> list[ReviewItem]:
    items = []
    for claim in claims:
        # A natural person's row is not matched; what is kept of it is only enough to find the held row.
        name = mask_name(claim.name) if claim.is_person else claim.name.strip()
        values = {
            "address": "" if claim.is_person else claim.address,
            "legal_rep": "" if claim.is_person else claim.legal_rep,
            "is_person": claim.is_person,
        }
        items.append(
            ReviewItem(
                source_id=claim.source_id,
                batch_id=claim.batch_id,
                line=claim.line,
                held_row_id=claim.held_row_id,
                name=name[:400],
                name_form=name_form(name)[:400],
                compared=basis | values,
                state=ReviewState.OPEN.value,
                likeliest=_likeliest(candidates[claim.held_row_id]),
                opened_at=at,
            )
        )
    written = ReviewItem.objects.bulk_create(items)
    _write_candidates(written, candidates)
    return written


def _likeliest(candidates: Sequence[Candidate]) -> float:
    return max((candidate.probability for candidate in candidates), default=0.0)


def _write_candidates(items: Sequence[ReviewItem], candidates: dict[int, tuple[Candidate, ...]]) -> None:
    ReviewCandidate.objects.bulk_create(
        (
            ReviewCandidate(
                item=item,
                subject_id=candidate.subject_id,
                rank=candidate.rank,
                probability=candidate.probability,
                weight=candidate.weight,
                compared=[asdict(compared) for compared in candidate.compared],
            )
            for item in items
            for candidate in candidates[item.held_row_id]
        ),
        batch_size=_CHUNK,
    )
