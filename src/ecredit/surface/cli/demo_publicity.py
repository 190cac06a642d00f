"""What must be public of the demo city on its day: the terms once more, as plainly as they can be said.

Only for telling whether the platform does what the law says (see the publicity room for the law itself). Days near a
boundary are avoided by the makers of rows, so that the hour of a run does not matter.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from ecredit.foundation.catalog.types import Source
from ecredit.foundation.kernel.periods import add_months
from ecredit.surface.cli.demo_plan import Plan
from ecredit.surface.cli.demo_types import DemoRow

_PRIVATE = frozenset(
    {
        "platform_merchants",
        "payment_institution_rating",
        "courier_staff",
        "tax_rating",
        "illegal_website",
        "courier_rating",
    }
)
_TWELVE_MONTHS = frozenset({"spot_check", "complaint_outcome", "platform_disclosure", "platform_sanction"})
_WHILE_VALID = frozenset(
    {
        "dual_publicity_licence", "courier_licence", "commitment", "inspection_report", "honour", "customs_rating",
        "third_party_evaluation", "association_membership", "shops", "realname_result", "agency_registration", "rating_standard",
    }
)  # fmt: skip
_UNTIL_REMOVED = frozenset({"abnormal_operation", "serious_dishonesty", "judgment_debtor"})
_PENALTIES = frozenset({"dual_publicity_penalty", "courier_violation"})
_HEAVY = ("吊销", "限制从业", "责令关闭")
_MINOR = frozenset({"警告", "通报批评"})


@dataclass(frozen=True, slots=True)
class PublicTruth:
    """One document: whose, which, and whether it must be public today. `why` says why not."""

    source: str
    code: str
    key: tuple[str, ...]
    shown: bool
    until: str
    why: str


def public_truth(plan: Plan, source: Source, key: tuple[str, ...], row: DemoRow) -> PublicTruth:
    """Whether the latest version of a document must be public on the city's day."""
    shown, until, why = _decide(source.id, source, row, plan.today)
    code = row.about.uscc or row.about.reg_no
    return PublicTruth(source.id, code, key, shown, until.isoformat() if until else "", why)


def _decide(source_id: str, source: Source, row: DemoRow, today: date) -> tuple[bool, date | None, str]:
    if row.about.is_person:
        return False, None, "natural_person"
    if source_id in _PRIVATE:
        return False, None, "private"
    until: date | None = None
    if source_id in _PENALTIES:
        kinds = set(
            row.in_ledger("CF_CFLB" if source_id == "dual_publicity_penalty" else "penalty_kind").split(";")
        )
        if kinds <= _MINOR:
            return False, None, "minor"
        heavy = any(kind.startswith(_HEAVY) for kind in kinds)
        until = add_months(_day(row, source.occurred) or today, 36 if heavy else 12)
        own = _day(row, "CF_GSJZQ")
        until = min(until, own + timedelta(days=1)) if own else until
    elif source_id in _TWELVE_MONTHS:
        until = add_months(_day(row, source.occurred) or today, 12)
    elif source_id in _WHILE_VALID:
        if row.in_ledger("XK_ZT") == "2":
            return False, None, "not_valid"
        last = _day(row, source.ends or "")
        until = last + timedelta(days=1) if last else None
    elif source_id in _UNTIL_REMOVED:
        until = _day(row, "removed_on")
        if source_id == "serious_dishonesty":
            longest = add_months(_day(row, source.occurred) or today, 36)
            until = min(until, longest) if until else longest
    elif source_id != "registration":
        raise KeyError(source_id)
    if until is not None and until <= today:
        return False, until, "ended"
    return True, until, ""


def _day(row: DemoRow, column: str) -> date | None:
    text = row.in_ledger(column) if column else ""
    return date.fromisoformat(text) if text and not text.startswith("2099") else None
