"""The acts of publishing, as the journal names them: each holds the digest of what everyone sees from then on."""

from typing import Final

from ecredit.facts.actors.canonical import read_object
from ecredit.facts.actors.models import JournalEntry

PUBLISHED: Final = "publicity.project"
"""The public database is now this."""
TAKEN_DOWN: Final = "publicity.take_down"
"""What was withdrawn is out of it at once."""
REPORTED: Final = "publicity.reports"
"""Reports were put in as they are signed now."""
ACTS: Final = (PUBLISHED, TAKEN_DOWN, REPORTED)


def last_published() -> tuple[int | None, str | None]:
    """The leaf of the last publication and the digest of what was published; (None, None) before the first."""
    last = JournalEntry.objects.filter(verb__in=ACTS).order_by("-leaf").first()
    return (None, None) if last is None else (last.leaf, read_object(last.detail).get("digest"))
