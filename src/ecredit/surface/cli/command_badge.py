"""ecredit badge: badges issued, dated anew, revoked, shown and written out; the keys they are signed with."""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from ecredit.foundation.catalog.texts import text
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.proof.city_keys import CityKey
from ecredit.foundation.proof.link_mark import tidy_page
from ecredit.foundation.proof.signing_keys import list_city_keys
from ecredit.service.badges.badge_file import badge_file_of
from ecredit.service.badges.drawing import SIZES, mark_html, mark_svg, qr_svg
from ecredit.service.badges.errors import NoSuchBadge
from ecredit.service.badges.issue_actions import Issuer, issue_badges, revoke_badge
from ecredit.service.badges.mark_actions import give_mark
from ecredit.service.badges.public_badges import PublicBadges
from ecredit.service.badges.queries import count_badges
from ecredit.service.badges.signing_actions import make_signing_key, retire_signing_key
from ecredit.service.badges.types import PublicBadge
from ecredit.service.operation.stolen_key import denounce_key
from ecredit.surface.cli.answer import Answer, columns, minute
from ecredit.surface.cli.context import Context
from ecredit.surface.cli.parsing import Everywhere, Subparsers, instant

_WHY = {
    "changed": "内容有变 what it says changed",
    "gone": "不再公示 no longer public",
    "closed": "主体已注销、吊销或迁出 the firm is closed",
    "officer": "人工撤销 taken back by hand",
}


def add_parsers(commands: Subparsers, everywhere: Everywhere) -> None:
    """Declare `badge` and its verbs."""
    parser = commands.add_parser("badge", parents=[everywhere], help="标识 badges: signed, revocable")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    issue = verbs.add_parser("issue", parents=[everywhere], help="签发、更新、撤销 bring badges up to date")
    issue.add_argument("codes", nargs="*", metavar="CODE", help="主体代码 codes of subjects")
    issue.add_argument("--all", action="store_true", help="全部主体 all subjects that are public")
    issue.add_argument("--redate", action="store_true", help="全部换发有效期 date anew what stays as it is")
    issue.set_defaults(run=run_issue)
    revoke = verbs.add_parser("revoke", parents=[everywhere], help="撤销 take a badge back")
    revoke.add_argument("code", metavar="CODE", help="主体代码 code of the subject")
    revoke.add_argument("--reason", required=True, help="原因，记入日志 why; it is journaled")
    revoke.set_defaults(run=run_revoke)
    status = verbs.add_parser("status", parents=[everywhere], help="情况 how many, or one subject's")
    status.add_argument("code", nargs="?", metavar="CODE", help="主体代码 code of the subject")
    status.set_defaults(run=run_status)
    take = verbs.add_parser("take", parents=[everywhere], help="取出 write a badge's files")
    take.add_argument("code", metavar="CODE", help="主体代码 code of the subject")
    take.add_argument("--out", type=Path, required=True, metavar="DIR", help="写到哪个文件夹 the folder")
    take.set_defaults(run=run_take)
    mark = verbs.add_parser("mark", parents=[everywhere], help="链接标识 the mark for a shop's page")
    mark.add_argument("code", metavar="CODE", help="主体代码 code of the subject")
    mark.add_argument("--page", default="", metavar="URL", help="只用于这个网页 for this page only, signed")
    mark.add_argument("--out", type=Path, required=True, metavar="DIR", help="写到哪个文件夹 the folder")
    mark.set_defaults(run=run_mark)
    key = verbs.add_parser("key", parents=[everywhere], help="签名密钥 the signing keys")
    key.add_argument(
        "act",
        choices=("list", "new", "retire", "stolen"),
        help="列出、生成、停用、泄露 list, make, retire, denounce",
    )
    key.add_argument("kid", nargs="?", metavar="KID", help="密钥号 id of the key, to retire or denounce it")
    key.add_argument("--reason", default="", help="原因，记入日志 why; it is journaled")
    key.add_argument(
        "--since",
        type=instant,
        metavar="INSTANT",
        help="泄露自何时起（stolen） since when it may be in other hands",
    )
    key.set_defaults(run=run_key)


