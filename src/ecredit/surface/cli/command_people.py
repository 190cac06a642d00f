"""ecredit person|key: who may sign in, in which role, and the keys of organisations."""

import argparse
from dataclasses import asdict

from django.utils import timezone

from ecredit.facts.actors.key_actions import issue_key, revoke_key
from ecredit.facts.actors.people_actions import (
    FirstRole,
    grant_role,
    register_person,
    reset_password,
    revoke_role,
    set_active,
)
from ecredit.facts.actors.queries import get_organisation_id, get_supplier, list_keys, list_people
from ecredit.facts.actors.rights import find_role, no_such_role, scopes_for
from ecredit.surface.cli.answer import Answer, columns, named
from ecredit.surface.cli.context import Context
from ecredit.surface.cli.parsing import Everywhere, Subparsers


def add_parsers(commands: Subparsers, everywhere: Everywhere) -> None:
    """Declare `person` and `key`."""
    parser = commands.add_parser("person", parents=[everywhere], help="人员与角色 people and their roles")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    add = verbs.add_parser(
        "add", parents=[everywhere], help="登记 register; the first password is shown once"
    )
    add.add_argument("login", help="登录名 letters, digits, - and _")
    add.add_argument("--name", required=True, help="姓名 the person's name")
    add.add_argument("--role", help="角色 a role of catalog/roles (with --of)")
    add.add_argument("--of", help="单位 the organisation (default: the credit office)")
    add.set_defaults(run=run_add)
    listing = verbs.add_parser("list", parents=[everywhere], help="列表 everybody with their roles")
    listing.set_defaults(run=run_list)
    for verb, run, says in (
        ("password", run_password, "重设密码 a new first password"),
        ("disable", run_disable, "停用 may no longer sign in"),
        ("enable", run_enable, "启用 may sign in again"),
    ):
        one = verbs.add_parser(verb, parents=[everywhere], help=says)
        one.add_argument("login")
        one.set_defaults(run=run)
    for verb, run, says in (
        ("grant", run_grant, "授予角色 give a role"),
        ("revoke", run_revoke, "收回角色 take a role back"),
    ):
        one = verbs.add_parser(verb, parents=[everywhere], help=says)
        one.add_argument("login")
        one.add_argument("role")
        one.add_argument("--of", help="单位 the organisation (default: the credit office)")
        one.set_defaults(run=run)
    keys = commands.add_parser("key", parents=[everywhere], help="接口密钥 keys for machines")
    verbs = keys.add_subparsers(dest="verb", metavar="VERB", required=True)
    issue = verbs.add_parser("issue", parents=[everywhere], help="发放 give one out; it is shown once")
    issue.add_argument("organisation", help="单位 id or name")
    issue.add_argument("--title", default="", help="用途 what it is for")
    issue.add_argument("--scope", action="append", help="权限 (default: what its own people may do)")
    issue.add_argument("--days", type=int, default=180)
    issue.add_argument("--replaces", type=int, metavar="ID", help="替换 the key that it will replace")
    issue.add_argument(
        "--per-minute", type=int, metavar="N", help="每分钟限额 requests a minute (default: 600)"
    )
    issue.add_argument("--per-day", type=int, metavar="N", help="每天限额 requests a day (default: 100,000)")
    issue.set_defaults(run=run_issue)
    listing = verbs.add_parser("list", parents=[everywhere], help="列表 every key, never its secret")
    listing.set_defaults(run=run_keys)
    end = verbs.add_parser("revoke", parents=[everywhere], help="作废 end a key now")
    end.add_argument("organisation")
    end.add_argument("id", type=int)
    end.set_defaults(run=run_end)


def run_add(args: argparse.Namespace, context: Context) -> Answer:
    """Register a person, with a role when one is named: wholly or not at all."""
    first = None
    if args.role is not None or args.of is not None:
        named = context.catalog.city[0] if args.of is None else args.of
        first = FirstRole(named, args.role or "", context.catalog, context.today)
    person, password = register_person(
        login=args.login, name=args.name, ring=context.ring, by=context.operator, at=context.now, first=first
    )
    lines = [
        f"{person.who} {person.login}",
        f"初始密码（只显示一次，首次登录须修改） first password (shown once): {password}",
    ]
    return Answer({"who": person.who, "login": person.login, "password": password}, lines)


