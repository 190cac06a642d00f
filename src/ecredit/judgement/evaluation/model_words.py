"""A grade model in words, part by part, in Chinese or English: for pages, for the console, and to tell two versions apart."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from ecredit.foundation.catalog.texts import Lang, text
from ecredit.foundation.catalog.types import Catalog, LawRef
from ecredit.judgement.evaluation.reason_texts import plain, signed
from ecredit.judgement.evaluation.types import (
    ALWAYS,
    AllOf,
    AnyOf,
    AtLeast,
    Below,
    Condition,
    Contains,
    GradeStep,
    Indicator,
    Measure,
    Model,
    Negation,
    OneOf,
    Present,
    StatusRule,
)

# What an indicator says, in the order it is told.
INDICATOR_PARTS: Final = (
    "title", "dimension", "source", "when", "points", "cap", "veto", "window", "decay", "tone", "remedy", "clause",
    "verified",
)  # fmt: skip
# And a model, its indicators aside.
MODEL_PARTS: Final = (
    "title", "label", "kinds", "marked_by", "precedence", "public", "base", "bounds", "scale", "little_known",
    "nothing_known", "statuses", "sector", "basis", "verified", "dimensions",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ModelWords:
    """Says a model's parts in one language; `catalog` knows what sources, columns and laws are called."""

    catalog: Catalog
    lang: Lang

    def model_part(self, model: Model, part: str) -> str:
        """What a part of `MODEL_PARTS` says in this model."""
        said: dict[str, Callable[[], str]] = {
            "title": lambda: self._either(model.title_zh, model.title_en),
            "label": lambda: model.version,
            "kinds": lambda: self._list(dict.fromkeys(map(self._kind, model.subject_kinds))),
            "marked_by": lambda: self._marked(model),
            "precedence": lambda: str(model.precedence),
            "public": lambda: self._say("yes" if model.public else "no"),
            "base": lambda: plain(model.base),
            "bounds": lambda: self._say("bounds", floor=plain(model.floor), ceiling=plain(model.ceiling)),
            "scale": lambda: self._scale(model.scale),
            "little_known": lambda: self._little(model),
            "nothing_known": lambda: (
                self._say("none")
                if model.nothing_known is None
                else self._either(model.nothing_known.zh, model.nothing_known.en)
            ),
            "statuses": lambda: (
                self._say("semicolon").join(map(self._status, model.statuses)) or self._say("none")
            ),
            "sector": lambda: self._sector(model),
            "basis": lambda: self._list(map(self.law, model.basis)),
            "verified": lambda: self._verified(model.verified),
            "dimensions": lambda: self._list(
                f"{self._either(d.zh, d.en)}（{self._verified(d.verified)}）" for d in model.dimensions
            ),
        }
        return said[part]()

    def indicator_part(self, model: Model, indicator: Indicator, part: str) -> str:
        """What a part of `INDICATOR_PARTS` says in this indicator."""
        if part == "points":
            return self._points(indicator)
        if part == "clause":
            return self._say("none") if indicator.clause is None else self.law(indicator.clause)
        if part == "when":
            return self.condition(indicator.when, indicator.source)
        if part == "remedy":
            return self._remedy(indicator)
        if part == "window":
            return self._window(indicator)
        said: dict[str, Callable[[], str]] = {
            "title": lambda: self._either(indicator.title_zh, indicator.title_en),
            "dimension": lambda: self.dimension(model, indicator.dimension),
            "source": lambda: self.source(indicator.source),
            "cap": lambda: (
                self._say("none") if indicator.cap is None else self._say("cap", cap=plain(indicator.cap))
            ),
            "veto": lambda: (
                self._say("none") if indicator.veto is None else self._say("veto", grade=indicator.veto)
            ),
            "decay": lambda: (
                self._say("no_decay")
                if indicator.half_from is None
                else self._say("half", months=indicator.half_from)
            ),
            "tone": lambda: self._say(f"tone_{indicator.tone}"),
            "verified": lambda: self._verified(indicator.verified),
        }
        return said[part]()

    def part(self, part: str) -> str:
        """What a part is called."""
        return text(f"model.part.{part}", self.lang)

    def indicator(self, indicator: Indicator) -> str:
        """What an indicator is called."""
        return self._either(indicator.title_zh, indicator.title_en)

    def dimension(self, model: Model, dimension: str) -> str:
        """What the heading of an indicator is called."""
        found = next((d for d in model.dimensions if d.id == dimension), None)
        return self._say("none") if found is None else self._either(found.zh, found.en)

    def source(self, source_id: str) -> str:
        """What a source is called."""
        source = self.catalog.sources.get(source_id)
        return source_id if source is None else self._either(source.title_zh, source.title_en)

    def law(self, ref: LawRef) -> str:
        """A law and its article."""
        law = self.catalog.laws.get(ref.law)
        title = ref.law if law is None else self._either(f"《{law.title}》", law.en or f"《{law.title}》")
        return title if ref.article is None else self._say("article", law=title, article=ref.article)

    def condition(self, condition: Condition, source_id: str) -> str:
        """Which records of a source are meant."""
        if isinstance(condition, AllOf | OneOf):
            if not condition.parts:
                return self._say("all_records" if isinstance(condition, AllOf) else "no_record")
            joint = self._say("and" if isinstance(condition, AllOf) else "or")
            return joint.join(self._within(part, source_id) for part in condition.parts)
        if isinstance(condition, Negation):
            return self._say("not", part=self.condition(condition.part, source_id))
        column = self._column(source_id, condition.column)
        match condition:
            case AnyOf(_, values, separators):
                return self._say(
                    "any_part" if separators else "any_of", column=column, values=self._list(values)
                )
            case Contains(_, pieces):
                return self._say("contains", column=column, values=self._list(pieces))
            case AtLeast(_, bound):
                return self._say("at_least", column=column, bound=plain(bound))
            case Below(_, bound):
                return self._say("below", column=column, bound=plain(bound))
            case Present():
                return self._say("present", column=column)

    def _within(self, part: Condition, source_id: str) -> str:
        said = self.condition(part, source_id)
        several = isinstance(part, AllOf | OneOf) and len(part.parts) > 1
        return self._say("group", part=said) if several else said

    def _marked(self, model: Model) -> str:
        said = self._list(map(self.source, model.marked_by))
        if model.marked_when == ALWAYS:
            return said
        when = self.condition(model.marked_when, model.marked_by[0] if model.marked_by else "")
        return f"{said}{self._say('group', part=when)}"

    def _points(self, indicator: Indicator) -> str:
        column = "" if indicator.column is None else self._column(indicator.source, indicator.column)
        if indicator.measure is Measure.LATEST:
            values = self._list(
                self._say("value", value=value, points=signed(points))
                for value, points in sorted(indicator.values.items(), key=lambda pair: (-pair[1], pair[0]))
            )
            return self._say("latest", column=column, values=values, otherwise=signed(indicator.otherwise))
        return self._say(str(indicator.measure), column=column, points=signed(indicator.points))

    def _window(self, indicator: Indicator) -> str:
        window = indicator.window
        if window.months is None:
            return self._say("window_valid" if window.while_valid else "window_always")
        return self._say("window_both" if window.while_valid else "window_months", months=window.months)

    def _remedy(self, indicator: Indicator) -> str:
        remedy = indicator.remedy
        if remedy is None:
            return self._say("none")
        said = self._either(remedy.zh, remedy.en)
        if remedy.after_months is None:
            return said
        return self._say("remedy_after", remedy=said, months=remedy.after_months)

    def _scale(self, scale: Iterable[GradeStep]) -> str:
        return self._list(
            self._say("last_step", grade=step.grade, name=self._either(step.zh, step.en))
            if step.at_least is None
            else self._say(
                "step",
                grade=step.grade,
                name=self._either(step.zh, step.en),
                at_least=plain(step.at_least),
            )
            for step in scale
        )

    def _little(self, model: Model) -> str:
        little = model.little_known
        if little is None:
            return self._say("none")
        return self._say("little", sources=self._list(map(self.source, little.besides)), grade=little.best)

    def _status(self, rule: StatusRule) -> str:
        held = {"states": self._list(rule.statuses), "words": self._either(rule.zh, rule.en)}
        return (
            self._say("status_none", **held)
            if rule.best is None
            else self._say("status_best", grade=rule.best, **held)
        )

    def _sector(self, model: Model) -> str:
        if model.sector is None:
            return self._say("none")
        caps = self._list(
            self._say("sector_cap", grade=cap.grade, best=cap.best) for cap in model.sector.caps
        )
        return self._say("sector", scale=self._scale(model.sector.scale), caps=caps)

    def _kind(self, kind: str) -> str:
        """A kind by its name in the register's table, however it is written."""
        table = self.catalog.code_tables.get("subject_kind")
        entry = None if table is None else table.lookup(kind)
        return kind if entry is None else self._either(entry.zh, entry.en)

    def _verified(self, verified: bool) -> str:
        return self._say("verified" if verified else "unverified")

    def _column(self, source_id: str, code: str) -> str:
        source = self.catalog.sources.get(source_id)
        columns = () if source is None else source.columns
        return next((column.name for column in columns if column.code == code), code)

    def _list(self, words: Iterable[str]) -> str:
        return self._say("comma").join(words) or self._say("none")

    def _either(self, zh: str, en: str) -> str:
        return zh if self.lang == "zh" else en

    def _say(self, key: str, **values: object) -> str:
        return text(f"model.say.{key}", self.lang, **values)
