"""Counted from the register of what suppliers send: which of a platform's periodic reports came in time."""

from ecredit.facts.actors.queries import organisations_before
from ecredit.facts.actors.types import Supplier
from ecredit.facts.collection.entitled import list_sendable
from ecredit.facts.collection.quality import LEAD, Sent, read_sendings, window_outcomes
from ecredit.judgement.monitoring.types import CITY, NOTHING_DUE, Asked, Counted, Measured


def count_reports(asked: Asked) -> Counted:
    """Windows due in each period and those met in time, of every periodic source a platform sends; two queries."""
    senders = {p.id: organisations_before([p.id]).get(p.id, frozenset()) | {p.id} for p in asked.platforms}
    everybody = frozenset().union(*senders.values()) if senders else frozenset()
    first, last = asked.periods[0].starts_on - LEAD, asked.now.ends_on
    came = read_sendings(first, max(last, asked.at.date()) + LEAD, suppliers=everybody)
    found: Counted = {}
    for period in asked.periods:
        whole = [0, 0]
        for platform in asked.platforms:
            due = in_time = 0
            for source in list_sendable(
                asked.catalog, Supplier(platform.id, platform.name, "platform", platform.uscc)
            ):
                sent: list[Sent] = []
                for sender in senders[platform.id]:
                    sent += came.batches.get((source.id, sender), ())
                # Nobody is late for what was due before they were registered.
                start = min(max(period.starts_on, platform.since), period.ends_on)
                outcomes = window_outcomes(
                    source, asked.calendar, sorted(sent), start=start, end=period.ends_on
                )
                due += len(outcomes)
                in_time += sum(outcome.how == "on_time" for outcome in outcomes)
            whole[0] += in_time
            whole[1] += due
            found["reports_on_time", period, platform.uscc] = _measured(in_time, due)
        found["reports_on_time", period, CITY] = _measured(*whole)
    return found


def _measured(in_time: int, due: int) -> Measured:
    return Measured(in_time, due) if due else Measured(because=NOTHING_DUE)
