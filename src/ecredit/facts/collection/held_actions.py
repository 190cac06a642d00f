"""What ends the waiting of a held row when its supplier sends again."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from django.db.models import QuerySet

from ecredit.facts.collection.compare_names import NAME_OF_ANOTHER
from ecredit.facts.collection.doc_keys import SAME_NUMBER, called
from ecredit.facts.collection.held_cells import held_cells
from ecredit.facts.collection.models import Batch, HeldRow
from ecredit.facts.records.queries import list_latest
from ecredit.facts.records.types import Verb
from ecredit.foundation.catalog.types import Source
from ecredit.foundation.kernel.text_forms import name_form
from ecredit.foundation.proof.sealing import Sealer

WAITING = ("held", "review")
# What waits because its code and its name do not belong together: put right, it may have another code.
_CODE_IN_DOUBT = frozenset({NAME_OF_ANOTHER, "name_has_another_code"})
# Databases limit the parameters of a query.
_AT_ONCE = 10_000

Cells = Mapping[str, str]


def clear_held(
    *,
    batch: Batch,
    source: Source,
    sealer: Sealer,
    suppliers: Collection[str],
    doc_keys: Sequence[str],
    lines: Sequence[int],
    cells_of: Callable[[int], Cells],
    names_of: Callable[[list[int]], list[str | None]],
    own: bool = False,
) -> list[int]:
    """Clear what this batch's good rows correct, inside the caller's transaction; returns the ids of the rows cleared.

    With `own` it is this batch's own rows that are cleared, by good rows further down; else those of earlier batches.

    `suppliers` are who sent the batch and whose work it has taken over. A waiting row of theirs of the same source is
    corrected by a good row of the same document. A row too broken to say which document it was is corrected by the
    good row on its line, when this file corrects that one and the two are recognisably the same, or is that one read by
    other rules. One that had no
    code, or one that was not its party's, is corrected by the row of its number and name. `cells_of` gives the cells
    as sent of the good row at a place in `lines`, `names_of` the `name_keys` of some.
    """
    before = (
        HeldRow.objects.filter(batch=batch, state__in=WAITING) if own else _waiting_before(batch, suppliers)
    )
    rows = before.values_list("id", "doc_key", "line", "batch_id", "rules")
    # The rows come by their lines: of one document the last stands here.
    last, place = dict(zip(doc_keys, lines, strict=True)), {line: at for at, line in enumerate(lines)}
    cleared: list[int] = []
    doubtful: dict[int, int] = {}
    unknown: list[_Unknown] = []
    again = _batches_of_this_file(batch)
    for row_id, key, line, of_batch, rules in rows:
        if key:
            if last.get(key, -1) > (line if own else -1):
                cleared.append(row_id)
            elif not own or line < lines[-1]:
                unknown.append(_Unknown(row_id, key, rules, line if own else -1))
        elif of_batch in again and line in place:
            cleared.append(row_id)
        elif of_batch == batch.corrects_id and line in place:
            doubtful[row_id] = place[line]
    for part in _parts(list(doubtful)):
        for row in HeldRow.objects.filter(id__in=part):
            sent = cells_of(doubtful[row.id])
            if _same_row(source, held_cells(row, sealer), sent, guessed=batch.corrects_guessed):
                cleared.append(row.id)
    if unknown and source.party:
        cleared += _by_name(unknown, source, sealer, doc_keys, lines, cells_of, names_of)
    _end(cleared, "cleared", batch)
    return cleared


class _Unknown(NamedTuple):
    """A waiting row whose document no good row has by its key; what corrects it stands behind the line `after`."""

    id: int
    key: str
    rules: str
    after: int


def _by_name(
    waiting: list[_Unknown],
    source: Source,
    sealer: Sealer,
    doc_keys: Sequence[str],
    lines: Sequence[int],
    cells_of: Callable[[int], Cells],
    names_of: Callable[[list[int]], list[str | None]],
) -> list[int]:
    """Of waiting rows those whose document a good row is by its number and its party's name."""
    numbers = {row.key[:SAME_NUMBER] for row in waiting}
    near = [at for at, key in enumerate(doc_keys) if key[:SAME_NUMBER] in numbers]
    if not near:
        return []
    named = {name: at for at, name in zip(near, names_of(near), strict=True) if name}
    found = {row.id: row.key in named and lines[named[row.key]] > row.after for row in waiting}
    cleared = [row_id for row_id, by_name in found.items() if by_name]
    doubted = {row.id: row.after for row in waiting if not found[row.id] and row.rules in _CODE_IN_DOUBT}
    for part in _parts(list(doubted)):
        for row in HeldRow.objects.filter(id__in=part):
            number, before = row.doc_key[:SAME_NUMBER], None
            behind = (at for at in near if lines[at] > doubted[row.id])
            for at in (at for at in behind if doc_keys[at][:SAME_NUMBER] == number):
                before = before or called(source, [held_cells(row, sealer)])
                if called(source, [cells_of(at)]) == before:
                    cleared.append(row.id)
                    break
    return cleared


