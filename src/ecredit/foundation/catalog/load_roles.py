"""Reads `roles/`: what can be done (permissions), and who may do it (roles)."""

from collections.abc import Container
from pathlib import Path
from typing import Final

from ecredit.foundation.catalog.role_types import Permission, Role
from ecredit.foundation.catalog.yaml_nodes import FaultLog, Fields, read_fields

# To whom a role may be given: any organisation of these kinds, or the departments that run the city's credit system.
ROLE_OF = (
    "city", "department", "court", "district",
    "platform", "courier", "payment_institution", "agency", "association", "bank", "firm",
)  # fmt: skip

# What can be asked for and done when another agrees. The program knows how to for these acts only; which of them wait is
# the catalogue's word (`service/operation/approved`).
CAN_WAIT: Final = frozenset(
    {
        "record.correct",
        "record.withdraw",
        "batch.withdraw",
        "held.release",
        "subject.merge",
        "subject.split",
        "finding.confirm",
        "weights.adopt",
        "monitor.sign",
        "model.adopt",
        "breach.decide",
        "breach.undo",
        "story.publish",
        "disclosure.confirm",
    }
)
# What never takes effect by one person, whatever the catalogue would say: by the first everybody is judged, the second and the last two
# everybody reads, by the others a subject is said to have broken its word, or not to have.
MUST_WAIT: Final = frozenset(
    {"model.adopt", "monitor.sign", "breach.decide", "breach.undo", "story.publish", "disclosure.confirm"}
)
# What shows personal data: for these, and no others, a purpose is on record of every reading.
PERSONAL: Final = frozenset(
    {"held.read", "subject.read", "subject.reveal", "finding.read", "report.issue", "own.report"}
)


def load_permissions(root: Path, log: FaultLog) -> dict[str, Permission]:
    """Return the permissions by id, in the order written."""
    found: dict[str, Permission] = {}
    fields = read_fields(root / "roles" / "permissions.yaml", root, log)
    if fields is None:
        return found
    for part in fields.subs("permissions"):
        permission = Permission(
            id=part.text("id"),
            zh=part.text("zh"),
            en=part.text("en"),
            four_eyes=part.flag("four_eyes", default=False),
            personal=part.flag("personal", default=False),
            machine=part.flag("machine", default=False),
        )
        part.done()
        _check_kept(part, permission)
        _once(part, permission.id, found, "权限", "permission")
        found[permission.id] = permission
    fields.done()
    return found


def load_roles(root: Path, log: FaultLog) -> tuple[dict[str, Role], tuple[str, ...]]:
    """Return the roles by id, and the departments that run the city's credit system."""
    found: dict[str, Role] = {}
    fields = read_fields(root / "roles" / "roles.yaml", root, log)
    if fields is None:
        return found, ()
    city = fields.references("city", "department")
    for part in fields.subs("roles"):
        role = Role(
            id=part.text("id"),
            zh=part.text("zh"),
            en=part.text("en"),
            of=_of(part),
            scope=part.one_of("scope", ("own", "all")),
            permissions=frozenset(part.references("permissions", "permission")),
            excludes=frozenset(part.references("excludes", "role")),
            second_factor=part.flag("second_factor", default=False),
        )
        part.done()
        _once(part, role.id, found, "角色", "role")
        found[role.id] = role
    fields.done()
    return found, city


def _check_kept(fields: Fields, permission: Permission) -> None:
    """A word of the catalogue that the program would not keep is a fault, not a decoration."""
    if permission.four_eyes and permission.id not in CAN_WAIT:
        fields.fault(
            "four_eyes",
            "cannot_wait",
            f"{permission.id} 不能写 four_eyes: true；能等待另一人复核的只有：{'、'.join(sorted(CAN_WAIT))}",
            f"{permission.id} cannot be four_eyes: true; what can wait for another's agreement: {', '.join(sorted(CAN_WAIT))}",
        )
    if permission.id in MUST_WAIT and not permission.four_eyes:
        fields.fault(
            "id",
            "has_to_wait",
            f"{permission.id} 必须写 four_eyes: true；这项操作只能由另一人复核后生效",
            f"{permission.id} has to be four_eyes: true; it takes effect only when another person agrees",
        )
    if permission.personal != (permission.id in PERSONAL):
        word = str(not permission.personal).lower()
        fields.fault(
            "personal" if permission.personal else "id",
            "personal_differs",
            f"{permission.id} 应写 personal: {word}；程序询问用途并留痕的是：{'、'.join(sorted(PERSONAL))}",
            f"{permission.id} has to be personal: {word}; a purpose is on record for: {', '.join(sorted(PERSONAL))}",
        )


def _of(fields: Fields) -> frozenset[str]:
    kinds = frozenset(fields.texts("of"))
    for kind in sorted(kinds - set(ROLE_OF)):
        fields.fault(
            "of",
            "unknown_kind",
            f"没有 {kind} 这类单位；可用：{'、'.join(ROLE_OF)}",
            f"there is no kind of organisation {kind}; use one of: {', '.join(ROLE_OF)}",
        )
    return kinds


def _once(fields: Fields, id: str, found: Container[str], zh: str, en: str) -> None:
    if id in found:
        fields.fault(
            "id",
            "duplicate_id",
            f"{zh} {id} 写了两次；请删去一个",
            f"the {en} {id} is written twice; remove one",
        )
