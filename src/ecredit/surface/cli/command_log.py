"""ecredit log head|prove|audit: the transparency log."""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from django.db import transaction

from ecredit.facts.actors.journal_actions import post_journal
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.queries import latest_head
from ecredit.facts.records.prove import prove_consistency, prove_leaf
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.kernel.masking import redact
from ecredit.service.operation.log_stamps import stamp_published_head
from ecredit.service.operation.whole_audit import audit_home
from ecredit.surface.cli.answer import Answer
from ecredit.surface.cli.context import Context
from ecredit.surface.cli.parsing import Everywhere, Subparsers
from ecredit.surface.cli.witness_lines import is_elsewhere, read_text, run_witness

_WITHOUT_A_HEAD = (
    "没有给出别处保存的日志头（--against）：谁若有本市的日志密钥，能把日志连同数据目录整个改写，只有它能发现",
    "no head kept elsewhere was given (--against): only that shows whether somebody with the city's log key rewrote the "
    "log and the home together",
)


def add_parsers(commands: Subparsers, everywhere: Everywhere) -> None:
    """Declare `log` and its three verbs."""
    parser = commands.add_parser("log", parents=[everywhere], help="透明日志 the transparency log")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    head = verbs.add_parser("head", parents=[everywhere], help="最新签名日志头 the latest signed head")
    head.set_defaults(run=run_head)
    prove = verbs.add_parser(
        "prove", parents=[everywhere], help="存在或一致性证明 inclusion or consistency proof"
    )
    prove.add_argument(
        "leaf", type=int, metavar="LEAF", help="第几条 the leaf, or the older size with --consistency"
    )
    prove.add_argument(
        "--consistency", action="store_true", help="旧头到新头的一致性 from an older head to the latest"
    )
    prove.add_argument(
        "--whole",
        action="store_true",
        help="附上该条的全文（含名称） enclose the entry itself, with names and values",
    )
    prove.add_argument(
        "--purpose", default="", help="查阅目的，记入日志 why it is read, with --whole; it is journaled"
    )
    prove.add_argument("--out", type=Path, metavar="FILE")
    prove.set_defaults(run=run_prove)
    stamp = verbs.add_parser(
        "stamp",
        parents=[everywhere],
        help="为公布的日志头取时间戳 have the published head dated by the authority",
    )
    stamp.set_defaults(run=run_stamp)
    audit = verbs.add_parser(
        "audit", parents=[everywhere], help="全量审计 check the whole ledger against the log"
    )
    audit.add_argument(
        "--against",
        metavar="URL|HEAD",
        help="见证：城市网站的网址，或导出网站的目录；或者别处保存的日志头 be a witness of the city at this address (or of an"
        " exported site in a folder); or a head kept elsewhere",
    )
    witness = audit.add_argument_group("见证 as a witness")
    witness.add_argument("--state", type=Path, metavar="FILE", help="见证人的记录文件 what the witness keeps")
    witness.add_argument(
        "--key", type=Path, metavar="FILE", help="另行取得的日志公钥 the log's key, got otherwise"
    )
    witness.add_argument(
        "--head",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="别人看到的日志头 a head shown to others",
    )
    witness.add_argument(
        "--everything", action="store_true", help="全部散列重新取一遍 fetch all hashes again"
    )
    audit.set_defaults(run=run_audit)


def run_head(_args: argparse.Namespace, context: Context) -> Answer:
    """Print the latest signed head, ready to be kept elsewhere."""
    _ = context.home
    head = latest_head()
    if head is None:
        raise WrongUse("日志还是空的", "the log is empty")
    document = {
        "size": head.size,
        "root": bytes(head.root).hex(),
        "signed_at": head.signed_at,
        "checkpoint": head.checkpoint,
    }
    return Answer(document, head.checkpoint.splitlines())


def run_prove(args: argparse.Namespace, context: Context) -> Answer:
    """Give a proof that anybody can check offline with `ecredit verify`: by hash, without what the entry says."""
    _ = context.home
    if args.whole and (args.consistency or not args.purpose.strip()):
        raise WrongUse(
            "--whole 附上一条的全文，须写明 --purpose，不与 --consistency 同用",
            "--whole encloses one entry: give a --purpose, and no --consistency",
        )
    document = prove_consistency(args.leaf) if args.consistency else prove_leaf(args.leaf, ring=context.ring)
    if args.whole:
        _journal(context, args.leaf, args.purpose)
        document = prove_leaf(args.leaf, ring=context.ring, whole=True)
    text = json.dumps(document, ensure_ascii=False, indent=2)
    if args.out is not None:
        args.out.write_text(text + "\n", encoding="utf-8")
        return Answer(document, [f"证明已写入 the proof is in {args.out}"])
    return Answer(document, text.splitlines())


def _journal(context: Context, leaf: int, purpose: str) -> None:
    with transaction.atomic():
        log = OpenLog(context.ring, context.now)
        detail = {"purpose": redact(purpose)[:200]}
        post_journal(log, by=context.operator, verb="log.read", about=f"leaf:{leaf}", detail=detail)
        log.seal()


def run_stamp(_args: argparse.Namespace, context: Context) -> Answer:
    """Have the last published head dated by the time-stamping authority of the settings; said again it only checks."""
    done = stamp_published_head(context.home)
    stamp = done.stamp
    word = "已取得 stamped" if done.fresh else "已有 there already"
    line = f"时间戳 time stamp（{word}）: {done.size:,} 条 entries，{stamp.at:%Y-%m-%d %H:%M:%S} UTC，{stamp.authority}"
    return Answer(
        {"size": done.size, "at": stamp.at, "authority": stamp.authority, "fresh": done.fresh}, [line]
    )


def run_audit(args: argparse.Namespace, context: Context) -> Answer:
    """Check everything; exit 1 and name what is wrong. With an address, or an exported site: from outside, as a witness."""
    if args.against is not None and is_elsewhere(args.against):
        return run_witness(args, context.now)
    if args.state or args.key or args.head or args.everything:
        raise WrongUse(
            "--state、--key、--head、--everything 与 --against 网址一起用",
            "--state, --key, --head and --everything go with --against URL",
        )
    against = None if args.against is None else read_text(Path(args.against))
    report = audit_home(
        context.home,
        catalog=context.catalog,
        verifier=context.verifier,
        sealer=context.sealer,
        against=against,
    )
    note = " / ".join(_WITHOUT_A_HEAD) if against is None else ""
    lines = [
        f"日志 log {report.size:,} = 账本 entries {report.entries:,} + 操作 journal {report.journal:,} + "
        f"主体 identity {report.identity:,}; 日志头 heads {report.heads:,}; {report.seconds:.1f} s",
        "全部一致 clean" if report.ok else f"发现问题 {len(report.findings)} findings",
        *(f"  {finding.zh} / {finding.en}" for finding in report.findings),
        *([note] if note else []),
    ]
    return Answer({**asdict(report), "ok": report.ok, "note": note}, lines, code=0 if report.ok else 1)
