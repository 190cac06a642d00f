"""The trade tables as columns, one row an order: what its shop, buyer, payment, parcel, scans and review say.

Rows stand in the order of a hash of their key, so the order of the input changes nothing. A table or column that was not given
is all "not known": NaN, or -1 for codes.
"""

from collections.abc import Callable, Mapping, Set
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from functools import partial

import duckdb
import numpy as np

from ecredit.foundation.engine.duck import fetch_columns
from ecredit.foundation.engine.steps import Step, Tables, run_step
from ecredit.judgement.detection.group_rows import Array, encode, hash_order, match, runs
from ecredit.judgement.detection.side_by_side import side_by_side

Given = Mapping[str, Set[str]]

# A token as a number that tells nothing and is 0 when there is none. Collisions among a billion tokens: one in forty.
_HASHED = "CASE WHEN {0} IS NULL THEN 0::UBIGINT ELSE hash({0}) END"
_EARTH_KM = 6_371.0
# More scans than any parcel has, little enough for a sum that is exact.
_APART = 1e7
_SECONDS = "coalesce(epoch({0}), 'nan'::DOUBLE)"
_NUMBER = "coalesce(TRY_CAST({0} AS FLOAT), 'nan'::FLOAT)"


@dataclass(slots=True)
class TradeView:
    """Columns of one length. Codes are int32 with -1 for "not known"; instants are seconds; money yuan; weights grams."""

    rows: int
    subject: str  # "orders", or "parcels" when there are no orders
    keys: Array
    given: Given
    shop_keys: Array
    buyer_keys: Array
    columns: dict[str, Array] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Array:
        found = self.columns.get(name)
        if found is None:
            missing = -1 if name in _CODES else np.nan
            return np.broadcast_to(np.array(missing), (self.rows,))
        return _seconds(found) if name in _INSTANTS else found

    def instants(self, name: str, rows: Array) -> Array:
        """The instants of some rows: those of all are made anew each time they are asked for."""
        found = self.columns.get(name)
        return np.full(len(rows), np.nan) if found is None else _seconds(found[rows])

    def put(self, name: str, column: Array) -> None:
        """Set a column. Instants are kept as whole seconds in half the memory, from 1932 to 2068, the nearest of these else."""
        if name in _INSTANTS:
            known = np.isfinite(column)
            whole = np.clip(np.where(known, column, _FROM) - _FROM, _NEVER + 1, -_NEVER - 1)
            column = np.floor(whole).astype(np.int32)
            column[~known] = _NEVER
        self.columns[name] = column

    def has(self, name: str) -> bool:
        """Whether anything at all is known of a column."""
        return name in self.columns

    def keep(self, names: Set[str]) -> None:
        """Let go of all other columns: a year of a large city fills the memory of a machine."""
        self.columns = {name: column for name, column in self.columns.items() if name in names}


_CODES = frozenset(
    "shop buyer sku device ip address payer payee courier origin destination receiver phone sign_site text".split()
)


_INSTANTS = frozenset("at done refunded registered opened created signed picked handed reviewed".split())
# Instants count from the start of 2000.
_FROM, _NEVER = 946_684_800.0, -(2**31)


def _seconds(kept: Array) -> Array:
    instants = kept.astype(np.float64)
    instants[kept == _NEVER] = np.nan
    instants += _FROM
    return instants


def read_view(tables: Tables, given: Given, threads: int = 1) -> TradeView | None:
    """Return the orders with all that is known of them; of parcels alone when no orders were given; None without both.

    threads  how many tables are read and worked on at once; the result is the same for any number
    """
    if "orders" in given:
        return _of_orders(tables, given, threads)
    if "parcels" in given:
        return _of_parcels(tables, given)
    return None


def fetch(tables: Tables, step: Step) -> dict[str, Array]:
    """Columns of a step that has no NULLs, as arrays. By `key` alone, rows of one key come in any order."""
    if isinstance(tables, duckdb.DuckDBPyConnection) and not step.beside:
        # As run_step does, in half the memory: nothing is whole in the database, and hashes are put in order here.
        if step.order != "key":
            return fetch_columns(tables, step.sorted_sql)
        found = fetch_columns(tables, step.sql)
        order = hash_order(found["key"])
        return {name: found.pop(name)[order] for name in list(found)}
    rows = run_step(tables, step)
    return {name: rows[name].combine_chunks().to_numpy(zero_copy_only=False) for name in rows.column_names}