def run_issue(args: argparse.Namespace, context: Context) -> Answer:
    """Bring badges to what is public today."""
    if bool(args.codes) == args.all:
        raise WrongUse("请给出主体代码，或用 --all", "give codes of subjects, or --all")
    summary = issue_badges(_issuer(context), codes=args.codes or None, redate=args.redate)
    lines = [
        f"主体 subjects {summary.looked_at:,}：签发 issued {summary.issued:,}，换发 replaced {summary.replaced:,}，"
        f"续期 dated anew {summary.redated:,}，撤销 revoked {summary.revoked:,}，不变 kept {summary.kept:,}"
        f"（{summary.seconds:.1f} s）",
        f"有效 in force {summary.live:,}，已撤销 revoked {summary.ended:,}",
    ]
    return Answer(asdict(summary), lines)


def run_revoke(args: argparse.Namespace, context: Context) -> Answer:
    """Take one back."""
    badge = revoke_badge(_issuer(context), code=args.code, reason=args.reason)
    return Answer(
        {"badge": badge, "code": args.code},
        [f"标识 {badge} 已撤销，状态列表已重签 revoked, and the status list signed anew"],
    )


def run_status(args: argparse.Namespace, context: Context) -> Answer:
    """How many there are, or what is known of one subject's."""
    if args.code:
        badge = _live(context, args.code)
        return Answer(_document(badge), _lines(badge))
    counts = count_badges()
    ended = "，".join(f"{_WHY[why]} {number:,}" for why, number in counts.ended.items())
    lines = [
        f"有效 in force {counts.live:,}，状态列表 status lists {counts.lists}",
        f"已撤销 revoked: {ended or '0'}",
    ]
    return Answer(asdict(counts), lines)


def run_take(args: argparse.Namespace, context: Context) -> Answer:
    """Write the badge's file and the status list it stands in into a folder."""
    badge = _live(context, args.code)
    badges = PublicBadges(context.home.badges_db)
    args.out.mkdir(parents=True, exist_ok=True)
    held = {
        f"badge-{badge.claims.id}.json": json.dumps(badge_file_of(badge), indent=1) + "\n",
        f"status-{badge.claims.status_list}.json": badges.status_list(badge.claims.status_list) or "",
        f"qr-{badge.claims.id}.svg": qr_svg(badge, title=f"{badge.claims.name} {badge.claims.id}"),
        "city-keys.json": badges.keys() or "",
    }
    for name, content in held.items():
        (args.out / name).write_text(content, encoding="utf-8")
    return Answer(
        {"files": [str(args.out / name) for name in held]},
        [f"已写入 written: {args.out / name}" for name in held],
    )


def run_mark(args: argparse.Namespace, context: Context) -> Answer:
    """Write the mark in two sizes and languages, with the piece of HTML for each; signed for one page where it is named."""
    badge = _live(context, args.code)
    token = give_mark(_issuer(context), badge, page=args.page) if args.page else ""
    page = tidy_page(args.page) if args.page else ""
    claims = badge.claims
    address = f"{claims.site}/verify/{claims.id}" + (f"?mark={token}" if token else "")
    args.out.mkdir(parents=True, exist_ok=True)
    written = []
    for lang in ("zh", "en"):
        city = text("portal.city", lang)
        for size in SIZES:
            name = f"mark-{lang}-{size}"
            picture = mark_svg(lang=lang, size=size, city=city, page=page, token=token)
            piece = mark_html(lang=lang, size=size, address=address, city=city, picture=f"{name}.svg")
            for ending, content in (("svg", picture), ("html", piece)):
                path = args.out / f"{name}.{ending}"
                path.write_text(content, encoding="utf-8")
                written.append(path)
    document = {
        "badge": claims.id,
        "page": page,
        "address": address,
        "files": [str(path) for path in written],
    }
    return Answer(document, [f"已写入 written: {path}" for path in written])


