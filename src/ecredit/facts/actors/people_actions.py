"""Registering people, and giving them roles."""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import override

from ecredit.facts.actors.errors import NoSuchPerson
from ecredit.facts.actors.journal_actions import post_journal
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.models import Membership, Person
from ecredit.facts.actors.queries import get_supplier
from ecredit.facts.actors.rights import clashes, find_role, no_such_role, roles_for
from ecredit.facts.actors.sign_in_actions import end_sign_ins
from ecredit.facts.actors.types import Actor, Supplier
from ecredit.foundation.catalog.types import Catalog
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.proof.keys import KeyRing


@dataclass(frozen=True, slots=True)
class FirstRole:
    """The role a person is registered with: in which organisation (id or name; empty: not said), which role (id or
    name), by which catalogue, from which day."""

    organisation: str
    role: str
    catalog: Catalog
    on: date


def register_person(
    *, login: str, name: str, ring: KeyRing, by: Actor, at: datetime, first: FirstRole | None = None
) -> tuple[Person, str]:
    """Register a person, with a first role if one is given, wholly or not at all.

    Gives the row and a first password, shown once, which they must change when they sign in. Raises WrongUse with all
    that is wrong: the login is taken or is none, there is no name, no such organisation, no such role there.
    """
    with transaction.atomic():
        log = OpenLog(ring, at)
        faults, role = _person_faults(login, name), ""
        organisation: Supplier | None = None
        if first is not None:
            found, organisation, role = _role_faults(first)
            faults += found
        if faults:
            raise _all_faults(faults, login)
        password = secrets.token_urlsafe(12)
        person = Person(login=login, name=name.strip(), created_at=log.at, created_by=by.who)
        person.set_password(password)
        person.save()
        post_journal(log, by=by, verb="person.register", about=f"person:{person.who}", detail=_set(person))
        if first is not None and organisation is not None:
            _post_grant(log, person, organisation.id, role, by, first.on)
        log.seal()
    return person, password


def reset_password(*, login: str, ring: KeyRing, by: Actor, at: datetime) -> str:
    """A new first password for a person who lost theirs; shown once. Raises NoSuchPerson."""
    with transaction.atomic():
        person = get_person(login)
        log = OpenLog(ring, at)
        password = secrets.token_urlsafe(12)
        person.set_password(password)
        person.must_change_password, person.password_changed_at = True, log.at
        person.save()
        end_sign_ins(person=person, why="password", ring=ring, by=by, at=log.at)
        post_journal(
            log, by=by, verb="person.reset_password", about=f"person:{person.who}", detail=_set(person)
        )
        log.seal()
    return password


def choose_password(
    *, person: Person, password: str, ring: KeyRing, by: Actor, at: datetime, keep: int | None = None
) -> None:
    """The person's own new password; all their sessions but the one numbered `keep` end.

    Raises WrongUse with every rule the password breaks.
    """
    faults = _faults(password, person, "zh-hans")
    if faults:
        raise WrongUse("".join(faults), " ".join(_faults(password, person, "en")))
    with transaction.atomic():
        log = OpenLog(ring, at)
        person.set_password(password)
        person.must_change_password, person.password_changed_at = False, log.at
        person.save()
        end_sign_ins(person=person, why="password", ring=ring, by=by, at=log.at, but=keep)
        post_journal(
            log, by=by, verb="person.choose_password", about=f"person:{person.who}", detail=_set(person)
        )
        log.seal()


def set_active(*, login: str, active: bool, ring: KeyRing, by: Actor, at: datetime) -> None:
    """Let a person sign in, or no longer, which ends their sessions.

    Raises NoSuchPerson, and WrongUse when somebody would disable themselves.
    """
    with transaction.atomic():
        person = get_person(login)
        if by.who == person.who:
            raise WrongUse("不能停用自己的账户", "nobody disables their own account")
        log = OpenLog(ring, at)
        Person.objects.filter(id=person.id).update(is_active=active)
        verb = "person.enable" if active else "person.disable"
        if not active:
            end_sign_ins(person=person, why="disabled", ring=ring, by=by, at=log.at)
        post_journal(log, by=by, verb=verb, about=f"person:{person.who}", detail={})
        log.seal()


