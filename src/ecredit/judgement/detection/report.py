"""What a run tells of itself: rows, seconds, memory, findings, and what could not be judged."""

import resource
import time
from dataclasses import dataclass, field


@dataclass(slots=True)
class Report:
    """What a run did: rows of each table, seconds and peak memory of each stage, findings by kind, what could not be judged and why.

    A stage's peak is the highest the process had come to by its end: where it rises, that stage needed more than those before.
    """

    rows: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    findings: dict[str, int] = field(default_factory=dict)
    not_judged: dict[str, tuple[str, ...]] = field(default_factory=dict)
    peak_mb: int = 0
    peaks_mb: dict[str, int] = field(default_factory=dict)


class Clock:
    """Writes the seconds of each stage into a report."""

    def __init__(self, report: Report) -> None:
        self.report, self.start = report, time.perf_counter()

    def stage(self, name: str) -> None:
        now = time.perf_counter()
        self.report.seconds[name] = round(now - self.start, 3)
        self.start = now
        self.report.peak_mb = self.report.peaks_mb[name] = (
            resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        )
