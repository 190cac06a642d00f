"""ecredit evaluate: everything that follows from what was collected."""

import argparse
from typing import Any

from ecredit.foundation.engine.spark import start_spark
from ecredit.judgement.evaluation.column_spread import spread_over
from ecredit.service.operation.evaluate_all import evaluate_everything
from ecredit.surface.cli.answer import Answer
from ecredit.surface.cli.context import Context
from ecredit.surface.cli.parsing import Everywhere, Subparsers, day


def add_parsers(commands: Subparsers, everywhere: Everywhere) -> None:
    """Declare `evaluate`."""
    parser = commands.add_parser(
        "evaluate",
        parents=[everywhere],
        help="评价、公示、检测虚假交易、预警 grades, publicity, forged trade, warnings",
    )
    parser.add_argument(
        "--as-of", type=day, metavar="DATE", help="按哪一天 the day to judge for (default: today)"
    )
    parser.add_argument("--full", action="store_true", help="全部重算 everybody anew, not only what changed")
    parser.add_argument(
        "--engine", choices=("duckdb", "spark"), default="duckdb",
        help="全部重算时用什么计算；spark 用于单机装不下时（需 Java） what grades everybody; spark where one machine is outgrown (needs Java)",
    )  # fmt: skip
    parser.set_defaults(run=run_evaluate)


def run_evaluate(args: argparse.Namespace, context: Context) -> Answer:
    """Grade those whom something touched, bring the public database up to date, and look for forged trade."""
    spread = spread_over(start_spark()) if args.engine == "spark" else None
    document = evaluate_everything(
        context, by=context.operator, as_of=args.as_of or context.today, full=args.full, spread=spread
    )
    return Answer(document, evaluation_lines(document))


def evaluation_lines(document: dict[str, dict[str, Any]]) -> list[str]:
    """What happened, for people."""
    graded, shown = document["evaluation"], document["publicity"]
    lines = [
        f"评价 judged {graded['looked_at']:,}，变化 changed {graded['changed']:,}（{graded['as_of']}）",
    ]
    grades: dict[str, dict[str, int]] = graded["grades"]
    for model, counts in sorted(grades.items()):
        spread = "  ".join(f"{grade or '未评 none'} {number:,}" for grade, number in sorted(counts.items()))
        lines.append(f"  {model}: {spread}")
    lines += rating_lines(document["ratings"])
    lines.append(f"公示 public: 主体 subjects {shown['subjects']:,}，记录 items {shown['items']:,}")
    if failed := document["stamp"].get("failed"):
        lines.append(
            f"时间戳没有取得，执行 ecredit log stamp 再试 no time stamp, try again with ecredit log stamp: {failed}"
        )
    lines += disclosure_lines(document["disclosure"])
    return [*lines, *detection_lines(document["detection"]), *warning_lines(document["warnings"])]


def disclosure_lines(checked: dict[str, Any]) -> list[str]:
    """What looking at platforms' disclosures gave; nothing where nothing was looked at."""
    if not checked["ran"]:
        return []
    return [
        f"平台公示 disclosures: 平台 platforms {checked['platforms']:,}，新缺漏 new gaps {checked['opened']:,}，"
        f"不再查出 no longer {checked['ceased']:,}；待答复、待核实 waiting {checked['live']:,}（{checked['seconds']:.1f} s）"
    ]


def rating_lines(rated: dict[str, Any]) -> list[str]:
    """What rating gave; nothing where there is nothing to rate."""
    if rated["why"] == "nothing":
        return []
    if not rated["ran"]:
        return [f"评分 ratings: 没有变化 unchanged；被评 rated {rated['rated']:,}"]
    lines = [
        f"评分 ratings: 被评 rated {rated['rated']:,}，变化 changed {rated['changed']:,}；评价 counted {rated['ratings']:,}，"
        f"未到显示时间 not shown yet {rated['waiting']:,}，降权 weighted down {rated['weighted_down']:,}，"
        f"经核实虚假 found forged {rated['found_forged']:,}（{rated['seconds']:.1f} s）"
    ]
    if rated["without_subject"]:
        lines.append(f"  其中未对应到主体 without a subject {rated['without_subject']:,}")
    return lines


def warning_lines(warned: dict[str, Any]) -> list[str]:
    """What looking at the rules of early warning gave; nothing where there are none."""
    if not warned["ran"]:
        return []
    return [
        f"预警 warnings: 新 opened {warned['opened']:,}，再次 again {warned['reopened']:,}，加重 worse {warned['worsened']:,}，"
        f"自行解除 lifted {warned['lifted']:,}，上报 escalated {warned['escalated']:,}；待答复 waiting {warned['live']:,}"
        f"（{warned['seconds']:.1f} s）"
    ]


def detection_lines(found: dict[str, Any]) -> list[str]:
    """What looking for forged trade gave; nothing where there is no trade."""
    if found["why"] == "no_trade":
        return []
    return [*_found_lines(found), *_posted_lines(found)]


def _found_lines(found: dict[str, Any]) -> list[str]:
    if not found["ran"]:
        return [
            f"虚假交易线索 findings: 交易数据没有变化 trade unchanged；待核查 waiting {found['waiting']:,}"
        ]
    lines = [
        f"虚假交易线索 findings: 新 new {found['new']:,}，仍在 kept {found['kept']:,}，不再检出 gone {found['gone']:,}，"
        f"证据增多重新核查 returned {found['returned']:,}；待核查 waiting {found['waiting']:,}（{found['seconds']:.1f} s）"
    ]
    if found["without_subject"]:
        lines.append(f"  其中未对应到主体 without a subject {found['without_subject']:,}")
    return lines


def _posted_lines(found: dict[str, Any]) -> list[str]:
    lines = []
    if found["posted"]:
        lines.append(f"  确认后记入账本 confirmed, into the ledger {found['posted']:,}")
    if found["not_posted"]:
        names = ", ".join(found["not_posted"])
        lines.append(f"  已确认但不能入账，下次再试 confirmed, but not taken, tried again next time: {names}")
    return lines
