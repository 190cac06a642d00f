"""ecredit backup, restore and upgrade."""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from django.conf import settings

from ecredit.facts.actors.types import OPERATOR
from ecredit.foundation.kernel.errors import CheckFailed, WrongUse
from ecredit.service.operation.backup_actions import Backup, back_up
from ecredit.service.operation.backup_drill import run_drill
from ecredit.service.operation.backup_restore import restore
from ecredit.service.operation.platform import Platform
from ecredit.service.operation.upgrade_actions import upgrade
from ecredit.surface.cli.answer import Answer, minute
from ecredit.surface.cli.context import Context
from ecredit.surface.cli.parsing import Everywhere, Subparsers

_KEYS_APART = (
    "密钥没有备份：请把 keys/ 另行离线保管，没有它备份打不开 / the keys are not in it: keep keys/ apart and offline, for "
    "without them the backup opens nothing"
)


def add_parsers(commands: Subparsers, everywhere: Everywhere) -> None:
    """Declare all three."""
    backup = commands.add_parser(
        "backup", parents=[everywhere], help="备份（运行中也可以） back up while running"
    )
    backup.add_argument("destination", type=Path, metavar="DEST", help="新的目录 a new folder")
    backup.add_argument("--keys", action="store_true", help="连同加密的密钥 with the keys, encrypted")
    _passphrase(backup)
    backup.add_argument(
        "--drill", action="store_true", help="随即恢复到别处并审计 restore it elsewhere and audit it at once"
    )
    backup.set_defaults(run=run_backup)
    restored = commands.add_parser(
        "restore", parents=[everywhere], help="恢复到新目录 a backup into a new home"
    )
    restored.add_argument("source", type=Path, metavar="SRC", help="备份 the backup")
    restored.add_argument("--keys", type=Path, metavar="FOLDER", help="另行保管的密钥 the keys kept apart")
    _passphrase(restored)
    restored.set_defaults(run=run_restore)
    upgraded = commands.add_parser(
        "upgrade", parents=[everywhere], help="升级程序后更新数据库 the database, after the program"
    )
    how = upgraded.add_mutually_exclusive_group()
    how.add_argument("--backup", type=Path, metavar="DEST", help="先备份到 back up to here first")
    how.add_argument("--no-backup", action="store_true", help="不备份 no backup")
    upgraded.set_defaults(run=run_upgrade)


def _passphrase(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--passphrase-file", type=Path, metavar="FILE", help="密钥的口令（或 ECREDIT_BACKUP_PASSPHRASE）"
    )


def _read_passphrase(args: argparse.Namespace) -> str:
    """From the file, else from the settings; "" when there is none."""
    if args.passphrase_file is None:
        return str(settings.ECREDIT_BACKUP_PASSPHRASE)
    try:
        return str(args.passphrase_file.read_text(encoding="utf-8").strip())
    except (OSError, UnicodeDecodeError) as error:
        raise WrongUse(
            f"读不了口令文件 {args.passphrase_file}",
            f"the passphrase file {args.passphrase_file} cannot be read",
        ) from error


def run_backup(args: argparse.Namespace, context: Context) -> Answer:
    """Back up, and with --drill prove it; exit 1 when a file the database names is missing or the drill failed."""
    passphrase = _read_passphrase(args) if args.keys else None
    if passphrase == "":
        raise WrongUse(
            "密钥只以加密的形式备份；请用 --passphrase-file 或 ECREDIT_BACKUP_PASSPHRASE 给出口令",
            "keys are backed up encrypted only; give a passphrase by --passphrase-file or ECREDIT_BACKUP_PASSPHRASE",
        )
    if not args.drill:
        backup = back_up(context, args.destination, by=context.operator, passphrase=passphrase)
        return Answer(_document(backup), _lines(backup), code=1 if backup.manifest.missing else 0)
    drill = run_drill(
        context, args.destination, by=context.operator, restore=_restore_elsewhere, passphrase=passphrase
    )
    head = f"备份的日志头 {drill.backup.manifest.log_size:,}，现在 {drill.live_size:,}"
    held = (
        "一致（是现在日志的开头） a beginning of the live log"
        if drill.is_beginning
        else "不一致 NOT of the live log"
    )
    lines = [
        *_lines(drill.backup),
        f"演练 drill: 恢复后审计 audit after restoring {'全部一致 clean' if drill.audit_ok else f'{drill.findings} 处不符 findings'}；"
        f"{head}: {held}",
    ]
    document = {
        **_document(drill.backup),
        "drill": {
            "ok": drill.ok, "audit_ok": drill.audit_ok, "findings": drill.findings, "live_size": drill.live_size,
            "is_beginning": drill.is_beginning,
        },
    }  # fmt: skip
    return Answer(document, lines, code=0 if drill.ok else 1)


