"""Who is tied to whom as SVG geometry: what orders share on the left, the shops that share it on the right."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ecredit.judgement.triage.finding_rows import SharedGroup

WIDTH: Final = 760
_ROW, _PAD = 30, 16
_LEFT_X, _RIGHT_X = 250, 520
_MOST_SHOPS: Final = 9


@dataclass(frozen=True, slots=True)
class Node:
    """A box of the picture; `index` is its place in the groups or shops it stands for."""

    index: int
    x: int
    y: float


@dataclass(frozen=True, slots=True)
class Link:
    """A line between a group and a shop; `width` grows with the orders it stands for."""

    x1: int
    y1: float
    x2: int
    y2: float
    width: float
    own: bool


@dataclass(frozen=True, slots=True)
class TiesPicture:
    """Groups, shops (the finding's own first) and the lines between; `left_out` shops have no place in the picture."""

    width: int
    height: int
    groups: Sequence[Node]
    shops: Sequence[Node]
    links: Sequence[Link]
    shop_ids: Sequence[str]
    left_out: int


def picture_of(shop_id: str, shared: Sequence[SharedGroup]) -> TiesPicture | None:
    """The picture of what a shop's suspect orders share; None where they share nothing."""
    if not shared:
        return None
    weight: dict[str, int] = {}
    for group in shared:
        for _, shop, orders in group.others:
            weight[shop] = weight.get(shop, 0) + orders
    others = sorted(weight, key=lambda shop: (-weight[shop], shop))
    shops = [shop_id, *others[: _MOST_SHOPS - 1]]
    height = 2 * _PAD + _ROW * max(len(shared), len(shops))
    groups_at = [Node(n, _LEFT_X, _spread(n, len(shared), height)) for n in range(len(shared))]
    shops_at = [Node(n, _RIGHT_X, _spread(n, len(shops), height)) for n in range(len(shops))]
    most = max(group.orders for group in shared)
    place = dict(zip(shops, shops_at, strict=True))
    links: list[Link] = []
    for group, node in zip(shared, groups_at, strict=True):
        ends = [
            (shop_id, group.orders),
            *((shop, orders) for _, shop, orders in group.others if shop in place),
        ]
        for shop, orders in ends:
            width = 1.0 + 4.0 * min(1.0, orders / most)
            links.append(Link(node.x, node.y, place[shop].x, place[shop].y, round(width, 1), shop == shop_id))
    return TiesPicture(
        WIDTH, height, groups_at, shops_at, links, shops, max(0, len(others) - _MOST_SHOPS + 1)
    )


def _spread(place: int, count: int, height: int) -> float:
    """The middle of a row when `count` rows share the height."""
    return round(_PAD + (height - 2 * _PAD) * (place + 0.5) / count, 1)
