"""What the register says of its subjects after records of it were withdrawn: the newest that still stands, or nothing.

Which columns of a source say what is in the journal, by the edition of the catalogue: it may read otherwise today.
"""

from collections.abc import Collection, Mapping

from ecredit.facts.actors.bulk import select_in
from ecredit.facts.actors.canonical import read_object
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.models import JournalEntry
from ecredit.facts.actors.queries import read_journal
from ecredit.facts.subjects.describe_actions import DESCRIBED, describe_subjects, undescribe_subjects
from ecredit.foundation.proof.sealing import is_sealed

Reading = Mapping[str, str]

_ABOUT = "SELECT DISTINCT subject_id FROM records_entry WHERE doc_key IN ({values})"
# An entry describes until its document is withdrawn; what is posted after that describes again. The sum keeps the
# database at the entries of the document: an index over all withdrawals would be walked once for every subject.
_STANDING = """
    SELECT s.subject_id, e.source_id, e.edition, e.content
    FROM (
        SELECT e.subject_id, MAX(e.leaf) AS leaf FROM records_entry e
        WHERE e.verb = 'post' AND e.source_id || ' ' || e.edition IN ({describing}) AND e.subject_id IN ({{values}})
            AND NOT EXISTS (
                SELECT 1 FROM records_entry w
                WHERE w.doc_key = e.doc_key AND w.verb = 'withdraw' AND w.leaf + 0 > e.leaf
            )
        GROUP BY e.subject_id
    ) s JOIN records_entry e ON e.leaf = s.leaf
"""
_OPENED = """
    SELECT s.id, o.detail FROM subjects_subject s JOIN subjects_identity_event o ON o.leaf = s.opened_leaf
    WHERE s.id IN ({values})
"""


def describe_again(doc_keys: Collection[str], *, source_id: str, log: OpenLog) -> None:
    """Describe anew whom these documents of a source were about, once their withdrawal is in the log.

    Each is what the newest of the register's entries says that still stands. When none does, it is again what it was
    opened as, and no register knows it. Nothing happens for a source that describes nobody.
    """
    if not JournalEntry.objects.filter(object=f"source:{source_id}", verb=DESCRIBED).exists():
        return
    subjects = sorted({subject for (subject,) in select_in(_ABOUT, list(doc_keys))})
    readings = list_readings()
    describing = [f"{source} {edition}" for source, edition in readings]
    sql = _STANDING.format(describing=", ".join(["%s"] * len(describing)))
    rows = []
    for subject, source, edition, content in select_in(sql, subjects, before=describing, kind="bigint"):
        said, reading = read_object(content), readings[source, edition]
        rows.append((subject, *_said(reading, said)))
    leaf = log.next_leaf - 1
    describe_subjects(rows, leaf=leaf)
    unknown = sorted(set(subjects) - {subject for subject, *_ in rows})
    opened = [(s, read_object(said).get("name")) for s, said in select_in(_OPENED, unknown, kind="bigint")]
    undescribe_subjects([(s, None if is_sealed(name or "") else name) for s, name in opened], leaf=leaf)


def list_readings() -> dict[tuple[str, str], Reading]:
    """(source, edition of the catalogue) → which column of the source says what."""
    readings: dict[tuple[str, str], Reading] = {}
    for row in read_journal(DESCRIBED):
        said = read_object(row.detail)
        readings[row.object.removeprefix("source:"), str(said.get("edition"))] = said.get("columns") or {}
    return readings


def _said(reading: Reading, content: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    values = {field: content.get(column, "") for field, column in reading.items()}
    return values.pop("name", ""), values
