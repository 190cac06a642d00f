"""ecredit verify: checks a badge, a status list or a proof offline, with nothing but the city's public key."""

import argparse
import base64
import json
from collections.abc import Callable
from datetime import datetime
from importlib import import_module
from pathlib import Path

from django.conf import settings

from ecredit.foundation.kernel.errors import InputRefused, WrongUse
from ecredit.foundation.kernel.home import Home
from ecredit.foundation.kernel.masking import redact
from ecredit.foundation.kernel.text_forms import printable
from ecredit.foundation.proof.badge_check import LONGEST, check_badge
from ecredit.foundation.proof.badge_types import Finding, State, Verdict
from ecredit.foundation.proof.checks import Asked
from ecredit.foundation.proof.city_keys import read_keys
from ecredit.foundation.proof.cms_form import looks_like_cms
from ecredit.foundation.proof.link_mark import check_mark, find_mark
from ecredit.foundation.proof.proofs import FORMAT, ProofVerdict, verify_proof
from ecredit.foundation.proof.shown import SHOWN_FORMAT, verify_shown
from ecredit.surface.cli.answer import Answer
from ecredit.surface.cli.bare import Clock
from ecredit.surface.cli.parsing import Everywhere, Subparsers, instant
from ecredit.surface.cli.verify_age import add_arguments, age_of, is_head, verify_head

_PDF = b"%PDF-"
_MARKS = {State.HOLDS: "✓", State.FAILS: "✗", State.OPEN: "–"}
_KINDS = {
    "badge": ("标识", "badge"),
    "credential": ("可验证凭证", "credential"),
    "selective": ("选择性披露凭证", "selective credential"),
    "compact": ("二维码内容", "content of a QR code"),
    "status": ("状态列表", "status list"),
    "receipt": ("回执", "receipt"),
    "mark": ("链接标识", "link mark"),
    "unsigned": ("没有签名的凭证", "credential without a signature"),
    "unknown": ("未能识别", "unrecognised"),
}
_SAID = {
    "code": "代码 code", "name": "名称 name", "legalName": "名称 name", "grade": "等级 grade", "graded_on": "评价日期 graded on",
    "gradedOn": "评价日期 graded on", "registered": "登记公示 registered", "licence_count": "许可 licences",
    "real_name_on": "实名核验 real name verified", "valid_from": "自 from", "valid_until": "至 until", "revoked": "已撤销 revoked",
    "signed_at": "签发 signed", "batch_id": "批次 batch", "supplier": "报送单位 supplier", "filename": "文件 file", "digest": "SHA-256",
    "rows": "行 rows", "accepted": "入库 accepted", "quarantined": "待改 quarantined", "refused": "退回 refused", "received_at": "收到 received", "shop": "绑定网页 bound to",
}  # fmt: skip


def add_parsers(commands: Subparsers, everywhere: Everywhere) -> None:
    """Declare `verify`."""
    parser = commands.add_parser("verify", parents=[everywhere], help="离线验证凭证 check offline")
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--key", type=Path, metavar="KEYS", help="城市公钥 default: the home's own")
    parser.add_argument(
        "--status", type=Path, metavar="LIST", help="状态列表文件 a status list, to see revocation"
    )
    parser.add_argument(
        "--roots",
        type=Path,
        metavar="PEM",
        help="受信任的根证书 trusted roots for a PDF's or document's signer",
    )
    parser.add_argument(
        "--document", type=Path, metavar="FILE", help="签名所签的文件 the document a signature is on"
    )
    parser.add_argument(
        "--lists", type=Path, metavar="DIR", help="吊销列表 revocation lists: a file, or a folder of them"
    )
    parser.add_argument("--at", type=instant, metavar="INSTANT", help="按哪一时刻 as of when (default: now)")
    add_arguments(parser)
    parser.add_argument("--page", default="", metavar="URL", help="在哪个网页看到 where a link mark was seen")
    parser.set_defaults(run=run_verify)


def run_verify(args: argparse.Namespace, context: Clock) -> Answer:
    """Say what was checked, what holds and what does not; exit 1 when it does not hold."""
    raw = _read(args.file)
    if _PDF in raw[:1024]:
        # What reads PDFs takes longer to load than a badge takes to check.
        verify_pdf: Callable[..., Answer] = import_module("ecredit.surface.cli.verify_pdf").verify_pdf
        path = _key_or_none(args)
        keys = None if path is None else read_keys(path.read_bytes())
        age = age_of(args, raw, "" if keys is None else keys.log)
        return verify_pdf(args, raw, args.at or context.now, keys, age)
    if is_head(raw):
        path = _key_path(args, lambda home: home.public_key)
        said = path.read_bytes()
        keys = read_keys(said) if said.lstrip().startswith(b"{") else None
        return verify_head(args, raw, _log_key(path), keys)
    if looks_like_cms(raw):
        verify_signature: Callable[..., Answer] = import_module(
            "ecredit.surface.cli.verify_signature"
        ).verify_signature
        log_key = "" if args.log is None else _log_key(_key_path(args, lambda home: home.public_key))
        return verify_signature(args, raw, args.at or context.now, age_of(args, raw, log_key))
    document = _json(raw)
    if isinstance(document, dict) and document.get("format") == SHOWN_FORMAT:
        return _verify_shown(args, document)
    if isinstance(document, dict) and document.get("format") == FORMAT:
        return _verify_proof(args, document)
    return _verify_badge(args, raw, args.at or context.now)


