"""A public database at hand, written through the room's own writer."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from ecredit.service.publicity.grade_changes import change_doc
from ecredit.service.publicity.store import (
    Label,
    SourceRow,
    fact_docs,
    iso,
    item_doc,
    open_writer,
    reason_docs,
    to_json,
)
from ecredit.service.publicity.types import PublicLift, PublicOutlook, PublicSubject


def write_subjects(
    path: Path,
    *subjects: PublicSubject,
    old_codes: Mapping[str, str] | None = None,
    meta: Mapping[str, str] | None = None,
    english: Mapping[str, Mapping[str, str]] | None = None,
    shops: Mapping[int, str] | None = None,
    platforms: Mapping[int, str] | None = None,
    chapters: Mapping[str, object] | None = None,
    now: datetime = datetime(2026, 11, 25, 2, 0, tzinfo=UTC),
) -> None:
    """Add subjects with their documents as given: for tests that need a public database at hand.

    The projection itself goes through `PublicWriter`. Documents are written whatever their days, so that a test
    can see readers leave out what is not shown.
    """
    with open_writer(path) as writer:
        (first,) = writer.connection.execute("SELECT coalesce(max(id), 0) + 1 FROM subject").fetchone()
        writer.put_subjects(
            (
                number, s.code, s.name, s.kind, s.area, s.status, s.grade, iso(s.graded_on), iso(s.grade_until),
                s.score, None if s.model is None else s.model.edition, s.ungraded, fact_docs(s.facts), reason_docs(s.reasons), change_doc(s.change),
                outlook_of(s.outlook), history_of(s), 0,
            )
            for number, s in enumerate(subjects, first)
        )  # fmt: skip
        writer.put_models(s.model for s in subjects if s.model is not None)
        writer.put_code_tables((english or {}).items())
        writer.put_sources(_sources_of(subjects))
        writer.put_items(
            (i.leaf, s.code, i.source, str(i.section), iso(i.occurred_on), i.shown_from.isoformat(),
             iso(i.shown_until),
             item_doc(i.supplier, i.clause, iso(i.valid_from), iso(i.valid_to), {f.code: f.value for f in i.fields},
                      None if i.corrected_on is None else (i.corrected_on.isoformat(), i.corrected_by)))
            for s in subjects
            for i in s.items
        )  # fmt: skip
        writer.put_shops(
            (leaf, shop, (platforms or {}).get(leaf, "")) for leaf, shop in (shops or {}).items()
        )
        writer.put_chapters(chapters or {})
        writer.put_old_codes((old_codes or {}).items())
        writer.put_meta(
            {"projected_at": now.isoformat(), "projected_for": now.date().isoformat(), **(meta or {})}
        )
        writer.settle()


def outlook_of(outlook: PublicOutlook | None) -> str | None:
    """As `outlook_doc` writes it, from what the portal reads."""
    if outlook is None:
        return None

    def lift(of: PublicLift) -> list[object]:
        return [of.does, of.leaves, of.on.isoformat(), of.grade, of.score, of.idle_grade, of.idle_score]

    together = None if outlook.together is None else lift(outlook.together)
    steps = [(step.on.isoformat(), step.grade, step.score) for step in outlook.steps]
    return to_json([[lift(part) for part in outlook.lifts], together, steps, outlook.waits])


def history_of(subject: PublicSubject) -> str | None:
    """As `history_doc` writes it; every grade rests on what the present one does."""
    if not subject.history:
        return None
    leaves = sorted({leaf for reason in subject.reasons for leaf in reason.item_leaves})
    until = min((r.shown_until for r in subject.reasons if r.shown_until is not None), default=None)
    return to_json(
        [(p.on.isoformat(), p.grade, p.score, p.edition, leaves, iso(until)) for p in subject.history]
    )


def _sources_of(subjects: Iterable[PublicSubject]) -> Iterator[SourceRow]:
    labels: dict[str, dict[str, Label]] = {}
    titles: dict[str, tuple[str, str]] = {}
    for item in (item for subject in subjects for item in subject.items):
        titles[item.source] = (item.title_zh, item.title_en)
        labels.setdefault(item.source, {}).update(
            (field.code, (field.label, field.unit, field.table)) for field in item.fields
        )
    for source, (zh, en) in titles.items():
        yield source, zh, en, to_json(labels[source])
