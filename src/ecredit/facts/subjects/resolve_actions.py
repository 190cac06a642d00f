"""Who are these rows about? Many claims at once, by register codes alone.

A known code decides. An unknown but well-formed code opens a subject: the code is the identity, the name is what the
row happened to say. A row without any code gets no answer here; it goes to the review queue.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.types import Actor
from ecredit.facts.subjects.lookup import Known, find_known, organisation_part
from ecredit.facts.subjects.open_actions import NewSubject, attach_codes, open_subjects
from ecredit.facts.subjects.queries import next_subject_id
from ecredit.facts.subjects.types import Claims, Resolved
from ecredit.foundation.kernel.codes import IdKind
from ecredit.foundation.kernel.text_forms import name_form
from ecredit.foundation.proof.sealing import Sealer

# The order in which codes are asked. The first that opens a subject becomes its main code.
PRIORITY = (
    IdKind.USCC,
    IdKind.REG_NO,
    IdKind.PERSON_ID,
    IdKind.ORG_CODE,
    IdKind.INSTITUTION_NO,
    IdKind.SOCIAL_ORG_NO,
    IdKind.TAX_NO,
    IdKind.OTHER_REG_NO,
)


@dataclass(slots=True)
class _Block:
    """What one call has found out so far: codes met, subjects to open, codes to attach."""

    known: dict[tuple[IdKind, str], Known]
    opened: list[NewSubject] = field(default_factory=list)
    attached: list[tuple[int, IdKind, str]] = field(default_factory=list)


def resolve_claims(
    claims: Claims, *, log: OpenLog, by: Actor, sealer: Sealer, authoritative: bool
) -> Resolved:
    """Answer every claim; open what is new; inside the caller's transaction with the log open.

    `authoritative` is true for the register's own rows: only they attach further codes to a known subject, because a
    code copied wrongly by someone else would otherwise tie two firms together for good.
    """
    codes = _stored_codes(claims, sealer)
    block = _Block(known=find_known(codes))
    count = len(claims.names)
    subject_ids: list[int | None] = [None] * count
    problems: list[str] = [""] * count
    opened_rows: list[int] = []
    next_id = next_subject_id()
    given = [(kind, codes[kind]) for kind in PRIORITY if kind in codes]
    for row in range(count):
        row_codes = [(kind, values[row]) for kind, values in given if values[row]]
        if not row_codes:
            problems[row] = "no_identifier"
            continue
        hits = {
            known.subject_id for code in row_codes if (known := block.known.get(code)) and not known.derived
        }
        if len(hits) > 1:
            problems[row] = "identifiers_disagree"
            continue
        if hits:
            subject_id = hits.pop()
        else:
            found = _through_organisation_code(block, row_codes, claims.names[row])
            if found is None:
                subject_id = next_id
                next_id += 1
                opened_rows.append(row)
                block.opened.append(_new_subject(subject_id, row_codes, claims, row))
                _remember(block, subject_id, row_codes, claims.names[row])
                subject_ids[row] = subject_id
                continue
            subject_id = found
        subject_ids[row] = subject_id
        if authoritative:
            for code in row_codes:
                if (known := block.known.get(code)) is None or known.derived:
                    block.attached.append((subject_id, *code))
                    block.known[code] = Known(subject_id, claims.names[row], derived=False)
    sealed = _sealed_numbers(claims, codes, sealer)
    open_subjects(block.opened, log=log, by=by, sealed=sealed)
    attach_codes(block.attached, log=log, by=by)
    return Resolved(
        subject_ids=subject_ids,
        problems=problems,
        opened_rows=opened_rows,
        known_names=_known_names(block, given, count),
    )


def _stored_codes(claims: Claims, sealer: Sealer) -> dict[IdKind, Sequence[str | None]]:
    """The codes as tables hold them: a person's number becomes its keyed index."""
    codes = dict(claims.codes)
    persons = codes.get(IdKind.PERSON_ID)
    if persons is not None:
        codes[IdKind.PERSON_ID] = [sealer.blind_index("person_id", v).hex() if v else None for v in persons]
    return codes


def _sealed_numbers(
    claims: Claims, codes: dict[IdKind, Sequence[str | None]], sealer: Sealer
) -> dict[str, str]:
    clear, index = claims.codes.get(IdKind.PERSON_ID), codes.get(IdKind.PERSON_ID)
    if clear is None or index is None:
        return {}
    return {i: sealer.seal("person_id", v) for i, v in zip(index, clear, strict=True) if i and v}


def _through_organisation_code(block: _Block, row_codes: list[tuple[IdKind, str]], name: str) -> int | None:
    """A subject that the organisation code tells, where GB 32100 makes it part of the USCC.

    An older row knew the firm by its nine characters, or this row gives only them. The name must be the same: the
    part is unique by standard, but copying errors are not.
    """
    candidates = [(IdKind.ORG_CODE, code) for kind, code in row_codes if kind is IdKind.ORG_CODE]
    candidates += [
        (IdKind.ORG_CODE, part)
        for kind, code in row_codes
        if kind is IdKind.USCC and (part := organisation_part(code))
    ]
    for code in candidates:
        known = block.known.get(code)
        if known is None or known.ambiguous:
            continue
        only_organisation_code = all(kind is IdKind.ORG_CODE for kind, _ in row_codes)
        # Two USCCs with one organisation code are two claims, not one firm; only an older code may join.
        if known.derived and not only_organisation_code:
            continue
        if name_form(known.name) == name_form(name):
            return known.subject_id
    return None


def _new_subject(
    subject_id: int, row_codes: list[tuple[IdKind, str]], claims: Claims, row: int
) -> NewSubject:
    return NewSubject(
        id=subject_id,
        codes=tuple(row_codes),
        name=claims.names[row],
        kind=claims.kinds[row],
        is_person=row_codes[0][0] is IdKind.PERSON_ID,
    )


def _remember(block: _Block, subject_id: int, row_codes: list[tuple[IdKind, str]], name: str) -> None:
    for code in row_codes:
        block.known[code] = Known(subject_id, name, derived=False)
        part = organisation_part(code[1]) if code[0] is IdKind.USCC else None
        if part and (IdKind.ORG_CODE, part) not in block.known:
            block.known[IdKind.ORG_CODE, part] = Known(subject_id, name, derived=True)


def _known_names(
    block: _Block, given: list[tuple[IdKind, Sequence[str | None]]], count: int
) -> list[str | None]:
    """Per row the name the subject is known by, to warn where a row's code and name do not fit together."""
    names: list[str | None] = [None] * count
    for kind, values in reversed(given):
        for row, value in enumerate(values):
            if value and (known := block.known.get((kind, value))):
                names[row] = known.name
    return names
