"""Publishing reports and gaps of disclosure: what two people signed is in the public database at once, not at the next evaluation."""

import sqlite3
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from ecredit.facts.actors.journal_actions import post_journal
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.types import Actor
from ecredit.foundation.kernel.errors import EcreditError
from ecredit.foundation.kernel.home import Home
from ecredit.foundation.proof.keys import KeyRing
from ecredit.service.publicity.gap_writing import gap_rows
from ecredit.service.publicity.publish_log_actions import publish_log
from ecredit.service.publicity.published import REPORTED, last_published
from ecredit.service.publicity.report_writing import report_rows
from ecredit.service.publicity.shown_records import shown_detail
from ecredit.service.publicity.store import SCHEMA_VERSION, content_digest, open_writer, read_digest
from ecredit.service.publicity.what_changed import read_last_run

# What is journaled of a database that was altered by hand: it equals nothing, so the next run builds it anew.
_NOT_OURS = ""


class NotPublished(EcreditError):  # noqa: N818 - says what happened
    """What was signed could not be written into the public database."""

    code = "publicity.not_published"


def publish_reports(*, home: Home, ring: KeyRing, by: Actor, at: datetime) -> int:
    """Bring reports and gaps in the public database to what is signed and confirmed; gives how many were written or taken out.

    Call it after the transaction that signed, never inside. Repeating it changes nothing, so what a cut left behind goes with the
    next call or the next evaluation. Before the first evaluation there is no public database, and nothing is done. The digest of
    what comes is journaled before anybody can see it. Raises NotPublished when the database cannot be written.
    """
    path = home.public_db
    try:
        with home.alone_in_public():
            last = read_last_run(path)
            if last is None or last.schema != SCHEMA_VERSION:
                return 0
            _, published = last_published()
            ours = published is not None and read_digest(path) == published
            with open_writer(path) as writer:
                changed = writer.put_reports(report_rows()) + writer.put_gaps(
                    gap_rows(timezone.localtime(at).date())
                )

                def announce(connection: sqlite3.Connection) -> None:
                    digest = content_digest(connection) if ours else _NOT_OURS
                    with transaction.atomic():
                        log = OpenLog(ring, at)
                        detail = {"digest": digest, "count": changed, "shown": shown_detail(connection)}
                        post_journal(log, by=by, verb=REPORTED, about="publicity:reports", detail=detail)
                        log.seal()

                if changed:
                    writer.before_seen = announce
    except (sqlite3.Error, OSError) as error:
        raise NotPublished(
            f"已签发、已核实，但公示库 {path.name} 写不进去（{error}）；排除后请执行 ecredit monitor publish",
            f"it is signed and confirmed, but the public database {path.name} cannot be written ({error}); when that is mended run:"
            " ecredit monitor publish",
        ) from error
    if changed:
        publish_log(home=home, ring=ring, at=at)
    return changed
