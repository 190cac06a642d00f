"""ecredit evaluate: everything that follows from what was collected."""

import argparse
from dataclasses import asdict
from datetime import date

from ecredit.facts.subjects.branch_actions import link_branches
from ecredit.judgement.evaluation.evaluate_actions import evaluate
from ecredit.service.publicity.project_actions import project
from ecredit.surface.cli.answer import Answer
from ecredit.surface.cli.context import Context
from ecredit.surface.cli.parsing import Everywhere, Subparsers, day


def add_parsers(commands: Subparsers, everywhere: Everywhere) -> None:
    """Declare `evaluate`."""
    parser = commands.add_parser(
        "evaluate", parents=[everywhere], help="评价并更新公示 grades, then publicity"
    )
    parser.add_argument(
        "--as-of", type=day, metavar="DATE", help="按哪一天 the day to judge for (default: today)"
    )
    parser.add_argument("--full", action="store_true", help="全部重算 everybody anew, not only what changed")
    parser.set_defaults(run=run_evaluate)


def run_evaluate(args: argparse.Namespace, context: Context) -> Answer:
    """Grade those whom something touched and bring the public database up to date."""
    document = evaluate_everything(context, as_of=args.as_of or context.today, full=args.full)
    return Answer(document, evaluation_lines(document))


def evaluate_everything(context: Context, *, as_of: date, full: bool = False) -> dict[str, dict[str, object]]:
    """Branches linked, grades, projection, in this order; each does only what is new. One process at a time."""
    home, catalog, ring, by, at = context.home, context.catalog, context.ring, context.operator, context.now
    with home.alone_in_lake():
        linked = link_branches(ring=ring, by=by, at=at)
        graded = evaluate(home=home, catalog=catalog, ring=ring, as_of=as_of, by=by, at=at, full=full)
        projected = project(home=home, catalog=catalog, ring=ring, as_of=as_of, by=by, at=at, full=full)
    return {"branches": asdict(linked), "evaluation": asdict(graded), "publicity": asdict(projected)}


def evaluation_lines(document: dict[str, dict[str, object]]) -> list[str]:
    """What happened, for people."""
    graded, shown = document["evaluation"], document["publicity"]
    lines = [
        f"评价 judged {graded['looked_at']:,}，变化 changed {graded['changed']:,}（{graded['as_of']}）",
    ]
    grades: dict[str, dict[str, int]] = graded["grades"]  # type: ignore[assignment]
    for model, counts in sorted(grades.items()):
        spread = "  ".join(f"{grade or '未评 none'} {number:,}" for grade, number in sorted(counts.items()))
        lines.append(f"  {model}: {spread}")
    lines.append(f"公示 public: 主体 subjects {shown['subjects']:,}，记录 items {shown['items']:,}")
    return lines
