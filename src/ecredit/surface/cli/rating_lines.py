"""Shown ratings as lines of a terminal."""

from collections.abc import Iterable, Iterator, Mapping

from ecredit.foundation.catalog.rating_types import RatingRule
from ecredit.foundation.catalog.texts import text
from ecredit.judgement.evaluation.rating_types import RatingFigures


def rating_lines(ratings: Iterable[RatingFigures], rules: Mapping[str, RatingRule]) -> Iterator[str]:
    """A subject's ratings: what is shown, on how many, what was weighted down and why, points and level, by which rule."""
    for figures in ratings:
        rule, more = rules.get(figures.rule), figures.more
        title = figures.rule if rule is None else f"{rule.title_zh} {rule.title_en}"
        whose = f"{figures.name}（{figures.rated}）" if figures.name else figures.rated
        if figures.rating is None:
            shown = "还没有可显示的评价 no rating shown yet"
        else:
            shown = f"{figures.rating:.2f}（{figures.low:.2f}–{figures.high:.2f}），依据 on {figures.ratings:,} 条 ratings"
        waiting = f"，未到显示时间 not shown yet {more['waiting']:,}" if more.get("waiting") else ""
        yield f"  评分 rating {whose}: {shown}{waiting} [{title} {figures.rule_version}]"
        sides = more.get("dimensions", {})
        if rule is not None and sides:
            yield "    " + "  ".join(
                f"{d.zh} {d.en} {sides[d.id]['rating']:.2f}" for d in rule.dimensions if d.id in sides
            )
        if more.get("weighted_down"):
            yield f"    降权 weighted down {more['weighted_down']:,}，占全部分量 share of weight {more['weighted_down_share']:.0%}"
        for reason in more.get("reasons", ()):
            key, count = f"rating.reason.{reason['reason']}", f"{reason['ratings']:,}"
            yield f"    {text(key, 'zh', ratings=count)} / {text(key, 'en', ratings=count)}"
        if "points" in more and rule is not None and rule.points is not None:
            level = next((x for x in rule.points.levels if x.id == more["level"]), None)
            named = more["level"] if level is None else f"{level.zh} {level.en}"
            yield f"    积分 points {more['points']:,.2f}，等级 level {named}"
