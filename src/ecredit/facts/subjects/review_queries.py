"""Reads of the review queue."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from django.db.models import Count, Q, QuerySet, Value
from django.db.models.functions import StrIndex

from ecredit.facts.actors.bulk import select_in
from ecredit.facts.subjects.errors import NoSuchThing, refusal
from ecredit.facts.subjects.matching_types import Candidate, Compared
from ecredit.facts.subjects.models import CreditSubject, ReviewCandidate, ReviewItem
from ecredit.facts.subjects.queries import iter_codes, main_code
from ecredit.facts.subjects.review_types import CandidateView, ReviewState, ReviewView
from ecredit.foundation.kernel.masking import mask_name
from ecredit.foundation.kernel.text_forms import name_form


def count_review(source_id: str | None = None) -> dict[ReviewState, int]:
    """How many items stand where (of one source, or all)."""
    items = ReviewItem.objects.all() if source_id is None else ReviewItem.objects.filter(source_id=source_id)
    counted = {row["state"]: row["n"] for row in items.values("state").annotate(n=Count("id"))}
    return {state: counted.get(state.value, 0) for state in ReviewState}


def list_review(
    *,
    state: ReviewState = ReviewState.OPEN,
    source_id: str | None = None,
    name: str = "",
    batches: Collection[int] | None = None,
    oldest_first: bool = False,
    limit: int = 50,
    offset: int = 0,
) -> list[ReviewView]:
    """A page of the queue. By default what can be decided quickest comes first: the likeliest best candidate, then the
    oldest; items nobody was found for come last. `name` is any part of what the row calls it, `batches` those it came in."""
    items = _wanted(state, source_id, name, batches)
    if oldest_first:
        items = items.order_by("opened_at", "id")
    else:
        items = items.order_by("-likeliest", "opened_at", "id")
    return _views(list(items[offset : offset + limit]))


def count_wanted(
    *,
    state: ReviewState = ReviewState.OPEN,
    source_id: str | None = None,
    name: str = "",
    batches: Collection[int] | None = None,
) -> int:
    """How many items `list_review` would give in all."""
    return _wanted(state, source_id, name, batches).count()


def _wanted(
    state: ReviewState, source_id: str | None, name: str, batches: Collection[int] | None
) -> QuerySet[ReviewItem]:
    items = ReviewItem.objects.filter(state=state.value)
    if source_id is not None:
        items = items.filter(source_id=source_id)
    if form := name_form(name):
        items = items.alias(place=StrIndex("name_form", Value(form))).filter(place__gt=0)
    return items if batches is None else items.filter(batch_id__in=batches)


def get_review(item_id: int) -> ReviewView:
    """One item; raises NoSuchThing."""
    item = ReviewItem.objects.filter(id=item_id).first()
    if item is None:
        raise refusal(NoSuchThing, "review.none", item=item_id)
    return _views([item])[0]


def find_next_review(after: ReviewView, *, source_id: str | None = None) -> int | None:
    """The number of the open item that follows one in the queue, else of the queue's first; None when nothing is open."""
    items = ReviewItem.objects.filter(state=ReviewState.OPEN.value).exclude(id=after.id)
    if source_id:
        items = items.filter(source_id=source_id)
    numbers = items.order_by("-likeliest", "opened_at", "id").values_list("id", flat=True)
    best = max((view.candidate.probability for view in after.candidates), default=0.0)
    later = Q(opened_at__gt=after.opened_at) | Q(opened_at=after.opened_at, id__gt=after.id)
    following = numbers.filter(Q(likeliest__lt=best) | (Q(likeliest=best) & later)).first()
    return following if following is not None else numbers.first()


def count_batches(state: ReviewState) -> dict[int, int]:
    """How many items stand so, by the batch their rows came in."""
    rows = ReviewItem.objects.filter(state=state.value).values_list("batch_id")
    return dict(rows.annotate(n=Count("id")).order_by())


def count_sources() -> dict[str, int]:
    """How many items are open, by source."""
    rows = ReviewItem.objects.filter(state=ReviewState.OPEN.value).values_list("source_id")
    return dict(rows.annotate(n=Count("id")).order_by("-n", "source_id"))


def rows_without_item(held_row_ids: Iterable[int]) -> list[int]:
    """Those of these held rows that no item asks about."""
    wanted = list(held_row_ids)
    known = {
        row_id
        for (row_id,) in select_in(
            "SELECT held_row_id FROM subjects_review_item WHERE held_row_id IN ({values})",
            wanted,
            kind="bigint",
        )
    }
    return [row_id for row_id in wanted if row_id not in known]


def find_review_of_row(held_row_id: int) -> ReviewView | None:
    """The item of a held row, or None."""
    item = ReviewItem.objects.filter(held_row_id=held_row_id).first()
    return None if item is None else _views([item])[0]


def _views(items: Sequence[ReviewItem]) -> list[ReviewView]:
    rows = list(
        ReviewCandidate.objects.filter(item__in=items)
        .select_related("subject", "subject__merged_into")
        .order_by("item_id", "rank")
    )
    codes: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for subject_id, kind, value in iter_codes(sorted({_today(row.subject).id for row in rows})):
        codes[subject_id].append((kind, value))
    candidates: dict[int, list[CandidateView]] = defaultdict(list)
    for row in rows:
        subject = _today(row.subject)
        candidates[row.item_id].append(
            CandidateView(
                candidate=Candidate(
                    subject_id=subject.id,
                    rank=row.rank,
                    probability=row.probability,
                    weight=row.weight,
                    compared=tuple(_masked(Compared(**values)) for values in row.compared),
                ),
                name=mask_name(subject.name) if subject.is_person else subject.name,
                code=main_code(codes[subject.id]),
                registered=subject.registered,
                codes=tuple(codes[subject.id]),
                kind=subject.kind,
                address="" if subject.is_person else subject.address,
                status=subject.status,
            )
        )
    return [_view(item, candidates[item.id]) for item in items]


def _masked(compared: Compared) -> Compared:
    """A comparison as it may be shown: whether two people are called the same is seen from their surnames and the verdict."""
    if compared.field != "legal_rep":
        return compared
    zh, en = compared.zh, compared.en
    for name in sorted({compared.row, compared.subject} - {""}, key=len, reverse=True):
        zh, en = zh.replace(name, mask_name(name)), en.replace(name, mask_name(name))
    row, subject = (mask_name(name) if name else "" for name in (compared.row, compared.subject))
    return replace(compared, row=row, subject=subject, zh=zh, en=en)


def _today(subject: CreditSubject) -> CreditSubject:
    """The subject a candidate is now, after any merge since it was proposed."""
    return subject.merged_into or subject


def _view(item: ReviewItem, candidates: Sequence[CandidateView]) -> ReviewView:
    return ReviewView(
        id=item.id,
        held_row_id=item.held_row_id,
        source_id=item.source_id,
        batch_id=item.batch_id,
        line=item.line,
        name=item.name,
        address=item.compared.get("address", ""),
        legal_rep=item.compared.get("legal_rep", ""),
        state=ReviewState(item.state),
        opened_at=item.opened_at,
        decided_at=item.decided_at,
        decided_by=item.decided_by,
        note=item.decision_note,
        subject_id=item.subject_id,
        model=str(item.compared.get("model", "")),
        is_person=bool(item.compared.get("is_person")),
        candidates=tuple(candidates),
    )
