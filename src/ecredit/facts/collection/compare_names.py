"""Does the name of a row fit the subject its code belongs to?

The code decides who a row is about. But a code copied from the line above is a right code too, and then something bad
would be said of a firm that has nothing to do with it.
"""

from collections.abc import Sequence

import numpy as np

from ecredit.facts.collection.problem_report import problem, shown_value
from ecredit.facts.collection.types import CheckedRows, Fault, Issue
from ecredit.facts.records.queries import list_former_names
from ecredit.facts.subjects.name_words import load_words
from ecredit.facts.subjects.names import split_name
from ecredit.facts.subjects.types import Resolved
from ecredit.foundation.catalog.types import Catalog
from ecredit.foundation.kernel.text_forms import name_form

NAME_OF_ANOTHER = "name_of_another"


def compare_names(
    rows: CheckedRows, at: Sequence[int], names: Sequence[str], resolved: Resolved, catalog: Catalog
) -> tuple[set[int], list[tuple[Issue, bool]]]:
    """The places in `at` of rows whose code is plainly another firm's, and notices for those whose name only differs.

    `names` and `resolved` have one item for each row of `at`. What harms has to wait for a person, and what everybody may
    read; the register's own rows say what a subject is called, so they are not compared.
    """
    source = rows.source
    if source.describes:
        return set(), []
    differ = [
        (place, name, known, subject_id)
        for place, (name, known, subject_id) in enumerate(
            zip(names, resolved.known_names, resolved.subject_ids, strict=True)
        )
        # A masked name (a natural person's) tells nothing about whether the two agree.
        if known != name
        and known is not None
        and subject_id is not None
        and "*" not in known
        and name_form(known) != name_form(name)
    ]
    others: set[int] = set()
    if differ and (source.tone == "bad" or source.publicity != "none"):
        former = list_former_names({subject_id for *_, subject_id in differ}, catalog)
        others = {
            place
            for place, name, known, subject_id in differ
            if not any(alike(name, own) for own in (known, *former.get(subject_id, ())))
        }
    column = source.column(source.name_column)
    notices = []
    for place, name, known, _ in differ:
        if place not in others:
            row = at[place]
            params = {"known": shown_value(column, known)}
            fault = Fault("name_differs", column.code, np.array([row], dtype=np.int64), "warn", params)
            notices.append((problem(int(rows.lines[row]), fault, column, shown_value(column, name)), False))
    return others, notices


def alike(name: str, known: str) -> bool:
    """Whether two names may be one firm's: the name it calls itself by (字号) is in both."""
    words = load_words()
    one, other = name_form(name), name_form(known)
    core, known_core = split_name(name, words).core, split_name(known, words).core
    return bool(core and core in other) or bool(known_core and known_core in one)
