"""Under which key the ledger has the document of a row, where the row's own words do not settle it.

A row without a code calls its party by name; once an officer has said whom it is about, its document is that subject's, and
stands, or will stand when the code is sent, under the subject's code.
"""

from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa

from ecredit.facts.collection.doc_keys import SAME_NUMBER, called, doc_keys, is_numbered
from ecredit.facts.collection.models import HeldRow
from ecredit.facts.collection.persons import PERSON
from ecredit.facts.collection.types import CheckedRows
from ecredit.facts.records.queries import find_latest, get_entry, list_keys_beginning, list_latest
from ecredit.facts.records.types import Verb
from ecredit.facts.subjects.queries import iter_codes, list_merged_ids
from ecredit.foundation.kernel.codes import IdKind


def document_of_subject(rows: CheckedRows, subject_id: int) -> str:
    """The key of the one row's document, now that it is known whom the row is about.

    Where the ledger has the document under a code of the subject, or as the row says it, that; else the subject's first
    code in the order of the source's `party`; else the row's own key. The row's key must be complete.
    """
    (own,) = doc_keys(rows)
    own = own or ""
    kind = rows.source.subject_kind_column
    if not rows.source.party or (kind and rows.value(kind)[0].as_py() == PERSON):
        return own
    keys = [*_keys_by_code(rows, subject_id), own]
    known = next((key for key in keys if find_latest(key) is not None), None)
    return known or under_another_code(rows, [own], [0], batch_id=None).get(0, keys[0])


def _keys_by_code(rows: CheckedRows, subject_id: int) -> list[str]:
    columns = {
        kind: column for kind, column in rows.source.identifiers.items() if column in rows.source.party
    }
    known: dict[str, str] = {}
    for _, kind, value in iter_codes(list_merged_ids(subject_id)):
        # A column of older numbers holds whatever was valid once.
        column = columns.get(kind) or (columns.get(IdKind.REG_NO) if kind == IdKind.OTHER_REG_NO else None)
        if column:
            known.setdefault(column, value)
    found = []
    for column in rows.source.party[:-1]:
        if column in known:
            (key,) = doc_keys(_with_codes(rows, {column: known[column]}))
            found.append(key or "")
    return found


def _with_codes(rows: CheckedRows, codes: dict[str, str]) -> CheckedRows:
    """The one row as if it gave these codes of its party (column → code) and no others."""
    party = {column: pa.array([codes.get(column)], pa.string()) for column in rows.source.party[:-1]}
    return replace(rows, values={**rows.values, **party})


def under_another_code(
    rows: CheckedRows, keys: Sequence[str | None], positions: Sequence[int], *, batch_id: int | None
) -> dict[int, str]:
    """Of rows whose document the ledger does not have: as which it has those that only their party's code sets apart.

    A document of the same number about a party of the same name, under another code, sent before the batch, is the same
    document with its code put right. Not so when the same rows have both, or the ledger several: those are of several
    parties. One that was withdrawn is over. Gives keys by position.
    """
    source = rows.source
    if not source.party or not is_numbered(source):
        return {}
    asked = [(at, key) for at in positions if (key := keys[at])]
    near = list_keys_beginning([key[:SAME_NUMBER] for _, key in asked])
    if not near:
        return {}
    own = set(keys)
    new = [(at, key) for at, key in asked if key not in (had := near.get(key[:SAME_NUMBER], ())) and had]
    others = {key for _, start in new for key in near[start[:SAME_NUMBER]] if key not in own}
    if not others:
        return {}
    standing: dict[tuple[str | None, ...], list[str]] = {}
    entries = [e for e in list_latest(others) if e.verb != Verb.WITHDRAW and e.source_id == source.id]
    for entry, name in zip(entries, called(source, [e.values for e in entries]), strict=True):
        if batch_id is None or entry.batch_id != batch_id:
            standing.setdefault(name, []).append(entry.doc_key)
    at = [place for place, _ in new]
    codes = {*source.key, source.name_column}
    texts = [{code: rows.value(code)[place].as_py() or "" for code in codes} for place in at]
    return {
        place: found[0]
        for place, name in zip(at, called(source, texts), strict=True)
        if name[-1] and len(found := standing.get(name, [])) == 1
    }


def released_as(keys: Sequence[str]) -> dict[str, str]:
    """Of documents as rows without a code call them: as which the ledger has those that an officer let in."""
    rows = HeldRow.objects.filter(doc_key__in=set(keys), state="released", ended_leaf__isnull=False)
    found: dict[str, str] = {}
    for key, leaf in rows.order_by("id").values_list("doc_key", "ended_leaf"):
        entry = get_entry(leaf or 0)
        if entry is not None and entry.doc_key != key:
            found[key] = entry.doc_key
    return found
