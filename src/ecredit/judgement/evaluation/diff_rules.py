"""What one version of a model says and another does not, in words."""

from dataclasses import dataclass, fields

from ecredit.judgement.evaluation.model_words import INDICATOR_PARTS, MODEL_PARTS, ModelWords
from ecredit.judgement.evaluation.types import Model

ADDED, REMOVED, CHANGED = "added", "removed", "changed"


@dataclass(frozen=True, slots=True)
class Difference:
    """One part in which two versions differ. `of` is the indicator's title, "" for the model itself; `before` and `after` are
    "" where the one or the other says nothing."""

    how: str
    of: str
    part: str
    before: str
    after: str


def list_differences(before: Model, after: Model, words: ModelWords) -> list[Difference]:
    """Every part in which two versions of a model differ, the model's own first, then indicator by indicator."""
    found = [
        Difference(CHANGED, "", words.part(part), old, new)
        for part in MODEL_PARTS
        if (old := words.model_part(before, part)) != (new := words.model_part(after, part))
    ]
    olds, news = {i.id: i for i in before.indicators}, {i.id: i for i in after.indicators}
    for identifier, old_one in olds.items():
        if identifier not in news:
            said = words.indicator_part(before, old_one, "points")
            found.append(Difference(REMOVED, words.indicator(old_one), words.part("indicator"), said, ""))
    for identifier, new_one in news.items():
        old_one = olds.get(identifier, new_one)
        if identifier not in olds:
            said = words.indicator_part(after, new_one, "points")
            found.append(Difference(ADDED, words.indicator(new_one), words.part("indicator"), "", said))
            continue
        found += [
            Difference(CHANGED, words.indicator(new_one), words.part(part), old, new)
            for part in INDICATOR_PARTS
            if (old := words.indicator_part(before, old_one, part))
            != (new := words.indicator_part(after, new_one, part))
        ]
    kept_before = [words.indicator(i) for i in before.indicators if i.id in news]
    kept_after = [words.indicator(i) for i in after.indicators if i.id in olds]
    if [i.id for i in before.indicators if i.id in news] != [i.id for i in after.indicators if i.id in olds]:
        found.append(
            Difference(CHANGED, "", words.part("indicators"), " ".join(kept_before), " ".join(kept_after))
        )
    return found or _unsaid(before, after)


def _unsaid(before: Model, after: Model) -> list[Difference]:
    """What differs without being said in words above, by the name of the field: nothing changes silently."""
    return [
        Difference(CHANGED, "", field.name, "", "")
        for field in fields(Model)
        if field.name != "edition" and getattr(before, field.name) != getattr(after, field.name)
    ]
