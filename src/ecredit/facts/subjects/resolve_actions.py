"""Who are these rows about? Many claims at once, by register codes alone.

A known code decides. An unknown but well-formed code opens a subject: the code is the identity, the name is what the
row happened to say. A row without any code gets no answer here; it goes to the review queue.
"""

from collections.abc import Mapping, Sequence

from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.types import Actor
from ecredit.facts.subjects.lookup import (
    Known,
    KnownCodes,
    KnownSubjects,
    organisation_part,
    registered_names,
)
from ecredit.facts.subjects.open_actions import NewSubject, attach_codes, open_subjects
from ecredit.facts.subjects.queries import next_subject_id
from ecredit.facts.subjects.types import Claims, Resolved
from ecredit.foundation.kernel.codes import IdKind
from ecredit.foundation.kernel.masking import mask_name
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

_Code = tuple[IdKind, str]
_Stored = Mapping[IdKind, Sequence[str | None]]


def resolve_claims(
    claims: Claims,
    *,
    log: OpenLog,
    by: Actor,
    sealer: Sealer,
    authoritative: bool,
    wary: bool = False,
    known: KnownSubjects,
) -> Resolved:
    """Answer every claim; open what is new; inside the caller's transaction with the log open.

    `authoritative` is true for the register's own rows: only they attach further codes to a known subject, because a
    code copied wrongly by someone else would otherwise tie two firms together for good; and only they open a subject
    by a number of no known kind, which may be anything. With `wary` no subject is opened under the name of a registered
    one, however written: the code may be wrong. `known` is what the run knows from its blocks before.
    """
    codes = _stored_codes(claims, sealer)
    if authoritative:
        known = KnownSubjects()
    found = known.find(codes, log_size=log.next_leaf)
    resolver = _Resolver(claims, codes, found, next_subject_id(), authoritative, wary)
    resolver.run()
    open_subjects(resolver.opened, log=log, by=by, sealed=_sealed_numbers(claims, codes, sealer))
    attach_codes(resolver.attached, log=log, by=by)
    return Resolved(resolver.subject_ids, resolver.problems, resolver.known_names)


