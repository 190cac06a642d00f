"""What every room's part of the audit says."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AuditFinding:
    """One thing the audit found wrong: what kind, at which leaf (where there is one), and in a sentence what and where."""

    code: str
    leaf: int | None
    zh: str
    en: str


AuditPart = Callable[[], Iterable[AuditFinding]]
"""A room's own part: compares its tables or files with the log, and names what does not follow from it."""