def _verify_badge(args: argparse.Namespace, raw: bytes, at: datetime) -> Answer:
    path = _key_path(args, lambda home: home.city_keys)
    keys = read_keys(path.read_bytes())
    status = None if args.status is None else _read(args.status)
    mark = find_mark(raw)
    age = age_of(args, raw, keys.log)
    asked = Asked(keys, at, status, logged_at=age.since)
    verdict = check_badge(raw, asked) if mark is None else check_mark(mark, asked, found_on=args.page)
    word = "有效 valid" if verdict.ok else "无效 NOT valid"
    zh, en = _KINDS[verdict.kind]
    return Answer(
        {
            "ok": verdict.ok,
            "kind": verdict.kind,
            "failed": list(verdict.failed),
            "checks": [
                {"code": one.code, "state": one.state, "zh": one.zh, "en": one.en} for one in verdict.findings
            ],
            "said": verdict.said,
        },
        [
            f"{args.file.name}（{zh} {en}）: {word}（公钥 keys: {printable(keys.name)}，{path}）",
            *(f"  {_line(finding)}" for finding in verdict.findings),
            *(f"  {line}" for line in age.lines),
            *_badge_lines(verdict),
        ],
        code=0 if verdict.ok else 1,
    )


def _line(finding: Finding) -> str:
    return f"{_MARKS[finding.state]} {printable(finding.zh)} / {printable(finding.en)}"


def _badge_lines(verdict: Verdict) -> list[str]:
    """What a badge says, when its signatures hold; nothing else of the file is said."""
    shown = [
        f"    {label}：{redact(printable(str(verdict.said[name])))}"
        for name, label in _SAID.items()
        if verdict.said.get(name) is not None
    ]
    return ["  内容 it says", *shown] if shown else []


def _key_or_none(args: argparse.Namespace) -> Path | None:
    """The city's keys for a PDF, which may also be checked by roots alone."""
    if args.key is None and not Home(settings.ECREDIT_HOME).city_keys.is_file():
        return None
    return _key_path(args, lambda home: home.city_keys)


def _verify_proof(args: argparse.Namespace, document: dict[str, object]) -> Answer:
    key_path = _key_path(args, lambda home: home.public_key)
    verdict = verify_proof(document, _log_key(key_path))
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


def _verify_shown(args: argparse.Namespace, document: dict[str, object]) -> Answer:
    key_path = _key_path(args, lambda home: home.public_key)
    verdict = verify_shown(document, _log_key(key_path))
    word = "有效 valid" if verdict.ok else "无效 NOT valid"
    said: list[str] = []
    if verdict.act is not None and verdict.at is not None:
        said = [
            f"这条记录在 {verdict.at:%Y-%m-%d %H:%M} UTC 的公示之中 this record was among what was published then（日志第"
            f" {verdict.act.index} 条 leaf of the log）",
            f"  {redact(printable(verdict.record))}",
        ]
    return Answer(
        {"ok": verdict.ok, "reasons": [str(reason) for reason in verdict.reasons], "record": verdict.record},
        [
            f"{args.file.name}（公示记录 record as shown）: {word}（公钥 key {key_path}）",
            *(f"  {reason}" for reason in verdict.reasons),
            *(f"  {line}" for line in said),
        ],
        code=0 if verdict.ok else 1,
    )


def _log_key(path: Path) -> str:
    """The log's key: by itself, or in the file of all the city's keys."""
    text = path.read_text(encoding="utf-8", errors="replace").strip()
    return read_keys(text.encode()).log if text.startswith("{") else text


def _key_path(args: argparse.Namespace, own: Callable[[Home], Path]) -> Path:
    # The settings are read only for a home's own key: who brings one needs no home.
    path: Path = args.key or own(Home(settings.ECREDIT_HOME))
    if not path.is_file():
        raise WrongUse(f"没有公钥文件 {path}；请用 --key 指定", f"no public key {path}; give one with --key")
    return path


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            raw = file.read((1 << 24) + 1)
    except OSError as error:
        raise InputRefused(f"读不了文件 {path}", f"{path} cannot be read") from error
    if len(raw) > max(LONGEST, 1 << 24) or not raw.strip():
        raise InputRefused(f"{path} 不是凭证文件", f"{path} is no badge and no proof document")
    return raw


def _json(raw: bytes) -> object:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


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
