"""ecredit report: the public credit report on a subject, as a signed PDF; and what is known of one that was issued."""

import argparse
from pathlib import Path

from ecredit.foundation.kernel.errors import WrongUse
from ecredit.service.credit_reports.errors import NoSuchReport
from ecredit.service.credit_reports.issue_actions import Maker, issue_public
from ecredit.service.credit_reports.queries import find_issued
from ecredit.service.credit_reports.types import IssuedReport, Langs
from ecredit.surface.cli.answer import Answer, minute
from ecredit.surface.cli.context import Context
from ecredit.surface.cli.parsing import Everywhere, Subparsers

_FORMS = {"public": "公开版 public form", "full": "完整版 full form"}


def add_parsers(commands: Subparsers, everywhere: Everywhere) -> None:
    """Declare `report`."""
    parser = commands.add_parser("report", parents=[everywhere], help="信用报告 a credit report as a PDF")
    parser.add_argument(
        "asked", metavar="CODE", help="主体代码，或报告编号 a subject's code, or a report's number"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="写到哪里 default: NUMBER.pdf")
    parser.add_argument("--lang", choices=tuple(Langs), default=Langs.ZH, help="语言 language (default: zh)")
    parser.set_defaults(run=run_report)


def run_report(args: argparse.Namespace, context: Context) -> Answer:
    """Issue one and write it; of a number, say what is known of it."""
    home = context.home
    issued = find_issued(args.asked)
    if issued is not None and args.out is None:
        return Answer(_document(issued), _lines(issued))
    if issued is None and args.asked.upper().startswith("R") and "-" in args.asked:
        raise NoSuchReport(
            f"没有发放过编号为 {args.asked} 的报告", f"no report {args.asked} was issued", number=args.asked
        )
    if issued is not None:
        raise WrongUse(
            "报告只在制作时交付一次，这里不保存文件",
            "a report is handed over when it is made; files are not kept here",
        )
    maker = Maker(home, context.sealer, context.operator, context.now)
    made = issue_public(maker, args.asked, Langs(args.lang))
    path = args.out or Path(f"{made.number}.pdf")
    path.write_bytes(made.raw)
    return Answer(
        {**_document(made), "file": str(path)},
        [*_lines(made), f"  已写入 written: {path}（{len(made.raw):,} B）"],
    )


def _document(issued: IssuedReport) -> dict[str, object]:
    return {
        "number": issued.number, "form": issued.form, "code": issued.code, "name": issued.name, "lang": issued.langs,
        "sha256": issued.digest, "issued_at": issued.issued_at, "leaf": issued.leaf, "test": issued.test,
    }  # fmt: skip


def _lines(issued: IssuedReport) -> list[str]:
    test = "；测试证书 a test certificate" if issued.test else ""
    return [
        f"信用报告 credit report {issued.number}（{_FORMS[issued.form]}）：{issued.name}（{issued.code or '—'}）",
        f"  发放于 issued {minute(issued.issued_at)}，日志第 {issued.leaf} 条 leaf of the journal{test}",
        f"  SHA-256 {issued.digest}",
    ]