def replace_held(
    *, batch: Batch, suppliers: Collection[str], doc_keys: Sequence[str], lines: Sequence[int]
) -> list[int]:
    """A row of a document that still waits makes the earlier one of it wait no longer; returns the ids of those.

    So does a row that does not say which document it is, for itself: where the very file is read once more by other rules.
    """
    keys = {key for key in doc_keys if key}
    before = _waiting_before(batch, suppliers)
    replaced = [
        row_id
        for row_id, key in (before.exclude(doc_key="").values_list("id", "doc_key") if keys else ())
        if key in keys
    ]
    if lines and (again := _batches_of_this_file(batch)):
        known = set(lines)
        rows = before.filter(doc_key="", batch_id__in=again).values_list("id", "line")
        replaced += [row_id for row_id, line in rows if line in known]
    _end(replaced, "replaced", batch)
    return replaced


def end_answered(*, batch: Batch, suppliers: Collection[str]) -> list[tuple[int, int]]:
    """End the waiting of this batch's rows whose document a later batch of the suppliers has put right already.

    A batch that was cut off and is finished late comes behind the file that corrects it: nothing sent would clear its rows
    any more. Gives the ids of the rows, each with the batch that has its document.
    """
    later = Batch.objects.filter(source_id=batch.source_id, supplier__in=suppliers, id__gt=batch.id)
    if not later.exists():
        return []
    rows = HeldRow.objects.filter(batch=batch, state__in=WAITING).exclude(doc_key="")
    waiting = list(rows.values_list("id", "doc_key"))
    by_key = {
        entry.doc_key: entry.batch_id
        for entry in list_latest([key for _, key in waiting])
        if entry.verb == Verb.POST
        and entry.supplier in suppliers
        and entry.batch_id is not None
        and entry.batch_id > batch.id
    }
    answered = [(row_id, by_key[key]) for row_id, key in waiting if key in by_key]
    for row_id, by_batch in answered:
        HeldRow.objects.filter(id=row_id).update(state="cleared", ended_by_batch=by_batch)
    return answered


def _waiting_before(batch: Batch, suppliers: Collection[str]) -> QuerySet[HeldRow]:
    """What waits of the suppliers' earlier batches; a batch that is finished late says nothing about later ones."""
    return HeldRow.objects.filter(
        state__in=WAITING,
        batch__source_id=batch.source_id,
        batch__supplier__in=suppliers,
        batch_id__lt=batch.id,
    )


def _batches_of_this_file(batch: Batch) -> set[int]:
    """The earlier batches of these very bytes."""
    same = Batch.objects.filter(
        source_id=batch.source_id, supplier=batch.supplier, digest=batch.digest, id__lt=batch.id
    )
    return set(same.values_list("id", flat=True))


def _end(rows: Sequence[int], state: str, batch: Batch) -> None:
    for part in _parts(rows):
        HeldRow.objects.filter(id__in=part).update(state=state, ended_by_batch=batch.id)


def _parts(rows: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(rows), _AT_ONCE):
        yield rows[start : start + _AT_ONCE]


def _same_row(source: Source, waiting: Cells, sent: Cells, *, guessed: bool) -> bool:
    """Whether a row sent is the waiting one put right: about the same party, and its other cells mostly as they were.

    Next month's file may have the same name and, on the same line, another decision about the same firm. So where it is
    only guessed which file is corrected, but for one cell all must be the same.
    """
    party = (source.name_column, *source.identifiers.values())
    before, now = _forms(waiting), _forms(sent)
    parties = {form for code in party if (form := now.get(code))}
    if "" in before:  # a row cut up wrongly: only its text is known
        known = any(form in before[""] for form in parties)
        differ, count = sum(form not in before[""] for form in now.values()), len(now)
    else:
        known = bool(parties & {before.get(code) for code in party})
        differ, count = sum(now.get(code) != form for code, form in before.items()), len(before)
    return known and (differ <= 1 if guessed else 2 * differ <= count)


def _forms(cells: Cells) -> dict[str, str]:
    """The filled cells, made comparable."""
    return {code: form for code, cell in cells.items() if (form := name_form(cell))}
