"""ecredit show: a subject's whole file as an officer may see it, today or as it was."""

import argparse
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from django.db import transaction

from ecredit.facts.actors.journal_actions import post_journal
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.collection.shown_values import show_entry_value
from ecredit.facts.records.queries import current_entries, list_entries
from ecredit.facts.records.types import EntryView
from ecredit.facts.subjects.queries import SubjectView, get_subject, get_subject_id, list_merged_ids
from ecredit.foundation.catalog.types import Catalog
from ecredit.foundation.kernel.masking import mask_name, redact
from ecredit.foundation.proof.sealing import Sealer
from ecredit.judgement.evaluation.change_rules import changed_reasons
from ecredit.judgement.evaluation.queries import find_last_change
from ecredit.judgement.evaluation.rating_queries import list_ratings_of
from ecredit.judgement.evaluation.reason_texts import Wording
from ecredit.judgement.evaluation.reference import judge_from_entries
from ecredit.judgement.evaluation.types import Model
from ecredit.judgement.evaluation.version_queries import models_on
from ecredit.surface.cli.answer import Answer, columns, named
from ecredit.surface.cli.context import Context
from ecredit.surface.cli.parsing import Everywhere, Subparsers, day, instant
from ecredit.surface.cli.rating_lines import rating_lines


def add_parsers(commands: Subparsers, everywhere: Everywhere) -> None:
    """Declare `show`."""
    parser = commands.add_parser("show", parents=[everywhere], help="信用档案 a subject's whole file")
    parser.add_argument("code", metavar="CODE", help="统一社会信用代码等 a code of any kind, or S<id>")
    parser.add_argument("--as-of", type=day, metavar="DATE", help="事实截至 what had happened by this day")
    parser.add_argument(
        "--known-at", type=instant, metavar="INSTANT", help="当时所知 what was known at this instant"
    )
    parser.add_argument(
        "--purpose", default="operator", help="查阅目的，记入日志 why it is read; it is journaled"
    )
    parser.add_argument(
        "--history", action="store_true", help="含旧版本 also superseded and withdrawn entries"
    )
    parser.set_defaults(run=run_show)


def run_show(args: argparse.Namespace, context: Context) -> Answer:
    """Read the file, journal the reading, print it. Identity numbers and telephones come out masked."""
    subject_id = get_subject_id(args.code, context.sealer)
    subject = get_subject(subject_id)
    as_of = args.as_of or context.today
    _journal(context, subject_id, args.purpose)
    ids = frozenset(list_merged_ids(subject_id))
    entries = list_entries(ids, known_at=args.known_at)
    standing = entries if args.history else current_entries(entries, subject_ids=ids, as_of=args.as_of)
    models = models_on(context.catalog, as_of, known_at=args.known_at)
    grade = _grade(models, subject, ids, entries, as_of)
    change = _change(subject_id, as_of, args.known_at)
    records = [_record(entry, context.catalog, context.sealer, subject.is_person) for entry in standing]
    # Ratings are as the last evaluation left them: of an earlier day nothing is kept.
    earlier = args.as_of is not None or args.known_at is not None
    ratings = [] if earlier else list_ratings_of([subject_id])
    document = {
        "subject": {
            **asdict(subject),
            "name": mask_name(subject.name) if subject.is_person else subject.name,
        },
        "as_of": as_of,
        "known_at": args.known_at,
        "grade": grade,
        "change": change,
        "ratings": [asdict(figures) for figures in ratings],
        "records": records,
        "findings": [],
        "lists": [],
        "cases": [],
    }
    told = rating_lines(ratings, context.catalog.ratings)
    return Answer(document, _lines(subject, grade, change, told, records))


def _journal(context: Context, subject_id: int, purpose: str) -> None:
    with transaction.atomic():
        log = OpenLog(context.ring, context.now)
        post_journal(
            log,
            by=context.operator,
            verb="subject.read",
            about=f"subject:{subject_id}",
            detail={"purpose": redact(purpose)[:200]},
        )
        log.seal()


def _grade(
    models: Sequence[Model], subject: SubjectView, ids: frozenset[int], entries: list[EntryView], as_of: date
) -> dict[str, Any] | None:
    """Graded anew from these entries alone, by the slow and obvious way: it must be the same as the kept one."""
    status = _status(subject, ids, entries)
    judged = judge_from_entries(models, subject.kind, entries, as_of, status=status, subject_ids=ids)
    if judged is None:
        return None
    model, judgement = judged
    wording = Wording(model)
    return {
        "model": model.id,
        "version": model.version,
        "edition": model.edition,
        "grade": judgement.grade,
        "score": judgement.score,
        "valid_until": judgement.valid_until,
        "reasons": [asdict(wording.reason(finding)) for finding in judgement.findings],
    }


