"""Candidates for rows without a register code: a machine proposes, a person decides.

Splink compares each row with the subjects that agree on something (see BLOCKING) and weighs every field by the fixed
model. What comes out is a ranked list with the values compared; nothing is joined here, however high the number.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from ecredit.facts.subjects.matching_columns import PART_SCHEMA, part_table
from ecredit.facts.subjects.matching_model import BLOCKING, LEVELS, MatchModel, splink_settings, verdict_of
from ecredit.facts.subjects.matching_pool import Pool
from ecredit.facts.subjects.matching_sentences import compared_fields
from ecredit.facts.subjects.matching_types import Candidate, RowClaim
from ecredit.facts.subjects.name_words import NameWords

# So many rows at a time: bounds the pairs held in memory when a file has no codes at all.
_CHUNK = 2_500
_COLUMNS = tuple(field.name for field in PART_SCHEMA if field.name not in ("name", "address_text"))
# A name's core is judged rare or common as if this many other subjects were known: among a handful, every core looks
# common, and an exact name would weigh less than a near one.
_PRIOR_SUBJECTS = 5_000
_SHOWN = ("name", "core", "trade", "area_name", "form", "branch", "address_text", "legal_rep")

_Found = tuple[float, dict[str, tuple[str, float]], dict[str, Any]]


def propose_candidates(
    claims: Sequence[RowClaim], *, pool: Pool, words: NameWords, model: MatchModel
) -> dict[int, tuple[Candidate, ...]]:
    """Held row number → its candidates, the likeliest first; rows about natural persons get none.

    Same claims, same subjects, same model: same answer, whatever the order of rows.
    """
    wanted = [claim for claim in claims if claim.name.strip() and not claim.is_person]
    found: dict[int, tuple[Candidate, ...]] = {claim.held_row_id: () for claim in claims}
    if not pool.size:
        return found
    for start in range(0, len(wanted), _CHUNK):
        part = wanted[start : start + _CHUNK]
        for place, candidates in _matched(part, pool, words, model).items():
            claim = part[place]
            found[claim.held_row_id] = _ranked(claim, candidates, pool.size, model)
    return found


def _matched(
    claims: Sequence[RowClaim], pool: Pool, words: NameWords, model: MatchModel
) -> dict[int, list[_Found]]:
    """Place of a claim → subjects with weight, verdicts by field and the subject's own values."""
    db = pool.connection
    parts = part_table(((claim.name, claim.address) for claim in claims), words)
    parts = parts.append_column(
        "legal_rep", pa.array([c.legal_rep.strip() or None for c in claims], pa.string())
    )
    parts = parts.append_column("unique_id", pa.array(range(len(claims)), pa.int64()))
    db.register("claims_given", parts)
    db.execute("CREATE OR REPLACE TABLE claims AS SELECT * FROM claims_given")
    db.unregister("claims_given")
    _shortlist(db)
    rows = _predictions(db, pool.size, model)
    found: dict[int, dict[int, _Found]] = defaultdict(dict)
    for row in rows:
        verdicts = {field: (verdict_of(field, row[f"gamma_{field}"]), row[f"mw_{field}"]) for field in LEVELS}
        verdicts["core"] = (verdicts["core"][0], row["mw_core"] + row["mw_tf_adj_core"])
        weight = sum(value for _, value in verdicts.values())
        if row["earlier_item"] is not None:
            weight += model.earlier_weight
            verdicts["earlier"] = ("same", model.earlier_weight)
        place, subject_id = row["claim"], row["subject_id"]
        # A subject may be known under several names; the one that fits best speaks for it.
        if subject_id not in found[place] or weight > found[place][subject_id][0]:
            found[place][subject_id] = (weight, verdicts, row)
    return {place: list(by_subject.values()) for place, by_subject in found.items()}


def _shortlist(db: Any) -> None:
    """The subjects any row of this chunk will be compared with, so that Splink copies those and not a million."""
    rules = " UNION ".join(
        f"SELECT r.row_id FROM subject r SEMI JOIN claims l ON {rule}" for rule in BLOCKING
    )
    rules += (
        " UNION SELECT row_id FROM (SELECT row_id, unnest(slips(plain)) AS slip FROM subject) "
        "SEMI JOIN (SELECT unnest(slips(plain)) AS slip FROM claims) USING (slip)"
    )
    columns = ", ".join(_COLUMNS)
    db.execute(
        "CREATE OR REPLACE TABLE shortlist AS SELECT row_id AS unique_id, subject_id, earlier_item, name, "
        f"address_text, legal_rep, {columns} FROM subject SEMI JOIN ({rules}) USING (row_id)"
    )


