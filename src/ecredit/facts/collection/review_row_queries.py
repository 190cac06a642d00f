"""A review item with the row it asks about: what an officer needs to judge it, for the command line and the desk alike."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from ecredit.facts.actors.queries import list_supplier_names
from ecredit.facts.collection.collect_actions import Collector
from ecredit.facts.collection.held_cells import held_cells
from ecredit.facts.collection.models import Batch, HeldRow
from ecredit.facts.collection.on_file import Foreseen, foresee_answers
from ecredit.facts.collection.shown_values import ShownValue, masked, show_cells
from ecredit.facts.subjects.queries import find_subject_id, get_subject
from ecredit.facts.subjects.review_queries import count_batches, get_review, list_review
from ecredit.facts.subjects.review_types import ReviewState, ReviewView
from ecredit.foundation.catalog.texts import has_text, text
from ecredit.foundation.catalog.types import Catalog, Source
from ecredit.foundation.kernel.codes import IdKind
from ecredit.foundation.kernel.languages import LANGUAGES
from ecredit.foundation.kernel.masking import mask_name


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """An item of the queue with where its row came from; `rules` say why it waits."""

    item: ReviewView
    source_zh: str
    source_en: str
    supplier: str
    supplier_name: str
    filename: str
    rules: tuple[str, ...]

    def days(self, now: datetime) -> int:
        """How many whole days it has waited."""
        return max((now - self.item.opened_at).days, 0)


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """An item with its whole row as it may be shown, why it waits, and what each answer will do.

    `accepting`, `rejecting` are empty when there is nothing left to answer.
    """

    line: ReviewLine
    cells: tuple[ShownValue, ...]
    why: tuple[Sentence, ...]
    accepting: tuple[Sentence, ...]
    rejecting: tuple[Sentence, ...]
    on_file: tuple["OnFileFor", ...]


@dataclass(frozen=True, slots=True)
class OnFileFor:
    """A candidate for whom the row's document is on file already: with which entry, and what accepting does to it."""

    said: Sentence
    foreseen: Foreseen


def list_review_lines(
    catalog: Catalog,
    *,
    state: ReviewState = ReviewState.OPEN,
    source_id: str | None = None,
    name: str = "",
    batches: Collection[int] | None = None,
    limit: int = 50,
    offset: int = 0,
) -> list[ReviewLine]:
    """A page of the queue in the order of `list_review`, two queries more than it, however long."""
    items = list_review(
        state=state, source_id=source_id, name=name, batches=batches, limit=limit, offset=offset
    )
    wanted = [item.held_row_id for item in items]
    rows = HeldRow.objects.filter(id__in=wanted).select_related("batch").defer("cells")
    return _lines(items, {row.id: row for row in rows}, catalog)


def list_review_suppliers(state: ReviewState) -> dict[str, tuple[int, frozenset[int]]]:
    """By supplier how many of its rows stand so in the queue, and the batches they came in; most first. Two queries."""
    waiting = count_batches(state)
    counts: Counter[str] = Counter()
    batches: defaultdict[str, set[int]] = defaultdict(set)
    for batch_id, supplier in Batch.objects.filter(id__in=list(waiting)).values_list("id", "supplier"):
        counts[supplier] += waiting[batch_id]
        batches[supplier].add(batch_id)
    return {supplier: (count, frozenset(batches[supplier])) for supplier, count in counts.most_common()}


def get_review_row(item_id: int, *, collector: Collector) -> ReviewRow:
    """One item with its row, masked. Personal data all the same: note the read, with its purpose. Raises NoSuchThing."""
    item, catalog, sealer = get_review(item_id), collector.catalog, collector.sealer
    row = HeldRow.objects.select_related("batch").filter(id=item.held_row_id).first()
    (line,) = _lines([item], {} if row is None else {row.id: row}, catalog)
    source = catalog.sources.get(item.source_id)
    cells = {} if row is None else held_cells(row, sealer)
    answerable = item.state is ReviewState.OPEN
    return ReviewRow(
        line=line,
        cells=tuple(show_cells(source, cells)),
        why=tuple(_why(line, source, cells)),
        accepting=tuple(_accepting(line, source)) if answerable else (),
        rejecting=tuple(_rejecting(line)) if answerable else (),
        on_file=tuple(_on_file(collector, item, row)) if answerable and row is not None else (),
    )


