"""Registering those who may send and are not departments."""

from datetime import datetime

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
