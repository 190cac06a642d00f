"""Reads `codes/<id>.yaml`: closed lists of values; an entry ends with a date and is never deleted."""

from pathlib import Path

from ecredit.foundation.catalog.spelling import spelled
from ecredit.foundation.catalog.types import CodeEntry, CodeTable
from ecredit.foundation.catalog.yaml_nodes import FaultLog, Fields, Place, read_fields


def load_code_tables(root: Path, log: FaultLog) -> dict[str, CodeTable]:
    """Return all code tables by id; a file is named after its table."""
    tables: dict[str, CodeTable] = {}
    for path in sorted((root / "codes").glob("*.yaml")):
        fields = read_fields(path, root, log)
        if fields is not None:
            table = _read_table(fields)
            check_file_name(fields, path, table.id)
            tables[table.id] = table
    return tables


def check_file_name(fields: Fields, path: Path, written_id: str) -> None:
    """Write down a fault when a file is not named after the id inside it."""
    if written_id and written_id != path.stem:
        fields.fault(
            "id",
            "file_name",
            f"id {written_id} 与文件名 {path.name} 不一致；请改成一样",
            f"the id {written_id} differs from the file name {path.name}; make them the same",
        )


def _read_table(fields: Fields) -> CodeTable:
    entries: dict[str, CodeEntry] = {}
    places: dict[str, Place] = {}
    for part in fields.subs("entries"):
        entry = _read_entry(part)
        if entry.code in entries:
            part.fault(
                "code",
                "duplicate_id",
                f"代码 {entry.code} 写了两次；请删去一个",
                f"the code {entry.code} is written twice; remove one",
            )
        entries[entry.code] = entry
        places[entry.code] = part.at("code")
    _check_parents(entries, places, fields.log)
    table = CodeTable(
        id=fields.text("id"),
        title=fields.text("title"),
        source=fields.text("source"),
        verified=fields.flag("verified"),
        entries=entries,
        index=_index(entries, places, fields.log),
    )
    fields.done()
    return table


def _read_entry(fields: Fields) -> CodeEntry:
    valid_from, valid_to = fields.period()
    entry = CodeEntry(
        code=fields.text("code"),
        zh=fields.text("zh"),
        en=fields.text("en"),
        valid_from=valid_from,
        valid_to=valid_to,
        parent=fields.maybe_text("parent"),
        aliases=fields.texts("aliases"),
    )
    fields.done()
    return entry


def _check_parents(entries: dict[str, CodeEntry], places: dict[str, Place], log: FaultLog) -> None:
    for entry in entries.values():
        if entry.parent is not None and entry.parent not in entries:
            log.add(
                places[entry.code],
                "unknown_parent",
                f"代码 {entry.code} 的上级 {entry.parent} 不在本表；请更正",
                f"the parent {entry.parent} of {entry.code} is not in this table; put it right",
            )


def _index(entries: dict[str, CodeEntry], places: dict[str, Place], log: FaultLog) -> dict[str, str]:
    """Index codes first, then names and aliases; a spelling that would mean two values is a fault.

    A closed entry may share its name with the open one that replaced it: the open one is found. A class
    may have the name of the wider class it is in: the wider one is found.
    """
    index = {spelled(entry.code): entry.code for entry in entries.values()}
    codes = set(index)
    for entry in sorted(entries.values(), key=lambda e: e.valid_to is not None):
        for written in (entry.zh, *entry.aliases):
            form = spelled(written)
            other = index.setdefault(form, entry.code)
            closed = entry.valid_to is not None and form not in codes
            if other != entry.code and not closed and other not in _wider(entry, entries):
                log.add(
                    places[entry.code],
                    "ambiguous_value",
                    f"{written} 既指 {other} 又指 {entry.code}；请只留一处",
                    f"{written} means both {other} and {entry.code}; keep one",
                )
    return index


def _wider(entry: CodeEntry, entries: dict[str, CodeEntry]) -> set[str]:
    found: set[str] = set()
    parent = entry.parent
    while parent in entries and parent not in found:
        found.add(parent)
        parent = entries[parent].parent
    return found
