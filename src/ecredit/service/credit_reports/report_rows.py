"""Between rows of the table and what they say; how a row is bound to the keys and named in the journal."""

import re
from typing import Final

from ecredit.facts.actors.canonical import instant_text
from ecredit.foundation.proof.binding import bind, is_bound
from ecredit.foundation.proof.keys import KeyRing
from ecredit.service.credit_reports.models import CreditReport
from ecredit.service.credit_reports.types import Form, IssuedReport, Langs

ISSUED: Final = "report.issue"
"""The journal's verb."""
BOUND: Final = "credit_reports_report"
DIGITS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Of a number: no letter that is read as a digit (Crockford's base 32)."""
_NUMBER: Final = re.compile(f"R[0-9]{{8}}-[{DIGITS}]{{10}}")
_TYPED_WRONG: Final = str.maketrans("OIL", "011")


def mark_of(ring: KeyRing, row: CreditReport) -> str:
    """The mark of a row under the home's keys."""
    return bind(ring, BOUND, *_fields(row))


def is_ours(ring: KeyRing, row: CreditReport) -> bool:
    """Whether this home wrote the row, and so."""
    return is_bound(ring, row.binding, BOUND, *_fields(row))


def issued_of(row: CreditReport) -> IssuedReport:
    """What may be said of a report to whoever has its number."""
    return IssuedReport(
        number=row.number,
        form=Form(row.form),
        code=row.code,
        name=row.name,
        langs=Langs(row.langs),
        digest=row.digest,
        issued_at=row.issued_at,
        leaf=row.leaf,
        test=row.test,
    )


def tidy_number(typed: str) -> str:
    """A number as it is written: people put blanks in it, and read 0 as O and 1 as I or L."""
    return "".join(typed.split()).upper().translate(_TYPED_WRONG)


def is_report_number(typed: str) -> bool:
    """Whether somebody typed the number of a report, and not of something else."""
    return _NUMBER.fullmatch(tidy_number(typed)) is not None


def _fields(row: CreditReport) -> tuple[object, ...]:
    return (
        row.number, row.form, row.about, row.code, row.name, row.langs, row.content, row.digest, row.size, row.certificate, row.test,
        row.who, row.purpose, row.consent, instant_text(row.issued_at), row.leaf,
    )  # fmt: skip
