"""A subject's whole file as an officer reads it: who it is, how it is graded and why, its records a page at a time."""

from dataclasses import dataclass

from ecredit.facts.actors.approval_queries import ApprovalView, list_waiting_about
from ecredit.facts.actors.queries import count_reads
from ecredit.facts.collection.queries import list_files
from ecredit.facts.collection.shown_values import ShownValue, show_entry_value
from ecredit.facts.records.post_actions import REASON
from ecredit.facts.records.timeline import TimelineFilter, list_timeline
from ecredit.facts.records.types import EntryView
from ecredit.facts.subjects.merge_queries import MergeEvent, list_merges_of
from ecredit.facts.subjects.queries import SubjectView, get_subject, list_merged_ids
from ecredit.facts.subjects.search_queries import SubjectHit, list_hits
from ecredit.foundation.catalog.rating_types import PointLevel, RatingRule
from ecredit.foundation.catalog.types import Source, Tone
from ecredit.foundation.kernel.masking import mask_name
from ecredit.judgement.evaluation.rating_queries import list_ratings_of
from ecredit.judgement.evaluation.rating_types import RatingFigures
from ecredit.service.operation.platform import Platform
from ecredit.service.operation.subject_grade import FileGrade, read_grade

# What a glance at a record shows of it, beside its document's own number.
_GLANCE, _SHORT = 3, 40


@dataclass(frozen=True, slots=True)
class FileRecord:
    """An entry at a glance. `standing`: it speaks for its document today, or at the instant asked about."""

    entry: EntryView
    standing: bool
    title_zh: str
    title_en: str
    tone: Tone
    document: str
    glance: tuple[ShownValue, ...]
    filename: str
    waiting: ApprovalView | None


@dataclass(frozen=True, slots=True)
class FileRating:
    """A shown rating of a shop of the subject's, or of itself, with the rule it stands under and the level its points reach."""

    figures: RatingFigures
    rule: RatingRule
    level: PointLevel | None


@dataclass(frozen=True, slots=True)
class SubjectFile:
    """A page of a file. The subject's name is masked when it is a natural person."""

    subject: SubjectView
    relatives: dict[int, SubjectHit]
    merges: tuple[MergeEvent, ...]
    grade: FileGrade | None
    ratings: tuple[FileRating, ...]
    records: tuple[FileRecord, ...]
    found: int
    by_source: tuple[tuple[str, int], ...]
    reads: int


def read_subject_file(
    platform: Platform, subject_id: int, wanted: TimelineFilter, *, limit: int = 50, offset: int = 0
) -> SubjectFile:
    """The file of a canonical subject. The caller has asked for the purpose and noted the read."""
    ids = list_merged_ids(subject_id)
    subject = get_subject(subject_id)
    timeline = list_timeline(ids, wanted, limit=limit, offset=offset)
    files = list_files(entry.batch_id for entry in timeline.entries if entry.batch_id is not None)
    waiting = list_waiting_about([f"entry:{entry.leaf}" for entry in timeline.entries])
    records = tuple(
        _record(
            platform,
            entry,
            subject,
            standing=entry.leaf in timeline.standing,
            filename=files.get(entry.batch_id or 0, ""),
            waiting=waiting.get(f"entry:{entry.leaf}"),
        )
        for entry in timeline.entries
    )
    return SubjectFile(
        subject=_masked(subject),
        relatives=list_hits([*subject.parents, *subject.branches, *ids[1:]]),
        merges=tuple(list_merges_of(ids)),
        grade=read_grade(platform, subject, ids, wanted),
        # Of an earlier day, or of what was known then, no rating is kept.
        ratings=() if wanted.as_of or wanted.known_at else _ratings(platform, subject_id),
        records=records,
        found=timeline.found,
        by_source=timeline.by_source,
        reads=count_reads(f"subject:{subject_id}"),
    )


def _ratings(platform: Platform, subject_id: int) -> tuple[FileRating, ...]:
    rules = platform.catalog.ratings
    found = []
    for figures in list_ratings_of([subject_id]):
        rule = rules.get(figures.rule)
        if rule is None:
            continue
        levels = () if rule.points is None else rule.points.levels
        level = next((level for level in levels if level.id == figures.more.get("level")), None)
        found.append(FileRating(figures, rule, level))
    return tuple(found)


def document_of(source: Source | None, entry: EntryView, about_person: bool, platform: Platform) -> str:
    """What a document is called: its key's values but the name."""
    if source is None:
        return entry.doc_key[:12]
    codes = [code for code in source.key if code != source.name_column and code in entry.values]
    sealer = platform.sealer
    return " ".join(
        show_entry_value(source, code, entry.values[code], about_person=about_person, sealer=sealer)
        for code in (codes[:1] if source.key_mode == "first" else codes)
    )


def _record(
    platform: Platform,
    entry: EntryView,
    subject: SubjectView,
    *,
    standing: bool,
    filename: str,
    waiting: ApprovalView | None,
) -> FileRecord:
    source = platform.catalog.sources.get(entry.source_id)
    return FileRecord(
        entry=entry,
        standing=standing,
        title_zh=source.title_zh if source else entry.source_id,
        title_en=source.title_en if source else entry.source_id,
        tone=source.tone if source else "neutral",
        document=document_of(source, entry, subject.is_person, platform),
        glance=() if source is None else _glance(platform, source, entry),
        filename=filename,
        waiting=waiting,
    )


def _glance(platform: Platform, source: Source, entry: EntryView) -> tuple[ShownValue, ...]:
    """The first short values that neither name the subject nor are personal."""
    left_out = {
        *source.key,
        *source.identifiers.values(),
        source.name_column,
        source.subject_kind_column,
        *(column.document_column for column in source.columns),
        REASON,
    }
    shown: list[ShownValue] = []
    for column in source.columns:
        value = entry.values.get(column.code, "")
        if not value or column.code in left_out or column.personal != "none" or len(value) > _SHORT:
            continue
        text = show_entry_value(source, column.code, value, about_person=False, sealer=platform.sealer)
        shown.append(ShownValue(column.code, column.name, text, sealed=False))
        if len(shown) == _GLANCE:
            break
    return tuple(shown)


def _masked(subject: SubjectView) -> SubjectView:
    if not subject.is_person:
        return subject
    fields = {name: getattr(subject, name) for name in SubjectView.__slots__}
    return SubjectView(**fields | {"name": mask_name(subject.name), "address": "", "legal_rep": ""})
