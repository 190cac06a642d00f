"""The audit of people, roles and keys: each is what the journal says was registered, given and taken back.

Whoever writes the database by hand could make themselves an officer, or put their own password on another's account.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Any

from ecredit.facts.actors.audit_types import AuditFinding
from ecredit.facts.actors.canonical import read_object
from ecredit.facts.actors.models import ApiKey, Membership, Person
from ecredit.facts.actors.people_actions import password_digest
from ecredit.facts.actors.queries import read_journal

_PERSON = (
    "person.register", "person.reset_password", "person.choose_password", "person.disable", "person.enable",
)  # fmt: skip
_Role = tuple[str, str, str, date, date | None]


def audit_people() -> Iterator[AuditFinding]:
    """People, roles and keys that were changed, added or removed without the journal."""
    yield from _people()
    yield from _roles()
    yield from _keys()


def _people() -> Iterator[AuditFinding]:
    told: dict[str, dict[str, Any]] = {}
    for row in read_journal(*_PERSON):
        said = told.setdefault(row.object, {"active": True, "password": None})
        said["leaf"] = row.leaf
        if row.verb in ("person.enable", "person.disable"):
            said["active"] = row.verb == "person.enable"
        else:
            said["password"] = read_object(row.detail).get("password")
    for person in Person.objects.order_by("id").iterator():
        said = told.pop(f"person:{person.who}", {})
        if not said:
            yield _finding(None, f"人员 {person.who} 没有登记记录", f"nobody registered person {person.who}")
            continue
        if person.is_active != said["active"]:
            zh, en = "启用状态被改动", "was enabled or disabled behind the log"
            yield _finding(said["leaf"], f"人员 {person.who} 的{zh}", f"person {person.who} {en}")
        if password_digest(person) != said["password"]:
            zh, en = "密码被改动", "has another password than was set"
            yield _finding(said["leaf"], f"人员 {person.who} 的{zh}", f"person {person.who} {en}")
    for about, said in told.items():
        who = about.partition(":")[2]
        yield _finding(said["leaf"], f"人员 {who} 不见了", f"person {who} is gone")


def _roles() -> Iterator[AuditFinding]:
    given: dict[tuple[str, str, str], list[_Role]] = defaultdict(list)
    for row in read_journal("role.grant", "role.revoke"):
        said = read_object(row.detail)
        who, organisation, role = (
            row.object.partition(":")[2],
            str(said.get("organisation")),
            str(said.get("role")),
        )
        held = given[who, organisation, role]
        if row.verb == "role.grant":
            held.append((who, organisation, role, _day(said.get("from")), None))
        elif (at := _meant(said.get("from"), [span[3] for span in held])) is not None:
            held[at] = (*held[at][:4], max(_day(said.get("until")), held[at][3]))
    wanted = sorted((r for held in given.values() for r in held), key=repr)
    found = sorted(
        (
            (m.person.who, m.organisation, m.role, m.valid_from, m.valid_to)
            for m in Membership.objects.select_related("person").iterator()
        ),
        key=repr,
    )
    for who, organisation, role, *_ in _more(found, wanted):
        zh, en = (
            f"{who} 在 {organisation} 的角色 {role} 无授予记录或被改动",
            f"the role {role} of {who} in {organisation} was not given so",
        )
        yield _finding(None, zh, en)
    for who, organisation, role, *_ in _more(wanted, found):
        zh, en = (
            f"{who} 在 {organisation} 的角色 {role} 不见了或被改动",
            f"the role {role} of {who} in {organisation} is gone or changed",
        )
        yield _finding(None, zh, en)


def _meant(start: object, starts: list[date]) -> int | None:
    """Which of the spans of one role was taken back: the last given from that day."""
    return next((at for at in reversed(range(len(starts))) if starts[at] == _day(start)), None)


def _keys() -> Iterator[AuditFinding]:
    issued: dict[str, tuple[int, dict[str, Any]]] = {}
    revoked = {row.object for row in read_journal("apikey.revoke")}
    for row in read_journal("apikey.issue"):
        issued[row.object] = row.leaf, read_object(row.detail)
    for key in ApiKey.objects.order_by("id").iterator():
        about = f"apikey:{key.pk}"
        leaf, said = issued.pop(about, (None, {}))
        now = {
            "organisation": key.organisation,
            "scopes": key.scopes,
            "digest": key.digest,
            "per_minute": key.per_minute,
            "per_day": key.per_day,
            "expires_on": key.expires_at.date().isoformat(),
        }
        if any(said.get(column) != value for column, value in now.items()):
            yield _finding(
                leaf, f"密钥 {key.pk} 不是日志中发放的", f"key {key.pk} is not as it was given out"
            )
        if (key.revoked_at is not None) != (about in revoked):
            yield _finding(
                leaf, f"密钥 {key.pk} 的作废状态被改动", f"key {key.pk} was ended or revived behind the log"
            )
    for about, (leaf, _) in issued.items():
        number = about.partition(":")[2]
        yield _finding(leaf, f"密钥 {number} 不见了", f"key {number} is gone")


def _more(these: list[_Role], those: list[_Role]) -> list[_Role]:
    """What is in these and not in those; each as often as it is more."""
    left = list(those)
    more = []
    for role in these:
        if role in left:
            left.remove(role)
        else:
            more.append(role)
    return more


def _day(text: object) -> date:
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        return date.min


def _finding(leaf: int | None, zh: str, en: str) -> AuditFinding:
    return AuditFinding("people", leaf, zh, en)
