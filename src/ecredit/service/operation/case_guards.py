"""What a case about a commitment holds fast: while it is open, and for as long as its breach stands, no other act takes either away."""

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from ecredit.facts.collection.models import HeldRow
from ecredit.facts.records.models import CreditRecord
from ecredit.facts.records.queries import get_entry
from ecredit.facts.records.types import EntryView
from ecredit.facts.subjects.queries import canonical_id
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.service.commitments.queries import find_holding, list_holding
from ecredit.service.commitments.types import SOURCE, CaseView

ONLY_BY_CASE: Final = ("fulfilment", "breach_on", "breach_document", "breach_note")
"""Columns of a commitment's record that say whether it was broken."""
PROMISED: Final = ("committed_on", "valid_until", "content")
"""Columns that say what was promised, from when until when."""


def check_not_by_hand(entry: CreditRecord, changes: Collection[str]) -> None:
    """Raise WrongUse for a correction that would say, or take back, that a commitment was broken, or that would change what a case
    is about: that is found in a case."""
    if entry.source_id != SOURCE:
        return
    if not set(ONLY_BY_CASE).isdisjoint(changes):
        raise WrongUse(
            "履行情况和违诺认定不能直接更正；请立违诺案件，经告知当事人、由两人认定",
            "whether a commitment was broken is not corrected by hand; open a case: its subject is told, and two people decide",
        )
    if not set(PROMISED).isdisjoint(changes):
        _check_free([entry.doc_key])


def check_entry_free(leaf: int | None) -> None:
    """Raise WrongUse when a case holds the document of this entry, the newest version of which may be another."""
    entry = None if leaf is None else get_entry(leaf)
    if entry is not None and entry.source_id == SOURCE:
        _check_free([entry.doc_key])


def check_batch_free(batch_id: int) -> None:
    """Raise WrongUse when a case holds a document that came with this batch."""
    held = CreditRecord.objects.filter(batch_id=batch_id, doc_key__in=list_holding())
    _check_free(held.values_list("doc_key", flat=True))


def check_row_free(batch_id: int, line: int) -> None:
    """Raise WrongUse when a case holds the document by whose key this row waits."""
    waiting = HeldRow.objects.filter(batch_id=batch_id, line=line).exclude(doc_key="")
    _check_free(waiting.values_list("doc_key", flat=True))


def as_promised(case: CaseView, latest: EntryView) -> Mapping[str, str]:
    """What has to be put back so that a breach is found of the commitment as it was when the case was opened, whatever was sent since.

    Raises WrongUse when the document is another subject's now: nothing is found of somebody who was never told.
    """
    if canonical_id(latest.subject_id) != canonical_id(case.subject_id):
        raise WrongUse(
            "立案以后，这份承诺的记录被改报为另一主体的，不能据此认定；请撤案，核实后重新立案",
            "since the case was opened the record of this commitment was sent again as another subject's; nothing can be found of it:"
            " drop the case, look into it and open another",
            case=case.id,
        )
    opened = get_entry(case.leaf)
    told = {} if opened is None else opened.values
    return {
        column: told.get(column, "")
        for column in PROMISED
        if told.get(column, "") != latest.values.get(column, "")
    }


def _check_free(doc_keys: Iterable[str]) -> None:
    if (number := find_holding(doc_keys)) is not None:
        raise WrongUse(
            f"这份承诺有违诺案件（第 {number} 号）在办，或者已认定违诺，不能这样办理；请在案件里办结或者提请撤销认定",
            f"case {number} about this commitment is open, or found it broken; that ends in the case alone: decide or drop it, or ask"
            " that the finding be taken back",
            case=number,
        )
