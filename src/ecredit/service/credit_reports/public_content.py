"""The public form: exactly what the profile shows of a subject on a day, written for paper."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Final

from ecredit.judgement.evaluation.grade_rules import BASE, LIMIT
from ecredit.service.credit_reports.types import Block, Contents, Form, GradeHead, Lang, Langs, Part, Told
from ecredit.service.credit_reports.wording import (
    English,
    bullets,
    coded,
    day_before,
    field_value,
    minute,
    note,
    paragraph,
    plain_number,
    record,
    rows_of,
    say,
    signed_points,
    sub,
    table,
    warning,
)
from ecredit.service.publicity.listing import NUMBER_ENDINGS
from ecredit.service.publicity.public_ratings import PublicRating, PublicRule
from ecredit.service.publicity.queries import PublicStore
from ecredit.service.publicity.types import (
    Freshness,
    PublicItem,
    PublicLift,
    PublicReason,
    PublicSubject,
    Section,
)

_LEAVES: Final = 8


def read_public_contents(store: PublicStore, code: str, *, on: date, langs: Langs) -> Contents | None:
    """What a report on a subject says on a day; None when it has no public profile."""
    found = store.find_subject(code, on)
    if found is None:
        return None
    rules = store.rating_rules() if found.ratings else {}
    fresh, invented = store.freshness(), store.is_invented()
    english = store.english() if "en" in langs.each else {}
    told = tuple(tell(found, lang, fresh, english, rules, on=on, invented=invented) for lang in langs.each)
    as_of = "" if fresh.projected_at is None else minute(fresh.projected_at)
    return Contents(Form.PUBLIC, found.code, found.name, langs, told, as_of)


def tell(
    found: PublicSubject,
    lang: Lang,
    fresh: Freshness,
    english: English,
    rules: Mapping[str, PublicRule],
    *,
    on: date,
    invented: bool,
) -> Told:
    """The public form in one language."""
    opening: list[Block] = [warning(say(lang, "portal.invented"))] if invented else []
    opening.append(note(say(lang, "credit_report.public_lead")))
    if lang == "en":
        opening.append(note(say(lang, "portal.original_note")))
    parts = [
        *grade_parts(found, lang, on),
        *rating_parts(found.ratings, rules, lang),
        *_facts(found, lang),
        *_sections(found, lang, english),
        _empty(found, lang),
        objection_part(lang),
        proof_part(fresh, lang),
    ]
    return Told(
        lang,
        say(lang, "credit_report.title_public"),
        found.name,
        found.code,
        rows_of(_head(found, lang, english, fresh, on)),
        _grade(found, lang),
        tuple(opening),
        tuple(parts),
    )


def _head(
    found: PublicSubject, lang: Lang, english: English, fresh: Freshness, on: date
) -> Iterator[tuple[str, str]]:
    yield say(lang, "portal.subject_kind"), coded(lang, english, "subject_kind", found.kind)
    yield say(lang, "portal.subject_status"), coded(lang, english, "registration_state", found.status)
    yield say(lang, "portal.subject_area"), coded(lang, english, "area", found.area)
    yield say(lang, "credit_report.day"), on.isoformat()
    if fresh.projected_at is not None:
        yield say(lang, "portal.totals_as_of"), minute(fresh.projected_at)


def _grade(found: PublicSubject, lang: Lang) -> GradeHead:
    if found.grade:
        word = say(lang, f"portal.grade_word_{found.grade}")
        if found.score is not None:
            word += f"　{say(lang, 'portal.score', score=plain_number(found.score))}"
        return GradeHead(found.grade, word, say(lang, f"portal.grade_text_{found.grade}"))
    if found.grade_stale:
        return GradeHead("—", say(lang, "portal.grade_stale"), say(lang, "portal.grade_stale_text"))
    kept = "portal.grade_kept" if found.ungraded == "not_public" else "portal.grade_none"
    why = say(lang, f"portal.ungraded_{found.ungraded or 'waiting'}")
    own = found.ungraded_zh if lang == "zh" else found.ungraded_en
    return GradeHead("—", say(lang, kept), f"{own}{say(lang, 'portal.stop')}{why}" if own else why)


def grade_parts(found: PublicSubject, lang: Lang, on: date) -> Iterator[Part]:
    """Why the grade is what it is, the yardstick, what would lift it, and how it came to be."""
    if found.grade or found.reasons:
        heading = "portal.reasons_ungraded" if found.ungraded else "portal.reasons"
        yield Part(say(lang, heading), tuple(_reasons(found, lang)))
    if found.grade and found.model:
        yield Part(say(lang, "portal.lift"), tuple(_lifts(found, lang, on)))
    if found.history and found.grade:
        head = tuple(say(lang, f"portal.{key}") for key in ("history_on", "grade", "history_score"))
        rows = [(p.on.isoformat(), p.grade, plain_number(p.score)) for p in found.history]
        yield Part(say(lang, "portal.history"), (note(say(lang, "portal.history_note")), table(head, rows, (2, 1, 1), (2,))))  # fmt: skip


def _reasons(found: PublicSubject, lang: Lang) -> Iterator[Block]:
    reasons = [r for r in found.reasons if not (found.ungraded and r.indicator in (BASE, LIMIT))]
    if reasons:
        head = tuple(say(lang, f"credit_report.{key}") for key in ("col_points", "col_reason", "col_rests"))
        rows = [(_points(r), r.zh if lang == "zh" else r.en, _rests(r, lang)) for r in reasons]
        if found.score is not None:
            rows.append((plain_number(found.score), say(lang, "portal.score_total"), ""))
        yield table(head, rows, (2, 8, 8), (0,))
        if found.grade and found.model and found.score is None:
            yield paragraph(say(lang, "portal.score_none"))
    else:
        yield paragraph(say(lang, "portal.reasons_none"))
    model = found.model
    if model is not None:
        title = model.title_zh if lang == "zh" else model.title_en
        named = say(lang, "portal.model_named", title=title, version=model.version, edition=model.edition, since=model.since)  # fmt: skip
        own = say(lang, "portal.model_own")
        unverified = "" if model.verified else f" {say(lang, 'portal.model_unverified')}"
        yield note(f"{say(lang, 'portal.model')}{say(lang, 'portal.colon')}{named}")
        yield note(f"{own}{unverified} {say(lang, 'portal.grade_own_words')}")
        yield note(say(lang, "portal.model_bounds", floor=plain_number(model.floor), ceiling=plain_number(model.ceiling)))  # fmt: skip
    if found.graded_on is not None:
        said = f"{say(lang, 'portal.graded_on')} {found.graded_on}"
        if found.grade_until is not None:
            said += f"　{say(lang, 'portal.grade_until')} {day_before(found.grade_until)}"
        yield note(said)


def _points(reason: PublicReason) -> str:
    return "" if reason.points is None else signed_points(reason.points)


def _rests(reason: PublicReason, lang: Lang) -> str:
    said = []
    if reason.clause:
        said.append(reason.clause)
    ends = dict(zip(reason.item_leaves, reason.counts_until, strict=False))
    for leaf in reason.item_leaves[:_LEAVES]:
        end = ends.get(leaf)
        until = say(lang, "portal.reason_until", last=day_before(end)) if end else ""
        said.append(say(lang, "portal.reason_record", leaf=leaf) + until)
    if len(reason.item_leaves) > _LEAVES:
        said.append(say(lang, "portal.reason_further", count=len(reason.item_leaves) - _LEAVES))
    return ("；" if lang == "zh" else "; ").join(said)


def _lifts(found: PublicSubject, lang: Lang, on: date) -> Iterator[Block]:
    outlook = found.outlook
    if outlook is None:
        best = found.model is not None and found.grade == found.model.scale[0].grade
        hidden = found.score is None
        yield paragraph(say(lang, "portal.lift_hidden" if hidden else "portal.lift_best" if best else "portal.lift_clean"))  # fmt: skip
        return
    if outlook.lifts:
        yield bullets(_lift_line(lift, lang, on) for lift in outlook.lifts)
        if outlook.together is not None:
            said, more = _becomes(outlook.together, lang, on)
            yield bullets([(f"{say(lang, 'portal.lift_together')}{say(lang, 'portal.colon')}{said}", more)])
    else:
        yield paragraph(say(lang, "portal.lift_nothing"))
    if outlook.waits:
        comma = say(lang, "portal.list_comma")
        what = comma.join(zh if lang == "zh" else en for zh, en in outlook.waits)
        yield paragraph(f"{say(lang, 'portal.lift_waits')}{say(lang, 'portal.colon')}{what}{say(lang, 'portal.stop')}")  # fmt: skip
    for step in outlook.steps:
        if step.grade is not None and step.on > on:
            yield paragraph(say(lang, "portal.lift_time", on=step.on, grade=step.grade, score=plain_number(step.score)))  # fmt: skip
    if outlook.lifts:
        yield note(say(lang, "portal.lift_promise"))


def _lift_line(lift: PublicLift, lang: Lang, on: date) -> tuple[str, str]:
    does = (
        "；".join(zh for zh, _, _ in lift.does) if lang == "zh" else "; ".join(en for _, en, _ in lift.does)
    )
    said, more = _becomes(lift, lang, on)
    rule = "；".join(clause for _, _, clause in lift.does if clause)
    leaves = " ".join(say(lang, "portal.reason_record", leaf=leaf) for leaf in lift.leaves[:_LEAVES])
    return f"{does} → {said}", " ".join(one for one in (more, leaves, rule) if one)


def _becomes(lift: PublicLift, lang: Lang, on: date) -> tuple[str, str]:
    if lift.grade is None:
        return say(lang, "portal.lift_ungraded"), ""
    said = f"{lift.grade}（{plain_number(lift.score)}）" if lang == "zh" else f"{lift.grade} ({plain_number(lift.score)})"  # fmt: skip
    return said, lift_when(lift.on, lang, on)


def lift_when(may: date, lang: Lang, today: date) -> str:
    """From when something may be asked for: a day to come, or what the authority says."""
    return say(lang, "portal.lift_now") if may <= today else say(lang, "portal.lift_from", on=may)


def rating_parts(
    ratings: Iterable[PublicRating], rules: Mapping[str, PublicRule], lang: Lang
) -> Iterator[Part]:
    """Ratings whose rule is published."""
    lines = [_rating(r, rules[r.rule], lang) for r in ratings if r.rule in rules]
    if lines:
        yield Part(say(lang, "portal.rating_section"), (note(say(lang, "portal.rating_note")), bullets(lines)))  # fmt: skip


def _rating(rating: PublicRating, rule: PublicRule, lang: Lang) -> tuple[str, str]:
    title = rule.title_zh if lang == "zh" else rule.title_en
    if rating.rating is None or rating.low is None or rating.high is None:
        said = say(lang, "portal.rating_few", count=rating.ratings, least=rule.public_from)
    else:
        said = say(lang, "portal.rating_of", rating=f"{rating.rating:.1f}")
        said += say(lang, "portal.rating_interval", low=f"{rating.low:.1f}", high=f"{rating.high:.1f}")
        said += say(lang, "portal.rating_count", count=rating.ratings)
        if rating.weighted_down:
            taken = say(
                lang, "portal.rating_down", count=rating.weighted_down, share=f"{rating.taken * 100:.0f}"
            )
            reasons = (say(lang, "portal.rating_reason", title=say(lang, f"rating.title.{code}"), count=count) for code, count in rating.reasons)  # fmt: skip
            said += f"{say(lang, 'portal.stop')}{taken}{('；' if lang == 'zh' else '; ').join(reasons)}"
    named = say(lang, "portal.rating_rule", title=title, version=rating.rule_version)
    return f"{rating.name or title}{say(lang, 'portal.colon')}{said}", named


def _facts(found: PublicSubject, lang: Lang) -> Iterator[Part]:
    rows = [
        (
            say(lang, fact.label_key) if fact.label_key else fact.label,
            fact.value,
            fact.source + (f" {fact.on}" if fact.on else ""),
        )
        for fact in found.facts
        if fact.leaf is None
    ]
    if rows:
        head = tuple(say(lang, f"credit_report.{key}") for key in ("col_what", "col_value", "col_source"))
        yield Part(say(lang, "portal.facts"), (table(head, rows, (3, 5, 4)),))


def _sections(found: PublicSubject, lang: Lang, english: English) -> Iterator[Part]:
    own = (found.name, found.code)
    for section in Section:
        items = found.items_in(section)
        if items:
            title = f"{say(lang, f'portal.section_{section}')}（{len(items)}）" if lang == "zh" else f"{say(lang, f'portal.section_{section}')} ({len(items)})"  # fmt: skip
            yield Part(title, tuple(_document(item, lang, english, own) for item in items))


def _document(item: PublicItem, lang: Lang, english: English, own: tuple[str, str]) -> Block:
    number = next((f.value for f in item.fields if f.label.endswith(NUMBER_ENDINGS)), "")
    title = " ".join(one for one in (item.title_zh if lang == "zh" else item.title_en, number) if one)
    fields = rows_of(
        (f.label, field_value(lang, f, english))
        for f in item.fields
        if f.value not in own and f.value != number
    )
    return record(title, fields, rows_of(_provenance(item, lang)))


def _provenance(item: PublicItem, lang: Lang) -> Iterator[tuple[str, str]]:
    yield say(lang, "portal.record_supplier"), item.supplier
    if item.occurred_on:
        yield say(lang, "portal.record_occurred"), item.occurred_on.isoformat()
    if item.corrected_on:
        by = f"{say(lang, 'portal.record_corrected_by')} {item.corrected_by}" if item.corrected_by else ""
        yield say(lang, "portal.record_corrected"), f"{item.corrected_on}{by}"
    if item.valid_to:
        yield say(lang, "portal.record_valid"), item.valid_to.isoformat()
    if item.shown_until:
        term = say(
            lang, "portal.record_shown_until", start=item.shown_from, last=day_before(item.shown_until)
        )
    else:
        term = say(lang, "portal.record_shown_open", start=item.shown_from)
    yield say(lang, "portal.record_shown"), term
    yield say(lang, "portal.record_number"), str(item.leaf)
    yield say(lang, "portal.record_rule"), item.clause


def _empty(found: PublicSubject, lang: Lang) -> Part:
    held = {item.section for item in found.items}
    names = say(lang, "portal.list_comma").join(
        say(lang, f"portal.section_{s}") for s in Section if s not in held
    )
    said = f"{say(lang, 'portal.section_empty')}{say(lang, 'portal.colon')}{names}{say(lang, 'portal.stop')}"
    blocks = (paragraph(said),) if names else ()
    return Part(say(lang, "credit_report.nothing"), (*blocks, note(say(lang, "portal.section_empty_note"))))


def objection_part(lang: Lang) -> Part:
    """How to object, and what credit repair is."""
    where = [
        (say(lang, "portal.objection_where_dept"), say(lang, "portal.objection_where_dept_text")),
        (say(lang, "portal.objection_where_china"), say(lang, "portal.objection_where_china_text")),
        (
            say(lang, "portal.objection_where_platform"),
            say(lang, "portal.objection_where_platform_text", office=say(lang, "portal.office")),
        ),
    ]
    bring = [(say(lang, f"portal.objection_bring_{key}"), "") for key in ("who", "which", "what", "proof")]
    return Part(
        say(lang, "portal.objection_heading"),
        (
            bullets(where),
            sub(say(lang, "portal.objection_bring")),
            bullets(bring),
            note(say(lang, "portal.objection_not_decision")),
            note(say(lang, "portal.objection_not_repair")),
        ),
    )


def proof_part(fresh: Freshness, lang: Lang) -> Part:
    """What the report rests on, and how anybody checks it."""
    lines = [(say(lang, "credit_report.check_online"), ""), (say(lang, "credit_report.check_offline"), "")]
    blocks: list[Block] = [bullets(lines)]
    rows = []
    if fresh.catalogue_edition:
        rows.append((say(lang, "credit_report.catalogue"), fresh.catalogue_edition))
    if fresh.log_size is not None and fresh.log_root:
        rows.append((say(lang, "credit_report.log_size"), f"{fresh.log_size:,}"))
        rows.append((say(lang, "credit_report.log_root"), fresh.log_root))
    if rows:
        blocks.append({"kind": "pairs", "rows": [list(row) for row in rows_of(rows)]})
    blocks += [note(say(lang, "credit_report.not_binding")), note(say(lang, "portal.footer_note"))]
    return Part(say(lang, "credit_report.proof"), tuple(blocks))