def grant_role(
    *,
    login: str,
    organisation: str,
    role: str,
    catalog: Catalog,
    ring: KeyRing,
    by: Actor,
    at: datetime,
    on: date,
    until: date | None = None,
) -> Membership:
    """Give a person a role in an organisation from the day `on`, until the day `until` if one is named (the first without
    it); the same again changes nothing. That it ends is journaled with the grant, as if it were taken back from that day.

    Raises WrongUse when it would end before it begins, when the same role is held on some day of it, when the role is not for
    people of such an organisation, when it cannot be held beside one the person has on any day of it, now or to come
    (三员分立), or when somebody would give one to themselves.
    """
    if until is not None and until <= on:
        raise WrongUse("截止日应在起始日之后", "the last day comes after the first")
    with transaction.atomic():
        # Two grants at once to one person are one after the other, or both could pass the rule of excluding roles.
        person = _only(login)
        supplier = get_supplier(catalog, organisation, on=on)
        meanwhile = list(
            person.memberships.filter(_lasting(on) & _before(until)).order_by("valid_from", "id")
        )
        _check_role(catalog, person, supplier.id, supplier.kind, role, by, meanwhile)
        same = [held for held in meanwhile if (held.organisation, held.role) == (supplier.id, role)]
        if until is None and same and same[0].valid_to is None and same[0].valid_from <= on:
            return same[0]
        if same:
            raise WrongUse(
                "已有这个角色；要改期限，请先收回",
                "the role is held; take it back first to change its days",
                role=role,
            )
        log = OpenLog(ring, at)
        given = _post_grant(log, person, supplier.id, role, by, on, until)
        if until is not None:
            _post_end(log, given, by, until)
        log.seal()
    return given


def revoke_role(
    *, login: str, organisation: str, role: str, ring: KeyRing, by: Actor, at: datetime, on: date
) -> None:
    """Take a role back from the day `on`, with whatever of it was given for later; the person's sessions end. Each span that
    lasts or is to come is journaled by its first day. Raises WrongUse when there is none."""
    with transaction.atomic():
        person = _only(login)
        held = list(
            person.memberships.filter(_lasting(on), organisation=organisation, role=role).order_by(
                "valid_from"
            )
        )
        if not held:
            raise WrongUse(f"{login} 没有这个角色", f"{login} has no such role", role=role)
        log = OpenLog(ring, at)
        end_sign_ins(person=person, why="role", ring=ring, by=by, at=log.at)
        for span in held:
            span.valid_to = max(on, span.valid_from)
            span.save()
            _post_end(log, span, by, on)
        log.seal()


def _only(login: str) -> Person:
    """The person, whose roles nobody else gives or takes until the transaction ends. Raises NoSuchPerson."""
    return Person.objects.select_for_update().get(id=get_person(login).pk)


def _lasting(on: date) -> Q:
    """Roles that do not end by the day, those for later among them; none that was taken back before it began."""
    return Q(valid_to=None) | Q(valid_to__gt=on) & Q(valid_to__gt=F("valid_from"))


def _before(until: date | None) -> Q:
    """Roles that begin before the day; all where there is none."""
    return Q() if until is None else Q(valid_from__lt=until)


def _post_end(log: OpenLog, span: Membership, by: Actor, until: date) -> None:
    detail = {
        "organisation": span.organisation,
        "role": span.role,
        "from": span.valid_from.isoformat(),
        "until": until.isoformat(),
    }
    post_journal(log, by=by, verb="role.revoke", about=f"person:{span.person.who}", detail=detail)


def get_person(login: str) -> Person:
    """The person of that login. Raises NoSuchPerson."""
    person = Person.objects.filter(login=login).first()
    if person is None:
        raise NoSuchPerson(f"没有登录名为 {login} 的人员", f"nobody has the login {login}", login=login)
    return person


def password_digest(person: Person) -> str:
    """What binds the log to the password set: a digest of its salted slow hash, which tells nobody the password."""
    return hashlib.sha256(person.password.encode()).hexdigest()


def _set(person: Person) -> dict[str, str]:
    return {"password": password_digest(person)}


