"""Who runs a shop is taken from the lake only where its senders agree."""

import duckdb

from ecredit.judgement.triage.shop_notes import read_shop_notes

GIVEN = {"shops": frozenset({"shop_id", "name", "platform_id", "operator_uscc"})}


def notes_of(rows: str):
    with duckdb.connect() as connection:
        connection.execute(
            f"CREATE TABLE shops AS SELECT * FROM (VALUES {rows}) r(shop_id, name, platform_id, operator_uscc)"
        )
        return read_shop_notes(connection, GIVEN, ["s1"])["s1"]


def test_a_code_its_senders_agree_about_is_taken():
    note = notes_of(
        "('s1', 'A', 'P', 'x1'), ('s1', 'A', 'P', 'X1 '), ('s1', 'A', 'P', NULL), ('s1', 'A', 'P', '')"
    )
    assert note.operator_uscc == "X1" and not note.disputed


def test_codes_that_disagree_tie_to_nobody():
    note = notes_of("('s1', 'Honest', 'P2', 'AAA1'), ('s1', 'Zed', 'P1', 'ZZZ9')")
    assert note.operator_uscc == "" and note.disputed
