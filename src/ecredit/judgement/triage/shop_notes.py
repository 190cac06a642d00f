"""What is known of the shops of findings: their names, their operators' codes, and the subjects these are."""

from collections.abc import Collection, Iterable, Mapping

import duckdb
import pyarrow as pa

from ecredit.facts.actors.bulk import select_in
from ecredit.facts.records.queries import mirror_glob, mirror_sources
from ecredit.facts.subjects.queries import canonical_id
from ecredit.foundation.engine.duck import open_duck, sql_text
from ecredit.foundation.kernel.codes import IdKind, tidy_code
from ecredit.foundation.kernel.home import Home
from ecredit.judgement.triage.types import ShopNote

# Sources in which a platform names its shops and who runs them.
_SHOP_SOURCES = ("shops", "platform_merchants")


def read_shop_notes(
    connection: duckdb.DuckDBPyConnection, given: Mapping[str, frozenset[str]], shops: Iterable[str]
) -> dict[str, ShopNote]:
    """What the lake's table of shops says of these; the platform may be known from their orders alone."""
    wanted = sorted(set(shops))
    connection.register("noted_shops", pa.table({"shop_id": pa.array(wanted, pa.string())}))
    notes = {shop: ShopNote(shop, "", "", "") for shop in wanted}
    try:
        for table in ("parcels", "orders"):
            if "platform_id" in given.get(table, ()):
                sql = f"SELECT shop_id, min(platform_id) FROM {table} JOIN noted_shops USING (shop_id) GROUP BY 1"
                for shop, platform in connection.execute(sql).fetchall():
                    notes[shop] = ShopNote(shop, "", platform or "", "")
        if "shops" in given:
            rows = connection.execute(
                "SELECT shop_id, min(name), min(platform_id), list(DISTINCT operator_uscc) FROM shops "
                "JOIN noted_shops USING (shop_id) GROUP BY 1"
            ).fetchall()
            for shop, name, platform, codes in rows:
                known = notes[shop].platform_id
                said = {tidy_code(code) for code in codes or () if code and code.strip()}
                # Senders who name different operators settle nothing: nobody is tied, the lead stays.
                code = next(iter(said)) if len(said) == 1 else ""
                notes[shop] = ShopNote(shop, name or "", platform or known, code, len(said) > 1)
    finally:
        connection.unregister("noted_shops")
    return notes


def find_subjects(home: Home, notes: Collection[ShopNote], suppliers: Collection[str]) -> dict[str, int]:
    """Shop → canonical subject, where one is known.

    By its operator's code in the lake; without one by what a platform that sent this trade says of a shop of this number among
    the collected records, if that is one subject only. A name never ties, nor does a code that senders disagree about.
    """
    found: dict[str, int] = {}
    codes = {note.operator_uscc for note in notes if note.operator_uscc}
    by_code: dict[str, set[int]] = {}
    sql = "SELECT value, subject_id FROM subjects_identifier WHERE kind = %s AND NOT derived AND value IN ({values})"
    for code, subject_id in select_in(sql, sorted(codes), before=[IdKind.USCC.value]):
        by_code.setdefault(code, set()).add(canonical_id(subject_id))
    for note in notes:
        if len(subjects := by_code.get(note.operator_uscc, set())) == 1:
            found[note.shop_id] = next(iter(subjects))
    uncoded = [note.shop_id for note in notes if not note.operator_uscc and not note.disputed]
    return found | _by_records(home, uncoded, suppliers)


def _by_records(home: Home, shops: list[str], suppliers: Collection[str]) -> dict[str, int]:
    known = [source for source in _SHOP_SOURCES if source in mirror_sources(home)]
    if not shops or not suppliers or not known:
        return {}
    named: dict[str, set[int]] = {}
    with open_duck(threads=1) as connection:
        connection.register("uncoded", pa.table({"shop_id": pa.array(shops, pa.string())}))
        connection.register("senders", pa.table({"supplier": pa.array(sorted(suppliers), pa.string())}))
        for source in known:
            rows = connection.execute(
                "WITH latest AS (SELECT *, row_number() OVER (PARTITION BY doc_key ORDER BY leaf DESC) AS place "
                f"FROM read_parquet({sql_text(mirror_glob(home, source))}, union_by_name=true)) "
                "SELECT shop_id, subject_id FROM latest JOIN uncoded USING (shop_id) JOIN senders USING (supplier) "
                "WHERE place = 1 AND verb <> 'withdraw'"
            ).fetchall()
            for shop, subject_id in rows:
                named.setdefault(shop, set()).add(canonical_id(subject_id))
    return {shop: next(iter(subjects)) for shop, subjects in named.items() if len(subjects) == 1}
