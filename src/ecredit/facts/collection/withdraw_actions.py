"""Taking back a batch that should not have been sent, or that cannot be finished."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from ecredit.facts.actors.journal_actions import post_journal
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.types import Actor
from ecredit.facts.collection.batch_queries import NoSuchBatch
from ecredit.facts.collection.collect_actions import Collector
from ecredit.facts.collection.held_actions import WAITING
from ecredit.facts.collection.landing import alone_with_batch
from ecredit.facts.collection.models import Batch, HeldRow
from ecredit.facts.records.take_back_actions import take_back_batch
from ecredit.facts.subjects.review_actions import close_review_items
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.kernel.masking import redact

# The journal's verb for a batch taken back, and the state the batch and its waiting rows are in then.
BATCH_WITHDRAWN, WITHDRAWN = "batch.withdraw", "withdrawn"


@dataclass(frozen=True, slots=True)
class WithdrawnBatch:
    """What taking a batch back did: documents withdrawn, earlier versions that stand again, rows of its own that wait no
    longer, rows of earlier batches that wait again."""

    batch_id: int
    withdrawn: int
    restored: int
    ended: int
    waiting_again: int


def withdraw_batch(
    collector: Collector, *, batch_id: int, reason: str, by: Actor, at: datetime
) -> WithdrawnBatch:
    """Take back all that a batch did; see `post_batch_withdrawal`."""
    with transaction.atomic():
        log = OpenLog(collector.ring, at)
        done = post_batch_withdrawal(collector, log, batch_id=batch_id, reason=reason, by=by)
        log.seal()
    return done


def post_batch_withdrawal(
    collector: Collector, log: OpenLog, *, batch_id: int, reason: str, by: Actor
) -> WithdrawnBatch:
    """Withdraw what of a batch still stands, end what of it waits, and say so, in a transaction whose log is open.

    What it superseded stands again, and rows of earlier batches that it put right wait again. Subjects it opened
    stay. A batch that was cut off is given up. The same file may be sent again. Raises NoSuchBatch, WrongUse when it
    was taken back already, and BatchBusy while it is being collected.
    """
    batch = Batch.objects.filter(id=batch_id).first()
    if batch is None:
        raise NoSuchBatch(f"没有批次 {batch_id}", f"there is no batch {batch_id}", batch=batch_id)
    if batch.state == WITHDRAWN:
        raise WrongUse(f"批次 {batch_id} 已经整批撤回", f"batch {batch_id} was withdrawn already")
    with alone_with_batch(collector.home, batch_id, wait=False):
        earlier = Batch.objects.filter(source_id=batch.source_id, state=WITHDRAWN)
        taken = take_back_batch(
            batch_id,
            voided=list(earlier.values_list("id", flat=True)),
            reason=reason,
            log=log,
            edition=collector.catalog.edition,
        )
        waiting = HeldRow.objects.filter(batch_id=batch_id, state__in=WAITING)
        ended = sorted(waiting.values_list("id", flat=True))
        waiting.update(state=WITHDRAWN)
        close_review_items(ended, log=log, by=by)
        # What it had put right is not right any more: those rows wait for their supplier again.
        put_right = HeldRow.objects.filter(
            ended_by_batch=batch_id, state__in=("cleared", "replaced")
        ).exclude(batch_id=batch_id)
        again = sorted(put_right.values_list("id", flat=True))
        put_right.update(state="held", ended_by_batch=None)
        Batch.objects.filter(id=batch_id).update(state=WITHDRAWN)
        detail = {
            "reason": redact(reason),
            "withdrawn": taken.withdrawn,
            "restored": taken.restored,
            "posted_again": {str(number): count for number, count in sorted(taken.posted_again.items())},
            "withdrawn_rows": ended,
            "waiting_again": again,
        }
        post_journal(log, by=by, verb=BATCH_WITHDRAWN, about=f"batch:{batch_id}", detail=detail)
    return WithdrawnBatch(batch_id, taken.withdrawn, taken.restored, len(ended), len(again))