def _change(subject_id: int, as_of: date, known_at: datetime | None) -> dict[str, Any] | None:
    """The last change of the kept grade by a day, as known at an instant, with the reasons that came and went."""
    found = find_last_change(subject_id, as_of=as_of, known_at=known_at)
    if found is None:
        return None
    before, after = found
    entered, left = changed_reasons(before.reasons, after.reasons)
    return {
        "on": after.as_of,
        "before": before.grade,
        "after": after.grade,
        "entered": [asdict(reason) for reason in entered],
        "left": [asdict(reason) for reason in left],
    }


def _change_lines(change: dict[str, Any]) -> Iterator[str]:
    yield f"  最近一次等级变化 last change: {change['on']} {change['before']} → {change['after']}"
    for sign, part in (("新计入 now counts", "entered"), ("不再计入 no longer", "left")):
        for reason in change[part]:
            leaves = "、".join(f"#{leaf}" for leaf in reason["leaves"][:5])
            yield f"    {sign}: {reason['points']:+} {reason['zh']} / {reason['en']} {leaves}".rstrip()


def _status(subject: SubjectView, ids: frozenset[int], entries: list[EntryView]) -> str:
    """The state in the register as these entries say it, so that an earlier day shows the earlier state."""
    standing = current_entries(entries, subject_ids=ids)
    registered = [e.values.get("REGSTATE", "") for e in standing if e.source_id == "registration"]
    return registered[-1] if registered else subject.status


def _record(entry: EntryView, catalog: Catalog, sealer: Sealer, about_person: bool) -> dict[str, Any]:
    source = catalog.sources.get(entry.source_id)

    def shown(values: Mapping[str, str]) -> dict[str, str]:
        return {
            code: show_entry_value(source, code, value, about_person=about_person, sealer=sealer)
            for code, value in values.items()
        }

    values = shown(entry.values)
    key = [code for code in source.key if code != source.name_column] if source else []
    return {
        "leaf": entry.leaf,
        "verb": entry.verb,
        "source": entry.source_id,
        "title": source.title_zh if source else entry.source_id,
        "supplier": entry.supplier,
        "batch": entry.batch_id,
        "line": entry.line,
        "valid_from": entry.valid_from,
        "valid_to": entry.valid_to,
        "known_at": entry.known_at,
        "edition": entry.edition,
        "document": " ".join(values[code] for code in key if code in values),
        "values": values,
        "original": shown(entry.original),
    }


def _lines(
    subject: SubjectView,
    grade: dict[str, Any] | None,
    change: dict[str, Any] | None,
    told: Iterable[str],
    records: list[dict[str, Any]],
) -> list[str]:
    name = mask_name(subject.name) if subject.is_person else subject.name
    lines = [f"{name}（S{subject.id}，{subject.kind}{'，' + subject.status if subject.status else ''}）"]
    lines += [f"  {kind} {value}" for kind, value in subject.codes]
    if subject.parents:
        lines.append("  上级 parent: " + "、".join(f"S{i}" for i in subject.parents))
    if subject.branches:
        lines.append("  分支 branches: " + "、".join(f"S{i}" for i in subject.branches))
    if grade is None:
        lines.append("  未评价：没有适用的模型 not graded: no model fits")
    else:
        lines.append(
            f"  等级 grade {grade['grade'] or '未评 none'}，{grade['score']} 分（{grade['model']} {grade['version']}）"
        )
        for reason in grade["reasons"]:
            clause = reason["clause"]
            law = f" [{clause['law']} {clause['article'] or ''}]".rstrip() if clause else ""
            leaves = "、".join(f"#{leaf}" for leaf in reason["leaves"][:5])
            lines.append(f"    {reason['points']:+} {reason['zh']} / {reason['en']} {leaves}{law}")
    if change is not None:
        lines += _change_lines(change)
    lines += told
    rows = [
        (
            f"#{r['leaf']}",
            named(f"desk.verb_{r['verb']}", r["verb"]),
            r["title"],
            r["document"][:60],
            r["valid_from"] or "",
            r["valid_to"] or "",
            r["supplier"],
            f"{r['batch'] or ''}:{r['line'] or ''}",
        )
        for r in records
    ]
    lines += columns(
        rows,
        (
            "条目 leaf",
            "怎样来的 verb",
            "记录 record",
            "文书 document",
            "起 from",
            "止 to",
            "来源 supplier",
            "批次:行 batch:line",
        ),
    )
    return lines
