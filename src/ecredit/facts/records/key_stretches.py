"""Whether the ledger has documents, asked of many at a time.

Keys begin with series and number (`collection.doc_keys`), and a file's documents are mostly numbered one after the other:
so the ledger's keys between the first and the last asked are few, and reading that stretch of the index tells of thousands
at once what would else be a search for each.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable

from django.db import connection

# How many characters documents of one series share at the beginning of their keys, and how many asked are worth a look.
_SERIES = 6
_MANY = 50


def read_stretches(starts: Collection[str]) -> tuple[set[str], list[str]]:
    """The ledger's keys between the first and the last asked of each series, and the texts that were not asked so.

    `starts` are keys or their beginnings. Not asked are those of a series of which there are few among `starts`, or more in
    the ledger between them than are asked.
    """
    series: dict[str, list[str]] = defaultdict(list)
    for start in starts:
        series[start[:_SERIES]].append(start)
    found: set[str] = set()
    rest: list[str] = []
    for asked in series.values():
        keys = _between(min(asked), max(asked), 2 * len(asked)) if len(asked) >= _MANY else None
        if keys is None:
            rest += asked
        else:
            found |= keys
    return found, rest


def only_known(doc_keys: Iterable[str]) -> list[str]:
    """These keys, each once, without most of those that the ledger does not have."""
    keys = dict.fromkeys(doc_keys)
    found, rest = read_stretches(keys)
    return [*(found & keys.keys()), *rest]


def _between(first: str, last: str, most: int) -> set[str] | None:
    """The ledger's keys from one beginning up to another, None when there are more than `most`."""
    # After "f" no hex character comes.
    sql = "SELECT DISTINCT doc_key FROM records_entry WHERE doc_key >= %s AND doc_key < %s LIMIT %s"
    with connection.cursor() as cursor:
        cursor.execute(sql, [first, last + "g", most + 1])
        keys = {key for (key,) in cursor.fetchall()}
    return None if len(keys) > most else keys
