"""Proof documents about ledger entries, journal rows and identity events, for anybody to check offline."""

from ecredit.facts.actors.canonical import instant_text
from ecredit.facts.actors.journal_actions import journal_leaf
from ecredit.facts.actors.log_actions import read_tile
from ecredit.facts.actors.models import JournalEntry, LogHead
from ecredit.facts.actors.queries import latest_head
from ecredit.facts.records.entry_leaf import entry_leaf
from ecredit.facts.records.models import CreditRecord
from ecredit.facts.subjects.identity_log import identity_leaf
from ecredit.facts.subjects.models import IdentityEvent
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.proof.blinding import Blinder
from ecredit.foundation.proof.keys import KeyRing
from ecredit.foundation.proof.merkle import Tree, leaf_hash
from ecredit.foundation.proof.proofs import ProofDocument, make_consistency, make_proof


def prove_leaf(leaf: int, *, ring: KeyRing, whole: bool = False) -> ProofDocument:
    """A document that shows a row to be in the log: its leaf's hash, the path, the latest signed head.

    With `whole` the row's bytes too, which hold names and values (sealed values sealed): the caller notes the read. Raises WrongUse when there is no such row.
    """
    head = _head()
    text = _leaf_bytes(leaf)
    if text is None or leaf >= head.size:
        raise WrongUse(f"日志中没有第 {leaf} 条", f"the log has no leaf {leaf}")
    token = Blinder(ring).token(leaf_hash(text))
    return make_proof(Tree(read_tile, head.size), text, leaf, head.checkpoint, token=token, whole=whole)


def prove_consistency(old_size: int) -> ProofDocument:
    """A document that shows an older head to be a beginning of the latest: nothing before it was rewritten.

    Raises WrongUse when no head of that size was signed.
    """
    head = _head()
    old = LogHead.objects.filter(size=old_size).first()
    if old is None:
        raise WrongUse(f"没有长度为 {old_size} 的日志头", f"no head of size {old_size} was signed")
    return make_consistency(Tree(read_tile, head.size), old.checkpoint, head.checkpoint)


def _head() -> LogHead:
    head = latest_head()
    if head is None:
        raise WrongUse("日志还是空的", "the log is empty")
    return head


def _leaf_bytes(leaf: int) -> bytes | None:
    entry = CreditRecord.objects.filter(leaf=leaf).first()
    if entry is not None:
        return entry_bytes(entry)
    journal = JournalEntry.objects.filter(leaf=leaf).first()
    if journal is not None:
        return journal_leaf(journal)
    event = IdentityEvent.objects.filter(leaf=leaf).first()
    return None if event is None else identity_leaf(event)


def entry_bytes(entry: CreditRecord) -> bytes:
    """The canonical bytes of an entry read through the ORM."""
    return entry_leaf(
        entry.leaf,
        entry.verb,
        entry.source_id,
        entry.doc_key,
        entry.subject_id,
        "" if entry.valid_from is None else entry.valid_from.isoformat(),
        "" if entry.valid_to is None else entry.valid_to.isoformat(),
        instant_text(entry.known_at),
        entry.supplier,
        "" if entry.batch_id is None else entry.batch_id,
        "" if entry.line is None else entry.line,
        entry.edition,
        entry.content,
        entry.original,
    )
