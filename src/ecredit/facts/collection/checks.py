"""The checks a source can ask for, and running them over a block. Names are those of the catalogue's check rules."""

from collections.abc import Callable, Mapping

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
from ecredit.facts.collection.types import CheckedRows, Fault, Found
from ecredit.foundation.catalog.types import CheckSpec, Source

CHECKS: dict[str, Callable[[CheckedRows, CheckSpec], Found]] = {
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
# Look at each of their columns by itself.
EACH_BY_ITSELF = frozenset(
    {"authority_code", "no_identity_in_text", "not_in_future", "not_negative", "pattern"}
)


def run_checks(rows: CheckedRows) -> None:
    """Run every check of the source over a block; what is found is added to the block's faults."""
    for spec in rows.source.checks:
        if spec.rule in OVER_THE_FILE:
            continue
        found = CHECKS[spec.rule](rows, spec)
        by_column = found if isinstance(found, Mapping) else {spec.columns[0]: found}
        for code, mask in by_column.items():
            bad = true_rows(mask)
            if len(bad):
                rows.faults.append(
                    Fault(spec.rule, code, bad, spec.severity, _params(rows.source, spec, code))
                )


def _params(source: Source, spec: CheckSpec, code: str) -> dict[str, object]:
    """What the rule's sentence may say of a fault at the cell of column `code`."""
    names = [source.column(other).name for other in spec.columns]
    params = {key: _shown(value) for key, value in spec.params.items()}
    params["columns"] = source.column(code).name if spec.rule in EACH_BY_ITSELF else "、".join(names)
    params["other"] = "、".join(source.column(other).name for other in spec.columns if other != code)
    params["first"], params["last"] = names[0], names[-1]
    params["unit"] = source.column(code).unit or "元"
    return params


def _shown(value: object) -> object:
    return "、".join(str(v) for v in value) if isinstance(value, tuple | list) else value
