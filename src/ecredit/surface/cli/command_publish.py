"""ecredit publish: the public site as plain files, for any web server."""

import argparse
import sys
import time
from pathlib import Path

from django.conf import settings

from ecredit.foundation.kernel.errors import WrongUse
from ecredit.service.operation.static_site import publish_static, summary_document, usual_address
from ecredit.surface.cli.answer import Answer
from ecredit.surface.cli.context import Context
from ecredit.surface.cli.parsing import Everywhere, Subparsers, day


def add_parsers(commands: Subparsers, everywhere: Everywhere) -> None:
    """Declare `publish`."""
    parser = commands.add_parser(
        "publish", parents=[everywhere], help="把公示网站导出为静态网页 the public site as plain files"
    )
    parser.add_argument(
        "--static", type=Path, metavar="DIR", default=None,
        help="导出到这个目录 into this folder (default: ECREDIT_STATIC_SITE)",
    )  # fmt: skip
    parser.add_argument(
        "--address", metavar="URL", default=None,
        help="网站的网址，站点地图和订阅里要写 where it will be found, for site map and feed (default: ECREDIT_SITE)",
    )  # fmt: skip
    parser.add_argument(
        "--as-of", type=day, metavar="DATE", help="按哪一天 the day it is right for (default: today)"
    )
    parser.set_defaults(run=run_publish)


def run_publish(args: argparse.Namespace, context: Context) -> Answer:
    """Write what changed, take away what is gone; exit 1 when the public database was written to meanwhile."""
    _ = context.home
    folder = args.static or (Path(settings.ECREDIT_STATIC_SITE) if settings.ECREDIT_STATIC_SITE else None)
    if folder is None:
        raise WrongUse(
            "请用 --static 指定目录，或者设置 ECREDIT_STATIC_SITE",
            "name a folder with --static, or set ECREDIT_STATIC_SITE",
        )
    address = usual_address() if args.address is None else args.address
    told = None if getattr(args, "json", False) or not sys.stderr.isatty() else _Line()
    found = publish_static(folder, day=args.as_of or context.today, address=address, told=told)
    rate = found.subjects / found.seconds if found.seconds else 0.0
    until = "—" if found.right_until is None else found.right_until.isoformat()
    lines = [
        f"已导出 written to {folder}: 主体 subjects {found.subjects:,}，文件 files {found.files:,}",
        f"  写出 written {found.written:,}（{found.bytes_written / 1e6:,.1f} MB），删除 removed {found.removed:,}；"
        f"{found.seconds:.1f} s，{rate:,.0f} subjects/s",
        f"  按 {found.day} 公示，{until} 起有内容到期，届时须已重新导出 for {found.day}; something ends on {until}: write it anew by then",
    ]  # fmt: skip
    if found.changed_meanwhile:
        lines.append(
            "  导出期间公示库有更新，请再执行一次 the public database changed meanwhile: run it again"
        )
    return Answer(summary_document(found), lines, code=1 if found.changed_meanwhile else 0)


class _Line:
    """A line that tells how far it is, on a terminal."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def __call__(self, done: int) -> None:
        rate = done / max(time.monotonic() - self._began, 0.001)
        print(f"\r{done:,} ({rate:,.0f}/s)", end="", file=sys.stderr, flush=True)
