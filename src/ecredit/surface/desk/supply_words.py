"""How the suppliers' pages say what several of them say: titles, sizes, windows, problems."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ecredit.facts.collection.due import DueSource, DueState
from ecredit.facts.collection.problem_report import NOTICE
from ecredit.facts.collection.report_pages import ReportLine
from ecredit.facts.collection.types import Issue
from ecredit.foundation.catalog.texts import has_text, text
from ecredit.foundation.catalog.types import Source
from ecredit.foundation.kernel.languages import Lang
from ecredit.service.operation.job_types import JobView
from ecredit.surface.desk.frame import Frame
from ecredit.surface.desk.platform import city

_BETWEEN: Final = " / "
_UNITS: Final = ("B", "KB", "MB", "GB")
STATE_BADGES: Final = {
    DueState.OVERDUE: "bad", DueState.DUE: "warn", DueState.LATE: "warn", DueState.SENT: "good", DueState.COMING: "",
    DueState.QUIET: "warn", DueState.ROLLING: "blue",
}  # fmt: skip


def source_title(frame: Frame, source: Source | str) -> str:
    """What a source is called; its id when the catalogue no longer has it."""
    found = city().catalog.sources.get(source) if isinstance(source, str) else source
    if found is None:
        return str(source)
    return found.title_zh if frame.lang == "zh" else found.title_en


def rule_name(lang: Lang, rule: str) -> str:
    """The short name of a rule; its id when it has none."""
    key = f"rule.{rule}.title"
    return text(key, lang) if has_text(key) else rule


def in_language(lang: Lang, both: str) -> str:
    """The half of a sentence kept in both languages; all of it when it cannot be told where the second begins."""
    parts = both.split(_BETWEEN)
    half, odd = divmod(len(parts), 2)
    if odd:
        return both
    return _BETWEEN.join(parts[:half] if lang == "zh" else parts[half:])


def notice_sentences(lang: Lang, source: Source | None, notices: Sequence[Issue]) -> list[str]:
    """What the checks say without forbidding it, each in a sentence with its column and what to do."""
    return [
        "".join(
            (
                f"{title}{'：' if lang == 'zh' else ': '}" if (title := column_title(source, notice)) else "",
                in_language(lang, notice.message.removeprefix(NOTICE).strip()),
                f"{'。' if lang == 'zh' else '; '}{in_language(lang, notice.hint)}" if notice.hint else "",
            )
        )
        for notice in notices
    ]


def column_title(source: Source | None, line: ReportLine | Issue) -> str:
    """The column's name, its code where the catalogue has none; empty for a problem of the whole row."""
    if not line.column:
        return ""
    found = next((c for c in source.columns if c.code == line.column), None) if source else None
    return line.column if found is None else found.name


def size_text(size: int) -> str:
    """1536 → 1.5 KB."""
    value, unit = float(size), 0
    while value >= 1024 and unit < len(_UNITS) - 1:
        value, unit = value / 1024, unit + 1
    return f"{value:.0f} {_UNITS[unit]}" if unit == 0 or value >= 100 else f"{value:.1f} {_UNITS[unit]}"


def deadline_lines(frame: Frame, due: DueSource, source: Source) -> list[str]:
    """When a source is to be sent, in sentences."""
    t, lines = frame.t, []
    if due.window is not None:
        lines.append(t.due_window.format(window=due.window.name, due=due.window.due))
        if due.state in (DueState.DUE, DueState.OVERDUE) and due.workdays_left is not None:
            left = due.workdays_left
            words = t.due_today if left == 0 else t.due_left if left > 0 else t.due_past
            lines.append(words.format(count=abs(left)))
    if due.next_window is not None and due.state not in (DueState.DUE, DueState.OVERDUE):
        following = due.next_window
        lines.append(t.due_next.format(window=following.name, opens=following.opens, due=following.due))
    if due.kind != "periodic":
        lines.append(deadline_of(frame, source))
    if due.in_time_from is not None:
        lines.append(t.due_in_time.format(day=due.in_time_from))
    return lines


def deadline_of(frame: Frame, source: Source) -> str:
    """A source's deadline as the catalogue has it."""
    t, deadline = frame.t, source.deadline
    match deadline.kind:
        case "periodic":
            months = ("、" if frame.lang == "zh" else ", ").join(map(str, deadline.months))
            said: str = t.due_months.format(months=months, grace=deadline.grace_workdays or 0)
        case "none":
            said = t.due_none
        case _ if deadline.workdays is not None:
            said = t.due_after.format(count=deadline.workdays)
        case _:
            said = t.due_after_days.format(count=deadline.days)
    return said


def receipt_of_job(job: JobView) -> Mapping[str, Any]:
    """The receipt that a job of the kind `collect` gave."""
    receipt = job.result["receipt"]
    return receipt if isinstance(receipt, Mapping) else {}