def fetch_grouped(tables: Tables, rows: Step, grouped: str) -> dict[str, Array]:
    """What the query `grouped` comes to for each key: as `rows` gives it where each key has one row, as in nearly all tables."""
    raw = fetch(tables, rows)
    return fetch(tables, replace(rows, sql=grouped)) if _doubled(raw["key"]) else raw


def _doubled(keys: Array) -> bool:
    return bool((keys[1:] == keys[:-1]).any())


def token(column: str) -> str:
    """SQL: a token's number."""
    return _HASHED.format(column)


def seconds(column: str) -> str:
    """SQL: an instant in seconds, NaN when there is none."""
    return _SECONDS.format(column)


def number(column: str) -> str:
    """SQL: a number, NaN when there is none."""
    return _NUMBER.format(column)


def _select(given: Set[str], wanted: Mapping[str, tuple[str, str]]) -> str:
    parts = [f"{kind.format(column)} AS {name}" for name, (kind, column) in wanted.items() if column in given]
    return ", ".join(parts)


_ORDERS = {
    "shop": (_HASHED, "shop_id"), "buyer": (_HASHED, "buyer_id"), "sku": (_HASHED, "sku_id"),
    "quantity": (_NUMBER, "quantity"), "at": (_SECONDS, "ordered_at"),
    "amount": (_NUMBER, "amount"), "refund": (_NUMBER, "refund_amount"),
    "done": (_SECONDS, "completed_at"),
    "refunded": (_SECONDS, "refunded_at"), "device": (_HASHED, "device_id"),
    "ip": (_HASHED, "ip_id"), "address": (_HASHED, "address_id"),
}  # fmt: skip
_PARCELS = {
    "waybill": (_HASHED, "waybill_no"), "courier": (_HASHED, "courier_id"), "parcel_shop": (_HASHED, "shop_id"),
    "origin": (_HASHED, "origin_site_id"), "destination": (_HASHED, "destination_site_id"),
    "receiver": (_HASHED, "receiver_address_id"), "phone": (_HASHED, "receiver_phone_id"), "weight": (_NUMBER, "weight_g"),
    "declared": (_NUMBER, "declared_weight_g"), "fee": (_NUMBER, "fee"), "created": (_SECONDS, "created_at"),
    "signed": (_SECONDS, "signed_at"),
}  # fmt: skip


def _of_orders(tables: Tables, given: Given, threads: int) -> TradeView:
    chosen = _select(given["orders"], _ORDERS)
    query = (
        f"SELECT hash(order_id) AS key, {chosen} FROM orders WHERE order_id IS NOT NULL AND order_id <> ''"
    )
    raw = fetch(tables, Step(query, "orders", "order_id", "key"))
    if _doubled(raw["key"]):  # an order given twice counts once, the same one each time
        raw = fetch(tables, Step(query, "orders", "order_id", "ALL"))
        raw = first_of_each_key(raw)
    view = _start(raw, "orders", given)
    waybills: Future[Array] = Future()  # what the scans wait for
    wanted: list[Callable[[Tables], None]] = []
    if "order_id" in given.get("parcels", ()):
        wanted.append(partial(_add_parcels, view=view, waybills=waybills))
    wanted.append(lambda _tables: _put(view, raw))
    if "payments" in given:
        wanted.append(partial(_add_payments, view=view))
    if "reviews" in given:
        wanted.append(partial(_add_reviews, view=view))
    wanted.append(partial(_add_world, view=view))
    if threads < 2:
        for add in wanted:
            add(tables)
    else:
        side_by_side([partial(_apart, tables, add) for add in wanted], threads)
    if "order_id" in given.get("parcels", ()) and "waybill_no" in given.get("scans", ()):
        # One after the other: each has a row for every parcel, and two at once are more than all else.
        for scans in _scans(given["scans"]):
            _put_scans(tables, view, waybills, scans)
    return view


def _apart(tables: Tables, add: Callable[[Tables], None]) -> None:
    """Add to a view by a connection of its own, as several may be at it at once."""
    if isinstance(tables, duckdb.DuckDBPyConnection):
        with tables.cursor() as own:
            add(own)
    else:
        add(tables)


