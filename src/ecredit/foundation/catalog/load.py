"""Loads a catalogue folder, checks it whole, and tells every fault at once."""

import hashlib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from ecredit.foundation.catalog.errors import CatalogError
from ecredit.foundation.catalog.load_codes import load_code_tables
from ecredit.foundation.catalog.load_commitments import load_commitments
from ecredit.foundation.catalog.load_days import load_own_days
from ecredit.foundation.catalog.load_departments import load_departments
from ecredit.foundation.catalog.load_disclosure import load_disclosure
from ecredit.foundation.catalog.load_flags import load_flags
from ecredit.foundation.catalog.load_items import load_items
from ecredit.foundation.catalog.load_laws import load_laws
from ecredit.foundation.catalog.load_monitoring import load_monitoring
from ecredit.foundation.catalog.load_publicity import load_publicity
from ecredit.foundation.catalog.load_ratings import load_ratings
from ecredit.foundation.catalog.load_roles import load_permissions, load_roles
from ecredit.foundation.catalog.load_schedule import load_schedule
from ecredit.foundation.catalog.load_sources import load_sources
from ecredit.foundation.catalog.load_stories import load_stories
from ecredit.foundation.catalog.load_tasks import load_tasks
from ecredit.foundation.catalog.load_trade import load_trade
from ecredit.foundation.catalog.load_triage import load_triage
from ecredit.foundation.catalog.load_warnings import load_warnings
from ecredit.foundation.catalog.source_faults import check_source
from ecredit.foundation.catalog.types import Catalog
from ecredit.foundation.catalog.yaml_nodes import FaultLog, nearest

_NOUNS = {
    "law": ("法规", "law"),
    "source": ("数据源", "source"),
    "article": ("条文", "article"),
    "department": ("部门", "department"),
    "item": ("目录事项", "catalogue item"),
    "code_table": ("代码表", "code table"),
    "term_rule": ("公示规则", "publicity rule"),
    "task": ("任务", "task"),
    "code": ("代码", "code"),
    "permission": ("权限", "permission"),
    "role": ("角色", "role"),
}


def load_catalog(folder: Path) -> Catalog:
    """Load the catalogue in `folder`.

    Raises CatalogError with every fault of every file: `file:line: what is wrong; what to do`.
    """
    log = FaultLog()
    laws = load_laws(folder, log)
    tasks = load_tasks(folder, log)
    departments, department_index = load_departments(folder, log, tasks)
    tables = load_code_tables(folder, log)
    items = load_items(folder, log)
    classes, rules = load_publicity(folder, log)
    sources = load_sources(folder, log)
    days = load_own_days(folder, log)
    permissions = load_permissions(folder, log)
    roles, city = load_roles(folder, log)
    schedule = load_schedule(folder, log)
    trade = load_trade(folder, log)
    flags = load_flags(folder, log)
    triage = load_triage(folder, log)
    ratings = load_ratings(folder, log)
    warnings = load_warnings(folder, {id: read.source for id, read in sources.items()}, log)
    monitoring = load_monitoring(folder, log)
    commitments = load_commitments(folder, log)
    stories = load_stories(folder, log)
    disclosure = load_disclosure(folder, {id: read.source for id, read in sources.items()}, log)
    for read in sources.values():
        check_source(read, tables, rules, log)
    known: dict[str, Collection[str]] = {
        "law": laws,
        "source": sources,
        "article": {f"{law.id}#{article}" for law in laws.values() for article in law.articles},
        "department": departments,
        "item": items,
        "code_table": tables,
        "term_rule": {rule.id for rule in rules},
        "task": {task.id for task in tasks},
        "permission": permissions,
        "role": roles,
        **{f"code:{table.id}": table.entries for table in tables.values()},
    }
    _check_references(log, known)
    if log.faults:
        raise CatalogError(log.faults)
    return Catalog(
        folder=folder,
        edition=catalog_edition(folder),
        laws=laws,
        departments=departments,
        department_index=department_index,
        tasks=tasks,
        code_tables=tables,
        items=items,
        sources={read.source.id: read.source for read in sources.values()},
        term_classes=classes,
        term_rules=rules,
        own_days=days,
        permissions=permissions,
        roles=roles,
        city=city,
        schedule=schedule,
        trade=trade,
        flags=flags,
        triage=triage,
        ratings=ratings,
        warnings=warnings,
        monitoring=monitoring,
        commitments=commitments,
        stories=stories,
        disclosure=disclosure,
    )


def catalog_edition(folder: Path) -> str:
    """Return 12 hex digits over the paths and bytes of all YAML files but the texts.

    Wording is no rule: a corrected sentence on a page does not make a new edition.
    """
    digest = hashlib.sha256()
    for name, content in _rules(folder):
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:12]


def rule_files(folder: Path) -> dict[str, str]:
    """The files that make an edition, by path in the folder, each with 12 hex digits of its content."""
    return {name: hashlib.sha256(content).hexdigest()[:12] for name, content in _rules(folder)}


def _rules(folder: Path) -> Iterator[tuple[str, bytes]]:
    paths = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*.yaml")}
    for name, path in sorted(paths.items()):
        if not name.startswith("texts/"):
            yield name, path.read_bytes()


def _check_references(log: FaultLog, known: Mapping[str, Collection[str]]) -> None:
    for reference in log.references:
        targets = known.get(reference.kind, ())
        if reference.target in targets:
            continue
        kind, _, table = reference.kind.partition(":")
        if kind == "article" and reference.target.partition("#")[0] not in known["law"]:
            continue  # the unknown law is told already
        noun_zh, noun_en = _NOUNS[kind]
        zh, en = nearest(reference.target, targets)
        inside_zh, inside_en = (f"(代码表 {table})", f" in the code table {table}") if table else ("", "")
        log.add(
            reference.place,
            f"unknown_{kind}",
            f"没有名为 {reference.target} 的{noun_zh}{inside_zh}；{zh}",
            f"no {noun_en} is called {reference.target}{inside_en}; {en}",
        )
