"""The full form of a credit report: the whole file as an officer may show it to the subject, and nothing of third persons.

Who may have it is the caller's to decide; here it is only what it says. Personal data is masked by the one policy, and columns that
hold it are left out altogether unless they are a natural person's own name or number.
"""

from collections.abc import Iterator

from ecredit.facts.actors.queries import latest_head, list_supplier_names
from ecredit.facts.collection.shown_values import show_entry_value
from ecredit.facts.records.timeline import TimelineFilter
from ecredit.facts.records.types import EntryView
from ecredit.facts.subjects.queries import SubjectView
from ecredit.foundation.catalog.types import Column, Source
from ecredit.foundation.kernel.masking import redact
from ecredit.service.credit_reports.public_content import lift_when, objection_part, proof_part
from ecredit.service.credit_reports.types import (
    Asked,
    Block,
    Contents,
    Form,
    GradeHead,
    Lang,
    Langs,
    Part,
    Told,
)
from ecredit.service.credit_reports.wording import (
    amount,
    bullets,
    minute,
    note,
    paragraph,
    plain_number,
    record,
    rows_of,
    say,
    signed_points,
    table,
    warning,
)
from ecredit.service.operation.platform import Platform
from ecredit.service.operation.subject_file import FileRating, FileRecord, SubjectFile, read_subject_file
from ecredit.service.operation.subject_grade import FileGrade
from ecredit.service.publicity.clauses import clause_text
from ecredit.service.publicity.reveal import readable_columns, revealed
from ecredit.service.publicity.types import Freshness

_PAGE = 500
_MOST = 5_000
_LEAVES = 8


def read_full_contents(
    platform: Platform, subject_id: int, asked: Asked, langs: Langs, *, invented: bool
) -> Contents:
    """What the full form about a canonical subject says today. The caller has decided who may have it, and notes the read."""
    file = read_subject_file(platform, subject_id, TimelineFilter(), limit=_PAGE)
    records = list(file.records)
    while len(records) < min(file.found, _MOST):
        more = read_subject_file(
            platform, subject_id, TimelineFilter(), limit=_PAGE, offset=len(records)
        ).records
        if not more:
            break
        records += more
    standing = [one for one in records if one.standing]
    names = list_supplier_names(platform.catalog, (one.entry.supplier for one in standing))
    head = latest_head()
    fresh = Freshness(
        projected_at=platform.now,
        projected_for=None,
        through_leaf=-1,
        log_size=None if head is None else head.size,
        log_root=None if head is None else bytes(head.root).hex(),
        catalogue_edition=platform.catalog.edition,
    )
    told = tuple(
        _tell(platform, file, standing, names, asked, fresh, lang, invented=invented) for lang in langs.each
    )
    return Contents(Form.FULL, file.subject.code, file.subject.name, langs, told, minute(platform.now))


def _tell(
    platform: Platform,
    file: SubjectFile,
    records: list[FileRecord],
    names: dict[str, str],
    asked: Asked,
    fresh: Freshness,
    lang: Lang,
    *,
    invented: bool,
) -> Told:
    subject = file.subject
    opening: list[Block] = [warning(say(lang, "portal.invented"))] if invented else []
    opening.append(note(say(lang, "credit_report.full_lead")))
    if lang == "en":
        opening.append(note(say(lang, "portal.original_note")))
    opening.append(note(say(lang, "credit_report.reads", count=file.reads)))
    parts = [
        Part(say(lang, "portal.reasons"), tuple(_grade_blocks(platform, file.grade, lang))),
        *_ratings(file.ratings, lang),
        Part(
            say(lang, "credit_report.records", count=len(records)),
            tuple(_records(platform, subject, records, names, lang)),
        ),
        objection_part(lang),
        proof_part(fresh, lang),
    ]
    return Told(
        lang,
        say(lang, "credit_report.title_full"),
        subject.name,
        subject.code,
        rows_of(_facts(subject, asked, fresh, lang)),
        _grade_head(file.grade, lang),
        tuple(opening),
        tuple(parts),
    )


def _facts(subject: SubjectView, asked: Asked, fresh: Freshness, lang: Lang) -> Iterator[tuple[str, str]]:
    yield say(lang, "portal.subject_kind"), subject.kind
    yield say(lang, "portal.subject_status"), subject.status
    if not subject.is_person:
        for _, value in subject.codes:
            if value != subject.code:
                yield say(lang, "portal.subject_old_code"), value
    if fresh.projected_at is not None:
        yield say(lang, "portal.totals_as_of"), minute(fresh.projected_at)
    yield say(lang, "credit_report.purpose"), asked.purpose
    yield say(lang, "credit_report.consent"), asked.consent


def _grade_head(grade: FileGrade | None, lang: Lang) -> GradeHead:
    if grade is None or grade.grade is None:
        return GradeHead("—", say(lang, "credit_report.grade_none"), "")
    word = say(lang, f"portal.grade_word_{grade.grade}")
    if grade.score is not None:
        word += f"　{say(lang, 'portal.score', score=plain_number(float(grade.score)))}"
    return GradeHead(grade.grade, word, say(lang, f"portal.grade_text_{grade.grade}"))


