"""ecredit verify: checks a proof offline, with nothing but the city's public key."""

import argparse
import base64
import json
from pathlib import Path

from django.conf import settings

from ecredit.foundation.kernel.errors import InputRefused, WrongUse
from ecredit.foundation.kernel.masking import redact
from ecredit.foundation.kernel.text_forms import printable
from ecredit.foundation.proof.proofs import ProofVerdict, verify_proof
from ecredit.surface.cli.answer import Answer
from ecredit.surface.cli.context import Context
from ecredit.surface.cli.parsing import Everywhere, Subparsers


def add_parsers(commands: Subparsers, everywhere: Everywhere) -> None:
    """Declare `verify`."""
    parser = commands.add_parser("verify", parents=[everywhere], help="离线验证凭证 check a proof offline")
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--key", type=Path, metavar="PUBLIC-KEY.txt", help="城市公钥 default: the home's own")
    parser.set_defaults(run=run_verify)


def run_verify(args: argparse.Namespace, _context: Context) -> Answer:
    """Say whether the proof holds; exit 1 when it does not."""
    key_path: Path = args.key or Path(settings.ECREDIT_HOME) / "log" / "public-key.txt"
    if not key_path.is_file():
        raise WrongUse(
            f"没有公钥文件 {key_path}；请用 --key 指定", f"no public key {key_path}; give one with --key"
        )
    try:
        document = json.loads(args.file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputRefused(f"{args.file} 不是凭证文件", f"{args.file} is no proof document") from error
    verdict = verify_proof(document, key_path.read_text(encoding="utf-8").strip())
    word = "有效 valid" if verdict.ok else "无效 NOT valid"
    said = _said(verdict) if verdict.ok else []
    return Answer(
        {"ok": verdict.ok, "reasons": [str(reason) for reason in verdict.reasons]},
        [
            f"{args.file.name}: {word}（公钥 key {key_path}）",
            *(f"  {reason}" for reason in verdict.reasons),
            *(f"  {line}" for line in said),
        ],
        code=0 if verdict.ok else 1,
    )


def _said(verdict: ProofVerdict) -> list[str]:
    """What a proof that holds proves: the entry (its hash, and what it says where enclosed), and the signed heads.

    Nothing else of the document is said: whoever made it may have written anything beside what was checked.

    Personal numbers are masked.
    """
    lines = []
    if verdict.leaf is not None:
        lines.append(f"日志第 {verdict.index} 条 leaf of the log: {verdict.leaf.hex()}")
    if verdict.entry is not None:
        entry = verdict.entry.decode("utf-8", "replace")
        lines += [f"  {redact(printable(line))}" for line in entry.splitlines()]
    for head in (verdict.older, verdict.head):
        if head is not None:
            root = base64.b64encode(head.root).decode("ascii")
            lines.append(f"签名日志头 signed head: {printable(head.origin)}，{head.size} 条 leaves，{root}")
    return lines
