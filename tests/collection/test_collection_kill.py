"""kill -9 while collecting, the short form of bench/kill_nine.py: nothing lost, nothing doubled, the audit clean.

The commands run as processes of their own in a home of their own, so the database of the tests plays no part.
"""

import random

import pytest

from bench.kill_nine import Killing, Outcome, left_behind

KILLS, ROWS, BLOCK_ROWS = 10, 1_000, 100


@pytest.fixture(scope="module")
def killed(tmp_path_factory):
    """A home in which runs were killed and finished again, and what that came to."""
    outcome = Outcome()
    folder = tmp_path_factory.mktemp("killed")
    killing = Killing(folder, block_rows=BLOCK_ROWS, warm=True, dice=random.Random(5), outcome=outcome)
    killing.undisturbed(ROWS)
    while outcome.kills < KILLS or not outcome.killed["4 between blocks"]:
        assert outcome.rounds < 4 * KILLS, outcome
        killing.round(ROWS)
    killing.close()
    return folder / "home", outcome


@pytest.mark.slow
def test_nothing_is_lost_or_doubled_when_collecting_is_killed(killed):
    _, outcome = killed
    assert outcome.wrong == []
    assert outcome.killed["4 between blocks"]
    assert outcome.kills >= KILLS and outcome.audits == 1
    assert outcome.rows == ROWS * (outcome.rounds + 1) and outcome.entries > ROWS * outcome.rounds // 2


@pytest.mark.slow
def test_nothing_of_a_killed_run_lies_about(killed):
    home, _ = killed
    assert left_behind(home) == set()
