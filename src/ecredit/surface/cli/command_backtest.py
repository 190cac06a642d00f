"""ecredit backtest: the grades of an earlier day against what was found afterwards."""

import argparse
from pathlib import Path

from django.utils import timezone

from ecredit.facts.actors.queries import is_invented
from ecredit.foundation.catalog.texts import text
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.judgement.evaluation.backtest_actions import backtest
from ecredit.judgement.evaluation.backtest_document import report_document
from ecredit.judgement.evaluation.backtest_files import write_files
from ecredit.judgement.evaluation.backtest_sections import told
from ecredit.judgement.evaluation.backtest_types import BacktestReport
from ecredit.surface.cli.answer import Answer, columns
from ecredit.surface.cli.context import Context
from ecredit.surface.cli.parsing import Everywhere, Subparsers, day


def add_parsers(commands: Subparsers, everywhere: Everywhere) -> None:
    """Declare `backtest`."""
    parser = commands.add_parser(
        "backtest",
        parents=[everywhere],
        help="回测：以前的等级与后来的失信 an earlier day's grades against what came later",
    )
    parser.add_argument(
        "--on",
        type=day,
        metavar="DAY",
        help="分界日，默认为刚好满期的那天 the split day (default: the latest that is over)",
    )
    parser.add_argument("--months", type=int, metavar="N", help="往后看几个月 months looked ahead")
    parser.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="把 JSON、CSV 和带图的网页写到这里 write JSON, CSV and a page with charts here",
    )
    parser.set_defaults(run=run_backtest)


def run_backtest(args: argparse.Namespace, context: Context) -> Answer:
    """Compare, say it on one screen, and write the files that were asked for."""
    if args.out is not None and args.out.exists() and not args.out.is_dir():
        raise WrongUse(f"{args.out} 不是文件夹", f"{args.out} is no folder")
    home, catalog = context.home, context.catalog
    with home.alone_in_lake():
        report = backtest(
            home=home, catalog=catalog, ring=context.ring, on=args.on, months=args.months,
            zone=timezone.get_current_timezone(), today=context.today, by=context.operator, at=context.now,
        )  # fmt: skip
    invented = is_invented()
    lines = _lines(report, invented=invented)
    document = {**report_document(report), "invented": invented}
    if args.out is not None:
        written = write_files(report, args.out, invented=invented)
        document["files"] = [str(path) for path in written]
        lines.append(f"文件 files: {args.out}/report.html, report.json, *.csv")
    return Answer(document, lines)


def _lines(report: BacktestReport, *, invented: bool) -> list[str]:
    found, made, moved = report.found, report.calibration, report.stability
    lines = [
        f"回测 back-test: {report.on} 的等级 grades → {report.until} 为止查实的失信 misconduct found by then",
        f"有等级 graded {report.at_risk:,}，以后失信 did wrong later {report.with_outcome:,}"
        f"（{report.with_outcome / report.at_risk:.1%}）；未评级 not graded {report.not_graded:,}，"
        f"其中失信 did wrong {report.not_graded_with_outcome:,}",
        f"AUC 等级加分数 grade and score {told(found.ranked)}；分数 score {told(found.score)}；等级 grade {told(found.grade)}",
        f"KS {found.ks:.3f}（{found.ks_score:g} 分 points）",
    ]
    if made is None:
        lines.append(f"校准 calibration: {_why(report.calibration_why, report)}")
    else:
        lines.append(
            f"校准误差 calibration error {made.error:.3f}（人数有限自带 by chance {made.by_chance:.3f}；拟合于 fitted on "
            f"{made.fitted_on}，{made.fitted_subjects:,} 个 subjects，失信 did wrong {made.fitted_outcomes:,}）；"
            f"Brier {made.brier:.4f}（平均率 usual rate {made.brier_rate:.4f}）"
        )
    if moved is None:
        lines.append(f"PSI: {_why(report.stability_why, report)}")
    else:
        reading = f"{text(f'backtest.psi.{moved.reading}')} {text(f'backtest.psi.{moved.reading}', 'en')}"
        lines.append(f"PSI {moved.psi:.3f}（与 against {moved.before_on}）：{reading}")
    grades = "  ".join(
        f"{g.grade} {g.subjects:,}" + ("" if g.found.value is None else f" → {g.found.value:.1%}")
        for g in report.grades
    )
    lines.append(f"各等级以后失信 did wrong by grade: {grades}")
    rows = [
        (f"  {d.zh} {d.id}", f"{d.alone.value:.3f}", f"{d.without.value:.3f}", f"{d.adds.value:+.3f}", f"({d.adds.low:+.3f}–{d.adds.high:+.3f})")
        for d in report.dimensions
    ]  # fmt: skip
    lines += columns(rows, ("维度 dimension", "单独 alone", "去掉 without", "添了 adds", ""))
    for kind in report.kinds:
        said = _why(kind.why, report) if kind.found is None else f"AUC {told(kind.found.ranked)}"
        wrong = "" if kind.with_outcome is None else f"，失信 did wrong {kind.with_outcome:,}"
        lines.append(f"  {kind.model}: {kind.at_risk:,}{wrong}；{said}")
    if invented:
        lines.append(f"{text('backtest.invented')} / {text('backtest.invented', 'en')}")
    return lines


def _why(reason: str, report: BacktestReport) -> str:
    values = {"subjects": report.least_subjects, "outcomes": report.least_outcomes}
    return (
        f"{text(f'backtest.why.{reason}', 'zh', **values)} / {text(f'backtest.why.{reason}', 'en', **values)}"
    )
