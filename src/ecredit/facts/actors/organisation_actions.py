"""Registering those who may send and are not departments."""

from datetime import date, datetime

from django.db import transaction

from ecredit.facts.actors.journal_actions import post_journal
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.models import Organisation
from ecredit.facts.actors.types import Actor, Supplier
from ecredit.foundation.kernel.codes import is_uscc
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.proof.keys import KeyRing

KINDS = ("platform", "courier", "payment_institution", "agency", "association", "bank", "firm")


def register_organisation(
    *, id: str, name: str, kind: str, uscc: str = "", ring: KeyRing, by: Actor, at: datetime
) -> Supplier:
    """Register a supplier; the same again changes nothing, but a code missing until now is added.

    Raises WrongUse for an unknown kind, a code that fails its check digit, or an id or name already another's.
    """
    if kind not in KINDS:
        raise WrongUse(f"单位类型只能是 {'、'.join(KINDS)}", f"the kind is one of {', '.join(KINDS)}")
    if uscc and not is_uscc(uscc):
        raise WrongUse(
            f"统一社会信用代码 {uscc} 校验不通过", f"unified social credit code {uscc} fails its check"
        )
    with transaction.atomic():
        known = Organisation.objects.filter(id=id).first() or Organisation.objects.filter(name=name).first()
        if known is not None:
            if (known.id, known.name, known.kind, known.uscc or uscc) != (id, name, kind, uscc or known.uscc):
                raise WrongUse(
                    f"编号或名称已登记给 {known.id} {known.name} {known.uscc}".rstrip(),
                    f"already registered: {known.id} {known.name} {known.uscc}".rstrip(),
                )
            if known.uscc or not uscc:
                return Supplier(id, name, kind, known.uscc)
        log = OpenLog(ring, at)
        if known is None:
            known = Organisation(id=id, name=name, kind=kind, registered_at=log.at, registered_by=by.who)
        known.uscc = uscc
        known.save()
        detail = {"id": id, "name": name, "kind": kind, "uscc": uscc}
        post_journal(log, by=by, verb="organisation.register", about=f"organisation:{id}", detail=detail)
        log.seal()
    return Supplier(id, name, kind, uscc)


def date_organisation(
    *,
    id: str,
    predecessor: str,
    valid_from: date | None,
    valid_to: date | None,
    ring: KeyRing,
    by: Actor,
    at: datetime,
) -> None:
    """Say from when until when (half-open) an organisation exists and whose work it took over (empty: nobody's).

    What its predecessor sent is then the organisation's own. Raises WrongUse when there is no such organisation or
    predecessor, when it would follow itself, or when it would end before it begins.
    """
    if valid_from is not None and valid_to is not None and valid_to <= valid_from:
        raise WrongUse("终止日期应晚于开始日期", "it must end after it begins")
    with transaction.atomic():
        row = Organisation.objects.select_for_update().filter(id=id).first()
        if row is None:
            raise WrongUse(f"没有登记编号为 {id} 的单位", f"no organisation {id} is registered")
        before = Organisation.objects.filter(id=predecessor).first() if predecessor else None
        if predecessor and before is None:
            raise WrongUse(
                f"没有登记编号为 {predecessor} 的单位", f"no organisation {predecessor} is registered"
            )
        seen = before
        while seen is not None:
            if seen.id == id:
                raise WrongUse("单位不能是自己的后继", "an organisation cannot follow itself")
            seen = seen.predecessor
        log = OpenLog(ring, at)
        row.predecessor, row.valid_from, row.valid_to = before, valid_from, valid_to
        row.save()
        detail = {
            "predecessor": predecessor,
            "from": valid_from.isoformat() if valid_from else "",
            "until": valid_to.isoformat() if valid_to else "",
        }
        post_journal(log, by=by, verb="organisation.date", about=f"organisation:{id}", detail=detail)
        log.seal()