class _Resolver:
    """One call's work: answers by row, and what is to be opened and attached."""

    def __init__(
        self,
        claims: Claims,
        codes: _Stored,
        known: KnownCodes,
        next_id: int,
        authoritative: bool,
        wary: bool,
    ) -> None:
        count = len(claims.names)
        self._claims, self._known, self._next_id = claims, known, next_id
        self._authoritative, self._wary = authoritative, wary
        self._registered: frozenset[str] = frozenset()
        self._given = [(kind, codes[kind]) for kind in PRIORITY if kind in codes]
        self.subject_ids: list[int | None] = [None] * count
        self.problems: list[str] = [""] * count
        self.known_names: list[str | None] = [None] * count
        self.opened: list[NewSubject] = []
        self.attached: list[tuple[int, IdKind, str]] = []

    def run(self) -> None:
        """Answer all rows: at once where one kind of code is given and known, else one by one."""
        rest: Sequence[int] = range(len(self.subject_ids))
        if len(self._given) == 1:
            kind, values = self._given[0]
            found = list(map(self._known[kind].get, values))  # type: ignore[arg-type]
            self.subject_ids = [k[0] if k is not None and not k[2] else None for k in found]
            self.known_names = [k[1] if k is not None else None for k in found]
            rest = [row for row, subject_id in enumerate(self.subject_ids) if subject_id is None]
        if self._wary and rest:
            self._registered = registered_names({self._claims.names[row] for row in rest})
        for row in rest:
            self._answer(row)

    def _answer(self, row: int) -> None:
        row_codes = [(kind, value) for kind, values in self._given if (value := values[row])]
        if not row_codes:
            self.problems[row] = "no_identifier"
            return
        hits = [known for code in row_codes if (known := self._find(code)) is not None and not known.derived]
        if len({known.canonical for known in hits}) > 1:
            self.problems[row] = "identifiers_disagree"
            return
        if hits:
            subject_id, self.known_names[row] = hits[0].subject_id, hits[0].name
        else:
            through = self._through_organisation_code(row_codes, row)
            problem = "" if through else self._not_to_open(row_codes, row)
            if problem:
                self.problems[row] = problem
                return
            subject_id = through or self._open(row_codes, row)
        self.subject_ids[row] = subject_id
        if self._authoritative:
            self._attach(subject_id, row_codes, row)

    def _not_to_open(self, row_codes: list[_Code], row: int) -> str:
        """Why no subject is opened for these codes, or nothing."""
        if not self._authoritative and all(kind is IdKind.OTHER_REG_NO for kind, _ in row_codes):
            return "no_identifier"
        if row_codes[0][0] is not IdKind.PERSON_ID and name_form(self._claims.names[row]) in self._registered:
            return "name_has_another_code"
        return ""

    def _find(self, code: _Code) -> Known | None:
        return self._known.get(code[0], {}).get(code[1])

    def _through_organisation_code(self, row_codes: list[_Code], row: int) -> int | None:
        """A subject that the organisation code tells, where GB 32100 makes it part of the USCC.

        An older row knew the firm by its nine characters, or this row gives only them. The name must be the same:
        the part is unique by standard, but copying errors are not.
        """
        parts = [code for kind, code in row_codes if kind is IdKind.ORG_CODE]
        parts += [p for kind, code in row_codes if kind is IdKind.USCC and (p := organisation_part(code))]
        only_organisation_code = all(kind is IdKind.ORG_CODE for kind, _ in row_codes)
        for part in parts:
            known = self._find((IdKind.ORG_CODE, part))
            # Two USCCs with one organisation code are two claims, not one firm; only an older code may join.
            if known is None or known.ambiguous or (known.derived and not only_organisation_code):
                continue
            if name_form(known.name) == name_form(self._claims.names[row]):
                return known.subject_id
        return None

    def _open(self, row_codes: list[_Code], row: int) -> int:
        subject_id, name = self._next_id, self._claims.names[row]
        self._next_id += 1
        is_person = row_codes[0][0] is IdKind.PERSON_ID
        self.opened.append(
            NewSubject(
                id=subject_id,
                codes=tuple(row_codes),
                name=name,
                kind=self._claims.kinds[row],
                is_person=is_person,
            )
        )
        known = Known(subject_id, mask_name(name) if is_person else name, derived=False, canonical=subject_id)
        for kind, value in row_codes:
            self._known.setdefault(kind, {})[value] = known
            if kind is IdKind.USCC and (part := organisation_part(value)):
                self._derive(part, known._replace(derived=True))
        return subject_id

    def _canonical(self, row_codes: list[_Code], subject_id: int) -> int:
        """Who speaks for the row's subject today, as its known codes say; itself when it was just opened."""
        known = (self._find(code) for code in row_codes)
        return next((k.canonical for k in known if k is not None and k.subject_id == subject_id), subject_id)

    def _derive(self, part: str, known: Known) -> None:
        """The organisation code inside a USCC just opened: another USCC with the same makes it ambiguous."""
        organisation_codes = self._known.setdefault(IdKind.ORG_CODE, {})
        old = organisation_codes.setdefault(part, known)
        if old.derived and old.canonical != known.canonical:
            organisation_codes[part] = old._replace(ambiguous=True)

    def _attach(self, subject_id: int, row_codes: list[_Code], row: int) -> None:
        for kind, value in row_codes:
            known = self._find((kind, value))
            if known is None or known.derived:
                self.attached.append((subject_id, kind, value))
                self._known.setdefault(kind, {})[value] = Known(
                    subject_id,
                    self._claims.names[row],
                    derived=False,
                    canonical=self._canonical(row_codes, subject_id),
                )


def _stored_codes(claims: Claims, sealer: Sealer) -> dict[IdKind, Sequence[str | None]]:
    """The codes as tables hold them: a person's number becomes its keyed index."""
    codes = dict(claims.codes)
    persons = codes.get(IdKind.PERSON_ID)
    if persons is not None:
        codes[IdKind.PERSON_ID] = [sealer.blind_index("person_id", v).hex() if v else None for v in persons]
    return codes


def _sealed_numbers(claims: Claims, codes: _Stored, sealer: Sealer) -> dict[str, str]:
    clear, index = claims.codes.get(IdKind.PERSON_ID), codes.get(IdKind.PERSON_ID)
    if clear is None or index is None:
        return {}
    return {i: sealer.seal("person_id", v) for i, v in zip(index, clear, strict=True) if i and v}
