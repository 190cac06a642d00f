"""Likeness of texts by characters, as functions of a DuckDB connection.

`slips(text)` lists a hash of the text and of every text with one character taken out. Two texts that are one wrong,
missing, added or swapped character apart share one of them, so misspelt names can be found by equality.

DuckDB's own `levenshtein` and `jaro_winkler_similarity` count bytes, three a Chinese character: one wrong character
looks like three errors, and two different characters often look half alike.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa


def add_likeness(connection: Any) -> None:
    """Give a DuckDB connection `char_edits` (edits and swaps, whole number), `char_ratio` and `char_likeness`
    (0 to 1; the second favours a common beginning). Each takes two texts; null in gives null out."""
    # Heavy, and needed only where something is matched.
    from rapidfuzz.distance import OSA, Indel, JaroWinkler  # noqa: PLC0415

    for name, scorer, kind, made in (
        ("char_edits", OSA.distance, np.int32, "INTEGER"),
        ("char_ratio", Indel.normalized_similarity, np.float64, "DOUBLE"),
        ("char_likeness", JaroWinkler.normalized_similarity, np.float64, "DOUBLE"),
    ):
        connection.create_function(name, _pairwise(scorer, kind), ["VARCHAR", "VARCHAR"], made, type="arrow")

    connection.execute(
        "CREATE OR REPLACE MACRO slips(text) AS list_transform(range(0, length(text) + 1), "
        "lambda i: hash(left(text, i) || substr(text, i + 2)))"
    )


def _pairwise(scorer: Any, kind: Any) -> Callable[[Any, Any], pa.Array]:
    from rapidfuzz.process import cpdist  # noqa: PLC0415 - as above

    def compare(left: Any, right: Any) -> pa.Array:
        a, b = left.to_pylist(), right.to_pylist()
        scores = cpdist([x or "" for x in a], [x or "" for x in b], scorer=scorer, dtype=kind, workers=1)
        nulls = np.array([x is None or y is None for x, y in zip(a, b, strict=True)], dtype=bool)
        return pa.array(scores, mask=nulls)

    return compare
