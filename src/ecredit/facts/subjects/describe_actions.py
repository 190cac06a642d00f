"""What the register says of its subjects: name, kind, place, representative, status."""

from collections.abc import Mapping, Sequence

from django.db import connection

from ecredit.foundation.kernel.text_forms import name_form

# What a register's row may say, by the names a source's `describes` uses; `kind` is set when a subject is opened.
FIELDS = ("address", "legal_rep", "status")
# The journal's verb for: subjects are now what these entries say, and which of their columns says what.
DESCRIBED = "subject.describe"


def describe_subjects(rows: Sequence[tuple[int, str, Mapping[str, str]]], *, leaf: int) -> None:
    """Set the description of subjects as (subject id, name, fields), inside the caller's transaction.

    Earlier descriptions are not lost: they are in the ledger's entries. `leaf` marks when it changed, so that what is
    derived from subjects follows. A later row of the same subject in one call wins.
    """
    latest = {subject_id: (name, fields) for subject_id, name, fields in rows}
    with connection.cursor() as cursor:
        cursor.executemany(
            'UPDATE "subjects_subject" SET "name" = %s, "name_form" = %s, "address" = %s, "legal_rep" = %s, '
            '"status" = %s, "registered" = %s, "changed_leaf" = %s WHERE "id" = %s',
            [
                (name, name_form(name), *(fields.get(field, "") for field in FIELDS), True, leaf, subject_id)
                for subject_id, (name, fields) in latest.items()
            ],
        )


def undescribe_subjects(rows: Sequence[tuple[int, str | None]], *, leaf: int) -> None:
    """No register knows these subjects (id, name they were opened under; None keeps today's) any more.

    Inside the caller's transaction; `leaf` as in `describe_subjects`.
    """
    blank = ", ".join(f"\"{field}\" = ''" for field in FIELDS)
    with connection.cursor() as cursor:
        cursor.executemany(
            'UPDATE "subjects_subject" SET "name" = COALESCE(%s, "name"), "name_form" = COALESCE(%s, "name_form"), '
            f'{blank}, "registered" = %s, "changed_leaf" = %s WHERE "id" = %s',
            [
                (name, None if name is None else name_form(name), False, leaf, subject_id)
                for subject_id, name in rows
            ],
        )
