"""`/desk/catalog`: the rules as pages a civil servant reads: each with its days in force and whether its text was seen."""

from datetime import date
from typing import Any, Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import path, reverse

from ecredit.foundation.catalog.types import CodeTable, Department, Law, Source, in_force
from ecredit.judgement.evaluation.types import Model
from ecredit.judgement.evaluation.version_queries import models_on
from ecredit.service.operation.catalog_history import last_change, list_changes
from ecredit.surface.desk.doors import needs
from ecredit.surface.desk.errors import NotThere
from ecredit.surface.desk.frame import Frame, frame_of
from ecredit.surface.desk.menu import Entry
from ecredit.surface.desk.page_catalog_file import list_rules_files, title_of
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.render import page
from ecredit.surface.desk.supply_words import rule_name
from ecredit.surface.desk.table_sources import ListSource
from ecredit.surface.desk.tables import Column, Filter, Table, show_table

_READ: Final = "catalog.read"
_MOST_CHANGES: Final = 50
_PLACES: Final = {
    "sources": ("sources/", "items.yaml"),
    "laws": ("laws/",),
    "departments": ("departments.yaml", "tasks.yaml"),
    "codes": ("codes/",),
}


def force_of(valid_from: date | None, valid_to: date | None) -> str:
    """`in_force`, `coming` or `ended`, today."""
    today = city().today
    if in_force(today, valid_from, valid_to):
        return "in_force"
    return "coming" if valid_from is not None and valid_from > today else "ended"


def _force(thing: Source | Law, frame: Frame) -> str:
    return frame.t[force_of(thing.valid_from, thing.valid_to)]


def _force_badge(thing: Source | Law) -> str:
    return {"in_force": "good", "coming": "blue", "ended": ""}[force_of(thing.valid_from, thing.valid_to)]


def _verified(thing: Source | Law | Department | CodeTable, frame: Frame) -> str:
    return frame.t["verified" if thing.verified else "unverified"]


def _verified_badge(thing: Source | Law | Department | CodeTable) -> str:
    return "good" if thing.verified else "warn"


def _suppliers(source: Source, frame: Frame) -> str:
    """The departments that send it by name, other senders by their kind."""
    departments = city().catalog.departments
    kinds = [frame.t[f"kind_{kind}"] for kind in source.supplier_kinds if kind != "department"]
    return frame.t["list_comma"].join([departments[id].name for id in source.suppliers] + kinds)


SOURCES: Final[Table[Source]] = Table(
    "sources",
    columns=(
        Column(
            "source_id", lambda s, _: s.id, "id", link=lambda s: reverse("desk:catalog_source", args=[s.id])
        ),
        Column("source_title", lambda s, frame: s.title_zh if frame.lang == "zh" else s.title_en, "title"),
        Column("source_suppliers", _suppliers),
        Column("catalog_columns", lambda s, _: len(s.columns), "columns"),
        Column("from_day", lambda s, _: s.valid_from, "from"),
        Column("until_day", lambda s, _: s.valid_to),
        Column("state", _force, badge=_force_badge),
        Column("verified_heading", _verified, badge=_verified_badge),
    ),
    filters=(Filter("q", "search"),),
    sort="id",
    size=100,
)
LAWS: Final[Table[Law]] = Table(
    "laws",
    columns=(
        Column(
            "law_title",
            lambda law, _: law.title,
            "title",
            link=lambda law: reverse("desk:catalog_law", args=[law.id]),
        ),
        Column("law_number", lambda law, _: law.number),
        Column("law_issuer", lambda law, _: law.issuer, "issuer"),
        Column("law_articles", lambda law, _: len(law.articles)),
        Column("from_day", lambda law, _: law.valid_from, "from"),
        Column("until_day", lambda law, _: law.valid_to),
        Column("state", _force, badge=_force_badge),
        Column("verified_heading", _verified, badge=_verified_badge),
    ),
    filters=(Filter("q", "search"),),
    sort="title",
    size=100,
)
DEPARTMENTS: Final[Table[Department]] = Table(
    "departments",
    columns=(
        Column("org_id", lambda d, _: d.id, "id"),
        Column("org_name", lambda d, _: d.name, "name"),
        Column("department_names", lambda d, _: "；".join(former.name for former in d.names)),
        Column("department_merged", lambda d, _: d.merged_into),
        Column("department_merged_on", lambda d, _: d.merged_on, "merged"),
        Column("department_tasks", lambda d, _: "、".join(str(n) for n in (*d.tasks_lead, *d.tasks_coop))),
        Column("verified_heading", _verified, badge=_verified_badge),
    ),
    filters=(Filter("q", "search"),),
    sort="id",
    size=100,
)
CODES: Final[Table[CodeTable]] = Table(
    "codes",
    columns=(
        Column("code_id", lambda c, _: c.id, "id", link=lambda c: reverse("desk:catalog_code", args=[c.id])),
        Column("code_title", lambda c, _: c.title, "title"),
        Column("code_source", lambda c, _: c.source),
        Column("code_entries", lambda c, _: len(c.entries), "entries"),
        Column("verified_heading", _verified, badge=_verified_badge),
    ),
    filters=(Filter("q", "search"),),
    sort="id",
    size=100,
)