def _grade_blocks(platform: Platform, grade: FileGrade | None, lang: Lang) -> Iterator[Block]:
    if grade is None:
        yield paragraph(say(lang, "credit_report.grade_none"))
        return
    head = tuple(say(lang, f"credit_report.{key}") for key in ("col_points", "col_reason", "col_rests"))
    rows = []
    for reason in grade.reasons:
        leaves = [say(lang, "portal.reason_record", leaf=leaf) for leaf in reason.leaves[:_LEAVES]]
        if len(reason.leaves) > _LEAVES:
            leaves.append(say(lang, "portal.reason_further", count=len(reason.leaves) - _LEAVES))
        rests = [one for one in (clause_text(platform.catalog, reason.clause), *leaves) if one]
        between = "；" if lang == "zh" else "; "
        rows.append(
            (
                signed_points(float(reason.points)),
                reason.zh if lang == "zh" else reason.en,
                between.join(rests),
            )
        )
    yield table(head, rows, (2, 8, 8), (0,))
    if grade.grade is not None and grade.score is not None:
        score = plain_number(float(grade.score))
        yield note(say(lang, "credit_report.grade_line", grade=grade.grade, score=score, model=grade.model, version=grade.version, on=grade.as_of))  # fmt: skip
    yield note(say(lang, "portal.grade_own_words"))
    lifts = () if grade.outlook is None else grade.outlook.lifts
    if lifts and grade.grade is not None:
        yield {"kind": "sub", "text": say(lang, "portal.lift")}
        yield bullets(
            (
                f"{'；'.join(r.zh for r in lift.remedies) if lang == 'zh' else '; '.join(r.en for r in lift.remedies)} → "
                f"{lift.grade or '—'} {plain_number(float(lift.score))}",
                lift_when(lift.on, lang, platform.today),
            )
            for lift in lifts
        )
        yield note(say(lang, "portal.lift_promise"))


def _ratings(ratings: tuple[FileRating, ...], lang: Lang) -> Iterator[Part]:
    lines = []
    for one in ratings:
        figures, title = one.figures, one.rule.title_zh if lang == "zh" else one.rule.title_en
        if figures.rating is None or figures.low is None or figures.high is None:
            continue
        said = say(lang, "portal.rating_of", rating=f"{figures.rating:.2f}")
        said += say(lang, "portal.rating_interval", low=f"{figures.low:.2f}", high=f"{figures.high:.2f}")
        said += say(lang, "portal.rating_count", count=figures.ratings)
        named = say(lang, "portal.rating_rule", title=title, version=figures.rule_version)
        lines.append((f"{redact(figures.name) or title}{say(lang, 'portal.colon')}{said}", named))
    if lines:
        yield Part(say(lang, "portal.rating_section"), (bullets(lines),))


def _records(
    platform: Platform, subject: SubjectView, records: list[FileRecord], names: dict[str, str], lang: Lang
) -> Iterator[Block]:
    if not records:
        yield paragraph(say(lang, "credit_report.records_none"))
    for one in records:
        entry, source = one.entry, platform.catalog.sources.get(one.entry.source_id)
        title = one.title_zh if lang == "zh" else one.title_en
        document = redact(one.document) if not subject.is_person else ""
        fields = () if source is None else rows_of(_fields(platform, source, entry, subject, lang))
        yield record(
            f"{title} {document}".strip(),
            fields,
            rows_of(_origin(entry, names.get(entry.supplier, ""), lang)),
        )


def _fields(
    platform: Platform, source: Source, entry: EntryView, subject: SubjectView, lang: Lang
) -> Iterator[tuple[str, str]]:
    own = {source.name_column, *source.identifiers.values()}
    if subject.is_person:
        for code in sorted(own & entry.values.keys()):
            shown = show_entry_value(
                source, code, entry.values[code], about_person=True, sealer=platform.sealer
            )
            yield source.column(code).name, shown
    # What kind of document a third person showed is about that person, too.
    left_out = own | {column.document_column for column in source.columns if column.document_column}
    columns = readable_columns(source, platform.catalog, lambda column: _is_told(column, left_out))
    units = {column.code: column.unit for column in source.columns if column.unit}
    for code, value in revealed(columns, source, entry.values).items():
        unit = units.get(code)
        yield source.column(code).name, amount(lang, value, unit) if unit else value


def _is_told(column: Column, own: set[str]) -> bool:
    """Nothing personal: of a firm's file that would be a third person's, and a natural person's own is told apart."""
    return column.personal == "none" and column.code not in own and column.type not in ("person_id", "phone")


def _origin(entry: EntryView, supplier: str, lang: Lang) -> Iterator[tuple[str, str]]:
    yield say(lang, "credit_report.record_source"), supplier
    if entry.valid_from is not None:
        yield say(lang, "credit_report.record_on"), entry.valid_from.isoformat()
    if entry.valid_to is not None:
        yield say(lang, "credit_report.record_until"), entry.valid_to.isoformat()
    yield say(lang, "credit_report.record_known"), minute(entry.known_at)
    yield say(lang, "credit_report.record_number"), str(entry.leaf)
