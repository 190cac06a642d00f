"""Pages one after another, in the order they came; long work lets others pass."""

import threading
import time
from collections.abc import Callable

import pytest

from ecredit.surface.gate.quick_lane import LONG_SECONDS, QuickLane


def _until(true: Callable[[], bool], lane: QuickLane) -> bool:
    end = time.monotonic() + 10
    while not true() and time.monotonic() < end:
        lane.help(time.monotonic())
        time.sleep(0.001)
    return true()


def test_quick_work_is_done_one_by_one_and_in_order() -> None:
    lane, at_work, most, order = QuickLane(4), 0, 0, []

    def work(number: int) -> int:
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        time.sleep(0.0005)
        order.append(number)
        at_work -= 1
        return number * 2

    # Nobody helps, so nothing passes.
    done = [lane.submit(work, number) for number in range(30)]
    assert [one.result(10) for one in done] == [number * 2 for number in range(30)]
    assert most == 1 and order == list(range(30))


def test_long_work_lets_others_pass_and_never_more_than_there_are_threads() -> None:
    lane, free, begun = QuickLane(3), threading.Event(), []

    def hold(name: str) -> bool:
        begun.append(name)
        return free.wait(10)

    held = [lane.submit(hold, name) for name in ("a", "b", "c", "d")]
    assert _until(lambda: len(begun) == 3, lane)
    lane.help(time.monotonic() + 2 * LONG_SECONDS)
    time.sleep(0.05)
    assert begun == ["a", "b", "c"]
    free.set()
    assert all(one.result(10) for one in held) and begun[3] == "d"
    # Afterwards it is one by one again.
    assert lane.help(time.monotonic()) is None
    test_again = [lane.submit(lambda n: n, n) for n in range(50)]
    assert [one.result(10) for one in test_again] == list(range(50))


def test_what_waits_behind_quick_work_is_looked_at_again_soon() -> None:
    lane, free = QuickLane(2), threading.Event()
    first, second = lane.submit(lambda _: free.wait(10), 0), lane.submit(lambda _: True, 0)
    time.sleep(0.002)
    soon = lane.help(time.monotonic())
    assert soon is not None and 0 < soon <= LONG_SECONDS and not second.done()
    assert _until(second.done, lane) and not first.done()
    free.set()
    assert first.result(10)


def test_a_failure_is_told_and_ends_no_thread() -> None:
    lane = QuickLane(1)

    def fail(_: object) -> None:
        raise LookupError("none")

    with pytest.raises(LookupError):
        lane.submit(fail, 0).result(10)
    assert lane.submit(lambda n: n, 7).result(10) == 7
