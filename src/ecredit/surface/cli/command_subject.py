"""ecredit subject merge|split|link|unlink: an officer's word on who is who."""

import argparse
from dataclasses import asdict

from ecredit.facts.subjects.branch_actions import link_branch, unlink_branch
from ecredit.facts.subjects.merge_actions import merge_subjects, split_subject
from ecredit.facts.subjects.queries import get_subject_id
from ecredit.service.operation.approved import publish_soon
from ecredit.surface.cli.answer import Answer
from ecredit.surface.cli.context import Context
from ecredit.surface.cli.parsing import Everywhere, Subparsers


def add_parsers(commands: Subparsers, everywhere: Everywhere) -> None:
    """Declare the verbs."""
    parser = commands.add_parser(
        "subject", parents=[everywhere], help="合并、拆分、关联主体 merge, split, link subjects"
    )
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    merge = verbs.add_parser("merge", parents=[everywhere], help="两个代码是同一主体 two subjects are one")
    merge.add_argument("one", metavar="CODE")
    merge.add_argument("other", metavar="CODE")
    merge.add_argument("--reason", required=True)
    merge.add_argument(
        "--despite-codes", action="store_true", help="代码不同也合并 although their codes differ"
    )
    merge.set_defaults(run=run_merge)
    split = verbs.add_parser("split", parents=[everywhere], help="撤销合并 undo a merge")
    split.add_argument("subject", metavar="S<id>", help="被合并的主体编号 the id of the subject merged away")
    split.add_argument("--reason", required=True)
    split.set_defaults(run=run_split)
    for name, run, words in (
        ("link", run_link, "分支与上级 branch and parent"),
        ("unlink", run_unlink, "解除关联 undo a link"),
    ):
        verb = verbs.add_parser(name, parents=[everywhere], help=words)
        verb.add_argument("branch", metavar="BRANCH-CODE")
        verb.add_argument("parent", metavar="PARENT-CODE")
        verb.add_argument("--reason", required=name == "unlink", default="")
        verb.set_defaults(run=run)


def run_merge(args: argparse.Namespace, context: Context) -> Answer:
    """Say that two subjects are one; the older id stays, every code is kept."""
    merged = merge_subjects(
        subject_id=get_subject_id(args.one),
        other_id=get_subject_id(args.other),
        reason=args.reason,
        despite_codes=args.despite_codes,
        ring=context.ring,
        by=context.operator,
        at=context.now,
    )
    return Answer(
        asdict(merged),
        [
            f"S{merged.merged_id} → S{merged.survivor_id}（#{merged.leaf}）",
            *_published(context, "subject.merge"),
        ],
    )


def run_split(args: argparse.Namespace, context: Context) -> Answer:
    """Undo a merge."""
    number = int(args.subject.upper().removeprefix("S"))
    leaf = split_subject(
        subject_id=number, reason=args.reason, ring=context.ring, by=context.operator, at=context.now
    )
    return Answer({"leaf": leaf}, [f"已拆分 split（#{leaf}）", *_published(context, "subject.split")])


def _published(context: Context, verb: str) -> list[str]:
    """Until an evaluation the public pages show what was before."""
    job = publish_soon(context, verb, by=context.operator, at=context.now)
    return [
        f"公示页由后台任务 {job} 更新，此前仍是原来的内容；没有运行 worker 时请执行 ecredit evaluate"
        f" / job {job} renews the public pages, which show what was until then; without a worker run: ecredit evaluate"
    ]


def run_link(args: argparse.Namespace, context: Context) -> Answer:
    """Link a branch to its parent."""
    leaf = link_branch(
        child_id=get_subject_id(args.branch), parent_id=get_subject_id(args.parent), reason=args.reason,
        ring=context.ring, by=context.operator, at=context.now,
    )  # fmt: skip
    return Answer({"leaf": leaf}, [f"已关联 linked（#{leaf}）"])


def run_unlink(args: argparse.Namespace, context: Context) -> Answer:
    """Take a link away."""
    leaf = unlink_branch(
        child_id=get_subject_id(args.branch), parent_id=get_subject_id(args.parent), reason=args.reason,
        ring=context.ring, by=context.operator, at=context.now,
    )  # fmt: skip
    return Answer({"leaf": leaf}, [f"已解除 unlinked（#{leaf}）"])
