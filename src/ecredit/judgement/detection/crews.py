"""Shops tied by the same accounts: crews that go from shop to shop, and shops that buy from each other.

An account that looks forged at three shops is no customer of any of them. Shops that share such accounts belong together: few
accounts for many shops means that the shops bring them and brush each other; many for few, that somebody keeps a crew for hire.
"""

from collections import Counter, defaultdict
from itertools import combinations

import numpy as np

from ecredit.judgement.detection.group_rows import Array
from ecredit.judgement.detection.scores import RING, SYBIL
from ecredit.judgement.detection.trade_view import TradeView

# An account at so many shops belongs to a crew; shops that share so many of them belong together; a ring has at least so many
# shops, and at most so many accounts a shop.
_SHOPS_EACH, _SHARED, _RING_SHOPS, _RING_ACCOUNTS = 3, 3, 4, 15
# Accounts at more shops than this tell nothing of any two of them.
_MOST_SHOPS = 60


def find_crews(view: TradeView, chance: Array) -> tuple[Array, dict[int, list[int]]]:
    """Return `(kind, tied)`: SYBIL or RING for each suspect order of a crew's account, 0 for others; shop → shops tied to it."""
    kinds = np.zeros(view.rows, dtype=np.int8)
    suspect = np.flatnonzero((chance >= 0.5) & (view["buyer"] >= 0) & (view["shop"] >= 0))
    visited: dict[int, set[int]] = defaultdict(set)
    for buyer, shop in zip(view["buyer"][suspect].tolist(), view["shop"][suspect].tolist(), strict=True):
        visited[buyer].add(shop)
    crew = {buyer: shops for buyer, shops in visited.items() if _SHOPS_EACH <= len(shops) <= _MOST_SHOPS}
    shared: Counter[tuple[int, int]] = Counter()
    for shops in crew.values():
        shared.update(combinations(sorted(shops), 2))
    groups = _components([pair for pair, accounts in shared.items() if accounts >= _SHARED])
    kind_of: dict[int, int] = {}
    tied: dict[int, list[int]] = {}
    for members in groups:
        accounts = sum(1 for shops in crew.values() if len(shops & members) >= 2)
        ring = len(members) >= _RING_SHOPS and accounts <= _RING_ACCOUNTS * len(members)
        for shop in members:
            kind_of[shop] = RING if ring else SYBIL
            tied[shop] = sorted(members - {shop})
    for row in suspect.tolist():
        if int(view["buyer"][row]) in crew:
            kinds[row] = kind_of.get(int(view["shop"][row]), 0)
    return kinds, tied


def _components(edges: list[tuple[int, int]]) -> list[set[int]]:
    """Groups of what is joined, directly or by others."""
    parent: dict[int, int] = {}

    def root(member: int) -> int:
        parent.setdefault(member, member)
        while parent[member] != member:
            parent[member] = parent[parent[member]]
            member = parent[member]
        return member

    for one, other in sorted(edges):
        low, high = sorted((root(one), root(other)))
        parent[high] = low
    groups: dict[int, set[int]] = defaultdict(set)
    for member in sorted(parent):
        groups[root(member)].add(member)
    return list(groups.values())