def run_list(args: argparse.Namespace, context: Context) -> Answer:  # noqa: ARG001
    """Everybody."""
    _ = context.home
    people = list_people()
    rows = [
        (
            p.who,
            p.login,
            p.name,
            "" if p.active else "停用 disabled",
            "、".join(f"{s.role}@{s.organisation}" for s in p.seats),
        )
        for p in people
    ]
    return Answer(
        {"people": [asdict(p) for p in people]},
        columns(rows, ("", "登录名 login", "姓名 name", "", "角色 roles"))
        if rows
        else ["还没有人员 nobody yet"],
    )


def run_password(args: argparse.Namespace, context: Context) -> Answer:
    """A new first password."""
    password = reset_password(login=args.login, ring=context.ring, by=context.operator, at=context.now)
    return Answer({"login": args.login, "password": password}, [f"新的初始密码 first password: {password}"])


def run_disable(args: argparse.Namespace, context: Context) -> Answer:
    """No longer."""
    set_active(login=args.login, active=False, ring=context.ring, by=context.operator, at=context.now)
    return Answer({"login": args.login, "active": False}, [f"{args.login} 已停用 disabled"])


def run_enable(args: argparse.Namespace, context: Context) -> Answer:
    """Again."""
    set_active(login=args.login, active=True, ring=context.ring, by=context.operator, at=context.now)
    return Answer({"login": args.login, "active": True}, [f"{args.login} 已启用 enabled"])


def run_grant(args: argparse.Namespace, context: Context) -> Answer:
    """Give a role."""
    given = _grant(args, context)
    return Answer(
        {"login": args.login, "role": given["role"], "organisation": given["organisation"]},
        [f"{args.login}: {given['role']}@{given['organisation']}"],
    )


def run_revoke(args: argparse.Namespace, context: Context) -> Answer:
    """Take a role back."""
    named = args.of or context.catalog.city[0]
    organisation = get_organisation_id(context.catalog, named, on=context.today)
    role = _role(args, context)
    revoke_role(
        login=args.login,
        organisation=organisation,
        role=role,
        ring=context.ring,
        by=context.operator,
        at=context.now,
        on=context.today,
    )
    return Answer(
        {"login": args.login, "role": role}, [f"{args.login}: 已收回 revoked {role}@{organisation}"]
    )


def run_issue(args: argparse.Namespace, context: Context) -> Answer:
    """Give a key out."""
    organisation = get_supplier(context.catalog, args.organisation, on=context.today)
    key = issue_key(
        catalog=context.catalog,
        organisation=organisation.id,
        title=args.title,
        scopes=args.scope or scopes_for(context.catalog, organisation.id, organisation.kind),
        days=args.days,
        per_minute=args.per_minute,
        per_day=args.per_day,
        replaces=args.replaces,
        ring=context.ring,
        by=context.operator,
        at=context.now,
    )
    return Answer(asdict(key), [f"密钥 {key.id}（只显示一次） key (shown once): {key.secret}"])


def run_keys(args: argparse.Namespace, context: Context) -> Answer:  # noqa: ARG001
    """Every key."""
    _ = context.home
    keys = list_keys()
    rows = [
        (
            k.id,
            k.organisation,
            k.title,
            _key_state(k.state(context.now)),
            timezone.localtime(k.expires_at).date(),
            ",".join(k.scopes),
        )
        for k in keys
    ]
    head = ("编号 id", "单位 organisation", "用途 for", "", "到期 until", "权限 scopes")
    return Answer(
        {"keys": [asdict(k) for k in keys]}, columns(rows, head) if rows else ["还没有密钥 no key yet"]
    )


def run_end(args: argparse.Namespace, context: Context) -> Answer:
    """End a key."""
    organisation = get_organisation_id(context.catalog, args.organisation, on=context.today)
    revoke_key(
        organisation=organisation, key_id=args.id, ring=context.ring, by=context.operator, at=context.now
    )
    return Answer({"id": args.id, "revoked": True}, [f"密钥 {args.id} 已作废 revoked"])


def _organisation(args: argparse.Namespace, context: Context) -> str:
    named = args.of or context.catalog.city[0]
    return get_supplier(context.catalog, named, on=context.today).id


def _role(args: argparse.Namespace, context: Context) -> str:
    role = find_role(context.catalog, args.role)
    if role is None:
        raise no_such_role(context.catalog, args.role)
    return role


def _grant(args: argparse.Namespace, context: Context) -> dict[str, str]:
    given = grant_role(
        login=args.login,
        organisation=_organisation(args, context),
        role=_role(args, context),
        catalog=context.catalog,
        ring=context.ring,
        by=context.operator,
        at=context.now,
        on=context.today,
    )
    return {"role": given.role, "organisation": given.organisation}


def _key_state(state: str) -> str:
    return named(f"desk.key_{state}", state)