@needs(_READ)
def overview(request: HttpRequest) -> HttpResponseBase:
    """The parts of the catalogue and its edition."""
    catalog = city().catalog
    own = list_rules_files(catalog.folder)
    parts = [
        ("sources", "catalog_sources", len(catalog.sources)),
        ("laws", "catalog_laws", len(catalog.laws)),
        ("departments", "catalog_departments", len(catalog.departments)),
        ("codes", "catalog_codes", len(catalog.code_tables)),
        ("terms", "catalog_terms", len(catalog.term_rules)),
        ("models", "catalog_models", len(_models())),
        ("roles_matrix", "roles", len(catalog.roles)),
    ]
    return page(
        request,
        "desk/catalog.html",
        parts=parts,
        edition=catalog.edition,
        files=[(name, title_of(catalog.folder, name, frame_of(request).lang)) for name in own],
        own=own,
        changes=list_changes()[:_MOST_CHANGES],
    )


@needs(_READ)
def sources(request: HttpRequest) -> HttpResponseBase:
    """Every source."""
    frame = frame_of(request)
    found = ListSource(
        list(city().catalog.sources.values()),
        text=lambda s: (s.id, s.title_zh, s.title_en, _suppliers(s, frame)),
        keys={
            "id": lambda s: s.id,
            "title": lambda s: s.title_zh,
            "columns": lambda s: len(s.columns),
            "from": lambda s: s.valid_from or date.min,
        },
    )
    return _table(request, SOURCES, found)


@needs(_READ)
def source(request: HttpRequest, id: str) -> HttpResponseBase:
    """One source: basis, columns, checks."""
    catalog, frame = city().catalog, frame_of(request)
    found = catalog.sources.get(id)
    if found is None:
        raise NotThere
    return page(
        request,
        "desk/catalog_source.html",
        source=found,
        force=force_of(found.valid_from, found.valid_to),
        suppliers=_suppliers(found, frame),
        titles={check.rule: rule_name(frame.lang, check.rule) for check in found.checks},
        publicity=next((r for r in catalog.term_rules if r.id == found.publicity), None),
        item=catalog.items.get(found.item),
        laws=catalog.laws,
        rules=_rules(f"sources/{id}.yaml"),
    )


@needs(_READ)
def laws(request: HttpRequest) -> HttpResponseBase:
    """Every law, rule and paper."""
    found = ListSource(
        list(city().catalog.laws.values()),
        text=lambda law: (law.id, law.title, law.number or "", law.issuer),
        keys={
            "title": lambda law: law.title,
            "issuer": lambda law: law.issuer,
            "from": lambda law: law.valid_from or date.min,
        },
    )
    return _table(request, LAWS, found)