def run_restore(args: argparse.Namespace, _context: Context) -> Answer:
    """Restore into the home of --home; exit 1 when the audit that follows finds anything."""
    platform = Platform()
    done = restore(platform, args.source, keys=args.keys, passphrase=_read_passphrase(args))
    report = done.report
    lines = [
        f"已恢复 restored: {done.home}（{minute(datetime.fromisoformat(done.manifest.made_at))}，{done.manifest.program}）",
        *([f"已升级 upgraded: {', '.join(done.upgraded)}"] if done.upgraded else []),
        f"审计 audit: 日志 log {report.size:,}；{'全部一致 clean' if report.ok else f'{len(report.findings)} 处不符 findings'}",
        *(f"  {finding.zh} / {finding.en}" for finding in report.findings),
    ]
    document = {
        "home": str(done.home), "made_at": done.manifest.made_at, "upgraded": done.upgraded, "size": report.size,
        "ok": report.ok, "findings": [asdict(finding) for finding in report.findings],
    }  # fmt: skip
    return Answer(document, lines, code=0 if report.ok else 1)


def run_upgrade(args: argparse.Namespace, _context: Context) -> Answer:
    """Migrate the database after a backup, and say what was done."""
    done = upgrade(Platform(), by=OPERATOR, backup=args.backup, without_backup=args.no_backup)
    document = {"applied": done.applied, "backup": None if done.backup is None else str(done.backup)}
    if not done.applied:
        return Answer(document, ["数据库已是最新 the database is up to date"])
    lines = [f"已备份到 backed up to {done.backup}"] if done.backup else []
    return Answer(document, [*lines, f"已升级 upgraded: {', '.join(done.applied)}"])


def _restore_elsewhere(backup: Path, home: Path, keys: Path, url: str | None) -> Mapping[str, object]:
    """`ecredit restore` in another process. Raises CheckFailed with what it said when it did not come to an audit."""
    environment = {
        k: v for k, v in os.environ.items() if k not in ("ECREDIT_DATABASE_URL", "ECREDIT_DATABASE_URL_FILE")
    }
    if url is not None:
        environment["ECREDIT_DATABASE_URL"] = url
    command = [sys.executable, "-m", "ecredit.surface.cli.main", "restore", str(backup), "--home", str(home)]
    done = subprocess.run(
        [*command, "--keys", str(keys), "--json"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    document: dict[str, object] = json.loads(done.stdout) if done.stdout.startswith("{") else {}
    if "ok" not in document:
        said = done.stderr.strip().removeprefix("ecredit: ")
        raise CheckFailed(f"演练中没有恢复成：{said}", f"restoring failed in the drill: {said}")
    return document


def _document(backup: Backup) -> dict[str, object]:
    held = backup.manifest
    return {
        "backup": str(backup.folder), "database": held.database, "keys": held.keys, "log_size": held.log_size,
        "files": len(held.files), "bytes": backup.size, "missing": held.missing,
    }  # fmt: skip


def _lines(backup: Backup) -> list[str]:
    held = backup.manifest
    return [
        f"已备份 backed up: {backup.folder}（{len(held.files):,} 个文件 files，{backup.size / 1e6:,.1f} MB，日志 log {held.log_size:,}）",
        *([_KEYS_APART] if held.keys == "apart" else []),
        *(f"  缺少 missing in the home: {name}" for name in held.missing),
    ]
