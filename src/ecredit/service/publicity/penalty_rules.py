"""How long a penalty is shown: its class by the kinds of penalty in it, and what a sector's own order says.

信用修复管理办法 (order 36): minor matters are not shown; the term counts from the day of the decision; at the longest
term showing stops by itself. 市场监督管理行政处罚信息公示规定 (order 45) arts. 2 and 13: the market regulators' own terms.
Which kind is in which class, and which order prevails, is data (`catalog/publicity/`).
"""

import re
from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache

from ecredit.foundation.catalog.types import Catalog, Department, SectorException, TermClass, TermRule
from ecredit.foundation.kernel.periods import add_months
from ecredit.service.publicity.clauses import clause_text
from ecredit.service.publicity.document import Document
from ecredit.service.publicity.term import Term

# Order 45 art. 13: only these may be shown longer than the fixed term, for as long as the restriction lasts.
RESTRICTIONS = frozenset({"限制开展生产经营活动", "限制从业"})
# Columns that name the deciding authority. The supplier counts where no source column does.
AUTHORITY_COLUMNS = ("CF_CFJG", "authority")
_SEPARATORS = re.compile("[;；]")
_CITY = re.compile(r"^(?:\w{2,3}?市|市)(?=\w{4})")
_SHORTEST_CORE = 5  # characters; 工商局 or 海关 alone would fit too many names


def penalty_term(rule: TermRule, document: Document, catalog: Catalog) -> Term:
    """The term of a penalty under one edition of the rule."""
    kinds = read_kinds(rule, document, catalog)
    by_class = _class_term(rule, kinds, document, catalog)
    exception = _find_exception(rule, kinds, document, catalog)
    if exception is None:
        return by_class
    by_sector = _sector_term(exception, kinds, document, catalog)
    if rule.precedence == "exception" or by_sector.ends_before(by_class):
        return by_sector
    return by_class


def read_kinds(rule: TermRule, document: Document, catalog: Catalog) -> tuple[str, ...]:
    """The penalty kinds of a document, as the code table names them; an unknown one stays as written."""
    column = document.column(rule.columns.get("kinds", ()))
    if column is None:
        return ()
    table = catalog.code_tables.get(column.lookup or "")
    words = (word.strip() for word in _SEPARATORS.split(document.value(column.code)))
    found = []
    for word in words:
        entry = table.lookup(word) if table is not None and word else None
        if word:
            found.append(entry.code if entry is not None else word)
    return tuple(dict.fromkeys(found))


def _class_term(rule: TermRule, kinds: tuple[str, ...], document: Document, catalog: Catalog) -> Term:
    """Several kinds: the heaviest class. A kind without a class is taken for the rule's default class."""
    best: TermClass | None = None
    for kind in kinds or ("",):
        found = _find_class(catalog, rule, rule.classes.get(kind, rule.default_class or ""))
        if found is None:
            return Term.hidden("no_rule", clause_text(catalog, rule.basis))
        if best is None or _weight(found) > _weight(best):
            best = found
    if best is None:  # the loop above ran at least once
        raise AssertionError
    clause = clause_text(catalog, best.basis or rule.basis)
    verified = rule.verified and best.verified and bool(kinds) and rule.verified_kinds.issuperset(kinds)
    if not best.shown:
        return Term.hidden("class_hidden", clause, best.id, verified, name=best.name)
    return Term(
        shown=True,
        until=None if best.max_months is None else add_months(document.occurred_on, best.max_months),
        repairable_from=add_months(document.occurred_on, best.min_months) if best.min_months else None,
        term_class=best.id,
        clause=clause,
        limit=(best.name, best.max_months),
        verified=verified,
    )


def _find_class(catalog: Catalog, rule: TermRule, class_id: str) -> TermClass | None:
    """The edition of a class that goes with an edition of the rule."""
    day = rule.valid_from
    if day is None and rule.valid_to is not None:
        day = rule.valid_to - timedelta(days=1)
    return catalog.find_term_class(class_id, day or date.max)


def _weight(term_class: TermClass) -> tuple[bool, int, int]:
    longest = 10_000 if term_class.max_months is None else term_class.max_months
    return (term_class.shown, longest, term_class.min_months)


def _find_exception(
    rule: TermRule, kinds: tuple[str, ...], document: Document, catalog: Catalog
) -> SectorException | None:
    """The first exception, in the order written, whose authority, kinds and fine fit."""
    if not rule.exceptions:
        return None
    fine = document.amount_wan(document.column(rule.columns.get("fine", ())))
    for exception in rule.exceptions:
        if exception.only_kinds and not (kinds and set(kinds) <= set(exception.only_kinds)):
            continue
        if exception.fine_below is not None and not (fine is not None and fine < exception.fine_below):
            continue
        if _decided_by(exception.authorities, document, catalog):
            return exception
    return None


def _sector_term(
    exception: SectorException, kinds: tuple[str, ...], document: Document, catalog: Catalog
) -> Term:
    clause = clause_text(catalog, exception.law)
    if not exception.shown:
        return Term.hidden("sector_hidden", clause, None, exception.verified, condition=exception.condition)
    begins = document.published_on if exception.counted_from == "publication" else document.occurred_on
    until = None if exception.months is None else add_months(begins, exception.months)
    if until is not None and exception.until_column and RESTRICTIONS.intersection(kinds):
        restricted = document.value(exception.until_column)
        last = document.day(exception.until_column)
        if restricted and last is None:
            until = None  # restricted without end
        elif last is not None:
            until = max(until, last + timedelta(days=1))
    return Term(
        shown=True,
        until=until,
        repairable_from=None,
        term_class=None,
        clause=clause,
        condition=exception.condition,
        verified=exception.verified,
    )


def _decided_by(authorities: Iterable[str], document: Document, catalog: Catalog) -> bool:
    """Tell whether one of these departments, or a district office of it, made the decision."""
    column = document.column(AUTHORITY_COLUMNS)
    named = document.value(column.code if column else None) or document.supplier
    found = catalog.find_department(named)
    wanted = set(authorities)
    if found is not None:
        return found.id in wanted
    return any(
        named.endswith(core)
        for department in catalog.departments.values()
        if department.id in wanted or department.merged_into in wanted
        for core in _cores(department)
    )


@lru_cache(maxsize=256)
def _cores(department: Department) -> tuple[str, ...]:
    """The names of a department without its city: what the names of its district offices end with."""
    names = (department.name, *(former.name for former in department.names))
    return tuple(core for name in names if len(core := _CITY.sub("", name)) >= _SHORTEST_CORE)
