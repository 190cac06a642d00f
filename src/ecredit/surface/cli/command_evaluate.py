"""ecredit evaluate: everything that follows from what was collected."""

import argparse

from ecredit.service.operation.evaluate_all import evaluate_everything
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
    document = evaluate_everything(
        context, by=context.operator, as_of=args.as_of or context.today, full=args.full
    )
    return Answer(document, evaluation_lines(document))


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
