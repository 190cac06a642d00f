"""Which subjects do these codes belong to? One query a kind of code."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ecredit.facts.actors.bulk import select_in
from ecredit.foundation.kernel.codes import IdKind, is_org_code

_SQL = """
    SELECT i.value, COALESCE(s.merged_into_id, s.id), s.name, i.derived
    FROM subjects_identifier i JOIN subjects_subject s ON s.id = i.subject_id
    WHERE i.kind = %s AND i.value IN ({values})
"""


@dataclass(frozen=True, slots=True)
class Known:
    """A code that is known: whose (the canonical subject), under which name, and how surely."""

    subject_id: int
    name: str
    derived: bool
    ambiguous: bool = False


def find_known(codes: Mapping[IdKind, Sequence[str | None]]) -> dict[tuple[IdKind, str], Known]:
    """The known ones among `codes` (lists as long as the block; None where a row has no such code).

    Organisation codes inside the given USCCs are asked too. A direct code wins over a derived one; two subjects
    behind one derived code make it ambiguous.
    """
    known: dict[tuple[IdKind, str], Known] = {}
    wanted = {kind: list(dict.fromkeys(v for v in values if v)) for kind, values in codes.items()}
    _ask(known, IdKind.USCC, wanted.pop(IdKind.USCC, []))
    # Only a USCC nobody knows can be an older organisation code's new form.
    new = [v for v in codes.get(IdKind.USCC, ()) if v and (IdKind.USCC, v) not in known]
    parts = [part for code in dict.fromkeys(new) if (part := organisation_part(code))]
    wanted[IdKind.ORG_CODE] = list(dict.fromkeys([*wanted.get(IdKind.ORG_CODE, []), *parts]))
    for kind, values in wanted.items():
        _ask(known, kind, values)
    return known


def organisation_part(uscc: str) -> str | None:
    """The organisation code inside a USCC that is known to be right, or None when it has no check character of its own."""
    part = uscc[8:17]
    return part if is_org_code(part) else None


def _ask(known: dict[tuple[IdKind, str], Known], kind: IdKind, values: list[str]) -> None:
    if not values:
        return
    for value, subject_id, name, derived in select_in(_SQL, values, before=[kind.value]):
        old = known.get((kind, value))
        if old is None or (old.derived and not derived):
            known[kind, value] = Known(subject_id, name, derived=bool(derived))
        elif derived and old.derived and old.subject_id != subject_id:
            known[kind, value] = Known(old.subject_id, old.name, derived=True, ambiguous=True)
