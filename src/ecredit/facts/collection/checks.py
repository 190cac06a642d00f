"""The checks a source can ask for, and running them over a block. Names are those of the catalogue's check rules."""

from collections.abc import Callable

from ecredit.facts.collection.check_amount_agrees import check_amount_agrees
from ecredit.facts.collection.check_amount_unit import check_amount_unit
from ecredit.facts.collection.check_amount_usual import check_amount_usual
from ecredit.facts.collection.check_authority_code import check_authority_code
from ecredit.facts.collection.check_name_matches_kind import check_name_matches_kind
from ecredit.facts.collection.check_no_identity_in_text import check_no_identity_in_text
from ecredit.facts.collection.check_not_after import check_not_after
from ecredit.facts.collection.check_not_in_future import check_not_in_future
from ecredit.facts.collection.check_not_negative import check_not_negative
from ecredit.facts.collection.check_one_of_required import check_one_of_required
from ecredit.facts.collection.check_pattern import check_pattern
from ecredit.facts.collection.check_person_needs_document import check_person_needs_document
from ecredit.facts.collection.check_required_if import check_required_if
from ecredit.facts.collection.mask import true_rows
from ecredit.facts.collection.types import CheckedRows, Fault, Mask
from ecredit.foundation.catalog.types import CheckSpec

CHECKS: dict[str, Callable[[CheckedRows, CheckSpec], Mask]] = {
    "amount_agrees": check_amount_agrees,
    "amount_unit": check_amount_unit,
    "amount_usual": check_amount_usual,
    "authority_code": check_authority_code,
    "name_matches_kind": check_name_matches_kind,
    "no_identity_in_text": check_no_identity_in_text,
    "not_after": check_not_after,
    "not_in_future": check_not_in_future,
    "not_negative": check_not_negative,
    "one_of_required": check_one_of_required,
    "pattern": check_pattern,
    "person_needs_document": check_person_needs_document,
    "required_if": check_required_if,
}

# Needs the rows of the whole file, so what spans blocks does it (`prepare.Preparation`).
OVER_THE_FILE = frozenset({"unique_in_file"})


def run_checks(rows: CheckedRows) -> None:
    """Run every check of the source over a block; what is found is added to the block's faults."""
    for spec in rows.source.checks:
        if spec.rule in OVER_THE_FILE:
            continue
        bad = true_rows(CHECKS[spec.rule](rows, spec))
        if len(bad):
            params = {key: _shown(value) for key, value in spec.params.items()}
            params["columns"] = "、".join(rows.source.column(code).name for code in spec.columns)
            params["unit"] = rows.source.column(spec.columns[0]).unit or "元"
            if len(spec.columns) > 1:
                params["other"] = rows.source.column(spec.columns[1]).name
            rows.faults.append(Fault(spec.rule, spec.columns[0], bad, spec.severity, params))


def _shown(value: object) -> object:
    return "、".join(str(v) for v in value) if isinstance(value, tuple | list) else value
