"""Does who is who still follow from what happened? Compares the tables with the identity events, as sets."""

from collections.abc import Iterator

from django.db import connection

from ecredit.facts.actors.audit_types import AuditFinding
from ecredit.facts.actors.bulk import stream_rows
from ecredit.facts.subjects.lookup import organisation_part
from ecredit.foundation.kernel.codes import IdKind
from ecredit.foundation.proof.errors import SealBroken
from ecredit.foundation.proof.sealing import Sealer

# Each query gives (subject id, leaf) of rows that do not follow; the sentence says what that means.
_CHECKS = (
    (
        """
        SELECT i.subject_id, i.leaf FROM subjects_identifier i
        LEFT JOIN subjects_identity_event e ON e.leaf = i.leaf AND e.subject_id = i.subject_id
            AND e.kind = i.kind AND e.value = i.value AND e.verb IN ('open', 'attach')
        WHERE NOT i.derived AND e.leaf IS NULL
        """,
        "主体 S{subject} 有一个代码没有来历",
        "subject S{subject} has a code that no event gave it",
    ),
    (
        """
        SELECT e.subject_id, e.leaf FROM subjects_identity_event e
        LEFT JOIN subjects_identifier i ON i.kind = e.kind AND i.value = e.value AND i.subject_id = e.subject_id
            AND NOT i.derived
        WHERE e.verb IN ('open', 'attach') AND i.id IS NULL
        """,
        "主体 S{subject} 的一个代码不见了（日志第 {leaf} 条给过）",
        "a code of subject S{subject} is gone (leaf {leaf} gave it)",
    ),
    (
        """
        SELECT i.subject_id, i.leaf FROM subjects_identifier i
        LEFT JOIN subjects_identity_event e ON e.leaf = i.leaf AND e.subject_id = i.subject_id AND e.kind = 'uscc'
            AND substr(e.value, 9, 9) = i.value
        WHERE i.derived AND e.leaf IS NULL
        """,
        "主体 S{subject} 的一个推出代码与统一社会信用代码不符",
        "a derived code of subject S{subject} does not follow from its USCC",
    ),
    (
        """
        SELECT s.id, s.opened_leaf FROM subjects_subject s
        LEFT JOIN subjects_identity_event e ON e.leaf = s.opened_leaf AND e.subject_id = s.id AND e.verb = 'open'
        WHERE e.leaf IS NULL
        """,
        "主体 S{subject} 没有开立记录",
        "no event opened subject S{subject}",
    ),
    (
        """
        SELECT e.subject_id, e.leaf FROM subjects_identity_event e
        LEFT JOIN subjects_subject s ON s.id = e.subject_id
        WHERE e.verb = 'open' AND s.id IS NULL
        """,
        "主体 S{subject} 不见了（日志第 {leaf} 条开立）",
        "subject S{subject} is gone (leaf {leaf} opened it)",
    ),
    (
        """
        SELECT s.id, e.leaf FROM subjects_subject s
        JOIN (
            SELECT subject_id, MAX(leaf) AS leaf FROM subjects_identity_event
            WHERE verb IN ('merge', 'follow', 'split') GROUP BY subject_id
        ) last ON last.subject_id = s.id
        JOIN subjects_identity_event e ON e.leaf = last.leaf
        WHERE COALESCE(s.merged_into_id, -1) <> CASE WHEN e.verb = 'split' THEN -1 ELSE e.other_id END
        """,
        "主体 S{subject} 的合并去向与日志第 {leaf} 条不符",
        "where subject S{subject} was merged to does not follow from leaf {leaf}",
    ),
    (
        """
        SELECT s.id, s.changed_leaf FROM subjects_subject s
        WHERE s.merged_into_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM subjects_identity_event e
            WHERE e.subject_id = s.id AND e.verb IN ('merge', 'follow')
        )
        """,
        "主体 S{subject} 被合并，却没有合并记录",
        "subject S{subject} is merged, but no event merged it",
    ),
)


_RELATIONS = """
    SELECT e.leaf, e.subject_id, e.other_id, e.kind, e.verb FROM subjects_identity_event e
    WHERE e.verb IN ('link', 'unlink') ORDER BY e.leaf
"""
_UNDERIVED = """
    SELECT i.subject_id, i.leaf, i.value FROM subjects_identifier i
    LEFT JOIN subjects_identifier d ON d.kind = 'org_code' AND d.value = substr(i.value, 9, 9)
        AND d.subject_id = i.subject_id AND d.derived AND d.leaf = i.leaf
    WHERE i.kind = 'uscc' AND NOT i.derived AND d.id IS NULL
"""


def audit_identity(limit: int = 100) -> Iterator[AuditFinding]:
    """Rows of subjects, codes, merges and links that the identity events do not explain, or that are missing."""
    for sql, zh, en in _CHECKS:
        with connection.cursor() as cursor:
            cursor.execute(f"{sql} LIMIT {limit}")
            for subject, leaf in cursor.fetchall():
                yield _finding(
                    leaf, zh.format(subject=subject, leaf=leaf), en.format(subject=subject, leaf=leaf)
                )
    yield from _audit_derived()
    yield from _audit_relations()


def audit_sealed_numbers(sealer: Sealer) -> Iterator[AuditFinding]:
    """Persons' numbers whose cipher is not that of the number the code is the index of; needs the keys."""
    sql = "SELECT subject_id, leaf, kind, value, sealed FROM subjects_identifier WHERE sealed <> '' OR kind = 'person_id'"
    person = IdKind.PERSON_ID.value
    for subject, leaf, kind, value, sealed in stream_rows(sql):
        try:
            fits = kind == person and sealer.blind_index(person, sealer.unseal(person, sealed)).hex() == value
        except SealBroken:
            fits = False
        if not fits:
            yield _finding(
                leaf,
                f"主体 S{subject} 的封存号码与其索引（日志第 {leaf} 条）不符：被改动或换成了别人的",
                f"the sealed number of subject S{subject} is not the one leaf {leaf} indexes: changed, or another's",
            )


def _audit_derived() -> Iterator[AuditFinding]:
    for subject, leaf, value in stream_rows(_UNDERIVED):
        if organisation_part(value):
            yield _finding(
                leaf,
                f"主体 S{subject} 由统一社会信用代码推出的组织机构代码不见了",
                f"the organisation code inside the USCC of subject S{subject} is gone",
            )


def _audit_relations() -> Iterator[AuditFinding]:
    wanted: dict[tuple[int, int, str], int] = {}
    for leaf, child, parent, kind, verb in stream_rows(_RELATIONS):
        if verb == "link":
            wanted[child, parent, kind] = leaf
        else:
            wanted.pop((child, parent, kind), None)
    for child, parent, kind, leaf in stream_rows(
        "SELECT child_id, parent_id, kind, leaf FROM subjects_relation ORDER BY id"
    ):
        if wanted.pop((child, parent, kind), None) != leaf:
            yield _finding(
                leaf,
                f"主体 S{child} 与上级 S{parent} 的关联没有来历",
                f"no event links subject S{child} to its parent S{parent}",
            )
    for (child, parent, _), leaf in wanted.items():
        yield _finding(
            leaf,
            f"主体 S{child} 与上级 S{parent} 的关联不见了（日志第 {leaf} 条建立）",
            f"the link of subject S{child} to its parent S{parent} is gone (leaf {leaf} made it)",
        )


def _finding(leaf: int, zh: str, en: str) -> AuditFinding:
    return AuditFinding("identity", leaf, zh, en)
