"""The rules everyone may read, out of the catalogue: chapters of the public database, so that the portal needs no catalogue.

The rule is published, not where its limits are. Of a grade: what is looked at, which way it goes, how long it counts, and the
cut-offs every profile shows. Of what is looked at in trade: its title and the honest look-alike, never a strength, a
formula or a figure. What of it was seen in a text of the law carries that mark.
"""

from collections.abc import Iterable
from datetime import date
from typing import Final

from ecredit.foundation.catalog.types import Catalog, LawRef, Source, TermRule
from ecredit.judgement.evaluation.types import Indicator, Model
from ecredit.service.publicity import public_disclosures
from ecredit.service.publicity.clauses import clause_text

DISTRICTS: Final = "districts"
TERMS: Final = "terms"
SOURCES: Final = "sources"
GRADES: Final = "grades"
SIGNS: Final = "signs"
LAWS: Final = "laws"
_AREAS: Final = "area"


def rule_book(catalog: Catalog, models: Iterable[Model], on: date) -> dict[str, object]:
    """Every chapter by its name, as JSON holds it, for a day; of the models those whose grades are public."""
    return {
        DISTRICTS: _districts(catalog, on),
        TERMS: _terms(catalog),
        SOURCES: [_source(source, catalog, on) for source in catalog.sources.values()],
        GRADES: [_model(model, catalog) for model in models if model.public],
        SIGNS: [
            {"zh": flag.zh, "en": flag.en, "kind": flag.flag_class, "honest_zh": flag.honest_zh, "honest_en": flag.honest_en}
            for flag in catalog.flags.values()
        ],
        LAWS: _laws(catalog),
        public_disclosures.CHAPTER: public_disclosures.sites_doc(catalog.disclosure),
    }  # fmt: skip


def _districts(catalog: Catalog, on: date) -> list[tuple[str, str, str]]:
    """Code, Chinese and English name of the districts in force: the areas that lie in another area of the table."""
    table = catalog.code_tables.get(_AREAS)
    if table is None:
        return []
    entries = (entry for entry in table.entries.values() if entry.parent and entry.in_force(on))
    return sorted((entry.code, entry.zh, entry.en) for entry in entries)


def _terms(catalog: Catalog) -> dict[str, object]:
    """How long what is adverse is shown: the classes, which kind of penalty is of which class, and the sectors' own rules."""
    classes = [
        {
            "id": c.id, "name": c.name, "min": c.min_months, "max": c.max_months, "shown": c.shown,
            "from": _day(c.valid_from), "to": _day(c.valid_to), "basis": clause_text(catalog, c.basis), "verified": c.verified,
        }
        for c in catalog.term_classes
    ]  # fmt: skip
    names = {c.id: c.name for c in catalog.term_classes}
    kinds = [
        {
            "rule": rule.title, "from": _day(rule.valid_from), "to": _day(rule.valid_to),
            "kinds": [(kind, names.get(of, of), kind in rule.verified_kinds) for kind, of in rule.classes.items()],
            "exceptions": [
                {"law": clause_text(catalog, e.law), "condition": e.condition, "verified": e.verified} for e in rule.exceptions
            ],
        }
        for rule in catalog.term_rules
        if rule.classes or rule.exceptions
    ]  # fmt: skip
    return {"classes": classes, "kinds": kinds}


def _source(source: Source, catalog: Catalog, on: date) -> dict[str, object]:
    tables = {column.code: column.lookup or "" for column in source.columns}
    found = [(one.rule, one.value, tables.get(one.column, "")) for one in source.found_terms]
    terms = [
        _term(rule, catalog) | {"found": value, "found_in": table}
        for rule_id, value, table in ((source.publicity, "", ""), *found)
        for rule in catalog.term_rules
        if rule.id == rule_id
    ]
    columns = [column for column in source.columns if column.public and not column.sealed]
    shown = source.publicity != "none" and columns
    return {
        "id": source.id,
        "zh": source.title_zh,
        "en": source.title_en,
        "about": source.about,
        "section": source.section,
        "in_force": source.in_force(on),
        "suppliers": [catalog.departments[name].name for name in source.suppliers if name in catalog.departments],
        "basis": _clauses(catalog, source.legal_basis),
        "columns": [column.name for column in columns] if shown else [],
        "kept": len(source.columns) - (len(columns) if shown else 0),
        "terms": terms if shown else [],
        "verified": source.verified,
    }  # fmt: skip


def _term(rule: TermRule, catalog: Catalog) -> dict[str, object]:
    return {
        "kind": rule.kind, "months": rule.months, "from": _day(rule.valid_from), "to": _day(rule.valid_to),
        "basis": clause_text(catalog, rule.basis), "verified": rule.verified,
    }  # fmt: skip


def _model(model: Model, catalog: Catalog) -> dict[str, object]:
    headings = [(d.id, d.zh, d.en) for d in model.dimensions] or [("", "", "")]
    return {
        "id": model.id, "zh": model.title_zh, "en": model.title_en, "version": model.version, "edition": model.edition,
        "subjects": model.subject_kinds, "basis": _clauses(catalog, model.basis), "verified": model.verified,
        "scale": [(s.grade, None if s.at_least is None else float(s.at_least), s.zh, s.en) for s in model.scale],
        "statuses": [(list(s.statuses), s.best, s.zh, s.en) for s in model.statuses],
        "headings": [
            (zh, en, [_indicator(i, catalog) for i in model.indicators if i.dimension == name or not name])
            for name, zh, en in headings
        ],
    }  # fmt: skip


def _indicator(indicator: Indicator, catalog: Catalog) -> dict[str, object]:
    source = catalog.sources.get(indicator.source)
    return {
        "zh": indicator.title_zh, "en": indicator.title_en, "tone": indicator.tone,
        "source_zh": "" if source is None else source.title_zh, "source_en": "" if source is None else source.title_en,
        "months": indicator.window.months, "while_valid": indicator.window.while_valid,
        "basis": clause_text(catalog, indicator.clause), "verified": indicator.verified,
    }  # fmt: skip


def _laws(catalog: Catalog) -> list[dict[str, object]]:
    return [
        {
            "id": law.id, "title": law.title, "en": law.en, "number": law.number or "", "issuer": law.issuer,
            "from": _day(law.valid_from), "to": _day(law.valid_to), "note": law.url_note, "verified": law.verified,
            "articles": [(number, article.text_summary, article.verified) for number, article in law.articles.items()],
        }
        for law in catalog.laws.values()
    ]  # fmt: skip


def _clauses(catalog: Catalog, refs: Iterable[LawRef]) -> list[str]:
    return [clause_text(catalog, ref) for ref in refs]


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
