"""Calls at the same moment are done as one, and each hears of its own."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from ecredit.service.operation.together import Together


def test_who_comes_meanwhile_is_done_in_the_next_round_at_once() -> None:
    rounds: list[int] = []
    begun, go_on = threading.Event(), threading.Event()

    def double(numbers: Sequence[int]) -> list[int]:
        rounds.append(len(numbers))
        begun.set()
        assert go_on.wait(10)
        return [2 * number for number in numbers]

    together: Together[int, int] = Together(double, most=5)
    with ThreadPoolExecutor(12) as pool:
        first = pool.submit(together, 100)
        assert begun.wait(10)
        others = [pool.submit(together, number) for number in range(8)]
        while len(together._waiting) < 8:  # until all have come
            pass
        go_on.set()
        assert first.result(10) == 200
        assert [other.result(10) for other in others] == [2 * number for number in range(8)]
    assert rounds == [1, 5, 3]


def test_an_error_is_told_to_its_round_and_the_next_goes_on() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def refuse_minus(numbers: Sequence[int]) -> list[int]:
        begun.set()
        assert go_on.wait(10)
        if min(numbers) < 0:
            raise ValueError(min(numbers))
        return list(numbers)

    together: Together[int, int] = Together(refuse_minus, most=1)
    with ThreadPoolExecutor(3) as pool:
        bad = pool.submit(together, -1)
        assert begun.wait(10)
        good = pool.submit(together, 1)
        go_on.set()
        with pytest.raises(ValueError, match="-1"):
            bad.result(10)
        assert good.result(10) == 1
    assert together(2) == 2


@pytest.mark.parametrize("shared", [(), (ValueError,)])
def test_nobody_hears_of_anothers_fault_unless_it_is_everybodys(shared: tuple[type[Exception], ...]) -> None:
    rounds: list[list[int]] = []
    begun, go_on = threading.Event(), threading.Event()

    def refuse_minus(numbers: Sequence[int]) -> list[int]:
        rounds.append(list(numbers))
        begun.set()
        assert go_on.wait(10)
        if min(numbers) < 0:
            raise ValueError(min(numbers))
        return [2 * number for number in numbers]

    together: Together[int, int] = Together(refuse_minus, most=5, shared=shared)
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(together, 0)
        assert begun.wait(10)
        others = {number: pool.submit(together, number) for number in (1, -1, 2)}
        while len(together._waiting) < 3:  # until all have come
            pass
        go_on.set()
        assert first.result(10) == 0
        with pytest.raises(ValueError, match="-1"):
            others[-1].result(10)
        for number in (1, 2):
            if shared:
                with pytest.raises(ValueError, match="-1"):
                    others[number].result(10)
            else:
                assert others[number].result(10) == 2 * number
    assert [len(each) for each in rounds] == ([1, 3] if shared else [1, 3, 1, 1, 1])
    assert together(2) == 4


def test_a_function_that_forgets_somebody_is_an_error_for_all_and_hangs_nobody() -> None:
    together: Together[int, int] = Together(lambda numbers: list(numbers)[1:], most=3)
    with pytest.raises(ValueError, match="zip"):
        together(1)


def test_a_round_waits_for_the_company_it_had_and_who_comes_alone_waits_for_nobody() -> None:
    rounds: list[int] = []
    begun, go_on = threading.Event(), threading.Event()

    def note(numbers: Sequence[int]) -> list[int]:
        rounds.append(len(numbers))
        begun.set()
        assert go_on.wait(10)
        return list(numbers)

    together: Together[int, int] = Together(note, most=5, patience=30.0)
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(together, 0)
        assert begun.wait(10)
        others = [pool.submit(together, number) for number in (1, 2)]
        while len(together._waiting) < 2:  # until both have come
            pass
        go_on.set()
        assert first.result(10) == 0
        assert [other.result(10) for other in others] == [1, 2]
        # There were two: the next who comes waits for a second one.
        waits = pool.submit(together, 3)
        while not together._working:
            pass
        assert rounds == [1, 2]
        assert pool.submit(together, 4).result(10) == 4
        assert waits.result(10) == 3
    assert rounds == [1, 2, 2]


def test_company_that_does_not_come_is_waited_for_no_longer_than_said() -> None:
    together: Together[int, int] = Together(list, most=5, patience=0.01)
    together._usual = 3
    assert together(1) == 1
    assert together._usual == 1
