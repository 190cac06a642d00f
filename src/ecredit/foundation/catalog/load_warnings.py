"""Reads `warnings/*.yaml`: the rules of early warning, one a file."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from pathlib import Path

from ecredit.foundation.catalog.field_words import read_whole, read_words
from ecredit.foundation.catalog.flag_types import FLAG_KINDS
from ecredit.foundation.catalog.load_laws import read_basis
from ecredit.foundation.catalog.rating_types import DIRECTIONS
from ecredit.foundation.catalog.types import Source
from ecredit.foundation.catalog.warning_types import (
    ABOUT,
    CONDITION_KINDS,
    FINDING_STATES,
    GAP_STATES,
    LETTERS,
    SEVERITIES,
    Addressee,
    Escalation,
    FindingStands,
    GapStands,
    GradeFell,
    GradeLow,
    IndicatorPast,
    RatingFell,
    RatingLow,
    RecordsCount,
    ReportOverdue,
    RunningOut,
    WarningCondition,
    WarningRule,
)
from ecredit.foundation.catalog.yaml_nodes import FaultLog, Fields, Place, nearest, read_fields

_NOBODY = Addressee("subject")
_LEAST = Decimal(-1)


def load_warnings(root: Path, sources: Mapping[str, Source], log: FaultLog) -> dict[str, WarningRule]:
    """Return the rules by id, in the order of their files' names; a catalogue without any warns of nothing."""
    rules: dict[str, WarningRule] = {}
    for path in sorted((root / "warnings").glob("*.yaml")):
        fields = read_fields(path, root, log)
        if fields is None:
            continue
        rule = _read(fields, sources)
        if rule.id != path.stem:
            fields.fault(
                "id", "wrong_name", f"文件名应为 {rule.id}.yaml", f"the file should be called {rule.id}.yaml"
            )
        rules[rule.id] = rule
    return rules


def _read(fields: Fields, sources: Mapping[str, Source]) -> WarningRule:
    title, about, expects = (read_words(fields, key) for key in ("title", "about", "expects"))
    valid_from, valid_to = fields.period()
    kind, looks_at = _looks_at(fields, sources)
    basis = read_basis(fields)
    place = fields.at("looks_at")
    rule = WarningRule(
        id=fields.text("id"),
        title_zh=title[0],
        title_en=title[1],
        about_zh=about[0],
        about_en=about[1],
        valid_from=valid_from,
        valid_to=valid_to,
        looks_at=looks_at,
        kind=kind,
        with_shop=fields.flag("with_shop", default=False),
        to=_to(fields),
        severity=fields.one_of("severity", SEVERITIES),
        expects_zh=expects[0],
        expects_en=expects[1],
        workdays=read_whole(fields, "workdays", 1),
        escalates=_escalates(fields),
        law="" if basis is None else basis.law,
        article=None if basis is None else basis.article,
        verified=fields.flag("verified"),
        file=place.file,
        line=place.line,
        answered_by=fields.one_of("answered_by", ("all", "first"), default="all"),
    )
    fields.done()
    return rule


def _maybe_whole(fields: Fields, key: str, least: int = 0) -> int | None:
    return read_whole(fields, key, least) if fields.has(key) else None


def _number(fields: Fields, key: str, low: float, high: float) -> float:
    number = fields.decimal(key)
    if number is None or not low <= number <= high:
        fields.fault(
            key, "bad_number", f"{key} 应在 {low} 至 {high} 之间", f"{key} should be between {low} and {high}"
        )
        return low
    return float(number)


def _looks_at(fields: Fields, sources: Mapping[str, Source]) -> tuple[str, WarningCondition]:
    part = fields.sub("looks_at")
    if part is None:
        fields.fault(
            "looks_at", "missing_key", "缺少 looks_at；请补上", "looks_at is missing; add what it looks at"
        )
        return "grade_low", GradeLow(LETTERS[-1])
    kind = part.one_of("kind", tuple(CONDITION_KINDS))
    read = _condition(kind, part, sources)
    part.done()
    return kind, read


def _condition(kind: str, part: Fields, sources: Mapping[str, Source]) -> WarningCondition:
    match kind:
        case "grade_fell":
            return GradeFell(read_whole(part, "steps", 1), read_whole(part, "within_days", 1))
        case "grade_low":
            return GradeLow(part.one_of("worst", LETTERS))
        case "indicator":
            points = part.decimal("points")
            if points is None or points >= 0:
                part.fault("points", "bad_number", "points 应小于 0", "points should be below 0")
            return IndicatorPast(
                _some(part, "indicators"), points if points is not None and points < 0 else _LEAST
            )
        case "records":
            return _records(part, sources)
        case "rating":
            return RatingLow(
                part.one_of("rule", DIRECTIONS), _number(part, "below", 1, 5), read_whole(part, "least", 1)
            )
        case "rating_fell":
            return RatingFell(
                part.one_of("rule", DIRECTIONS),
                _number(part, "by", 0, 4),
                read_whole(part, "within_days", 1),
                read_whole(part, "least", 1),
            )
        case "finding":
            return FindingStands(
                part.one_of("state", FINDING_STATES),
                _number(part, "score", 0, 1),
                _known(part, "kinds", FLAG_KINDS),
                part.flag("victim", default=False),
            )
        case "gap":
            return GapStands(part.one_of("state", GAP_STATES), part.texts("checks"))
        case "running_out":
            return _running_out(part, sources)
        case _:
            known = tuple(id for id, source in sources.items() if source.deadline.kind == "periodic")
            return ReportOverdue(_known(part, "sources", known), read_whole(part, "workdays"))


