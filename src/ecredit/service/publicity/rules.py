"""What may everyone see, from when, until when? Pure: values and days in, a decision with its clause out.

A document is shown on a day only if the edition of the rule in force that day lets it be seen, and the edition in
force when it was decided as well: a later, longer term does not reach back, a later, shorter one takes effect on its
first day, and what has ended never comes back. Sources: 信用修复管理办法 (order 36) and what it replaced, order 45 for the
market regulators (see penalty_rules.py), 个人信息保护法 art. 6 for the smallest scope.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from ecredit.foundation.catalog.types import Catalog, Source, TermRule
from ecredit.foundation.kernel.periods import add_months
from ecredit.service.publicity.clauses import clause_text
from ecredit.service.publicity.document import Document, read_day
from ecredit.service.publicity.penalty_rules import AUTHORITY_COLUMNS, penalty_term
from ecredit.service.publicity.term import Term
from ecredit.service.publicity.types import PublicityDecision

_STATUS_TABLE, _NOT_VALID = "licence_status", "2"
_REMEMBERED = 20_000  # decisions kept at hand for the next document that is alike


def decide_publicity(
    source: Source,
    values: Mapping[str, str],
    occurred_on: date | None,
    received_on: date,
    at: date,
    catalog: Catalog,
    *,
    supplier: str = "",
) -> PublicityDecision:
    """Decide whether, from when and until when a document may be seen, and whether on the day `at`.

    `values` by column code (dates ISO, code tables by Chinese name); `supplier` is the department id of the sender.
    """
    return SourceRules(source, catalog).decide(values, occurred_on, received_on, at, supplier=supplier)


class SourceRules:
    """The rules for the documents of one source, put in order once for many documents."""

    def __init__(self, source: Source, catalog: Catalog) -> None:
        self.source, self.catalog = source, catalog
        self._columns = {column.code: column for column in source.columns}
        self._editions = _editions(catalog, source.publicity)
        self._found = [(found, _editions(catalog, found.rule)) for found in source.found_terms]
        every = (*self._editions, *(rule for _, editions in self._found for rule in editions))
        self._read = _columns_read(source, every)
        self._known: dict[tuple[object, ...], PublicityDecision] = {}

    def decide(
        self,
        values: Mapping[str, str],
        occurred_on: date | None,
        received_on: date,
        at: date,
        *,
        supplier: str = "",
    ) -> PublicityDecision:
        """As `decide_publicity`, for one document of this source."""
        # Many documents of a source agree in all that counts: registrations of one day, decisions of one kind and day.
        key = (occurred_on, received_on, at, supplier, *(values.get(code) for code in self._read))
        known = self._known.get(key)
        if known is None:
            known = self._decide(values, occurred_on or received_on, received_on, at, supplier)
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[key] = known
        return known

    def _decide(
        self, values: Mapping[str, str], occurred: date, received_on: date, at: date, supplier: str
    ) -> PublicityDecision:
        editions = self._editions
        for found, own_editions in self._found:
            if values.get(found.column) == found.value:
                # What was found is a decision of its own: its term counts from its own day.
                editions, occurred = own_editions, read_day(values.get(found.counted_from, "")) or occurred
                break
        published = max(occurred, received_on)
        document = Document(self.source, self._columns, values, occurred, published, supplier)
        if self.source.publicity == "none":
            term, until = Term.hidden("private", "", verified=self.source.verified), None
        else:
            term, until = self._walk_editions(document, editions)
        return _decision(term, document, until, received_on, at)

    def _walk_editions(self, document: Document, editions: Sequence[TermRule]) -> tuple[Term, date | None]:
        """The term that ends the showing, and the first day it is not shown (the first possible day when never)."""
        day = document.published_on
        ending = Term.hidden("no_rule", "")
        end: date | None = day
        terms: dict[int, Term] = {}
        for rule in editions:
            if rule.valid_to is not None and rule.valid_to <= day:
                continue
            if (rule.valid_from or date.min) > day:
                break
            ending = terms[id(rule)] = term_of(rule, document, self.catalog)
            end = _end_in(rule, ending, day)
            if end is None or end < (rule.valid_to or date.max) or not ending.shown:
                break
            day = end
        first = next((rule for rule in editions if rule.in_force(document.occurred_on)), None)
        if first is not None:
            decided_under = terms.get(id(first)) or term_of(first, document, self.catalog)
            if not decided_under.shown:
                return decided_under, document.published_on
            if decided_under.until is not None and (end is None or decided_under.until < end):
                return decided_under, decided_under.until
        return ending, end


def _editions(catalog: Catalog, rule_id: str) -> list[TermRule]:
    """The editions of a rule, in order."""
    found = (rule for rule in catalog.term_rules if rule.id == rule_id)
    return sorted(found, key=lambda rule: rule.valid_from or date.min)


def _columns_read(source: Source, editions: Iterable[TermRule]) -> tuple[str, ...]:
    """Every column that a decision about a document of this source can depend on."""
    read = {source.ends or "", *AUTHORITY_COLUMNS}
    read.update(code for found in source.found_terms for code in (found.column, found.counted_from))
    for rule in editions:
        for codes in rule.columns.values():
            read.update(codes)
        read.update(exception.until_column or "" for exception in rule.exceptions)
    read.update(column.code for column in source.columns if column.lookup == _STATUS_TABLE)
    return tuple(sorted(read & {column.code for column in source.columns}))


def _end_in(rule: TermRule, term: Term, day: date) -> date | None:
    """The first day not shown any more if this edition is in force from `day` on; None: never."""
    if not term.shown:
        return day
    ends = [limit for limit in (term.until, rule.valid_to) if limit is not None]
    return max(day, min(ends)) if ends else None


def term_of(rule: TermRule, document: Document, catalog: Catalog) -> Term:
    """How long one edition of a rule lets a document be seen, never longer than its supplier says."""
    term = (
        penalty_term(rule, document, catalog)
        if rule.kind == "by_penalty_kind"
        else _plain_term(rule, document, catalog)
    )
    column = document.column(rule.columns.get("own_until", ()))
    last = document.day(column.code) if column else None
    if last is None or not term.shown:
        return term
    own_end = last + timedelta(days=1)
    return term if term.until is not None and term.until <= own_end else _cut(term, own_end)


def _plain_term(rule: TermRule, document: Document, catalog: Catalog) -> Term:
    clause = clause_text(catalog, rule.basis)
    until: date | None = None
    ends = document.day(document.source.ends)
    if rule.kind == "none":
        return Term.hidden("private", clause, verified=rule.verified)
    if rule.kind == "while_valid":
        if _is_marked_invalid(document, catalog):
            return Term.hidden("not_valid", clause, verified=rule.verified)
        # The last day of validity is a day of validity.
        until = None if ends is None else ends + timedelta(days=1)
    elif rule.kind == "while_valid_at_least":
        least = add_months(document.occurred_on, rule.months or 0)
        until = None if ends is None else max(ends + timedelta(days=1), least)
    elif rule.kind == "until_removed":
        # On the day of removal it is no longer listed.
        until = ends
    if rule.months is not None and rule.kind in ("fixed_months", "until_removed"):
        longest = add_months(document.occurred_on, rule.months)
        until = longest if until is None else min(until, longest)
    return Term(True, until, None, None, clause, rule.verified)


def _is_marked_invalid(document: Document, catalog: Catalog) -> bool:
    table = catalog.code_tables.get(_STATUS_TABLE)
    for column in document.columns.values():
        if table is not None and column.lookup == _STATUS_TABLE:
            entry = table.lookup(document.value(column.code))
            return entry is not None and entry.code == _NOT_VALID
    return False


def _cut(term: Term, until: date) -> Term:
    return Term(
        term.shown,
        until,
        term.repairable_from,
        term.term_class,
        term.clause,
        term.verified,
        term.limit,
        term.condition,
    )


def _decision(
    term: Term, document: Document, until: date | None, received_on: date, at: date
) -> PublicityDecision:
    begins = document.published_on
    never = until <= begins if until is not None else not term.shown
    values: dict[str, object] = {
        "shown_from": begins,
        "shown_until": until,
        "received_on": received_on,
        **term.values,
    }
    if never:
        why = term.why or "late"
    elif at < begins:
        why = "not_yet"
    elif until is not None and until <= at:
        why = "ended"
    else:
        why = "shown" if until is None else "shown_until"
    return PublicityDecision(
        shown=why.startswith("shown"),
        shown_from=None if never else begins,
        shown_until=None if never else until,
        repairable_from=None if never else term.repairable_from,
        term_class=term.term_class,
        clause=term.clause_in_words(),
        verified=term.verified,
        why=why,
        values=values,
    )
