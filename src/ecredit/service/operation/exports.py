"""What can be exported as a file by a job: a registry, to which a door's room adds its own.

An export is written row by row, so that its size does not matter; cells that a spreadsheet would take for a formula are
made text. Whether somebody may have it is asked before the job is started, with the permission named here.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

from django.utils import timezone

from ecredit.facts.actors.journal_queries import JournalSearch, stream_journal
from ecredit.facts.collection.neutralise import neutralise_cell
from ecredit.facts.collection.quality import quality_register
from ecredit.foundation.catalog.texts import has_text, text
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.service.operation.platform import Platform

Params = Mapping[str, object]
Row = Sequence[object]
# With its mark, or a Chinese Excel opens the file as GBK.
_ENCODING = "utf-8-sig"
_TOLD_EVERY = 5_000


@dataclass(frozen=True, slots=True)
class Export:
    """Something that can be exported: its names, the permission it asks, its columns, and its rows for some params."""

    id: str
    zh: str
    en: str
    permission: str
    columns: tuple[str, ...]
    rows: Callable[[Platform, Params], Iterable[Row]]


def get_export(export_id: str) -> Export:
    """The export of that id. Raises WrongUse."""
    found = EXPORTS.get(export_id)
    if found is None:
        raise WrongUse(
            f"没有名为 {export_id} 的导出；可用：{'、'.join(EXPORTS)}",
            f"there is no export {export_id}; use one of: {', '.join(EXPORTS)}",
        )
    return found


def write_export(
    export: Export, platform: Platform, params: Params, *, out: Path, told: Callable[[int], None]
) -> int:
    """Write the rows to `out` as CSV, which appears only when it is complete; returns how many there are.

    `told` hears now and then how many are written, and may end it by raising.
    """
    draft = out.with_suffix(".part")
    written = 0
    try:
        with draft.open("w", encoding=_ENCODING, newline="") as file:
            writer = csv.writer(file)
            writer.writerow(export.columns)
            for row in export.rows(platform, params):
                writer.writerow([neutralise_cell("" if cell is None else str(cell)) for cell in row])
                written += 1
                if written % _TOLD_EVERY == 0:
                    told(written)
        draft.replace(out)
    finally:
        draft.unlink(missing_ok=True)
    return written


def journal_search(params: Params) -> JournalSearch:
    """What of the journal is meant: `who`, `verb`, `about`, and the days `from` and `to`, both included. Raises WrongUse."""
    start, end = read_day(params, "from"), read_day(params, "to")
    return JournalSearch(
        who=str(params.get("who") or ""),
        verb=str(params.get("verb") or ""),
        object=str(params.get("about") or ""),
        since=None if start is None else _midnight(start),
        until=None if end is None else _midnight(end + timedelta(days=1)),
    )


def _journal(_platform: Platform, params: Params) -> Iterator[Row]:
    """The journal, newest first, with what is not in the log yet (without a number). Its details hold no personal data, by
    the rule of `post_journal`."""
    for row in stream_journal(journal_search(params)):
        at = timezone.localtime(row.at).isoformat(timespec="seconds")
        leaf = "" if row.leaf is None else row.leaf
        yield leaf, at, row.who, _verb(row.verb), row.verb, row.object, row.right, row.detail


def _verb(verb: str) -> str:
    return text(f"verb.{verb}") if has_text(f"verb.{verb}") else ""


def _quality(platform: Platform, params: Params) -> Iterator[Row]:
    start = read_day(params, "from") or platform.today.replace(month=1, day=1)
    end = read_day(params, "to") or platform.today
    for row in quality_register(
        platform.catalog, platform.calendar, start=start, end=end + timedelta(days=1)
    ):
        yield (
            row.source, row.supplier, row.batches, row.refused_files, row.withdrawn, row.rows, row.good, row.held, row.refused,
            row.duplicate, row.late_rows, row.windows, row.on_time, row.late, row.missed, row.error_rate, row.score,
        )  # fmt: skip


def read_day(params: Params, key: str) -> date | None:
    """A day among params. Raises WrongUse when it is none."""
    said = params.get(key)
    if said in (None, ""):
        return None
    try:
        return date.fromisoformat(str(said))
    except ValueError as error:
        raise WrongUse(
            f"{key} 应为形如 2026-04-01 的日期", f"{key} should be a day such as 2026-04-01"
        ) from error


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


EXPORTS: dict[str, Export] = {
    export.id: export
    for export in (
        Export(
            "journal",
            "操作日志",
            "the journal",
            "journal.export",
            (
                "账本序号 leaf", "时间 at", "操作人 who", "操作 what", "动作 verb", "对象 about", "权限和来处 right", "详情 detail",
            ),
            _journal,
        ),
        Export(
            "quality",
            "报送质量台账",
            "the quality register",
            "quality.read",
            (
                "source", "supplier", "batches", "refused_files", "withdrawn", "rows", "good", "held", "refused", "duplicate",
                "late_rows", "windows", "on_time", "late", "missed", "error_rate", "score",
            ),
            _quality,
        ),
    )
}  # fmt: skip
