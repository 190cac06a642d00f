"""A small register for tests: firms opened under invented codes, as the register's rows would."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.types import OPERATOR
from ecredit.facts.subjects.describe_actions import describe_subjects
from ecredit.facts.subjects.matching_types import RowClaim
from ecredit.facts.subjects.open_actions import NewSubject, open_subjects
from ecredit.facts.subjects.queries import next_subject_id
from ecredit.foundation.kernel.codes import IdKind
from ecredit.foundation.proof.keys import KeyRing
from tests.conftest import NOON
from tests.penalty_rows import code

# name, address, legal representative
Firm = tuple[str, str, str]


def register(ring: KeyRing, firms: Sequence[Firm | str], *, at: datetime = NOON) -> list[int]:
    """Open one registered subject a firm, each with a USCC of its own; gives their ids in order."""
    with transaction.atomic():
        log = OpenLog(ring, at)
        first = next_subject_id()
        full = [firm if isinstance(firm, tuple) else (firm, "", "") for firm in firms]
        ids = list(range(first, first + len(full)))
        news = [
            NewSubject(number, ((IdKind.USCC, code(900 + number)),), name, "legal", is_person=False)
            for number, (name, _, _) in zip(ids, full, strict=True)
        ]
        open_subjects(news, log=log, by=OPERATOR, sealed={})
        rows = [(n, name, {"address": a, "legal_rep": p}) for n, (name, a, p) in zip(ids, full, strict=True)]
        describe_subjects(rows, leaf=log.next_leaf - 1)
        log.seal()
    return ids


def person(ring: KeyRing, name: str) -> int:
    """Open a natural person under a keyed index."""
    with transaction.atomic():
        log = OpenLog(ring, NOON)
        number = next_subject_id()
        new = NewSubject(number, ((IdKind.PERSON_ID, f"{number:064d}"),), name, "person", is_person=True)
        open_subjects([new], log=log, by=OPERATOR, sealed={})
        log.seal()
    return number


def claim(number: int, name: str, address: str = "", legal_rep: str = "", **more: bool) -> RowClaim:
    """A held row without a code."""
    return RowClaim(number, "honour", 1, number + 1, name, address, legal_rep, **more)
