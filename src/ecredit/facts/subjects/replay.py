"""Does who is who still follow from what happened? Compares the tables with the identity events, as sets."""

from collections.abc import Iterator

from django.db import connection

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


def list_unexplained(limit: int = 100) -> Iterator[tuple[int, str, str]]:
    """(leaf, zh, en) for rows of subjects, codes and merges that the identity events do not explain."""
    for sql, zh, en in _CHECKS:
        with connection.cursor() as cursor:
            cursor.execute(f"{sql} LIMIT {limit}")
            for subject, leaf in cursor.fetchall():
                yield leaf, zh.format(subject=subject, leaf=leaf), en.format(subject=subject, leaf=leaf)
