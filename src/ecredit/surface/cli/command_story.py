"""ecredit story list|show|publish: articles for the public; they are written and agreed to at the desk."""

import argparse
from dataclasses import asdict
from typing import Any

from ecredit.facts.actors.approval_queries import list_names
from ecredit.service.telling.publish_actions import publish_due
from ecredit.service.telling.queries import get_view, list_stories
from ecredit.service.telling.types import StoryLine
from ecredit.surface.cli.answer import Answer, columns, minute, named
from ecredit.surface.cli.context import Context
from ecredit.surface.cli.parsing import Everywhere, Subparsers


def add_parsers(commands: Subparsers, everywhere: Everywhere) -> None:
    """Declare the verbs."""
    parser = commands.add_parser("story", parents=[everywhere], help="宣传文章 articles for the public")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    listing = verbs.add_parser("list", parents=[everywhere], help="列出文章 the articles there are")
    listing.set_defaults(run=run_list)
    show = verbs.add_parser(
        "show", parents=[everywhere], help="一篇文章和它的经过 one, and what became of it"
    )
    show.add_argument("number", type=int, metavar="NUMBER", help="编号 its number")
    show.set_defaults(run=run_show)
    publish = verbs.add_parser(
        "publish",
        parents=[everywhere],
        help="到时的发布，到期和不再符合条件的撤下 show what is due, end what is over or no longer permitted",
    )
    publish.set_defaults(run=run_publish)


def run_list(_args: argparse.Namespace, context: Context) -> Answer:
    """Every article with the state of its newest version."""
    _ = context.home
    lines = list_stories()
    rows = [_row(line, context) for line in lines]
    head = ("编号 number", "类别 kind", "稿 version", "状态 state", "展示至 until", "标题 title")
    empty = ["还没有宣传文章 no article yet; they are written at the desk"]
    return Answer({"stories": [_document(line) for line in lines]}, columns(rows, head) if rows else empty)


def _row(line: StoryLine, context: Context) -> tuple[object, ...]:
    kind = context.catalog.stories.get(line.kind)
    plan = line.course.shown or line.course.planned
    until = "" if plan is None else minute(plan.until_at)
    return (
        line.number,
        line.kind if kind is None else kind.zh,
        line.version,
        named(f"story.state.{line.state}", line.state),
        until,
        line.title,
    )


def run_show(args: argparse.Namespace, context: Context) -> Answer:
    """One article: its words, and everything that happened to it."""
    _ = context.home
    view = get_view(args.number)
    names = list_names({event.by for event in view.events} | {view.newest.made_by})
    lines = [
        f"{view.newest.content.zh.title}（第 {view.newest.version} 稿 version，{named(f'story.state.{view.line.state}', view.line.state)}）",
        f"  {view.newest.digest[:16]} {minute(view.newest.made_at)} {names[view.newest.made_by]}",
        "",
        *(f"  {line}" for line in view.newest.content.zh.body.splitlines()),
        "",
    ]
    for event in view.events:
        why = "" if not event.why else f" {named(f'story.why.{event.why}', event.why)} {event.words}"
        lines.append(
            f"  {minute(event.at)} {named(f'story.event.{event.kind}', event.kind)} v{event.version} {names[event.by]}{why}"
        )
    document = {"story": _document(view.line), "content": asdict(view.newest.content)}
    return Answer(document | {"events": [asdict(event) for event in view.events]}, lines)


def run_publish(_args: argparse.Namespace, context: Context) -> Answer:
    """What the schedule does every minute."""
    done = publish_due(
        catalog=context.catalog, home=context.home, ring=context.ring, by=context.operator, at=context.now
    )
    said = (
        f"发布 shown {len(done.shown)}，撤下 ended {len(done.ended)}，公开库变动 rows changed {done.copied}"
    )
    return Answer(asdict(done), [said])


def _document(line: StoryLine) -> dict[str, Any]:
    held = asdict(line)
    course = held.pop("course")
    return held | {"shown": course["shown"], "planned": course["planned"], "ended": course["ended"]}
