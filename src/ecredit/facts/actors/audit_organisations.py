"""The audit of registered organisations: each is what the journal last registered under its id."""

from collections.abc import Iterator
from typing import Final

from ecredit.facts.actors.audit_types import AuditFinding
from ecredit.facts.actors.canonical import instant_text, read_object
from ecredit.facts.actors.models import JournalEntry, Organisation
from ecredit.facts.actors.queries import read_journal

_DATED: Final = {"predecessor": "", "from": "", "until": ""}


def audit_organisations() -> Iterator[AuditFinding]:
    """Organisations that were changed, added or removed without the journal."""
    first: dict[str, JournalEntry] = {}
    last: dict[str, JournalEntry] = {}
    for row in read_journal("organisation.register"):
        last[row.object] = row
        first.setdefault(row.object, row)
    dated = {row.object: row for row in read_journal("organisation.date")}
    for organisation in Organisation.objects.order_by("id").iterator():
        about = f"organisation:{organisation.id}"
        registered = last.pop(about, None)
        if registered is None:
            zh, en = (
                f"单位 {organisation.id} 没有登记记录",
                f"nobody registered organisation {organisation.id}",
            )
            yield AuditFinding("organisation", None, zh, en)
            continue
        said = read_object(registered.detail)
        wanted = {
            **{column: said.get(column) for column in ("name", "kind", "uscc")},
            "registered_at": instant_text(first[about].at),
            "registered_by": first[about].who,
            **_DATED,
            **(read_object(dated[about].detail) if about in dated else {}),
        }
        found = {
            "name": organisation.name,
            "kind": organisation.kind,
            "uscc": organisation.uscc,
            "registered_at": instant_text(organisation.registered_at),
            "registered_by": organisation.registered_by,
            "predecessor": organisation.predecessor_id or "",
            "from": organisation.valid_from.isoformat() if organisation.valid_from else "",
            "until": organisation.valid_to.isoformat() if organisation.valid_to else "",
        }
        for column in (column for column in wanted if found[column] != wanted[column]):
            yield AuditFinding(
                "organisation",
                registered.leaf,
                f"单位 {organisation.id} 的 {column} 是“{found[column]}”，日志第 {registered.leaf} 条登记的是“{wanted[column]}”",
                f"{column} of organisation {organisation.id} is '{found[column]}', leaf {registered.leaf} registered "
                f"'{wanted[column]}'",
            )
    for about, row in last.items():
        yield AuditFinding(
            "organisation",
            row.leaf,
            f"单位 {about.partition(':')[2]} 不见了（日志第 {row.leaf} 条登记）",
            f"organisation {about.partition(':')[2]} is gone (leaf {row.leaf} registered it)",
        )
