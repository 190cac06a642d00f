"""ecredit model list|show|draft|diff|try|propose|adopt: the versions of the grade models, from a draft to being in force."""

import argparse
import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from ecredit.facts.actors.approval_queries import get_approval, list_names, list_waiting_about
from ecredit.facts.actors.rights import allow
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.judgement.evaluation.diff_rules import Difference, list_differences
from ecredit.judgement.evaluation.draft_actions import keep_draft, keep_first_versions, keep_rollback
from ecredit.judgement.evaluation.model_words import ModelWords
from ecredit.judgement.evaluation.trial_actions import last_trial
from ecredit.judgement.evaluation.trial_types import Trial
from ecredit.judgement.evaluation.version_queries import (
    file_differences,
    find_version_on,
    get_version,
    list_adoptions,
    list_versions,
)
from ecredit.judgement.evaluation.version_types import ADOPT, Span, VersionView
from ecredit.service.operation.approved import ask, decide
from ecredit.service.operation.model_trials import adoption_of, console_account, read_draft_file, try_model
from ecredit.surface.cli.answer import Answer, columns, named
from ecredit.surface.cli.context import Context
from ecredit.surface.cli.parsing import Everywhere, Subparsers, day

_SAID_STATES = {
    "in_force": "生效 in force",
    "coming": "待生效 coming",
    "ended": "已失效 ended",
    "draft": "草稿 draft",
}
_MOST_LISTED = 10


def add_parsers(commands: Subparsers, everywhere: Everywhere) -> None:
    """Declare `model` and its verbs."""
    parser = commands.add_parser(
        "model", parents=[everywhere], help="评价模型的版本 versions of the grade models"
    )
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    listing = verbs.add_parser(
        "list", parents=[everywhere], help="各版本和生效期间 versions, and from when until when"
    )
    listing.set_defaults(run=run_list)
    show = verbs.add_parser("show", parents=[everywhere], help="用文字说一个版本 a version in words")
    show.add_argument(
        "version", metavar="MODEL[/N]", help="模型，或它的第几版 a model (in force) or one version of it"
    )
    show.add_argument("--on", type=day, metavar="DATE", help="哪一天生效的 the one in force on this day")
    show.add_argument("--text", action="store_true", help="原文（YAML） the text as it was written")
    show.set_defaults(run=run_show)
    draft = verbs.add_parser(
        "draft", parents=[everywhere], help="起草 keep a draft; faults are told with their lines"
    )
    what = draft.add_mutually_exclusive_group(required=True)
    what.add_argument("--file", type=Path, metavar="YAML", help="草稿文件 the draft")
    what.add_argument("--rollback", metavar="MODEL/N", help="以旧版本为新版本 an earlier version once more")
    draft.add_argument("--note", default="", help="为什么改 why it is changed")
    draft.set_defaults(run=run_draft)
    diff = verbs.add_parser("diff", parents=[everywhere], help="两个版本差在哪里 what differs, in words")
    diff.add_argument("version", metavar="MODEL/N")
    diff.add_argument("other", metavar="MODEL/N", nargs="?", help="与哪一版比 (default: in force today)")
    diff.set_defaults(run=run_diff)
    trial = verbs.add_parser("try", parents=[everywhere], help="试算：谁的等级会变 whose grades would change")
    trial.add_argument("version", metavar="MODEL/N")
    trial.add_argument(
        "--from", type=day, metavar="DATE", dest="from_on", help="拟从哪天生效 (default: today)"
    )
    trial.add_argument("--as-of", type=day, metavar="DATE", help="事实截至 (default: today)")
    trial.add_argument("--kept", action="store_true", help="只看已有的试算 show the kept trial, make none")
    trial.set_defaults(run=run_try)
    propose = verbs.add_parser("propose", parents=[everywhere], help="提请采用 ask that it be adopted")
    propose.add_argument("version", metavar="MODEL/N")
    propose.add_argument(
        "--from", type=day, metavar="DATE", dest="from_on", required=True, help="生效日 from which day"
    )
    propose.add_argument("--by", required=True, metavar="LOGIN", help="谁提请 who asks")
    propose.add_argument("--reason", required=True)
    propose.set_defaults(run=run_propose)
    adopt = verbs.add_parser(
        "adopt",
        parents=[everywhere],
        help="由另一人同意后生效 another person agrees to what was asked at the desk",
    )
    adopt.add_argument("request", type=int, help="待复核事项的编号 number of the request")
    adopt.add_argument("--by", required=True, metavar="LOGIN", help="谁同意 who agrees")
    adopt.add_argument("--refuse", action="store_true", help="不同意 refuse it")
    adopt.add_argument("--note", default="", help="意见 a note")
    adopt.set_defaults(run=run_adopt)


