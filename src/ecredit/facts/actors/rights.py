"""Who may do what: the matrix of `catalog/roles/` over an account's seats. Pure; the sole place that decides it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum

from ecredit.facts.actors.errors import NotAllowed
from ecredit.facts.actors.types import Actor, Seat
from ecredit.foundation.catalog.role_types import Role
from ecredit.foundation.catalog.types import Catalog
from ecredit.foundation.kernel.errors import WrongUse


@dataclass(frozen=True, slots=True)
class Account:
    """One who has signed in: a person with seats, or a machine with a key (`scopes`: the permissions it carries).

    `who` is what logs name (`p12`, or a key's organisation), `where` the session or key (`desk/s17`, `api/k3`).
    """

    who: str
    name: str
    where: str
    seats: tuple[Seat, ...] = ()
    organisation: str = ""
    scopes: frozenset[str] | None = None
    # Registered organisations whose work one's own took over; departments' predecessors are in the catalogue.
    inherited: Mapping[str, frozenset[str]] = field(default_factory=dict)


class Everyone(Enum):
    """The whole city's."""

    ALL = "all"


ALL = Everyone.ALL


def reach(catalog: Catalog, account: Account, permission: str) -> frozenset[str] | Everyone:
    """Whose things an account may do this with: ids of organisations, or `ALL`. Empty: it may not at all.

    An organisation's things are those of its predecessors too.
    """
    if account.scopes is not None:
        return (
            _with_predecessors(catalog, account, [account.organisation])
            if permission in account.scopes
            else frozenset()
        )
    own: list[str] = []
    for seat in account.seats:
        role = catalog.roles.get(seat.role)
        if role is not None and permission in role.permissions:
            if role.scope == "all":
                return ALL
            own.append(seat.organisation)
    return _with_predecessors(catalog, account, own)


def may(catalog: Catalog, account: Account, permission: str, *, of: str | None = None) -> bool:
    """Whether an account may do this with a thing of the organisation `of` (None: with anything at all)."""
    reached = reach(catalog, account, permission)
    if isinstance(reached, Everyone):
        return True
    return bool(reached) if of is None else of in reached


def allow(catalog: Catalog, account: Account, permission: str, *, of: str | None = None) -> Actor:
    """The actor under whom it is done. Raises NotAllowed.

    Whether somebody may know that the thing exists is another question: ask `reach` for lists, and answer for another
    organisation's thing as for one that is not there.
    """
    if not may(catalog, account, permission, of=of):
        named = catalog.permissions.get(permission)
        zh, en = (permission, permission) if named is None else (named.zh, named.en)
        raise NotAllowed(
            f"您的角色没有“{zh}”的权限；需要时请向安全管理员申请",
            f"your roles do not include: {en}; ask the security administrator if you need it",
            permission=permission,
        )
    return Actor(account.who, f"{permission} {account.where}")


def permissions_of(catalog: Catalog, account: Account) -> frozenset[str]:
    """Everything the account may do with something."""
    if account.scopes is not None:
        return account.scopes
    roles = [role for seat in account.seats if (role := catalog.roles.get(seat.role)) is not None]
    return frozenset(permission for role in roles for permission in role.permissions)


def roles_for(catalog: Catalog, organisation: str, kind: str) -> Mapping[str, Role]:
    """The roles that people of this organisation may have, by id."""
    kinds = {kind, "city"} if organisation in catalog.city else {kind}
    return {id: role for id, role in catalog.roles.items() if role.of & kinds}


def machine_scopes(catalog: Catalog) -> tuple[str, ...]:
    """What a key may be given, as the catalogue says; in its order."""
    return tuple(id for id, permission in catalog.permissions.items() if permission.machine)


def scopes_for(catalog: Catalog, organisation: str, kind: str) -> tuple[str, ...]:
    """What of it the organisation's own people could do: what its key carries when nobody says otherwise."""
    held = {one for role in roles_for(catalog, organisation, kind).values() for one in role.permissions}
    return tuple(scope for scope in machine_scopes(catalog) if scope in held)


def find_role(catalog: Catalog, named: str) -> str | None:
    """The id of the role called so, by its id or its name in either language; None when none is."""
    wanted = named.strip()
    if wanted in catalog.roles:
        return wanted
    called = [id for id, role in catalog.roles.items() if wanted in (role.zh, role.en)]
    return called[0] if len(called) == 1 else None


def no_such_role(catalog: Catalog, named: str) -> WrongUse:
    """The refusal of a role nobody knows, with those there are."""
    return WrongUse(
        f"没有角色“{named}”；可用：{'、'.join(f'{r.zh}（{id}）' for id, r in catalog.roles.items())}",
        f"there is no role '{named}'; there are: {', '.join(catalog.roles)}",
        role=named,
    )


def clashes(catalog: Catalog, held: Iterable[str], role: str) -> list[str]:
    """Roles already held that the same person cannot have beside `role`."""
    wanted = catalog.roles[role]
    return sorted(
        other
        for other in set(held)
        if other in wanted.excludes
        or ((known := catalog.roles.get(other)) is not None and role in known.excludes)
    )


def holds_on(day: date, valid_from: date, valid_to: date | None) -> bool:
    """Whether a role given from a day until a day (half-open) is held on `day`."""
    return valid_from <= day and (valid_to is None or day < valid_to)


def _with_predecessors(catalog: Catalog, account: Account, organisations: Iterable[str]) -> frozenset[str]:
    own = set(organisations)
    for organisation in tuple(own):
        own |= account.inherited.get(organisation, frozenset())
    if not own:
        return frozenset()
    for department in catalog.departments:
        heir = catalog.find_department(department)
        if heir is not None and heir.id in own:
            own.add(department)
    return frozenset(own)
