"""A few things known: what somebody has already found forged or sound, and what can be learnt from it.

Without labels nothing is missing. With them a known order speaks for others of its shop, buyer, device; and how much each family
of evidence counts is fitted to what is known, starting from what it counts without (a ridge towards the weights at hand), so that
few labels change little and many change much.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ecredit.foundation.engine.duck import open_duck
from ecredit.foundation.engine.steps import Step, Tables
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.judgement.detection.evidence import Binned
from ecredit.judgement.detection.group_rows import Array, match
from ecredit.judgement.detection.trade_view import Given, TradeView, fetch

KEYS = ("order_id", "review_id", "buyer_id", "shop_id")
LABEL = "forged"
_YES, _NO = (
    frozenset({"1", "1.0", "true", "yes", "是", "t", "y"}),
    frozenset({"0", "0.0", "false", "no", "否", "f", "n"}),
)
# Log-evidence of being known: the order itself; an order of a buyer known to forge; of such a shop; of a sound buyer or shop.
_OWN, _BUYER, _SHOP, _SOUND = 6.0, 3.0, 1.0, 3.0
# How many labelled rows the weights at hand may be worth (the last: they stay), and the fewest of either kind to learn from.
_RIDGES, _FEWEST, _FOLDS = (60.0, 250.0, 1_000.0, 4_000.0, 1e9), 5, 5
_STEPS = 25


@dataclass(frozen=True, slots=True)
class Labels:
    """Key column → `(hashes, forged)`: hashes rising, each once."""

    known: Mapping[str, tuple[Array, Array]]


def read_labels(path: Path) -> Labels:
    """Read a CSV (UTF-8 or GB18030) or Parquet file with one of the columns `order_id`, `review_id`, `buyer_id`, `shop_id` and the
    column `forged` (1 or 0). Raises WrongUse with all that is wrong with it."""
    columns, numbers = _rows(path)
    headers = list(columns)
    keys = [name for name in KEYS if name in headers]
    if LABEL not in headers or not keys:
        raise WrongUse(
            f"标签文件 {path} 须有 {LABEL} 列（1 或 0），以及 {'、'.join(KEYS)} 之一；现有列：{'、'.join(headers) or '无'}",
            f"the labels {path} need a column {LABEL} (1 or 0) and one of {', '.join(KEYS)}; there are: {', '.join(headers) or 'none'}",
        )
    words = [str(word).strip().lower() if word is not None else "" for word in columns[LABEL]]
    odd = [place for place, word in enumerate(words) if word and word not in _YES | _NO]
    if odd:
        lines = ", ".join(str(numbers[place]) for place in odd[:10])
        raise WrongUse(
            f"标签文件 {path} 的 {LABEL} 列只能是 1 或 0；共 {len(odd)} 行不是，如第 {lines} 行",
            f"column {LABEL} of {path} must be 1 or 0; {len(odd)} rows are not, such as lines {lines}",
        )
    known = {}
    for name in keys:
        said = [
            (str(key).strip(), word in _YES)
            for key, word in zip(columns[name], words, strict=True)
            if key is not None and str(key).strip() and word
        ]
        if not said:
            continue
        rows = pa.table({"id": [key for key, _ in said], "forged": [label for _, label in said]})
        # Said both ways counts as forged: somebody found something.
        step = Step(
            "SELECT hash(id) AS key, bool_or(forged) AS forged FROM label_rows GROUP BY 1",
            "label_rows",
            "id",
            "key",
            {"label_rows": rows},
        )
        with open_duck(threads=1) as connection:
            found = fetch(connection, step)
        known[name] = found["key"], found["forged"].astype(bool)
    return Labels(known)


def _rows(path: Path) -> tuple[dict[str, list[object]], list[int]]:
    """Columns of a file, and the number of each row in it: its line, or its place in a Parquet file from 1."""
    try:
        if path.suffix.lower() == ".parquet":
            table = pq.read_table(path)
            return table.to_pydict(), list(range(1, table.num_rows + 1))
        raw = path.read_bytes()
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = raw.decode("gb18030", errors="replace")
        reader = csv.reader(io.StringIO(text))
        headers = [name.strip() for name in next(reader, [])]
        lines, numbers = [], []
        for line in reader:
            if line:
                lines.append(line)
                numbers.append(reader.line_num)
    except (OSError, pa.ArrowException, csv.Error) as error:
        raise WrongUse(
            f"无法读取标签文件 {path}（{error}）", f"the labels {path} cannot be read ({error})"
        ) from error
    return {
        name: [line[place] if place < len(line) else None for line in lines]
        for place, name in enumerate(headers)
    }, numbers


@dataclass(frozen=True, slots=True)
class Told:
    """What labels say of some orders.

    effect  log-evidence of being known, per order
    known   1 forged, 0 sound, -1 not known itself
    """

    effect: Array
    known: Array

    def of(self, rows: Array) -> "Told":
        """The same of some rows."""
        return Told(self.effect[rows], self.known[rows])

    def but(self, rows: Array) -> "Told":
        """The same with nothing said of some rows."""
        effect, known = self.effect.copy(), self.known.copy()
        effect[rows], known[rows] = 0.0, -1
        return Told(effect, known)

    def weigh(
        self,
        flags: Sequence[Binned],
        weights: Mapping[str, Array],
        own: Array,
        ties: Mapping[str, Array],
    ) -> tuple[dict[str, Array], dict[str, float]]:
        """Return the weights of flags, and how much each tie counts, as the known orders show them."""
        rows = np.flatnonzero(self.known >= 0)
        names = [name for name in ties if name != "told"]
        said = [weights[each.flag.id][each.bins[rows]] for each in flags] + [
            ties[name][rows] for name in names
        ]
        if not said:
            return dict(weights), {}
        parts = np.column_stack(said).astype(np.float64)
        # Caps, and what stands alone counting less, are taken as they are.
        offset = own[rows] - parts[:, : len(flags)].sum(axis=1)
        found = fit_weights(parts, offset, self.known[rows].astype(np.float64), np.ones(parts.shape[1]), rows)
        scaled = {each.flag.id: weights[each.flag.id] * found[place] for place, each in enumerate(flags)}
        return scaled, {name: float(found[len(flags) + place]) for place, name in enumerate(names)}


def tell_orders(labels: Labels, view: TradeView, tables: Tables, given: Given) -> Told:
    """What the labels say of the orders of a view: of themselves, their reviews, buyers and shops.

    An order is known by its own label or its reviews', forged where they differ. A buyer's or shop's label makes its orders
    likelier or less likely, and leaves them open.
    """
    known = np.full(view.rows, -1, dtype=np.int8)
    effect = np.zeros(view.rows, dtype=np.float32)
    for name, codes, keys, strong in (
        ("shop_id", view["shop"], view.shop_keys, _SHOP),
        ("buyer_id", view["buyer"], view.buyer_keys, _BUYER),
    ):
        if name in labels.known and len(keys):
            hashes, forged = labels.known[name]
            place = match(hashes, keys)
            each = np.where(place >= 0, np.where(forged[place], strong, -_SOUND), 0.0)
            effect += np.where(codes >= 0, each[codes], 0.0).astype(np.float32)
    for hashes, forged in _of_orders(labels, tables, given):
        place = match(view.keys, hashes)
        np.maximum.at(known, place[place >= 0], forged[place >= 0].astype(np.int8))
    effect[known == 1] = _OWN
    effect[known == 0] = -_OWN
    return Told(effect, known)


def _of_orders(labels: Labels, tables: Tables, given: Given) -> list[tuple[Array, Array]]:
    """Labels of orders, and those of reviews told of their orders."""
    found = []
    if "review_id" in labels.known and "order_id" in given.get("reviews", ()):
        hashes, forged = labels.known["review_id"]
        joined = fetch(
            tables,
            Step(
                "SELECT hash(review_id) AS review, min(hash(order_id)) AS ordered FROM reviews "
                "WHERE review_id IS NOT NULL AND order_id IS NOT NULL GROUP BY 1",
                "reviews",
                "review_id",
                "review",
            ),
        )
        place = match(joined["review"], hashes)
        found.append((joined["ordered"][place[place >= 0]], forged[place >= 0]))
    if "order_id" in labels.known:
        found.append(labels.known["order_id"])
    return found


def fit_weights(parts: Array, offset: Array, forged: Array, start: Array, folds: Array) -> Array:
    """Return how much each part counts, from labelled rows: logistic regression drawn towards `start`.

    parts   (rows, parts): the log-evidence each part gives now
    offset  (rows,): what is added whatever the parts say
    forged  (rows,): 1 or 0
    start   (parts,): what each counts without labels
    folds   (rows,): numbers; rows of one number stay together when it is tried how far to trust the labels

    The constant is free, since those who label choose what they look at; it is fitted and thrown away. Both kinds weigh the
    same in all. How strongly the result is drawn back is what foretells left-out labels best (five folds); nothing is learnt
    where that is not clearly better than `start`, nor from fewer than five rows of either kind.
    """
    yes = float(forged.sum())
    if yes < _FEWEST or len(forged) - yes < _FEWEST:
        return start
    weight = np.where(forged > 0, 0.5 / yes, 0.5 / (len(forged) - yes)) * len(forged)
    whole = np.column_stack([parts, np.ones(len(parts))]).astype(np.float64)
    fold = folds % _FOLDS
    losses = np.zeros((len(_RIDGES), _FOLDS))
    for place, ridge in enumerate(_RIDGES):
        for out in range(_FOLDS):
            held = fold == out
            found = _fit(whole[~held], offset[~held], forged[~held], weight[~held], start, ridge)
            log_odds = whole[held] @ found + offset[held]
            losses[place, out] = (
                weight[held] * np.logaddexp(0.0, np.where(forged[held] > 0, -log_odds, log_odds))
            ).sum()
    best = int(np.argmin(losses.sum(axis=1)))
    gain = losses[-1] - losses[best]
    # By chance alone something is always a little better.
    if gain.sum() <= gain.std() * np.sqrt(_FOLDS):
        return start
    found = _fit(whole, offset, forged, weight, start, _RIDGES[best])
    # More of what speaks for forged trade never speaks against it.
    kept: Array = np.where(start > 0, np.maximum(found[:-1], 0.0), found[:-1])
    return kept


def fit_scale(evidence: Array, forged: Array) -> float:
    """What to multiply a score with to make log-evidence of it, by labelled rows; 0 where it foretells nothing."""
    weight = np.where(forged > 0, 0.5 / max(forged.sum(), 1), 0.5 / max((1 - forged).sum(), 1)) * len(forged)
    whole = np.column_stack([evidence, np.ones(len(evidence))])
    return max(float(_fit(whole, np.zeros(len(evidence)), forged, weight, np.zeros(1), 1e-3)[0]), 0.0)


def _fit(whole: Array, offset: Array, forged: Array, weight: Array, start: Array, ridge: float) -> Array:
    """Newton's method from `start`; the last column is the constant, held by next to nothing."""
    target = np.append(start, 0.0)
    held = np.append(np.full(len(start), ridge), 1e-3)
    found = target.copy()
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(whole @ found + offset, -30, 30)))
        slope = whole.T @ (weight * (chance - forged)) + held * (found - target)
        curve = (whole * (weight * chance * (1 - chance))[:, None]).T @ whole + np.diag(held)
        step = np.linalg.solve(curve, slope)
        found -= step
        if float(np.abs(step).max()) < 1e-8:
            break
    return found