def run_list(_args: argparse.Namespace, context: Context) -> Answer:
    """Every version of every model, with when it was, is or will be in force."""
    _ = context.home
    _keep_first(context)
    versions = list_versions()
    names = list_names(view.by for view in versions)
    waiting = list_waiting_about([f"model:{view.name}" for view in versions])
    rows = [
        (
            view.name,
            view.label,
            view.model.title_zh,
            _SAID_STATES[view.state(context.today)],
            _spans(view.spans),
            names[view.by],
            f"待复核 request {waiting[f'model:{view.name}'].id}" if f"model:{view.name}" in waiting else "",
        )
        for view in versions
    ]
    lines = columns(
        rows, ("模型/版 model", "名称 label", "标题 title", "状态 state", "生效期间 in force", "起草 by", "")
    )
    changed = file_differences(context.catalog)
    if changed:
        lines.append(
            f"目录中的文件与已采用的版本不同，不起作用：{'、'.join(changed)}；要采用请先起草（ecredit model draft --file） / "
            f"files of the catalogue that are not the version adopted, and not in force: {', '.join(changed)}"
        )
    document = {
        "versions": [_document(view, context.today) for view in versions],
        "adoptions": [asdict(adoption) for adoption in list_adoptions()],
        "files_not_in_force": changed,
    }
    return Answer(document, lines)


def run_show(args: argparse.Namespace, context: Context) -> Answer:
    """A version as a tree in words: headings, indicators under them, what each counts."""
    _ = context.home
    _keep_first(context)
    view = _find(args.version, args.on or context.today)
    document = _document(view, context.today) | {"text": view.text, "note": view.note}
    if args.text:
        return Answer(document, view.text.splitlines())
    return Answer(document, list(_tree(view, ModelWords(context.catalog, "zh"))))


def run_draft(args: argparse.Namespace, context: Context) -> Answer:
    """Keep a draft, or an earlier version once more; nobody is judged by it yet."""
    given: dict[str, Any] = {
        "note": args.note,
        "catalog": context.catalog,
        "ring": context.ring,
        "by": context.operator,
        "at": context.now,
    }
    if args.rollback:
        model_id, number = _named(args.rollback)
        view = keep_rollback(model_id=model_id, number=number, **given)
    else:
        view = keep_draft(text=read_draft_file(args.file), **given)
    lines = [
        f"已存为 {view.name}（{view.label}），还没有生效 kept as {view.name}, not in force",
        f"接着试算 next: ecredit model try {view.name}",
    ]
    return Answer(_document(view, context.today), lines)


def run_diff(args: argparse.Namespace, context: Context) -> Answer:
    """What differs between two versions, in words."""
    _ = context.home
    new = get_version(*_named(args.version))
    old = _find(args.other or new.model_id, context.today)
    zh, en = (
        list_differences(old.model, new.model, ModelWords(context.catalog, "zh")),
        list_differences(old.model, new.model, ModelWords(context.catalog, "en")),
    )
    document = {
        "before": old.name,
        "after": new.name,
        "differences": [{"zh": asdict(a), "en": asdict(b)} for a, b in zip(zh, en, strict=True)],
    }
    lines = [f"{old.name} → {new.name}", *map(_difference_line, zh)]
    return Answer(document, lines if zh else [*lines, named("model.diff.same", "")])


def run_try(args: argparse.Namespace, context: Context) -> Answer:
    """Judge everybody by the version without keeping any grade; the outcome is kept for who agrees."""
    model_id, number = _named(args.version)
    started = time.monotonic()
    if args.kept:
        _ = context.home
        found = last_trial(model_id, number)
        if found is None:
            raise WrongUse(f"{args.version} 还没有试算", f"{args.version} was never tried")
    else:
        found = try_model(
            context,
            model_id=model_id,
            number=number,
            from_on=args.from_on,
            as_of=args.as_of,
            by=context.operator,
        )
    seconds = time.monotonic() - started
    document = {
        "trial": asdict(found.trial),
        "digest": found.digest,
        "by": found.by,
        "at": found.at,
        "seconds": None if args.kept else round(seconds, 2),
    }
    return Answer(
        document,
        [*_trial_lines(found.trial), f"  用时 took {seconds:.1f} s，摘要 digest {found.digest[:16]}"],
    )


def run_propose(args: argparse.Namespace, context: Context) -> Answer:
    """Ask for a version to be adopted, for a person who may; another has to agree at the desk."""
    model_id, number = _named(args.version)
    by = allow(context.catalog, console_account(context, args.by), ADOPT)
    request = adoption_of(model_id=model_id, number=number, from_on=args.from_on)
    asked = ask(context, request, reason=args.reason, by=by, at=context.now)
    return Answer(
        {"request": asked, "version": args.version, "from": args.from_on},
        [
            f"已提请，第 {asked} 号，须由另一人在工作台复核 asked for as request {asked}; another person agrees at the desk"
        ],
    )