def _faults(password: str, person: Person, language: str) -> list[str]:
    """The rules of `AUTH_PASSWORD_VALIDATORS` that a password breaks, in a language."""
    with override(language):
        try:
            validate_password(password, person)
        except ValidationError as error:
            return error.messages
    return []


def _post_grant(
    log: OpenLog, person: Person, organisation: str, role: str, by: Actor, on: date, until: date | None = None
) -> Membership:
    given = Membership.objects.create(
        person=person,
        organisation=organisation,
        role=role,
        valid_from=on,
        valid_to=until,
        granted_by=by.who,
    )
    detail = {"organisation": organisation, "role": role, "from": on.isoformat()}
    post_journal(log, by=by, verb="role.grant", about=f"person:{person.who}", detail=detail)
    return given


def _person_faults(login: str, name: str) -> list[WrongUse]:
    faults = []
    if not login.isascii() or not login.replace("-", "").replace("_", "").isalnum():
        faults.append(
            WrongUse("登录名只能用英文字母、数字、- 和 _", "a login is made of letters, digits, - and _")
        )
    elif Person.objects.filter(login=login).exists():
        faults.append(WrongUse(f"登录名 {login} 已有人使用", f"the login {login} is taken"))
    if not name.strip():
        faults.append(WrongUse("请填写姓名", "give the name"))
    return faults


def _role_faults(first: FirstRole) -> tuple[list[WrongUse], Supplier | None, str]:
    """What is wrong with a first role, the organisation, and the role's id."""
    faults: list[WrongUse] = []
    organisation: Supplier | None = None
    role = find_role(first.catalog, first.role)
    try:
        organisation = get_supplier(first.catalog, first.organisation, on=first.on)
    except WrongUse as error:
        faults.append(error)
    if not first.role:
        faults.append(
            WrongUse("写了单位，还要写角色", "an organisation was named; name the role there as well")
        )
    elif role is None:
        faults.append(no_such_role(first.catalog, first.role))
    elif organisation is not None:
        try:
            _check_allowed(first.catalog, organisation.id, organisation.kind, role)
        except WrongUse as error:
            faults.append(error)
    return faults, organisation, role or ""


def _all_faults(faults: list[WrongUse], login: str) -> WrongUse:
    return WrongUse("；".join(f.zh for f in faults), "; ".join(f.en for f in faults), login=login)


def _check_allowed(catalog: Catalog, organisation: str, kind: str, role: str) -> None:
    allowed = roles_for(catalog, organisation, kind)
    if not allowed:
        raise WrongUse(
            "这个单位不能有人员：没有一个角色能授予这类单位。它若只是任务表里的统称，请写明具体部门；"
            "它若应当报送，请在规则目录 roles/roles.yaml 的 of 里加上它的类别 " + kind,
            f"this organisation has nobody at the desk: no role is given to organisations of the kind {kind}. If it only "
            "stands for departments not named, name the one that is meant; if it should send, add its kind to `of` of a "
            "role in roles/roles.yaml of the catalogue",
            kind=kind,
        )
    if role not in allowed:
        shown = catalog.roles[role].zh if role in catalog.roles else role
        raise WrongUse(
            f"这个单位的人员不能有角色“{shown}”；可用：{'、'.join(f'{r.zh}（{id}）' for id, r in allowed.items())}",
            f"people of this organisation cannot have the role {role}; they can have: {', '.join(allowed)}",
            role=role,
        )


def _check_role(
    catalog: Catalog,
    person: Person,
    organisation: str,
    kind: str,
    role: str,
    by: Actor,
    meanwhile: Iterable[Membership],
) -> None:
    _check_allowed(catalog, organisation, kind, role)
    if by.who == person.who:
        raise WrongUse("不能给自己授予角色", "nobody gives a role to themselves")
    if others := clashes(catalog, [held.role for held in meanwhile], role):
        named = "、".join(catalog.roles[other].zh for other in others)
        raise WrongUse(
            f"{catalog.roles[role].zh}不能与{named}由同一人担任",
            f"{role} cannot be held beside {', '.join(others)}",
            role=role,
        )