def _start(raw: dict[str, Array], subject: str, given: Given) -> TradeView:
    """A view of the rows' keys, shops and buyers; all else stays in `raw`."""
    keys = raw.pop("key")
    empty = np.zeros(len(keys), dtype=np.uint64)
    shop, shop_keys = encode(raw.pop("shop", empty))
    buyer, buyer_keys = encode(raw.pop("buyer", empty))
    view = TradeView(len(keys), subject, keys, given, shop_keys, buyer_keys)
    view.columns.update({"shop": shop, "buyer": buyer})
    return view


def _put(view: TradeView, raw: dict[str, Array], place: Array | None = None) -> None:
    """Set columns from rows of another table; `place` says which row of it each of ours has, -1 none. Without it, the same row."""
    has = True if place is None else place >= 0
    whole = bool(np.all(has))
    row: Array | slice = slice(None) if place is None else place
    for name in list(raw):
        column = raw.pop(name)
        if not len(column):
            continue
        if name in _CODES:
            codes, keys = encode(column)
            if len(keys):
                view.put(name, codes[row] if whole else np.where(has, codes[row], np.int32(-1)))
        else:
            view.put(name, column[row] if whole else np.where(has, column[row], np.nan))


def _add_world(tables: Tables, view: TradeView) -> None:
    """When an order's buyer registered and its shop opened."""
    for table, key, column, name, keys, codes in (
        ("buyers", "buyer_id", "registered_at", "registered", view.buyer_keys, view["buyer"]),
        ("shops", "shop_id", "opened_on", "opened", view.shop_keys, view["shop"]),
    ):
        if column not in view.given.get(table, ()):
            continue
        raw = fetch(
            tables,
            Step(
                f"SELECT hash({key}) AS key, min({seconds(f'{column}::TIMESTAMP')}) AS at FROM {table} "
                f"WHERE {key} IS NOT NULL GROUP BY 1",
                table,
                key,
                "key",
            ),
        )
        place = match(raw["key"], keys)
        if len(raw["key"]) and len(keys):
            each = np.where(place >= 0, raw["at"][place], np.nan)
            view.put(name, np.where(codes >= 0, each[codes], np.nan))


def _add_payments(tables: Tables, view: TradeView) -> None:
    given = view.given["payments"]
    chosen = [(n, token(c)) for n, c in (("payer", "payer_id"), ("payee", "payee_id")) if c in given]
    if not chosen:
        return
    known = "FROM payments WHERE order_id IS NOT NULL"
    one = ", ".join(f"{hashed} AS {name}" for name, hashed in chosen)
    least = ", ".join(f"coalesce(min(nullif({hashed}, 0)), 0)::UBIGINT AS {name}" for name, hashed in chosen)
    raw = fetch_grouped(
        tables,
        Step(f"SELECT hash(order_id) AS key, {one} {known}", "payments", "order_id", "key"),
        f"SELECT hash(order_id) AS key, {least} {known} GROUP BY 1",
    )
    place = match(raw.pop("key"), view.keys)
    if "payer" in raw and "payee" in raw:
        paid = np.unique(raw["payee"])
        raw["payer_receives"] = (np.isin(raw["payer"], paid[paid > 0]) & (raw["payer"] > 0)).astype(
            np.float32
        )
    _put(view, raw, place)


def _add_parcels(tables: Tables, view: TradeView, waybills: Future[Array]) -> None:
    """The first parcel of each order; tells the waybill of every order, 0 without one, to whoever waits for it."""
    try:
        waybills.set_result(_parcels_of(tables, view))
    except BaseException as error:
        waybills.set_exception(error)
        raise


def _parcels_of(tables: Tables, view: TradeView) -> Array:
    given = view.given["parcels"]
    query = (
        f"SELECT hash(order_id) AS key, {_select(given, _PARCELS)} FROM parcels WHERE order_id IS NOT NULL"
    )
    raw = _ordered(tables, query, "parcels")
    raw.pop("parcel_shop", None)
    raw = first_of_each_key(raw)
    place = match(raw.pop("key"), view.keys)
    waybill = raw.pop("waybill")
    if not len(waybill):
        return waybill
    raw["reused"] = _times(waybill)
    raw |= _distances(tables, view.given, raw)
    _put(view, raw, place)
    return np.where(place >= 0, waybill[place], np.uint64(0))


