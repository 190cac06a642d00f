"""What a run remembers of codes is true, or forgotten."""

import pytest
from django.db import connection

from ecredit.facts.subjects.lookup import KnownSubjects
from ecredit.facts.subjects.models import CreditSubject
from ecredit.foundation.kernel.codes import IdKind
from tests.penalty_rows import code, row, table

PENALTY = "dual_publicity_penalty"


@pytest.fixture
def ask(collect):
    """ask(known, log size) → the name the first firm's code is known by; counts nothing else."""
    collect(PENALTY, table(row(1)))

    def run(known: KnownSubjects, size: int) -> str:
        return known.find({IdKind.USCC: [code(1)]}, log_size=size)[IdKind.USCC][code(1)].name

    return run


def rename(name: str) -> None:
    CreditSubject.objects.update(name=name)


def test_a_known_code_is_not_asked_again_while_nobody_writes(ask, django_assert_num_queries):
    known = KnownSubjects()
    first = ask(known, 10)
    known.keep(log_size=12)
    with django_assert_num_queries(0):
        assert ask(known, 12) == first


def test_all_is_forgotten_when_the_log_has_grown_elsewhere(ask):
    known = KnownSubjects()
    ask(known, 10)
    known.keep(log_size=12)
    rename("常州改名有限公司")
    assert ask(known, 13) == "常州改名有限公司"


def test_no_more_is_kept_than_allowed(ask):
    known = KnownSubjects(most=0)
    ask(known, 10)
    known.keep(log_size=12)
    rename("常州改名有限公司")
    assert ask(known, 12) == "常州改名有限公司"


@pytest.mark.django_db
def test_an_unknown_code_is_asked_again(collect):
    known = KnownSubjects()
    assert code(1) not in known.find({IdKind.USCC: [code(1)]}, log_size=0)[IdKind.USCC]
    known.keep(log_size=5)
    collect(PENALTY, table(row(1)))
    assert code(1) in known.find({IdKind.USCC: [code(1)]}, log_size=5)[IdKind.USCC]
    assert connection.in_atomic_block