def _on_file(collector: Collector, item: ReviewView, row: HeldRow) -> Iterator[OnFileFor]:
    names = {} if item.is_person else {view.candidate.subject_id: view.name for view in item.candidates}
    for found in foresee_answers(collector, row, list(names)):
        at = timezone.localtime(found.on_file.known_at).strftime("%Y-%m-%d")
        values = {"name": names[found.subject_id], "leaf": f"{found.on_file.leaf}", "day": at}
        key, why = f"review.on_file.{found.outcome.value}", f"rule.{found.rule}.title"
        said = {lang: text(why, lang) if found.rule else "" for lang in LANGUAGES}
        yield OnFileFor(Sentence(*(text(key, lang, **values, why=said[lang]) for lang in LANGUAGES)), found)


def _lines(items: Sequence[ReviewView], rows: Mapping[int, HeldRow], catalog: Catalog) -> list[ReviewLine]:
    names = list_supplier_names(catalog, (row.batch.supplier for row in rows.values()))
    return [
        _line(item, rows.get(item.held_row_id), names, catalog.sources.get(item.source_id)) for item in items
    ]


def _line(
    item: ReviewView, row: HeldRow | None, names: Mapping[str, str], source: Source | None
) -> ReviewLine:
    return ReviewLine(
        item=item,
        source_zh=item.source_id if source is None else source.title_zh,
        source_en=item.source_id if source is None else source.title_en,
        supplier="" if row is None else row.batch.supplier,
        supplier_name="" if row is None else names[row.batch.supplier],
        filename="" if row is None else row.batch.filename,
        rules=() if row is None else tuple(row.rules.split(",")),
    )


def _why(line: ReviewLine, source: Source | None, cells: Mapping[str, str]) -> list[Sentence]:
    """Why the row waits, with the code it gives and whose the register says that is."""
    code, known = "" if source is None else _code(source, cells), ""
    if code:
        subject_id = find_subject_id(code)
        if subject_id is not None:
            subject = get_subject(subject_id)
            known = mask_name(subject.name) if subject.is_person else subject.name
    values = {"name": line.item.name, "code": code or "—", "known": known or "—"}
    keys = [key for rule in line.rules if has_text(key := f"review.why.{rule}")]
    return [_say(key, values) for key in keys]


def _code(source: Source, cells: Mapping[str, str]) -> str:
    """The first register code the row gives; a person's number is none."""
    for kind, column in source.identifiers.items():
        value = cells.get(column, "").strip()
        if value and kind != IdKind.PERSON_ID.value:
            return masked(source.column(column), value)
    return ""


def _accepting(line: ReviewLine, source: Source | None) -> list[Sentence]:
    if line.item.is_person:
        return [_say("review.will.person", {})]
    tone, public = ("neutral", True) if source is None else (source.tone, source.publicity != "none")
    keys = ("accept", tone, "public" if public else "not_public", "undo")
    return [_say(f"review.will.{key}", _names(line)) for key in keys]


def _rejecting(line: ReviewLine) -> list[Sentence]:
    return [_say("review.will.reject", _names(line)), _say("review.will.undo_reject", {})]


def _names(line: ReviewLine) -> dict[str, str]:
    return {"source": line.source_zh, "source_en": line.source_en, "supplier": line.supplier_name}


def _say(key: str, values: Mapping[str, str]) -> Sentence:
    english = {**values, "source": values.get("source_en", "")}
    return Sentence(text(key, "zh", **values), text(key, "en", **english))