def _ordered(tables: Tables, query: str, table: str) -> dict[str, Array]:
    """Rows by their key; by all their columns where keys are doubled, so that the same one of them is always the first."""
    raw = fetch(tables, Step(query, table, "order_id", "key"))
    return fetch(tables, Step(query, table, "order_id", "ALL")) if _doubled(raw["key"]) else raw


def _times(hashes: Array) -> Array:
    """How often each hash stands among all; NaN for 0, which is none. By sorting: a table of millions of different ones costs more."""
    order = hash_order(hashes)
    _, lengths = runs(hashes[order])
    times = np.empty(len(hashes), dtype=np.float32)
    times[order] = np.repeat(lengths, lengths)
    times[hashes == 0] = np.nan
    return times


def first_of_each_key(raw: dict[str, Array]) -> dict[str, Array]:
    """Rows in the order of their key, the first of each; the very same arrays where no key is doubled."""
    once = np.ones(len(raw["key"]), dtype=bool)
    once[1:] = raw["key"][1:] != raw["key"][:-1]
    return raw if once.all() else {name: column[once] for name, column in raw.items()}


def _distances(tables: Tables, given: Given, raw: Mapping[str, Array]) -> dict[str, Array]:
    """Kilometres as the crow flies between the sites a parcel goes from and to; a site stands in the middle of its scans.

    Sums of whole numbers, so that they are the same in any order. Signatures are given at the door and count only where
    nothing else was scanned at a site.
    """
    if not (
        {"site_id", "lat", "lon"} <= given.get("scans", frozenset())
        and {"origin", "destination"} <= raw.keys()
    ):
        return {}
    seen = fetch(
        tables,
        Step(
            "SELECT hash(site_id) AS key, (kind = 'signed')::INT AS door, sum(round(lat * 1e5)::BIGINT)::DOUBLE / count(*) / 1e5 AS lat, "
            "sum(round(lon * 1e5)::BIGINT)::DOUBLE / count(*) / 1e5 AS lon FROM scans WHERE site_id IS NOT NULL AND kind IS NOT NULL "
            "AND lat IS NOT NULL AND lon IS NOT NULL GROUP BY 1, 2",
            "scans",
            "site_id",
            "key, door",
        ),
    )
    first = np.ones(len(seen["key"]), dtype=bool)
    first[1:] = seen["key"][1:] != seen["key"][:-1]
    place = [match(seen["key"][first], raw[end]) for end in ("origin", "destination")]
    if not first.any():
        return {}
    lat, lon = (np.radians(seen[name][first]) for name in ("lat", "lon"))
    (lat_from, lat_to), (lon_from, lon_to) = ([column[there] for there in place] for column in (lat, lon))
    half = (
        np.sin((lat_from - lat_to) / 2) ** 2
        + np.cos(lat_from) * np.cos(lat_to) * np.sin((lon_from - lon_to) / 2) ** 2
    )
    kilometres = 2 * _EARTH_KM * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0)))
    known = (place[0] >= 0) & (place[1] >= 0)
    return {"distance": np.where(known, kilometres, np.nan).astype(np.float32)}


def _of_parcels(tables: Tables, given: Given) -> TradeView:
    chosen = _select(given["parcels"], {n: w for n, w in _PARCELS.items() if n != "waybill"})
    raw = fetch(
        tables,
        Step(
            f"SELECT hash(waybill_no) AS key, {chosen} FROM parcels WHERE waybill_no IS NOT NULL AND waybill_no <> ''",
            "parcels",
            "waybill_no",
            "ALL",
        ),
    )
    raw = first_of_each_key(raw)
    raw["shop"] = raw.pop("parcel_shop", np.zeros(len(raw["key"]), dtype=np.uint64))
    if "created" in raw:
        raw["at"] = raw["created"]
    raw |= _distances(tables, given, raw)
    view = _start(raw, "parcels", given)
    _put(view, raw)
    if view.has("receiver"):
        view.columns["address"] = view["receiver"]
    _add_world(tables, view)
    if "scans" in given:
        known: Future[Array] = Future()
        known.set_result(view.keys)
        for scans in _scans(given["scans"]):
            _put_scans(tables, view, known, scans)
    return view


@dataclass(frozen=True, slots=True)
class _Scans:
    """What is asked of some of the scans: as `rows` says where no waybill has two of them, else as `grouped` does."""

    which: str
    rows: tuple[str, ...]
    grouped: tuple[str, ...]