def _predictions(db: Any, size: int, model: MatchModel) -> list[dict[str, Any]]:
    # Heavy: pulls in pandas, altair and a second's start-up; only needed where rows without codes are matched.
    from splink import DuckDBAPI, Linker  # noqa: PLC0415

    # Below this even a lone candidate would not reach the least probability that is shown.
    least = math.log2(size * model.least_probability / model.known_share)
    columns = ", ".join(("unique_id", "legal_rep", "slips(plain) AS slips", *_COLUMNS))
    db.execute(f"CREATE OR REPLACE VIEW claims_in AS SELECT {columns} FROM claims")
    db.execute(f"CREATE OR REPLACE VIEW shortlist_in AS SELECT {columns} FROM shortlist")
    db.execute(
        "CREATE OR REPLACE TABLE core_frequency AS SELECT core, (count(DISTINCT subject_id) + 1.0) / "
        f"({size} + {_PRIOR_SUBJECTS}.0) AS tf_core FROM subject SEMI JOIN claims USING (core) GROUP BY core"
    )
    api = DuckDBAPI(db)
    given = api.register("claims_in"), api.register("shortlist_in")
    linker = Linker(list(given), splink_settings(model.levels), log_level=None, validate_settings=False)
    linker.table_management.register_term_frequency_lookup(api.register("core_frequency"), "core")
    predicted = linker.inference.predict(threshold_match_weight=least, warning_mode="never")
    weights = ", ".join(f"p.gamma_{field}, p.mw_{field}" for field in LEVELS)
    table = db.execute(
        f"SELECT p.unique_id_l AS claim, s.subject_id, s.earlier_item, {weights}, p.mw_tf_adj_core, "
        f"{', '.join(f's.{column}' for column in _SHOWN)}, "
        f"{', '.join(f'c.{column} AS row_{column}' for column in _SHOWN)}, "
        "CAST(round(f.tf_core * ? - 1) AS BIGINT) AS core_count "
        f"FROM {predicted.physical_name} p JOIN shortlist s ON s.unique_id = p.unique_id_r "
        "JOIN claims c ON c.unique_id = p.unique_id_l LEFT JOIN core_frequency f ON f.core = s.core "
        "ORDER BY claim, s.subject_id, s.unique_id",
        [size + _PRIOR_SUBJECTS],
    ).to_arrow_table()
    drop_tables: Any = linker.table_management.delete_tables_created_by_splink_from_db
    drop_tables()
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


def _ranked(claim: RowClaim, found: Sequence[_Found], size: int, model: MatchModel) -> tuple[Candidate, ...]:
    """Order by evidence and share one row's certainty among its candidates and "none of them"."""
    prior = model.known_share / size
    order = sorted(found, key=lambda item: (-item[0], item[2]["subject_id"]))
    odds = [prior * 2.0 ** min(weight, 500.0) for weight, _, _ in order]
    total = sum(odds) + 1.0 - model.known_share
    least = max(model.least_probability, model.least_of_best * max(odds, default=0.0) / total)
    kept = [
        (weight, verdicts, row, share / total)
        for (weight, verdicts, row), share in zip(order, odds, strict=True)
        if share / total >= least
    ]
    return tuple(
        Candidate(
            subject_id=row["subject_id"],
            rank=rank,
            probability=round(probability, 6),
            weight=round(weight, 3),
            compared=compared_fields(claim, row, verdicts),
        )
        for rank, (weight, verdicts, row, probability) in enumerate(kept[: model.most_candidates], start=1)
    )


def verdict_counts(candidates: Mapping[int, Sequence[Candidate]]) -> dict[str, int]:
    """How many rows got no, one or several candidates, for the journal."""
    counts = {"none": 0, "one": 0, "several": 0}
    for found in candidates.values():
        counts["none" if not found else "one" if len(found) == 1 else "several"] += 1
    return counts
