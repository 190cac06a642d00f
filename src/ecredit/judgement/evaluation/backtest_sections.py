"""A back-test report in words of one language: headings, each with a note, a chart and the table of its figures."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil

from ecredit.foundation.catalog.texts import Lang, text
from ecredit.judgement.evaluation.backtest_charts import nice, pairs, ranges, square
from ecredit.judgement.evaluation.backtest_figures import UNKNOWN
from ecredit.judgement.evaluation.backtest_types import (
    BacktestReport,
    Calibration,
    Fairness,
    GroupFigures,
    Interval,
    Rate,
    ScoreBar,
)

# The curve has a point for every score; a table needs no more than so many of them.
_ROC_ROWS = 12


@dataclass(frozen=True, slots=True)
class Section:
    """One heading; `charts` are SVG texts, may be none, and everything in them is in the table too."""

    id: str
    title: str
    note: str
    charts: tuple[str, ...]
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def list_sections(report: BacktestReport, lang: Lang) -> list[Section]:
    """Every heading, the summary first."""
    words = _Words(report, lang)
    return [
        words.summary(), words.roc(), words.kinds(), words.grades(), words.scores(), words.calibration(),
        words.dimensions(), words.stability(), *words.fairness(), words.outcomes(),
    ]  # fmt: skip


def subtitle(report: BacktestReport, lang: Lang) -> str:
    """Which day, and what it was compared with."""
    return text("backtest.subtitle", lang, on=report.on, months=report.months, until=report.until)


def told(interval: Interval) -> str:
    """A figure with its interval: 0.812 (0.780–0.844)."""
    return f"{interval.value:.3f} ({interval.low:.3f}–{interval.high:.3f})"


def told_rate(rate: Rate, lang: Lang) -> str:
    """A rate with its interval and what it rests on, or that there are too few."""
    if rate.value is None or rate.low is None or rate.high is None:
        return text("backtest.too_few_to_say", lang)
    return f"{rate.value:.1%} ({rate.low:.1%}–{rate.high:.1%})"


class _Words:
    def __init__(self, report: BacktestReport, lang: Lang) -> None:
        self.report, self.lang = report, lang

    def say(self, key: str, **values: object) -> str:
        return text(f"backtest.{key}", self.lang, **values)

    def heads(self, *names: str) -> tuple[str, ...]:
        return tuple(self.say(f"col.{name}") for name in names)

    def why(self, reason: str) -> str:
        return self.say(
            f"why.{reason}", subjects=self.report.least_subjects, outcomes=self.report.least_outcomes
        )

    def own(self, zh: str, en: str) -> str:
        return zh if self.lang == "zh" else en

    def summary(self) -> Section:
        report, found = self.report, self.report.found
        share = f"{report.with_outcome / report.at_risk:.1%}"
        rows = [
            (self.say("at_risk"), f"{report.at_risk:,}"),
            (self.say("with_outcome"), f"{report.with_outcome:,} ({share})"),
            (self.say("not_graded"), f"{report.not_graded:,}"),
            (self.say("not_graded_with_outcome"), f"{report.not_graded_with_outcome:,}"),
            (self.say("auc_ranked"), told(found.ranked)),
            (self.say("auc_score"), told(found.score)),
            (self.say("auc_grade"), told(found.grade)),
            (self.say("ks", score=f"{found.ks_score:g}"), f"{found.ks:.3f}"),
            *self._calibrated(),
            *self._moved(),
        ]
        note = f"{self.say('interval')}{'；' if self.lang == 'zh' else '; '}{self.say('only_shares', cell=self.report.cell)}"
        return Section("summary", self.say("summary"), note, (), self.heads("figure", "value"), tuple(rows))

    def _calibrated(self) -> Iterator[tuple[str, str]]:
        made = self.report.calibration
        if made is None:
            yield self.say("error"), self.why(self.report.calibration_why)
            return
        yield self.say("error"), f"{made.error:.3f}"
        yield self.say("by_chance"), f"{made.by_chance:.3f}"
        yield self.say("brier", usual=f"{made.brier_rate:.4f}"), f"{made.brier:.4f}"

    def _moved(self) -> Iterator[tuple[str, str]]:
        made = self.report.stability
        if made is None:
            yield "PSI", self.why(self.report.stability_why)
        else:
            yield (
                self.say("psi", on=made.before_on, reading=self.say(f"psi.{made.reading}")),
                f"{made.psi:.3f}",
            )

    def roc(self) -> Section:
        points = self.report.roc
        chart = square(points, title=self.say("roc"), x=self.say("roc.x"), y=self.say("roc.y"))
        every = max(1, ceil(len(points) / _ROC_ROWS))
        kept = [*points[:-1:every], points[-1]]
        rows = tuple((f"{x:.1%}", f"{y:.1%}") for x, y in kept)
        return Section(
            "roc",
            self.say("roc"),
            self.say("roc.note"),
            (chart,),
            (self.say("roc.x"), self.say("roc.y")),
            rows,
        )

    def kinds(self) -> Section:
        rows = [
            (
                self.own(kind.zh, kind.en), f"{kind.at_risk:,}", "" if kind.with_outcome is None else f"{kind.with_outcome:,}",
                *(
                    (told(kind.found.ranked), told(kind.found.score), f"{kind.found.ks:.3f}")
                    if kind.found is not None
                    else (self.why(kind.why), "", "")
                ),
            )
            for kind in self.report.kinds
        ]  # fmt: skip
        head = (
            *self.heads("kind", "subjects", "found"), self.say("auc_ranked"), self.say("auc_score"), self.say("ks_plain"),
        )  # fmt: skip
        return Section("kinds", self.say("kinds"), self.say("kinds.note"), (), head, tuple(rows))

    def grades(self) -> Section:
        listed = self.report.grades
        shown = [(g.grade, *_three(g.found)) for g in listed if g.found.value is not None]
        top = nice(max([0.05, *(high for *_, high in shown)]))
        chart = ranges(shown, title=self.say("grades"), x=self.say("col.rate"), low=0.0, high=top)
        rows = tuple(
            (g.grade, f"{g.subjects:,}", _number(g.found), told_rate(g.found, self.lang)) for g in listed
        )
        head = self.heads("grade", "subjects", "found", "rate")
        return Section("grades", self.say("grades"), self.say("grades.note"), (chart,), head, rows)

    def scores(self) -> Section:
        bars = self.report.scores
        clean, found = sum(b.clean for b in bars) or 1, sum(b.found for b in bars) or 1
        names = (self.say("col.clean"), self.say("col.found"))
        chart = pairs(
            [_span(b) for b in bars], [b.clean / clean for b in bars], [b.found / found for b in bars],
            title=self.say("scores"), x=self.say("col.score"), names=names,
        )  # fmt: skip
        rows = tuple(
            (
                _span(b),
                f"{b.clean:,} ({b.clean / clean:.1%})",
                f"{b.found:,} ({b.found / found:.1%})",
            )
            for b in bars
        )
        return Section(
            "scores",
            self.say("scores"),
            self.say("scores.note"),
            (chart,),
            (self.say("col.score"), *names),
            rows,
        )

    def calibration(self) -> Section:
        made, title = self.report.calibration, self.say("calibration")
        if made is None:
            return Section("calibration", title, self.why(self.report.calibration_why), (), (), ())
        note = self.say(
            "calibration.note", on=made.fitted_on, until=self.report.on, subjects=f"{made.fitted_subjects:,}",
            outcomes=f"{made.fitted_outcomes:,}",
        )  # fmt: skip
        rows = tuple(
            (f"{b.number:,}", f"{b.predicted:.1%}", told_rate(b.observed, self.lang)) for b in made.bins
        )
        head = self.heads("subjects", "predicted", "observed")
        return Section("calibration", title, note, (self._calibration_chart(made),), head, rows)

    def _calibration_chart(self, made: Calibration) -> str:
        shown = [(b.predicted, *_three(b.observed)) for b in made.bins if b.observed.value is not None]
        top = nice(max([0.05, *(max(p, high) for p, _, _, high in shown)]))
        return square(
            [(predicted, value) for predicted, value, _, _ in shown], title=self.say("calibration"),
            x=self.say("calibration.x"), y=self.say("calibration.y"), top=top,
            bars=[(predicted, low, high) for predicted, _, low, high in shown], joined=False,
        )  # fmt: skip

    def dimensions(self) -> Section:
        listed = self.report.dimensions
        rows = tuple(
            (self.own(d.zh, d.en), f"{d.touched:,}", told(d.alone), told(d.without), f"{d.adds.value:+.3f} ({d.adds.low:+.3f}–{d.adds.high:+.3f})")
            for d in listed
        )  # fmt: skip
        alone = [(self.own(d.zh, d.en), d.alone.value, d.alone.low, d.alone.high) for d in listed]
        adds = [(self.own(d.zh, d.en), d.adds.value, d.adds.low, d.adds.high) for d in listed]
        low = min([0.4, *(row[2] for row in alone)])
        high = max([0.9, *(row[3] for row in alone)])
        most = max([0.05, *(max(abs(row[2]), abs(row[3])) for row in adds)])
        charts = (
            ranges(
                alone,
                title=self.say("col.alone"),
                x=self.say("col.alone"),
                low=low,
                high=high,
                mark=0.5,
                share=False,
            ),
            ranges(
                adds,
                title=self.say("col.adds"),
                x=self.say("col.adds"),
                low=-most,
                high=most,
                mark=0.0,
                share=False,
            ),
        )
        head = self.heads("dimension", "touched", "alone", "without", "adds")
        return Section("dimensions", self.say("dimensions"), self.say("dimensions.note"), charts, head, rows)

    def stability(self) -> Section:
        made, title = self.report.stability, self.say("stability")
        if made is None:
            return Section("stability", title, self.why(self.report.stability_why), (), (), ())
        labels = ["∞" if b.up_to is None else f"{b.up_to:g}" for b in made.bins]
        names = (str(made.before_on), str(self.report.on))
        chart = pairs(
            labels, [b.before for b in made.bins], [b.now for b in made.bins], title=title, x=self.say("col.up_to"), names=names,
        )  # fmt: skip
        note = self.say(
            "stability.note", on=made.before_on, slight=self.report.slight, marked=self.report.marked
        )
        rows = tuple(
            (label, f"{b.before:.1%}", f"{b.now:.1%}") for label, b in zip(labels, made.bins, strict=True)
        )
        return Section("stability", title, note, (chart,), (self.say("col.up_to"), *names), rows)

    def fairness(self) -> list[Section]:
        return [self._fair(each) for each in self.report.fairness]

    def _fair(self, made: Fairness) -> Section:
        title = self.say("fairness", by=self.say(f"by.{made.by}"))
        grades = list(dict.fromkeys(g for group in made.groups for g in group.shares))
        rows = tuple(
            (
                self._label(group), f"{group.subjects:,}", *(f"{group.shares.get(g, 0):.1%}" for g in grades),
                told_rate(group.false_alarms, self.lang), told_rate(group.misses, self.lang),
            )
            for group in made.groups
        )  # fmt: skip
        head = (*self.heads("group", "subjects"), *grades, *self.heads("false_alarms", "misses"))
        charts = tuple(
            chart
            for name, rates in (
                ("false_alarms", [(g, g.false_alarms) for g in made.groups]),
                ("misses", [(g, g.misses) for g in made.groups]),
            )
            if (chart := self._rates(name, rates))
        )
        note = self.say("fairness.note", alarm=self.report.alarm)
        return Section(f"fairness-{made.by}", title, note, charts, head, rows)

    def _rates(self, name: str, rates: Sequence[tuple[GroupFigures, Rate]]) -> str:
        shown = [(self._label(group), *_three(rate)) for group, rate in rates if rate.value is not None]
        if not shown:
            return ""
        top = nice(max([0.05, *(high for *_, high in shown)]))
        words = self.say(f"col.{name}")
        return ranges(shown, title=words, x=words, low=0.0, high=top)

    def _label(self, group: GroupFigures) -> str:
        return (
            self.say("others")
            if not group.label
            else self.say("unknown")
            if group.label == UNKNOWN
            else group.label
        )

    def outcomes(self) -> Section:
        rows = tuple(
            (self.own(o.zh, o.en), f"{o.records:,}", f"{o.subjects:,}") for o in self.report.outcomes
        )
        head = self.heads("outcome", "records", "subjects")
        return Section("outcomes", self.say("outcomes"), self.say("outcomes.note"), (), head, rows)


def _three(rate: Rate) -> tuple[float, float, float]:
    return rate.value or 0.0, rate.low or 0.0, rate.high or 0.0


def _span(bar: ScoreBar) -> str:
    return f"{bar.low}–{bar.high}"


def _number(rate: Rate) -> str:
    return "" if rate.count is None else f"{rate.count:,}"
