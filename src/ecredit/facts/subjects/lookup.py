"""Which subjects do these codes belong to? One query a kind of code."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from ecredit.facts.actors.bulk import select_in
from ecredit.facts.actors.models import JournalEntry
from ecredit.facts.subjects.describe_actions import DESCRIBED
from ecredit.facts.subjects.name_words import load_words
from ecredit.facts.subjects.same_names import other_writings
from ecredit.foundation.kernel.codes import IdKind, is_org_code
from ecredit.foundation.kernel.text_forms import name_form

_SQL = """
    SELECT i.value, s.id, COALESCE(s.merged_into_id, s.id), s.name, i.derived
    FROM subjects_identifier i JOIN subjects_subject s ON s.id = i.subject_id
    WHERE i.kind = %s AND i.value IN ({values})
"""


_REGISTERED = """
    SELECT name_form FROM subjects_subject
    WHERE name_form IN ({values}) AND registered AND NOT is_person AND merged_into_id IS NULL
"""


class Known(NamedTuple):
    """A code that is known: whose, under which name, how surely, and which subject speaks for that one today.

    A derived code is the organisation code inside somebody's USCC; two subjects behind one make it ambiguous. Records
    are kept under the code's own subject, so that a merge can be taken back; whether two agree `canonical` says.
    """

    subject_id: int
    name: str
    derived: bool
    canonical: int
    ambiguous: bool = False


KnownCodes = dict[IdKind, dict[str, Known]]


class KnownSubjects:
    """What a run has found out about codes, kept from block to block as long as nobody else writes.

    Whatever changes who is who is a leaf of the log. So what was known when the run sealed the log is still true if the
    log has not grown since; else all is forgotten. Not for the register's own rows: those change names.
    """

    def __init__(self, most: int = 400_000) -> None:
        """`most` bounds the codes kept (about 300 bytes each)."""
        self._most = most
        self._known: KnownCodes = {}
        self._upto = 0

    def find(self, codes: Mapping[IdKind, Sequence[str | None]], *, log_size: int) -> KnownCodes:
        """The known ones among `codes` (lists as long as the block; None where a row has no such code), and others.

        `log_size` is that of the log now locked. Organisation codes inside USCCs that nobody knows are asked too: an
        older row may have known the firm by them. What the caller adds to the answer stays known.
        """
        if log_size != self._upto or sum(map(len, self._known.values())) > self._most:
            self._known = {}
        wanted = {kind: self._not_known(kind, values) for kind, values in codes.items()}
        uscc = self._ask(IdKind.USCC, wanted.pop(IdKind.USCC, []))
        parts = [p for code in uscc if (p := organisation_part(code))]
        wanted[IdKind.ORG_CODE] = [*wanted.get(IdKind.ORG_CODE, []), *self._not_known(IdKind.ORG_CODE, parts)]
        for kind, values in wanted.items():
            self._ask(kind, list(dict.fromkeys(values)))
        return self._known

    def keep(self, *, log_size: int) -> None:
        """What is known now is what the log of that size says: call it after sealing, before the commit."""
        self._upto = log_size

    def _not_known(self, kind: IdKind, values: Sequence[str | None]) -> list[str]:
        known = self._known.setdefault(kind, {})
        return [v for v in dict.fromkeys(values) if v and v not in known]

    def _ask(self, kind: IdKind, values: list[str]) -> list[str]:
        """Ask the database; gives back those that nobody knows."""
        known = self._known.setdefault(kind, {})
        for value, subject_id, canonical, name, derived in (
            select_in(_SQL, values, before=[kind.value]) if values else ()
        ):
            old = known.get(value)
            if old is None or (old.derived and not derived):
                known[value] = Known(subject_id, name, bool(derived), canonical)
            elif derived and old.derived and old.canonical != canonical:
                known[value] = old._replace(ambiguous=True)
        return [value for value in values if value not in known]


def registered_names(names: Iterable[str]) -> frozenset[str]:
    """The forms of those of these names under which the register knows an organisation, in whichever writing."""
    # No register was read yet: taking names apart is work for nothing.
    if not JournalEntry.objects.filter(verb=DESCRIBED).exists():
        return frozenset()
    words = load_words()
    written = {form: other_writings(form, words) for name in names if (form := name_form(name))}
    known = {form for (form,) in select_in(_REGISTERED, list(set().union(*written.values())))}
    return frozenset(form for form, others in written.items() if not known.isdisjoint(others))


def organisation_part(uscc: str) -> str | None:
    """The organisation code inside a USCC known to be right, or None when it has no check character of its own."""
    part = uscc[8:17]
    return part if is_org_code(part) else None
