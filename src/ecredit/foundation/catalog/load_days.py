"""Reads `workdays.yaml`: days on which the city's own table differs from, or runs ahead of, the calendar."""

from datetime import date
from pathlib import Path

from ecredit.foundation.catalog.yaml_nodes import FaultLog, read_fields


def load_own_days(root: Path, log: FaultLog) -> dict[date, bool]:
    """Return day → True when people work on it; no file, no days."""
    days: dict[date, bool] = {}
    path = root / "workdays.yaml"
    fields = read_fields(path, root, log) if path.exists() else None
    if fields is None:
        return days
    for key, works in (("working", True), ("resting", False)):
        for word, place in fields.placed_texts(key):
            try:
                day = date.fromisoformat(word)
            except ValueError:
                log.add(
                    place,
                    "bad_type",
                    f"{word} 应为形如 2026-04-01 的日期",
                    f"{word} should be a day such as 2026-04-01",
                )
                continue
            if days.setdefault(day, works) is not works:
                log.add(
                    place,
                    "day_twice",
                    f"{day} 既是工作日又是休息日；请只留一处",
                    f"{day} is both working and resting; keep one",
                )
    fields.done()
    return days
