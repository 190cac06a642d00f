"""An officer's correction of a record: its new values are read and checked as if they had been sent."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.people_queries import find_acting_organisation
from ecredit.facts.actors.types import Actor
from ecredit.facts.collection.collect_actions import Collector, get_source
from ecredit.facts.collection.persons import sealed_columns
from ecredit.facts.collection.prepare import Prepared
from ecredit.facts.collection.row_again import read_row
from ecredit.facts.collection.types import Issue
from ecredit.facts.records.models import CreditRecord
from ecredit.facts.records.post_actions import correct_document, current_entry, sent_values
from ecredit.foundation.catalog.types import Source
from ecredit.foundation.kernel.errors import WrongUse


@dataclass(frozen=True, slots=True)
class Corrected:
    """The entry a correction became, and what the checks say of its values without forbidding them."""

    leaf: int
    notices: tuple[Issue, ...]


def correct_record(
    collector: Collector, *, leaf: int, changes: Mapping[str, str], reason: str, by: Actor, at: datetime
) -> Corrected:
    """Post a corrected version of the document of which `leaf` is the current entry.

    `changes` is column code → new text, "" to empty it. Raises WrongUse when a column says which document it is or whom
    it is about (that is another record: withdraw this one), is sealed or unknown, when nothing changes or `leaf` is not
    current; InputRefused, naming all faults, when the new values are not right.
    """
    with transaction.atomic():
        log = OpenLog(collector.ring, at)
        corrected = post_correction(collector, log, leaf=leaf, changes=changes, reason=reason, by=by)
        log.seal()
    return corrected


def post_correction(
    collector: Collector, log: OpenLog, *, leaf: int, changes: Mapping[str, str], reason: str, by: Actor
) -> Corrected:
    """As `correct_record`, in a transaction whose log is open."""
    entry = current_entry(leaf)
    today = timezone.localtime(log.at).date()
    block = _read_corrected(collector, entry, changes, on=today)
    kept = {c: v for c, v in json.loads(entry.original or "{}").items() if c not in changes}
    original = json.dumps({**kept, **json.loads(block.originals[0].as_py())}, ensure_ascii=False)
    new = correct_document(
        leaf=leaf,
        values=json.loads(block.contents[0].as_py()),
        original=original,
        valid_from=block.valid_from[0],
        valid_to=block.valid_to[0],
        reason=reason,
        behalf=find_acting_organisation(collector.catalog, by, on=today),
        log=log,
        by=by,
        edition=collector.catalog.edition,
    )
    return Corrected(new, _notices(block))


def check_correction(
    collector: Collector, *, leaf: int, changes: Mapping[str, str], on: date
) -> tuple[Issue, ...]:
    """What the checks would say of a correction without forbidding it; nothing is posted. Raises as `correct_record`."""
    return _notices(_read_corrected(collector, current_entry(leaf), changes, on=on))


def _read_corrected(
    collector: Collector, entry: CreditRecord, changes: Mapping[str, str], *, on: date
) -> Prepared:
    """The record with the new values, read and checked as a row received on a day."""
    source = get_source(collector.catalog, entry.source_id)
    _check_columns(source, changes)
    before = sent_values(json.loads(entry.content))
    sealer = collector.sealer
    sealed = sealed_columns(source, about_person=entry.subject.is_person)
    cells = {c: sealer.unseal(c, v) if c in sealed else v for c, v in before.items()}
    block = read_row(collector, source, {**cells, **changes}, line=entry.line or 0, received_on=on)
    if json.loads(block.contents[0].as_py()) == before:
        raise WrongUse("更正前后没有不同", "nothing differs after the correction")
    return block


def _notices(block: Prepared) -> tuple[Issue, ...]:
    return tuple(issue for issue, holds in block.problems if not holds)


def fixed_columns(source: Source) -> frozenset[str]:
    """The columns that no correction may touch: which document it is, whom it is about, what is sealed."""
    sealed = {column.code for column in source.columns if column.sealed}
    kind = {source.subject_kind_column} if source.subject_kind_column else set()
    return frozenset({*source.key, *source.party, *source.identifiers.values(), *kind, *sealed})


def _check_columns(source: Source, changes: Mapping[str, str]) -> None:
    fixed = {*source.key, *source.party, *source.identifiers.values(), source.subject_kind_column}
    for code in changes:
        column = next((c for c in source.columns if c.code == code), None)
        if column is None:
            raise WrongUse(
                f"“{source.title_zh}”没有列 {code}", f"{source.id} has no column {code}", column=code
            )
        if code in fixed:
            raise WrongUse(
                f"“{column.name}”决定是哪份文书、关于谁，不能更正；请撤回这一条，由报送单位重报",
                f"{code} says which document it is or whom it is about; withdraw this record and have it sent again",
                column=code,
            )
        if column.sealed:
            raise WrongUse(
                f"“{column.name}”是封存的个人信息，不能在此更正",
                f"{code} is sealed personal data",
                column=code,
            )