def run_adopt(args: argparse.Namespace, context: Context) -> Answer:
    """Agree to what another asked at the desk, or refuse it, for a person who may."""
    if get_approval(args.request).verb != ADOPT:
        raise WrongUse(
            f"第 {args.request} 号不是采用评价模型的事项",
            f"request {args.request} is not about adopting a grade model",
        )
    account = console_account(context, args.by)
    outcome = decide(
        context,
        approval_id=args.request,
        agree=not args.refuse,
        note=args.note,
        account=account,
        at=context.now,
    )
    said = f"已采用 adopted: {outcome}" if outcome else f"已退回 refused: {args.request}"
    return Answer({"request": args.request, "outcome": outcome}, [said])


def _keep_first(context: Context) -> None:
    keep_first_versions(catalog=context.catalog, ring=context.ring, by=context.operator, at=context.now)


def _named(text: str) -> tuple[str, int]:
    model_id, _, number = text.partition("/")
    if not (number.isascii() and number.isdigit()):
        raise WrongUse(
            f"“{text}”应写成 模型/第几版，如 enterprise/2", f"'{text}' should be MODEL/N such as enterprise/2"
        )
    return model_id, int(number)


def _find(text: str, on: date) -> VersionView:
    if "/" in text:
        return get_version(*_named(text))
    view = find_version_on(text, on)
    if view is None:
        known = sorted({v.model_id for v in list_versions()})
        raise WrongUse(
            f"{on} 没有生效的模型 {text}；模型有：{'、'.join(known)}",
            f"no model {text} is in force on {on}; models: {', '.join(known)}",
        )
    return view


def _document(view: VersionView, today: date) -> dict[str, Any]:
    return {
        "model": view.model_id,
        "number": view.number,
        "label": view.label,
        "edition": view.edition,
        "title_zh": view.model.title_zh,
        "title_en": view.model.title_en,
        "origin": view.origin,
        "same_as": view.same_as,
        "state": view.state(today),
        "in_force": [asdict(span) for span in view.spans],
        "by": view.by,
        "at": view.at,
        "leaf": view.leaf,
    }


def _spans(spans: tuple[Span, ...]) -> str:
    return "；".join(f"{span.since or '一直'} 至 {span.until or '今'}" for span in spans)


def _tree(view: VersionView, words: ModelWords) -> Iterator[str]:
    model = view.model
    yield f"{view.name} {words.model_part(model, 'title')}（{view.label}，{view.edition}）"
    for part in ("kinds", "marked_by", "base", "bounds", "scale", "little_known", "basis"):
        yield f"  {words.part(part)}：{words.model_part(model, part)}"
    for dimension in model.dimensions:
        yield f"  {dimension.zh}"
        for indicator in (i for i in model.indicators if i.dimension == dimension.id):
            yield f"    {words.indicator(indicator)}：{words.indicator_part(model, indicator, 'points')}"
            told = [
                f"{words.part(part)} {words.indicator_part(model, indicator, part)}"
                for part in ("cap", "veto", "source", "when", "window", "decay", "clause")
            ]
            yield f"      {'；'.join(told)}"


def _difference_line(found: Difference) -> str:
    about = f"{found.of}·{found.part}" if found.of else found.part
    return f"  {about}：{found.before or '（无）'} → {found.after or '（无）'}"


def _trial_lines(trial: Trial) -> Iterator[str]:
    compared = "无" if trial.standing is None else f"第 {trial.standing} 版"
    yield (
        f"{trial.model_id}/{trial.number} 与 {trial.from_on} 生效的{compared}比较，事实截至 {trial.as_of} "
        f"tried against what is in force on {trial.from_on}"
    )
    yield (
        f"  涉及 looked at {trial.looked_at:,}，不变 unchanged {trial.unchanged:,}，升 up {trial.up:,}，降 down {trial.down:,}"
    )
    if trial.lost or trial.got:
        yield f"  失去等级 lose their grade {trial.lost:,}，得到等级 get one {trial.got:,}"
    cells = {(was, now): count for was, now, count in trial.matrix}
    was = [*trial.grades, *sorted({w for w, _ in cells} - set(trial.grades))]
    now = [*trial.grades, *sorted({n for _, n in cells} - set(trial.grades))]
    said = {"": "未评 none", "-": "他用 other"}
    table = [(said.get(w, w), *(f"{cells.get((w, n), 0):,}" for n in now)) for w in was]
    yield from (
        f"  {line}" for line in columns(table, ("现在 now ↓ 新 new →", *(said.get(n, n) for n in now)))
    )
    for move in trial.worst[:_MOST_LISTED]:
        left = "；".join(f"{r.points} {r.zh}" for r in move.left)
        entered = "；".join(f"{r.points} {r.zh}" for r in move.entered)
        yield (
            f"  S{move.subject_id} {move.was or '未评'} {move.score_was} → {move.now or '未评'} {move.score_now}："
            f"原 {left or '—'}；新 {entered or '—'}"
        )
