"""Writes what detection gives: a Parquet file of scores for each table, and the findings, one JSON document a line."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ecredit.foundation.engine.duck import sql_name
from ecredit.foundation.engine.steps import Step, Tables, run_step
from ecredit.judgement.detection.group_rows import Array, hash_order, match
from ecredit.judgement.detection.scores import KINDS

_KIND_WORDS = pa.array(KINDS)
_LONG = 1 << 30


def list_ids(tables: Tables, table: str, column: str, several: bool = False) -> tuple[pa.Array, Array]:
    """Return `(ids, hashes)`: every id of a table once, in the order of its hash; `several`: it stands in many rows."""
    name = sql_name(column)
    step = Step(
        f"SELECT {name} AS id, hash({name}) AS hash FROM {sql_name(table)} WHERE {name} IS NOT NULL AND {name} <> ''"
        f"{' GROUP BY id' if several else ''}",
        table,
        column,
    )
    found = run_step(tables, step)
    hashes = found["hash"].to_numpy().astype(np.uint64, copy=False)
    order = hash_order(hashes)
    hashes = hashes[order]
    names = found["id"]
    del found
    # A column of more text than 32 bits can count is kept with longer offsets.
    names = names.cast(pa.large_string()) if names.nbytes > _LONG else names
    ids = names.combine_chunks().take(pa.array(order))
    del names, order
    once = np.ones(len(hashes), dtype=bool)
    once[1:] = hashes[1:] != hashes[:-1]
    if not once.all():
        ids, hashes = ids.filter(pa.array(once)), hashes[once]
    return ids, hashes


def write_scores(
    out: Path,
    name: str,
    column: str,
    ids: pa.Array,
    score: Array,
    kind: Array,
    more: Mapping[str, pa.Array] | None = None,
) -> None:
    """Write `name.parquet` with the key column, `score`, `kind` and whatever else."""
    words = pa.DictionaryArray.from_arrays(pa.array(kind.astype(np.int8)), _KIND_WORDS)
    columns: dict[str, Any] = {
        column: ids,
        "score": pa.array(np.asarray(score, dtype=np.float64)),
        "kind": words.cast(pa.string()),
    }
    columns |= more or {}
    pq.write_table(
        pa.table(columns),
        out / f"{name}.parquet",
        compression="zstd",
        compression_level=1,
        use_dictionary=["kind"],
    )


def write_findings(out: Path, findings: Iterable[Mapping[str, Any]]) -> None:
    """Write `findings.jsonl`."""
    with (out / "findings.jsonl").open("w", encoding="utf-8", newline="\n") as file:
        for finding in findings:
            file.write(json.dumps(finding, ensure_ascii=False, sort_keys=False) + "\n")


def pick(values: Array, keys: Array, hashes: Array, missing: float) -> Array:
    """The value of each hash, by `keys`; `missing` for one that is not there."""
    place = match(keys, hashes)
    if not len(values):
        return np.full(len(hashes), missing)
    return np.where(place >= 0, values[np.maximum(place, 0)], missing)
