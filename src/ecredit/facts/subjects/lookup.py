"""Which subjects do these codes belong to? One query a kind of code."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ecredit.facts.actors.bulk import select_in
from ecredit.foundation.kernel.codes import IdKind, is_org_code

_SQL = """
    SELECT i.value, COALESCE(s.merged_into_id, s.id), s.name, i.derived
    FROM subjects_identifier i JOIN subjects_subject s ON s.id = i.subject_id
    WHERE i.kind = %s AND i.value IN ({values})
"""


class Known(NamedTuple):
    """A code that is known: whose (the canonical subject), under which name, and how surely.

    A derived code is the organisation code inside somebody's USCC; two subjects behind one make it ambiguous.
    """

    subject_id: int
    name: str
    derived: bool
    ambiguous: bool = False


KnownCodes = dict[IdKind, dict[str, Known]]


def find_known(codes: Mapping[IdKind, Sequence[str | None]]) -> KnownCodes:
    """The known ones among `codes` (lists as long as the block; None where a row has no such code).

    Organisation codes inside USCCs that nobody knows are asked too: an older row may have known the firm by them.
    """
    wanted = {kind: list(dict.fromkeys(v for v in values if v)) for kind, values in codes.items()}
    uscc = wanted.pop(IdKind.USCC, [])
    known: KnownCodes = {IdKind.USCC: _ask(IdKind.USCC, uscc)}
    parts = [p for code in uscc if code not in known[IdKind.USCC] and (p := organisation_part(code))]
    wanted[IdKind.ORG_CODE] = list(dict.fromkeys([*wanted.get(IdKind.ORG_CODE, []), *parts]))
    for kind, values in wanted.items():
        known[kind] = _ask(kind, values)
    return known


def organisation_part(uscc: str) -> str | None:
    """The organisation code inside a USCC known to be right, or None when it has no check character of its own."""
    part = uscc[8:17]
    return part if is_org_code(part) else None


def _ask(kind: IdKind, values: list[str]) -> dict[str, Known]:
    known: dict[str, Known] = {}
    for value, subject_id, name, derived in select_in(_SQL, values, before=[kind.value]) if values else ():
        old = known.get(value)
        if old is None or (old.derived and not derived):
            known[value] = Known(subject_id, name, bool(derived))
        elif derived and old.derived and old.subject_id != subject_id:
            known[value] = Known(old.subject_id, old.name, derived=True, ambiguous=True)
    return known