def _scans(given: Set[str]) -> list[_Scans]:
    """What a parcel's scans come to: how many, from pick-up to signature, where and by whom it was signed.

    Most parcels are picked up once and signed for once: those scans are taken as they are, and only counts need all of them.
    """
    at = seconds("scanned_at")
    signed, signed_last = [f"{at} AS handed"], [f"min({at}) AS handed"]
    if "lat" in given:
        signed.append("(lat IS NOT NULL)::INT::FLOAT AS located")
        signed_last.append("max((lat IS NOT NULL)::INT)::FLOAT AS located")
    if "site_id" in given:
        signed.append(f"{token('site_id')} AS sign_site")
        signed_last.append(f"max({token('site_id')}) AS sign_site")
    # Both counts in one sum: what is kept for each of millions of parcels is what this costs.
    unnamed = f"CASE WHEN operator_id IS NULL OR operator_id = '' THEN {_APART} ELSE 0 END"
    counted = f"sum((1 + {unnamed if 'operator_id' in given else '0'})::DOUBLE) AS scans"
    return [
        _Scans("kind = 'pickup'", (f"{at} AS picked",), (f"min({at}) AS picked",)),
        _Scans("kind = 'signed'", tuple(signed), tuple(signed_last)),
        _Scans("true", (), (counted,)),
    ]


def _put_scans(tables: Tables, view: TradeView, waybills: Future[Array], scans: _Scans) -> None:
    """Set columns from some of the scans, once it is known of which waybills."""
    known = f"FROM scans WHERE waybill_no IS NOT NULL AND ({scans.which})"
    key = "SELECT hash(waybill_no) AS key"
    by_waybill = f"{key}, {', '.join(scans.grouped)} {known} GROUP BY 1"
    one = f"{key}, {', '.join(scans.rows)} {known}" if scans.rows else by_waybill
    raw = fetch_grouped(tables, Step(one, "scans", "waybill_no", "key"), by_waybill)
    if "scans" in raw:
        both = raw["scans"]
        raw["scans"] = np.mod(both, _APART).astype(np.float32)
        if "operator_id" in view.given["scans"]:
            raw["unnamed"] = np.floor(both / _APART).astype(np.float32)
    ours = waybills.result()
    if len(ours):
        place = match(raw.pop("key"), ours)
        place[ours == 0] = -1
        _put(view, raw, place)


# Two texts that differ only in punctuation, spacing, doubled signs or the order of their words are near enough the same.
_WORDS = "regexp_replace(text, '[^\\p{L}\\p{N}]', '', 'g')"
_SAME_TEXT = f"hash(array_to_string(list_sort(list_distinct(string_split({_WORDS}, ''))), ''))"


def _add_reviews(tables: Tables, view: TradeView) -> None:
    """The first review of an order by its buyer: stars, when, and how often the same words were used."""
    given = view.given["reviews"]
    if "order_id" not in given:
        return
    kept = ["order_id IS NOT NULL"]
    if "follows_review_id" in given:
        kept.append("follows_review_id IS NULL")
    if "direction" in given:
        kept.append("coalesce(direction, 'buyer_to_shop') = 'buyer_to_shop'")
    which, words, joined, text, length = " AND ".join(kept), "", "", "0::UBIGINT", "0::FLOAT"
    if "text" in given:
        # The same words are often used: each is looked at once.
        words = (
            f"WITH words AS (SELECT text, {_SAME_TEXT} AS same, length({_WORDS})::FLOAT AS length "
            f"FROM (SELECT DISTINCT text FROM reviews WHERE text IS NOT NULL AND {which})) "
        )
        joined = "LEFT JOIN words USING (text)"
        text, length = "coalesce(words.same, 0)", "coalesce(words.length, 0)"
    query = (
        f"{words}SELECT hash(order_id) AS key, hash(review_id) AS review, {seconds('reviewed_at')} AS reviewed, "
        f"{number('score')} AS stars, {text} AS text, {length} AS text_length FROM reviews {joined} WHERE {which}"
    )
    raw = _ordered(tables, query, "reviews")
    raw.pop("review")
    raw = first_of_each_key(raw)
    _put(view, raw, match(raw.pop("key"), view.keys))