def run_key(args: argparse.Namespace, context: Context) -> Answer:
    """List the signing keys, make one, retire one, denounce one that was stolen."""
    home, now = context.home, context.now
    if args.act == "new":
        key = make_signing_key(home=home, sealer=context.sealer, by=context.operator, at=now)
        said = f"新签名密钥 new signing key: {key.kid}；执行 ecredit badge issue --all 公布 publish it with: ecredit badge issue --all"
        return Answer({"kid": key.kid}, [said])
    if args.act == "retire":
        if not args.kid or not args.reason:
            raise WrongUse("请给出密钥号和 --reason", "give the key's id and a --reason")
        retire_signing_key(
            home=home, sealer=context.sealer, kid=args.kid, reason=args.reason, by=context.operator, at=now
        )
        return Answer({"kid": args.kid}, [f"签名密钥 {args.kid} 已停用 is retired"])
    if args.act == "stolen":
        return _denounce(args, context)
    keys = list_city_keys(home.keys)
    head = ("密钥 key", "自 since", "至 until", "停用 retired", "泄露 stolen")
    rows = [_key_row(key) for key in keys]
    names = ("kid", "since", "until", "retired_at", "compromised_at")
    document = {"keys": [dict(zip(names, row, strict=True)) for row in rows]}
    return Answer(document, columns(rows, head) if rows else ["还没有签名密钥 no signing key yet"])


def _denounce(args: argparse.Namespace, context: Context) -> Answer:
    if not args.kid or not args.reason or args.since is None:
        raise WrongUse(
            "请给出密钥号、--since（泄露自何时起，不确定就往早说）和 --reason",
            "give the key's id, --since (from when it may be in other hands; in doubt, say earlier) and a --reason",
        )
    done = denounce_key(context, kid=args.kid, since=args.since, reason=args.reason, by=context.operator)
    lines = [
        f"签名密钥 {done.kid} 自 {minute(done.since)} 起不可信，已公布 is not to be believed since then, and everybody can see it",
        f"现用密钥 signing now {done.new_kid}；状态列表已重签 status lists signed anew",
    ]
    if done.badges is not None:
        lines.append(
            f"标识重签 badges signed anew: {done.badges.redated + done.badges.replaced + done.badges.issued:,}"
        )
    badges = None if done.badges is None else asdict(done.badges)
    return Answer({"kid": done.kid, "since": done.since, "new_kid": done.new_kid, "badges": badges}, lines)


def _key_row(key: CityKey) -> tuple[str, str, str, str, str]:
    retired = "" if key.retired_at is None else minute(key.retired_at)
    stolen = "" if key.compromised_at is None else minute(key.compromised_at)
    return key.kid, minute(key.since), minute(key.until), retired, stolen


def _issuer(context: Context) -> Issuer:
    return Issuer(context.home, context.sealer, context.operator, context.now)


def _live(context: Context, code: str) -> PublicBadge:
    badge = PublicBadges(context.home.badges_db).find_live(code)
    if badge is None:
        raise NoSuchBadge(f"{code} 没有有效的标识", f"{code} has no badge in force", code=code)
    return badge


def _document(badge: PublicBadge) -> dict[str, object]:
    claims = badge.claims
    return {
        "badge": claims.id, "code": claims.code, "name": claims.name, "grade": claims.grade, "valid_from": claims.valid_from,
        "valid_until": claims.valid_until, "kid": badge.kid, "status_list": claims.status_list,
        "status_index": claims.status_index, "address": f"{claims.site}/verify/{claims.id}",
    }  # fmt: skip


def _lines(badge: PublicBadge) -> list[str]:
    claims = badge.claims
    return [
        f"标识 badge {claims.id}：{claims.name}（{claims.code}）",
        f"  等级 grade {claims.grade or '—'}，有效期 in force {minute(claims.valid_from)} – {minute(claims.valid_until)}，密钥 key {badge.kid}",
        f"  {claims.site}/verify/{claims.id}",
    ]
