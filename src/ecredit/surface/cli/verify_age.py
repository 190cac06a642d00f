"""The part of ecredit verify that asks how old a file is: by a proof from the log, by a time stamp; and that checks a log head."""

import argparse
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from django.conf import settings

from ecredit.foundation.kernel.errors import InputRefused, WrongUse
from ecredit.foundation.kernel.text_forms import printable
from ecredit.foundation.proof.badge_types import State
from ecredit.foundation.proof.checkpoint import verify_checkpoint
from ecredit.foundation.proof.city_keys import CityKeys
from ecredit.foundation.proof.cosigning import check_cosigned
from ecredit.foundation.proof.logged import logged_at
from ecredit.foundation.proof.pdf_certificates import read_roots
from ecredit.foundation.proof.revocation_files import RevocationFiles, list_revocation, read_revocation
from ecredit.foundation.proof.time_stamps import check_stamp
from ecredit.surface.cli.answer import Answer

_MARKS = {State.HOLDS: "✓", State.FAILS: "✗", State.OPEN: "–"}


@dataclass(frozen=True, slots=True)
class Age:
    """Since when a file is known to exist (None: nothing shows it), and in words what shows it."""

    since: datetime | None = None
    lines: tuple[str, ...] = ()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What may be given beside the file."""
    parser.add_argument(
        "--log",
        type=Path,
        metavar="PROOF",
        help="这个文件的日志证明（附原文） a proof from the log, with its entry, that names this file",
    )
    parser.add_argument(
        "--stamp", type=Path, metavar="TST", help="这个文件的时间戳 a time stamp (RFC 3161) on this file"
    )
    parser.add_argument(
        "--stamp-roots", type=Path, metavar="PEM",
        help="受信任的时间戳根证书 roots of time-stamping authorities (default: ECREDIT_STAMP_ROOTS)",
    )  # fmt: skip


def age_of(args: argparse.Namespace, raw: bytes, log_key: str) -> Age:
    """How old the file is by what was given. Raises WrongUse, TokenBroken, StampBroken for what does not hold."""
    found: list[datetime] = []
    lines = []
    if args.log is not None:
        if not log_key:
            raise WrongUse(
                "查日志证明要有城市公钥（--key）", "a proof from the log needs the city's keys (--key)"
            )
        at = logged_at(raw, _read(args.log), log_key)
        found.append(at)
        lines.append(f"✓ 日志中有这个文件 the log names this file: {at:%Y-%m-%d %H:%M:%S} UTC")
    if args.stamp is not None:
        files = revocation_given(args)
        stamp = check_stamp(_read(args.stamp), raw, _roots(args), lists=files.lists, answers=files.answers)
        found.append(stamp.at)
        lines.append(f"✓ 时间戳 time stamp: {stamp.at:%Y-%m-%d %H:%M:%S} UTC，{printable(stamp.authority)}")
    return Age(min(found, default=None), tuple(lines))


def revocation_given(args: argparse.Namespace) -> RevocationFiles:
    """What shows which certificates were taken back: what the command was given, else what the settings name."""
    given = args.lists or settings.ECREDIT_SIGNING_LISTS
    if not given:
        return RevocationFiles((), (), ())
    place = Path(given)
    return read_revocation(list_revocation(place) if place.is_dir() else [place])


def is_head(raw: bytes) -> bool:
    """Whether this looks like a signed head of the log."""
    return b"\n\n\xe2\x80\x94 " in raw and not raw.lstrip().startswith(b"{")


def verify_head(args: argparse.Namespace, raw: bytes, log_key: str, keys: CityKeys | None) -> Answer:
    """A signed head of the log, its further signatures where the city's keys are at hand, and how old it is. Raises CheckpointBroken."""
    text = raw.decode("utf-8", "replace")
    head = verify_checkpoint(text, log_key)
    beside = () if keys is None else check_cosigned(text, head.origin, keys)
    age = age_of(args, raw, log_key)
    ok = all(finding.state is not State.FAILS for finding in beside)
    lines = [
        f"{args.file.name}（日志头 log head）: {'有效 valid' if ok else '无效 NOT valid'}",
        f"  ✓ {printable(head.origin)}：{head.size:,} 条 entries，{head.root.hex()}（Ed25519）",
        *(f"  {_MARKS[one.state]} {printable(one.zh)} / {printable(one.en)}" for one in beside),
        *(f"  {line}" for line in age.lines),
    ]
    document = {"ok": ok, "kind": "head", "size": head.size, "root": head.root.hex(), "since": age.since}
    return Answer(document, lines, code=0 if ok else 1)


def _roots(args: argparse.Namespace) -> tuple[x509.Certificate, ...]:
    given = args.stamp_roots or settings.ECREDIT_STAMP_ROOTS
    if not given:
        raise WrongUse("请用 --stamp-roots 给出根证书", "give the authority's roots with --stamp-roots")
    return read_roots(_read(Path(given)))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputRefused(f"读不了文件 {path}", f"{path} cannot be read") from error