def _records(part: Fields, sources: Mapping[str, Source]) -> RecordsCount:
    named = _known(part, "sources", sources)
    if not named:
        _some(part, "sources")
    return RecordsCount(
        sources=named,
        days=_maybe_whole(part, "days", 1) or 0,
        least=read_whole(part, "least", 1),
        where=_where(part, [sources[id] for id in named]),
        newest=part.flag("newest", default=False),
        about=part.one_of("about", ABOUT, "subject"),
    )


def _running_out(part: Fields, sources: Mapping[str, Source]) -> RunningOut:
    source = sources.get(part.one_of("source", tuple(sources)) if sources else "")
    column = part.maybe_text("column") or (source.ends if source is not None else None) or ""
    within, lapsed = _maybe_whole(part, "within_days"), _maybe_whole(part, "lapsed_days", 1)
    if within is None and lapsed is None:
        part.fault(
            "within_days",
            "missing_key",
            "应写 within_days（将到期）或 lapsed_days（已到期）",
            "write within_days (runs out) or lapsed_days (has run out)",
        )
    per = part.texts("per")
    if source is not None:
        for code, key in ((column, "column"), *((code, "per") for code in per)):
            _check_column(part, key, code, source)
        if column in {c.code for c in source.columns} and source.column(column).type != "date":
            part.fault("column", "bad_type", f"{column} 不是日期列", f"{column} is no column of days")
    return RunningOut(
        source="" if source is None else source.id,
        column=column,
        months=_maybe_whole(part, "months", 1) or 0,
        within_days=within,
        lapsed_days=lapsed,
        per=per,
        where=_where(part, [] if source is None else [source]),
        about=part.one_of("about", ABOUT, "subject"),
        least=_maybe_whole(part, "least", 1) or 1,
    )


def _where(part: Fields, sources: list[Source]) -> dict[str, tuple[str, ...]]:
    """Columns and the values they may hold; a value of a code table has to be one of its codes."""
    given = part.sub("where")
    if given is None:
        return {}
    found = {}
    for code in given.names():
        for source in sources:
            _check_column(given, code, code, source)
        found[code] = _some(given, code)
        tables = {c.lookup for s in sources for c in s.columns if c.code == code and c.lookup is not None}
        for value, place in given.placed_texts(code):
            for table in tables:
                given.log.refer(f"code:{table}", value, place)
    given.done()
    return found


def _check_column(part: Fields, key: str, code: str, source: Source) -> None:
    known = [column.code for column in source.columns]
    if code in known and source.column(code).sealed:
        part.fault(
            key,
            "personal_open",
            f"{code} 是加密保存的列，不能用于预警",
            f"{code} is sealed and no rule looks at it",
        )
    if code not in known:
        zh, en = nearest(code, known)
        part.fault(
            key,
            "unknown_column",
            f"数据源 {source.id} 没有列 {code or '（空）'}；{zh}",
            f"the source {source.id} has no column {code or '(none)'}; {en}",
        )


def _known(part: Fields, key: str, allowed: Collection[str]) -> tuple[str, ...]:
    """A list of words, each one of the allowed; others are told and left out."""
    found = []
    for word, place in part.placed_texts(key):
        if word in allowed:
            found.append(word)
            continue
        zh, en = nearest(word, allowed)
        part.log.add(place, "bad_choice", f"{key} 不能是 {word}；{zh}", f"{key} cannot be {word}; {en}")
    return tuple(found)


def _some(part: Fields, key: str) -> tuple[str, ...]:
    words = part.texts(key)
    if not words:
        part.fault(key, "missing_key", f"{key} 至少写一个", f"write at least one {key}")
    return words


def _to(fields: Fields) -> tuple[Addressee, ...]:
    found = tuple(_addressee(fields, word, place, "to") for word, place in fields.placed_texts("to"))
    if not any(one.kind in ("department", "lead") for one in found):
        fields.fault(
            "to",
            "nobody_reached",
            "to 里至少写一个部门（lead:T13 或 department:gongshang），否则预警可能无人收到",
            "name a department in to (lead:T13 or department:gongshang), or a warning may reach nobody",
        )
    return found


def _addressee(fields: Fields, word: str, place: Place, key: str) -> Addressee:
    kind, _, named = word.partition(":")
    if kind in ("subject", "platform") and not named:
        return Addressee("subject" if kind == "subject" else "platform")
    if kind == "lead" and named:
        fields.log.refer("task", named, place)
        return Addressee("lead", named)
    if kind == "department" and named:
        fields.log.refer("department", named, place)
        return Addressee("department", named)
    fields.log.add(
        place,
        "bad_choice",
        f"{key} 不能是 {word}；可用的有：subject、platform、lead:任务编号、department:部门编号",
        f"{key} cannot be {word}; use subject, platform, lead:<task> or department:<id>",
    )
    return _NOBODY


def _escalates(fields: Fields) -> Escalation:
    part = fields.sub("escalates")
    if part is None:
        fields.fault(
            "escalates",
            "missing_key",
            "缺少 escalates；请写明逾期后报给谁",
            "escalates is missing; say who is told when the answer is late",
        )
        return Escalation(_NOBODY, 0)
    word = part.text("to")
    found = Escalation(_addressee(part, word, part.at("to"), "to"), read_whole(part, "workdays"))
    if found.to.kind not in ("department", "lead"):
        part.fault("to", "nobody_reached", "escalates 应报给一个部门", "it escalates to a department")
    part.done()
    return found
