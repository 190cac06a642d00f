"""Records that harm, asked about again when the register gives their code to a firm of a wholly different name.

A penalty may come before the firm it is about is known: its code then opens a subject under the name it gives. When the
register later says that the code is another firm's, the penalty must not stand on that firm's page until a person has said
whom it is about.
"""

from collections.abc import Mapping

from ecredit.facts.actors.journal_actions import post_journal
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.types import Actor
from ecredit.facts.collection.compare_names import NAME_OF_ANOTHER, alike
from ecredit.facts.collection.held_cells import held_digest, seal_cells
from ecredit.facts.collection.models import HeldRow
from ecredit.facts.records.post_actions import sent_values, withdraw_document
from ecredit.facts.records.queries import current_entries, list_entries
from ecredit.facts.records.types import EntryView, Verb
from ecredit.facts.subjects.queries import list_unregistered
from ecredit.foundation.catalog.types import Catalog, Source
from ecredit.foundation.proof.sealing import Sealer

# The journal's verb for a record taken back into review.
QUESTIONED = "held.question"


def question_records(
    names: Mapping[int, str], *, catalog: Catalog, sealer: Sealer, log: OpenLog, by: Actor
) -> dict[int, int]:
    """Take back the records that harm and stand under another name, of subjects the register names for the first time.

    `names` gives the register's name by subject id; call it before the subjects are described, inside the caller's
    transaction with the log open. Each record is withdrawn and its row waits in review, unless an officer has already
    said whom that row is about. Returns how many were taken back, by subject id.
    """
    harming = {source.id: source for source in catalog.sources.values() if source.tone == "bad"}
    taken: dict[int, int] = {}
    for subject_id in list_unregistered(names):
        history = [entry for entry in list_entries([subject_id]) if entry.source_id in harming]
        for entry in current_entries(history, subject_ids=[subject_id]):
            source = harming[entry.source_id]
            if alike(entry.values.get(source.name_column) or names[subject_id], names[subject_id]):
                continue
            sent = [e for e in history if e.doc_key == entry.doc_key and e.verb == Verb.POST][-1]
            if HeldRow.objects.filter(batch_id=sent.batch_id or 0, line=sent.line or 0).exists():
                continue
            _take_back(entry, sent, source, catalog=catalog, sealer=sealer, log=log, by=by)
            taken[subject_id] = taken.get(subject_id, 0) + 1
    return taken


def _take_back(
    entry: EntryView,
    sent: EntryView,
    source: Source,
    *,
    catalog: Catalog,
    sealer: Sealer,
    log: OpenLog,
    by: Actor,
) -> None:
    """Withdraw what stands, and let the row it was sent as wait, with what an officer corrected in it."""
    batch_id, line = sent.batch_id or 0, sent.line or 0
    withdraw_document(
        leaf=entry.leaf, reason=NAME_OF_ANOTHER, log=log, by=by, edition=catalog.edition, reopens=True
    )
    sealed = {column.code for column in source.columns if column.sealed}
    same = {c: v for c, v in sent.original.items() if sent.values.get(c) == entry.values.get(c)}
    kept = sent_values(entry.values) | same
    cells = {c: sealer.unseal(c, v) if c in sealed else v for c, v in kept.items()}
    row = HeldRow.objects.create(
        batch_id=batch_id,
        line=line,
        doc_key=entry.doc_key,
        rules=NAME_OF_ANOTHER,
        cells=seal_cells(sealer, cells, batch_id=batch_id, line=line),
        state="review",
    )
    detail = {
        "entry": entry.leaf,
        "held": held_digest([(row.line, row.doc_key, row.rules, row.cells, row.state)]),
    }
    post_journal(log, by=by, verb=QUESTIONED, about=f"held:{batch_id}:{line}", detail=detail)
