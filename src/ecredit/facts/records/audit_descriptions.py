"""The audit of what subjects are called and described as: it follows from how they were opened and from the register.

A subject is what its `open` event says until the register's own rows describe it; then it is what the newest of those
says that is about it and whose document was not withdrawn after it. Which columns say what is in the journal, because the
catalogue may read otherwise today.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from ecredit.facts.actors.audit_types import AuditFinding
from ecredit.facts.actors.bulk import stream_rows
from ecredit.facts.actors.canonical import read_object
from ecredit.facts.records.describe_again_actions import Reading, list_readings
from ecredit.facts.subjects.describe_actions import FIELDS
from ecredit.facts.subjects.open_actions import area_of
from ecredit.foundation.kernel.codes import IdKind
from ecredit.foundation.kernel.text_forms import name_form
from ecredit.foundation.proof.sealing import is_sealed

_COLUMNS = ("name", "name_form", "kind", "is_person", "area", *FIELDS, "registered")
# Of every subject how it was opened, and its last standing entry of a source and edition that described. The cast keeps SQLite
# from walking an index of the subject into a million rows one by one.
_SQL = """
    SELECT s.id, s.name, s.name_form, s.kind, s.is_person, s.area, s.address, s.legal_rep, s.status, s.registered,
           o.leaf, o.kind, o.value, o.detail, e.leaf, e.source_id, e.edition, e.content
    FROM subjects_subject s
    JOIN subjects_identity_event o ON o.leaf = s.opened_leaf AND o.subject_id = s.id AND o.verb = 'open'
    LEFT JOIN (
        SELECT CAST(p.subject_id AS BIGINT) AS subject_id, MAX(p.leaf) AS leaf FROM records_entry p
        LEFT JOIN (
            SELECT doc_key, MAX(leaf) AS leaf FROM records_entry WHERE verb = 'withdraw' GROUP BY doc_key
        ) w ON w.doc_key = p.doc_key
        WHERE p.verb = 'post' AND p.source_id || ' ' || p.edition IN ({describing})
            AND (w.leaf IS NULL OR w.leaf < p.leaf)
        GROUP BY 1
    ) d ON d.subject_id = s.id
    LEFT JOIN records_entry e ON e.leaf = d.leaf
    ORDER BY s.id
"""

_KINDS = frozenset(kind.value for kind in IdKind)


def audit_descriptions() -> Iterator[AuditFinding]:
    """Subjects whose name, kind, place, representative or status is not what the log says, and in which column."""
    readings = list_readings()
    describing = [f"{source} {edition}" for source, edition in readings] or [""]
    sql = _SQL.format(describing=", ".join(["%s"] * len(describing)))
    for row in stream_rows(sql, describing):
        (
            number, name, form, kind, is_person, area, address, legal_rep, status, registered,
            opened, code_kind, code, said, described, source_id, edition, content,
        ) = row  # fmt: skip
        found = (
            name, form, kind, bool(is_person), area, address, legal_rep, status, bool(registered),
        )  # fmt: skip
        reading = readings.get((source_id, edition))
        wanted = _described(code_kind, code, read_object(said), reading, content)
        if found != wanted:
            leaf = opened if described is None else described
            for column, stands, value in zip(_COLUMNS, found, wanted, strict=True):
                if stands != value and value is not None:
                    yield AuditFinding(
                        "identity",
                        leaf,
                        f"主体 S{number} 的 {column} 被改动：表中是“{stands}”，日志第 {leaf} 条说的是“{value}”",
                        f"{column} of subject S{number} was changed: it is '{stands}', leaf {leaf} says '{value}'",
                    )


def _described(
    kind: str, code: str, opened: Mapping[str, Any], reading: Reading | None, content: str | None
) -> tuple[Any, ...]:
    """What the log says of a subject, in the order of `_COLUMNS`; None for what it holds sealed."""
    name, values, described = opened.get("name"), {}, reading is not None and content is not None
    if reading is not None and content is not None:
        said = read_object(content)
        values = {field: said.get(column, "") for field, column in reading.items()}
        name = values["name"]
    if name is None or is_sealed(name):
        name = form = None
    else:
        form = name_form(name)
    area = area_of(IdKind(kind), code) if kind in _KINDS else ""
    person = kind == IdKind.PERSON_ID.value
    return name, form, opened.get("kind"), person, area, *(values.get(f, "") for f in FIELDS), described
