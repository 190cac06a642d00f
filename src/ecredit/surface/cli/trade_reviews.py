"""Reviews: what people say after the goods came, what nobody said but the platform, and what was paid for."""

import numpy as np

from ecredit.surface.cli.trade_types import (
    COPIED_TEXT,
    DAY,
    FAST_REVIEW,
    FIVE,
    ONE,
    SURE_REVIEW,
    Array,
    Frame,
    chance,
    pick,
    taken,
)
from ecredit.surface.cli.trade_world import World

DEFAULT_TEXT = "系统默认好评"
_SUBJECTS = ("质量", "做工", "颜色", "包装", "味道", "尺码", "手感", "物流", "客服", "性价比", "款式", "材质")
_GOOD = ("很好", "不错", "超出预期", "满意", "和描述一致", "值得回购", "朋友也说好", "比想象中好")
_FAIR = ("一般", "还行", "凑合", "马马虎虎", "没有想象中好", "中规中矩")
_BAD = ("很差", "不如图片", "坏了", "和描述不符", "让人失望", "不会再买", "有异味", "用了两天就不行")
_ENDS = (
    "",
    "。",
    "，家里人喜欢。",
    "，下次再来。",
    "，给孩子买的。",
    "，第二次买了。",
    "，等了几天。",
    "，谢谢店家。",
)


def _phrases(words: tuple[str, ...]) -> list[str]:
    return [f"{subject}{word}{end}" for subject in _SUBJECTS for word in words for end in _ENDS]


_KINDS = (_phrases(_BAD), _phrases(_FAIR), _phrases(_GOOD))
_STARTS = (1, 1 + len(_KINDS[0]), 1 + len(_KINDS[0]) + len(_KINDS[1]))
TEXTS = (DEFAULT_TEXT, *_KINDS[0], *_KINDS[1], *_KINDS[2])
DEFAULT, NO_TEXT = 0, -1


def review(world: World, part: int, orders: Frame) -> Frame:
    """The reviews that the part's orders bring, by order; those of shops about buyers and what is added later come last."""
    rng = chance(world.seed, 13, part)
    asked = np.flatnonzero(~orders["cancelled"])
    sure = orders["tells"][asked] & SURE_REVIEW > 0
    kept = asked[rng.random(len(asked)) < np.where(sure, 0.9, 0.35)]
    said = taken(orders, kept)
    count, tells = len(kept), said["tells"]
    stars = np.round(rng.normal(world.shops["quality"][said["shop"]], 0.7)).clip(1, 5).astype(np.int64)
    stars = np.where(
        said["refunded"] & (said["attack"] == 0) & (rng.random(count) < 0.5), np.minimum(stars, 3), stars
    )
    # Things break and parcels get lost in the best of shops.
    stars = np.where((said["attack"] == 0) & (rng.random(count) < 0.02), 1, stars)
    stars = np.where(tells & FIVE > 0, 5, stars)
    stars = np.where(tells & ONE > 0, 1, stars)
    paid_for = tells & (FIVE | ONE | FAST_REVIEW) > 0
    default = (rng.random(count) < 0.4) & ~paid_for & ~said["refunded"]
    lag = np.ceil(rng.exponential(3 * DAY, count)).astype(np.int64) + 60
    lag = np.where(tells & FAST_REVIEW > 0, rng.integers(30, 3600, count), lag)
    # An order nobody speaks about counts as praised after a fixed time.
    lag = np.where(default, 15 * DAY + rng.integers(0, 3600, count), lag)
    stars = np.where(default, 5, stars)
    text = _texts(rng, stars, tells & COPIED_TEXT > 0, said["shop"])
    text = np.where(default, DEFAULT, np.where(rng.random(count) < 0.2, NO_TEXT, text))
    first: Frame = {
        "order": kept, "at": said["signed"] + lag, "score": stars, "text": text, "by_shop": np.zeros(count, dtype=bool),
        "follows": np.full(count, -1, dtype=np.int64), "attack": said["attack"], "control": said["control"],
        "shop": said["shop"], "buyer": said["buyer"],
    }  # fmt: skip
    later = np.flatnonzero(~default & (rng.random(count) < 0.04))
    back = np.flatnonzero(rng.random(count) < 0.05)
    extra, answer = taken(first, later), taken(first, back)
    extra["follows"] = later
    extra["at"] = extra["at"] + np.ceil(rng.exponential(12 * DAY, len(later))).astype(np.int64) + 3600
    extra["text"] = _texts(rng, extra["score"], np.zeros(len(later), dtype=bool), extra["shop"])
    answer["by_shop"][:] = True
    answer["score"] = pick(rng, np.cumsum([0.02, 0.02, 0.03, 0.08, 0.85]), len(back)) + 1
    answer["at"] = answer["at"] + rng.integers(600, 2 * DAY, len(back))
    answer["text"][:] = NO_TEXT
    frame = {name: np.concatenate([first[name], extra[name], answer[name]]) for name in first}
    frame["number"] = np.int64(part) * 2**40 + np.arange(len(frame["at"]))
    return frame


def _texts(rng: np.random.Generator, stars: Array, copied: Array, shop: Array) -> Array:
    """Which sentence: any that fits the stars, or one of the few that were handed out."""
    tone = np.where(stars <= 2, 0, np.where(stars == 3, 1, 2))
    starts, sizes = np.array(_STARTS)[tone], np.array([len(kind) for kind in _KINDS])[tone]
    drawn = np.floor(rng.random(len(stars)) * sizes).astype(np.int64)
    handed = (shop * 7 + rng.integers(0, 3, len(stars)) * 13) % sizes
    text: Array = starts + np.where(copied, handed, drawn)
    return text
