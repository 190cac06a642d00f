"""What binds the log to the grades that one evaluation wrote."""

import hashlib
import json
from decimal import Decimal
from typing import Any

# So many rows a digest: a changed grade is looked for among these.
PART = 256
_HALF = 32

GradeFields = tuple[Any, ...]
"""Of a grade row what never changes: subject_id, model_id, model_version, edition, grade, score, findings, as_of,
computed_at (as text), valid_until, through_leaf, public, digest."""


def grade_text(fields: GradeFields) -> bytes:
    """The one way to write a grade row, whatever types a database or an engine gives its values."""
    subject, model, version, edition, grade, score, findings, as_of, at, until, through, public, digest = (
        fields
    )
    points = None if score is None else f"{Decimal(str(score)):.2f}"
    ends = None if until is None else str(until)
    said = (
        subject,
        model,
        version,
        edition,
        grade,
        points,
        findings,
        str(as_of),
        at,
        ends,
        through,
        bool(public),
        digest,
    )
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def own_digest(fields: GradeFields) -> int:
    """The number a row was compared by when it was written (see `kept_grades.make_changes`)."""
    _, _, _, edition, grade, score, findings, _, _, until, *_ = fields
    points = None if score is None else f"{Decimal(str(score)):.2f}"
    said = (edition, grade, points, findings, None if until is None else str(until))
    text = "|".join("-" if part is None else part for part in said)
    return int.from_bytes(hashlib.md5(text.encode(), usedforsecurity=False).digest()[8:], "little") & (
        2**63 - 1
    )


class GradeDigests:
    """Digests of rows as they go by, one for every `PART` of them."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._count, self._open = 0, hashlib.sha256()

    def add(self, fields: GradeFields) -> None:
        """Take one row more."""
        self._open.update(grade_text(fields))
        self._count += 1
        if self._count % PART == 0:
            self._close()

    def close(self) -> list[str]:
        """All digests, the last of what is left."""
        if self._count % PART:
            self._close()
        return self.found

    def _close(self) -> None:
        self.found.append(self._open.hexdigest()[:_HALF])
        self._open = hashlib.sha256()
