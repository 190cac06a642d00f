"""The city's key signs nothing on top of a log that was changed behind its back."""

import pytest
from django.db import connection, transaction

from ecredit.facts.actors.log_actions import OpenLog
from ecredit.foundation.kernel.errors import EcreditError
from tests.conftest import NOON
from tests.penalty_rows import row, table

PENALTY = "dual_publicity_penalty"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "tampering",
    [
        "DELETE FROM actors_log_head",
        "UPDATE actors_log_state SET size = size - 1",
        "DELETE FROM actors_log_head WHERE size = (SELECT max(size) FROM actors_log_head)",
        "UPDATE actors_log_head SET checkpoint = ''",
    ],
)
def test_nothing_is_signed_over_a_changed_log(collect, collector, tampering):
    collect(PENALTY, table(row(1)))
    with connection.cursor() as cursor:
        cursor.execute(tampering)
    with transaction.atomic(), pytest.raises(EcreditError) as refused:
        OpenLog(collector.ring, NOON)
    assert "log audit" in refused.value.zh
