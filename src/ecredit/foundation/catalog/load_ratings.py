"""Reads `ratings/*.yaml`: one file for each direction in which one side rates another."""

from pathlib import Path

from ecredit.foundation.catalog.field_words import read_whole, read_words
from ecredit.foundation.catalog.load_laws import read_basis
from ecredit.foundation.catalog.rating_types import DIRECTIONS, Dimension, PointLevel, PointRule, RatingRule
from ecredit.foundation.catalog.yaml_nodes import FaultLog, Fields, read_fields

_STARS = 5


def load_ratings(root: Path, log: FaultLog) -> dict[str, RatingRule]:
    """Return the rules of rating by direction, in the order of their files' names."""
    rules: dict[str, RatingRule] = {}
    read: dict[str, Fields] = {}
    for path in sorted((root / "ratings").glob("*.yaml")):
        fields = read_fields(path, root, log)
        if fields is None:
            continue
        rule = _read(fields)
        if rule.id != path.stem:
            fields.fault(
                "id", "wrong_name", f"文件名应为 {rule.id}.yaml", f"the file should be called {rule.id}.yaml"
            )
        rules[rule.id], read[rule.id] = rule, fields
    for name, rule in rules.items():
        _check_pair(rule, rules, read[name])
    return rules


def _read(fields: Fields) -> RatingRule:
    title, about = read_words(fields, "title"), read_words(fields, "about")
    valid_from, valid_to = fields.period()
    basis = read_basis(fields)
    if basis is None:
        fields.fault(
            "basis", "missing_key", "缺少 basis；请写明依据", "basis is missing; say what it stands under"
        )
    rule = RatingRule(
        id=fields.one_of("id", DIRECTIONS),
        title_zh=title[0],
        title_en=title[1],
        version=fields.text("version"),
        valid_from=valid_from,
        valid_to=valid_to,
        about_zh=about[0],
        about_en=about[1],
        dimensions=_dimensions(fields),
        blind_days=read_whole(fields, "blind_days"),
        pair=fields.one_of("pair", DIRECTIONS) if fields.has("pair") else None,
        follow_up_days=read_whole(fields, "follow_up_days"),
        needs_order=fields.flag("needs_order"),
        replies=fields.flag("replies"),
        public=fields.flag("public"),
        public_from=read_whole(fields, "public_from", 1),
        points=_points(fields),
        law="" if basis is None else basis.law,
        article=None if basis is None else basis.article,
        verified=fields.flag("verified"),
    )
    fields.done()
    return rule


def _dimensions(fields: Fields) -> tuple[Dimension, ...]:
    found: dict[str, Dimension] = {}
    for part in fields.subs("dimensions"):
        dimension = Dimension(part.text("id"), part.text("zh"), part.text("en"), part.text("column"))
        part.done()
        if dimension.id in found:
            part.fault(
                "id",
                "duplicate_id",
                f"维度 {dimension.id} 写了两次；请删去一个",
                f"the dimension {dimension.id} is written twice; remove one",
            )
        found[dimension.id] = dimension
    return tuple(found.values())


def _points(fields: Fields) -> PointRule | None:
    part = fields.sub("points")
    if part is None:
        return None
    stars = part.sub("stars")
    worth = [] if stars is None else [stars.decimal(str(star)) for star in range(1, _STARS + 1)]
    if stars is not None:
        stars.done()
    half, one, most = (part.decimal(key) for key in ("half_life_days", "most_from_one", "most"))
    levels = _levels(part)
    part.done()
    missing = any(number is None for number in worth) or len(worth) != _STARS
    if missing or half is None or half <= 0 or one is None or one <= 0 or most is None or most < one:
        fields.fault(
            "points",
            "bad_number",
            "points 应写 stars（1 至 5 各一个数）、half_life_days 和 most_from_one（大于 0）、most（不小于 most_from_one）",
            "points should say stars (a number for each of 1 to 5), half_life_days and most_from_one (over 0), and most (not "
            "below most_from_one)",
        )
        return None
    one_star, two, three, four, five = (float(number or 0) for number in worth)
    return PointRule((one_star, two, three, four, five), float(half), float(one), float(most), levels)


def _levels(part: Fields) -> tuple[PointLevel, ...]:
    levels = []
    for row in part.subs("levels"):
        bound = row.decimal("at_least")
        levels.append(
            PointLevel(
                row.text("id"), row.text("zh"), row.text("en"), None if bound is None else float(bound)
            )
        )
        row.done()
    bounds = [level.at_least for level in levels]
    rising = [bound for bound in bounds[1:] if bound is not None]
    if not levels or bounds[0] is not None or len(rising) != len(bounds) - 1 or rising != sorted(set(rising)):
        part.fault(
            "levels",
            "bad_levels",
            "levels 应从最低一级写起：第一级不写 at_least，以后逐级升高",
            "levels should begin with the lowest: the first without at_least, each further one higher",
        )
    return tuple(levels)


def _check_pair(rule: RatingRule, rules: dict[str, RatingRule], fields: Fields) -> None:
    """Both sides of a pair name each other and wait as long: what is shown of one is shown of the other at that instant."""
    if rule.pair is None:
        return
    other = rules.get(rule.pair)
    if other is None or other.pair != rule.id or other.blind_days != rule.blind_days:
        fields.fault(
            "pair",
            "bad_pair",
            f"pair 指向的 {rule.pair} 应当存在、也指向 {rule.id}，并且 blind_days 相同",
            f"the pair {rule.pair} should be there, name {rule.id} in turn, and have the same blind_days",
        )
