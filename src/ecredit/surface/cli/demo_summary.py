"""One screen on what a home holds: what came in, what was held and why, grades, findings, what is public."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from ecredit.facts.collection.quality import quality_register
from ecredit.facts.collection.queries import list_held
from ecredit.foundation.catalog.texts import both, has_text, text
from ecredit.foundation.catalog.types import Catalog
from ecredit.judgement.triage.queries import count_findings_by_kind, count_waiting_findings, last_run
from ecredit.service.publicity.queries import PublicStore
from ecredit.service.publicity.types import PublicTotals
from ecredit.surface.cli.answer import columns
from ecredit.surface.cli.context import Context

_LONGEST_AGO = timedelta(days=20 * 366)
_SOURCES_SHOWN, _RULES_SHOWN = 10, 8


@dataclass(frozen=True, slots=True)
class SourceLine:
    """What came in of one source."""

    source: str
    title: str
    files: int
    rows: int
    good: int
    duplicate: int
    held: int
    refused: int
    late: int


@dataclass(frozen=True, slots=True)
class HomeSummary:
    """What a home holds on a day.

    `waiting_rows` still wait, `in_review` of them for an officer; `waiting` counts them by rule (a row may break
    several). `findings` counts them by kind, `undecided` of them wait for an officer; `findings` is None where no trade was
    judged yet. `public` is None before a first run.
    """

    today: date
    sources: tuple[SourceLine, ...]
    waiting_rows: int
    waiting: dict[str, int]
    in_review: int
    findings: dict[str, int] | None
    undecided: int
    public: PublicTotals | None


def summarise_home(context: Context) -> HomeSummary:
    """Read the summary from the home itself, so that it is the same after a restart."""
    today = context.today
    store = PublicStore(context.home.public_db)
    projected = store.freshness().projected_at is not None
    waiting: Counter[str] = Counter()
    held = list_held()
    for row in held:
        waiting.update(row.rules.split(",") if row.rules else ())
    return HomeSummary(
        today=today,
        sources=tuple(_sources(context.catalog, context, today)),
        waiting_rows=len(held),
        waiting=dict(waiting.most_common()),
        in_review=sum(row.state == "review" for row in held),
        findings=None if last_run() is None else count_findings_by_kind(),
        undecided=count_waiting_findings(),
        public=store.totals(today) if projected else None,
    )


def _sources(catalog: Catalog, context: Context, today: date) -> list[SourceLine]:
    rows = quality_register(
        catalog, context.calendar, start=today - _LONGEST_AGO, end=today + timedelta(days=1)
    )
    lines = []
    for source_id in dict.fromkeys(row.source for row in rows):
        mine = [row for row in rows if row.source == source_id and row.batches]
        if mine:
            lines.append(
                SourceLine(
                    source=source_id,
                    title=catalog.sources[source_id].title_zh,
                    files=sum(row.batches for row in mine),
                    rows=sum(row.rows for row in mine),
                    good=sum(row.good for row in mine),
                    duplicate=sum(row.duplicate for row in mine),
                    held=sum(row.held for row in mine),
                    refused=sum(row.refused for row in mine),
                    late=sum(row.late_rows for row in mine),
                )
            )
    return sorted(lines, key=lambda line: -line.rows)


def summary_lines(summary: HomeSummary) -> list[str]:
    """The summary for people, short enough for one screen: the smaller sources are taken together."""
    head = (
        "数据源 source",
        "文件 files",
        "行 rows",
        "入库 taken",
        "重复 repeated",
        "待改 held",
        "退回 refused",
        "迟报 late",
    )
    table = [
        (line.title, line.files, line.rows, line.good, line.duplicate, line.held, line.refused, line.late)
        for line in summary.sources
    ]
    shown, rest = table[:_SOURCES_SHOWN], table[_SOURCES_SHOWN:]
    if rest:
        shown.append((f"其他 {len(rest)} 个 others", *_sums(rest)))
    lines = ["收到的文件 what came in", *_indented(columns([*shown, ("合计 total", *_sums(table))], head))]
    lines.append(
        f"待改的原因 why rows wait（{summary.waiting_rows:,} 行 rows；其中待人工核对 in review {summary.in_review:,}）"
    )
    reasons = list(summary.waiting.items())
    lines += [f"  {count:>6,}  {_rule_title(rule)}" for rule, count in reasons[:_RULES_SHOWN]]
    if others := sum(count for _, count in reasons[_RULES_SHOWN:]):
        lines.append(f"  {others:>6,}  其他 / others")
    return lines + _public_lines(summary)


def _sums(
    table: list[tuple[str, int, int, int, int, int, int, int]],
) -> tuple[int, int, int, int, int, int, int]:
    files, rows, good, duplicate, held, refused, late = (sum(row[n] for row in table) for n in range(1, 8))  # type: ignore[misc]
    return files, rows, good, duplicate, held, refused, late


def _public_lines(summary: HomeSummary) -> list[str]:
    totals = summary.public
    if totals is None:
        return ["公示 public: 还没有计算 not computed yet (ecredit evaluate)"]
    grades = "  ".join(f"{grade} {totals.by_grade[grade]:,}" for grade in sorted(totals.by_grade))
    sections = "  ".join(f"{_section_title(s.value)} {n:,}" for s, n in totals.by_section.items() if n)
    return [
        f"信用等级 grades  {grades}",
        *_finding_lines(summary),
        f"公示 public on {summary.today}: 主体 subjects {totals.subjects:,}，信息 documents {totals.items:,}",
        f"  {sections}",
    ]


def _finding_lines(summary: HomeSummary) -> list[str]:
    if summary.findings is None:
        return []
    kinds = "  ".join(f"{text(f'desk.forged_{kind}')} {count:,}" for kind, count in summary.findings.items())
    return [
        f"虚假交易线索 findings {sum(summary.findings.values()):,}（待判断 undecided {summary.undecided:,}）"
        + (f": {kinds}" if kinds else "")
    ]


def _rule_title(rule: str) -> str:
    key = f"demo.rule.{rule}"
    return both(key) if has_text(key) else rule


def _section_title(section: str) -> str:
    key = f"portal.section_{section}"
    return text(key) if has_text(key) else section


def _indented(lines: list[str]) -> list[str]:
    return [f"  {line}" for line in lines]