@needs(_READ)
def law(request: HttpRequest, id: str) -> HttpResponseBase:
    """One law and what of its articles is used here."""
    found = city().catalog.laws.get(id)
    if found is None:
        raise NotThere
    force = force_of(found.valid_from, found.valid_to)
    return page(request, "desk/catalog_law.html", law=found, force=force, rules=_rules("laws/"))


@needs(_READ)
def departments(request: HttpRequest) -> HttpResponseBase:
    """Departments, their names and what became of them."""
    found = ListSource(
        list(city().catalog.departments.values()),
        text=lambda d: (d.id, d.name, *(former.name for former in d.names)),
        keys={"id": lambda d: d.id, "name": lambda d: d.name, "merged": lambda d: d.merged_on or date.max},
    )
    return _table(request, DEPARTMENTS, found)


@needs(_READ)
def codes(request: HttpRequest) -> HttpResponseBase:
    """The code tables."""
    found = ListSource(
        list(city().catalog.code_tables.values()),
        text=lambda c: (c.id, c.title),
        keys={"id": lambda c: c.id, "title": lambda c: c.title, "entries": lambda c: len(c.entries)},
    )
    return _table(request, CODES, found)


@needs(_READ)
def code(request: HttpRequest, id: str) -> HttpResponseBase:
    """One code table."""
    found = city().catalog.code_tables.get(id)
    if found is None:
        raise NotThere
    return page(request, "desk/catalog_code.html", code=found, rules=_rules(f"codes/{id}.yaml"))


@needs(_READ)
def terms(request: HttpRequest) -> HttpResponseBase:
    """How long what is shown: classes, rules with their editions, and sectors' exceptions."""
    catalog = city().catalog
    return page(
        request,
        "desk/catalog_terms.html",
        classes=[(c, force_of(c.valid_from, c.valid_to)) for c in catalog.term_classes],
        term_rules=[(r, force_of(r.valid_from, r.valid_to)) for r in catalog.term_rules],
        laws=catalog.laws,
        departments=catalog.departments,
        rules=_rules("publicity/"),
    )


@needs(_READ)
def models(request: HttpRequest) -> HttpResponseBase:
    """The models that grade."""
    return page(request, "desk/catalog_models.html", models=_models(), rules=_rules("models/"))


@needs(_READ)
def model(request: HttpRequest, id: str) -> HttpResponseBase:
    """One model: what is looked at and what it counts."""
    found = next((model for model in _models() if model.id == id), None)
    if found is None:
        raise NotThere
    return page(
        request,
        "desk/catalog_model.html",
        model=found,
        laws=city().catalog.laws,
        sources=city().catalog.sources,
        rules=_rules(f"models/{id}.yaml", "models/shared/"),
    )


def _rules(*places: str) -> dict[str, Any]:
    """The edition in use, and the last change below these places of the folder."""
    return {"edition": city().catalog.edition, "change": last_change(list_changes(), *places)}


def _models() -> tuple[Model, ...]:
    return models_on(city().catalog, city().today)


def _table(request: HttpRequest, table: Table[Any], found: ListSource[Any]) -> HttpResponseBase:
    heading = frame_of(request).t[table.name]
    return show_table(
        request,
        table,
        found,
        "desk/catalog_table.html",
        heading=heading,
        caption=heading,
        rules=_rules(*_PLACES[table.name]),
    )


MENU: Final = (Entry("desk:catalog", "catalog", "watch", 30, (_READ,)),)
urlpatterns = [
    path("catalog", overview, name="catalog"),
    path("catalog/sources", sources, name="catalog_sources"),
    path("catalog/sources/<slug:id>", source, name="catalog_source"),
    path("catalog/laws", laws, name="catalog_laws"),
    path("catalog/laws/<slug:id>", law, name="catalog_law"),
    path("catalog/departments", departments, name="catalog_departments"),
    path("catalog/codes", codes, name="catalog_codes"),
    path("catalog/codes/<slug:id>", code, name="catalog_code"),
    path("catalog/terms", terms, name="catalog_terms"),
    path("catalog/models", models, name="catalog_models"),
    path("catalog/models/<slug:id>", model, name="catalog_model"),
]
