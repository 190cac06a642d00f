"""Taking down: what the ledger has withdrawn leaves the public database at once, not at the next evaluation."""

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.utils.timezone import localdate

from ecredit.facts.actors.journal_actions import post_journal
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.types import Actor
from ecredit.facts.records.queries import list_withdrawn_leaves, list_withdrawn_subjects
from ecredit.facts.subjects.queries import list_unnamed
from ecredit.foundation.kernel.errors import EcreditError
from ecredit.foundation.kernel.home import Home
from ecredit.foundation.proof.keys import KeyRing
from ecredit.service.publicity.figures import note_movement
from ecredit.service.publicity.publish_log_actions import publish_log
from ecredit.service.publicity.published import TAKEN_DOWN, last_published
from ecredit.service.publicity.shown_records import shown_detail
from ecredit.service.publicity.store import content_digest, open_writer, read_digest
from ecredit.service.publicity.what_changed import read_last_run

# What is journaled of a database that was altered by hand: it equals nothing, so the next run builds it anew.
_NOT_OURS = ""
# How many entries the journal names of one taking down; a whole batch may be a million.
_NAMED = 100


class NotTakenDown(EcreditError):  # noqa: N818 - says what happened
    """What was withdrawn could not be taken out of the public database."""

    code = "publicity.not_taken_down"


def take_down(*, home: Home, ring: KeyRing, by: Actor, at: datetime) -> list[int]:
    """Take every document withdrawn since the last projection out of the public database, and the grades of their
    subjects with them; gives the entries taken down.

    A subject of theirs whom no register names any more and of whom nothing else is shown goes whole.
    Call it after the transaction that withdrew, never inside: it is effective when it returns, and waits for a
    projection that runs. Repeating it changes nothing, so what a cut left behind goes with the next call. The digest
    of what remains is journaled before anybody can see it. Raises NotTakenDown when the database cannot be written.
    """
    path = home.public_db
    last = read_last_run(path)
    if last is None or not list_withdrawn_leaves(last.through_leaf):
        return []
    try:
        with home.alone_in_public():
            last = read_last_run(path)
            if last is None:
                return []
            leaves = _shown(path, list_withdrawn_leaves(last.through_leaf))
            unnamed = list_unnamed(list_withdrawn_subjects(last.through_leaf))
            if not leaves and not _bare(path, unnamed):
                return []
            gone = _take_out(path, leaves, unnamed, ring, by, at)
    except (sqlite3.Error, OSError) as error:
        raise NotTakenDown(
            f"账本中已撤回，但公示库 {path.name} 写不进去（{error}），公示页仍可能显示；排除后请执行 ecredit evaluate",
            f"withdrawn in the ledger, but the public database {path.name} cannot be written ({error}) and may show it"
            " still; when that is mended run: ecredit evaluate",
        ) from error
    publish_log(home=home, ring=ring, at=at)
    return gone


def _take_out(
    path: Path, leaves: list[int], unnamed: list[int], ring: KeyRing, by: Actor, at: datetime
) -> list[int]:
    _, published = last_published()
    ours = published is not None and read_digest(path) == published
    gone: list[int] = []
    subjects: list[int] = []

    def announce(connection: sqlite3.Connection) -> None:
        digest = content_digest(connection) if ours else _NOT_OURS
        with transaction.atomic():
            log = OpenLog(ring, at)
            detail = {
                "digest": digest,
                "shown": shown_detail(connection),
                "count": len(gone),
                "leaves": gone[:_NAMED],
                "subjects": len(subjects),
                "subjects_named": subjects[:_NAMED],
            }
            post_journal(log, by=by, verb=TAKEN_DOWN, about="publicity:withdrawn", detail=detail)
            log.seal()

    with open_writer(path) as writer:
        gone += writer.take_down(leaves)
        subjects += sorted(writer.take_out_unnamed(unnamed))
        note_movement(writer.connection, localdate(at), 0, len(gone))
        writer.settle()
        writer.before_seen = announce
    return gone


def _shown(path: Path, leaves: list[int]) -> list[int]:
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        return [
            leaf
            for leaf in leaves
            if connection.execute("SELECT 1 FROM item WHERE leaf = ?", (leaf,)).fetchone() is not None
        ]


def _bare(path: Path, subjects: list[int]) -> bool:
    """Whether one of these subjects is in the public database without a document."""
    sql = "SELECT 1 FROM subject s WHERE s.id = ? AND NOT EXISTS (SELECT 1 FROM item i WHERE i.code = s.code)"
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        return any(connection.execute(sql, (subject,)).fetchone() is not None for subject in subjects)
