"""`ecredit log audit --against URL`: a witness's visit, and what it found in plain words."""

import argparse
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.kernel.text_forms import printable
from ecredit.service.operation.log_source import open_source
from ecredit.service.operation.witness import WitnessReport, follow_log
from ecredit.service.operation.witness_memory import WitnessMemory
from ecredit.surface.cli.answer import Answer

_MOST: Final = 1 << 16


def is_elsewhere(against: str) -> bool:
    """Whether this names a log to be followed from outside: a web address, or a folder."""
    return against.startswith(("http://", "https://")) or Path(against).is_dir()


def read_text(path: Path) -> str:
    """A small text file. Raises WrongUse when there is none."""
    if not path.is_file() or path.stat().st_size > _MOST:
        raise WrongUse(f"没有文件 {path}", f"no file {path}")
    return path.read_text(encoding="utf-8", errors="replace")


def run_witness(args: argparse.Namespace, at: datetime) -> Answer:
    """Visit once; exit 1 when something does not fit."""
    state = args.state or Path(f"witness-{_name(args.against)}.sqlite3")
    key = None if args.key is None else read_text(args.key).strip()
    heads = [read_text(path) for path in args.head]
    with open_source(args.against) as source, WitnessMemory(state) as memory:
        report = follow_log(source, memory, at=at, key=key, elsewhere=heads, everything=args.everything)
    document = {**asdict(report), "ok": report.ok, "state": str(state)}
    return Answer(document, _lines(report, state), code=0 if report.ok else 1)


def _name(against: str) -> str:
    """A name for the witness's file: the site's host and port, or the folder's own name."""
    parts = urlsplit(against) if "://" in against else None
    name = Path(against).resolve().name if parts is None else parts.netloc
    return "".join(c if c.isalnum() or c in ".-" else "_" for c in name)


def _lines(report: WitnessReport, state: Path) -> list[str]:
    lines = [f"日志 log {report.source}"]
    if report.size is not None:
        lines.append(
            f"  签名日志头 signed head {printable(report.origin)}：{report.size:,} 条 entries，{report.root}"
        )
    if report.new_key:
        lines.append(
            f"  公钥取自网站，请另行核对 the key was taken from the site, compare it by another way: {printable(report.key)}"
        )
    if report.ok and report.before is None:
        lines.append(
            f"✓ 第一次见证：签名、{report.tiles:,} 块散列和根散列相符 first visit: signature, {report.tiles:,} tiles of hashes and the"
            " root fit"
        )
    elif report.ok and report.before is not None and report.size is not None:
        lines += [
            "✓ 签名是所保存公钥的 the signature is of the key kept before",
            f"✓ 上次（{report.before_at[:16]}）的 {report.before:,} 条原样是现在的开头，新增 {report.size - report.before:,} 条"
            f" the {report.before:,} entries of last time are, unchanged, the beginning of now; {report.size - report.before:,} are new",
            f"✓ 重新取来核对 {report.reread:,}／{report.tiles:,} 块散列 {report.reread:,} of {report.tiles:,} tiles of hashes were"
            " fetched again and compared",
        ]
    if report.ok and report.elsewhere:
        lines.append(
            f"✓ 别人看到的 {report.elsewhere} 个日志头是同一份日志的 {report.elsewhere} heads shown to others are of this log"
        )
    lines += [f"✗ {finding.zh} / {finding.en}" for finding in report.findings]
    if report.evidence:
        lines += ["凭据（请保存并公开）evidence, to be kept and shown:", *report.evidence]
    lines.append(
        f"已记入 kept in {state}" if report.ok else f"没有采信；记在 not relied upon; noted in {state}"
    )
    return lines
