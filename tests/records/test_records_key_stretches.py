"""Documents asked of many at a time are found as if each had been asked by itself."""

import random

import pytest

from ecredit.facts.collection.doc_keys import SAME_NUMBER
from ecredit.facts.records import key_stretches
from ecredit.facts.records.key_stretches import only_known
from ecredit.facts.records.models import CreditRecord
from ecredit.facts.records.queries import list_keys_beginning
from tests.penalty_rows import row, table

PENALTY = "dual_publicity_penalty"


@pytest.fixture
def keys(collect) -> list[str]:
    """The keys of some two hundred documents, every third number left out."""
    collect(PENALTY, table(*(row(n) for n in range(300) if n % 3)))
    return sorted(set(CreditRecord.objects.values_list("doc_key", flat=True)))


def number_after(key: str, step: int) -> str:
    """The beginning of a key of the same series with another number."""
    return f"{key[:6]}{int(key[6:SAME_NUMBER], 16) + step:08x}"


@pytest.mark.parametrize("many", [2, 50, 10_000])
@pytest.mark.parametrize("share", [1.0, 0.3, 0.02])
def test_the_same_keys_are_found(keys, monkeypatch, many, share):
    monkeypatch.setattr(key_stretches, "_MANY", many)
    chosen = random.Random(7)
    asked = [key[:SAME_NUMBER] for key in keys if chosen.random() < share]
    asked += [number_after(key, step) for key in keys if chosen.random() < share for step in (-1, 1, 100_000)]
    asked += ["0" * SAME_NUMBER, *(f"{n:06x}{n:08x}" for n in range(60)), *(key[:8] for key in keys[:3])]
    near = list_keys_beginning(asked)
    wanted = {start: [key for key in keys if key.startswith(start)] for start in asked}
    assert {start: sorted(found) for start, found in near.items()} == {s: k for s, k in wanted.items() if k}


@pytest.mark.parametrize("many", [2, 50, 10_000])
def test_no_known_key_is_left_out(keys, monkeypatch, many):
    monkeypatch.setattr(key_stretches, "_MANY", many)
    asked = [*keys, *(number_after(key, 0) + "f" * 18 for key in keys), keys[0]]
    kept = only_known(asked)
    assert set(keys) <= set(kept) <= set(asked) and len(kept) == len(set(kept))


def test_a_file_of_new_documents_is_asked_of_at_once(keys, django_assert_num_queries):
    asked = [number_after(keys[0], 100_000 + n) for n in range(2_000)]
    with django_assert_num_queries(1):
        assert list_keys_beginning(asked) == {}
    with django_assert_num_queries(1):
        assert only_known(start + "0" * 18 for start in asked) == []
