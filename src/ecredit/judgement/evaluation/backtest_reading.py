"""Reads `catalog/backtest.yaml`: what counts as misconduct found later, checked against sources and laws."""

from decimal import Decimal
from pathlib import Path

from ecredit.foundation.catalog.errors import CatalogError
from ecredit.foundation.catalog.types import Catalog, LawRef, Source
from ecredit.foundation.catalog.yaml_nodes import FaultLog, Fields, nearest, read_fields
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.judgement.evaluation.backtest_types import BacktestRules, Groups, Outcome
from ecredit.judgement.evaluation.condition_reading import read_condition
from ecredit.judgement.evaluation.indicator_reading import read_law

FILE = "backtest.yaml"
_NO_GROUPS = Groups("", "", "", "", ())


def load_backtest(folder: Path, catalog: Catalog) -> BacktestRules:
    """Read the rules of back-testing. Raises CatalogError with every fault, WrongUse where a city has not written any."""
    path = folder / FILE
    if not path.exists():
        raise WrongUse(
            "没有 catalog/backtest.yaml，不知道哪些记录算以后的失信；请先写好",
            "there is no catalog/backtest.yaml, so nothing says which records count as later misconduct; write it first",
        )
    log = FaultLog()
    fields = read_fields(path, folder, log)
    rules = None if fields is None else _read(fields, catalog)
    if log.faults or rules is None:
        raise CatalogError(log.faults)
    return rules


def _read(fields: Fields, catalog: Catalog) -> BacktestRules:
    least, psi = fields.sub("least"), fields.sub("psi")
    outcomes = tuple(_outcome(part, catalog) for part in fields.subs("outcomes"))
    if not outcomes:
        fields.fault("outcomes", "empty_list", "outcomes 至少要有一项", "outcomes needs at least one")
    for doubled in {o.id for n, o in enumerate(outcomes) if o.id in {each.id for each in outcomes[:n]}}:
        fields.fault(
            "outcomes", "duplicate_id", f"{doubled} 写了两次；请删去一个", f"{doubled} is written twice"
        )
    rules = BacktestRules(
        outcomes=outcomes,
        months=_whole(fields, "months", 1),
        alarm=fields.text("alarm"),
        least_subjects=0 if least is None else _whole(least, "subjects", 2),
        least_outcomes=0 if least is None else _whole(least, "outcomes", 1),
        cell=_whole(fields, "cell", 1),
        bins=_whole(fields, "bins", 2),
        slight=0.0 if psi is None else float(psi.decimal("slight") or 0),
        marked=0.0 if psi is None else float(psi.decimal("marked") or 0),
        groups=_groups(fields, catalog),
    )
    if least is None:
        fields.fault("least", "missing_key", "缺少 least；请补上", "least is missing; add it")
    else:
        least.done()
    if psi is None or not 0 < rules.slight < rules.marked:
        fields.fault(
            "psi",
            "bad_number",
            "psi 应写 {slight: 大于 0, marked: 比它大}",
            "psi should be {slight, marked} rising",
        )
    else:
        psi.done()
    fields.done()
    return rules


def _whole(fields: Fields, key: str, least: int) -> int:
    number = fields.whole(key)
    if number is None or number < least:
        fields.fault(
            key,
            "bad_number",
            f"{key} 应为 {least} 或以上的整数",
            f"{key} should be a whole number not below {least}",
        )
        return least
    return number


def _outcome(fields: Fields, catalog: Catalog) -> Outcome:
    source = _source(fields, catalog)
    title, clause, day = fields.sub("title"), fields.sub("clause"), fields.maybe_text("day")
    if title is None:
        fields.fault("title", "missing_key", "缺少 title；请补上", "title is missing; add it")
    if clause is None:
        fields.fault(
            "clause", "no_law", "算作失信须写明法规依据 clause", "misconduct must name its law: clause"
        )
    if day is not None and source is not None:
        _date_column(fields, "day", source)
    made = Outcome(
        id=fields.text("id"),
        zh="" if title is None else title.text("zh"),
        en="" if title is None else title.text("en"),
        source="" if source is None else source.id,
        when=read_condition(fields, "when", source, catalog),
        day=day,
        clause=LawRef("", None) if clause is None else read_law(clause, catalog),
        verified=fields.flag("verified"),
    )
    if title is not None:
        title.done()
    fields.done()
    return made


def _date_column(fields: Fields, key: str, source: Source) -> None:
    dates = [column.code for column in source.columns if column.type == "date"]
    if fields.text(key) not in dates:
        zh, en = nearest(fields.text(key), dates)
        fields.fault(
            key, "unknown_column", f"{source.id} 没有这个日期列；{zh}", f"{source.id} has no such day; {en}"
        )


def _source(fields: Fields, catalog: Catalog) -> Source | None:
    name = fields.text("source")
    found = catalog.sources.get(name)
    if found is None and name:
        zh, en = nearest(name, list(catalog.sources))
        fields.fault(
            "source", "unknown_source", f"没有名为 {name} 的数据源；{zh}", f"there is no source {name}; {en}"
        )
    return found


def _groups(fields: Fields, catalog: Catalog) -> Groups:
    part = fields.sub("groups")
    if part is None:
        fields.fault("groups", "missing_key", "缺少 groups；请补上", "groups is missing; add it")
        return _NO_GROUPS
    source = _source(part, catalog)
    codes = [] if source is None else [column.code for column in source.columns if column.personal == "none"]
    for key in ("sector", "district", "capital"):
        if source is not None and part.text(key) not in codes:
            zh, en = nearest(part.text(key), codes)
            part.fault(
                key,
                "unknown_column",
                f"数据源 {source.id} 没有这一列；{zh}",
                f"{source.id} has no such column; {en}",
            )
    below = part.wholes("capital_below")
    if not below or list(below) != sorted(set(below)) or below[0] <= 0:
        part.fault(
            "capital_below",
            "bad_number",
            "capital_below 应为一列由小到大的正整数",
            "capital_below should rise from above 0",
        )
    made = Groups(
        "" if source is None else source.id,
        part.text("sector"),
        part.text("district"),
        part.text("capital"),
        tuple(map(Decimal, below)),
    )
    part.done()
    return made
